//! The prepared cluster in the cache: what `initdb` makes, with a template database as Supabase has it.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use sha2::{Digest as _, Sha256};
use tokio::process::Command;

use crate::binaries::{self, Postgres};
use crate::error::{Error, ErrorKind, Result};
use crate::postgres::{Source, launch, run_folder};
use crate::progress::{Progress, Sink};
use crate::user::User;
use crate::{keys, sql};

const BOOTSTRAP: &str = include_str!("bootstrap.sql");
/// Raised when this file makes other clusters than before, so that old ones in caches are left alone.
const LAYOUT: &str = "3";
/// Only the name of a socket; nothing listens on TCP.
const PORT: u16 = 5432;
/// The database of a server's first stack, there from the start.
pub(crate) const FIRST: &str = "postgres";
/// The database that all the others are copies of.
pub(crate) const TEMPLATE: &str = "template1";
/// The socket's folder keeps others out; over TCP the password is asked for.
const ACCESS: &str = "local all all trust\nlocal replication all trust\n\
                      host all all 127.0.0.1/32 password\nhost replication all 127.0.0.1/32 password\n";

/// The prepared cluster for this Postgres and this version of the bootstrap, made if it is not in the cache.
pub(crate) async fn prepared(
    postgres: &Postgres,
    user: User,
    cache: Option<&Path>,
    sink: &Sink,
) -> Result<PathBuf> {
    let cache = binaries::cache_folder(user, cache)?;
    let bin = postgres.bin.display().to_string();
    let mut hash = Sha256::new();
    for part in [LAYOUT, &postgres.version, &bin, BOOTSTRAP, ACCESS] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digest = keys::hex(&hash.finalize());
    let place = cache.join(format!("cluster-{}", digest.get(..16).unwrap_or(&digest)));
    if place.is_dir() {
        return Ok(place);
    }
    sink.report(&Progress::Preparing);
    let scratch = binaries::scratch(&cache, "cluster")?;
    user.private_folder(&scratch)?;
    let made = match make(postgres, user, &scratch).await {
        Ok(()) => binaries::publish(&scratch, &place),
        Err(error) => Err(error),
    };
    let _ = std::fs::remove_dir_all(&scratch);
    made.map(|()| place)
}

/// Makes `data` and `password` in `folder`.
async fn make(postgres: &Postgres, user: User, folder: &Path) -> Result<()> {
    initdb(postgres, user, folder).await?;
    let data = folder.join("data");
    let access = data.join("pg_hba.conf");
    std::fs::write(&access, ACCESS).map_err(|e| Error::io("write", &access, e))?;
    // Of its own, since the path of a socket must be short.
    let run = run_folder(user)?;
    let filled = match launch(postgres, user, &run, Source::InPlace(&data), PORT).await {
        Ok(process) => {
            let filled = fill(&run).await;
            process.stop().await;
            filled
        }
        Err(error) => Err(error),
    };
    let _ = std::fs::remove_dir_all(&run);
    let file = folder.join("password");
    std::fs::write(&file, filled?).map_err(|e| Error::io("write", &file, e))?;
    binaries::set_mode(&file, 0o600)?;
    user.own(&file)
}

/// Makes the two databases that are needed; the password of the roles that may log in.
async fn fill(run: &Path) -> Result<String> {
    let password = keys::random_hex::<16>()?;
    let execute = async |client: &tokio_postgres::Client, text: &str| {
        sql::run(client, text, None, ErrorKind::Server).await
    };
    let template = sql::connect(run, PORT, TEMPLATE).await?;
    execute(&template, BOOTSTRAP).await?;
    // A database is some three hundred files to copy at each start, and nobody needs this one.
    execute(&template, "alter database template0 with is_template false").await?;
    execute(&template, "drop database template0").await?;
    execute(&template, &format!("drop database {FIRST}")).await?;
    execute(
        &template,
        &format!("create database {FIRST} template {TEMPLATE}"),
    )
    .await?;
    for role in [
        "postgres",
        "authenticator",
        "supabase_admin",
        "supabase_auth_admin",
    ] {
        let text = format!("alter role {role} password '{password}'");
        execute(&template, &text).await?;
    }
    drop(template);
    // Nobody connects to it, so that it can be copied at any time.
    let first = sql::connect(run, PORT, FIRST).await?;
    let close = format!("alter database {TEMPLATE} with allow_connections false");
    execute(&first, &close).await?;
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
