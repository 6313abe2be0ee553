//! A place between two rows that can be stored.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::Error;

/// Where a [`PagedRows`](crate::PagedRows) stands, to go on there later or elsewhere: text by [`Display`](fmt::Display) and
/// [`FromStr`], and a string for serde.
///
/// By key it holds the values of the key in the last row, otherwise only the number of rows that were given. It may come
/// from anyone: what is in it moves the place and can never become part of the query's syntax.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), postgrest_rs::Error> {
/// # use supabase_http::{HttpClient, testing::MockTransport};
/// # let mock = MockTransport::new()
/// #     .reply(200, serde_json::json!([{ "id": 1 }, { "id": 2 }]))
/// #     .reply(200, serde_json::json!([]))
/// #     .reply(200, serde_json::json!([{ "id": 2 }]));
/// # let http = HttpClient::builder().transport(mock.clone()).build()?;
/// # let db = postgrest_rs::PostgrestClient::with_http(http, "https://xyz.supabase.co", "key")?;
/// use postgrest_rs::Cursor;
/// use serde_json::Value;
///
/// let mut rows = db.from("events").select::<Value>("*").rows().by_key(["id"]);
/// rows.try_next().await?;
/// let stored = rows.cursor()?.to_string();
/// assert_eq!(stored, r#"{"seen":1,"order":"id.asc","after":[1]}"#);
///
/// let cursor: Cursor = stored.parse()?;
/// let mut rows = db.from("events").select::<Value>("*").rows().by_key(["id"]).resume(cursor);
/// assert_eq!(rows.try_next().await?, Some(serde_json::json!({ "id": 2 })));
/// # assert!(mock.requests()[2].query().contains(&("id".into(), "gt.1".into())));
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Cursor {
    /// The number of rows that were given, those before earlier cursors included.
    pub(crate) seen: u64,
    pub(crate) after: Option<After>,
}

/// The key of the last row.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct After {
    /// The order that the key stands for, as it is sent.
    pub(crate) order: String,
    /// JSON texts, so that no digit is lost.
    pub(crate) values: Vec<String>,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{\"seen\":{}", self.seen)?;
        if let Some(after) = &self.after {
            let order = serde_json::Value::from(after.order.as_str());
            write!(
                f,
                ",\"order\":{order},\"after\":[{}]",
                after.values.join(",")
            )?;
        }
        f.write_str("}")
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse(text).ok_or_else(|| Error::request("the text is no cursor"))
    }
}

fn parse(text: &str) -> Option<Cursor> {
    let mut fields: HashMap<String, &RawValue> = serde_json::from_str(text).ok()?;
    let seen = serde_json::from_str(fields.remove("seen")?.get()).ok()?;
    let after = match (fields.remove("order"), fields.remove("after")) {
        (None, None) => None,
        (Some(order), Some(values)) => {
            let values: Vec<&RawValue> = serde_json::from_str(values.get()).ok()?;
            Some(After {
                order: serde_json::from_str(order.get()).ok()?,
                values: values.iter().map(|value| value.get().to_owned()).collect(),
            })
        }
        _ => return None,
    };
    fields.is_empty().then_some(Cursor { seen, after })
}

/// Without values, which may be personal.
impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cursor({} rows)", self.seen)
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text).ok_or_else(|| serde::de::Error::custom("the text is no cursor"))
    }
}
