//! `cargo xtask demo`: the tour.

use std::path::Path;

use anyhow::{Result, bail};

use crate::process;

/// The unpublished package that holds the tour.
const PACKAGE: &str = "supabase-demo";

pub(crate) fn run(root: &Path) -> Result<()> {
    if !root.join("crates/demo/Cargo.toml").is_file() {
        bail!("crates/demo is missing: the tour lives there");
    }
    println!("Building the tour (a few minutes the first time)...");
    // Built first and not `--quiet`, so that there is progress to look at.
    process::run(process::cargo(root).args(["build", "--locked", "--package", PACKAGE]))?;
    process::run(process::cargo(root).args(["run", "--locked", "--quiet", "--package", PACKAGE]))
}
