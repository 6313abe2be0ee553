//! What is in the repository: its members, as cargo sees them, and its files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use semver::Version;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::process;

/// Published, but not part of the SDK: tools that users run or link in their tests only.
const TOOLS: &[&str] = &["supabase-local"];

/// The repository's root folder.
pub(crate) fn root() -> Result<PathBuf> {
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let root = here.parent().context("xtask has no parent folder")?;
    Ok(root.to_owned())
}

/// One package, of ours or of the registry.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: Version,
    pub(crate) manifest_path: PathBuf,
    #[serde(default, deserialize_with = "rust_version")]
    pub(crate) rust_version: Option<Version>,
    /// `Some` with an empty list means `publish = false`.
    pub(crate) publish: Option<Vec<String>>,
    pub(crate) features: BTreeMap<String, Vec<String>>,
    pub(crate) dependencies: Vec<Dependency>,
    /// `[package.metadata]`.
    #[serde(default)]
    pub(crate) metadata: serde_json::Value,
}

/// One line of a manifest's dependencies, of any kind.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `dev`, `build`, or `None` for an ordinary one.
    pub(crate) kind: Option<String>,
}

/// Manifests may write `1.85` for `1.85.0`.
fn rust_version<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Version>, D::Error> {
    let Some(mut text) = Option::<String>::deserialize(from)? else {
        return Ok(None);
    };
    for _ in text.split('.').count()..3 {
        text.push_str(".0");
    }
    Version::parse(&text).map(Some).map_err(D::Error::custom)
}

impl Package {
    pub(crate) fn is_published(&self) -> bool {
        self.publish
            .as_ref()
            .is_none_or(|registries| !registries.is_empty())
    }

    /// Published and part of what users link into their programs.
    pub(crate) fn is_sdk(&self) -> bool {
        self.is_published() && !TOOLS.contains(&self.name.as_str())
    }

    pub(crate) fn depends_on(&self, name: &str) -> bool {
        self.dependencies
            .iter()
            .any(|dependency| dependency.name == name)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(Path::new(""))
    }
}

/// What `cargo metadata` tells.
#[derive(Debug, Deserialize)]
pub(crate) struct Workspace {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
    pub(crate) target_directory: PathBuf,
}

impl Workspace {
    pub(crate) fn load(root: &Path) -> Result<Self> {
        let mut command = process::cargo(root);
        command.args([
            "metadata",
            "--format-version=1",
            "--locked",
            "--all-features",
        ]);
        let json = process::capture(&mut command)?;
        serde_json::from_str(&json).context("cannot read what cargo metadata printed")
    }

    /// Every package of the lock file, ours included.
    pub(crate) fn packages(&self) -> &[Package] {
        &self.packages
    }

    /// Our own packages.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages
            .iter()
            .filter(|package| self.workspace_members.contains(&package.id))
    }

    pub(crate) fn member(&self, name: &str) -> Option<&Package> {
        self.members().find(|package| package.name == name)
    }
}

/// Every file below `folder`, sorted, without build output and hidden folders.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = folder
            .read_dir()
            .with_context(|| format!("cannot list {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            let kind = entry.file_type()?;
            if kind.is_dir() {
                let name = name.to_string_lossy();
                if !name.starts_with('.') && name != "target" && name != "node_modules" {
                    folders.push(entry.path());
                }
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// `path` as it is written in messages: relative to the root, with forward slashes.
pub(crate) fn shown(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    relative.to_string_lossy().replace('\\', "/")
}

/// The content of a text file, with the path in the error.
pub(crate) fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    //! The repository itself is the fixture.

    use super::*;

    #[test]
    fn the_members_are_known_by_what_they_are_for() {
        let workspace = Workspace::load(&root().unwrap()).unwrap();
        let xtask = workspace.member("xtask").unwrap();
        assert!(!xtask.is_published() && !xtask.is_sdk());
        let http = workspace.member("supabase-http").unwrap();
        assert!(http.is_published() && http.is_sdk());
        assert!(workspace.packages().len() > workspace.members().count());
        if let Some(local) = workspace.member("supabase-local") {
            assert!(local.is_published() && !local.is_sdk());
        }
    }

    #[test]
    fn files_are_ours_and_sorted() {
        let root = root().unwrap();
        let files = files(&root.join("xtask")).unwrap();
        let shown: Vec<String> = files.iter().map(|file| super::shown(&root, file)).collect();
        assert!(shown.contains(&"xtask/src/main.rs".to_owned()), "{shown:?}");
        assert!(shown.is_sorted());
    }
}
