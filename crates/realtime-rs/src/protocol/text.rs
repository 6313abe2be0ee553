//! Text frames: objects in protocol 1.0.0, arrays in 2.0.0.
//!
//! Payloads stay text: they are slices of the frame, read once, into the type that the user asked for.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize as DeriveDeserialize, Serialize};
use serde_json::value::RawValue;

use super::frame::{Body, FOREIGN, Incoming, Malformed, Outgoing, Ref, Scratch};

/// Text that is borrowed unless it held escapes.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

impl<'a> Text<'a> {
    /// The text, kept in `place` if it could not be borrowed.
    fn keep(self, place: &'a mut String) -> &'a str {
        match self.0 {
            Cow::Borrowed(text) => text,
            Cow::Owned(text) => {
                *place = text;
                place.as_str()
            }
        }
    }
}

/// A ref: the server echoes whatever it was sent.
#[derive(Clone, Copy)]
struct Echo(Ref);

impl<'de> Deserialize<'de> for Echo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Echo;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a ref")
            }
            fn visit_unit<E>(self) -> Result<Echo, E> {
                Ok(Echo(None))
            }
            fn visit_str<E>(self, text: &str) -> Result<Echo, E> {
                Ok(Echo(Some(parse_ref(text))))
            }
            fn visit_u64<E>(self, _: u64) -> Result<Echo, E> {
                Ok(Echo(Some(FOREIGN)))
            }
            fn visit_i64<E>(self, _: i64) -> Result<Echo, E> {
                Ok(Echo(Some(FOREIGN)))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// The number that we wrote, or [`FOREIGN`].
pub(super) fn parse_ref(text: &str) -> u64 {
    text.parse().unwrap_or(FOREIGN)
}

/// `[join_ref, ref, topic, event, payload]`; whatever follows is ignored.
struct Array<'a> {
    join_ref: Ref,
    reference: Ref,
    topic: Text<'a>,
    event: Text<'a>,
    payload: Payload<'a>,
}

/// A payload: that of a broadcast is read with its frame, so that no byte of it is passed over twice.
enum Payload<'a> {
    Raw(&'a RawValue),
    Broadcast(Broadcast<'a>),
}

impl<'de> Deserialize<'de> for Array<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Array<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of five")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let short = || serde::de::Error::custom("fewer than five elements");
                let join_ref: Echo = seq.next_element()?.ok_or_else(short)?;
                let reference: Echo = seq.next_element()?.ok_or_else(short)?;
                let topic = seq.next_element()?.ok_or_else(short)?;
                let event: Text<'de> = seq.next_element()?.ok_or_else(short)?;
                let payload = if event.0 == "broadcast" {
                    seq.next_element()?.map(Payload::Broadcast)
                } else {
                    seq.next_element()?.map(Payload::Raw)
                };
                let array = Array {
                    join_ref: join_ref.0,
                    reference: reference.0,
                    topic,
                    event,
                    payload: payload.ok_or_else(short)?,
                };
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(array)
            }
        }
        deserializer.deserialize_seq(Reader)
    }
}

/// An object; a key that is there twice makes the frame malformed, for a peer may have forged it.
#[derive(DeriveDeserialize)]
struct Object<'a> {
    #[serde(borrow)]
    topic: Text<'a>,
    #[serde(borrow)]
    event: Text<'a>,
    #[serde(borrow)]
    payload: &'a RawValue,
    #[serde(rename = "ref", default = "none")]
    reference: Echo,
    #[serde(default = "none")]
    join_ref: Echo,
}

fn none() -> Echo {
    Echo(None)
}

pub(super) fn decode_v2<'a>(
    frame: &'a Bytes,
    scratch: &'a mut Scratch,
) -> Result<Incoming<'a>, Malformed> {
    let array: Array<'a> =
        serde_json::from_str(utf8(frame)?).map_err(|_| Malformed("no array of five"))?;
    incoming(
        frame,
        scratch,
        (array.join_ref, array.reference),
        array.topic,
        array.event,
        array.payload,
    )
}

pub(super) fn decode_v1<'a>(
    frame: &'a Bytes,
    scratch: &'a mut Scratch,
) -> Result<Incoming<'a>, Malformed> {
    let object: Object<'a> =
        serde_json::from_str(utf8(frame)?).map_err(|_| Malformed("no object of a frame"))?;
    incoming(
        frame,
        scratch,
        (object.join_ref.0, object.reference.0),
        object.topic,
        object.event,
        Payload::Raw(object.payload),
    )
}

/// Checked once, here: text is read faster than bytes.
fn utf8(frame: &Bytes) -> Result<&str, Malformed> {
    std::str::from_utf8(frame).map_err(|_| Malformed("a text that is no UTF-8"))
}

