//! Postgres changes: what is asked for and what is received.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use supabase_http::{Error, Result};

use crate::protocol::changes::ColumnInfo;
use crate::protocol::join::Binding;
use crate::{Filter, FilterValue, Is, col, read};

/// What happened to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChangeEvent {
    /// It was inserted.
    Insert,
    /// It was updated.
    Update,
    /// It was deleted.
    Delete,
}

impl ChangeEvent {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }

    pub(super) fn read(name: &str) -> Option<Self> {
        [Self::Insert, Self::Update, Self::Delete]
            .into_iter()
            .find(|event| event.name() == name)
    }
}

/// Which changes of rows to receive.
///
/// The table must be in the publication `supabase_realtime`.
///
/// ```
/// use realtime_rs::{ChangeEvent, Changes, Is, col};
///
/// let mine = Changes::update("todos").schema("app").eq("room_id", 1).filter(!col("done").eq(true));
/// let all = Changes::all("todos").in_("room_id", [1, 2]).neq("state", "draft").is("gone", Is::Null);
/// let some_columns = Changes::insert("todos").columns(["id", "title"]);
/// let gone = Changes::delete("todos");
/// let anything_new = Changes::of_schema("public").only(ChangeEvent::Insert);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "it asks for nothing before it is given to `Channel::changes`"]
pub struct Changes {
    event: Option<ChangeEvent>,
    schema: String,
    table: Option<String>,
    filters: Vec<Filter>,
    columns: Option<Vec<String>>,
}

impl Changes {
    fn new(event: Option<ChangeEvent>, table: Option<String>) -> Self {
        Self {
            event,
            schema: "public".to_owned(),
            table,
            filters: Vec::new(),
            columns: None,
        }
    }

    /// Every change of a table in the schema `public`.
    pub fn all(table: impl Into<String>) -> Self {
        Self::new(None, Some(table.into()))
    }

    /// The inserts into a table.
    pub fn insert(table: impl Into<String>) -> Self {
        Self::new(Some(ChangeEvent::Insert), Some(table.into()))
    }

    /// The updates of a table. They may lack large columns that did not change: see [`PostgresChange::new`].
    pub fn update(table: impl Into<String>) -> Self {
        Self::new(Some(ChangeEvent::Update), Some(table.into()))
    }

    /// The deletes from a table. Row-level security does not apply to them: everyone gets the primary key.
    pub fn delete(table: impl Into<String>) -> Self {
        Self::new(Some(ChangeEvent::Delete), Some(table.into()))
    }

    /// Every change of every table of a schema.
    pub fn of_schema(schema: impl Into<String>) -> Self {
        Self::new(None, None).schema(schema)
    }

    /// Only these changes.
    pub fn only(mut self, event: ChangeEvent) -> Self {
        self.event = Some(event);
        self
    }

    /// The schema of the table: `public` by default, `*` for all.
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = schema.into();
        self
    }

    /// Only these columns in the rows; the primary key always comes too. Not for whole schemas.
    pub fn columns(mut self, columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.columns = Some(columns.into_iter().map(Into::into).collect());
        self
    }

    /// One more condition on the rows; all must hold. A delete is filtered by the primary key alone, unless the table
    /// has `REPLICA IDENTITY FULL`.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filters.push(filter);
        self
    }

    /// [`filter`](Changes::filter) by equality.
    pub fn eq(self, column: impl Into<String>, value: impl FilterValue) -> Self {
        self.filter(col(column).eq(value))
    }

    /// [`filter`](Changes::filter) by inequality.
    pub fn neq(self, column: impl Into<String>, value: impl FilterValue) -> Self {
        self.filter(col(column).neq(value))
    }

    /// [`filter`](Changes::filter) by one of several values.
    pub fn in_(
        self,
        column: impl Into<String>,
        values: impl IntoIterator<Item = impl FilterValue>,
    ) -> Self {
        self.filter(col(column).in_(values))
    }

    /// [`filter`](Changes::filter) by null, true or false.
    pub fn is(self, column: impl Into<String>, what: Is) -> Self {
        self.filter(col(column).is(what))
    }

    /// As the server takes it, or what is wrong with it.
    pub(super) fn binding(&self) -> std::result::Result<Binding, String> {
        let name = |what: &str, text: &str| {
            if text.is_empty() || text.contains(char::is_control) {
                return Err(format!("{text:?} cannot be the name of a {what}"));
            }
            Ok(())
        };
        name("schema", &self.schema)?;
        match &self.table {
            Some(table) => name("table", table)?,
            None if self.columns.is_some() || !self.filters.is_empty() => {
                return Err(
                    "columns and filters need a table: use `Changes::all(table)`".to_owned(),
                );
            }
            None => {}
        }
        if self.table.as_deref() == Some("*") && self.columns.is_some() {
            return Err("columns cannot be chosen for all tables at once".to_owned());
        }
        for filter in &self.filters {
            if let Some(problem) = &filter.problem {
                return Err(problem.clone());
            }
            if let Some(columns) = &self.columns {
                if !columns.contains(&filter.column) {
                    return Err(format!(
                        "the filter is on `{}`, which is not one of the columns asked for",
                        filter.column
                    ));
                }
            }
        }
        if let Some(columns) = &self.columns {
            if columns.is_empty() || columns.iter().any(String::is_empty) {
                return Err("`columns` was given no names, or an empty one".to_owned());
            }
        }
        let filters: Vec<_> = self.filters.iter().map(ToString::to_string).collect();
        Ok(Binding {
            event: self.event.map_or("*", ChangeEvent::name),
            schema: self.schema.clone(),
            table: self.table.clone(),
            filter: (!filters.is_empty()).then(|| filters.join(",")),
            select: self.columns.clone(),
        })
    }
}

