//! Where this client goes its own way: tokens before the join, refusals that are ends, ends that are not, and the calls
//! that it refuses.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::stream;
use realtime_rs::{AccessToken, Changes, TokenSource, token_fn};
use serde_json::{Value, json};
use supabase_http::{BoxError, BoxFuture, TokenChange, TokenChanges};
use tokio::time::{Instant, sleep, sleep_until};

use crate::Story;
use crate::room::{REFUSED, word};
use crate::stories::{SIGNED_IN, subscribing, until_away};

/// Someone who is signed in, and signs out after a while.
struct SignsOut {
    token: &'static str,
    at: Instant,
}

impl SignsOut {
    fn new(token: &'static str) -> Self {
        Self { token, at: Instant::now() + Duration::from_secs(1) }
    }
}

impl TokenSource for SignsOut {
    fn token(&self) -> BoxFuture<'_, Result<Option<AccessToken>, BoxError>> {
        let token = (Instant::now() < self.at).then_some(self.token);
        Box::pin(async move { Ok(token.map(AccessToken::parse).transpose()?) })
    }

    fn changes(&self) -> Option<TokenChanges> {
        let at = self.at;
        let change = async move {
            sleep_until(at).await;
            TokenChange::SignedOut
        };
        Some(TokenChanges::new(Box::pin(stream::once(change))))
    }
}

/// `jwt-1`, `jwt-2` and so on, as many as there are; then it fails.
fn numbered(count: u32) -> impl TokenSource {
    let asked = AtomicU32::new(0);
    token_fn(move || {
        let number = asked.fetch_add(1, Ordering::Relaxed) + 1;
        async move {
            if number > count {
                return Err("no more tokens".into());
            }
            Ok(Some(AccessToken::parse(&format!("jwt-{number}"))?))
        }
    })
}

