//! A realtime server that says what it was told to say: it answers joins, and then sends as many messages as the topic
//! asks for. One thread for each connection.

use std::io::{BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::realtime_client::{Failure, Message};

pub(crate) fn run() -> Result<(), Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    println!("http://{}", listener.local_addr()?);
    for stream in listener.incoming() {
        let stream = stream?;
        // A client that ends says nothing about the server.
        std::thread::spawn(move || drop(serve(stream)));
    }
    Ok(())
}

fn serve(mut stream: TcpStream) -> Result<(), Failure> {
    stream.set_nodelay(true)?;
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head)?;
    let key = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("sec-websocket-key")
            .then(|| value.trim())
    });
    let mut sha = sha1_smol::Sha1::new();
    sha.update(key.ok_or("no websocket")?.as_bytes());
    sha.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    let accept = STANDARD.encode(sha.digest().bytes());
    write!(
        stream,
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
         sec-websocket-accept: {accept}\r\n\r\n"
    )?;
    let mut reader = BufReader::with_capacity(1 << 16, stream.try_clone()?);
    while let Some((opcode, data)) = next(&mut reader)? {
        if opcode != 1 {
            continue;
        }
        let frame: Value = serde_json::from_slice(&data)?;
        let is_array = frame.is_array();
        let field = |index: usize, name: &str| {
            if is_array {
                frame[index].clone()
            } else {
                frame[name].clone()
            }
        };
        let (join_ref, reference) = (field(0, "join_ref"), field(1, "ref"));
        let (topic, event) = (field(2, "topic"), field(3, "event"));
        if event != "phx_join" && event != "heartbeat" {
            continue;
        }
        let response = json!({ "postgres_changes": [] });
        let payload = json!({ "status": "ok", "response": response });
        let answer = if is_array {
            json!([join_ref, reference, topic, "phx_reply", payload])
        } else {
            json!({ "topic": topic, "event": "phx_reply", "payload": payload, "ref": reference })
        };
        stream.write_all(&whole(1, answer.to_string().as_bytes()))?;
        let topic = topic.as_str().unwrap_or_default();
        if let Some((kind, count)) = topic.trim_start_matches("realtime:").split_once('-') {
            // The client is ready: it has the answer to its join.
            std::thread::sleep(std::time::Duration::from_millis(50));
            tell(&mut stream, topic, kind, count.parse()?, is_array)?;
        }
    }
    Ok(())
}

/// Sends so many messages, many at once.
fn tell(
    stream: &mut TcpStream,
    topic: &str,
    kind: &str,
    count: u64,
    is_array: bool,
) -> Result<(), Failure> {
    if !matches!(kind, "binary" | "text") {
        return Ok(());
    }
    let mut buffer = Vec::new();
    for id in 0..count {
        let message = serde_json::to_string(&Message::new(id))?;
        if kind == "binary" {
            let mut frame = vec![4, u8::try_from(topic.len())?, 4, 0, 1];
            frame.extend_from_slice(topic.as_bytes());
            frame.extend_from_slice(b"chat");
            frame.extend_from_slice(message.as_bytes());
            buffer.extend(whole(2, &frame));
        } else {
            let payload = format!(r#"{{"event":"chat","payload":{message},"type":"broadcast"}}"#);
            let text = if is_array {
                format!(r#"[null,null,"{topic}","broadcast",{payload}]"#)
            } else {
                format!(
                    r#"{{"ref":null,"payload":{payload},"topic":"{topic}","event":"broadcast"}}"#
                )
            };
            buffer.extend(whole(1, text.as_bytes()));
        }
        if buffer.len() > 16 * 1024 {
            stream.write_all(&buffer)?;
            buffer.clear();
        }
    }
    stream.write_all(&buffer)?;
    Ok(())
}

/// A frame of the server.
fn whole(opcode: u8, data: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match u8::try_from(data.len()) {
        Ok(length) if length < 126 => frame.push(length),
        _ => {
            frame.push(126);
            let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
            frame.extend(length.to_be_bytes());
        }
    }
    frame.extend_from_slice(data);
    frame
}

/// The next frame of the client; `None` at its end.
fn next(reader: &mut impl Read) -> Result<Option<(u8, Vec<u8>)>, Failure> {
    let mut head = [0; 2];
    if reader.read_exact(&mut head).is_err() {
        return Ok(None);
    }
    let length = match head[1] & 0x7f {
        126 => {
            let mut length = [0; 2];
            reader.read_exact(&mut length)?;
            usize::from(u16::from_be_bytes(length))
        }
        127 => return Err("no frame of this bench is so long".into()),
        short => usize::from(short),
    };
    let mut mask = [0; 4];
    reader.read_exact(&mut mask)?;
    let mut data = vec![0; length];
    reader.read_exact(&mut data)?;
    for (byte, mask) in data.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
    let opcode = head[0] & 0x0f;
    Ok((opcode != 8).then_some((opcode, data)))
}
