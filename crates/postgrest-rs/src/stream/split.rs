//! Cuts a JSON array into its elements as its bytes arrive, without reading what is in them.

use std::fmt;

use bytes::Bytes;

/// Finds the elements of one JSON array in chunks of any size.
///
/// It knows strings, escapes and depth, and nothing else: each element is read as JSON by whoever gets it, and everything
/// between the elements is checked here.
#[derive(Debug)]
pub(crate) struct Splitter {
    /// What has arrived and was not looked at, but for `seen` bytes of the element under way.
    chunk: Bytes,
    seen: usize,
    /// The beginning of an element that began in earlier chunks.
    carry: Vec<u8>,
    place: Place,
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// Elements found so far.
    rows: u64,
    max_bytes: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    /// After the `[`.
    First,
    /// After a comma.
    Next,
    Inside(Kind),
    /// After an element.
    Between,
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nested,
    Text,
    Bare,
}

/// What the bytes so far hold.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The next element.
    Row(Bytes),
    /// More bytes are needed.
    Hungry,
}

/// Why the bytes are no array of elements.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    Empty,
    NoArray,
    TooLong { row: u64, max_bytes: usize },
    Expected { after: u64 },
    Trailing { after: u64 },
    BrokenOff { after: u64, inside: bool },
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let after = |f: &mut fmt::Formatter<'_>, rows: u64| match rows.checked_sub(1) {
            Some(row) => write!(f, " after row {row}"),
            None => f.write_str(" before the first row"),
        };
        match self {
            Self::Empty => f.write_str("it is empty where a list of rows is expected"),
            Self::NoArray => f.write_str("it is no list of rows"),
            Self::TooLong { row, max_bytes } => write!(
                f,
                "row {row} has more than {max_bytes} bytes; raise `max_row_bytes`, or select less"
            ),
            Self::Expected { after: rows } => {
                f.write_str("the list of rows is malformed")?;
                after(f, *rows)
            }
            Self::Trailing { after: rows } => {
                f.write_str("something follows the end of the list")?;
                after(f, *rows)
            }
            Self::BrokenOff {
                after: rows,
                inside: true,
            } => write!(f, "it breaks off inside row {rows}"),
            Self::BrokenOff { after: rows, .. } => {
                f.write_str("it breaks off")?;
                after(f, *rows)
            }
        }
    }
}

