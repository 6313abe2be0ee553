//! Rows without end: page after page, the next one fetched while this one is read.

mod cursor;
mod key;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http::response::Parts;
use serde::de::DeserializeOwned;
use supabase_http::{CallOptions, Error, ErrorKind, Execute, Response, Result};

use crate::query::shape::StreamShape;
use crate::query::verb::SelectRows;
use crate::request::Draft;
use crate::stream::rows_of;
use crate::{Count, OrderBy, Query, response};
use cursor::After;
pub use cursor::Cursor;
use key::Key;

/// The number of rows of a page unless [`page_size`](PagedRows::page_size) says otherwise.
const PAGE_SIZE: u64 = 1_000;

/// The next page is looked after once in so many rows of this one.
const ROWS_BETWEEN_POLLS: usize = 32;

/// All rows of a select, fetched by pages; made by [`Query::rows`].
///
/// It is a [`Stream`], and has its own [`next`](PagedRows::next) and [`try_next`](PagedRows::try_next). After an error it
/// ends; what was given so far can be gone on from by its [`cursor`](PagedRows::cursor).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), postgrest_rs::Error> {
/// # use supabase_http::{HttpClient, testing::{Exchange, MockTransport}};
/// # let mock = MockTransport::new().respond(|request| {
/// #     let after = request.query().iter().any(|(name, value)| name == "id" && value == "gt.2");
/// #     let rows = if after { serde_json::json!([]) } else { serde_json::json!([{ "id": 1 }, { "id": 2 }]) };
/// #     Exchange::new(206).header("content-range", "0-1/2").json(rows)
/// # });
/// # let http = HttpClient::builder().transport(mock).build()?;
/// # let db = postgrest_rs::PostgrestClient::with_http(http, "https://xyz.supabase.co", "key")?;
/// use postgrest_rs::{Count, PagedRows};
///
/// #[derive(serde::Deserialize)]
/// struct Event { id: i64 }
///
/// let events = || -> PagedRows<Event> {
///     db.from("events").select("*").count(Count::Exact).rows().by_key(["id"])
/// };
/// let mut rows = events();
/// let first = rows.try_next().await?;
/// assert_eq!(first.map(|event| event.id), Some(1));
/// assert_eq!(rows.total(), Some(2));
///
/// // Later, perhaps by another process.
/// let cursor = rows.cursor()?;
/// # drop(rows);
/// let mut rest = events().resume(cursor);
/// while let Some(event) = rest.next().await {
///     println!("{}", event?.id);
/// }
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the rows are polled"]
pub struct PagedRows<T> {
    draft: Box<Draft>,
    options: CallOptions,
    size: u64,
    key: Key,
    resumed: Option<Cursor>,
    problem: Option<String>,
    begun: bool,
    /// No more pages are to be asked for.
    ended: bool,
    offset: u64,
    limit: Option<u64>,
    total: Option<u64>,
    /// The rows of this page that were not given yet.
    rows: VecDeque<Bytes>,
    head: Option<Box<Parts>>,
    fetch: Option<Fetch>,
    /// Rows given, and rows fetched; those before the cursor included.
    seen: u64,
    fetched: u64,
    /// The row that was given last.
    last: Option<Bytes>,
    /// The key of the row that was fetched last.
    after: Option<Vec<String>>,
    marker: PhantomData<fn() -> T>,
}

/// A page on its way.
struct Fetch {
    call: Execute<Page>,
    /// Whether it was polled, and its answer if that came.
    sent: bool,
    done: Option<Result<Page>>,
    /// Whether it was asked for while another page was being read.
    ahead: bool,
    asked: u64,
}

struct Page {
    rows: VecDeque<Bytes>,
    parts: Parts,
}

