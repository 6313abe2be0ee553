//! Whatever takes a channel away, it comes back, or stops with the reason.

use realtime_rs::{Changes, ChannelStatus, ErrorKind};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::peer::{Conn, Peer, peer};
use crate::{both, seconds, until};

async fn joined(server: &mut Peer) -> (Conn, Value) {
    let mut conn = server.accept().await;
    let join = conn.join().await;
    (conn, join)
}

#[tokio::test(start_paused = true)]
async fn every_end_of_a_connection_leads_back() {
    for code in [
        None,
        Some(1000),
        Some(1001),
        Some(1011),
        Some(1012),
        Some(1009),
    ] {
        let (mut server, builder) = peer();
        let realtime = builder.build().unwrap();
        let channel = realtime.channel("room").build().unwrap();
        let mut chat = channel.broadcasts::<Value>("n");
        let (subscribed, (mut conn, _)) = both(channel.subscribe(), joined(&mut server)).await;
        subscribed.unwrap();
        let start = Instant::now();
        match code {
            Some(code) => conn.close(code).await,
            None => drop(conn),
        }
        let (mut conn, join) = timeout(seconds(3), joined(&mut server))
            .await
            .expect("comes back");
        assert!(start.elapsed() >= seconds(1) / 2, "not at once");
        assert_ne!(join[0], "1", "a new ref");
        until(&channel, ChannelStatus::is_subscribed).await;
        assert!(
            chat.next().await.unwrap().unwrap_err().is_gap(),
            "the gap is told"
        );
        conn.broadcast("realtime:room", "n", json!(1)).await;
        assert_eq!(chat.next().await.unwrap().unwrap().payload, json!(1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_away_for_an_hour_is_found_again() {
    let (mut server, builder) = peer();
    let realtime = builder.build().unwrap();
    let channel = realtime.channel("room").build().unwrap();
    let (subscribed, (conn, _)) = both(channel.subscribe(), joined(&mut server)).await;
    subscribed.unwrap();
    for _ in 0..400 {
        server.refuse(503);
    }
    let start = Instant::now();
    drop(conn);
    let (_conn, _) = joined(&mut server).await;
    let elapsed = start.elapsed();
    // 1, 2, 5 and then 10 s, half of each random.
    assert!(
        elapsed > seconds(2000) && elapsed < seconds(4010),
        "{elapsed:?}"
    );
    until(&channel, ChannelStatus::is_subscribed).await;
}

#[tokio::test(start_paused = true)]
async fn a_join_that_is_refused_for_good_stops() {
    for (reason, status) in [
        (
            "Unauthorized: You do not have permissions to read from this Channel topic: room",
            403,
        ),
        (
            "PrivateOnly: This project only allows private channels",
            403,
        ),
        ("ChannelRateLimitReached: Too many channels", 429),
        ("InvalidJWTToken: Token has expired 3 seconds ago", 401),
    ] {
        let (mut server, builder) = peer();
        let realtime = builder.build().unwrap();
        let channel = realtime.channel("room").build().unwrap();
        let (subscribed, mut conn) = both(channel.subscribe(), async {
            let mut conn = server.accept().await;
            let join = conn.next().await;
            conn.answer(&join, "error", json!({ "reason": reason }))
                .await;
            conn
        })
        .await;
        let error = subscribed.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Api);
        assert_eq!(
            error.status().map(|status| status.as_u16()),
            Some(status),
            "{reason}"
        );
        assert!(reason.ends_with(error.message()), "{}", error.message());
        assert!(matches!(channel.status(), ChannelStatus::Failed(_)));
        let more = timeout(seconds(45), conn.next()).await;
        assert!(more.is_err(), "no second try: {more:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_join_that_is_refused_for_now_is_tried_again() {
    let (mut server, builder) = peer();
    let realtime = builder
        .reconnect_after(|n| seconds(u64::from(n)))
        .build()
        .unwrap();
    let channel = realtime.channel("room").build().unwrap();
    let start = Instant::now();
    let (subscribed, _conn) = both(channel.subscribe(), async {
        let mut conn = server.accept().await;
        for _ in 0..3 {
            let join = conn.next().await;
            assert_eq!(join[3], "phx_join");
            let reason = json!({ "reason": "DatabaseLackOfConnections: busy" });
            conn.answer(&join, "error", reason).await;
        }
        conn.join().await;
        conn
    })
    .await;
    subscribed.unwrap();
    assert_eq!(start.elapsed(), seconds(1 + 2 + 3));
}

#[tokio::test(start_paused = true)]
async fn a_join_without_an_answer_is_given_up_and_tried_again() {
    let (mut server, builder) = peer();
    let realtime = builder.build().unwrap();
    let channel = realtime.channel("room").build().unwrap();
    let (subscribed, _conn) = both(channel.subscribe(), async {
        let mut conn = server.accept().await;
        let join = conn.next().await;
        let leave = conn.next().await;
        assert_eq!((&leave[0], &leave[3]), (&join[0], &json!("phx_leave")));
        let again = conn.join().await;
        // A late answer to the first join changes nothing.
        let late = json!({ "reason": "Unauthorized: late" });
        conn.answer(&join, "error", late).await;
        assert_ne!(again[0], join[0]);
        conn
    })
    .await;
    subscribed.unwrap();
    tokio::time::sleep(seconds(1)).await;
    assert!(channel.status().is_subscribed());
}

#[tokio::test(start_paused = true)]
async fn subscribe_ends_in_time_and_then_nobody_tries() {
    let (mut server, builder) = peer();
    let realtime = builder.build().unwrap();
    let channel = realtime.channel("room").build().unwrap();
    for _ in 0..1000 {
        server.refuse(503);
    }
    let start = Instant::now();
    let error = channel.subscribe().await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(start.elapsed(), seconds(30));
    tokio::time::sleep(seconds(100)).await;
    assert_eq!(realtime.state(), realtime_rs::ConnectionState::Disconnected);
    assert!(server.is_idle());
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_the_server_closes_or_loses_comes_back() {
    for (event, words) in [
        ("phx_close", None),
        ("phx_close", Some("Too many messages per second")),
        ("phx_error", None),
        ("unmatched", None),
    ] {
        let (mut server, builder) = peer();
        let realtime = builder.build().unwrap();
        let channel = realtime.channel("room").build().unwrap();
        let mut chat = channel.broadcasts::<Value>("n");
        let (subscribed, (mut conn, join)) = both(channel.subscribe(), joined(&mut server)).await;
        subscribed.unwrap();
        match event {
            "phx_close" => conn.close_channel(&join, words).await,
            "phx_error" => {
                conn.send(json!([join[0], join[0], join[2], "phx_error", {}]))
                    .await
            }
            _ => {
                let payload =
                    json!({ "status": "error", "response": { "reason": "unmatched topic" } });
                conn.send(json!([null, "77", join[2], "phx_reply", payload]))
                    .await;
            }
        }
        let again = timeout(seconds(3), conn.join()).await.expect("rejoins");
        assert_ne!(again[0], join[0]);
        until(&channel, ChannelStatus::is_subscribed).await;
        assert!(chat.next().await.unwrap().unwrap_err().is_gap());
        // The close of the first join comes late: it is not the second one's.
        conn.close_channel(&join, None).await;
        tokio::time::sleep(seconds(1)).await;
        assert!(channel.status().is_subscribed());
    }
}

#[tokio::test(start_paused = true)]
async fn lost_permission_stops_and_the_streams_say_so() {
    let (mut server, builder) = peer();
    let realtime = builder.build().unwrap();
    let channel = realtime.channel("room").private().build().unwrap();
    let mut chat = channel.broadcasts::<Value>("n");
    let (subscribed, (mut conn, join)) = both(channel.subscribe(), joined(&mut server)).await;
    subscribed.unwrap();
    let words = "You no longer have permission to read from this Channel topic: room";
    conn.close_channel(&join, Some(words)).await;
    let end = chat.next().await.unwrap().unwrap_err();
    assert!(end.is_closed(), "{end}");
    let error = realtime_rs::Error::from(end);
    assert_eq!(error.status().map(|status| status.as_u16()), Some(403));
    assert!(chat.next().await.is_none());
    let more = timeout(seconds(45), conn.next()).await;
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test(start_paused = true)]
async fn changes_are_ready_only_when_the_server_says_so() {
    let (mut server, builder) = peer();
    let realtime = builder.build().unwrap();
    let channel = realtime.channel("room").build().unwrap();
    let _changes = channel.changes::<Value>(Changes::all("todos"));
    let start = Instant::now();
    let (subscribed, _conn) = both(channel.subscribe(), async {
        let mut conn = server.accept().await;
        let join = conn.next().await;
        let mut bound = join[4]["config"]["postgres_changes"].clone();
        bound[0]["id"] = json!(5);
        conn.reply(&join, json!({ "postgres_changes": bound }))
            .await;
        tokio::time::sleep(seconds(2)).await;
        assert!(matches!(channel.status(), ChannelStatus::Joined));
        conn.confirm(&join).await;
        conn
    })
    .await;
    subscribed.unwrap();
    assert_eq!(start.elapsed(), seconds(2));
}

#[tokio::test(start_paused = true)]
async fn a_bad_filter_is_an_error_of_subscribe() {
    let (mut server, builder) = peer();
    let realtime = builder.build().unwrap();
    let channel = realtime.channel("room").build().unwrap();
    let _changes = channel.changes::<Value>(Changes::all("todos").eq("nope", 1));
    let (subscribed, mut conn) = both(channel.subscribe(), async {
        let mut conn = server.accept().await;
        let join = conn.next().await;
        let mut bound = join[4]["config"]["postgres_changes"].clone();
        assert_eq!(bound[0]["filter"], "nope=eq.1");
        bound[0]["id"] = json!(5);
        conn.reply(&join, json!({ "postgres_changes": bound }))
            .await;
        let message =
            "Unable to subscribe to changes with given parameters: invalid column for filter nope";
        let payload =
            json!({ "message": message, "status": "error", "extension": "postgres_changes" });
        conn.push("realtime:room", "system", payload).await;
        conn
    })
    .await;
    let error = subscribed.unwrap_err();
    assert!(error.message().contains("invalid column"), "{error}");
    assert_eq!(conn.next().await[3], "phx_leave");
}

#[tokio::test(start_paused = true)]
async fn pushes_that_were_under_way_are_told_that_nobody_knows() {
    let (mut server, builder) = peer();
    let realtime = builder.build().unwrap();
    let channel = realtime.channel("room").ack().build().unwrap();
    let (subscribed, (mut conn, _)) = both(channel.subscribe(), joined(&mut server)).await;
    subscribed.unwrap();
    let (sent, _) = both(channel.send("n", &1), async {
        conn.next().await;
        drop(conn);
    })
    .await;
    let error = sent.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(!error.never_sent(), "the server may have it");
}
