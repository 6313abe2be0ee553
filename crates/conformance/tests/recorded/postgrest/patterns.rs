//! `is`, patterns and regular expressions.

use conformance::Call::{One, Unwritable};
use conformance::probe::probe;
use conformance::{Entry, d, js, py};
use postgrest_rs::Is;

use crate::support::{NONE, t};

pub(crate) const CASES: &[Entry] = &[
    js("like/prefix", One(|db| probe(t(db).like("name", "Al%")))),
    js("like/contains", One(|db| probe(t(db).like("name", "%bert%")))),
    js("like/underscore", One(|db| probe(t(db).like("name", "A_a")))),
    js("like/escaped-percent", One(|db| probe(t(db).like("name", r"100\%")))),
    js("like/comma", One(|db| probe(t(db).like("name", "%a,b%")))),
    js("like/quote", One(|db| probe(t(db).like("name", r#"%"x"%"#)))),
    js("like/parens", One(|db| probe(t(db).like("name", "%(x)%")))),
    js("like/empty", One(|db| probe(t(db).like("name", "")))),
    js("like/plus", One(|db| probe(t(db).like("name", "a+%")))),
    js("ilike/prefix", One(|db| probe(t(db).ilike("name", "Al%")))),
    js("ilike/star", One(|db| probe(t(db).ilike("name", "Al*")))),
    js("ilike/escaped-percent", One(|db| probe(t(db).ilike("name", r"100\%")))),
    js("ilike/comma", One(|db| probe(t(db).ilike("name", "%a,b%")))),
    js("ilike/quote", One(|db| probe(t(db).ilike("name", r#"%"x"%"#)))),
    js("ilike/unicode", One(|db| probe(t(db).ilike("name", "%ö%")))),
    js("ilike/empty", One(|db| probe(t(db).ilike("name", "")))),
    js("ilike/plus", One(|db| probe(t(db).ilike("name", "a+%")))),
    js("regex/anchor", One(|db| probe(t(db).regex("name", "^A.*$")))),
    js("regex/alternation", One(|db| probe(t(db).regex("name", "(a|b)c")))),
    js("regex/class", One(|db| probe(t(db).regex("name", "[0-9]+")))),
    js("regex/escape", One(|db| probe(t(db).regex("name", r"\d{3}-\w")))),
    js("regex/comma", One(|db| probe(t(db).regex("name", "a{1,3}")))),
    js("regex/plus", One(|db| probe(t(db).regex("name", "a+")))),
    js("regex_icase/anchor", One(|db| probe(t(db).regex_icase("name", "^A.*$")))),
    js("regex_icase/alternation", One(|db| probe(t(db).regex_icase("name", "(a|b)c")))),
    js("regex_icase/escape", One(|db| probe(t(db).regex_icase("name", r"\d{3}-\w")))),
    js("regex_icase/comma", One(|db| probe(t(db).regex_icase("name", "a{1,3}")))),
    js("regex_icase/quote", One(|db| probe(t(db).regex_icase("name", r#""x""#)))),
    js("regex_icase/plus", One(|db| probe(t(db).regex_icase("name", "a+")))),
    js("regex_icase/empty", One(|db| probe(t(db).regex_icase("name", "")))),
    js("like_all/two", One(|db| probe(t(db).like_all("name", ["A%", "%b"])))),
    js("like_all/one", One(|db| probe(t(db).like_all("name", ["A%"])))),
    js("like_all/empty", One(|db| probe(t(db).like_all("name", NONE)))),
    js("like_all/comma", One(|db| probe(t(db).like_all("name", ["a,b%", "%c"])))).client_bug(
        "the elements of the array literal are not quoted",
        &[d("query name", "like(all).{a,b%,%c}", r#"like(all).{"a,b%",%c}"#)],
    ),
    js("like_all/double-quote", One(|db| probe(t(db).like_all("name", [r#""x"%"#])))).client_bug(
        "the elements of the array literal are not quoted",
        &[d("query name", r#"like(all).{"x"%}"#, r#"like(all).{"\"x\"%"}"#)],
    ),
    js("like_all/braces", One(|db| probe(t(db).like_all("name", ["{a}%"])))).client_bug(
        "the elements of the array literal are not quoted",
        &[d("query name", "like(all).{{a}%}", r#"like(all).{"{a}%"}"#)],
    ),
    js("like_all/backslash", One(|db| probe(t(db).like_all("name", [r"a\_b%"])))).client_bug(
        "the elements of the array literal are not quoted",
        &[d("query name", r"like(all).{a\_b%}", r#"like(all).{"a\\_b%"}"#)],
    ),
    js("like_all/space", One(|db| probe(t(db).like_all("name", ["a b%"])))),
    js("like_all/unicode", One(|db| probe(t(db).like_all("name", ["%é%"])))),
    js("like_all/empty-element", One(|db| probe(t(db).like_all("name", ["", "%"])))).client_bug(
        "the elements of the array literal are not quoted",
        &[d("query name", "like(all).{,%}", r#"like(all).{"",%}"#)],
    ),
    js("like_any/two", One(|db| probe(t(db).like_any("name", ["A%", "%b"])))),
    js("like_any/empty", One(|db| probe(t(db).like_any("name", NONE)))),
    js("like_any/comma", One(|db| probe(t(db).like_any("name", ["a,b%", "%c"])))).client_bug(
        "the elements of the array literal are not quoted",
        &[d("query name", "like(any).{a,b%,%c}", r#"like(any).{"a,b%",%c}"#)],
    ),
    js("like_any/double-quote", One(|db| probe(t(db).like_any("name", [r#""x"%"#])))).client_bug(
        "the elements of the array literal are not quoted",
        &[d("query name", r#"like(any).{"x"%}"#, r#"like(any).{"\"x\"%"}"#)],
    ),
    js("like_any/backslash", One(|db| probe(t(db).like_any("name", [r"a\_b%"])))).client_bug(
        "the elements of the array literal are not quoted",
        &[d("query name", r"like(any).{a\_b%}", r#"like(any).{"a\\_b%"}"#)],
    ),
    js("like_any/space", One(|db| probe(t(db).like_any("name", ["a b%"])))),
    js("like_any/unicode", One(|db| probe(t(db).like_any("name", ["%é%"])))),
    js("like_any/empty-element", One(|db| probe(t(db).like_any("name", ["", "%"])))).client_bug(
        "the elements of the array literal are not quoted",
        &[d("query name", "like(any).{,%}", r#"like(any).{"",%}"#)],
    ),
    js("ilike_all/two", One(|db| probe(t(db).ilike_all("name", ["A%", "%b"])))),
    js("ilike_all/empty", One(|db| probe(t(db).ilike_all("name", NONE)))),
    js("ilike_all/comma", One(|db| probe(t(db).ilike_all("name", ["a,b%", "%c"])))).client_bug(
        "the elements of the array literal are not quoted",
        &[d("query name", "ilike(all).{a,b%,%c}", r#"ilike(all).{"a,b%",%c}"#)],
    ),
    js("ilike_all/braces", One(|db| probe(t(db).ilike_all("name", ["{a}%"])))).client_bug(
        "the elements of the array literal are not quoted",
        &[d("query name", "ilike(all).{{a}%}", r#"ilike(all).{"{a}%"}"#)],
    ),
    js("ilike_all/backslash", One(|db| probe(t(db).ilike_all("name", [r"a\_b%"])))).client_bug(
        "the elements of the array literal are not quoted",
        &[d("query name", r"ilike(all).{a\_b%}", r#"ilike(all).{"a\\_b%"}"#)],
    ),
    js("ilike_all/space", One(|db| probe(t(db).ilike_all("name", ["a b%"])))),
    js("ilike_all/unicode", One(|db| probe(t(db).ilike_all("name", ["%é%"])))),
    js("ilike_any/two", One(|db| probe(t(db).ilike_any("name", ["A%", "%b"])))),
    js("ilike_any/one", One(|db| probe(t(db).ilike_any("name", ["A%"])))),
    js("ilike_any/empty", One(|db| probe(t(db).ilike_any("name", NONE)))),
    js("ilike_any/comma", One(|db| probe(t(db).ilike_any("name", ["a,b%", "%c"])))).client_bug(
        "the elements of the array literal are not quoted",
        &[d("query name", "ilike(any).{a,b%,%c}", r#"ilike(any).{"a,b%",%c}"#)],
    ),
    js("ilike_any/braces", One(|db| probe(t(db).ilike_any("name", ["{a}%"])))).client_bug(
        "the elements of the array literal are not quoted",
        &[d("query name", "ilike(any).{{a}%}", r#"ilike(any).{"{a}%"}"#)],
    ),
    js("ilike_any/backslash", One(|db| probe(t(db).ilike_any("name", [r"a\_b%"])))).client_bug(
        "the elements of the array literal are not quoted",
        &[d("query name", r"ilike(any).{a\_b%}", r#"ilike(any).{"a\\_b%"}"#)],
    ),
    js("ilike_any/space", One(|db| probe(t(db).ilike_any("name", ["a b%"])))),
    js("ilike_any/empty-element", One(|db| probe(t(db).ilike_any("name", ["", "%"])))).client_bug(
        "the elements of the array literal are not quoted",
        &[d("query name", "ilike(any).{,%}", r#"ilike(any).{"",%}"#)],
    ),
    js("is/true", One(|db| probe(t(db).is("c", Is::True)))),
    js("is/false", One(|db| probe(t(db).is("c", Is::False)))),
    js("is/unknown", One(|db| probe(t(db).is("c", Is::Unknown)))),
    js("is/not-null", One(|db| probe(t(db).is("c", Is::NotNull)))).ours_by_design(
        "not-null-by-negation",
        "servers before version 13 do not know `is.not_null`",
        &[d("query c", "is.not_null", "not.is.null")],
    ),
    js("is/undefined", Unwritable).language_only(
        "undefined",
        &[d("call", "GET /rest/v1/t?select=*&c=is.undefined", "cannot be written")],
    ),
    py("like/with-select", One(|db| probe(db.from("planets").select("*").like("name", "%Ea%")))),
    py("ilike/with-select", One(|db| probe(db.from("planets").select("*").ilike("name", "%ea%")))),
    py(
        "like/all-any",
        One(|db| probe(t(db).like_all("name", ["A*", "*b"]).like_any("name", ["A*", "*b"]))),
    ),
    py(
        "ilike/all-any",
        One(|db| probe(t(db).ilike_all("name", ["A*", "*b"]).ilike_any("name", ["A*", "*b"]))),
    ),
    py(
        "is/checking-nullness",
        One(|db| probe(db.from("planets").select("*").is("name", Is::Null))),
    ),
    py(
        "is/values",
        One(|db| {
            probe(
                t(db)
                    .is("a", Is::Null)
                    .is("b", Is::True)
                    .is("c", Is::False)
                    .is("d", Is::Unknown)
                    .is("e", Is::NotNull),
            )
        }),
    )
    .ours_by_design(
        "not-null-by-negation",
        "servers before version 13 do not know `is.not_null`",
        &[d("query e", "is.not_null", "not.is.null")],
    ),
];
