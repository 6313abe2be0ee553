//! Servers that cannot outlive us: each runs under a small shell script which waits on a pipe that we hold.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, Command};

use crate::error::{Error, ErrorKind, Result};
use crate::user::User;

const SCRIPT: &str = include_str!("watchdog.sh");
/// Far longer than an immediate shutdown takes.
const STOP: Duration = Duration::from_secs(20);

/// What to run, and how it ends.
pub(crate) struct Server<'a> {
    /// For messages: `Postgres` or `PostgREST`.
    pub(crate) name: &'static str,
    pub(crate) program: &'a Path,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) environment: Vec<(Cow<'static, str>, String)>,
    /// The signal that ends it: `QUIT`, `INT`, `KILL`.
    pub(crate) signal: &'static str,
    /// Where its output goes; without it, to [`Guarded::take_output`].
    pub(crate) log: Option<&'a Path>,
    /// A folder that is removed once the server has ended.
    pub(crate) remove: Option<&'a Path>,
    pub(crate) work_folder: &'a Path,
}

/// A running server. Dropping it ends the server; [`stop`](Self::stop) waits for that.
#[derive(Debug)]
pub(crate) struct Guarded {
    name: &'static str,
    shell: Child,
    /// Closing this is the signal to end.
    pipe: Option<ChildStdin>,
    pid: u32,
    /// Open, as the watchdog may remove the file before we read it.
    log: Option<File>,
    output: Option<ChildStderr>,
}

impl Guarded {
    pub(crate) async fn start(server: Server<'_>, user: User) -> Result<Self> {
        let (writer, log) = match server.log {
            Some(path) => {
                let writer = File::create(path).map_err(|e| Error::io("write", path, e))?;
                let log = File::open(path).map_err(|e| Error::io("read", path, e))?;
                (Stdio::from(writer), Some(log))
            }
            None => (Stdio::piped(), None),
        };
        let mut command = Command::new("/bin/sh");
        command
            .arg("-c")
            .arg(SCRIPT)
            .arg("supabase-local")
            .arg(server.signal)
            .arg(server.remove.map_or(OsStr::new(""), Path::as_os_str))
            .arg(server.program)
            .args(&server.arguments)
            .current_dir(server.work_folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(writer);
        user.apply(command.as_std_mut());
        // Ctrl-C goes to the whole foreground group; the servers end when we do, not before.
        #[cfg(unix)]
        command.process_group(0);
        command.envs(
            server
                .environment
                .iter()
                .map(|(name, value)| (name.as_ref(), value)),
        );
        let failed = |e: std::io::Error| {
            Error::new(
                ErrorKind::Server,
                format!("cannot start {}: {e}", server.name),
            )
            .with_source(e)
        };
        let mut shell = command.spawn().map_err(failed)?;
        let (pipe, output) = (shell.stdin.take(), shell.stderr.take());
        let mut line = String::new();
        if let Some(out) = shell.stdout.take() {
            BufReader::new(out)
                .read_line(&mut line)
                .await
                .map_err(failed)?;
        }
        let pid = line.trim().parse().map_err(|_| {
            Error::new(
                ErrorKind::Server,
                format!("cannot start {}: no process", server.name),
            )
        })?;
        Ok(Self {
            name: server.name,
            shell,
            pipe,
            pid,
            log,
            output,
        })
    }

    /// What the server writes, if that goes to no file.
    pub(crate) fn take_output(&mut self) -> Option<ChildStderr> {
        self.output.take()
    }

    /// The process id of the server itself.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// An error if the server has ended, with the end of its log.
    pub(crate) fn check(&mut self) -> Result<()> {
        match self.shell.try_wait() {
            Ok(None) => Ok(()),
            _ => Err(self.failure("ended")),
        }
    }

    pub(crate) fn failure(&self, what: &str) -> Error {
        let log = self.log();
        let mut tail: Vec<&str> = log
            .lines()
            .rev()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .take(6)
            .collect();
        tail.reverse();
        let tail = if tail.is_empty() {
            "it wrote no log".to_owned()
        } else {
            tail.join(" | ")
        };
        Error::new(
            ErrorKind::Server,
            format!("{} {what}; its last words: {tail}", self.name),
        )
    }

    fn log(&self) -> String {
        let mut bytes = Vec::new();
        if let Some(mut log) = self.log.as_ref()
            && log.seek(SeekFrom::Start(0)).is_ok()
        {
            let _ = log.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Ends the server and waits until it is gone, and the folder that was to be removed with it.
    pub(crate) async fn stop(mut self) {
        drop(self.pipe.take());
        let _ = tokio::time::timeout(STOP, self.shell.wait()).await;
    }
}
