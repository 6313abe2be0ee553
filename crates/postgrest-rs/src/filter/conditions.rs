//! The conditions that a column can be put under.

use super::{Filter, Is};
use crate::{Column, Contents, FilterValue, Literal, PgRange, TextSearch};

/// Conditions on a column; each is also a method of [`Query`](crate::Query), where it is explained.
///
/// ```
/// # fn main() -> Result<(), postgrest_rs::Error> {
/// use postgrest_rs::{Filter, Is, TextSearch, col};
/// # use supabase_http::testing::RecordedRequest;
/// # let db = postgrest_rs::PostgrestClient::new("http://127.0.0.1:54321", "key")?;
/// # let sent = |filter: Filter| -> Result<String, postgrest_rs::Error> {
/// #     let query = db.from("t").select::<serde_json::Value>("*").filter(filter);
/// #     let request = RecordedRequest::from_request(query.into_request()?)?;
/// #     let pairs = request.query();
/// #     Ok(pairs.iter().skip(1).map(|(name, value)| format!("{name}={value}")).collect())
/// # };
///
/// let conditions = [
///     (col("age").eq(18), "age=eq.18"),
///     (col("age").neq(18), "age=neq.18"),
///     (col("age").gt(18), "age=gt.18"),
///     (col("age").gte(18), "age=gte.18"),
///     (col("age").lt(18), "age=lt.18"),
///     (col("age").lte(18), "age=lte.18"),
///     (col("name").like("A%"), "name=like.A%"),
///     (col("name").ilike("a%"), "name=ilike.a%"),
///     (col("name").like_all(["A%", "%a"]), "name=like(all).{A%,%a}"),
///     (col("name").like_any(["A%", "B%"]), "name=like(any).{A%,B%}"),
///     (col("name").ilike_all(["a%", "%a"]), "name=ilike(all).{a%,%a}"),
///     (col("name").ilike_any(["a%", "b%"]), "name=ilike(any).{a%,b%}"),
///     (col("name").regex("^A"), "name=match.^A"),
///     (col("name").regex_icase("^a"), "name=imatch.^a"),
///     (col("id").in_([1, 2]), "id=in.(1,2)"),
///     (col("id").not_in([1, 2]), "id=not.in.(1,2)"),
///     (col("done").is(Is::True), "done=is.true"),
///     (col("done").is_null(), "done=is.null"),
///     (col("done").is_not_null(), "done=not.is.null"),
///     (col("done").is_distinct(true), "done=isdistinct.true"),
///     (col("tags").contains(["a", "b"]), "tags=cs.{a,b}"),
///     (col("tags").contained_by(["a", "b"]), "tags=cd.{a,b}"),
///     (col("tags").overlaps(["a", "b"]), "tags=ov.{a,b}"),
///     (col("during").range_gt(1..10), "during=sr.[1,10)"),
///     (col("during").range_gte(1..10), "during=nxl.[1,10)"),
///     (col("during").range_lt(1..10), "during=sl.[1,10)"),
///     (col("during").range_lte(1..10), "during=nxr.[1,10)"),
///     (col("during").range_adjacent(1..10), "during=adj.[1,10)"),
///     (col("text").text_search(TextSearch::plain("fat cat")), "text=plfts.fat cat"),
/// ];
/// for (condition, expected) in conditions {
///     assert_eq!(sent(condition)?, expected);
/// }
/// # Ok(()) }
/// ```
impl Column {
    /// Equal to `value`.
    pub fn eq(self, value: impl FilterValue) -> Filter {
        Filter::scalar(self, "eq", value.to_literal())
    }

    /// Not equal to `value`.
    pub fn neq(self, value: impl FilterValue) -> Filter {
        Filter::scalar(self, "neq", value.to_literal())
    }

    /// Greater than `value`.
    pub fn gt(self, value: impl FilterValue) -> Filter {
        Filter::scalar(self, "gt", value.to_literal())
    }

    /// Greater than or equal to `value`.
    pub fn gte(self, value: impl FilterValue) -> Filter {
        Filter::scalar(self, "gte", value.to_literal())
    }

    /// Less than `value`.
    pub fn lt(self, value: impl FilterValue) -> Filter {
        Filter::scalar(self, "lt", value.to_literal())
    }

    /// Less than or equal to `value`.
    pub fn lte(self, value: impl FilterValue) -> Filter {
        Filter::scalar(self, "lte", value.to_literal())
    }

