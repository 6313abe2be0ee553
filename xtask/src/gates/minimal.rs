//! The oldest versions that the table of dependencies allows.
//!
//! In a copy, in which the SDK's crates are the whole workspace and have no dev-dependencies: tests
//! and tools may ask for more than users have to.

use std::path::Path;

use anyhow::{Context as _, Result};
use toml_edit::{Array, DocumentMut, Item, value};

use crate::mutants::copy;
use crate::process;
use crate::workspace::{Workspace, read, shown};

pub(crate) fn run(root: &Path) -> Result<()> {
    let workspace = Workspace::load(root)?;
    let tree = workspace.target_directory.join("gates/minimal");
    copy::refresh(root, &tree)?;
    let mut members = Vec::new();
    for package in workspace.members().filter(|package| package.is_sdk()) {
        let folder = shown(root, package.folder());
        let path = format!("{folder}/Cargo.toml");
        copy::write(&tree, &path, &for_users(&read(&package.manifest_path)?)?)?;
        members.push(folder);
    }
    let manifest = with_members(&read(&root.join("Cargo.toml"))?, &members)?;
    copy::write(&tree, "Cargo.toml", &manifest)?;
    // A lock file is made anew, from the lowest versions.
    let lock = tree.join("Cargo.lock");
    if lock.is_file() {
        std::fs::remove_file(&lock).context("cannot remove the copy's lock file")?;
    }
    let mut update = process::cargo(&tree);
    update
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["-Z", "direct-minimal-versions", "generate-lockfile"]);
    process::run(&mut update)?;
    let mut check = process::cargo(&tree);
    check
        .env(
            "CARGO_TARGET_DIR",
            workspace.target_directory.join("gates/minimal-target"),
        )
        .args([
            "check",
            "--locked",
            "--workspace",
            "--lib",
            "--all-features",
        ]);
    process::run(&mut check)
}

/// A manifest without what only its own tests use.
fn for_users(text: &str) -> Result<String> {
    let mut manifest: DocumentMut = text.parse()?;
    for key in ["dev-dependencies", "test", "example", "bench"] {
        manifest.remove(key);
    }
    Ok(manifest.to_string())
}

fn with_members(text: &str, members: &[String]) -> Result<String> {
    let mut manifest: DocumentMut = text.parse()?;
    let workspace = manifest
        .get_mut("workspace")
        .and_then(Item::as_table_like_mut)
        .context("has no [workspace]")?;
    workspace.insert("members", value(members.iter().collect::<Array>()));
    // A profile may name packages that only tests bring.
    manifest.remove("profile");
    Ok(manifest.to_string())
}

#[cfg(test)]
mod tests {
    //! The manifests of the copy.

    use super::*;

    #[test]
    fn the_copy_has_the_sdk_alone_without_its_tests() {
        let text = "[package]\nname = \"a\"\n[dependencies]\nb = \"1.2\"\n[dev-dependencies]\nc = { path = \"../c\" }\n\
                    [[test]]\nname = \"t\"\n[[example]]\nname = \"e\"\n[lints]\nworkspace = true\n";
        assert_eq!(
            for_users(text).unwrap(),
            "[package]\nname = \"a\"\n[dependencies]\nb = \"1.2\"\n[lints]\nworkspace = true\n"
        );
        let root =
            "[workspace]\nmembers = [\"crates/*\"]\nexclude = [\"x\"]\n[profile.dev]\ndebug = 1\n";
        let members = ["crates/a".to_owned(), "crates/b".to_owned()];
        assert_eq!(
            with_members(root, &members).unwrap(),
            "[workspace]\nmembers = [\"crates/a\", \"crates/b\"]\nexclude = [\"x\"]\n"
        );
    }
}
