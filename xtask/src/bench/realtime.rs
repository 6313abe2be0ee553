//! What a message of realtime costs, and a channel on which nothing happens.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use super::table;
use crate::process;

const DOCUMENT: &str = "docs/performance.md";
/// Between these lines the document is written by this part.
const BEGIN: &str = "<!-- realtime: begin -->";
const END: &str = "<!-- realtime: end -->";

/// The features of `crates/bench`, and how the table names them. The first is what the others are compared with.
const CLIENTS: &[(&str, &str)] = &[
    ("bare", "fastwebsockets and serde_json"),
    ("ours", "`realtime-rs` of this repository"),
    ("published", "`supabase-realtime-rs` 0.1.2"),
];

/// A scenario: its name, its title, and how often it is done under callgrind (short, long) and for the times.
const SCENARIOS: &[(&str, &str, (u64, u64), u64)] = &[
    (
        "binary",
        "A message comes as a binary frame",
        (2000, 12_000),
        200_000,
    ),
    ("text", "A message comes as text", (2000, 12_000), 200_000),
    ("send", "A message is sent", (1000, 6000), 50_000),
];

/// How many channels there are on which nothing happens.
const CHANNELS: u64 = 10_000;

#[derive(Debug, Default, Deserialize)]
struct Report {
    #[serde(default)]
    cpu: f64,
    #[serde(default)]
    memory: Option<f64>,
}

pub(super) fn run(root: &Path) -> Result<()> {
    let folder = root.join("target/bench");
    let mut clients = Vec::new();
    for (feature, title) in CLIENTS {
        match build(root, &folder, feature) {
            Ok(program) => clients.push((*title, program)),
            Err(why) => println!("not measured: {title}: {why:#}"),
        }
    }
    let Some((_, first)) = clients.first() else {
        bail!("there is nothing to measure");
    };
    let server = super::Server::start(first, &["serve"])?;
    let mut text = String::new();
    for (name, title, counted, timed) in SCENARIOS {
        let mut rows = Vec::new();
        for (client, program) in &clients {
            println!("{title}: {client}");
            let row = spent(program, &server.url, name, *counted)
                .and_then(|count| Ok((count, best(program, &server.url, name, *timed)?)));
            match row {
                Ok((count, report)) => rows.push((*client, count, report.cpu / 1000.0)),
                Err(why) => println!("not measured: {client}: {why:#}"),
            }
        }
        text.push_str(&format!(
            "\n### {title}\n\n| | instructions | CPU, µs |\n|---|---:|---:|\n"
        ));
        for (client, count, cpu) in &rows {
            let (base, base_cpu) = rows
                .first()
                .map_or((*count, *cpu), |first| (first.1, first.2));
            text.push_str(&format!(
                "| {client} | {} ({:.2}) | {cpu:.2} ({:.2}) |\n",
                table::grouped(&count.to_string()),
                table::number(*count) / table::number(base),
                cpu / base_cpu
            ));
        }
    }
    text.push_str(&format!(
        "\n### {} channels on one connection\n\n| | memory of each, bytes |\n|---|---:|\n",
        table::grouped(&CHANNELS.to_string())
    ));
    for (client, program) in &clients {
        println!("channels: {client}");
        match best(program, &server.url, "idle", CHANNELS) {
            Ok(report) => {
                let memory = report.memory.unwrap_or_default();
                text.push_str(&format!("| {client} | {memory:.0} |\n"));
            }
            Err(why) => println!("not measured: {client}: {why:#}"),
        }
    }
    drop(server);
    let path = root.join(DOCUMENT);
    let document = crate::workspace::read(&path)?;
    let heading = heading()?;
    let changed = replace(&document, &format!("{heading}{text}"))
        .with_context(|| format!("{DOCUMENT} has no place for the messages"))?;
    std::fs::write(&path, changed).with_context(|| format!("cannot write {DOCUMENT}"))?;
    println!("{DOCUMENT} is written");
    Ok(())
}

fn heading() -> Result<String> {
    let date = process::capture(Command::new("date").args(["-u", "+%Y-%m-%d"]))?;
    Ok(format!(
        "Measured on {} with `cargo xtask bench messages` ({}, {}).\n",
        date.trim(),
        process::version_of(&mut Command::new("rustc")).unwrap_or_default(),
        std::env::consts::ARCH,
    ))
}

fn replace(document: &str, text: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{text}\n{END}{after}"))
}

fn build(root: &Path, folder: &Path, feature: &str) -> Result<PathBuf> {
    let mut cargo = process::cargo(root);
    cargo
        .args(["build", "--release", "--locked", "--quiet"])
        .args([
            "--manifest-path",
            "crates/bench/Cargo.toml",
            "--bin",
            "realtime",
        ])
        .args(["--features", &format!("realtime-{feature}")])
        .arg("--target-dir")
        .arg(folder);
    process::run(&mut cargo)?;
    let kept = folder.join(format!("realtime-{feature}"));
    std::fs::copy(folder.join("release/realtime"), &kept)
        .with_context(|| format!("cannot keep the binary of {feature}"))?;
    Ok(kept)
}

/// The best of three runs: what disturbs a run only ever adds.
fn best(program: &Path, url: &str, scenario: &str, count: u64) -> Result<Report> {
    let mut best: Option<Report> = None;
    for _ in 0..3 {
        let mut command = Command::new(program);
        command.args(["run", scenario, url, &count.to_string()]);
        let report: Report = serde_json::from_str(&process::capture(&mut command)?)?;
        best = Some(match best {
            None => report,
            Some(best) => Report {
                cpu: best.cpu.min(report.cpu),
                memory: match (best.memory, report.memory) {
                    (Some(best), Some(other)) => Some(best.min(other)),
                    (best, other) => best.or(other),
                },
            },
        });
    }
    best.context("nothing was run")
}

/// Instructions of one message: the difference between a long and a short run.
fn spent(program: &Path, url: &str, scenario: &str, counted: (u64, u64)) -> Result<u64> {
    let (short, long) = counted;
    let instructions = |count: u64| {
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(program)
            .args(["run", scenario, url, &count.to_string()])
            .output()
            .context("cannot start valgrind")?;
        let text = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            bail!("valgrind failed: {text}");
        }
        table::collected(&text).context("valgrind printed no count")
    };
    Ok(instructions(long)?.saturating_sub(instructions(short)?) / (long - short))
}
