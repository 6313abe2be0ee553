//! `cargo xtask bench`: what a request costs, ours beside others, into `docs/performance.md`.
//!
//! Instructions are counted by callgrind, as the difference between a long and a short run: start-up and warm-up fall
//! out, and the counts repeat. Times do not, on a busy machine.

mod table;

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use self::table::{Cells, Column};
use crate::process;

/// The document whose table is replaced.
const DOCUMENT: &str = "docs/performance.md";

/// The features of `crates/bench`, and how the table names them. The first is what the others are compared with; it
/// comes once more at the end, so that the noise shows.
const CONTENDERS: &[(&str, &str)] = &[
    ("bare", "hyper-util and serde_json"),
    ("ours", "`postgrest-rs` of this repository"),
    ("postgrest", "`postgrest` 1.6.0"),
    ("supabase-rp", "`supabase-rp` 0.7.0"),
    ("bare", "hyper-util and serde_json, once more"),
];

/// How often each scenario is run: under callgrind (short, long) and for the times.
struct Scenario {
    name: &'static str,
    title: &'static str,
    counted: (u64, u64),
    timed: u64,
}

const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "small",
        title: "Small select (one row)",
        counted: (200, 1200),
        timed: 20_000,
    },
    Scenario {
        name: "rows",
        title: "Typed select of 1,000 rows",
        counted: (10, 60),
        timed: 1000,
    },
    Scenario {
        name: "insert",
        title: "Insert of 1,000 rows",
        counted: (10, 60),
        timed: 1000,
    },
    Scenario {
        name: "stream",
        title: "Answer of 100 MB, read as it comes",
        counted: (1, 3),
        timed: 10,
    },
];

/// What the bench prints about one run.
#[derive(Debug, Deserialize)]
struct Report {
    checksum: u64,
    allocations: f64,
    cpu: f64,
    rate: f64,
    peak: u64,
}

pub(crate) fn run(root: &Path) -> Result<()> {
    let folder = root.join("target/bench");
    let mut binaries = Vec::new();
    for (feature, title) in CONTENDERS {
        binaries.push((*title, build(root, &folder, feature)?));
    }
    let Some((_, server)) = binaries.first() else {
        bail!("there are no contenders");
    };
    let server = Server::start(server)?;
    let counts = process::version_of(&mut Command::new("valgrind")).is_some();
    if !counts {
        println!("valgrind is not installed: instructions are not counted");
    }
    let mut text = String::new();
    for scenario in SCENARIOS {
        let mut rows = Vec::new();
        let mut checksum = None;
        for (title, binary) in &binaries {
            println!("{}: {title}", scenario.title);
            let (cells, sum) = measure(binary, &server.url, scenario, counts)?;
            // Whoever leaves something out is not fast.
            if *checksum.get_or_insert(sum) != sum {
                bail!("{title} read something else than the others: {sum}");
            }
            rows.push(((*title).to_owned(), cells));
        }
        text.push_str(&format!("\n### {}\n\n", scenario.title));
        text.push_str(&table::markdown(&rows));
    }
    drop(server);
    let date = process::capture(Command::new("date").args(["-u", "+%Y-%m-%d"]))?;
    let heading = format!(
        "Measured on {} with `cargo xtask bench` ({}, {}).\n",
        date.trim(),
        process::version_of(&mut Command::new("rustc")).unwrap_or_default(),
        std::env::consts::ARCH,
    );
    let path = root.join(DOCUMENT);
    let document = crate::workspace::read(&path)?;
    let changed = table::replace(&document, &format!("{heading}{text}"))
        .with_context(|| format!("{DOCUMENT} has no place for the table"))?;
    std::fs::write(&path, changed).with_context(|| format!("cannot write {DOCUMENT}"))?;
    println!("{DOCUMENT} is written");
    Ok(())
}

/// Builds the bench with one contender and keeps the binary under its name.
fn build(root: &Path, folder: &Path, feature: &str) -> Result<PathBuf> {
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

/// The server in a process of its own; ends with this value.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(binary: &Path) -> Result<Self> {
        let mut process = Command::new(binary)
            .arg("serve")
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

/// All figures of one contender in one scenario, and the checksum of what it read.
fn measure(binary: &Path, url: &str, scenario: &Scenario, counts: bool) -> Result<(Cells, u64)> {
    let one = report(binary, url, scenario, 1)?;
    let many = match scenario.name {
        "stream" => None,
        _ => Some(report(binary, url, scenario, 64)?),
    };
    let instructions = if counts {
        let (short, long) = scenario.counted;
        let spent = count(binary, url, scenario.name, long)?.saturating_sub(count(
            binary,
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
    cells.set(Column::Allocations, Some(one.allocations));
    cells.set(Column::Cpu, Some(one.cpu / 1000.0));
    cells.set(
        Column::Peak,
        Some(table::number(one.peak) / (1024.0 * 1024.0)),
    );
    cells.set(Column::RateOne, Some(one.rate));
    cells.set(Column::RateMany, many.as_ref().map(|many| many.rate));
    Ok((cells, one.checksum))
}

/// The best of three runs: what disturbs a run only ever adds.
fn report(binary: &Path, url: &str, scenario: &Scenario, in_flight: u64) -> Result<Report> {
    let mut best: Option<Report> = None;
    for _ in 0..3 {
        let mut command = Command::new(binary);
        command
            .args(["run", scenario.name, url])
            .args([scenario.timed.to_string(), in_flight.to_string()]);
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
fn count(binary: &Path, url: &str, scenario: &str, requests: u64) -> Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(binary)
        .args(["run", scenario, url])
        .arg(requests.to_string())
        .output()
        .context("cannot start valgrind")?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("valgrind failed: {text}");
    }
    table::collected(&text).context("valgrind printed no count")
}
