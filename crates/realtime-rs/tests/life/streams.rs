//! What the streams yield, and what is refused before it is sent.

use bytes::Bytes;
use fastwebsockets::{Frame, Payload as Data};
use realtime_rs::{
    ChangeEvent, Changes, Channel, ErrorKind, Payload, PresenceEvent, Protocol, RealtimeBuilder,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, timeout};

use crate::peer::{Conn, Peer, peer};
use crate::{both, seconds, until};

#[derive(Debug, Serialize, Deserialize, PartialEq)]
struct Message {
    text: String,
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

async fn room(builder: RealtimeBuilder) -> Channel {
    builder.build().unwrap().channel("room").build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn broadcasts_of_every_kind_arrive_where_they_belong() {
    let (mut server, builder) = peer();
    let channel = room(builder).await;
    let mut chat = channel.broadcasts::<Message>("chat");
    let mut bytes = channel.binary_broadcasts("raw");
    let mut all = channel.all_broadcasts();
    let (mut conn, _) = subscribe(&channel, &mut server).await;
    conn.broadcast("realtime:room", "chat", json!({ "text": "hi" }))
        .await;
    conn.broadcast("realtime:other", "chat", json!({ "text": "not ours" }))
        .await;
    conn.broadcast("realtime:room", "Chat", json!({ "text": "another name" }))
        .await;
    let mut kind4 = vec![4, 13, 4, 27, 1];
    kind4.extend(br#"realtime:roomchat{"id":"a1","replayed":true}{"text":"again"}"#);
    conn.send_raw(Frame::binary(Data::Owned(kind4))).await;
    let mut raw = vec![4, 13, 3, 0, 0];
    raw.extend(b"realtime:roomraw\xff\x00");
    conn.send_raw(Frame::binary(Data::Owned(raw))).await;
    // A peer's bytes that are no JSON, and one that is no message.
    let mut broken = vec![4, 13, 4, 0, 1];
    broken.extend(b"realtime:roomchat{nope");
    conn.send_raw(Frame::binary(Data::Owned(broken))).await;
    conn.broadcast("realtime:room", "chat", json!(7)).await;
    conn.broadcast("realtime:room", "chat", json!({ "text": "bye" }))
        .await;

    let first = chat.next().await.unwrap().unwrap();
    assert_eq!(
        (&*first.event, first.payload.text.as_str(), first.replayed),
        ("chat", "hi", false)
    );
    let second = chat.next().await.unwrap().unwrap();
    assert_eq!((second.id.as_deref(), second.replayed), (Some("a1"), true));
    for _ in 0..2 {
        let error = chat.next().await.unwrap().unwrap_err();
        assert!(error.is_decode(), "{error}");
        assert!(!error.to_string().contains("nope"), "{error}");
    }
    assert_eq!(chat.next().await.unwrap().unwrap().payload.text, "bye");
    assert_eq!(
        bytes.next().await.unwrap().unwrap().payload,
        Bytes::from_static(b"\xff\x00")
    );
    let mut names = Vec::new();
    for _ in 0..7 {
        names.push(all.next().await.unwrap().unwrap());
    }
    assert_eq!(&*names[1].event, "Chat");
    assert_eq!(
        names[3].payload,
        Payload::Binary(Bytes::from_static(b"\xff\x00"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_slow_program_is_told_how_much_it_missed() {
    let (mut server, builder) = peer();
    let channel = room(builder.queue(3)).await;
    let mut chat = channel.broadcasts::<u64>("n");
    let (mut conn, _) = subscribe(&channel, &mut server).await;
    for number in 0..10 {
        conn.broadcast("realtime:room", "n", json!(number)).await;
    }
    tokio::time::sleep(seconds(1)).await;
    for number in 0..3 {
        assert_eq!(chat.next().await.unwrap().unwrap().payload, number);
    }
    let lagged = chat.next().await.unwrap().unwrap_err();
    assert!(lagged.is_lagged());
    assert_eq!(lagged.to_string(), "7 events were dropped unread");
    conn.broadcast("realtime:room", "n", json!(10)).await;
    assert_eq!(chat.next().await.unwrap().unwrap().payload, 10);
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_the_join_is_bounded_and_ends_in_time() {
    let (mut server, builder) = peer();
    let channel = room(builder).await;
    let error = channel.send("n", &1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request, "before subscribe");
    let subscribing = tokio::spawn({
        let channel = channel.clone();
        async move { channel.subscribe().await }
    });
    let mut conn = server.accept().await;
    let join = conn.next().await;
    let early: Vec<_> = (0..100)
        .map(|number| {
            let channel = channel.clone();
            tokio::spawn(async move { channel.send("n", &number).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(10)).await;
    let error = channel.send("n", &100).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request, "the 101st: {error}");
    conn.admit(&join).await;
    for sent in early {
        sent.await.unwrap().unwrap();
        assert!(conn.next().await["base64"].is_string());
    }
    subscribing.await.unwrap().unwrap();
    drop(conn);
    tokio::time::sleep(Duration::from_millis(1)).await;
    for _ in 0..100 {
        server.refuse(503);
    }
    let start = Instant::now();
    let error = channel.send("n", &1).await.unwrap_err();
    assert!(error.never_sent(), "{error:?}");
    assert_eq!(start.elapsed(), seconds(10));
}

#[tokio::test(start_paused = true)]
async fn acknowledged_sends_wait_for_the_server() {
    let (mut server, builder) = peer();
    let realtime = builder.build().unwrap();
    let channel = realtime.channel("room").ack().build().unwrap();
    let (mut conn, _) = subscribe(&channel, &mut server).await;
    let refuse = async {
        let frame = conn.next().await;
        let bytes = frame["base64"].as_str().unwrap();
        assert!(bytes.starts_with("Aw"), "kind 3: {bytes}");
        let payload = json!({ "status": "error", "response": "payload_size_exceeded" });
        conn.send(json!(["1", "2", "realtime:room", "phx_reply", payload]))
            .await;
    };
    let error = both(channel.send("n", &1), refuse).await.0.unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::Api, "payload_size_exceeded")
    );
    let start = Instant::now();
    let (sent, frame) = both(channel.send("n", &1), conn.next()).await;
    assert!(sent.unwrap_err().is_timeout() && frame.is_object());
    assert_eq!(
        start.elapsed(),
        seconds(10),
        "without permission no answer ever comes"
    );
    assert!(
        channel.status().is_subscribed(),
        "and the connection is not to blame"
    );
}

#[tokio::test(start_paused = true)]
async fn too_large_is_refused_here() {
    let (mut server, builder) = peer();
    let channel = room(builder).await;
    let (mut conn, _) = subscribe(&channel, &mut server).await;
    let error = channel
        .send_binary("n", vec![0; 5_000_000])
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request);
    let error = channel.send(&"e".repeat(256), &1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request);
    channel.send_binary("n", vec![1, 2]).await.unwrap();
    assert!(conn.next().await["base64"].is_string());
}

#[tokio::test(start_paused = true)]
async fn presence_is_merged_tracked_and_tracked_again() {
    let (mut server, builder) = peer();
    let realtime = builder.build().unwrap();
    let channel = realtime
        .channel("room")
        .presence_key("ada")
        .build()
        .unwrap();
    let mut people = channel.presence::<Message>();
    let (mut conn, join) = subscribe(&channel, &mut server).await;
    assert_eq!(
        join[4]["config"]["presence"],
        json!({ "key": "ada", "enabled": true })
    );
    assert_eq!(people.next().await.unwrap().unwrap(), PresenceEvent::Sync);
    let me = Message {
        text: "here".to_owned(),
    };
    let (tracked, ()) = both(channel.track(&me), async {
        let frame = conn.next().await;
        let payload =
            json!({ "type": "presence", "event": "track", "payload": { "text": "here" } });
        assert_eq!((&frame[3], &frame[4]), (&json!("presence"), &payload));
        conn.reply(&frame, json!({})).await;
        let joins = json!({ "ada": { "metas": [{ "phx_ref": "r1", "text": "here" }] } });
        let diff = json!({ "joins": joins, "leaves": {} });
        conn.push("realtime:room", "presence_diff", diff).await;
    })
    .await;
    tracked.unwrap();
    let PresenceEvent::Join { key, joined, .. } = people.next().await.unwrap().unwrap() else {
        panic!()
    };
    assert_eq!(
        (
            key.as_str(),
            joined[0].presence_ref.as_str(),
            &joined[0].data
        ),
        ("ada", "r1", &me)
    );
    assert_eq!(
        channel.presence_state::<Message>().unwrap()["ada"][0].data,
        me
    );
    drop(conn);
    let mut conn = server.accept().await;
    conn.join().await;
    let frame = conn.next().await;
    assert_eq!(
        frame[4]["payload"],
        json!({ "text": "here" }),
        "shown again"
    );
    for _ in 0..3 {
        let (result, ()) = both(channel.track(&me), async {
            let frame = conn.next().await;
            conn.reply(&frame, json!({})).await;
        })
        .await;
        result.unwrap();
    }
    let error = channel.track(&me).await.unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::Request,
        "the sixth in 30 s: {error}"
    );
    assert_eq!(
        channel.track(&7).await.unwrap_err().kind(),
        ErrorKind::Request,
        "no object"
    );
}

#[tokio::test(start_paused = true)]
async fn a_late_presence_stream_joins_again_with_presence() {
    let (mut server, builder) = peer();
    let channel = room(builder).await;
    let (mut conn, first) = subscribe(&channel, &mut server).await;
    assert_eq!(
        channel.track(&json!({})).await.unwrap_err().kind(),
        ErrorKind::Request
    );
    let mut people = channel.presence::<Value>();
    let leave = conn.next().await;
    assert_eq!(leave[3], "phx_leave");
    conn.reply(&leave, json!({})).await;
    conn.close_channel(&first, None).await;
    let join = conn.join().await;
    assert_eq!(join[4]["config"]["presence"]["enabled"], true);
    until(&channel, |status| status.is_subscribed()).await;
    let event = people.next().await.unwrap();
    assert!(event.is_err_and(|gap| gap.is_gap()));
    assert_eq!(people.next().await.unwrap().unwrap(), PresenceEvent::Sync);
}

#[derive(Debug, Deserialize, PartialEq)]
struct Todo {
    id: i64,
    title: Option<String>,
}

#[tokio::test(start_paused = true)]
async fn changes_go_to_those_who_asked_with_typed_rows() {
    let (mut server, builder) = peer();
    let channel = room(builder).await;
    let mut all = channel.changes::<Todo>(Changes::all("to_dos").eq("room", "a,b"));
    let mut deletes = channel.changes::<Todo>(Changes::delete("to_dos").columns(["id"]));
    let (mut conn, join) = subscribe(&channel, &mut server).await;
    assert_eq!(
        join[4]["config"]["postgres_changes"],
        json!([
            { "event": "*", "schema": "public", "table": "to_dos", "filter": "room=eq.\"a,b\"" },
            { "event": "DELETE", "schema": "public", "table": "to_dos", "select": ["id"] },
        ])
    );
    let columns = json!([{ "name": "id", "type": "int8" }, { "name": "title", "type": "text" }]);
    let send = |ids: Value, table: &str, kind: &str, record: Value, old: Value| {
        let data = json!({
            "schema": "public", "table": table, "type": kind, "columns": columns, "errors": null,
            "commit_timestamp": "2026-01-01T00:00:00.000Z", "record": record, "old_record": old,
        });
        json!([null, null, "realtime:room", "postgres_changes", { "ids": ids, "data": data }])
    };
    let row = json!({ "id": 9_007_199_254_740_993_i64, "title": "a" });
    conn.send(send(
        json!([100, 100]),
        "to_dos",
        "INSERT",
        row,
        Value::Null,
    ))
    .await;
    // The server takes the underscore for any letter.
    conn.send(send(
        json!([100]),
        "toXdos",
        "INSERT",
        json!({ "id": 1 }),
        Value::Null,
    ))
    .await;
    conn.send(send(
        json!([7]),
        "to_dos",
        "INSERT",
        json!({ "id": 2 }),
        Value::Null,
    ))
    .await;
    conn.send(send(
        json!([101, 100]),
        "to_dos",
        "DELETE",
        Value::Null,
        json!({ "id": 3 }),
    ))
    .await;
    let first = all.next().await.unwrap().unwrap();
    let todo = Todo {
        id: 9_007_199_254_740_993,
        title: Some("a".to_owned()),
    };
    assert_eq!((first.event, first.new), (ChangeEvent::Insert, Some(todo)));
    assert!(first.old.is_none() && first.errors.is_empty());
    for stream in [&mut all, &mut deletes] {
        let change = stream.next().await.unwrap().unwrap();
        assert_eq!((change.event, &change.new), (ChangeEvent::Delete, &None));
        let old: Todo = change.old.unwrap().read().unwrap();
        assert_eq!(old.id, 3);
        assert!(
            timeout(seconds(1), stream.next()).await.is_err(),
            "once each"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn protocol_one_speaks_objects() {
    let (mut server, builder) = peer();
    let channel = room(builder.protocol(Protocol::V1)).await;
    let mut chat = channel.broadcasts::<u8>("n");
    let (subscribed, mut conn) = both(channel.subscribe(), async {
        let mut conn = server.accept().await;
        let join = conn.recv().await;
        assert_eq!((&join["event"], &join["ref"]), (&json!("phx_join"), &json!("1")));
        assert_eq!(join["join_ref"], "1");
        let payload = json!({ "status": "ok", "response": { "postgres_changes": [] } });
        conn.send(json!({ "topic": "realtime:room", "event": "phx_reply", "payload": payload, "ref": "1" })).await;
        conn
    })
    .await;
    subscribed.unwrap();
    channel.send("n", &5).await.unwrap();
    let frame = conn.recv().await;
    let payload = json!({ "type": "broadcast", "event": "n", "payload": 5 });
    assert_eq!(
        (&frame["event"], &frame["payload"]),
        (&json!("broadcast"), &payload)
    );
    assert_eq!(
        channel.send_binary("n", vec![1]).await.unwrap_err().kind(),
        ErrorKind::Request
    );
    // A peer's forgery makes the frame unreadable, and costs it alone.
    conn.send_raw(Frame::text(Data::Borrowed(br#"{"topic":"realtime:room","event":"broadcast","payload":{},"ref":null,"event":"phx_close","ref":"1"}"#))).await;
    conn.send(
        json!({ "topic": "realtime:room", "event": "broadcast", "payload": payload, "ref": null }),
    )
    .await;
    assert_eq!(chat.next().await.unwrap().unwrap().payload, 5);
}

#[tokio::test(start_paused = true)]
async fn bad_names_are_refused_early() {
    let (_server, builder) = peer();
    let realtime = builder.build().unwrap();
    for name in ["", "realtime:room", "a\nb", &"x".repeat(247)] {
        assert!(realtime.channel(name).build().is_err(), "{name:?}");
    }
    assert!(realtime.channel("x".repeat(246)).build().is_ok());
    let replay = realtime_rs::Replay::since(std::time::SystemTime::UNIX_EPOCH);
    assert!(realtime.channel("public").replay(replay).build().is_err());
    assert!(
        realtime
            .channel("private")
            .private()
            .replay(replay.limit(26))
            .build()
            .is_err()
    );
    let channel = realtime.channel("room").build().unwrap();
    assert!(
        realtime.channel("room").private().build().is_err(),
        "set up otherwise"
    );
    assert_eq!(realtime.channels().len(), 1);
    let mut bad = channel.changes::<Value>(Changes::all("t").columns(["id"]).eq("name", 1));
    assert!(bad.next().await.unwrap().unwrap_err().is_closed());
    let error = channel.subscribe().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request);
    assert!(error.message().contains("`name`"), "{error}");
}

/// Many fragments make one message, but only so many bytes of them.
#[tokio::test(start_paused = true)]
async fn endless_fragments_end_the_connection_and_not_the_memory() {
    use fastwebsockets::OpCode;
    let (mut server, builder) = peer();
    let channel = room(builder).await;
    let mut chat = channel.broadcasts::<u8>("n");
    let (mut conn, _) = subscribe(&channel, &mut server).await;
    let text = json!([null, null, "realtime:room", "broadcast", { "event": "n", "payload": 3 }])
        .to_string();
    let (start, end) = text.split_at(20);
    conn.send_raw(Frame::new(
        false,
        OpCode::Text,
        None,
        Data::Borrowed(start.as_bytes()),
    ))
    .await;
    conn.send_raw(Frame::new(
        true,
        OpCode::Continuation,
        None,
        Data::Borrowed(end.as_bytes()),
    ))
    .await;
    assert_eq!(chat.next().await.unwrap().unwrap().payload, 3);
    let part = vec![b' '; 1 << 20];
    let flood = async {
        conn.send_raw(Frame::new(false, OpCode::Text, None, Data::Borrowed(&part)))
            .await;
        for _ in 0..100 {
            conn.send_raw(Frame::new(
                false,
                OpCode::Continuation,
                None,
                Data::Borrowed(&part),
            ))
            .await;
        }
    };
    let (gone, ()) = both(until(&channel, |status| status.error().is_some()), flood).await;
    let text = format!("{:?}", gone.error().unwrap());
    assert!(text.contains("more than 16777216 bytes"), "{text}");
}
