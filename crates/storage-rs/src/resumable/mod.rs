//! Resumable uploads: in chunks, by [TUS 1.0.0](https://tus.io/protocols/resumable-upload), so that what has arrived need
//! not be sent again.

pub(crate) mod protocol;
mod run;
mod slots;
mod source;
mod state;

use std::fmt;
use std::future::IntoFuture;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http::response::Parts;
use http::{HeaderName, HeaderValue, Request};
use supabase_http::{Backoff, Body, Error, Result, RetryConfig};

pub use self::slots::UploadSlots;
pub use self::state::UploadState;

use self::protocol::{Creation, Session};
use self::run::{Job, Options};
use self::source::Chunks;
use self::state::StateFile;
use crate::call::{Prepared, Setup, operation};
use crate::file::body::{IntoUploadBody, UploadBody};
use crate::path::check_bucket;
use crate::progress::{Progress, Teller};
use crate::{FileClient, Sending, Uploaded};

/// The size of a chunk in bytes: the one that the hosted service takes.
const CHUNK: usize = 6 * 1024 * 1024;
/// How many breaks without a byte between them an upload stands.
const TRIES: u32 = 6;

/// A resumable upload under construction. **Awaiting it runs it to its end.** Made by
/// [`Upload::resumable`](crate::Upload::resumable) and [`FileClient::resume_upload`].
///
/// The content goes in chunks, one of them in memory at a time. When a connection breaks, the service is asked how much
/// has arrived, and the upload goes on from there; a token that runs out meanwhile is replaced by what the client's token
/// source gives. The file is there when the last byte has arrived, not before. What the service answers is never sent a
/// token elsewhere: all requests go to the client's own endpoint.
///
/// With [`state_file`](ResumableUpload::state_file) another process goes on where this one was killed:
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
/// use storage_rs::UploadBody;
///
/// files
///     .upload("big.iso", UploadBody::path("/data/big.iso"))
///     .resumable()
///     .state_file("/data/.big.iso.upload")
///     .await?;
/// # Ok(()) }
/// ```
///
/// Content that changed since is noticed by size and time of a file, and by a hash of bytes in memory. A stream can be
/// gone on with as well, if it gives the same bytes again, which [`fingerprint`](ResumableUpload::fingerprint) says.
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient, stream: storage_rs::UploadBody) -> Result<(), storage_rs::Error> {
/// use std::time::Duration;
/// use storage_rs::{RetryConfig, UploadSlots};
/// use supabase_http::Backoff;
///
/// let slots = UploadSlots::new(2);
/// let upload = files
///     .upload("backup.tar", stream)
///     .resumable()
///     .chunk_size(6 * 1024 * 1024)
///     .fingerprint("backup of 2026-11-24")
///     .tries(10)
///     .backoff(Backoff::new(Duration::from_secs(1), Duration::from_secs(60)))
///     .slots(&slots)
///     .timeout(Duration::from_secs(120))
///     .retry(RetryConfig::new())
///     .header("x-app", "backup");
/// let progress = upload.progress();
/// let stored = upload.await?;
///
/// let request = files.upload("a", "abc").resumable().send_with_creation().into_request()?;
/// assert_eq!(request.uri().path(), "/storage/v1/upload/resumable");
/// let (parts, ()) = http::Response::new(()).into_parts();
/// let state = files.upload("a", "abc").resumable().decode(&parts, "".into())?;
/// files.resume_upload(state, "abc").token("of a signed upload URL").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// As of an [`Upload`](crate::Upload). [`is_not_found`](crate::Error::is_not_found) if the service does not have what was
/// begun any more, which begins anew by itself if the content can be read again and was not only
/// [resumed](FileClient::resume_upload); [`ErrorKind::Request`](crate::ErrorKind::Request) if the content changed.
/// After so many [`tries`](ResumableUpload::tries), the last failure.
#[must_use = "nothing is sent until the upload is awaited"]
pub struct ResumableUpload {
    session: Session,
    creation: Option<Creation>,
    state: Option<UploadState>,
    body: UploadBody,
    options: Options,
    teller: Teller,
}

impl ResumableUpload {
    pub(crate) fn new(
        session: Session,
        creation: Creation,
        body: UploadBody,
        teller: Teller,
    ) -> Self {
        Self::with(session, Some(creation), None, body, teller)
    }

    fn with(
        session: Session,
        creation: Option<Creation>,
        state: Option<UploadState>,
        body: UploadBody,
        teller: Teller,
    ) -> Self {
        Self {
            session,
            creation,
            state,
            body,
            options: Options {
                chunk_size: CHUNK,
                tries: TRIES,
                backoff: Backoff::new(Duration::from_secs(1), Duration::from_secs(30)),
                state_file: None,
                fingerprint: None,
                slots: None,
                with_creation: false,
            },
            teller,
        }
    }

    /// How much is sent at once, and held in memory, in bytes. The hosted service takes no other size than 6 MiB, which
    /// is the default.
    pub fn chunk_size(mut self, bytes: usize) -> Self {
        let checked = match bytes {
            0 => Err(Error::request(
                "a chunk of no bytes never arrives; take 6 MiB",
            )),
            bytes => Ok(bytes),
        };
        if let Some(bytes) = self.session.setup.keep(checked) {
            self.options.chunk_size = bytes;
        }
        self
    }

    /// Keeps the state of the upload in this file, and goes on with what is in it. It is removed when the upload is done.
    /// The state of other content, or of another target, is replaced. It holds no secret.
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.options.state_file = Some(StateFile(path.into()));
        self
    }

    /// Says what the content is, in words that are others for another content: a hash, or a name with a version. It is
    /// compared when an upload is gone on with, instead of size and time of a file.
    pub fn fingerprint(mut self, text: impl Into<String>) -> Self {
        self.options.fingerprint = Some(text.into());
        self
    }

    /// The token of the signed upload URL by which a resumed upload was begun.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.session.token = Some(token.into());
        self
    }

    /// Sends the first chunk with the request that begins the upload: a request less, if the service takes it. A break in
    /// it loses that chunk. If it is all there is, nobody can tell whether the file was made, and that is the error.
    pub fn send_with_creation(mut self) -> Self {
        self.options.with_creation = true;
        self
    }

    /// How many breaks without a byte between them the upload stands: 6 by default.
    pub fn tries(mut self, breaks: u32) -> Self {
        self.options.tries = breaks;
        self
    }

    /// How long to wait after a break: 1 s, doubled up to 30 s, by default. A longer `Retry-After` of the service is
    /// respected up to the longest wait.
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.options.backoff = backoff;
        self
    }

    /// Waits for one of these slots before anything is read or sent.
    pub fn slots(mut self, slots: &UploadSlots) -> Self {
        self.options.slots = Some(slots.clone());
        self
    }

    /// Watches how much has been handed to the network; after a break it falls back to what has arrived.
    pub fn progress(&self) -> Progress {
        self.teller.watch()
    }

    /// The time limit of each request, not of the whole upload.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.session.setup.timeout(limit);
        self
    }

    /// When the small requests around the chunks are sent again, instead of what the client says.
    pub fn retry(mut self, retry: RetryConfig) -> Self {
        self.session.setup.retry(retry);
        self
    }

    /// Sets a header of all requests of this upload; it wins over any other of its name.
    pub fn header(
        mut self,
        name: impl TryInto<HeaderName, Error: Into<http::Error>>,
        value: impl TryInto<HeaderValue, Error: Into<http::Error>>,
    ) -> Self {
        self.session.setup.header(name, value);
        self
    }

    /// Only begins the upload, so that its [state](BegunUpload::state) can be kept anywhere; awaiting the answer sends the
    /// content.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient, file: tokio::fs::File) -> Result<(), Box<dyn std::error::Error>> {
    /// let begun = files.upload("big.iso", file).resumable().begin().await?;
    /// println!("keep this: {}", serde_json::to_string(begun.state())?);
    /// begun.await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As awaiting the upload, as far as its beginning tells.
    pub fn begin(self) -> Sending<BegunUpload> {
        self.sending(|job, mut chunks| async move {
            let mut job = job;
            let state = job.begin(&mut chunks).await?.clone();
            Ok(BegunUpload { job, chunks, state })
        })
    }

    /// Renders the request that begins the upload, without sending it. Credentials and the client's own headers are added
    /// when it is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for the first bad input of the chain, for an upload that was begun
    /// already, and for a file, which is opened when the upload is awaited.
    pub fn into_request(mut self) -> Result<Request<Body>> {
        self.session.setup.check()?;
        let Some(creation) = &self.creation else {
            return Err(Error::request("this upload was begun already"));
        };
        let with_content = self.options.with_creation;
        let chunk_size = self.options.chunk_size;
        let length = self.body.known_length();
        let first = match self.body.try_ready() {
            Ok(body) => body.into_bytes().ok().filter(|_| with_content),
            Err(_) => {
                return Err(Error::request(
                    "a file is opened when the upload is awaited; there is no request before",
                ));
            }
        };
        let first = first.map(|bytes| {
            let is_whole = bytes.len() <= chunk_size;
            (
                Body::from(bytes.slice(..bytes.len().min(chunk_size))),
                is_whole,
            )
        });
        self.session.create(creation, length, first).request
    }

    /// Reads the answer to the request that begins the upload: the other pure half.
    ///
    /// # Errors
    /// What beginning the upload would give for that answer.
    pub fn decode(mut self, parts: &Parts, body: Bytes) -> Result<UploadState> {
        self.session.setup.check()?;
        let Some(creation) = &self.creation else {
            return Err(Error::request("this upload was begun already"));
        };
        let made = (self.session.create(creation, None, None).decode)(parts, body)?;
        Ok(UploadState {
            bucket: self.session.files.bucket.clone(),
            path: creation.path.as_str().to_owned(),
            id: made.id,
            length: self.body.known_length(),
            fingerprint: self.options.fingerprint,
            upsert: self.session.upsert,
            signed: self.session.signed,
            expires: made.expires,
        })
    }

    /// Opens the source, and does the rest.
    fn sending<T, F>(self, rest: impl FnOnce(Job, Chunks) -> F + Send + 'static) -> Sending<T>
    where
        F: Future<Output = Result<T>> + Send,
    {
        let operation = self.session.setup.options.operation();
        let service = self.session.files.service.info().name;
        Sending::new(operation, async move {
            let done = async {
                let (mut job, body) = self.job()?;
                // Kept until the upload is done, or dropped.
                let _slot = match &job.options.slots {
                    Some(slots) => Some(slots.enter().await?),
                    None => None,
                };
                let chunks = job.open(body).await?;
                rest(job, chunks).await
            };
            done.await
                .map_err(|error| error.with_context(service, operation))
        })
    }

    fn job(mut self) -> Result<(Job, UploadBody)> {
        self.session.setup.check()?;
        check_bucket(&self.session.files.bucket)?;
        if let Some(creation) = &self.creation {
            creation.path.check()?;
        }
        if let Some(state) = &self.state {
            state.check(&self.session.files.bucket)?;
        }
        let job = Job {
            session: self.session,
            creation: self.creation,
            state: self.state,
            options: self.options,
            teller: self.teller,
        };
        Ok((job, self.body))
    }
}

