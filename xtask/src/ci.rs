//! `cargo xtask ci`: every check that a change has to pass, the cheap ones first.

use std::path::Path;
use std::process::Command;
use std::str::FromStr;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::{clippy, deny, docs, process, snapshots, test, tidy};

/// One step of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Fmt,
    Tidy,
    Deny,
    Clippy,
    Docs,
    Test,
    Snapshots,
}

impl Step {
    const ALL: [Self; 7] = [
        Self::Fmt,
        Self::Tidy,
        Self::Deny,
        Self::Clippy,
        Self::Docs,
        Self::Test,
        Self::Snapshots,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Tidy => "tidy",
            Self::Deny => "deny",
            Self::Clippy => "clippy",
            Self::Docs => "docs",
            Self::Test => "test",
            Self::Snapshots => "snapshots",
        }
    }
}

impl FromStr for Step {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        match Self::ALL.into_iter().find(|step| step.name() == name) {
            Some(step) => Ok(step),
            None => bail!(
                "there is no step `{name}`; the steps are {}",
                names(&Self::ALL)
            ),
        }
    }
}

fn names(steps: &[Step]) -> String {
    steps
        .iter()
        .map(|step| step.name())
        .collect::<Vec<_>>()
        .join(", ")
}

/// How to run it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Only these steps; all when empty.
    pub(crate) only: Vec<Step>,
    pub(crate) keep_going: bool,
    pub(crate) list: bool,
}

impl Options {
    fn steps(&self) -> Vec<Step> {
        let wanted = |step: &Step| self.only.is_empty() || self.only.contains(step);
        Step::ALL.into_iter().filter(wanted).collect()
    }
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Ok,
    Skipped,
    Failed,
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let steps = options.steps();
    if options.list {
        println!("{}", names(&steps));
        return Ok(());
    }
    say_tools(root);
    let started = now();
    let mut report: Vec<(Step, End, Duration)> = Vec::new();
    let mut failed = Vec::new();
    for &step in &steps {
        println!("\n==> {}", step.name());
        let began = now();
        let result = run_step(root, step, steps.contains(&Step::Test));
        let end = match &result {
            Ok(true) => End::Ok,
            Ok(false) => End::Skipped,
            Err(_) => End::Failed,
        };
        report.push((step, end, began.elapsed()));
        if let Err(error) = result {
            eprintln!("error: {}: {error:#}", step.name());
            failed.push(step);
            if !options.keep_going {
                break;
            }
        }
    }
    println!("\n{}", summary(&steps, &report, started.elapsed()));
    match failed[..] {
        [] => Ok(()),
        [first, ..] => bail!(
            "failed: {}; `cargo xtask ci --only {}` runs one step alone",
            names(&failed),
            first.name()
        ),
    }
}

/// Returns false when the step cannot be run here.
fn run_step(root: &Path, step: Step, tests_run_too: bool) -> Result<bool> {
    match step {
        Step::Fmt => process::run(process::cargo(root).args(["fmt", "--all", "--check"]))?,
        Step::Tidy => tidy::run(root)?,
        Step::Deny => return deny::run_if_installed(root),
        Step::Clippy => clippy::run(root)?,
        Step::Docs => docs::run(root, false)?,
        Step::Test => test::run(root, &test::Mode::snapshots_as_they_are(root)?)?,
        // The tests have just run with pending snapshots refused and references noted.
        Step::Snapshots if tests_run_too => snapshots::scan(root)?,
        Step::Snapshots => snapshots::run(root)?,
    }
    Ok(true)
}

fn say_tools(root: &Path) {
    for program in ["rustc", "node"] {
        match process::version_of(&mut Command::new(program)) {
            Some(version) => println!("{program}: {version}"),
            None => println!("{program}: not found"),
        }
    }
    println!(
        "cargo-deny: {}",
        deny::installed(root).as_deref().unwrap_or("not installed")
    );
}

fn summary(steps: &[Step], report: &[(Step, End, Duration)], total: Duration) -> String {
    let mut lines = Vec::new();
    for &step in steps {
        let line = match report.iter().find(|(done, ..)| *done == step) {
            Some((_, end, duration)) => {
                let end = match end {
                    End::Ok => "ok",
                    End::Skipped => "skipped",
                    End::Failed => "FAILED",
                };
                format!("{:<10} {end:<8} {}", step.name(), minutes(*duration))
            }
            None => format!("{:<10} not run", step.name()),
        };
        lines.push(line);
    }
    lines.push(format!("{:<10} {:<8} {}", "total", "", minutes(total)));
    lines.join("\n")
}

fn minutes(duration: Duration) -> String {
    let seconds = duration.as_secs();
    format!("{:>2} min {:02} s", seconds / 60, seconds % 60)
}

#[allow(
    clippy::disallowed_methods,
    reason = "measures how long steps take, nothing to pause"
)]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    //! Which steps run, and what is said at the end.

    use super::*;

    #[test]
    fn steps_keep_their_order_whatever_is_asked_for() {
        let options = Options {
            only: vec![Step::Test, Step::Fmt],
            ..Options::default()
        };
        assert_eq!(options.steps(), [Step::Fmt, Step::Test]);
        assert_eq!(Options::default().steps(), Step::ALL);
        for step in Step::ALL {
            assert_eq!(step.name().parse::<Step>().unwrap(), step);
        }
        assert!(
            "all"
                .parse::<Step>()
                .unwrap_err()
                .to_string()
                .contains("fmt, tidy, deny")
        );
    }

    #[test]
    fn the_summary_tells_failed_skipped_and_not_run_apart() {
        let report = [
            (Step::Fmt, End::Ok, Duration::from_secs(2)),
            (Step::Deny, End::Skipped, Duration::ZERO),
            (Step::Clippy, End::Failed, Duration::from_secs(125)),
        ];
        let steps = [Step::Fmt, Step::Deny, Step::Clippy, Step::Test];
        let text = summary(&steps, &report, Duration::from_secs(127));
        assert_eq!(
            text,
            "fmt        ok        0 min 02 s\n\
             deny       skipped   0 min 00 s\n\
             clippy     FAILED    2 min 05 s\n\
             test       not run\n\
             total                2 min 07 s"
        );
    }
}
