//! Tokens: asked for at each join, pushed when they change, never shown twice when refused.

use std::sync::{Arc, Mutex};

use realtime_rs::{AccessToken, ChannelStatus, TokenSource};
use serde_json::{Value, json};
use supabase_http::{BoxError, BoxFuture, TokenChange, TokenChanges};
use tokio::sync::mpsc;
use tokio::time::{Duration, Instant, timeout};

use crate::peer::{Conn, Peer, peer};
use crate::{both, seconds, until};

/// A source whose token a test sets.
#[derive(Clone)]
struct Source {
    token: Arc<Mutex<Option<String>>>,
    rejected: Arc<Mutex<Vec<String>>>,
    changes: Arc<Mutex<Option<mpsc::UnboundedReceiver<TokenChange>>>>,
}

fn source(token: &str) -> (Source, mpsc::UnboundedSender<TokenChange>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let source = Source {
        token: Arc::new(Mutex::new(Some(token.to_owned()))),
        rejected: Arc::default(),
        changes: Arc::new(Mutex::new(Some(receiver))),
    };
    (source, sender)
}

impl Source {
    fn set(&self, token: Option<&str>) {
        *self.token.lock().unwrap() = token.map(str::to_owned);
    }
}

fn token(text: &str) -> AccessToken {
    AccessToken::parse(text).unwrap()
}

impl TokenSource for Source {
    fn token(&self) -> BoxFuture<'_, Result<Option<AccessToken>, BoxError>> {
        let text = self.token.lock().unwrap().clone();
        Box::pin(async move { Ok(text.map(|text| token(&text))) })
    }

    fn rejected(&self, used: &AccessToken) {
        self.rejected.lock().unwrap().push(used.expose().to_owned());
    }

    fn changes(&self) -> Option<TokenChanges> {
        struct Stream(mpsc::UnboundedReceiver<TokenChange>);
        impl futures_core::Stream for Stream {
            type Item = TokenChange;
            fn poll_next(
                mut self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Option<TokenChange>> {
                self.0.poll_recv(cx)
            }
        }
        self.changes
            .lock()
            .unwrap()
            .take()
            .map(|receiver| TokenChanges::new(Stream(receiver)))
    }
}

async fn joined(server: &mut Peer) -> (Conn, Value) {
    let mut conn = server.accept().await;
    let join = conn.join().await;
    (conn, join)
}

#[tokio::test(start_paused = true)]
async fn each_join_asks_for_the_token_of_its_time() {
    let (mut server, builder) = peer();
    let (source, _changes) = source("first");
    let realtime = builder.token_source(source.clone()).build().unwrap();
    let channel = realtime.channel("room").build().unwrap();
    let (subscribed, (conn, join)) = both(channel.subscribe(), joined(&mut server)).await;
    subscribed.unwrap();
    assert_eq!(join[4]["access_token"], "first");
    source.set(Some("second"));
    drop(conn);
    let (_conn, join) = joined(&mut server).await;
    assert_eq!(join[4]["access_token"], "second");
}

#[tokio::test(start_paused = true)]
async fn a_new_token_is_pushed_once_told_or_found_with_the_heartbeat() {
    let (mut server, builder) = peer();
    let (source, changes) = source("first");
    let realtime = builder.token_source(source.clone()).build().unwrap();
    let channel = realtime.channel("room").build().unwrap();
    let (subscribed, (mut conn, join)) = both(channel.subscribe(), joined(&mut server)).await;
    subscribed.unwrap();
    source.set(Some("second"));
    changes
        .send(TokenChange::Refreshed(token("second")))
        .unwrap();
    let push = timeout(seconds(1), conn.next()).await.unwrap();
    assert_eq!((&push[0], &push[3]), (&join[0], &json!("access_token")));
    assert_eq!(push[4], json!({ "access_token": "second" }));
    // This one is not told of.
    source.set(Some("third"));
    let push = timeout(seconds(30), conn.next()).await.unwrap();
    assert_eq!(push[4], json!({ "access_token": "third" }));
    assert!(
        timeout(seconds(100), conn.next()).await.is_err(),
        "an unchanged one is not pushed"
    );
}

