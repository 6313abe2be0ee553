//! `cargo xtask test`: every test, those on the real stack included.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::guide::Guide;
use crate::workspace::{Workspace, files, read};
use crate::{process, snapshots};

/// The one command line; `cargo xtask test` adds nothing to it but the download of the stack.
const ARGUMENTS: &[&str] = &["test", "--workspace", "--all-features", "--locked"];

/// The package and the binary that know what a local stack needs.
const STACK: &str = "supabase-local";

/// Variables for the tests.
#[derive(Debug, Default)]
pub(crate) struct Mode {
    environment: Vec<(&'static str, PathBuf)>,
}

impl Mode {
    /// A snapshot that differs is a failure and leaves no file; those that are used are noted for
    /// [`snapshots::scan`].
    pub(crate) fn snapshots_as_they_are(root: &Path) -> Result<Self> {
        let references = snapshots::start_references(root)?;
        Ok(Self {
            environment: vec![
                ("INSTA_UPDATE", PathBuf::from("no")),
                ("INSTA_SNAPSHOT_REFERENCES_FILE", references),
            ],
        })
    }
}

pub(crate) fn run(root: &Path, mode: &Mode) -> Result<()> {
    let guide = fetch_stack(root)?;
    let mut command = process::cargo(root);
    command
        .args(ARGUMENTS)
        .envs(mode.environment.iter().map(|(name, value)| (name, value)))
        .envs(guide.environment());
    process::run(&mut command)
}

/// The same without the packages that need a local stack, for machines that cannot have one.
pub(crate) fn run_without_stack(root: &Path) -> Result<()> {
    let workspace = Workspace::load(root)?;
    let mut command = process::cargo(root);
    command.args(ARGUMENTS);
    let (mut packages, mut all) = (0, 0);
    for package in workspace.members() {
        if package.name == STACK || package.depends_on(STACK) {
            let mut tests = 0;
            for file in files(package.folder())? {
                if file.extension().is_some_and(|extension| extension == "rs") {
                    tests += tests_in(&read(&file)?);
                }
            }
            println!(
                "skipped: {tests} tests of {}, which needs a local stack",
                package.name
            );
            packages += 1;
            all += tests;
            command.args(["--exclude", &package.name]);
        }
    }
    println!("skipped: {all} tests of {packages} packages in all");
    process::run(&mut command)
}

/// How many tests a file has, by their attributes.
fn tests_in(text: &str) -> usize {
    text.lines()
        .map(str::trim_start)
        .filter(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
        .count()
}

/// Builds the tests and has the stack's own binary, which cargo builds with them, fetch Postgres,
/// PostgREST and Deno; then starts the one that the guide is compared with. Each test would do so itself, but with nothing to look at meanwhile; and a
/// `cargo run` of that package alone would compile its dependencies a second time.
fn fetch_stack(root: &Path) -> Result<Guide> {
    println!("Building the tests, then fetching what the local stack needs");
    let mut build = process::cargo(root);
    build
        .args(ARGUMENTS)
        .args(["--no-run", "--message-format=json-render-diagnostics"]);
    println!(
        "$ {}",
        process::display(process::cargo(root).args(ARGUMENTS).arg("--no-run"))
    );
    let messages = process::capture(build.stdin(Stdio::null()))?;
    let built = binary(&messages)?;
    let program = || match &built {
        Some(program) => Command::new(program),
        None => {
            let mut command = process::cargo(root);
            command.args(["run", "--locked", "--package", STACK, "--"]);
            command
        }
    };
    let mut download = program();
    download
        .current_dir(root)
        .args(["download", "--project", "crates/e2e"]);
    if let Err(error) = process::run(&mut download) {
        bail!("the local stack is not available, so its tests cannot run: {error:#}");
    }
    Guide::start(root, program())
}

/// A line of cargo's JSON output, of which only built programs matter.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
    target: Option<Target>,
    profile: Option<Profile>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

/// Finds the stack's binary among what cargo says it has built.
fn binary(messages: &str) -> Result<Option<PathBuf>> {
    for line in messages.lines().filter(|line| line.starts_with('{')) {
        let message: Message =
            serde_json::from_str(line).context("cannot read what cargo printed")?;
        let (Some(executable), Some(target)) = (message.executable, message.target) else {
            continue;
        };
        let is_test = message.profile.is_some_and(|profile| profile.test);
        if !is_test && target.name == STACK && target.kind.iter().any(|kind| kind == "bin") {
            return Ok(Some(executable));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    //! Cargo's messages, cut down to what is read.

    use super::*;

    #[test]
    fn tests_are_counted_by_their_attributes() {
        let text = "#[test]\nfn a() {}\n  #[tokio::test(flavor = \"multi_thread\")]\n// #[test]\n#[cfg(test)]\n";
        assert_eq!(tests_in(text), 2);
    }

    #[test]
    fn the_binary_and_not_its_tests_is_found() {
        let messages = r#"   not json
{"reason":"compiler-artifact","target":{"kind":["bin"],"name":"supabase-local"},"profile":{"test":true},"executable":"/t/deps/supabase_local-1"}
{"reason":"compiler-artifact","target":{"kind":["lib"],"name":"supabase_local"},"profile":{"test":false},"executable":null}
{"reason":"compiler-artifact","target":{"kind":["bin"],"name":"supabase-local"},"profile":{"test":false},"executable":"/t/supabase-local"}
{"reason":"build-finished","success":true}
"#;
        assert_eq!(
            binary(messages).unwrap(),
            Some(PathBuf::from("/t/supabase-local"))
        );
        let without: String = messages
            .lines()
            .filter(|line| !line.contains("false"))
            .collect::<Vec<_>>()
            .join("\n");
        assert_eq!(binary(&without).unwrap(), None);
    }
}
