//! What a message costs: `realtime serve` answers as a realtime server does, `realtime run` measures this binary's client.
//!
//! Each client is a feature and so a binary of its own, as in `bench`. `cargo xtask bench` builds them and writes the
//! table.

mod realtime_client;
#[cfg(feature = "realtime-ours")]
#[path = "realtime_ours.rs"]
mod client;
#[cfg(feature = "realtime-bare")]
#[path = "realtime_bare.rs"]
mod client;
#[cfg(feature = "realtime-published")]
#[path = "realtime_published.rs"]
mod client;
mod realtime_serve;

use std::process::ExitCode;
use std::time::Instant;

use realtime_client::{Failure, Scenario, sum};

const USAGE: &str = "realtime serve | realtime run <binary|text|send|idle> <url> <count>";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["serve"] => realtime_serve::run(),
        ["run", scenario, url, count] => run(scenario, url, count),
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

fn run(scenario: &str, url: &str, count: &str) -> Result<(), Failure> {
    let (scenario, count) = (scenario.parse()?, count.parse()?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let line = runtime.block_on(measured(scenario, url, count))?;
    println!("{line}");
    Ok(())
}

/// Does it `count` times; gives what it cost, as JSON.
async fn measured(scenario: Scenario, url: &str, count: u64) -> Result<String, Failure> {
    let before = (cpu()?, Instant::now());
    let checksum = match scenario {
        Scenario::Binary | Scenario::Text => client::receive(url, scenario, count).await?,
        Scenario::Send => client::send(url, count).await?,
        Scenario::Idle => {
            // The connection is there before anything counts.
            let mut idle = client::Idle::open(url).await?;
            idle.join(1).await?;
            let empty = memory()?;
            idle.join(count).await?;
            let held = memory()?.saturating_sub(empty);
            return Ok(format!(r#"{{"checksum":{count},"memory":{}}}"#, held / count));
        }
    };
    let expected = sum(0..count);
    if checksum != expected {
        return Err(format!("the messages came to {checksum}, not to {expected}").into());
    }
    let cpu = (cpu()? - before.0) / count;
    let nanoseconds = before.1.elapsed().as_nanos() / u128::from(count);
    Ok(format!(
        r#"{{"checksum":{checksum},"cpu":{cpu},"wall":{nanoseconds}}}"#
    ))
}

/// Nanoseconds that this process's main thread was on a processor.
fn cpu() -> Result<u64, Failure> {
    let text = std::fs::read_to_string("/proc/self/schedstat")?;
    let first = text.split_whitespace().next().ok_or("no schedstat")?;
    Ok(first.parse()?)
}

/// What the process holds, in bytes.
fn memory() -> Result<u64, Failure> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .ok_or("no VmRSS line")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}
