//! Against a running project: `SUPABASE_TEST_URL` and `SUPABASE_TEST_PUBLISHABLE_KEY` say which. Without them nothing is
//! tested, and that is said. Channels are public and have names of their own, so that nobody is disturbed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails, in its helpers too"
)]

use std::future::Future;
use std::io::Write as _;
use std::time::Duration;

use realtime_rs::{
    Channel, ChannelBuilder, ConnectionState, ErrorKind, Heartbeat, Outgoing, PresenceEvent,
    Protocol, RealtimeBuilder, RealtimeClient,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::timeout;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Message {
    text: String,
}

fn message(text: &str) -> Message {
    Message {
        text: text.to_owned(),
    }
}

/// A client of the project; `None`, and a word about it, if there is none.
fn project(test: &str) -> Option<RealtimeBuilder> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let url = variable("SUPABASE_TEST_URL");
    let key = variable("SUPABASE_TEST_PUBLISHABLE_KEY");
    if let (Some(url), Some(key)) = (url, key) {
        return Some(RealtimeClient::builder(&url, &key));
    }
    let text = "SUPABASE_TEST_URL and SUPABASE_TEST_PUBLISHABLE_KEY are not both set";
    let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {text}");
    None
}

/// A name that no other run has.
fn name(what: &str) -> String {
    let nanoseconds = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos();
    format!("sdk-{what}-{}-{nanoseconds}", std::process::id())
}

async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(30), future)
        .await
        .expect("within 30 s")
}

async fn subscribed(channel: ChannelBuilder) -> Channel {
    let channel = channel.build().unwrap();
    channel.subscribe().await.unwrap();
    channel
}

#[tokio::test]
async fn broadcasts_go_from_one_connection_to_another() {
    let test = "broadcasts_go_from_one_connection_to_another";
    for protocol in [Protocol::V2, Protocol::V1] {
        let Some(builder) = project(test) else { return };
        let receiver = builder.protocol(protocol).build().unwrap();
        let sender = project(test).unwrap().build().unwrap();
        let room = name("broadcast");
        let channel = receiver.channel(&room).build().unwrap();
        let mut chat = channel.broadcasts::<Message>("chat");
        let mut files = channel.binary_broadcasts("file");
        channel.subscribe().await.unwrap();
        let there = subscribed(sender.channel(&room).ack()).await;
        there.send("chat", &message("hällo")).await.unwrap();
        let heard = soon(chat.next()).await.unwrap().unwrap();
        assert_eq!(heard.payload, message("hällo"));
        if protocol == Protocol::V2 {
            there.send_binary("file", vec![0, 255, 1]).await.unwrap();
            let file = soon(files.next()).await.unwrap().unwrap();
            assert_eq!(file.payload[..], [0, 255, 1]);
            // And back, as text of the server's making or not.
            let mut back = there.broadcasts::<Message>("chat");
            channel.send("chat", &message("back")).await.unwrap();
            assert_eq!(
                soon(back.next()).await.unwrap().unwrap().payload.text,
                "back"
            );
        }
        receiver.close().await.unwrap();
        sender.close().await.unwrap();
    }
}

#[tokio::test]
async fn broadcasts_over_http_reach_the_channel() {
    let test = "broadcasts_over_http_reach_the_channel";
    let Some(builder) = project(test) else { return };
    let realtime = builder.build().unwrap();
    let room = name("http");
    let channel = realtime.channel(&room).build().unwrap();
    let mut chat = channel.broadcasts::<Message>("chat");
    channel.subscribe().await.unwrap();
    channel.send_http("chat", &message("one")).await.unwrap();
    assert_eq!(
        soon(chat.next()).await.unwrap().unwrap().payload.text,
        "one"
    );
    let several = ["two", "three"].map(|text| Outgoing::new(&room, "chat", &message(text)));
    realtime.broadcast(several).await.unwrap();
    let mut texts = Vec::new();
    for _ in 0..2 {
        texts.push(soon(chat.next()).await.unwrap().unwrap().payload.text);
    }
    texts.sort();
    assert_eq!(texts, ["three", "two"]);
    realtime.close().await.unwrap();
}

#[tokio::test]
async fn presences_are_seen_and_gone() {
    let test = "presences_are_seen_and_gone";
    let Some(builder) = project(test) else { return };
    let (here, there) = (
        builder.build().unwrap(),
        project(test).unwrap().build().unwrap(),
    );
    let room = name("presence");
    let channel = here.channel(&room).presence_key("here").build().unwrap();
    let mut people = channel.presence::<Message>();
    channel.subscribe().await.unwrap();
    channel.track(&message("me")).await.unwrap();
    let other = subscribed(there.channel(&room).presence_key("there")).await;
    other.track(&message("other")).await.unwrap();
    let joined = soon(async {
        loop {
            match people.next().await.unwrap().unwrap() {
                PresenceEvent::Join { key, joined, .. } if key == "there" => return joined,
                _ => {}
            }
        }
    })
    .await;
    assert_eq!(joined[0].data, message("other"));
    other.unsubscribe().await.unwrap();
    soon(async {
        while !matches!(
            people.next().await.unwrap().unwrap(),
            PresenceEvent::Leave { key, .. } if key == "there"
        ) {}
    })
    .await;
    let state = channel.presence_state::<Message>().unwrap();
    assert_eq!(state.keys().collect::<Vec<_>>(), ["here"]);
    here.close().await.unwrap();
    there.close().await.unwrap();
}

#[tokio::test]
async fn a_connection_lives_and_comes_back_with_its_channels() {
    let test = "a_connection_lives_and_comes_back_with_its_channels";
    let Some(builder) = project(test) else { return };
    let realtime = builder
        .heartbeat_interval(Duration::from_secs(1))
        .build()
        .unwrap();
    let mut heartbeats = realtime.heartbeats();
    let room = name("life");
    let channel = realtime.channel(&room).receive_own().build().unwrap();
    let mut chat = channel.broadcasts::<Message>("chat");
    channel.subscribe().await.unwrap();
    soon(async {
        while !matches!(
            heartbeats.next().await.unwrap().unwrap(),
            Heartbeat::Ok { .. }
        ) {}
    })
    .await;
    realtime.disconnect().await.unwrap();
    assert_eq!(realtime.state(), ConnectionState::Disconnected);
    realtime.connect().await.unwrap();
    channel.subscribe().await.unwrap();
    let gap = soon(chat.next()).await.unwrap();
    assert!(gap.unwrap_err().is_gap());
    channel.send("chat", &message("again")).await.unwrap();
    let again = soon(chat.next()).await.unwrap().unwrap();
    assert_eq!(again.payload.text, "again");
    realtime.close().await.unwrap();
}

#[tokio::test]
async fn a_private_channel_without_permission_says_so() {
    let test = "a_private_channel_without_permission_says_so";
    let Some(builder) = project(test) else { return };
    let realtime = builder.build().unwrap();
    let channel = realtime.channel(name("private")).private().build().unwrap();
    let error = channel.subscribe().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api, "{error:?}");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(403));
    let refused = channel.send_http("chat", &json!({})).await.unwrap_err();
    assert_eq!(refused.status().map(|status| status.as_u16()), Some(403));
    realtime.close().await.unwrap();
}
