//! What git knows: tags, what changed since one, the branch, whether all is committed.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};
use semver::Version;

use crate::process;

/// The repository in a folder.
#[derive(Debug)]
pub(crate) struct Git<'a>(pub(crate) &'a Path);

impl Git<'_> {
    fn call(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new("git");
        command.current_dir(self.0).args(arguments);
        process::capture(&mut command)
    }

    pub(crate) fn head(&self) -> Result<String> {
        Ok(self.call(&["rev-parse", "HEAD"])?.trim().to_owned())
    }

    /// The day of the newest commit, as `2026-01-31`.
    pub(crate) fn date(&self) -> Result<String> {
        let date = self.call(&["log", "-1", "--format=%cs", "HEAD"])?;
        Ok(date.trim().to_owned())
    }

    pub(crate) fn branch(&self) -> Result<String> {
        let branch = self.call(&["rev-parse", "--abbrev-ref", "HEAD"])?;
        Ok(branch.trim().to_owned())
    }

    /// An error that names the first files that are not committed.
    pub(crate) fn must_be_clean(&self) -> Result<()> {
        let status = self.call(&["status", "--porcelain"])?;
        if status.is_empty() {
            return Ok(());
        }
        let files: Vec<&str> = status.lines().take(5).map(str::trim).collect();
        bail!(
            "there are changes that are not committed: {}",
            files.join(", ")
        )
    }

    /// The newest version of a crate that has a tag in the history of what is checked out.
    pub(crate) fn last_release(&self, name: &str) -> Result<Option<Version>> {
        let pattern = tag(name, "*");
        let tags = self.call(&["tag", "--list", "--merged", "HEAD", &pattern])?;
        let prefix = tag(name, "");
        Ok(tags
            .lines()
            .filter_map(|tag| Version::parse(tag.strip_prefix(&prefix)?).ok())
            .max())
    }

    /// The files below `folder` that differ from a tag, relative to the root.
    pub(crate) fn changed(&self, tag: &str, folder: &str) -> Result<Vec<String>> {
        let names = self.call(&["diff", "--name-only", tag, "HEAD", "--", folder])?;
        Ok(names.lines().map(str::to_owned).collect())
    }

    /// A file as it was at a tag.
    pub(crate) fn file_at(&self, tag: &str, file: &str) -> Result<String> {
        self.call(&["show", &format!("{tag}:{file}")])
    }

    pub(crate) fn make_tag(&self, tag: &str, message: &str) -> Result<()> {
        self.call(&["tag", "--annotate", "--message", message, tag])
            .map(drop)
    }
}

/// The name of a tag: `postgrest-rs-v0.1.0`.
pub(crate) fn tag(name: &str, version: &str) -> String {
    format!("{name}-v{version}")
}
