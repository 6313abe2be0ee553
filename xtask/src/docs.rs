//! `cargo xtask docs`: the API documentation as docs.rs builds it.
//!
//! The feature labels need `#![feature(doc_cfg)]`, which stable rustdoc refuses unless
//! `RUSTC_BOOTSTRAP` is set. Set for cargo as a whole, the variable makes build scripts run again
//! and with them most of the dependencies be compiled again; so cargo is told to use this program
//! as its rustdoc, and this program sets the variable for the real one alone.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

use crate::process;

/// Tells this program to be rustdoc; holds the program to call.
pub(crate) const REAL_RUSTDOC: &str = "XTASK_REAL_RUSTDOC";

/// What docs.rs sets, and every warning is an error.
const FLAGS: &str = "-D warnings --cfg docsrs";

pub(crate) fn run(root: &Path, open: bool) -> Result<()> {
    let mut command = process::cargo(root);
    command.args([
        "doc",
        "--workspace",
        "--all-features",
        "--no-deps",
        "--locked",
    ]);
    if open {
        command.arg("--open");
    }
    println!(
        "$ RUSTC_BOOTSTRAP=1 RUSTDOCFLAGS='{FLAGS}' {}",
        process::display(&command)
    );
    command.env("RUSTDOCFLAGS", FLAGS);
    with_bootstrap(&mut command)?;
    process::run_silently(&mut command)
}

/// Has cargo call this program for rustdoc.
pub(crate) fn with_bootstrap(command: &mut Command) -> Result<()> {
    let real = std::env::var_os("RUSTDOC").unwrap_or_else(|| "rustdoc".into());
    let ours = std::env::current_exe().context("cannot find the running program")?;
    command.env("RUSTDOC", ours).env(REAL_RUSTDOC, real);
    Ok(())
}

/// Calls the real rustdoc with our own arguments and returns as it returned.
pub(crate) fn act_as_rustdoc(real: &OsStr) -> ExitCode {
    let status = Command::new(real)
        .args(std::env::args_os().skip(1))
        .env("RUSTC_BOOTSTRAP", "1")
        .env_remove(REAL_RUSTDOC)
        .status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: cannot start {}: {error}", Path::new(real).display());
            ExitCode::FAILURE
        }
    }
}
