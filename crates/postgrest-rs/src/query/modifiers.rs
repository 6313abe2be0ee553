//! Everything that is no filter: order, pages, shapes of the answer, preferences, and settings of one request.

use std::ops::RangeBounds;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Method};
use supabase_http::{RetryConfig, header_pair};

use super::Query;
use super::shape::{
    CsvText, DryRun, GeoJson, JsonShape, Layered, Maybe, NoRows, One, PlanIn, RowShape, Rows,
};
use super::verb::{Affects, CallFunction, Pageable, UpsertRows, Writes, WritesFields};
use crate::client::Schema;
use crate::prefer::{Count, Resolution, Returning};
use crate::request::Media;
use crate::{Column, Columns, Explain, OrderBy};

/// Order and pages.
impl<V: Pageable, R> Query<V, R> {
    /// Orders the rows. Called again, it adds the next criterion.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// use postgrest_rs::col;
    /// let query = db
    ///     .from("planets")
    ///     .select::<serde_json::Value>("*, moons(*), system(name)")
    ///     .order("system(name)")                         // by a column of a to-one relation
    ///     .order(col("mass").desc().nulls_last())
    ///     .order(col("name").asc().on("moons"));         // the rows embedded there
    /// # }
    /// ```
    pub fn order(mut self, by: impl Into<OrderBy>) -> Self {
        self.draft.order(&by.into());
        self
    }

    /// At most this many rows. The server has a maximum of its own, 1,000 on hosted projects.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").limit(10);
    /// # }
    /// ```
    pub fn limit(mut self, rows: u64) -> Self {
        self.draft.limit(None, rows);
        self
    }

    /// At most this many of the rows embedded at `path`, per parent.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*, moons(*)").limit_on("moons", 1);
    /// # }
    /// ```
    pub fn limit_on(mut self, path: impl AsRef<str>, rows: u64) -> Self {
        self.draft.limit(Some(path.as_ref()), rows);
        self
    }

    /// Leaves out the first rows.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").offset(20).limit(10);
    /// # }
    /// ```
    pub fn offset(mut self, rows: u64) -> Self {
        self.draft.offset(None, rows);
        self
    }

    /// Leaves out the first of the rows embedded at `path`, per parent.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*, moons(*)").offset_on("moons", 1);
    /// # }
    /// ```
    pub fn offset_on(mut self, path: impl AsRef<str>, rows: u64) -> Self {
        self.draft.offset(Some(path.as_ref()), rows);
        self
    }

    /// Only the rows at these places, counted from 0.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let first_ten = db.from("planets").select::<serde_json::Value>("*").order("id").range(0..=9);
    /// let the_rest = db.from("planets").select::<serde_json::Value>("*").order("id").range(10..);
    /// # }
    /// ```
    ///
    /// # Errors
    /// When awaited, before anything is sent: a range that ends before it begins. Beyond the last row the answer is empty, or
    /// the code `PGRST103` (status 416) if a [`count`](Query::count) was asked for.
    #[allow(clippy::needless_pass_by_value, reason = "ranges are written in place")]
    pub fn range(mut self, range: impl RangeBounds<u64>) -> Self {
        self.draft.range(None, &range);
        self
    }

    /// Only the rows at these places among those embedded at `path`, per parent.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*, moons(*)").range_on("moons", 0..2);
    /// # }
    /// ```
    #[allow(clippy::needless_pass_by_value, reason = "ranges are written in place")]
    pub fn range_on(mut self, path: impl AsRef<str>, range: impl RangeBounds<u64>) -> Self {
        self.draft.range(Some(path.as_ref()), &range);
        self
    }

    /// Asks for headers only: nothing is read, but `count` and `response` work. Functions are called with their arguments in
    /// the URL, and stable or immutable ones do not even run unless counted exactly.
    ///
    /// ```no_run
    /// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// use postgrest_rs::Count;
    /// let head = db.rpc::<()>("list_planets", ()).head().count(Count::Exact).await?;
    /// println!("{:?} rows", head.count);
    /// # Ok(()) }
    /// ```
    pub fn head(mut self) -> Query<V, R::As<NoRows>>
    where
        R: Layered,
    {
        self.draft.method = Method::HEAD;
        self.retyped()
    }
}

