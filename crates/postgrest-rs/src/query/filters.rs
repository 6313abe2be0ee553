//! Filters: one method each, on every query that takes them.

use super::Query;
use super::verb::{DeleteRows, Filterable, Guarded, HasFilterOrAllRows, UpdateRows};
use crate::column::EmbedPath;
use crate::{Column, Contents, Filter, FilterValue, Is, PgRange, TextSearch, filter};

/// Filters. A column is a path (see [`Column`]); several filters must all hold.
impl<V: Filterable, R> Query<V, R> {
    /// Only rows whose `column` equals `value`. Null never does: see [`is`](Query::is).
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").eq("name", "Earth");
    /// # }
    /// ```
    pub fn eq(self, column: impl Into<Column>, value: impl FilterValue) -> Query<V::Filtered, R> {
        self.filter(column.into().eq(value))
    }

    /// Only rows whose `column` differs from `value`; rows where it is null are not among them.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").neq("name", "Earth");
    /// # }
    /// ```
    pub fn neq(self, column: impl Into<Column>, value: impl FilterValue) -> Query<V::Filtered, R> {
        self.filter(column.into().neq(value))
    }

    /// Only rows whose `column` is greater than `value`.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").gt("moons", 2);
    /// # }
    /// ```
    pub fn gt(self, column: impl Into<Column>, value: impl FilterValue) -> Query<V::Filtered, R> {
        self.filter(column.into().gt(value))
    }

    /// Only rows whose `column` is greater than or equal to `value`.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").gte("moons", 2);
    /// # }
    /// ```
    pub fn gte(self, column: impl Into<Column>, value: impl FilterValue) -> Query<V::Filtered, R> {
        self.filter(column.into().gte(value))
    }

    /// Only rows whose `column` is less than `value`.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").lt("moons", 2);
    /// # }
    /// ```
    pub fn lt(self, column: impl Into<Column>, value: impl FilterValue) -> Query<V::Filtered, R> {
        self.filter(column.into().lt(value))
    }

    /// Only rows whose `column` is less than or equal to `value`.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").lte("moons", 2);
    /// # }
    /// ```
    pub fn lte(self, column: impl Into<Column>, value: impl FilterValue) -> Query<V::Filtered, R> {
        self.filter(column.into().lte(value))
    }

    /// Only rows whose `column` matches the `LIKE` pattern: `%` (or `*`) is any text, `_` any character. For a text that is to be
    /// found as it is: [`escape_like`](crate::escape_like).
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").like("name", "%ar%");
    /// # }
    /// ```
    pub fn like(
        self,
        column: impl Into<Column>,
        pattern: impl FilterValue,
    ) -> Query<V::Filtered, R> {
        self.filter(column.into().like(pattern))
    }

    /// As [`like`](Query::like), in any case.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").ilike("name", "%AR%");
    /// # }
    /// ```
    pub fn ilike(
        self,
        column: impl Into<Column>,
        pattern: impl FilterValue,
    ) -> Query<V::Filtered, R> {
        self.filter(column.into().ilike(pattern))
    }

    /// Only rows whose `column` matches every one of the [`like`](Query::like) patterns.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").like_all("name", ["%a%", "%r%"]);
    /// # }
    /// ```
    pub fn like_all(
        self,
        column: impl Into<Column>,
        patterns: impl IntoIterator<Item = impl FilterValue>,
    ) -> Query<V::Filtered, R> {
        self.filter(column.into().like_all(patterns))
    }

    /// Only rows whose `column` matches at least one of the [`like`](Query::like) patterns.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").like_any("name", ["E%", "M%"]);
    /// # }
    /// ```
    pub fn like_any(
        self,
        column: impl Into<Column>,
        patterns: impl IntoIterator<Item = impl FilterValue>,
    ) -> Query<V::Filtered, R> {
        self.filter(column.into().like_any(patterns))
    }

