//! The least that it takes: fastwebsockets, and `serde_json` into the same type in one pass.

use std::convert::Infallible;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fastwebsockets::{
    Frame, OpCode, Payload, Role, WebSocketRead, WebSocketWrite, after_handshake_split,
};
use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::net::TcpStream;

use crate::realtime_client::{Failure, Message, Scenario, room};

type Read = WebSocketRead<ReadHalf<TcpStream>>;
type Write = WebSocketWrite<WriteHalf<TcpStream>>;

async fn open(url: &str) -> Result<(Read, Write), Failure> {
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).await?;
    stream.set_nodelay(true)?;
    let key = STANDARD.encode([7; 16]);
    let request = format!(
        "GET /realtime/v1/websocket?vsn=2.0.0 HTTP/1.1\r\nhost: {host}\r\nupgrade: websocket\r\n\
         connection: Upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: {key}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let (read, write) = tokio::io::split(stream);
    Ok(after_handshake_split(read, write, Role::Client))
}

async fn next(read: &mut Read) -> Result<Frame<'_>, Failure> {
    let mut owed = |_: Frame<'_>| std::future::ready(Ok::<(), Infallible>(()));
    Ok(read.read_frame(&mut owed).await?)
}

/// Joins, and reads the answer.
async fn join(read: &mut Read, write: &mut Write, topic: &str) -> Result<(), Failure> {
    let config = r#"{"broadcast":{"ack":false,"self":false},"presence":{"key":"","enabled":false},"postgres_changes":[],"private":false}"#;
    let text = format!(r#"["1","1","{topic}","phx_join",{{"config":{config}}}]"#);
    write
        .write_frame(Frame::text(Payload::Owned(text.into_bytes())))
        .await?;
    write.flush().await?;
    next(read).await?;
    Ok(())
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[allow(dead_code, reason = "part of what is read")]
    event: &'a str,
    payload: Message,
}

type Text<'a> = (Option<&'a str>, Option<&'a str>, &'a str, &'a str, Envelope<'a>);

pub(crate) async fn receive(url: &str, scenario: Scenario, count: u64) -> Result<u64, Failure> {
    let (mut read, mut write) = open(url).await?;
    let topic = format!("realtime:{}", room(scenario, count));
    join(&mut read, &mut write, &topic).await?;
    let mut sum = 0;
    for _ in 0..count {
        let frame = next(&mut read).await?;
        let message: Message = if frame.opcode == OpCode::Text {
            let text = std::str::from_utf8(&frame.payload)?;
            let (_, _, _, _, envelope): Text<'_> = serde_json::from_str(text)?;
            envelope.payload
        } else {
            let names = usize::from(frame.payload[1]) + usize::from(frame.payload[2]);
            serde_json::from_slice(&frame.payload[5 + names + usize::from(frame.payload[3])..])?
        };
        sum += message.checksum();
    }
    Ok(sum)
}

pub(crate) async fn send(url: &str, count: u64) -> Result<u64, Failure> {
    let (mut read, mut write) = open(url).await?;
    let topic = format!("realtime:{}", room(Scenario::Send, count));
    join(&mut read, &mut write, &topic).await?;
    let mut sum = 0;
    for id in 0..count {
        let message = Message::new(id);
        let reference = (id + 2).to_string();
        let lengths = [1, reference.len(), topic.len(), 4];
        let mut frame = vec![3];
        for length in lengths {
            frame.push(u8::try_from(length)?);
        }
        frame.extend_from_slice(&[0, 1, b'1']);
        frame.extend_from_slice(reference.as_bytes());
        frame.extend_from_slice(topic.as_bytes());
        frame.extend_from_slice(b"chat");
        serde_json::to_writer(&mut frame, &message)?;
        write.write_frame(Frame::binary(Payload::Owned(frame))).await?;
        write.flush().await?;
        sum += message.checksum();
    }
    Ok(sum)
}

/// A connection with topics; nothing is kept of them but their names.
pub(crate) struct Idle {
    read: Read,
    write: Write,
    topics: Vec<String>,
}

impl Idle {
    pub(crate) async fn open(url: &str) -> Result<Self, Failure> {
        let (read, write) = open(url).await?;
        Ok(Self {
            read,
            write,
            topics: Vec::new(),
        })
    }

    pub(crate) async fn join(&mut self, count: u64) -> Result<(), Failure> {
        for _ in 0..count {
            let topic = format!("realtime:room:{:06}", self.topics.len());
            join(&mut self.read, &mut self.write, &topic).await?;
            self.topics.push(topic);
        }
        Ok(())
    }
}
