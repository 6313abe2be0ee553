//! The user's cache folder.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::user::User;

/// Where packages and the prepared cluster are kept, made if needed.
pub(crate) fn folder(user: User, given: Option<&Path>) -> Result<PathBuf> {
    let folder = match given {
        Some(given) => given.to_owned(),
        None => locate(std::env::consts::OS, user.is_root(), &|name| {
            std::env::var_os(name).filter(|value| !value.is_empty())
        })?,
    };
    make(&folder, user)?;
    std::path::absolute(&folder).map_err(|e| Error::io("find", &folder, e))
}

fn locate(os: &str, root: bool, var: &dyn Fn(&str) -> Option<OsString>) -> Result<PathBuf> {
    if let Some(own) = var("SUPABASE_LOCAL_CACHE") {
        return Ok(own.into());
    }
    // The servers run as nobody then, who cannot enter root's home.
    if root {
        return Ok("/var/cache/supabase-local".into());
    }
    let home = || var("HOME").map(PathBuf::from);
    let base = match os {
        "macos" => home().map(|home| home.join("Library/Caches")),
        "windows" => var("LOCALAPPDATA").map(PathBuf::from),
        _ => var("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| home().map(|home| home.join(".cache"))),
    };
    base.map(|base| base.join("supabase-local")).ok_or_else(|| {
        Error::new(
            ErrorKind::Config,
            "no cache folder is known: set HOME or SUPABASE_LOCAL_CACHE",
        )
    })
}

fn make(folder: &Path, user: User) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let missing: Vec<&Path> = folder
        .ancestors()
        .take_while(|path| !path.exists())
        .collect();
    std::fs::create_dir_all(folder).map_err(|e| Error::io("make the cache folder", folder, e))?;
    if user.is_root() {
        for path in missing {
            crate::binaries::set_mode(path, 0o755)?;
        }
    }
    Ok(())
}

/// No step of a start takes as long.
const STALE: Duration = Duration::from_secs(3600);

/// A new name beside the final one, for an atomic rename. What killed processes left there long ago is removed.
pub(crate) fn scratch(cache: &Path, purpose: &str) -> Result<PathBuf> {
    for entry in std::fs::read_dir(cache).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let ours = name.starts_with(".fetch-") || name.starts_with(".cluster-");
        let age = entry.metadata().and_then(|meta| meta.modified()).ok();
        let age = age.and_then(|modified| modified.elapsed().ok());
        if ours && age.is_some_and(|age| age > STALE) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    Ok(cache.join(format!(
        ".{purpose}-{}-{}",
        std::process::id(),
        crate::keys::random_hex::<6>()?
    )))
}

/// Puts a finished folder in its place. If another process was first, its folder stays and ours goes.
pub(crate) fn publish(scratch: &Path, place: &Path) -> Result<()> {
    if let Err(error) = std::fs::rename(scratch, place) {
        let _ = std::fs::remove_dir_all(scratch);
        if !place.is_dir() {
            return Err(Error::io("move a finished folder to", place, error));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(os: &str, root: bool, vars: &[(&str, &str)]) -> Result<PathBuf> {
        let vars: Vec<(String, String)> = vars
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        locate(os, root, &|name| {
            vars.iter().find(|(k, _)| k == name).map(|(_, v)| v.into())
        })
    }

    #[test]
    fn each_system_has_its_place() {
        let home = [("HOME", "/home/a")];
        assert_eq!(
            at("linux", false, &home).unwrap(),
            Path::new("/home/a/.cache/supabase-local")
        );
        assert_eq!(
            at("macos", false, &home).unwrap(),
            Path::new("/home/a/Library/Caches/supabase-local")
        );
        assert_eq!(
            at("linux", true, &home).unwrap(),
            Path::new("/var/cache/supabase-local")
        );
        assert_eq!(
            at("linux", false, &[("HOME", "/h"), ("XDG_CACHE_HOME", "/x")]).unwrap(),
            Path::new("/x/supabase-local")
        );
        assert_eq!(
            at("linux", true, &[("SUPABASE_LOCAL_CACHE", "/own")]).unwrap(),
            Path::new("/own")
        );
        assert_eq!(
            at("linux", false, &[]).unwrap_err().kind(),
            ErrorKind::Config
        );
    }

    #[test]
    fn only_old_leftovers_are_removed() {
        let cache = tempfile::tempdir().unwrap();
        let make = |name: &str, hours: u64| {
            let path = cache.path().join(name);
            std::fs::create_dir(&path).unwrap();
            let time = std::time::UNIX_EPOCH + Duration::from_secs(hours * 3600);
            if hours > 0 {
                std::fs::File::open(&path)
                    .unwrap()
                    .set_modified(time)
                    .unwrap();
            }
            path
        };
        let old = make(".fetch-1-a", 1);
        let new = make(".fetch-1-b", 0);
        let other = make("cluster-1", 1);
        scratch(cache.path(), "fetch").unwrap();
        assert_eq!(
            (old.exists(), new.exists(), other.exists()),
            (false, true, true)
        );
    }

    #[test]
    fn the_first_of_two_racers_wins() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("done");
        for name in ["a", "b"] {
            let scratch = folder.path().join(name);
            std::fs::create_dir(&scratch).unwrap();
            std::fs::write(scratch.join("who"), name).unwrap();
            publish(&scratch, &place).unwrap();
            assert!(!scratch.exists());
        }
        assert_eq!(std::fs::read_to_string(place.join("who")).unwrap(), "a");
    }
}
