//! Values: whatever text is given is read back as exactly that text, alone and in lists.
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
use postgrest_rs::Column;

use self::grammar::{client, pairs, read};
use self::syntax::{Pair, Value};

fuzz_target!(|data: &[u8]| {
    let all = common::parts(data);
    let Some((&column, values)) = all.split_first() else {
        return;
    };
    let query = || client().from("t").select::<()>("id");
    if let Some(value) = values.first() {
        let bad = column.is_empty() || column.contains('\0') || value.contains('\0');
        let sent = pairs(query().eq(Column::exact(column), *value));
        assert_eq!(
            sent.is_none(),
            bad,
            "refused without a reason, or sent in spite of one"
        );
        if let Some(sent) = sent {
            let Pair::Filter(path, field, test) = read(&sent) else {
                panic!("no filter: {sent:?}")
            };
            assert!(path.is_empty() && field.path.is_empty());
            assert_eq!(field.name, column);
            assert_eq!(test.value, Value::Text((*value).to_owned()));
        }
    }
    if let Some(sent) = pairs(query().filter(Column::exact(column).in_(values))) {
        let Pair::Filter(_, field, test) = read(&sent) else {
            panic!("no filter: {sent:?}")
        };
        assert_eq!(field.name, column);
        let mut unique: Vec<String> = Vec::new();
        for value in values {
            if !unique.iter().any(|known| known == value) {
                unique.push((*value).to_owned());
            }
        }
        match test.value {
            // One value, or none: there are shorter ways to say it.
            Value::Text(text) if unique.len() == 1 => assert_eq!(text, unique[0]),
            Value::List(list) => assert_eq!(list, unique),
            other => assert!(unique.len() < 2, "{other:?}"),
        }
    }
});
