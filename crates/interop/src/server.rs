//! The server: a port, and a task for each connection.

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fastwebsockets::{Frame, OpCode, Payload, Role, after_handshake_split};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::frames::Out;
use crate::rooms::{Heard, Rooms};

type Shared = Arc<Mutex<Rooms>>;

/// A running server. It ends with this value.
#[derive(Debug)]
pub struct Server {
    url: String,
    rooms: SharedRooms,
    accepting: JoinHandle<()>,
}

struct SharedRooms(Shared);

impl std::fmt::Debug for SharedRooms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rooms(..)")
    }
}

impl Server {
    /// Starts it on a free port of this machine.
    ///
    /// # Errors
    /// When there is no port to be had.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let rooms = Shared::default();
        let shared = Arc::clone(&rooms);
        let accepting = tokio::spawn(async move {
            let mut id = 0;
            while let Ok((stream, _)) = listener.accept().await {
                id += 1;
                tokio::spawn(serve(stream, id, Arc::clone(&shared)));
            }
        });
        Ok(Self { url, rooms: SharedRooms(rooms), accepting })
    }

    /// The project's URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What clients asked for until now, but heartbeats and binary frames.
    #[must_use]
    pub fn heard(&self) -> Vec<Heard> {
        with(&self.rooms.0, |rooms| rooms.heard.clone())
    }

    /// Waits until so much was heard; gives it.
    ///
    /// # Errors
    /// When it takes more than ten seconds.
    pub async fn wait_for(&self, count: usize) -> Result<Vec<Heard>, String> {
        for _ in 0..1000 {
            let heard = self.heard();
            if heard.len() >= count {
                return Ok(heard);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err(format!("not {count} but this was heard: {:?}", self.heard()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn with<T>(rooms: &Shared, change: impl FnOnce(&mut Rooms) -> T) -> T {
    change(&mut rooms.lock().unwrap_or_else(PoisonError::into_inner))
}

/// One connection, until it ends for whatever reason.
async fn serve(mut stream: TcpStream, id: u64, rooms: Shared) {
    let Some(key) = handshake(&mut stream).await else {
        return;
    };
    let mut sha = sha1_smol::Sha1::new();
    sha.update(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11").as_bytes());
    let accept = STANDARD.encode(sha.digest().bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
         sec-websocket-accept: {accept}\r\n\r\n"
    );
    if stream.write_all(answer.as_bytes()).await.is_err() {
        return;
    }
    let (read, write) = tokio::io::split(stream);
    let (mut read, mut write) = after_handshake_split(read, write, Role::Server);
    read.set_auto_close(false);
    read.set_auto_pong(false);
    let (out, mut outgoing) = mpsc::unbounded_channel();
    let writing = tokio::spawn(async move {
        while let Some(frame) = outgoing.recv().await {
            let frame = match frame {
                Out::Text(json) => Frame::text(Payload::Owned(json.to_string().into_bytes())),
                Out::Binary(bytes) => Frame::binary(Payload::Owned(bytes)),
            };
            if write.write_frame(frame).await.is_err() || write.flush().await.is_err() {
                return;
            }
        }
        // The client may be gone already.
        let _ = write.write_frame(Frame::close(1000, b"")).await;
        let _ = write.flush().await;
    });
    loop {
        let mut owed = |_: Frame<'_>| std::future::ready(Ok::<(), Infallible>(()));
        let Ok(frame) = read.read_frame(&mut owed).await else {
            break;
        };
        match frame.opcode {
            OpCode::Text => {
                if let Ok(json) = serde_json::from_slice::<Value>(&frame.payload) {
                    with(&rooms, |rooms| rooms.text(id, &out, &json));
                }
            }
            OpCode::Binary => with(&rooms, |rooms| rooms.binary(id, &out, &frame.payload)),
            OpCode::Close => break,
            _ => {}
        }
    }
    with(&rooms, |rooms| rooms.gone(id));
    drop(out);
    // Its goodbye is written, or not.
    let _ = writing.await;
}

/// Reads the request; gives the key of its handshake.
async fn handshake(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > 16 * 1024 {
            return None;
        }
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let header = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("sec-websocket-key").then(|| value.trim().to_owned())
    });
    header.filter(|_| head.starts_with("GET /realtime/v1/websocket?"))
}