#[tokio::test(start_paused = true)]
async fn another_identity_leaves_and_joins_again() {
    for change in [
        TokenChange::IdentityChanged(token("bo")),
        TokenChange::SignedOut,
    ] {
        let (mut server, builder) = peer();
        let (source, changes) = source("ada");
        let realtime = builder.token_source(source.clone()).build().unwrap();
        let channel = realtime.channel("room").private().build().unwrap();
        let mut chat = channel.broadcasts::<Value>("n");
        let (subscribed, (mut conn, first)) = both(channel.subscribe(), joined(&mut server)).await;
        subscribed.unwrap();
        let next = if change == TokenChange::SignedOut {
            None
        } else {
            Some("bo")
        };
        source.set(next);
        changes.send(change).unwrap();
        let leave = conn.next().await;
        assert_eq!((&leave[0], &leave[3]), (&first[0], &json!("phx_leave")));
        conn.reply(&leave, json!({})).await;
        let join = conn.join().await;
        assert_eq!(join[4].get("access_token").and_then(Value::as_str), next);
        until(&channel, ChannelStatus::is_subscribed).await;
        assert!(chat.next().await.unwrap().unwrap_err().is_gap());
    }
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_is_renewed_and_shown_only_then() {
    let (mut server, builder) = peer();
    let (source, changes) = source("old");
    let realtime = builder.token_source(source.clone()).build().unwrap();
    let channel = realtime.channel("room").build().unwrap();
    let (subscribed, (mut conn, join)) = both(channel.subscribe(), joined(&mut server)).await;
    subscribed.unwrap();
    conn.close_channel(&join, Some("Token has expired 0 seconds ago"))
        .await;
    // The source has nothing new for a while: the old token is not shown again.
    assert!(timeout(seconds(120), conn.next()).await.is_err());
    assert_eq!(source.rejected.lock().unwrap().first().unwrap(), "old");
    assert!(
        matches!(channel.status(), ChannelStatus::Interrupted(_)),
        "{:?}",
        channel.status()
    );
    source.set(Some("new"));
    changes.send(TokenChange::Refreshed(token("new"))).unwrap();
    let join = timeout(seconds(2), conn.join()).await.expect("at once");
    assert_eq!(join[4]["access_token"], "new");
    until(&channel, ChannelStatus::is_subscribed).await;
}

#[tokio::test(start_paused = true)]
async fn a_fixed_token_that_expires_stops_with_the_reason() {
    let (mut server, builder) = peer();
    let realtime = builder.build().unwrap().with_token(token("fixed"));
    let channel = realtime.channel("room").build().unwrap();
    let mut chat = channel.broadcasts::<Value>("n");
    let (subscribed, (mut conn, join)) = both(channel.subscribe(), joined(&mut server)).await;
    subscribed.unwrap();
    assert_eq!(join[4]["access_token"], "fixed");
    conn.close_channel(&join, Some("Token has expired 0 seconds ago"))
        .await;
    let end = chat.next().await.unwrap().unwrap_err();
    assert_eq!(
        realtime_rs::Error::from(end).status().map(|s| s.as_u16()),
        Some(401)
    );
    assert!(timeout(seconds(45), conn.next()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_source_that_fails_is_asked_again_and_nothing_is_joined_without_it() {
    let (mut server, builder) = peer();
    let failures = Arc::new(Mutex::new(2));
    let count = Arc::clone(&failures);
    let source = realtime_rs::token_fn(move || {
        let mut left = count.lock().unwrap();
        let fails = *left > 0;
        if fails {
            *left -= 1;
        }
        async move {
            if fails {
                Err("provider down".into())
            } else {
                Ok(Some(token("good")))
            }
        }
    });
    let builder = builder.token_source(source).reconnect_after(|_| seconds(1));
    let channel = builder.build().unwrap().channel("room").build().unwrap();
    let (subscribed, (_conn, join)) = both(channel.subscribe(), joined(&mut server)).await;
    subscribed.unwrap();
    assert_eq!(join[4]["access_token"], "good");
}

/// A day of an application: tokens of an hour, a lost connection every hour, and always joined again.
#[tokio::test(start_paused = true)]
async fn a_day_with_tokens_of_an_hour_and_a_lost_connection_each_hour() {
    let (mut server, builder) = peer();
    let start = Instant::now();
    // Good for an hour each, renewed ten minutes before.
    let source = realtime_rs::token_fn(move || {
        let number = start.elapsed().as_secs() / 3000;
        async move { Ok(Some(AccessToken::parse(&format!("token-{number}"))?)) }
    });
    let realtime = builder.token_source(source).build().unwrap();
    let channels: Vec<_> = ["a", "b", "c"]
        .map(|name| realtime.channel(name).build().unwrap())
        .into();
    let mut chat = channels[0].broadcasts::<Value>("n");
    let expires = |text: &str| {
        let number: u64 = text.strip_prefix("token-").unwrap().parse().unwrap();
        start + seconds(number * 3000 + 3600)
    };
    let play = async {
        let (mut joins, mut pushes) = (0, 0);
        for hour in 1..=24_u64 {
            let mut conn = server.accept().await;
            let drop_at = start + seconds(hour * 3600);
            let mut known = std::collections::HashMap::new();
            while let Ok(frame) = tokio::time::timeout_at(drop_at, conn.next()).await {
                match frame[3].as_str() {
                    Some("phx_join") => {
                        joins += 1;
                        let token = frame[4]["access_token"].as_str().unwrap();
                        assert!(expires(token) > Instant::now(), "a stale token at a join");
                        known.insert(frame[2].clone(), expires(token));
                        conn.admit(&frame).await;
                    }
                    Some("access_token") => {
                        pushes += 1;
                        let token = frame[4]["access_token"].as_str().unwrap();
                        known.insert(frame[2].clone(), expires(token));
                    }
                    other => panic!("{other:?}: {frame}"),
                }
                assert!(
                    known.values().all(|end| *end > Instant::now()),
                    "a token ran out"
                );
            }
            assert_eq!(known.len(), 3, "all are joined at the end of hour {hour}");
            assert!(
                known
                    .values()
                    .all(|end| *end > Instant::now() - Duration::from_secs(1))
            );
        }
        let mut conn = server.accept().await;
        for _ in 0..3 {
            conn.join().await;
        }
        (joins, pushes, conn)
    };
    let subscribe = async {
        for channel in &channels {
            channel.subscribe().await.unwrap();
        }
    };
    let ((), (joins, pushes, _conn)) = tokio::join!(subscribe, play);
    assert_eq!(joins, 24 * 3);
    assert!(pushes >= 24 * 3, "{pushes}");
    for channel in &channels {
        until(channel, ChannelStatus::is_subscribed).await;
    }
    let mut gaps = 0;
    while let Ok(Some(event)) = timeout(Duration::from_millis(1), chat.next()).await {
        assert!(event.unwrap_err().is_missed());
        gaps += 1;
    }
    assert!(gaps >= 1, "unread gaps are one mark");
}
