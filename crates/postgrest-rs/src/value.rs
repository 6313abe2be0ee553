//! What can be compared with: the trait and its implementations.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use crate::Literal;
use crate::literal::Repr;

/// A value that a column can be compared with.
///
/// Implemented for texts, all integers and floats, `bool`, `char`, `serde_json::Value`, references and
/// smart pointers to those, and with the features of the same name for `uuid::Uuid` and the types of `jiff`
/// and `chrono`. Own types implement it with one of [`Literal`]'s constructors.
///
/// There is none for `Option`: SQL's `= null` matches nothing, so a `None` has to be said in another way.
///
/// ```
/// use postgrest_rs::{FilterValue, Literal};
///
/// struct Email(String);
/// impl FilterValue for Email {
///     fn to_literal(&self) -> Literal {
///         Literal::text(self.0.as_str())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be compared with a column",
    label = "not a filter value",
    note = "for an `Option`: use `.is(column, Is::Null)`, `.is_distinct(column, value)` or `if let Some(value)`",
    note = "for a list: use `.in_(column, values)`, or `.contains(column, values)` on an array column",
    note = "for `Uuid` and dates: switch on the feature `uuid`, `jiff` or `chrono`",
    note = "for own types: implement `FilterValue` with `Literal::text`, `Literal::display` or `Literal::serde`"
)]
pub trait FilterValue {
    /// The value as a literal.
    fn to_literal(&self) -> Literal;
}

