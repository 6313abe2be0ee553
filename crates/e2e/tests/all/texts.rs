//! Any text that is stored is found again by every filter that takes text.

use std::cell::RefCell;
use std::collections::BTreeSet;

use proptest::collection::{btree_set, vec};
use proptest::prelude::{Strategy, any as arbitrary};
use proptest::sample::select;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Value, json};
use supabase::postgrest::{Literal, SelectQuery, all, any, col, escape_like, escape_regex};

use crate::support::{self, Id, World};

/// Text of every character but NUL, which Postgres cannot store; those that mean something somewhere are frequent.
///
/// Two texts are outside of what is claimed, each for one filter: `like` cannot say `*`, which PostgREST reads as a
/// wildcard, and a list of one empty text is sent as a comparison. Tests of their own in `operators` show both.
fn text() -> impl Strategy<Value = String> {
    let special: Vec<char> =
        "\"\"\\\\,,(){}[]..:*%_+-&=#?/;'$@!|^<>~`nu \t\r\n\u{1}\u{7f}\u{a0}\u{2028}\u{feff}\u{fffd}üé表😀"
            .chars()
            .collect();
    let character = proptest::prop_oneof![
        5 => select(special),
        3 => proptest::char::range(' ', '~'),
        2 => arbitrary::<char>().prop_filter("Postgres stores no NUL", |c| *c != '\0'),
    ];
    vec(character, 0..24).prop_map(String::from_iter)
}

/// Every filter that takes text, each so that it means "is exactly this text".
fn filters(find: impl Fn() -> SelectQuery<Id>, text: &str) -> Vec<(&'static str, SelectQuery<Id>)> {
    let regex = format!("^{}$", escape_regex(text));
    let no = || col("id").lt(0);
    let mut filters = vec![
        ("eq", find().eq("v", text)),
        ("gte and lte", find().gte("v", text).lte("v", text)),
        ("in", find().in_("v", ["no such text", text])),
        ("not neq", find().not(col("v").neq(text))),
        ("not is distinct", find().not(col("v").is_distinct(text))),
        ("regex", find().regex("v", &regex)),
        ("any", find().filter(any([no(), col("v").eq(text), no()]))),
        ("all in any", find().filter(any([no(), all([!no(), col("v").in_([text, "no such text"]), !no()])]))),
        ("regex in any", find().filter(any([no(), col("v").regex(&regex), no()]))),
        ("contains", find().contains("arr", [text])),
        ("overlaps", find().overlaps("arr", ["no such text", text])),
        ("contains in any", find().filter(any([no(), col("arr").contains([text]), no()]))),
        ("json contains", find().contains("j", json!({ "k": text }))),
        ("json contains in any", find().filter(any([no(), col("j").contains(json!({ "k": text })), no()]))),
        ("json text", find().eq("j->>k", text)),
        ("json value", find().eq("j->k", Literal::json(text))),
        ("json key", find().eq(col("j").json("o").json_text(text), "found")),
    ];
    if !text.contains('*') {
        let like = escape_like(text);
        filters.extend([
            ("like", find().like("v", &like)),
            ("like any", find().like_any("v", ["no such text", &like])),
            ("like in any", find().filter(any([no(), col("v").like(&like), no()]))),
        ]);
    }
    filters
}

/// Stores the texts, then looks for each.
async fn all_are_found(w: &World, texts: &BTreeSet<String>, first: i64) -> Result<(), TestCaseError> {
    let batch: Vec<Value> = (first..)
        .zip(texts)
        .map(|(id, text)| json!({ "id": id, "v": text, "arr": [text], "j": { "k": text, "o": { text: "found" } } }))
        .collect();
    w.admin.from("batches").insert(&batch).await.map_err(|e| TestCaseError::fail(e.to_string()))?;
    let last = first + i64::try_from(texts.len()).unwrap();
    let find = || w.anon.from("batches").select::<Id>("id").gte("id", first).lt("id", last);
    for (id, text) in (first..).zip(texts) {
        for (name, query) in filters(find, text) {
            let found = query.await.map_err(|e| TestCaseError::fail(format!("{name} {text:?}: {e}")))?;
            let found: Vec<i64> = found.iter().map(|row| row.id).collect();
            proptest::prop_assert_eq!(found, [id], "{} {:?}", name, text);
        }
    }
    let back = w.anon.from("batches").select::<Value>("v").gte("id", first).lt("id", last).order("id").await;
    let back = back.map_err(|e| TestCaseError::fail(e.to_string()))?;
    proptest::prop_assert_eq!(back, texts.iter().map(|text| json!({ "v": text })).collect::<Vec<_>>());
    Ok(())
}

#[test]
fn any_text_stored_is_found_again() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let Some(w) = runtime.block_on(support::fresh()) else {
        return;
    };
    let next = RefCell::new(1);
    let config = Config { cases: 8, max_shrink_iters: 60, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&btree_set(text(), 16), |texts| {
        let first = next.replace_with(|next| *next + 100);
        runtime.block_on(all_are_found(&w, &texts, first))
    });
    outcome.unwrap_or_else(|e| panic!("{e}"));
}
