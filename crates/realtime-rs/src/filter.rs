//! Row filters for Postgres changes, in Realtime's own grammar.
//!
//! [Conditions](https://supabase.com/docs/guides/realtime/postgres-changes#available-filters) are joined by AND; there
//! is no OR. Values are quoted here and nowhere else, so that nothing in them can become another condition.

use std::borrow::Cow;
use std::fmt;
use std::ops::Not;

/// How many values `in` takes.
const MAX_IN: usize = 100;

/// A column to filter rows by.
///
/// ```
/// use realtime_rs::col;
///
/// let filter = !col("name").in_(["a,b", "c"]);
/// assert_eq!(filter.to_string(), r#"name=not.in.("a,b",c)"#);
/// ```
pub fn col(name: impl Into<String>) -> Column {
    Column(name.into())
}

/// A column, made by [`col`].
///
/// ```
/// use realtime_rs::{Is, col};
///
/// let filters = [
///     col("a").eq("x"), col("a").neq("x"), col("n").lt(1), col("n").lte(1), col("n").gt(1.5), col("n").gte(-1),
///     col("a").in_(["x", "y"]), col("a").like("x%"), col("a").ilike("X%"), col("a").match_("^x"), col("a").imatch("^X"),
///     col("a").is(Is::Null), col("a").is_distinct("x"),
/// ];
/// assert_eq!(filters[0].to_string(), "a=eq.x");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a column alone filters nothing"]
pub struct Column(String);

/// One condition on the rows of a table.
///
/// What is wrong with it comes out of [`Channel::subscribe`](crate::Channel::subscribe).
#[derive(Clone, PartialEq, Eq)]
#[must_use = "a filter does nothing before it is given to `Changes::filter`"]
pub struct Filter {
    pub(crate) column: String,
    negated: bool,
    condition: String,
    pub(crate) problem: Option<String>,
}

/// Without the values.
impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Filter({})", self.column)
    }
}

/// What `is` compares with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Is {
    /// `is null`
    Null,
    /// `is true`; on boolean columns alone.
    True,
    /// `is false`; on boolean columns alone.
    False,
    /// `is unknown`; on boolean columns alone.
    Unknown,
}

/// A value to compare a column with.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be compared with a column",
    note = "texts, integers, floats and bools can; give other types as text; for null use `.is(Is::Null)`"
)]
///
/// ```
/// use std::borrow::Cow;
/// use realtime_rs::{FilterValue, col};
///
/// struct RoomId(u64);
/// impl FilterValue for RoomId {
///     fn to_text(&self) -> Cow<'_, str> {
///         self.0.to_string().into()
///     }
/// }
/// assert_eq!(RoomId(7).to_text(), "7");
/// assert_eq!(col("room").eq(RoomId(7)).to_string(), "room=eq.7");
/// ```
pub trait FilterValue {
    /// The value as Postgres reads it.
    fn to_text(&self) -> Cow<'_, str>;
}

impl FilterValue for str {
    fn to_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

impl FilterValue for String {
    fn to_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

macro_rules! displayed {
    ($($value:ty),*) => {$(
        impl FilterValue for $value {
            fn to_text(&self) -> Cow<'_, str> {
                Cow::Owned(self.to_string())
            }
        }
    )*};
}

displayed!(
    bool, i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, f32, f64
);

#[diagnostic::do_not_recommend]
impl<T: FilterValue + ?Sized> FilterValue for &T {
    fn to_text(&self) -> Cow<'_, str> {
        (**self).to_text()
    }
}

impl Column {
    fn condition(self, operator: &str, operand: &str) -> Filter {
        let bad = self.0.is_empty()
            || self.0.trim() != self.0
            || self.0.contains(['=', ',', '(', ')', '"', '\\'])
            || self.0.contains(char::is_control);
        let problem = bad.then(|| {
            format!(
                "{:?} cannot be filtered by: Realtime takes no column names with blanks around them or any of = , ( ) \" \\",
                self.0
            )
        });
        Filter {
            column: self.0,
            negated: false,
            condition: format!("{operator}.{operand}"),
            problem,
        }
    }

    fn compare(self, operator: &str, value: &impl FilterValue) -> Filter {
        let text = value.to_text();
        self.condition(operator, &quote(&text))
    }

    /// Equal. Never matches null.
    pub fn eq(self, value: impl FilterValue) -> Filter {
        self.compare("eq", &value)
    }

    /// Not equal. Never matches null.
    pub fn neq(self, value: impl FilterValue) -> Filter {
        self.compare("neq", &value)
    }

