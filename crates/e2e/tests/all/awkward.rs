//! Each operator finds exactly the row that holds an awkward text, among decoys that a wrong reading would find.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use supabase::postgrest::{Column, Literal, SelectQuery, all, any, col, escape_like, escape_regex};

use crate::support::{Id, World, sorted, world};

pub(crate) const TEXTS: [&str; 84] = [
    // Separators and brackets.
    "a,b",
    ",",
    ",a",
    "a,",
    "a,,b",
    "(",
    ")",
    "(a)",
    "a)b",
    "a),id.eq.1,(b",
    "{",
    "}",
    "{a}",
    "{a,b}",
    "{}",
    "[1,2)",
    "a}b",
    "[",
    "]",
    // Quotes and backslashes.
    "\"",
    "\"\"",
    "\"a\"",
    "a\"b",
    "a\",\"b",
    "\"a\",b",
    "'",
    "a'b",
    "''",
    "\\",
    "\\\\",
    "a\\b",
    "a\\",
    "\\\"",
    "a\\\"b",
    "\\,",
    "\\n",
    "$$",
    "`",
    // Blanks and line ends.
    " ",
    "  ",
    " a",
    "a ",
    " a b ",
    "\t",
    "a\tb",
    "\n",
    "a\nb",
    "a\r\nb",
    "\u{a0}a",
    "\u{2003}",
    "\u{feff}a",
    // Nothing, and words with a meaning.
    "",
    "null",
    "NULL",
    "true",
    "not.null",
    "eq.a",
    "is.null",
    "in.(a,b)",
    "not.eq.a",
    "and(a,b)",
    "or=(a.eq.1)",
    "a.b",
    "*.count()",
    // Numbers and JSON.
    "1",
    "01",
    "1e2",
    "-1",
    "{\"a\":\"b\"}",
    "[\"a\"]",
    "a->>b",
    "a::text",
    // Signs of URLs and of patterns.
    "a+b",
    "a%20b",
    "%",
    "100%",
    "a_b",
    "a&b=c",
    "a#b",
    "a?b",
    "/../a",
    "%2C",
    "%00",
    "a;b",
];

/// Texts in which letters are more than ASCII.
const UNICODE: [&str; 8] = ["ünï", "e\u{301}", "é", "表", "😀", "a\u{200b}b", "\u{202e}a", "ß"];

fn texts() -> Vec<&'static str> {
    TEXTS.into_iter().chain(UNICODE).collect()
}

/// What careless readings make of `text`.
fn decoys(text: &str) -> Vec<String> {
    let mut out = vec![
        format!("\"{text}\""),
        format!("'{text}'"),
        format!("{{{text}}}"),
        format!("({text})"),
        format!("{text}x"),
        format!("x{text}"),
        text.trim().to_owned(),
        text.to_uppercase(),
        text.replace('\\', ""),
        text.replace('\\', "\\\\"),
        text.replace('"', ""),
        text.replace('"', "\\\""),
        text.replace('"', "\"\""),
        text.replace(',', "\\,"),
        text.replace('+', " "),
        text.replace("%20", " "),
        text.replace("%2C", ","),
        text.replace(['%', '_'], "z"),
        text.replace('.', "z"),
        text.chars().skip(1).collect(),
        text.chars().take(text.chars().count().saturating_sub(1)).collect(),
    ];
    out.extend(text.split([',', ')', '(', '&', '#', '?', ';', '}']).map(str::to_owned));
    out
}

fn row(id: usize, text: &str) -> Value {
    json!({ "id": id, "v": text, "arr": [text], "j": { "k": text } })
}

/// Fills the table: the texts with ids from 1, the decoys from 1001.
async fn fill(w: &World) -> usize {
    let texts = texts();
    let known: BTreeSet<&str> = texts.iter().copied().collect();
    assert_eq!(known.len(), texts.len(), "the texts differ");
    let others: BTreeSet<String> =
        texts.iter().flat_map(|text| decoys(text)).filter(|decoy| !known.contains(decoy.as_str())).collect();
    let mut rows: Vec<Value> = (1..).zip(&texts).map(|(id, text)| row(id, text)).collect();
    rows.extend((1001..).zip(&others).map(|(id, text)| row(id, text)));
    // Whole lists of them, for operators that look into arrays.
    rows.push(json!({ "id": 5000, "v": "many", "arr": ["a", "b", "zz"], "j": { "k": ["a", "b"] } }));
    rows.push(json!({ "id": 5001, "v": "none", "arr": [], "j": {} }));
    rows.push(json!({ "id": 5002, "v": "nulls", "arr": [null], "j": { "k": null } }));
    w.admin.from("texts").insert(&rows).await.unwrap();
    rows.len()
}

