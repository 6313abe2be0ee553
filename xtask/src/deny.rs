//! `cargo xtask deny`: licences, bans and sources by the rules in `deny.toml`.

use std::path::Path;

use anyhow::{Result, bail};

use crate::process;

const INSTALL: &str = "cargo install --locked cargo-deny";

/// The version of cargo-deny, if it is there.
pub(crate) fn installed(root: &Path) -> Option<String> {
    process::version_of(process::cargo(root).arg("deny"))
}

pub(crate) fn run(root: &Path, advisories: bool) -> Result<()> {
    let Some(version) = installed(root) else {
        bail!("cargo-deny is not installed: {INSTALL}");
    };
    println!("{version}");
    let mut command = process::cargo(root);
    command.args(["deny", "--locked", "check", "bans", "licenses", "sources"]);
    if advisories {
        command.arg("advisories");
    }
    process::run(&mut command)
}

/// The same as a step of `ci`: does nothing but say so where cargo-deny is missing.
pub(crate) fn run_if_installed(root: &Path) -> Result<bool> {
    if installed(root).is_none() {
        println!("cargo-deny is not installed, so this step is skipped here: {INSTALL}");
        return Ok(false);
    }
    run(root, false)?;
    Ok(true)
}