impl Splitter {
    /// Elements longer than `max_bytes` are a flaw.
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self {
            chunk: Bytes::new(),
            seen: 0,
            carry: Vec::new(),
            place: Place::Start,
            depth: 0,
            in_string: false,
            escaped: false,
            rows: 0,
            max_bytes,
        }
    }

    pub(crate) fn set_max_bytes(&mut self, max_bytes: usize) {
        self.max_bytes = max_bytes;
    }

    /// Takes the next bytes; only after [`Step::Hungry`].
    pub(crate) fn feed(&mut self, chunk: Bytes) {
        self.chunk = chunk;
        self.seen = 0;
    }

    /// The number of elements so far.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Looks for the next element.
    pub(crate) fn step(&mut self) -> Result<Step, Flaw> {
        loop {
            if let Place::Inside(kind) = self.place {
                return self.inside(kind);
            }
            let Some(at) = self.chunk.iter().position(|byte| !is_blank(*byte)) else {
                self.chunk = Bytes::new();
                return Ok(Step::Hungry);
            };
            let byte = self.chunk.get(at).copied().unwrap_or_default();
            let _ = self.chunk.split_to(at);
            self.place = match (self.place, byte) {
                (Place::Start, b'[') => Place::First,
                (Place::Start, _) => return Err(Flaw::NoArray),
                (Place::First | Place::Between, b']') => Place::End,
                (Place::Between, b',') => Place::Next,
                (Place::End, _) => return Err(Flaw::Trailing { after: self.rows }),
                (Place::Between, _) | (Place::First | Place::Next, b',' | b']' | b'}') => {
                    return Err(Flaw::Expected { after: self.rows });
                }
                (Place::First | Place::Next, _) => {
                    self.depth = 0;
                    self.seen = 0;
                    self.place = Place::Inside(match byte {
                        b'{' | b'[' => Kind::Nested,
                        b'"' => Kind::Text,
                        _ => Kind::Bare,
                    });
                    continue;
                }
                (Place::Inside(kind), _) => Place::Inside(kind),
            };
            let _ = self.chunk.split_to(1);
        }
    }

    /// Whether the array has ended, or why it has not.
    pub(crate) fn finish(&self) -> Result<(), Flaw> {
        match self.place {
            Place::End => Ok(()),
            Place::Start => Err(Flaw::Empty),
            place => Err(Flaw::BrokenOff {
                after: self.rows,
                inside: matches!(place, Place::Inside(_)),
            }),
        }
    }

    fn inside(&mut self, kind: Kind) -> Result<Step, Flaw> {
        let end = match kind {
            Kind::Bare => self.end_of_bare(),
            Kind::Nested | Kind::Text => self.end_of_nested(),
        };
        let size = self.carry.len() + end.unwrap_or(self.chunk.len());
        if size > self.max_bytes {
            return Err(Flaw::TooLong {
                row: self.rows,
                max_bytes: self.max_bytes,
            });
        }
        let Some(end) = end else {
            self.carry.extend_from_slice(&self.chunk);
            self.chunk = Bytes::new();
            self.seen = 0;
            return Ok(Step::Hungry);
        };
        let last = self.chunk.split_to(end);
        self.seen = 0;
        self.place = Place::Between;
        self.rows += 1;
        Ok(Step::Row(if self.carry.is_empty() {
            last
        } else {
            self.carry.extend_from_slice(&last);
            Bytes::from(std::mem::take(&mut self.carry))
        }))
    }

    /// Where a number or a word ends: before what cannot be part of it.
    fn end_of_bare(&mut self) -> Option<usize> {
        self.chunk
            .iter()
            .position(|byte| is_blank(*byte) || matches!(byte, b',' | b']'))
    }

    /// Where a text, an object or an array ends.
    fn end_of_nested(&mut self) -> Option<usize> {
        loop {
            let rest = self.chunk.get(self.seen..)?;
            if self.escaped {
                rest.first()?;
                self.escaped = false;
                self.seen += 1;
                continue;
            }
            if self.in_string {
                let at = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'));
                let Some(at) = at else {
                    self.seen = self.chunk.len();
                    return None;
                };
                self.seen += at + 1;
                if rest.get(at) == Some(&b'\\') {
                    self.escaped = true;
                    continue;
                }
                self.in_string = false;
            } else {
                let special = |byte: &u8| matches!(byte, b'"' | b'{' | b'[' | b'}' | b']');
                let Some(at) = rest.iter().position(special) else {
                    self.seen = self.chunk.len();
                    return None;
                };
                self.seen += at + 1;
                match rest.get(at) {
                    Some(b'"') => {
                        self.in_string = true;
                        continue;
                    }
                    Some(b'{' | b'[') => {
                        self.depth += 1;
                        continue;
                    }
                    _ => self.depth = self.depth.saturating_sub(1),
                }
            }
            if self.depth == 0 {
                return Some(self.seen);
            }
        }
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// Cuts an array that is there whole.
pub(crate) fn rows_of<C: FromIterator<Bytes>>(body: Bytes) -> Result<C, Flaw> {
    let mut splitter = Splitter::new(usize::MAX);
    splitter.feed(body);
    let rows = std::iter::from_fn(|| match splitter.step() {
        Ok(Step::Row(row)) => Some(Ok(row)),
        Ok(Step::Hungry) => None,
        Err(flaw) => Some(Err(flaw)),
    });
    let rows = rows.collect::<Result<C, Flaw>>()?;
    splitter.finish().map(|()| rows)
}

#[cfg(test)]
mod tests;
