//! `cargo xtask release`: which crates are released, as what, and doing it.
//!
//! `plan` writes a file to review, `apply` writes it into the manifests and changelogs, `publish`
//! hands the crates to cargo, `tag` marks the commit. All but `plan` only show what they would do
//! unless `--execute` is given. `docs/releasing.md` is the way through them.

mod apply;
mod changelog;
mod facts;
mod git;
mod level;
pub(crate) mod outside;
mod plan;
mod rename;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use semver::Version;

use crate::workspace::{Workspace, read, shown};
use crate::{ci, process};
use facts::Crate;
use git::Git;
use outside::{Outside, Real};
use plan::Plan;

/// The branch that is published from.
const BRANCH: &str = "main";

/// One step of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Plan,
    Apply,
    Publish,
    Tag,
    Rename,
}

/// How to do it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) action: Option<Action>,
    /// For `plan`: only these crates and what has to go with them. For `rename`: the old name and the new.
    pub(crate) crates: Vec<String>,
    /// Do it; otherwise only show what would be done.
    pub(crate) execute: bool,
    /// For `publish`: `cargo xtask ci` has passed on this commit.
    pub(crate) skip_ci: bool,
}

impl Options {
    /// Takes the next word of the command line: the action, then names of crates.
    pub(crate) fn word(&mut self, word: String) -> Result<()> {
        match (self.action, word.as_str()) {
            (None, "plan") => self.action = Some(Action::Plan),
            (None, "apply") => self.action = Some(Action::Apply),
            (None, "publish") => self.action = Some(Action::Publish),
            (None, "tag") => self.action = Some(Action::Tag),
            (None, "rename") => self.action = Some(Action::Rename),
            (None, other) => {
                bail!("`release {other}`: there are plan, apply, publish, tag and rename")
            }
            (Some(Action::Plan | Action::Rename), _) => self.crates.push(word),
            (Some(_), _) => bail!("`{word}`: only `plan` and `rename` take names of crates"),
        }
        Ok(())
    }
}

/// The last tag of a crate in the history of what is checked out.
pub(crate) fn last_tag(root: &Path, package: &str) -> Result<Option<String>> {
    let released = Git(root).last_release(package)?;
    Ok(released.map(|version| git::tag(package, &version.to_string())))
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let file = plan_file(root)?;
    let real = Real(root);
    match options.action {
        None => bail!("`cargo xtask release` needs one of plan, apply, publish, tag and rename"),
        Some(Action::Plan) => {
            if outside::semver_checks(root).is_none() {
                println!(
                    "cargo-semver-checks is not installed, so only the changelogs say what breaks: {}",
                    outside::INSTALL_SEMVER_CHECKS
                );
            }
            print!("{}", make_plan(root, &file, &options.crates, &real)?);
            println!(
                "\nWritten to {}; review it, then `cargo xtask release apply`.",
                shown(root, &file)
            );
            Ok(())
        }
        Some(Action::Apply) => {
            print!("{}", apply_plan(root, &file, options.execute, &real)?);
            if !options.execute {
                println!("\nNothing was written; `--execute` does it.");
            }
            Ok(())
        }
        Some(Action::Rename) => {
            let [old, new] = options.crates.as_slice() else {
                bail!("`release rename` needs the old name and the new one");
            };
            print!("{}", rename_package(root, old, new, options.execute)?);
            if !options.execute {
                println!("\nNothing was written; `--execute` does it.");
            }
            Ok(())
        }
        Some(Action::Publish) => publish(root, options, &real),
        Some(Action::Tag) => {
            print!("{}", make_tags(root, options.execute, &real)?);
            if !options.execute {
                println!("\nNo tag was made; `--execute` does it.");
            }
            Ok(())
        }
    }
}

fn plan_file(root: &Path) -> Result<PathBuf> {
    Ok(Workspace::load(root)?
        .target_directory
        .join("release-plan.json"))
}

/// Writes the plan, and returns it for people.
fn make_plan(root: &Path, file: &Path, only: &[String], outside: &dyn Outside) -> Result<String> {
    let git = Git(root);
    git.must_be_clean()?;
    let crates = facts::gather(root, outside)?;
    let plan = plan::make(&crates, &git.head()?, only)?;
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let json = serde_json::to_string_pretty(&plan)? + "\n";
    std::fs::write(file, json).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(plan::text(&plan, &crates))
}

