//! Writing a plan into the files: versions, requirements, changelogs, READMEs, the lock file.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use semver::Version;
use toml_edit::{DocumentMut, Item, TableLike};

use super::changelog;
use super::facts::{Crate, package_of};
use super::level::Level;
use super::plan::{Plan, Release};
use crate::process;
use crate::tidy::requirements;
use crate::workspace::{files, read, shown};

/// A file and what is going to be in it.
#[derive(Debug)]
pub(crate) struct Edit {
    pub(crate) path: PathBuf,
    pub(crate) before: String,
    pub(crate) after: String,
}

/// Every file that the plan changes but the lock file, which cargo writes.
pub(crate) fn edits(root: &Path, crates: &[Crate], plan: &Plan, date: &str) -> Result<Vec<Edit>> {
    let mut edits = Vec::new();
    let mut add = |path: PathBuf, change: &dyn Fn(&str) -> Result<String>| -> Result<()> {
        let before = read(&path)?;
        let after = change(&before).with_context(|| shown(root, &path))?;
        if before != after {
            edits.push(Edit {
                path,
                before,
                after,
            });
        }
        Ok(())
    };
    add(root.join("Cargo.toml"), &|text| {
        with_requirements(text, &plan.releases)
    })?;
    for release in &plan.releases {
        let Some(one) = crates.iter().find(|one| one.name == release.name) else {
            continue;
        };
        let folder = root.join(&one.folder);
        add(folder.join("Cargo.toml"), &|text| {
            with_version(text, &release.to)
        })?;
        let notes = notes(one, release, plan);
        add(folder.join("CHANGELOG.md"), &|text| {
            changelog::close(text, &release.to, date, &notes)
        })?;
    }
    for path in files(root)? {
        let is_text = path.extension().is_some_and(|extension| extension == "md");
        if is_text && !path.ends_with("CHANGELOG.md") {
            add(path, &|text| Ok(with_named_versions(text, &plan.releases)))?;
        }
    }
    Ok(edits)
}

/// For the changelog: what the crate newly asks for of our own.
fn notes(one: &Crate, release: &Release, plan: &Plan) -> Vec<String> {
    if release.from.is_none() {
        return Vec::new();
    }
    let mut notes = Vec::new();
    for on in &one.on {
        let other = plan.releases.iter().find(|other| other.name == on.name);
        if let Some(other) = other {
            let breaks = other.level == Level::Breaking && on.public;
            let more = if breaks {
                ", whose types are in the signatures of this crate"
            } else {
                ""
            };
            notes.push(format!("Built on `{}` {}{more}.", other.name, other.to));
        }
    }
    notes
}

fn with_version(text: &str, version: &Version) -> Result<String> {
    let mut manifest: DocumentMut = text.parse()?;
    let package = manifest
        .get_mut("package")
        .and_then(Item::as_table_like_mut)
        .context("has no [package]")?;
    set_version(package, version);
    Ok(manifest.to_string())
}

/// Keeps the comment behind it.
fn set_version(table: &mut dyn TableLike, version: &Version) {
    if let Some(old) = table.get_mut("version").and_then(Item::as_value_mut) {
        let decor = old.decor().clone();
        *old = version.to_string().into();
        *old.decor_mut() = decor;
    }
}

/// The root manifest asks for the new versions: a crate is tested with those only.
fn with_requirements(text: &str, releases: &[Release]) -> Result<String> {
    let mut manifest: DocumentMut = text.parse()?;
    let table = manifest
        .get_mut("workspace")
        .and_then(|workspace| workspace.get_mut("dependencies"))
        .and_then(Item::as_table_like_mut)
        .context("has no [workspace.dependencies]")?;
    for (key, entry) in table.iter_mut() {
        let package = package_of(&key, entry);
        let Some(release) = releases.iter().find(|release| release.name == package) else {
            continue;
        };
        if let Some(entry) = entry.as_table_like_mut() {
            set_version(entry, &release.to);
        }
    }
    Ok(manifest.to_string())
}

/// `supabase = "0.1"` in a README, where the new version is no longer a `0.1`.
fn with_named_versions(text: &str, releases: &[Release]) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let mut line = line.to_owned();
        for release in releases {
            for old in requirements(&line, &release.name) {
                let fits =
                    semver::VersionReq::parse(&old).is_ok_and(|wanted| wanted.matches(&release.to));
                if !fits {
                    let new = shortened(&release.to, old.split('.').count());
                    line = line
                        .replace(&format!("\"{old}\""), &format!("\"{new}\""))
                        .replace(&format!("@{old}"), &format!("@{new}"));
                }
            }
        }
        out.push_str(&line);
    }
    out
}

fn shortened(version: &Version, parts: usize) -> String {
    let full = version.to_string();
    let numbers: Vec<&str> = full.split('.').take(parts).collect();
    numbers.join(".")
}

/// Writes the files, then has cargo refresh what the lock file says of our own crates.
pub(crate) fn write(root: &Path, edits: &[Edit]) -> Result<()> {
    for edit in edits {
        std::fs::write(&edit.path, &edit.after)
            .with_context(|| format!("cannot write {}", edit.path.display()))?;
    }
    process::run(process::cargo(root).args(["update", "--workspace", "--offline"]))
}

/// The lines that change, for people.
pub(crate) fn text(root: &Path, edits: &[Edit]) -> String {
    let mut out = String::new();
    for edit in edits {
        out.push_str(&shown(root, &edit.path));
        out.push('\n');
        let before: Vec<&str> = edit.before.lines().collect();
        let after: Vec<&str> = edit.after.lines().collect();
        for (sign, some, others) in [("-", &before, &after), ("+", &after, &before)] {
            for line in some
                .iter()
                .filter(|line| !line.is_empty() && !others.contains(line))
            {
                out.push_str(&format!("  {sign} {line}\n"));
            }
        }
    }
    out
}
