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
    area("postgrest", "select", postgrest::select::CASES, 17, 0),
    area("postgrest", "scalars", postgrest::scalars::CASES, 23, 0),
    area("postgrest", "patterns", postgrest::patterns::CASES, 19, 0),
    area("postgrest", "lists", postgrest::lists::CASES, 14, 0),
    area("postgrest", "containers", postgrest::containers::CASES, 19, 0),
    area("postgrest", "ranges", postgrest::ranges::CASES, 0, 0),
    area("postgrest", "logic", postgrest::logic::CASES, 14, 0),
    area("postgrest", "paging", postgrest::paging::CASES, 4, 0),
    area("postgrest", "shapes", postgrest::shapes::CASES, 23, 0),
    area("postgrest", "writes", postgrest::writes::CASES, 12, 0),
    area("postgrest", "rpc", postgrest::rpc::CASES, 11, 0),
    area("postgrest", "errors", postgrest::errors::CASES, 12, 0),
    area("postgrest", "retry", postgrest::retry::CASES, 6, 0),
    area("functions", "bodies", functions::bodies::CASES, 5, 0),
    area("functions", "requests", functions::requests::CASES, 7, 0),
    area("functions", "answers", functions::answers::CASES, 5, 0),
    area("functions", "failures", functions::failures::CASES, 4, 0),
    area("realtime", "broadcasts", realtime::http::CASES, 22, 0),
    area("auth", "sign up", auth::sign_up::CASES, 0, 0),
    area("auth", "password", auth::password::CASES, 2, 0),
    area("auth", "auth errors", auth::errors::CASES, 3, 0),
    area("auth", "oauth", auth::oauth::CASES, 9, 0),
    area("auth", "otp", auth::otp::CASES, 1, 0),
    area("auth", "verify", auth::verify::CASES, 2, 0),
    area("auth", "exchange", auth::exchange::CASES, 4, 0),
    area("auth", "web3", auth::web3::CASES, 3, 0),
    area("auth", "session", auth::session::CASES, 4, 0),
    area("auth", "user", auth::user::CASES, 2, 0),
    area("auth", "sign out", auth::sign_out::CASES, 1, 0),
    area("auth", "claims", auth::claims::CASES, 6, 0),
    area("auth", "owner", auth::owner::CASES, 13, 0),
    area("auth", "oauth server", auth::oauth_server::CASES, 3, 0),
    area("mfa", "mfa", auth::mfa::CASES, 18, 0),
    area("auth_admin", "auth admin", auth::admin::CASES, 20, 0),
    area("auth_admin", "admin apps", auth::admin_apps::CASES, 11, 0),
    area("auth", "passkeys", auth::passkeys::CASES, 3, 0),
    area("storage", "buckets", storage::buckets::CASES, 5, 0),
    area("storage", "uploads", storage::uploads::CASES, 7, 0),
    area("storage", "signed", storage::signed::CASES, 12, 0),
    area("storage", "downloads", storage::downloads::CASES, 3, 0),
    area("storage", "file lists", storage::lists::CASES, 1, 0),
    area("storage", "transfers", storage::transfers::CASES, 1, 0),
    area("storage", "file errors", storage::errors::CASES, 7, 0),
    area("storage", "python", storage::python::CASES, 4, 0),
    area("storage", "python files", storage::python_files::CASES, 19, 0),
    area("storage_vectors", "vectors", storage::vectors::CASES, 8, 0),
    area("storage", "py vectors", storage::vectors::PYTHON, 2, 0),
    area("storage_analytics", "analytics", storage::analytics::CASES, 14, 0),
    area("storage", "py analytics", storage::analytics::PYTHON, 1, 0),
    area("client", "headers", client::headers::CASES, 5, 0),
    area("client", "urls", client::urls::CASES, 1, 0),
    area("client", "identity", client::identity::CASES, 2, 0),
    area("client", "trace", client::trace::CASES, 0, 0),
    area("client", "of realtime", client::realtime::CASES, 10, 0),
    area("client", "of auth", client::auth::CASES, 5, 0),
];

const fn area(
    file: &'static str,
    name: &'static str,
    entries: &'static [Entry],
    ceiling: usize,
    pending: usize,
) -> Area {
    Area { name, file, entries, ceiling, pending }
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