thread_local! {
    /// What the back-off function was asked; each story has its thread for itself.
    static TRIES: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

pub(crate) const STORIES: &[Story] = &[
    Story::new("js/realtime/client/remove-all-channels-mixed", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            let _idle = room.client.channel("idle").build();
            channel.subscribe().await.ok()?;
            let removed = word(room.client.remove_all_channels().await);
            let left = room.client.channels().len();
            room.client.close().await.ok()?;
            Some(json!([[removed, removed], left]))
        })
    })
    .differs(
        "the server knows nothing of a channel that was never joined: there is no goodbye to it",
        &[r##"ref: null, recorded "10""##,
        r##"frame: ["","",null], recorded ["realtime:idle","phx_leave",{}]"##,
        r##"close: we sent null"##],
    ),
    Story::new("js/realtime/token/session-immediate-subscribe", |room| {
        Box::pin(async move {
            room.room(|c| c).subscribe().await.ok()?;
            None
        })
    })
    .with(|b| {
        b.token_source(token_fn(|| async { Ok(Some(AccessToken::parse("user-access-token")?)) }))
    })
    .differs(
        "the recorded client joins before it has asked for the token: as nobody",
        &[r##"frame: ["realtime:room","phx_join",{"access_token":"user-access-token","config":{"broadcast":{"ack":false,"self":false},"postgres_changes":[],"presence":{"enabled":false,"key":""},"private":false}}], recorded ["realtime:room","phx_join",{"config":{"broadcast":{"ack":false,"self":false},"postgres_changes":[],"presence":{"enabled":false,"key":""},"private":false}}]"##],
    ),
    Story::new("js/realtime/token/callback-immediate-subscribe", |room| {
        Box::pin(async move {
            room.room(|c| c.private()).subscribe().await.ok()?;
            room.client.disconnect().await.ok()?;
            None
        })
    })
    .with(|b| b.token_source(token_fn(|| async { Ok(Some(AccessToken::parse("constant-jwt")?)) })))
    .differs(
        "the recorded client joins before it has asked for the token: as nobody",
        &[r##"frame: ["realtime:room","phx_join",{"access_token":"constant-jwt","config":{"broadcast":{"ack":false,"self":false},"postgres_changes":[],"presence":{"enabled":false,"key":""},"private":true}}], recorded ["realtime:room","phx_join",{"config":{"broadcast":{"ack":false,"self":false},"postgres_changes":[],"presence":{"enabled":false,"key":""},"private":true}}]"##],
    ),
    Story::new("js/realtime/token/sign-out-while-joined", |room| {
        Box::pin(async move {
            room.room(|c| c).subscribe().await.ok()?;
            sleep(Duration::from_secs(2)).await;
            None
        })
    })
    .with(|b| b.token_source(SignsOut::new("user-access-token")))
    .differs(
        "the server ignores a key in place of a token, and the channel would keep the rights of the user who left",
        &[r##"frame: ["realtime:room","phx_leave",{}], recorded ["realtime:room","access_token",{"access_token":"anon-key"}]"##],
    ),
    Story::new("js/realtime/token/callback-on-heartbeat", |room| {
        Box::pin(async move {
            room.room(|c| c).subscribe().await.ok()?;
            sleep(Duration::from_secs(51)).await;
            room.client.disconnect().await.ok()?;
            None
        })
    })
    .with(|b| b.token_source(numbered(3)))
    .differs(
        "the recorded client joins before it has asked for the token: as nobody",
        &[r##"frame: ["realtime:room","phx_join",{"access_token":"jwt-1","config":{"broadcast":{"ack":false,"self":false},"postgres_changes":[],"presence":{"enabled":false,"key":""},"private":false}}], recorded ["realtime:room","phx_join",{"config":{"broadcast":{"ack":false,"self":false},"postgres_changes":[],"presence":{"enabled":false,"key":""},"private":false}}]"##],
    ),
    Story::new("js/realtime/token/callback-throws", |room| {
        Box::pin(async move {
            room.room(|c| c).subscribe().await.ok()?;
            sleep(Duration::from_secs(26)).await;
            room.client.disconnect().await.ok()?;
            None
        })
    })
    .with(|b| b.token_source(numbered(1)))
    .differs(
        "the recorded client joins before it has asked for the token: as nobody",
        &[r##"frame: ["realtime:room","phx_join",{"access_token":"jwt-1","config":{"broadcast":{"ack":false,"self":false},"postgres_changes":[],"presence":{"enabled":false,"key":""},"private":false}}], recorded ["realtime:room","phx_join",{"config":{"broadcast":{"ack":false,"self":false},"postgres_changes":[],"presence":{"enabled":false,"key":""},"private":false}}]"##],
    ),
    Story::new("js/realtime/reconnect/tries", |room| {
        Box::pin(async move {
            TRIES.take();
            subscribing(&room.room(|c| c)).await;
            sleep(Duration::from_secs(1)).await;
            Some(TRIES.take().into())
        })
    })
    .with(|b| {
        b.reconnect_after(|failures| {
            TRIES.with_borrow_mut(|tries| tries.push(failures));
            Duration::from_millis(20)
        })
    })
    .differs(
        "a connection is tried again for the sake of channels, so there is one, and it is told why it waits",
        &[r##"frame: ["1","1","realtime:room","phx_join",{"config":{"broadcast":{"ack":false,"self":false},"postgres_changes":[],"presence":{"enabled":false,"key":""},"private":false}}], recorded nothing"##,
        r##"status: ["CHANNEL_ERROR","CHANNEL_ERROR","CHANNEL_ERROR","CHANNEL_ERROR"], recorded []"##],
    ),
    Story::new("js/realtime/broadcast/send-topic-too-long", |room| {
        Box::pin(async move {
            let channel = room.client.channel("t".repeat(250)).build();
            Some(word(channel.map(drop)))
        })
    })
    .differs(
        "nothing can be broadcast on such a channel: its name is refused",
        &[r##"no connection was opened"##,
        r##"status: [], recorded ["SUBSCRIBED"]"##],
    ),
    Story::new("js/realtime/presence/track-with-presence-disabled", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            channel.subscribe().await.ok()?;
            Some(word(channel.track(&json!({ "a": 1 })).await))
        })
    })
    .differs(
        "to track, presence is asked for with the join",
        &[r##"nothing was sent for ["6","7","realtime:room","presence",{"event":"track","payload":{"a":1},"type":"presence"}]"##,
        r##"ref: null, recorded "7""##,
        r##"join_ref: null, recorded "6""##,
        r##"frame: ["","",null], recorded ["realtime:room","presence",{"event":"track","payload":{"a":1},"type":"presence"}]"##,
        r##"result: "refused", recorded "ok""##],
    ),
    Story::new("js/realtime/presence/listener-after-join-throws", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            channel.subscribe().await.ok()?;
            room.presence(&channel, &[("sync", "sync")]);
            Some(REFUSED.into())
        })
    })
    .differs(
        "a listener that comes late joins again with presence",
        &[r##"frame: ["1","2","realtime:room","phx_leave",{}], recorded nothing"##],
    ),
    Story::new("js/realtime/changes/system-error", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            room.system(&channel);
            channel.subscribe().await.ok()?;
            until_away(&channel).await;
            Some(Value::Null)
        })
    })
    .differs(
        "the server sends no change from then on: the channel stops with the reason instead of staying silent",
        &[r##"frame: ["1","2","realtime:room","phx_leave",{}], recorded nothing"##,
        r##"status: ["SUBSCRIBED","CHANNEL_ERROR"], recorded ["SUBSCRIBED"]"##],
    ),
    Story::new("py/realtime/subscribe/system", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            room.changes(&channel, Changes::of_schema("public"), "*");
            room.system(&channel);
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("py/realtime/subscribe/error-join-rejected", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            channel.subscribe().await.ok()?;
            None
        })
    })
    .differs(
        "the server will not change its mind: each try stalls the connection for five seconds",
        &[r##"ref: null, recorded "2""##,
        r##"join_ref: null, recorded "2""##,
        r##"frame: ["","",null], recorded ["realtime:room1","phx_join",{"config":{"broadcast":{"ack":false,"self":false},"postgres_changes":[],"presence":{"enabled":false,"key":""},"private":false}}]"##,
        r##"status: ["CHANNEL_ERROR"], recorded ["CHANNEL_ERROR","SUBSCRIBED"]"##],
    ),
    Story::new("py/realtime/subscribe/error-join-timeout", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            subscribing(&channel).await;
            until_away(&channel).await;
            None
        })
    }),
    Story::new("py/realtime/subscribe/error-binding-mismatch", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            room.changes(&channel, Changes::insert("countries"), "INSERT");
            channel.subscribe().await.ok()?;
            None
        })
    })
    .differs(
        "one end is one status",
        &[r##"status: ["CHANNEL_ERROR"], recorded ["CHANNEL_ERROR","CLOSED"]"##],
    ),
    Story::new("py/realtime/subscribe/phx-close", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            channel.subscribe().await.ok()?;
            until_away(&channel).await;
            None
        })
    })
    .differs(
        "a channel that was not left comes back",
        &[r##"status: ["SUBSCRIBED","CHANNEL_ERROR"], recorded ["SUBSCRIBED","CLOSED"]"##],
    ),
    Story::new("py/realtime/subscribe/error-system", |room| {
        Box::pin(async move {
            let channel = room.channel("room1", "status", |c| c);
            channel.subscribe().await.ok()?;
            until_away(&channel).await;
            None
        })
    })
    .differs(
        "one end is one status",
        &[r##"status: ["SUBSCRIBED","CHANNEL_ERROR"], recorded ["SUBSCRIBED","CHANNEL_ERROR","CLOSED"]"##],
    ),
    Story::new("py/realtime/set-auth/sign-out", |room| {
        Box::pin(async move {
            room.channel("room1", "status", |c| c).subscribe().await.ok()?;
            sleep(Duration::from_secs(2)).await;
            None
        })
    })
    .with(|b| b.token_source(SignsOut::new(SIGNED_IN)))
    .differs(
        "the server ignores a key in place of a token, and the channel would keep the rights of the user who left",
        &[r##"frame: ["realtime:room1","phx_leave",{}], recorded ["realtime:room1","access_token",{"access_token":"anon-key"}]"##],
    ),
];
