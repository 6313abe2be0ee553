# Runs one server and ends it when the process that holds our standard input is gone, whatever became of it.
# Arguments: the signal that ends the server, a folder to remove afterwards (or empty), the command.
signal=$1
folder=$2
shift 2
exec 3<&0
"$@" </dev/null >&2 3<&- &
server=$!
# The pipe has no writer but our parent: the end of the input is the end of the parent. Again and again, since a shell
# makes its background processes ignore some signals, and a server that is just starting still does.
{
  read -r _ <&3
  while kill -s "$signal" "$server"; do sleep 0.1 || sleep 1; done
} >/dev/null 2>&1 &
watcher=$!
exec 3<&-
# Our parent may be gone already; that must not end us before the server.
trap '' PIPE
echo "$server" 2>/dev/null
exec >&-
wait "$server"
status=$?
kill "$watcher" 2>/dev/null
# Twice: a copy that was under way may still have added a file.
if [ -n "$folder" ]; then rm -rf "$folder" || { sleep 1; rm -rf "$folder"; }; fi
exit "$status"
