//! Frames as values: what a server can send, what a client can send.

use bytes::Bytes;
use serde_json::value::RawValue;

use super::{MAX_FRAME, Protocol, binary, text};

/// A whole websocket message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wire {
    Text(Bytes),
    Binary(Bytes),
}

impl Wire {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(bytes) | Self::Binary(bytes) => bytes.len(),
        }
    }
}

/// A ref as the server echoes it. Ours are counted from 1, so that 0 stands for any that is not ours.
pub(crate) type Ref = Option<u64>;

/// The ref that no push of ours has.
pub(crate) const FOREIGN: u64 = 0;

/// A payload that is not looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    /// JSON text, maybe not valid.
    Json(Bytes),
    Binary(Bytes),
}

/// What a server sends.
#[derive(Debug, PartialEq)]
pub(crate) enum Incoming<'a> {
    /// `phx_reply`.
    Reply {
        join_ref: Ref,
        reference: Ref,
        topic: &'a str,
        status: &'a str,
        /// JSON text: an object, or a bare string.
        response: Bytes,
    },
    /// A broadcast in any of its four shapes; those of the past carry the join ref.
    Broadcast {
        join_ref: Ref,
        topic: &'a str,
        event: &'a str,
        body: Body,
        /// JSON text of an object.
        meta: Option<Bytes>,
    },
    /// Everything else.
    Push {
        join_ref: Ref,
        reference: Ref,
        topic: &'a str,
        event: &'a str,
        /// JSON text.
        payload: Bytes,
    },
}

/// Why a frame was dropped. It never ends the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

/// Space for the names of a frame that needed unescaping.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) topic: String,
    pub(crate) event: String,
}

/// Reads a frame; `scratch` holds what cannot be borrowed from it.
pub(crate) fn decode<'a>(
    protocol: Protocol,
    wire: &'a Wire,
    scratch: &'a mut Scratch,
) -> Result<Incoming<'a>, Malformed> {
    match (protocol, wire) {
        (Protocol::V1, Wire::Text(text)) => text::decode_v1(text, scratch),
        (Protocol::V2, Wire::Text(text)) => text::decode_v2(text, scratch),
        (Protocol::V2, Wire::Binary(bytes)) => binary::decode(bytes),
        (Protocol::V1, Wire::Binary(_)) => Err(Malformed("a binary frame on protocol 1.0.0")),
    }
}

/// What a client sends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outgoing<'a> {
    pub(crate) join_ref: Ref,
    pub(crate) reference: u64,
    pub(crate) topic: &'a str,
    pub(crate) content: Content<'a>,
}

/// What an outgoing frame carries.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Content<'a> {
    Push {
        event: &'a str,
        payload: &'a RawValue,
    },
    Broadcast {
        event: &'a str,
        body: &'a Body,
    },
}

/// Writes a frame.
///
/// # Errors
/// What is wrong, in words for the caller.
pub(crate) fn encode(protocol: Protocol, frame: &Outgoing<'_>) -> Result<Wire, String> {
    let wire = match (frame.content, protocol) {
        (Content::Broadcast { event, body }, Protocol::V2) => {
            Wire::Binary(binary::encode_broadcast(frame, event, body)?)
        }
        (Content::Broadcast { event, body }, Protocol::V1) => match body {
            Body::Json(json) => Wire::Text(text::encode_v1_broadcast(frame, event, json)?),
            Body::Binary(_) => {
                return Err("protocol 1.0.0 cannot carry binary payloads; use 2.0.0".to_owned());
            }
        },
        (Content::Push { event, payload }, Protocol::V1) => {
            Wire::Text(text::encode_v1(frame, event, payload)?)
        }
        (Content::Push { event, payload }, Protocol::V2) => {
            Wire::Text(text::encode_v2(frame, event, payload)?)
        }
    };
    if wire.len() > MAX_FRAME {
        return Err(format!(
            "the frame has {} bytes; the server takes {MAX_FRAME} at most",
            wire.len()
        ));
    }
    Ok(wire)
}