impl IntoFuture for ResumableUpload {
    type Output = Result<Uploaded>;
    type IntoFuture = Sending<Uploaded>;

    fn into_future(self) -> Sending<Uploaded> {
        self.sending(|job, chunks| async move {
            let (mut job, mut chunks) = (job, chunks);
            job.run(&mut chunks).await
        })
    }
}

impl fmt::Debug for ResumableUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without names and metadata, which may be personal.
        write!(
            f,
            "ResumableUpload({:?}, {:?})",
            self.session.setup.service, self.body
        )
    }
}

/// An upload that was begun, by [`ResumableUpload::begin`]. **Awaiting it sends the content.**
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
/// let begun = files.upload("a.bin", vec![0; 100]).resumable().begin().await?;
/// println!("{:?} bytes to go", begun.state().length());
/// let stored = begun.await?;
/// # Ok(()) }
/// ```
#[must_use = "the content is sent when this is awaited"]
pub struct BegunUpload {
    job: Job,
    chunks: Chunks,
    state: UploadState,
}

impl BegunUpload {
    /// What is to be kept, to go on with the upload in another process.
    #[must_use]
    pub fn state(&self) -> &UploadState {
        &self.state
    }
}

impl IntoFuture for BegunUpload {
    type Output = Result<Uploaded>;
    type IntoFuture = Sending<Uploaded>;

