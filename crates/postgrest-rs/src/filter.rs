//! Filters as values: built, stored, combined, and rendered so that nothing in them can break out.

mod conditions;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::ops::Not;

use supabase_http::encode_into;

use crate::column::EmbedPath;
use crate::literal::Repr;
use crate::{Column, FilterValue, Literal, TextSearch};

/// A condition on rows, as a value: stored, combined with [`any`], [`all`] and `!`, given to
/// [`Query::filter`](crate::Query::filter).
///
/// Made by the methods of [`Column`], which are those of [`Query`](crate::Query) without the first argument.
///
/// ```
/// use postgrest_rs::{Filter, all, any, col};
///
/// let grown_up: Filter = any([col("age").gte(65), all([col("age").lt(18), !col("guardian").is_null()])]);
/// assert_eq!(grown_up.to_string(), "or=(age.gte.65,and(age.lt.18,guardian.not.is.null))");
/// ```
#[derive(Clone)]
#[must_use = "a filter does nothing until it is given to `Query::filter`"]
pub struct Filter(Node);

#[derive(Clone)]
enum Node {
    Test(Test),
    Group {
        any: bool,
        negated: bool,
        on: Option<EmbedPath>,
        filters: Vec<Filter>,
    },
    Invalid(String),
}

#[derive(Clone)]
struct Test {
    column: Column,
    negated: bool,
    operator: Cow<'static, str>,
    operand: Operand,
    /// Whether it holds for every row (`true`) or none (`false`) whatever the data, nulls aside.
    constant: Option<bool>,
}

#[derive(Clone)]
enum Operand {
    Scalar(Literal),
    List(Vec<Literal>),
    Word(&'static str),
}

/// What `is` compares with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Is {
    /// `IS NULL`; on an embedded relation: it has no rows.
    Null,
    /// `IS NOT NULL`; on an embedded relation: it has rows.
    NotNull,
    /// `IS TRUE`, for booleans.
    True,
    /// `IS FALSE`, for booleans.
    False,
    /// `IS UNKNOWN`, for booleans.
    Unknown,
}

/// At least one of `filters` holds. An empty list is an error, before anything is sent.
///
/// ```
/// use postgrest_rs::{any, col};
/// let filter = any([col("id").eq(2), col("name").eq("Algeria")]);
/// assert_eq!(filter.to_string(), "or=(id.eq.2,name.eq.Algeria)");
/// ```
pub fn any(filters: impl IntoIterator<Item = Filter>) -> Filter {
    Filter(Node::Group {
        any: true,
        negated: false,
        on: None,
        filters: filters.into_iter().collect(),
    })
}

/// Every one of `filters` holds. An empty list says nothing: a select takes it, an update or delete that
/// has no other filter is an error before anything is sent.
///
/// ```
/// use postgrest_rs::{all, col};
/// let filter = !all([col("age").gte(11), col("age").lte(17)]);
/// assert_eq!(filter.to_string(), "not.and=(age.gte.11,age.lte.17)");
/// ```
pub fn all(filters: impl IntoIterator<Item = Filter>) -> Filter {
    Filter(Node::Group {
        any: false,
        negated: false,
        on: None,
        filters: filters.into_iter().collect(),
    })
}

/// Every column equals its value: shorthand for [`all`] over `eq`.
///
/// ```
/// use postgrest_rs::{lit, match_};
/// let filter = match_([("name", lit("Ada")), ("age", lit(36))]);
/// # let _ = filter;
/// ```
pub fn match_<C: Into<Column>, T: FilterValue>(pairs: impl IntoIterator<Item = (C, T)>) -> Filter {
    all(pairs
        .into_iter()
        .map(|(column, value)| column.into().eq(value)))
}

impl Not for Filter {
    type Output = Self;

    fn not(mut self) -> Self {
        match &mut self.0 {
            Node::Test(test) => test.negated = !test.negated,
            Node::Group { negated, .. } => *negated = !*negated,
            Node::Invalid(_) => {}
        }
        self
    }
}

impl Filter {
    fn test(column: Column, operator: impl Into<Cow<'static, str>>, operand: Operand) -> Self {
        let operator = operator.into();
        Self(Node::Test(Test {
            column,
            negated: false,
            operator,
            operand,
            constant: None,
        }))
    }

    pub(crate) fn scalar(column: Column, operator: &'static str, value: Literal) -> Self {
        Self::test(column, operator, Operand::Scalar(value))
    }

    pub(crate) fn is(column: Column, what: Is) -> Self {
        // `not.is.null` rather than `is.not_null`: older servers take it, and so do embedded relations.
        let word = match what {
            Is::Null | Is::NotNull => "null",
            Is::True => "true",
            Is::False => "false",
            Is::Unknown => "unknown",
        };
        let test = Self::test(column, "is", Operand::Word(word));
        if what == Is::NotNull { !test } else { test }
    }

    pub(crate) fn is_distinct(column: Column, value: Literal) -> Self {
        // On the wire `isdistinct.null` means the text "null".
        if value.0 == Repr::Null {
            return Self::is(column, Is::NotNull);
        }
        Self::scalar(column, "isdistinct", value)
    }

