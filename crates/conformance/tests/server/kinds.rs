//! Every kind of column, as it was recorded, into the types that keep all of it; and what a type that does not says.
#![allow(
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "a test that cannot go on fails; queries are made in place"
)]

use postgrest_rs::query::verb::Ready;
use postgrest_rs::query::{Query, shape::Shape};
use postgrest_rs::{ErrorKind, Numeric, PostgrestClient};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Recorded, recorded};

fn exchange(name: &str) -> Recorded {
    let found = recorded().into_iter().find(|recorded| recorded.name == name);
    found.unwrap_or_else(|| panic!("no exchange {name}"))
}

/// What a query makes of a recorded answer.
fn read<V: Ready, R: Shape>(
    name: &str,
    query: Query<V, R>,
) -> Result<R::Output, postgrest_rs::Error> {
    let recorded = exchange(name);
    let (Some(parts), Some(body)) = (recorded.response.parts(), recorded.response.bytes()) else {
        panic!("{name} has no answer")
    };
    query.decode(&parts, body)
}

fn db() -> PostgrestClient {
    conformance::probe::client().unwrap_or_else(|why| panic!("{why}"))
}

#[derive(Debug, Deserialize, PartialEq)]
struct Point {
    x: Option<i32>,
    y: Option<String>,
}

/// A column each of the table `kinds`.
#[derive(Debug, Deserialize)]
struct Kind {
    i8: i64,
    num: Numeric,
    f8: f64,
    b: bool,
    d: String,
    ts: String,
    tstz: String,
    by: String,
    m: String,
    r: String,
    tr: String,
    ta: Vec<Option<String>>,
    ia2: Vec<Vec<i32>>,
    j: Value,
    jj: Value,
    c: Option<Point>,
    iv: String,
    ip: String,
}

#[test]
fn every_kind_keeps_all_of_it() {
    let kinds: Vec<Kind> =
        read("select.star", db().from("kinds").select("*")).unwrap_or_else(|why| panic!("{why}"));
    let kind = &kinds[0];
    assert_eq!(
        (kind.i8, kind.num.as_str(), kind.f8),
        (i64::MAX, "12345678901234567890.123456789", 1.5)
    );
    assert_eq!(
        (kind.b, kind.d.as_str(), kind.ts.as_str()),
        (true, "2024-02-29", "2024-02-29T12:34:56.789")
    );
    assert_eq!(
        (kind.tstz.as_str(), kind.by.as_str()),
        ("2024-02-29T12:34:56+00:00", "\\xdeadbeef")
    );
    assert_eq!(
        (kind.m.as_str(), kind.r.as_str(), kind.iv.as_str()),
        ("ok", "[1,10)", "1 day 02:03:04")
    );
    assert_eq!(kind.tr, "[\"2024-01-01 00:00:00\",\"2024-02-01 00:00:00\")");
    assert_eq!(kind.ta, [Some("a".to_owned()), Some("b".to_owned())]);
    assert_eq!(kind.ia2, [[1, 2], [3, 4]]);
    assert_eq!(
        (&kind.j["q\"r"], &kind.j["o"]["p"][1]["q"], &kind.jj["a"]),
        (&json!("quote"), &json!("z"), &Value::Null)
    );
    assert_eq!(kind.c, Some(Point { x: Some(1), y: Some("two, three".to_owned()) }));
    assert_eq!(kind.ip, "10.0.0.1");
}

#[test]
fn what_functions_return_keeps_all_of_it() {
    let db = db();
    let bigint: i64 = read("rpc.bigint", db.rpc("f", ())).unwrap_or_default();
    assert_eq!(bigint, i64::MAX);
    let numeric: Numeric =
        read("rpc.numeric", db.rpc("f", ())).unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(numeric.as_str(), "12345678901234567890.123456789");
    let numbers: Vec<i32> = read("rpc.array", db.rpc("f", ())).unwrap_or_default();
    assert_eq!(numbers, [1, 2, 3]);
    let set: Vec<i32> = read("rpc.setof-scalar", db.rpc("f", ())).unwrap_or_default();
    assert_eq!(set, [1, 2, 3]);
    let point: Option<Point> = read("rpc.composite", db.rpc("f", ())).unwrap_or_default();
    assert_eq!(point, Some(Point { x: Some(1), y: Some("two".to_owned()) }));
    let texts: Vec<Option<String>> = read("rpc.array-arg", db.rpc("f", ())).unwrap_or_default();
    assert_eq!(texts.len(), 5);
    assert_eq!(
        (texts[2].as_deref(), &texts[3], texts[4].as_deref()),
        (Some("q\"q"), &None, Some(""))
    );
    for name in ["rpc.void", "rpc.void-no-body", "rpc.void-return-minimal"] {
        assert!(read(name, db.rpc::<()>("f", ())).is_ok(), "{name}");
        assert!(matches!(read(name, db.rpc::<Option<i32>>("f", ())), Ok(None)), "{name}");
        // What is no nothing is an error that keeps the status.
        let error = read(name, db.rpc::<i32>("f", ())).err().unwrap_or_else(|| panic!("{name}"));
        assert_eq!(
            (error.kind(), error.status().map(|s| s.as_u16())),
            (ErrorKind::Decode, Some(204))
        );
    }
    assert!(read("rpc.void-object-accept", db.rpc::<()>("f", ()).single()).is_ok());
}

/// The row, the path and the type are named, the status is kept, and no value is shown.
#[test]
fn a_type_that_cannot_hold_a_value_is_named_with_its_place() {
    fn said<T: serde::de::DeserializeOwned + std::fmt::Debug>(columns: &str) -> String {
        let error = read("select.star", db().from("kinds").select::<T>(columns)).err();
        let error = error.unwrap_or_else(|| panic!("{columns} was taken"));
        assert_eq!(
            (error.kind(), error.status().map(|s| s.as_u16())),
            (ErrorKind::Decode, Some(200))
        );
        let said = error.to_string();
        assert!(!said.contains("9223372036854775807") || columns == "i8", "{said}");
        assert!(!said.contains("deadbeef") && !said.contains("two, three"), "{said}");
        said
    }
    macro_rules! holds {
        ($field:ident: $type:ty) => {{
            #[derive(Debug, Deserialize)]
            struct Row {
                #[allow(dead_code, reason = "only read")]
                $field: $type,
            }
            let said = said::<Row>(stringify!($field));
            let place = concat!("in row 0 at `", stringify!($field));
            assert!(said.contains("Vec<Row>") && said.contains(place), "{said}");
        }};
    }
    holds!(i8: i32);
    holds!(num: i64);
    holds!(f8: i32);
    holds!(b: String);
    holds!(tstz: i64);
    holds!(by: Vec<u8>);
    holds!(r: Vec<i32>);
    holds!(ta: Vec<i32>);
    holds!(ia2: Vec<i32>);
    holds!(c: String);
    holds!(iv: f64);
    #[derive(Debug, Deserialize)]
    struct Row {
        #[allow(dead_code, reason = "only read")]
        absent: i32,
    }
    let said = said::<Row>("id");
    assert!(said.contains("no Vec<Row> in row 0: missing field `absent`"), "{said}");
}
