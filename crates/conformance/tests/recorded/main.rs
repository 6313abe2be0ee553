//! Every recorded call of the official clients, made here.

use std::io::Write as _;

use conformance::Entry;
use conformance::corpus::File;
use conformance::suite::{Area, run};

mod auth;
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
    Area {
        name: "broadcasts",
        file: "realtime",
        entries: realtime::http::CASES,
        ceiling: 22,
        pending: 0,
    },
    auth("sign up", auth::sign_up::CASES, 0, 1),
    auth("password", auth::password::CASES, 2, 1),
    auth("auth errors", auth::errors::CASES, 3, 0),
    auth("oauth", auth::oauth::CASES, 9, 2),
    auth("otp", auth::otp::CASES, 1, 2),
    auth("verify", auth::verify::CASES, 2, 0),
    auth("exchange", auth::exchange::CASES, 3, 4),
    auth("web3", auth::web3::CASES, 0, 14),
    auth("session", auth::session::CASES, 2, 3),
    auth("user", auth::user::CASES, 2, 1),
    auth("sign out", auth::sign_out::CASES, 1, 1),
    auth("claims", auth::claims::CASES, 6, 0),
    auth("owner", auth::owner::CASES, 8, 18),
    auth("oauth server", auth::oauth_server::CASES, 3, 0),
    mfa("mfa", auth::mfa::CASES, 14, 13),
    admin("auth admin", auth::admin::CASES, 20, 44),
    auth("passkeys", auth::passkeys::CASES, 2, 4),
    storage("buckets", storage::buckets::CASES, 5),
    storage("uploads", storage::uploads::CASES, 7),
    storage("signed", storage::signed::CASES, 12),
    storage("downloads", storage::downloads::CASES, 3),
    storage("file lists", storage::lists::CASES, 1),
    storage("transfers", storage::transfers::CASES, 1),
    storage("file errors", storage::errors::CASES, 7),
    storage("python", storage::python::CASES, 4),
    storage("python files", storage::python_files::CASES, 19),
    part("vectors", "storage_vectors", storage::vectors::CASES, 8),
    storage("py vectors", storage::vectors::PYTHON, 2),
    part("analytics", "storage_analytics", storage::analytics::CASES, 14),
    storage("py analytics", storage::analytics::PYTHON, 1),
    client("headers", client::headers::CASES, 5, 0),
    client("urls", client::urls::CASES, 1, 0),
    client("identity", client::identity::CASES, 2, 0),
    client("trace", client::trace::CASES, 0, 0),
    client("of realtime", client::realtime::CASES, 10, 0),
    client("of auth", client::auth::CASES, 2, 15),
];

const fn postgrest(name: &'static str, entries: &'static [Entry], ceiling: usize) -> Area {
    Area { name, file: "postgrest", entries, ceiling, pending: 0 }
}

const fn functions(name: &'static str, entries: &'static [Entry], ceiling: usize) -> Area {
    Area { name, file: "functions", entries, ceiling, pending: 0 }
}

const fn auth(
    name: &'static str,
    entries: &'static [Entry],
    ceiling: usize,
    pending: usize,
) -> Area {
    Area { name, file: "auth", entries, ceiling, pending }
}

const fn mfa(
    name: &'static str,
    entries: &'static [Entry],
    ceiling: usize,
    pending: usize,
) -> Area {
    Area { name, file: "mfa", entries, ceiling, pending }
}

const fn admin(
    name: &'static str,
    entries: &'static [Entry],
    ceiling: usize,
    pending: usize,
) -> Area {
    Area { name, file: "auth_admin", entries, ceiling, pending }
}

const fn client(
    name: &'static str,
    entries: &'static [Entry],
    ceiling: usize,
    pending: usize,
) -> Area {
    Area { name, file: "client", entries, ceiling, pending }
}

const fn storage(name: &'static str, entries: &'static [Entry], ceiling: usize) -> Area {
    Area { name, file: "storage", entries, ceiling, pending: 0 }
}

/// A part of the storage with a file of its own.
const fn part(
    name: &'static str,
    file: &'static str,
    entries: &'static [Entry],
    ceiling: usize,
) -> Area {
    Area { name, file, entries, ceiling, pending: 0 }
}

const FILES: [File; 18] = [
    File::JsPostgrest,
    File::PyPostgrest,
    File::JsFunctions,
    File::PyFunctions,
    File::JsRealtimeHttp,
    File::PyRealtimeHttp,
    File::JsAuth,
    File::PyAuth,
    File::JsMfa,
    File::PyMfa,
    File::JsAuthAdmin,
    File::PyAuthAdmin,
    File::JsStorage,
    File::JsVectors,
    File::JsAnalytics,
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