    pub(crate) fn is_in(column: Column, values: Vec<Literal>) -> Self {
        if values.iter().any(|value| value.0 == Repr::Null) {
            return Self(Node::Invalid(
                "a list for `in_` holds null, which `in` never finds; add `any([.., col(..).is_null()])`"
                    .to_owned(),
            ));
        }
        let values = without_repeats(values);
        if let [only] = values.as_slice() {
            // The server reads a list of one empty text as an empty list.
            if only.is_empty_text() {
                return Self::scalar(column, "eq", Literal::text(""));
            }
        }
        let constant = values.is_empty().then_some(false);
        Self::test(column, "in", Operand::List(values)).with_constant(constant)
    }

    pub(crate) fn patterns(column: Column, operator: &'static str, patterns: Vec<Literal>) -> Self {
        let constant = patterns.is_empty().then(|| operator.ends_with("(all)"));
        Self::test(column, operator, Operand::Scalar(Literal::array(patterns)))
            .with_constant(constant)
    }

    pub(crate) fn search(column: Column, search: TextSearch) -> Self {
        match search.into_parts() {
            Ok((operator, query)) => Self::test(column, operator, Operand::Scalar(query)),
            Err(why) => Self(Node::Invalid(why)),
        }
    }

    pub(crate) fn overlaps(column: Column, value: Literal) -> Self {
        if matches!(value.0, Repr::Json(_)) {
            return Self(Node::Invalid(
                "`overlaps` takes an array or a range; JSON columns know only `contains` and `contained_by`"
                    .to_owned(),
            ));
        }
        Self::scalar(column, "ov", value)
    }

    fn with_constant(mut self, value: Option<bool>) -> Self {
        if let Node::Test(test) = &mut self.0 {
            test.constant = value;
        }
        self
    }

    /// The same condition on the embedded relation at `path` (`"cities"`, `"orders.items"`): the rows embedded
    /// there are filtered, and the parents too when the relation is selected with `!inner`.
    ///
    /// ```
    /// use postgrest_rs::{any, col};
    /// let filter = any([col("country_id").eq(1), col("name").eq("Beijing")]).on("cities");
    /// assert_eq!(filter.to_string(), "cities.or=(country_id.eq.1,name.eq.Beijing)");
    /// ```
    pub fn on(mut self, path: impl AsRef<str>) -> Self {
        match &mut self.0 {
            Node::Test(test) => test.column = test.column.clone().on(path),
            Node::Group { on, .. } => match EmbedPath::parse(path.as_ref()) {
                Ok(outer) => {
                    *on = Some(match on.take() {
                        Some(inner) => EmbedPath(format!("{}.{}", outer.0, inner.0)),
                        None => outer,
                    });
                }
                Err(why) => self.0 = Node::Invalid(why),
            },
            Node::Invalid(_) => {}
        }
        self
    }

    /// Appends the pairs of this filter to an encoded query. `Ok(false)`: it lets every row of the table pass, as
    /// conditions on embedded relations do in a write.
    pub(crate) fn push_pairs(&self, query: &mut String) -> Result<bool, String> {
        self.push_top(query, false)
    }

    fn push_top(&self, query: &mut String, negate: bool) -> Result<bool, String> {
        match &self.0 {
            Node::Invalid(why) => Err(why.clone()),
            Node::Test(test) => test.push_pair(query, negate),
            Node::Group {
                any,
                negated,
                on,
                filters,
            } => {
                let negated = *negated != negate;
                match filters.as_slice() {
                    [] => empty_group(*any, negated).map(|()| false),
                    [only] if on.is_none() => only.push_top(query, negated),
                    filters if !*any && !negated && on.is_none() => {
                        // Conditions side by side are joined by "and" as it is.
                        let mut says_something = false;
                        for filter in filters {
                            says_something |= filter.push_top(query, false)?;
                        }
                        Ok(says_something)
                    }
                    filters => {
                        let mut tree = String::with_capacity(64);
                        let Some(restricts) = push_group(&mut tree, *any, filters)? else {
                            return empty_group(*any, negated).map(|()| false);
                        };
                        separate(query);
                        if let Some(path) = on {
                            encode_into(query, &path.0);
                            query.push('.');
                        }
                        query.push_str(match (negated, any) {
                            (false, true) => "or=",
                            (false, false) => "and=",
                            (true, true) => "not.or=",
                            (true, false) => "not.and=",
                        });
                        encode_into(query, &tree);
                        Ok((restricts || negated) && on.is_none())
                    }
                }
            }
        }
    }

