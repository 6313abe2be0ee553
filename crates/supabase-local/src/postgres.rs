//! The database server: one per process, with a copy of a prepared cluster.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::binaries::Postgres;
use crate::cluster::{self, FIRST, TEMPLATE};
use crate::error::{Error, ErrorKind, Result};
use crate::progress::{Progress, Sink};
use crate::user::User;
use crate::watchdog::{Guarded, Server as Run};
use crate::{keys, ports, sql};

/// Speed before safety: the data is thrown away. Room for some fifteen stacks and their users' own connections.
const SETTINGS: &[&str] = &[
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=logical",
    "max_connections=200",
    "shared_buffers=64MB",
    "jit=off",
    "timezone=UTC",
    "log_timezone=UTC",
];
const START: Duration = Duration::from_secs(60);

/// What must be equal for two stacks to share a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) postgres: Postgres,
    pub(crate) port: Option<u16>,
    /// A number of its own for a stack that wants a server of its own.
    pub(crate) own: Option<u64>,
}

/// A running Postgres with the template database.
#[derive(Debug)]
pub(crate) struct Server {
    process: Mutex<Option<Guarded>>,
    pid: u32,
    folder: PathBuf,
    port: u16,
    password: String,
    databases: AtomicU32,
}

static RUNNING: tokio::sync::Mutex<Vec<(Key, Weak<Server>)>> =
    tokio::sync::Mutex::const_new(Vec::new());

impl Server {
    /// The running server of this process for `key`, or a new one.
    pub(crate) async fn shared(
        key: Key,
        user: User,
        cache: Option<&Path>,
        sink: &Sink,
    ) -> Result<Arc<Self>> {
        // Held while starting, so that parallel starts share one server.
        let mut running = RUNNING.lock().await;
        running.retain(|(_, server)| server.strong_count() > 0);
        let existing = running
            .iter()
            .filter(|(other, _)| *other == key)
            .find_map(|(_, server)| server.upgrade())
            .filter(|server| server.is_running());
        if let Some(server) = existing {
            return Ok(server);
        }
        let cluster = cluster::prepared(&key.postgres, user, cache, sink).await?;
        sink.report(&Progress::Starting { server: "Postgres" });
        let server = Arc::new(Self::start(&key, user, &cluster).await?);
        running.push((key, Arc::downgrade(&server)));
        Ok(server)
    }

    /// On another port if somebody was quicker to take the one that looked free.
    async fn start(key: &Key, user: User, cluster: &Path) -> Result<Self> {
        let password_file = cluster.join("password");
        let password = std::fs::read_to_string(&password_file)
            .map_err(|e| Error::io("read", &password_file, e))?;
        for _ in 0..8 {
            let port = match key.port {
                Some(port) if !ports::is_free(port) => return Err(taken(port)),
                Some(port) => port,
                None => ports::probably_free().ok_or_else(no_port)?,
            };
            let folder = run_folder(user)?;
            let source = Source::Copy(&cluster.join("data"));
            let started = launch(&key.postgres, user, &folder, source, port).await;
            match started {
                Ok(process) => {
                    return Ok(Self {
                        pid: process.pid(),
                        process: Mutex::new(Some(process)),
                        folder,
                        port,
                        password,
                        databases: AtomicU32::new(0),
                    });
                }
                Err(error) => {
                    let _ = std::fs::remove_dir_all(&folder);
                    if !error.to_string().contains("could not bind") {
                        return Err(error);
                    }
                }
            }
        }
        Err(key.port.map_or_else(no_port, taken))
    }

    fn is_running(&self) -> bool {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        process
            .as_mut()
            .is_some_and(|process| process.check().is_ok())
    }

    /// A database as a new project has it.
    pub(crate) async fn create_database(&self) -> Result<String> {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        if number == 0 {
            return Ok(FIRST.to_owned());
        }
        let name = format!("postgres_{number}");
        let admin = sql::connect(&self.folder, self.port, FIRST).await?;
        // Less work than through the log, since nothing is synced.
        let text = format!("create database {name} template {TEMPLATE} strategy file_copy");
        sql::run(&admin, &text, None, ErrorKind::Server).await?;
        Ok(name)
    }

