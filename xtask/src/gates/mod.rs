//! `cargo xtask gates`: the slow checks, run before a release and on GitHub, not for every change.

mod external;
mod minimal;
mod package;
mod tools;

use std::path::Path;
use std::str::FromStr;

use anyhow::{Result, bail};

use crate::{deny, docs, process};

/// A check that is too slow for every change. A new one is a line in [`GATES`].
struct Gate {
    name: &'static str,
    /// What it proves.
    about: &'static str,
    /// What has to be installed for it; empty where cargo is enough.
    installs: &'static str,
    /// What to do when it fails.
    advice: &'static str,
    run: fn(&Path) -> Result<()>,
}

const GATES: &[Gate] = &[
    Gate {
        name: "docs",
        about: "the API documentation as docs.rs builds it, warnings are errors",
        installs: "",
        advice: "the message names file and line; `cargo xtask docs --open` shows the result",
        run: |root| docs::run(root, false),
    },
    Gate {
        name: "deny",
        about: "licences, banned crates and sources; `cargo xtask deny --advisories` asks for vulnerabilities too",
        installs: "cargo install --locked cargo-deny",
        advice: "deny.toml holds the rules, each with its reason. A duplicate: `cargo tree -i NAME@VERSION` says who brings it. A vulnerability: `cargo update -p NAME`, and a release if the requirement has to rise",
        run: |root| deny::run(root, false),
    },
    Gate {
        name: "external",
        about: "types of others in our signatures are of the crates in `public-dependencies`",
        installs: "",
        advice: "a crate that is shown and not declared: hide it behind a type of ours, or declare it under \
                 [package.metadata.supabase] in the crate's manifest, which makes its breaking releases ours",
        run: external::run,
    },
    Gate {
        name: "oldest",
        about: "the SDK compiles with the oldest compiler that it promises",
        installs: "rustup toolchain install 1.85 --profile minimal",
        advice: "something newer is used: `cargo xtask tidy` names dependencies that ask for more, \
                 clippy::incompatible_msrv names functions. To raise the promise: `rust-version` in the root Cargo.toml, a \
                 line under Changed in each changelog",
        run: tools::oldest,
    },
    Gate {
        name: "minimal",
        about: "the SDK compiles with the lowest versions that Cargo.toml allows",
        installs: "",
        advice: "raise the version of the named crate in [workspace.dependencies] to the lowest one that has what is \
                 missing, or to what another dependency asks for",
        run: minimal::run,
    },
    Gate {
        name: "semver",
        about: "no API breaks without its version saying so, against the last tag of each crate",
        installs: "cargo install --locked cargo-semver-checks",
        advice: "undo what breaks, or name it under `### Breaking` in the changelog: `cargo xtask release plan` then makes \
                 it a breaking release",
        run: tools::semver,
    },
    Gate {
        name: "features",
        about: "every feature alone and in pairs, warnings are errors",
        installs: tools::HACK,
        advice: "run the printed command with the features that it names; mostly a `cfg` is missing, or a feature has to \
                 ask for another one",
        run: tools::features,
    },
    Gate {
        name: "package",
        about: "the packages build alone, from a fresh clone, and the examples of their READMEs compile",
        installs: "",
        advice: "a file that is missing: see `include` and `exclude` in the crate's manifest. A dev-dependency that cannot be \
                 found: ours have a path and no version. An example: mend it in the README",
        run: package::run,
    },
    Gate {
        name: "million",
        about: "a million rows, streamed and paged on the real stack while others write",
        installs: "",
        advice: "run `cargo test -p e2e --test million -- --nocapture`, which names the row. A row twice or missing is a \
                 fault of the keys (crates/postgrest-rs/src/paging), a wrong row or too much memory one of the stream \
                 (crates/postgrest-rs/src/stream). If the stack does not start: `cargo run -p supabase-local -- download`, \
                 then docs/local-stack.md",
        run: million,
    },
];

/// Which gates to run, and whether only to list them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Only these; all when empty.
    pub(crate) only: Vec<Name>,
    pub(crate) list: bool,
}

/// The name of a gate that there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name(&'static str);

impl FromStr for Name {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        match GATES.iter().find(|gate| gate.name == name) {
            Some(gate) => Ok(Self(gate.name)),
            None => bail!("there is no gate `{name}`; the gates are {}", names()),
        }
    }
}

fn names() -> String {
    let names: Vec<_> = GATES.iter().map(|gate| gate.name).collect();
    names.join(", ")
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    run_of(GATES, root, options)
}

fn run_of(gates: &[Gate], root: &Path, options: &Options) -> Result<()> {
    let wanted = |gate: &&Gate| options.only.is_empty() || options.only.contains(&Name(gate.name));
    let mut failed = Vec::new();
    for gate in gates.iter().filter(wanted) {
        if options.list {
            println!("{:<10} {}", gate.name, gate.about);
            if !gate.installs.is_empty() {
                println!("{:<10} needs: {}", "", gate.installs);
            }
            continue;
        }
        println!("\n==> {}: {}", gate.name, gate.about);
        // All are run: each tells something of its own.
        if let Err(error) = (gate.run)(root) {
            eprintln!("{}", failure(gate, &error));
            failed.push(gate.name);
        }
    }
    match failed.as_slice() {
        [] => Ok(()),
        failed => bail!("failed: {}", failed.join(", ")),
    }
}

fn failure(gate: &Gate, error: &anyhow::Error) -> String {
    format!(
        "error: {}: {error:#}\nwhat to do: {}",
        gate.name, gate.advice
    )
}

fn million(root: &Path) -> Result<()> {
    let mut command = process::cargo(root);
    command.args([
        "test",
        "--locked",
        "--package",
        "e2e",
        "--test",
        "million",
        "--",
        "--nocapture",
    ]);
    process::run(&mut command)
}

#[cfg(test)]
mod tests {
    //! Which gates run, and what a failure says.

    use super::*;

    #[test]
    fn a_failure_says_what_to_do_and_does_not_stop_the_others() {
        let gates = [
            Gate {
                name: "first",
                about: "",
                installs: "",
                advice: "mend it",
                run: |_| bail!("broken"),
            },
            Gate {
                name: "second",
                about: "",
                installs: "",
                advice: "",
                run: |_| Ok(()),
            },
            Gate {
                name: "third",
                about: "",
                installs: "",
                advice: "",
                run: |_| bail!("too"),
            },
        ];
        let root = Path::new(".");
        let error = run_of(&gates, root, &Options::default()).unwrap_err();
        assert_eq!(error.to_string(), "failed: first, third");
        let one = Options {
            only: vec![Name("second")],
            ..Options::default()
        };
        run_of(&gates, root, &one).unwrap();
        let list = Options {
            list: true,
            ..Options::default()
        };
        run_of(&gates, root, &list).unwrap();
        assert_eq!(
            failure(&gates[0], &anyhow::anyhow!("broken")),
            "error: first: broken\nwhat to do: mend it"
        );
    }

    #[test]
    fn every_gate_has_a_name_of_its_own_and_advice() {
        for gate in GATES {
            assert_eq!(gate.name.parse::<Name>().unwrap(), Name(gate.name));
            assert_eq!(
                GATES.iter().filter(|other| other.name == gate.name).count(),
                1
            );
            assert!(!gate.about.is_empty() && !gate.advice.is_empty());
        }
        let unknown = "nothing".parse::<Name>().unwrap_err().to_string();
        assert!(
            unknown.contains("the gates are docs, deny, external"),
            "{unknown}"
        );
    }
}
