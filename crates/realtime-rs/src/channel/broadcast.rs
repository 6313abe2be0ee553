//! Broadcasts as they are received.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use supabase_http::{Error, Result};

use crate::protocol::frame::Body;
use crate::read;

/// A broadcast.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Broadcast<T> {
    /// Its name.
    pub event: Arc<str>,
    /// What it carries.
    pub payload: T,
    /// The message's id, if it came from the database. A peer can forge it.
    pub id: Option<String>,
    /// Whether it is of the past, [asked for](crate::ChannelBuilder::replay). A peer can forge it.
    pub replayed: bool,
}

/// A payload of whichever kind.
///
/// ```no_run
/// # async fn demo(channel: realtime_rs::Channel) -> Result<(), realtime_rs::Error> {
/// let mut all = channel.all_broadcasts();
/// while let Some(message) = all.next().await {
///     let message = message?;
///     match message.payload.json::<serde_json::Value>() {
///         Ok(json) => println!("{}: {json}", message.event),
///         Err(_) => println!("{}: {} bytes", message.event, message.payload.bytes().len()),
///     }
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Payload {
    /// JSON text, valid or not: a peer's bytes.
    Json(Bytes),
    /// Bytes.
    Binary(Bytes),
}

/// Without what it holds: that is somebody's.
impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Json(_) => "Json",
            Self::Binary(_) => "Binary",
        };
        write!(f, "{name}({} bytes)", self.bytes().len())
    }
}

impl Payload {
    /// Reads JSON.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) if it is none of the type `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        match self {
            Self::Json(json) => read::json(json, "a broadcast"),
            Self::Binary(bytes) => Err(read::decode_error(bytes, "a binary broadcast is no JSON")),
        }
    }

    /// The bytes, whatever they are.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        match self {
            Self::Json(bytes) | Self::Binary(bytes) => bytes,
        }
    }
}

/// A broadcast in the queue.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) event: Arc<str>,
    pub(crate) body: Body,
    pub(crate) meta: Option<Bytes>,
}

#[derive(Deserialize, Default)]
struct Meta<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    replayed: Option<&'a RawValue>,
}

pub(super) fn json<T: DeserializeOwned>(raw: Raw) -> Result<Broadcast<T>, Error> {
    let payload = match &raw.body {
        Body::Json(json) => read::json(json, "a broadcast")?,
        Body::Binary(bytes) => {
            return Err(read::decode_error(
                bytes,
                "the broadcast is binary; `binary_broadcasts` reads it",
            ));
        }
    };
    Ok(build(raw.event, payload, raw.meta.as_ref()))
}

pub(super) fn binary(raw: Raw) -> Result<Broadcast<Bytes>, Error> {
    match raw.body {
        Body::Binary(bytes) => Ok(build(raw.event, bytes, raw.meta.as_ref())),
        Body::Json(json) => Err(read::decode_error(
            &json,
            "the broadcast is JSON; `broadcasts` reads it",
        )),
    }
}

pub(super) fn any(raw: Raw) -> Result<Broadcast<Payload>, Error> {
    let payload = match raw.body {
        Body::Json(json) => Payload::Json(json),
        Body::Binary(bytes) => Payload::Binary(bytes),
    };
    Ok(build(raw.event, payload, raw.meta.as_ref()))
}

fn build<T>(event: Arc<str>, payload: T, meta: Option<&Bytes>) -> Broadcast<T> {
    let meta: Meta<'_> = meta
        .and_then(|meta| serde_json::from_slice(meta).ok())
        .unwrap_or_default();
    Broadcast {
        event,
        payload,
        id: meta.id.and_then(|id| serde_json::from_str(id.get()).ok()),
        replayed: meta
            .replayed
            .is_some_and(|replayed| replayed.get() == "true"),
    }
}