    /// Less than.
    pub fn lt(self, value: impl FilterValue) -> Filter {
        self.compare("lt", &value)
    }

    /// Less than or equal.
    pub fn lte(self, value: impl FilterValue) -> Filter {
        self.compare("lte", &value)
    }

    /// Greater than.
    pub fn gt(self, value: impl FilterValue) -> Filter {
        self.compare("gt", &value)
    }

    /// Greater than or equal.
    pub fn gte(self, value: impl FilterValue) -> Filter {
        self.compare("gte", &value)
    }

    /// One of the values: at least one, at most 100.
    pub fn in_(self, values: impl IntoIterator<Item = impl FilterValue>) -> Filter {
        let mut texts: Vec<String> = Vec::new();
        for value in values {
            let text = quote(&value.to_text()).into_owned();
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let count = texts.len();
        let mut filter = self.condition("in", &format!("({})", texts.join(",")));
        if count == 0 || count > MAX_IN {
            filter.problem.get_or_insert_with(|| {
                format!("`in_` was given {count} values; Realtime takes 1 to {MAX_IN}")
            });
        }
        filter
    }

    /// Matches a pattern with `%` and `_`, on text columns.
    pub fn like(self, pattern: impl FilterValue) -> Filter {
        self.compare("like", &pattern)
    }

    /// Matches a pattern with `%` and `_` in any case, on text columns.
    pub fn ilike(self, pattern: impl FilterValue) -> Filter {
        self.compare("ilike", &pattern)
    }

    /// Matches a POSIX regular expression.
    pub fn match_(self, pattern: impl FilterValue) -> Filter {
        self.compare("match", &pattern)
    }

    /// Matches a POSIX regular expression in any case.
    pub fn imatch(self, pattern: impl FilterValue) -> Filter {
        self.compare("imatch", &pattern)
    }

    /// Is null, true, false or unknown.
    pub fn is(self, what: Is) -> Filter {
        let what = match what {
            Is::Null => "null",
            Is::True => "true",
            Is::False => "false",
            Is::Unknown => "unknown",
        };
        self.condition("is", what)
    }

    /// Differs from the value, null counting as a value of its own.
    pub fn is_distinct(self, value: impl FilterValue) -> Filter {
        self.compare("isdistinct", &value)
    }
}

impl Not for Filter {
    type Output = Self;

    fn not(mut self) -> Self {
        self.negated = !self.negated;
        self
    }
}

/// The filter as the server reads it.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = if self.negated { "not." } else { "" };
        write!(f, "{}={not}{}", self.column, self.condition)
    }
}

fn quote(text: &str) -> Cow<'_, str> {
    let plain = !text.contains([',', '(', ')', '"', '\\']) && text.trim() == text;
    if plain {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 4);
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads conditions the way the server does (section 5 of its grammar): commas split at depth 0 outside quotes.
    fn split(text: &str) -> Vec<String> {
        let mut parts = vec![String::new()];
        let (mut depth, mut quoted, mut before) = (0, false, '\0');
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' if quoted => {
                    parts.last_mut().unwrap().push(chars.next().unwrap());
                    before = ' ';
                    continue;
                }
                '"' if quoted => quoted = false,
                '"' if matches!(before, '.' | '(' | ',') => quoted = true,
                '(' if !quoted => depth += 1,
                ')' if !quoted => depth -= 1,
                ',' if !quoted && depth == 0 => {
                    parts.push(String::new());
                    before = c;
                    continue;
                }
                _ => {}
            }
            before = c;
            if c != '"' {
                parts.last_mut().unwrap().push(c);
            }
        }
        parts
    }

    proptest::proptest! {
        #[test]
        fn no_value_becomes_another_condition(value in ".{0,40}", other in ".{0,10}") {
            let text = format!("{},{}", col("a").eq(&value), col("b").in_([&other]));
            let parts = split(&text);
            proptest::prop_assert_eq!(parts.len(), 2);
            let unquoted = |text: &str| text.replace('"', "");
            proptest::prop_assert_eq!(unquoted(&parts[0]), unquoted(&format!("a=eq.{value}")));
        }
    }

    #[test]
    fn what_cannot_be_a_filter_is_told() {
        assert!(col("a=b").eq(1).problem.is_some());
        assert!(col("").eq(1).problem.is_some());
        assert!(col("a").in_([0_i32; 0]).problem.is_some());
        assert!(col("a").in_(0..101).problem.is_some());
        assert!(col("a").in_(0..100).problem.is_none());
        assert_eq!((!!col("a").is(Is::Null)).to_string(), "a=is.null");
    }
}
