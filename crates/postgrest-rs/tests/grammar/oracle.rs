//! Every awkward value and name that was tried on a real server: what we send is what found the right row there.

use postgrest_rs::{Column, Filter, Literal, all, any, col, escape_like, escape_regex};
use serde::Deserialize;
use serde_json::json;

use crate::parser;
use crate::syntax::{self, Node, Pair, Value};
use crate::{client, sent};

#[derive(Deserialize)]
struct Line {
    kind: String,
    position: String,
    value: String,
    /// The encodings that found exactly the right row.
    sent: Vec<String>,
}

fn lines() -> Vec<Line> {
    serde_json::from_str(include_str!("data/escaping.json")).expect("recorded encodings")
}

/// How the value is filtered by at this position, in our words.
fn filter(position: &str, value: &str) -> Filter {
    let tree = |test: Filter| any([test, col("id").eq(-1)]);
    let like = escape_like(value);
    let regex = format!("^{}$", escape_regex(value));
    match position {
        "eq" => col("v").eq(value),
        "not-isdistinct" => !col("v").is_distinct(value),
        "in-single" => col("v").in_([value]),
        "in-first" => col("v").in_([value, "zz none"]),
        "in-last" => col("v").in_(["zz none", value]),
        "not-in" => col("v").not_in([value, "zz none"]),
        "json-arrow-eq" => col("j->>k").eq(value),
        "json-arrow-in" => col("j->>k").in_([value, "zz"]),
        "json-cs" => col("j").contains(json!({ "k": value })),
        "or-eq-first" => tree(col("v").eq(value)),
        "or-eq-last" => any([col("id").eq(-1), col("v").eq(value)]),
        "and-or-nested-eq" => {
            let inner = all([col("id").eq(-1), col("v").eq("x")]);
            all([col("id").gt(0), any([col("v").eq(value), inner])])
        }
        "or-in" => tree(col("v").in_([value, "zz"])),
        "or-json-arrow-eq" => tree(col("j->>k").eq(value)),
        "or-json-cs" => tree(col("j").contains(json!({ "k": value }))),
        "array-cs" => col("arr").contains([value]),
        "array-ov" => col("arr").overlaps([value, "zz none"]),
        "or-array-cs" => tree(col("arr").contains([value])),
        "eq-any" | "or-eq-any" => unreachable!("checked as arrays"),
        "like" => col("v").like(like),
        "or-like" => tree(col("v").like(like)),
        "like-any" => col("v").like_any([like]),
        "or-like-any" => tree(col("v").like_any([like])),
        "match" => col("v").regex(regex),
        "or-match" => tree(col("v").regex(regex)),
        other => panic!("no such position: {other}"),
    }
}

/// All texts that the server reads in a pair, arrays and JSON taken apart.
fn meaning(key: &str, value: &str) -> Vec<String> {
    let parsed =
        parser::pair(key, value, false).unwrap_or_else(|| panic!("{key}={value} is not read"));
    assert_eq!(parsed.rest, "", "{key}={value} is not read to its end");
    let mut texts = Vec::new();
    match parsed.pair {
        Pair::Filter(_, field, test) => push_test(&mut texts, &field.name, &test),
        Pair::Logic(_, group) => push_nodes(&mut texts, &group.nodes),
        other => panic!("{other:?} is no condition"),
    }
    texts
}

fn push_nodes(texts: &mut Vec<String>, nodes: &[Node]) {
    for node in nodes {
        match node {
            Node::Test(field, test) => push_test(texts, &field.name, test),
            Node::Group(group) => push_nodes(texts, &group.nodes),
        }
    }
}

fn push_test(texts: &mut Vec<String>, column: &str, test: &syntax::Test) {
    texts.push(format!(
        "{column} {}{}",
        if test.negated { "not " } else { "" },
        test.operator
    ));
    match &test.value {
        Value::Text(text) if column == "arr" || test.operator.contains("(any)") => {
            let elements = syntax::array(text).unwrap_or_else(|| panic!("{text} is no array"));
            texts.extend(
                elements
                    .into_iter()
                    .map(|element| element.expect("no null")),
            );
        }
        Value::Text(text) if column == "j" && test.operator == "cs" => {
            let json: serde_json::Value = serde_json::from_str(text).expect("JSON");
            texts.push(json["k"].as_str().expect("a text").to_owned());
        }
        Value::Text(text) | Value::Word(text) => texts.push(text.clone()),
        Value::List(list) => texts.extend(list.iter().cloned()),
    }
}

