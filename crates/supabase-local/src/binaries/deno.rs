//! Finds Deno, which runs the functions.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use super::packages::Program;
use super::{
    DENO_VARIABLE, Given, absolute, cache_folder, fetch, is_executable, path_folders, variable,
};
use crate::error::{Error, ErrorKind, Result};
use crate::progress::{Progress, Sink};
use crate::user::User;

/// The oldest that knows every option which functions are run with.
const OLDEST: (u32, u32) = (2, 9);

/// Finds or fetches Deno.
pub(crate) async fn deno(given: &Given, user: User, sink: &Sink) -> Result<PathBuf> {
    let explicit = given
        .deno
        .clone()
        .map(|path| (path, "the given Deno"))
        .or_else(|| variable(DENO_VARIABLE).map(|path| (path, DENO_VARIABLE)));
    let (found, version) = if let Some((program, said_by)) = explicit {
        if !is_executable(&program) {
            let what = format!(
                "{said_by} is {}, which is no program: name the deno binary",
                program.display()
            );
            return Err(Error::new(ErrorKind::MissingBinary, what));
        }
        let program = absolute(&program)?;
        let found = version_of(&program).await?;
        if !is_new_enough(&found) {
            let what = format!("deno {found} is too old: {said_by} must name Deno 2.9 or newer");
            return Err(Error::new(ErrorKind::MissingBinary, what));
        }
        (program, found)
    } else if let Some(found) = in_path(given, sink).await {
        found
    } else {
        let cache = cache_folder(user, given.cache.as_deref())?;
        let program = fetch::package(Program::Deno, &cache, sink)
            .await?
            .join("deno");
        let found = version_of(&program).await?;
        (program, found)
    };
    sink.report(&Progress::Found {
        server: "Deno",
        path: format!("{} ({version})", found.display()),
    });
    Ok(found)
}

async fn in_path(given: &Given, sink: &Sink) -> Option<(PathBuf, String)> {
    for program in path_folders(given).map(|folder| folder.join("deno")) {
        if !is_executable(&program) {
            continue;
        }
        if is_script(&program) {
            // What it starts would outlive it when it is killed.
            let text = format!("{} is a script and left alone", program.display());
            sink.report(&Progress::Note { text });
            continue;
        }
        match version_of(&program).await {
            Ok(found) if is_new_enough(&found) => return Some((program, found)),
            Ok(found) => sink.report(&Progress::Note {
                text: format!(
                    "deno {found} in PATH is older than 2.9 and left alone ({})",
                    program.display()
                ),
            }),
            Err(error) => sink.report(&Progress::Note {
                text: error.to_string(),
            }),
        }
    }
    None
}

/// Package managers put a script in PATH that starts the program itself.
fn is_script(program: &Path) -> bool {
    let mut start = [0; 2];
    let read = std::fs::File::open(program).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == *b"#!"
}

/// Runs it once: a package for another libc is found out here.
async fn version_of(program: &Path) -> Result<String> {
    let refused = |why: &str| {
        let what = format!(
            "{} does not run here: {why}; {}",
            program.display(),
            Program::Deno.advice()
        );
        Error::new(ErrorKind::MissingBinary, what)
    };
    let output = Command::new(program)
        .arg("--version")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|e| refused(&e.to_string()).with_source(e))?;
    let text = String::from_utf8_lossy(&output.stdout);
    match version(&text) {
        Some(version) if output.status.success() => Ok(version.to_owned()),
        _ => {
            let complaint = String::from_utf8_lossy(&output.stderr);
            let complaint = complaint.trim().replace('\n', ", ");
            Err(refused(if complaint.is_empty() {
                "it names no version"
            } else {
                &complaint
            }))
        }
    }
}

/// From `deno 2.9.6 (stable, release, x86_64-unknown-linux-gnu)`.
fn version(text: &str) -> Option<&str> {
    let rest = text.trim().strip_prefix("deno ")?;
    rest.split_whitespace().next()
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.split('.').map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= OLDEST,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_told_from_programs() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text, script) in [
            ("shim", "#!/usr/bin/env node\n", true),
            ("elf", "\x7fELF", false),
            ("short", "#", false),
        ] {
            let file = folder.path().join(name);
            std::fs::write(&file, text).unwrap();
            assert_eq!(is_script(&file), script, "{name}");
        }
        assert!(!is_script(&folder.path().join("nowhere")));
    }

    #[test]
    fn reads_and_compares_versions() {
        let text = "deno 2.9.6 (stable, release, x86_64-unknown-linux-gnu)\nv8 15.0\n";
        assert_eq!(version(text), Some("2.9.6"));
        assert_eq!(version("node 22"), None);
        for (version, enough) in [
            ("2.9.0", true),
            ("2.10.1", true),
            ("3.0.0-rc.1", true),
            ("2.8.9", false),
            ("1.46.3", false),
            ("?", false),
        ] {
            assert_eq!(is_new_enough(version), enough, "{version}");
        }
    }
}
