//! One big answer, decoded row by row as it arrives.

mod split;
#[cfg(test)]
mod tests;

use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http::response::Parts;
use serde::de::DeserializeOwned;
use supabase_http::{
    Body, BodyStream, BoxError, BoxFuture, Error, Response, Result, TransportError,
};

use crate::query::shape::StreamShape;
use crate::query::verb::{Pageable, Ready};
use crate::{Query, response};
pub(crate) use split::rows_of;
use split::{Flaw, Splitter, Step};

/// The longest row, in bytes of JSON, that a [`RowStream`] takes unless [`max_row_bytes`](RowStream::max_row_bytes) says
/// otherwise: 16 MiB.
pub const DEFAULT_MAX_ROW_BYTES: usize = 16 * 1024 * 1024;

/// As much of an error's body as is kept anyway.
const MAX_ERROR_BODY: usize = 64 * 1024;

/// The rows of one answer, each decoded when it has arrived; made by [`Query::stream`].
///
/// It holds one row and what the network brought with it, whatever the size of the answer. The request is sent when the
/// first row is asked for; dropping the stream aborts it.
///
/// It is a [`Stream`], and has its own [`next`](RowStream::next) and [`try_next`](RowStream::try_next). After an error it
/// ends.
///
/// ```no_run
/// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
/// use postgrest_rs::RowStream;
/// use serde_json::Value;
///
/// let mut rows: RowStream<Value> = db.from("events").select("*").order("id").stream();
/// if let Some(newest) = rows.try_next().await? {
///     println!("{newest}");
/// }
/// while let Some(row) = rows.next().await {
///     match row {
///         Ok(row) => println!("{row}"),
///         Err(error) => eprintln!("no more came: {error}"),
///     }
/// }
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the stream is polled"]
pub struct RowStream<T> {
    state: State,
    splitter: Splitter,
    head: Option<Box<Head>>,
    service: &'static str,
    operation: &'static str,
    marker: PhantomData<fn() -> T>,
}

struct Head {
    parts: Parts,
    response: Response<()>,
}

enum State {
    Opening(BoxFuture<'static, Result<http::Response<Body>>>),
    /// An answer that tells of an error, and as much of it as came.
    Failed(BodyStream, BytesMut),
    Reading(BodyStream),
    Done,
}

impl<V: Ready + Pageable, R: StreamShape> Query<V, R> {
    /// Reads the rows of one answer one by one as they arrive, in constant memory.
    ///
    /// One request is made. A server that limits its answers (hosted projects do, to 1,000 rows) cuts this one too, and
    /// silently: [`rows`](Query::rows) asks for page after page instead. With a [`count`](Query::count),
    /// [`RowStream::response`] tells after the first row how many there are.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), postgrest_rs::Error> {
    /// # use supabase_http::{HttpClient, testing::MockTransport};
    /// # let mock = MockTransport::new().reply(200, serde_json::json!([{ "id": 1 }, { "id": 2 }]));
    /// # let http = HttpClient::builder().transport(mock).build()?;
    /// # let db = postgrest_rs::PostgrestClient::with_http(http, "https://xyz.supabase.co", "key")?;
    /// #[derive(serde::Deserialize)]
    /// struct Event { id: i64 }
    ///
    /// let mut events = db.from("events").select::<Event>("id").order("id").stream();
    /// let mut sum = 0;
    /// while let Some(event) = events.try_next().await? {
    ///     sum += event.id;
    /// }
    /// assert_eq!(sum, 3);
    /// # Ok(()) }
    /// ```
    ///
    /// A function that returns a set streams its rows: `db.rpc::<Event>("all_events", ()).stream()`.
    ///
    /// A time limit of the call ends with the head of the answer; the client's read time limit holds for every chunk. Until
    /// the head has come the request is retried like any other, afterwards never.
    ///
    /// # Errors
    /// By the stream: those of awaiting the query, and [`ErrorKind::Decode`](crate::ErrorKind::Decode) with the number of the
    /// row, counted from 0, for a row that is no `T` or an answer that is no list, breaks off or goes on after its end.
    pub fn stream(self) -> RowStream<R::Row> {
        let mut draft = self.draft;
        let options = std::mem::take(&mut draft.options);
        let operation = options.operation();
        let service = draft.client.service.clone();
        RowStream {
            service: service.info().name,
            operation,
            state: State::Opening(match draft.into_request() {
                Ok(request) => service.open(request, options),
                Err(error) => Box::pin(std::future::ready(Err(error))),
            }),
            splitter: Splitter::new(DEFAULT_MAX_ROW_BYTES),
            head: None,
            marker: PhantomData,
        }
    }
}

impl<T> RowStream<T> {
    /// The longest row that is taken, in bytes of JSON; a longer one is an error. [`DEFAULT_MAX_ROW_BYTES`] without this
    /// call.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let rows = db.from("files").select::<serde_json::Value>("*").stream().max_row_bytes(256 << 20);
    /// # }
    /// ```
    pub fn max_row_bytes(mut self, bytes: usize) -> Self {
        self.splitter.set_max_bytes(bytes);
        self
    }

