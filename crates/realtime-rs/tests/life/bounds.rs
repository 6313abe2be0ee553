//! What streams hold is bounded, in events and in bytes; what the server says by itself is heard.

use realtime_rs::{Changes, Channel, ChannelStatus, PresenceEvent, RealtimeBuilder};
use serde_json::{Value, json};

use crate::peer::{Conn, Peer, peer};
use crate::{both, seconds, until};

async fn room(builder: RealtimeBuilder) -> Channel {
    builder.build().unwrap().channel("room").build().unwrap()
}

async fn subscribe(channel: &Channel, server: &mut Peer) -> (Conn, Value) {
    let (subscribed, joined) = both(channel.subscribe(), async {
        let mut conn = server.accept().await;
        let join = conn.join().await;
        (conn, join)
    })
    .await;
    subscribed.unwrap();
    joined
}

#[tokio::test(start_paused = true)]
async fn a_stream_holds_only_so_many_bytes_and_says_what_it_dropped() {
    let (mut server, builder) = peer();
    let channel = room(builder.queue_bytes(3000)).await;
    let mut texts = channel.broadcasts::<String>("n");
    let (mut conn, _) = subscribe(&channel, &mut server).await;
    let text = |letter: &str| json!(letter.repeat(1200));
    for letter in ["a", "b", "c", "d"] {
        conn.broadcast("realtime:room", "n", text(letter)).await;
    }
    // A small one would fit; but what was dropped before it must be told before it.
    conn.broadcast("realtime:room", "n", json!("small")).await;
    tokio::time::sleep(seconds(1)).await;
    for letter in ["a", "b"] {
        let next = texts.next().await.unwrap().unwrap();
        assert!(next.payload.starts_with(letter), "{}", next.payload);
    }
    let lagged = texts.next().await.unwrap().unwrap_err();
    assert_eq!(lagged.to_string(), "2 events were dropped unread");
    assert_eq!(texts.next().await.unwrap().unwrap().payload, "small");
    // What is larger than all of it is held alone.
    for length in [5000, 1, 5000] {
        let text = json!("x".repeat(length));
        conn.broadcast("realtime:room", "n", text).await;
    }
    tokio::time::sleep(seconds(1)).await;
    assert_eq!(texts.next().await.unwrap().unwrap().payload.len(), 5000);
    assert!(texts.next().await.unwrap().unwrap_err().is_lagged());
    conn.broadcast("realtime:room", "n", json!("end")).await;
    assert_eq!(texts.next().await.unwrap().unwrap().payload, "end");
}

#[tokio::test(start_paused = true)]
async fn hidden_bytes_of_a_message_count_too() {
    let (mut server, builder) = peer();
    let channel = room(builder.queue_bytes(3000)).await;
    let mut numbers = channel.broadcasts::<u8>("n");
    let (mut conn, _) = subscribe(&channel, &mut server).await;
    let junk = "j".repeat(2000);
    for number in 0..3 {
        let payload = json!({ "event": "n", "payload": number, "junk": junk });
        conn.push("realtime:room", "broadcast", payload).await;
    }
    tokio::time::sleep(seconds(1)).await;
    assert_eq!(numbers.next().await.unwrap().unwrap().payload, 0);
    let lagged = numbers.next().await.unwrap().unwrap_err();
    assert_eq!(lagged.to_string(), "2 events were dropped unread");
}

