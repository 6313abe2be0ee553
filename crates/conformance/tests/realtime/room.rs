//! What a story is told with: a client, its channels, and a log of what its streams yield.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use realtime_rs::{
    Broadcast, ChangeEvent, Changes, Channel, ChannelBuilder, ChannelStatus, Error, ErrorKind,
    KeyPlace, Payload, PostgresChange, Presence, PresenceEvent, Protocol, RealtimeBuilder,
    RealtimeClient, Result, Subscription,
};
use serde_json::{Map, Value, json};
use supabase_http::HttpClient;
use supabase_http::testing::MockTransport;

use crate::player::Door;
use crate::script::Case;

type Log = Arc<Mutex<BTreeMap<String, Vec<Value>>>>;

pub(crate) struct Room {
    pub(crate) client: RealtimeClient,
    pub(crate) log: Log,
    kept: Vec<Channel>,
}

impl Room {
    pub(crate) fn new(
        case: &Case,
        door: Door,
        change: fn(RealtimeBuilder) -> RealtimeBuilder,
    ) -> Self {
        let given = &case.given["client_options"]["realtime"];
        let key = case.given["key"].as_str().unwrap_or("anon-key");
        let http = HttpClient::new(MockTransport::new());
        let mut builder = RealtimeClient::builder("https://project.test", key)
            .http_client(http)
            .connector(door)
            .key_place(KeyPlace::Query)
            .reconnect_after(|_| Duration::from_millis(20));
        if case.id.starts_with("py/") || given["vsn"] == "1.0.0" {
            builder = builder.protocol(Protocol::V1);
        }
        if let Some(interval) = given["heartbeatIntervalMs"].as_u64() {
            builder = builder.heartbeat_interval(Duration::from_millis(interval));
        }
        if let Some(delay) = given["disconnectOnEmptyChannelsAfterMs"].as_u64() {
            builder = builder.disconnect_when_idle_after(Duration::from_millis(delay));
        }
        let client = change(builder).build().expect("a client of the recordings");
        Self { client, log: Log::default(), kept: Vec::new() }
    }

    /// A channel whose status is logged as `label`.
    pub(crate) fn channel(
        &mut self,
        name: &str,
        label: &'static str,
        change: impl FnOnce(ChannelBuilder) -> ChannelBuilder,
    ) -> Channel {
        let channel =
            change(self.client.channel(name)).build().expect("a channel of the recordings");
        // The official clients call a channel subscribed once it is joined.
        let mut was_joined = false;
        self.listen(label, channel.statuses(), move |status| {
            let joined_before = std::mem::take(&mut was_joined);
            Some(match status {
                ChannelStatus::Joined => {
                    was_joined = true;
                    "SUBSCRIBED".into()
                }
                ChannelStatus::Subscribed if joined_before => return None,
                ChannelStatus::Subscribed => "SUBSCRIBED".into(),
                ChannelStatus::Interrupted(_) | ChannelStatus::Failed(_) => "CHANNEL_ERROR".into(),
                ChannelStatus::Left => "CLOSED".into(),
                _ => return None,
            })
        });
        self.kept.push(channel.clone());
        channel
    }

    pub(crate) fn room(
        &mut self,
        change: impl FnOnce(ChannelBuilder) -> ChannelBuilder,
    ) -> Channel {
        self.channel("room", "status", change)
    }

