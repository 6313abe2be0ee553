//! Secrets stay out of everything that is shown: debug texts, errors and addresses.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

use std::sync::{Arc, Mutex};

use std::time::SystemTime;

use canary::{CANARY, quiet};
use http::Request;
use realtime_rs::{
    AccessToken, Broadcast, ChangeEvent, Changes, Channel, ChannelBuilder, ChannelStatus, Column,
    ColumnInfo, ConnectionState, Connector, Error, Filter, Heartbeat, Interruption, Is, KeyPlace,
    OldRow, Outgoing, Payload, PostgresChange, Presence, PresenceEvent, Protocol, RealtimeBuilder,
    RealtimeClient, Replay, Result, Subscription, SystemEvent, Upgraded, col,
};
use serde::de::IgnoredAny;
use serde_json::json;
use supabase_http::{BoxFuture, HttpClient, testing::MockTransport};

#[allow(dead_code, reason = "the tests of the life of channels use all of it")]
#[path = "life/peer.rs"]
mod peer;

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

/// Every public type, with a secret wherever one can be; rows and payloads are types of the caller's.
#[tokio::test]
async fn no_type_shows_a_secret() {
    let watching = Watching::default();
    let realtime = client(&watching).with_header("x-app", CANARY).unwrap();
    quiet::<RealtimeClient>(&realtime);
    quiet::<RealtimeBuilder>(&RealtimeClient::builder("https://project.test", KEY));
    quiet::<ChannelBuilder>(&realtime.channel("x"));
    let channel = realtime.channel("room").build().unwrap();
    quiet::<Channel>(&channel);
    quiet::<ChannelStatus>(&channel.status());
    quiet::<Subscription<Broadcast<Payload>>>(&channel.all_broadcasts());
    quiet::<Payload>(&Payload::Json(CANARY.into()));
    quiet::<Payload>(&Payload::Binary(CANARY.into()));
    quiet::<Outgoing>(&Outgoing::new("room", "chat", CANARY));
    quiet::<Column>(&col("name"));
    quiet::<Filter>(&col("name").eq(CANARY));
    quiet::<Changes>(&Changes::all("todos").eq("name", CANARY));
    quiet::<Interruption>(&Interruption::Gap);
    quiet::<Replay>(&Replay::since(SystemTime::UNIX_EPOCH));
    quiet::<ConnectionState>(&realtime.state());
    quiet::<Heartbeat>(&Heartbeat::Sent);
    quiet::<KeyPlace>(&KeyPlace::Query);
    quiet::<Protocol>(&Protocol::V2);
    quiet::<ChangeEvent>(&ChangeEvent::Insert);
    quiet::<Is>(&Is::Null);
}

/// What a peer sent is somebody's.
#[tokio::test(start_paused = true)]
async fn what_is_received_is_not_shown() {
    let (mut server, builder) = peer::peer();
    let realtime = builder.build().unwrap();
    let channel = realtime.channel("room").with_presence().build().unwrap();
    let mut all = channel.all_broadcasts();
    let mut changes = channel.changes::<IgnoredAny>(Changes::all("t"));
    let mut people = channel.presence::<IgnoredAny>();
    let mut system = channel.system_events();
    let play = async {
        let mut conn = server.accept().await;
        conn.join().await;
        conn.broadcast("realtime:room", "chat", json!({ "text": CANARY }))
            .await;
        let data = json!({
            "schema": "public", "table": "t", "type": "DELETE", "old_record": { "a": CANARY },
            "columns": [{ "name": "a", "type": "text" }],
        });
        let change = json!({ "ids": [100], "data": data });
        conn.push("realtime:room", "postgres_changes", change).await;
        let metas = json!({ "k": { "metas": [{ "phx_ref": "1", "secret": CANARY }] } });
        conn.push("realtime:room", "presence_state", metas).await;
        conn
    };
    let (subscribed, _conn) = tokio::join!(channel.subscribe(), play);
    subscribed.unwrap();
    let message = all.next().await.unwrap().unwrap();
    quiet::<Broadcast<Payload>>(&message);
    quiet::<SystemEvent>(&system.next().await.unwrap().unwrap());
    let change = changes.next().await.unwrap().unwrap();
    quiet::<PostgresChange<IgnoredAny>>(&change);
    quiet::<OldRow>(change.old.as_ref().unwrap());
    quiet::<ColumnInfo>(&change.columns[0]);
    loop {
        let event = people.next().await.unwrap().unwrap();
        quiet::<PresenceEvent<IgnoredAny>>(&event);
        if let PresenceEvent::Join { joined, .. } = &event {
            quiet::<Presence<IgnoredAny>>(&joined[0]);
            break;
        }
    }
}
