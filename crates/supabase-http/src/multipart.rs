//! A `multipart/form-data` body that is written while it is sent.

use std::collections::VecDeque;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body::{Frame, SizeHint};

use crate::{Body, BoxError, Error, Result};

/// Up to this size, a form that is all in memory becomes one piece, so that it can be sent again.
const ONE_PIECE: u64 = 8 * 1024 * 1024;

/// A form with files, `multipart/form-data`.
///
/// Parts are sent in their order. Streams are not buffered; a form that is all in memory and has at most
/// 8 MiB is written at once and can be sent again by a retry.
///
/// ```
/// use supabase_http::{Multipart, Part};
///
/// # fn main() -> supabase_http::Result<()> {
/// let form = Multipart::new()
///     .text("cacheControl", "3600")
///     .part("", Part::new(vec![1, 2, 3]).file_name("a.png").content_type("image/png"));
/// let content_type = form.content_type();
/// assert!(form.content_length().is_some_and(|bytes| bytes > 3));
/// let body = form.into_body()?;
/// # assert!(content_type.to_str().is_ok_and(|text| text.starts_with("multipart/form-data; boundary=")));
/// # assert!(body.try_clone().is_some());
/// # Ok(()) }
/// ```
#[must_use]
pub struct Multipart {
    boundary: String,
    parts: Vec<(String, Part)>,
}

/// One part of a [`Multipart`] form.
///
/// ```
/// use http::{HeaderName, HeaderValue};
/// use supabase_http::{Body, Part};
///
/// let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>("hello".into())]);
/// let part = Part::new(Body::from_stream(chunks))
///     .length(5)
///     .file_name("hello.txt")
///     .content_type("text/plain")
///     .header(HeaderName::from_static("x-checksum"), HeaderValue::from_static("aaf4c61d"));
/// ```
#[must_use]
pub struct Part {
    body: Body,
    length: Option<u64>,
    file_name: Option<String>,
    headers: HeaderMap,
    /// The first thing that was wrong.
    flaw: Option<String>,
}

impl Part {
    /// A part with this content: text, bytes, or any [`Body`], streams included.
    pub fn new(body: impl Into<Body>) -> Self {
        let body = body.into();
        let length = http_body::Body::size_hint(&body).exact();
        Self {
            body,
            length,
            file_name: None,
            headers: HeaderMap::new(),
            flaw: None,
        }
    }

    /// The size of a streamed content in bytes. With it for every stream, the form has a known size too.
    /// A stream that turns out shorter or longer makes the request fail.
    pub fn length(mut self, bytes: u64) -> Self {
        if self.length.is_some_and(|known| known != bytes) {
            self.flaw
                .get_or_insert_with(|| "a part's `length` is not that of its content".into());
        }
        self.length = Some(bytes);
        self
    }

    /// The name of the file. A part with one and without a content type is `application/octet-stream`.
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.file_name = Some(name.into());
        self
    }

    /// The content type, such as `image/png`.
    pub fn content_type(self, value: &str) -> Self {
        match HeaderValue::from_str(value) {
            Ok(value) => self.header(CONTENT_TYPE, value),
            Err(_) => self.flawed("a part's content type is no header value"),
        }
    }

    /// A header of the part, replacing one of the same name; `Content-Disposition` is written by the form.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        if name == CONTENT_DISPOSITION {
            return self.flawed("a part's `content-disposition` is written by the form");
        }
        self.headers.insert(name, value);
        self
    }

    fn flawed(mut self, text: &str) -> Self {
        self.flaw.get_or_insert_with(|| text.to_owned());
        self
    }

    /// The boundary line and the headers, up to the content.
    fn head(&self, boundary: &str, name: &str) -> Bytes {
        let mut out = BytesMut::new();
        let mut put = |bytes: &[u8]| out.extend_from_slice(bytes);
        put(b"--");
        put(boundary.as_bytes());
        put(b"\r\nContent-Disposition: form-data; name=\"");
        put(escape(name).as_bytes());
        put(b"\"");
        if let Some(file) = &self.file_name {
            put(b"; filename=\"");
            put(escape(file).as_bytes());
            put(b"\"");
        }
        put(b"\r\n");
        if self.file_name.is_some() && !self.headers.contains_key(CONTENT_TYPE) {
            put(b"content-type: application/octet-stream\r\n");
        }
        for (name, value) in &self.headers {
            put(name.as_str().as_bytes());
            put(b": ");
            put(value.as_bytes());
            put(b"\r\n");
        }
        put(b"\r\n");
        out.freeze()
    }
}

impl Multipart {
    /// A form without parts yet.
    pub fn new() -> Self {
        Self {
            boundary: random_boundary(),
            parts: Vec::new(),
        }
    }

    /// Adds a text field.
    pub fn text(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.part(name, Part::new(value.into()))
    }

    /// Adds a part. Quotes and line breaks in names are escaped as browsers do it.
    pub fn part(mut self, name: impl Into<String>, part: Part) -> Self {
        // A boundary within a content would end it early. It does not happen by chance.
        if let Some(bytes) = part.body.as_bytes() {
            if contains(bytes, self.boundary.as_bytes()) {
                self.boundary = self.free_boundary(bytes);
            }
        }
        self.parts.push((name.into(), part));
        self
    }

