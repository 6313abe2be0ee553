//! Binary frames of protocol 2.0.0: a kind, sizes of one byte each, the names, and the payload to the end.

use bytes::Bytes;

use super::MAX_NAME;
use super::frame::{Body, Incoming, Malformed, Outgoing, Ref};
use super::text::parse_ref;

const PUSH: u8 = 0;
const REPLY: u8 = 1;
const BROADCAST: u8 = 2;
const USER_BROADCAST_PUSH: u8 = 3;
const USER_BROADCAST: u8 = 4;

const JSON: u8 = 1;

pub(super) fn decode(frame: &Bytes) -> Result<Incoming<'_>, Malformed> {
    let (&kind, rest) = frame.split_first().ok_or(TRUNCATED)?;
    match kind {
        PUSH => {
            let ([join_ref, topic, event], payload) = split::<3, 0>(frame, rest)?.0;
            if event == "phx_reply" {
                return Err(Malformed("a reply in a push"));
            }
            // The one push with binary data that exists is a broadcast.
            if event == "broadcast" {
                return Ok(broadcast(topic, "", Body::Binary(payload), None));
            }
            Ok(Incoming::Push {
                join_ref: reference(join_ref),
                reference: None,
                topic,
                event,
                payload,
            })
        }
        REPLY => {
            let ([join_ref, own_ref, topic, status], response) = split::<4, 0>(frame, rest)?.0;
            Ok(Incoming::Reply {
                join_ref: reference(join_ref),
                reference: reference(own_ref),
                topic,
                status,
                response,
            })
        }
        BROADCAST => {
            let ([topic, event], payload) = split::<2, 0>(frame, rest)?.0;
            Ok(broadcast(topic, event, Body::Binary(payload), None))
        }
        USER_BROADCAST => {
            let (([topic, event, meta], payload), [encoding]) = split::<3, 1>(frame, rest)?;
            let meta = (!meta.is_empty()).then(|| frame.slice_ref(meta.as_bytes()));
            let body = match (encoding, payload.is_empty()) {
                (0, _) => Body::Binary(payload),
                (_, true) => Body::Json(Bytes::from_static(b"{}")),
                (_, false) => Body::Json(payload),
            };
            Ok(broadcast(topic, event, body, meta))
        }
        _ => Err(Malformed("an unknown kind of binary frame")),
    }
}

const TRUNCATED: Malformed = Malformed("a truncated binary frame");

fn broadcast<'a>(topic: &'a str, event: &'a str, body: Body, meta: Option<Bytes>) -> Incoming<'a> {
    Incoming::Broadcast {
        join_ref: None,
        topic,
        event,
        body,
        meta,
    }
}

fn reference(text: &str) -> Ref {
    (!text.is_empty()).then(|| parse_ref(text))
}

type Split<'a, const NAMES: usize, const FLAGS: usize> = (([&'a str; NAMES], Bytes), [u8; FLAGS]);

/// Takes the sizes, the flags after them, the names, and what is left.
fn split<'a, const NAMES: usize, const FLAGS: usize>(
    frame: &Bytes,
    rest: &'a [u8],
) -> Result<Split<'a, NAMES, FLAGS>, Malformed> {
    let (sizes, rest) = rest.split_first_chunk::<NAMES>().ok_or(TRUNCATED)?;
    let (flags, mut rest) = rest.split_first_chunk::<FLAGS>().ok_or(TRUNCATED)?;
    let mut names = [""; NAMES];
    for (name, size) in names.iter_mut().zip(sizes) {
        let (text, after) = rest.split_at_checked(usize::from(*size)).ok_or(TRUNCATED)?;
        *name = std::str::from_utf8(text).map_err(|_| Malformed("a name that is no UTF-8"))?;
        rest = after;
    }
    Ok(((names, frame.slice_ref(rest)), *flags))
}

/// A broadcast of ours: kind 3.
pub(super) fn encode_broadcast(
    frame: &Outgoing<'_>,
    event: &str,
    body: &Body,
) -> Result<Bytes, String> {
    let (encoding, payload) = match body {
        Body::Json(json) => (JSON, json),
        Body::Binary(bytes) => (0, bytes),
    };
    let join_ref = frame.join_ref.map(|number| number.to_string());
    let join_ref = join_ref.as_deref().unwrap_or_default();
    let own_ref = frame.reference.to_string();
    let names = [join_ref, &own_ref, frame.topic, event];
    let length: usize = names.iter().map(|name| name.len()).sum();
    let mut out = Vec::with_capacity(7 + length + payload.len());
    out.push(USER_BROADCAST_PUSH);
    for name in names {
        out.push(size(name)?);
    }
    // The server ignores metadata of clients.
    out.extend([0, encoding]);
    for name in names {
        out.extend_from_slice(name.as_bytes());
    }
    out.extend_from_slice(payload);
    Ok(out.into())
}

fn size(name: &str) -> Result<u8, String> {
    u8::try_from(name.len()).map_err(|_| {
        format!(
            "a name of {} bytes: topics and events have {MAX_NAME} bytes at most",
            name.len()
        )
    })
}
