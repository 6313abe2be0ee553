//! `cargo xtask mutants`: removes one guard at a time and looks whether a test notices.
//!
//! The guards are listed in `xtask/mutants.toml`. Each one is taken out of a copy of the repository, below the target
//! folder, and the tests that are named for it are run there. Not part of `cargo xtask ci`, since it compiles for minutes;
//! that every guard is still found in the source is part of `tidy`.

pub(crate) mod copy;
mod list;

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

pub(crate) use self::list::check;
use self::list::{Mutant, Run};
use crate::process;
use crate::workspace::{Workspace, read as read_file};

/// Runs the guards of these names, or all.
pub(crate) fn run(root: &Path, names: &[String]) -> Result<()> {
    let mutants = list::chosen(list::load(root)?, names)?;
    let broken = list::problems(root, &mutants);
    if !broken.is_empty() {
        bail!(
            "xtask/mutants.toml does not fit the source:\n{}",
            broken.join("\n")
        );
    }
    let scratch = Workspace::load(root)?.target_directory.join("mutants");
    let tree = scratch.join("tree");
    copy::refresh(root, &tree)?;
    let target = scratch.join("target");

    for run in baseline(&mutants) {
        match outcome(&mut test(&tree, &target, &run))? {
            Outcome::Survived => {}
            Outcome::Failed(test) => bail!("`{test}` fails with every guard in its place"),
            Outcome::NotCompiled(why) => bail!("the tests do not compile as they are:\n{why}"),
        }
    }
    println!("every named test passes while all guards are in their places");

    let mut bad = 0;
    for mutant in &mutants {
        // From the copy: the source may be edited meanwhile.
        let whole = read_file(&tree.join(&mutant.file))?;
        copy::write(&tree, &mutant.file, &mutant.applied(&tree)?)?;
        let outcome = outcome(&mut test(&tree, &target, &mutant.run));
        copy::write(&tree, &mutant.file, &whole)?;
        let line = match outcome? {
            Outcome::Failed(test) => format!("caught by {}: {test}", mutant.run.package),
            Outcome::Survived => {
                bad += 1;
                format!(
                    "SURVIVED the tests {} of {}",
                    mutant.run.tests.join(", "),
                    mutant.run.package
                )
            }
            Outcome::NotCompiled(why) => {
                bad += 1;
                format!("DOES NOT COMPILE: {why}")
            }
        };
        println!("{:<28} {} | {line}", mutant.name, mutant.guard);
    }
    let count = mutants.len();
    if bad > 0 {
        bail!("{bad} of {count} guards can be removed unnoticed, or their entry is wrong");
    }
    println!("mutants: {count} guards, each missed by a test when it is gone");
    Ok(())
}

/// The runs with every guard in its place, since a test that fails anyway would prove nothing: one for each package, and
/// the doctests alone, of which there are many.
fn baseline(mutants: &[Mutant]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for mutant in mutants {
        for test in &mutant.run.tests {
            let filter = mutant.run.filter.clone().filter(|_| test == "doc");
            let package = &mutant.run.package;
            let same = |run: &&mut Run| run.package == *package && run.filter == filter;
            match runs.iter_mut().find(same) {
                Some(run) if run.tests.contains(test) => {}
                Some(run) => run.tests.push(test.clone()),
                None => runs.push(Run {
                    package: package.clone(),
                    tests: vec![test.clone()],
                    filter,
                }),
            }
        }
    }
    runs
}

fn test(tree: &Path, target: &Path, run: &Run) -> Command {
    let mut command = process::cargo(tree);
    command
        .args([
            "test",
            "--locked",
            "--all-features",
            "--no-fail-fast",
            "--package",
        ])
        .arg(&run.package);
    for test in &run.tests {
        match test.as_str() {
            "lib" => command.arg("--lib"),
            "doc" => command.arg("--doc"),
            name => command.args(["--test", name]),
        };
    }
    command.args(&run.filter);
    command
        .env("CARGO_TARGET_DIR", target)
        // Tests of a mutant may not mend anything.
        .env("INSTA_UPDATE", "no")
        .env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "true")
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null());
    command
}

/// What came of a run.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// The first test that failed.
    Failed(String),
    Survived,
    NotCompiled(String),
}

fn outcome(command: &mut Command) -> Result<Outcome> {
    let output = command
        .output()
        .with_context(|| format!("cannot start {}", process::display(command)))?;
    let out = String::from_utf8_lossy(&output.stdout);
    let err = String::from_utf8_lossy(&output.stderr);
    read(output.status.success(), &out, &err)
}

/// Reads what `cargo test` printed.
fn read(success: bool, out: &str, err: &str) -> Result<Outcome> {
    let failed = out.lines().find_map(|line| {
        let name = line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?;
        Some(name.trim_end_matches(" - compile fail").to_owned())
    });
    if let Some(test) = failed {
        return Ok(Outcome::Failed(test));
    }
    if success {
        let ran = out.lines().any(|line| {
            line.strip_prefix("running ")
                .is_some_and(|rest| !rest.starts_with("0 "))
        });
        if !ran {
            bail!("no test was run; look at `tests` and `filter`");
        }
        return Ok(Outcome::Survived);
    }
    let why: Vec<&str> = err
        .lines()
        .skip_while(|line| !line.starts_with("error"))
        .take(6)
        .collect();
    if why.is_empty() {
        bail!("the tests ended without a result:\n{out}{err}");
    }
    Ok(Outcome::NotCompiled(why.join("\n")))
}

#[cfg(test)]
mod tests {
    //! What `cargo test` prints.

    use super::*;

    #[test]
    fn outcomes_are_told_apart() {
        let out = "running 2 tests\ntest a ... ok\ntest b::c ... FAILED\n";
        assert_eq!(
            read(false, out, "error: test failed").unwrap(),
            Outcome::Failed("b::c".to_owned())
        );
        let doc = "running 1 test\ntest src/x.rs - x (line 3) - compile fail ... FAILED\n";
        assert_eq!(
            read(false, doc, "").unwrap(),
            Outcome::Failed("src/x.rs - x (line 3)".to_owned())
        );
        let fine = "running 0 tests\n\nrunning 1 test\ntest a ... ok\n";
        assert_eq!(read(true, fine, "").unwrap(), Outcome::Survived);
        let error = "   Compiling x\nerror[E0308]: mismatched types\n --> x.rs";
        assert_eq!(
            read(false, "", error).unwrap(),
            Outcome::NotCompiled("error[E0308]: mismatched types\n --> x.rs".to_owned())
        );
    }

    #[test]
    fn every_named_test_is_run_before() {
        let mutant = |tests: &[&str], filter: Option<&str>| Mutant {
            name: String::new(),
            guard: String::new(),
            file: String::new(),
            old: String::new(),
            new: String::new(),
            run: Run {
                package: "p".to_owned(),
                tests: tests.iter().map(|&test| test.to_owned()).collect(),
                filter: filter.map(str::to_owned),
            },
        };
        let mutants = [
            mutant(&["lib", "a"], Some("x")),
            mutant(&["doc", "a"], Some("y")),
        ];
        let runs: Vec<_> = baseline(&mutants)
            .into_iter()
            .map(|run| (run.tests.join(" "), run.filter))
            .collect();
        assert_eq!(
            runs,
            [
                ("lib a".to_owned(), None),
                ("doc".to_owned(), Some("y".to_owned()))
            ]
        );
    }

    #[test]
    fn a_run_without_tests_proves_nothing() {
        assert!(read(true, "running 0 tests\n", "").is_err());
        assert!(read(false, "", "killed").is_err());
    }
}