    /// The value for the request's `Content-Type`. Ask when all parts are in: it can change with them.
    #[must_use]
    pub fn content_type(&self) -> HeaderValue {
        // A boundary is letters and digits, so this is always a header value.
        HeaderValue::try_from(format!("multipart/form-data; boundary={}", self.boundary))
            .unwrap_or_else(|_| HeaderValue::from_static("multipart/form-data"))
    }

    /// The size of the whole form in bytes, if that of every part is known.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        let mut total = size(self.tail().len());
        for (name, part) in &self.parts {
            let head = size(part.head(&self.boundary, name).len());
            total = total
                .checked_add(head)?
                .checked_add(part.length?)?
                .checked_add(2)?;
        }
        Some(total)
    }

    /// The body to send.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if a part was given something that cannot be sent.
    pub fn into_body(self) -> Result<Body> {
        if let Some(flaw) = self.parts.iter().find_map(|(_, part)| part.flaw.clone()) {
            return Err(Error::request(flaw));
        }
        let total = self.content_length();
        let tail = self.tail();
        let in_memory = self
            .parts
            .iter()
            .all(|(_, part)| part.body.as_bytes().is_some());
        let mut pieces = VecDeque::with_capacity(self.parts.len() * 3 + 1);
        for (name, part) in self.parts {
            pieces.push_back(Piece::Bytes(part.head(&self.boundary, &name)));
            pieces.push_back(match part.body.into_bytes() {
                Ok(bytes) => Piece::Bytes(bytes),
                Err(body) => Piece::Stream {
                    body,
                    left: part.length,
                },
            });
            pieces.push_back(Piece::Bytes(Bytes::from_static(b"\r\n")));
        }
        pieces.push_back(Piece::Bytes(tail));
        if in_memory && total.is_some_and(|total| total <= ONE_PIECE) {
            let mut whole = BytesMut::new();
            for piece in &pieces {
                if let Piece::Bytes(bytes) = piece {
                    whole.extend_from_slice(bytes);
                }
            }
            return Ok(Body::from(whole.freeze()));
        }
        Ok(Body::wrap(Writer {
            pieces,
            left: total,
        }))
    }

    fn tail(&self) -> Bytes {
        Bytes::from(format!("--{}--\r\n", self.boundary))
    }

    fn free_boundary(&self, new: &[u8]) -> String {
        loop {
            let boundary = random_boundary();
            let taken = |bytes: &[u8]| contains(bytes, boundary.as_bytes());
            let old = self
                .parts
                .iter()
                .filter_map(|(_, part)| part.body.as_bytes());
            if !std::iter::once(new).chain(old).any(taken) {
                return boundary;
            }
        }
    }
}

impl Default for Multipart {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Multipart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.parts.iter().map(|(name, part)| (name, part)))
            .finish()
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("body", &self.body)
            .field("file_name", &self.file_name)
            .finish_non_exhaustive()
    }
}

/// 128 bits that nobody outside the process can guess, as letters and digits.
fn random_boundary() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}

/// As browsers write names: what would end the quotes or the line is percent-encoded, nothing else.
fn escape(name: &str) -> String {
    name.replace('\r', "%0D")
        .replace('\n', "%0A")
        .replace('"', "%22")
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

fn size(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

enum Piece {
    Bytes(Bytes),
    Stream { body: Body, left: Option<u64> },
}

/// Sends the pieces one after the other.
struct Writer {
    pieces: VecDeque<Piece>,
    left: Option<u64>,
}

impl http_body::Body for Writer {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        let data = loop {
            match this.pieces.front_mut() {
                None => return Poll::Ready(None),
                Some(Piece::Bytes(bytes)) => {
                    let bytes = std::mem::take(bytes);
                    this.pieces.pop_front();
                    if !bytes.is_empty() {
                        break bytes;
                    }
                }
                Some(Piece::Stream { body, left }) => {
                    match ready!(Pin::new(body).poll_frame(cx)).transpose()? {
                        // Trailers have no place in a part.
                        Some(frame) => {
                            if let Ok(data) = frame.into_data() {
                                count(left, &data)?;
                                break data;
                            }
                        }
                        None if left.is_none_or(|left| left == 0) => {
                            this.pieces.pop_front();
                        }
                        None => return Poll::Ready(Some(Err(wrong_length("shorter")))),
                    }
                }
            }
        };
        this.left = this.left.map(|left| left.saturating_sub(size(data.len())));
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        self.left
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

fn count(left: &mut Option<u64>, data: &Bytes) -> Result<(), BoxError> {
    if let Some(known) = left {
        *known = known
            .checked_sub(size(data.len()))
            .ok_or_else(|| wrong_length("longer"))?;
    }
    Ok(())
}

fn wrong_length(how: &str) -> BoxError {
    let text = format!("a part of the form is {how} than its `length`");
    io::Error::new(io::ErrorKind::InvalidData, text).into()
}
