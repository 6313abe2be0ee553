//! Numbers of any size, with every digit that the database has.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::literal::Repr;
use crate::{Error, FilterValue, Literal};

/// A value of a `numeric` column with all its digits, as text.
///
/// PostgREST writes `numeric` as a JSON number of any length. In an `f64` or a `serde_json::Value` only some 16 digits of
/// it are left; in a `Numeric` all are, and also `NaN` and `Infinity`, which come as text. So does a column that is
/// selected as `price::text`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), postgrest_rs::Error> {
/// # use supabase_http::{HttpClient, testing::MockTransport};
/// # let mock = MockTransport::new().reply(200, r#"[{ "price": 12345678901234567890.10 }]"#).reply(204, ());
/// # let http = HttpClient::builder().transport(mock).build()?;
/// # let db = postgrest_rs::PostgrestClient::with_http(http, "https://xyz.supabase.co", "key")?;
/// use postgrest_rs::Numeric;
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Offer { price: Numeric }
///
/// let offers: Vec<Offer> = db.from("offers").select("price").await?;
/// assert_eq!(offers[0].price.to_string(), "12345678901234567890.10");
///
/// let price: Numeric = "0.10".parse()?;
/// db.from("offers").update(&Offer { price: price.clone() }).eq("price", &offers[0].price).await?;
/// # Ok(()) }
/// ```
///
/// It serialises as text, which Postgres takes for a `numeric` column and which no serialiser shortens. Two are equal if
/// their texts are: `1.0` is not `1.00`. To reckon with it, parse its text as the decimal type of your choice.
///
/// serde reads the fields of a `#[serde(flatten)]` or an untagged enum before it knows their type; a `Numeric` is an error
/// there rather than a number that has lost digits. Select it as `::text` into a `String` in such a place.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Numeric(String);

impl Numeric {
    /// The digits, as the database wrote them.
    ///
    /// ```
    /// # fn main() -> Result<(), postgrest_rs::Error> {
    /// let number: postgrest_rs::Numeric = "-1.50".parse()?;
    /// assert_eq!(number.as_str(), "-1.50");
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Takes what Postgres takes: digits with an optional sign, point and exponent, `NaN`, `Infinity` and `-Infinity`.
impl FromStr for Numeric {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if is_numeric(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::request("the text is no number"))
        }
    }
}

fn is_numeric(text: &str) -> bool {
    if matches!(text, "NaN" | "Infinity" | "-Infinity") {
        return true;
    }
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = |text: &str| {
        let rest = text.strip_prefix(['+', '-']);
        rest.map_or_else(|| text.to_owned(), str::to_owned)
    };
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(unsigned(exponent))),
        None => (text, None),
    };
    let number = unsigned(number);
    let (whole, part) = number.split_once('.').unwrap_or((&number, ""));
    digits(whole)
        && digits(part)
        && !(whole.is_empty() && part.is_empty())
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(&exponent))
}

macro_rules! from_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Numeric {
            fn from(value: $integer) -> Self {
                Self(value.to_string())
            }
        }
    )*};
}
from_integers!(i8, i16, i32, i64, i128, u8, u16, u32, u64, u128);

impl fmt::Display for Numeric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Numeric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Numeric({})", self.0)
    }
}

impl FilterValue for Numeric {
    fn to_literal(&self) -> Literal {
        Literal(Repr::Bare(self.0.clone()))
    }
}

impl Serialize for Numeric {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Numeric {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The text of the JSON itself: any other way a long number becomes an `f64` first.
        let json = Box::<RawValue>::deserialize(deserializer)?;
        let json = json.get();
        let text = if json.starts_with('"') {
            serde_json::from_str(json).map_err(serde::de::Error::custom)?
        } else {
            json.to_owned()
        };
        if is_numeric(&text) {
            Ok(Self(text))
        } else {
            Err(serde::de::Error::custom(
                "expected a number, or a text that is one",
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: &str = "-12345678901234567890123456789.000100";

    #[test]
    fn digits_are_kept() {
        for (json, text) in [
            ("1", "1"),
            ("-0.0", "-0.0"),
            ("1e400", "1e400"),
            (LONG, LONG),
            ("\"1.50\"", "1.50"),
            ("\"NaN\"", "NaN"),
            ("\"-Infinity\"", "-Infinity"),
            ("\".5\"", ".5"),
            ("\"5.\"", "5."),
            ("\"+1E-3\"", "+1E-3"),
        ] {
            let number: Numeric = serde_json::from_str(json).unwrap();
            assert_eq!(number.to_string(), text);
            assert_eq!(text.parse::<Numeric>().unwrap(), number);
            let back = serde_json::to_string(&number).unwrap();
            assert_eq!(serde_json::from_str::<Numeric>(&back).unwrap(), number);
        }
        assert_eq!(Numeric::from(u64::MAX).as_str(), "18446744073709551615");
        let shown = crate::col("a").gt(Numeric(LONG.to_owned())).to_string();
        assert_eq!(shown, format!("a=gt.{LONG}"));
        assert_eq!(format!("{:>5}", Numeric::from(12)), "   12");
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for json in [
            "null", "true", "[1]", "{}", "\"\"", "\"x\"", "\".\"", "\"1e\"", "\"--1\"", "\"1 \"",
            "\"0x1\"", "\"nan\"",
        ] {
            assert!(serde_json::from_str::<Numeric>(json).is_err(), "{json}");
        }
        assert_eq!(
            serde_json::from_str::<Option<Numeric>>("null").unwrap(),
            None
        );
        for text in ["", "-", "1,5", "1e1.5", "1).or=(a", "Infinity,"] {
            assert!(text.parse::<Numeric>().is_err(), "{text}");
        }
    }

    #[test]
    fn rows_are_read_in_either_way() {
        #[derive(Debug, serde::Deserialize)]
        struct Offer {
            price: Numeric,
        }
        let parts = http::Response::new(()).into_parts().0;
        let body = |text: &str| bytes::Bytes::from(text.to_owned());
        let rows: Vec<Offer> =
            crate::response::json(&parts, body(&format!("[{{\"price\":{LONG}}}]"))).unwrap();
        assert_eq!(rows[0].price.as_str(), LONG);
        // The slow way, which looks for the place of a mistake.
        let why =
            crate::response::json::<Vec<Offer>>(&parts, body("[{\"price\":1},{\"price\":true}]"));
        assert!(why.unwrap_err().message().contains("in row 1 at `price`"));
    }

    #[test]
    fn where_serde_has_read_it_before_it_is_an_error() {
        #[derive(Debug, serde::Deserialize)]
        struct Inner {
            #[allow(dead_code)]
            price: Numeric,
        }
        #[derive(Debug, serde::Deserialize)]
        struct Outer {
            #[serde(flatten)]
            #[allow(dead_code)]
            inner: Inner,
        }
        let json = format!("{{\"price\":{LONG}}}");
        assert!(serde_json::from_str::<Outer>(&json).is_err());
    }
}
