//! A table or view, and the verbs on it.

use std::sync::Arc;

use http::Method;
use serde::Serialize;

use crate::client::check_path_name;
use crate::prefer::{Count, Resolution};
use crate::query::shape::{CsvText, GeoJson, NoRows, RowCount, Rows};
use crate::query::verb::{
    DeleteRows, InsertRows, NeedsFilterOrAllRows, SelectRows, UpdateRows, UpsertRows,
};
use crate::request::{Draft, Guard, Media, check_name};
use crate::{Columns, PostgrestClient, Query, SelectQuery, rows};

/// The name of a table or view.
///
/// A string converts; it must be a plain name, so that user input cannot reach another path. [`Relation::exact`] takes
/// the odd ones.
///
/// ```
/// use postgrest_rs::Relation;
/// # fn demo(db: &postgrest_rs::PostgrestClient) {
/// let plain = db.from("planets");
/// let odd = db.from(Relation::exact("odd/table"));
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Relation(Result<Arc<str>, String>);

impl Relation {
    /// The table or view of exactly this name, whatever characters it holds.
    #[must_use]
    pub fn exact(name: impl Into<String>) -> Self {
        let name = name.into();
        Self(check_name("table", &name).map(|()| Arc::from(name)))
    }

    pub(crate) fn into_name(self) -> Result<Arc<str>, String> {
        self.0
    }
}

impl<S: AsRef<str>> From<S> for Relation {
    fn from(name: S) -> Self {
        let name = name.as_ref();
        Self(check_path_name("table", name).map(|()| Arc::from(name)))
    }
}

/// A table or view of the database; made by [`PostgrestClient::from`]. Cheap to clone, and used as often as one likes:
/// every verb begins a query of its own.
#[derive(Debug, Clone)]
pub struct Table {
    client: PostgrestClient,
    name: Result<Arc<str>, String>,
}

impl Table {
    pub(crate) fn new(client: PostgrestClient, name: Result<Arc<str>, String>) -> Self {
        Self { client, name }
    }

    fn draft(&self, method: Method, operation: &'static str) -> Draft {
        Draft::new(&self.client, method, self.name.clone(), operation)
    }

    fn read<R>(
        &self,
        method: Method,
        operation: &'static str,
        columns: Columns,
        media: Media,
    ) -> Query<SelectRows, R> {
        let mut draft = self.draft(method, operation);
        columns.apply(&mut draft);
        draft.media = media;
        Query::new(draft)
    }

    fn write(&self, method: Method, operation: &'static str, guard: Guard) -> Draft {
        let mut draft = self.draft(method, operation);
        draft.guard = guard;
        draft
    }

    /// Reads rows: `columns` is PostgREST's select text (`"*"`, `"id, name"`, `"name, orders!inner(total)"`), or
    /// [`Columns`] put together from parts. The answer is a `Vec` of whatever the left side names.
    ///
    /// ```no_run
    /// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// #[derive(serde::Deserialize)]
    /// struct Planet { id: i64, name: String }
    ///
    /// let planets: Vec<Planet> = db.from("planets").select("id, name").eq("name", "Earth").await?;
    /// for planet in db.from("planets").select::<Planet>("*").await? {
    ///     println!("{} {}", planet.id, planet.name);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// Blanks and line ends outside quotes do not matter. `T` owns its data: a row type with a lifetime does not work.
    ///
    /// # Errors
    /// When awaited: [`ErrorKind::Request`](crate::ErrorKind::Request) for a select text that cannot be right,
    /// [`Api`](crate::ErrorKind::Api) for what the server refuses, [`Decode`](crate::ErrorKind::Decode) when a row is no `T`.
    pub fn select<T>(&self, columns: impl Into<Columns>) -> SelectQuery<T> {
        self.read::<Rows<T>>(Method::GET, "select", columns.into(), Media::Json)
    }

    /// Reads rows as CSV text, with a header line.
    ///
    /// Null and the empty text both are empty there (`""` is the text), backslashes are doubled, booleans are `t` and `f`.
    ///
    /// ```no_run
    /// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// let csv: String = db.from("planets").csv("id, name").gt("id", 2).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Table::select`].
    pub fn csv(&self, columns: impl Into<Columns>) -> Query<SelectRows, CsvText> {
        self.read(Method::GET, "csv", columns.into(), Media::Csv)
    }

    /// Reads rows as a GeoJSON feature collection; needs PostGIS and a geometry column.
    ///
    /// ```no_run
    /// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// let shops: serde_json::Value = db.from("shops").geojson("*").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Table::select`].
    pub fn geojson(&self, columns: impl Into<Columns>) -> Query<SelectRows, GeoJson> {
        self.read(Method::GET, "geojson", columns.into(), Media::GeoJson)
    }

