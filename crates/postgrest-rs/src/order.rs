//! The order of rows.

use crate::Column;
use crate::column::EmbedPath;

/// One term of an order; every column converts to one, ascending.
///
/// ```
/// use postgrest_rs::{OrderBy, col};
///
/// let newest_first: OrderBy = col("created_at").desc().nulls_last();
/// let children: OrderBy = col("name").asc().on("instruments");    // the rows embedded there
/// let by_parent: OrderBy = "section(name)".into();                // these rows, by a column of their to-one relation
/// let unknown_first: OrderBy = OrderBy::from("age").desc().nulls_first();
/// # let _ = (newest_first, children, by_parent, unknown_first);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct OrderBy {
    column: Column,
    direction: &'static str,
    nulls: &'static str,
    problem: Option<String>,
}

impl OrderBy {
    fn new(column: Column, direction: &'static str) -> Self {
        Self {
            column,
            direction,
            nulls: "",
            problem: None,
        }
    }

    /// Smallest first (the default).
    pub fn asc(mut self) -> Self {
        self.direction = ".asc";
        self
    }

    /// Largest first.
    pub fn desc(mut self) -> Self {
        self.direction = ".desc";
        self
    }

    /// Nulls before everything else. Without it they come last when ascending, first when descending.
    pub fn nulls_first(mut self) -> Self {
        self.nulls = ".nullsfirst";
        self
    }

    /// Nulls after everything else.
    pub fn nulls_last(mut self) -> Self {
        self.nulls = ".nullslast";
        self
    }

    /// Orders the rows embedded at `path` (`"cities"`, `"orders.items"`) instead of the top-level ones.
    pub fn on(mut self, path: impl AsRef<str>) -> Self {
        match EmbedPath::parse(path.as_ref()) {
            Ok(_) => self.column = self.column.on(path),
            Err(why) => self.problem = Some(why),
        }
        self
    }

    /// The column, whether it descends, and whether its nulls come first; for the column of a key.
    pub(crate) fn key_parts(&self) -> Result<(&Column, bool, bool), String> {
        if let Some(problem) = &self.problem {
            return Err(problem.clone());
        }
        self.column.name()?;
        let descends = self.direction == ".desc";
        let nulls_first = match self.nulls {
            "" => descends,
            nulls => nulls == ".nullsfirst",
        };
        Ok((&self.column, descends, nulls_first))
    }

    /// Embed path, and the parts of the term.
    pub(crate) fn parts(&self) -> Result<(&str, [&str; 3]), String> {
        if let Some(problem) = &self.problem {
            return Err(problem.clone());
        }
        let (path, field) = self.column.order_parts()?;
        Ok((path, [field, self.direction, self.nulls]))
    }
}

impl<C: Into<Column>> From<C> for OrderBy {
    fn from(column: C) -> Self {
        Self::new(column.into(), ".asc")
    }
}

/// Orders by a column.
///
/// ```
/// # fn main() -> Result<(), postgrest_rs::Error> {
/// use postgrest_rs::col;
/// # let db = postgrest_rs::PostgrestClient::new("http://127.0.0.1:54321", "key")?;
///
/// let query = db.from("people").select::<serde_json::Value>("*");
/// let request = query
///     .order(col("team").asc())
///     .order(col("age").desc())
///     .order(col("left").nulls_first())
///     .order(col("name").nulls_last())
///     .into_request()?;
/// let order = "team.asc,age.desc,left.asc.nullsfirst,name.asc.nullslast";
/// # let order = order.replace(',', "%2C");
/// assert!(request.uri().query().is_some_and(|query| query.contains(&order)));
/// # Ok(()) }
/// ```
impl Column {
    /// Ordered by this column, smallest first.
    pub fn asc(self) -> OrderBy {
        OrderBy::new(self, ".asc")
    }

    /// Ordered by this column, largest first.
    pub fn desc(self) -> OrderBy {
        OrderBy::new(self, ".desc")
    }

    /// Ordered by this column, smallest first, nulls before all.
    pub fn nulls_first(self) -> OrderBy {
        self.asc().nulls_first()
    }

    /// Ordered by this column, smallest first, nulls after all.
    pub fn nulls_last(self) -> OrderBy {
        self.asc().nulls_last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::col;

    fn parts(order: impl Into<OrderBy>) -> (String, String) {
        let order = order.into();
        order.parts().map_or_else(
            |why| panic!("{why}"),
            |(path, term)| (path.to_owned(), term.concat()),
        )
    }

    #[test]
    fn terms() {
        assert_eq!(parts("id"), (String::new(), "id.asc".to_owned()));
        assert_eq!(
            parts(col("id").nulls_first()),
            (String::new(), "id.asc.nullsfirst".to_owned())
        );
        assert_eq!(
            parts(col("id").desc().nulls_last()),
            (String::new(), "id.desc.nullslast".to_owned())
        );
        assert_eq!(
            parts(col("name").desc().on("a.b")),
            ("a.b".to_owned(), "name.desc".to_owned())
        );
        assert_eq!(
            parts("cities.name"),
            ("cities".to_owned(), "name.asc".to_owned())
        );
        assert_eq!(
            parts("section(name)"),
            (String::new(), "section(name).asc".to_owned())
        );
        assert_eq!(
            parts("data->>n"),
            (String::new(), "data->>n.asc".to_owned())
        );
    }

    #[test]
    fn nothing_else_gets_in() {
        for bad in ["id.desc,x", "id&or=(a.eq.1)", "", "id)", "section(name"] {
            assert!(OrderBy::from(bad).parts().is_err(), "{bad}");
        }
        assert!(OrderBy::from("id").on("").parts().is_err());
    }
}
