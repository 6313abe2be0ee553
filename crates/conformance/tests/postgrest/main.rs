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
    area("select", select::CASES, 0),
    area("scalars", scalars::CASES, 0),
    area("patterns", patterns::CASES, 0),
    area("lists", lists::CASES, 0),
    area("containers", containers::CASES, 0),
    area("ranges", ranges::CASES, 0),
    area("logic", logic::CASES, 0),
    area("paging", paging::CASES, 0),
    area("shapes", shapes::CASES, 0),
    area("writes", writes::CASES, 0),
    area("rpc", rpc::CASES, 0),
    area("errors", errors::CASES, 0),
    area("retry", retry::CASES, 0),
];

const fn area(name: &'static str, entries: &'static [conformance::Entry], ceiling: usize) -> Area {
    Area {
        name,
        file: "postgrest",
        entries,
        ceiling,
    }
}

#[test]
fn every_recorded_call_matches_or_deviates_as_written() {
    let report: Report = run(AREAS, &[File::JsPostgrest, File::PyPostgrest]);
    let table = report.table();
    // Not captured, so that the counts are always to be seen.
    let _ = writeln!(std::io::stderr(), "{table}");
    assert!(
        report.problems.is_empty(),
        "{table}\n{}",
        report.problems.join("\n")
    );
}
