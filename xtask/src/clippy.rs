//! `cargo xtask clippy`: the lints with no, default and all features.
//!
//! Cargo unifies features over everything that one call builds. With `--workspace
//! --no-default-features`, the unpublished crates would switch the features of the published ones
//! on again, and dev-dependencies would do the same to dependencies. So the published crates are
//! first linted one by one, library alone: the only form in which a missing `cfg`, or a feature of
//! a dependency that only somebody else asks for, shows.

use std::path::Path;

use anyhow::Result;

use crate::process;
use crate::workspace::Workspace;

pub(crate) fn run(root: &Path) -> Result<()> {
    let workspace = Workspace::load(root)?;
    let published: Vec<&str> = workspace
        .members()
        .filter(|package| package.is_published())
        .map(|package| package.name.as_str())
        .collect();
    for arguments in calls(&published) {
        let mut command = process::cargo(root);
        command
            .args(["clippy", "--locked"])
            .args(arguments)
            .args(["--", "-D", "warnings"]);
        process::run(&mut command)?;
    }
    Ok(())
}

/// The arguments of each call, in the order that shares most between them.
fn calls(published: &[&str]) -> Vec<Vec<String>> {
    let owned = |words: &[&str]| {
        words
            .iter()
            .map(|&word| word.to_owned())
            .collect::<Vec<_>>()
    };
    let mut calls = Vec::new();
    for features in [&["--no-default-features"][..], &[]] {
        for package in published {
            let mut call = owned(&["--package", package, "--lib"]);
            call.extend(owned(features));
            calls.push(call);
        }
    }
    if !published.is_empty() {
        let mut none = owned(&["--all-targets", "--no-default-features"]);
        none.extend(
            published
                .iter()
                .flat_map(|package| owned(&["--package", package])),
        );
        calls.push(none);
    }
    calls.push(owned(&["--workspace", "--all-targets"]));
    calls.push(owned(&["--workspace", "--all-targets", "--all-features"]));
    calls
}

#[cfg(test)]
mod tests {
    //! Which calls are made.

    use super::calls;

    #[test]
    fn each_published_crate_is_linted_alone_and_all_together() {
        let lines: Vec<String> = calls(&["a", "b"])
            .iter()
            .map(|call| call.join(" "))
            .collect();
        assert_eq!(
            lines,
            [
                "--package a --lib --no-default-features",
                "--package b --lib --no-default-features",
                "--package a --lib",
                "--package b --lib",
                "--all-targets --no-default-features --package a --package b",
                "--workspace --all-targets",
                "--workspace --all-targets --all-features",
            ]
        );
    }
}
