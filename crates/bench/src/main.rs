//! What one request costs: `bench serve` answers as a database does, `bench run` measures this binary's contender.
//!
//! Each contender is a feature and so a binary of its own. `cargo xtask bench` builds them all and writes the table.

mod alloc;
mod contender;
mod data;
mod measure;
mod serve;
mod storage;
mod storage_serve;

use std::process::ExitCode;

/// Anything that ends a run.
type Failure = Box<dyn std::error::Error + Send + Sync>;

const USAGE: &str = "\
bench serve | bench run <small|rows|insert|stream> <url> <requests> [requests in flight]
bench files serve | bench files run <upload|download|upload-file|download-file> <url> <mebibytes> <file>";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["serve"] => serve::run(),
        ["files", "serve"] => storage_serve::run(),
        ["files", "run", scenario, url, mebibytes, file] => files(scenario, url, mebibytes, file),
        ["run", scenario, url, requests] => run(scenario, url, requests, "1"),
        ["run", scenario, url, requests, in_flight] => run(scenario, url, requests, in_flight),
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(scenario: &str, url: &str, requests: &str, in_flight: &str) -> Result<(), Failure> {
    let scenario = scenario.parse()?;
    measure::run(scenario, url, requests.parse()?, in_flight.parse()?)
}

fn files(scenario: &str, url: &str, mebibytes: &str, file: &str) -> Result<(), Failure> {
    storage::run(scenario, url, mebibytes.parse()?, file)
}
