//! Insert, upsert, update and delete.

use conformance::Call::{One, Unwritable};
use conformance::probe::probe;
use conformance::{Entry, d, js, py};
use postgrest_rs::{Count, Returning};
use serde_json::{Value, json};
use std::collections::BTreeMap;

use crate::support::event;

pub(crate) const CASES: &[Entry] = &[
    js("insert/single", One(|db| probe(db.from("t").insert(&json!({ "name": "Ada", "age": 36 }))))),
    js(
        "insert/single-select-columns",
        One(|db| probe(db.from("t").insert(&json!({ "name": "Ada" })).select("id, name"))),
    ),
    js(
        "insert/select-embed",
        One(|db| probe(db.from("t").insert(&json!({ "name": "Ada" })).select("id,orders(id)"))),
    ),
    js(
        "insert/bulk",
        One(|db| probe(db.from("t").insert(&json!([{ "name": "Ada" }, { "name": "Bo" }])))),
    ),
    js(
        "insert/bulk-different-keys",
        One(|db| probe(db.from("t").insert(&json!([{ "a": 1, "b": 2 }, { "b": 3, "c": 4 }])))),
    ),
    js("insert/bulk-empty", One(|db| probe(db.from("t").insert(&json!([]))))),
    js("insert/bulk-empty-object", One(|db| probe(db.from("t").insert(&json!([{}]))))),
    js("insert/empty-object", One(|db| probe(db.from("t").insert(&json!({}))))),
    js("insert/bulk-undefined-value", One(|db| probe(db.from("t").insert(&json!([{ "a": 1 }])))))
        .language_only("undefined", &[d("query columns", r#""a","b""#, r#""a""#)]),
    js(
        "insert/undefined-value",
        One(|db| probe(db.from("t").insert(&json!({ "a": 1, "c": null })))),
    ),
    js(
        "insert/default-to-null-false-single",
        One(|db| probe(db.from("t").insert(&json!({ "a": 1 })).default_to_null(false))),
    ),
    js(
        "insert/count-exact",
        One(|db| probe(db.from("t").insert(&json!([{ "a": 1 }, { "a": 2 }])).count(Count::Exact))),
    ),
    js(
        "insert/count-planned",
        One(|db| {
            probe(db.from("t").insert(&json!([{ "a": 1 }, { "a": 2 }])).count(Count::Planned))
        }),
    ),
    js(
        "insert/all-options-select",
        One(|db| {
            probe(
                db.from("t")
                    .insert(&json!([{ "a": 1 }]))
                    .default_to_null(false)
                    .count(Count::Exact)
                    .select("id"),
            )
        }),
    ),
    js(
        "insert/columns-need-quoting",
        One(|db| {
            probe(
                db.from("t")
                    .insert(&json!([{ "full name": "x", "a,b": 1, "q\"q": 2, "naïve": 3 }])),
            )
        }),
    )
    .client_bug(
        "a quote in the name of a column is not escaped",
        &[d(
            "query columns",
            r#""full name","a,b","q"q","naïve""#,
            r#""a,b","full name","naïve","q\"q""#,
        )],
    ),
    js(
        "insert/date-and-bigint",
        One(|db| {
            probe(db.from("t").insert(
                &json!({ "at": "1970-01-01T00:00:00.000Z", "big": 9_007_199_254_740_993_i64 }),
            ))
        }),
    )
    .language_only(
        "BigInt, which its JSON cannot hold",
        &[d(
            "body",
            r#"{"at":"1970-01-01T00:00:00.000Z","big":"9007199254740993"}"#,
            r#"{"at":"1970-01-01T00:00:00.000Z","big":9007199254740993}"#,
        )],
    ),
    js(
        "insert/unicode",
        One(|db| probe(db.from("t").insert(&json!({ "name": "Zoë 東京 🦀 \"q\" \\ \n" })))),
    ),
    js("insert/with-filter-ignored", Unwritable).server_wins(
        "the server ignores filters on an insert",
        &[d("call", r#"POST /rest/v1/t?id=eq.1 {"a":1}"#, "cannot be written")],
    ),
    js("insert/error-rls", One(|db| probe(db.from("t").insert(&json!({ "id": 1 }))))),
    js("insert/error-rls-anon-401", One(|db| probe(db.from("t").insert(&json!({ "id": 1 }))))),
    js("insert/error-unknown-column", One(|db| probe(db.from("t").insert(&json!({ "bogus": 1 }))))),
    js("insert/error-fk", One(|db| probe(db.from("t").insert(&json!({ "user_id": 0 }))))),
    js("insert/error-throw", One(|db| probe(db.from("t").insert(&json!({ "id": 1 }))))),
    js("upsert/default", One(|db| probe(db.from("t").upsert(&json!({ "id": 1, "name": "x" }))))),
    js(
        "upsert/on-conflict-two",
        One(|db| probe(db.from("t").upsert(&json!({ "a": 1, "b": 2 })).on_conflict(["a", "b"]))),
    ),
    js(
        "upsert/on-conflict-spaces",
        One(|db| probe(db.from("t").upsert(&json!({ "a": 1 })).on_conflict(["a", "b"]))),
    )
    .ours_by_design(
        "names-in-lists",
        "columns are a list, not a text",
        &[d("query on_conflict", "a, b", "a,b")],
    ),
    js(
        "upsert/on-conflict-empty",
        One(|db| probe(db.from("t").upsert(&json!({ "a": 1 })).on_conflict([""]))),
    )
    .ours_by_design(
        "empty-is-refused",
        "a conflict is on columns",
        &[d("request", r#"POST /rest/v1/t?on_conflict= {"a":1}"#, "refused")],
    ),
    js(
        "upsert/ignore-duplicates",
        One(|db| probe(db.from("t").upsert(&json!({ "id": 1 })).ignore_duplicates())),
    ),
    js(
        "upsert/default-to-null-false",
        One(|db| probe(db.from("t").upsert(&json!([{ "id": 1 }])).default_to_null(false))),
    ),
    js(
        "upsert/count",
        One(|db| probe(db.from("t").upsert(&json!([{ "id": 1 }])).count(Count::Exact))),
    ),
    js("upsert/select", One(|db| probe(db.from("t").upsert(&json!({ "id": 1 })).select("*")))),
    js(
        "upsert/all-options",
        One(|db| {
            probe(
                db.from("t")
                    .upsert(&json!([{ "id": 1 }]))
                    .on_conflict(["id"])
                    .ignore_duplicates()
                    .default_to_null(false)
                    .count(Count::Planned)
                    .select("id"),
            )
        }),
    ),
    js("upsert/error", One(|db| probe(db.from("t").upsert(&json!({ "a": 1 })).on_conflict(["a"])))),
    js("update/basic", One(|db| probe(db.from("t").update(&json!({ "name": "x" })).eq("id", 1)))),
    js(
        "update/select-single",
        One(|db| {
            probe(
                db.from("t")
                    .update(&json!({ "name": "x" }))
                    .eq("id", 1)
                    .select::<Value>("name")
                    .single(),
            )
        }),
    ),
    js(
        "update/count",
        One(|db| {
            probe(db.from("t").update(&json!({ "name": "x" })).count(Count::Exact).eq("id", 1))
        }),
    ),
    js(
        "update/count-select",
        One(|db| {
            probe(
                db.from("t")
                    .update(&json!({ "name": "x" }))
                    .count(Count::Exact)
                    .eq("id", 1)
                    .select("id"),
            )
        }),
    ),
    js(
        "update/no-filter",
        One(|db| probe(db.from("t").update(&json!({ "name": "x" })).all_rows())),
    ),
    js(
        "update/null-undefined",
        One(|db| probe(db.from("t").update(&json!({ "a": null })).all_rows())),
    ),
    js(
        "update/json",
        One(|db| {
            probe(
                db.from("t")
                    .update(&json!({ "data": { "street": "M", "zip": 90210 } }))
                    .eq("data->zip", 90210)
                    .select("*"),
            )
        }),
    ),
    js("update/order-limit", Unwritable).server_wins(
        "since version 13 every row that matches is changed, whatever the limit",
        &[d(
            "call",
            r#"PATCH /rest/v1/t?id=gt.1&order=id.asc&limit=2 {"a":1}"#,
            "cannot be written",
        )],
    ),
    js(
        "update/or",
        One(|db| probe(db.from("t").update(&json!({ "a": 1 })).or_raw("id.eq.1,id.eq.2"))),
    ),
    js("update/error", One(|db| probe(db.from("t").update(&json!({ "n": "x" })).eq("id", 1)))),
    js(
        "update/error-missing-where",
        One(|db| probe(db.from("t").update(&json!({ "n": 1 })).all_rows())),
    ),
    js("delete/basic", One(|db| probe(db.from("t").delete().eq("id", 1)))),
    js("delete/in", One(|db| probe(db.from("t").delete().in_("id", [1, 2, 3])))),
    js(
        "delete/count-estimated",
        One(|db| probe(db.from("t").delete().all_rows().count(Count::Estimated))),
    ),
    js("delete/no-filter", One(|db| probe(db.from("t").delete().all_rows()))),
    js("delete/order-limit", Unwritable).server_wins(
        "since version 13 every row that matches is changed, whatever the limit",
        &[d(
            "call",
            "DELETE /rest/v1/t?id=lt.9&order=id.desc&limit=1&select=id",
            "cannot be written",
        )],
    ),
    js("delete/error-fk", One(|db| probe(db.from("users").delete().eq("id", 1)))),
    py(
        "insert/create-a-record",
        One(|db| {
            probe(db.from("planets").insert(&json!({ "id": 1, "name": "Pluto" })).select("*"))
        }),
    ),
    py(
        "insert/bulk-create",
        One(|db| {
            probe(
                db.from("characters")
                    .insert(&json!([{ "id": 1, "name": "Frodo" }, { "id": 2, "name": "Sam" }]))
                    .select("*"),
            )
        }),
    ),
    py(
        "insert/bulk-create-ok",
        One(|db| {
            probe(
                db.from("characters")
                    .insert(&json!([{ "id": 1, "name": "Frodo" }, { "id": 2, "name": "Sam" }]))
                    .select("*"),
            )
        }),
    ),
    py(
        "insert/bulk-mixed-keys",
        One(|db| {
            probe(
                db.from("characters")
                    .insert(&json!([{ "id": 1, "name": "Frodo" }, { "id": 2, "race": "hobbit" }]))
                    .select("*"),
            )
        }),
    ),
    py(
        "insert/returning-minimal",
        One(|db| {
            probe(
                db.from("planets")
                    .insert(&json!({ "id": 1, "name": "Pluto" }))
                    .returning(Returning::Minimal),
            )
        }),
    ),
    py(
        "insert/count",
        One(|db| {
            probe(
                db.from("planets")
                    .insert(&json!({ "id": 1, "name": "Pluto" }))
                    .count(Count::Exact)
                    .select("*"),
            )
        }),
    ),
    py(
        "insert/default-to-null-false",
        One(|db| {
            probe(
                db.from("characters")
                    .insert(&json!([{ "id": 1, "name": "Frodo" }, { "id": 2 }]))
                    .default_to_null(false)
                    .select("*"),
            )
        }),
    ),
    py(
        "insert/select-after",
        One(|db| {
            probe(db.from("planets").insert(&json!({ "id": 1, "name": "Pluto" })).select("id"))
        }),
    ),
    py(
        "insert/single-after",
        One(|db| {
            probe(
                db.from("planets")
                    .insert(&json!({ "id": 1, "name": "Pluto" }))
                    .select::<Value>("*")
                    .single(),
            )
        }),
    ),
    py("insert/python-types", One(|db| probe(db.from("events").insert(&event()).select("*")))),
    py("insert/empty-list", One(|db| probe(db.from("planets").insert(&json!([])).select("*")))),
    py(
        "insert/nan-rejected",
        One(|db| probe(db.from("planets").insert(&BTreeMap::from([("id", f64::NAN)])).select("*"))),
    ),
    py(
        "insert/schema",
        One(|db| {
            probe(db.schema("myschema").from("mytable").insert(&json!({ "data": "x" })).select("*"))
        }),
    ),
    py(
        "update/updating-your-data",
        One(|db| {
            probe(
                db.from("instruments").update(&json!({ "name": "piano" })).eq("id", 1).select("*"),
            )
        }),
    ),
    py(
        "update/updating-json-data",
        One(|db| {
            probe(
                db.from("users")
                    .update(&json!({ "address": { "street": "Melrose Place", "postcode": 90210 } }))
                    .eq("address->postcode", 90210)
                    .select("*"),
            )
        }),
    ),
    py(
        "update/count",
        One(|db| {
            probe(
                db.from("instruments")
                    .update(&json!({ "name": "piano" }))
                    .count(Count::Exact)
                    .eq("id", 1)
                    .select("*"),
            )
        }),
    ),
    py(
        "update/returning-minimal",
        One(|db| {
            probe(
                db.from("instruments")
                    .update(&json!({ "name": "piano" }))
                    .eq("id", 1)
                    .returning(Returning::Minimal),
            )
        }),
    ),
    py(
        "update/no-rows",
        One(|db| {
            probe(
                db.from("instruments").update(&json!({ "name": "piano" })).eq("id", 99).select("*"),
            )
        }),
    ),
    py(
        "update/post-503-not-retried",
        One(|db| {
            probe(
                db.from("instruments").update(&json!({ "name": "piano" })).eq("id", 1).select("*"),
            )
        }),
    ),
    py(
        "upsert/upsert-your-data",
        One(|db| {
            probe(db.from("instruments").upsert(&json!({ "id": 1, "name": "piano" })).select("*"))
        }),
    ),
    py(
        "upsert/bulk-upsert-your-data",
        One(|db| {
            probe(
                db.from("instruments")
                    .upsert(&json!([{ "id": 1, "name": "piano" }, { "id": 2, "name": "guitar" }]))
                    .select("*"),
            )
        }),
    ),
    py(
        "upsert/upserting-into-tables-with-constraints",
        One(|db| {
            probe(
                db.from("users")
                    .upsert(&json!({ "id": 42, "handle": "saoirse", "display_name": "Saoirse" }))
                    .on_conflict(["handle"])
                    .select("*"),
            )
        }),
    ),
    py(
        "upsert/on-conflict-ok",
        One(|db| {
            probe(
                db.from("users")
                    .upsert(&json!({ "id": 42, "handle": "saoirse", "display_name": "Saoirse" }))
                    .on_conflict(["handle"])
                    .select("*"),
            )
        }),
    ),
    py(
        "upsert/ignore-duplicates",
        One(|db| {
            probe(
                db.from("users")
                    .upsert(&json!({ "id": 42, "handle": "saoirse" }))
                    .on_conflict(["handle", "id"])
                    .ignore_duplicates()
                    .select("*"),
            )
        }),
    ),
    py(
        "upsert/returning-minimal-count",
        One(|db| {
            probe(
                db.from("instruments")
                    .upsert(&json!({ "id": 1, "name": "piano" }))
                    .returning(Returning::Minimal)
                    .count(Count::Exact),
            )
        }),
    ),
    py(
        "upsert/default-to-null-false",
        One(|db| {
            probe(
                db.from("instruments")
                    .upsert(&json!([{ "id": 1, "name": "piano" }, { "id": 2 }]))
                    .on_conflict(["id"])
                    .default_to_null(false)
                    .select("*"),
            )
        }),
    ),
    py(
        "delete/delete-records",
        One(|db| probe(db.from("countries").delete().eq("id", 1).select("*"))),
    )
    .client_bug("a delete carries a body", &[d("body", "{}", "none")]),
    py(
        "delete/delete-multiple-records",
        One(|db| probe(db.from("characters").delete().in_("id", [1, 2, 3]).select("*"))),
    )
    .client_bug("a delete carries a body", &[d("body", "{}", "none")]),
    py(
        "delete/count",
        One(|db| probe(db.from("countries").delete().count(Count::Exact).eq("id", 1).select("*"))),
    )
    .client_bug("a delete carries a body", &[d("body", "{}", "none")]),
    py(
        "delete/returning-minimal",
        One(|db| probe(db.from("countries").delete().eq("id", 1).returning(Returning::Minimal))),
    )
    .client_bug("a delete carries a body", &[d("body", "{}", "none")]),
];
