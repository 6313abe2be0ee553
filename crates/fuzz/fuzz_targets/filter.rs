//! Trees of conditions: whatever their texts hold, they are read back as the same tree.
#![no_main]

#[allow(dead_code, reason = "a part is used")]
mod common;
#[path = "common/grammar.rs"]
mod grammar;
#[allow(dead_code, reason = "a part is used")]
#[path = "../../postgrest-rs/tests/grammar/parser.rs"]
mod parser;
#[allow(dead_code, reason = "a part is used")]
#[path = "../../postgrest-rs/tests/grammar/syntax.rs"]
mod syntax;

use libfuzzer_sys::fuzz_target;
use postgrest_rs::{Column, Filter, all, any, col};

use self::grammar::{client, pairs, read};
use self::syntax::{Group, Node, Pair, Value};

/// Deep enough for every nesting of two kinds.
const DEPTH: usize = 6;

/// Reads conditions up to the end of the group: `(` opens an any, `[` an all, `)` closes, `!` in front negates. What
/// is left is a value. `leaves` notes the values in their order.
fn conditions<'a>(
    parts: &mut std::slice::Iter<'_, &'a str>,
    depth: usize,
    leaves: &mut Vec<&'a str>,
) -> Vec<Filter> {
    let mut found = Vec::new();
    while let Some(&part) = parts.next() {
        let (negated, word) = match part.strip_prefix('!') {
            Some(word) => (true, word),
            None => (false, part),
        };
        let filter = match word {
            ")" => break,
            "(" | "[" if depth < DEPTH => {
                let inner = conditions(parts, depth + 1, leaves);
                if word == "(" { any(inner) } else { all(inner) }
            }
            value => {
                leaves.push(value);
                Column::exact(value).neq(value)
            }
        };
        found.push(if negated { !filter } else { filter });
    }
    found
}

fn collect(group: &Group, into: &mut Vec<(String, String)>) {
    for node in &group.nodes {
        match node {
            Node::Group(group) => collect(group, into),
            Node::Test(field, test) => {
                let Value::Text(value) = &test.value else {
                    panic!("{test:?}")
                };
                into.push((field.name.clone(), value.clone()));
            }
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let input = common::parts(data);
    let mut leaves = Vec::new();
    let mut filters = conditions(&mut input.iter(), 0, &mut leaves);
    filters.push(col("last").eq("end"));
    filters.push(col("last").eq("end"));
    let Some(sent) = pairs(client().from("t").select::<()>("id").filter(any(filters))) else {
        return;
    };
    let Pair::Logic(path, group) = read(&sent) else {
        panic!("no tree: {sent:?}")
    };
    assert!(path.is_empty() && group.any && !group.negated);
    let mut read = Vec::new();
    collect(&group, &mut read);
    let own = |text: &&str| ((*text).to_owned(), (*text).to_owned());
    let mut meant: Vec<(String, String)> = leaves.iter().map(own).collect();
    meant.extend([
        ("last".to_owned(), "end".to_owned()),
        ("last".to_owned(), "end".to_owned()),
    ]);
    assert_eq!(read, meant);
});
