//! Runs a scenario and prints what it cost, as one line of JSON.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use serde::Serialize;

use crate::contender::Contender;
use crate::data::{Planet, planets};
use crate::{Failure, alloc};

/// What is asked of a contender.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scenario {
    Small,
    Rows,
    Insert,
    Stream,
}

impl std::str::FromStr for Scenario {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Ok(match name {
            "small" => Self::Small,
            "rows" => Self::Rows,
            "insert" => Self::Insert,
            "stream" => Self::Stream,
            other => return Err(format!("there is no scenario {other:?}")),
        })
    }
}

#[derive(Debug, Serialize)]
struct Report {
    requests: u64,
    checksum: u64,
    /// Per request.
    allocations: f64,
    /// Nanoseconds on a processor per request, the kernel's part included.
    cpu: f64,
    /// Requests per second.
    rate: f64,
    /// The most memory held, above what was held before the first request of this run, in bytes.
    peak: u64,
}

/// Runs `requests` requests, `in_flight` at a time, in this one thread.
pub(crate) fn run(
    scenario: Scenario,
    url: &str,
    requests: u64,
    in_flight: u64,
) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let report = runtime.block_on(measured(scenario, url, requests, in_flight))?;
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}

async fn measured(
    scenario: Scenario,
    url: &str,
    requests: u64,
    in_flight: u64,
) -> Result<Report, Failure> {
    let contender = Arc::new(Contender::new(url)?);
    let rows: Arc<Vec<Planet>> = Arc::new(match scenario {
        Scenario::Insert => planets(),
        _ => Vec::new(),
    });
    // The connections are opened before anything counts.
    let warm_up = match scenario {
        Scenario::Stream => Scenario::Small,
        other => other,
    };
    many(&contender, &rows, warm_up, 2 * in_flight, in_flight).await?;

    let before = (memory("VmRSS:")?, alloc::count(), cpu()?, Instant::now());
    let checksum = many(&contender, &rows, scenario, requests, in_flight).await?;
    let seconds = before.3.elapsed().as_secs_f64();
    let per_request = |total: u64| {
        #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
        let each = total as f64 / requests as f64;
        each
    };
    Ok(Report {
        requests,
        checksum,
        allocations: per_request(alloc::count() - before.1),
        cpu: per_request(cpu()? - before.2),
        rate: 1.0 / (seconds / per_request(requests * requests)),
        peak: memory("VmHWM:")?.saturating_sub(before.0),
    })
}

/// The sum of the checksums of all requests.
async fn many(
    contender: &Arc<Contender>,
    rows: &Arc<Vec<Planet>>,
    scenario: Scenario,
    requests: u64,
    in_flight: u64,
) -> Result<u64, Failure> {
    if in_flight == 1 {
        let mut sum = 0;
        for id in 0..requests {
            sum += one(contender, rows, scenario, id).await?;
        }
        return Ok(sum);
    }
    let next = Arc::new(AtomicU64::new(0));
    let tasks: Vec<_> = (0..in_flight)
        .map(|_| {
            let (contender, rows, next) = (contender.clone(), rows.clone(), next.clone());
            tokio::spawn(async move {
                let mut sum = 0;
                loop {
                    let id = next.fetch_add(1, Ordering::Relaxed);
                    if id >= requests {
                        return Ok::<u64, Failure>(sum);
                    }
                    sum += one(&contender, &rows, scenario, id).await?;
                }
            })
        })
        .collect();
    let mut sum = 0;
    for task in tasks {
        sum += task.await??;
    }
    Ok(sum)
}

async fn one(
    contender: &Contender,
    rows: &[Planet],
    scenario: Scenario,
    id: u64,
) -> Result<u64, Failure> {
    match scenario {
        Scenario::Small => contender.small(id).await,
        Scenario::Rows => contender.rows().await,
        Scenario::Insert => contender.insert(rows).await,
        Scenario::Stream => contender.stream().await,
    }
}

/// Nanoseconds that this thread, the only one of the runtime, was on a processor.
pub(crate) fn cpu() -> Result<u64, Failure> {
    let text = std::fs::read_to_string("/proc/self/schedstat")?;
    let first = text.split_whitespace().next().ok_or("no schedstat")?;
    Ok(first.parse()?)
}

/// A line of `/proc/self/status`, in bytes.
pub(crate) fn memory(name: &str) -> Result<u64, Failure> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .ok_or_else(|| format!("no {name} line"))?;
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes * 1024)
}
