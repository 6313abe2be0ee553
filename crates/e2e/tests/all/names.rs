//! Names of columns, tables and keys that mean something in a query, or need quotes.

use serde_json::{Map, Value, json};
use supabase::postgrest::{Column, Count, Relation, all, any, col};

use crate::support::{Id, rows, sorted, world};

/// The columns of `odd_names`.
const COLUMNS: [&str; 49] = [
    "a b",
    "a-b",
    "a--b",
    "a.b",
    "a,b",
    "a(b)",
    "a:b",
    "a::b",
    "a\"b",
    "a\\b",
    "a->b",
    "a->>b",
    "a&b=c",
    "a+b",
    "a%b",
    "a%20b",
    "a'b",
    "a/b",
    "a?b",
    "a$b",
    "a#b",
    "a*b",
    "a!b",
    " pad ",
    "Mixed",
    "ünï",
    "表",
    "1st",
    "😀",
    "...",
    "order",
    "limit",
    "offset",
    "select",
    "columns",
    "on_conflict",
    "and",
    "or",
    "not",
    "apikey",
    "count",
    "in",
    "eq",
    "is",
    "null",
    "left",
    "inner",
    "any",
    "all",
];

/// The name as it stands in a text of columns: always in quotes.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Row 1 holds `A:<column>` in each column, row 2 `B:<column>`, row 3 nothing.
fn odd_row(id: i32, mark: &str) -> Value {
    let mut row: Map<String, Value> =
        COLUMNS.iter().map(|name| ((*name).to_owned(), json!(format!("{mark}:{name}")))).collect();
    row.insert("id".into(), json!(id));
    Value::Object(row)
}

#[tokio::test]
async fn odd_columns_work_everywhere() {
    let w = world!(fresh);
    let table = w.admin.from("odd_names");
    table.insert(&[odd_row(1, "A"), odd_row(2, "B"), json!({ "id": 3 })]).await.unwrap();
    let whole: Vec<Value> = rows(table.select("*").order("id").limit(2)).await;
    assert_eq!(whole, [odd_row(1, "A"), odd_row(2, "B")]);

    for name in COLUMNS {
        let column = || Column::exact(name);
        let (a, b) = (format!("A:{name}"), format!("B:{name}"));
        let find = || table.select::<Id>("id");
        assert_eq!(sorted(find().eq(column(), &a)).await, [1], "{name:?}");
        assert_eq!(sorted(find().in_(column(), [&b, "x"])).await, [2], "{name:?}");
        assert_eq!(sorted(find().filter(column().is_null())).await, [3], "{name:?}");
        let tree = any([column().eq(&b), all([column().like("A:%"), col("id").gt(5)])]);
        assert_eq!(sorted(find().filter(tree)).await, [2], "{name:?}");
        let ordered = find().order(column().desc().nulls_last()).limit(1);
        assert_eq!(sorted(ordered).await, [2], "{name:?}");

        let selected: Value = table.select(quoted(name)).eq("id", 1).single().await.unwrap();
        assert_eq!(selected, json!({ name: a }), "{name:?}");
        let aliased: Value =
            table.select(format!("{}:id, x:{}", quoted(name), quoted(name))).eq("id", 1).single().await.unwrap();
        if name != "x" {
            assert_eq!(aliased, json!({ name: 1, "x": a }), "{name:?}");
        }
        let cast: Value = table.select(format!("x:{}::text", quoted(name))).eq(column(), &b).single().await.unwrap();
        assert_eq!(cast, json!({ "x": b }), "{name:?}");

        let changed = table
            .update(&json!({ name: "C" }))
            .eq(column(), &a)
            .select::<Value>(format!("id, x:{}", quoted(name)))
            .await;
        assert_eq!(changed.unwrap(), [json!({ "id": 1, "x": "C" })], "{name:?}");
    }
}

