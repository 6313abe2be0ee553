//! A related table inside a select, with the filters, the order and the limits of its rows.

use std::fmt;

use super::Columns;
use super::columns::Setting;
use super::item::check_name;
use crate::quote::{push_name, push_quoted};
use crate::{Filter, OrderBy};

/// Related rows inside the rows of a select; an entry of [`Columns`].
///
/// They come as a list, or as an object (or null) where there can be only one. Filters, order and limits are per parent row,
/// and leave the parents as they are unless [`inner`](Embed::inner) asks for parents with such rows only.
///
/// ```
/// # fn demo(db: &postgrest_rs::PostgrestClient) {
/// use postgrest_rs::{Columns, Embed, col};
///
/// // Shelves with their three longest books, each with the name of its author.
/// let books = Embed::new("books", Columns::from("title").with(Embed::new("authors", "name").hint("author_id").named("author")))
///     .filter(col("pages").gt(100))
///     .order(col("pages").desc())
///     .limit(3);
/// let query = db.from("shelves").select::<serde_json::Value>(Columns::from("name").with(books));
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Embed {
    relation: String,
    alias: Option<String>,
    hint: Option<String>,
    join: &'static str,
    spread: bool,
    columns: Option<Columns>,
    settings: Vec<Setting>,
    problem: Option<String>,
}

impl Embed {
    /// The rows of `relation` that belong to a row, with these columns.
    ///
    /// `relation` is the exact name of a table, a view or a computed relationship, or the column of a foreign key.
    pub fn new(relation: impl Into<String>, columns: impl Into<Columns>) -> Self {
        Self {
            columns: Some(columns.into()),
            ..Self::without_columns(relation)
        }
    }

    /// The same without any column: only to filter or order by it.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// use postgrest_rs::{Columns, Embed, Is};
    /// // Books without reviews.
    /// let columns = Columns::from("title").with(Embed::without_columns("reviews"));
    /// let query = db.from("books").select::<serde_json::Value>(columns).is("reviews", Is::Null);
    /// # }
    /// ```
    pub fn without_columns(relation: impl Into<String>) -> Self {
        let relation = relation.into();
        let problem = check_name("the name of an embedded relation", &relation).err();
        Self {
            relation,
            alias: None,
            hint: None,
            join: "",
            spread: false,
            columns: None,
            settings: Vec::new(),
            problem,
        }
    }

    /// Gives it another name in the rows, and in the paths of filters and orders.
    pub fn named(mut self, alias: impl Into<String>) -> Self {
        let alias = alias.into();
        self.check(check_name("an alias", &alias));
        self.alias = Some(alias);
        self
    }

    /// Which relationship, where there are several: a foreign key or its column, or the table between the two.
    ///
    /// For a table joined with itself the column is the hint of the rows that point here, and is the relation itself for the
    /// row pointed at: `Embed::new("places", ..).hint("within")`, `Embed::new("within", ..)`.
    pub fn hint(mut self, relationship: impl Into<String>) -> Self {
        let hint = relationship.into();
        self.check(check_name("the hint of an embedded relation", &hint));
        self.hint = Some(hint);
        self
    }

    /// Leaves out parents that have no such row; the filters given here then filter the parents.
    ///
    /// ```
    /// use postgrest_rs::{Embed, col};
    /// let good = Embed::new("reviews", "stars").filter(col("stars").gte(4)).inner();
    /// assert_eq!(good.to_string(), "reviews!inner(stars)");
    /// ```
    pub fn inner(mut self) -> Self {
        self.join = "!inner";
        self
    }

    /// Keeps parents that have no such row, as without this call.
    ///
    /// ```
    /// use postgrest_rs::Embed;
    /// assert_eq!(Embed::new("reviews", "stars").left().to_string(), "reviews!left(stars)");
    /// ```
    pub fn left(mut self) -> Self {
        self.join = "!left";
        self
    }