    /// As [`like_all`](Query::like_all), in any case.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").ilike_all("name", ["%A%", "%R%"]);
    /// # }
    /// ```
    pub fn ilike_all(
        self,
        column: impl Into<Column>,
        patterns: impl IntoIterator<Item = impl FilterValue>,
    ) -> Query<V::Filtered, R> {
        self.filter(column.into().ilike_all(patterns))
    }

    /// As [`like_any`](Query::like_any), in any case.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").ilike_any("name", ["e%", "m%"]);
    /// # }
    /// ```
    pub fn ilike_any(
        self,
        column: impl Into<Column>,
        patterns: impl IntoIterator<Item = impl FilterValue>,
    ) -> Query<V::Filtered, R> {
        self.filter(column.into().ilike_any(patterns))
    }

    /// Only rows whose `column` matches the POSIX regular expression. For a text that is to be found as it is:
    /// [`escape_regex`](crate::escape_regex).
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").regex("name", "^E.*h$");
    /// # }
    /// ```
    pub fn regex(
        self,
        column: impl Into<Column>,
        pattern: impl FilterValue,
    ) -> Query<V::Filtered, R> {
        self.filter(column.into().regex(pattern))
    }

    /// As [`regex`](Query::regex), in any case.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").regex_icase("name", "^e.*H$");
    /// # }
    /// ```
    pub fn regex_icase(
        self,
        column: impl Into<Column>,
        pattern: impl FilterValue,
    ) -> Query<V::Filtered, R> {
        self.filter(column.into().regex_icase(pattern))
    }

    /// Only rows whose `column` equals one of `values`. An empty list finds nothing.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").in_("name", ["Earth", "Mars"]);
    /// # }
    /// ```
    pub fn in_(
        self,
        column: impl Into<Column>,
        values: impl IntoIterator<Item = impl FilterValue>,
    ) -> Query<V::Filtered, R> {
        self.filter(column.into().in_(values))
    }

    /// Only rows whose `column` equals none of `values`. An empty list lets every row pass, and does not count as the filter of an
    /// update or delete.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").not_in("name", ["Earth", "Mars"]);
    /// # }
    /// ```
    pub fn not_in(
        self,
        column: impl Into<Column>,
        values: impl IntoIterator<Item = impl FilterValue>,
    ) -> Query<V::Filtered, R> {
        self.filter(column.into().not_in(values))
    }

    /// Only rows whose `column` is null, not null, true, false or unknown. With the name of an embedded relation: parents
    /// without ([`Is::Null`]) or with ([`Is::NotNull`]) rows there.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").is("discovered_by", postgrest_rs::Is::Null);
    /// # }
    /// ```
    pub fn is(self, column: impl Into<Column>, what: Is) -> Query<V::Filtered, R> {
        self.filter(column.into().is(what))
    }

    /// Only rows whose `column` differs from `value`, null being a value like any other.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").is_distinct("name", "Earth");
    /// # }
    /// ```
    pub fn is_distinct(
        self,
        column: impl Into<Column>,
        value: impl FilterValue,
    ) -> Query<V::Filtered, R> {
        self.filter(column.into().is_distinct(value))
    }

    /// Only rows whose array, range or JSON `column` contains everything in `value`.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").contains("tags", ["rocky", "wet"]);
    /// # }
    /// ```
    pub fn contains(
        self,
        column: impl Into<Column>,
        value: impl Contents,
    ) -> Query<V::Filtered, R> {
        self.filter(column.into().contains(value))
    }

    /// Only rows whose array, range or JSON `column` holds nothing that is not in `value`.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").contained_by("tags", ["rocky", "wet"]);
    /// # }
    /// ```
    pub fn contained_by(
        self,
        column: impl Into<Column>,
        value: impl Contents,
    ) -> Query<V::Filtered, R> {
        self.filter(column.into().contained_by(value))
    }

    /// Only rows whose array or range `column` has an element in common with `value`.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").overlaps("visited", 1969..1980);
    /// # }
    /// ```
    pub fn overlaps(
        self,
        column: impl Into<Column>,
        value: impl Contents,
    ) -> Query<V::Filtered, R> {
        self.filter(column.into().overlaps(value))
    }

