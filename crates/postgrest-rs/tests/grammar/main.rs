//! What is rendered, read by a second parser, which is first proved on recordings of a real server.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests"
)]

use postgrest_rs::query::verb::Ready;
use postgrest_rs::{PostgrestClient, Query};
use supabase_http::HttpClient;
use supabase_http::testing::MockTransport;

mod oracle;
mod parser;
mod recorded;
mod round_trip;
mod selects;
mod syntax;

fn client() -> PostgrestClient {
    let http = HttpClient::builder()
        .transport(MockTransport::new())
        .build()
        .expect("a client");
    PostgrestClient::with_http(http, "https://project.test", "key").expect("a client")
}

/// The pairs that are sent, decoded, without the select text.
fn sent<V: Ready, R>(query: Query<V, R>) -> Vec<(String, String)> {
    let request = query.into_request().unwrap_or_else(|why| panic!("{why}"));
    let mut pairs = syntax::pairs(request.uri().query().unwrap_or_default());
    pairs.retain(|(key, _)| key != "select");
    pairs
}
