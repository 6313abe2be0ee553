//! Two requests in the words of what the server reads in them.

use conformance::compare::Sent;
use conformance::corpus::Request;
use serde_json::Value as Json;

use crate::syntax::{Group, Node, Pair, Test, Value};
use crate::{parser, syntax};

/// Replaces each query by what the server reads in it, and takes out what says nothing:
/// * who asks (`authorization`, `apikey`), which is no part of a query;
/// * `accept: application/json`, the default; `return=` for a function, which the server ignores there;
/// * an empty list of options of a plan, and the `;` after it; the `charset` of JSON, which has but one;
/// * `select=*`, the default; the direction of an order, where it is the default;
/// * whether one condition stands in a list of its own, and whether conditions of the rows stand side by side or in one `and`;
/// * quotes, where the server reads the same without them; blanks inside a literal of an array or JSON.
pub(crate) fn settle(theirs: &mut Request, ours: &mut Sent) {
    let is_function = theirs.path.contains("/rpc/");
    let reads = matches!(theirs.method.as_str(), "GET" | "HEAD");
    for headers in [&mut theirs.headers, &mut ours.headers] {
        headers.remove("authorization");
        headers.remove("apikey");
        if headers.get("accept").is_some_and(|accept| accept == "application/json") {
            headers.remove("accept");
        }
        if let Some(accept) = headers.get_mut("accept") {
            if accept.contains("plan+") {
                let plan = accept.trim_end_matches(';').trim_end_matches("; options=").to_owned();
                *accept = plan;
            }
        }
        if let Some(kind) = headers.get_mut("content-type") {
            *kind = kind.trim_end_matches("; charset=utf-8").to_owned();
        }
        if let (true, Some(prefer)) = (is_function, headers.remove("prefer")) {
            let tokens: Vec<_> =
                prefer.split(',').map(str::trim).filter(|t| !t.starts_with("return=")).collect();
            if !tokens.is_empty() {
                headers.insert("prefer".to_owned(), tokens.join(","));
            }
        }
    }
    for query in [&mut theirs.query, &mut ours.query] {
        let mut read: Vec<(String, String)> = Vec::new();
        for (key, value) in query.iter() {
            match parser::pair(key, value, is_function && reads) {
                Some(parsed) if parsed.rest.is_empty() => {
                    push(&mut read, key, parsed.pair, !is_function)
                }
                _ => read.push((key.clone(), value.clone())),
            }
        }
        *query = read;
    }
}

fn push(read: &mut Vec<(String, String)>, key: &str, pair: Pair, table: bool) {
    match pair {
        Pair::Select(items)
            if table && matches!(items.as_slice(), [one] if one.field.name == "*") => {}
        Pair::Select(items) => read.push(("select".to_owned(), format!("{items:?}"))),
        Pair::Names(mut names) => {
            names.sort_unstable();
            read.push((key.to_owned(), format!("{names:?}")));
        }
        Pair::Order(path, mut terms) => {
            for term in &mut terms {
                term.direction = term.direction.or(Some(".asc"));
            }
            read.push((format!("order {path:?}"), format!("{terms:?}")));
        }
        Pair::Logic(path, group) if path.is_empty() => match simple(Node::Group(group)) {
            Node::Group(Group { negated: false, any: false, nodes }) => {
                nodes.into_iter().for_each(|node| push_node(read, node));
            }
            node => push_node(read, node),
        },
        Pair::Logic(path, group) => match simple(Node::Group(group)) {
            Node::Test(field, test) => push(read, key, Pair::Filter(path, field, test), table),
            group => read.push((format!("logic {path:?}"), format!("{group:?}"))),
        },
        Pair::Filter(path, field, test) => {
            read.push((format!("{path:?} {field:?}"), format!("{:?}", settled(test))));
        }
        other => read.push((format!("{other:?}"), String::new())),
    }
}

fn push_node(read: &mut Vec<(String, String)>, node: Node) {
    match node {
        Node::Test(field, test) => {
            read.push((format!("[] {field:?}"), format!("{:?}", settled(test))))
        }
        group => read.push(("logic []".to_owned(), format!("{group:?}"))),
    }
}

/// A group of one is that one.
fn simple(node: Node) -> Node {
    match node {
        Node::Test(field, test) => Node::Test(field, settled(test)),
        Node::Group(mut group) => {
            let mut nodes: Vec<_> = group.nodes.drain(..).map(simple).collect();
            if nodes.len() == 1 {
                match nodes.remove(0) {
                    Node::Test(field, mut test) => {
                        test.negated ^= group.negated;
                        return Node::Test(field, test);
                    }
                    Node::Group(mut inner) => {
                        inner.negated ^= group.negated;
                        return Node::Group(inner);
                    }
                }
            }
            Node::Group(Group { nodes, ..group })
        }
    }
}

/// One way to write each test.
fn settled(mut test: Test) -> Test {
    match &test.value {
        Value::Word(word) if word == "not_null" => {
            test.negated = !test.negated;
            test.value = Value::Word("null".to_owned());
        }
        Value::Text(text) => {
            let contains = matches!(test.operator.as_str(), "cs" | "cd" | "ov")
                || test.operator.ends_with("(any)")
                || test.operator.ends_with("(all)");
            if let (true, Some(elements)) = (contains, syntax::array(text)) {
                test.value = Value::Text(format!("array {elements:?}"));
            } else if let (true, Ok(json)) = (contains, serde_json::from_str::<Json>(text)) {
                test.value = Value::Text(format!("json {json}"));
            }
        }
        _ => {}
    }
    test
}