#[test]
fn values_are_read_as_the_encodings_that_matched() {
    let (mut same_text, mut same_meaning, mut impossible) = (0, 0, 0);
    for line in lines().iter().filter(|line| line.kind == "value") {
        if line.sent.is_empty() || (line.position.contains("like") && line.value.contains('*')) {
            // A star in `like`, and the empty text as the only element of a list: own tests.
            impossible += 1;
            continue;
        }
        if line.position.ends_with("eq-any") {
            // No method of ours, but the array literal is the same.
            let array = Literal::array([line.value.as_str()]).to_string();
            assert_eq!(syntax::array(&array), Some(vec![Some(line.value.clone())]));
            same_meaning += 1;
            continue;
        }
        let query = client()
            .from("esc")
            .select::<()>("id")
            .filter(filter(&line.position, &line.value));
        let pairs = sent(query);
        // `all` at the top level is sent as conditions side by side.
        let ours: Vec<String> = pairs
            .iter()
            .flat_map(|(key, value)| meaning(key, value))
            .collect();
        if pairs.iter().any(|(_, value)| line.sent.contains(value)) {
            same_text += 1;
        }
        let (key, _) = &pairs[0];
        for theirs in &line.sent {
            let key = if line.position == "and-or-nested-eq" {
                "and"
            } else {
                key
            };
            assert_eq!(
                ours,
                meaning(key, theirs),
                "{} {:?}: {theirs}",
                line.position,
                line.value
            );
        }
        assert!(
            ours.contains(&line.value)
                || ours.contains(&escape_like(&line.value))
                || ours.contains(&format!("^{}$", escape_regex(&line.value))),
            "{} {:?}: {ours:?}",
            line.position,
            line.value
        );
        same_meaning += 1;
    }
    println!("{same_meaning} alike, {same_text} of them letter by letter, {impossible} impossible");
    assert!(same_meaning > 1_300, "{same_meaning}");
    assert!(same_text > 700, "{same_text}");
    assert!(impossible < 15, "{impossible}");
}

#[test]
fn the_empty_text_alone_in_a_list_is_compared_with() {
    let query = client().from("esc").select::<()>("id").in_("v", [""]);
    assert_eq!(sent(query), [("v".to_owned(), "eq.".to_owned())]);
}

#[test]
fn names_are_sent_as_the_encodings_that_matched() {
    let (mut checked, mut same_text) = (0, 0);
    for line in lines()
        .iter()
        .filter(|line| line.kind == "identifier" && !line.sent.is_empty())
    {
        let name = line.value.as_str();
        let table = || client().from("odd_cols");
        let first_value =
            |filter: Filter| sent(table().select::<()>("id").filter(filter)).remove(0);
        let ours = match line.position.as_str() {
            "filter-key" => first_value(Column::exact(name).eq(1)).0,
            "jsonkey-filter" => first_value(col("j").json_text(name).eq(1)).0,
            "order" => {
                sent(table().select::<()>("id").order(Column::exact(name).desc()))
                    .remove(0)
                    .1
            }
            "jsonkey-order" => {
                sent(
                    table()
                        .select::<()>("id")
                        .order(col("j").json_text(name).desc()),
                )
                .remove(0)
                .1
            }
            "on_conflict" => {
                let query = table()
                    .upsert(&json!({ "id": 1 }))
                    .on_conflict([Column::exact(name)]);
                query_pair(
                    query.into_request().expect("a request").uri(),
                    "on_conflict",
                )
            }
            "columns" => {
                let rows = [json!({ "id": 1 }), json!({ name: 1 })];
                let query = table().insert(&rows);
                query_pair(query.into_request().expect("a request").uri(), "columns")
            }
            "logic-field" => first_value(any([Column::exact(name).eq(1), col("id").eq(-1)])).1,
            "jsonkey-logic" => {
                first_value(any([col("j").json_text(name).eq(1), col("id").eq(-1)])).1
            }
            // The user writes select texts; what matched with a quoted name passes our reading unchanged.
            "select"
            | "select-alias-of"
            | "alias"
            | "jsonkey-select"
            | "jsonkey-select-default-name" => {
                for text in line.sent.iter().filter(|text| has_quoted_name(text)) {
                    let request = table().select::<()>(text.as_str()).into_request();
                    let request = request.unwrap_or_else(|why| panic!("{text}: {why}"));
                    assert_eq!(&query_pair(request.uri(), "select"), text);
                }
                checked += 1;
                continue;
            }
            other => panic!("no such position: {other}"),
        };
        let read = |text: &str| match line.position.as_str() {
            "filter-key" | "jsonkey-filter" => format!("{:?}", read_pair(text, "eq.1")),
            "order" | "jsonkey-order" => format!("{:?}", read_pair("order", text)),
            "columns" | "on_conflict" => format!("{:?}", read_pair("columns", text)),
            _ => match read_pair("or", text) {
                Pair::Logic(_, group) => format!("{:?}", first_field(&group.nodes)),
                other => panic!("{other:?}"),
            },
        };
        for theirs in &line.sent {
            assert_eq!(
                read(&ours),
                read(theirs),
                "{} {name:?}: {theirs}",
                line.position
            );
        }
        same_text += usize::from(line.sent.contains(&ours));
        checked += 1;
    }
    println!("{checked} names, {same_text} letter by letter");
    assert!(checked > 250, "{checked}");
    assert!(same_text > 70, "{same_text}");
}

fn has_quoted_name(text: &str) -> bool {
    text.starts_with('"') || text.contains(":\"") || text.contains(">\"")
}

fn first_field(nodes: &[Node]) -> syntax::Field {
    match &nodes[0] {
        Node::Test(field, _) => field.clone(),
        Node::Group(_) => panic!("a group"),
    }
}

fn read_pair(key: &str, value: &str) -> Pair {
    let parsed =
        parser::pair(key, value, false).unwrap_or_else(|| panic!("{key}={value} is not read"));
    assert_eq!(parsed.rest, "", "{key}={value} is not read to its end");
    parsed.pair
}

fn query_pair(uri: &http::Uri, key: &str) -> String {
    let pairs = syntax::pairs(uri.query().unwrap_or_default());
    pairs
        .into_iter()
        .find(|(name, _)| name == key)
        .map(|(_, value)| value)
        .expect("the pair")
}