    /// Makes its columns columns of the parent row. Of several rows each column is a list, on servers from version 13.0 on
    /// (older ones answer `PGRST119`).
    ///
    /// ```
    /// use postgrest_rs::{Columns, Embed};
    /// let columns = Columns::from("title").with(Embed::new("authors", "author:name").spread());
    /// assert_eq!(columns.to_string(), "title,...authors(author:name)");
    /// ```
    pub fn spread(mut self) -> Self {
        self.spread = true;
        self
    }

    /// Only its rows for which `filter` holds.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.settings.push(Setting::Filter(filter));
        self
    }

    /// Orders its rows. Called again, it adds the next criterion.
    pub fn order(mut self, by: impl Into<OrderBy>) -> Self {
        self.settings.push(Setting::Order(by.into()));
        self
    }

    /// At most this many rows, per parent.
    pub fn limit(mut self, rows: u64) -> Self {
        self.settings.push(Setting::Limit(String::new(), rows));
        self
    }

    /// Leaves out the first rows, per parent.
    ///
    /// ```
    /// use postgrest_rs::Embed;
    /// let but_the_first = Embed::new("reviews", "stars").order("id").offset(1);
    /// # let _ = but_the_first;
    /// ```
    pub fn offset(mut self, rows: u64) -> Self {
        self.settings.push(Setting::Offset(String::new(), rows));
        self
    }

    fn check(&mut self, checked: Result<(), String>) {
        if let Err(why) = checked {
            self.problem.get_or_insert(why);
        }
    }

    /// The text, and what goes beside it.
    pub(super) fn finish(self) -> Result<(String, Vec<Setting>), String> {
        if let Some(why) = self.problem {
            return Err(why);
        }
        if self.spread && self.alias.is_some() {
            return Err(
                "a spread relation takes no alias, since it has no field of its own".to_owned(),
            );
        }
        if self.spread && self.columns.is_none() {
            return Err("a spread relation without columns adds nothing".to_owned());
        }
        if self.relation == "count" && self.alias.is_none() {
            return Err(
                "a relation named `count` would be taken for the number of rows; give it an alias"
                    .to_owned(),
            );
        }
        let mut text = String::with_capacity(32);
        if self.spread {
            text.push_str("...");
        }
        let mut path = String::new();
        push_name(&mut path, self.alias.as_deref().unwrap_or(&self.relation));
        if self.alias.is_some() {
            text.push_str(&path);
            text.push(':');
        }
        push_name(&mut text, &self.relation);
        if let Some(hint) = &self.hint {
            text.push('!');
            // The kind of join is matched as a prefix.
            if hint.starts_with("inner") || hint.starts_with("left") {
                push_quoted(&mut text, hint);
            } else {
                push_name(&mut text, hint);
            }
        }
        text.push_str(self.join);
        text.push('(');
        let mut settings = Vec::new();
        for setting in self.settings {
            settings.push(match setting {
                Setting::Limit(_, rows) => Setting::Limit(path.clone(), rows),
                Setting::Offset(_, rows) => Setting::Offset(path.clone(), rows),
                other => other.on(&path),
            });
        }
        if let Some(columns) = self.columns {
            let (inner, deeper) = columns.into_parts()?;
            if inner.is_empty() {
                return Err(format!(
                    "the list of columns of {:?} is empty; `Embed::without_columns` selects none",
                    self.relation
                ));
            }
            text.push_str(&inner);
            settings.extend(deeper.into_iter().map(|setting| setting.on(&path)));
        }
        text.push(')');
        Ok((text, settings))
    }
}

/// Displays the text as it is sent, before percent-encoding.
impl fmt::Display for Embed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.clone().finish() {
            Ok((text, _)) | Err(text) => f.write_str(&text),
        }
    }
}

/// Without the values of filters, which may be personal.
impl fmt::Debug for Embed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Embed({self})")
    }
}
