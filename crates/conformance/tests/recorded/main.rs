//! Every recorded call of the official clients, made here.

use std::io::Write as _;

use conformance::Entry;
use conformance::corpus::File;
use conformance::suite::{Area, run};

mod changed;
mod client;
mod functions;
mod postgrest;
mod realtime;
mod storage;
mod support;

/// The parts of the corpus. A ceiling counts the deviations of its area and may only fall.
const AREAS: &[Area] = &[
    postgrest("select", postgrest::select::CASES, 17),
    postgrest("scalars", postgrest::scalars::CASES, 23),
    postgrest("patterns", postgrest::patterns::CASES, 19),
    postgrest("lists", postgrest::lists::CASES, 14),
    postgrest("containers", postgrest::containers::CASES, 19),
    postgrest("ranges", postgrest::ranges::CASES, 0),
    postgrest("logic", postgrest::logic::CASES, 14),
    postgrest("paging", postgrest::paging::CASES, 4),
    postgrest("shapes", postgrest::shapes::CASES, 23),
    postgrest("writes", postgrest::writes::CASES, 12),
    postgrest("rpc", postgrest::rpc::CASES, 11),
    postgrest("errors", postgrest::errors::CASES, 12),
    postgrest("retry", postgrest::retry::CASES, 6),
    functions("bodies", functions::bodies::CASES, 5),
    functions("requests", functions::requests::CASES, 7),
    functions("answers", functions::answers::CASES, 5),
    functions("failures", functions::failures::CASES, 4),
    Area { name: "broadcasts", file: "realtime", entries: realtime::http::CASES, ceiling: 22 },
    client("headers", client::headers::CASES, 5),
    storage("buckets", storage::buckets::CASES, 5),
    storage("uploads", storage::uploads::CASES, 7),
    storage("signed", storage::signed::CASES, 12),
    storage("downloads", storage::downloads::CASES, 3),
    storage("file lists", storage::lists::CASES, 1),
    storage("transfers", storage::transfers::CASES, 1),
    storage("file errors", storage::errors::CASES, 7),
    storage("python", storage::python::CASES, 4),
    storage("python files", storage::python_files::CASES, 19),
    client("urls", client::urls::CASES, 1),
    client("identity", client::identity::CASES, 1),
    client("realtime", client::realtime::CASES, 10),
    client("trace", client::trace::CASES, 0),
    client("later", client::later::CASES, 0),
];

const fn postgrest(name: &'static str, entries: &'static [Entry], ceiling: usize) -> Area {
    Area { name, file: "postgrest", entries, ceiling }
}

const fn functions(name: &'static str, entries: &'static [Entry], ceiling: usize) -> Area {
    Area { name, file: "functions", entries, ceiling }
}

const fn storage(name: &'static str, entries: &'static [Entry], ceiling: usize) -> Area {
    Area { name, file: "storage", entries, ceiling }
}

const fn client(name: &'static str, entries: &'static [Entry], ceiling: usize) -> Area {
    Area { name, file: "client", entries, ceiling }
}

const FILES: [File; 10] = [
    File::JsPostgrest,
    File::PyPostgrest,
    File::JsFunctions,
    File::PyFunctions,
    File::JsRealtimeHttp,
    File::PyRealtimeHttp,
    File::JsStorage,
    File::PyStorage,
    File::JsClient,
    File::PyClient,
];

#[test]
fn every_recorded_call_matches_or_deviates_as_written() {
    let report = run(AREAS, &FILES);
    let table = report.table();
    // Not captured, so that the counts are always to be seen.
    let _ = writeln!(std::io::stderr(), "{table}");
    assert!(report.problems.is_empty(), "{table}\n{}", report.problems.join("\n"));
}
