//! Rows on their way into a body, and the union of the keys of several.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::json;
use crate::quote::push_quoted;

/// A body, and for several rows the union of their keys.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) body: Vec<u8>,
    /// The value of `columns=`, decoded; empty when there is none.
    pub(crate) columns: String,
}

/// Serialises `value` as JSON; NaN and infinity, which JSON would turn into null, are errors.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, String> {
    json::write(value)
        .map(|json| json.body)
        .map_err(|why| why.0)
}

/// Serialises one row; anything but an object is an error.
pub(crate) fn to_row<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, String> {
    let body = to_json(value)?;
    if body.first() != Some(&b'{') {
        return Err("the changes must be an object (a struct or a map)".to_owned());
    }
    Ok(body)
}

/// Serialises one row or several; anything but objects is an error.
pub(crate) fn to_rows<T: Serialize + ?Sized>(value: &T) -> Result<Rows, String> {
    let mut json = json::write(value).map_err(|why| why.0)?;
    match json.body.first() {
        Some(b'{') => {
            return Ok(Rows {
                body: json.body,
                columns: String::new(),
            });
        }
        Some(b'[') => {}
        _ => return Err("a row must be an object (a struct or a map)".to_owned()),
    }
    if json.unsure {
        // Raw JSON or keys with escapes went by: read the keys from the text.
        json.keys = keys_of(&json.body)?.into_iter().map(Cow::Owned).collect();
    } else if json.rows != json.elements {
        return Err("rows must be objects (structs or maps)".to_owned());
    }
    let mut columns = String::new();
    for key in &json.keys {
        if !columns.is_empty() {
            columns.push(',');
        }
        push_quoted(&mut columns, key);
    }
    Ok(Rows {
        body: json.body,
        columns,
    })
}

/// The keys of all objects of a JSON array, in the order in which they are first seen.
fn keys_of(body: &[u8]) -> Result<Vec<String>, String> {
    let mut keys = Keys::default();
    let mut json = serde_json::Deserializer::from_slice(body);
    json.deserialize_seq(&mut keys)
        .map_err(|_| "rows must be objects (structs or maps)".to_owned())?;
    Ok(keys.seen)
}

#[derive(Default)]
struct Keys {
    seen: Vec<String>,
}

impl<'de> Visitor<'de> for &mut Keys {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while rows.next_element_seed(RowKeys(&mut *self))?.is_some() {}
        Ok(())
    }
}

struct RowKeys<'a>(&'a mut Keys);

impl<'de> serde::de::DeserializeSeed<'de> for RowKeys<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, row: D) -> Result<(), D::Error> {
        row.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RowKeys<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut row: A) -> Result<(), A::Error> {
        while let Some((key, IgnoredAny)) = row.next_entry::<String, IgnoredAny>()? {
            if !self.0.seen.contains(&key) {
                self.0.seen.push(key);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
