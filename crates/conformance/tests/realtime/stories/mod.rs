//! The calls of the cases, and the lists of those that have none.

mod changes;
mod joins;
mod messages;
mod more;
mod python;

use realtime_rs::{Channel, ChannelStatus, ConnectionState, Heartbeat};
use serde_json::Value;

use crate::Story;
use crate::room::Room;

pub(crate) const ALL: [&[Story]; 5] =
    [joins::STORIES, messages::STORIES, changes::STORIES, more::STORIES, python::STORIES];

/// Every kind of presence event, under its own name.
pub(crate) const KINDS: [(&str, &str); 3] =
    [("sync", "sync"), ("join", "join"), ("leave", "leave")];

pub(crate) async fn until(channel: &Channel, wanted: impl Fn(&ChannelStatus) -> bool) {
    let mut statuses = channel.statuses();
    if wanted(&channel.status()) {
        return;
    }
    while let Some(Ok(status)) = statuses.next().await {
        if wanted(&status) {
            return;
        }
    }
}

pub(crate) async fn until_away(channel: &Channel) {
    until(channel, |status| status.error().is_some()).await;
}

/// Until it is joined again; it may still be on its way out.
pub(crate) async fn until_back(channel: &Channel) {
    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    until(channel, ChannelStatus::is_subscribed).await;
}

/// Subscribes in the background: some scripts never confirm, and the recorded clients did not wait.
pub(crate) async fn subscribing(channel: &Channel) {
    let channel = channel.clone();
    tokio::spawn(async move { channel.subscribe().await });
    tokio::task::yield_now().await;
}

pub(crate) fn joined(channel: &Channel) -> &'static str {
    if channel.status().is_subscribed() { "joined" } else { "closed" }
}

pub(crate) fn state(room: &Room) -> Value {
    match room.client.state() {
        ConnectionState::Connected => "open",
        ConnectionState::Connecting => "connecting",
        _ => "closed",
    }
    .into()
}

pub(crate) fn names(room: &Room) -> Vec<String> {
    room.client.channels().iter().map(|channel| format!("realtime:{}", channel.name())).collect()
}

/// Logs what becomes of heartbeats.
pub(crate) fn heartbeats(room: &Room) {
    let mut stream = room.client.heartbeats();
    let log = std::sync::Arc::clone(&room.log);
    tokio::spawn(async move {
        while let Some(Ok(heartbeat)) = stream.next().await {
            let word: Value = match heartbeat {
                Heartbeat::Sent => "sent",
                Heartbeat::Ok { .. } => "ok",
                Heartbeat::Error => "error",
                _ => "timeout",
            }
            .into();
            log.lock()
                .expect("nobody panicked")
                .entry("heartbeat".to_owned())
                .or_default()
                .push(word);
        }
    });
}

/// Cases that cannot be written, each with its reason.
pub(crate) const NOT_WRITABLE: &[(&str, &str)] = &[
    ("js/realtime/client/no-api-key", "a client without a key does not compile"),
    (
        "js/realtime/client/http-endpoint-forms",
        "there is one form: the URL of the project, or a service client",
    ),
    ("js/realtime/client/disconnect-code-reason", "the code of a goodbye is always 1000"),
    (
        "js/realtime/client/channel-prefixed-topic",
        "a name with the prefix is refused, and the wire topic is no property",
    ),
    ("js/realtime/heartbeat/not-connected", "there is no heartbeat by hand"),
    ("js/realtime/heartbeat/manual", "there is no heartbeat by hand"),
    ("js/realtime/token/set-auth-null", "no call changes the identity of a client"),
    ("js/realtime/token/set-auth-with-callback", "no call changes the identity of a client"),
    ("js/realtime/broadcast/vsn1-send-extra-fields", "a broadcast has an event and a payload"),
    ("js/realtime/broadcast/persist", "the server ignores metadata of clients"),
    ("js/realtime/broadcast/persist-public", "the server ignores metadata of clients"),
    ("js/realtime/broadcast/persist-ack-error-text", "the server ignores metadata of clients"),
    ("js/realtime/http/send-fallback-persist", "the server ignores metadata of clients"),
    ("js/realtime/vsn/unsupported", "versions are an enum"),
    ("js/realtime/http/undefined", "there is no undefined"),
    ("js/realtime/filter/string-passed-through", "filters are built, never pasted"),
    ("js/realtime/filter/empty-builder", "a filter is a condition, or there is none"),
    ("js/realtime/logger/life-cycle", "logs go through tracing"),
    ("js/realtime/transport/none-available", "without a transport no client is made"),
    ("js/realtime/transport/throws", "a connector cannot throw"),
    ("js/realtime/push/unknown-type", "only what the server knows is sent"),
    ("py/realtime/realtime-api/sync-client", "there is no synchronous client"),
    ("py/realtime/realtime-api/sync-client-get-channels", "there is no synchronous client"),
    ("py/realtime/realtime-api/sync-client-remove-channel", "there is no synchronous client"),
    ("py/realtime/realtime-api/sync-client-remove-all-channels", "there is no synchronous client"),
    ("py/realtime/subscribe/no-reconnect", "reconnecting cannot be turned off"),
];

/// Cases that are not told yet, each with what would differ.
pub(crate) const PENDING: &[(&str, &str)] = &[
    (
        "js/realtime/client/remove-all-channels-mixed",
        "leaves a channel that never joined; ours sends nothing for it",
    ),
    (
        "js/realtime/token/session-immediate-subscribe",
        "joins without the token; ours joins with it",
    ),
    (
        "js/realtime/token/callback-immediate-subscribe",
        "joins without the token and pushes it later; ours joins with it",
    ),
    ("js/realtime/token/sign-out-while-joined", "pushes the key; ours leaves and joins again"),
    ("js/realtime/token/callback-on-heartbeat", "joins without the token; ours joins with it"),
    ("js/realtime/token/callback-throws", "joins without the token; ours joins with it"),
    (
        "js/realtime/reconnect/tries",
        "the arguments of the back-off function are not logged by the runner",
    ),
    (
        "js/realtime/broadcast/send-topic-too-long",
        "joins a topic that cannot be broadcast on; ours refuses the name",
    ),
    ("js/realtime/http/null", "throws; ours sends null"),
    ("js/realtime/presence/track-with-presence-disabled", "tracks; ours asks for presence first"),
    ("js/realtime/presence/listener-after-join-throws", "throws; ours joins again with presence"),
    (
        "js/realtime/changes/system-error",
        "stays silent but for a system listener; ours ends the stream with the error",
    ),
    ("py/realtime/subscribe/system", "there is no stream of system events"),
    (
        "py/realtime/subscribe/error-join-rejected",
        "tries again for ever; ours stops where the server will not change its mind",
    ),
    ("py/realtime/subscribe/error-join-timeout", "stays as it is; ours leaves and tries again"),
    ("py/realtime/subscribe/error-binding-mismatch", "two statuses for one end; ours is one"),
    ("py/realtime/subscribe/phx-close", "stays closed; ours joins again"),
    ("py/realtime/subscribe/error-system", "stays closed; ours joins again"),
    ("py/realtime/set-auth/sign-out", "pushes the key; ours leaves and joins again"),
];
