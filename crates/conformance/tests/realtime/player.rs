//! The server's side of a case: it waits for what the client sends, compares, and says what the recorded server said.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use http::{Request, Response, Uri};
use realtime_rs::{ApiError, Connector, Error, Result, Upgraded};
use serde_json::{Value, json};
use supabase_http::BoxFuture;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::script::Step;

/// Opens connections to the player, or is refused as often as the recorded client was.
pub(crate) struct Door {
    accept: mpsc::UnboundedSender<(Uri, DuplexStream)>,
    refusals: Arc<Mutex<Vec<bool>>>,
}

/// The player's side of the door.
pub(crate) struct Player {
    accepted: mpsc::UnboundedReceiver<(Uri, DuplexStream)>,
    socket: Option<Socket>,
    ours_by_theirs: HashMap<String, String>,
    pub(crate) differences: Vec<String>,
}

pub(crate) fn player(steps: &[Step]) -> (Door, Player) {
    let (accept, accepted) = mpsc::unbounded_channel();
    let opened = steps.iter().filter_map(|step| match step {
        Step::Connect { is_opened, .. } => Some(*is_opened),
        _ => None,
    });
    let mut refusals: Vec<bool> = opened.map(|is_opened| !is_opened).collect();
    refusals.reverse();
    let door = Door { accept, refusals: Arc::new(Mutex::new(refusals)) };
    let player =
        Player { accepted, socket: None, ours_by_theirs: HashMap::new(), differences: Vec::new() };
    (door, player)
}

impl Connector for Door {
    fn connect(&self, request: Request<()>) -> BoxFuture<'static, Result<Upgraded>> {
        if self.refusals.lock().unwrap().pop() == Some(true) {
            let (mut head, ()) = Response::new(()).into_parts();
            head.status = http::StatusCode::SERVICE_UNAVAILABLE;
            return Box::pin(async move { Err(Error::api(ApiError::new(&head, Bytes::new()))) });
        }
        let key = request.headers()["sec-websocket-key"].to_str().unwrap().to_owned();
        let mut sha = sha1_smol::Sha1::new();
        sha.update(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11").as_bytes());
        let (head, ()) = Response::builder()
            .status(101)
            .header("upgrade", "websocket")
            .header("connection", "upgrade")
            .header("sec-websocket-accept", STANDARD.encode(sha.digest().bytes()))
            .body(())
            .unwrap()
            .into_parts();
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let _ = self.accept.send((request.uri().clone(), theirs));
        Box::pin(async move { Ok(Upgraded::new(head, ours)) })
    }
}

/// Frames of a websocket, as far as a client in memory sends them: whole and masked.
struct Socket {
    stream: DuplexStream,
    buffer: BytesMut,
}

impl Socket {
    /// The next message: JSON of a text, `{"base64"}`, `{"close"}`, or null at the end. Cancel-safe.
    async fn next(&mut self) -> Value {
        loop {
            if let Some(message) = self.parse() {
                return message;
            }
            if !matches!(self.stream.read_buf(&mut self.buffer).await, Ok(read) if read > 0) {
                return Value::Null;
            }
        }
    }

    fn parse(&mut self) -> Option<Value> {
        let [first, second, ..] = self.buffer[..] else { return None };
        let (length, head) = match second & 0x7f {
            126 => (usize::from(u16::from_be_bytes(self.buffer.get(2..4)?.try_into().ok()?)), 4),
            short => (usize::from(short), 2),
        };
        let mask: [u8; 4] = self.buffer.get(head..head + 4)?.try_into().ok()?;
        self.buffer.get(head + 4..head + 4 + length)?;
        let frame = self.buffer.split_to(head + 4 + length);
        let masked = frame[head + 4..].iter().zip(mask.iter().cycle());
        let data: Vec<u8> = masked.map(|(byte, mask)| byte ^ mask).collect();
        Some(match first & 0x0f {
            1 => serde_json::from_slice(&data).expect("our text is JSON"),
            2 => json!({ "base64": STANDARD.encode(&data) }),
            8 => json!({ "close": u16::from_be_bytes([data[0], data[1]]) }),
            other => panic!("a frame of kind {other}"),
        })
    }

    async fn send(&mut self, opcode: u8, data: &[u8]) {
        let mut frame = vec![0x80 | opcode];
        match u8::try_from(data.len()) {
            Ok(length) if length < 126 => frame.push(length),
            _ => {
                frame.push(126);
                frame.extend(u16::try_from(data.len()).expect("a short frame").to_be_bytes());
            }
        }
        frame.extend(data);
        let _ = self.stream.write_all(&frame).await;
    }
}

