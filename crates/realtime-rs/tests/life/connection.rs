//! Opening, heartbeats, closing and dropping.

use realtime_rs::{ConnectionState, ErrorKind, Heartbeat, KeyPlace};
use serde_json::json;
use tokio::time::{Instant, timeout};

use crate::peer::{Conn, peer};
use crate::{both, seconds, until};

#[tokio::test(start_paused = true)]
async fn the_key_is_in_headers_and_the_first_subscription_opens() {
    let (mut server, builder) = peer();
    let realtime = builder.build().unwrap();
    let channel = realtime.channel("room").build().unwrap();
    assert_eq!(realtime.state(), ConnectionState::Disconnected);
    assert!(server.is_idle(), "nothing opens by itself");
    let (subscribed, conn) = both(channel.subscribe(), async {
        let mut conn = server.accept().await;
        let join = conn.join().await;
        assert_eq!(join[0], join[1], "the ref of the join is its join ref");
        assert!(
            join[4].get("access_token").is_none(),
            "the key is no user's token"
        );
        conn
    })
    .await;
    subscribed.unwrap();
    assert_eq!(conn.headers["apikey"], "anon-key");
    assert_eq!(conn.headers["x-api-key"], "anon-key");
    assert_eq!(
        conn.uri,
        "http://project.test/realtime/v1/websocket?vsn=2.0.0"
    );
    assert!(channel.status().is_subscribed());
    assert_eq!(realtime.state(), ConnectionState::Connected);
}

#[tokio::test(start_paused = true)]
async fn a_refused_header_is_tried_once_in_the_query_and_remembered() {
    let (mut server, builder) = peer();
    let realtime = builder.build().unwrap();
    server.refuse(401);
    realtime.connect().await.unwrap();
    let conn = server.accept().await;
    assert!(conn.uri.query().unwrap().contains("apikey=anon-key"));
    assert!(!conn.headers.contains_key("apikey"));
    realtime.disconnect().await.unwrap();
    realtime.connect().await.unwrap();
    assert!(
        server
            .accept()
            .await
            .uri
            .query()
            .unwrap()
            .contains("apikey=anon-key")
    );
}

#[tokio::test(start_paused = true)]
async fn a_refused_handshake_fails_those_who_wait() {
    let (server, builder) = peer();
    let realtime = builder.key_place(KeyPlace::Header).build().unwrap();
    server.refuse(401);
    let error = realtime.connect().await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(401));
    server.refuse(403);
    let channel = realtime.channel("room").build().unwrap();
    let error = channel.subscribe().await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(403));
    tokio::time::sleep(seconds(100)).await;
    assert_eq!(
        realtime.state(),
        ConnectionState::Disconnected,
        "nobody tries on"
    );
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_passes_is_tried_again() {
    let (mut server, builder) = peer();
    let realtime = builder.reconnect_after(|_| seconds(1)).build().unwrap();
    for status in [500, 429, 503] {
        server.refuse(status);
    }
    let channel = realtime.channel("room").build().unwrap();
    let start = Instant::now();
    let (subscribed, _conn) = both(channel.subscribe(), async {
        let mut conn = server.accept().await;
        conn.join().await;
        conn
    })
    .await;
    subscribed.unwrap();
    assert_eq!(start.elapsed(), seconds(3));
}

#[tokio::test(start_paused = true)]
async fn heartbeats_are_sent_answered_and_seen() {
    let (mut server, builder) = peer();
    let realtime = builder.build().unwrap();
    let mut heartbeats = realtime.heartbeats();
    realtime.connect().await.unwrap();
    let mut conn = server.accept().await;
    let start = Instant::now();
    for _ in 0..3 {
        let frame = conn.recv().await;
        assert_eq!(frame[0], json!(null));
        assert_eq!(
            (&frame[2], &frame[3], &frame[4]),
            (&json!("phoenix"), &json!("heartbeat"), &json!({}))
        );
        conn.reply(&frame, json!({})).await;
        assert_eq!(heartbeats.next().await.unwrap().unwrap(), Heartbeat::Sent);
        assert!(matches!(
            heartbeats.next().await.unwrap().unwrap(),
            Heartbeat::Ok { .. }
        ));
    }
    assert_eq!(start.elapsed(), seconds(75));
}

#[tokio::test(start_paused = true)]
async fn a_half_open_connection_is_given_up_and_made_anew() {
    let (mut server, builder) = peer();
    let realtime = builder.build().unwrap();
    let channel = realtime.channel("room").build().unwrap();
    let mut chat = channel.broadcasts::<u8>("n");
    let (subscribed, silent) = both(channel.subscribe(), joined(&mut server)).await;
    subscribed.unwrap();
    let start = Instant::now();
    // The old connection lives, but nothing comes of it any more.
    let (_, mut conn) = both(
        until(&channel, |status| status.error().is_some()),
        joined(&mut server),
    )
    .await;
    assert!(
        start.elapsed() >= seconds(50) && start.elapsed() < seconds(53),
        "{:?}",
        start.elapsed()
    );
    drop(silent);
    until(&channel, |status| status.is_subscribed()).await;
    assert!(chat.next().await.unwrap().unwrap_err().is_gap());
    conn.broadcast("realtime:room", "n", json!(7)).await;
    assert_eq!(chat.next().await.unwrap().unwrap().payload, 7);
}

