//! Rules for the files beside the code: changelogs, licences, READMEs.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use semver::{Version, VersionReq};

use super::Finding;
use super::source::ignored_doctests;
use crate::workspace::{Package, read, shown};

/// What the README files must agree with.
#[derive(Debug)]
pub(crate) struct Facts {
    /// The oldest compiler of each published crate, as `1.85`.
    pub(crate) rust_versions: BTreeMap<String, String>,
    /// The published crates.
    pub(crate) versions: BTreeMap<String, Version>,
}

impl Facts {
    /// What a file may name: a crate's README that of its crate, any other file that of each.
    fn rust_versions_for(&self, path: &str) -> Vec<&str> {
        let own = path
            .strip_prefix("crates/")
            .and_then(|rest| rest.split('/').next());
        let mut found: Vec<&str> = match own.and_then(|name| self.rust_versions.get(name)) {
            Some(version) => vec![version],
            None => self.rust_versions.values().map(String::as_str).collect(),
        };
        found.dedup();
        found
    }
}

/// The files that every published crate carries.
pub(crate) fn check_published(root: &Path, package: &Package) -> Result<Vec<Finding>> {
    let folder = package.folder();
    let mut findings = Vec::new();
    for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
        let file = folder.join(name);
        let ours = read(&root.join(name))?;
        findings.extend(check_licence(
            &shown(root, &file),
            std::fs::read_to_string(&file).ok(),
            &ours,
        ));
    }
    let changelog = folder.join("CHANGELOG.md");
    let text = std::fs::read_to_string(&changelog).ok();
    findings.extend(check_changelog(
        &shown(root, &changelog),
        text.as_deref(),
        &package.version,
    ));
    let readme = folder.join("README.md");
    if !readme.is_file() {
        findings.push(Finding::new(&shown(root, &readme), "is missing"));
    }
    Ok(findings)
}

fn check_licence(path: &str, copy: Option<String>, original: &str) -> Option<Finding> {
    match copy {
        None => Some(Finding::new(path, "is missing; copy it from the root")),
        Some(copy) if copy != original => {
            Some(Finding::new(path, "differs from the one in the root"))
        }
        Some(_) => None,
    }
}

/// A changelog has a place for what comes next, and no release that is newer than the crate.
fn check_changelog(path: &str, text: Option<&str>, version: &Version) -> Vec<Finding> {
    let Some(text) = text else {
        return vec![Finding::new(path, "is missing")];
    };
    let mut findings = Vec::new();
    let mut unreleased = false;
    for (index, line) in text.lines().enumerate() {
        let Some(heading) = line.strip_prefix("## ") else {
            continue;
        };
        let name = heading
            .trim_start_matches('[')
            .split([']', ' '])
            .next()
            .unwrap_or("");
        if name == "Unreleased" {
            unreleased = true;
        } else if let Ok(released) = Version::parse(name) {
            if released > *version {
                let message = format!("releases {released}, but the crate is {version}");
                findings.push(Finding::at(path, index + 1, message));
            }
        } else {
            findings.push(Finding::at(
                path,
                index + 1,
                format!("`{name}` is no version"),
            ));
        }
    }
    if !unreleased {
        findings.push(Finding::new(path, "has no `## [Unreleased]` section"));
    }
    findings
}

/// Markdown: no code block that nothing compiles, and no version that is not ours.
pub(crate) fn check_markdown(path: &str, text: &str, facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for line in ignored_doctests(text.lines()) {
        let message = "an ignored doctest; use `no_run`, `compile_fail` or `text`";
        findings.push(Finding::at(path, line, message));
    }
    if path.ends_with("CHANGELOG.md") {
        return findings;
    }
    for (index, line) in text.lines().enumerate() {
        for (name, version) in &facts.versions {
            for requirement in requirements(line, name) {
                if !VersionReq::parse(&requirement).is_ok_and(|wanted| wanted.matches(version)) {
                    let message = format!("asks for {name} {requirement}, which is at {version}");
                    findings.push(Finding::at(path, index + 1, message));
                }
            }
        }
        if let Some(named) = named_rust_version(line) {
            let right = facts.rust_versions_for(path);
            if !right.contains(&named) {
                let message = format!("names Rust {named}, but ours is {}", right.join(" or "));
                findings.push(Finding::at(path, index + 1, message));
            }
        }
    }
    findings
}