    /// The first database stays: the others are made and dropped from there.
    pub(crate) async fn drop_database(&self, name: &str) {
        if name == FIRST {
            return;
        }
        let Ok(admin) = sql::connect(&self.folder, self.port, FIRST).await else {
            return;
        };
        let text = format!("drop database if exists {name} with (force)");
        let _ = sql::run(&admin, &text, None, ErrorKind::Server).await;
    }

    /// Ends the server and removes its folder.
    pub(crate) async fn stop(self) {
        let process = self
            .process
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(process) = process {
            process.stop().await;
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    pub(crate) fn password(&self) -> &str {
        &self.password
    }
}

/// The cluster that a server runs on.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    /// A copy of this one in the run folder, thrown away in the end, reachable over TCP.
    Copy(&'a Path),
    /// This one, shut down cleanly in the end, reachable by its socket only.
    InPlace(&'a Path),
}

/// Copies a folder, then becomes the server; done under the watchdog, so that a killed parent leaves no copy behind.
const COPY: &str = "cp -R \"$0\" \"$1\" && shift && exec \"$@\"";

/// Starts Postgres with its socket in `folder`, and waits until it answers. The folder ends with it.
pub(crate) async fn launch(
    postgres: &Postgres,
    user: User,
    folder: &Path,
    source: Source<'_>,
    port: u16,
) -> Result<Guarded> {
    let program = postgres.bin.join("postgres");
    let copy = folder.join("data");
    let (start, data, listen, signal) = match source {
        Source::Copy(from) => {
            let shell: Vec<OsString> = vec![
                "-c".into(),
                COPY.into(),
                from.into(),
                copy.clone().into(),
                program.clone().into(),
            ];
            (Some(shell), copy.as_path(), "127.0.0.1", "QUIT")
        }
        Source::InPlace(data) => (None, data, "", "INT"),
    };
    let (program, mut arguments) = match start {
        Some(shell) => (Path::new("/bin/sh"), shell),
        None => (program.as_path(), Vec::new()),
    };
    arguments.extend(["-D".into(), data.into(), "-k".into(), folder.into()]);
    let mut set = |setting: String| arguments.extend(["-c".into(), setting.into()]);
    set(format!("port={port}"));
    set(format!("listen_addresses={listen}"));
    for setting in SETTINGS {
        set((*setting).to_owned());
    }
    let run = Run {
        name: "Postgres",
        program,
        arguments,
        environment: Vec::new(),
        signal,
        log: Some(&folder.join("postgres.log")),
        remove: Some(folder),
        work_folder: folder,
    };
    let mut process = Guarded::start(run, user).await?;
    let started = Instant::now();
    loop {
        process.check()?;
        if let Ok(client) = sql::connect_raw(folder, port, "postgres").await
            && client.batch_execute("").await.is_ok()
        {
            return Ok(process);
        }
        if started.elapsed() > START {
            return Err(process.failure("did not answer within a minute"));
        }
        sleep(Duration::from_millis(5)).await;
    }
}

/// A new folder for sockets, data and logs, with a path that is short enough for sockets.
pub(crate) fn run_folder(user: User) -> Result<PathBuf> {
    let temporary = std::env::temp_dir();
    let base = if cfg!(unix) && (user.is_root() || temporary.as_os_str().len() > 50) {
        PathBuf::from("/tmp")
    } else {
        temporary
    };
    let name = format!(
        "supabase-local-{}-{}",
        std::process::id(),
        keys::random_hex::<4>()?
    );
    let folder = base.join(name);
    user.private_folder(&folder)?;
    Ok(folder)
}

fn taken(port: u16) -> Error {
    let what = format!("port {port} is in use: free it, or ask for another one (or for none)");
    Error::new(ErrorKind::PortTaken, what)
}

fn no_port() -> Error {
    Error::new(
        ErrorKind::PortTaken,
        "no loopback port between 20000 and 32767 is free",
    )
}
