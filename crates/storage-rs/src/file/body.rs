//! What can be uploaded, and how it is read: a piece at a time.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http_body::{Frame, SizeHint};
use supabase_http::{Body, BoxError, Error, Result};
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncSeekExt as _, ReadBuf};

/// How much of a file or reader is read at once, in bytes.
const PIECE: usize = 64 * 1024;

/// What is uploaded. Bytes, texts and open files become one by themselves; this type makes one of a path, a reader or a
/// stream.
///
/// ```
/// # fn demo(files: storage_rs::FileClient) {
/// use storage_rs::UploadBody;
///
/// let upload = files.upload("big.iso", UploadBody::path("/data/big.iso"));
/// let upload = files.upload("zeros", UploadBody::reader(tokio::io::repeat(0)).length(0));
/// # }
/// ```
pub struct UploadBody {
    pub(crate) source: Source,
    pub(crate) length: Option<u64>,
}

pub(crate) enum Source {
    Bytes(Bytes),
    Path(PathBuf),
    File(Box<File>),
    Stream(Body),
}

impl UploadBody {
    /// Bytes in memory. Only these can be sent again by a retry.
    ///
    /// ```
    /// let body = storage_rs::UploadBody::bytes(vec![1, 2, 3]);
    /// ```
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self::of(Source::Bytes(bytes.into()))
    }

    /// The file at this path, opened when the upload begins. It must keep its size until the upload is done.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self::of(Source::Path(path.into()))
    }

    /// Whatever a reader gives, until it ends.
    pub fn reader(reader: impl AsyncRead + Send + 'static) -> Self {
        Self::of(Source::Stream(Body::wrap(Pieces::new(Box::pin(reader)))))
    }

    /// Whatever a stream gives, until it ends.
    ///
    /// ```
    /// # fn demo(files: storage_rs::FileClient) {
    /// use bytes::Bytes;
    /// use storage_rs::UploadBody;
    ///
    /// let pieces = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from("a")), Ok(Bytes::from("b"))]);
    /// let upload = files.upload("ab.txt", UploadBody::stream(pieces).length(2));
    /// # }
    /// ```
    pub fn stream<S, E>(stream: S) -> Self
    where
        S: Stream<Item = std::result::Result<Bytes, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        Self::of(Source::Stream(Body::from_stream(stream)))
    }

    /// Any HTTP body.
    ///
    /// ```
    /// let body = storage_rs::UploadBody::body(storage_rs::Body::from("hello"));
    /// ```
    pub fn body(body: impl Into<Body>) -> Self {
        let body = body.into();
        match body.into_bytes() {
            Ok(bytes) => Self::bytes(bytes),
            Err(stream) => Self::of(Source::Stream(stream)),
        }
    }

    /// The size of a reader or stream in bytes, which the service is told first, so that it can refuse what is too large
    /// at once. One that turns out shorter or longer makes the upload fail.
    #[must_use]
    pub fn length(mut self, bytes: u64) -> Self {
        self.length = Some(bytes);
        self
    }

    fn of(source: Source) -> Self {
        Self {
            source,
            length: None,
        }
    }

    /// The size of what is no file, in bytes, as far as it is known.
    #[cfg(feature = "resumable")]
    pub(crate) fn known_length(&self) -> Option<u64> {
        let exact = match &self.source {
            Source::Bytes(bytes) => Some(size(bytes.len())),
            Source::Stream(body) => http_body::Body::size_hint(body).exact(),
            Source::Path(_) | Source::File(_) => None,
        };
        self.length.or(exact)
    }

    /// Whether more than `bytes` are known to come.
    #[cfg(feature = "resumable")]
    pub(crate) async fn measured(self, bytes: u64) -> (Self, bool) {
        let size = match &self.source {
            // What is no file, or cannot be opened, is said where it is opened.
            Source::Path(path) => tokio::fs::metadata(path).await.ok().map(|file| file.len()),
            Source::File(file) => file.metadata().await.ok().map(|file| file.len()),
            _ => self.known_length(),
        };
        (self, size.is_some_and(|size| size > bytes))
    }

    /// What is in memory already, or can be sent without opening anything.
    pub(crate) fn try_ready(self) -> Result<Body, Self> {
        match self.source {
            Source::Bytes(bytes)
                if self.length.is_none_or(|length| length == size(bytes.len())) =>
            {
                Ok(Body::from(bytes))
            }
            Source::Bytes(bytes) => Ok(Exactly::wrap(Body::from(bytes), self.length)),
            Source::Stream(body) => Ok(Exactly::wrap(body, self.length)),
            source => Err(Self { source, ..self }),
        }
    }

    /// Opens what is a file.
    pub(crate) async fn open(self) -> Result<Body> {
        let length = self.length;
        let file = match self.source {
            Source::Path(path) => File::open(&path).await.map_err(|cause| {
                Error::request_caused_by(format!("{path:?} cannot be opened"), cause)
            })?,
            Source::File(file) => *file,
            Source::Bytes(bytes) => return Ok(Exactly::wrap(Body::from(bytes), length)),
            Source::Stream(body) => return Ok(Exactly::wrap(body, length)),
        };
        let (file, left) = rest_of(file).await?;
        if length.is_some_and(|length| length != left) {
            return Err(Error::request(format!(
                "the file has {left} bytes, not {} as was said",
                length.unwrap_or_default()
            )));
        }
        Ok(Exactly::wrap(Body::wrap(Pieces::new(file)), Some(left)))
    }
}