    /// The status, headers, range and count of the answer, once its first row (or its end) was given.
    ///
    /// ```no_run
    /// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// use postgrest_rs::{Completeness, Count};
    /// let mut rows = db.from("events").select::<serde_json::Value>("*").count(Count::Exact).stream();
    /// let first = rows.try_next().await?;
    /// if rows.response().is_some_and(|answer| answer.completeness() == Completeness::Truncated) {
    ///     println!("the server cuts its answers");
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn response(&self) -> Option<&Response<()>> {
        self.head.as_ref().map(|head| &head.response)
    }
}

impl<T: DeserializeOwned> RowStream<T> {
    /// The next row; `None` at the end. Cancel-safe: no row is lost.
    pub async fn next(&mut self) -> Option<Result<T>> {
        poll_fn(|cx| self.poll_row(cx)).await
    }

    /// As [`next`](RowStream::next), for `while let Some(row) = rows.try_next().await? { … }`.
    ///
    /// # Errors
    /// See [`Query::stream`].
    pub async fn try_next(&mut self) -> Result<Option<T>> {
        self.next().await.transpose()
    }

    fn poll_row(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        let row = match ready!(self.poll_bytes(cx)) {
            Ok(None) => Ok(None),
            Ok(Some(row)) => match &self.head {
                Some(head) => {
                    response::row(&head.parts, row, self.splitter.rows().saturating_sub(1))
                }
                None => Ok(None),
            },
            Err(error) => Err(error),
        };
        if !matches!(row, Ok(Some(_))) {
            self.state = State::Done;
        }
        let row = row.map_err(|error| error.with_context(self.service, self.operation));
        Poll::Ready(row.transpose())
    }
}

impl<T> RowStream<T> {
    fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>>> {
        loop {
            match &mut self.state {
                State::Done => return Poll::Ready(Ok(None)),
                State::Opening(opening) => {
                    let (parts, body) = ready!(opening.as_mut().poll(cx))?.into_parts();
                    let body = body.into_stream();
                    self.state = if parts.status.is_success() {
                        State::Reading(body)
                    } else {
                        State::Failed(body, BytesMut::new())
                    };
                    let response = Response::new(&parts, ());
                    self.head = Some(Box::new(Head { parts, response }));
                }
                State::Failed(body, start) => {
                    if start.len() < MAX_ERROR_BODY {
                        if let Some(Ok(chunk)) = ready!(Pin::new(body).poll_next(cx)) {
                            start.extend_from_slice(&chunk);
                            continue;
                        }
                    }
                    let body = std::mem::take(start).freeze();
                    return Poll::Ready(match &self.head {
                        Some(head) => response::succeeded(&head.parts, body).map(|_| None),
                        None => Ok(None),
                    });
                }
                State::Reading(body) => {
                    match self.splitter.step() {
                        Ok(Step::Row(row)) => return Poll::Ready(Ok(Some(row))),
                        Ok(Step::Hungry) => {}
                        Err(flaw) => return Poll::Ready(Err(self.flaw(&flaw))),
                    }
                    match ready!(Pin::new(body).poll_next(cx)) {
                        Some(Ok(chunk)) => self.splitter.feed(chunk),
                        Some(Err(error)) => return Poll::Ready(Err(self.interrupted(error))),
                        None => {
                            return Poll::Ready(match self.splitter.finish() {
                                Ok(()) => Ok(None),
                                Err(flaw) => Err(self.flaw(&flaw)),
                            });
                        }
                    }
                }
            }
        }
    }

    fn flaw(&self, flaw: &Flaw) -> Error {
        match &self.head {
            Some(head) => Error::decode(&head.parts, Bytes::new(), flaw),
            None => Error::request(flaw.to_string()),
        }
    }

    fn interrupted(&self, error: BoxError) -> Error {
        match &self.head {
            Some(head) => Error::interrupted(&head.parts, error),
            None => TransportError::from_any(error).into(),
        }
    }
}

impl<T: DeserializeOwned> Stream for RowStream<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        self.poll_row(cx)
    }
}

impl<T> fmt::Debug for RowStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RowStream({} rows so far)", self.splitter.rows())
    }
}
