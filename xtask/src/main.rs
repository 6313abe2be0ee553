//! The repository's own commands. `cargo xtask --help` lists them.
//!
//! One file per command; what they share is in [`process`] (running programs) and [`workspace`]
//! (what is in the repository). Anything that decides something is a pure function with a test
//! that shows it failing.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool prints"
)]

mod bench;
mod ci;
mod clippy;
mod demo;
mod deny;
mod docs;
mod fuzz;
mod gates;
mod guide;
mod msrv;
mod mutants;
mod process;
mod release;
mod snapshots;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};
use lexopt::prelude::*;

const HELP: &str = "\
cargo xtask <COMMAND>

Commands:
  bench       Measures what a request costs, beside other clients, into docs/performance.md
                [PART..]        only these: database, files, messages
                --mib <N>       how large a file is, in MiB (2048)
  demo        Starts a local stack and runs the tour against it
  test        Runs every test, those on the real stack included
                --no-stack      without the packages that need one
  ci          Everything that has to pass before a change is merged
                --only <STEP>   only this step (may be given more than once)
                --keep-going    run the remaining steps after one has failed
                --list          print the steps
  gates       The slow checks before a release; each says what to do when it fails
                --only <GATE>   only this one (may be given more than once)
                --list          print the gates
  clippy      Lints with no, default and all features
  docs        Builds the API documentation as docs.rs does, warnings are errors
                --open          open it in a browser
  tidy        Checks the rules of this repository that no compiler knows
  snapshots   Runs the tests, then looks for pending and unreferenced snapshots
  msrv        Checks the SDK with the compiler at hand, meant for the oldest one
  mutants     Removes one guard at a time and looks whether a test notices
                [NAME..]        only these of xtask/mutants.toml
  fuzz        Throws made-up input at what reads users' and servers' text
                [TARGET..]      only these of crates/fuzz
                --minutes <N>   so long each (1)
                --plain         without the address sanitizer
  release     What is released next, and doing it; shows only, without --execute
                plan [CRATE..]  writes target/release-plan.json for review
                apply           writes it into manifests, changelogs and READMEs
                publish         checks, packages and builds what has no tag yet
                  --skip-ci     cargo xtask ci has passed on this commit
                tag             tags what is on the registry
                rename OLD NEW  another name on the registry, the same library
                --execute       do it
  deny        Licences, banned crates and sources, by cargo-deny
                --advisories    known vulnerabilities too (needs the network)

Options:
  -h, --help  Prints this text
";

/// A parsed command line.
#[derive(Debug, PartialEq, Eq)]
enum Command {
    Help,
    Bench { parts: Vec<String>, mib: u64 },
    Ci(ci::Options),
    Clippy,
    Demo,
    Deny { advisories: bool },
    Docs { open: bool },
    Fuzz(fuzz::Options),
    Gates(gates::Options),
    Msrv,
    Mutants { names: Vec<String> },
    Release(release::Options),
    Snapshots,
    Test { stack: bool },
    Tidy,
}

fn main() -> ExitCode {
    if let Some(real) = std::env::var_os(docs::REAL_RUSTDOC) {
        return docs::act_as_rustdoc(&real);
    }
    match parse(lexopt::Parser::from_env()).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut parser: lexopt::Parser) -> Result<Command> {
    let Some(first) = parser.next()? else {
        return Ok(Command::Help);
    };
    let name = match first {
        Value(name) => name.string()?,
        Short('h') | Long("help") => return Ok(Command::Help),
        other => return Err(other.unexpected().into()),
    };
    let mut ci = ci::Options::default();
    let mut gates = gates::Options::default();
    let mut fuzz = fuzz::Options::default();
    let mut release = release::Options::default();
    let (mut advisories, mut open, mut stack) = (false, false, true);
    let mut names = Vec::new();
    let mut mib = bench::MEBIBYTES;
    while let Some(argument) = parser.next()? {
        match (name.as_str(), argument) {
            (_, Short('h') | Long("help")) => return Ok(Command::Help),
            ("ci", Long("only")) => ci.only.push(parser.value()?.string()?.parse()?),
            ("ci", Long("keep-going")) => ci.keep_going = true,
            ("ci", Long("list")) => ci.list = true,
            ("gates", Long("only")) => gates.only.push(parser.value()?.string()?.parse()?),
            ("gates", Long("list")) => gates.list = true,
            ("deny", Long("advisories")) => advisories = true,
            ("docs", Long("open")) => open = true,
            ("bench", Value(part)) => names.push(part.string()?),
            ("bench", Long("mib")) => mib = parser.value()?.parse()?,
            ("mutants", Value(name)) => names.push(name.string()?),
            ("fuzz", Value(name)) => fuzz.targets.push(name.string()?),
            ("fuzz", Long("minutes")) => fuzz.minutes = parser.value()?.parse()?,
            ("fuzz", Long("plain")) => fuzz.plain = true,
            ("release", Value(word)) => release.word(word.string()?)?,
            ("release", Long("execute")) => release.execute = true,
            ("release", Long("skip-ci")) => release.skip_ci = true,
            ("test", Long("no-stack")) => stack = false,
            (_, other) => return Err(other.unexpected().into()),
        }
    }
    Ok(match name.as_str() {
        "bench" => Command::Bench { parts: names, mib },
        "ci" => Command::Ci(ci),
        "clippy" => Command::Clippy,
        "demo" => Command::Demo,
        "deny" => Command::Deny { advisories },
        "docs" => Command::Docs { open },
        "fuzz" => Command::Fuzz(fuzz),
        "gates" => Command::Gates(gates),
        "release" => Command::Release(release),
        "snapshots" => Command::Snapshots,
        "msrv" => Command::Msrv,
        "mutants" => Command::Mutants { names },
        "test" => Command::Test { stack },
        "tidy" => Command::Tidy,
        other => bail!("there is no command `{other}`; `cargo xtask --help` lists them"),
    })
}

