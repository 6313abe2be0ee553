//! An upload from its beginning to its end, over all breaks in between.

use std::time::Duration;

use http::StatusCode;
use supabase_http::{Backoff, Body, Error, ErrorKind, Result};

use super::protocol::{Creation, Session, is_gone, is_of_version};
use super::slots::UploadSlots;
use super::source::{Chunk, Chunks, size};
use super::state::{StateFile, UploadState};
use crate::file::body::UploadBody;
use crate::model::Uploaded;
use crate::progress::{Counted, Teller};
use crate::{ObjectPath, error};

/// How often an upload is begun anew because the service lost it.
const MAX_RESTARTS: u32 = 1;

/// One upload: what is asked for, and how far it is.
pub(crate) struct Job {
    pub(crate) session: Session,
    /// Missing in one that only goes on with what was begun.
    pub(crate) creation: Option<Creation>,
    pub(crate) state: Option<UploadState>,
    pub(crate) options: Options,
    pub(crate) teller: Teller,
}

pub(crate) struct Options {
    pub(crate) chunk_size: usize,
    pub(crate) tries: u32,
    pub(crate) backoff: Backoff,
    pub(crate) state_file: Option<StateFile>,
    pub(crate) fingerprint: Option<String>,
    pub(crate) slots: Option<UploadSlots>,
    pub(crate) with_creation: bool,
}

/// What is known of an upload under way.
#[derive(Default)]
struct Course {
    /// What the service surely has.
    offset: Option<u64>,
    /// The size that the service was told.
    declared: Option<u64>,
    /// The furthest that it ever was.
    best: u64,
    /// Breaks since it last came further.
    breaks: u32,
    /// Where the last chunk was sent to.
    sent_at: Option<u64>,
    /// Why the last chunk did not arrive, while it is not known how far the service is.
    refused: Option<Error>,
    /// Whether the last byte was ever sent.
    last_was_sent: bool,
    restarts: u32,
}

enum Step {
    Again,
    Done(Uploaded),
}

impl Job {
    /// Opens the source, and looks for what was begun.
    pub(crate) async fn open(&mut self, body: UploadBody) -> Result<Chunks> {
        let chunks = Chunks::open(body).await?;
        let fingerprint = self.options.fingerprint.take();
        let fingerprint = fingerprint.or_else(|| chunks.fingerprint());
        if let Some(state) = &self.state {
            if !is_same(state, fingerprint.as_ref(), &chunks) {
                return Err(Error::request(
                    "what is uploaded is not what it was when the upload began; begin anew",
                ));
            }
        } else if let Some(file) = &self.options.state_file {
            if fingerprint.is_none() {
                return Err(Error::request(
                    "a stream does not tell whether it is the same one as before; say it by `fingerprint`",
                ));
            }
            let kept = file.load().await?;
            // Of another content or another target: it is left to expire.
            self.state = kept.filter(|state| {
                let path = self
                    .creation
                    .as_ref()
                    .map(|creation| creation.path.as_str());
                is_same(state, fingerprint.as_ref(), &chunks)
                    && state.check(&self.session.files.bucket).is_ok()
                    && Some(state.path.as_str()) == path
                    && (state.signed, state.upsert) == (self.session.signed, self.session.upsert)
            });
        }
        self.options.fingerprint = fingerprint;
        Ok(chunks)
    }

    /// Begins the upload if that was not done yet, without any content.
    pub(crate) async fn begin(&mut self, chunks: &mut Chunks) -> Result<&UploadState> {
        if self.state.is_none() {
            self.create(chunks, &mut Course::default(), false).await?;
        }
        self.state
            .as_ref()
            .ok_or_else(|| Error::request("no upload was begun"))
    }

    /// Runs it to its end.
    pub(crate) async fn run(&mut self, chunks: &mut Chunks) -> Result<Uploaded> {
        let mut course = Course::default();
        loop {
            match self.step(chunks, &mut course).await {
                Ok(Step::Again) => {}
                Ok(Step::Done(uploaded)) => {
                    if let Some(file) = &self.options.state_file {
                        file.remove().await?;
                    }
                    return Ok(uploaded);
                }
                Err(error) => {
                    if !is_passing(&error) {
                        return Err(error);
                    }
                    self.pause(&mut course, error).await?;
                }
            }
        }
    }

    fn wait(&self, breaks: u32, error: &Error) -> Duration {
        let backoff = self.options.backoff;
        let least = backoff.delay(breaks);
        error
            .retry_after()
            .map_or(least, |after| after.max(least).min(backoff.cap()))
    }

