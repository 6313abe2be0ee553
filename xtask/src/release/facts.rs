//! What a plan is made from: our published crates, their last releases, and what has changed since.

use std::path::Path;

use anyhow::{Context as _, Result};
use semver::Version;
use serde::Deserialize;
use toml_edit::{DocumentMut, Item};

use super::changelog;
use super::git::{Git, tag};
use super::level::{Level, compatible, minimum};
use super::outside::Outside;
use crate::workspace::{Package, Workspace, read};

/// One published crate.
#[derive(Debug, Clone)]
pub(crate) struct Crate {
    pub(crate) name: String,
    /// Relative to the root, with forward slashes.
    pub(crate) folder: String,
    /// What the manifest says now.
    pub(crate) version: Version,
    /// The newest version that has a tag.
    pub(crate) released: Option<Version>,
    /// What its own changes ask for, each with its reason. Empty: nothing has changed.
    pub(crate) changes: Vec<(Level, String)>,
    /// What has to be mended before there can be a plan.
    pub(crate) problems: Vec<String>,
    /// Our own published crates that it is built on.
    pub(crate) on: Vec<On>,
    /// Re-exports the crates it is built on, so it follows each of their releases.
    pub(crate) umbrella: bool,
}

/// A dependency on a crate of ours.
#[derive(Debug, Clone)]
pub(crate) struct On {
    pub(crate) name: String,
    /// Its types are in our signatures.
    pub(crate) public: bool,
    /// The lowest version that the last release asks for.
    pub(crate) released_with: Option<Version>,
}

impl Crate {
    /// The version is ahead of its tag: `apply` has run, `publish` and `tag` have not.
    pub(crate) fn is_pending(&self) -> bool {
        self.released.as_ref() != Some(&self.version)
    }
}

/// `[package.metadata.supabase]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
struct Metadata {
    public_dependencies: Vec<String>,
    umbrella: bool,
}

/// Every published crate, dependencies before dependants.
pub(crate) fn gather(root: &Path, outside: &dyn Outside) -> Result<Vec<Crate>> {
    let workspace = Workspace::load(root)?;
    let packages: Vec<&Package> = sorted(&workspace);
    let git = Git(root);
    let now = Tables::parse(&read(&root.join("Cargo.toml"))?)?;
    packages
        .iter()
        .map(|package| {
            gather_one(root, package, &packages, &now, &git, outside)
                .with_context(|| package.name.clone())
        })
        .collect()
}

fn sorted(workspace: &Workspace) -> Vec<&Package> {
    let mut left: Vec<&Package> = workspace
        .members()
        .filter(|package| package.is_published())
        .collect();
    left.sort_by(|a, b| a.name.cmp(&b.name));
    let mut done: Vec<&Package> = Vec::new();
    while !left.is_empty() {
        let ready = left.iter().position(|package| {
            let waits = |name: &str| left.iter().any(|other| other.name == name);
            ordinary(package).all(|name| name == package.name || !waits(name))
        });
        // Cargo has refused circles already, so there is always one.
        done.push(left.remove(ready.unwrap_or(0)));
    }
    done
}

fn ordinary(package: &Package) -> impl Iterator<Item = &str> {
    package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind.as_deref() != Some("dev"))
        .map(|dependency| dependency.name.as_str())
}

fn gather_one(
    root: &Path,
    package: &Package,
    ours: &[&Package],
    now: &Tables,
    git: &Git<'_>,
    outside: &dyn Outside,
) -> Result<Crate> {
    let metadata = match package.metadata.get("supabase") {
        Some(value) => {
            Metadata::deserialize(value).context("cannot read [package.metadata.supabase]")?
        }
        None => Metadata::default(),
    };
    let folder = crate::workspace::shown(root, package.folder());
    let released = git.last_release(&package.name)?;
    let mut found = Crate {
        name: package.name.clone(),
        folder: folder.clone(),
        version: package.version.clone(),
        released: released.clone(),
        changes: Vec::new(),
        problems: Vec::new(),
        on: Vec::new(),
        umbrella: metadata.umbrella,
    };
    let text = read(&package.folder().join("CHANGELOG.md"))?;
    // Between `apply` and `tag`, what is going out is in the section of its version.
    let going_out = found.version.to_string();
    let section = match &released {
        Some(released) if *released != found.version => &going_out,
        _ => changelog::UNRELEASED,
    };
    let headings = match changelog::headings(&text, section) {
        Ok(headings) => headings,
        Err(error) => {
            found.problems.push(format!("CHANGELOG.md {error}"));
            Vec::new()
        }
    };
    for name in &metadata.public_dependencies {
        if !package.depends_on(name) {
            let message = format!("public-dependencies names `{name}`, which is no dependency");
            found.problems.push(message);
        }
    }
    let before = match &released {
        Some(version) => {
            let at = tag(&package.name, &version.to_string());
            let tables = Tables::parse(&git.file_at(&at, "Cargo.toml")?)?;
            Some((at, version.clone(), tables))
        }
        None => None,
    };
    for name in ordinary(package) {
        let public = metadata
            .public_dependencies
            .iter()
            .any(|public| public == name);
        let then = before
            .as_ref()
            .and_then(|(_, _, tables)| tables.requirement(name));
        if ours.iter().any(|other| other.name == name) {
            let released_with = then.as_deref().and_then(minimum);
            found.on.push(On {
                name: name.to_owned(),
                public,
                released_with,
            });
        } else if before.is_some() {
            let change = third_party(
                name,
                public,
                then.as_deref(),
                now.requirement(name).as_deref(),
            );
            found.changes.extend(change);
        }
    }
    found.on.sort_by(|a, b| a.name.cmp(&b.name));
    found.on.dedup_by(|a, b| a.name == b.name);
    match before {
        Some((at, version, tables)) => {
            let code = since_tag(&mut found, git, &at, &headings)?;
            compiler(&mut found, &version, &tables, now);
            if code {
                if let Some(level) = outside.api_change(&package.name, &at)? {
                    let reason = format!("cargo-semver-checks against {at}");
                    found.changes.push((level, reason));
                }
            }
            let more = changelog::headings(&text, changelog::UNRELEASED);
            if found.is_pending() && more.is_ok_and(|more| !more.is_empty()) {
                found.problems.push(format!(
                    "is at {} without a tag, yet CHANGELOG.md has unreleased entries; publish and tag it first, or move \
                     them to its section",
                    found.version
                ));
            }
        }
        None => found
            .changes
            .push((Level::Feature, "never released".to_owned())),
    }
    Ok(found)
}

