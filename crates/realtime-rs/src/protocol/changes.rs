//! Postgres changes: from the server's object to rows, without loss.
//!
//! The server sends JSON values already. What it sends as text although the column's type is another one (older
//! servers do) is written as that type here, digit by digit: no number passes through a float.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A column, as the server describes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ColumnInfo {
    /// The column's name.
    pub name: String,
    /// The type's name in Postgres, such as `int8`, or `_int8` for its arrays.
    #[serde(rename = "type", default)]
    pub type_name: String,
}

/// The `data` of a change.
#[derive(Debug, Deserialize)]
pub(crate) struct Data<'a> {
    #[serde(default)]
    pub(crate) schema: String,
    #[serde(default)]
    pub(crate) table: String,
    #[serde(rename = "type", default)]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) commit_timestamp: Option<String>,
    #[serde(default)]
    pub(crate) columns: Option<Vec<ColumnInfo>>,
    #[serde(borrow, default)]
    pub(crate) record: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(crate) old_record: Option<&'a RawValue>,
    #[serde(default)]
    pub(crate) errors: Option<Vec<String>>,
}

/// The payload of a `postgres_changes` event.
#[derive(Debug, Deserialize)]
pub(crate) struct Envelope<'a> {
    #[serde(default)]
    pub(crate) ids: Vec<u64>,
    #[serde(borrow)]
    pub(crate) data: &'a RawValue,
}

/// A row with its values as the types of their columns.
pub(crate) fn row(record: &RawValue, columns: &[ColumnInfo]) -> Bytes {
    let Some(fields) = needs_conversion(record, columns) else {
        return Bytes::copy_from_slice(record.get().as_bytes());
    };
    let mut out = String::with_capacity(record.get().len());
    out.push('{');
    for (index, (name, value)) in fields.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(&quoted(name));
        out.push(':');
        match columns.iter().find(|column| column.name == *name) {
            Some(column) => out.push_str(&convert(value, &column.type_name)),
            None => out.push_str(value.get()),
        }
    }
    out.push('}');
    Bytes::from(out)
}

type Fields<'a> = Vec<(String, &'a RawValue)>;

/// The fields, if any value may have to be written anew.
fn needs_conversion<'a>(record: &'a RawValue, columns: &[ColumnInfo]) -> Option<Fields<'a>> {
    if !columns
        .iter()
        .any(|column| is_convertible(&column.type_name))
    {
        return None;
    }
    let fields = read_fields(record)?;
    let text = fields.iter().any(|(name, value)| {
        value.get().starts_with('"')
            && columns
                .iter()
                .any(|column| column.name == *name && is_convertible(&column.type_name))
    });
    text.then_some(fields)
}

/// The fields in their order, which a map would lose.
fn read_fields(record: &RawValue) -> Option<Fields<'_>> {
    struct Reader;
    impl<'de> serde::de::Visitor<'de> for Reader {
        type Value = Fields<'de>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a row")
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(
            self,
            mut map: A,
        ) -> Result<Self::Value, A::Error> {
            let mut fields = Vec::new();
            while let Some(field) = map.next_entry()? {
                fields.push(field);
            }
            Ok(fields)
        }
    }
    let mut reader = serde_json::Deserializer::from_str(record.get());
    serde::Deserializer::deserialize_map(&mut reader, Reader).ok()
}

fn is_convertible(type_name: &str) -> bool {
    let element = type_name.strip_prefix('_');
    element.is_some()
        || matches!(
            type_name,
            "bool"
                | "int2"
                | "int4"
                | "int8"
                | "float4"
                | "float8"
                | "numeric"
                | "oid"
                | "timestamp"
        )
}

/// JSON text of the value as its type. A string in a `json` or `jsonb` column stays one: it is what the column holds.
fn convert(value: &RawValue, type_name: &str) -> String {
    let as_is = || value.get().to_owned();
    let Ok(text) = serde_json::from_str::<String>(value.get()) else {
        return as_is();
    };
    let element = type_name.trim_start_matches('_');
    if element.len() < type_name.len() {
        array(&text, element).unwrap_or_else(as_is)
    } else {
        scalar(&text, type_name).unwrap_or_else(as_is)
    }
}

fn scalar(text: &str, type_name: &str) -> Option<String> {
    match type_name {
        "bool" => match text {
            "t" | "true" => Some("true".to_owned()),
            "f" | "false" => Some("false".to_owned()),
            _ => None,
        },
        "int2" | "int4" | "int8" | "float4" | "float8" | "numeric" | "oid" => {
            // Whatever JSON takes as a number is one, with all its digits; NaN and the like stay text.
            let number = serde_json::from_str::<&RawValue>(text).ok()?.get();
            let first = number.bytes().next()?;
            (first == b'-' || first.is_ascii_digit()).then(|| number.to_owned())
        }
        "timestamp" => Some(quoted(&text.replacen(' ', "T", 1))),
        _ => None,
    }
}

