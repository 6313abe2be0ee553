//! `in` and its negation.

use conformance::Call::{One, Unwritable};
use conformance::probe::probe;
use conformance::{Entry, js, py};
use postgrest_rs::{Literal, lit};
use std::collections::BTreeSet;

use crate::support::{EPOCH, t};

pub(crate) const CASES: &[Entry] = &[
    js("in/strings", One(|db| probe(t(db).in_("c", ["a", "b"])))),
    js("in/numbers", One(|db| probe(t(db).in_("c", [1, 2, 3])))),
    js("in/single", One(|db| probe(t(db).in_("c", ["a"])))),
    js(
        "in/needs-quoting-comma",
        One(|db| probe(t(db).in_("c", ["a,b", "c"]))),
    ),
    js(
        "in/needs-quoting-parens",
        One(|db| probe(t(db).in_("c", ["(x)", "y"]))),
    ),
    js(
        "not-in/needs-quoting-parens",
        One(|db| probe(t(db).not_in("c", ["(x)", "y"]))),
    ),
    js(
        "in/double-quote",
        One(|db| probe(t(db).in_("c", [r#"say "hi""#]))),
    ),
    js(
        "not-in/double-quote",
        One(|db| probe(t(db).not_in("c", [r#"say "hi""#]))),
    ),
    js(
        "not-in/backslash",
        One(|db| probe(t(db).not_in("c", [r"a\b"]))),
    ),
    js(
        "in/already-quoted",
        One(|db| probe(t(db).in_("c", [r#""a,b""#]))),
    ),
    js(
        "in/duplicates",
        One(|db| probe(t(db).in_("c", [lit("a"), lit("a"), lit("b"), lit(1), lit(1)]))),
    ),
    js(
        "not-in/duplicates",
        One(|db| probe(t(db).not_in("c", [lit("a"), lit("a"), lit("b"), lit(1), lit(1)]))),
    ),
    js(
        "in/mixed-number-string",
        One(|db| probe(t(db).in_("c", [lit(1), lit("1")]))),
    ),
    js(
        "not-in/bool-null",
        One(|db| probe(t(db).not_in("c", [lit(true), lit(false), Literal::null()]))),
    ),
    js("in/undefined", Unwritable),
    js(
        "not-in/empty-string",
        One(|db| probe(t(db).not_in("c", ["", "a"]))),
    ),
    js("in/spaces", One(|db| probe(t(db).in_("c", ["a b", " c "])))),
    js(
        "not-in/spaces",
        One(|db| probe(t(db).not_in("c", ["a b", " c "]))),
    ),
    js(
        "in/unicode",
        One(|db| probe(t(db).in_("c", ["Zoë", "東京"]))),
    ),
    js(
        "not-in/unicode",
        One(|db| probe(t(db).not_in("c", ["Zoë", "東京"]))),
    ),
    js("in/braces", One(|db| probe(t(db).in_("c", ["{a}", "[b]"])))),
    js(
        "in/percent-plus",
        One(|db| probe(t(db).in_("c", ["50%", "a+b", "a&b"]))),
    ),
    js("in/dates", One(|db| probe(t(db).in_("c", [EPOCH])))),
    js(
        "in/nested-array",
        One(|db| probe(t(db).in_("c", [Literal::array(["a", "b"]), Literal::array(["c"])]))),
    ),
    js(
        "in/single-quote",
        One(|db| probe(t(db).in_("c", ["O'Brien"]))),
    ),
    js("in/newline", One(|db| probe(t(db).in_("c", ["a\nb"])))),
    js(
        "in/set-is-not-array",
        One(|db| probe(t(db).in_("c", BTreeSet::from(["a", "b"])))),
    ),
    js(
        "in/json-path-column",
        One(|db| probe(t(db).in_("data->>kind", ["a", "b"]))),
    ),
    py(
        "in/with-select",
        One(|db| {
            probe(
                db.from("planets")
                    .select("*")
                    .in_("name", ["Earth", "Mars"]),
            )
        }),
    ),
    py(
        "in/quoting",
        One(|db| {
            probe(t(db).in_(
                "name",
                [
                    lit("a,b"),
                    lit("c(d)"),
                    lit(r#"e"f"#),
                    lit(r"g\h"),
                    lit("i:j"),
                    lit("k l"),
                    lit("m.n"),
                    lit(""),
                    Literal::null(),
                    lit(true),
                    lit(3),
                ],
            ))
        }),
    ),
];
