# Runs one server and ends it when the process that holds our standard input is gone, whatever became of it.
# Arguments: the signal that ends the server, a folder to remove afterwards (or empty), the command.
signal=$1
folder=$2
shift 2
exec 3<&0
"$@" </dev/null >&2 3<&- &
server=$!
echo "$server"
# The pipe has no writer but our parent: the end of the input is the end of the parent.
{ read -r _ <&3; kill -s "$signal" "$server"; } >/dev/null 2>&1 &
watcher=$!
exec 3<&- >&-
wait "$server"
status=$?
kill "$watcher" 2>/dev/null
# Twice: a copy that was under way may still have added a file.
if [ -n "$folder" ]; then rm -rf "$folder" || { sleep 1; rm -rf "$folder"; }; fi
exit "$status"
