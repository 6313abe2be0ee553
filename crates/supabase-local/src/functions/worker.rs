//! One Deno per function, on a socket of its own.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{oneshot, watch};

use super::folder::{Function, Modules};
use super::logs::{Logs, Tail, each_line};
use crate::error::{Error, Result};
use crate::keys;
use crate::user::User;
use crate::watchdog::{Guarded, Server as Run};

/// Compiling and the function's own start.
const START: Duration = Duration::from_secs(60);
/// Between a broken connection and the end of the process that caused it.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How Deno is run, the same for all functions of a stack.
#[derive(Debug)]
pub(crate) struct Runtime {
    pub(crate) program: PathBuf,
    /// Compiled code is kept here.
    pub(crate) cache: PathBuf,
    /// A folder for the sockets that functions listen on, with a short path.
    pub(crate) sockets: PathBuf,
    /// The script that is loaded before a function.
    pub(crate) preload: PathBuf,
    /// The import map of functions that have none.
    pub(crate) types: PathBuf,
    /// What functions may read.
    pub(crate) readable: PathBuf,
    /// What they may also write: their folder for temporary files.
    pub(crate) temporary: PathBuf,
    /// Imports may be fetched from the network.
    pub(crate) remote: bool,
}

/// A function that runs. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Worker {
    process: Mutex<Option<Guarded>>,
    pub(crate) socket: PathBuf,
    /// Of the folder when it started.
    pub(crate) fingerprint: u64,
    tail: Tail,
    /// Turns true when its output ends.
    silent: watch::Receiver<bool>,
    /// We end it: what the shell says of that is no line of the function.
    stopped: Arc<AtomicBool>,
}

impl Worker {
    /// Starts a function and waits until it listens.
    pub(crate) async fn start(
        runtime: &Runtime,
        function: &Function,
        fingerprint: u64,
        mut environment: Vec<(Cow<'static, str>, String)>,
        logs: &Logs,
    ) -> Result<Self, String> {
        let said = |error: Error| error.to_string();
        // A short name: the path of a socket may have some hundred characters only.
        let file = format!("{}.fn", keys::random_hex::<4>().map_err(said)?);
        let socket = runtime.sockets.join(file);
        let mark = format!("listens {}", keys::random_hex::<12>().map_err(said)?);
        environment.extend([
            ("SUPABASE_LOCAL_SOCKET".into(), socket.display().to_string()),
            ("SUPABASE_LOCAL_MARK".into(), mark.clone()),
            ("DENO_DIR".into(), runtime.cache.display().to_string()),
            ("TMPDIR".into(), runtime.temporary.display().to_string()),
            ("DENO_NO_UPDATE_CHECK".into(), "1".to_owned()),
            ("NO_COLOR".into(), "1".to_owned()),
        ]);
        let run = Run {
            name: "Deno",
            program: &runtime.program,
            arguments: arguments(runtime, function, &socket),
            environment,
            signal: "KILL",
            log: None,
            remove: None,
            work_folder: function.entry.parent().unwrap_or(Path::new("/")),
        };
        let mut process = Guarded::start(run, User::ourselves()).await.map_err(said)?;
        let tail = Tail::default();
        let (listening, listens) = oneshot::channel::<()>();
        let (ended, mut silent) = watch::channel(false);
        let stopped = Arc::new(AtomicBool::new(false));
        if let Some(output) = process.take_output() {
            let (tail, logs, name) = (tail.clone(), logs.clone(), function.name.clone());
            let (mut listening, stopped) = (Some(listening), Arc::clone(&stopped));
            // Ends with the process whose output it reads.
            tokio::spawn(async move {
                each_line(output, |line| {
                    if line == mark {
                        let _ = listening.take().map(|sender| sender.send(()));
                    } else if !is_noise(line) && !stopped.load(Ordering::Relaxed) {
                        tail.push(line);
                        logs.report(&name, line);
                    }
                })
                .await;
                let _ = ended.send(true);
            });
        }
        tokio::select! {
            biased;
            Ok(()) = listens => {}
            _ = silent.wait_for(|silent| *silent) => {
                return Err(why_not_started(&tail.lines()));
            }
            () = tokio::time::sleep(START) => {
                return Err("it did not listen within a minute".to_owned());
            }
        }
        Ok(Self {
            process: Mutex::new(Some(process)),
            socket,
            fingerprint,
            tail,
            silent,
            stopped,
        })
    }

    /// Whether the process is still there.
    pub(crate) fn is_running(&self) -> bool {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        let alive = process
            .as_mut()
            .is_some_and(|process| process.check().is_ok());
        alive && !*self.silent.borrow()
    }

    /// What a function said before it ended; `None` if it has not.
    pub(crate) async fn last_words(&self) -> Option<String> {
        let mut silent = self.silent.clone();
        let ended = tokio::time::timeout(LAST_WORDS, silent.wait_for(|silent| *silent)).await;
        ended.is_ok().then(|| summary(&self.tail.lines()))
    }

    /// Ends it and waits until it is gone.
    pub(crate) async fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        let process = self
            .process
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(process) = process {
            process.stop().await;
        }
        let _ = std::fs::remove_file(&self.socket);
    }
}

