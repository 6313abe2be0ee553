//! Programs that a gate needs and cargo does not bring.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::process;
use crate::release::outside;
use crate::workspace::Workspace;

/// What gets cargo-hack.
pub(crate) const HACK: &str = "cargo install --locked cargo-hack";

/// The umbrella's features only forward to those of the crates, so pairs of them prove little more
/// than each alone, and there are two hundred.
const UMBRELLA: &str = "supabase";

/// The libraries with every feature alone and every pair of them, warnings as errors.
pub(crate) fn features(root: &Path) -> Result<()> {
    if process::version_of(process::cargo(root).arg("hack")).is_none() {
        bail!("cargo-hack is not installed: {HACK}");
    }
    let workspace = Workspace::load(root)?;
    for package in workspace.members().filter(|package| package.is_published()) {
        let mut command = process::cargo(root);
        command.args([
            "hack",
            "clippy",
            "--locked",
            "--lib",
            "--package",
            &package.name,
        ]);
        if package.name == UMBRELLA {
            command.arg("--each-feature");
        } else {
            command.args(["--feature-powerset", "--depth", "2"]);
        }
        command.args(["--", "-D", "warnings"]);
        process::run(&mut command)?;
    }
    Ok(())
}

/// The libraries of the SDK, compiled by the oldest compiler that they promise.
pub(crate) fn oldest(root: &Path) -> Result<()> {
    let workspace = Workspace::load(root)?;
    let sdk: Vec<_> = workspace
        .members()
        .filter(|package| package.is_sdk())
        .collect();
    let Some(oldest) = sdk
        .iter()
        .filter_map(|package| package.rust_version.as_ref())
        .min()
    else {
        bail!("no crate names a `rust-version`");
    };
    let toolchain = format!("{}.{}", oldest.major, oldest.minor);
    let mut command = Command::new("rustup");
    command
        .current_dir(root)
        // Set by the rustup that runs us, for the compiler that it chose.
        .env_remove("CARGO")
        .env_remove("RUSTC")
        .env_remove("RUSTUP_TOOLCHAIN")
        .args(["run", &toolchain, "cargo"]);
    let mut probe = Command::new("rustup");
    probe
        .args(["run", &toolchain, "cargo", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if !probe.status().is_ok_and(|status| status.success()) {
        bail!(
            "Rust {toolchain} is not installed: rustup toolchain install {toolchain} --profile minimal"
        );
    }
    command.args(["check", "--locked", "--lib", "--all-features"]);
    for package in sdk {
        command.args(["--package", &package.name]);
    }
    process::run(&mut command)
}

/// The API of each published crate against its last tag.
pub(crate) fn semver(root: &Path) -> Result<()> {
    let workspace = Workspace::load(root)?;
    let mut tagged = Vec::new();
    for package in workspace.members().filter(|package| package.is_sdk()) {
        match crate::release::last_tag(root, &package.name)? {
            Some(tag) => tagged.push((&package.name, tag)),
            None => println!(
                "{}: never released, so there is nothing to compare with",
                package.name
            ),
        }
    }
    if tagged.is_empty() {
        return Ok(());
    }
    if outside::semver_checks(root).is_none() {
        bail!(
            "cargo-semver-checks is not installed: {}",
            outside::INSTALL_SEMVER_CHECKS
        );
    }
    let mut failed = Vec::new();
    for (name, tag) in tagged {
        let mut command = process::cargo(root);
        command.args(["semver-checks", "--package", name, "--baseline-rev", &tag]);
        if let Err(error) = process::run(&mut command) {
            failed.push(format!("{name} against {tag}: {error}"));
        }
    }
    match failed.as_slice() {
        [] => Ok(()),
        failed => bail!("{}", failed.join("; ")),
    }
}
