//! The payload of `phx_join`, and the reply to it.

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use supabase_http::AccessToken;

/// What a channel asks for, whatever it listens to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct JoinConfig {
    pub(crate) private: bool,
    pub(crate) broadcast: BroadcastConfig,
    pub(crate) presence_key: String,
    /// Whether presence was asked for; a presence subscription asks for it too.
    pub(crate) presence: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub(crate) struct BroadcastConfig {
    pub(crate) ack: bool,
    #[serde(rename = "self")]
    pub(crate) own: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replay: Option<Replay>,
}

/// Messages of the past to deliver first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Replay {
    /// Milliseconds since 1970.
    pub(crate) since: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<u8>,
}

/// A subscription to Postgres changes. Keys that are not set are left out: null would silence the channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Binding {
    pub(crate) event: &'static str,
    pub(crate) schema: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) table: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) filter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) select: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Payload<'a> {
    config: Config<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<&'a str>,
}

#[derive(Serialize)]
struct Config<'a> {
    broadcast: &'a BroadcastConfig,
    presence: Presence<'a>,
    postgres_changes: &'a [Binding],
    private: bool,
}

#[derive(Serialize)]
struct Presence<'a> {
    key: &'a str,
    enabled: bool,
}

/// The payload of a join.
pub(crate) fn payload(
    config: &JoinConfig,
    presence: bool,
    bindings: &[Binding],
    token: Option<&AccessToken>,
) -> serde_json::Result<Box<RawValue>> {
    to_raw_value(&Payload {
        config: Config {
            broadcast: &config.broadcast,
            presence: Presence {
                key: &config.presence_key,
                enabled: presence,
            },
            postgres_changes: bindings,
            private: config.private,
        },
        access_token: token.map(AccessToken::expose),
    })
}

#[derive(Deserialize)]
struct Joined {
    #[serde(default)]
    postgres_changes: Option<Vec<Bound>>,
}

#[derive(Deserialize)]
struct Bound {
    id: u64,
    #[serde(default)]
    event: Option<String>,
    #[serde(default)]
    schema: Option<String>,
    #[serde(default)]
    table: Option<String>,
    #[serde(default)]
    filter: Option<String>,
}

/// The server's ids of our bindings, in their order; `None` if it bound something else than what was asked.
pub(crate) fn bound(response: &[u8], asked: &[Binding]) -> Option<Vec<u64>> {
    if asked.is_empty() {
        return Some(Vec::new());
    }
    let joined: Joined = serde_json::from_slice(response).ok()?;
    let bound = joined.postgres_changes?;
    let same = bound.len() == asked.len()
        && bound.iter().zip(asked).all(|(theirs, ours)| {
            theirs.event.as_deref() == Some(ours.event)
                && theirs.schema.as_ref() == Some(&ours.schema)
                && theirs.table == ours.table
                && theirs.filter == ours.filter
        });
    same.then(|| bound.iter().map(|theirs| theirs.id).collect())
}