#[tokio::test]
async fn odd_columns_as_plain_text() {
    let w = world!(fresh);
    let table = w.admin.from("odd_names");
    table.insert(&[odd_row(1, "A"), odd_row(2, "B")]).await.unwrap();
    // Names without a sign that a path gives a meaning to need no `exact`.
    for name in [
        "a b",
        "a-b",
        "a$b",
        "Mixed",
        "ünï",
        "1st",
        "order",
        "limit",
        "offset",
        "select",
        "columns",
        "on_conflict",
        "and",
        "or",
        "not",
        "apikey",
        "count",
        "in",
        "eq",
        "is",
        "null",
        "left",
        "inner",
        "any",
        "all",
    ] {
        let value = format!("B:{name}");
        assert_eq!(sorted(table.select("id").eq(name, &value)).await, [2], "{name:?}");
        assert_eq!(
            sorted(table.select("id").filter(any([col(name).eq(&value), col("id").eq(0)]))).await,
            [2],
            "{name:?}"
        );
        assert_eq!(sorted(table.select("id").order(col(name).desc()).limit(1)).await, [2], "{name:?}");
    }
    // And quotes do as everywhere in PostgREST.
    assert_eq!(sorted(table.select("id").eq("\"a.b\"", "A:a.b")).await, [1]);
    assert_eq!(sorted(table.select("id").eq("\"a\\\"b\"", "A:a\"b")).await, [1]);
}

#[tokio::test]
async fn odd_columns_as_keys_of_an_upsert() {
    let w = world!(fresh);
    let table = w.admin.from("odd_names");
    table.insert(&odd_row(1, "A")).await.unwrap();
    for name in ["a b", "a.b", "a\"b", "order", "a,b", "表"] {
        let key = format!("A:{name}");
        let row = [json!({ "id": 1, name: key, "a#b": format!("by {name}") })];
        let back: Value =
            table.upsert(&row).on_conflict([Column::exact(name)]).select("x:\"a#b\"").single().await.unwrap();
        assert_eq!(back, json!({ "x": format!("by {name}") }));
    }
    assert_eq!(table.count(Count::Exact).await.unwrap(), 1);
}

#[tokio::test]
async fn odd_tables() {
    let w = world!(shared);
    for (name, v) in [
        ("odd table", "blank"),
        ("odd.table", "dot"),
        ("odd\"table", "quote"),
        ("odd/table", "slash"),
        ("odd+table%", "plus percent"),
        ("tabel 表", "unicode"),
    ] {
        let row: Value = w.anon.from(Relation::exact(name)).select("v").single().await.unwrap();
        assert_eq!(row, json!({ "v": v }), "{name:?}");
        assert_eq!(w.anon.from(Relation::exact(name)).count(Count::Exact).await.unwrap(), 1);
    }
    let plain: Value = w.anon.from("tabel 表").select("v").single().await.unwrap();
    assert_eq!(plain, json!({ "v": "unicode" }));
    let embedded: Value =
        w.anon.from("tabel 表").select(r#"v, "odd table"(v)"#).eq("\"odd table\".id", 1).single().await.unwrap();
    assert_eq!(embedded, json!({ "v": "unicode", "odd table": { "v": "blank" } }));
    let back: Value = w.anon.from("odd table").select(r#"v, t:"tabel 表"(v)"#).single().await.unwrap();
    assert_eq!(back, json!({ "v": "blank", "t": [{ "v": "unicode" }] }));
}

#[tokio::test]
async fn odd_keys_in_json() {
    let w = world!(fresh);
    let keys = [
        "", " ", "a b", "a.b", "a,b", "a(b)", "a:b", "a\"b", "a\\b", "a->b", "a->>b", "a-b", "-1", "1", "a>b", "a%b",
        "a+b", "a&b", "表", "'", "null", "*", "{a}", "::",
    ];
    let batch: Vec<Value> = (1..)
        .zip(keys)
        .map(|(id, key)| json!({ "id": id, "v": "", "arr": [], "j": { key: { "deep": "x" }, "other": 1 } }))
        .collect();
    w.admin.from("batches").insert(&batch).await.unwrap();
    let find = || w.admin.from("batches").select::<Id>("id");
    for (id, key) in (1..).zip(keys) {
        let deep = || col("j").json(key).json_text("deep");
        assert_eq!(sorted(find().eq(deep(), "x")).await, [id], "{key:?}");
        assert_eq!(sorted(find().filter(any([deep().eq("x"), col("id").eq(0)]))).await, [id], "{key:?}");
        assert_eq!(sorted(find().order(deep().asc().nulls_last()).limit(1)).await, [id], "{key:?}");
        let column = deep().to_string();
        let selected: Value =
            w.admin.from("batches").select(format!("x:{column}")).eq("id", id).single().await.unwrap();
        assert_eq!(selected, json!({ "x": "x" }), "{key:?}");
    }
}
