//! Every recorded call of the database clients.

use std::io::Write as _;

use conformance::corpus::File;
use conformance::suite::{Area, Report, run};

mod containers;
mod errors;
mod lists;
mod logic;
mod paging;
mod patterns;
mod ranges;
mod retry;
mod rpc;
mod scalars;
mod select;
mod shapes;
mod support;
mod writes;

/// The parts of the corpus. A ceiling counts the deviations of its area and may only fall.
const AREAS: &[Area] = &[
    area("select", select::CASES, 16),
    area("scalars", scalars::CASES, 23),
    area("patterns", patterns::CASES, 19),
    area("lists", lists::CASES, 14),
    area("containers", containers::CASES, 19),
    area("ranges", ranges::CASES, 0),
    area("logic", logic::CASES, 14),
    area("paging", paging::CASES, 4),
    area("shapes", shapes::CASES, 23),
    area("writes", writes::CASES, 12),
    area("rpc", rpc::CASES, 11),
    area("errors", errors::CASES, 12),
    area("retry", retry::CASES, 6),
];

const fn area(name: &'static str, entries: &'static [conformance::Entry], ceiling: usize) -> Area {
    Area { name, file: "postgrest", entries, ceiling }
}

#[test]
fn every_recorded_call_matches_or_deviates_as_written() {
    let report: Report = run(AREAS, &[File::JsPostgrest, File::PyPostgrest]);
    let table = report.table();
    // Not captured, so that the counts are always to be seen.
    let _ = writeln!(std::io::stderr(), "{table}");
    assert!(report.problems.is_empty(), "{table}\n{}", report.problems.join("\n"));
}
