//! What users get: the packages as they would be uploaded, from a fresh clone.
//!
//! Cargo builds each from its package. Then each is unpacked and used by a program that is nothing
//! but the examples of its README, with the features that a plain `cargo add` gives.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::process;
use crate::workspace::{Package, Workspace, read};

/// What an example may use beside the crate that it is of.
const BESIDE: &str = "\
serde = { version = \"1\", features = [\"derive\"] }
serde_json = \"1\"
tokio = { version = \"1\", features = [\"full\"] }
";

pub(crate) fn run(root: &Path) -> Result<()> {
    let workspace = Workspace::load(root)?;
    let target = &workspace.target_directory;
    let work = target.join("gates/package");
    if work.exists() {
        std::fs::remove_dir_all(&work).context("cannot clear the folder of the gate")?;
    }
    std::fs::create_dir_all(&work)?;
    let mut status = Command::new("git");
    status.current_dir(root).args(["status", "--porcelain"]);
    if !process::capture(&mut status)?.is_empty() {
        println!("note: what is not committed is not in the clone");
    }
    let clone = work.join("clone");
    let mut git = Command::new("git");
    git.args(["clone", "--quiet"]).arg(root).arg(&clone);
    process::run(&mut git)?;
    let mut publish = process::cargo(&clone);
    publish.env("CARGO_TARGET_DIR", target).args([
        "publish",
        "--workspace",
        "--dry-run",
        "--locked",
    ]);
    process::run(&mut publish)?;

    let packages: Vec<&Package> = workspace
        .members()
        .filter(|package| package.is_published())
        .collect();
    // Where cargo unpacks them to build them.
    let unpacked = target.join("package");
    let mut count = 0;
    for package in &packages {
        let folder = unpacked.join(folder_of(package));
        let examples = examples(&read(&folder.join("README.md"))?);
        if examples.is_empty() {
            bail!("the README of {} has no example", package.name);
        }
        count += examples.len();
        let user = work.join("users").join(&package.name);
        write_user(&user, &manifest(package, &packages, &unpacked), &examples)?;
        let mut check = process::cargo(&user);
        check.env("CARGO_TARGET_DIR", target).arg("check");
        process::run(&mut check)?;
    }
    println!(
        "{} packages build alone, and {count} examples of their READMEs compile against them",
        packages.len()
    );
    Ok(())
}

fn folder_of(package: &Package) -> String {
    format!("{}-{}", package.name, package.version)
}

/// A program that depends on the package; the others of ours stand in for the registry's.
fn manifest(package: &Package, all: &[&Package], unpacked: &Path) -> String {
    let mut text = format!(
        "[package]\nname = \"readme\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\n{} = \"={}\"\n{BESIDE}",
        package.name, package.version
    );
    if let Some(of_user) = beside_tests(package) {
        text.push_str(of_user);
    }
    text.push_str("\n[patch.crates-io]\n");
    for package in all {
        let path = unpacked.join(folder_of(package));
        let _ = writeln!(text, "{} = {{ path = '{}' }}", package.name, path.display());
    }
    text
}

/// The stack is for tests that use the client too, as its README says.
fn beside_tests(package: &Package) -> Option<&'static str> {
    (!package.is_sdk()).then_some("supabase = \"*\"\n")
}

fn write_user(folder: &Path, manifest: &str, examples: &[String]) -> Result<()> {
    let programs: PathBuf = folder.join("src/bin");
    std::fs::create_dir_all(&programs)?;
    std::fs::write(folder.join("Cargo.toml"), manifest)?;
    for (index, example) in examples.iter().enumerate() {
        let program = if example.contains("fn main(") {
            example.clone()
        } else {
            format!("fn main() {{\n{example}\n}}\n")
        };
        std::fs::write(programs.join(format!("example_{index}.rs")), program)?;
    }
    Ok(())
}

/// The blocks of Rust, with the lines that rustdoc hides.
fn examples(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut current: Option<String> = None;
    for line in text.lines() {
        match (&mut current, line.strip_prefix("```")) {
            (None, Some(info)) if info.starts_with("rust") => current = Some(String::new()),
            // Another language: its end looks like a beginning, but one without a name.
            (None, _) => {}
            (Some(code), Some(_)) => {
                found.push(std::mem::take(code));
                current = None;
            }
            (Some(code), None) => {
                let shown = line
                    .strip_prefix("# ")
                    .unwrap_or(if line == "#" { "" } else { line });
                code.push_str(shown);
                code.push('\n');
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    //! What is taken from a README.

    use super::*;

    #[test]
    fn only_blocks_of_rust_with_their_hidden_lines() {
        let text = "# a\n```sh\ncargo add a\n```\n```rust,no_run\n# use a::A;\n#\n#[tokio::main]\nasync fn main() {}\n```\n\
                    ```toml\na = \"1\"\n```\n```rust\nlet a = 1;\n```\n";
        assert_eq!(
            examples(text),
            [
                "use a::A;\n\n#[tokio::main]\nasync fn main() {}\n",
                "let a = 1;\n"
            ]
        );
    }
}
