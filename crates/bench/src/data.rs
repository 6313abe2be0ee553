//! What is sent and read: the rows, their checksums, and the key that nobody checks.

use serde::{Deserialize, Serialize};

/// How many rows the answers and the insert of the scenarios hold.
pub(crate) const ROWS: i64 = 1000;

/// The key of every request.
#[allow(dead_code, reason = "a build without a contender has no use for it")]
pub(crate) const KEY: &str = "sb_publishable_bench";

/// The row of the small select.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Small {
    pub(crate) id: i64,
    pub(crate) name: String,
}

/// A row as tables have them: numbers, texts, a time, a null now and then.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Planet {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) mass: f64,
    pub(crate) moons: Option<i32>,
    pub(crate) inhabited: bool,
    pub(crate) discovered_at: String,
    pub(crate) note: String,
}

/// A thousand rows.
pub(crate) fn planets() -> Vec<Planet> {
    let mut mass = 0.25;
    (0..ROWS)
        .map(|id| {
            mass += 0.125;
            Planet {
                id,
                name: format!("Planet {id}"),
                mass,
                moons: i32::try_from(id % 7).ok().filter(|moons| *moons > 0),
                inhabited: id % 3 == 0,
                discovered_at: "2026-11-24T12:34:56.789012+00:00".to_owned(),
                note: "Seen \"twice\" from the station, on a clear night".to_owned(),
            }
        })
        .collect()
}

/// Of what was decoded, so that nothing can be left out.
#[allow(dead_code, reason = "a build without a contender has no use for it")]
pub(crate) fn checksum_small(rows: &[Small]) -> u64 {
    rows.iter()
        .map(|row| row.id.unsigned_abs() + length(&row.name))
        .sum()
}

/// Of what was decoded, every field.
#[allow(dead_code, reason = "a build without a contender has no use for it")]
pub(crate) fn checksum(rows: &[Planet]) -> u64 {
    rows.iter()
        .map(|row| {
            row.id.unsigned_abs()
                + length(&row.name)
                + row.mass.to_bits() % 1009
                + u64::from(row.moons.unwrap_or(7).unsigned_abs())
                + u64::from(row.inhabited)
                + length(&row.discovered_at)
                + length(&row.note)
        })
        .sum()
}

/// Of a part of a body: every byte is looked at.
#[allow(dead_code, reason = "a build without a contender has no use for it")]
pub(crate) fn checksum_bytes(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte)).sum()
}

fn length(text: &str) -> u64 {
    u64::try_from(text.len()).unwrap_or(u64::MAX)
}