impl<R: StreamShape> Query<SelectRows, R> {
    /// Reads all rows that match, page by page, the next page fetched while this one is read.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), postgrest_rs::Error> {
    /// # use supabase_http::{HttpClient, testing::MockTransport};
    /// # let mock = MockTransport::new()
    /// #     .reply(200, serde_json::json!([{ "id": 1 }, { "id": 2 }]))
    /// #     .reply(200, serde_json::json!([{ "id": 3 }]))
    /// #     .reply(200, serde_json::json!([]));
    /// # let http = HttpClient::builder().transport(mock.clone()).build()?;
    /// # let db = postgrest_rs::PostgrestClient::with_http(http, "https://xyz.supabase.co", "key")?;
    /// #[derive(serde::Deserialize)]
    /// struct Event { id: i64 }
    ///
    /// let mut events = db.from("events").select::<Event>("*").rows().by_key(["id"]);
    /// let mut sum = 0;
    /// while let Some(event) = events.try_next().await? {
    ///     sum += event.id;
    /// }
    /// assert_eq!(sum, 6);
    /// # mock.assert_done();
    /// # Ok(()) }
    /// ```
    ///
    /// # By key or by range
    ///
    /// [`by_key`](PagedRows::by_key) asks for the rows after the last one: no row is missed or given twice while others are
    /// inserted and deleted, and the last page costs what the first one does. Without it pages are ranges: the query needs
    /// an [`order`](Query::order) that is unique, since without one the server may give the rows of each page in another
    /// order; rows that are inserted or deleted meanwhile shift those behind them over a page's edge.
    ///
    /// # The end
    ///
    /// The server may give fewer rows than asked for (hosted projects limit answers to 1,000 rows), so a short page is not
    /// the end: an empty one is. By range the total is the end too, if [`count(Count::Exact)`](Query::count) asked for it,
    /// which saves the empty page; only the first page is counted. Nothing is cut in silence, so there is no
    /// [`completeness`](Response::completeness) to look at, as there is for a single answer. The query's own
    /// [`limit`](Query::limit) and [`offset`](Query::offset) hold for the whole.
    ///
    /// # Errors
    /// By the stream: those of awaiting the query for each page, and [`ErrorKind::Decode`] with the number of the row,
    /// counted from 0, for a row that is no `T`. Each page is retried as any read is, and a page fetched ahead whose
    /// connection is lost is asked for again when its turn comes.
    pub fn rows(self) -> PagedRows<R::Row> {
        let mut draft = self.draft;
        let options = std::mem::take(&mut draft.options);
        let (offset, limit) = draft.page();
        PagedRows {
            draft,
            options,
            size: PAGE_SIZE,
            key: Key::default(),
            resumed: None,
            problem: None,
            begun: false,
            ended: false,
            offset: offset.unwrap_or(0),
            limit,
            total: None,
            rows: VecDeque::new(),
            head: None,
            fetch: None,
            seen: 0,
            fetched: 0,
            last: None,
            after: None,
            marker: PhantomData,
        }
    }
}

impl<T> PagedRows<T> {
    /// How many rows a page has at most: 1,000 without this call. The server's own maximum may be smaller, which is fine.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let rows = db.from("events").select::<serde_json::Value>("*").order("id").rows().page_size(100);
    /// # }
    /// ```
    pub fn page_size(mut self, rows: u64) -> Self {
        if rows == 0 {
            self.refuse("a page has no rows".to_owned());
        }
        self.size = rows;
        self
    }

    /// Pages by key instead of by range: the rows are ordered by these columns, and each page is what comes after the last
    /// row of the one before.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// use postgrest_rs::col;
    /// let events = || db.from("events").select::<serde_json::Value>("*");
    /// let oldest_first = events().rows().by_key(["created_at", "id"]);
    /// let newest_first = events().rows().by_key([col("created_at").desc(), col("id").desc()]);
    /// # }
    /// ```
    ///
    /// Together the columns must be unique, and the last one never null: end with the primary key. The others may be null
    /// and come where their order puts nulls. The columns must be selected, as they are, under an alias or as `::text`; their
    /// values are taken from the rows. The query has no [`order`](Query::order) of its own then.
    ///
    /// An index over the columns makes every page as cheap as the first, if it has the same directions and places of nulls
    /// and if no null can follow in the first column: it is the only one, or descends, or has its nulls first.
    ///
    /// # Errors
    /// By the stream: [`ErrorKind::Request`], before anything is sent, for no columns, paths, columns that are not selected,
    /// and an order besides; [`ErrorKind::Decode`] for a page whose last row has no key.
    pub fn by_key(mut self, columns: impl IntoIterator<Item = impl Into<OrderBy>>) -> Self {
        if !self.draft.order_text().is_empty() {
            self.refuse("rows are ordered by their key, so the query takes no `order`".to_owned());
        }
        for column in columns {
            let order = column.into();
            match self.key.push(&order) {
                Ok(()) => self.draft.order(&order),
                Err(why) => self.refuse(format!("the key cannot be used: {why}")),
            }
        }
        if self.key.is_empty() {
            self.refuse("the key has no columns".to_owned());
        }
        self
    }

