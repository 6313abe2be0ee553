//! A client whose answers are written down.

use serde_json::{Value, json};
use supabase::http::testing::{Exchange, MockTransport};
use supabase::{Client, Result};

use crate::server::Compared;

/// An answer with status 200 and this body.
pub fn ok(body: Value) -> Exchange {
    Exchange::new(200).json(body)
}

/// The planets with these ids, from Mercury (1) to Neptune (8).
pub fn planets(ids: impl IntoIterator<Item = usize>) -> Value {
    const NAMES: [&str; 8] = [
        "Mercury", "Venus", "Earth", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune",
    ];
    ids.into_iter()
        .filter_map(|id| Some(json!({ "id": id, "name": NAMES.get(id.checked_sub(1)?)? })))
        .collect()
}

/// A client that gets these answers, one after the other, and the transport that noted its requests.
///
/// Where a local stack is named (see [`server`](crate::server)), it is asked the same, and what it answers must be what is
/// written here.
///
/// # Errors
/// Those of [`Client::builder`]; the address and the key used here are right.
pub fn scripted(answers: impl IntoIterator<Item = Exchange>) -> Result<(Client, MockTransport)> {
    let mock = script(answers);
    let client = builder().transport(Compared::new(mock.clone())?).build()?;
    Ok((client, mock))
}

/// The same with answers that no stack gives when asked, such as faults.
///
/// # Errors
/// As those of [`scripted`].
pub fn imagined(answers: impl IntoIterator<Item = Exchange>) -> Result<(Client, MockTransport)> {
    let mock = script(answers);
    let client = builder().transport(mock.clone()).build()?;
    Ok((client, mock))
}

fn script(answers: impl IntoIterator<Item = Exchange>) -> MockTransport {
    answers
        .into_iter()
        .fold(MockTransport::new(), MockTransport::reply_with)
}

fn builder() -> supabase::ClientBuilder {
    Client::builder("https://xyz.supabase.co", "sb_publishable_example")
}