fn arguments(runtime: &Runtime, function: &Function, socket: &Path) -> Vec<OsString> {
    let with = |option: &str, path: &Path| {
        let mut text = OsString::from(option);
        text.push(path);
        text
    };
    let mut all: Vec<OsString> = [
        "run",
        "--quiet",
        "--no-prompt",
        "--no-lock",
        // A request's signal then tells of callers that left, and of nothing else.
        "--unstable-no-legacy-abort",
        // As much as the platform allows: no processes, no foreign files, no native code.
        "--allow-net",
        "--allow-env",
        "--allow-sys",
    ]
    .map(Into::into)
    .to_vec();
    // A comma ends a path of a list; two are one that does not.
    let listed = |path: &Path| path.display().to_string().replace(',', ",,");
    let (readable, temporary) = (listed(&runtime.readable), listed(&runtime.temporary));
    let socket = listed(socket);
    all.push(format!("--allow-read={readable},{temporary},{socket}").into());
    all.push(format!("--allow-write={temporary},{socket}").into());
    if !runtime.remote {
        all.extend(["--no-remote".into(), "--no-npm".into()]);
    }
    match &function.modules {
        Modules::Plain => {
            all.push("--no-config".into());
            all.push(with("--import-map=", &runtime.types));
        }
        Modules::Config(file) => all.push(with("--config=", file)),
        Modules::Map(file) => {
            all.push("--no-config".into());
            all.push(with("--import-map=", file));
        }
    }
    all.push(with("--preload=", &runtime.preload));
    all.push(function.entry.clone().into());
    all
}

/// Lines of Deno that say nothing to the author of a function.
fn is_noise(line: &str) -> bool {
    line.starts_with("warning: Detected export default { fetch }")
}

/// Why a function does not start, from what Deno said.
fn why_not_started(lines: &[String]) -> String {
    let text = summary(lines);
    let needs_network = ["--no-remote is specified", "--no-npm is specified"]
        .iter()
        .any(|words| text.contains(words));
    let unmapped = text.contains("not a dependency");
    if needs_network {
        format!(
            "it imports a module over the network, which the local stack does only when it is asked to: keep the module \
             in the project and import it by path or import map, or start with --remote-imports \
             (`StackBuilder::remote_imports`); {text}"
        )
    } else if unmapped {
        format!("it imports a module by a name that no deno.json or import map explains; {text}")
    } else {
        text
    }
}

/// The telling lines, as one.
fn summary(lines: &[String]) -> String {
    // The end of a crash is its trace, which begins with the error.
    let start = lines.iter().rposition(|line| line.starts_with("error: "));
    let told = lines
        .iter()
        .skip(start.unwrap_or(0))
        .map(|line| line.trim());
    let told: Vec<&str> = told
        // Marks below the code, and Deno's own part of a trace.
        .filter(|line| line.contains(char::is_alphanumeric) && !line.contains("(ext:"))
        .take_while(|line| !line.starts_with("Stack backtrace"))
        .take(8)
        .collect();
    if told.is_empty() {
        "it said nothing".to_owned()
    } else {
        told.join(" | ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn says_what_to_do_about_the_network() {
        for refused in [
            "error: A remote specifier was requested: \"https://deno.land/x/y.ts\", but --no-remote is specified.",
            "error: npm specifiers were requested; but --no-npm is specified",
        ] {
            let text = format!(
                "{refused}\n    at file:///f/index.ts:1:15\n\nStack backtrace:\n   0: <unknown>"
            );
            let why = why_not_started(&lines(&text));
            assert!(why.contains("--remote-imports"), "{why}");
            assert!(why.ends_with("| at file:///f/index.ts:1:15"), "{why}");
            assert!(why.contains(refused), "{why}");
        }
        let why = why_not_started(&lines("error: Import \"zod\" not a dependency\n"));
        assert!(why.contains("no deno.json or import map"), "{why}");
    }

    #[test]
    fn the_error_is_found_among_the_output() {
        let text = "booted\nerror: Uncaught Error: boom\n throw it;\n   ^\n    at file:///f/index.ts:2:7\n    at run (ext:core/1.js:1:1)\n";
        assert_eq!(
            summary(&lines(text)),
            "error: Uncaught Error: boom | throw it; | at file:///f/index.ts:2:7"
        );
        assert_eq!(summary(&[]), "it said nothing");
    }

    #[test]
    fn the_network_is_opened_only_when_asked() {
        let function = Function {
            name: "f".into(),
            entry: "/p/functions/f/index.ts".into(),
            modules: Modules::Map("/p/functions/map.json".into()),
        };
        let mut runtime = Runtime {
            program: "deno".into(),
            cache: "/c".into(),
            sockets: "/s".into(),
            preload: "/r/serve.js".into(),
            types: "/r/types.json".into(),
            readable: "/p,q/functions".into(),
            temporary: "/r/tmp".into(),
            remote: false,
        };
        let of = |runtime: &Runtime| -> Vec<String> {
            let all = arguments(runtime, &function, Path::new("/s/1.fn")).into_iter();
            all.map(|part| part.into_string().unwrap()).collect()
        };
        let closed = of(&runtime);
        for part in [
            "--no-remote",
            "--no-npm",
            "--no-config",
            "--import-map=/p/functions/map.json",
            "--allow-read=/p,,q/functions,/r/tmp,/s/1.fn",
            "--allow-write=/r/tmp,/s/1.fn",
            "--preload=/r/serve.js",
        ] {
            assert!(closed.iter().any(|p| p == part), "{part}: {closed:?}");
        }
        assert_eq!(closed.last().unwrap(), "/p/functions/f/index.ts");
        runtime.remote = true;
        assert!(
            !of(&runtime)
                .iter()
                .any(|part| part.starts_with("--no-remote") || part == "--no-npm")
        );
    }
}
