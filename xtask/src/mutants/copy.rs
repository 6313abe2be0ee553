//! The copy of the repository in which guards are removed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::workspace::files;

/// Brings the copy up to date. A file that has not changed keeps its time, so that little is compiled again.
pub(crate) fn refresh(root: &Path, tree: &Path) -> Result<()> {
    let mut wanted = BTreeSet::new();
    for file in files(root)? {
        let Ok(inside) = file.strip_prefix(root) else {
            continue;
        };
        let bytes =
            std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        put(&tree.join(inside), &bytes)?;
        wanted.insert(inside.to_owned());
    }
    for file in files(tree)? {
        let inside: PathBuf = file.strip_prefix(tree).unwrap_or(&file).to_owned();
        if !wanted.contains(&inside) {
            std::fs::remove_file(&file)
                .with_context(|| format!("cannot remove {}", file.display()))?;
        }
    }
    Ok(())
}

/// Writes one file of the copy.
pub(crate) fn write(tree: &Path, path: &str, text: &str) -> Result<()> {
    put(&tree.join(path), text.as_bytes())
}

fn put(file: &Path, bytes: &[u8]) -> Result<()> {
    if std::fs::read(file).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
    }
    std::fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()))
}
