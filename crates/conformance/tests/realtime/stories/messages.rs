//! Broadcasts and presence, as the JavaScript client was recorded.

use serde_json::json;

use crate::Story;
use crate::room::word;
use crate::stories::KINDS;

pub(crate) const STORIES: &[Story] = &[
    Story::new("js/realtime/broadcast/send", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            Some(word(channel.send("cursor", &json!({ "x": 1, "name": "Zoë" })).await))
        })
    }),
    Story::new("js/realtime/broadcast/send-no-payload", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            Some(word(channel.send("ping", &json!({})).await))
        })
    }),
    Story::new("js/realtime/broadcast/send-extra-fields", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            Some(word(channel.send("e", &json!({ "a": 1 })).await))
        })
    }),
    Story::new("js/realtime/broadcast/ack-ok", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c.ack());

            channel.subscribe().await.ok()?;
            Some(word(channel.send("cursor", &json!({ "x": 1 })).await))
        })
    }),
    Story::new("js/realtime/broadcast/ack-timeout", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c.ack());

            channel.subscribe().await.ok()?;
            Some(word(channel.send("cursor", &json!({ "x": 1 })).await))
        })
    }),
    Story::new("js/realtime/broadcast/no-ack-resolves-at-once", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            Some(word(channel.send("cursor", &json!({})).await))
        })
    }),
    Story::new("js/realtime/broadcast/vsn1-receive", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.broadcasts(&channel, "cursor", "b");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/receive/json-frame", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.broadcasts(&channel, "cursor", "b");
            room.broadcasts(&channel, "__end", "end");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/receive/binary-json", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.broadcasts(&channel, "cursor", "b");
            room.broadcasts(&channel, "__end", "end");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/receive/binary-meta", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.broadcasts(&channel, "cursor", "b");
            room.broadcasts(&channel, "__end", "end");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/receive/json-meta", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.broadcasts(&channel, "cursor", "b");
            room.broadcasts(&channel, "__end", "end");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/receive/other-topic", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.broadcasts(&channel, "cursor", "b");
            room.broadcasts(&channel, "__end", "end");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/receive/binary-bytes", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.binary(&channel, "bin", "b");
            room.broadcasts(&channel, "__end", "end");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/receive/binary-empty-bytes", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.binary(&channel, "bin", "b");
            room.broadcasts(&channel, "__end", "end");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/receive/binary-unicode", |room| {
        Box::pin(async move {
            let channel = room.channel("räum", "status", |c| c);
            room.broadcasts(&channel, "ärger", "b");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/receive/wildcard", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.all(&channel, "all");
            room.broadcasts(&channel, "__end", "end");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/receive/other-event", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.broadcasts(&channel, "cursor", "b");
            room.broadcasts(&channel, "__end", "end");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/receive/two-listeners", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.broadcasts(&channel, "cursor", "first");
            room.broadcasts(&channel, "cursor", "second");
            room.broadcasts(&channel, "__end", "end");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/receive/scalar-payload", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.broadcasts(&channel, "n", "b");
            room.broadcasts(&channel, "__end", "end");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/receive/listener-added-after-join", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            room.broadcasts(&channel, "cursor", "b");
            None
        })
    }),
    Story::new("js/realtime/presence/track", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c.presence_key("user-1"));
            room.presence(&channel, &KINDS);
            channel.subscribe().await.ok()?;
            Some(word(channel.track(&json!({ "online_at": "2026-01-01", "n": 1 })).await))
        })
    }),
    Story::new("js/realtime/presence/state-and-diff", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.presence(&channel, &KINDS);
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/presence/state-two-connections-one-key", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.presence(&channel, &KINDS);
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/presence/update", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.presence(&channel, &KINDS);
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/presence/new-state-computes-join-and-leave", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.presence(&channel, &KINDS);
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/push/buffered-until-joined", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c.with_presence());
            let payload = json!({ "a": 1 });
            let (subscribed, tracked) = tokio::join!(channel.subscribe(), async {
                tokio::task::yield_now().await;
                channel.track(&payload).await
            });
            subscribed.ok()?;
            Some(word(tracked))
        })
    })
    .differs(
        "to track, presence is asked for with the join",
        &[r##"frame: ["realtime:room","phx_join",{"config":{"broadcast":{"ack":false,"self":false},"postgres_changes":[],"presence":{"enabled":true,"key":""},"private":false}}], recorded ["realtime:room","phx_join",{"config":{"broadcast":{"ack":false,"self":false},"postgres_changes":[],"presence":{"enabled":false,"key":""},"private":false}}]"##],
    ),
];
