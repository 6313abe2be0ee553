//! `cargo xtask tidy`: the rules of this repository that no compiler knows.

mod canary;
mod examples;
mod files;
mod manifest;
mod msrv;
mod rust;
mod secrets;
mod source;
mod table;
mod tree;

pub(crate) use files::requirements;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use anyhow::{Result, bail};

use crate::mutants;
use crate::workspace::{Workspace, files as all_files, read, shown};

/// A rule that is broken, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    path: String,
    line: Option<usize>,
    message: String,
}

impl Finding {
    pub(crate) fn new(path: &str, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line: None,
            message: message.into(),
        }
    }

    pub(crate) fn at(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line: Some(line),
            message: message.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(out, "{}:{line}: {}", self.path, self.message),
            None => write!(out, "{}: {}", self.path, self.message),
        }
    }
}

pub(crate) fn run(root: &Path) -> Result<()> {
    let workspace = Workspace::load(root)?;
    let mut findings = Vec::new();
    check_files(root, &workspace, &mut findings)?;
    check_manifests(root, &workspace, &mut findings)?;
    findings.extend(tree::check(root, &workspace)?);
    findings.extend(msrv::check(root, &workspace)?);
    let guards = mutants::check(root, &mut findings)?;
    println!("guards that a test misses when they are gone: {guards} in xtask/mutants.toml");
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => {
            println!("tidy: every rule is kept");
            Ok(())
        }
        1 => bail!("one rule is broken"),
        count => bail!("{count} rules are broken"),
    }
}

fn check_files(root: &Path, workspace: &Workspace, findings: &mut Vec<Finding>) -> Result<()> {
    let files = all_files(root)?;
    let facts = facts(workspace);
    let (mut rust, mut markdown, mut snapshots) = (0, 0, 0);
    let mut published = BTreeMap::new();
    for file in &files {
        let path = shown(root, file);
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("rs") => {
                rust += 1;
                let text = read(file)?;
                findings.extend(source::check(&path, &text, kind_of(workspace, file)));
                if let Some(name) = library_of(workspace, file) {
                    let seen: &mut examples::Crate = published.entry(name).or_default();
                    seen.add(&path, &text);
                }
            }
            Some("md") => {
                markdown += 1;
                findings.extend(files::check_markdown(&path, &read(file)?, &facts));
            }
            Some("snap") => {
                snapshots += 1;
                findings.extend(secrets::check(&path, &read(file)?));
            }
            _ => {}
        }
    }
    println!(
        "files: {rust} of Rust (at most {} lines each), {markdown} of Markdown, {snapshots} snapshots",
        source::MAX_LINES
    );
    for seen in published.values() {
        findings.extend(seen.findings());
    }
    let functions: usize = published.values().map(examples::Crate::len).sum();
    println!("examples: looked for those of {functions} public functions");
    Ok(())
}

/// The published crate whose `src` a file is in.
fn library_of<'a>(workspace: &'a Workspace, file: &Path) -> Option<&'a str> {
    workspace
        .members()
        .filter(|package| package.is_published())
        .find(|package| file.starts_with(package.folder().join("src")))
        .map(|package| package.name.as_str())
}

/// What the README files must agree with.
fn facts(workspace: &Workspace) -> files::Facts {
    let published = || workspace.members().filter(|package| package.is_published());
    files::Facts {
        rust_versions: published()
            .filter_map(|package| {
                let rust = package.rust_version.as_ref()?;
                Some((
                    package.name.clone(),
                    format!("{}.{}", rust.major, rust.minor),
                ))
            })
            .collect(),
        versions: published()
            .map(|package| (package.name.clone(), package.version.clone()))
            .collect(),
    }
}

fn kind_of(workspace: &Workspace, file: &Path) -> source::Kind {
    for package in workspace.members() {
        let Ok(inside) = file.strip_prefix(package.folder().join("src")) else {
            continue;
        };
        return match (package.is_published(), inside == Path::new("lib.rs")) {
            (true, true) => source::Kind::LibraryRoot,
            (true, false) => source::Kind::Library,
            (false, true) => source::Kind::Root,
            (false, false) => source::Kind::Other,
        };
    }
    source::Kind::Other
}

fn check_manifests(root: &Path, workspace: &Workspace, findings: &mut Vec<Finding>) -> Result<()> {
    let names: Vec<&str> = workspace
        .members()
        .map(|package| package.name.as_str())
        .collect();
    let versions = facts(workspace).versions;
    findings.extend(table::check(&read(&root.join("Cargo.toml"))?, &versions)?);
    let mut types = 0;
    for package in workspace.members() {
        let text = read(&package.manifest_path)?;
        let path = shown(root, &package.manifest_path);
        findings.extend(manifest::check(&path, &text, package, &names)?);
        if package.is_published() {
            findings.extend(files::check_published(root, package)?);
            types += canary::check(root, package, findings)?;
        }
    }
    println!("manifests: {}", names.len());
    println!("public types that are searched for secrets: {types}");
    Ok(())
}
