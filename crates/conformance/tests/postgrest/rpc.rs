//! Database functions.

use conformance::Call::One;
use conformance::probe::probe;
use conformance::{Entry, js, py};
use postgrest_rs::{Count, col};
use serde_json::{Value, json};

use crate::support::EPOCH;

pub(crate) const CASES: &[Entry] = &[
    js("rpc/no-args", One(|db| probe(db.rpc::<Value>("hello", ())))),
    js(
        "rpc/args",
        One(|db| probe(db.rpc::<Value>("add", &json!({ "a": 1, "b": 2 })))),
    ),
    js(
        "rpc/null-arg",
        One(|db| probe(db.rpc::<Value>("f", &json!({ "a": null })))),
    ),
    js(
        "rpc/undefined-arg",
        One(|db| probe(db.rpc::<Value>("f", &json!({ "b": 1 })))),
    ),
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
    ),
    js(
        "rpc/bulk-array-body",
        One(|db| probe(db.rpc::<Value>("f", &json!([{ "a": 1 }, { "a": 2 }])))),
    ),
    js("rpc/void", One(|db| probe(db.rpc::<Value>("do_it", ())))),
    js(
        "rpc/returns-null",
        One(|db| probe(db.rpc::<Value>("f", ()))),
    ),
    js(
        "rpc/returns-empty-string",
        One(|db| probe(db.rpc::<Value>("f", ()))),
    ),
    js(
        "rpc/returns-set",
        One(|db| probe(db.rpc::<Value>("list_users", ()))),
    ),
    js(
        "rpc/select",
        One(|db| probe(db.rpc::<Value>("list_users", ()).select("id, name"))),
    ),
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
        One(|db| {
            probe(
                db.rpc::<Value>("list_users", ())
                    .count(Count::Planned)
                    .select("id"),
            )
        }),
    ),
    js(
        "rpc/range",
        One(|db| probe(db.rpc::<Value>("list_users", ()).range(0..=4))),
    ),
    js(
        "rpc/get",
        One(|db| {
            probe(
                db.rpc::<Value>("f", &json!({ "a": 1, "b": "x y", "c": true }))
                    .get(),
            )
        }),
    ),
    js(
        "rpc/get-undefined",
        One(|db| probe(db.rpc::<Value>("f", &json!({ "b": 2 })).get())),
    ),
    js(
        "rpc/get-array-strings",
        One(|db| {
            probe(
                db.rpc::<Value>("f", &json!({ "names": ["a", "b,c", "d \"q\"", ""] }))
                    .get(),
            )
        }),
    ),
    js(
        "rpc/get-array-empty",
        One(|db| probe(db.rpc::<Value>("f", &json!({ "ids": [] })).get())),
    ),
    js(
        "rpc/get-object",
        One(|db| probe(db.rpc::<Value>("f", &json!({ "o": { "a": 1 } })).get())),
    ),
    js(
        "rpc/get-nested-array",
        One(|db| {
            probe(
                db.rpc::<Value>("f", &json!({ "m": [[1, 2], [3, 4]] }))
                    .get(),
            )
        }),
    ),
    js(
        "rpc/get-date-bigint",
        One(|db| {
            probe(
                db.rpc::<Value>("f", &json!({ "at": EPOCH.to_string(), "n": 12 }))
                    .get(),
            )
        }),
    ),
    js(
        "rpc/get-count",
        One(|db| {
            probe(
                db.rpc::<Value>("f", &json!({ "a": 1 }))
                    .get()
                    .count(Count::Exact),
            )
        }),
    ),
    js(
        "rpc/get-select-filter",
        One(|db| {
            probe(
                db.rpc::<Value>("f", &json!({ "a": 1 }))
                    .get()
                    .select("id")
                    .eq("b", 2)
                    .limit(1),
            )
        }),
    ),
    js(
        "rpc/head",
        One(|db| probe(db.rpc::<Value>("f", &json!({ "a": 1 })).head())),
    ),
    js(
        "rpc/head-count",
        One(|db| {
            probe(
                db.rpc::<Value>("f", &json!({ "a": [1, 2] }))
                    .head()
                    .count(Count::Exact),
            )
        }),
    ),
    js(
        "rpc/head-and-get",
        One(|db| probe(db.rpc::<Value>("f", &json!({ "a": 1 })).get().head())),
    ),
    js(
        "rpc/head-object-arg",
        One(|db| probe(db.rpc::<Value>("f", &json!({ "o": { "a": 1 } })).head())),
    ),
    js(
        "rpc/head-object-arg-count",
        One(|db| {
            probe(
                db.rpc::<Value>("f", &json!({ "o": { "a": 1 } }))
                    .head()
                    .count(Count::Exact),
            )
        }),
    ),
    js(
        "rpc/head-date-is-object",
        One(|db| {
            probe(
                db.rpc::<Value>("f", &json!({ "at": EPOCH.to_string() }))
                    .head(),
            )
        }),
    ),
    js(
        "rpc/head-null-arg",
        One(|db| probe(db.rpc::<Value>("f", &json!({ "a": null })).head())),
    ),
    js(
        "rpc/name-with-slash",
        One(|db| probe(db.rpc::<Value>("a/b", ()))),
    ),
    js(
        "rpc/not-found",
        One(|db| probe(db.rpc::<Value>("nope", &json!({ "a": 1 })))),
    ),
    js(
        "rpc/raised-custom-status",
        One(|db| probe(db.rpc::<Value>("boom", ()))),
    ),
    js(
        "rpc/throw-on-error",
        One(|db| probe(db.rpc::<Value>("boom", ()))),
    ),
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
        One(|db| {
            probe(
                db.rpc::<Value>("list_stored_planets", ())
                    .eq("id", 1)
                    .single(),
            )
        }),
    ),
    py(
        "rpc/call-a-read-only-postgres-function",
        One(|db| probe(db.rpc::<Value>("hello_world", ()).get())),
    ),
    py(
        "rpc/get-arguments",
        One(|db| {
            probe(db.rpc::<Value>("f", &json!({ "i": 1, "s": "a b&c", "b": true, "n": null, "arr": [1, 2, "x,y"], "obj": { "k": [1, 2] } })).get())
        }),
    ),
    py(
        "rpc/head-count",
        One(|db| {
            probe(
                db.rpc::<Value>("list_stored_planets", ())
                    .head()
                    .count(Count::Exact),
            )
        }),
    ),
    py(
        "rpc/count",
        One(|db| {
            probe(
                db.rpc::<Value>("list_stored_planets", ())
                    .count(Count::Exact),
            )
        }),
    ),
    py(
        "rpc/void",
        One(|db| probe(db.rpc::<Value>("do_nothing", ()))),
    ),
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
        One(|db| {
            probe(
                db.rpc::<Value>("list_stored_planets", ())
                    .eq("id", 99)
                    .maybe_single(),
            )
        }),
    ),
    py(
        "rpc/csv",
        One(|db| probe(db.rpc::<Value>("list_stored_planets", ()).csv())),
    ),
    py(
        "rpc/schema",
        One(|db| probe(db.schema("myschema").rpc::<Value>("hello_world", ()))),
    ),
    py(
        "rpc/error-not-found",
        One(|db| probe(db.rpc::<Value>("nope", ()))),
    ),
    py(
        "rpc/error-raised",
        One(|db| probe(db.rpc::<Value>("fail", ()))),
    ),
];
