//! What the SDK's dependencies need of the compiler.

use std::path::Path;

use anyhow::Result;
use semver::Version;

use super::{Finding, tree};
use crate::workspace::{Package, Workspace};

/// No dependency that a user of the SDK compiles needs a newer compiler than the crate promises.
pub(crate) fn check(root: &Path, workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for package in workspace.members().filter(|package| package.is_sdk()) {
        let Some(ours) = &package.rust_version else {
            continue;
        };
        let built = tree::built(root, &package.name, &["--all-features"], tree::ANY_TARGET)?;
        let newer = newer(ours, &built, workspace.packages());
        println!(
            "rust-version: {} promises {}.{}, {} packages looked at",
            package.name,
            ours.major,
            ours.minor,
            built.len()
        );
        findings.extend(
            newer
                .into_iter()
                .map(|message| Finding::new(&package.name, message)),
        );
    }
    Ok(findings)
}

fn newer(ours: &Version, built: &[tree::Built], packages: &[Package]) -> Vec<String> {
    let mut messages = Vec::new();
    for package in packages {
        let is_built = built
            .iter()
            .any(|built| built.name == package.name && built.version == package.version);
        if let (true, Some(theirs)) = (is_built, &package.rust_version) {
            if theirs > ours {
                messages.push(format!(
                    "{} {} needs Rust {theirs}, newer than our {ours}",
                    package.name, package.version
                ));
            }
        }
    }
    messages
}

#[cfg(test)]
mod tests {
    //! The comparison.

    use std::path::PathBuf;

    use super::*;

    #[test]
    fn what_is_built_and_too_new_is_found() {
        let package = |name: &str, rust: Option<Version>| Package {
            id: String::new(),
            name: name.to_owned(),
            version: Version::new(1, 0, 0),
            manifest_path: PathBuf::new(),
            rust_version: rust,
            publish: None,
            features: std::collections::BTreeMap::new(),
            dependencies: Vec::new(),
            metadata: serde_json::Value::Null,
        };
        let packages = [
            package("old", Some(Version::new(1, 60, 0))),
            package("same", Some(Version::new(1, 85, 0))),
            package("patch", Some(Version::new(1, 85, 1))),
            package("new", Some(Version::new(1, 86, 0))),
            package("silent", None),
            package("not-built", Some(Version::new(1, 95, 0))),
        ];
        let built: Vec<tree::Built> = packages[..5]
            .iter()
            .map(|package| tree::Built {
                name: package.name.clone(),
                version: package.version.clone(),
            })
            .collect();
        let ours = Version::new(1, 85, 0);
        assert_eq!(
            newer(&ours, &built, &packages),
            [
                "patch 1.0.0 needs Rust 1.85.1, newer than our 1.85.0",
                "new 1.0.0 needs Rust 1.86.0, newer than our 1.85.0"
            ]
        );
    }
}