#[tokio::test]
async fn every_operator_finds_exactly_the_right_row() {
    let w = world!(fresh);
    let rows = fill(&w).await;
    let find = || w.anon.from("texts").select::<Id>("id");
    for (id, text) in (1..).zip(texts()) {
        for (name, query) in exact_queries(find, text) {
            assert_eq!(sorted(query).await, [id], "{name} {text:?}");
        }
        let others = i64::try_from(rows).unwrap() - 1;
        for (name, query) in other_queries(find, text) {
            let found = sorted(query).await;
            assert!(!found.contains(&id), "{name} {text:?}");
            assert_eq!(i64::try_from(found.len()).unwrap(), others, "{name} {text:?}");
        }
    }
}

/// Queries that find the row of `text` and no other.
fn exact_queries(find: impl Fn() -> SelectQuery<Id>, text: &str) -> Vec<(&'static str, SelectQuery<Id>)> {
    let regex = format!("^{}$", escape_regex(text));
    let key = || col("j").json_text("k");
    // Something on both sides, so that an operand that ends early or late is seen.
    let no = || col("id").eq(0);
    let yes = || col("id").gt(0);
    let mut queries = vec![
        ("eq", find().eq("v", text)),
        ("gte and lte", find().gte("v", text).lte("v", text)),
        ("in, alone", find().in_("v", [text])),
        ("in, first", find().in_("v", [text, "no such text"])),
        ("in, last", find().in_("v", ["no such text", text])),
        ("in, middle", find().in_("v", ["no such, text", text, "no \"such\" text"])),
        ("match", find().match_([("v", text)])),
        ("regex", find().regex("v", &regex)),
        ("not neq", find().not(col("v").neq(text))),
        ("not is distinct", find().not(col("v").is_distinct(text))),
        ("not not in", find().not(col("v").not_in([text]))),
        ("contains", find().contains("arr", [text])),
        ("contained by", find().contained_by("arr", [text, "no such text"]).neq("id", 5001)),
        ("overlaps", find().overlaps("arr", [text, "no such text"])),
        ("array eq", find().eq("arr", Literal::array([text]))),
        ("array element", find().eq(col("arr").json_index(0), Literal::json(text))),
        ("json contains", find().contains("j", json!({ "k": text }))),
        ("json contained by", find().contained_by("j", json!({ "k": text, "other": 1 })).neq("id", 5001)),
        ("json text", find().eq(key(), text)),
        ("json value", find().eq(col("j").json("k"), Literal::json(text))),
        ("json in", find().in_(key(), [text, "no such text"])),
        ("any eq", find().filter(any([no(), col("v").eq(text), no()]))),
        ("all eq", find().filter(!any([!yes(), !col("v").eq(text), !yes()]))),
        ("any in", find().filter(any([no(), col("v").in_(["no such text", text]), no()]))),
        ("any regex", find().filter(any([no(), col("v").regex(&regex), no()]))),
        ("any contains", find().filter(any([no(), col("arr").contains([text]), no()]))),
        ("any overlaps", find().filter(any([no(), col("arr").overlaps([text, "no such text"]), no()]))),
        ("any json contains", find().filter(any([no(), col("j").contains(json!({ "k": text })), no()]))),
        ("any json text", find().filter(any([no(), key().eq(text), no()]))),
        ("nested", find().filter(any([no(), all([yes(), any([no(), col("v").eq(text)]), yes()])]))),
        ("any not neq", find().filter(any([no(), !col("v").neq(text), no()]))),
        ("exact column", find().eq(Column::exact("v"), text)),
    ];
    // `*` cannot be said in a pattern of `like`.
    if !text.contains('*') {
        let like = escape_like(text);
        queries.extend([
            ("like", find().like("v", &like)),
            ("like any", find().like_any("v", [&like, "no such text"])),
            ("like all", find().like_all("v", [&like, "%"])),
            ("any like", find().filter(any([no(), col("v").like(&like), no()]))),
            ("any like any", find().filter(any([no(), col("v").like_any([&like, "no such text"]), no()]))),
            ("any like all", find().filter(any([no(), col("v").like_all([&like, "%"]), no()]))),
        ]);
    }
    queries
}

