//! Conditions on the metadata of vectors.

use serde_json::{Map, Value};
use supabase_http::{Error, Result};

/// A condition on the metadata of vectors, for [`QueryVectors::filter`](super::QueryVectors::filter).
///
/// Names and values are data: a name that begins with `$`, or a value that is an object, is an error of the query
/// before anything is sent. Types are not converted: the number 1 is not the text `"1"`.
///
/// ```
/// use storage_rs::vectors::VectorFilter as Filter;
///
/// let recent = Filter::gte("year", 2020).and(Filter::lt("year", 2030));
/// let kinds = Filter::any([Filter::in_("kind", ["essay", "novel"]), Filter::eq("free", true)]);
/// let filter = recent.and(kinds).and(Filter::exists("author", true)).and(Filter::ne("state", "draft"));
/// let more = Filter::all([Filter::gt("pages", 10), Filter::lte("pages", 500), Filter::not_in("lang", ["la"])]).or(filter);
/// let raw = Filter::raw(serde_json::json!({ "year": { "$gte": 2020 } }));
/// assert_eq!(raw.as_json(), Some(&serde_json::json!({ "year": { "$gte": 2020 } })));
/// assert_eq!(Filter::eq("$or", 1).as_json(), None);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct VectorFilter(std::result::Result<Value, String>);

impl VectorFilter {
    /// The value is this.
    #[must_use]
    pub fn eq(field: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::compare(field.into(), "$eq", primitive(value.into()))
    }

    /// The value is not this.
    #[must_use]
    pub fn ne(field: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::compare(field.into(), "$ne", primitive(value.into()))
    }

    /// The number is greater.
    #[must_use]
    pub fn gt(field: impl Into<String>, number: impl Into<Value>) -> Self {
        Self::compare(field.into(), "$gt", numeric(number.into()))
    }

    /// The number is greater or the same.
    #[must_use]
    pub fn gte(field: impl Into<String>, number: impl Into<Value>) -> Self {
        Self::compare(field.into(), "$gte", numeric(number.into()))
    }

    /// The number is less.
    #[must_use]
    pub fn lt(field: impl Into<String>, number: impl Into<Value>) -> Self {
        Self::compare(field.into(), "$lt", numeric(number.into()))
    }

    /// The number is less or the same.
    #[must_use]
    pub fn lte(field: impl Into<String>, number: impl Into<Value>) -> Self {
        Self::compare(field.into(), "$lte", numeric(number.into()))
    }

    /// The value is one of these.
    #[must_use]
    pub fn in_<V: Into<Value>>(
        field: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        Self::compare(field.into(), "$in", list(values))
    }

    /// The value is none of these.
    #[must_use]
    pub fn not_in<V: Into<Value>>(
        field: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        Self::compare(field.into(), "$nin", list(values))
    }

    /// Whether there is a value.
    #[must_use]
    pub fn exists(field: impl Into<String>, exists: bool) -> Self {
        Self::compare(field.into(), "$exists", Ok(exists.into()))
    }

    /// All of these are met.
    #[must_use]
    pub fn all(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::join("$and", conditions)
    }

    /// At least one of these is met.
    #[must_use]
    pub fn any(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::join("$or", conditions)
    }

    /// This and the other one are met.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::all([self, other])
    }

    /// This or the other one is met.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self::any([self, other])
    }

    /// A condition in the service's own JSON. Do not put the input of users in it.
    #[must_use]
    pub fn raw(condition: Value) -> Self {
        match condition {
            Value::Object(fields) if !fields.is_empty() => Self(Ok(Value::Object(fields))),
            other => Self(Err(format!("{other} is no condition, which is an object"))),
        }
    }

    /// The condition as the service reads it; `None` if it cannot be one.
    #[must_use]
    pub fn as_json(&self) -> Option<&Value> {
        self.0.as_ref().ok()
    }

    pub(super) fn checked(self) -> Result<Value> {
        self.0
            .map_err(|why| Error::request(format!("the filter cannot be sent: {why}")))
    }

    fn compare(field: String, operator: &str, value: std::result::Result<Value, String>) -> Self {
        if field.is_empty() || field.starts_with('$') {
            return Self(Err(format!("{field:?} is no name of metadata")));
        }
        let value = match value {
            Ok(value) => value,
            Err(why) => return Self(Err(format!("the value for {field:?} {why}"))),
        };
        Self(Ok(object(field, object(operator.to_owned(), value))))
    }

    fn join(operator: &str, conditions: impl IntoIterator<Item = Self>) -> Self {
        let parts: std::result::Result<Vec<_>, _> =
            conditions.into_iter().map(|one| one.0).collect();
        Self(match parts {
            Ok(parts) if parts.is_empty() => Err(format!(
                "`{}` needs at least one condition",
                if operator == "$and" { "all" } else { "any" }
            )),
            other => other.map(|parts| object(operator.to_owned(), Value::Array(parts))),
        })
    }
}

fn object(name: String, value: Value) -> Value {
    Value::Object(Map::from_iter([(name, value)]))
}

/// Whether a value can be compared with.
pub(super) fn is_primitive(value: &Value) -> bool {
    matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_))
}

fn primitive(value: Value) -> std::result::Result<Value, String> {
    if is_primitive(&value) {
        return Ok(value);
    }
    Err("must be a text, a number (not NaN or infinite) or a boolean".to_owned())
}

fn numeric(value: Value) -> std::result::Result<Value, String> {
    if value.is_number() {
        return Ok(value);
    }
    Err("must be a number, not NaN or infinite".to_owned())
}

fn list<V: Into<Value>>(values: impl IntoIterator<Item = V>) -> std::result::Result<Value, String> {
    let values: Vec<_> = values
        .into_iter()
        .map(|value| primitive(value.into()))
        .collect::<std::result::Result<_, _>>()?;
    if values.is_empty() {
        return Err("must not be an empty list".to_owned());
    }
    Ok(Value::Array(values))
}
