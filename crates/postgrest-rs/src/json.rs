//! JSON as `serde_json` writes it, byte for byte, while the keys of bulk rows are noted and NaN is refused.
//!
//! `serde_json` writes null for NaN, which a database would take as one, and would have to be asked for the keys in a
//! second pass. One pass of our own does both, and is quicker: texts are looked at eight bytes at a time.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::ser::{self, Serialize, Serializer};

/// How names of `serde_json`'s own types begin: raw JSON, and numbers of any precision. They hold finished JSON.
const FINISHED: &str = "$serde_json::private::";

/// Why a value has no JSON.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl ser::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(format!("the value cannot be serialised: {message}"))
    }
}

/// JSON, and what was noted while it was written: the rows of an array and the union of their keys.
#[derive(Debug, Default)]
pub(crate) struct Json {
    pub(crate) body: Vec<u8>,
    /// Elements of the outermost array.
    pub(crate) elements: usize,
    /// Those of them that are objects.
    pub(crate) rows: usize,
    /// In the order in which they were first seen.
    pub(crate) keys: Vec<Cow<'static, str>>,
    /// Whether rows or keys went by that could not be noted.
    pub(crate) unsure: bool,
}

/// Writes a value.
pub(crate) fn write<T: Serialize + ?Sized>(value: &T) -> Result<Json, Failure> {
    let mut json = Json {
        body: Vec::with_capacity(128),
        ..Json::default()
    };
    value.serialize(Writer::<Top>::new(&mut json))?;
    Ok(json)
}

impl Json {
    /// Notes a key of a row; `place` is where it stands if this row has the keys of the one before.
    #[inline]
    fn note(&mut self, key: &'static str, place: &mut usize) {
        match self.keys.get(*place) {
            // Rows of one type have the very same names.
            Some(Cow::Borrowed(known)) if std::ptr::eq(*known, key) => *place += 1,
            _ => self.note_text(key, place, || Cow::Borrowed(key)),
        }
    }

    fn note_text(
        &mut self,
        key: &str,
        place: &mut usize,
        keep: impl FnOnce() -> Cow<'static, str>,
    ) {
        let repeated = self.keys.get(*place).is_some_and(|known| known == key);
        if !repeated {
            let seen = self.keys.iter().position(|known| known == key);
            *place = seen.unwrap_or(self.keys.len());
            if seen.is_none() {
                self.keys.push(keep());
            }
        }
        *place += 1;
    }

    /// Notes the key that was just written, in quotes, from `start` on.
    fn note_written(&mut self, start: usize, place: &mut usize) {
        let written = std::mem::take(&mut self.body);
        let key = written
            .get(start..)
            .and_then(|key| key.strip_prefix(b"\"")?.strip_suffix(b"\""))
            .filter(|key| !key.contains(&b'\\'))
            .and_then(|key| std::str::from_utf8(key).ok());
        match key {
            Some(key) => self.note_text(key, place, || Cow::Owned(key.to_owned())),
            None => self.unsure = true,
        }
        self.body = written;
    }

    /// Adds text in quotes.
    #[inline]
    fn push_text(&mut self, text: &str) {
        let out = &mut self.body;
        out.reserve(text.len() + 2);
        out.push(b'"');
        let mut rest = text.as_bytes();
        while let Some(at) = first_escaped(rest) {
            let (plain, tail) = rest.split_at(at);
            out.extend_from_slice(plain);
            let Some((byte, tail)) = tail.split_first() else {
                break;
            };
            push_escape(out, *byte);
            rest = tail;
        }
        out.extend_from_slice(rest);
        out.push(b'"');
    }
}

fn is_escaped(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// The place of the first byte that cannot stand for itself.
#[inline]
fn first_escaped(text: &[u8]) -> Option<usize> {
    let clean = |bytes: &[u8; 8]| !may_escape(u64::from_le_bytes(*bytes));
    // The last word may overlap the one before; texts shorter than a word are looked at byte by byte.
    if let Some(last) = text.last_chunk::<8>() {
        let mut words = text.chunks_exact(8);
        if words.all(|word| word.try_into().is_ok_and(clean)) && clean(last) {
            return None;
        }
    }
    text.iter().position(|byte| is_escaped(*byte))
}

/// Whether one of eight bytes is below a blank, a quote or a backslash; seldom true without reason, never false with one.
#[inline]
fn may_escape(word: u64) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word;
    let quote = below(word ^ (ONES * 0x22), 1);
    let backslash = below(word ^ (ONES * 0x5c), 1);
    (below(word, 0x20) | quote | backslash) & HIGH != 0
}