    /// Counts rows without reading them.
    ///
    /// ```no_run
    /// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// use postgrest_rs::Count;
    /// let planets: u64 = db.from("planets").count(Count::Exact).gt("moons", 0).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Table::select`]; a HEAD request, so that the server's errors have a code but no message.
    pub fn count(&self, count: Count) -> Query<SelectRows, RowCount> {
        let mut query: Query<SelectRows, RowCount> =
            self.read(Method::HEAD, "count", "*".into(), Media::Json);
        query.draft.prefer.count = Some(count);
        query
    }

    /// Inserts one row (a struct or map) or several (a slice or `Vec` of those). Nothing comes back unless
    /// [`select`](Query::select) asks for it.
    ///
    /// Rows of several kinds may be mixed: the union of their fields is inserted, and what a row lacks is null, or
    /// the column's default after [`default_to_null(false)`](Query::default_to_null).
    ///
    /// ```no_run
    /// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// use serde_json::json;
    /// #[derive(serde::Deserialize)]
    /// struct Planet { id: i64 }
    ///
    /// db.from("planets").insert(&json!({ "name": "Pluto" })).await?;
    /// let made: Vec<Planet> = db.from("planets").insert(&[json!({ "name": "Eris" })]).select("id").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited: [`ErrorKind::Request`](crate::ErrorKind::Request) for rows that are no objects or hold NaN; see
    /// [`Error::is_unique_violation`](crate::Error::is_unique_violation) and its kin for the server's.
    pub fn insert(&self, rows: &(impl Serialize + ?Sized)) -> Query<InsertRows, NoRows> {
        let mut draft = self.write(Method::POST, "insert", Guard::Free);
        put_rows(&mut draft, rows);
        Query::new(draft)
    }

    /// Inserts rows, or updates those that exist already: by primary key, or by the columns of
    /// [`on_conflict`](Query::on_conflict).
    ///
    /// ```no_run
    /// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// use serde_json::json;
    /// let rows = [json!({ "id": 1, "name": "Earth" }), json!({ "id": 2, "name": "Mars" })];
    /// db.from("planets").upsert(&rows).on_conflict(["id"]).ignore_duplicates().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Table::insert`].
    pub fn upsert(&self, rows: &(impl Serialize + ?Sized)) -> Query<UpsertRows, NoRows> {
        let mut draft = self.write(Method::POST, "upsert", Guard::Free);
        draft.prefer.resolution = Some(Resolution::Merge);
        put_rows(&mut draft, rows);
        Query::new(draft)
    }

    /// Changes the rows that match the filters: `changes` is a struct or map of the columns to set.
    ///
    /// Without a filter it cannot be awaited, unless [`all_rows`](Query::all_rows) says that every row is meant.
    ///
    /// ```no_run
    /// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// use serde_json::json;
    /// db.from("planets").update(&json!({ "name": "Terra" })).eq("id", 3).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// ```compile_fail
    /// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// db.from("planets").update(&serde_json::json!({ "name": "Terra" })).await?;  // no filter
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Table::insert`]; also before anything is sent if the filters turn out to let every row pass.
    pub fn update(
        &self,
        changes: &(impl Serialize + ?Sized),
    ) -> Query<UpdateRows<NeedsFilterOrAllRows>, NoRows> {
        let mut draft = self.write(Method::PATCH, "update", Guard::Unfiltered);
        draft.body = draft.take(rows::to_row(changes)).map(Into::into);
        Query::new(draft)
    }

    /// Deletes the rows that match the filters.
    ///
    /// Without a filter it cannot be awaited, unless [`all_rows`](Query::all_rows) says that every row is meant.
    ///
    /// ```no_run
    /// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// use postgrest_rs::{all, col};
    /// db.from("planets").delete().eq("id", 9).max_affected(1).await?;
    /// let conditions = vec![col("moons").eq(0), col("rings").is_null()];
    /// db.from("planets").delete().filter(all(conditions)).await?;
    /// db.from("moons").delete().all_rows().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// ```compile_fail
    /// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// db.from("planets").delete().await?;  // no filter
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited, as [`Table::update`].
    pub fn delete(&self) -> Query<DeleteRows<NeedsFilterOrAllRows>, NoRows> {
        let draft = self.write(Method::DELETE, "delete", Guard::Unfiltered);
        Query::new(draft)
    }
}

fn put_rows(draft: &mut Draft, rows: &(impl Serialize + ?Sized)) {
    if let Some(rows) = draft.take(rows::to_rows(rows)) {
        draft.columns = rows.columns;
        draft.body = Some(rows.body.into());
    }
}
