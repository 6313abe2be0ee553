//! Who is measured, and how each is got ready.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::process;

/// One client, ready to run.
pub(super) struct Contender {
    /// How the table names it.
    pub(super) title: String,
    program: PathBuf,
    script: Option<PathBuf>,
}

/// The features of `crates/bench`, and how the table names them. The first is what the others are compared with; it
/// comes once more at the end, so that the noise shows.
const RUST: &[(&str, &str)] = &[
    ("bare", "hyper-util and serde_json"),
    (
        "bare-tls",
        "hyper-util, able to speak TLS and HTTP/2, and serde_json",
    ),
    ("ours", "`postgrest-rs` of this repository"),
    ("postgrest", "`postgrest` 1.6.0"),
    ("supabase-rp", "`supabase-rp` 0.7.0"),
];

const SUPABASE_JS: &str = "@supabase/supabase-js@2.119.1";
/// The JavaScript client does not start on older ones.
const NODE: &str = "node@22";
const SUPABASE_PY: &str = "supabase==2.34.1";

impl Contender {
    /// The command of one run.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.script).arg("run");
        command
    }

    /// The program itself.
    pub(super) fn program(&self) -> &Path {
        &self.program
    }

    /// Whether it is a program of ours around a Rust client: then its instructions are counted.
    pub(super) fn is_rust(&self) -> bool {
        self.script.is_none()
    }
}

/// All that can be measured on this machine.
pub(super) fn all(root: &Path) -> Result<Vec<Contender>> {
    let folder = root.join("target/bench");
    let mut contenders = Vec::new();
    for (feature, title) in RUST {
        contenders.push(Contender {
            title: (*title).to_owned(),
            program: build(root, &folder, feature)?,
            script: None,
        });
    }
    let scripts = root.join("crates/bench/clients");
    let others = [
        ("npm", javascript(&scripts, &folder.join("js"))),
        ("python3", python(&scripts, &folder.join("python"))),
    ];
    for (needs, contender) in others {
        match contender {
            Ok(contender) => contenders.push(contender),
            Err(why) => println!("not measured, since {needs} did not do its part: {why:#}"),
        }
    }
    if let Some(first) = contenders.first() {
        contenders.push(Contender {
            title: format!("{}, once more", first.title),
            program: first.program.clone(),
            script: None,
        });
    }
    Ok(contenders)
}

/// Builds the bench with one contender and keeps the binary under its name.
pub(super) fn build(root: &Path, folder: &Path, feature: &str) -> Result<PathBuf> {
    let mut cargo = process::cargo(root);
    cargo
        .args(["build", "--release", "--locked", "--quiet"])
        .args(["--manifest-path", "crates/bench/Cargo.toml"])
        .args(["--features", feature])
        .arg("--target-dir")
        .arg(folder);
    process::run(&mut cargo)?;
    let kept = folder.join(format!("bench-{feature}"));
    std::fs::copy(folder.join("release/bench"), &kept)
        .with_context(|| format!("cannot keep the binary of {feature}"))?;
    Ok(kept)
}

/// The official JavaScript client, with a Node of its own.
fn javascript(scripts: &Path, folder: &Path) -> Result<Contender> {
    std::fs::create_dir_all(folder).context("cannot make its folder")?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-save", "--no-package-lock", "--silent"])
        .arg("--prefix")
        .arg(folder)
        .args([SUPABASE_JS, NODE]);
    process::run(&mut npm)?;
    // Beside its modules, where it finds them.
    let script = folder.join("bench.mjs");
    std::fs::copy(scripts.join("bench.mjs"), &script).context("cannot copy bench.mjs")?;
    Ok(Contender {
        title: format!("`{SUPABASE_JS}`, {NODE}"),
        program: folder.join("node_modules/node/bin/node"),
        script: Some(script),
    })
}

/// The official Python client.
fn python(scripts: &Path, folder: &Path) -> Result<Contender> {
    process::run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    let program = folder.join("bin/python");
    process::run(Command::new(&program).args(["-m", "pip", "install", "--quiet", SUPABASE_PY]))?;
    let version = process::version_of(&mut Command::new(&program)).unwrap_or_default();
    Ok(Contender {
        title: format!("`{SUPABASE_PY}`, {version}"),
        program,
        script: Some(scripts.join("bench.py")),
    })
}
