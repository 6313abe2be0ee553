//! Rules for the manifest of a member.

use anyhow::{Context as _, Result};
use toml_edit::{DocumentMut, Item, TableLike};

use super::Finding;
use crate::workspace::Package;

/// Keys of `[package]` that come from the workspace.
const INHERITED: &[&str] = &["edition", "license", "repository"];

/// All rules for one manifest. `members` are the names of our own packages.
pub(crate) fn check(
    path: &str,
    text: &str,
    package: &Package,
    members: &[&str],
) -> Result<Vec<Finding>> {
    let manifest: DocumentMut = text
        .parse()
        .with_context(|| format!("cannot read {path}"))?;
    let mut messages = Vec::new();
    messages.extend(common(&manifest));
    if package.is_published() {
        messages.extend(published(&manifest, package.is_sdk()));
    } else {
        messages.extend(unpublished(&manifest));
    }
    messages.extend(dependencies(&manifest, package.is_published(), members));
    Ok(messages
        .into_iter()
        .map(|message| Finding::new(path, message))
        .collect())
}

fn inherits(item: Option<&Item>) -> bool {
    item.and_then(|item| item.get("workspace"))
        .and_then(Item::as_bool)
        == Some(true)
}

fn common(manifest: &DocumentMut) -> Vec<String> {
    let mut messages = Vec::new();
    let package = manifest.get("package");
    for key in INHERITED {
        if !inherits(package.and_then(|package| package.get(key))) {
            messages.push(format!("`{key}` does not come from the workspace"));
        }
    }
    if !inherits(manifest.get("lints")) {
        messages.push("lacks `[lints] workspace = true`".to_owned());
    }
    messages
}

fn published(manifest: &DocumentMut, is_sdk: bool) -> Vec<String> {
    let mut messages = Vec::new();
    let package = manifest.get("package");
    let get = |key: &str| package.and_then(|package| package.get(key));
    let text = |key: &str| get(key).and_then(Item::as_str).unwrap_or("");
    for key in ["version", "description"] {
        if text(key).is_empty() {
            messages.push(format!("lacks a `{key}` of its own"));
        }
    }
    if text("readme") != "README.md" {
        messages.push("lacks `readme = \"README.md\"`".to_owned());
    }
    for key in ["keywords", "categories"] {
        let count = get(key)
            .and_then(Item::as_array)
            .map_or(0, toml_edit::Array::len);
        if !(1..=5).contains(&count) {
            messages.push(format!("has {count} {key}; one to five are allowed"));
        }
    }
    if is_sdk && !inherits(get("rust-version")) {
        messages.push("`rust-version` does not come from the workspace".to_owned());
    }
    if get("rust-version").is_none() {
        messages.push("lacks a `rust-version`".to_owned());
    }
    let docs = get("metadata").and_then(|metadata| metadata.get("docs")?.get("rs"));
    let all = docs
        .and_then(|docs| docs.get("all-features"))
        .and_then(Item::as_bool);
    let arguments: Vec<&str> = docs
        .and_then(|docs| docs.get("rustdoc-args"))
        .and_then(Item::as_array)
        .map(|array| array.iter().filter_map(toml_edit::Value::as_str).collect())
        .unwrap_or_default();
    if all != Some(true) || arguments != ["--cfg", "docsrs"] {
        messages.push(
            "lacks `[package.metadata.docs.rs]` with `all-features = true` and \
             `rustdoc-args = [\"--cfg\", \"docsrs\"]`"
                .to_owned(),
        );
    }
    messages
}

fn unpublished(manifest: &DocumentMut) -> Vec<String> {
    let package = manifest.get("package");
    let version = package
        .and_then(|package| package.get("version"))
        .and_then(Item::as_str);
    match version {
        Some("0.0.0") => Vec::new(),
        _ => vec!["is not published, so its version is `0.0.0`".to_owned()],
    }
}

fn dependencies(manifest: &DocumentMut, is_published: bool, members: &[&str]) -> Vec<String> {
    let mut messages = Vec::new();
    let mut tables: Vec<&dyn TableLike> = vec![manifest.as_table()];
    if let Some(targets) = manifest.get("target").and_then(Item::as_table_like) {
        tables.extend(
            targets
                .iter()
                .filter_map(|(_, target)| target.as_table_like()),
        );
    }
    for table in tables {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(entries) = table.get(kind).and_then(Item::as_table_like) else {
                continue;
            };
            for (name, entry) in entries.iter() {
                let is_ours = members.contains(&name);
                let is_dev = kind == "dev-dependencies";
                messages.extend(dependency(name, entry, is_ours, is_dev, is_published));
            }
        }
    }
    messages
}

