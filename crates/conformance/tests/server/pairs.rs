//! The recorded pairs of a query, as calls of the SDK's methods.

use postgrest_rs::query::verb::{Filterable, Pageable};
use postgrest_rs::{
    Column, Contents, Filter, Is, Literal, OrderBy, PgRange, Query, TextSearch, all, any, col,
};

use crate::syntax::{Field, Group, Node, Pair, Term, Test, Value};
use crate::{Reason, Recorded, parser, syntax};

/// The query of a recorded request, taken apart.
#[derive(Default)]
pub(crate) struct Pairs {
    pub(crate) select: Option<String>,
    pub(crate) columns: Option<Vec<String>>,
    pub(crate) on_conflict: Option<Vec<String>>,
    pub(crate) arguments: Vec<(String, String)>,
    /// In the order in which they were sent.
    pub(crate) filters: Vec<Condition>,
    orders: Vec<(Vec<String>, Vec<Term>)>,
    numbers: Vec<(Vec<String>, bool, u64)>,
}

pub(crate) enum Condition {
    Typed(Filter),
    /// Column, operator and value.
    Raw(Column, String, String),
}

/// Reads the pairs of a request.
pub(crate) fn read(recorded: &Recorded, arguments: bool) -> Result<Pairs, Reason> {
    let mut pairs = Pairs::default();
    for (key, value) in &recorded.request.query {
        if !recorded.request.raw_query.contains('=') {
            return Err("a key without a value");
        }
        let parsed = parser::pair(key, value, arguments)
            .ok_or("the server cannot read it: our methods do not write such")?;
        if !parsed.rest.is_empty() || parsed.pair == Pair::Everything {
            return Err(
                "the server drops what follows a complete parse: our methods do not write such",
            );
        }
        match parsed.pair {
            Pair::Select(_) | Pair::Everything => set(&mut pairs.select, value.clone())?,
            Pair::Names(names) if key == "columns" => set(&mut pairs.columns, names)?,
            Pair::Names(names) => set(&mut pairs.on_conflict, names)?,
            Pair::Order(path, terms) => pairs.orders.push((path, terms)),
            Pair::Number(path, Some(rows)) => {
                let rows = u64::try_from(rows).map_err(|_| "numbers of rows are not negative")?;
                pairs.numbers.push((path, key.ends_with("limit"), rows));
            }
            Pair::Number(_, None) => return Err("numbers of rows are numbers"),
            Pair::Logic(path, group) => {
                let filter = at(
                    &path,
                    group_of(&group).ok_or("an operator that has no method inside of a tree")?,
                );
                pairs.filters.push(Condition::Typed(filter));
            }
            Pair::Filter(path, field, test) => pairs.filters.push(match filter(&field, &test) {
                Some(filter) => Condition::Typed(at(&path, filter)),
                None => {
                    let Value::Text(text) = test.value else {
                        return Err("an operator that has no method");
                    };
                    let not = if test.negated { "not." } else { "" };
                    let column = column(&field);
                    let column = if path.is_empty() { column } else { column.on(dotted(&path)) };
                    Condition::Raw(column, format!("{not}{}", test.operator), text)
                }
            }),
            Pair::Argument(name, value) => {
                if pairs.arguments.iter().any(|(known, _)| *known == name) {
                    return Err("an argument is given once: several values are an array");
                }
                pairs.arguments.push((name, value));
            }
        }
    }
    Ok(pairs)
}

fn set<T>(place: &mut Option<T>, value: T) -> Result<(), Reason> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err("a key that the server reads once is sent once"),
    }
}

impl Pairs {
    pub(crate) fn has_raw(&self) -> bool {
        self.filters.iter().any(|condition| matches!(condition, Condition::Raw(..)))
    }

    pub(crate) fn has_page(&self) -> bool {
        !self.orders.is_empty() || !self.numbers.is_empty()
    }

    pub(crate) fn filter<V, R>(&self, mut query: Query<V, R>) -> Query<V, R>
    where
        V: Filterable<Filtered = V>,
    {
        for condition in &self.filters {
            query = match condition {
                Condition::Typed(filter) => query.filter(filter.clone()),
                Condition::Raw(column, operator, value) => {
                    query.filter_raw(column.clone(), operator, value.as_str())
                }
            };
        }
        query
    }

