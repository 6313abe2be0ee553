//! How far a transfer has come.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http_body::{Frame, SizeHint};
use supabase_http::{Body, BoxError, BoxFuture};
use tokio::sync::watch;

/// How far a transfer has come, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Transferred {
    /// What has been handed to the network, or come from it.
    pub bytes: u64,
    /// All that there is, if that is known.
    pub total: Option<u64>,
}

/// Watches a transfer, from [`Upload::progress`](crate::Upload::progress) or
/// [`Download::progress`](crate::Download::progress). A [`Stream`] that always gives the newest state and leaves out what
/// passed in between; it ends with the transfer.
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient, file: tokio::fs::File) -> Result<(), storage_rs::Error> {
/// let upload = files.upload("big.iso", file);
/// let mut progress = upload.progress();
/// tokio::spawn(async move {
///     while let Some(now) = progress.next().await {
///         println!("{} of {:?} bytes", now.bytes, now.total);
///     }
/// });
/// upload.await?;
/// # Ok(()) }
/// ```
#[must_use = "watch it by `next`, or as a stream"]
pub struct Progress {
    state: State,
    newest: watch::Receiver<Transferred>,
}

enum State {
    Waiting(BoxFuture<'static, Option<watch::Receiver<Transferred>>>),
    Ended,
}

impl Progress {
    /// The state of now.
    ///
    /// ```
    /// # fn demo(upload: storage_rs::Upload) {
    /// let progress = upload.progress();
    /// println!("{} bytes so far", progress.now().bytes);
    /// # }
    /// ```
    #[must_use]
    pub fn now(&self) -> Transferred {
        *self.newest.borrow()
    }

    /// The next change, or `None` when the transfer is over. Cancel-safe.
    pub async fn next(&mut self) -> Option<Transferred> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

fn wait(mut receiver: watch::Receiver<Transferred>) -> State {
    State::Waiting(Box::pin(async move {
        receiver.changed().await.ok()?;
        Some(receiver)
    }))
}

impl Stream for Progress {
    type Item = Transferred;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Transferred>> {
        let State::Waiting(waiting) = &mut self.state else {
            return Poll::Ready(None);
        };
        match ready!(waiting.as_mut().poll(cx)) {
            None => {
                self.state = State::Ended;
                Poll::Ready(None)
            }
            Some(mut receiver) => {
                let now = *receiver.borrow_and_update();
                self.state = wait(receiver);
                Poll::Ready(Some(now))
            }
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Progress({:?})", self.now())
    }
}

/// The side that tells.
#[derive(Debug, Clone)]
pub(crate) struct Teller(watch::Sender<Transferred>);

impl Teller {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(Transferred::default()))
    }

    pub(crate) fn watch(&self) -> Progress {
        let newest = self.0.subscribe();
        Progress {
            state: wait(newest.clone()),
            newest,
        }
    }

    /// Whether anybody looks.
    pub(crate) fn is_watched(&self) -> bool {
        self.0.receiver_count() > 0
    }

    /// How much there is in all, and how much of it is done already.
    pub(crate) fn begin(&self, done: u64, total: Option<u64>) {
        self.0.send_replace(Transferred { bytes: done, total });
    }

    pub(crate) fn add(&self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.0
            .send_modify(|now| now.bytes = now.bytes.saturating_add(bytes));
    }
}

/// The most that a body hands out at once while it is watched, in bytes.
const STEP: usize = 64 * 1024;

/// A body that tells how much of it was taken.
pub(crate) struct Counted {
    body: Body,
    /// What came in one piece from memory, and is handed out in several.
    rest: Bytes,
    teller: Teller,
}

impl Counted {
    pub(crate) fn new(body: Body, teller: Teller) -> Self {
        let (body, rest) = match body.into_bytes() {
            Ok(bytes) => (Body::empty(), bytes),
            Err(body) => (body, Bytes::new()),
        };
        Self { body, rest, teller }
    }
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if !self.rest.is_empty() {
            let step = STEP.min(self.rest.len());
            let piece = self.rest.split_to(step);
            self.teller.add(piece.len());
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let Some(Ok(frame)) = &frame {
            if let Some(data) = frame.data_ref() {
                self.teller.add(data.len());
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        if self.rest.is_empty() {
            self.body.size_hint()
        } else {
            // Either there is a rest from memory, or a body.
            SizeHint::with_exact(u64::try_from(self.rest.len()).unwrap_or(u64::MAX))
        }
    }
}
