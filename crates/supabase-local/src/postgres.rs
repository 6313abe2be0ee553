//! The database server: one per process, copied from a prepared cluster.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use crate::binaries::{self, Postgres};
use crate::error::{Error, ErrorKind, Result};
use crate::progress::{Progress, Sink};
use crate::user::User;
use crate::watchdog::{Guarded, Server as Run};
use crate::{keys, ports, sql};

const BOOTSTRAP: &str = include_str!("bootstrap.sql");
/// The database that every stack's database is a copy of.
const TEMPLATE: &str = "template_supabase";
/// The socket's folder keeps others out; over TCP the password is asked for.
const ACCESS: &str = "local all all trust\nlocal replication all trust\n\
                      host all all 127.0.0.1/32 password\nhost replication all 127.0.0.1/32 password\n";
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
        let cluster = cluster(&key.postgres, user, cache, sink).await?;
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
            let (from, to) = (cluster.join("data"), folder.join("data"));
            let started = match blocking(move || copy_tree(&from, &to, user)).await {
                Ok(()) => launch(&key.postgres, user, &folder, Some(port), port).await,
                Err(error) => Err(error),
            };
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

    /// A new database, a copy of the template.
    pub(crate) async fn create_database(&self) -> Result<String> {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = if number == 0 {
            "supabase".to_owned()
        } else {
            format!("supabase_{number}")
        };
        let admin = sql::connect(&self.folder, self.port, "postgres").await?;
        let text = format!("create database {name} template {TEMPLATE}");
        sql::run(&admin, &text, None, ErrorKind::Server).await?;
        Ok(name)
    }

    pub(crate) async fn drop_database(&self, name: &str) {
        let Ok(admin) = sql::connect(&self.folder, self.port, "postgres").await else {
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

/// Starts the cluster `folder/data` with its socket in `folder`, and waits until it answers.
async fn launch(
    postgres: &Postgres,
    user: User,
    folder: &Path,
    listen: Option<u16>,
    port: u16,
) -> Result<Guarded> {
    let mut arguments: Vec<OsString> = vec![
        "-D".into(),
        folder.join("data").into(),
        "-k".into(),
        folder.into(),
    ];
    let mut set = |setting: String| arguments.extend(["-c".into(), setting.into()]);
    set(format!("port={port}"));
    set(format!(
        "listen_addresses={}",
        if listen.is_some() { "127.0.0.1" } else { "" }
    ));
    for setting in SETTINGS {
        set((*setting).to_owned());
    }
    let run = Run {
        name: "Postgres",
        program: &postgres.bin.join("postgres"),
        arguments,
        environment: Vec::new(),
        // A served cluster is thrown away; one that is being prepared must be shut down cleanly.
        signal: if listen.is_some() { "QUIT" } else { "INT" },
        log: &folder.join("postgres.log"),
        remove: listen.is_some().then_some(folder),
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

/// The prepared cluster for this Postgres and this version of the bootstrap, made if it is not in the cache.
async fn cluster(
    postgres: &Postgres,
    user: User,
    cache: Option<&Path>,
    sink: &Sink,
) -> Result<PathBuf> {
    let cache = binaries::cache_folder(user, cache)?;
    let mut hash = Sha256::new();
    for part in [
        &postgres.version,
        &postgres.bin.display().to_string(),
        BOOTSTRAP,
        ACCESS,
    ] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digest = keys::hex(&hash.finalize());
    let place = cache.join(format!("cluster-{}", digest.get(..16).unwrap_or(&digest)));
    if place.is_dir() {
        return Ok(place);
    }
    sink.report(&Progress::Preparing);
    // In the run folder, since a socket's path must be short.
    let folder = run_folder(user)?;
    let made = prepare(postgres, user, &folder).await;
    let moved = match made {
        Ok(()) => {
            let scratch = binaries::scratch(&cache, "cluster")?;
            let (from, to) = (folder.clone(), scratch.clone());
            blocking(move || {
                user.private_folder(&to)?;
                copy_tree(&from.join("data"), &to.join("data"), user)?;
                copy_tree(&from.join("password"), &to.join("password"), user)?;
                Ok(())
            })
            .await
            .and_then(|()| binaries::publish(&scratch, &place))
            .inspect_err(|_| {
                let _ = std::fs::remove_dir_all(&scratch);
            })
        }
        Err(error) => Err(error),
    };
    let _ = std::fs::remove_dir_all(&folder);
    moved.map(|()| place)
}

async fn prepare(postgres: &Postgres, user: User, folder: &Path) -> Result<()> {
    initdb(postgres, user, folder).await?;
    let access = folder.join("data/pg_hba.conf");
    std::fs::write(&access, ACCESS).map_err(|e| Error::io("write", &access, e))?;
    let port = 5432;
    let process = launch(postgres, user, folder, None, port).await?;
    let filled = fill(folder, port).await;
    process.stop().await;
    let password = filled?;
    let file = folder.join("password");
    std::fs::write(&file, password).map_err(|e| Error::io("write", &file, e))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600))
            .map_err(|e| Error::io("set the mode of", &file, e))?;
    }
    Ok(())
}

async fn fill(folder: &Path, port: u16) -> Result<String> {
    let password = keys::random_hex::<16>()?;
    let admin = sql::connect(folder, port, "postgres").await?;
    let run = async |client: &tokio_postgres::Client, text: &str| {
        sql::run(client, text, None, ErrorKind::Server).await
    };
    run(&admin, &format!("create database {TEMPLATE}")).await?;
    let template = sql::connect(folder, port, TEMPLATE).await?;
    run(&template, BOOTSTRAP).await?;
    for role in [
        "postgres",
        "authenticator",
        "supabase_admin",
        "supabase_auth_admin",
    ] {
        run(&admin, &format!("alter role {role} password '{password}'")).await?;
    }
    drop(template);
    // Nobody connects to it, so that it can be copied at any time.
    let close = format!("alter database {TEMPLATE} with is_template true allow_connections false");
    run(&admin, &close).await?;
    Ok(password)
}

async fn initdb(postgres: &Postgres, user: User, folder: &Path) -> Result<()> {
    // Case rules and order of letters as Unicode has them; which name that goes by depends on the system.
    let builtin: &[&str] = &[
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
    ];
    let choices: &[&[&str]] = if postgres.major >= 17 {
        &[builtin, &["--no-locale"]]
    } else {
        &[
            &["--locale=C.UTF-8"],
            &["--locale=en_US.UTF-8"],
            &["--no-locale"],
        ]
    };
    let mut complaint = String::new();
    for locale in choices {
        let mut command = std::process::Command::new(postgres.bin.join("initdb"));
        command
            .arg("-D")
            .arg(folder.join("data"))
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8"])
            .args(["--no-sync", "--no-instructions", "--wal-segsize=1"])
            .args(*locale)
            .current_dir(folder)
            .stdin(Stdio::null());
        user.apply(&mut command);
        let output = Command::from(command)
            .kill_on_drop(true)
            .output()
            .await
            .map_err(|e| {
                Error::new(ErrorKind::Server, format!("cannot run initdb: {e}")).with_source(e)
            })?;
        if output.status.success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&output.stderr);
        complaint = text.trim().replace('\n', " | ");
        let _ = std::fs::remove_dir_all(folder.join("data"));
    }
    Err(Error::new(
        ErrorKind::Server,
        format!("initdb failed: {complaint}"),
    ))
}

/// A new folder for sockets, data and logs, with a path that is short enough for sockets.
fn run_folder(user: User) -> Result<PathBuf> {
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

/// Copies a file or folder with its modes, for the servers' user.
fn copy_tree(from: &Path, to: &Path, user: User) -> Result<()> {
    if !from.is_dir() {
        std::fs::copy(from, to).map_err(|e| Error::io("copy", from, e))?;
        return user.own(to);
    }
    user.private_folder(to)?;
    let entries = std::fs::read_dir(from).map_err(|e| Error::io("read", from, e))?;
    for entry in entries {
        let entry = entry.map_err(|e| Error::io("read", from, e))?;
        copy_tree(&entry.path(), &to.join(entry.file_name()), user)?;
    }
    Ok(())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Error::new(ErrorKind::Io, format!("a background task ended: {e}")))?
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