fn run(command: Command) -> Result<()> {
    let root = workspace::root()?;
    match command {
        Command::Help => {
            print!("{HELP}");
            Ok(())
        }
        Command::Bench { parts, mib } => bench::run(&root, &parts, mib),
        Command::Ci(options) => ci::run(&root, &options),
        Command::Clippy => clippy::run(&root),
        Command::Demo => demo::run(&root),
        Command::Deny { advisories } => deny::run(&root, advisories),
        Command::Docs { open } => docs::run(&root, open),
        Command::Fuzz(options) => fuzz::run(&root, &options),
        Command::Gates(options) => gates::run(&root, &options),
        Command::Msrv => msrv::run(&root),
        Command::Mutants { names } => mutants::run(&root, &names),
        Command::Release(options) => release::run(&root, &options),
        Command::Snapshots => snapshots::run(&root),
        Command::Test { stack: true } => test::run(&root, &test::Mode::default()),
        Command::Test { stack: false } => test::run_without_stack(&root),
        Command::Tidy => tidy::run(&root),
    }
}

#[cfg(test)]
mod tests {
    //! The command line.

    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Command> {
        parse(lexopt::Parser::from_args(arguments.iter().copied()))
    }

    #[test]
    fn commands_and_their_options_are_understood() {
        assert_eq!(parsed(&[]).unwrap(), Command::Help);
        assert_eq!(parsed(&["tidy", "--help"]).unwrap(), Command::Help);
        assert_eq!(parsed(&["tidy"]).unwrap(), Command::Tidy);
        assert_eq!(
            parsed(&["docs", "--open"]).unwrap(),
            Command::Docs { open: true }
        );
        assert_eq!(parsed(&["test"]).unwrap(), Command::Test { stack: true });
        assert_eq!(
            parsed(&["bench", "files", "--mib", "64"]).unwrap(),
            Command::Bench {
                parts: vec!["files".to_owned()],
                mib: 64
            }
        );
        assert_eq!(
            parsed(&["test", "--no-stack"]).unwrap(),
            Command::Test { stack: false }
        );
        let names = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(
            parsed(&["mutants", "a", "b"]).unwrap(),
            Command::Mutants { names }
        );
        let Command::Ci(options) = parsed(&["ci", "--only", "fmt", "--only=tidy"]).unwrap() else {
            panic!("not ci");
        };
        assert_eq!(options.only, [ci::Step::Fmt, ci::Step::Tidy]);
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for bad in [
            &["nothing"][..],
            &["tidy", "--open"],
            &["gates", "--only", "x"],
            &["ci", "--only", "x"],
            &["--what"],
        ] {
            assert!(parsed(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn every_command_is_in_the_help() {
        for name in [
            "bench",
            "ci",
            "clippy",
            "demo",
            "deny",
            "docs",
            "fuzz",
            "gates",
            "mutants",
            "release",
            "snapshots",
            "test",
            "tidy",
        ] {
            assert!(
                HELP.lines().any(|line| line.trim_start().starts_with(name)),
                "{name}"
            );
            assert!(parsed(&[name]).is_ok(), "{name}");
        }
    }
}
