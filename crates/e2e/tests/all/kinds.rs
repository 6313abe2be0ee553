//! What each kind of column comes as, and which Rust types keep all of it.

use serde::Deserialize;
use serde_json::{Value, json};
use supabase::ErrorKind;
use supabase::postgrest::Numeric;

use crate::support::{World, rows, world};

async fn kinds(w: &World) {
    w.stack
        .execute(
            "create table public.kinds (
               id int primary key, big bigint, amount numeric, f float8, data bytea, at timestamptz, local timestamp,
               day date, span interval, during int4range, nested int[], state jsonb
             );
             insert into public.kinds values
               (1, 9223372036854775807, 123456789012345678901234567890.000100, 0.1, '\\xdeadbeef', '2024-02-29 12:34:56.789012+02',
                '2024-02-29 12:34:56', '2024-02-29', '1 day 02:03:04.5', '[1,10)', '{{1,2},{3,4}}', '{\"n\": 12345678901234567890.5}'),
               (2, -9223372036854775808, 'NaN', 'NaN', '', 'infinity', '-infinity', 'infinity', '-1 mon', 'empty', '{}', 'null'),
               (3, 9007199254740993, 'Infinity', '-Infinity', null, '0044-03-15 BC', null, null, null, '(,5]', '{null,1}', null),
               (4, null, 1e100, 1e300, null, null, null, null, null, null, null, null);
             grant all on public.kinds to anon, service_role;",
        )
        .await
        .unwrap();
    w.stack.reload_schema().await.unwrap();
}

#[tokio::test]
async fn every_kind_comes_as_the_docs_say() {
    let w = world!(fresh);
    kinds(&w).await;
    let columns = "big::text,f,data,at,local,day,span,during,nested,state";
    let found: Vec<Value> = rows(w.anon.from("kinds").select(columns).lte("id", 3).order("id")).await;
    assert_eq!(
        found[0],
        json!({
            "big": "9223372036854775807", "f": 0.1, "data": "\\xdeadbeef", "at": "2024-02-29T10:34:56.789012+00:00",
            "local": "2024-02-29T12:34:56", "day": "2024-02-29", "span": "1 day 02:03:04.5", "during": "[1,10)",
            "nested": [[1, 2], [3, 4]], "state": { "n": 12345678901234567890.5 }
        })
    );
    assert_eq!(
        found[1],
        json!({
            "big": "-9223372036854775808", "f": "NaN", "data": "\\x", "at": "infinity", "local": "-infinity",
            "day": "infinity", "span": "-1 mons", "during": "empty", "nested": [], "state": null
        })
    );
    assert_eq!((&found[2]["f"], &found[2]["nested"]), (&json!("-Infinity"), &json!([null, 1])));
    assert_eq!((&found[2]["at"], &found[2]["during"]), (&json!("0044-03-15T00:00:00+00:00 BC"), &json!("(,6)")));
}

#[tokio::test]
async fn integers_and_numerics_keep_every_digit() {
    #[derive(Debug, Deserialize)]
    struct Kind {
        id: i32,
        big: Option<i64>,
        amount: Numeric,
        #[serde(rename = "text")]
        cast: Numeric,
    }
    let w = world!(fresh);
    kinds(&w).await;
    let columns = "id, big, amount, text:amount::text";
    let found: Vec<Kind> = rows(w.anon.from("kinds").select(columns).order("id")).await;
    let expected = [
        (1, Some(i64::MAX), "123456789012345678901234567890.000100"),
        (2, Some(i64::MIN), "NaN"),
        (3, Some(9_007_199_254_740_993), "Infinity"),
        (4, None, &format!("1{}", "0".repeat(100))),
    ];
    for (kind, (id, big, amount)) in found.iter().zip(expected) {
        assert_eq!((kind.id, kind.big), (id, big));
        assert_eq!((kind.amount.as_str(), kind.cast.as_str()), (amount, amount));
        let same: Vec<Value> = rows(w.anon.from("kinds").select("id").eq("amount", &kind.amount)).await;
        assert_eq!(same, [json!({ "id": id })]);
    }
    // In a `Value` only some 16 digits are left.
    let value: Value = w.anon.from("kinds").select("amount").eq("id", 1).single().await.unwrap();
    assert_eq!(value["amount"].as_f64(), Some(1.234_567_890_123_456_8e29));

    let more: Numeric = "-0.00000000000000000000000000000000000001".parse().unwrap();
    let made: Kind =
        w.admin.from("kinds").insert(&json!({ "id": 5, "amount": more })).select(columns).single().await.unwrap();
    assert_eq!((made.amount, made.cast), (more.clone(), more));
    let streamed = w.anon.from("kinds").select::<Kind>(columns).eq("id", 1).stream().next().await;
    assert_eq!(streamed.unwrap().unwrap().amount.as_str(), expected[0].2);
}

#[tokio::test]
async fn types_that_cannot_hold_a_value_say_where() {
    #[derive(Debug, Deserialize)]
    struct Float {
        #[allow(dead_code)]
        f: f64,
    }
    let w = world!(fresh);
    kinds(&w).await;
    let query = w.anon.from("kinds").select::<Float>("f").order("id");
    let error = query.clone().await.unwrap_err();
    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Decode, 200));
    assert!(error.message().contains("in row 1 at `[1].f`") || error.message().contains("in row 1 at `f`"), "{error}");
    let mut stream = query.clone().stream();
    assert!((stream.try_next().await.unwrap().unwrap().f - 0.1).abs() < 1e-12);
    assert!(stream.try_next().await.unwrap_err().message().contains("in row 1 at `f`"));
    let mut paged = query.rows();
    paged.try_next().await.unwrap();
    assert!(paged.try_next().await.unwrap_err().message().contains("in row 1 at `f`"));
}