/// What the files and the changelog say; whether something that users compile has changed.
fn since_tag(
    found: &mut Crate,
    git: &Git<'_>,
    at: &str,
    headings: &[(String, Level)],
) -> Result<bool> {
    for (heading, level) in headings {
        found
            .changes
            .push((*level, format!("changelog: {heading}")));
    }
    let files = git.changed(at, &format!("{}/src", found.folder))?;
    if let (Some(first), true) = (files.first(), headings.is_empty()) {
        found.problems.push(format!(
            "{first} and {} more have changed since {at}, and CHANGELOG.md has no entry for it",
            files.len() - 1
        ));
    }
    Ok(!files.is_empty())
}

/// A raised minimum compiler is a release of the second number, whatever the first is.
fn compiler(found: &mut Crate, version: &Version, then: &Tables, now: &Tables) {
    let (Some(then), Some(now)) = (&then.rust, &now.rust) else {
        return;
    };
    let newer = match (minimum(then), minimum(now)) {
        (Some(then), Some(now)) => now > then,
        _ => false,
    };
    if newer {
        let level = if version.major == 0 {
            Level::Breaking
        } else {
            Level::Feature
        };
        found
            .changes
            .push((level, format!("needs Rust {now}, was {then}")));
    }
}

fn third_party(
    name: &str,
    public: bool,
    then: Option<&str>,
    now: Option<&str>,
) -> Option<(Level, String)> {
    let (then, now) = (then?, now?);
    if then == now {
        return None;
    }
    let fits = match (minimum(then), minimum(now)) {
        (Some(then), Some(now)) => compatible(&then, &now),
        _ => false,
    };
    let level = if public && !fits {
        Level::Breaking
    } else {
        Level::Patch
    };
    Some((level, format!("requires {name} {now}, was {then}")))
}

/// What matters of the root manifest.
#[derive(Debug)]
struct Tables {
    manifest: DocumentMut,
    rust: Option<String>,
}

impl Tables {
    fn parse(text: &str) -> Result<Self> {
        let manifest: DocumentMut = text.parse().context("cannot read Cargo.toml")?;
        let rust = manifest
            .get("workspace")
            .and_then(|workspace| workspace.get("package")?.get("rust-version")?.as_str())
            .map(str::to_owned);
        Ok(Self { manifest, rust })
    }

    /// What `[workspace.dependencies]` asks of a package, found by its name or by `package = `.
    fn requirement(&self, name: &str) -> Option<String> {
        let table = self
            .manifest
            .get("workspace")?
            .get("dependencies")?
            .as_table_like()?;
        let (_, entry) = table
            .iter()
            .find(|(key, entry)| package_of(key, entry) == name)?;
        let version = match entry.as_str() {
            Some(version) => version,
            None => entry.get("version")?.as_str()?,
        };
        Some(version.to_owned())
    }
}

/// The package that an entry of `[workspace.dependencies]` means.
pub(crate) fn package_of<'a>(key: &'a str, entry: &'a Item) -> &'a str {
    entry.get("package").and_then(Item::as_str).unwrap_or(key)
}

#[cfg(test)]
mod tests {
    //! What a requirement on somebody else's crate means.

    use super::*;

    #[test]
    fn a_breaking_release_of_a_public_third_party_is_ours_too() {
        let level = |public, then, now| {
            third_party("http", public, Some(then), Some(now)).map(|(level, _)| level)
        };
        assert_eq!(level(true, "0.12.3", "0.13.1"), Some(Level::Breaking));
        assert_eq!(level(true, "1.3", "2.0"), Some(Level::Breaking));
        assert_eq!(level(true, "1.3", "1.4"), Some(Level::Patch));
        assert_eq!(level(false, "1.3", "2.0"), Some(Level::Patch));
        assert_eq!(level(true, "1.3", "1.3"), None);
        assert_eq!(third_party("new", true, None, Some("1.0")), None);
    }

    #[test]
    fn requirements_are_found_by_the_name_of_the_package() {
        let tables = Tables::parse(
            "[workspace.package]\nrust-version = \"1.85\"\n[workspace.dependencies]\na = \"1.2\"\n\
             b = { package = \"bee\", version = \"0.1.0\" }\n",
        )
        .unwrap();
        assert_eq!(tables.rust.as_deref(), Some("1.85"));
        assert_eq!(tables.requirement("a").as_deref(), Some("1.2"));
        assert_eq!(tables.requirement("bee").as_deref(), Some("0.1.0"));
        assert_eq!(tables.requirement("b"), None);
    }
}