    async fn step(&mut self, chunks: &mut Chunks, course: &mut Course) -> Result<Step> {
        let Some(state) = &self.state else {
            let with_content = self.options.with_creation;
            return self.create(chunks, course, with_content).await;
        };
        let offset = match course.offset {
            Some(offset) => offset,
            None => match self.session.offset(&state.id).send().await {
                Ok(found) => {
                    self.check_length(found.length, chunks)?;
                    course.declared = found.length;
                    course.arrived(found.offset);
                    // All bytes are there, but nobody said that they became the file.
                    if found.length == Some(found.offset) {
                        return self.look(course).await;
                    }
                    if let Some(error) = course.refused.take() {
                        // A conflict about the file, and not about the offset.
                        if is_conflict(&error) && course.sent_at == Some(found.offset) {
                            return Err(error);
                        }
                    }
                    found.offset
                }
                Err(error) if is_lost(&error) => {
                    return self.gone(error, chunks, course).await;
                }
                Err(error) => return Err(error),
            },
        };
        self.teller.begin(offset, chunks.total());
        let chunk = chunks.at(offset, self.options.chunk_size).await?;
        self.send(chunk, offset, chunks.total(), course).await
    }

    /// Makes the upload, with its first chunk if that is wanted.
    async fn create(
        &mut self,
        chunks: &mut Chunks,
        course: &mut Course,
        with_content: bool,
    ) -> Result<Step> {
        let Some(creation) = &self.creation else {
            return Err(Error::request("there is nothing to go on with"));
        };
        let chunk = match with_content {
            true => Some(chunks.at(0, self.options.chunk_size).await?),
            false => None,
        };
        // A stream that has ended says its size.
        let length = chunks.total();
        self.teller.begin(0, length);
        let first = chunk.filter(|chunk| !chunk.bytes.is_empty());
        let (sent, is_whole) = first.as_ref().map_or((0, length == Some(0)), |chunk| {
            (size(chunk.bytes.len()), chunk.is_last)
        });
        let first = first.map(|chunk| (self.watched(&chunk), chunk.is_last));
        let made = self.session.create(creation, length, first).send().await;
        // A file that may be there already is not sent again.
        let made = made.map_err(|error| match is_whole && is_passing(&error) {
            true if !error.never_sent() => unknown(error),
            _ => error,
        })?;
        if made.offset > sent {
            return Err(too_far(made.offset));
        }
        let state = UploadState {
            bucket: self.session.files.bucket.clone(),
            path: creation.path.as_str().to_owned(),
            id: made.id,
            length,
            fingerprint: self.options.fingerprint.clone(),
            upsert: self.session.upsert,
            signed: self.session.signed,
            expires: made.expires,
        };
        if let Some(file) = &self.options.state_file {
            file.save(&state).await?;
        }
        let done = uploaded(&state, None);
        self.state = Some(state);
        course.declared = length;
        course.arrived(made.offset);
        Ok(match length == Some(made.offset) {
            true => Step::Done(done),
            false => Step::Again,
        })
    }

    /// Sends one chunk.
    async fn send(
        &self,
        chunk: Chunk,
        offset: u64,
        total: Option<u64>,
        course: &mut Course,
    ) -> Result<Step> {
        let Some(state) = &self.state else {
            return Ok(Step::Again);
        };
        let end = offset.saturating_add(size(chunk.bytes.len()));
        let length = match course.declared {
            Some(_) => None,
            None => total.filter(|_| chunk.is_last),
        };
        course.last_was_sent |= chunk.is_last;
        course.sent_at = Some(offset);
        let body = self.watched(&chunk);
        drop(chunk);
        let sent = self.session.patch(&state.id, offset, length, body);
        match sent.send().await {
            // The service may take less than was sent, when somebody asked how far it is meanwhile.
            Ok(now) if now >= offset && now <= end => {
                course.declared = course.declared.or(length);
                course.arrived(now);
                if total == Some(now) && now == end && course.declared.is_some() {
                    self.teller.begin(now, total);
                    return Ok(Step::Done(uploaded(state, None)));
                }
                if now == offset {
                    return self.pause(course, stuck()).await;
                }
                Ok(Step::Again)
            }
            Ok(now) => Err(too_far(now)),
            // Whether it stands is seen when it is known how far the service is.
            Err(error) if is_conflict(&error) || is_lost(&error) => self.pause(course, error).await,
            Err(error) => Err(error),
        }
    }

    /// Waits, and then asks how far the service is.
    async fn pause(&self, course: &mut Course, error: Error) -> Result<Step> {
        if course.breaks >= self.options.tries {
            return Err(error);
        }
        tokio::time::sleep(self.wait(course.breaks, &error)).await;
        course.breaks += 1;
        course.offset = None;
        course.refused = Some(error);
        Ok(Step::Again)
    }