async fn joined(server: &mut crate::peer::Peer) -> Conn {
    let mut conn = server.accept().await;
    conn.join().await;
    conn
}

#[tokio::test(start_paused = true)]
async fn traffic_without_an_answer_to_the_heartbeat_is_a_sign_of_life() {
    let (mut server, builder) = peer();
    let realtime = builder.build().unwrap();
    realtime.connect().await.unwrap();
    let mut conn = server.accept().await;
    for _ in 0..10 {
        let frame = conn.recv().await;
        assert_eq!(frame[3], "heartbeat", "{frame}");
        conn.push("realtime:other", "x", json!({})).await;
    }
    assert_eq!(realtime.state(), ConnectionState::Connected);
}

#[tokio::test(start_paused = true)]
async fn close_is_bounded_even_if_the_server_is_silent() {
    let (mut server, builder) = peer();
    let realtime = builder.build().unwrap();
    let channel = realtime.channel("room").build().unwrap();
    let mut chat = channel.broadcasts::<u8>("n");
    let (subscribed, mut conn) = both(channel.subscribe(), joined(&mut server)).await;
    subscribed.unwrap();
    let start = Instant::now();
    realtime.close().await.unwrap();
    assert!(start.elapsed() <= seconds(3), "{:?}", start.elapsed());
    assert_eq!(conn.next().await[3], "phx_leave");
    assert_eq!(conn.next().await, json!({ "close": 1000 }));
    assert!(chat.next().await.is_none(), "the streams end");
    assert!(realtime.channels().is_empty());
    assert!(
        channel.subscribe().await.is_err(),
        "a channel that was left is over"
    );
}

#[tokio::test(start_paused = true)]
async fn dropping_the_last_handle_closes() {
    let (mut server, builder) = peer();
    let realtime = builder.build().unwrap();
    let channel = realtime.channel("room").build().unwrap();
    let stream = channel.broadcasts::<u8>("n");
    let (subscribed, mut conn) = both(channel.subscribe(), joined(&mut server)).await;
    subscribed.unwrap();
    drop(channel);
    drop(realtime);
    // The stream alone keeps its channel and the connection.
    assert!(timeout(seconds(600), conn.next()).await.is_err());
    drop(stream);
    assert_eq!(conn.next().await[3], "phx_leave");
    assert_eq!(conn.next().await["close"], 1000);
    assert_eq!(conn.next().await, json!(null));
}

#[tokio::test(start_paused = true)]
async fn the_connection_outlives_its_last_channel_for_a_while() {
    let (mut server, builder) = peer();
    let realtime = builder
        .disconnect_when_idle_after(seconds(7))
        .build()
        .unwrap();
    let channel = realtime.channel("room").build().unwrap();
    let (subscribed, mut conn) = both(channel.subscribe(), joined(&mut server)).await;
    subscribed.unwrap();
    let leave = async {
        let frame = conn.next().await;
        assert_eq!(frame[3], "phx_leave");
        conn.reply(&frame, json!({})).await;
    };
    both(channel.unsubscribe(), leave).await.0.unwrap();
    let start = Instant::now();
    assert_eq!(conn.next().await, json!({ "close": 1000 }));
    assert_eq!(start.elapsed(), seconds(7));
    tokio::time::sleep(seconds(3)).await;
    assert_eq!(realtime.state(), ConnectionState::Disconnected);
}

#[test]
fn without_a_runtime_it_is_an_error_and_no_panic() {
    let (_server, builder) = peer();
    let realtime = builder.build().unwrap();
    let channel = realtime.channel("room").build().unwrap();
    let mut subscribe = std::pin::pin!(channel.subscribe());
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Err(error)) = subscribe.as_mut().poll(&mut cx) else {
        panic!()
    };
    assert_eq!(error.kind(), ErrorKind::Runtime);
}

#[tokio::test(start_paused = true)]
async fn nothing_shows_the_key_or_a_token() {
    let (_server, builder) = peer();
    let builder = builder.key_place(KeyPlace::Query);
    let realtime = builder.build().unwrap();
    let token = realtime_rs::AccessToken::parse("canary.token.x").unwrap();
    let realtime = realtime.with_token(token);
    let channel = realtime.channel("room").build().unwrap();
    let shown = format!("{realtime:?} {channel:?} {:?}", realtime.channel("x"));
    assert!(
        !shown.contains("canary") && !shown.contains("anon-key"),
        "{shown}"
    );
}

use std::future::Future as _;
