//! Rendered queries, read back by the parser that the tests of `postgrest-rs` have proved on a real server.
#![allow(dead_code, reason = "each target uses a part")]

use std::sync::LazyLock;

use postgrest_rs::query::verb::Ready;
use postgrest_rs::{PostgrestClient, Query};

use crate::common::http;
use crate::parser;
use crate::syntax::{self, Pair};

static CLIENT: LazyLock<PostgrestClient> = LazyLock::new(|| {
    PostgrestClient::with_http(http(), "https://project.test", "key").expect("a client")
});

pub(crate) fn client() -> &'static PostgrestClient {
    &CLIENT
}

/// The pairs that would be sent, without the select text; nothing where the input was refused.
pub(crate) fn pairs<V: Ready, R>(query: Query<V, R>) -> Option<Vec<(String, String)>> {
    let request = query.into_request().ok()?;
    let mut pairs = syntax::pairs(request.uri().query().unwrap_or_default());
    pairs.retain(|(key, _)| key != "select");
    Some(pairs)
}

/// The one pair that there must be, parsed to its end.
pub(crate) fn read(pairs: &[(String, String)]) -> Pair {
    let [(key, value)] = pairs else {
        panic!("not one pair: {pairs:?}")
    };
    let parsed =
        parser::pair(key, value, false).unwrap_or_else(|| panic!("{key}={value} is not read"));
    assert_eq!(parsed.rest, "", "{key}={value}");
    parsed.pair
}
