//! Files of any size, up and down: `bench files serve` is the storage, `bench files run` measures this binary's contender.

#[cfg(feature = "files-bare")]
#[path = "storage_bare.rs"]
mod contender;
#[cfg(not(any(
    feature = "files-bare",
    feature = "files-ours",
    feature = "files-published"
)))]
#[path = "storage_none.rs"]
mod contender;
#[cfg(feature = "files-ours")]
#[path = "storage_ours.rs"]
mod contender;
#[cfg(feature = "files-published")]
#[path = "storage_published.rs"]
mod contender;

use std::time::Instant;

use serde::Serialize;

use self::contender::Contender;
use crate::{Failure, alloc, measure};

/// One mebibyte, in bytes.
pub(crate) const MIB: u64 = 1024 * 1024;

/// How large the pieces are that a caller has at hand, as a reader of a file would have them.
#[cfg(any(feature = "files-bare", feature = "files-ours"))]
pub(crate) const PIECE: usize = 64 * 1024;

/// What is asked of a contender.
#[derive(Debug, Clone, Copy)]
enum Scenario {
    /// Pieces from memory, sent as they are asked for.
    Upload,
    /// Pieces, read as they come and dropped.
    Download,
    /// A file of this machine, sent.
    UploadFile,
    /// The same into a file.
    DownloadFile,
}

impl std::str::FromStr for Scenario {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Ok(match name {
            "upload" => Self::Upload,
            "download" => Self::Download,
            "upload-file" => Self::UploadFile,
            "download-file" => Self::DownloadFile,
            other => return Err(format!("there is no scenario {other:?}")),
        })
    }
}

#[derive(Debug, Serialize)]
struct Report {
    mebibytes: u64,
    /// Per mebibyte.
    allocations: f64,
    /// Nanoseconds on a processor per mebibyte, the kernel's part included.
    cpu: f64,
    /// Mebibytes per second.
    rate: f64,
    /// The most memory held, above what was held before, in bytes.
    peak: u64,
}

/// Moves one file of so many mebibytes, in this one thread, and prints what it cost as one line of JSON. `file` is where the
/// file of this machine is or comes.
pub(crate) fn run(scenario: &str, url: &str, mebibytes: u64, file: &str) -> Result<(), Failure> {
    let scenario = scenario.parse()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let report = runtime.block_on(measured(scenario, url, mebibytes, file))?;
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}

async fn measured(
    scenario: Scenario,
    url: &str,
    mebibytes: u64,
    file: &str,
) -> Result<Report, Failure> {
    let contender = Contender::new(url)?;
    // The connection is opened, and what every thread brings is there, before anything counts.
    move_one(&contender, scenario, 1, file).await?;
    let before = (
        measure::memory("VmRSS:")?,
        alloc::count(),
        measure::cpu()?,
        Instant::now(),
    );
    let bytes = move_one(&contender, scenario, mebibytes, file).await?;
    if bytes != mebibytes * MIB {
        return Err(format!("{bytes} bytes were moved, not {mebibytes} MiB").into());
    }
    let seconds = before.3.elapsed().as_secs_f64();
    let number = |total: u64| {
        #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
        let number = total as f64;
        number
    };
    let each = |total: u64| number(total) / number(mebibytes);
    Ok(Report {
        mebibytes,
        allocations: each(alloc::count() - before.1),
        cpu: each(measure::cpu()? - before.2),
        rate: number(mebibytes) / seconds,
        peak: measure::memory("VmHWM:")?.saturating_sub(before.0),
    })
}

/// How many bytes were moved.
async fn move_one(
    contender: &Contender,
    scenario: Scenario,
    mebibytes: u64,
    file: &str,
) -> Result<u64, Failure> {
    let bytes = mebibytes * MIB;
    match scenario {
        Scenario::Upload => contender.upload(bytes).await,
        Scenario::Download => contender.download(mebibytes).await,
        Scenario::UploadFile => contender.upload_file(&source(file, bytes)?, bytes).await,
        Scenario::DownloadFile => {
            let target = format!("{file}.down");
            contender.download_file(mebibytes, &target).await?;
            let size = std::fs::metadata(&target)?.len();
            std::fs::remove_file(&target)?;
            Ok(size)
        }
    }
}

/// A file of this size, with holes: what the disk costs is not asked.
fn source(file: &str, bytes: u64) -> Result<String, Failure> {
    let path = format!("{file}.up");
    std::fs::File::create(&path)?.set_len(bytes)?;
    Ok(path)
}