/// One row instead of many.
impl<V, R: RowShape> Query<V, R> {
    /// Exactly one row, as itself instead of a `Vec`. A write that touches more is undone.
    ///
    /// ```no_run
    /// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// let earth: serde_json::Value = db.from("planets").select("*").eq("name", "Earth").single().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited: code `PGRST116` (status 406) for none or several, see
    /// [`is_no_rows`](crate::Error::is_no_rows) and [`is_many_rows`](crate::Error::is_many_rows).
    pub fn single(mut self) -> Query<V, R::As<One<R::Row>>> {
        self.draft.media = Media::Object;
        self.retyped()
    }

    /// One row or none. Reads ask for two rows at most, enough to see that there are several.
    ///
    /// ```no_run
    /// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// let found: Option<serde_json::Value> = db.from("planets").select("*").eq("id", 9).maybe_single().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited: code `PGRST116` (status 406) for several.
    pub fn maybe_single(mut self) -> Query<V, R::As<Maybe<R::Row>>> {
        if self.draft.method == Method::GET && !self.draft.is_function {
            self.draft.default_limit = Some(2);
        }
        self.retyped()
    }
}

/// The rows of a write.
impl<V: Writes, R: Layered> Query<V, R> {
    /// Returns the written rows; `columns` is a select text as for [`Table::select`](crate::Table::select). The caller needs the
    /// right to read them.
    ///
    /// ```no_run
    /// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// use serde_json::{Value, json};
    /// let made: Value = db.from("planets").insert(&json!({ "name": "Eris" })).select("id").single().await?;
    /// # Ok(()) }
    /// ```
    pub fn select<T>(mut self, columns: impl Into<Columns>) -> Query<V, R::As<Rows<T>>> {
        self.draft.prefer.returning = Some(Returning::Representation);
        columns.into().apply(&mut self.draft);
        self.retyped()
    }

    /// What the write answers, if not rows.
    ///
    /// ```no_run
    /// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// use postgrest_rs::Returning;
    /// let row = serde_json::json!({ "name": "Eris" });
    /// let made = db.from("planets").insert(&row).returning(Returning::HeadersOnly).response().await?;
    /// println!("{:?}", made.headers.get("location"));
    /// # Ok(()) }
    /// ```
    pub fn returning(mut self, what: Returning) -> Self {
        self.draft.prefer.returning = Some(what);
        self
    }
}

/// Fields that a row lacks.
impl<V: WritesFields, R> Query<V, R> {
    /// What becomes of a column that a row of several lacks: null (`true`, as without this call) or the column's default
    /// (`false`).
    ///
    /// Servers before PostgREST 11.0 do not know the default and write null, without a word; where the column takes none, that
    /// is an error ([`is_not_null_violation`](crate::Error::is_not_null_violation)).
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// use serde_json::json;
    /// let rows = [json!({ "id": 1, "name": "Earth" }), json!({ "id": 2 })];
    /// let query = db.from("planets").insert(&rows).default_to_null(false);
    /// # }
    /// ```
    pub fn default_to_null(mut self, null: bool) -> Self {
        self.draft.prefer.missing_default = !null;
        self
    }
}

/// Conflicts of an upsert.
impl<R> Query<UpsertRows, R> {
    /// The columns whose values tell that a row exists already; they must have a unique constraint. Without it: the primary
    /// key.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let row = serde_json::json!({ "name": "Earth", "system": 1 });
    /// let query = db.from("planets").upsert(&row).on_conflict(["name", "system"]);
    /// # }
    /// ```
    pub fn on_conflict(mut self, columns: impl IntoIterator<Item = impl Into<Column>>) -> Self {
        let mut names = String::new();
        for column in columns {
            let column = column.into();
            if !names.is_empty() {
                names.push(',');
            }
            if let Some(name) = self.draft.take(column.name().map(str::to_owned)) {
                names.push_str(&name);
            }
        }
        if names.is_empty() {
            self.draft.refuse("`on_conflict` names no columns");
        }
        self.draft.on_conflict = names;
        self
    }

