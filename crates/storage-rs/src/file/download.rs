//! One download: what is asked for, until it is sent.

use std::fmt;
use std::future::IntoFuture;
use std::ops::{Bound, RangeBounds};
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http::header::RANGE;
use http::response::Parts;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use supabase_http::{Body, Error, Result, RetryConfig};

use super::FileClient;
use super::stream::{ContentRange, DownloadReader, DownloadStream};
use super::to_file::{Downloaded, to_file};
use crate::call::{Prepared, Setup, bare};
use crate::progress::{Progress, Teller};
use crate::{ObjectPath, Sending, Transform, error};

/// A download under construction. **Awaiting it gives the bytes**; [`stream`](Download::stream),
/// [`reader`](Download::reader) and [`to_file`](Download::to_file) hold only a piece of the file at a time. Made by
/// [`FileClient::download`].
///
/// Dropping what comes of it closes the connection.
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
/// use storage_rs::Transform;
///
/// let thumbnail = files.download("cats/tom.png").transform(Transform::new().width(100)).await?;
/// let mut pieces = files.download("big.iso").range(1024..).stream().await?;
/// while let Some(piece) = pieces.try_next().await? {
///     println!("{} bytes", piece.len());
/// }
/// # Ok(()) }
/// ```
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
/// use std::time::Duration;
/// use storage_rs::RetryConfig;
///
/// let patient = files.download("a").timeout(Duration::from_secs(9)).retry(RetryConfig::off()).header("x-a", "1").await?;
/// let tail = files.download("log.txt").last(1000).cache_nonce("v2").await?;
/// let old = files.download("a").version("8da6e2d2");
/// let progress = old.progress();
/// let request = old.into_request()?;
/// let (parts, ()) = http::Response::new(()).into_parts();
/// let read = files.download("a").decode(&parts, "bytes".into())?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the download is awaited"]
pub struct Download {
    pub(super) setup: Setup,
    files: FileClient,
    path: ObjectPath,
    transform: Transform,
    pub(super) range: Range,
    version: Option<String>,
    cache_nonce: Option<String>,
    pub(super) teller: Teller,
}

/// Which bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    All,
    From(u64),
    /// Both ends are part of it.
    Between(u64, u64),
    Last(u64),
    /// No bytes, or more than can be said.
    Nothing,
}

impl Range {
    fn new(bounds: &impl RangeBounds<u64>) -> Self {
        let start = match bounds.start_bound() {
            Bound::Included(at) => Some(*at),
            Bound::Excluded(at) => at.checked_add(1),
            Bound::Unbounded => Some(0),
        };
        let end = match bounds.end_bound() {
            Bound::Included(at) => Some(Some(*at)),
            Bound::Excluded(at) => at.checked_sub(1).map(Some),
            Bound::Unbounded => Some(None),
        };
        match (start, end) {
            (Some(0), Some(None)) => Self::All,
            (Some(start), Some(None)) => Self::From(start),
            (Some(start), Some(Some(end))) if start <= end => Self::Between(start, end),
            _ => Self::Nothing,
        }
    }

    fn header(self) -> Result<Option<HeaderValue>> {
        let text = match self {
            Self::All => return Ok(None),
            Self::From(start) => format!("bytes={start}-"),
            Self::Between(start, end) => format!("bytes={start}-{end}"),
            Self::Last(bytes) => format!("bytes=-{bytes}"),
            Self::Nothing => {
                return Err(Error::request("the range holds no bytes"));
            }
        };
        HeaderValue::try_from(text)
            .map(Some)
            .map_err(|cause| Error::request_caused_by("the range cannot be sent", cause))
    }

    /// Checks that an answer holds what was asked for: a server or a cache between may ignore a range.
    pub(super) fn check(self, parts: &Parts) -> Result<Option<ContentRange>> {
        if self == Self::All {
            return Ok(None);
        }
        let answered = ContentRange::of(&parts.headers);
        let fits = match (self, answered) {
            _ if parts.status != StatusCode::PARTIAL_CONTENT => false,
            (Self::From(start) | Self::Between(start, _), Some(range)) => range.first == start,
            (_, range) => range.is_some(),
        };
        if fits {
            return Ok(answered);
        }
        let why = "it is not the range that was asked for";
        Err(Error::unexpected(parts, Bytes::new(), why))
    }
}

