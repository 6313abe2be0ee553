//! A list of columns and embedded relations.

use std::fmt;

use super::text::clean;
use super::{Embed, SelectItem};
use crate::request::Draft;
use crate::{Filter, OrderBy};

/// What to select: a text, or a list that is put together from parts.
///
/// Every method that selects takes `impl Into<Columns>`; any string converts. A string is PostgREST's select text. It is read
/// before anything is sent, and what cannot be right is an error that says where:
///
/// | text | meaning |
/// |---|---|
/// | `*`, `id`, `"odd, name"` | columns; blanks and line ends outside quotes do not matter |
/// | `label:name` | the column `name`, as `label` |
/// | `price::text` | a cast |
/// | `data->address->>city`, `tags->0` | a value inside a JSON (or array, or composite) column |
/// | `amount.sum()`, `count()` | an aggregate over the rows that are alike in the other columns, if the server allows them |
/// | `orders(id, total)` | the related rows; `orders!inner(..)` leaves out parents that have none |
/// | `buyer:people!buyer_id(name)` | by which foreign key, where there are several |
/// | `...profile(bio)` | the columns of a related row, as if they were columns of this one |
///
/// The parts do the same with names that are quoted where they need it, and carry the filters, the order and the limits of
/// embedded rows with them, at any depth:
///
/// ```
/// # let db = postgrest_rs::PostgrestClient::new("http://127.0.0.1:54321", "key")?;
/// use postgrest_rs::{Columns, Embed, col};
///
/// let columns = Columns::new(["id", "title"])
///     .with(col("meta").json_text("format").named("format"))
///     .with(Embed::new("authors", "name").named("author").hint("books_author_id_fkey"))
///     .with(Embed::new("reviews", "stars, body").filter(col("stars").gte(3)).order(col("stars").desc()).limit(2));
/// assert_eq!(
///     columns.to_string(),
///     "id,title,format:meta->>format,author:authors!books_author_id_fkey(name),reviews(stars,body)"
/// );
/// let query = db.from("books").select::<serde_json::Value>(columns);
/// # let sent = query.into_request()?;
/// # assert!(sent.uri().query().unwrap().ends_with("&reviews.stars=gte.3&reviews.order=stars.desc&reviews.limit=2"));
/// # Ok::<(), postgrest_rs::Error>(())
/// ```
///
/// What is wrong is kept and comes out of the end of the query, before anything is sent.
#[derive(Clone)]
#[must_use]
pub struct Columns {
    /// Cleaned and checked, or the message of the error.
    text: Result<String, String>,
    settings: Vec<Setting>,
}

/// What is sent beside the select text, for one embedded relation.
#[derive(Clone)]
pub(crate) enum Setting {
    Filter(Filter),
    Order(OrderBy),
    Limit(String, u64),
    Offset(String, u64),
}

impl Setting {
    /// The same, one level deeper.
    pub(super) fn on(self, path: &str) -> Self {
        let deeper = |inner: String| format!("{path}.{inner}");
        match self {
            Self::Filter(filter) => Self::Filter(filter.on(path)),
            Self::Order(order) => Self::Order(order.on(path)),
            Self::Limit(inner, rows) => Self::Limit(deeper(inner), rows),
            Self::Offset(inner, rows) => Self::Offset(deeper(inner), rows),
        }
    }
}

impl Columns {
    /// These columns; an empty list is an error.
    ///
    /// ```
    /// use postgrest_rs::{Column, Columns};
    /// let columns = Columns::new([Column::exact("id"), Column::exact("odd, name")]);
    /// assert_eq!(columns.to_string(), "id,\"odd, name\"");
    /// ```
    pub fn new(items: impl IntoIterator<Item = impl Into<SelectItem>>) -> Self {
        let none = Self {
            text: Ok(String::new()),
            settings: Vec::new(),
        };
        items.into_iter().fold(none, Self::with)
    }

    /// Adds a column, an aggregate or an embedded relation.
    ///
    /// ```
    /// use postgrest_rs::{Columns, Embed, SelectItem, col};
    /// let columns = Columns::from("city").with(SelectItem::count()).with(col("age").avg().cast("int").named("age"));
    /// assert_eq!(columns.to_string(), "city,count(),age:age.avg()::int");
    /// ```
    pub fn with(mut self, item: impl Into<SelectItem>) -> Self {
        let Ok(text) = &mut self.text else {
            return self;
        };
        match item.into().finish() {
            Ok((item, settings)) => {
                if !text.is_empty() {
                    text.push(',');
                }
                text.push_str(&item);
                self.settings.extend(settings);
            }
            Err(why) => self.text = Err(why),
        }
        self
    }

    /// Text and settings; the text may be empty.
    pub(super) fn into_parts(self) -> Result<(String, Vec<Setting>), String> {
        Ok((self.text?, self.settings))
    }

    /// Makes it what `draft` selects.
    pub(crate) fn apply(self, draft: &mut Draft) {
        draft.select = match self.text {
            Ok(text) if text.is_empty() => {
                draft
                    .refuse("the list of columns to select is empty; `\"*\"` selects every column");
                None
            }
            text => draft.take(text),
        };
        for setting in self.settings {
            match setting {
                Setting::Filter(filter) => draft.filter(&filter),
                Setting::Order(order) => draft.order(&order),
                Setting::Limit(path, rows) => draft.limit(Some(&path), rows),
                Setting::Offset(path, rows) => draft.offset(Some(&path), rows),
            }
        }
    }
}

impl<S: AsRef<str>> From<S> for Columns {
    fn from(text: S) -> Self {
        Self {
            text: clean(text.as_ref()),
            settings: Vec::new(),
        }
    }
}

/// An embedded relation alone; more with [`Columns::with`].
impl From<Embed> for Columns {
    fn from(embed: Embed) -> Self {
        Self::new([embed])
    }
}

/// One column alone; more with [`Columns::with`].
impl From<SelectItem> for Columns {
    fn from(item: SelectItem) -> Self {
        Self::new([item])
    }
}

/// Displays the select text as it is sent, before percent-encoding.
impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            Ok(text) | Err(text) => f.write_str(text),
        }
    }
}

/// Without the values of filters, which may be personal.
impl fmt::Debug for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Columns({self})")
    }
}
