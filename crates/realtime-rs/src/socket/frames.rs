//! Messages over the framing library: reassembly with a limit, one task that reads, writes with a time limit.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use fastwebsockets::{
    Frame, OpCode, Payload, Role, WebSocketError, WebSocketRead, WebSocketWrite,
    after_handshake_split,
};
use supabase_http::UpgradedIo;
use tokio::io::{ReadHalf, WriteHalf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::protocol::frame::Wire;

/// The largest message that is received, in bytes, in one frame or many.
pub(crate) const MAX_MESSAGE: usize = 16 * 1024 * 1024;
/// How many messages are read ahead.
const READ_AHEAD: usize = 16;
/// From how many bytes on a message is a large one.
const LARGE: usize = 64 * 1024;
/// How many large messages are read ahead.
const LARGE_AHEAD: usize = 2;
/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// What a connection brings.
#[derive(Debug)]
pub(crate) enum Event {
    /// A large one keeps the next ones waiting until it is dropped.
    Message(Wire, Option<OwnedSemaphorePermit>),
    Ping(Bytes),
    Pong,
    /// The peer closes, with its code.
    Close(Option<u16>),
    /// There will be no more.
    End(String),
}

/// An open websocket. Its reading task ends with it.
pub(crate) struct Socket {
    write: WebSocketWrite<WriteHalf<UpgradedIo>>,
    events: mpsc::Receiver<Event>,
    reader: AbortHandle,
}

impl Socket {
    /// Takes over a connection after its handshake; needs a runtime.
    pub(crate) fn new(io: UpgradedIo) -> Self {
        let (read, write) = tokio::io::split(io);
        let (mut read, write) = after_handshake_split(read, write, Role::Client);
        read.set_auto_close(false);
        read.set_auto_pong(false);
        read.set_max_message_size(MAX_MESSAGE + 1);
        let (sender, events) = mpsc::channel(READ_AHEAD);
        // Reading a frame cannot be interrupted and taken up again, so it has a task of its own.
        let reader = tokio::spawn(read_all(read, sender)).abort_handle();
        Self {
            write,
            events,
            reader,
        }
    }

    /// The next event. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Event {
        let ended = || Event::End("the connection ended".to_owned());
        self.events.recv().await.unwrap_or_else(ended)
    }

    /// An event that is there already.
    pub(crate) fn try_next(&mut self) -> Option<Event> {
        self.events.try_recv().ok()
    }

    pub(crate) async fn write(&mut self, message: Wire) -> Result<(), String> {
        let frame = match message {
            Wire::Text(bytes) => Frame::text(payload(bytes)),
            Wire::Binary(bytes) => Frame::binary(payload(bytes)),
        };
        self.write
            .write_frame(frame)
            .await
            .map_err(|error| error.to_string())
    }

    pub(crate) async fn pong(&mut self, data: Bytes) -> Result<(), String> {
        let frame = Frame::pong(payload(data));
        self.write
            .write_frame(frame)
            .await
            .map_err(|error| error.to_string())
    }

    pub(crate) async fn flush(&mut self) -> Result<(), String> {
        self.write.flush().await.map_err(|error| error.to_string())
    }

    /// Answers the peer's goodbye, within the time that a farewell may take.
    pub(crate) async fn part(mut self, code: Option<u16>) {
        let answer = async {
            let frame = match code {
                Some(code) => Frame::close(code, b""),
                None => Frame::close_raw(Payload::Borrowed(b"")),
            };
            self.write.write_frame(frame).await?;
            self.write.flush().await
        };
        // The connection ends here all the same.
        let _ = timeout(FAREWELL, answer).await;
    }

    /// Says goodbye and waits for the answer, both only so long.
    pub(crate) async fn close(mut self, code: u16, reason: &str) {
        let goodbye = async {
            self.write
                .write_frame(Frame::close(code, reason.as_bytes()))
                .await?;
            self.write.flush().await
        };
        if !matches!(timeout(FAREWELL, goodbye).await, Ok(Ok(()))) {
            return;
        }
        let answer =
            async { while !matches!(self.next().await, Event::Close(_) | Event::End(_)) {} };
        // Whether it came or not, the connection ends here.
        let _ = timeout(FAREWELL, answer).await;
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

fn payload(bytes: Bytes) -> Payload<'static> {
    // Masking writes over the payload: it needs bytes of its own.
    match bytes.try_into_mut() {
        Ok(own) => Payload::Bytes(own),
        Err(shared) => Payload::Owned(shared.to_vec()),
    }
}

async fn read_all(mut read: WebSocketRead<ReadHalf<UpgradedIo>>, events: mpsc::Sender<Event>) {
    let mut parts = Parts::default();
    let large = Arc::new(Semaphore::new(LARGE_AHEAD));
    loop {
        let mut event = match next_event(&mut read, &mut parts).await {
            Ok(None) => continue,
            Ok(Some(event)) => event,
            Err(reason) => Event::End(reason),
        };
        if let Event::Message(wire, permit) = &mut event {
            if wire.len() > LARGE {
                // Never closed.
                *permit = Arc::clone(&large).acquire_owned().await.ok();
            }
        }
        let last = matches!(event, Event::Close(_) | Event::End(_));
        if events.send(event).await.is_err() || last {
            return;
        }
    }
}

/// A message in the making.
#[derive(Default)]
struct Parts {
    is_text: Option<bool>,
    bytes: BytesMut,
}

async fn next_event(
    read: &mut WebSocketRead<ReadHalf<UpgradedIo>>,
    parts: &mut Parts,
) -> Result<Option<Event>, String> {
    // Nothing is owed: pongs and closes are ours to send.
    let mut owed = |_: Frame<'_>| std::future::ready(Ok::<(), Infallible>(()));
    let frame = read
        .read_frame(&mut owed)
        .await
        .map_err(|error| match error {
            WebSocketError::UnexpectedEOF => "the connection ended".to_owned(),
            other => other.to_string(),
        })?;
    let fin = frame.fin;
    let opcode = frame.opcode;
    let data = match frame.payload {
        Payload::Bytes(bytes) => bytes,
        other => BytesMut::from(&*other),
    };
    match opcode {
        OpCode::Ping => Ok(Some(Event::Ping(data.freeze()))),
        OpCode::Pong => Ok(Some(Event::Pong)),
        OpCode::Close => {
            let code = data
                .first_chunk::<2>()
                .map(|bytes| u16::from_be_bytes(*bytes));
            Ok(Some(Event::Close(code)))
        }
        OpCode::Text | OpCode::Binary => {
            if parts.is_text.is_some() {
                return Err("a message began inside another one".to_owned());
            }
            let is_text = opcode == OpCode::Text;
            if fin {
                return Ok(Some(Event::Message(wire(is_text, data), None)));
            }
            parts.is_text = Some(is_text);
            parts.bytes = data;
            Ok(None)
        }
        OpCode::Continuation => {
            let Some(is_text) = parts.is_text else {
                return Err("a message went on that had not begun".to_owned());
            };
            if parts.bytes.len() + data.len() > MAX_MESSAGE {
                return Err(format!("a message has more than {MAX_MESSAGE} bytes"));
            }
            parts.bytes.extend_from_slice(&data);
            if !fin {
                return Ok(None);
            }
            parts.is_text = None;
            let message = std::mem::take(&mut parts.bytes);
            Ok(Some(Event::Message(wire(is_text, message), None)))
        }
    }
}

/// Whether a text is UTF-8 is looked at by the library where it is one frame, and again where it is read.
fn wire(is_text: bool, bytes: BytesMut) -> Wire {
    let bytes = bytes.freeze();
    if is_text {
        Wire::Text(bytes)
    } else {
        Wire::Binary(bytes)
    }
}