    /// Only rows whose range `column` lies wholly right of `range`.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").range_gt("during", "[2000-01-02 08:30,2000-01-02 09:30)");
    /// # }
    /// ```
    pub fn range_gt(
        self,
        column: impl Into<Column>,
        range: impl Into<PgRange>,
    ) -> Query<V::Filtered, R> {
        self.filter(column.into().range_gt(range))
    }

    /// Only rows whose range `column` does not extend left of `range`.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").range_gte("visited", 1969..1980);
    /// # }
    /// ```
    pub fn range_gte(
        self,
        column: impl Into<Column>,
        range: impl Into<PgRange>,
    ) -> Query<V::Filtered, R> {
        self.filter(column.into().range_gte(range))
    }

    /// Only rows whose range `column` lies wholly left of `range`.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").range_lt("visited", 1969..1980);
    /// # }
    /// ```
    pub fn range_lt(
        self,
        column: impl Into<Column>,
        range: impl Into<PgRange>,
    ) -> Query<V::Filtered, R> {
        self.filter(column.into().range_lt(range))
    }

    /// Only rows whose range `column` does not extend right of `range`.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").range_lte("visited", 1969..1980);
    /// # }
    /// ```
    pub fn range_lte(
        self,
        column: impl Into<Column>,
        range: impl Into<PgRange>,
    ) -> Query<V::Filtered, R> {
        self.filter(column.into().range_lte(range))
    }

    /// Only rows whose range `column` touches `range` without overlapping it.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").range_adjacent("visited", 1969..1980);
    /// # }
    /// ```
    pub fn range_adjacent(
        self,
        column: impl Into<Column>,
        range: impl Into<PgRange>,
    ) -> Query<V::Filtered, R> {
        self.filter(column.into().range_adjacent(range))
    }

    /// Only rows whose text or `tsvector` `column` matches a full-text search; a string is in the notation of `to_tsquery`.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").text_search("about", postgrest_rs::TextSearch::websearch("red dust").config("english"));
    /// # }
    /// ```
    pub fn text_search(
        self,
        column: impl Into<Column>,
        search: impl Into<TextSearch>,
    ) -> Query<V::Filtered, R> {
        self.filter(column.into().text_search(search))
    }

    /// Only rows whose columns equal these values: shorthand for several [`eq`](Query::eq). Values of different types go through
    /// [`lit`](crate::lit).
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// use postgrest_rs::lit;
    /// let query = db.from("planets").select::<serde_json::Value>("*").match_([("name", lit("Earth")), ("moons", lit(1))]);
    /// # }
    /// ```
    pub fn match_<C: Into<Column>, T: FilterValue>(
        self,
        pairs: impl IntoIterator<Item = (C, T)>,
    ) -> Query<V::Filtered, R> {
        self.filter(filter::match_(pairs))
    }

    /// Only rows for which `filter` does not hold.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// use postgrest_rs::col;
    /// let query = db.from("planets").select::<serde_json::Value>("*").not(col("tags").contains(["gas"]));
    /// # }
    /// ```
    pub fn not(self, filter: Filter) -> Query<V::Filtered, R> {
        self.filter(!filter)
    }

    /// Only rows for which `filter` holds: a value built with [`col`](crate::col), [`any`](crate::any), [`all`](crate::all) and `!`.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// use postgrest_rs::{any, col};
    /// let query = db
    ///     .from("planets")
    ///     .select::<serde_json::Value>("*, moons!inner(*)")
    ///     .filter(any([col("rings").eq(true), col("moons_count").gt(10)]))
    ///     .filter(any([col("name").eq("Titan"), col("mass").gt(1)]).on("moons"));
    /// # }
    /// ```
    #[allow(clippy::needless_pass_by_value, reason = "filters are built in place")]
    pub fn filter(mut self, filter: Filter) -> Query<V::Filtered, R> {
        self.draft.filter(&filter);
        self.retyped()
    }