/// The workspace's entry for one of our own crates carries a version, and a published dev-dependency
/// with a version could never be published first: crates that test each other form a circle.
fn dependency(
    name: &str,
    entry: &Item,
    is_ours: bool,
    is_dev: bool,
    is_published: bool,
) -> Option<String> {
    let has = |key: &str| entry.get(key).is_some();
    let plain_path = has("path") && !has("version") && !has("git");
    if is_ours && is_dev && is_published {
        let message =
            format!("dev-dependency `{name}` is ours: `{{ path = \"..\" }}` and no version");
        return (!plain_path).then_some(message);
    }
    if inherits(Some(entry)) || (is_ours && !is_published && plain_path) {
        return None;
    }
    Some(format!(
        "dependency `{name}` does not come from the workspace"
    ))
}

#[cfg(test)]
mod tests {
    //! A manifest that keeps every rule, and the same with one thing changed.

    use std::path::PathBuf;

    use super::*;

    const GOOD: &str = r#"
[package]
name = "a"
version = "0.1.0"
description = "A."
keywords = ["a"]
categories = ["b"]
readme = "README.md"
edition.workspace = true
rust-version.workspace = true
license.workspace = true
repository.workspace = true
[dependencies]
ours = { workspace = true, features = ["x"] }
[target.'cfg(unix)'.dependencies]
http = { workspace = true }
[dev-dependencies]
tool = { path = "../tool" }
[package.metadata.docs.rs]
all-features = true
rustdoc-args = ["--cfg", "docsrs"]
[lints]
workspace = true
"#;

    fn messages(text: &str, name: &str, publish: Option<Vec<String>>) -> Vec<String> {
        let package = Package {
            id: String::new(),
            name: name.to_owned(),
            version: semver::Version::new(0, 1, 0),
            manifest_path: PathBuf::new(),
            rust_version: None,
            publish,
            features: std::collections::BTreeMap::new(),
            dependencies: Vec::new(),
            metadata: serde_json::Value::Null,
        };
        let findings = check("Cargo.toml", text, &package, &["ours", "tool"]).unwrap();
        findings
            .into_iter()
            .map(|finding| finding.message)
            .collect()
    }

    #[test]
    fn every_rule_for_published_crates_can_be_broken() {
        assert_eq!(messages(GOOD, "a", None), [""; 0]);
        for (from, to, says) in [
            (
                "version = \"0.1.0\"",
                "version.workspace = true",
                "`version`",
            ),
            ("description = \"A.\"", "", "`description`"),
            ("keywords = [\"a\"]", "keywords = []", "0 keywords"),
            ("categories = [\"b\"]", "", "0 categories"),
            ("readme = \"README.md\"", "", "`readme"),
            (
                "edition.workspace = true",
                "edition = \"2021\"",
                "`edition`",
            ),
            (
                "rust-version.workspace = true",
                "rust-version = \"1.90\"",
                "`rust-version`",
            ),
            ("license.workspace = true", "license = \"MIT\"", "`license`"),
            ("repository.workspace = true", "", "`repository`"),
            ("all-features = true", "all-features = false", "docs.rs"),
            ("\"--cfg\", ", "", "docs.rs"),
            (
                "[lints]\nworkspace = true",
                "[lints.rust]\nunsafe_code = \"forbid\"",
                "[lints]",
            ),
            (
                "{ workspace = true, features = [\"x\"] }",
                "{ path = \"../ours\" }",
                "`ours`",
            ),
            ("http = { workspace = true }", "http = \"1.3\"", "`http`"),
            (
                "{ path = \"../tool\" }",
                "{ workspace = true }",
                "`tool` is ours",
            ),
            (
                "{ path = \"../tool\" }",
                "{ path = \"../tool\", version = \"1\" }",
                "`tool` is ours",
            ),
        ] {
            let text = GOOD.replace(from, to);
            assert_ne!(text, GOOD, "{from}");
            let messages = messages(&text, "a", None);
            assert_eq!(messages.len(), 1, "{from} -> {to}: {messages:?}");
            assert!(messages[0].contains(says), "{from} -> {to}: {messages:?}");
        }
    }

    #[test]
    fn tools_choose_their_compiler_and_unpublished_crates_have_no_version() {
        let newer = GOOD.replace("rust-version.workspace = true", "rust-version = \"1.90\"");
        assert_eq!(messages(&newer, "supabase-local", None), [""; 0]);
        let none = GOOD.replace("rust-version.workspace = true", "");
        assert_eq!(messages(&none, "supabase-local", None).len(), 1);
        let unpublished = Some(Vec::new());
        assert!(messages(GOOD, "a", unpublished.clone())[0].contains("`0.0.0`"));
        let zero = GOOD
            .replace("0.1.0", "0.0.0")
            .replace("readme = \"README.md\"\n", "");
        assert_eq!(messages(&zero, "a", unpublished.clone()), [""; 0]);
        let path = zero.replace(
            "{ workspace = true, features = [\"x\"] }",
            "{ path = \"../ours\" }",
        );
        assert_eq!(messages(&path, "a", unpublished), [""; 0]);
    }
}