#[diagnostic::do_not_recommend]
impl<T: FilterValue + ?Sized> FilterValue for &T {
    fn to_literal(&self) -> Literal {
        T::to_literal(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: FilterValue + ?Sized> FilterValue for Box<T> {
    fn to_literal(&self) -> Literal {
        T::to_literal(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: FilterValue + ?Sized> FilterValue for Arc<T> {
    fn to_literal(&self) -> Literal {
        T::to_literal(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: FilterValue + ?Sized> FilterValue for Rc<T> {
    fn to_literal(&self) -> Literal {
        T::to_literal(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: FilterValue + ToOwned + ?Sized> FilterValue for Cow<'_, T> {
    fn to_literal(&self) -> Literal {
        T::to_literal(self)
    }
}

impl FilterValue for str {
    fn to_literal(&self) -> Literal {
        Literal(Repr::Text(self.to_owned()))
    }
}

impl FilterValue for String {
    fn to_literal(&self) -> Literal {
        self.as_str().to_literal()
    }
}

impl FilterValue for char {
    fn to_literal(&self) -> Literal {
        Literal(Repr::Text(self.to_string()))
    }
}

impl FilterValue for bool {
    fn to_literal(&self) -> Literal {
        Literal(Repr::Bool(*self))
    }
}

macro_rules! small_integers {
    ($($int:ty)*) => {$(
        impl FilterValue for $int {
            fn to_literal(&self) -> Literal {
                Literal(Repr::Int(i64::from(*self)))
            }
        }
    )*};
}
small_integers!(i8 i16 i32 i64 u8 u16 u32);

macro_rules! big_integers {
    ($($int:ty)*) => {$(
        impl FilterValue for $int {
            fn to_literal(&self) -> Literal {
                Literal(Repr::Bare(self.to_string()))
            }
        }
    )*};
}
big_integers!(i128 isize u64 u128 usize);

macro_rules! floats {
    ($($float:ty)*) => {$(
        /// Infinity is sent as Postgres writes it; NaN, which equals nothing in Rust, is an error.
        impl FilterValue for $float {
            fn to_literal(&self) -> Literal {
                Literal(if self.is_nan() {
                    Repr::Invalid("NaN cannot be compared with".to_owned())
                } else if self.is_infinite() {
                    Repr::Bare(if *self > 0.0 { "Infinity" } else { "-Infinity" }.to_owned())
                } else {
                    Repr::Bare(self.to_string())
                })
            }
        }
    )*};
}
floats!(f32 f64);

/// A string is its text, an array or an object its JSON text; null is an error except inside an array.
impl FilterValue for serde_json::Value {
    fn to_literal(&self) -> Literal {
        Literal(match self {
            Self::Null => Repr::Null,
            Self::Bool(value) => Repr::Bool(*value),
            Self::Number(number) => Repr::Bare(number.to_string()),
            Self::String(text) => Repr::Text(text.clone()),
            Self::Array(_) | Self::Object(_) => Repr::Json(self.to_string()),
        })
    }
}

impl FilterValue for serde_json::Number {
    fn to_literal(&self) -> Literal {
        Literal(Repr::Bare(self.to_string()))
    }
}

#[cfg(feature = "uuid")]
impl FilterValue for uuid::Uuid {
    fn to_literal(&self) -> Literal {
        Literal(Repr::Text(self.to_string()))
    }
}

macro_rules! displayed {
    ($feature:literal: $($time:ty)*) => {$(
        #[cfg(feature = $feature)]
        impl FilterValue for $time {
            fn to_literal(&self) -> Literal {
                Literal(Repr::Text(self.to_string()))
            }
        }
    )*};
}
displayed!("jiff": jiff::Timestamp jiff::civil::DateTime jiff::civil::Date jiff::civil::Time jiff::Span);
displayed!("chrono": chrono::NaiveDate chrono::NaiveDateTime chrono::NaiveTime);

/// The moment; the name of the time zone is not sent, since Postgres keeps none.
#[cfg(feature = "jiff")]
impl FilterValue for jiff::ZonedDateTime {
    fn to_literal(&self) -> Literal {
        Literal(Repr::Text(self.timestamp().to_string()))
    }
}

#[cfg(feature = "chrono")]
impl<Tz: chrono::TimeZone> FilterValue for chrono::DateTime<Tz> {
    fn to_literal(&self) -> Literal {
        let local = self.naive_local();
        let offset = chrono::Offset::fix(self.offset());
        Literal(Repr::Text(format!(
            "{}{offset}",
            local.format("%Y-%m-%dT%H:%M:%S%.f")
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: impl FilterValue) -> String {
        value.to_literal().to_string()
    }

    #[test]
    fn values_are_what_postgres_reads() {
        assert_eq!(text(-7), "-7");
        assert_eq!(text(u64::MAX), "18446744073709551615");
        assert_eq!(text(1.5), "1.5");
        assert_eq!(text(f32::NEG_INFINITY), "-Infinity");
        assert_eq!(text(true), "true");
        assert_eq!(text('x'), "x");
        assert_eq!(text(Arc::<str>::from("a")), "a");
        assert_eq!(text(Cow::Borrowed("a")), "a");
        assert_eq!(text(Box::new(&"a")), "a");
        assert_eq!(text(serde_json::json!({"k": "v"})), r#"{"k":"v"}"#);
        assert_eq!(text(serde_json::json!("v")), "v");
    }

    #[test]
    fn nan_is_refused() {
        let mut out = String::new();
        assert!(f64::NAN.to_literal().push_scalar(&mut out).is_err());
        assert!(Literal::serde(f64::NAN).push_scalar(&mut out).is_err());
        assert!(
            serde_json::Value::Null
                .to_literal()
                .push_scalar(&mut out)
                .is_err()
        );
    }

    #[test]
    fn serde_keeps_digits() {
        assert_eq!(Literal::serde(u128::MAX).to_string(), u128::MAX.to_string());
    }

    #[cfg(feature = "uuid")]
    #[test]
    fn uuids() {
        assert_eq!(
            text(uuid::Uuid::nil()),
            "00000000-0000-0000-0000-000000000000"
        );
    }

    #[cfg(feature = "jiff")]
    #[test]
    fn jiff_times() {
        assert_eq!(text(jiff::Timestamp::UNIX_EPOCH), "1970-01-01T00:00:00Z");
        assert_eq!(text(jiff::civil::date(2024, 2, 29)), "2024-02-29");
    }

    #[cfg(feature = "chrono")]
    #[test]
    fn chrono_times() {
        assert_eq!(
            text(chrono::DateTime::<chrono::Utc>::UNIX_EPOCH),
            "1970-01-01T00:00:00+00:00"
        );
    }
}