    /// A condition in PostgREST's own grammar: `column` is a path as everywhere, `operator` and `value` are sent as they are
    /// (`"in"`, `"(\"a,b\",c)"`). User input does not belong here.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").filter_raw("name", "ilike(any)", "{e%,m%}");
    /// # }
    /// ```
    pub fn filter_raw(
        mut self,
        column: impl Into<Column>,
        operator: &str,
        value: impl FilterValue,
    ) -> Query<V::Filtered, R> {
        let column = column.into();
        let mut condition = String::with_capacity(64);
        condition.push_str(operator);
        condition.push('.');
        let pushed = value.to_literal().push_scalar(&mut condition);
        if operator.is_empty() {
            self.draft.refuse("the operator of a raw filter is empty");
        }
        if self.draft.take(pushed).is_some() {
            if let Some(path) = self.draft.take(column.path().map(str::to_owned)) {
                self.draft.raw_pair(&path, &condition, column.is_embedded());
            }
        }
        self.retyped()
    }

    /// At least one of the conditions holds, in PostgREST's own grammar: `"age.gte.65,name.eq.Bo"`. User input does not belong
    /// here: [`any`](crate::any) takes it.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").select::<serde_json::Value>("*").or_raw("id.gt.3,and(id.eq.1,name.eq.Mercury)");
    /// # }
    /// ```
    pub fn or_raw(self, conditions: impl AsRef<str>) -> Query<V::Filtered, R> {
        self.raw_tree("or", conditions.as_ref())
    }

    /// As [`or_raw`](Query::or_raw), on the rows embedded at `path`.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db
    ///     .from("planets")
    ///     .select::<serde_json::Value>("name, moons!inner(name)")
    ///     .or_raw_on("moons", "mass.gt.1,name.eq.Titan");
    /// # }
    /// ```
    pub fn or_raw_on(
        mut self,
        path: impl AsRef<str>,
        conditions: impl AsRef<str>,
    ) -> Query<V::Filtered, R> {
        match self.draft.take(EmbedPath::parse(path.as_ref())) {
            Some(path) => self.raw_tree(&format!("{}.or", path.0), conditions.as_ref()),
            None => self.retyped(),
        }
    }

    fn raw_tree(mut self, key: &str, conditions: &str) -> Query<V::Filtered, R> {
        if let Some(()) = self.draft.take(check_raw_tree(conditions)) {
            self.draft
                .raw_pair(key, &format!("({conditions})"), key != "or");
        }
        self.retyped()
    }
}

/// The server drops whatever follows the parenthesis that closes the list, so that one must be ours.
fn check_raw_tree(conditions: &str) -> Result<(), String> {
    if conditions.trim().is_empty() {
        return Err("a raw `or` has no conditions".to_owned());
    }
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for c in conditions.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => {
                depth = depth.checked_sub(1).ok_or_else(|| {
                    "a raw `or` closes a parenthesis that it did not open; quote values that hold one".to_owned()
                })?;
            }
            '\0' => return Err("a raw `or` holds a NUL character".to_owned()),
            _ => {}
        }
    }
    if quoted {
        Err("a raw `or` has a quote that is not closed".to_owned())
    } else {
        Ok(())
    }
}

/// Updates and deletes of everything.
impl<F, R> Query<UpdateRows<F>, R> {
    /// Says that every row is meant to be changed.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").update(&serde_json::json!({ "visited": false })).all_rows();
    /// # }
    /// ```
    pub fn all_rows(self) -> Query<UpdateRows<HasFilterOrAllRows>, R> {
        all_rows(self)
    }
}

impl<F, R> Query<DeleteRows<F>, R> {
    /// Says that every row is meant to be deleted.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.from("planets").delete().all_rows();
    /// # }
    /// ```
    pub fn all_rows(self) -> Query<DeleteRows<HasFilterOrAllRows>, R> {
        all_rows(self)
    }
}

fn all_rows<V: Guarded, R>(mut query: Query<V, R>) -> Query<V::Filtered, R> {
    query.draft.guard = crate::request::Guard::Met;
    query.retyped()
}
