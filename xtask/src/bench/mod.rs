//! `cargo xtask bench`: what a request costs, ours beside others, into `docs/performance.md`.
//!
//! Instructions are counted by callgrind, as the difference between a long and a short run: start-up and warm-up fall
//! out, and the counts repeat. Times do not, on a busy machine.

mod contender;
mod realtime;
mod storage;
mod table;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use self::contender::Contender;
pub(crate) use self::storage::MEBIBYTES;
use self::table::{Cells, Column};
use crate::process;

/// Between these lines the document is written by the command.
const MARKS: (&str, &str) = ("<!-- measured: begin -->", "<!-- measured: end -->");

/// The document whose table is replaced.
const DOCUMENT: &str = "docs/performance.md";

/// How often each scenario is run: under callgrind (short, long) and for the times.
struct Scenario {
    name: &'static str,
    title: &'static str,
    counted: (u64, u64),
    timed: u64,
    /// Whether only the Rust clients can do it.
    rust_only: bool,
}

const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "small",
        title: "Small select (one row)",
        counted: (200, 1200),
        timed: 20_000,
        rust_only: false,
    },
    Scenario {
        name: "rows",
        title: "Typed select of 1,000 rows",
        counted: (10, 60),
        timed: 1000,
        rust_only: false,
    },
    Scenario {
        name: "insert",
        title: "Insert of 1,000 rows",
        counted: (10, 60),
        timed: 1000,
        rust_only: false,
    },
    Scenario {
        name: "stream",
        title: "Answer of 100 MB, read as it comes",
        counted: (1, 3),
        timed: 10,
        rust_only: true,
    },
];

/// What the bench prints about one run.
#[derive(Debug, Deserialize)]
struct Report {
    requests: u64,
    checksum: u64,
    #[serde(default)]
    allocations: Option<f64>,
    cpu: f64,
    rate: f64,
    peak: u64,
}

/// The parts of the bench that can be run alone.
pub(crate) const PARTS: &[&str] = &["database", "files", "messages"];

/// Runs these parts, or all; files are of so many mebibytes.
pub(crate) fn run(root: &Path, parts: &[String], mebibytes: u64) -> Result<()> {
    if let Some(other) = parts.iter().find(|part| !PARTS.contains(&part.as_str())) {
        bail!(
            "the bench has no part {other:?}; it has {}",
            PARTS.join(", ")
        );
    }
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|one| one == part);
    if wanted("database") {
        database(root)?;
    }
    if wanted("files") {
        storage::run(root, mebibytes)?;
    }
    if wanted("messages") {
        realtime::run(root)?;
    }
    Ok(())
}

fn database(root: &Path) -> Result<()> {
    let contenders = contender::all(root)?;
    let Some(first) = contenders.first() else {
        bail!("there are no contenders");
    };
    let server = Server::start(first.program(), &["serve"])?;
    let counts = process::version_of(&mut Command::new("valgrind")).is_some();
    if !counts {
        println!("valgrind is not installed: instructions are not counted");
    }
    let mut text = String::new();
    for scenario in SCENARIOS {
        let mut rows = Vec::new();
        let mut checksum = None;
        for contender in &contenders {
            let title = &contender.title;
            if scenario.rust_only && !contender.is_rust() {
                continue;
            }
            println!("{}: {title}", scenario.title);
            let (cells, sum) = measure(contender, &server.url, scenario, counts)?;
            // Whoever leaves something out is not fast.
            if *checksum.get_or_insert(sum) != sum {
                bail!("{title} read something else than the others: {sum}");
            }
            rows.push((title.clone(), cells));
        }
        text.push_str(&format!("\n### {}\n\n", scenario.title));
        text.push_str(&table::markdown(&rows));
    }
    drop(server);
    let heading = heading("cargo xtask bench")?;
    let path = root.join(DOCUMENT);
    let document = crate::workspace::read(&path)?;
    let changed = table::replace(&document, MARKS, &format!("{heading}{text}"))
        .with_context(|| format!("{DOCUMENT} has no place for the table"))?;
    std::fs::write(&path, changed).with_context(|| format!("cannot write {DOCUMENT}"))?;
    println!("{DOCUMENT} is written");
    Ok(())
}

/// When, with which command and with what it was measured.
fn heading(command: &str) -> Result<String> {
    let date = process::capture(Command::new("date").args(["-u", "+%Y-%m-%d"]))?;
    Ok(format!(
        "Measured on {} with `{command}` ({}, {}).\n",
        date.trim(),
        process::version_of(&mut Command::new("rustc")).unwrap_or_default(),
        std::env::consts::ARCH,
    ))
}

/// The server in a process of its own; ends with this value.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(program: &Path, arguments: &[&str]) -> Result<Self> {
        let mut process = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the server")?;
        let mut url = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut url)?;
        }
        let url = url.trim().to_owned();
        let server = Self { process, url };
        if server.url.is_empty() {
            bail!("the server did not say where it listens");
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; nothing to do about it then.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// All figures of one contender in one scenario, and the checksum of one answer.
fn measure(
    contender: &Contender,
    url: &str,
    scenario: &Scenario,
    counts: bool,
) -> Result<(Cells, u64)> {
    let one = report(contender, url, scenario, 1)?;
    let many = match scenario.name {
        "stream" => None,
        _ => Some(report(contender, url, scenario, 64)?),
    };
    let instructions = if counts && contender.is_rust() {
        let (short, long) = scenario.counted;
        let spent = count(contender, url, scenario.name, long)?.saturating_sub(count(
            contender,
            url,
            scenario.name,
            short,
        )?);
        Some(spent / (long - short))
    } else {
        None
    };
    let mut cells = Cells::default();
    cells.set(Column::Instructions, instructions.map(table::number));
    cells.set(Column::Allocations, one.allocations);
    cells.set(Column::Cpu, Some(one.cpu / 1000.0));
    cells.set(
        Column::Peak,
        Some(table::number(one.peak) / (1024.0 * 1024.0)),
    );
    cells.set(Column::RateOne, Some(one.rate));
    cells.set(Column::RateMany, many.as_ref().map(|many| many.rate));
    Ok((cells, one.checksum / one.requests.max(1)))
}

/// The best of three runs: what disturbs a run only ever adds.
fn report(contender: &Contender, url: &str, scenario: &Scenario, in_flight: u64) -> Result<Report> {
    // The others take long enough as it is.
    let requests = match contender.is_rust() {
        true => scenario.timed,
        false => scenario.timed / 10,
    };
    let mut best: Option<Report> = None;
    for _ in 0..3 {
        let mut command = contender.command();
        command
            .args([scenario.name, url])
            .args([requests.to_string(), in_flight.to_string()]);
        let report: Report = serde_json::from_str(&process::capture(&mut command)?)?;
        match &mut best {
            None => best = Some(report),
            Some(best) => {
                best.cpu = best.cpu.min(report.cpu);
                best.rate = best.rate.max(report.rate);
                best.peak = best.peak.min(report.peak);
            }
        }
    }
    best.context("nothing was run")
}

/// Instructions of a whole run.
fn count(contender: &Contender, url: &str, scenario: &str, requests: u64) -> Result<u64> {
    callgrind(contender.program(), |command| {
        command
            .args(["run", scenario, url])
            .arg(requests.to_string());
    })
}

/// Instructions of a run of a program with these arguments.
fn callgrind(program: &Path, arguments: impl FnOnce(&mut Command)) -> Result<u64> {
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program);
    arguments(&mut command);
    let output = command.output().context("cannot start valgrind")?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("valgrind failed: {text}");
    }
    table::collected(&text).context("valgrind printed no count")
}
