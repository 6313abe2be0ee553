//! The parser: bytes in, events out, whatever way the bytes are split.

use std::fmt;
use std::mem::take;
use std::time::Duration;

use bytes::{Buf as _, Bytes};

use super::{DEFAULT_MAX_EVENT_BYTES, DEFAULT_MAX_LINE_BYTES, Event};

/// The state of a stream between two pieces of it. It holds one line and one event at most.
pub(super) struct Parser {
    pub(super) max_line: usize,
    pub(super) max_event: usize,
    /// The start of a line whose end is still to come.
    pub(super) line: Vec<u8>,
    /// A line feed that comes now belongs to the line before.
    after_return: bool,
    /// Whether the first line, which may begin with a byte order mark, is over.
    started: bool,
    kind: String,
    /// Each line of the data with a line feed after it.
    pub(super) data: String,
    /// The id that holds from the next event on.
    id: String,
    /// The id that held at the last event.
    last_id: String,
    retry: Option<Duration>,
}

/// A limit that a stream exceeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exceeded {
    Line(usize),
    Event(usize),
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(limit) => write!(
                f,
                "a line of its events is longer than {limit} bytes, which is what `max_line_bytes` allows"
            ),
            Self::Event(limit) => write!(
                f,
                "one of its events is larger than {limit} bytes, which is what `max_event_bytes` allows"
            ),
        }
    }
}

impl Parser {
    pub(super) fn new(last_id: String) -> Self {
        Self {
            max_line: DEFAULT_MAX_LINE_BYTES,
            max_event: DEFAULT_MAX_EVENT_BYTES,
            line: Vec::new(),
            after_return: false,
            started: false,
            kind: String::new(),
            data: String::new(),
            id: last_id.clone(),
            last_id,
            retry: None,
        }
    }

    pub(super) fn last_id(&self) -> &str {
        &self.last_id
    }

    pub(super) fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// Reads up to the end of the next event, or all of the input if it holds no such end.
    pub(super) fn next(&mut self, input: &mut Bytes) -> Result<Option<Event>, Exceeded> {
        loop {
            if take(&mut self.after_return) {
                match input.first() {
                    None => self.after_return = true,
                    Some(b'\n') => input.advance(1),
                    Some(_) => {}
                }
            }
            let Some(length) = input.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
                self.keep(input)?;
                input.clear();
                return Ok(None);
            };
            let end = input.split_to(length);
            self.after_return = input.first() == Some(&b'\r');
            input.advance(1);
            // Most lines come whole and need no copy.
            let event = if self.line.is_empty() {
                self.check_line(end.len())?;
                self.read_line(&end)?
            } else {
                self.keep(&end)?;
                let mut line = take(&mut self.line);
                let event = self.read_line(&line)?;
                line.clear();
                self.line = line;
                event
            };
            if event.is_some() {
                return Ok(event);
            }
        }
    }

    fn keep(&mut self, part: &[u8]) -> Result<(), Exceeded> {
        self.check_line(part.len())?;
        self.line.extend_from_slice(part);
        Ok(())
    }

    fn check_line(&self, more: usize) -> Result<(), Exceeded> {
        if self.line.len().saturating_add(more) > self.max_line {
            return Err(Exceeded::Line(self.max_line));
        }
        Ok(())
    }

    fn read_line(&mut self, line: &[u8]) -> Result<Option<Event>, Exceeded> {
        let line = if self.started {
            line
        } else {
            self.started = true;
            line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
        };
        if line.is_empty() {
            return Ok(self.dispatch());
        }
        let (name, value) = match line.iter().position(|byte| *byte == b':') {
            Some(at) => line.split_at(at),
            None => (line, &b""[..]),
        };
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"data" => {
                let value = String::from_utf8_lossy(value);
                let size = self.data.len().saturating_add(value.len());
                if size > self.max_event {
                    return Err(Exceeded::Event(self.max_event));
                }
                self.data.push_str(&value);
                self.data.push('\n');
            }
            b"event" => self.kind = String::from_utf8_lossy(value).into_owned(),
            b"id" if !value.contains(&0) => self.id = String::from_utf8_lossy(value).into_owned(),
            b"retry" if value.iter().all(u8::is_ascii_digit) => {
                let time = std::str::from_utf8(value)
                    .ok()
                    .and_then(|text| text.parse().ok());
                self.retry = time.map(Duration::from_millis).or(self.retry);
            }
            // A comment has the empty name; other fields mean nothing.
            _ => {}
        }
        Ok(None)
    }

    fn dispatch(&mut self) -> Option<Event> {
        self.last_id.clone_from(&self.id);
        let kind = take(&mut self.kind);
        let mut data = take(&mut self.data);
        // Without a line of data there is no event.
        data.pop()?;
        Some(Event {
            event: if kind.is_empty() {
                "message".to_owned()
            } else {
                kind
            },
            data,
            id: self.last_id.clone(),
            head: None,
        })
    }
}
