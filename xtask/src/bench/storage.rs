//! `cargo xtask bench files`: what a file costs, up and down, per mebibyte.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::contender::build;
use super::table::{self, Cells, Column};
use super::{DOCUMENT, Server};
use crate::process;

/// Between these lines the document is written by the command.
const MARKS: (&str, &str) = (
    "<!-- measured files: begin -->",
    "<!-- measured files: end -->",
);

/// How many mebibytes are moved, unless the command says less.
pub(crate) const MEBIBYTES: u64 = 2048;

/// Under callgrind: short, long. Their difference is what is counted.
const COUNTED: (u64, u64) = (32, 160);

/// The features of `crates/bench`, and how the table names them. The first is what the others are compared with, and comes
/// once more at the end, so that the noise shows.
const CONTENDERS: &[(&str, &str)] = &[
    ("files-bare", "hyper-util"),
    ("files-ours", "`storage-rs` of this repository"),
    ("files-published", "`supabase-storage-rs` 0.1.7"),
    ("files-bare", "hyper-util, once more"),
];

const SCENARIOS: &[(&str, &str)] = &[
    ("upload", "Upload, in pieces of 64 KiB from memory"),
    ("download", "Download, read as it comes"),
    ("upload-file", "Upload of a file of this machine"),
    ("download-file", "Download into a file"),
];

/// What the bench prints about one run; per mebibyte.
#[derive(Debug, Deserialize)]
struct Report {
    allocations: f64,
    cpu: f64,
    rate: f64,
    peak: u64,
}

pub(super) fn run(root: &Path, mebibytes: u64) -> Result<()> {
    let folder = root.join("target/bench");
    let mut programs: Vec<(&str, PathBuf)> = Vec::new();
    for (feature, title) in CONTENDERS {
        programs.push((title, build(root, &folder, feature)?));
    }
    let first = programs.first().context("there are no contenders")?;
    let server = Server::start(&first.1, &["files", "serve"])?;
    let counts = process::version_of(&mut Command::new("valgrind")).is_some();
    let one = Measure {
        url: server.url.clone(),
        file: folder.join("file.bin"),
        mebibytes,
        counts,
    };
    let mut text = String::new();
    for (scenario, title) in SCENARIOS {
        let mut rows = Vec::new();
        for (name, program) in &programs {
            println!("{title}: {name}");
            rows.push(((*name).to_owned(), one.cells(program, scenario)?));
        }
        text.push_str(&format!("\n### {title}\n\n"));
        text.push_str(&table::markdown(&rows));
    }
    drop(server);
    let heading = super::heading(&format!("cargo xtask bench files --mib {mebibytes}"))?;
    let path = root.join(DOCUMENT);
    let document = crate::workspace::read(&path)?;
    let changed = table::replace(&document, MARKS, &format!("{heading}{text}"))
        .with_context(|| format!("{DOCUMENT} has no place for the table of files"))?;
    std::fs::write(&path, changed).with_context(|| format!("cannot write {DOCUMENT}"))?;
    println!("{DOCUMENT} is written");
    Ok(())
}

struct Measure {
    url: String,
    file: PathBuf,
    mebibytes: u64,
    counts: bool,
}

impl Measure {
    fn cells(&self, program: &Path, scenario: &str) -> Result<Cells> {
        let mut best: Option<Report> = None;
        // What disturbs a run only ever adds.
        for _ in 0..3 {
            let mut command = Command::new(program);
            self.arguments(&mut command, scenario, self.mebibytes);
            let report: Report = serde_json::from_str(&process::capture(&mut command)?)?;
            best = Some(match best {
                None => report,
                Some(best) => Report {
                    allocations: best.allocations.min(report.allocations),
                    cpu: best.cpu.min(report.cpu),
                    rate: best.rate.max(report.rate),
                    peak: best.peak.min(report.peak),
                },
            });
        }
        let best = best.context("nothing was run")?;
        let instructions = match self.counts {
            true => {
                let long = self.count(program, scenario, COUNTED.1)?;
                let short = self.count(program, scenario, COUNTED.0)?;
                Some(long.saturating_sub(short) / (COUNTED.1 - COUNTED.0))
            }
            false => None,
        };
        let mut cells = Cells::default();
        cells.set(Column::Instructions, instructions.map(table::number));
        cells.set(Column::Allocations, Some(best.allocations));
        cells.set(Column::Cpu, Some(best.cpu / 1000.0));
        cells.set(
            Column::Peak,
            Some(table::number(best.peak) / (1024.0 * 1024.0)),
        );
        cells.set(Column::Mebibytes, Some(best.rate));
        Ok(cells)
    }

    fn arguments(&self, command: &mut Command, scenario: &str, mebibytes: u64) {
        command
            .args(["files", "run", scenario, &self.url])
            .arg(mebibytes.to_string())
            .arg(&self.file);
    }

    fn count(&self, program: &Path, scenario: &str, mebibytes: u64) -> Result<u64> {
        super::callgrind(program, |command| {
            self.arguments(command, scenario, mebibytes);
        })
    }
}
