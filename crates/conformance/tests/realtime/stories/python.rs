//! Everything that the Python client was recorded doing.

use std::time::Duration;

use realtime_rs::Changes;
use serde_json::json;

use crate::Story;
use crate::stories::{KINDS, until_away, until_back};

pub(crate) const STORIES: &[Story] = &[
    Story::new("py/realtime/subscribe/plain", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);

            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("py/realtime/subscribe/config-empty", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);

            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("py/realtime/subscribe/listen-to-broadcast", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            room.broadcasts(&channel, "cursor-pos", "cursor-pos");
            channel.subscribe().await.ok()?;
            channel.send("cursor-pos", &json!({ "x": 0.5, "y": 0.5 })).await.ok()?;
            None
        })
    }),
    Story::new("py/realtime/subscribe/listen-to-presence-sync", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            room.presence(&channel, &[("sync", "sync")]);
            channel.subscribe().await.ok()?;
            channel.track(&json!({ "online_at": "<timestamp>" })).await.ok()?;
            None
        })
    }),
    Story::new("py/realtime/subscribe/listen-to-presence-join", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            room.presence(&channel, &[("join", "join")]);
            channel.subscribe().await.ok()?;
            channel.track(&json!({ "online_at": "<timestamp>" })).await.ok()?;
            None
        })
    }),
    Story::new("py/realtime/subscribe/listen-to-presence-leave", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            room.presence(&channel, &[("leave", "leave")]);
            channel.subscribe().await.ok()?;
            let me = json!({ "online_at": "<timestamp>" });
            let (tracked, untracked) = tokio::join!(channel.track(&me), channel.untrack());
            tracked.and(untracked).ok()?;
            None
        })
    }),
    Story::new("py/realtime/subscribe/listen-to-all-database-changes", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            room.changes(&channel, Changes::of_schema("*"), "*");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("py/realtime/subscribe/listen-to-a-specific-table", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            room.changes(&channel, Changes::all("countries"), "*");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("py/realtime/subscribe/listen-to-inserts", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            room.changes(&channel, Changes::insert("countries"), "INSERT");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("py/realtime/subscribe/listen-to-updates", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            room.changes(&channel, Changes::update("countries"), "UPDATE");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("py/realtime/subscribe/listen-to-deletes", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            room.changes(&channel, Changes::delete("countries"), "DELETE");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("py/realtime/subscribe/listen-to-multiple-events", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            room.changes(&channel, Changes::insert("countries"), "INSERT");
            room.changes(&channel, Changes::delete("countries"), "DELETE");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("py/realtime/subscribe/listening-to-row-level-changes", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            room.changes(&channel, Changes::update("countries").eq("id", 200), "UPDATE");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("py/realtime/subscribe/postgres-defaults", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            room.changes(&channel, Changes::insert("countries").columns(["id"]), "INSERT");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("py/realtime/subscribe/postgres-errors", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            room.changes(&channel, Changes::of_schema("public"), "*");
            channel.subscribe().await.ok()?;
            None
        })
    })
    .differs(
        "a change without columns can be read",
        &[r##"*: [{"commit_timestamp":"2024-01-01T00:00:00.000Z","errors":["Error 401: Unauthorized"],"eventType":"INSERT","new":{},"old":{},"schema":"public","table":"countries"},{"commit_timestamp":"2024-01-01T00:00:00.000Z","errors":null,"eventType":"INSERT","new":{},"old":{},"schema":"public","table":"countries"}], recorded [{"commit_timestamp":"2024-01-01T00:00:00.000Z","errors":["Error 401: Unauthorized"],"eventType":"INSERT","new":{},"old":{},"schema":"public","table":"countries"}]"##],
    ),
    Story::new("py/realtime/subscribe/presence-cycle", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            room.presence(&channel, &KINDS);
            channel.subscribe().await.ok()?;
            channel.track(&json!({ "user": "me" })).await.ok()?;
            tokio::time::sleep(Duration::from_millis(100)).await;
            channel.untrack().await.ok()?;
            None
        })
    }),
    Story::new("py/realtime/subscribe/presence-late-callback", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);

            channel.subscribe().await.ok()?;
            room.presence(&channel, &[("sync", "sync")]);
            until_back(&channel).await;
            None
        })
    })
    .differs(
        "the channel is on its way all the time: it was not left",
        &[r##"status: ["SUBSCRIBED","SUBSCRIBED"], recorded ["SUBSCRIBED","CLOSED","SUBSCRIBED"]"##],
    ),
    Story::new("py/realtime/subscribe/twice", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);

            channel.subscribe().await.ok()?;
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("py/realtime/subscribe/unknown-frame", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);

            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("py/realtime/subscribe/reconnect-drop", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);

            channel.subscribe().await.ok()?;
            until_away(&channel).await;
            until_back(&channel).await;
            None
        })
    }),
    Story::new("py/realtime/subscribe/config-private-presence-key", |room| {
        Box::pin(async move {
            let channel =
                room.channel("room1", "status", |c| c.private().ack().presence_key("user-1"));

            channel.subscribe().await.ok()?;
            channel.track(&json!({ "a": 1 })).await.ok()?;
            None
        })
    }),
    Story::new("py/realtime/remove-channel/unsubscribe", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);

            channel.subscribe().await.ok()?;
            channel.unsubscribe().await.ok()?;
            None
        })
    }),
    Story::new("py/realtime/broadcast-message/send-a-message", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);

            channel.subscribe().await.ok()?;
            channel.send("cursor-pos", &json!({ "x": 0.5, "y": 0.5 })).await.ok()?;
            None
        })
    }),
    Story::new("py/realtime/broadcast-message/self-and-ack", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c.ack().receive_own());
            room.broadcasts(&channel, "shout", "shout");
            channel.subscribe().await.ok()?;
            channel.send("shout", &json!({ "n": 1 })).await.ok()?;
            None
        })
    }),
];
