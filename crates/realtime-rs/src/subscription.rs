//! Streams of what arrives: bounded queues that say when something was missed.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use supabase_http::Error;

use crate::channel::ChannelShared;

/// What a subscription yields instead of an event.
///
/// ```no_run
/// # async fn demo(mut chat: realtime_rs::Subscription<String>) -> Result<(), realtime_rs::Error> {
/// while let Some(event) = chat.next().await {
///     match event {
///         Ok(text) => println!("{text}"),
///         Err(missed) if missed.is_missed() => println!("lag {}, gap {}", missed.is_lagged(), missed.is_gap()),
///         Err(odd) if odd.is_decode() => println!("skipped: {odd}"),
///         Err(end) => {
///             assert!(end.is_closed());
///             return Err(end.into());
///         }
///     }
/// }
/// # Ok(()) }
/// ```
///
/// It turns into an [`Error`] by `?`; the stream goes on after all but [`Closed`](Interruption::Closed).
#[derive(Debug)]
#[non_exhaustive]
pub enum Interruption {
    /// The program was slower than the channel: so many events were dropped here, because the stream held as many
    /// [events](crate::RealtimeBuilder::queue) or [bytes](crate::RealtimeBuilder::queue_bytes) as it may.
    Lagged {
        /// How many events.
        missed: u64,
    },
    /// The channel was away and is back: whatever happened in between was missed. Load again what the events keep up
    /// to date.
    Gap,
    /// One message is not what the subscription's type can hold.
    Decode(Error),
    /// The channel stopped for good; the stream ends.
    Closed(Arc<Error>),
}

impl Interruption {
    /// Whether events were dropped because the program was too slow.
    #[must_use]
    pub fn is_lagged(&self) -> bool {
        matches!(self, Self::Lagged { .. })
    }

    /// Whether events may have been missed while the channel was away.
    #[must_use]
    pub fn is_gap(&self) -> bool {
        matches!(self, Self::Gap)
    }

    /// Whether events were or may have been missed, for whichever reason: load again what they keep up to date.
    #[must_use]
    pub fn is_missed(&self) -> bool {
        self.is_lagged() || self.is_gap()
    }

    /// Whether one message could not be read.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        matches!(self, Self::Decode(_))
    }

    /// Whether the stream ends here.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed(_))
    }
}

impl fmt::Display for Interruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lagged { missed } => write!(f, "{missed} events were dropped unread"),
            Self::Gap => f.write_str("the channel was away: events may have been missed"),
            Self::Decode(error) => error.fmt(f),
            Self::Closed(error) => write!(f, "the channel stopped: {error}"),
        }
    }
}

impl std::error::Error for Interruption {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Lagged { .. } | Self::Gap => None,
            Self::Decode(error) => std::error::Error::source(error),
            Self::Closed(error) => std::error::Error::source(error.as_ref()),
        }
    }
}

impl From<Interruption> for Error {
    fn from(interruption: Interruption) -> Self {
        match interruption {
            Interruption::Decode(error) => error,
            Interruption::Closed(error) => crate::error::again(&error),
            other => Error::runtime(other.to_string()).with_context(crate::SERVICE, "receive"),
        }
    }
}

/// What stands in a queue.
#[derive(Debug)]
pub(crate) enum Item<R> {
    Event(R),
    Gap,
    Closed(Arc<Error>),
    Lagged(u64),
}

/// How much a queue may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) events: usize,
    /// What stands alone may be larger: a message is never too large for an empty queue.
    pub(crate) bytes: usize,
}

/// A bounded queue between the connection and one stream. Filling it never waits.
pub(crate) struct Queue<R>(Mutex<State<R>>);

struct State<R> {
    /// Each with the bytes that it holds.
    items: VecDeque<(Item<R>, usize)>,
    limits: Limits,
    /// What the items hold together.
    bytes: usize,
    missed: u64,
    ended: bool,
    deserted: bool,
    waker: Option<Waker>,
}

