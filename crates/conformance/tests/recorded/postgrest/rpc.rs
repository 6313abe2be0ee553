//! Database functions.

use conformance::Call::One;
use conformance::probe::probe;
use conformance::{Entry, d, js, py};
use postgrest_rs::{Count, col};
use serde_json::{Value, json};

use crate::support::EPOCH;

pub(crate) const CASES: &[Entry] = &[
    js("rpc/no-args", One(|db| probe(db.rpc::<Value>("hello", ())))),
    js("rpc/args", One(|db| probe(db.rpc::<Value>("add", &json!({ "a": 1, "b": 2 }))))),
    js("rpc/null-arg", One(|db| probe(db.rpc::<Value>("f", &json!({ "a": null }))))),
    js("rpc/undefined-arg", One(|db| probe(db.rpc::<Value>("f", &json!({ "b": 1 }))))),
    js(
        "rpc/array-arg",
        One(|db| probe(db.rpc::<Value>("f", &json!({ "ids": [1, 2, 3], "names": ["a", "b,c"] })))),
    ),
    js(
        "rpc/bigint-date-arg",
        One(|db| {
            probe(db.rpc::<Value>(
                "f",
                &json!({ "n": 9_007_199_254_740_993_i64, "at": "1970-01-01T00:00:00.000Z" }),
            ))
        }),
    )
    .language_only(
        "BigInt, which its JSON cannot hold",
        &[d(
            "body",
            r#"{"at":"1970-01-01T00:00:00.000Z","n":"9007199254740993"}"#,
            r#"{"at":"1970-01-01T00:00:00.000Z","n":9007199254740993}"#,
        )],
    ),
    js(
        "rpc/bulk-array-body",
        One(|db| probe(db.rpc::<Value>("f", &json!([{ "a": 1 }, { "a": 2 }])))),
    ),
    js("rpc/void", One(|db| probe(db.rpc::<Value>("do_it", ())))),
    js("rpc/returns-null", One(|db| probe(db.rpc::<Value>("f", ())))),
    js("rpc/returns-empty-string", One(|db| probe(db.rpc::<Value>("f", ())))),
    js("rpc/returns-set", One(|db| probe(db.rpc::<Value>("list_users", ())))),
    js("rpc/select", One(|db| probe(db.rpc::<Value>("list_users", ()).select("id, name")))),
    js(
        "rpc/filter-order-limit",
        One(|db| {
            probe(
                db.rpc::<Value>("list_users", ())
                    .select("id")
                    .eq("name", "Ada")
                    .gt("id", 1)
                    .order("id")
                    .limit(1),
            )
        }),
    ),
    js(
        "rpc/maybe-single",
        One(|db| probe(db.rpc::<Value>("list_users", ()).eq("id", 1).maybe_single())),
    ),
    js(
        "rpc/count-select",
        One(|db| probe(db.rpc::<Value>("list_users", ()).count(Count::Planned).select("id"))),
    ),
    js("rpc/range", One(|db| probe(db.rpc::<Value>("list_users", ()).range(0..=4)))),
    js(
        "rpc/get",
        One(|db| probe(db.rpc::<Value>("f", &json!({ "a": 1, "b": "x y", "c": true })).get())),
    ),
    js("rpc/get-undefined", One(|db| probe(db.rpc::<Value>("f", &json!({ "b": 2 })).get()))),
    js(
        "rpc/get-array-strings",
        One(|db| {
            probe(db.rpc::<Value>("f", &json!({ "names": ["a", "b,c", "d \"q\"", ""] })).get())
        }),
    )
    .client_bug(
        "the elements of the array literal are not quoted",
        &[d("query names", r#"{a,b,c,d "q",}"#, r#"{a,"b,c","d \"q\"",""}"#)],
    ),
    js("rpc/get-array-empty", One(|db| probe(db.rpc::<Value>("f", &json!({ "ids": [] })).get()))),
    js("rpc/get-object", One(|db| probe(db.rpc::<Value>("f", &json!({ "o": { "a": 1 } })).get())))
        .client_bug(
            "an object becomes `[object Object]`",
            &[d("query o", "[object Object]", r#"{"a":1}"#)],
        ),
    js(
        "rpc/get-nested-array",
        One(|db| probe(db.rpc::<Value>("f", &json!({ "m": [[1, 2], [3, 4]] })).get())),
    )
    .client_bug("nested arrays are flattened", &[d("query m", "{1,2,3,4}", "{{1,2},{3,4}}")]),
    js(
        "rpc/get-date-bigint",
        One(|db| probe(db.rpc::<Value>("f", &json!({ "at": EPOCH.to_string(), "n": 12 })).get())),
    )
    .language_only(
        "Date objects and their text form; ours is ISO 8601",
        &[d(
            "query at",
            "Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)",
            "1970-01-01T00:00:00Z",
        )],
    ),
    js(
        "rpc/get-count",
        One(|db| probe(db.rpc::<Value>("f", &json!({ "a": 1 })).get().count(Count::Exact))),
    ),
    js(
        "rpc/get-select-filter",
        One(|db| {
            probe(db.rpc::<Value>("f", &json!({ "a": 1 })).get().select("id").eq("b", 2).limit(1))
        }),
    ),
    js("rpc/head", One(|db| probe(db.rpc::<Value>("f", &json!({ "a": 1 })).head()))),
    js(
        "rpc/head-count",
        One(|db| probe(db.rpc::<Value>("f", &json!({ "a": [1, 2] })).head().count(Count::Exact))),
    ),
    js("rpc/head-and-get", One(|db| probe(db.rpc::<Value>("f", &json!({ "a": 1 })).get().head()))),
    js(
        "rpc/head-object-arg",
        One(|db| probe(db.rpc::<Value>("f", &json!({ "o": { "a": 1 } })).head())),
    )
    .ours_by_design(
        "head-stays-head",
        "an object is sent as JSON text instead of by another method",
        &[
            d("method", "POST", "HEAD"),
            d("query o", "absent", r#"{"a":1}"#),
            d("header content-profile", "public", "absent"),
            d("header prefer", "return=minimal", "absent"),
            d("body", r#"{"o":{"a":1}}"#, "none"),
        ],
    ),
    js(
        "rpc/head-object-arg-count",
        One(|db| {
            probe(db.rpc::<Value>("f", &json!({ "o": { "a": 1 } })).head().count(Count::Exact))
        }),
    )
    .ours_by_design(
        "head-stays-head",
        "an object is sent as JSON text instead of by another method",
        &[
            d("method", "POST", "HEAD"),
            d("query o", "absent", r#"{"a":1}"#),
            d("header content-profile", "public", "absent"),
            d("header prefer", "count=exact,return=minimal", "count=exact"),
            d("body", r#"{"o":{"a":1}}"#, "none"),
        ],
    ),
    js(
        "rpc/head-date-is-object",
        One(|db| probe(db.rpc::<Value>("f", &json!({ "at": EPOCH.to_string() })).head())),
    )
    .ours_by_design(
        "head-stays-head",
        "an object is sent as JSON text instead of by another method",
        &[
            d("method", "POST", "HEAD"),
            d("query at", "absent", "1970-01-01T00:00:00Z"),
            d("header content-profile", "public", "absent"),
            d("header prefer", "return=minimal", "absent"),
            d("body", r#"{"at":"1970-01-01T00:00:00.000Z"}"#, "none"),
        ],
    ),
    js("rpc/head-null-arg", One(|db| probe(db.rpc::<Value>("f", &json!({ "a": null })).head())))
        .ours_by_design(
            "no-null-in-get",
            r#"it would be the text "null""#,
            &[d("request", "HEAD /rest/v1/rpc/f?a=null", "refused")],
        ),
    js("rpc/name-with-slash", One(|db| probe(db.rpc::<Value>("a/b", ())))).ours_by_design(
        "names-are-segments",
        "a name is one segment of the path, and plain",
        &[d("request", "POST /rest/v1/rpc/a/b {}", "refused")],
    ),
    js("rpc/not-found", One(|db| probe(db.rpc::<Value>("nope", &json!({ "a": 1 }))))),
    js("rpc/raised-custom-status", One(|db| probe(db.rpc::<Value>("boom", ())))),
    js("rpc/throw-on-error", One(|db| probe(db.rpc::<Value>("boom", ())))),
    py(
        "rpc/call-a-postgres-function-without-arguments",
        One(|db| probe(db.rpc::<Value>("hello_world", ()))),
    ),
    py(
        "rpc/call-a-postgres-function-with-arguments",
        One(|db| probe(db.rpc::<Value>("echo", &json!({ "say": "👋" })))),
    ),
    py(
        "rpc/bulk-processing",
        One(|db| probe(db.rpc::<Value>("add_one_each", &json!({ "arr": [1, 2, 3] })))),
    ),
    py(
        "rpc/call-a-postgres-function-with-filters",
        One(|db| probe(db.rpc::<Value>("list_stored_planets", ()).eq("id", 1).single())),
    ),
    py(
        "rpc/call-a-read-only-postgres-function",
        One(|db| probe(db.rpc::<Value>("hello_world", ()).get())),
    ),
    py(
        "rpc/get-arguments",
        One(|db| {
            let lists = json!({ "arr": [1, 2, "x,y"], "obj": { "k": [1, 2] } });
            let (list, object) = (&lists["arr"], &lists["obj"]);
            let args = json!({ "i": 1, "s": "a b&c", "b": true, "arr": list, "obj": object });
            probe(db.rpc::<Value>("f", &args).get())
        }),
    )
    .ours_by_design(
        "no-null-in-get",
        "it would be the empty text; an argument can be left out",
        &[d("query n", "", "absent")],
    ),
    py(
        "rpc/head-count",
        One(|db| probe(db.rpc::<Value>("list_stored_planets", ()).head().count(Count::Exact))),
    ),
    py(
        "rpc/count",
        One(|db| probe(db.rpc::<Value>("list_stored_planets", ()).count(Count::Exact))),
    ),
    py("rpc/void", One(|db| probe(db.rpc::<Value>("do_nothing", ())))),
    py(
        "rpc/select-order-limit",
        One(|db| {
            probe(
                db.rpc::<Value>("list_stored_planets", ())
                    .select("name")
                    .order(col("name").desc())
                    .limit(1),
            )
        }),
    ),
    py(
        "rpc/maybe-single-none",
        One(|db| probe(db.rpc::<Value>("list_stored_planets", ()).eq("id", 99).maybe_single())),
    ),
    py("rpc/csv", One(|db| probe(db.rpc::<Value>("list_stored_planets", ()).csv()))),
    py("rpc/schema", One(|db| probe(db.schema("myschema").rpc::<Value>("hello_world", ())))),
    py("rpc/error-not-found", One(|db| probe(db.rpc::<Value>("nope", ())))),
    py("rpc/error-raised", One(|db| probe(db.rpc::<Value>("fail", ())))),
];