const PATIENCE: Duration = Duration::from_secs(300);

impl Player {
    /// Plays the case to its end.
    pub(crate) async fn play(&mut self, steps: &[Step]) {
        for step in steps {
            if !self.step(step).await {
                return;
            }
        }
        self.nothing_more().await;
    }

    async fn step(&mut self, step: &Step) -> bool {
        match step {
            Step::Connect { is_opened: false, .. } => true,
            Step::Connect { query, .. } => {
                let Ok(Some((uri, stream))) = timeout(PATIENCE, self.accepted.recv()).await else {
                    return self.fail("no connection was opened");
                };
                let ours = uri.query().unwrap_or_default();
                let ours = percent_encoding::percent_decode_str(ours).decode_utf8_lossy();
                let mut ours: Vec<_> = ours.split('&').map(str::to_owned).collect();
                let pair = |(name, value): &(String, String)| format!("{name}={value}");
                let mut theirs: Vec<_> = query.iter().map(pair).collect();
                ours.sort();
                theirs.sort();
                if ours != theirs || uri.path() != "/realtime/v1/websocket" {
                    self.differences.push(format!("connect: {uri}, recorded {theirs:?}"));
                }
                self.socket = Some(Socket { stream, buffer: BytesMut::new() });
                true
            }
            Step::In(frame) => {
                let Some(socket) = &mut self.socket else { return true };
                if let Some(base64) = frame["base64"].as_str() {
                    socket.send(2, &STANDARD.decode(base64).unwrap()).await;
                } else if let Some(text) = frame.as_str() {
                    socket.send(1, text.as_bytes()).await;
                } else {
                    let frame = in_our_words(frame, &self.ours_by_theirs);
                    socket.send(1, frame.to_string().as_bytes()).await;
                }
                // The client acts on it before anything else happens.
                tokio::time::sleep(Duration::from_millis(1)).await;
                true
            }
            Step::Out(theirs) => {
                let ours = self.message(theirs).await;
                self.compare(theirs, &ours);
                !ours.is_null()
            }
            // The recorded clients close their end of a connection that is gone.
            Step::Close if self.socket.is_none() => true,
            Step::Close => {
                let ours = self.message(&Value::Null).await;
                if ours.get("close").is_none() {
                    self.differences.push(format!("close: we sent {ours}"));
                }
                true
            }
            Step::Closed(code) => {
                if let (Some(mut socket), Some(code)) = (self.socket.take(), code) {
                    socket.send(8, &code.to_be_bytes()).await;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
                true
            }
        }
    }

    fn fail(&mut self, what: &str) -> bool {
        self.differences.push(what.to_owned());
        false
    }

    /// Our next message; heartbeats that the recorded client did not send here are answered and passed over.
    async fn message(&mut self, expected: &Value) -> Value {
        let wants_heartbeat = fields(expected).event == "heartbeat";
        let Some(socket) = &mut self.socket else { return Value::Null };
        let next = async {
            loop {
                let message = socket.next().await;
                let heartbeat = fields(&message);
                if heartbeat.event != "heartbeat" || wants_heartbeat {
                    return message;
                }
                let reply = json!({ "status": "ok", "response": {} });
                let reply = if message.is_array() {
                    json!([null, heartbeat.reference, "phoenix", "phx_reply", reply])
                } else {
                    json!({ "topic": "phoenix", "event": "phx_reply", "payload": reply, "ref": heartbeat.reference })
                };
                socket.send(1, reply.to_string().as_bytes()).await;
            }
        };
        match timeout(PATIENCE, next).await {
            Ok(message) => message,
            Err(_) => {
                self.differences.push(format!("nothing was sent for {expected}"));
                Value::Null
            }
        }
    }

    fn compare(&mut self, theirs: &Value, ours: &Value) {
        let (theirs, ours) = (fields(theirs), fields(ours));
        for (name, theirs, ours) in [
            ("ref", &theirs.reference, &ours.reference),
            ("join_ref", &theirs.join_ref, &ours.join_ref),
        ] {
            match (theirs.as_str(), ours.as_str()) {
                (Some(theirs), Some(ours)) => {
                    let known = self.ours_by_theirs.entry(theirs.to_owned());
                    let known = known.or_insert_with(|| ours.to_owned());
                    if known != ours {
                        self.differences.push(format!("{name}: {ours}, recorded {theirs}"));
                    }
                }
                (None, None) => {}
                _ => self.differences.push(format!("{name}: {ours}, recorded {theirs}")),
            }
        }
        let of = |fields: &Fields| {
            json!([fields.topic, fields.event, normal(&fields.event, &fields.payload)])
        };
        let (theirs, ours) = (of(&theirs), of(&ours));
        if theirs != ours {
            self.differences.push(format!("frame: {ours}, recorded {theirs}"));
        }
    }

    /// Nothing more is sent than was recorded.
    async fn nothing_more(&mut self) {
        if let Ok(Some((uri, _))) = timeout(Duration::from_millis(5), self.accepted.recv()).await {
            self.differences.push(format!("connect: {uri}, recorded nothing"));
        }
        let Some(mut socket) = self.socket.take() else { return };
        let more = timeout(Duration::from_millis(5), socket.next()).await;
        self.socket = Some(socket);
        if let Ok(more) = more {
            if fields(&more).event != "heartbeat" {
                self.differences.push(format!("frame: {more}, recorded nothing"));
            }
        }
    }
}

struct Fields {
    reference: Value,
    join_ref: Value,
    topic: String,
    event: String,
    payload: Value,
}

/// The parts of a frame of any kind.
fn fields(frame: &Value) -> Fields {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if let Some(base64) = frame["base64"].as_str() {
        return binary(&STANDARD.decode(base64).unwrap());
    }
    if frame.is_array() {
        return Fields {
            reference: frame[1].clone(),
            join_ref: frame[0].clone(),
            topic: text(&frame[2]),
            event: text(&frame[3]),
            payload: frame[4].clone(),
        };
    }
    Fields {
        reference: frame["ref"].clone(),
        join_ref: frame["join_ref"].clone(),
        topic: text(&frame["topic"]),
        event: text(&frame["event"]),
        payload: frame["payload"].clone(),
    }
}

/// A broadcast of kind 3, whose bytes are all looked at.
fn binary(bytes: &[u8]) -> Fields {
    let mut rest = &bytes[7..];
    let mut name = |at: usize| {
        let (name, after) = rest.split_at(usize::from(bytes[at]));
        rest = after;
        String::from_utf8(name.to_vec()).expect("names are UTF-8")
    };
    let (join_ref, reference, topic) = (name(1), name(2), name(3));
    let (event, meta) = (name(4), name(5));
    let payload = match bytes[6] {
        1 => serde_json::from_slice(rest).unwrap(),
        _ => json!({ "bytes": STANDARD.encode(rest) }),
    };
    Fields {
        reference: reference.into(),
        join_ref: join_ref.into(),
        topic,
        event: format!("kind {} {event}", bytes[0]),
        payload: json!([meta, bytes[6], payload]),
    }
}

/// Payloads that mean the same to the server look the same: the key in place of a user's token is what the connection
/// acts by anyway, `version` is ignored, what is absent in `broadcast` is false, and presence needs no `type`.
fn normal(event: &str, payload: &Value) -> Value {
    let mut payload = payload.clone();
    match event {
        "phx_join" => {
            if let Some(fields) = payload.as_object_mut() {
                fields.remove("version");
                if fields.get("access_token").is_some_and(|token| token == "anon-key") {
                    fields.remove("access_token");
                }
            }
            let broadcast = &mut payload["config"]["broadcast"];
            if broadcast.is_null() {
                *broadcast = json!({});
            }
            for key in ["ack", "self"] {
                if broadcast.get(key).is_none() {
                    broadcast[key] = false.into();
                }
            }
        }
        "presence" => {
            payload["type"] = "presence".into();
            if payload["event"] == "untrack" {
                payload.as_object_mut().map(|fields| fields.remove("payload"));
            }
        }
        _ => {}
    }
    payload
}

/// The server's frame with our refs in place of those that were recorded.
fn in_our_words(frame: &Value, refs: &HashMap<String, String>) -> Value {
    let ours = |value: &Value| match value.as_str().and_then(|text| refs.get(text)) {
        Some(ours) => ours.as_str().into(),
        None => value.clone(),
    };
    let mut frame = frame.clone();
    if frame.is_array() {
        for index in [0, 1] {
            frame[index] = ours(&frame[index]);
        }
    } else if frame.is_object() {
        for key in ["ref", "join_ref"] {
            if let Some(value) = frame.get(key) {
                frame[key] = ours(value);
            }
        }
    }
    frame
}
