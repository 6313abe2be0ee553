//! A server in memory that a test plays: real frames, no ports, and time that stands still while all wait.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fastwebsockets::{Frame, OpCode, Payload, Role, WebSocket};
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use http::{HeaderMap, Request, Response, StatusCode, Uri};
use realtime_rs::{ApiError, Connector, Error, RealtimeBuilder, RealtimeClient, Result, Upgraded};
use serde_json::{Value, json};
use supabase_http::BoxFuture;
use tokio::io::DuplexStream;
use tokio::sync::mpsc;

/// The server's side of all connections.
pub(crate) struct Peer {
    accepted: mpsc::UnboundedReceiver<Conn>,
    refusals: Arc<Mutex<VecDeque<u16>>>,
}

struct Door {
    accept: mpsc::UnboundedSender<Conn>,
    refusals: Arc<Mutex<VecDeque<u16>>>,
}

/// A peer, and a client of it to be set up.
pub(crate) fn peer() -> (Peer, RealtimeBuilder) {
    let (accept, accepted) = mpsc::unbounded_channel();
    let refusals = Arc::default();
    let door = Door {
        accept,
        refusals: Arc::clone(&refusals),
    };
    let builder = RealtimeClient::builder("http://project.test", "anon-key").connector(door);
    (Peer { accepted, refusals }, builder)
}

impl Connector for Door {
    fn connect(&self, request: Request<()>) -> BoxFuture<'static, Result<Upgraded>> {
        if let Some(status) = self.refusals.lock().unwrap().pop_front() {
            let (mut head, ()) = Response::new(()).into_parts();
            head.status = StatusCode::from_u16(status).unwrap();
            let error = Error::api(ApiError::new(&head, r#"{"error":"no"}"#.into()));
            return Box::pin(async { Err(error) });
        }
        let key = request.headers()[SEC_WEBSOCKET_KEY].to_str().unwrap();
        let mut sha = sha1_smol::Sha1::new();
        sha.update(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11").as_bytes());
        let (head, ()) = Response::builder()
            .status(101)
            .header(UPGRADE, "websocket")
            .header(CONNECTION, "upgrade")
            .header(SEC_WEBSOCKET_ACCEPT, STANDARD.encode(sha.digest().bytes()))
            .body(())
            .unwrap()
            .into_parts();
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let mut socket = WebSocket::after_handshake(theirs, Role::Server);
        socket.set_auto_close(false);
        let (parts, ()) = request.into_parts();
        let conn = Conn {
            socket,
            uri: parts.uri,
            headers: parts.headers,
        };
        let sent = self.accept.send(conn);
        Box::pin(async move {
            sent.map_err(|_| Error::runtime("the peer is gone"))?;
            Ok(Upgraded::new(head, ours))
        })
    }
}

impl Peer {
    pub(crate) async fn accept(&mut self) -> Conn {
        self.accepted.recv().await.expect("a connection")
    }

    pub(crate) fn refuse(&self, status: u16) {
        self.refusals.lock().unwrap().push_back(status);
    }

    pub(crate) fn is_idle(&mut self) -> bool {
        self.accepted.try_recv().is_err()
    }
}

/// One connection. Dropping it ends it without a word.
pub(crate) struct Conn {
    socket: WebSocket<DuplexStream>,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
}

impl Conn {
    /// The next frame of the client: an array, `{"base64"}`, `{"close"}` or null for its end.
    pub(crate) async fn recv(&mut self) -> Value {
        loop {
            let Ok(frame) = self.socket.read_frame().await else {
                return Value::Null;
            };
            match frame.opcode {
                OpCode::Text => return serde_json::from_slice(&frame.payload).unwrap(),
                OpCode::Binary => return json!({ "base64": STANDARD.encode(&frame.payload[..]) }),
                OpCode::Close => {
                    let code = u16::from_be_bytes(frame.payload[..2].try_into().unwrap());
                    return json!({ "close": code });
                }
                _ => {}
            }
        }
    }

    /// The next frame but heartbeats, which are answered.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            let frame = self.recv().await;
            if frame[3] != "heartbeat" {
                return frame;
            }
            self.reply(&frame, json!({})).await;
        }
    }

    pub(crate) async fn send(&mut self, frame: Value) {
        let text = frame.to_string().into_bytes();
        let _ = self
            .socket
            .write_frame(Frame::text(Payload::Owned(text)))
            .await;
    }

    pub(crate) async fn send_raw(&mut self, frame: Frame<'_>) {
        let _ = self.socket.write_frame(frame).await;
    }

    pub(crate) async fn push(&mut self, topic: &str, event: &str, payload: Value) {
        self.send(json!([null, null, topic, event, payload])).await;
    }

    pub(crate) async fn reply(&mut self, frame: &Value, response: Value) {
        self.answer(frame, "ok", response).await;
    }

    pub(crate) async fn answer(&mut self, frame: &Value, status: &str, response: Value) {
        let payload = json!({ "status": status, "response": response });
        self.send(json!([frame[0], frame[1], frame[2], "phx_reply", payload]))
            .await;
    }

    /// Takes a join and says yes; gives it back.
    pub(crate) async fn join(&mut self) -> Value {
        let frame = self.next().await;
        assert_eq!(frame[3], "phx_join", "{frame}");
        self.admit(&frame).await;
        frame
    }

    /// Says yes to a join, and confirms its changes.
    pub(crate) async fn admit(&mut self, join: &Value) {
        let mut bound = join[4]["config"]["postgres_changes"].clone();
        for (index, binding) in bound.as_array_mut().unwrap().iter_mut().enumerate() {
            binding["id"] = (100 + index).into();
        }
        let has_changes = bound != json!([]);
        self.reply(join, json!({ "postgres_changes": bound })).await;
        if has_changes {
            self.confirm(join).await;
        }
        if join[4]["config"]["presence"]["enabled"] == true {
            self.send(json!([join[0], null, join[2], "presence_state", {}]))
                .await;
        }
    }

    pub(crate) async fn confirm(&mut self, join: &Value) {
        let topic = join[2].as_str().unwrap();
        let ok = json!({ "message": "Subscribed to PostgreSQL", "status": "ok", "extension": "postgres_changes" });
        self.push(topic, "system", ok).await;
    }

    /// Ends a channel the way the server does.
    pub(crate) async fn close_channel(&mut self, join: &Value, words: Option<&str>) {
        let topic = join[2].as_str().unwrap();
        if let Some(words) = words {
            let error = json!({ "message": words, "status": "error", "extension": "system" });
            self.send(json!([join[0], null, topic, "system", error]))
                .await;
        }
        self.send(json!([join[0], join[0], topic, "phx_close", {}]))
            .await;
    }

    pub(crate) async fn close(&mut self, code: u16) {
        self.send_raw(Frame::close(code, b"")).await;
    }

    pub(crate) async fn broadcast(&mut self, topic: &str, event: &str, payload: Value) {
        let payload = json!({ "type": "broadcast", "event": event, "payload": payload });
        self.push(topic, "broadcast", payload).await;
    }
}