    fn into_future(self) -> Sending<Uploaded> {
        let Self {
            mut job,
            mut chunks,
            ..
        } = self;
        let operation = job.session.setup.options.operation();
        let service = job.session.files.service.info().name;
        Sending::new(operation, async move {
            let _slot = match &job.options.slots {
                Some(slots) => Some(slots.enter().await?),
                None => None,
            };
            let done = job.run(&mut chunks).await;
            done.map_err(|error| error.with_context(service, operation))
        })
    }
}

impl fmt::Debug for BegunUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BegunUpload").field(&self.state).finish()
    }
}

/// Asks how far an upload has come; see [`FileClient::upload_offset`].
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient, state: storage_rs::UploadState) -> Result<(), storage_rs::Error> {
/// let arrived = files.upload_offset(&state).token("of a signed upload URL").await?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct UploadOffset {
    setup: Setup,
    files: FileClient,
    state: UploadState,
    token: Option<String>,
}
operation!(UploadOffset => u64);

impl UploadOffset {
    /// The token of the signed upload URL by which the upload was begun.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    fn prepare(self) -> Prepared<u64> {
        let (mut session, id) = session(self.setup, &self.files, &self.state, self.token);
        let problem = session.setup.check();
        session
            .offset(&id)
            .map(|found| found.offset)
            .unless(problem)
    }
}

