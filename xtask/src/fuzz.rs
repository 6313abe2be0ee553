//! `cargo xtask fuzz`: the targets of `crates/fuzz`, each for so many minutes.
//!
//! What cargo-fuzz does, with the stable compiler: coverage is a pass of LLVM, and the address
//! sanitizer is asked for by `-Z` with `RUSTC_BOOTSTRAP` set. Where that is not to be had, `--plain`
//! leaves the sanitizer out: our own code has no `unsafe` that it could find at fault.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::process;
use crate::workspace::read;

/// What libFuzzer needs to know where an input has been.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
                        -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares";

/// How long, and what.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) minutes: u32,
    /// Only these targets; all when empty.
    pub(crate) targets: Vec<String>,
    /// Without the address sanitizer.
    pub(crate) plain: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            minutes: 1,
            targets: Vec::new(),
            plain: false,
        }
    }
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let folder = root.join("crates/fuzz");
    let all = targets(&read(&folder.join("Cargo.toml"))?)?;
    for name in &options.targets {
        if !all.contains(name) {
            bail!(
                "there is no target `{name}`; the targets are {}",
                all.join(", ")
            );
        }
    }
    let wanted = |name: &&String| options.targets.is_empty() || options.targets.contains(name);
    let host = host()?;
    let mut build = process::cargo(&folder);
    let mut flags = COVERAGE.to_owned();
    if !options.plain {
        flags.push_str(" -Zsanitizer=address");
        build.env("RUSTC_BOOTSTRAP", "1");
    }
    // Naming the target keeps the flags from build scripts and macros.
    build.env("RUSTFLAGS", flags).args([
        "build",
        "--release",
        "--locked",
        "--bins",
        "--target",
        &host,
    ]);
    process::run(&mut build)?;
    let programs = programs(&folder, &host);
    let mut failed = Vec::new();
    for name in all.iter().filter(wanted) {
        let artifacts = folder.join("artifacts").join(name);
        // What is found goes to the first folder; the seeds in the second stay as they are.
        let found = programs.join("corpus").join(name);
        for folder in [&artifacts, &found] {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let mut fuzz = Command::new(programs.join(name));
        fuzz.current_dir(&folder)
            .arg(&found)
            .arg(folder.join("corpus").join(name))
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            .arg(format!("-max_total_time={}", options.minutes * 60))
            .args([
                "-max_len=4096",
                "-timeout=10",
                "-print_final_stats=1",
                "-verbosity=0",
            ]);
        println!("\n==> {name}");
        if let Err(error) = process::run(&mut fuzz) {
            eprintln!("error: {name}: {error:#}");
            failed.push(name.as_str());
        }
    }
    match failed.as_slice() {
        [] => Ok(()),
        failed => bail!(
            "failed: {}; the input is in crates/fuzz/artifacts: mend the code, and keep the input in crates/fuzz/corpus",
            failed.join(", ")
        ),
    }
}

/// Where cargo puts them.
fn programs(folder: &Path, host: &str) -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| folder.join("target"), PathBuf::from);
    target.join(host).join("release")
}

fn host() -> Result<String> {
    let text = process::capture(Command::new("rustc").arg("-vV"))?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc names no host")?.to_owned())
}

/// The names of the binaries.
fn targets(manifest: &str) -> Result<Vec<String>> {
    let manifest: toml_edit::DocumentMut = manifest.parse().context("cannot read the manifest")?;
    let tables = manifest
        .get("bin")
        .and_then(toml_edit::Item::as_array_of_tables);
    let names: Vec<String> = tables
        .into_iter()
        .flatten()
        .filter_map(|table| Some(table.get("name")?.as_str()?.to_owned()))
        .collect();
    Ok(names)
}

#[cfg(test)]
mod tests {
    //! The manifest of the targets.

    use super::*;

    #[test]
    fn every_target_has_a_file_and_seeds() {
        let folder = crate::workspace::root().unwrap().join("crates/fuzz");
        let names = targets(&read(&folder.join("Cargo.toml")).unwrap()).unwrap();
        assert!(names.len() >= 9, "{names:?}");
        for name in &names {
            assert!(
                folder
                    .join("fuzz_targets")
                    .join(format!("{name}.rs"))
                    .is_file(),
                "{name}"
            );
            assert!(
                folder.join("corpus").join(name).read_dir().unwrap().count() > 0,
                "{name}"
            );
        }
        let files = folder.join("fuzz_targets").read_dir().unwrap();
        let count = files
            .filter(|file| file.as_ref().unwrap().path().is_file())
            .count();
        assert_eq!(count, names.len());
    }
}
