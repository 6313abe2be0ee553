//! The codec against the frames of a real server and of its clients, and against bytes of nobody.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::Value;
use serde_json::value::RawValue;

use super::Protocol;
use super::frame::{Body, Content, Incoming, Outgoing, Scratch, Wire, decode, encode};

struct Recorded {
    scenario: String,
    protocol: Protocol,
    is_incoming: bool,
    wire: Wire,
}

/// The frames that a server of version 2.129.8 exchanged with its clients.
fn recorded() -> Vec<Recorded> {
    let mut frames = Vec::new();
    // Some connections live on from one scenario to the next.
    let mut protocols = HashMap::new();
    for line in include_str!("../../tests/data/recorded.jsonl").lines() {
        let scenario: Value = serde_json::from_str(line).unwrap();
        for frame in scenario["frames"].as_array().unwrap() {
            let connection = frame["conn"].as_str().unwrap_or_default().to_owned();
            if let Some(address) = frame["open"].as_str() {
                let is_v2 = address.contains("vsn=2.0");
                protocols.insert(connection, if is_v2 { Protocol::V2 } else { Protocol::V1 });
                continue;
            }
            let wire = if let Some(text) = frame["text"].as_str() {
                Wire::Text(Bytes::copy_from_slice(text.as_bytes()))
            } else if let Some(base64) = frame["base64"].as_str() {
                // Long payloads were cut when they were recorded.
                let Ok(bytes) = STANDARD.decode(base64) else {
                    continue;
                };
                Wire::Binary(bytes.into())
            } else {
                continue;
            };
            frames.push(Recorded {
                scenario: scenario["name"].as_str().unwrap().to_owned(),
                protocol: protocols.get(&connection).copied().unwrap_or_default(),
                is_incoming: frame["dir"] == "in",
                wire,
            });
        }
    }
    frames
}

fn text(wire: &Wire) -> Option<Value> {
    match wire {
        Wire::Text(text) => serde_json::from_slice(text).ok(),
        Wire::Binary(_) => None,
    }
}

/// Topic, event, payload, ref and join ref of a text frame.
fn fields(frame: &Value) -> [Value; 5] {
    match frame {
        Value::Array(array) => [2, 3, 4, 1, 0].map(|at| array[at].clone()),
        object => ["topic", "event", "payload", "ref", "join_ref"].map(|key| object[key].clone()),
    }
}

