//! Connections, joins and goodbyes, as the JavaScript client was recorded.

use std::time::{Duration, UNIX_EPOCH};

use realtime_rs::{AccessToken, Changes, Replay, token_fn};
use serde_json::json;

use crate::Story;
use crate::room::word;
use crate::stories::{heartbeats, names, state, subscribing, until_away, until_back};

pub(crate) const STORIES: &[Story] = &[
    Story::new("js/realtime/client/connect-by-subscribe", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/join/default", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/join/empty-config", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/join/private-false", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/join/broadcast-self-false", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/join/broadcast-self", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c.receive_own());

            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/join/broadcast-ack", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c.ack());

            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/join/broadcast-both", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c.ack().receive_own());

            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/join/broadcast-replay", |room| {
        Box::pin(async move {
            let channel = room.room(|c| {
                c.private().replay(
                    Replay::since(UNIX_EPOCH + Duration::from_millis(1_767_225_600_000)).limit(10),
                )
            });

            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/join/broadcast-replay-since-only", |room| {
        Box::pin(async move {
            let channel = room.room(|c| {
                c.private()
                    .replay(Replay::since(UNIX_EPOCH + Duration::from_millis(1_767_225_600_000)))
            });

            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/join/presence-key-enabled", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c.presence_key("user-1"));

            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/join/presence-listener-enables", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.presence(&channel, &[("sync", "presence")]);
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/join/private-with-changes", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c.private());
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/join/postgres-changes", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            room.changes(&channel, Changes::insert("todos"), "insert");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/join/postgres-changes-select", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("todos").columns(["id", "name"]), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/join/everything", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c.private().ack().receive_own().presence_key("k"));
            room.broadcasts(&channel, "x", "b");
            room.presence(&channel, &[("join", "p")]);
            room.changes(&channel, Changes::delete("t").schema("s"), "c");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/join/topic-unicode", |room| {
        Box::pin(async move {
            let channel = room.channel("räum:1/ä b", "status", |c| c);
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/join/two-channels", |room| {
        Box::pin(async move {
            let (a, b) = (room.channel("a", "a", |c| c), room.channel("b", "b", |c| c));
            let (one, other) = tokio::join!(a.subscribe(), b.subscribe());
            one.and(other).ok()?;
            None
        })
    }),
    Story::new("js/realtime/join/private-unauthorized", |room| {
        Box::pin(async move {
            let channel = room.channel("secret", "status", |c| c.private());
            channel.subscribe().await.err()?;
            None
        })
    }),
    Story::new("js/realtime/join/error", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            let channel_ = channel.clone();
            tokio::spawn(async move { channel_.subscribe().await });
            until_away(&channel).await;
            None
        })
    })
    .with(|b| b.reconnect_after(|_| Duration::from_secs(3600))),
    Story::new("js/realtime/join/error-several-fields", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            let channel_ = channel.clone();
            tokio::spawn(async move { channel_.subscribe().await });
            until_away(&channel).await;
            None
        })
    })
    .with(|b| b.reconnect_after(|_| Duration::from_secs(3600))),
    Story::new("js/realtime/join/error-empty", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            let channel_ = channel.clone();
            tokio::spawn(async move { channel_.subscribe().await });
            until_away(&channel).await;
            None
        })
    })
    .with(|b| b.reconnect_after(|_| Duration::from_secs(3600))),
    Story::new("js/realtime/join/pg-bindings-mismatch", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::insert("todos"), "change");
            channel.subscribe().await.err()?;
            None
        })
    })
    .differs(
        "the recorded client closes and fails: one end is one status",
        &[r##"status: ["CHANNEL_ERROR"], recorded ["CLOSED","CHANNEL_ERROR"]"##],
    ),
    Story::new("js/realtime/join/pg-bindings-nulls-match", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            subscribing(&channel).await;
            None
        })
    }),
    Story::new("js/realtime/join/ok-without-pg", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/join/outdated-message-dropped", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.broadcasts(&channel, "x", "b");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/join/refused-connection-then-ok", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            channel.subscribe().await.ok()?;
            None
        })
    })
    .differs(
        "a defect of the recorded client: it joins twice, and only the second join is answered",
        &[r##"join_ref: 1, recorded 13"##,
        r##"frame: ["realtime:room","phx_leave",{}], recorded ["realtime:room","phx_join",{"config":{"broadcast":{"ack":false,"self":false},"postgres_changes":[],"presence":{"enabled":false,"key":""},"private":false}}]"##,
        r##"status: ["CHANNEL_ERROR","CHANNEL_ERROR","CHANNEL_ERROR","CHANNEL_ERROR","CHANNEL_ERROR"], recorded ["CHANNEL_ERROR","SUBSCRIBED"]"##],
    ),
    Story::new("js/realtime/client/connect", |room| {
        Box::pin(async move {
            room.client.connect().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/client/connect-log-level", |room| {
        Box::pin(async move {
            room.client.connect().await.ok()?;
            None
        })
    })
    .with(|b| b.server_log_level("info")),
    Story::new("js/realtime/client/connect-publishable-key", |room| {
        Box::pin(async move {
            room.client.connect().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/client/connect-twice", |room| {
        Box::pin(async move {
            let (one, other) = tokio::join!(room.client.connect(), room.client.connect());
            one.and(other).ok()?;
            room.client.connect().await.ok()?;
            Some(1.into())
        })
    }),
    Story::new("js/realtime/client/lazy", |room| {
        Box::pin(async move {
            let _channel = room.room(|c| c);
            room.settle().await;
            Some(state(room))
        })
    }),
    Story::new("js/realtime/client/state-after-drop", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            until_away(&channel).await;
            let dropped = state(room);
            until_back(&channel).await;
            Some(json!([dropped, state(room)]))
        })
    }),
    Story::new("js/realtime/client/disconnect-never-connected", |room| {
        Box::pin(async move { Some(word(room.client.disconnect().await)) })
    }),
    Story::new("js/realtime/client/disconnect", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            Some(word(room.client.disconnect().await))
        })
    }),
    Story::new("js/realtime/client/channel-after-unsubscribe-is-new", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            channel.unsubscribe().await.ok()?;
            let again = room.channel("room", "status2", |c| c);
            again.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/client/remove-channel", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            let other = room.client.channel("other").build().ok()?;
            let removed = word(room.client.remove_channel(&channel).await);
            let left = room.client.channels();
            let left: Vec<_> = left.iter().map(|c| format!("realtime:{}", c.name())).collect();
            drop(other);
            Some(json!([removed, left]))
        })
    }),
    Story::new("js/realtime/client/remove-channel-not-joined", |room| {
        Box::pin(async move {
            let channel = room.client.channel("room").build().ok()?;
            let removed = word(room.client.remove_channel(&channel).await);
            Some(json!([removed, room.client.channels().len()]))
        })
    }),
    Story::new("js/realtime/client/get-channels", |room| {
        Box::pin(async move {
            let (a, _b) =
                (room.channel("a", "status", |c| c), room.client.channel("b").build().ok()?);
            let before = names(room);
            a.subscribe().await.ok()?;
            a.unsubscribe().await.ok()?;
            Some(json!([before, names(room)]))
        })
    }),
    Story::new("js/realtime/leave/ok", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            channel.unsubscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/leave/last-channel-default-delay", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            channel.unsubscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/leave/last-channel-deferred", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            channel.unsubscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/leave/timeout", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            channel.unsubscribe().await.ok()?;
            None
        })
    })
    .with(|b| b.timeout(Duration::from_millis(60))),
    Story::new("js/realtime/leave/never-subscribed", |room| {
        Box::pin(async move {
            let channel = room.client.channel("room").build().ok()?;
            channel.unsubscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/leave/deferred-cancelled-by-new-channel", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            channel.unsubscribe().await.ok()?;
            let other = room.channel("other", "other", |c| c);
            other.subscribe().await.ok()?;
            tokio::time::sleep(Duration::from_millis(60)).await;
            None
        })
    }),
    Story::new("js/realtime/reconnect/after-drop", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            until_away(&channel).await;
            until_back(&channel).await;
            None
        })
    }),
    Story::new("js/realtime/reconnect/after-clean-server-close", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            until_away(&channel).await;
            until_back(&channel).await;
            None
        })
    }),
    Story::new("js/realtime/reconnect/after-abrupt-end", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            until_away(&channel).await;
            until_back(&channel).await;
            None
        })
    }),
    Story::new("js/realtime/heartbeat/ok", |room| {
        Box::pin(async move {
            heartbeats(room);
            room.client.connect().await.ok()?;
            room.settle().await;
            None
        })
    }),
    Story::new("js/realtime/heartbeat/error-reply", |room| {
        Box::pin(async move {
            heartbeats(room);
            room.client.connect().await.ok()?;
            room.settle().await;
            None
        })
    }),
    Story::new("js/realtime/heartbeat/interval-custom", |room| {
        Box::pin(async move {
            room.client.connect().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/token/session", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            None
        })
    })
    .with(|b| {
        b.token_source(token_fn(|| async { Ok(Some(AccessToken::parse("user-access-token")?)) }))
    }),
    Story::new("js/realtime/token/third-party-null", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);

            channel.subscribe().await.ok()?;
            None
        })
    })
    .with(|b| b.token_source(token_fn(|| async { Ok(None) }))),
];