#[tokio::test(start_paused = true)]
async fn who_is_there_comes_whole_however_many_they_are() {
    let (mut server, builder) = peer();
    let channel = room(builder.queue(3)).await;
    let mut people = channel.presence::<Value>();
    let (mut conn, join) = subscribe(&channel, &mut server).await;
    assert_eq!(people.next().await.unwrap().unwrap(), PresenceEvent::Sync);
    let metas = |number: i32| json!({ "metas": [{ "phx_ref": format!("r{number}") }] });
    let state: Value = (0..300).map(|n| (format!("k{n}"), metas(n))).collect();
    for state in [state, json!({})] {
        conn.send(json!([join[0], null, join[2], "presence_state", state]))
            .await;
    }
    tokio::time::sleep(seconds(1)).await;
    for _ in 0..300 {
        let event = people.next().await.unwrap().unwrap();
        assert!(matches!(event, PresenceEvent::Join { .. }), "{event:?}");
    }
    assert_eq!(people.next().await.unwrap().unwrap(), PresenceEvent::Sync);
    // The second message found no room; it is missed as a whole.
    let lagged = people.next().await.unwrap().unwrap_err();
    assert_eq!(lagged.to_string(), "301 events were dropped unread");
    assert!(channel.presence_state::<Value>().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_stop_comes_after_what_was_missed() {
    let (mut server, builder) = peer();
    let channel = room(builder.queue(1)).await;
    let mut numbers = channel.broadcasts::<u8>("n");
    let (mut conn, join) = subscribe(&channel, &mut server).await;
    for number in 0..3 {
        conn.broadcast("realtime:room", "n", json!(number)).await;
    }
    let words = "You no longer have permission to read from this Channel topic: room";
    conn.close_channel(&join, Some(words)).await;
    tokio::time::sleep(seconds(1)).await;
    assert_eq!(numbers.next().await.unwrap().unwrap().payload, 0);
    assert!(numbers.next().await.unwrap().unwrap_err().is_lagged());
    assert!(numbers.next().await.unwrap().unwrap_err().is_closed());
    assert!(numbers.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn what_the_server_says_by_itself_is_a_stream() {
    let (mut server, builder) = peer();
    let channel = room(builder).await;
    let mut system = channel.system_events();
    let _todos = channel.changes::<Value>(Changes::all("todos"));
    let (mut conn, join) = subscribe(&channel, &mut server).await;
    let event = system.next().await.unwrap().unwrap();
    assert!(event.is_ok());
    assert_eq!(
        (event.extension.as_str(), event.message.as_str()),
        ("postgres_changes", "Subscribed to PostgreSQL")
    );
    let words = "You no longer have permission to read from this Channel topic: room";
    conn.close_channel(&join, Some(words)).await;
    let event = system.next().await.unwrap().unwrap();
    assert_eq!(
        (event.is_ok(), event.status.as_str(), event.message.as_str()),
        (false, "error", words)
    );
    assert!(system.next().await.is_none(), "it ends with the channel");
}

/// The server's database is away for a while, and the channel stays joined all the time.
#[tokio::test(start_paused = true)]
async fn changes_that_stop_for_a_while_are_a_gap_of_theirs_alone() {
    let (mut server, builder) = peer();
    let channel = room(builder).await;
    let mut todos = channel.changes::<Value>(Changes::all("todos"));
    let mut chat = channel.broadcasts::<u8>("n");
    let (mut conn, join) = subscribe(&channel, &mut server).await;
    let payload = json!({
        "message": "Unable to connect to the project database",
        "status": "error", "extension": "postgres_changes"
    });
    conn.push("realtime:room", "system", payload).await;
    until(&channel, |status| matches!(status, ChannelStatus::Joined)).await;
    conn.confirm(&join).await;
    until(&channel, ChannelStatus::is_subscribed).await;
    assert!(todos.next().await.unwrap().unwrap_err().is_gap());
    conn.broadcast("realtime:room", "n", json!(1)).await;
    assert_eq!(
        chat.next().await.unwrap().unwrap().payload,
        1,
        "no gap here"
    );
    // A confirmation by itself, as after each new token, is none.
    conn.confirm(&join).await;
    let more = tokio::time::timeout(seconds(1), todos.next()).await;
    assert!(more.is_err(), "{more:?}");
}

/// What happens between the join and the confirmation is not missed twice: the mark comes with the confirmation.
#[tokio::test(start_paused = true)]
async fn changes_tell_of_an_absence_once_they_flow_again() {
    let (mut server, builder) = peer();
    let channel = room(builder).await;
    let mut todos = channel.changes::<Value>(Changes::all("todos"));
    let (conn, _) = subscribe(&channel, &mut server).await;
    drop(conn);
    let mut conn = server.accept().await;
    let join = conn.next().await;
    let mut bound = join[4]["config"]["postgres_changes"].clone();
    bound[0]["id"] = json!(5);
    conn.reply(&join, json!({ "postgres_changes": bound }))
        .await;
    let early = tokio::time::timeout(seconds(2), todos.next()).await;
    assert!(early.is_err(), "{early:?}");
    conn.confirm(&join).await;
    assert!(todos.next().await.unwrap().unwrap_err().is_gap());
}

#[tokio::test(start_paused = true)]
async fn dropping_a_channel_leaves_it_while_the_others_stay() {
    let (mut server, builder) = peer();
    let realtime = builder.build().unwrap();
    let channel = realtime.channel("room").build().unwrap();
    let (mut conn, first) = subscribe(&channel, &mut server).await;
    let other = realtime.channel("other").build().unwrap();
    both(other.subscribe(), conn.join()).await.0.unwrap();
    drop(channel);
    let leave = tokio::time::timeout(seconds(20), conn.next())
        .await
        .unwrap();
    assert_eq!((&leave[2], &leave[3]), (&first[2], &json!("phx_leave")));
    conn.reply(&leave, json!({})).await;
    assert!(other.status().is_subscribed());
    assert_eq!(realtime.channels().len(), 1);
}

/// A flood that arrives at once is more than a stream holds; a program that does nothing but read misses none of it.
#[tokio::test(start_paused = true)]
async fn a_program_that_reads_misses_nothing_of_a_flood() {
    let (mut server, builder) = peer();
    let channel = room(builder).await;
    let mut numbers = channel.broadcasts::<u32>("n");
    let (mut conn, _) = subscribe(&channel, &mut server).await;
    let flood = tokio::spawn(async move {
        for number in 0..5000 {
            conn.broadcast("realtime:room", "n", json!(number)).await;
        }
        conn
    });
    for number in 0..5000 {
        assert_eq!(numbers.next().await.unwrap().unwrap().payload, number);
    }
    drop(flood.await.unwrap());
}