    /// Appends this filter as a node of a tree. `None`: nothing was written, as it says nothing.
    fn push_node(&self, tree: &mut String, negate: bool) -> Result<Option<bool>, String> {
        match &self.0 {
            Node::Invalid(why) => Err(why.clone()),
            Node::Test(test) => test.push_node(tree, negate).map(Some),
            Node::Group {
                any,
                negated,
                on,
                filters,
            } => {
                let negated = *negated != negate;
                if on.is_some() {
                    return Err("a condition inside `any` or `all` cannot have its own `.on(..)`; put it on \
                                the outermost one"
                        .to_owned());
                }
                if let [only] = filters.as_slice() {
                    return only.push_node(tree, negated);
                }
                let before = tree.len();
                tree.push_str(match (negated, any) {
                    (false, true) => "or",
                    (false, false) => "and",
                    (true, true) => "not.or",
                    (true, false) => "not.and",
                });
                match push_group(tree, *any, filters)? {
                    Some(restricts) => Ok(Some(restricts || negated)),
                    None => {
                        tree.truncate(before);
                        empty_group(*any, negated).map(|()| None)
                    }
                }
            }
        }
    }
}

fn empty_group(any: bool, negated: bool) -> Result<(), String> {
    if any || negated {
        Err(format!(
            "a filter is empty: `{}{}([])` can match no row",
            if negated { "!" } else { "" },
            if any { "any" } else { "all" }
        ))
    } else {
        Ok(())
    }
}

/// Appends `(a,b,..)`. `None`: there was nothing to write. `Some(restricts)`: whether it may exclude a row.
fn push_group(tree: &mut String, any: bool, filters: &[Filter]) -> Result<Option<bool>, String> {
    let mut written = 0_usize;
    let mut restricting = 0_usize;
    let before = tree.len();
    for filter in filters {
        tree.push(if written == 0 { '(' } else { ',' });
        match filter.push_node(tree, false)? {
            Some(restricts) => {
                written += 1;
                restricting += usize::from(restricts);
            }
            None if any => {
                return Err(
                    "a filter is empty: `all([])` inside `any` would let every row pass".to_owned(),
                );
            }
            None => {
                tree.pop();
            }
        }
    }
    if written == 0 {
        tree.truncate(before);
        return Ok(None);
    }
    tree.push(')');
    Ok(Some(if any {
        restricting == written
    } else {
        restricting > 0
    }))
}

impl Test {
    /// Whether it may exclude a row that holds no nulls.
    fn restricts(&self, negate: bool) -> bool {
        self.constant != Some(self.negated == negate)
    }

    fn push_pair(&self, query: &mut String, negate: bool) -> Result<bool, String> {
        let path = self.column.path()?;
        separate(query);
        encode_into(query, path);
        query.push('=');
        if self.negated != negate {
            query.push_str("not.");
        }
        encode_into(query, &self.operator);
        query.push('.');
        match &self.operand {
            Operand::Scalar(value) => value.push_encoded(query)?,
            Operand::Word(word) => query.push_str(word),
            Operand::List(values) => {
                let mut list = String::with_capacity(16 * values.len() + 2);
                push_list(&mut list, values)?;
                encode_into(query, &list);
            }
        }
        Ok(self.restricts(negate) && !self.column.is_embedded())
    }

    fn push_node(&self, tree: &mut String, negate: bool) -> Result<bool, String> {
        tree.push_str(self.column.field_in_tree()?);
        tree.push('.');
        if self.negated != negate {
            tree.push_str("not.");
        }
        tree.push_str(&self.operator);
        tree.push('.');
        match &self.operand {
            Operand::Scalar(value) => value.push_element(tree)?,
            Operand::Word(word) => tree.push_str(word),
            Operand::List(values) => push_list(tree, values)?,
        }
        Ok(self.restricts(negate))
    }
}

fn push_list(out: &mut String, values: &[Literal]) -> Result<(), String> {
    out.push('(');
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        value.push_element(out)?;
    }
    out.push(')');
    Ok(())
}

/// Repeated values only make the URL longer, so they go, as in the official clients.
fn without_repeats(values: Vec<Literal>) -> Vec<Literal> {
    let mut seen = HashSet::with_capacity(values.len());
    let fresh: Vec<bool> = values.iter().map(|value| seen.insert(value)).collect();
    if fresh.iter().all(|fresh| *fresh) {
        return values;
    }
    values
        .into_iter()
        .zip(fresh)
        .filter_map(|(value, fresh)| fresh.then_some(value))
        .collect()
}

/// Begins the next pair of an encoded query.
pub(crate) fn separate(query: &mut String) {
    if !query.is_empty() {
        query.push('&');
    }
}

/// Displays the filter as it is sent, decoded; what cannot be sent as the reason.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut query = String::new();
        match self.push_pairs(&mut query) {
            Ok(_) => f.write_str(&crate::request::percent_decoded(&query)),
            Err(why) => write!(f, "invalid: {why}"),
        }
    }
}

/// Without the values, which may be personal.
impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Node::Invalid(why) => write!(f, "Filter(invalid: {why})"),
            Node::Test(test) => {
                let not = if test.negated { "not." } else { "" };
                write!(f, "Filter({}.{not}{})", test.column, test.operator)
            }
            Node::Group {
                any,
                negated,
                filters,
                ..
            } => {
                write!(
                    f,
                    "Filter({}{} of {})",
                    if *negated { "not " } else { "" },
                    if *any { "any" } else { "all" },
                    filters.len()
                )
            }
        }
    }
}