/// Queries that find every other row.
fn other_queries(find: impl Fn() -> SelectQuery<Id>, text: &str) -> Vec<(&'static str, SelectQuery<Id>)> {
    vec![
        ("neq", find().neq("v", text)),
        ("not eq", find().not(col("v").eq(text))),
        ("not in", find().not_in("v", [text, "no such text"])),
        ("is distinct", find().is_distinct("v", text)),
        ("not contains", find().not(col("arr").contains([text]))),
        ("not any", find().not(any([col("v").eq(text), col("id").eq(0)]))),
        ("lt or gt", find().filter(any([col("v").lt(text), col("v").gt(text)]))),
    ]
}

#[tokio::test]
async fn the_decoys_show_careless_quoting() {
    let w = world!(fresh);
    fill(&w).await;
    let find = || w.anon.from("texts").select::<Id>("id");
    let (mut bare, mut naive) = (0, 0);
    for (id, text) in (1..).zip(texts()) {
        for (operand, wrong) in [(format!("({text})"), &mut bare), (format!("(\"{text}\")"), &mut naive)] {
            // Only answers that look right count: other rows, and no error.
            if let Ok(rows) = find().filter_raw("v", "in", &operand).await {
                *wrong += usize::from(rows.iter().map(|row| row.id).ne([id]));
            }
        }
    }
    assert!(bare >= 15, "a list without quotes: {bare}");
    assert!(naive >= 10, "a list quoted without escapes: {naive}");
}

#[tokio::test]
async fn patterns_without_case_find_both_cases() {
    let w = world!(fresh);
    fill(&w).await;
    let find = || w.anon.from("texts").select::<Value>("id, v");
    for (id, text) in (1..).zip(texts()).filter(|(_, text)| !text.contains('*')) {
        let like = escape_like(text);
        let regex = format!("^{}$", escape_regex(text));
        for query in [
            find().ilike("v", &like),
            find().ilike_any("v", [&like]),
            find().ilike_all("v", [&like]),
            find().regex_icase("v", &regex),
        ] {
            let found = query.await.unwrap();
            assert!(found.iter().any(|row| row["id"] == json!(id)), "{text:?}");
            for row in &found {
                let v = row["v"].as_str().unwrap();
                assert_eq!(v.to_lowercase(), text.to_lowercase(), "{text:?}");
            }
        }
    }
}

#[tokio::test]
async fn updates_and_deletes_hit_exactly_the_right_row() {
    let w = world!(fresh);
    let rows = fill(&w).await;
    let table = w.admin.from("texts");
    for (id, text) in (1..).zip(texts()) {
        let changed = table.update(&json!({ "j": { "changed": id } })).eq("v", text).select::<Id>("id").await.unwrap();
        assert_eq!(changed.iter().map(|row| row.id).collect::<Vec<_>>(), [id], "{text:?}");
        let gone = table
            .delete()
            .filter(any([col("v").in_([text, "no such text"]), col("id").eq(0)]))
            .select::<Id>("id, v")
            .await
            .unwrap();
        assert_eq!(gone.iter().map(|row| row.id).collect::<Vec<_>>(), [id], "{text:?}");
    }
    let left = table.count(supabase::postgrest::Count::Exact).await.unwrap();
    assert_eq!(usize::try_from(left).unwrap(), rows - texts().len());
}

#[tokio::test]
async fn functions_get_exactly_the_text() {
    let w = world!(shared);
    for text in texts() {
        let args = json!({ "t": text });
        assert_eq!(w.anon.rpc::<String>("echo", &args).await.unwrap(), text, "{text:?}");
        match w.anon.rpc::<String>("echo", &args).get().await {
            Ok(back) => assert_eq!(back, text, "{text:?}"),
            Err(e) => {
                // Only what looks like a condition is refused, before it is sent.
                assert!(e.never_sent(), "{text:?}: {e}");
                let word = text.split('.').next().unwrap();
                assert!(text.contains('.') && ["eq", "is", "in", "not"].contains(&word), "{text:?}: {e}");
            }
        }
    }
}
