//! Bodies and the keys of bulk rows.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use super::{to_json, to_row, to_rows};

#[derive(Serialize)]
struct Planet {
    id: i32,
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mass: Option<f64>,
}

fn columns(rows: &(impl Serialize + ?Sized)) -> String {
    to_rows(rows).unwrap().columns
}

#[test]
fn the_union_of_the_keys_is_listed_in_the_order_seen() {
    let earth = Planet {
        id: 3,
        name: "Earth",
        mass: None,
    };
    let mars = Planet {
        id: 4,
        name: "Mars",
        mass: Some(0.1),
    };
    assert_eq!(columns(&[earth, mars]), r#""id","name","mass""#);
    assert_eq!(
        columns(&json!([{"a": 1, "b": 2}, {"b": 3, "c": 4}])),
        r#""a","b","c""#
    );
    assert_eq!(
        columns(&json!([{"b": 1}, {"a": 2}, {"b": {"x": 1}}])),
        r#""b","a""#
    );
    assert_eq!(
        columns(&json!([{"q\"q": 1, "a,b": 2, "": 3}])),
        r#""","a,b","q\"q""#
    );
    assert_eq!(columns(&[BTreeMap::from([(1, "one")])]), r#""1""#);
    assert_eq!(columns(&json!([])), "");
    assert_eq!(columns(&json!([{}])), "");
    assert_eq!(columns(&json!({"a": [{"b": 1}]})), "");
}

#[test]
fn raw_rows_are_read() {
    let raw = serde_json::value::RawValue::from_string("{\"a\":1}".to_owned()).unwrap();
    assert_eq!(columns(&[&raw, &raw]), r#""a""#);
    let raw = serde_json::value::RawValue::from_string("1".to_owned()).unwrap();
    assert!(to_rows(&[&raw]).is_err());
}

#[test]
fn rows_that_are_no_objects_are_refused() {
    for bad in [
        json!(1),
        json!("a"),
        json!(null),
        json!([1]),
        json!([{"a": 1}, 2]),
        json!([[{"a": 1}]]),
        json!([null]),
    ] {
        assert!(to_rows(&bad).is_err(), "{bad}");
    }
    assert!(to_row(&json!([{"a": 1}])).is_err());
    assert!(to_row(&json!({"a": 1})).is_ok());
}

#[test]
fn nan_is_refused_and_null_is_not() {
    let rows = [Planet {
        id: 1,
        name: "x",
        mass: Some(f64::NAN),
    }];
    assert!(to_rows(&rows).unwrap_err().contains("NaN"));
    assert!(to_json(&[f32::INFINITY]).is_err());
    assert!(to_json(&(Some(1.5), None::<i32>, ())).is_ok());
    assert!(to_json(&json!({"a": null})).is_ok());
}

#[test]
fn the_body_is_what_serde_json_writes() {
    let value = json!([{"a\n": "x\"y\u{1}é", "b": [1, {"c": null}], "d": 1.5}, {"e": true}]);
    assert_eq!(
        to_rows(&value).unwrap().body,
        serde_json::to_vec(&value).unwrap()
    );
}
