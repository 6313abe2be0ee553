//! What is asked of programs and places outside the repository, so that tests can answer instead.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use semver::Version;

use super::level::Level;
use crate::process;

/// The registry, and the tool that compares two APIs.
pub(crate) trait Outside {
    /// What the public API's change since a tag amounts to; `None` where nothing can tell.
    fn api_change(&self, package: &str, tag: &str) -> Result<Option<Level>>;

    /// Whether the registry has this version.
    fn is_published(&self, package: &str, version: &Version) -> Result<bool>;
}

/// The real ones.
#[derive(Debug)]
pub(crate) struct Real<'a>(pub(crate) &'a Path);

/// How to get the tool.
pub(crate) const INSTALL_SEMVER_CHECKS: &str = "cargo install --locked cargo-semver-checks";

/// The version of cargo-semver-checks, if it is there.
pub(crate) fn semver_checks(root: &Path) -> Option<String> {
    process::version_of(process::cargo(root).arg("semver-checks"))
}

impl Outside for Real<'_> {
    fn api_change(&self, package: &str, tag: &str) -> Result<Option<Level>> {
        if semver_checks(self.0).is_none() {
            return Ok(None);
        }
        println!("comparing the API of {package} with {tag}");
        let mut command = process::cargo(self.0);
        command
            .args(["semver-checks", "--package", package, "--baseline-rev", tag])
            .args(["--release-type", "patch", "--color", "never"])
            .stdin(Stdio::null());
        let output = command
            .output()
            .context("cannot start cargo-semver-checks")?;
        let text = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        api_level(output.status.success(), &text).map(Some)
    }

    fn is_published(&self, package: &str, version: &Version) -> Result<bool> {
        let mut command: Command = process::cargo(self.0);
        // The registry's answer, not our own folder's.
        command
            .current_dir(std::env::temp_dir())
            .args(["info", "--quiet", "--registry", "crates-io"])
            .arg(format!("{package}@{version}"))
            .stdin(Stdio::null());
        let output = command
            .output()
            .with_context(|| format!("cannot start {}", process::display(&command)))?;
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            Ok(true)
        } else if said.contains("could not find") {
            Ok(false)
        } else {
            anyhow::bail!(
                "cannot tell whether {package} {version} is published: {}",
                said.trim()
            )
        }
    }
}

/// Reads what cargo-semver-checks says of a release that calls itself a patch.
fn api_level(success: bool, text: &str) -> Result<Level> {
    let summary = text.lines().find(|line| line.contains("semver requires"));
    match (success, summary) {
        (_, Some(line)) if line.contains("new major") => Ok(Level::Breaking),
        (_, Some(line)) if line.contains("new minor") => Ok(Level::Feature),
        (true, _) => Ok(Level::Patch),
        (false, _) => anyhow::bail!("cargo-semver-checks failed: {}", text.trim()),
    }
}

#[cfg(test)]
mod tests {
    //! What the tool prints.

    use super::*;

    #[test]
    fn the_summary_is_the_level_and_a_crash_is_an_error() {
        let major =
            "     Summary semver requires new major version: 1 major and 0 minor checks failed\n";
        let minor =
            "     Summary semver requires new minor version: 0 major and 1 minor checks failed\n";
        assert_eq!(api_level(false, major).unwrap(), Level::Breaking);
        assert_eq!(api_level(false, minor).unwrap(), Level::Feature);
        assert_eq!(
            api_level(true, "     Summary no semver update required\n").unwrap(),
            Level::Patch
        );
        assert!(api_level(false, "error: no such package").is_err());
    }
}
