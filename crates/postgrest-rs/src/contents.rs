//! What a column can contain or overlap with: arrays, ranges, JSON.

use std::ops::{
    Bound, Range, RangeBounds, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive,
};

use crate::literal::Repr;
use crate::quote::push_range_bound;
use crate::{FilterValue, Literal};

/// The operand of `contains`, `contained_by` and `overlaps`: an array, a range or JSON.
///
/// Arrays, slices and `Vec`s of filter values become Postgres arrays, Rust's ranges and [`PgRange`] become
/// range literals, `serde_json::Value` is JSON. Anything else goes through [`Literal`]:
/// `Literal::json(&value)` or `Literal::array(..)`.
///
/// ```
/// use postgrest_rs::{PgRange, col};
/// use serde_json::json;
///
/// let tagged = col("tags").contains(["a", "b,c"]);
/// let inside = col("during").contained_by(1..10);
/// let noon = col("during").overlaps(PgRange::from("[2000-01-01 12:00, 2000-01-01 13:00)"));
/// let nested = col("data").contains(json!({ "postcode": 90210 }));
/// # let _ = (tagged, inside, noon, nested);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither an array, a range nor JSON",
    label = "cannot be contained in or overlap with a column",
    note = "a single value: put it into an array, `.contains(column, [value])`",
    note = "a range as text: `PgRange::from(\"[a,b)\")`; any serialisable value as JSON: `Literal::json(&value)`",
    note = "an array whose elements do not implement `FilterValue`: `Literal::array(..)`"
)]
pub trait Contents {
    /// The operand as a literal.
    ///
    /// ```
    /// use postgrest_rs::{Contents, Literal, col};
    ///
    /// /// A set of tags, as an array of text.
    /// struct Tags(std::collections::BTreeSet<String>);
    ///
    /// impl Contents for Tags {
    ///     fn to_contents(&self) -> Literal {
    ///         Literal::array(&self.0)
    ///     }
    /// }
    ///
    /// let tags = Tags(["new".to_owned(), "sale".to_owned()].into());
    /// let filter = col("tags").contains(tags);
    /// # let _ = filter;
    /// ```
    fn to_contents(&self) -> Literal;
}

#[diagnostic::do_not_recommend]
impl<C: Contents + ?Sized> Contents for &C {
    fn to_contents(&self) -> Literal {
        C::to_contents(self)
    }
}

impl<T: FilterValue> Contents for [T] {
    fn to_contents(&self) -> Literal {
        Literal::array(self)
    }
}

impl<T: FilterValue, const N: usize> Contents for [T; N] {
    fn to_contents(&self) -> Literal {
        Literal::array(self)
    }
}

impl<T: FilterValue> Contents for Vec<T> {
    fn to_contents(&self) -> Literal {
        Literal::array(self)
    }
}

impl Contents for serde_json::Value {
    fn to_contents(&self) -> Literal {
        Literal(Repr::Json(self.to_string()))
    }
}

impl Contents for serde_json::Map<String, serde_json::Value> {
    fn to_contents(&self) -> Literal {
        Literal::json(self)
    }
}

impl Contents for PgRange {
    fn to_contents(&self) -> Literal {
        self.0.clone()
    }
}

/// A Postgres range: `int4range`, `tstzrange` and their kin.
///
/// Made from Rust's ranges, from two bounds, or from text in Postgres' own notation:
///
/// ```
/// use postgrest_rs::PgRange;
/// use std::ops::Bound;
///
/// assert_eq!(PgRange::from(1..10).to_string(), "[1,10)");
/// assert_eq!(PgRange::from("[2024-01-01,2024-02-01)").to_string(), "[2024-01-01,2024-02-01)");
/// assert_eq!(PgRange::from((Bound::Excluded(1), Bound::Unbounded)).to_string(), "(1,)");
/// assert_eq!(PgRange::empty().to_string(), "empty");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PgRange(Literal);

impl PgRange {
    /// The range that holds nothing.
    #[must_use]
    pub fn empty() -> Self {
        Self(Literal(Repr::Range("empty".to_owned())))
    }