    /// Leaves rows that exist as they are, instead of updating them.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").upsert(&serde_json::json!({ "id": 1 })).ignore_duplicates();
    /// # }
    /// ```
    pub fn ignore_duplicates(mut self) -> Self {
        self.draft.prefer.resolution = Some(Resolution::Ignore);
        self
    }
}

/// How much a write may change.
impl<V: Affects, R> Query<V, R> {
    /// Undoes the change and fails if it touches more rows than this.
    ///
    /// It is sent with `handling=strict`, so that PostgREST 12.0, which does not know it, refuses the request (`PGRST122`, status 400)
    /// and changes nothing. It is known from 12.2 on, for functions from 13.0.3 on. Older ones know neither and change every row that matches; they do not confirm the limit, which is
    /// an error, but one that comes too late.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").delete().eq("name", "Pluto").max_affected(1);
    /// # }
    /// ```
    ///
    /// # Errors
    /// When awaited: code `PGRST124` (status 400) for too many; a function must return a set (`PGRST128`).
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) if the server does not confirm the limit: more rows may have been changed.
    pub fn max_affected(mut self, rows: u64) -> Self {
        self.draft.prefer.max_affected = Some(rows);
        self
    }
}

/// Calls of functions.
impl<R> Query<CallFunction, R> {
    /// Sends the arguments in the URL and runs the function read-only, which caches and replicas can serve.
    ///
    /// ```no_run
    /// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// let sum: i64 = db.rpc("add", &serde_json::json!({ "a": 1, "b": 2 })).get().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited, before anything is sent: null, and texts that PostgREST would take for a filter (`eq.5`), which only POST
    /// can carry.
    pub fn get(mut self) -> Self {
        self.draft.method = Method::GET;
        self
    }

    /// Which columns of the returned rows to read; a select text as for [`Table::select`](crate::Table::select).
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.rpc::<Vec<serde_json::Value>>("list_planets", ()).select("id, name");
    /// # }
    /// ```
    pub fn select(mut self, columns: impl Into<Columns>) -> Self {
        // Ignored by functions, sent by the official clients.
        self.draft.prefer.returning = Some(Returning::Representation);
        columns.into().apply(&mut self.draft);
        self
    }

    /// The returned rows as CSV text; see [`Table::csv`](crate::Table::csv).
    ///
    /// ```no_run
    /// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// let csv: String = db.rpc::<()>("list_planets", ()).csv().await?;
    /// # Ok(()) }
    /// ```
    pub fn csv(mut self) -> Query<CallFunction, R::As<CsvText>>
    where
        R: Layered,
    {
        self.draft.media = Media::Csv;
        self.retyped()
    }

    /// The returned rows as a GeoJSON feature collection; see [`Table::geojson`](crate::Table::geojson).
    ///
    /// ```no_run
    /// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// let shops: serde_json::Value = db.rpc::<()>("shops_nearby", ()).geojson().await?;
    /// # Ok(()) }
    /// ```
    pub fn geojson(mut self) -> Query<CallFunction, R::As<GeoJson>>
    where
        R: Layered,
    {
        self.draft.media = Media::GeoJson;
        self.retyped()
    }
}

/// The answer and what surrounds it.
impl<V, R: Layered> Query<V, R> {
    /// Gives the answer with its status, headers, range and count.
    ///
    /// ```no_run
    /// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// let answer = db.from("planets").select::<serde_json::Value>("*").response().await?;
    /// println!("{} {} rows", answer.status, answer.data.len());
    /// # Ok(()) }
    /// ```
    pub fn response(self) -> Query<V, R::Full> {
        self.retyped()
    }

    /// Counts the rows that match, whatever the page; the total is `count` of the [`Response`](crate::Response) that is given.
    ///
    /// ```no_run
    /// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// use postgrest_rs::Count;
    /// let page = db.from("planets").select::<serde_json::Value>("*").count(Count::Exact).range(0..=9).await?;
    /// println!("{} of {:?}", page.data.len(), page.count);
    /// # Ok(()) }
    /// ```
    pub fn count(mut self, count: Count) -> Query<V, R::Full> {
        self.draft.prefer.count = Some(count);
        self.retyped()
    }

