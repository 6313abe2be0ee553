//! The calls of the cases, and the lists of those that have none.

mod changes;
mod joins;
mod messages;
mod more;
mod own;
mod python;

use realtime_rs::{Channel, ChannelStatus, ConnectionState, Heartbeat};
use serde_json::Value;

use crate::Story;
use crate::room::Room;

pub(crate) const ALL: [&[Story]; 6] = [
    joins::STORIES,
    messages::STORIES,
    changes::STORIES,
    more::STORIES,
    own::STORIES,
    python::STORIES,
];

/// The token that the recorded sign-in gave.
pub(crate) const SIGNED_IN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL3Byb2plY3QudGVzdC9hdXRoL3YxIiwic3ViIjoiMTExMTExMTEtMTExMS0xMTExLTExMTEtMTExMTExMTExMTExIiwiYXVkIjoiYXV0aGVudGljYXRlZCIsImV4cCI6NDEwMjQ0NDgwMCwiaWF0IjoxNzE1NzY2MDAwLCJlbWFpbCI6ImVtYWlsQGV4YW1wbGUuY29tIiwicGhvbmUiOiIiLCJhcHBfbWV0YWRhdGEiOnsicHJvdmlkZXIiOiJlbWFpbCIsInByb3ZpZGVycyI6WyJlbWFpbCJdfSwidXNlcl9tZXRhZGF0YSI6e30sInJvbGUiOiJhdXRoZW50aWNhdGVkIiwiYWFsIjoiYWFsMSIsImFtciI6W3sibWV0aG9kIjoicGFzc3dvcmQiLCJ0aW1lc3RhbXAiOjE3MTU3NjYwMDB9XSwic2Vzc2lvbl9pZCI6IjExMTExMTExLTMzMzMtMzMzMy0zMzMzLTMzMzMzMzMzMzMzMyIsImlzX2Fub255bW91cyI6ZmFsc2V9.c1CHpAdiUjjZklUP0rM3AdB7GH82AYW07ZB4_XWDPUs";

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
    ("js/realtime/http/null", "null is a payload like any other"),
    ("py/realtime/realtime-api/sync-client", "there is no synchronous client"),
    ("py/realtime/realtime-api/sync-client-get-channels", "there is no synchronous client"),
    ("py/realtime/realtime-api/sync-client-remove-channel", "there is no synchronous client"),
    ("py/realtime/realtime-api/sync-client-remove-all-channels", "there is no synchronous client"),
    ("py/realtime/subscribe/no-reconnect", "reconnecting cannot be turned off"),
];
