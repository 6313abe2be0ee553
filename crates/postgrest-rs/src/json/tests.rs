//! The same bytes as `serde_json`, for everything that serde knows.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::write;

fn same(value: &(impl Serialize + ?Sized)) {
    let ours = String::from_utf8(write(value).unwrap().body).unwrap();
    assert_eq!(ours, serde_json::to_string(value).unwrap());
}

#[derive(Serialize)]
struct Unit;

#[derive(Serialize)]
struct New(i32);

#[derive(Serialize)]
struct Pair(i32, &'static str);

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Unit,
    New(i32),
    Tuple(i32, bool),
    Struct { a: i32, b: Option<char> },
}

#[derive(Serialize)]
struct Bytes<'a>(#[serde(serialize_with = "as_bytes")] &'a [u8]);

fn as_bytes<S: serde::Serializer>(bytes: &&[u8], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_bytes(bytes)
}

#[derive(Serialize)]
struct Flat {
    a: i32,
    #[serde(flatten)]
    rest: BTreeMap<&'static str, f64>,
}

#[test]
fn every_kind_of_value_is_written_alike() {
    same(&(true, 1_i8, 2_i16, 3_i32, 4_i64, i128::MIN));
    same(&(1_u8, 2_u16, 3_u32, u64::MAX, u128::MAX));
    same(&(0.1_f32, 1e300, -0.0, 1.0, 'é', '"', "text"));
    same(&(Some(1), None::<i32>, (), Unit, New(1), Pair(1, "x")));
    same(&Bytes(&[1, 2, 255]));
    same(&[
        Kind::Unit,
        Kind::New(1),
        Kind::Tuple(1, false),
        Kind::Struct { a: 1, b: Some('b') },
    ]);
    same(&[Flat {
        a: 1,
        rest: BTreeMap::from([("b", 1.5), ("c", 2.0)]),
    }]);
    same(&Vec::<i32>::new());
    same(&json!({}));
}

#[test]
fn keys_of_maps_are_written_alike() {
    same(&BTreeMap::from([(1_u8, 2), (3, 4)]));
    same(&BTreeMap::from([(-1_i128, 2)]));
    same(&BTreeMap::from([(true, 1)]));
    same(&BTreeMap::from([('"', 1)]));
    same(&BTreeMap::from([(Kind::Unit, 1)]));
    same(&BTreeMap::from([("a\"b\n", 1)]));
    for error in [
        write(&BTreeMap::from([((), 1)])).unwrap_err(),
        write(&BTreeMap::from([([1], 1)])).unwrap_err(),
        write(&BTreeMap::from([(Kind::New(1), 1)])).unwrap_err(),
    ] {
        assert!(error.0.contains("must be a string"), "{error}");
    }
}

#[test]
fn finished_json_is_written_as_it_is() {
    let raw = RawValue::from_string("{\"a\" : 1.10}".to_owned()).unwrap();
    same(&raw);
    same(&[&raw]);
    same(&BTreeMap::from([("a", &raw)]));
}

#[test]
fn every_byte_is_escaped_alike_at_every_place() {
    for code in (0..0x100).chain([0x2028, 0xffff, 0x1_f600]) {
        let Some(c) = char::from_u32(code) else {
            continue;
        };
        for before in 0..10 {
            same(&format!("{}{c}{}", "x".repeat(before), "é".repeat(5)));
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_written_alike(text in ".{0,40}", numbers: Vec<(i64, f64, f32)>) {
        same(&text);
        prop_assume!(numbers.iter().all(|(_, a, b)| a.is_finite() && b.is_finite()));
        same(&numbers);
    }
}