    fn listen<E: Send + 'static>(
        &self,
        label: &'static str,
        mut stream: Subscription<E>,
        mut show: impl FnMut(E) -> Option<Value> + Send + 'static,
    ) {
        let log = Arc::clone(&self.log);
        tokio::spawn(async move {
            while let Some(event) = stream.next().await {
                let shown = match event {
                    Ok(event) => show(event),
                    // The official clients have no gaps, lags or unreadable messages.
                    Err(_) => None,
                };
                if let Some(shown) = shown {
                    log.lock().unwrap().entry(label.to_owned()).or_default().push(shown);
                }
            }
        });
    }

    pub(crate) fn broadcasts(&self, channel: &Channel, event: &'static str, label: &'static str) {
        self.listen(label, channel.broadcasts::<Value>(event), |b| Some(broadcast(&b, &b.payload)));
    }

    pub(crate) fn binary(&self, channel: &Channel, event: &'static str, label: &'static str) {
        self.listen(label, channel.binary_broadcasts(event), |b| {
            Some(broadcast(&b, &json!({ "$bytes": STANDARD.encode(&b.payload) })))
        });
    }

    pub(crate) fn all(&self, channel: &Channel, label: &'static str) {
        self.listen(label, channel.all_broadcasts(), |b| {
            let payload = match &b.payload {
                Payload::Json(_) => b.payload.json().unwrap_or_default(),
                other => json!({ "$bytes": STANDARD.encode(other.bytes()) }),
            };
            Some(broadcast(&b, &payload))
        });
    }

    /// Presence events of the kinds wanted, logged under the name of their kind.
    pub(crate) fn presence(&self, channel: &Channel, kinds: &[(&'static str, &'static str)]) {
        for (kind, label) in kinds.iter().copied() {
            self.listen(label, channel.presence::<Map<String, Value>>(), move |event| {
                let event = match event {
                    PresenceEvent::Join { key, current, joined } => json!({
                        "event": "join", "key": key,
                        "currentPresences": presences(current), "newPresences": presences(joined),
                    }),
                    PresenceEvent::Leave { key, remaining, left } => json!({
                        "event": "leave", "key": key,
                        "currentPresences": presences(remaining), "leftPresences": presences(left),
                    }),
                    _ => json!({ "event": "sync" }),
                };
                (event["event"] == kind).then_some(event)
            });
        }
    }

    pub(crate) fn changes(&self, channel: &Channel, changes: Changes, label: &'static str) {
        self.listen(label, channel.changes::<Value>(changes), |c| Some(change(&c)));
    }

    /// What the server says by itself.
    pub(crate) fn system(&self, channel: &Channel) {
        let name = channel.name().to_owned();
        self.listen("system", channel.system_events(), move |event| {
            Some(json!({
                "message": event.message, "status": event.status, "extension": event.extension,
                "channel": name,
            }))
        });
    }

    /// The last moments of a story: what was sent is received, and nothing waits.
    pub(crate) async fn settle(&self) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn broadcast<T>(broadcast: &Broadcast<T>, payload: &Value) -> Value {
    let mut shown = json!({ "type": "broadcast", "event": &*broadcast.event, "payload": payload });
    if let Some(id) = &broadcast.id {
        shown["meta"] = json!({ "id": id });
        if broadcast.replayed {
            shown["meta"]["replayed"] = true.into();
        }
    }
    shown
}

fn presences(list: Vec<Presence<Map<String, Value>>>) -> Value {
    let one = |presence: Presence<Map<String, Value>>| {
        let mut shown = presence.data;
        shown.insert("presence_ref".to_owned(), presence.presence_ref.into());
        Value::Object(shown)
    };
    list.into_iter().map(one).collect()
}

fn change(change: &PostgresChange<Value>) -> Value {
    let event = match change.event {
        ChangeEvent::Insert => "INSERT",
        ChangeEvent::Update => "UPDATE",
        _ => "DELETE",
    };
    let old: Option<Value> = change.old.as_ref().and_then(|old| old.read().ok());
    let errors = if change.errors.is_empty() { Value::Null } else { json!(change.errors) };
    json!({
        "schema": change.schema, "table": change.table, "eventType": event,
        "commit_timestamp": change.commit_timestamp, "errors": errors,
        "new": change.new.clone().unwrap_or_else(|| json!({})),
        "old": old.unwrap_or_else(|| json!({})),
    })
}

/// What the official clients throw for.
pub(crate) const REFUSED: &str = "refused";

/// A result in the words of the JavaScript client.
pub(crate) fn word(result: Result<()>) -> Value {
    match result {
        Ok(()) => "ok".into(),
        Err(error) if error.is_timeout() => "timed out".into(),
        Err(error) if error.kind() == ErrorKind::Request => REFUSED.into(),
        Err(error) => refusal(&error),
    }
}

fn refusal(error: &Error) -> Value {
    match error.message() {
        "storage full" => "storage full".into(),
        _ => "error".into(),
    }
}
