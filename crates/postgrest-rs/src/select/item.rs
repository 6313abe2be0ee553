//! One entry of a select: a column with its cast, aggregate and alias, or an embedded relation.

use std::fmt;

use super::Embed;
use super::columns::Setting;
use crate::Column;
use crate::quote::{is_bare_name, push_name};

/// One entry of a [`Columns`](crate::Columns) list: a column, perhaps cast, aggregated or named otherwise; the number of rows; or
/// an embedded relation.
///
/// Every column converts to one, and so does an [`Embed`]. An aggregate is over the rows that are alike in the other selected
/// columns; servers allow aggregates only if they are set to (`db-aggregates-enabled`), else the error has the code `PGRST123`.
///
/// ```
/// use postgrest_rs::{SelectItem, col};
/// let item: SelectItem = col("data").json_text("price").cast("numeric").sum().cast("text").named("total");
/// assert_eq!(item.to_string(), "total:data->>price::numeric.sum()::text");
/// ```
#[derive(Clone)]
#[must_use]
pub struct SelectItem(Kind);

#[derive(Clone)]
enum Kind {
    Field(Field),
    Embed(Embed),
    Invalid(String),
}

#[derive(Clone, Default)]
struct Field {
    alias: String,
    /// Rendered, as all that follows; empty for `count()`.
    column: String,
    cast: String,
    aggregate: &'static str,
    result: String,
}

impl SelectItem {
    /// The number of rows that are alike in the other selected columns: `count()`.
    ///
    /// ```
    /// use postgrest_rs::{Columns, SelectItem};
    /// assert_eq!(Columns::from("city").with(SelectItem::count().named("people")).to_string(), "city,people:count()");
    /// ```
    pub fn count() -> Self {
        Self(Kind::Field(Field {
            aggregate: "count()",
            ..Field::default()
        }))
    }

    /// Gives it another name in the rows.
    pub fn named(mut self, alias: impl AsRef<str>) -> Self {
        let alias = alias.as_ref();
        match check_name("an alias", alias) {
            Err(why) => self.refuse(why),
            Ok(()) => match &mut self.0 {
                Kind::Field(field) => {
                    field.alias.clear();
                    push_name(&mut field.alias, alias);
                }
                Kind::Embed(embed) => *embed = embed.clone().named(alias),
                Kind::Invalid(_) => {}
            },
        }
        self
    }

    /// Casts it: the column, or after an aggregate its result. `to` is the plain name of a type: one of an array is `_int4`
    /// instead of `int4[]`, one with a length needs a domain.
    pub fn cast(mut self, to: impl AsRef<str>) -> Self {
        let to = to.as_ref();
        match &mut self.0 {
            _ if !is_bare_name(to) => {
                return Self(Kind::Invalid(format!(
                    "{to:?} is not the plain name of a type: one of an array is `_int4` instead of `int4[]`, one with \
                     a length needs a domain"
                )));
            }
            Kind::Field(field) if field.aggregate.is_empty() => to.clone_into(&mut field.cast),
            Kind::Field(field) => to.clone_into(&mut field.result),
            Kind::Embed(_) => self.refuse("an embedded relation takes no cast"),
            Kind::Invalid(_) => {}
        }
        self
    }

    /// The sum over the rows that are alike in the other columns.
    pub fn sum(self) -> Self {
        self.aggregated("sum()")
    }

    /// The average over the rows that are alike in the other columns.
    ///
    /// ```
    /// use postgrest_rs::SelectItem;
    /// assert_eq!(SelectItem::from("age").avg().to_string(), "age.avg()");
    /// ```
    pub fn avg(self) -> Self {
        self.aggregated("avg()")
    }

    /// The largest of the rows that are alike in the other columns.
    ///
    /// ```
    /// use postgrest_rs::SelectItem;
    /// assert_eq!(SelectItem::from("age").max().to_string(), "age.max()");
    /// ```
    pub fn max(self) -> Self {
        self.aggregated("max()")
    }

    /// The smallest of the rows that are alike in the other columns.
    ///
    /// ```
    /// use postgrest_rs::SelectItem;
    /// assert_eq!(SelectItem::from("age").min().to_string(), "age.min()");
    /// ```
    pub fn min(self) -> Self {
        self.aggregated("min()")
    }

    /// In how many of the rows that are alike in the other columns it is not null.
    ///
    /// ```
    /// use postgrest_rs::SelectItem;
    /// assert_eq!(SelectItem::from("age").count_not_null().to_string(), "age.count()");
    /// ```
    pub fn count_not_null(self) -> Self {
        self.aggregated("count()")
    }

