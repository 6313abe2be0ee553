//! What the targets share: how an input is cut up, and a client that sends nothing.
#![allow(dead_code, reason = "each target uses a part")]

use http::response::Parts;
use supabase_http::HttpClient;
use supabase_http::testing::MockTransport;

/// Between the parts of an input: a character that is otherwise like any other.
const SEPARATOR: char = '\u{1f}';

/// The parts of an input that is text; nothing for other bytes.
pub(crate) fn parts(data: &[u8]) -> Vec<&str> {
    match std::str::from_utf8(data) {
        Ok(text) => text.split(SEPARATOR).collect(),
        Err(_) => Vec::new(),
    }
}

pub(crate) fn http() -> HttpClient {
    HttpClient::builder()
        .transport(MockTransport::new())
        .build()
        .expect("a client")
}

/// The head of an answer.
pub(crate) fn head(status: u16, headers: &[(&str, &str)]) -> Parts {
    let mut builder = http::Response::builder().status(status);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(()).expect("a head").into_parts().0
}