/// The requirements on `name` in a line: `name = "1"`, `name = { version = "1"`, `name@1`.
pub(crate) fn requirements(line: &str, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    let trimmed = line.trim_start();
    if let Some(rest) = trimmed.strip_prefix(name).map(str::trim_start) {
        if let Some(value) = rest.strip_prefix('=') {
            let value = value
                .split_once("version")
                .map_or(value, |(_, version)| version);
            let mut quoted = value.split('"');
            if let (Some(before), Some(version)) = (quoted.next(), quoted.next()) {
                if before
                    .trim()
                    .trim_start_matches(['{', '='])
                    .trim()
                    .is_empty()
                {
                    found.push(version.to_owned());
                }
            }
        }
    }
    for word in line.split(|c: char| c.is_whitespace() || c == '`') {
        if let Some(version) = word
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('@'))
        {
            found.push(version.to_owned());
        }
    }
    found
}

/// The version in `Rust 1.85` where a line says what is needed.
fn named_rust_version(line: &str) -> Option<&str> {
    let says = ["MSRV", "or newer", "or later", "at least", "minimum"];
    if !says.iter().any(|words| line.contains(words)) {
        return None;
    }
    let (_, rest) = line.split_once("Rust 1.")?;
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let start = line.len() - rest.len() - 2;
    Some(&line[start..line.len() - rest.len() + end])
}

#[cfg(test)]
mod tests {
    //! Each rule on a file that keeps it and on one that breaks it.

    use super::*;

    fn facts() -> Facts {
        let versions = [("postgrest-rs".to_owned(), Version::new(0, 2, 1))];
        let rust = [("postgrest-rs", "1.85"), ("tool", "1.88")];
        Facts {
            rust_versions: rust
                .map(|(name, rust)| (name.to_owned(), rust.to_owned()))
                .into(),
            versions: versions.into(),
        }
    }

    #[test]
    fn licences_are_copies() {
        assert_eq!(check_licence("a", Some("x".to_owned()), "x"), None);
        assert!(
            check_licence("a", Some("y".to_owned()), "x")
                .unwrap()
                .message
                .contains("differs")
        );
        assert!(
            check_licence("a", None, "x")
                .unwrap()
                .message
                .contains("missing")
        );
    }

    #[test]
    fn changelogs_have_a_place_for_what_comes() {
        let version = Version::new(0, 2, 0);
        let good = "# Changelog\n\n## [Unreleased]\n\n### Added\n- x\n\n## [0.2.0] - 2026-01-02\n## 0.1.0\n";
        assert_eq!(check_changelog("a", Some(good), &version), []);
        let without = check_changelog("a", Some("# Changelog\n## 0.1.0\n"), &version);
        assert!(without[0].message.contains("no `## [Unreleased]`"));
        let newer = check_changelog("a", Some("## Unreleased\n## [0.3.0]\n"), &version);
        assert_eq!(
            newer[0].to_string(),
            "a:2: releases 0.3.0, but the crate is 0.2.0"
        );
        let odd = check_changelog("a", Some("## Unreleased\n## Soon\n"), &version);
        assert!(odd[0].message.contains("`Soon` is no version"));
        assert!(
            check_changelog("a", None, &version)[0]
                .message
                .contains("missing")
        );
    }

    #[test]
    fn versions_in_readmes_are_ours() {
        for good in [
            "postgrest-rs = \"0.2\"",
            "postgrest-rs = { version = \"0.2.1\", features = [\"jiff\"] }",
            "`cargo add postgrest-rs@0.2`",
            "postgrest-rs = { workspace = true, features = [\"x\"] }",
            "postgrest-rs-extra = \"9\"",
            "MSRV: Rust 1.85.",
            "Rust 1.90 brought something",
        ] {
            assert_eq!(check_markdown("README.md", good, &facts()), [], "{good}");
        }
        for bad in [
            "postgrest-rs = \"0.1\"",
            "postgrest-rs = { version = \"0.3\" }",
            "`cargo add postgrest-rs@0.1`",
            "needs Rust 1.80 or newer",
            "```rust,ignore",
        ] {
            assert_eq!(check_markdown("README.md", bad, &facts()).len(), 1, "{bad}");
        }
        let newer = "at least Rust 1.88";
        assert_eq!(check_markdown("README.md", newer, &facts()), []);
        assert_eq!(check_markdown("crates/tool/README.md", newer, &facts()), []);
        let wrong = check_markdown("crates/postgrest-rs/README.md", newer, &facts());
        assert!(
            wrong[0]
                .message
                .contains("names Rust 1.88, but ours is 1.85")
        );
    }
}
