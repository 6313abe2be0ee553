//! The storage: takes any upload and forgets it, and answers a download of `<n>.bin` with n mebibytes; over plain sockets,
//! one thread per connection.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use crate::Failure;

/// Written and read in pieces of this size.
const PIECE: usize = 256 * 1024;

/// Serves until the process is ended; prints its URL first.
pub(crate) fn run() -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("http://{}", listener.local_addr()?);
    for stream in listener.incoming() {
        let stream = stream?;
        std::thread::spawn(move || {
            // A client that goes away ends its thread.
            let _ = converse(stream);
        });
    }
    Ok(())
}

fn converse(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; PIECE];
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..])?;
        if read == 0 {
            return Ok(());
        }
        filled += read;
        let Some(end) = buffer[..filled].windows(4).position(|w| w == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
        let body = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.trim().parse::<u64>().ok());
        let early = u64::try_from(filled - end - 4).unwrap_or(0);
        let mut missing = body.unwrap_or(0).saturating_sub(early);
        while missing > 0 {
            let read = stream.read(&mut buffer)?;
            if read == 0 {
                return Ok(());
            }
            missing = missing.saturating_sub(u64::try_from(read).unwrap_or(0));
        }
        filled = 0;
        if head.starts_with("GET ") {
            send(&mut stream, mebibytes(&head))?;
        } else {
            let answer = br#"{"Key":"files/a.bin","Id":"8da6e2d2-f3f6-476a-bacc-02b00923a55c"}"#;
            let head = headers("application/json", answer.len());
            stream.write_all(head.as_bytes())?;
            stream.write_all(answer)?;
        }
    }
}

/// What is asked for: `/storage/v1/object/files/<n>.bin`.
fn mebibytes(head: &str) -> usize {
    let path = head.split_whitespace().nth(1).unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    let digits = name.split('.').next().unwrap_or_default();
    digits.parse().unwrap_or(0)
}

fn headers(kind: &str, length: usize) -> String {
    format!(
        "HTTP/1.1 200 OK\r\n\
         date: Tue, 24 Nov 2026 12:00:00 GMT\r\n\
         content-type: {kind}\r\n\
         etag: \"4bb8c0ee\"\r\n\
         accept-ranges: bytes\r\n\
         cache-control: no-cache\r\n\
         content-length: {length}\r\n\r\n"
    )
}

fn send(stream: &mut TcpStream, mebibytes: usize) -> std::io::Result<()> {
    let size = mebibytes * 1024 * 1024;
    stream.write_all(headers("application/octet-stream", size).as_bytes())?;
    let piece = vec![7; PIECE];
    for _ in 0..size / PIECE {
        stream.write_all(&piece)?;
    }
    Ok(())
}