    /// Gives the query plan instead of the answer.
    ///
    /// ```no_run
    /// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// use postgrest_rs::Explain;
    /// let plan: String = db.from("planets").select::<()>("*").eq("id", 1).explain(Explain::new()).await?;
    /// let plan = db.from("planets").select::<()>("*").explain(Explain::new().analyze().json()).await?;
    /// println!("{:?} ms, {} steps", plan.execution_time, plan.nodes().count());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited: code `PGRST107` (status 406) if the server does not allow plans.
    #[allow(clippy::needless_pass_by_value, reason = "built in place")]
    pub fn explain<F>(mut self, explain: Explain<F>) -> Query<V, R::As<PlanIn<F>>> {
        self.draft.explain = Some(explain.options);
        self.retyped()
    }

    /// Runs everything and then undoes it: the answer is what would have happened.
    ///
    /// A server that does not allow it would keep the changes and ignore the wish, hosted projects included. So nothing is
    /// sent before the server was seen to undo something: the first dry run of a client is preceded by a `HEAD` request for
    /// no rows of the same table or function, which changes and runs nothing, and whose answer tells. The client and its
    /// clones remember it; a refusal is not remembered.
    ///
    /// What cannot be probed by itself (a table that may not be read, a function whose arguments only `POST` can carry) can
    /// be tried after `db.from("readable").select::<()>("*").limit(0).dry_run().await?`.
    ///
    /// Sequences and what functions do outside the database are not undone.
    ///
    /// ```no_run
    /// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// let gone: Vec<serde_json::Value> = db.from("planets").delete().lt("mass", 1).select("*").dry_run().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited: [`ErrorKind::Request`](crate::ErrorKind::Request) if the server does not undo what it is asked to, and the
    /// server's error if the probe fails: **nothing was changed** then. [`ErrorKind::Decode`](crate::ErrorKind::Decode) if
    /// the server has undone the probe but does not confirm the dry run itself: its changes may have been kept.
    pub fn dry_run(mut self) -> Query<V, DryRun<R>> {
        self.draft.prefer.rollback = true;
        self.retyped()
    }
}

/// Nulls.
impl<V, R: JsonShape> Query<V, R> {
    /// Leaves null fields out of the rows; decode those with `#[serde(default)]` or `Option`. Inside `jsonb` objects they go,
    /// too, but not inside arrays.
    ///
    /// Servers that do not know it (before PostgREST 11.2) refuse the media type, with status 406 or 415.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").strip_nulls();
    /// # }
    /// ```
    pub fn strip_nulls(mut self) -> Self {
        self.draft.without_nulls = true;
        self
    }
}

/// Settings of one request.
impl<V, R> Query<V, R> {
    /// Asks another schema than the client's.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("items").select::<serde_json::Value>("*").schema("inventory");
    /// # }
    /// ```
    pub fn schema(mut self, name: impl AsRef<str>) -> Self {
        self.draft.client.schema = Schema::named(name.as_ref());
        self
    }

    /// Adds a header. It replaces what would be sent under that name.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").header("prefer", "timezone=Europe/Copenhagen");
    /// # }
    /// ```
    ///
    /// # Errors
    /// When awaited, before anything is sent: a name or value that cannot be in a header, such as one with a line end.
    pub fn header(
        mut self,
        name: impl TryInto<HeaderName, Error: Into<http::Error>>,
        value: impl TryInto<HeaderValue, Error: Into<http::Error>>,
    ) -> Self {
        match header_pair(name, value) {
            Ok((name, value)) => {
                self.draft.headers.insert(name, value);
            }
            Err(why) => self.draft.refuse(why.message()),
        }
        self
    }

    /// The longest this call may take, retries included.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// use std::time::Duration;
    /// let query = db.from("planets").select::<serde_json::Value>("*").timeout(Duration::from_secs(5));
    /// # }
    /// ```
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.draft.options = std::mem::take(&mut self.draft.options).timeout(limit);
        self
    }

    /// How this call is retried; [`RetryConfig::off`] for not at all.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// use postgrest_rs::RetryConfig;
    /// let query = db.from("planets").select::<serde_json::Value>("*").retry(RetryConfig::off());
    /// # }
    /// ```
    pub fn retry(mut self, retry: RetryConfig) -> Self {
        self.draft.options = std::mem::take(&mut self.draft.options).retry(retry);
        self
    }
}
