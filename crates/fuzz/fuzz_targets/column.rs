//! Texts that are parsed: columns, select texts, tables. Either refused, or exactly one thing.
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
use postgrest_rs::Relation;

use self::grammar::{client, pairs};
use self::syntax::{Pair, Value};

fuzz_target!(|data: &[u8]| {
    let all = common::parts(data);
    let Some(&text) = all.first() else {
        return;
    };
    let value = all.get(1).copied().unwrap_or("v");
    if let Some(sent) = pairs(
        client()
            .from("t")
            .select::<()>("id")
            .eq(text, value)
            .order(text),
    ) {
        assert_eq!(sent.len(), 2, "{sent:?}");
        let parsed = parser::pair(&sent[0].0, &sent[0].1, false).expect("a filter");
        assert_eq!(parsed.rest, "");
        let Pair::Filter(_, _, test) = parsed.pair else {
            panic!("{sent:?}")
        };
        assert_eq!(test.value, Value::Text(value.to_owned()));
        let order = parser::pair(&sent[1].0, &sent[1].1, false).map(|parsed| parsed.pair);
        let Some(Pair::Order(_, terms)) = order else {
            panic!("{sent:?}")
        };
        assert_eq!(terms.len(), 1);
    }
    if let Ok(request) = client().from("t").select::<()>(text).into_request() {
        let sent = syntax::pairs(request.uri().query().expect("a query"));
        assert_eq!(sent.len(), 1, "{sent:?}");
        // What the server refuses as a whole does no harm; what it reads half of does.
        if let Some(parsed) = parser::pair("select", &sent[0].1, false) {
            assert_eq!(parsed.rest, "");
            assert_ne!(parsed.pair, Pair::Everything);
        }
    }
    if let Ok(request) = client()
        .from(Relation::exact(text))
        .select::<()>("id")
        .into_request()
    {
        let path = request.uri().path();
        assert!(
            path.starts_with("/rest/v1/") && path.matches('/').count() == 3,
            "{path}"
        );
    }
});
