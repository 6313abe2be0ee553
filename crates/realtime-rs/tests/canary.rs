//! Secrets stay out of everything that is shown: debug texts, errors and addresses.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

use std::sync::{Arc, Mutex};

use http::Request;
use realtime_rs::{AccessToken, Connector, Error, KeyPlace, RealtimeClient, Result, Upgraded};
use supabase_http::{BoxFuture, HttpClient, testing::MockTransport};

const KEY: &str = "canary-key";
const TOKEN: &str = "canary.token.secret";

/// Refuses, and keeps what it was shown.
#[derive(Clone, Default)]
struct Watching(Arc<Mutex<Vec<String>>>);

impl Connector for Watching {
    fn connect(&self, request: Request<()>) -> BoxFuture<'static, Result<Upgraded>> {
        let shown = format!("{} {:?}", request.uri(), request.headers());
        self.0.lock().unwrap().push(shown);
        Box::pin(async { Err(Error::runtime("no network in this test")) })
    }
}

fn client(watching: &Watching) -> RealtimeClient {
    RealtimeClient::builder("https://project.test", KEY)
        .http_client(HttpClient::new(MockTransport::new()))
        .connector(watching.clone())
        .key_place(KeyPlace::Header)
        .build()
        .unwrap()
        .with_token(AccessToken::parse(TOKEN).unwrap())
}

#[tokio::test]
async fn neither_key_nor_token_is_shown() {
    let watching = Watching::default();
    let realtime = client(&watching);
    let channel = realtime.channel("room").build().unwrap();
    let builder = RealtimeClient::builder("https://project.test", KEY);
    let error = realtime.connect().await.unwrap_err();
    let stream = channel.all_broadcasts();
    let mut shown = vec![
        format!("{realtime:?} {realtime:#?} {channel:?} {channel:#?} {stream:?}"),
        format!(
            "{builder:?} {:?} {:?}",
            realtime.channel("x"),
            realtime.service()
        ),
        format!("{error} {error:?} {:?}", channel.status()),
        realtime.websocket_uri().unwrap().to_string(),
    ];
    let handshakes = watching.0.lock().unwrap().clone();
    assert_eq!(handshakes.len(), 1);
    shown.extend(handshakes);
    for text in shown {
        assert!(!text.contains("canary"), "{text}");
    }
}

#[tokio::test]
async fn a_key_in_the_query_is_not_in_errors() {
    let watching = Watching::default();
    let realtime = RealtimeClient::builder("https://project.test", KEY)
        .http_client(HttpClient::new(MockTransport::new()))
        .connector(watching)
        .key_place(KeyPlace::Query)
        .build()
        .unwrap();
    let error = realtime.connect().await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("canary"));
}