    pub(crate) fn page<V: Pageable, R>(&self, mut query: Query<V, R>) -> Query<V, R> {
        for (path, terms) in &self.orders {
            for term in terms {
                let by = order(term);
                query = query.order(if path.is_empty() { by } else { by.on(dotted(path)) });
            }
        }
        for (path, is_limit, rows) in &self.numbers {
            query = match (path.is_empty(), is_limit) {
                (true, true) => query.limit(*rows),
                (true, false) => query.offset(*rows),
                (false, true) => query.limit_on(dotted(path), *rows),
                (false, false) => query.offset_on(dotted(path), *rows),
            };
        }
        query
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

fn dotted(path: &[String]) -> String {
    path.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(".")
}

fn at(path: &[String], filter: Filter) -> Filter {
    if path.is_empty() { filter } else { filter.on(dotted(path)) }
}

fn column(field: &Field) -> Column {
    let mut column = Column::exact(&field.name);
    for step in &field.path {
        column = match (step.index, step.text) {
            (false, false) => column.json(&step.key),
            (false, true) => column.json_text(&step.key),
            (true, false) => column.json_index(step.key.parse().unwrap_or_default()),
            // No method of its own: a path.
            (true, true) => Column::from(format!("{column}->>{}", step.key)),
        };
    }
    column
}

fn order(term: &Term) -> OrderBy {
    let column = match &term.related {
        None => column(&term.field),
        Some(relation) => Column::from(format!("{}({})", quoted(relation), column(&term.field))),
    };
    let by = if term.direction == Some(".desc") { column.desc() } else { column.asc() };
    match term.nulls {
        Some(".nullsfirst") => by.nulls_first(),
        Some(_) => by.nulls_last(),
        None => by,
    }
}

fn group_of(group: &Group) -> Option<Filter> {
    let nodes = group.nodes.iter().map(|node| match node {
        Node::Group(group) => group_of(group),
        Node::Test(field, test) => filter(field, test),
    });
    let nodes: Vec<Filter> = nodes.collect::<Option<_>>()?;
    let filter = if group.any { any(nodes) } else { all(nodes) };
    Some(if group.negated { !filter } else { filter })
}

/// The condition in our words; `None` where there is no method for the operator.
fn filter(field: &Field, test: &Test) -> Option<Filter> {
    let on = column(field);
    let filter = match (&test.value, test.operator.as_str()) {
        (Value::List(values), "in") => on.in_(values),
        (Value::Word(word), "is") => on.is(match word.as_str() {
            "null" => Is::Null,
            "not_null" => Is::NotNull,
            "true" => Is::True,
            "false" => Is::False,
            _ => Is::Unknown,
        }),
        (Value::Text(text), operator) => {
            return scalar(on, operator, text).map(|f| if test.negated { !f } else { f });
        }
        _ => return None,
    };
    Some(if test.negated { !filter } else { filter })
}

fn scalar(on: Column, operator: &str, text: &str) -> Option<Filter> {
    if let Some((pattern, quantifier)) =
        operator.strip_suffix(')').and_then(|operator| operator.split_once('('))
    {
        if let Some(kind) =
            ["fts", "plfts", "phfts", "wfts"].iter().position(|name| *name == pattern)
        {
            return Some(on.text_search(search(kind, text).config(quantifier)));
        }
        let patterns: Vec<String> = syntax::array(text)?.into_iter().collect::<Option<_>>()?;
        return Some(match (pattern, quantifier) {
            ("like", "any") => on.like_any(patterns),
            ("like", "all") => on.like_all(patterns),
            ("ilike", "any") => on.ilike_any(patterns),
            ("ilike", "all") => on.ilike_all(patterns),
            _ => return None,
        });
    }
    Some(match operator {
        "eq" => on.eq(text),
        "neq" => on.neq(text),
        "gt" => on.gt(text),
        "gte" => on.gte(text),
        "lt" => on.lt(text),
        "lte" => on.lte(text),
        "like" => on.like(text),
        "ilike" => on.ilike(text),
        "match" => on.regex(text),
        "imatch" => on.regex_icase(text),
        "isdistinct" => on.is_distinct(text),
        "fts" => on.text_search(search(0, text)),
        "plfts" => on.text_search(search(1, text)),
        "phfts" => on.text_search(search(2, text)),
        "wfts" => on.text_search(search(3, text)),
        "cs" => contents(text, on, Column::contains, Column::contains, Column::contains),
        "cd" => {
            contents(text, on, Column::contained_by, Column::contained_by, Column::contained_by)
        }
        "ov" => contents(text, on, Column::overlaps, Column::overlaps, Column::overlaps),
        "sl" => on.range_lt(text),
        "sr" => on.range_gt(text),
        "nxr" => on.range_lte(text),
        "nxl" => on.range_gte(text),
        "adj" => on.range_adjacent(text),
        _ => return None,
    })
}

fn search(kind: usize, text: &str) -> TextSearch {
    match kind {
        0 => TextSearch::tsquery(text),
        1 => TextSearch::plain(text),
        2 => TextSearch::phrase(text),
        _ => TextSearch::websearch(text),
    }
}

/// An array, JSON or a range, whichever the text is.
fn contents(
    text: &str,
    on: Column,
    array: impl Fn(Column, Literal) -> Filter,
    json: impl Fn(Column, serde_json::Value) -> Filter,
    range: impl Fn(Column, PgRange) -> Filter,
) -> Filter {
    if let Some(elements) = syntax::array(text) {
        let element = |element: Option<String>| element.map_or_else(Literal::null, Literal::text);
        return array(on, Literal::array(elements.into_iter().map(element)));
    }
    match serde_json::from_str(text) {
        Ok(value) => json(on, value),
        Err(_) => range(on, PgRange::from(text)),
    }
}

/// `Contents` is what `contains` takes.
const _: fn(Literal) -> bool = |literal| {
    fn takes(_: impl Contents) -> bool {
        true
    }
    takes(literal)
};

/// The column of that name.
pub(crate) fn named(name: &str) -> Column {
    col(Column::exact(name))
}
