//! Presence as it is received.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;
use supabase_http::{Error, Result};

use crate::protocol::presence::{Change, Meta, Metas};
use crate::read;

/// Someone who is there: one connection that tracks something.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Presence<T> {
    /// The server's name for this presence; a new one for each update.
    pub presence_ref: String,
    /// What is tracked.
    pub data: T,
}

/// Who is there, by key.
pub type PresenceState<T> = BTreeMap<String, Vec<Presence<T>>>;

/// Someone came, went, or changed what they track (which is both).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PresenceEvent<T> {
    /// Presences came under a key.
    Join {
        /// The key.
        key: String,
        /// Those that were there under it before.
        current: Vec<Presence<T>>,
        /// Those that came.
        joined: Vec<Presence<T>>,
    },
    /// Presences went from a key.
    Leave {
        /// The key.
        key: String,
        /// Those that are left under it.
        remaining: Vec<Presence<T>>,
        /// Those that went.
        left: Vec<Presence<T>>,
    },
    /// The state is whole after one or more changes: see [`Channel::presence_state`](crate::Channel::presence_state).
    Sync,
}

pub(super) fn typed<T: DeserializeOwned>(change: Change) -> Result<PresenceEvent<T>, Error> {
    Ok(match change {
        Change::Join {
            key,
            current,
            joined,
        } => PresenceEvent::Join {
            key,
            current: all(&current)?,
            joined: all(&joined)?,
        },
        Change::Leave {
            key,
            remaining,
            left,
        } => PresenceEvent::Leave {
            key,
            remaining: all(&remaining)?,
            left: all(&left)?,
        },
        Change::Sync => PresenceEvent::Sync,
    })
}

pub(super) fn all<T: DeserializeOwned>(metas: &Metas) -> Result<Vec<Presence<T>>> {
    metas.iter().map(|meta| one(meta)).collect()
}

fn one<T: DeserializeOwned>(meta: &Meta) -> Result<Presence<T>> {
    let text = Value::Object(meta.data.clone()).to_string();
    Ok(Presence {
        presence_ref: meta.reference.clone(),
        data: read::json(&Bytes::from(text), "a presence")?,
    })
}