    /// Matches the `LIKE` pattern.
    pub fn like(self, pattern: impl FilterValue) -> Filter {
        Filter::scalar(self, "like", pattern.to_literal())
    }

    /// Matches the `LIKE` pattern in any case.
    pub fn ilike(self, pattern: impl FilterValue) -> Filter {
        Filter::scalar(self, "ilike", pattern.to_literal())
    }

    /// Matches every one of the `LIKE` patterns.
    pub fn like_all(self, patterns: impl IntoIterator<Item = impl FilterValue>) -> Filter {
        Filter::patterns(self, "like(all)", literals(patterns))
    }

    /// Matches at least one of the `LIKE` patterns.
    pub fn like_any(self, patterns: impl IntoIterator<Item = impl FilterValue>) -> Filter {
        Filter::patterns(self, "like(any)", literals(patterns))
    }

    /// Matches every one of the `LIKE` patterns in any case.
    pub fn ilike_all(self, patterns: impl IntoIterator<Item = impl FilterValue>) -> Filter {
        Filter::patterns(self, "ilike(all)", literals(patterns))
    }

    /// Matches at least one of the `LIKE` patterns in any case.
    pub fn ilike_any(self, patterns: impl IntoIterator<Item = impl FilterValue>) -> Filter {
        Filter::patterns(self, "ilike(any)", literals(patterns))
    }

    /// Matches the POSIX regular expression.
    pub fn regex(self, pattern: impl FilterValue) -> Filter {
        Filter::scalar(self, "match", pattern.to_literal())
    }

    /// Matches the POSIX regular expression in any case.
    pub fn regex_icase(self, pattern: impl FilterValue) -> Filter {
        Filter::scalar(self, "imatch", pattern.to_literal())
    }

    /// Equal to one of `values`.
    pub fn in_(self, values: impl IntoIterator<Item = impl FilterValue>) -> Filter {
        Filter::is_in(self, literals(values))
    }

    /// Equal to none of `values`.
    pub fn not_in(self, values: impl IntoIterator<Item = impl FilterValue>) -> Filter {
        !self.in_(values)
    }

    /// Null, not null, true, false or unknown.
    pub fn is(self, what: Is) -> Filter {
        Filter::is(self, what)
    }

    /// Null; for an embedded relation: without rows.
    pub fn is_null(self) -> Filter {
        self.is(Is::Null)
    }

    /// Not null; for an embedded relation: with rows.
    pub fn is_not_null(self) -> Filter {
        self.is(Is::NotNull)
    }

    /// Different from `value`, null being a value like any other.
    pub fn is_distinct(self, value: impl FilterValue) -> Filter {
        Filter::is_distinct(self, value.to_literal())
    }

    /// The array, range or JSON column contains everything in `value`.
    pub fn contains(self, value: impl Contents) -> Filter {
        Filter::scalar(self, "cs", value.to_contents())
    }

    /// Everything in the array, range or JSON column is contained in `value`.
    pub fn contained_by(self, value: impl Contents) -> Filter {
        Filter::scalar(self, "cd", value.to_contents())
    }

    /// The array or range column has an element in common with `value`.
    pub fn overlaps(self, value: impl Contents) -> Filter {
        Filter::overlaps(self, value.to_contents())
    }

    /// The range column lies wholly right of `range`.
    pub fn range_gt(self, range: impl Into<PgRange>) -> Filter {
        Filter::scalar(self, "sr", range.into().into_literal())
    }

    /// The range column does not extend left of `range`.
    pub fn range_gte(self, range: impl Into<PgRange>) -> Filter {
        Filter::scalar(self, "nxl", range.into().into_literal())
    }

    /// The range column lies wholly left of `range`.
    pub fn range_lt(self, range: impl Into<PgRange>) -> Filter {
        Filter::scalar(self, "sl", range.into().into_literal())
    }

    /// The range column does not extend right of `range`.
    pub fn range_lte(self, range: impl Into<PgRange>) -> Filter {
        Filter::scalar(self, "nxr", range.into().into_literal())
    }

    /// The range column touches `range` without overlapping it.
    pub fn range_adjacent(self, range: impl Into<PgRange>) -> Filter {
        Filter::scalar(self, "adj", range.into().into_literal())
    }

    /// The text or `tsvector` column matches a full-text search.
    pub fn text_search(self, search: impl Into<TextSearch>) -> Filter {
        Filter::search(self, search.into())
    }
}

fn literals(values: impl IntoIterator<Item = impl FilterValue>) -> Vec<Literal> {
    values.into_iter().map(|value| value.to_literal()).collect()
}