    fn of<T: FilterValue>(range: &impl RangeBounds<T>) -> Self {
        let mut out = String::with_capacity(32);
        out.push(if matches!(range.start_bound(), Bound::Included(_)) {
            '['
        } else {
            '('
        });
        let pushed = push_bound(&mut out, range.start_bound()).and_then(|()| {
            out.push(',');
            push_bound(&mut out, range.end_bound())
        });
        out.push(if matches!(range.end_bound(), Bound::Included(_)) {
            ']'
        } else {
            ')'
        });
        Self(Literal(match pushed {
            Ok(()) => Repr::Range(out),
            Err(why) => Repr::Invalid(why),
        }))
    }

    fn parse(text: &str) -> Self {
        let inner = text.trim();
        let looks_right = inner.eq_ignore_ascii_case("empty")
            || (inner.starts_with(['[', '('])
                && inner.ends_with([']', ')'])
                && inner.contains(','));
        Self(Literal(if looks_right {
            Repr::Range(text.to_owned())
        } else {
            Repr::Invalid(
                "a text is not a range; expected one like \"[a,b)\" or \"empty\"".to_owned(),
            )
        }))
    }

    pub(crate) fn into_literal(self) -> Literal {
        self.0
    }
}

/// Displays the range in Postgres' notation.
impl std::fmt::Display for PgRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

fn push_bound<T: FilterValue>(out: &mut String, bound: Bound<&T>) -> Result<(), String> {
    let (Bound::Included(value) | Bound::Excluded(value)) = bound else {
        return Ok(());
    };
    let mut text = String::new();
    value.to_literal().push_scalar(&mut text)?;
    push_range_bound(out, &text);
    Ok(())
}

impl From<&str> for PgRange {
    fn from(text: &str) -> Self {
        Self::parse(text)
    }
}

impl From<String> for PgRange {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<RangeFull> for PgRange {
    fn from(_: RangeFull) -> Self {
        Self(Literal(Repr::Range("(,)".to_owned())))
    }
}

impl Contents for RangeFull {
    fn to_contents(&self) -> Literal {
        PgRange::from(..).0
    }
}

macro_rules! rust_ranges {
    ($($range:ty)*) => {$(
        impl<T: FilterValue> From<$range> for PgRange {
            fn from(range: $range) -> Self {
                Self::of::<T>(&range)
            }
        }

        impl<T: FilterValue> Contents for $range {
            fn to_contents(&self) -> Literal {
                PgRange::of::<T>(self).0
            }
        }
    )*};
}
rust_ranges!(Range<T> RangeInclusive<T> RangeFrom<T> RangeTo<T> RangeToInclusive<T> (Bound<T>, Bound<T>));

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: impl Contents) -> String {
        value.to_contents().to_string()
    }

    #[test]
    fn arrays_quote_their_elements() {
        assert_eq!(
            text(["a", "b,c", "", "null", "d\"e", "f g"]),
            r#"{a,"b,c","","null","d\"e",f g}"#
        );
        assert_eq!(text(Vec::<i32>::new()), "{}");
        assert_eq!(
            text([[1, 2].as_slice()].map(|_| Literal::array([1, 2]))),
            "{{1,2}}"
        );
        assert_eq!(text([true, false]), "{true,false}");
    }

    #[test]
    fn ranges_quote_their_bounds() {
        assert_eq!(text(1..5), "[1,5)");
        assert_eq!(text(1..=5), "[1,5]");
        assert_eq!(text(..5), "(,5)");
        assert_eq!(text(5..), "[5,)");
        assert_eq!(text(..), "(,)");
        assert_eq!(text("a,b".."c"), r#"["a,b",c)"#);
        assert_eq!(
            text("2000-01-02 08:30".."2000-01-02 09:30"),
            "[2000-01-02 08:30,2000-01-02 09:30)"
        );
    }

    #[test]
    fn range_texts_are_looked_at() {
        let mut out = String::new();
        for bad in ["", "1,5", "[1,5", "[]"] {
            assert!(
                PgRange::from(bad)
                    .into_literal()
                    .push_scalar(&mut out)
                    .is_err(),
                "{bad:?}"
            );
        }
        assert!(
            PgRange::from(f64::NAN..1.0)
                .into_literal()
                .push_scalar(&mut out)
                .is_err()
        );
    }
}