impl Download {
    pub(super) fn new(files: &FileClient, path: ObjectPath) -> Self {
        let template = "/storage/v1/object/{bucket}/{path}";
        Self {
            setup: Setup::new(&files.service, "download", template),
            files: files.clone(),
            path,
            transform: Transform::new(),
            range: Range::All,
            version: None,
            cache_nonce: None,
            teller: Teller::new(),
        }
    }

    /// The same download once more, for a part of the file.
    pub(super) fn again(&self, range: Range) -> Self {
        Self {
            setup: self.setup.again(),
            files: self.files.clone(),
            path: self.path.clone(),
            transform: self.transform.clone(),
            range,
            version: self.version.clone(),
            cache_nonce: self.cache_nonce.clone(),
            teller: Teller::new(),
        }
    }

    /// Whether a part of the file, got earlier, can be gone on with.
    pub(super) fn is_resumable(&self) -> bool {
        self.range == Range::All && self.transform.is_empty()
    }

    /// Changes a picture while it is served.
    pub fn transform(mut self, transform: Transform) -> Self {
        self.transform = transform;
        self
    }

    /// Only these bytes of the file, counted from 0. What is beyond its end is left out; a range that begins there is an
    /// error.
    ///
    /// ```
    /// # fn main() -> Result<(), storage_rs::Error> {
    /// # let files = storage_rs::StorageClient::new("http://127.0.0.1:54321", "key")?.from("b");
    /// let request = files.download("big.iso").range(0..1024).into_request()?;
    /// assert_eq!(request.headers()["range"], "bytes=0-1023");
    /// assert!(files.download("big.iso").range(5..5).into_request().is_err());
    /// # Ok(()) }
    /// ```
    pub fn range(mut self, bytes: impl RangeBounds<u64>) -> Self {
        self.range = Range::new(&bytes);
        self
    }

    /// Only so many bytes at the end of the file.
    pub fn last(mut self, bytes: u64) -> Self {
        self.range = if bytes == 0 {
            Range::Nothing
        } else {
            Range::Last(bytes)
        };
        self
    }

    /// An older version of the file; for buckets that keep versions.
    pub fn version(mut self, id: impl Into<String>) -> Self {
        self.version = Some(id.into());
        self
    }

    /// Makes the URL another one for caches, so that they fetch the file anew: a version or a time, for example.
    pub fn cache_nonce(mut self, nonce: impl Into<String>) -> Self {
        self.cache_nonce = Some(nonce.into());
        self
    }

    /// Watches how much has come, of [`stream`](Download::stream), [`reader`](Download::reader) and
    /// [`to_file`](Download::to_file).
    pub fn progress(&self) -> Progress {
        self.teller.watch()
    }

