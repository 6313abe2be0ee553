//! Whatever text is given is read back as exactly that text.

use postgrest_rs::{Column, Filter, PgRange, all, any, col, escape_like};
use proptest::prelude::*;
use serde_json::json;

use crate::parser;
use crate::syntax::{self, Node, Pair, Step, Value};
use crate::{client, sent};

/// Texts full of what has a meaning somewhere, without NUL, which is refused.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        "\"", "\\", ",", "(", ")", "{", "}", ".", ":", "*", "%", "_", "&", "=", "+", "#", "?", "/",
        "'", " ", "\t", "\n", "\r", "\u{a0}", "->", "->>", "::", "null", "NULL", "not.", "eq.",
        "in.(", "or(", "and", "order", "é", "表", "🦀", "-", "a", "0", "[", "]", "$", "!", "<",
        ">", "%20", "%00",
    ]);
    let made = prop::collection::vec(special, 0..8).prop_map(|parts| parts.concat());
    prop_oneof![3 => made, 1 => "[^\0]{0,12}"]
}

pub(crate) fn name() -> impl Strategy<Value = String> {
    text().prop_filter("names are not empty", |name| !name.is_empty())
}

fn read(pairs: &[(String, String)]) -> Pair {
    let [(key, value)] = pairs else {
        panic!("{pairs:?}")
    };
    let parsed =
        parser::pair(key, value, false).unwrap_or_else(|| panic!("{key}={value} is not read"));
    assert_eq!(parsed.rest, "", "{key}={value}");
    parsed.pair
}

fn read_filter(filter: Filter) -> Pair {
    read(&sent(client().from("t").select::<()>("id").filter(filter)))
}

fn test_of(pair: Pair) -> (String, syntax::Test) {
    match pair {
        Pair::Filter(path, field, test) if path.is_empty() && field.path.is_empty() => {
            (field.name, test)
        }
        other => panic!("{other:?}"),
    }
}

