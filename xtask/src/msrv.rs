//! `cargo xtask msrv`: the libraries of the SDK, compiled by the compiler at hand.
//!
//! Meant for the oldest compiler that they promise. Tests and tools may need a newer one.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::process;
use crate::workspace::Workspace;

pub(crate) fn run(root: &Path) -> Result<()> {
    let workspace = Workspace::load(root)?;
    let compiler = process::version_of(&mut Command::new("rustc"));
    println!("{}", compiler.as_deref().unwrap_or("rustc: not found"));
    let mut command = process::cargo(root);
    command.args(["check", "--locked", "--lib", "--all-features"]);
    let mut some = false;
    for package in workspace.members().filter(|package| package.is_sdk()) {
        command.args(["--package", &package.name]);
        some = true;
    }
    if !some {
        bail!("there is no crate to check");
    }
    process::run(&mut command)
}