/// How much there is in a file from where it stands.
pub(crate) async fn rest_of(mut file: File) -> Result<(File, u64)> {
    let unreadable = |cause| Error::request_caused_by("the file cannot be read", cause);
    let metadata = file.metadata().await.map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(Error::request(
            "this is no regular file; upload its content by `UploadBody::reader`",
        ));
    }
    let at = file.stream_position().await.map_err(unreadable)?;
    Ok((file, metadata.len().saturating_sub(at)))
}

impl fmt::Debug for UploadBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::Bytes(bytes) => write!(f, "UploadBody({} bytes)", bytes.len()),
            Source::Path(_) | Source::File(_) => f.write_str("UploadBody(file)"),
            Source::Stream(_) => f.write_str("UploadBody(stream)"),
        }
    }
}

/// What can be uploaded: bytes, texts, an open file (from where it stands), or an [`UploadBody`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be uploaded as it is",
    note = "bytes, texts and `tokio::fs::File` can; for a path, a reader or a stream there is `UploadBody::path(..)`, `reader(..)` and `stream(..)`"
)]
pub trait IntoUploadBody {
    /// What is uploaded.
    ///
    /// ```
    /// use storage_rs::IntoUploadBody;
    ///
    /// let body = "hello".into_upload_body();
    /// ```
    fn into_upload_body(self) -> UploadBody;
}

impl IntoUploadBody for UploadBody {
    fn into_upload_body(self) -> UploadBody {
        self
    }
}

impl IntoUploadBody for Body {
    fn into_upload_body(self) -> UploadBody {
        UploadBody::body(self)
    }
}

impl IntoUploadBody for File {
    fn into_upload_body(self) -> UploadBody {
        UploadBody::of(Source::File(Box::new(self)))
    }
}

impl<const N: usize> IntoUploadBody for [u8; N] {
    fn into_upload_body(self) -> UploadBody {
        UploadBody::bytes(Bytes::copy_from_slice(&self))
    }
}

macro_rules! into_upload_body {
    (owned: $($owned:ty),*; copied: $($copied:ty),*) => {
        $(impl IntoUploadBody for $owned {
            fn into_upload_body(self) -> UploadBody {
                UploadBody::bytes(self)
            }
        })*
        $(impl IntoUploadBody for $copied {
            fn into_upload_body(self) -> UploadBody {
                UploadBody::bytes(Bytes::copy_from_slice(self.as_ref()))
            }
        })*
    };
}
into_upload_body!(owned: Bytes, BytesMut, Vec<u8>, String; copied: &[u8], &str, &String, &Vec<u8>);

impl<const N: usize> IntoUploadBody for &[u8; N] {
    fn into_upload_body(self) -> UploadBody {
        UploadBody::bytes(Bytes::copy_from_slice(self))
    }
}

/// A reader as a body.
pub(crate) struct Pieces<R> {
    reader: R,
    buffer: BytesMut,
}

impl<R> Pieces<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: BytesMut::new(),
        }
    }
}

impl<R: AsyncRead + Unpin> http_body::Body for Pieces<R> {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = &mut *self;
        // What was handed out before is freed, or used again, as soon as it is sent.
        this.buffer.resize(PIECE, 0);
        let mut room = ReadBuf::new(&mut this.buffer);
        ready!(Pin::new(&mut this.reader).poll_read(cx, &mut room))?;
        let filled = room.filled().len();
        if filled == 0 {
            return Poll::Ready(None);
        }
        let piece = this.buffer.split_to(filled).freeze();
        this.buffer.clear();
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }
}

/// A body of a known size. If it has another, it fails, and before its last byte goes out: the service has no whole
/// request then, and keeps nothing.
pub(crate) struct Exactly {
    body: Body,
    left: u64,
    /// The last piece, held back until the body says that it was the last.
    last: Option<Bytes>,
}

impl Exactly {
    pub(crate) fn wrap(body: Body, length: Option<u64>) -> Body {
        match length {
            None => body,
            Some(left) => Body::wrap(Self {
                body,
                left,
                last: None,
            }),
        }
    }
}

impl http_body::Body for Exactly {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        loop {
            let frame = match ready!(Pin::new(&mut this.body).poll_frame(cx)) {
                Some(frame) => frame?,
                None if this.left > 0 => return Poll::Ready(Some(Err(wrong_size("shorter")))),
                None => return Poll::Ready(this.last.take().map(|last| Ok(Frame::data(last)))),
            };
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if data.is_empty() {
                continue;
            }
            let Some(left) = this.left.checked_sub(size(data.len())) else {
                return Poll::Ready(Some(Err(wrong_size("longer"))));
            };
            this.left = left;
            if left > 0 {
                return Poll::Ready(Some(Ok(Frame::data(data))));
            }
            this.last = Some(data);
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0 && self.last.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let last = self.last.as_ref().map_or(0, Bytes::len);
        SizeHint::with_exact(self.left.saturating_add(size(last)))
    }
}

fn wrong_size(how: &str) -> BoxError {
    let text = format!("what is uploaded is {how} than it was when the upload began");
    io::Error::new(io::ErrorKind::InvalidData, text).into()
}

fn size(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