    /// Goes on after the row at which `cursor` was taken from rows of the same query.
    ///
    /// # Errors
    /// By the stream: [`ErrorKind::Request`], before anything is sent, for a cursor of another order.
    pub fn resume(mut self, cursor: Cursor) -> Self {
        self.resumed = Some(cursor);
        self
    }

    /// Where the rows stand: after the one that was given last. See [`Cursor`] for an example.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] if that row has no key.
    pub fn cursor(&self) -> Result<Cursor> {
        let Some(row) = &self.last else {
            return Ok(self.resumed.clone().unwrap_or_default());
        };
        let after = if self.key.is_empty() {
            None
        } else {
            Some(After {
                order: self.draft.order_text().to_owned(),
                values: self.values(row, self.seen.saturating_sub(1))?,
            })
        };
        Ok(Cursor {
            seen: self.seen,
            after,
        })
    }

    /// How many rows there were when the first page was read, if the query asked for a [`count`](Query::count). After a
    /// [`resume`](PagedRows::resume) by key only those after the cursor are counted.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    fn refuse(&mut self, why: String) {
        self.problem.get_or_insert(why);
    }

    fn values(&self, row: &Bytes, number: u64) -> Result<Vec<String>> {
        let values = self.key.values(row, self.draft.without_nulls);
        values.map_err(|why| self.no_key(row, number, &why))
    }

    fn no_key(&self, row: &Bytes, number: u64, why: &str) -> Error {
        match &self.head {
            Some(head) => Error::decode(head, row.clone(), format_args!("row {number}: {why}")),
            None => Error::request(format!("the cursor cannot be used: {why}")),
        }
    }

    /// Checks what was given, once.
    fn begin(&mut self) -> Result<()> {
        if let Some(why) = self.problem.take() {
            return Err(Error::request(why));
        }
        self.key
            .look_up(self.draft.select.as_deref().unwrap_or("*"))
            .map_err(Error::request)?;
        let Some(cursor) = &self.resumed else {
            return Ok(());
        };
        let fits = match &cursor.after {
            Some(after) => !self.key.is_empty() && after.order == self.draft.order_text(),
            None => self.key.is_empty() || cursor.seen == 0,
        };
        if !fits {
            return Err(Error::request(
                "the cursor belongs to rows of another order",
            ));
        }
        self.seen = cursor.seen;
        self.fetched = cursor.seen;
        self.after = cursor.after.as_ref().map(|after| after.values.clone());
        Ok(())
    }

    /// Asks for the next page, if there can be one.
    fn ask(&mut self, ahead: bool) -> Result<()> {
        let left = self.limit.map(|limit| limit.saturating_sub(self.fetched));
        let asked = left.unwrap_or(self.size).min(self.size);
        if asked == 0 {
            self.ended = true;
            return Ok(());
        }
        let mut draft = self.draft.clone();
        let mut offset = Some(self.offset);
        if self.key.is_empty() {
            offset = Some(self.offset.saturating_add(self.fetched));
        } else if let Some(values) = &self.after {
            offset = None;
            let after = self.key.after(values);
            match after
                .map_err(|why| self.no_key(&Bytes::new(), self.fetched.saturating_sub(1), &why))?
            {
                Some(filter) => draft.filter(&filter),
                None => {
                    self.ended = true;
                    return Ok(());
                }
            }
        }
        draft.set_page(offset.filter(|rows| *rows > 0), Some(asked));
        if self.head.is_some() {
            draft.prefer.count = None;
        }
        let service = draft.client.service.clone();
        let options = self.options.clone();
        self.fetch = Some(Fetch {
            call: service.execute(draft.into_request(), options, read_page),
            sent: false,
            done: None,
            ahead,
            asked,
        });
        Ok(())
    }

    fn take_page(&mut self, page: Page, asked: u64) -> Result<()> {
        let Page { mut rows, parts } = page;
        rows.truncate(usize::try_from(asked).unwrap_or(usize::MAX));
        let is_first = self.head.is_none();
        if is_first {
            self.total = Response::new(&parts, ()).count;
        }
        self.head = Some(Box::new(parts));
        self.fetched = self
            .fetched
            .saturating_add(u64::try_from(rows.len()).unwrap_or(0));
        match rows.back() {
            None => self.ended = true,
            Some(last) if !self.key.is_empty() => {
                self.after = Some(self.values(last, self.fetched.saturating_sub(1))?);
            }
            Some(_) => {
                let counted = self.draft.prefer.count == Some(Count::Exact);
                let end = self.offset.saturating_add(self.fetched);
                self.ended = counted && self.total.is_some_and(|total| end >= total);
            }
        }
        self.rows = rows;
        Ok(())
    }

    fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>>> {
        if !self.begun {
            self.begun = true;
            self.begin()?;
        }
        loop {
            if self.fetch.is_none() && !self.ended {
                self.ask(!self.rows.is_empty())?;
            }
            if !self.rows.is_empty() {
                if let Some(fetch) = &mut self.fetch {
                    let due = !fetch.sent || self.rows.len() % ROWS_BETWEEN_POLLS == 0;
                    if fetch.done.is_none() && due {
                        fetch.sent = true;
                        if let Poll::Ready(page) = Pin::new(&mut fetch.call).poll(cx) {
                            fetch.done = Some(page);
                        }
                    }
                }
                return Poll::Ready(Ok(self.rows.pop_front()));
            }
            let Some(fetch) = &mut self.fetch else {
                return Poll::Ready(Ok(None));
            };
            let page = match fetch.done.take() {
                Some(page) => page,
                None => ready!(Pin::new(&mut fetch.call).poll(cx)),
            };
            let (ahead, asked) = (fetch.ahead, fetch.asked);
            self.fetch = None;
            match page {
                Ok(page) => self.take_page(page, asked)?,
                // It may have waited for rows to be read for longer than its time limit or the server allows.
                Err(error) if ahead && error.kind() == ErrorKind::Transport => self.ask(false)?,
                // What begins beyond the end of counted rows is empty.
                Err(error) if error.code() == Some("PGRST103") && self.head.is_none() => {
                    self.ended = true;
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl<T: DeserializeOwned> PagedRows<T> {
    /// The next row; `None` at the end. Cancel-safe: no row is lost.
    pub async fn next(&mut self) -> Option<Result<T>> {
        poll_fn(|cx| self.poll_row(cx)).await
    }

    /// As [`next`](PagedRows::next), for `while let Some(row) = rows.try_next().await? { … }`.
    ///
    /// # Errors
    /// See [`Query::rows`].
    pub async fn try_next(&mut self) -> Result<Option<T>> {
        self.next().await.transpose()
    }

    fn poll_row(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        let row = match ready!(self.poll_bytes(cx)) {
            Ok(Some(bytes)) => match &self.head {
                Some(head) => response::row(head, bytes.clone(), self.seen).inspect(|_| {
                    self.seen += 1;
                    self.last = Some(bytes);
                }),
                None => Ok(None),
            },
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        let row = row.map_err(|error| {
            self.ended = true;
            self.fetch = None;
            self.rows.clear();
            let service = self.draft.client.service.info().name;
            error.with_context(service, self.options.operation())
        });
        Poll::Ready(row.transpose())
    }
}

impl<T: DeserializeOwned> Stream for PagedRows<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        self.poll_row(cx)
    }
}

/// Without values, which may be personal.
impl<T> fmt::Debug for PagedRows<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "PagedRows({}, {} rows so far)",
            self.draft.name, self.seen
        )
    }
}

fn read_page(parts: &Parts, body: Bytes) -> Result<Page> {
    let body = response::succeeded(parts, body)?;
    let rows = rows_of(body).map_err(|flaw| Error::decode(parts, Bytes::new(), flaw))?;
    Ok(Page {
        rows,
        parts: parts.clone(),
    })
}
