//! `cargo xtask snapshots`: no snapshot is pending, and none is left over.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::test;
use crate::workspace::{Workspace, files, read, shown};

/// Runs the tests with snapshots as they are, then looks for what they did not use.
pub(crate) fn run(root: &Path) -> Result<()> {
    test::run(root, &test::Mode::snapshots_as_they_are(root)?)?;
    scan(root)
}

/// An empty file to which insta adds the path of each snapshot that a test compares with.
pub(crate) fn start_references(root: &Path) -> Result<PathBuf> {
    let path = references(root)?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
    }
    std::fs::write(&path, "").with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

fn references(root: &Path) -> Result<PathBuf> {
    Ok(Workspace::load(root)?
        .target_directory
        .join("snapshot-references.txt"))
}

/// Looks at the files, after a run of the tests with [`test::Mode::snapshots_as_they_are`].
pub(crate) fn scan(root: &Path) -> Result<()> {
    let used = read(&references(root)?)?;
    let files = files(root)?;
    let problems = problems(root, &files, &used);
    for problem in &problems {
        println!("{problem}");
    }
    if !problems.is_empty() {
        bail!("{} snapshots need attention", problems.len());
    }
    let count = files
        .iter()
        .filter(|file| has_extension(file, "snap"))
        .count();
    println!("snapshots: {count} files, all of them used, none pending");
    Ok(())
}

fn has_extension(file: &Path, wanted: &str) -> bool {
    file.extension()
        .is_some_and(|extension| extension == wanted)
}

/// Pending snapshots, and snapshots that are in no line of `used`.
fn problems(root: &Path, files: &[PathBuf], used: &str) -> Vec<String> {
    let used: BTreeSet<PathBuf> = used.lines().map(|line| normal(Path::new(line))).collect();
    let mut problems = Vec::new();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".snap.new") || name.ends_with(".pending-snap") {
            problems.push(format!(
                "{}: pending; accept or delete it",
                shown(root, file)
            ));
        } else if has_extension(file, "snap") && !used.contains(&normal(file)) {
            problems.push(format!("{}: no test uses it; delete it", shown(root, file)));
        }
    }
    problems
}

/// The path without `.` and `..`, which insta leaves in; links are followed where the file exists.
fn normal(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    //! The scan, on lists of files.

    use super::*;

    #[test]
    fn pending_and_unused_snapshots_are_found_and_used_ones_are_not() {
        let root = Path::new("/r");
        let files: Vec<PathBuf> = [
            "a.snap",
            "b.snap",
            "c.snap.new",
            ".d.rs.pending-snap",
            "e.rs",
        ]
        .iter()
        .map(|name| root.join("src").join(name))
        .collect();
        assert_eq!(
            problems(root, &files, "/r/src/a.snap\n/r/src/x.snap\n"),
            [
                "src/b.snap: no test uses it; delete it",
                "src/c.snap.new: pending; accept or delete it",
                "src/.d.rs.pending-snap: pending; accept or delete it",
            ]
        );
        assert_eq!(problems(root, &files[..1], "/r/src/a.snap").len(), 0);
    }
}
