//! Rows on their way into a body: serialised once, while the keys of bulk rows are noted.

use std::fmt;
use std::io::{self, Write};

use serde::Serialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

use crate::not_finite;
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
    serialize(value, &mut Notes::default())
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
    let mut notes = Notes::default();
    let body = serialize(value, &mut notes)?;
    match body.first() {
        Some(b'{') => {
            return Ok(Rows {
                body,
                columns: String::new(),
            });
        }
        Some(b'[') => {}
        _ => return Err("a row must be an object (a struct or a map)".to_owned()),
    }
    if notes.unsure {
        // Raw JSON or keys in pieces went by: read the keys from the text.
        notes.keys = keys_of(&body)?;
    } else if notes.rows != notes.elements {
        return Err("rows must be objects (structs or maps)".to_owned());
    }
    let mut columns = String::new();
    for key in &notes.keys {
        if !columns.is_empty() {
            columns.push(',');
        }
        push_quoted(&mut columns, key);
    }
    Ok(Rows { body, columns })
}

fn serialize<T: Serialize + ?Sized>(value: &T, notes: &mut Notes) -> Result<Vec<u8>, String> {
    let mut body = Vec::with_capacity(128);
    let mut serializer = serde_json::Serializer::with_formatter(&mut body, &mut *notes);
    value
        .serialize(&mut serializer)
        .map_err(|why| format!("the value cannot be serialised: {why}"))?;
    // A null may stand for NaN; only then is a second look worth its time.
    if notes.null {
        not_finite::check(value)?;
    }
    Ok(body)
}

/// What is noted while compact JSON is written: nulls, and the keys of the rows of an array.
#[derive(Default)]
struct Notes {
    /// Open arrays and objects.
    depth: usize,
    elements: usize,
    rows: usize,
    keys: Vec<String>,
    /// Whether the key of a row is being written, and how many pieces of it were.
    key_pieces: Option<usize>,
    /// The place of the next key, if this row has the keys of the one before.
    place: usize,
    null: bool,
    unsure: bool,
}

impl Notes {
    #[inline]
    fn note_key(&mut self, key: &str) {
        // Rows mostly repeat the keys of the first one in the same order.
        match self.keys.get(self.place) {
            Some(known) if known == key => self.place += 1,
            _ => self.note_other_key(key),
        }
    }

    #[cold]
    fn note_other_key(&mut self, key: &str) {
        match self.keys.iter().position(|known| known == key) {
            Some(place) => self.place = place + 1,
            None => {
                self.keys.push(key.to_owned());
                self.place = self.keys.len();
            }
        }
    }
}

impl Formatter for &mut Notes {
    #[inline]
    fn write_null<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.null = true;
        CompactFormatter.write_null(writer)
    }

    #[inline]
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        CompactFormatter.begin_array(writer)
    }

    #[inline]
    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        CompactFormatter.end_array(writer)
    }

    #[inline]
    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.elements += usize::from(self.depth == 1);
        CompactFormatter.begin_array_value(writer, first)
    }

    #[inline]
    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.depth == 1 {
            self.rows += 1;
            self.place = 0;
        }
        self.depth += 1;
        CompactFormatter.begin_object(writer)
    }

    #[inline]
    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        CompactFormatter.end_object(writer)
    }

    #[inline]
    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if self.depth == 2 {
            self.key_pieces = Some(0);
        }
        CompactFormatter.begin_object_key(writer, first)
    }

    #[inline]
    fn end_object_key<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if let Some(pieces) = self.key_pieces.take() {
            self.unsure |= pieces != 1;
        }
        CompactFormatter.end_object_key(writer)
    }

    #[inline]
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        text: &str,
    ) -> io::Result<()> {
        if let Some(pieces) = &mut self.key_pieces {
            *pieces += 1;
            self.note_key(text);
        }
        writer.write_all(text.as_bytes())
    }

    #[inline]
    fn write_char_escape<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        if let Some(pieces) = &mut self.key_pieces {
            *pieces += 2;
        }
        CompactFormatter.write_char_escape(writer, escape)
    }

    #[inline]
    fn write_raw_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        text: &str,
    ) -> io::Result<()> {
        self.unsure |= self.depth <= 1;
        CompactFormatter.write_raw_fragment(writer, text)
    }
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