/// A Postgres array literal as a JSON array: `{1,NULL,"a b",{2}}`.
fn array(text: &str, element: &str) -> Option<String> {
    let mut rest = text.trim();
    let out = list(&mut rest, element, 0)?;
    rest.is_empty().then_some(out)
}

/// The deepest array that Postgres knows.
const MAX_DEPTH: u8 = 6;

fn list(rest: &mut &str, element: &str, depth: u8) -> Option<String> {
    if depth > MAX_DEPTH {
        return None;
    }
    *rest = rest.strip_prefix('{')?;
    let mut out = String::from("[");
    if let Some(after) = rest.strip_prefix('}') {
        *rest = after;
        out.push(']');
        return Some(out);
    }
    loop {
        if rest.starts_with('{') {
            out.push_str(&list(rest, element, depth + 1)?);
        } else if let Some(after) = rest.strip_prefix('"') {
            let (item, after) = quoted_item(after)?;
            *rest = after;
            out.push_str(&in_array(&item, element));
        } else {
            let end = rest.find([',', '}'])?;
            let (item, after) = rest.split_at_checked(end)?;
            *rest = after;
            if item.eq_ignore_ascii_case("null") {
                out.push_str("null");
            } else {
                out.push_str(&in_array(item, element));
            }
        }
        if let Some(after) = rest.strip_prefix(',') {
            *rest = after;
            out.push(',');
        } else {
            *rest = rest.strip_prefix('}')?;
            out.push(']');
            return Some(out);
        }
    }
}

/// An element of an array literal, where everything is text, JSON too.
fn in_array(item: &str, element: &str) -> String {
    let json = matches!(element, "json" | "jsonb")
        .then(|| serde_json::from_str::<&RawValue>(item).ok())
        .flatten();
    json.map(|json| json.get().to_owned())
        .or_else(|| scalar(item, element))
        .unwrap_or_else(|| quoted(item))
}

fn quoted_item(text: &str) -> Option<(String, &str)> {
    let mut item = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((item, text.get(at + 1..)?)),
            '\\' => item.push(chars.next()?.1),
            _ => item.push(c),
        }
    }
    None
}

/// The text as a JSON string.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(value: &str, type_name: &str) -> String {
        let record = format!(r#"{{"c":{value},"other":"7"}}"#);
        let record: &RawValue = serde_json::from_str(&record).unwrap();
        let columns = [ColumnInfo {
            name: "c".to_owned(),
            type_name: type_name.to_owned(),
        }];
        let row = row(record, &columns);
        let fields: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(&row).unwrap();
        assert_eq!(fields["other"], "7", "a column of no known type stays");
        let text = String::from_utf8(row.to_vec()).unwrap();
        text.strip_prefix(r#"{"c":"#)
            .unwrap()
            .strip_suffix(r#","other":"7"}"#)
            .unwrap()
            .to_owned()
    }

    #[test]
    fn text_becomes_what_its_column_is_without_loss() {
        for (value, type_name, expected) in [
            (r#""t""#, "bool", "true"),
            (r#""f""#, "bool", "false"),
            (r#""9007199254740993""#, "int8", "9007199254740993"),
            (r#""-1.10""#, "numeric", "-1.10"),
            (r#""NaN""#, "float8", r#""NaN""#),
            (r#""""#, "int4", r#""""#),
            ("9007199254740993", "int8", "9007199254740993"),
            (
                "1.1000000000000000000001",
                "numeric",
                "1.1000000000000000000001",
            ),
            ("null", "int4", "null"),
            (r#""123""#, "jsonb", r#""123""#),
            (r#""{\"a\":1}""#, "json", r#""{\"a\":1}""#),
            (
                r#""2026-01-01 00:00:00""#,
                "timestamp",
                r#""2026-01-01T00:00:00""#,
            ),
            (
                r#""2026-01-01 00:00:00+00""#,
                "timestamptz",
                r#""2026-01-01 00:00:00+00""#,
            ),
            (r#""deadbeef""#, "bytea", r#""deadbeef""#),
            (r#""{1,2,NULL}""#, "_int4", "[1,2,null]"),
            (r#""{t,f}""#, "_bool", "[true,false]"),
            (r#""{{1,2},{3,4}}""#, "_int4", "[[1,2],[3,4]]"),
            (
                r#""{\"a,b\",c,\"q\\\"\"}""#,
                "_text",
                r#"["a,b","c","q\""]"#,
            ),
            (r#""{}""#, "_text", "[]"),
            (r#""{{1},{2}}""#, "__int4", "[[1],[2]]"),
            (r#""{\"{\\\"a\\\":1}\"}""#, "_jsonb", r#"[{"a":1}]"#),
            (r#""{1,2""#, "_int4", r#""{1,2""#),
            (r#""{1}x""#, "_int4", r#""{1}x""#),
            ("[1,2]", "_int4", "[1,2]"),
        ] {
            assert_eq!(
                converted(value, type_name),
                expected,
                "{value} of {type_name}"
            );
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = format!("\"{}\"", "{".repeat(100_000));
        assert_eq!(converted(&deep, "_int4"), deep);
    }
}
