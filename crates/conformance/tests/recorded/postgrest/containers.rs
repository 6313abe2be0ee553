//! Arrays, ranges and JSON: contains, contained by, overlaps.

use conformance::Call::One;
use conformance::probe::probe;
use conformance::{Entry, d, js, py};
use postgrest_rs::{Literal, PgRange, lit};
use serde_json::json;

use crate::support::{ADDRESS, NONE, t};

pub(crate) const CASES: &[Entry] = &[
    js("contains/string-range", One(|db| probe(t(db).contains("tags", PgRange::from("[1,5)"))))),
    js("contains/string-json", One(|db| probe(t(db).contains("tags", json!({"a":1}))))),
    js("contains/array-strings", One(|db| probe(t(db).contains("tags", ["a", "b"])))),
    js("contains/array-numbers", One(|db| probe(t(db).contains("tags", [1, 2])))),
    js("contains/array-empty", One(|db| probe(t(db).contains("tags", NONE)))),
    js("contains/array-braces", One(|db| probe(t(db).contains("tags", ["{x}"])))).client_bug(
        "the elements of the array literal are not quoted, and null is empty",
        &[d("query tags", "cs.{{x}}", r#"cs.{"{x}"}"#)],
    ),
    js("contains/array-null", One(|db| probe(t(db).contains("tags", [Literal::null(), lit("a")]))))
        .client_bug(
            "the elements of the array literal are not quoted, and null is empty",
            &[d("query tags", "cs.{,a}", "cs.{NULL,a}")],
        ),
    js("contains/array-bool", One(|db| probe(t(db).contains("tags", [true, false])))),
    js("contains/array-empty-string", One(|db| probe(t(db).contains("tags", ["", "a"]))))
        .client_bug(
            "the elements of the array literal are not quoted, and null is empty",
            &[d("query tags", "cs.{,a}", r#"cs.{"",a}"#)],
        ),
    js(
        "contains/array-nested",
        One(|db| {
            probe(t(db).contains("tags", [Literal::array(["a", "b"]), Literal::array(["c"])]))
        }),
    )
    .client_bug("nested arrays are flattened", &[d("query tags", "cs.{a,b,c}", "cs.{{a,b},{c}}")]),
    js("contains/array-objects", One(|db| probe(t(db).contains("tags", [json!({ "id": 1 })]))))
        .client_bug(
            "an object becomes `[object Object]`",
            &[d("query tags", "cs.{[object Object]}", r#"cs.{"{\"id\":1}"}"#)],
        ),
    js(
        "contains/date-range",
        One(|db| {
            probe(t(db).contains("during", PgRange::from("[2000-01-01 12:45, 2000-01-01 13:15)")))
        }),
    ),
    js(
        "contained_by/string-range",
        One(|db| probe(t(db).contained_by("tags", PgRange::from("[1,5)")))),
    ),
    js("contained_by/string-json", One(|db| probe(t(db).contained_by("tags", json!({"a":1}))))),
    js("contained_by/array-strings", One(|db| probe(t(db).contained_by("tags", ["a", "b"])))),
    js("contained_by/array-numbers", One(|db| probe(t(db).contained_by("tags", [1, 2])))),
    js("contained_by/array-empty", One(|db| probe(t(db).contained_by("tags", NONE)))),
    js("contained_by/array-comma", One(|db| probe(t(db).contained_by("tags", ["a,b", "c"]))))
        .client_bug(
            "the elements of the array literal are not quoted, and null is empty",
            &[d("query tags", "cd.{a,b,c}", r#"cd.{"a,b",c}"#)],
        ),
    js(
        "contained_by/array-double-quote",
        One(|db| probe(t(db).contained_by("tags", [r#"say "hi""#]))),
    )
    .client_bug(
        "the elements of the array literal are not quoted, and null is empty",
        &[d("query tags", r#"cd.{say "hi"}"#, r#"cd.{"say \"hi\""}"#)],
    ),
    js("contained_by/array-space", One(|db| probe(t(db).contained_by("tags", ["a b"])))),
    js("contained_by/array-braces", One(|db| probe(t(db).contained_by("tags", ["{x}"]))))
        .client_bug(
            "the elements of the array literal are not quoted, and null is empty",
            &[d("query tags", "cd.{{x}}", r#"cd.{"{x}"}"#)],
        ),
    js(
        "contained_by/array-null",
        One(|db| probe(t(db).contained_by("tags", [Literal::null(), lit("a")]))),
    )
    .client_bug(
        "the elements of the array literal are not quoted, and null is empty",
        &[d("query tags", "cd.{,a}", "cd.{NULL,a}")],
    ),
    js("contained_by/array-bool", One(|db| probe(t(db).contained_by("tags", [true, false])))),
    js("contained_by/array-empty-string", One(|db| probe(t(db).contained_by("tags", ["", "a"]))))
        .client_bug(
            "the elements of the array literal are not quoted, and null is empty",
            &[d("query tags", "cd.{,a}", r#"cd.{"",a}"#)],
        ),
    js(
        "contained_by/array-nested",
        One(|db| {
            probe(t(db).contained_by("tags", [Literal::array(["a", "b"]), Literal::array(["c"])]))
        }),
    )
    .client_bug("nested arrays are flattened", &[d("query tags", "cd.{a,b,c}", "cd.{{a,b},{c}}")]),
    js("contained_by/array-unicode", One(|db| probe(t(db).contained_by("tags", ["Zoë", "🦀"])))),
    js("contained_by/array-backslash", One(|db| probe(t(db).contained_by("tags", [r"a\b"]))))
        .client_bug(
            "the elements of the array literal are not quoted, and null is empty",
            &[d("query tags", r"cd.{a\b}", r#"cd.{"a\\b"}"#)],
        ),
    js(
        "contained_by/date-range",
        One(|db| {
            probe(
                t(db).contained_by("during", PgRange::from("[2000-01-01 12:45, 2000-01-01 13:15)")),
            )
        }),
    ),
    js("overlaps/string-range", One(|db| probe(t(db).overlaps("tags", PgRange::from("[1,5)"))))),
    js("overlaps/string-json", One(|db| probe(t(db).overlaps("tags", json!({"a":1})))))
        .server_wins(
            "Postgres has no overlap of JSON values",
            &[d("request", r#"GET /rest/v1/t?select=*&tags=ov.{"a":1}"#, "refused")],
        ),
    js("overlaps/array-strings", One(|db| probe(t(db).overlaps("tags", ["a", "b"])))),
    js("overlaps/array-numbers", One(|db| probe(t(db).overlaps("tags", [1, 2])))),
    js("overlaps/array-empty", One(|db| probe(t(db).overlaps("tags", NONE)))),
    js("overlaps/array-double-quote", One(|db| probe(t(db).overlaps("tags", [r#"say "hi""#]))))
        .client_bug(
            "the elements of the array literal are not quoted, and null is empty",
            &[d("query tags", r#"ov.{say "hi"}"#, r#"ov.{"say \"hi\""}"#)],
        ),
    js("overlaps/array-braces", One(|db| probe(t(db).overlaps("tags", ["{x}"])))).client_bug(
        "the elements of the array literal are not quoted, and null is empty",
        &[d("query tags", "ov.{{x}}", r#"ov.{"{x}"}"#)],
    ),
    js("overlaps/array-null", One(|db| probe(t(db).overlaps("tags", [Literal::null(), lit("a")]))))
        .client_bug(
            "the elements of the array literal are not quoted, and null is empty",
            &[d("query tags", "ov.{,a}", "ov.{NULL,a}")],
        ),
    js("overlaps/array-bool", One(|db| probe(t(db).overlaps("tags", [true, false])))),
    js("overlaps/array-empty-string", One(|db| probe(t(db).overlaps("tags", ["", "a"]))))
        .client_bug(
            "the elements of the array literal are not quoted, and null is empty",
            &[d("query tags", "ov.{,a}", r#"ov.{"",a}"#)],
        ),
    js("overlaps/array-unicode", One(|db| probe(t(db).overlaps("tags", ["Zoë", "🦀"])))),
    js(
        "overlaps/date-range",
        One(|db| {
            probe(t(db).overlaps("during", PgRange::from("[2000-01-01 12:45, 2000-01-01 13:15)")))
        }),
    ),
    js("contains/object", One(|db| probe(t(db).contains("data", Literal::json(ADDRESS))))),
    js(
        "contains/object-escapes",
        One(|db| probe(t(db).contains("data", json!({ "k\"ey": "va,l(u)e \"q\" \\ é" })))),
    ),
    js("contains/object-empty", One(|db| probe(t(db).contains("data", json!({}))))),
    js("contained_by/object", One(|db| probe(t(db).contained_by("data", Literal::json(ADDRESS))))),
    js(
        "contained_by/object-escapes",
        One(|db| probe(t(db).contained_by("data", json!({ "k\"ey": "va,l(u)e \"q\" \\ é" })))),
    ),
    js("overlaps/object-throws", One(|db| probe(t(db).overlaps("data", json!({ "a": 1 }))))),
    py(
        "contains/on-array-columns",
        One(|db| {
            probe(db.from("issues").select("*").contains("tags", ["is:open", "priority:low"]))
        }),
    ),
    py(
        "contains/on-range-columns",
        One(|db| {
            probe(
                db.from("reservations")
                    .select("*")
                    .contains("during", PgRange::from("[2000-01-01 13:00, 2000-01-01 13:30)")),
            )
        }),
    ),
    py(
        "contains/on-jsonb-columns",
        One(|db| {
            probe(db.from("users").select("*").contains("address", json!({ "postcode": 90210 })))
        }),
    )
    .ours_by_design(
        "compact-json",
        "JSON is written without blanks",
        &[d("query address", r#"cs.{"postcode": 90210}"#, r#"cs.{"postcode":90210}"#)],
    ),
    py(
        "contains/array-quoting",
        One(|db| {
            probe(t(db).contains(
                "tags",
                [
                    lit("a,b"),
                    lit("{c}"),
                    lit(r#"d"e"#),
                    lit("f g"),
                    lit(""),
                    lit("null"),
                    Literal::null(),
                    lit(1),
                    lit(true),
                ],
            ))
        }),
    )
    .client_bug(
        "a boolean is written as Python writes it",
        &[d(
            "query tags",
            r#"cs.{"a,b","{c}","d\"e","f g","","null",NULL,1,True}"#,
            r#"cs.{"a,b","{c}","d\"e",f g,"","null",NULL,1,true}"#,
        )],
    ),
    py(
        "contained-by/on-array-columns",
        One(|db| {
            probe(
                db.from("classes")
                    .select("name")
                    .contained_by("days", ["monday", "tuesday", "wednesday", "friday"]),
            )
        }),
    ),
    py(
        "contained-by/on-range-columns",
        One(|db| {
            probe(
                db.from("reservations")
                    .select("*")
                    .contained_by("during", PgRange::from("[2000-01-01 00:00, 2000-01-01 23:59)")),
            )
        }),
    ),
    py(
        "contained-by/on-jsonb-columns",
        One(|db| probe(db.from("users").select("name").contained_by("address", json!({})))),
    ),
    py(
        "overlaps/on-array-columns",
        One(|db| {
            probe(
                db.from("issues").select("title").overlaps("tags", ["is:closed", "severity:high"]),
            )
        }),
    ),
    py(
        "overlaps/on-range-columns",
        One(|db| {
            probe(
                db.from("reservations")
                    .select("*")
                    .overlaps("during", PgRange::from("[2000-01-01 12:45, 2000-01-01 13:15)")),
            )
        }),
    ),
];