/// The payload of `phx_reply`.
#[derive(DeriveDeserialize)]
struct Reply<'a> {
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow)]
    response: Option<&'a RawValue>,
}

/// The payload of a broadcast as text. Peers decide what is in it.
#[derive(DeriveDeserialize, Default)]
struct Broadcast<'a> {
    #[serde(borrow, default)]
    event: Option<&'a RawValue>,
    #[serde(borrow, default)]
    payload: Option<&'a RawValue>,
    #[serde(borrow, default)]
    meta: Option<&'a RawValue>,
}

fn incoming<'a>(
    frame: &'a Bytes,
    scratch: &'a mut Scratch,
    (join_ref, reference): (Ref, Ref),
    topic: Text<'a>,
    event: Text<'a>,
    payload: Payload<'a>,
) -> Result<Incoming<'a>, Malformed> {
    let Scratch {
        topic: topic_place,
        event: event_place,
    } = scratch;
    let topic = topic.keep(topic_place);
    let payload = match (payload, event.0.as_ref()) {
        (Payload::Broadcast(broadcast), _) => Payload::Broadcast(broadcast),
        (Payload::Raw(raw), "broadcast") => Payload::Broadcast(
            serde_json::from_str(raw.get())
                .map_err(|_| Malformed("a broadcast that is no object"))?,
        ),
        (raw, _) => raw,
    };
    match (payload, event.0.as_ref()) {
        (Payload::Raw(payload), "phx_reply") => {
            let reply: Reply<'a> = serde_json::from_str(payload.get())
                .map_err(|_| Malformed("a reply without status"))?;
            Ok(Incoming::Reply {
                join_ref,
                reference,
                topic,
                status: reply.status.keep(event_place),
                response: reply
                    .response
                    .map_or_else(Bytes::new, |raw| slice(frame, raw)),
            })
        }
        (Payload::Broadcast(broadcast), _) => {
            let name = broadcast
                .event
                .and_then(|raw| serde_json::from_str::<Text<'a>>(raw.get()).ok());
            Ok(Incoming::Broadcast {
                join_ref,
                topic,
                event: name.map_or("", |name| name.keep(event_place)),
                body: Body::Json(
                    broadcast
                        .payload
                        .map_or(Bytes::from_static(b"null"), |raw| slice(frame, raw)),
                ),
                meta: broadcast.meta.map(|raw| slice(frame, raw)),
            })
        }
        (Payload::Raw(payload), _) => Ok(Incoming::Push {
            join_ref,
            reference,
            topic,
            event: event.keep(event_place),
            payload: slice(frame, payload),
        }),
    }
}

/// The part of the frame that the value was read from.
fn slice(frame: &Bytes, value: &RawValue) -> Bytes {
    frame.slice_ref(value.get().as_bytes())
}

#[derive(Serialize)]
struct OutObject<'a, P> {
    topic: &'a str,
    event: &'a str,
    payload: P,
    #[serde(rename = "ref")]
    reference: String,
    join_ref: Option<String>,
}

#[derive(Serialize)]
struct OutBroadcast<'a> {
    r#type: &'static str,
    event: &'a str,
    payload: &'a RawValue,
}

pub(super) fn encode_v2(
    frame: &Outgoing<'_>,
    event: &str,
    payload: &RawValue,
) -> Result<Bytes, String> {
    let array = (
        frame.join_ref.map(|number| number.to_string()),
        frame.reference.to_string(),
        frame.topic,
        event,
        payload,
    );
    to_bytes(&array)
}

pub(super) fn encode_v1(
    frame: &Outgoing<'_>,
    event: &str,
    payload: &RawValue,
) -> Result<Bytes, String> {
    to_bytes(&object(frame, event, payload))
}

pub(super) fn encode_v1_broadcast(
    frame: &Outgoing<'_>,
    event: &str,
    json: &Bytes,
) -> Result<Bytes, String> {
    let payload: &RawValue =
        serde_json::from_slice(json).map_err(|error| format!("the payload is no JSON: {error}"))?;
    let payload = OutBroadcast {
        r#type: "broadcast",
        event,
        payload,
    };
    to_bytes(&object(frame, "broadcast", payload))
}

fn object<'a, P>(frame: &Outgoing<'a>, event: &'a str, payload: P) -> OutObject<'a, P> {
    OutObject {
        topic: frame.topic,
        event,
        payload,
        reference: frame.reference.to_string(),
        join_ref: frame.join_ref.map(|number| number.to_string()),
    }
}

fn to_bytes(value: &impl Serialize) -> Result<Bytes, String> {
    serde_json::to_vec(value)
        .map(Bytes::from)
        .map_err(|error| format!("the frame cannot be written: {error}"))
}