    fn aggregated(mut self, aggregate: &'static str) -> Self {
        match &mut self.0 {
            Kind::Field(field) if field.aggregate.is_empty() => field.aggregate = aggregate,
            Kind::Field(_) => self.refuse("a column is aggregated once"),
            Kind::Embed(_) => self
                .refuse("an embedded relation takes no aggregate; aggregate columns inside of it"),
            Kind::Invalid(_) => {}
        }
        self
    }

    fn refuse(&mut self, why: impl Into<String>) {
        self.0 = Kind::Invalid(why.into());
    }

    /// The text, and what goes beside it.
    pub(super) fn finish(self) -> Result<(String, Vec<Setting>), String> {
        match self.0 {
            Kind::Invalid(why) => Err(why),
            Kind::Embed(embed) => embed.finish(),
            Kind::Field(field) => Ok((field.to_string(), Vec::new())),
        }
    }
}

/// Refuses what no name can be.
pub(super) fn check_name(what: &str, name: &str) -> Result<(), String> {
    if name.is_empty() || name.contains('\0') {
        return Err(format!("{what} is empty or holds a NUL character"));
    }
    Ok(())
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.alias.is_empty() {
            write!(f, "{}:", self.alias)?;
        }
        f.write_str(&self.column)?;
        if !self.cast.is_empty() {
            write!(f, "::{}", self.cast)?;
        }
        if !self.aggregate.is_empty() {
            let dot = if self.column.is_empty() { "" } else { "." };
            write!(f, "{dot}{}", self.aggregate)?;
        }
        if !self.result.is_empty() {
            write!(f, "::{}", self.result)?;
        }
        Ok(())
    }
}

/// Displays it as it is sent, before percent-encoding.
impl fmt::Display for SelectItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.clone().finish() {
            Ok((text, _)) | Err(text) => f.write_str(&text),
        }
    }
}

impl fmt::Debug for SelectItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SelectItem({self})")
    }
}

impl<C: Into<Column>> From<C> for SelectItem {
    fn from(column: C) -> Self {
        match column.into().selected() {
            Ok(column) => Self(Kind::Field(Field {
                column,
                ..Field::default()
            })),
            Err(why) => Self(Kind::Invalid(why)),
        }
    }
}

impl From<Embed> for SelectItem {
    fn from(embed: Embed) -> Self {
        Self(Kind::Embed(embed))
    }
}

/// Entries of a select; what they mean is said at [`SelectItem`].
impl Column {
    /// Selected under another name.
    ///
    /// ```
    /// use postgrest_rs::col;
    /// assert_eq!(col("age").named("years").to_string(), "years:age");
    /// ```
    pub fn named(self, alias: impl AsRef<str>) -> SelectItem {
        SelectItem::from(self).named(alias)
    }

    /// Selected as another type; `"text"` keeps every digit of a number.
    ///
    /// ```
    /// use postgrest_rs::col;
    /// assert_eq!(col("age").cast("text").to_string(), "age::text");
    /// ```
    pub fn cast(self, to: impl AsRef<str>) -> SelectItem {
        SelectItem::from(self).cast(to)
    }

    /// The sum over the rows that are alike in the other selected columns.
    ///
    /// ```
    /// use postgrest_rs::col;
    /// assert_eq!(col("age").sum().to_string(), "age.sum()");
    /// ```
    pub fn sum(self) -> SelectItem {
        SelectItem::from(self).sum()
    }

    /// The average over the rows that are alike in the other selected columns.
    ///
    /// ```
    /// use postgrest_rs::col;
    /// assert_eq!(col("age").avg().to_string(), "age.avg()");
    /// ```
    pub fn avg(self) -> SelectItem {
        SelectItem::from(self).avg()
    }

    /// The largest of the rows that are alike in the other selected columns.
    ///
    /// ```
    /// use postgrest_rs::col;
    /// assert_eq!(col("age").max().to_string(), "age.max()");
    /// ```
    pub fn max(self) -> SelectItem {
        SelectItem::from(self).max()
    }

    /// The smallest of the rows that are alike in the other selected columns.
    ///
    /// ```
    /// use postgrest_rs::col;
    /// assert_eq!(col("age").min().to_string(), "age.min()");
    /// ```
    pub fn min(self) -> SelectItem {
        SelectItem::from(self).min()
    }

    /// In how many of the rows that are alike in the other selected columns it is not null.
    ///
    /// ```
    /// use postgrest_rs::col;
    /// assert_eq!(col("age").count_not_null().to_string(), "age.count()");
    /// ```
    pub fn count_not_null(self) -> SelectItem {
        SelectItem::from(self).count_not_null()
    }
}
