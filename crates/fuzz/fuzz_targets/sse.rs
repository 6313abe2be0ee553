//! Server-sent events: the same events, however the bytes are cut.
#![no_main]

mod common;

use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;
use functions_rs::{Events, FunctionsClient, Invoke};
use libfuzzer_sys::fuzz_target;
use supabase_http::HttpClient;
use supabase_http::testing::{Exchange, MockTransport};
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
});

/// The events, and how they ended.
async fn events(mut events: Events) -> (Vec<(String, String, String)>, bool) {
    let mut found = Vec::new();
    loop {
        match events.try_next().await {
            Ok(Some(event)) => found.push((event.event, event.data, event.id)),
            Ok(None) => return (found, true),
            Err(_) => return (found, false),
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let whole = Bytes::copy_from_slice(data);
    let head = common::head(200, &[("content-type", "text/event-stream")]);
    let answer = Invoke::decode(&head, whole.clone()).expect("an answer");
    let at_once = RUNTIME.block_on(events(answer.events()));
    let size = data.first().map_or(1, |byte| usize::from(byte % 7) + 1);
    let exchange = Exchange::new(200)
        .header("content-type", "text/event-stream")
        .body(data.to_vec())
        .drip(size, Duration::ZERO);
    let http = HttpClient::builder()
        .transport(MockTransport::new().reply_with(exchange))
        .build()
        .expect("a client");
    let in_pieces = RUNTIME.block_on(async {
        let client =
            FunctionsClient::with_http(http, "https://project.test", "key").expect("a client");
        events(client.invoke("f").await.expect("an answer").events()).await
    });
    assert_eq!(at_once, in_pieces);
});