fn push_escape(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' => b'"',
        b'\\' => b'\\',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        _ => {
            let digit = |nibble: u8| nibble + if nibble < 10 { b'0' } else { b'a' - 10 };
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Where a value stands.
pub(crate) trait Role {
    /// The elements of an array at such a place.
    type Element: Role;
    /// The value itself.
    const TOP: bool = false;
    /// An element of the outermost array.
    const ROW: bool = false;
    /// The key of a map.
    const KEY: bool = false;
    /// Finished JSON.
    const RAW: bool = false;
}

macro_rules! roles {
    ($($role:ident $element:ident $($constant:ident)?;)*) => {$(
        pub(crate) enum $role {}
        impl Role for $role {
            type Element = $element;
            $(const $constant: bool = true;)?
        }
    )*};
}
roles! {
    Top Row TOP;
    Row Inner ROW;
    Inner Inner;
    Key Inner KEY;
    Raw Inner RAW;
}

/// Writes one value.
pub(crate) struct Writer<'a, R>(&'a mut Json, PhantomData<R>);

impl<'a, R: Role> Writer<'a, R> {
    #[inline]
    fn new(json: &'a mut Json) -> Self {
        Self(json, PhantomData)
    }

    #[inline]
    fn scalar<T: Serialize>(self, value: T) -> Result<(), Failure> {
        if R::KEY {
            self.0.body.push(b'"');
        }
        serde_json::to_writer(&mut self.0.body, &value).map_err(ser::Error::custom)?;
        if R::KEY {
            self.0.body.push(b'"');
        }
        Ok(())
    }

    #[inline]
    fn float<T: Serialize>(self, value: T, finite: bool) -> Result<(), Failure> {
        if finite {
            return self.scalar(value);
        }
        Err(Failure(
            "a number is NaN or infinite, which JSON cannot express".to_owned(),
        ))
    }

    #[inline]
    fn refuse_as_key(&self) -> Result<(), Failure> {
        if R::KEY {
            return Err(ser::Error::custom("a map's key must be a string"));
        }
        Ok(())
    }

    #[inline]
    fn array(self) -> Result<Compound<'a, R>, Failure> {
        self.refuse_as_key()?;
        self.0.body.push(b'[');
        Ok(Compound::new(self.0, b"]"))
    }

    #[inline]
    fn object(self) -> Result<Compound<'a, R>, Failure> {
        self.refuse_as_key()?;
        self.0.rows += usize::from(R::ROW);
        self.0.body.push(b'{');
        Ok(Compound::new(self.0, b"}"))
    }

    /// `{"variant":`
    #[inline]
    fn variant(self, name: &'static str) -> Result<&'a mut Json, Failure> {
        self.refuse_as_key()?;
        self.0.body.push(b'{');
        self.0.push_text(name);
        self.0.body.push(b':');
        if R::ROW {
            self.0.rows += 1;
            self.0.note(name, &mut 0);
        }
        Ok(self.0)
    }
}

macro_rules! scalars {
    ($($method:ident $type:ty;)*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<(), Failure> {
            self.scalar(value)
        }
    )*};
}

impl<'a, R: Role> Serializer for Writer<'a, R> {
    type Ok = ();
    type Error = Failure;
    type SerializeSeq = Compound<'a, R>;
    type SerializeTuple = Compound<'a, R>;
    type SerializeTupleStruct = Compound<'a, R>;
    type SerializeTupleVariant = Compound<'a, Inner>;
    type SerializeMap = Compound<'a, R>;
    type SerializeStruct = Compound<'a, R>;
    type SerializeStructVariant = Compound<'a, Inner>;

    scalars! {
        serialize_bool bool;
        serialize_i8 i8;
        serialize_i16 i16;
        serialize_i32 i32;
        serialize_i64 i64;
        serialize_i128 i128;
        serialize_u8 u8;
        serialize_u16 u16;
        serialize_u32 u32;
        serialize_u64 u64;
        serialize_u128 u128;
    }

    #[inline]
    fn serialize_f32(self, value: f32) -> Result<(), Failure> {
        self.float(value, value.is_finite())
    }

    #[inline]
    fn serialize_f64(self, value: f64) -> Result<(), Failure> {
        self.float(value, value.is_finite())
    }