fn as_text(value: &Value) -> &str {
    match value {
        Value::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn scalars(column in name(), value in text()) {
        let (name, test) = test_of(read_filter(Column::exact(&column).eq(&value)));
        prop_assert_eq!(name, column);
        prop_assert_eq!(as_text(&test.value), value);
    }

    #[test]
    fn lists(column in name(), values in prop::collection::vec(text(), 0..6)) {
        let mut unique: Vec<String> = Vec::new();
        for value in &values {
            if !unique.contains(value) {
                unique.push(value.clone());
            }
        }
        let (name, test) = test_of(read_filter(Column::exact(&column).not_in(&values)));
        prop_assert_eq!(name, column);
        prop_assert!(test.negated);
        if unique == [""] {
            prop_assert_eq!(test.value, Value::Text(String::new()));
        } else {
            prop_assert_eq!(test.value, if unique.is_empty() { Value::List(vec![]) } else { Value::List(unique) });
        }
    }

    #[test]
    fn arrays(values in prop::collection::vec(text(), 0..6)) {
        let (_, test) = test_of(read_filter(col("c").contains(&values)));
        let elements: Vec<String> = syntax::array(as_text(&test.value)).unwrap().into_iter().map(Option::unwrap).collect();
        prop_assert_eq!(elements, values);
    }

    #[test]
    fn json(key in text(), value in text()) {
        let (_, test) = test_of(read_filter(col("c").contains(json!({ key.clone(): value }))));
        prop_assert_eq!(serde_json::from_str::<serde_json::Value>(as_text(&test.value)).unwrap(), json!({ key: value }));
    }

    #[test]
    fn ranges(from in text(), to in text()) {
        prop_assume!(!from.is_empty() && !to.is_empty());
        let literal = PgRange::from(from.as_str()..to.as_str()).to_string();
        // A range literal's bounds are quoted like the elements of an array.
        let inner = literal.strip_prefix('[').unwrap().strip_suffix(')').unwrap();
        let bounds = split_bounds(inner);
        prop_assert_eq!(bounds, vec![from, to]);
    }

    #[test]
    fn trees(column in name(), value in text(), listed in prop::collection::vec(text(), 2..4), element in text()) {
        prop_assume!(listed[0] != listed[1]);
        let filter = any([
            Column::exact(&column).neq(&value),
            !all([col("a").in_(&listed), col("b").contained_by([&element])]),
            col("c").like_any([escape_like(&value)]),
            col("last").eq(1),
        ]);
        let Pair::Logic(path, group) = read_filter(filter) else { panic!("no tree") };
        prop_assert!(path.is_empty() && group.any && !group.negated && group.nodes.len() == 4);
        let Node::Test(field, test) = &group.nodes[0] else { panic!("no test") };
        prop_assert_eq!(&field.name, &column);
        prop_assert_eq!(as_text(&test.value), value.as_str());
        let Node::Group(inner) = &group.nodes[1] else { panic!("no group") };
        prop_assert!(inner.negated && !inner.any && inner.nodes.len() == 2);
        let Node::Test(_, test) = &inner.nodes[0] else { panic!("no test") };
        let mut unique = listed.clone();
        unique.dedup();
        if listed.len() == 2 || listed.iter().collect::<std::collections::HashSet<_>>().len() == 3 {
            prop_assert_eq!(&test.value, &Value::List(unique));
        }
        let Node::Test(_, test) = &inner.nodes[1] else { panic!("no test") };
        prop_assert_eq!(syntax::array(as_text(&test.value)), Some(vec![Some(element)]));
        let Node::Test(_, test) = &group.nodes[2] else { panic!("no test") };
        prop_assert_eq!(syntax::array(as_text(&test.value)), Some(vec![Some(escape_like(&value))]));
    }

    #[test]
    fn paths(relation in name(), column in name(), key in text(), index in -3_i64..3) {
        let path = format!("\"{}\"", relation.replace('\\', "\\\\").replace('"', "\\\""));
        let whole = Column::exact(&column).json(&key).json_index(index).json_text("k").on(&path);
        let Pair::Filter(embed, field, _) = read_filter(whole.clone().eq(1)) else { panic!("no filter") };
        prop_assert_eq!(&embed, std::slice::from_ref(&relation));
        prop_assert_eq!(&field.name, &column);
        let step = |text, key: &str, index| Step { text, key: key.to_owned(), index };
        let steps = vec![step(false, &key, false), step(false, &index.to_string(), true), step(true, "k", false)];
        prop_assert_eq!(&field.path, &steps);
        let pairs = sent(client().from("t").select::<()>("id").order(whole.desc().nulls_first()));
        let Pair::Order(embed, terms) = read(&pairs) else { panic!("no order") };
        prop_assert_eq!(embed, [relation]);
        prop_assert_eq!((&terms[0].field.path, terms[0].direction, terms[0].nulls), (&steps, Some(".desc"), Some(".nullsfirst")));
    }

    #[test]
    fn columns_of_bulk_rows(names in prop::collection::hash_set(name(), 1..5)) {
        let rows: Vec<_> = names.iter().map(|name| json!({ name.clone(): 1 })).collect();
        let pairs = sent(client().from("t").insert(&rows));
        let Pair::Names(read) = read(&pairs) else { panic!("no names") };
        prop_assert_eq!(read.into_iter().collect::<std::collections::HashSet<_>>(), names);
    }

    #[test]
    fn arguments(argument in name(), value in text()) {
        let query = client().rpc::<()>("f", &json!({ argument.clone(): value })).get();
        // What would be read as a filter is refused before it is sent; all else arrives.
        if let Ok(request) = query.into_request() {
            let pairs = syntax::pairs(request.uri().query().unwrap());
            let [(key, sent)] = pairs.as_slice() else { panic!("{pairs:?}") };
            let parsed = parser::pair(key, sent, true).unwrap();
            prop_assert_eq!(parsed.pair, Pair::Argument(argument, value));
        }
    }

    #[test]
    fn no_string_is_more_than_a_column(path in text(), value in text()) {
        // Given as a path, anything is either refused or one condition on one column.
        let query = client().from("t").select::<()>("id").eq(path.as_str(), value.as_str()).order(path.as_str());
        if let Ok(request) = query.into_request() {
            let mut pairs = syntax::pairs(request.uri().query().unwrap());
            pairs.retain(|(key, _)| key != "select");
            prop_assert_eq!(pairs.len(), 2);
            let parsed = parser::pair(&pairs[0].0, &pairs[0].1, false).unwrap();
            prop_assert_eq!(parsed.rest, "");
            let Pair::Filter(_, _, test) = parsed.pair else { panic!("{:?}", parsed.pair) };
            prop_assert_eq!(test.value, Value::Text(value));
            let Some(Pair::Order(_, terms)) = parser::pair(&pairs[1].0, &pairs[1].1, false).map(|parsed| parsed.pair) else {
                panic!("{pairs:?}")
            };
            prop_assert_eq!(terms.len(), 1);
        }
    }

    #[test]
    fn no_select_text_is_cut_off(columns in text()) {
        if let Ok(request) = client().from("t").select::<()>(columns).into_request() {
            let pairs = syntax::pairs(request.uri().query().unwrap());
            let parsed = parser::pair("select", &pairs[0].1, false).unwrap();
            prop_assert_eq!(parsed.rest, "");
            prop_assert_ne!(parsed.pair, Pair::Everything);
        }
    }

    #[test]
    fn table_names_stay_one_segment(table in text()) {
        if let Ok(request) = client().from(postgrest_rs::Relation::exact(table)).select::<()>("id").into_request() {
            let path = request.uri().path().to_owned();
            prop_assert_eq!(path.matches('/').count(), 3, "{}", path);
            prop_assert!(path.starts_with("/rest/v1/"));
        }
    }
}

fn split_bounds(text: &str) -> Vec<String> {
    let (mut bounds, mut quoted) = (vec![String::new()], false);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => bounds.last_mut().unwrap().push(chars.next().unwrap()),
            '"' => quoted = !quoted,
            ',' if !quoted => bounds.push(String::new()),
            c => bounds.last_mut().unwrap().push(c),
        }
    }
    bounds
}
