//! Streams through functions on real Deno: pieces as they come, events, time limits, callers that leave.

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use serde_json::Value;
use supabase::Client;
use supabase::functions::{Events, Failure, Invoke};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::support::world;

fn streams(client: &Client, path: &str) -> Invoke {
    client.functions().invoke("streams").path([path])
}

#[tokio::test]
async fn pieces_are_seen_as_they_come() {
    let w = world!(shared);
    let mut pieces = streams(&w.anon, "ticks").await.unwrap().stream();
    let mut last = Instant::now();
    for n in 1..=3 {
        let piece = pieces.try_next().await.unwrap().unwrap();
        assert_eq!(piece, format!("tick {n}\n"));
        // The function waits for a second between two.
        let waited = last.elapsed();
        assert!(n == 1 || (Duration::from_millis(700)..Duration::from_secs(10)).contains(&waited), "{waited:?}");
        last = Instant::now();
    }
    assert!(pieces.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn both_directions_flow_at_once() {
    let w = world!(shared);
    let (sender, mut pieces) = mpsc::channel::<Result<Bytes, std::io::Error>>(1);
    let body = futures_util::stream::poll_fn(move |cx| pieces.poll_recv(cx));
    sender.send(Ok(Bytes::from("first"))).await.unwrap();
    // A gateway that waited for the end of one direction would wait for ever.
    let limit = Duration::from_secs(30);
    let call = streams(&w.anon, "mirror").stream(body).timeout(limit);
    let mut answer = call.await.unwrap().stream();
    assert_eq!(answer.try_next().await.unwrap().unwrap(), "first");
    for n in 0..20 {
        // Not sent before the answer to the one before is here.
        sender.send(Ok(Bytes::from(format!("piece {n}")))).await.unwrap();
        let piece = tokio::time::timeout(limit, answer.try_next()).await.unwrap();
        assert_eq!(piece.unwrap().unwrap(), format!("piece {n}"));
    }
    drop(sender);
    assert!(answer.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_body_that_breaks_off_is_no_whole_one() {
    let w = world!(shared);
    let pieces = [Ok(Bytes::from("half")), Err(std::io::Error::other("the disk is gone"))];
    let call = streams(&w.anon, "count").stream(futures_util::stream::iter(pieces));
    let error = call.await.unwrap_err();
    assert_eq!(Failure::of(&error), Failure::NoAnswer, "{error:?}");
}

/// Numbers and texts of the events up to the end.
async fn counted(events: &mut Events) -> Vec<(u64, String)> {
    let mut all = Vec::new();
    while let Some(event) = events.try_next().await.unwrap() {
        if event.event == "message" {
            assert_eq!((event.data.as_str(), event.id.as_str()), ("done", "5"));
            continue;
        }
        assert_eq!(event.event, "count");
        let data: Value = event.json().unwrap();
        assert_eq!(event.id, data["n"].to_string());
        all.push((data["n"].as_u64().unwrap(), data["text"].as_str().unwrap().to_owned()));
    }
    all
}

#[tokio::test]
async fn events_go_on_after_the_last_one() {
    let w = world!(shared);
    let one = |n| (n, format!("ünd {n}"));
    let mut events = streams(&w.anon, "events").await.unwrap().events();
    assert_eq!(counted(&mut events).await, [one(1), one(2), one(3)]);
    assert_eq!((events.last_event_id(), events.retry()), (Some("3"), Some(Duration::from_millis(20))));
    let last = events.last_event_id().unwrap().to_owned();
    let mut events = streams(&w.anon, "events").last_event_id(&last).await.unwrap().events();
    assert_eq!(counted(&mut events).await, [one(4), one(5)]);
    assert_eq!(events.last_event_id(), Some("5"));
}

#[tokio::test]
async fn events_are_a_stream_like_any_other() {
    let w = world!(shared);
    let events = streams(&w.anon, "events").last_event_id("2").await.unwrap().events();
    let kinds: Vec<String> = events.map(|event| event.unwrap().event).collect().await;
    assert_eq!(kinds, ["count", "count", "count", "message"]);
}

async fn has_left(client: &Client, name: &str) -> bool {
    let call = streams(client, "left").query("name", name);
    call.await.unwrap().json().await.unwrap()
}

/// The function notices that its caller has gone, within ten seconds.
async fn leaves(client: &Client, name: &str) {
    for _ in 0..500 {
        if has_left(client, name).await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the function did not notice that {name} left");
}

#[tokio::test]
async fn a_slow_function_ends_at_the_time_limit_and_sees_that() {
    let w = world!(shared);
    let call = streams(&w.anon, "never").query("name", "late").timeout(Duration::from_millis(300));
    let error = call.await.unwrap_err();
    assert!(error.is_timeout() && !error.never_sent(), "{error:?}");
    assert_eq!(Failure::of(&error), Failure::NoAnswer);
    leaves(&w.anon, "late").await;
    // A stream is under the limit up to its head; what is read as a whole, to its end.
    let limit = Duration::from_millis(700);
    let mut pieces = streams(&w.anon, "ticks").timeout(limit).await.unwrap().stream();
    while pieces.try_next().await.unwrap().is_some() {}
    let whole = streams(&w.anon, "ticks").timeout(limit).await.unwrap().text().await.unwrap_err();
    assert!(whole.is_timeout(), "{whole:?}");
}

#[tokio::test]
async fn a_caller_that_leaves_is_seen_by_the_function() {
    let w = world!(shared);
    assert!(!has_left(&w.anon, "waiting").await);
    // Before the head of the answer is there: the future is dropped.
    let waiting = streams(&w.anon, "never").query("name", "waiting").into_future();
    assert!(tokio::time::timeout(Duration::from_millis(300), waiting).await.is_err());
    leaves(&w.anon, "waiting").await;
    // In the middle of its body: the stream is dropped, and the answer that is not read.
    let mut pieces = streams(&w.anon, "endless").query("name", "reading").await.unwrap().stream();
    assert_eq!(pieces.try_next().await.unwrap().unwrap(), "0\n");
    assert!(!has_left(&w.anon, "reading").await);
    drop(pieces);
    leaves(&w.anon, "reading").await;
    drop(streams(&w.anon, "endless").query("name", "ignoring").await.unwrap());
    leaves(&w.anon, "ignoring").await;
}