    fn serialize_char(self, value: char) -> Result<(), Failure> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, text: &str) -> Result<(), Failure> {
        if R::RAW {
            self.0.body.extend_from_slice(text.as_bytes());
        } else {
            self.0.push_text(text);
        }
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Failure> {
        self.refuse_as_key()?;
        // Numbers are no rows.
        self.0.unsure |= R::TOP;
        serde_json::to_writer(&mut self.0.body, bytes).map_err(ser::Error::custom)
    }

    #[inline]
    fn serialize_none(self) -> Result<(), Failure> {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Failure> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_unit(self) -> Result<(), Failure> {
        self.refuse_as_key()?;
        self.0.body.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Failure> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Failure> {
        self.serialize_str(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Failure> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Failure> {
        let json = self.variant(variant)?;
        value.serialize(Writer::<Inner>::new(json))?;
        json.body.push(b'}');
        Ok(())
    }

    #[inline]
    fn serialize_seq(self, _: Option<usize>) -> Result<Compound<'a, R>, Failure> {
        self.array()
    }

    #[inline]
    fn serialize_tuple(self, _: usize) -> Result<Compound<'a, R>, Failure> {
        self.array()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Compound<'a, R>, Failure> {
        self.array()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'a, Inner>, Failure> {
        let json = self.variant(variant)?;
        json.body.push(b'[');
        Ok(Compound::new(json, b"]}"))
    }

    #[inline]
    fn serialize_map(self, _: Option<usize>) -> Result<Compound<'a, R>, Failure> {
        self.object()
    }

    #[inline]
    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Compound<'a, R>, Failure> {
        if name.starts_with(FINISHED) {
            self.0.unsure |= R::TOP || R::ROW;
            let mut compound = Compound::new(self.0, b"");
            compound.finished = true;
            return Ok(compound);
        }
        self.object()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'a, Inner>, Failure> {
        let json = self.variant(variant)?;
        json.body.push(b'{');
        Ok(Compound::new(json, b"}}"))
    }
}

/// An array or object under way.
pub(crate) struct Compound<'a, R> {
    json: &'a mut Json,
    first: bool,
    /// Holds JSON that is finished.
    finished: bool,
    /// The place of the next key.
    place: usize,
    end: &'static [u8],
    role: PhantomData<R>,
}

impl<'a, R: Role> Compound<'a, R> {
    #[inline]
    fn new(json: &'a mut Json, end: &'static [u8]) -> Self {
        Self {
            json,
            first: true,
            finished: false,
            place: 0,
            end,
            role: PhantomData,
        }
    }

    #[inline]
    fn separate(&mut self) {
        if !std::mem::take(&mut self.first) {
            self.json.body.push(b',');
        }
    }

    #[inline]
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        self.separate();
        self.json.elements += usize::from(R::TOP);
        value.serialize(Writer::<R::Element>::new(self.json))
    }

    #[inline]
    fn field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Failure> {
        if self.finished {
            return value.serialize(Writer::<Raw>::new(self.json));
        }
        self.separate();
        self.json.push_text(key);
        self.json.body.push(b':');
        if R::ROW {
            self.json.note(key, &mut self.place);
        }
        value.serialize(Writer::<Inner>::new(self.json))
    }

    #[inline]
    fn finish(self) {
        self.json.body.extend_from_slice(self.end);
    }
}

macro_rules! arrays {
    ($($trait:ident $method:ident;)*) => {$(
        impl<R: Role> ser::$trait for Compound<'_, R> {
            type Ok = ();
            type Error = Failure;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
                self.element(value)
            }

            #[inline]
            fn end(self) -> Result<(), Failure> {
                self.finish();
                Ok(())
            }
        }
    )*};
}
arrays! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

macro_rules! structs {
    ($($trait:ident)*) => {$(
        impl<R: Role> ser::$trait for Compound<'_, R> {
            type Ok = ();
            type Error = Failure;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), Failure> {
                self.field(key, value)
            }

            #[inline]
            fn end(self) -> Result<(), Failure> {
                self.finish();
                Ok(())
            }
        }
    )*};
}
structs!(SerializeStruct SerializeStructVariant);

impl<R: Role> ser::SerializeMap for Compound<'_, R> {
    type Ok = ();
    type Error = Failure;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Failure> {
        self.separate();
        let start = self.json.body.len();
        key.serialize(Writer::<Key>::new(self.json))?;
        if R::ROW {
            self.json.note_written(start, &mut self.place);
        }
        Ok(())
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        self.json.body.push(b':');
        value.serialize(Writer::<Inner>::new(self.json))
    }

    #[inline]
    fn end(self) -> Result<(), Failure> {
        self.finish();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