fn number(reference: &Value) -> Option<u64> {
    match reference {
        Value::Null => None,
        Value::String(text) => Some(text.parse().unwrap_or(0)),
        _ => Some(0),
    }
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn every_recorded_frame_of_the_server_is_read() {
    let (mut texts, mut binaries, mut dropped) = (0, 0, Vec::new());
    for frame in recorded().iter().filter(|frame| frame.is_incoming) {
        let mut scratch = Scratch::default();
        let incoming = match decode(frame.protocol, &frame.wire, &mut scratch) {
            Ok(incoming) => incoming,
            Err(malformed) => {
                dropped.push((frame.scenario.clone(), malformed.0));
                continue;
            }
        };
        let Some(value) = text(&frame.wire) else {
            binaries += 1;
            continue;
        };
        texts += 1;
        let [topic, event, payload, reference, join_ref] = fields(&value);
        match incoming {
            Incoming::Reply {
                join_ref: j,
                reference: r,
                topic: t,
                status,
                response,
            } => {
                assert_eq!(
                    (event.as_str().unwrap(), t),
                    ("phx_reply", topic.as_str().unwrap())
                );
                assert_eq!((r, j), (number(&reference), number(&join_ref)));
                assert_eq!(status, payload["status"]);
                assert_eq!(json(&response), payload["response"]);
            }
            Incoming::Broadcast {
                join_ref: j,
                topic: t,
                event: e,
                body,
                meta,
            } => {
                assert_eq!(
                    (event.as_str().unwrap(), t),
                    ("broadcast", topic.as_str().unwrap())
                );
                assert_eq!(e, payload["event"].as_str().unwrap_or_default());
                assert_eq!(j, number(&join_ref));
                assert_eq!(
                    body,
                    Body::Json(match &body {
                        Body::Json(text) => text.clone(),
                        Body::Binary(_) => panic!("binary"),
                    })
                );
                let Body::Json(body) = body else { panic!() };
                assert_eq!(json(&body), payload["payload"]);
                assert_eq!(
                    meta.map_or(Value::Null, |meta| json(&meta)),
                    payload["meta"]
                );
            }
            Incoming::Push {
                join_ref: j,
                reference: r,
                topic: t,
                event: e,
                payload: p,
            } => {
                assert_eq!((e, t), (event.as_str().unwrap(), topic.as_str().unwrap()));
                assert_eq!((r, j), (number(&reference), number(&join_ref)));
                assert_eq!(json(&p), payload);
            }
        }
    }
    assert_eq!((texts, binaries), (TEXTS, BINARIES));
    // Protocol 1.0.0 pastes the bytes of peers into its frames: those are no JSON, or no broadcasts.
    let broken = "no object of a frame";
    assert_eq!(
        dropped
            .iter()
            .map(|(_, reason)| *reason)
            .collect::<Vec<_>>(),
        [
            broken,
            broken,
            broken,
            "a broadcast that is no object",
            broken
        ],
        "{dropped:?}"
    );
}

const TEXTS: usize = 702;
const BINARIES: usize = 57;
const PUSHES: usize = 225;
const BROADCASTS: usize = 11;

/// What clients sent as binary: join ref, ref, topic, event, encoding and payload.
fn user_broadcast(bytes: &[u8]) -> Option<([&str; 4], u8, &[u8])> {
    let ([3, a, b, c, d, 0, encoding], mut rest) = bytes.split_first_chunk::<7>()? else {
        return None;
    };
    let mut names = [""; 4];
    for (name, size) in names.iter_mut().zip([a, b, c, d]) {
        let (text, after) = rest.split_at_checked(usize::from(*size))?;
        *name = std::str::from_utf8(text).ok()?;
        rest = after;
    }
    Some((names, *encoding, rest))
}

#[test]
fn what_clients_sent_is_what_we_would_send() {
    let (mut pushes, mut broadcasts) = (0, 0);
    for frame in recorded().iter().filter(|frame| !frame.is_incoming) {
        match &frame.wire {
            Wire::Text(_) => {
                let Some(value) = text(&frame.wire) else {
                    continue;
                };
                let shaped = match frame.protocol {
                    Protocol::V1 => value.is_object(),
                    Protocol::V2 => value.as_array().is_some_and(|array| array.len() == 5),
                };
                if !shaped {
                    continue;
                }
                let [topic, event, payload, reference, join_ref] = fields(&value);
                let numbers = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
                // Test frames of the recording have refs that no client of ours sends.
                let (Some(reference), Some(topic), Some(event)) =
                    (numbers(&reference), topic.as_str(), event.as_str())
                else {
                    continue;
                };
                let payload = RawValue::from_string(payload.to_string()).unwrap();
                let ours = encode(
                    frame.protocol,
                    &Outgoing {
                        join_ref: numbers(&join_ref),
                        reference,
                        topic,
                        content: Content::Push {
                            event,
                            payload: &payload,
                        },
                    },
                );
                let mut value = value;
                if frame.protocol == Protocol::V1 && value.get("join_ref").is_none() {
                    // Absent is null.
                    value["join_ref"] = Value::Null;
                }
                if number(&join_ref) == Some(0) {
                    continue;
                }
                assert_eq!(text(&ours.unwrap()), Some(value), "{}", frame.scenario);
                pushes += 1;
            }
            Wire::Binary(bytes) => {
                let Some(([join_ref, reference, topic, event], encoding, payload)) =
                    user_broadcast(bytes)
                else {
                    continue;
                };
                let (Ok(join_ref), Ok(reference)) = (join_ref.parse(), reference.parse()) else {
                    continue;
                };
                let payload = Bytes::copy_from_slice(payload);
                let body = match encoding {
                    0 => Body::Binary(payload),
                    1 => Body::Json(payload),
                    _ => continue,
                };
                let ours = encode(
                    frame.protocol,
                    &Outgoing {
                        join_ref: Some(join_ref),
                        reference,
                        topic,
                        content: Content::Broadcast { event, body: &body },
                    },
                );
                assert_eq!(ours, Ok(frame.wire.clone()), "{}", frame.scenario);
                broadcasts += 1;
            }
        }
    }
    assert_eq!((pushes, broadcasts), (PUSHES, BROADCASTS));
}

#[test]
fn a_frame_that_is_cut_anywhere_is_an_error_or_a_shorter_payload() {
    let mut cuts = 0;
    for frame in recorded() {
        let (Wire::Text(bytes) | Wire::Binary(bytes)) = &frame.wire;
        for end in 0..bytes.len().min(4096) {
            let cut = bytes.slice(..end);
            for protocol in [Protocol::V1, Protocol::V2] {
                let as_text = Wire::Text(cut.clone());
                let as_text = decode(protocol, &as_text, &mut Scratch::default()).is_ok();
                assert!(!as_text, "{end} of {bytes:?} is no JSON");
                let as_binary = Wire::Binary(cut.clone());
                let _ = decode(protocol, &as_binary, &mut Scratch::default());
            }
            cuts += 1;
        }
    }
    assert!(cuts > 10_000, "{cuts}");
}

#[test]
fn hostile_frames_cost_themselves() {
    let v2 = |text: &str| {
        let wire = Wire::Text(Bytes::copy_from_slice(text.as_bytes()));
        decode(Protocol::V2, &wire, &mut Scratch::default())
            .map(|_| ())
            .map_err(|error| error.0)
    };
    assert!(v2(r#"[null,null,"realtime:a","broadcast",{"event":1,"payload":[]}]"#).is_ok());
    assert!(v2(r#"[null,null,"realtime:a","broadcast",7]"#).is_err());
    assert!(
        v2(r#"[null,null,"realtime:a","x",{},"more",1]"#).is_ok(),
        "the rest is ignored"
    );
    assert!(v2(r#"[null,null,"realtime:a","x"]"#).is_err());
    assert!(v2(&"[".repeat(200_000)).is_err(), "depth is bounded");
    let forged = r#"{"topic":"realtime:a","event":"phx_close","payload":{},"ref":"1","event":"x"}"#;
    let wire = Wire::Text(Bytes::from_static(forged.as_bytes()));
    assert!(
        decode(Protocol::V1, &wire, &mut Scratch::default()).is_err(),
        "a key twice"
    );
    // A push of a peer with binary data, kind 2, and a size beyond the end.
    let kind2 = Wire::Binary(Bytes::from_static(b"\x02\x0a\x05realtime:ahello\xff\x00"));
    let mut scratch = Scratch::default();
    let read = decode(Protocol::V2, &kind2, &mut scratch).unwrap();
    let body = Body::Binary(Bytes::from_static(b"\xff\x00"));
    let (topic, event, meta) = ("realtime:a", "hello", None);
    assert_eq!(
        read,
        Incoming::Broadcast {
            join_ref: None,
            topic,
            event,
            body,
            meta
        }
    );
    for bytes in [
        &b""[..],
        b"\x04",
        b"\x04\xff\x01\x01\x01",
        b"\x02\x01\x00\xff",
        b"\x09abc",
    ] {
        let wire = Wire::Binary(Bytes::from_static(bytes));
        assert!(
            decode(Protocol::V2, &wire, &mut Scratch::default()).is_err(),
            "{bytes:?}"
        );
    }
}

#[test]
fn names_that_do_not_fit_are_refused() {
    let body = Body::Json(Bytes::from_static(b"{}"));
    let long = "x".repeat(256);
    let frame = |topic, event, body| {
        encode(
            Protocol::V2,
            &Outgoing {
                join_ref: Some(1),
                reference: 2,
                topic,
                content: Content::Broadcast { event, body },
            },
        )
    };
    assert!(frame("realtime:a", &long[..255], &body).is_ok());
    assert!(frame("realtime:a", &long, &body).is_err());
    assert!(frame(&long, "e", &body).is_err());
    let huge = Body::Binary(vec![0; 5_000_001].into());
    assert!(
        frame("realtime:a", "e", &huge)
            .unwrap_err()
            .contains("5000000")
    );
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for protocol in [Protocol::V1, Protocol::V2] {
            for wire in [Wire::Text(bytes.clone().into()), Wire::Binary(bytes.clone().into())] {
                let _ = decode(protocol, &wire, &mut Scratch::default());
            }
        }
    }

    #[test]
    fn broadcasts_go_round(
        topic in ".{0,60}", event in ".{0,60}", payload in prop::collection::vec(any::<u8>(), 0..300),
        join_ref in 1..u64::MAX, reference in 1..u64::MAX,
    ) {
        let body = Body::Binary(payload.into());
        let content = Content::Broadcast { event: &event, body: &body };
        let frame = Outgoing { join_ref: Some(join_ref), reference, topic: &topic, content };
        let Ok(Wire::Binary(bytes)) = encode(Protocol::V2, &frame) else { panic!() };
        let (names, encoding, rest) = user_broadcast(&bytes).unwrap();
        let refs = [join_ref.to_string(), reference.to_string()];
        prop_assert_eq!(names, [&refs[0], &refs[1], &topic, &event].map(|s: &String| s.as_str()));
        prop_assert_eq!(Body::Binary(Bytes::copy_from_slice(rest)), body.clone());
        prop_assert_eq!(encoding, 0);
        // What the server makes of it for the others: kind 4.
        let mut kind4 = vec![4, bytes[3], bytes[4], 0, 0];
        kind4.extend(topic.as_bytes());
        kind4.extend(event.as_bytes());
        kind4.extend(rest);
        let wire = Wire::Binary(kind4.into());
        let mut scratch = Scratch::default();
        let read = decode(Protocol::V2, &wire, &mut scratch).unwrap();
        prop_assert_eq!(read, Incoming::Broadcast { join_ref: None, topic: &topic, event: &event, body, meta: None });
    }

    #[test]
    fn pushes_go_round(topic in ".*", event in ".*", text in ".*", reference in 1..u64::MAX) {
        prop_assume!(event != "phx_reply" && event != "broadcast");
        let payload = RawValue::from_string(Value::from(text).to_string()).unwrap();
        for protocol in [Protocol::V1, Protocol::V2] {
            let content = Content::Push { event: &event, payload: &payload };
            let frame = Outgoing { join_ref: Some(reference), reference, topic: &topic, content };
            let wire = encode(protocol, &frame).unwrap();
            let mut scratch = Scratch::default();
            let read = decode(protocol, &wire, &mut scratch).unwrap();
            let payload = Bytes::copy_from_slice(payload.get().as_bytes());
            let refs = Some(reference);
            prop_assert_eq!(read, Incoming::Push {
                join_ref: refs, reference: refs, topic: &topic, event: &event, payload
            });
        }
    }
}
