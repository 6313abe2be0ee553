//! The server: answers prepared beforehand, over plain sockets, one thread per connection.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use crate::Failure;
use crate::data::planets;

/// How many bytes the streamed answer has at least.
const BIG: usize = 100_000_000;

/// What is answered.
struct Answers {
    small: Vec<u8>,
    rows: Vec<u8>,
    created: Vec<u8>,
    /// One million bytes or so of rows, sent again and again.
    big_head: Vec<u8>,
    big_part: Vec<u8>,
}

impl Answers {
    fn new() -> Result<Self, Failure> {
        let rows = serde_json::to_vec(&planets())?;
        let mut big_part = rows.clone();
        // Between the brackets; the parts are joined by commas.
        if let (Some(first), Some(last)) = (big_part.first().copied(), big_part.pop()) {
            debug_assert_eq!((first, last), (b'[', b']'));
            big_part[0] = b',';
        }
        let parts = BIG.div_ceil(big_part.len());
        // The first comma becomes the opening bracket, and one more byte closes it.
        let big_head = head("200 OK", "0-999/*", parts * big_part.len() + 1);
        Ok(Self {
            small: whole("200 OK", "0-0/*", br#"[{"id":3,"name":"Earth"}]"#),
            rows: whole("200 OK", "0-999/*", &rows),
            created: whole("201 Created", "*/*", b""),
            big_head,
            big_part,
        })
    }

    fn send(&self, to: &mut TcpStream, request: &str) -> std::io::Result<()> {
        if request.starts_with("POST ") {
            to.write_all(&self.created)
        } else if request.contains("/planets?") {
            to.write_all(&self.rows)
        } else if request.contains("/everything?") {
            to.write_all(&self.big_head)?;
            let parts = BIG.div_ceil(self.big_part.len());
            let (_, rest) = self.big_part.split_at(1);
            to.write_all(b"[")?;
            to.write_all(rest)?;
            for _ in 1..parts {
                to.write_all(&self.big_part)?;
            }
            to.write_all(b"]")
        } else {
            to.write_all(&self.small)
        }
    }
}

/// The headers that a project's gateway and database send, more or less.
fn head(status: &str, range: &str, length: usize) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\n\
         date: Tue, 24 Nov 2026 12:00:00 GMT\r\n\
         server: postgrest/14.17\r\n\
         content-range: {range}\r\n\
         content-location: /planets?select=id%2Cname\r\n\
         content-type: application/json; charset=utf-8\r\n\
         content-profile: public\r\n\
         content-length: {length}\r\n\r\n"
    )
    .into_bytes()
}

fn whole(status: &str, range: &str, body: &[u8]) -> Vec<u8> {
    let mut answer = head(status, range, body.len());
    answer.extend_from_slice(body);
    answer
}

/// Serves until the process is ended; prints its URL first.
pub(crate) fn run() -> Result<(), Failure> {
    let answers = Arc::new(Answers::new()?);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("http://{}", listener.local_addr()?);
    for stream in listener.incoming() {
        let (stream, answers) = (stream?, Arc::clone(&answers));
        std::thread::spawn(move || {
            // A client that goes away ends its thread.
            let _ = converse(stream, &answers);
        });
    }
    Ok(())
}

fn converse(mut stream: TcpStream, answers: &Answers) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 64 * 1024];
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
        let request = String::from_utf8_lossy(&buffer[..end]).into_owned();
        let mut missing = body_length(&request).saturating_sub(filled - end - 4);
        while missing > 0 {
            let read = stream.read(&mut buffer)?;
            if read == 0 {
                return Ok(());
            }
            missing = missing.saturating_sub(read);
        }
        filled = 0;
        answers.send(&mut stream, &request)?;
    }
}

fn body_length(head: &str) -> usize {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or(0)
}
