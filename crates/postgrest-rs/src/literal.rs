//! Literals: values on their way into a filter, before the position decides about quotes.

use std::fmt;

use serde::Serialize;
use supabase_http::encode_into;

use crate::quote::{push_array_element, push_element};
use crate::{Contents, FilterValue};

/// A value as Postgres will read it, not yet quoted: where it stands decides that.
///
/// Users rarely name this type; it is what [`FilterValue`] and [`Contents`] produce. Three constructors
/// serve own implementations of [`FilterValue`]:
///
/// ```
/// use postgrest_rs::{FilterValue, Literal, col};
///
/// struct PlanetId(u32);
/// impl FilterValue for PlanetId {
///     fn to_literal(&self) -> Literal {
///         Literal::display(self.0)
///     }
/// }
/// let filter = col("id").eq(PlanetId(3));
/// # let _ = filter;
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Literal(pub(crate) Repr);

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Repr {
    /// Any text: quoted in lists, trees and arrays where it must be.
    Text(String),
    /// Digits, signs, letters: never needs quotes.
    Int(i64),
    Bare(String),
    Bool(bool),
    Null,
    /// JSON text.
    Json(String),
    /// An array literal with its braces.
    Array(String),
    /// A range literal with its brackets.
    Range(String),
    /// A value that cannot be sent, and why.
    Invalid(String),
}

impl Literal {
    /// A text, taken as it is.
    ///
    /// ```
    /// use postgrest_rs::{Literal, col};
    /// let filter = col("name").eq(Literal::text("Earth"));
    /// # let _ = filter;
    /// ```
    #[must_use]
    pub fn text(value: impl Into<String>) -> Self {
        Self(Repr::Text(value.into()))
    }

    /// What `value` displays as.
    ///
    /// ```
    /// use postgrest_rs::Literal;
    /// assert_eq!(Literal::display(std::net::Ipv4Addr::LOCALHOST).to_string(), "127.0.0.1");
    /// ```
    #[must_use]
    pub fn display(value: impl fmt::Display) -> Self {
        Self(Repr::Text(value.to_string()))
    }

    /// What `value` serialises to: a string becomes its text, `null` is null, an object or an array becomes
    /// JSON text. For enums and newtypes that already implement `serde::Serialize`.
    ///
    /// ```
    /// use postgrest_rs::Literal;
    /// #[derive(serde::Serialize)]
    /// #[serde(rename_all = "snake_case")]
    /// enum Status { InTransit }
    /// assert_eq!(Literal::serde(Status::InTransit).to_string(), "in_transit");
    /// ```
    #[must_use]
    pub fn serde(value: impl Serialize) -> Self {
        match crate::rows::to_json(&value) {
            Ok(json) => match serde_json::from_slice::<serde_json::Value>(&json) {
                Ok(serde_json::Value::String(text)) => Self(Repr::Text(text)),
                Ok(serde_json::Value::Null) => Self(Repr::Null),
                Ok(serde_json::Value::Bool(value)) => Self(Repr::Bool(value)),
                // Numbers keep all their digits.
                Ok(serde_json::Value::Number(_)) => match String::from_utf8(json) {
                    Ok(digits) => Self(Repr::Bare(digits)),
                    Err(why) => Self(Repr::Invalid(why.to_string())),
                },
                Ok(serde_json::Value::Array(_) | serde_json::Value::Object(_)) => {
                    match String::from_utf8(json) {
                        Ok(json) => Self(Repr::Json(json)),
                        Err(why) => Self(Repr::Invalid(why.to_string())),
                    }
                }
                Err(why) => Self(Repr::Invalid(why.to_string())),
            },
            Err(why) => Self(Repr::Invalid(why)),
        }
    }

    /// `value` as JSON text, a string with its quotes: for JSON operands such as `data->key`.
    ///
    /// ```
    /// use postgrest_rs::Literal;
    /// assert_eq!(Literal::json("a").to_string(), "\"a\"");
    /// ```
    #[must_use]
    pub fn json(value: impl Serialize) -> Self {
        match crate::rows::to_json(&value)
            .and_then(|json| String::from_utf8(json).map_err(|why| why.to_string()))
        {
            Ok(json) => Self(Repr::Json(json)),
            Err(why) => Self(Repr::Invalid(why)),
        }
    }

    /// Null: an element of an array. Elsewhere SQL compares nothing with null, so it is an error there.
    ///
    /// ```
    /// use postgrest_rs::Literal;
    /// assert_eq!(Literal::array([Literal::null(), Literal::text("a")]).to_string(), "{NULL,a}");
    /// ```
    #[must_use]
    pub fn null() -> Self {
        Self(Repr::Null)
    }

