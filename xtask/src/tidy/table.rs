//! Rules for the root manifest: the one table of dependencies.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use semver::{Version, VersionReq};
use toml_edit::{DocumentMut, Item};

use super::Finding;

const PATH: &str = "Cargo.toml";

/// All rules for the root manifest. `versions` are those of our published crates.
pub(crate) fn check(text: &str, versions: &BTreeMap<String, Version>) -> Result<Vec<Finding>> {
    let manifest: DocumentMut = text.parse().context("cannot read Cargo.toml")?;
    let mut messages = Vec::new();
    let workspace = manifest
        .get("workspace")
        .context("Cargo.toml has no [workspace]")?;
    if workspace
        .get("package")
        .is_some_and(|package| package.get("version").is_some())
    {
        messages.push("`workspace.package` has a version; each crate has its own".to_owned());
    }
    let entries = workspace
        .get("dependencies")
        .and_then(Item::as_table_like)
        .context("Cargo.toml has no [workspace.dependencies]")?;
    for (name, entry) in entries.iter() {
        let requirement = entry.get("version").and_then(Item::as_str);
        if entry.get("default-features").and_then(Item::as_bool) != Some(false) {
            messages.push(format!("`{name}` lacks `default-features = false`"));
        }
        if entry.get("git").is_some() {
            messages.push(format!(
                "`{name}` comes from git; only crates.io is allowed"
            ));
        }
        match (entry.get("path"), requirement) {
            (_, None) => messages.push(format!("`{name}` has no `version`")),
            (Some(_), Some(requirement)) => {
                messages.extend(ours(name, requirement, versions.get(name)));
            }
            (None, Some(requirement)) => messages.extend(theirs(name, requirement)),
        }
    }
    Ok(messages
        .into_iter()
        .map(|message| Finding::new(PATH, message))
        .collect())
}

/// A caret requirement that our crate fulfils.
fn ours(name: &str, requirement: &str, version: Option<&Version>) -> Option<String> {
    if !requirement.starts_with(|c: char| c.is_ascii_digit()) {
        return Some(format!(
            "`{name}` is ours: a plain version, not `{requirement}`"
        ));
    }
    // Not there yet, or not published.
    let version = version?;
    match VersionReq::parse(requirement) {
        Ok(wanted) if wanted.matches(version) => None,
        _ => Some(format!(
            "`{name}` asks for {requirement}, but the crate is {version}"
        )),
    }
}

/// A true minimum: a bare major version would promise that its very first release is enough.
fn theirs(name: &str, requirement: &str) -> Option<String> {
    let plain = requirement.starts_with(|c: char| c.is_ascii_digit());
    let parts = requirement.split('.').count();
    (!plain || parts < 2 || requirement.contains(['*', ',']))
        .then(|| format!("`{name}` asks for `{requirement}`, which names no true minimum"))
}

#[cfg(test)]
mod tests {
    //! A table that keeps every rule, and the same with one thing changed.

    use super::*;

    const GOOD: &str = r#"
[workspace.package]
edition = "2024"
[workspace.dependencies]
ours = { path = "crates/ours", version = "0.2.0", default-features = false }
later = { path = "crates/later", version = "0.1.0", default-features = false }
http = { version = "1.3", default-features = false }
"#;

    #[test]
    fn every_rule_can_be_broken() {
        let versions = BTreeMap::from([("ours".to_owned(), Version::new(0, 2, 3))]);
        assert_eq!(check(GOOD, &versions).unwrap(), []);
        for (from, to, says) in [
            (
                "edition = \"2024\"",
                "version = \"1.0.0\"",
                "each crate has its own",
            ),
            (
                "\"0.2.0\"",
                "\"0.1.0\"",
                "`ours` asks for 0.1.0, but the crate is 0.2.3",
            ),
            ("\"0.2.0\"", "\"=0.2.3\"", "`ours` is ours"),
            ("\"1.3\"", "\"1\"", "no true minimum"),
            ("\"1.3\"", "\"*\"", "no true minimum"),
            ("\"1.3\"", "\">=1.3\"", "no true minimum"),
            (
                "version = \"1.3\", default-features = false",
                "version = \"1.3\"",
                "`http` lacks",
            ),
            (
                "version = \"1.3\"",
                "version = \"1.3\", git = \"https://example.com\"",
                "from git",
            ),
            (
                "crates/later\", version = \"0.1.0\"",
                "crates/later\"",
                "`later` has no `version`",
            ),
        ] {
            let text = GOOD.replace(from, to);
            assert_ne!(text, GOOD, "{from}");
            let findings = check(&text, &versions).unwrap();
            assert_eq!(findings.len(), 1, "{from} -> {to}: {findings:?}");
            assert!(
                findings[0].message.contains(says),
                "{from} -> {to}: {findings:?}"
            );
        }
    }
}
