//! A client whose answers are written down.

use serde_json::Value;
use supabase::http::testing::{Exchange, MockTransport};
use supabase::{Client, Result};

/// An answer with status 200 and this body.
pub fn ok(body: Value) -> Exchange {
    Exchange::new(200).json(body)
}

/// A client that gets these answers, one after the other, and the transport that noted its requests.
///
/// # Errors
/// Those of [`Client::builder`]; the address and the key used here are right.
pub fn scripted(answers: impl IntoIterator<Item = Exchange>) -> Result<(Client, MockTransport)> {
    let mock = answers
        .into_iter()
        .fold(MockTransport::new(), MockTransport::reply_with);
    let client = Client::builder("https://xyz.supabase.co", "sb_publishable_example")
        .transport(mock.clone())
        .build()?;
    Ok((client, mock))
}
