//! Tokens, refusals, and what else the two clients were recorded doing.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use realtime_rs::{AccessToken, Changes, Replay, TokenSource, token_fn};
use serde_json::json;

use crate::Story;
use crate::room::word;
use crate::stories::{KINDS, SIGNED_IN, joined, names, state, subscribing, until_away, until_back};

fn constant(token: &'static str) -> impl TokenSource {
    token_fn(move || async move { Ok(Some(AccessToken::parse(token)?)) })
}

/// Nobody at first, and then this token.
fn later(token: &'static str) -> impl TokenSource {
    let asked = AtomicU32::new(0);
    token_fn(move || {
        let token = (asked.fetch_add(1, Ordering::Relaxed) > 0).then_some(token);
        async move { Ok(token.map(AccessToken::parse).transpose()?) }
    })
}

/// Another one each time.
fn numbered() -> impl TokenSource {
    let asked = AtomicU32::new(0);
    token_fn(move || {
        let number = asked.fetch_add(1, Ordering::Relaxed) + 1;
        async move { Ok(Some(AccessToken::parse(&format!("jwt-{number}"))?)) }
    })
}

pub(crate) const STORIES: &[Story] = &[
    Story::new("js/realtime/client/state-never-connected", |room| {
        Box::pin(async move {
            Some(json!([state(room), state(room) == "open", state(room) == "connecting"]))
        })
    }),
    Story::new("js/realtime/client/get-channels-states", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            channel.subscribe().await.ok()?;
            let idle = room.client.channel("idle").build().ok()?;
            Some(json!([["realtime:room", joined(&channel)], ["realtime:idle", joined(&idle)]]))
        })
    }),
    Story::new("js/realtime/client/remove-channel-error", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            channel.subscribe().await.ok()?;

            Some(word(room.client.remove_channel(&channel).await))
        })
    }),
    Story::new("js/realtime/client/remove-all-channels", |room| {
        Box::pin(async move {
            let (a, b) = (room.channel("a", "a", |c| c), room.channel("b", "b", |c| c));
            let (one, other) = tokio::join!(a.subscribe(), b.subscribe());
            one.and(other).ok()?;
            room.client.close().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/token/set-auth-before-join", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            channel.subscribe().await.ok()?;
            room.client.disconnect().await.ok()?;
            None
        })
    })
    .with(|b| b.token_source(constant("jwt-1"))),
    Story::new("js/realtime/token/set-auth-same-value", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            channel.subscribe().await.ok()?;
            room.client.disconnect().await.ok()?;
            None
        })
    })
    .with(|b| b.token_source(constant("jwt-1"))),
    Story::new("js/realtime/token/callback-null", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            channel.subscribe().await.ok()?;
            room.client.disconnect().await.ok()?;
            None
        })
    })
    .with(|b| b.token_source(token_fn(|| async { Ok(None) }))),
    Story::new("js/realtime/token/sign-in-while-joined", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            channel.subscribe().await.ok()?;
            tokio::time::sleep(Duration::from_secs(26)).await;
            None
        })
    })
    .with(|b| b.token_source(later("new-access-token"))),
    Story::new("js/realtime/reconnect/carries-new-token", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            channel.subscribe().await.ok()?;
            until_away(&channel).await;
            until_back(&channel).await;
            room.client.disconnect().await.ok()?;
            None
        })
    })
    .with(|b| b.token_source(numbered())),
    Story::new("js/realtime/join/broadcast-replay-public-throws", |room| {
        Box::pin(async move {
            let replay = Replay::since(UNIX_EPOCH);
            let refused = room.client.channel("room").replay(replay).build();
            Some(word(refused.map(drop)))
        })
    }),
    Story::new("js/realtime/join/timeout", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            subscribing(&channel).await;
            until_away(&channel).await;
            room.settle().await;
            None
        })
    })
    .with(|b| b.timeout(Duration::from_millis(60)).reconnect_after(|_| Duration::from_secs(3600))),
    Story::new("js/realtime/broadcast/send-null-payload", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            channel.subscribe().await.ok()?;

            Some(word(channel.send("ping", &json!({})).await))
        })
    }),
    Story::new("js/realtime/broadcast/send-scalar-payload", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            channel.subscribe().await.ok()?;
            let n = word(channel.send("n", &5).await);
            let s = word(channel.send("s", "text").await);
            let a = word(channel.send("a", &[1, 2]).await);
            let f = word(channel.send("f", &false).await);
            Some(json!([n, s, a, f]))
        })
    }),
    Story::new("js/realtime/broadcast/send-array-buffer", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            channel.subscribe().await.ok()?;

            Some(word(channel.send_binary("bin", vec![1, 2, 255]).await))
        })
    }),
    Story::new("js/realtime/broadcast/send-empty-array-buffer", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            channel.subscribe().await.ok()?;

            Some(word(channel.send_binary("bin", vec![]).await))
        })
    }),
    Story::new("js/realtime/broadcast/send-unicode-event-topic", |room| {
        Box::pin(async move {
            let channel = room.channel("räum", "status", |c| c);
            channel.subscribe().await.ok()?;
            Some(word(channel.send("ärgernis 🦀", &json!({ "ä": "ö" })).await))
        })
    }),
    Story::new("js/realtime/broadcast/send-event-too-long", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            channel.subscribe().await.ok()?;

            Some(word(channel.send(&"e".repeat(256), &json!({})).await))
        })
    }),
    Story::new("js/realtime/broadcast/vsn1-presence-and-leave", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c.presence_key("k"));
            room.presence(&channel, &[("sync", "p")]);
            channel.subscribe().await.ok()?;
            let tracked = word(channel.track(&json!({ "a": 1 })).await);
            let left = word(channel.unsubscribe().await);
            Some(json!([tracked, left]))
        })
    }),
    Story::new("js/realtime/presence/track-error", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.presence(&channel, &KINDS);
            channel.subscribe().await.ok()?;

            Some(word(channel.track(&json!({ "a": 1 })).await))
        })
    }),
    Story::new("js/realtime/presence/untrack", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.presence(&channel, &KINDS);
            channel.subscribe().await.ok()?;
            channel.track(&json!({ "a": 1 })).await.ok()?;
            Some(word(channel.untrack().await))
        })
    }),
    Story::new("js/realtime/presence/untrack-error", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.presence(&channel, &KINDS);
            channel.subscribe().await.ok()?;

            Some(word(channel.untrack().await))
        })
    }),
    Story::new("js/realtime/presence/track-twice-updates", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.presence(&channel, &KINDS);
            channel.subscribe().await.ok()?;
            let one = word(channel.track(&json!({ "n": 1 })).await);
            let two = word(channel.track(&json!({ "n": 2 })).await);
            Some(json!([one, two]))
        })
    }),
    Story::new("js/realtime/presence/diff-before-state", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.presence(&channel, &KINDS);
            channel.subscribe().await.ok()?;

            None
        })
    }),
    Story::new("js/realtime/presence/track-before-subscribe", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            Some(word(channel.track(&json!({})).await))
        })
    }),
    Story::new("js/realtime/presence/untrack-before-subscribe", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            Some(word(channel.untrack().await))
        })
    }),
    Story::new("js/realtime/filter/in-empty-throws", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").in_("a", [0; 0]), "change");
            Some(word(channel.subscribe().await))
        })
    }),
    Story::new("js/realtime/heartbeat/interval-shortens-disconnect-delay", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            channel.subscribe().await.ok()?;
            channel.unsubscribe().await.ok()?;
            None
        })
    }),
    Story::new("py/realtime/realtime-api/acreate-client", |_| Box::pin(async move { None })),
    Story::new("py/realtime/realtime-api/create-and-connect", |_| Box::pin(async move { None })),
    Story::new("py/realtime/get-channels/empty", |room| {
        Box::pin(async move {
            assert!(room.client.channels().is_empty());
            None
        })
    }),
    Story::new("py/realtime/get-channels/same-topic", |room| {
        Box::pin(async move {
            let (a, b) = (
                room.client.channel("room1").build().ok()?,
                room.client.channel("room1").build().ok()?,
            );
            assert_eq!(room.client.channels().len(), 1);
            drop((a, b));
            None
        })
    }),
    Story::new("py/realtime/remove-channel/never-subscribed", |room| {
        Box::pin(async move {
            let channel = room.client.channel("room1").build().ok()?;
            room.client.remove_channel(&channel).await.ok()?;
            assert!(room.client.channels().is_empty());
            None
        })
    }),
    Story::new("py/realtime/broadcast-message/before-subscribe", |room| {
        Box::pin(async move {
            let channel = room.client.channel("room1").build().ok()?;
            Some(word(channel.send("shout", &json!({ "n": 1 })).await))
        })
    }),
    Story::new("py/realtime/subscribe/broadcast-wildcard", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            room.all(&channel, "*");
            room.broadcasts(&channel, "CURSOR-POS", "CURSOR-POS");
            channel.subscribe().await.ok()?;
            None
        })
    })
    .differs(
        "names of events are exact",
        &[r##"CURSOR-POS: [], recorded [{"event":"cursor-pos","payload":{"x":1},"type":"broadcast"},{"event":"cursor-pos","meta":{"id":"00000000-0000-0000-0000-000000000001","replayed":true},"payload":{"x":3},"type":"broadcast"}]"##],
    ),
    Story::new("py/realtime/get-channels/get-all-channels", |room| {
        Box::pin(async move {
            let (a, b) =
                (room.channel("room1", "status", |c| c), room.channel("room2", "status", |c| c));
            a.subscribe().await.ok()?;
            b.subscribe().await.ok()?;
            assert_eq!(names(room), ["realtime:room1", "realtime:room2"]);
            None
        })
    }),
    Story::new("py/realtime/remove-channel/one-of-two", |room| {
        Box::pin(async move {
            let (a, b) =
                (room.channel("room1", "status", |c| c), room.channel("room2", "status", |c| c));
            a.subscribe().await.ok()?;
            b.subscribe().await.ok()?;
            room.client.remove_channel(&a).await.ok()?;
            None
        })
    })
    .differs(
        "the end of a channel is a status",
        &[r##"status: ["SUBSCRIBED","SUBSCRIBED","CLOSED"], recorded ["SUBSCRIBED","SUBSCRIBED"]"##],
    ),
    Story::new("py/realtime/remove-all-channels/remove-all-channels", |room| {
        Box::pin(async move {
            let (a, b) =
                (room.channel("room1", "status", |c| c), room.channel("room2", "status", |c| c));
            a.subscribe().await.ok()?;
            b.subscribe().await.ok()?;
            room.client.close().await.ok()?;
            None
        })
    })
    .differs(
        "the end of a channel is a status",
        &[r##"status: ["SUBSCRIBED","SUBSCRIBED","CLOSED","CLOSED"], recorded ["SUBSCRIBED","SUBSCRIBED"]"##],
    ),
    Story::new("py/realtime/remove-channel/removes-a-channel", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            channel.subscribe().await.ok()?;
            room.client.close().await.ok()?;
            None
        })
    })
    .differs(
        "the end of a channel is a status",
        &[r##"status: ["SUBSCRIBED","CLOSED"], recorded ["SUBSCRIBED"]"##],
    ),
    Story::new("py/realtime/subscribe/options-params", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            channel.subscribe().await.ok()?;

            None
        })
    })
    .with(|b| b.server_log_level("info")),
    Story::new("py/realtime/subscribe/error-phx-error", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            channel.subscribe().await.ok()?;
            until_away(&channel).await;
            until_back(&channel).await;
            None
        })
    }),
    Story::new("py/realtime/subscribe/reconnect-server-close", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            channel.subscribe().await.ok()?;
            until_away(&channel).await;
            until_back(&channel).await;
            None
        })
    }),
    Story::new("py/realtime/set-auth/explicit", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            channel.subscribe().await.ok()?;
            tokio::time::sleep(Duration::from_secs(26)).await;
            None
        })
    })
    .with(|b| b.token_source(later("new-token"))),
    Story::new("py/realtime/set-auth/sign-in-first", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            channel.subscribe().await.ok()?;

            None
        })
    })
    .with(|b| b.token_source(constant(SIGNED_IN))),
    Story::new("py/realtime/set-auth/sign-in", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            channel.subscribe().await.ok()?;
            tokio::time::sleep(Duration::from_secs(26)).await;
            None
        })
    })
    .with(|b| b.token_source(later(SIGNED_IN))),
];
