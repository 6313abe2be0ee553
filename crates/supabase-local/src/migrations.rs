//! Migrations in the order of their versions, then the seed.

use std::path::{Path, PathBuf};

use tokio_postgres::Client;

use crate::error::{Error, ErrorKind, Result};
use crate::progress::{Progress, Sink};
use crate::sql;

/// Where the official command line tool keeps its list, so that it sees what was applied.
const LIST: &str = "create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations
  (version text primary key, statements text[], name text);";

/// A file named `<version>_<name>.sql`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Migration {
    version: String,
    name: String,
    path: PathBuf,
}

/// Applies every migration in `folder`.
pub(crate) async fn apply(client: &Client, folder: &Path, sink: &Sink) -> Result<()> {
    let migrations = list(folder, sink)?;
    if migrations.is_empty() {
        return Ok(());
    }
    sql::run(client, LIST, None, ErrorKind::Sql).await?;
    for migration in migrations {
        run_file(client, &migration.path, ErrorKind::Migration, sink).await?;
        let record = format!(
            "insert into supabase_migrations.schema_migrations (version, name) values ({}, {})",
            sql::literal(&migration.version),
            sql::literal(&migration.name)
        );
        sql::run(client, &record, None, ErrorKind::Sql).await?;
    }
    Ok(())
}

/// Applies one file. Settings that it changed do not reach the next one.
pub(crate) async fn run_file(
    client: &Client,
    path: &Path,
    kind: ErrorKind,
    sink: &Sink,
) -> Result<()> {
    let name = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned();
    sink.report(&Progress::Applying { file: name });
    let text = std::fs::read_to_string(path).map_err(|e| Error::io("read", path, e))?;
    // Editors on Windows put a mark at the start that SQL does not know.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    sql::run(client, text, Some(path), kind).await?;
    sql::run(client, "reset all; reset role", None, ErrorKind::Sql).await
}

fn list(folder: &Path, sink: &Sink) -> Result<Vec<Migration>> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder).map_err(|e| Error::io("read", folder, e))?;
    for entry in entries {
        let path = entry.map_err(|e| Error::io("read", folder, e))?.path();
        let Some(file) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        match split(file) {
            Some((version, name)) => {
                let (version, name) = (version.to_owned(), name.to_owned());
                found.push(Migration {
                    version,
                    name,
                    path,
                });
            }
            None if file.ends_with(".sql") => sink.report(&Progress::Note {
                text: format!("{file} is skipped: migrations are named <version>_<name>.sql"),
            }),
            None => {}
        }
    }
    found.sort_by(|a, b| (&a.version, &a.name).cmp(&(&b.version, &b.name)));
    for pair in found.windows(2) {
        if let [one, two] = pair
            && one.version == two.version
        {
            let what = format!(
                "{} and {} have the same version: rename one",
                one.path.display(),
                two.path.display()
            );
            return Err(Error::new(ErrorKind::Config, what));
        }
    }
    Ok(found)
}

fn split(file: &str) -> Option<(&str, &str)> {
    let (version, name) = file.strip_suffix(".sql")?.split_once('_')?;
    let digits = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    digits.then_some((version, name))
}

/// The seed files of a project: those that `config.toml` names, else `seed.sql`.
pub(crate) fn seeds(project: &Path, paths: Option<&[String]>) -> Result<Vec<PathBuf>> {
    let Some(paths) = paths else {
        let seed = project.join("seed.sql");
        return Ok(if seed.is_file() {
            vec![seed]
        } else {
            Vec::new()
        });
    };
    let mut found = Vec::new();
    for pattern in paths {
        let path = project.join(pattern.strip_prefix("./").unwrap_or(pattern));
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if let Some((before, after)) = name.split_once('*') {
            found.extend(matching(path.parent().unwrap_or(project), before, after)?);
        } else if path.is_file() {
            found.push(path);
        }
    }
    Ok(found)
}

fn matching(folder: &Path, before: &str, after: &str) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(folder).map_err(|e| Error::io("read", folder, e))?;
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.len() >= before.len() + after.len()
                && name.starts_with(before)
                && name.ends_with(after)
        })
        .map(|entry| entry.path())
        .collect();
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_migrations() {
        assert_eq!(
            split("20240101000000_create.sql"),
            Some(("20240101000000", "create"))
        );
        assert_eq!(split("2_a_b.sql"), Some(("2", "a_b")));
        for no in [
            "readme.md",
            "a_b.sql",
            "_b.sql",
            "20240101.sql",
            "1_a.sql.bak",
        ] {
            assert_eq!(split(no), None, "{no}");
        }
    }

    #[test]
    fn order_and_twins() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["20240202_b.sql", "20240101_a.sql", "notes.txt", "x.sql"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let sorted = list(folder.path(), &Sink::default()).unwrap();
        let names: Vec<&str> = sorted
            .iter()
            .map(|migration| migration.name.as_str())
            .collect();
        assert_eq!(names, ["a", "b"]);
        std::fs::write(folder.path().join("20240101_z.sql"), "").unwrap();
        let error = list(folder.path(), &Sink::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
    }

    #[test]
    fn seeds_by_name_and_pattern() {
        let folder = tempfile::tempdir().unwrap();
        assert!(seeds(folder.path(), None).unwrap().is_empty());
        for name in ["seed.sql", "a1.sql", "a2.sql", "b.sql"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(
            seeds(folder.path(), None).unwrap(),
            [folder.path().join("seed.sql")]
        );
        let paths = [
            "./a*.sql".to_owned(),
            "b.sql".to_owned(),
            "none.sql".to_owned(),
        ];
        let found = seeds(folder.path(), Some(&paths)).unwrap();
        let names: Vec<_> = found.iter().map(|path| path.file_name().unwrap()).collect();
        assert_eq!(names, ["a1.sql", "a2.sql", "b.sql"]);
    }
}
