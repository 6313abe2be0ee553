//! Comparisons with one value.

use conformance::Call::{One, Unwritable};
use conformance::probe::probe;
use conformance::{Entry, js, py};
use postgrest_rs::{Literal, lit};
use serde_json::{Value, json};

use crate::support::{EPOCH, t};

pub(crate) const CASES: &[Entry] = &[
    js("eq/string", One(|db| probe(t(db).eq("c", "Ada")))),
    js("eq/empty-string", One(|db| probe(t(db).eq("c", "")))),
    js("eq/space", One(|db| probe(t(db).eq("c", "Ada Lovelace")))),
    js("eq/leading-space", One(|db| probe(t(db).eq("c", " x ")))),
    js("eq/integer", One(|db| probe(t(db).eq("c", 42)))),
    js("eq/zero", One(|db| probe(t(db).eq("c", 0)))),
    js("eq/negative", One(|db| probe(t(db).eq("c", -7)))),
    js("eq/float", One(|db| probe(t(db).eq("c", 1.5)))),
    js("eq/exponent", One(|db| probe(t(db).eq("c", 1e+21)))),
    js("eq/true", One(|db| probe(t(db).eq("c", true)))),
    js("eq/null", One(|db| probe(t(db).eq("c", Value::Null)))),
    js("eq/undefined", Unwritable),
    js("eq/nan", One(|db| probe(t(db).eq("c", f64::NAN)))),
    js("eq/infinity", One(|db| probe(t(db).eq("c", f64::INFINITY)))),
    js(
        "eq/bigint",
        One(|db| probe(t(db).eq("c", 9007199254740993_i64))),
    ),
    js("eq/comma", One(|db| probe(t(db).eq("c", "a,b")))),
    js(
        "eq/double-quote",
        One(|db| probe(t(db).eq("c", r#"say "hi""#))),
    ),
    js("eq/single-quote", One(|db| probe(t(db).eq("c", "O'Brien")))),
    js("eq/percent-escape", One(|db| probe(t(db).eq("c", "%41")))),
    js("eq/plus", One(|db| probe(t(db).eq("c", "a+b")))),
    js("eq/ampersand", One(|db| probe(t(db).eq("c", "a&b")))),
    js("eq/equals", One(|db| probe(t(db).eq("c", "a=b")))),
    js("eq/question", One(|db| probe(t(db).eq("c", "why?")))),
    js("eq/slash", One(|db| probe(t(db).eq("c", "a/b")))),
    js("eq/semicolon", One(|db| probe(t(db).eq("c", "a;b")))),
    js("eq/colon", One(|db| probe(t(db).eq("c", "12:30")))),
    js("eq/braces", One(|db| probe(t(db).eq("c", "{a}")))),
    js("eq/brackets", One(|db| probe(t(db).eq("c", "[a]")))),
    js("eq/pipe", One(|db| probe(t(db).eq("c", "a|b")))),
    js("eq/tilde", One(|db| probe(t(db).eq("c", "~x~")))),
    js("eq/bang", One(|db| probe(t(db).eq("c", "a!")))),
    js("eq/at-dollar", One(|db| probe(t(db).eq("c", "$5@x")))),
    js("eq/backtick-caret", One(|db| probe(t(db).eq("c", "`^")))),
    js("eq/angle", One(|db| probe(t(db).eq("c", "<b>")))),
    js("eq/newline", One(|db| probe(t(db).eq("c", "a\nb")))),
    js("eq/tab", One(|db| probe(t(db).eq("c", "a\tb")))),
    js("eq/unicode", One(|db| probe(t(db).eq("c", "Zoë 東京")))),
    js("eq/emoji", One(|db| probe(t(db).eq("c", "🦀")))),
    js(
        "eq/looks-like-operator",
        One(|db| probe(t(db).eq("c", "not.eq.1"))),
    ),
    js(
        "eq/uuid",
        One(|db| probe(t(db).eq("c", "6c1b0b3e-6a55-4d8a-9d0e-3a9a1c2b7f10"))),
    ),
    js(
        "eq/iso-date",
        One(|db| probe(t(db).eq("c", "2024-02-29T12:00:00.000Z"))),
    ),
    js(
        "eq/date-with-offset",
        One(|db| probe(t(db).eq("c", "2024-02-29T12:00:00+02:00"))),
    ),
    js("eq/date-object", One(|db| probe(t(db).eq("c", EPOCH)))),
    js(
        "eq/array",
        One(|db| probe(t(db).eq("c", Literal::array([1, 2, 3])))),
    ),
    js("neq/string", One(|db| probe(t(db).neq("c", "Ada")))),
    js("neq/integer", One(|db| probe(t(db).neq("c", 42)))),
    js("neq/float", One(|db| probe(t(db).neq("c", 1.5)))),
    js("neq/true", One(|db| probe(t(db).neq("c", true)))),
    js("neq/null", One(|db| probe(t(db).neq("c", Value::Null)))),
    js(
        "neq/iso-date",
        One(|db| probe(t(db).neq("c", "2024-02-29T12:00:00.000Z"))),
    ),
    js(
        "neq/date-with-offset",
        One(|db| probe(t(db).neq("c", "2024-02-29T12:00:00+02:00"))),
    ),
    js("neq/date-object", One(|db| probe(t(db).neq("c", EPOCH)))),
    js("neq/comma", One(|db| probe(t(db).neq("c", "a,b")))),
    js(
        "neq/double-quote",
        One(|db| probe(t(db).neq("c", r#"say "hi""#))),
    ),
    js("neq/unicode", One(|db| probe(t(db).neq("c", "Zoë 東京")))),
    js("neq/plus", One(|db| probe(t(db).neq("c", "a+b")))),
    js("gt/string", One(|db| probe(t(db).gt("c", "Ada")))),
    js("gt/float", One(|db| probe(t(db).gt("c", 1.5)))),
    js("gt/true", One(|db| probe(t(db).gt("c", true)))),
    js("gt/null", One(|db| probe(t(db).gt("c", Value::Null)))),
    js(
        "gt/iso-date",
        One(|db| probe(t(db).gt("c", "2024-02-29T12:00:00.000Z"))),
    ),
    js("gt/date-object", One(|db| probe(t(db).gt("c", EPOCH)))),
    js(
        "gt/double-quote",
        One(|db| probe(t(db).gt("c", r#"say "hi""#))),
    ),
    js("gt/unicode", One(|db| probe(t(db).gt("c", "Zoë 東京")))),
    js("gt/empty-string", One(|db| probe(t(db).gt("c", "")))),
    js("gt/plus", One(|db| probe(t(db).gt("c", "a+b")))),
    js(
        "gt/array",
        One(|db| probe(t(db).gt("c", Literal::array([1, 2, 3])))),
    ),
    js("gte/string", One(|db| probe(t(db).gte("c", "Ada")))),
    js("gte/integer", One(|db| probe(t(db).gte("c", 42)))),
    js("gte/float", One(|db| probe(t(db).gte("c", 1.5)))),
    js("gte/true", One(|db| probe(t(db).gte("c", true)))),
    js("gte/null", One(|db| probe(t(db).gte("c", Value::Null)))),
    js(
        "gte/iso-date",
        One(|db| probe(t(db).gte("c", "2024-02-29T12:00:00.000Z"))),
    ),
    js(
        "gte/date-with-offset",
        One(|db| probe(t(db).gte("c", "2024-02-29T12:00:00+02:00"))),
    ),
    js("gte/comma", One(|db| probe(t(db).gte("c", "a,b")))),
    js(
        "gte/double-quote",
        One(|db| probe(t(db).gte("c", r#"say "hi""#))),
    ),
    js("gte/empty-string", One(|db| probe(t(db).gte("c", "")))),
    js("gte/plus", One(|db| probe(t(db).gte("c", "a+b")))),
    js(
        "gte/array",
        One(|db| probe(t(db).gte("c", Literal::array([1, 2, 3])))),
    ),
    js("lt/string", One(|db| probe(t(db).lt("c", "Ada")))),
    js("lt/integer", One(|db| probe(t(db).lt("c", 42)))),
    js("lt/float", One(|db| probe(t(db).lt("c", 1.5)))),
    js("lt/true", One(|db| probe(t(db).lt("c", true)))),
    js("lt/null", One(|db| probe(t(db).lt("c", Value::Null)))),
    js(
        "lt/iso-date",
        One(|db| probe(t(db).lt("c", "2024-02-29T12:00:00.000Z"))),
    ),
    js("lt/date-object", One(|db| probe(t(db).lt("c", EPOCH)))),
    js("lt/comma", One(|db| probe(t(db).lt("c", "a,b")))),
    js(
        "lt/double-quote",
        One(|db| probe(t(db).lt("c", r#"say "hi""#))),
    ),
    js("lt/plus", One(|db| probe(t(db).lt("c", "a+b")))),
    js(
        "lt/array",
        One(|db| probe(t(db).lt("c", Literal::array([1, 2, 3])))),
    ),
    js("lte/integer", One(|db| probe(t(db).lte("c", 42)))),
    js("lte/true", One(|db| probe(t(db).lte("c", true)))),
    js("lte/null", One(|db| probe(t(db).lte("c", Value::Null)))),
    js(
        "lte/date-with-offset",
        One(|db| probe(t(db).lte("c", "2024-02-29T12:00:00+02:00"))),
    ),
    js("lte/date-object", One(|db| probe(t(db).lte("c", EPOCH)))),
    js("lte/comma", One(|db| probe(t(db).lte("c", "a,b")))),
    js("lte/empty-string", One(|db| probe(t(db).lte("c", "")))),
    js("lte/plus", One(|db| probe(t(db).lte("c", "a+b")))),
    js(
        "lte/array",
        One(|db| probe(t(db).lte("c", Literal::array([1, 2, 3])))),
    ),
    js(
        "isdistinct/string",
        One(|db| probe(t(db).is_distinct("c", "Ada"))),
    ),
    js(
        "isdistinct/integer",
        One(|db| probe(t(db).is_distinct("c", 42))),
    ),
    js(
        "isdistinct/float",
        One(|db| probe(t(db).is_distinct("c", 1.5))),
    ),
    js(
        "isdistinct/null",
        One(|db| probe(t(db).is_distinct("c", Value::Null))),
    ),
    js(
        "isdistinct/iso-date",
        One(|db| probe(t(db).is_distinct("c", "2024-02-29T12:00:00.000Z"))),
    ),
    js(
        "isdistinct/date-with-offset",
        One(|db| probe(t(db).is_distinct("c", "2024-02-29T12:00:00+02:00"))),
    ),
    js(
        "isdistinct/date-object",
        One(|db| probe(t(db).is_distinct("c", EPOCH))),
    ),
    js(
        "isdistinct/comma",
        One(|db| probe(t(db).is_distinct("c", "a,b"))),
    ),
    js(
        "isdistinct/double-quote",
        One(|db| probe(t(db).is_distinct("c", r#"say "hi""#))),
    ),
    js(
        "isdistinct/empty-string",
        One(|db| probe(t(db).is_distinct("c", ""))),
    ),
    py(
        "eq/with-select",
        One(|db| probe(db.from("planets").select("*").eq("name", "Earth"))),
    ),
    py(
        "eq/value-types",
        One(|db| {
            probe(
                t(db)
                    .eq("n", Value::Null)
                    .eq("b", true)
                    .eq("f", 1.5)
                    .eq("l", Literal::array([lit(1), lit("a b")]))
                    .eq("d", json!({"k": "v"})),
            )
        }),
    ),
    py(
        "neq/with-select",
        One(|db| probe(db.from("planets").select("*").neq("name", "Earth"))),
    ),
    py(
        "gt/with-select",
        One(|db| probe(db.from("planets").select("*").gt("id", 2))),
    ),
    py(
        "gt/reserved-word",
        One(|db| probe(t(db).gt(r#""order""#, 2))),
    ),
    py(
        "gte/with-select",
        One(|db| probe(db.from("planets").select("*").gte("id", 2))),
    ),
    py(
        "lt/with-select",
        One(|db| probe(db.from("planets").select("*").lt("id", 2))),
    ),
    py(
        "lte/with-select",
        One(|db| probe(db.from("planets").select("*").lte("id", 2))),
    ),
];