    /// All bytes arrived, but the answer that the file is there did not.
    async fn look(&self, course: &mut Course) -> Result<Step> {
        if let Some(done) = self.confirm().await? {
            return Ok(Step::Done(done));
        }
        match course.refused.take() {
            Some(error) if is_conflict(&error) => Err(error),
            // It may still be at it.
            _ => self.pause(course, unconfirmed()).await,
        }
    }

    /// Whether the file that is there is the one of this upload: its version says so. By a signed upload URL alone nobody
    /// may look.
    async fn confirm(&self) -> Result<Option<Uploaded>> {
        let Some(state) = self.state.as_ref().filter(|state| !state.signed) else {
            return Ok(None);
        };
        match self.session.files.info(state.object()).await {
            Ok(info) => {
                let version = info.version.as_deref().unwrap_or_default();
                let is_ours = is_of_version(state, version);
                Ok(is_ours.then(|| uploaded(state, Some(info.id))))
            }
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The service does not have the upload any more: it expired, or it is done and forgotten.
    async fn gone(
        &mut self,
        error: Error,
        chunks: &mut Chunks,
        course: &mut Course,
    ) -> Result<Step> {
        if course.last_was_sent {
            if let Some(done) = self.confirm().await? {
                return Ok(Step::Done(done));
            }
        }
        self.anew(error, chunks, course)
    }

    fn anew(&mut self, error: Error, chunks: &Chunks, course: &mut Course) -> Result<Step> {
        if self.creation.is_none() || !chunks.is_rereadable() || course.restarts >= MAX_RESTARTS {
            return Err(error);
        }
        self.state = None;
        *course = Course {
            restarts: course.restarts + 1,
            breaks: course.breaks,
            ..Course::default()
        };
        Ok(Step::Again)
    }

    /// The service must know the upload by the size that it has.
    fn check_length(&self, length: Option<u64>, chunks: &Chunks) -> Result<()> {
        match (length, chunks.total()) {
            (Some(length), Some(total)) if length != total => Err(Error::request(format!(
                "the upload was begun for {length} bytes, and there are {total}; begin anew"
            ))),
            _ => Ok(()),
        }
    }

    fn watched(&self, chunk: &Chunk) -> Body {
        let body = Body::from(chunk.bytes.clone());
        match self.teller.is_watched() {
            true => Body::wrap(Counted::new(body, self.teller.clone())),
            false => body,
        }
    }
}

impl Course {
    fn arrived(&mut self, offset: u64) {
        self.offset = Some(offset);
        if offset > self.best {
            self.best = offset;
            self.breaks = 0;
        }
    }
}

fn is_same(state: &UploadState, fingerprint: Option<&String>, chunks: &Chunks) -> bool {
    let same_print = match (&state.fingerprint, fingerprint) {
        (Some(before), Some(now)) => before == now,
        _ => true,
    };
    let same_length = match (state.length, chunks.total()) {
        (Some(before), Some(now)) => before == now,
        _ => true,
    };
    same_print && same_length
}

fn uploaded(state: &UploadState, id: Option<String>) -> Uploaded {
    Uploaded {
        id,
        path: state.path.clone(),
        full_path: format!(
            "{}/{}",
            state.bucket,
            ObjectPath::exact(&state.path).as_str()
        ),
    }
}

/// Whether it may pass: the network, a busy server, a lock, a token that has run out.
fn is_passing(failure: &Error) -> bool {
    let status = failure.status().unwrap_or_default();
    failure.is_retryable()
        || failure.kind() == ErrorKind::Api
            && (status == StatusCode::LOCKED
                || status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED
                || error::says_token_refused(failure.body()))
}

fn is_conflict(error: &Error) -> bool {
    error.status() == Some(StatusCode::CONFLICT)
}

/// Whether the service does not have the upload.
fn is_lost(error: &Error) -> bool {
    error.status().is_some_and(is_gone)
}

fn unconfirmed() -> Error {
    Error::request(
        "all bytes arrived, but no answer says that the file is there, and no such file is to be seen",
    )
}

fn stuck() -> Error {
    Error::request("the service takes nothing more of the upload")
}

fn too_far(offset: u64) -> Error {
    Error::request(format!(
        "the service says that it has {offset} bytes, more than were sent; begin anew"
    ))
}

fn unknown(error: Error) -> Error {
    Error::runtime_caused_by(
        "an upload in one piece failed so that it is not known whether the file is there",
        error,
    )
}