    /// An array literal; `elements` may be arrays themselves.
    ///
    /// ```
    /// use postgrest_rs::Literal;
    /// assert_eq!(Literal::array(["a", "b,c"]).to_string(), r#"{a,"b,c"}"#);
    /// ```
    #[must_use]
    pub fn array(elements: impl IntoIterator<Item = impl FilterValue>) -> Self {
        let mut out = String::from("{");
        for (at, element) in elements.into_iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            if let Err(why) = element.to_literal().push_in_array(&mut out) {
                return Self(Repr::Invalid(why));
            }
        }
        out.push('}');
        Self(Repr::Array(out))
    }

    /// Appends the operand at the top level: everything after `op.` is taken verbatim.
    pub(crate) fn push_scalar(&self, out: &mut String) -> Result<(), String> {
        match &self.0 {
            Repr::Text(text)
            | Repr::Bare(text)
            | Repr::Json(text)
            | Repr::Array(text)
            | Repr::Range(text) => out.push_str(no_nul(text)?),
            Repr::Int(value) => push_display(out, value),
            Repr::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Repr::Null => return Err(NULL.to_owned()),
            Repr::Invalid(why) => return Err(why.clone()),
        }
        Ok(())
    }

    /// As [`Literal::push_scalar`], percent-encoded.
    pub(crate) fn push_encoded(&self, out: &mut String) -> Result<(), String> {
        match &self.0 {
            Repr::Text(text)
            | Repr::Bare(text)
            | Repr::Json(text)
            | Repr::Array(text)
            | Repr::Range(text) => encode_into(out, no_nul(text)?),
            _ => self.push_scalar(out)?,
        }
        Ok(())
    }

    /// Appends an element of a list or an operand inside a logic tree.
    pub(crate) fn push_element(&self, out: &mut String) -> Result<(), String> {
        match &self.0 {
            Repr::Text(text) | Repr::Json(text) | Repr::Array(text) | Repr::Range(text) => {
                push_element(out, no_nul(text)?);
                Ok(())
            }
            _ => self.push_scalar(out),
        }
    }

    fn push_in_array(&self, out: &mut String) -> Result<(), String> {
        match &self.0 {
            Repr::Text(text) | Repr::Json(text) | Repr::Range(text) => {
                push_array_element(out, no_nul(text)?);
                Ok(())
            }
            Repr::Null => {
                out.push_str("NULL");
                Ok(())
            }
            _ => self.push_scalar(out),
        }
    }

    /// Whether this is the empty text, which a list of one cannot hold.
    pub(crate) fn is_empty_text(&self) -> bool {
        matches!(&self.0, Repr::Text(text) if text.is_empty())
    }
}

/// Appends what `value` displays as; writing to a `String` does not fail.
pub(crate) fn push_display(out: &mut String, value: &impl fmt::Display) {
    use fmt::Write;
    let _ = write!(out, "{value}");
}

fn no_nul(text: &str) -> Result<&str, String> {
    // PostgREST cuts the value there in silence.
    if text.contains('\0') {
        return Err("a value holds a NUL character, which Postgres cannot store".to_owned());
    }
    Ok(text)
}

const NULL: &str = "null cannot be compared with: SQL's `= null` matches nothing; use `is(column, Is::Null)` \
                    or `is_distinct`";

/// Displays the value as it is sent at the top level of a filter, before percent-encoding.
impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Text(text)
            | Repr::Bare(text)
            | Repr::Json(text)
            | Repr::Array(text)
            | Repr::Range(text) => f.write_str(text),
            Repr::Int(value) => value.fmt(f),
            Repr::Bool(value) => value.fmt(f),
            Repr::Null => f.write_str("null"),
            Repr::Invalid(why) => write!(f, "invalid: {why}"),
        }
    }
}

/// Without the value, which may be personal.
impl fmt::Debug for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Repr::Text(_) => "Literal(text)",
            Repr::Int(_) | Repr::Bare(_) => "Literal(number)",
            Repr::Bool(_) => "Literal(bool)",
            Repr::Null => "Literal(null)",
            Repr::Json(_) => "Literal(json)",
            Repr::Array(_) => "Literal(array)",
            Repr::Range(_) => "Literal(range)",
            Repr::Invalid(_) => "Literal(invalid)",
        })
    }
}

/// Turns any filter value into a [`Literal`], so that values of different types fit in one list.
///
/// ```
/// use postgrest_rs::{Filter, lit, match_};
/// let filter: Filter = match_([("name", lit("Earth")), ("moons", lit(1))]);
/// # let _ = filter;
/// ```
pub fn lit(value: impl FilterValue) -> Literal {
    value.to_literal()
}

impl FilterValue for Literal {
    fn to_literal(&self) -> Literal {
        self.clone()
    }
}

impl Contents for Literal {
    fn to_contents(&self) -> Literal {
        self.clone()
    }
}