/// A change of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostgresChange<T> {
    /// What happened.
    pub event: ChangeEvent,
    /// The table's schema.
    pub schema: String,
    /// The table.
    pub table: String,
    /// When it was committed, as the server writes it (ISO 8601, UTC).
    pub commit_timestamp: Option<String>,
    /// The row as it is now; `None` for a delete, and where [`errors`](PostgresChange::errors) says why.
    ///
    /// An update leaves out large columns (TOAST) that did not change: give such fields a default, or the change is an
    /// [`Interruption::Decode`](crate::Interruption::Decode). A missing field is not null.
    pub new: Option<T>,
    /// What is known of the row as it was: its primary key, or all of it with `REPLICA IDENTITY FULL`; `None` for an
    /// insert.
    pub old: Option<OldRow>,
    /// The columns and their types.
    pub columns: Arc<[ColumnInfo]>,
    /// Why the row is not or not wholly there: no permission, no primary key, too large.
    pub errors: Vec<String>,
}

/// What is known of a row as it was.
///
/// ```
/// # fn demo(change: realtime_rs::PostgresChange<serde_json::Value>) -> Result<(), realtime_rs::Error> {
/// #[derive(serde::Deserialize)]
/// struct Key { id: i64 }
///
/// if let Some(old) = &change.old {
///     println!("{} is gone", old.read::<Key>()?.id);
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct OldRow {
    json: Bytes,
}

/// Without what it holds: that is somebody's.
impl fmt::Debug for OldRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OldRow({} bytes)", self.json.len())
    }
}

impl OldRow {
    /// Reads it as a type of yours, whose fields beside the primary key should be optional.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) if it is no `T`.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        read::json(&self.json, "the old row")
    }
}

/// A change in the queue.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) event: ChangeEvent,
    pub(crate) schema: String,
    pub(crate) table: String,
    pub(crate) commit_timestamp: Option<String>,
    pub(crate) columns: Arc<[ColumnInfo]>,
    pub(crate) new: Option<Bytes>,
    pub(crate) old: Option<Bytes>,
    pub(crate) errors: Vec<String>,
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that all conversions of a queue have"
)]
pub(super) fn typed<T: DeserializeOwned>(raw: Arc<Raw>) -> Result<PostgresChange<T>, Error> {
    let row: PhantomData<T> = PhantomData;
    let new = raw.new.as_ref().map(|json| read_row(row, json));
    // A row that the server could not send whole need not be a `T`.
    let new = match new.transpose() {
        Ok(new) => new,
        Err(_) if !raw.errors.is_empty() => None,
        Err(error) => return Err(error),
    };
    Ok(PostgresChange {
        event: raw.event,
        schema: raw.schema.clone(),
        table: raw.table.clone(),
        commit_timestamp: raw.commit_timestamp.clone(),
        new,
        old: raw.old.clone().map(|json| OldRow { json }),
        columns: Arc::clone(&raw.columns),
        errors: raw.errors.clone(),
    })
}

fn read_row<T: DeserializeOwned>(_: PhantomData<T>, json: &Bytes) -> Result<T> {
    read::json(json, "the row")
}