fn apply_plan(root: &Path, file: &Path, execute: bool, outside: &dyn Outside) -> Result<String> {
    let git = Git(root);
    git.must_be_clean()?;
    let text = read(file).context("there is no plan; `cargo xtask release plan` makes one")?;
    let plan: Plan = serde_json::from_str(&text).context("cannot read the plan")?;
    let head = git.head()?;
    if plan.commit != head {
        bail!(
            "the plan was made for {}, but {head} is checked out; make it again",
            plan.commit
        );
    }
    let crates = facts::gather(root, outside)?;
    plan::check(&crates, &plan)?;
    let edits = apply::edits(root, &crates, &plan, &git.date()?)?;
    if execute {
        apply::write(root, &edits)?;
    }
    Ok(apply::text(root, &edits))
}

fn rename_package(root: &Path, old: &str, new: &str, execute: bool) -> Result<String> {
    Git(root).must_be_clean()?;
    let (edits, left) = rename::edits(root, old, new)?;
    if execute {
        apply::write(root, &edits)?;
    }
    let mut out = apply::text(root, &edits);
    if !left.is_empty() {
        out.push_str(&format!(
            "the old name is also in, for you to judge:\n  {}\n",
            left.join("\n  ")
        ));
    }
    Ok(out)
}

/// The crates whose version has no tag, checked: the versions fit together, nothing is left over.
fn pending(root: &Path, outside: &dyn Outside) -> Result<Vec<Crate>> {
    let git = Git(root);
    git.must_be_clean()?;
    let branch = git.branch()?;
    if branch != BRANCH {
        bail!("releases are made on `{BRANCH}`, not on `{branch}`");
    }
    let crates = facts::gather(root, outside)?;
    let pending: Vec<Crate> = crates
        .iter()
        .filter(|one| one.is_pending())
        .cloned()
        .collect();
    let mut problems = Vec::new();
    for one in &pending {
        problems.extend(
            one.problems
                .iter()
                .map(|problem| format!("{}: {problem}", one.name)),
        );
        let changelog = read(&root.join(&one.folder).join("CHANGELOG.md"))?;
        let heading = format!("## {} - ", one.version);
        if !changelog.lines().any(|line| line.starts_with(&heading)) {
            problems.push(format!(
                "{}: CHANGELOG.md has no section for {}; `cargo xtask release apply` makes it",
                one.name, one.version
            ));
        }
    }
    let targets: BTreeMap<String, Version> = pending
        .iter()
        .map(|one| (one.name.clone(), one.version.clone()))
        .collect();
    problems.extend(plan::broken(&crates, &targets)?);
    plan::refuse(problems)?;
    Ok(pending)
}

fn publish(root: &Path, options: &Options, outside: &dyn Outside) -> Result<()> {
    let mut names = Vec::new();
    for one in pending(root, outside)? {
        if outside.is_published(&one.name, &one.version)? {
            println!("{} {} is on the registry already", one.name, one.version);
        } else {
            println!("{} {} is to be published", one.name, one.version);
            names.push(one.name);
        }
    }
    if names.is_empty() {
        println!("Nothing to publish.");
        return Ok(());
    }
    if !options.skip_ci {
        ci::run(root, &ci::Options::default())?;
    }
    let mut command = process::cargo(root);
    command.args(["publish", "--locked"]);
    for name in &names {
        command.args(["--package", name]);
    }
    // Always first: what cannot be built from its package must not be half published.
    let mut dry = process::cargo(root);
    dry.args(command.get_args()).arg("--dry-run");
    process::run(&mut dry)?;
    if options.execute {
        process::run(&mut command)?;
        println!("Published. Now `cargo xtask release tag --execute`.");
    } else {
        println!("Nothing was published; `--execute` does it.");
    }
    Ok(())
}

/// Tags what is on the registry.
fn make_tags(root: &Path, execute: bool, outside: &dyn Outside) -> Result<String> {
    let mut out = String::new();
    let mut missing = Vec::new();
    for one in pending(root, outside)? {
        if !outside.is_published(&one.name, &one.version)? {
            missing.push(format!("{} {}", one.name, one.version));
            continue;
        }
        let tag = git::tag(&one.name, &one.version.to_string());
        if execute {
            Git(root).make_tag(&tag, &format!("{} {}", one.name, one.version))?;
        }
        out.push_str(&format!("{tag}\n"));
    }
    if !missing.is_empty() {
        bail!(
            "{out}not on the registry, so not tagged: {}",
            missing.join(", ")
        );
    }
    if !out.is_empty() {
        out.push_str("push them with `git push origin --tags`\n");
    }
    Ok(out)
}
