//! `in` and its negation.

use conformance::Call::{One, Unwritable};
use conformance::probe::probe;
use conformance::{Entry, d, js, py};
use postgrest_rs::{Literal, lit};
use std::collections::BTreeSet;

use crate::support::{EPOCH, t};

pub(crate) const CASES: &[Entry] = &[
    js("in/strings", One(|db| probe(t(db).in_("c", ["a", "b"])))),
    js("in/numbers", One(|db| probe(t(db).in_("c", [1, 2, 3])))),
    js("in/single", One(|db| probe(t(db).in_("c", ["a"])))),
    js("in/needs-quoting-comma", One(|db| probe(t(db).in_("c", ["a,b", "c"])))),
    js("in/needs-quoting-parens", One(|db| probe(t(db).in_("c", ["(x)", "y"])))),
    js("not-in/needs-quoting-parens", One(|db| probe(t(db).not_in("c", ["(x)", "y"])))),
    js("in/double-quote", One(|db| probe(t(db).in_("c", [r#"say "hi""#])))).client_bug(
        "quotes and backslashes are not escaped",
        &[d("query c", r#"in.(say "hi")"#, r#"in.("say \"hi\"")"#)],
    ),
    js("not-in/double-quote", One(|db| probe(t(db).not_in("c", [r#"say "hi""#])))).client_bug(
        "quotes and backslashes are not escaped",
        &[d("query c", r#"not.in.(say "hi")"#, r#"not.in.("say \"hi\"")"#)],
    ),
    js("not-in/backslash", One(|db| probe(t(db).not_in("c", [r"a\b"])))).client_bug(
        "quotes and backslashes are not escaped",
        &[d("query c", r"not.in.(a\b)", r#"not.in.("a\\b")"#)],
    ),
    js("in/already-quoted", One(|db| probe(t(db).in_("c", [r#""a,b""#])))).client_bug(
        "quotes and backslashes are not escaped",
        &[d("query c", r#"in.(""a,b"")"#, r#"in.("\"a,b\"")"#)],
    ),
    js(
        "in/duplicates",
        One(|db| probe(t(db).in_("c", [lit("a"), lit("a"), lit("b"), lit(1), lit(1)]))),
    ),
    js(
        "not-in/duplicates",
        One(|db| probe(t(db).not_in("c", [lit("a"), lit("a"), lit("b"), lit(1), lit(1)]))),
    ),
    js("in/mixed-number-string", One(|db| probe(t(db).in_("c", [lit(1), lit("1")])))),
    js(
        "not-in/bool-null",
        One(|db| probe(t(db).not_in("c", [lit(true), lit(false), Literal::null()]))),
    )
    .server_wins(
        r#"inside a list `null` means the text "null""#,
        &[d("request", "GET /rest/v1/t?select=*&c=not.in.(true,false,null)", "refused")],
    ),
    js("in/undefined", Unwritable).language_only(
        "undefined",
        &[d("call", "GET /rest/v1/t?select=*&c=in.(undefined,1)", "cannot be written")],
    ),
    js("not-in/empty-string", One(|db| probe(t(db).not_in("c", ["", "a"])))).ours_by_design(
        "quotes-when-needed",
        "quoted wherever a bare element might be read otherwise",
        &[d("query c", "not.in.(,a)", r#"not.in.("",a)"#)],
    ),
    js("in/spaces", One(|db| probe(t(db).in_("c", ["a b", " c "])))).ours_by_design(
        "quotes-when-needed",
        "quoted wherever a bare element might be read otherwise",
        &[d("query c", "in.(a b, c )", r#"in.(a b," c ")"#)],
    ),
    js("not-in/spaces", One(|db| probe(t(db).not_in("c", ["a b", " c "])))).ours_by_design(
        "quotes-when-needed",
        "quoted wherever a bare element might be read otherwise",
        &[d("query c", "not.in.(a b, c )", r#"not.in.(a b," c ")"#)],
    ),
    js("in/unicode", One(|db| probe(t(db).in_("c", ["Zoë", "東京"])))),
    js("not-in/unicode", One(|db| probe(t(db).not_in("c", ["Zoë", "東京"])))),
    js("in/braces", One(|db| probe(t(db).in_("c", ["{a}", "[b]"])))).ours_by_design(
        "quotes-when-needed",
        "quoted wherever a bare element might be read otherwise",
        &[d("query c", "in.({a},[b])", r#"in.("{a}",[b])"#)],
    ),
    js("in/percent-plus", One(|db| probe(t(db).in_("c", ["50%", "a+b", "a&b"])))),
    js("in/dates", One(|db| probe(t(db).in_("c", [EPOCH])))).language_only(
        "Date objects and their text form; ours is ISO 8601",
        &[d(
            "query c",
            "in.(Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time))",
            "in.(1970-01-01T00:00:00Z)",
        )],
    ),
    js(
        "in/nested-array",
        One(|db| probe(t(db).in_("c", [Literal::array(["a", "b"]), Literal::array(["c"])]))),
    )
    .client_bug(
        "nested arrays are flattened",
        &[d("query c", "in.(a,b,c)", r#"in.("{a,b}","{c}")"#)],
    ),
    js("in/single-quote", One(|db| probe(t(db).in_("c", ["O'Brien"])))),
    js("in/newline", One(|db| probe(t(db).in_("c", ["a\nb"])))).ours_by_design(
        "quotes-when-needed",
        "quoted wherever a bare element might be read otherwise",
        &[d("query c", "in.(a\nb)", "in.(\"a\nb\")")],
    ),
    js("in/set-is-not-array", One(|db| probe(t(db).in_("c", BTreeSet::from(["a", "b"]))))),
    js("in/json-path-column", One(|db| probe(t(db).in_("data->>kind", ["a", "b"])))),
    py(
        "in/with-select",
        One(|db| probe(db.from("planets").select("*").in_("name", ["Earth", "Mars"]))),
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
    )
    .server_wins(
        r#"inside a list `null` means the text "null""#,
        &[d(
            "request",
            concat!(
                r#"GET /rest/v1/t?select=*&name=in.("a,b","c(d)","e\"f","#,
                r#""g\\h","i:j",k l,m.n,,null,true,3)"#
            ),
            "refused",
        )],
    ),
];