impl<R> Queue<R> {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State {
            items: VecDeque::new(),
            limits: Limits {
                events: limits.events.max(1),
                ..limits
            },
            bytes: 0,
            missed: 0,
            ended: false,
            deserted: false,
            waker: None,
        })))
    }

    fn with<T>(&self, change: impl FnOnce(&mut State<R>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, change: impl FnOnce(&mut State<R>)) {
        let waker = self.with(|state| {
            change(state);
            state.waker.take()
        });
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Whether nobody reads it any more.
    pub(crate) fn is_deserted(&self) -> bool {
        self.with(|state| state.deserted)
    }

    /// Adds an event that keeps `bytes` of memory.
    pub(crate) fn push(&self, event: R, bytes: usize) {
        self.push_all(std::iter::once(event), bytes);
    }

    /// Adds the events of one message, all or none, which together keep `bytes` of memory.
    pub(crate) fn push_all(&self, events: impl ExactSizeIterator<Item = R>, bytes: usize) {
        let count = events.len();
        if count == 0 {
            return;
        }
        self.add(|state| {
            // The mark takes a place of its own.
            let needed = count + usize::from(state.missed > 0);
            let fits = state.items.len() + needed <= state.limits.events
                && state.bytes.saturating_add(bytes) <= state.limits.bytes;
            if !state.items.is_empty() && !fits {
                state.missed = state
                    .missed
                    .saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
                return;
            }
            state.mark_missed();
            state
                .items
                .extend(events.map(|event| (Item::Event(event), 0)));
            if let Some((_, last)) = state.items.back_mut() {
                *last = bytes;
            }
            state.bytes = state.bytes.saturating_add(bytes);
        });
    }

    /// Marks a gap; two in a row are one.
    pub(crate) fn gap(&self) {
        self.add(|state| {
            if matches!(state.items.back(), Some((Item::Gap, _))) && state.missed == 0 {
                return;
            }
            // Nobody reads: one more mark of loss says it all, and memory stays bounded.
            if state.items.len() > state.limits.events {
                state.missed += 1;
                return;
            }
            state.mark_missed();
            state.items.push_back((Item::Gap, 0));
        });
    }

    /// Ends the stream after what stands in the queue.
    pub(crate) fn end(&self, error: Option<&Arc<Error>>) {
        self.add(|state| {
            if let (Some(error), false) = (error, state.ended) {
                state.mark_missed();
                state.items.push_back((Item::Closed(Arc::clone(error)), 0));
            }
            state.ended = true;
        });
    }

    fn poll(&self, cx: &Context<'_>) -> Poll<Option<Item<R>>> {
        self.with(|state| {
            if let Some((item, bytes)) = state.items.pop_front() {
                state.bytes -= bytes;
                return Poll::Ready(Some(item));
            }
            if state.missed > 0 {
                let missed = std::mem::take(&mut state.missed);
                return Poll::Ready(Some(Item::Lagged(missed)));
            }
            if state.ended {
                return Poll::Ready(None);
            }
            state.waker = Some(cx.waker().clone());
            Poll::Pending
        })
    }
}

impl<R> State<R> {
    /// Says what is missing before what comes next.
    fn mark_missed(&mut self) {
        if self.missed > 0 {
            self.items.push_back((Item::Lagged(self.missed), 0));
            self.missed = 0;
        }
    }
}

type Convert<R, E> = fn(R) -> Result<E, Error>;

/// A stream of events of one channel, from the moment it was made.
///
/// It holds up to 256 events ([`RealtimeBuilder::queue`](crate::RealtimeBuilder::queue)) and 16 MiB
/// ([`queue_bytes`](crate::RealtimeBuilder::queue_bytes)); a program that is slower gets one [`Interruption::Lagged`] in
/// place of what it missed, and everything after it. A stream keeps its channel joined; dropping it takes nothing else
/// along.
#[must_use = "a stream that is dropped receives nothing"]
pub struct Subscription<E> {
    inner: Box<dyn Source<E>>,
    /// Keeps the channel joined.
    _channel: Option<Arc<ChannelShared>>,
}

trait Source<E>: Send + Sync {
    fn poll_event(&self, cx: &Context<'_>) -> Poll<Option<Result<E, Interruption>>>;
    fn desert(&self);
}

struct Typed<R, E> {
    queue: Arc<Queue<R>>,
    convert: Convert<R, E>,
}

impl<R: Send, E> Source<E> for Typed<R, E> {
    fn poll_event(&self, cx: &Context<'_>) -> Poll<Option<Result<E, Interruption>>> {
        self.queue.poll(cx).map(|item| {
            Some(match item? {
                Item::Event(event) => (self.convert)(event).map_err(Interruption::Decode),
                Item::Gap => Err(Interruption::Gap),
                Item::Lagged(missed) => Err(Interruption::Lagged { missed }),
                Item::Closed(error) => Err(Interruption::Closed(error)),
            })
        })
    }

    fn desert(&self) {
        self.queue.with(|state| {
            state.deserted = true;
            state.items.clear();
            state.bytes = 0;
        });
    }
}

impl<E> Subscription<E> {
    pub(crate) fn new<R: Send + 'static>(
        queue: Arc<Queue<R>>,
        convert: Convert<R, E>,
        channel: Option<Arc<ChannelShared>>,
    ) -> Self
    where
        E: 'static,
    {
        Self {
            inner: Box::new(Typed { queue, convert }),
            _channel: channel,
        }
    }

    /// The next event, or what came in its place; `None` once the channel was left. Cancel-safe.
    ///
    /// ```no_run
    /// # async fn demo(mut chat: realtime_rs::Subscription<String>) {
    /// while let Some(event) = chat.next().await {
    ///     println!("{event:?}");
    /// }
    /// # }
    /// ```
    pub async fn next(&mut self) -> Option<Result<E, Interruption>> {
        std::future::poll_fn(|cx| self.inner.poll_event(cx)).await
    }
}

impl<E> Stream for Subscription<E> {
    type Item = Result<E, Interruption>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.inner.poll_event(cx)
    }
}

impl<E> Drop for Subscription<E> {
    fn drop(&mut self) {
        self.inner.desert();
    }
}

impl<E> fmt::Debug for Subscription<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subscription(..)")
    }
}