    /// The time limit of the whole call; for a stream, to the head of the answer.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.setup.timeout(limit);
        self
    }

    /// When this call is sent again, instead of what the client says.
    pub fn retry(mut self, retry: RetryConfig) -> Self {
        self.setup.retry(retry);
        self
    }

    /// Sets a header of this request alone; it wins over any other of its name.
    pub fn header(
        mut self,
        name: impl TryInto<HeaderName, Error: Into<http::Error>>,
        value: impl TryInto<HeaderValue, Error: Into<http::Error>>,
    ) -> Self {
        self.setup.header(name, value);
        self
    }

    /// Begins the download, and gives the file in pieces, as they come.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
    /// let mut pieces = files.download("big.iso").stream().await?;
    /// println!("{:?} bytes of {:?}", pieces.size(), pieces.content_type());
    /// while let Some(piece) = pieces.try_next().await? {
    ///     println!("{} bytes", piece.len());
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As awaiting the download, as far as the head of the answer tells; what comes later is an item of the stream.
    pub fn stream(self) -> Sending<DownloadStream> {
        let operation = self.setup.options.operation();
        Sending::new(operation, async move {
            let (range, teller, prepared) = self.split();
            let service = prepared.service.clone();
            let name = service.info().name;
            let context = |error: Error| error.with_context(name, operation);
            let request = prepared.request.map_err(context)?;
            let (parts, body) = service.open(request, prepared.options).await?.into_parts();
            if !parts.status.is_success() {
                let start = start_of(body).await;
                return Err(context(error::of_read(&parts, start)));
            }
            let range = range.check(&parts).map_err(context)?;
            Ok(DownloadStream::new(parts, body, range, teller, name))
        })
    }

    /// Begins the download, and gives the file as a [`tokio::io::AsyncRead`].
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient) -> Result<(), Box<dyn std::error::Error>> {
    /// use tokio::io::{AsyncBufReadExt, BufReader};
    ///
    /// let mut lines = BufReader::new(files.download("log.txt").reader().await?).lines();
    /// while let Some(line) = lines.next_line().await? {
    ///     println!("{line}");
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`stream`](Download::stream); what comes later is an error of reading, with the [`Error`] inside.
    pub fn reader(self) -> Sending<DownloadReader> {
        let operation = self.setup.options.operation();
        let stream = self.stream();
        Sending::new(
            operation,
            async move { Ok(DownloadReader::new(stream.await?)) },
        )
    }

    /// Downloads into a file. It is written beside it (`.name.….part`), and takes its place when it is whole.
    ///
    /// What is left of an earlier try is gone on with, if the service's file is still the same one by its ETag. If the
    /// connection breaks, it goes on from there by itself. Do not download to the same file twice at once.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
    /// let got = files.download("big.iso").to_file("/data/big.iso").await?;
    /// println!("{} bytes, {} of them now", got.size, got.transferred);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As awaiting the download; [`ErrorKind::Runtime`](crate::ErrorKind::Runtime) if the file cannot be written.
    pub fn to_file(self, path: impl AsRef<Path>) -> Sending<Downloaded> {
        let operation = self.setup.options.operation();
        let name = self.setup.service.info().name;
        let path = path.as_ref().to_owned();
        Sending::new(operation, async move {
            let written = to_file(self, &path).await;
            written.map_err(|error| error.with_context(name, operation))
        })
    }

    /// Renders the request without sending it. Credentials and the client's own headers are added when it is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for the first bad input of the chain.
    pub fn into_request(self) -> Result<Request<Body>> {
        self.split().2.request
    }

    /// Reads an answer as awaiting this download would: the other pure half of a call.
    ///
    /// # Errors
    /// What awaiting the download would give for that answer.
    pub fn decode(self, parts: &Parts, body: Bytes) -> Result<Bytes> {
        (self.split().2.decode)(parts, body)
    }

    fn split(self) -> (Range, Teller, Prepared<Bytes>) {
        let Self {
            setup,
            files,
            path,
            transform,
            range,
            version,
            cache_nonce,
            teller,
        } = self;
        let prepared = setup.finish(
            |_| {
                transform.check()?;
                let route = if transform.is_empty() {
                    "object"
                } else {
                    "render/image/authenticated"
                };
                let mut uri = transform.to_query(files.object_uri(route, &path)?);
                if let Some(version) = &version {
                    uri = uri.pair("versionId", version);
                }
                if let Some(nonce) = &cache_nonce {
                    uri = uri.pair("cacheNonce", nonce);
                }
                let mut request = bare(Method::GET, uri.finish())?;
                if let Some(value) = range.header()? {
                    request.headers_mut().insert(RANGE, value);
                }
                Ok(request)
            },
            move |parts, body| {
                if !parts.status.is_success() {
                    return Err(error::of_read(parts, body));
                }
                range.check(parts)?;
                Ok(body)
            },
        );
        (range, teller, prepared)
    }
}

/// The start of an error's body. What came of it tells more than the failure to read the rest.
async fn start_of(body: Body) -> Bytes {
    const MAX_ERROR_BODY: usize = 64 * 1024;
    let mut chunks = body.into_stream();
    let mut start = bytes::BytesMut::new();
    while start.len() < MAX_ERROR_BODY {
        match chunks.next().await {
            Some(Ok(chunk)) => start.extend_from_slice(&chunk),
            _ => break,
        }
    }
    start.freeze()
}

impl IntoFuture for Download {
    type Output = Result<Bytes>;
    type IntoFuture = Sending<Bytes>;

    fn into_future(self) -> Sending<Bytes> {
        self.split().2.send()
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the name, which may be personal.
        write!(f, "Download({:?}, {:?})", self.setup.service, self.range)
    }
}