/// Cancels an upload; see [`FileClient::cancel_upload`].
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient, state: storage_rs::UploadState) -> Result<(), storage_rs::Error> {
/// files.cancel_upload(&state).token("of a signed upload URL").await?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct CancelUpload {
    setup: Setup,
    files: FileClient,
    state: UploadState,
    token: Option<String>,
}
operation!(CancelUpload => ());

impl CancelUpload {
    /// The token of the signed upload URL by which the upload was begun.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    fn prepare(self) -> Prepared<()> {
        let (mut session, id) = session(self.setup, &self.files, &self.state, self.token);
        let problem = session.setup.check();
        session.terminate(&id).unless(problem)
    }
}

/// What goes on with an upload, and its id.
fn session(
    mut setup: Setup,
    files: &FileClient,
    state: &UploadState,
    token: Option<String>,
) -> (Session, String) {
    setup.keep(state.check(&files.bucket));
    let session = Session {
        setup,
        files: files.clone(),
        token,
        signed: state.signed,
        upsert: state.upsert,
    };
    (session, state.id.clone())
}

impl FileClient {
    /// Goes on with an upload that was begun, by this process or another one, with the same content.
    ///
    /// `HEAD` and `PATCH /upload/resumable/{upload}`.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient, kept: &str) -> Result<(), Box<dyn std::error::Error>> {
    /// use storage_rs::{UploadBody, UploadState};
    ///
    /// let state: UploadState = serde_json::from_str(kept)?;
    /// match files.resume_upload(state, UploadBody::path("/data/big.iso")).await {
    ///     Err(error) if error.is_not_found() => println!("it expired"),
    ///     other => println!("{}", other?.path),
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited, as of a [`ResumableUpload`]; it is never begun anew.
    pub fn resume_upload(&self, state: UploadState, body: impl IntoUploadBody) -> ResumableUpload {
        let setup = Setup::new(
            &self.service,
            "resume upload",
            "/storage/v1/upload/resumable/{upload}",
        );
        let session = session(setup, self, &state, None).0;
        let body = body.into_upload_body();
        ResumableUpload::with(session, None, Some(state), body, Teller::new())
    }

    /// How many bytes of an upload have arrived. `HEAD /upload/resumable/{upload}`.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient, state: storage_rs::UploadState) -> Result<(), storage_rs::Error> {
    /// println!("{} of {:?}", files.upload_offset(&state).await?, state.length());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found) if the service does not have it any more.
    pub fn upload_offset(&self, state: &UploadState) -> UploadOffset {
        let template = "/storage/v1/upload/resumable/{upload}";
        UploadOffset {
            setup: Setup::new(&self.service, "upload offset", template),
            files: self.clone(),
            state: state.clone(),
            token: None,
        }
    }

    /// Makes the service forget an upload that was begun. `DELETE /upload/resumable/{upload}`.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient, state: storage_rs::UploadState) -> Result<(), storage_rs::Error> {
    /// files.cancel_upload(&state).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found) if the service does not have it any more,
    /// [`is_already_exists`](crate::Error::is_already_exists) if it is done.
    pub fn cancel_upload(&self, state: &UploadState) -> CancelUpload {
        let template = "/storage/v1/upload/resumable/{upload}";
        CancelUpload {
            setup: Setup::new(&self.service, "cancel upload", template),
            files: self.clone(),
            state: state.clone(),
            token: None,
        }
    }
}
