//! Shapes of the answer: one row, CSV, plans, dry runs.

use conformance::Call::{Each, One, Unwritable};
use conformance::probe::probe;
use conformance::{Entry, d, js, py};
use postgrest_rs::{Count, Explain};
use serde_json::{Value, json};

use crate::support::t;

pub(crate) const CASES: &[Entry] = &[
    js("single/one-row", One(|db| probe(db.from("t").select::<Value>("*").eq("id", 1).single()))),
    js("single/zero-rows", One(|db| probe(db.from("t").select::<Value>("*").eq("id", 0).single()))),
    js("single/two-rows", One(|db| probe(db.from("t").select::<Value>("*").single()))),
    js(
        "single/with-limit",
        One(|db| probe(db.from("t").select::<Value>("name").limit(1).single())),
    ),
    js(
        "single/with-count",
        One(|db| probe(db.from("t").select::<Value>("*").count(Count::Exact).single())),
    ),
    js(
        "maybe-single/zero-rows",
        One(|db| probe(db.from("t").select::<Value>("*").eq("id", 0).maybe_single())),
    )
    .ours_by_design(
        "maybe-single-reads-two",
        "two rows tell that there is more than one",
        &[d("query limit", "absent", "2")],
    ),
    js("maybe-single/two-rows", One(|db| probe(db.from("t").select::<Value>("*").maybe_single())))
        .ours_by_design(
            "maybe-single-reads-two",
            "two rows tell that there is more than one",
            &[d("query limit", "absent", "2")],
        ),
    js(
        "maybe-single/two-rows-count",
        One(|db| probe(db.from("t").select::<Value>("*").count(Count::Exact).maybe_single())),
    )
    .ours_by_design(
        "maybe-single-reads-two",
        "two rows tell that there is more than one",
        &[d("query limit", "absent", "2")],
    ),
    js(
        "maybe-single/two-rows-throw",
        One(|db| probe(db.from("t").select::<Value>("*").maybe_single())),
    )
    .ours_by_design(
        "maybe-single-reads-two",
        "two rows tell that there is more than one",
        &[d("query limit", "absent", "2")],
    ),
    js(
        "maybe-single/insert",
        One(|db| {
            probe(db.from("t").insert(&json!({ "name": "x" })).select::<Value>("*").maybe_single())
        }),
    ),
    js(
        "maybe-single/update-none",
        One(|db| {
            probe(
                db.from("t")
                    .update(&json!({ "name": "x" }))
                    .eq("id", 0)
                    .select::<Value>("*")
                    .maybe_single(),
            )
        }),
    ),
    js("maybe-single/rpc-object", One(|db| probe(db.rpc::<Value>("get_one", ()).maybe_single()))),
    js("csv/basic", One(|db| probe(db.from("t").csv("id,name")))),
    js("csv/error", One(|db| probe(db.from("nope").csv("*")))),
    js("geojson/error", One(|db| probe(db.from("shops").geojson("*")))),
    js("strip-nulls/select", One(|db| probe(t(db).strip_nulls()))),
    js(
        "strip-nulls/before-single",
        One(|db| probe(db.from("t").select::<Value>("*").strip_nulls().single())),
    ),
    js("strip-nulls/then-csv", Unwritable).ours_by_design(
        "shapes-are-types",
        "only JSON rows can leave out nulls",
        &[d("call", "GET /rest/v1/t?select=*", "cannot be written")],
    ),
    js("strip-nulls/geojson", Unwritable).ours_by_design(
        "shapes-are-types",
        "only JSON rows can leave out nulls",
        &[d("call", "GET /rest/v1/t?select=*", "cannot be written")],
    ),
    js("strip-nulls/rpc", One(|db| probe(db.rpc::<Value>("f", ()).strip_nulls()))),
    js("dry-run/insert", One(|db| probe(db.from("t").insert(&json!({ "a": 1 })).dry_run()))),
    js(
        "dry-run/insert-select",
        One(|db| probe(db.from("t").insert(&json!({ "a": 1 })).select("*").dry_run())),
    )
    .ours_by_design(
        "dry-run-confirmed",
        "the answer does not confirm that it was rolled back",
        &[d("outcome", r#"201 [{"a":1,"id":1}]"#, "error 201")],
    ),
    js("dry-run/upsert", One(|db| probe(db.from("t").upsert(&json!({ "id": 1 })).dry_run())))
        .ours_by_design(
            "dry-run-confirmed",
            "the answer does not confirm that it was rolled back",
            &[d("outcome", "201 null", "error 201")],
        ),
    js("dry-run/delete", One(|db| probe(db.from("t").delete().eq("id", 1).select("*").dry_run())))
        .ours_by_design(
            "dry-run-confirmed",
            "the answer does not confirm that it was rolled back",
            &[d("outcome", r#"200 [{"id":1,"name":"Ada"}]"#, "error 200")],
        ),
    js("dry-run/rpc", One(|db| probe(db.rpc::<Value>("mutate", ()).dry_run()))).ours_by_design(
        "dry-run-confirmed",
        "the answer does not confirm that it was rolled back",
        &[d("outcome", "200 1", "error 200")],
    ),
    js(
        "max-affected/update",
        One(|db| probe(db.from("t").update(&json!({ "a": 1 })).eq("b", 2).max_affected(1))),
    ),
    js(
        "max-affected/delete",
        One(|db| probe(db.from("t").delete().eq("b", 2).max_affected(10).select("*"))),
    ),
    js("max-affected/rpc", One(|db| probe(db.rpc::<Value>("archive", ()).max_affected(3)))),
    js(
        "max-affected/zero",
        One(|db| probe(db.from("t").update(&json!({ "a": 1 })).all_rows().max_affected(0))),
    ),
    js(
        "max-affected/exceeded",
        One(|db| probe(db.from("t").delete().neq("id", 0).max_affected(1))),
    ),
    js(
        "max-affected/with-count",
        One(|db| {
            probe(
                db.from("t")
                    .update(&json!({ "a": 1 }))
                    .all_rows()
                    .count(Count::Exact)
                    .max_affected(5)
                    .select("*"),
            )
        }),
    ),
    js(
        "explain/default",
        One(|db| probe(db.from("t").select::<Value>("*").explain(Explain::new()))),
    ),
    js(
        "explain/analyze",
        One(|db| probe(db.from("t").select::<Value>("*").explain(Explain::new().analyze()))),
    ),
    js(
        "explain/verbose",
        One(|db| probe(db.from("t").select::<Value>("*").explain(Explain::new().verbose()))),
    ),
    js(
        "explain/settings",
        One(|db| probe(db.from("t").select::<Value>("*").explain(Explain::new().settings()))),
    ),
    js(
        "explain/buffers",
        One(|db| {
            probe(db.from("t").select::<Value>("*").explain(Explain::new().analyze().buffers()))
        }),
    ),
    js(
        "explain/wal",
        One(|db| probe(db.from("t").select::<Value>("*").explain(Explain::new().wal()))),
    ),
    js(
        "explain/all",
        One(|db| {
            probe(
                db.from("t")
                    .select::<Value>("*")
                    .explain(Explain::new().analyze().verbose().settings().buffers().wal()),
            )
        }),
    ),
    js(
        "explain/single",
        One(|db| {
            probe(db.from("t").select::<Value>("*").limit(1).single().explain(Explain::new()))
        }),
    ),
    js("explain/csv", One(|db| probe(db.from("t").csv("*").explain(Explain::new())))),
    js(
        "explain/disabled",
        One(|db| probe(db.from("t").select::<Value>("*").explain(Explain::new()))),
    ),
    js(
        "explain/twice",
        One(|db| {
            probe(
                db.from("t")
                    .select::<Value>("*")
                    .explain(Explain::new())
                    .explain(Explain::new().json()),
            )
        }),
    )
    .client_bug(
        "the media type is put into itself, and a JSON plan stays text",
        &[
            d(
                "header accept",
                concat!(
                    r#"application/vnd.pgrst.plan+json; for="application/vnd.pgrst.plan+text;"#,
                    r#" for="application/json"; options=;"; options=;"#
                ),
                r#"application/vnd.pgrst.plan+json; for="application/json"; options=;"#,
            ),
            d(
                "data",
                r#""[{\"Plan\":{\"Node Type\":\"Seq Scan\"}}]""#,
                r#"[{"Plan":{"Node Type":"Seq Scan"}}]"#,
            ),
        ],
    ),
    py(
        "max-affected/with-update",
        One(|db| {
            probe(
                db.from("planets")
                    .update(&json!({ "name": "Updated" }))
                    .eq("id", 1)
                    .max_affected(1)
                    .select("*"),
            )
        }),
    ),
    py(
        "max-affected/with-delete",
        One(|db| probe(db.from("planets").delete().eq("id", 1).max_affected(1).select("*"))),
    )
    .client_bug("a delete carries a body", &[d("body", "{}", "none")]),
    py(
        "single/with-select",
        One(|db| probe(db.from("planets").select::<Value>("name").limit(1).single())),
    ),
    py("single/error-0-rows", One(|db| probe(db.from("planets").select::<Value>("name").single()))),
    py("single/error-2-rows", One(|db| probe(db.from("planets").select::<Value>("name").single()))),
    py(
        "maybe-single/with-select",
        One(|db| probe(db.from("planets").select::<Value>("*").eq("name", "Earth").maybe_single())),
    )
    .ours_by_design(
        "maybe-single-reads-two",
        "two rows tell that there is more than one",
        &[d("query limit", "absent", "2")],
    ),
    py(
        "maybe-single/none",
        One(|db| probe(db.from("planets").select::<Value>("*").eq("name", "Pluto").maybe_single())),
    )
    .ours_by_design(
        "maybe-single-reads-two",
        "two rows tell that there is more than one",
        &[d("query limit", "absent", "2")],
    ),
    py(
        "maybe-single/many",
        One(|db| probe(db.from("planets").select::<Value>("*").maybe_single())),
    )
    .ours_by_design(
        "maybe-single-reads-two",
        "and the error is the one that the server has for it",
        &[
            d("query limit", "absent", "2"),
            d("error code", "406", "PGRST116"),
            d(
                "error message",
                "Cannot coerce the result to a single JSON object",
                "JSON object requested, multiple (or no) rows returned",
            ),
            d("error hint", "Please check traceback of the code", ""),
            d(
                "error details",
                "The result contains more than one row.",
                "Results contain 3 rows, application/vnd.pgrst.object+json requires 1 row",
            ),
        ],
    ),
    py(
        "maybe-single/count",
        One(|db| {
            probe(
                db.from("planets")
                    .select::<Value>("*")
                    .count(Count::Exact)
                    .eq("id", 2)
                    .maybe_single(),
            )
        }),
    )
    .ours_by_design(
        "maybe-single-reads-two",
        "two rows tell that there is more than one",
        &[d("query limit", "absent", "2")],
    ),
    py("csv/return-data-as-csv", One(|db| probe(db.from("planets").csv("*")))),
    py("csv/parsed-as-json", One(|db| probe(db.from("t").csv(r#""1""#))))
        .client_bug("CSV is read as JSON", &[d("data", "1", r#""1""#)]),
    py(
        "explain/get-execution-plan",
        One(|db| probe(db.from("planets").select::<Value>("*").explain(Explain::new()))),
    )
    .ours_by_design(
        "explain-names-the-shape",
        "the plan is that of the query as it would be sent",
        &[d(
            "header accept",
            "application/vnd.pgrst.plan+text; options=",
            r#"application/vnd.pgrst.plan+text; for="application/json"; options=;"#,
        )],
    ),
    py(
        "explain/get-execution-plan-with-analyze-and-verbose",
        One(|db| {
            probe(
                db.from("planets").select::<Value>("*").explain(Explain::new().analyze().verbose()),
            )
        }),
    )
    .ours_by_design(
        "explain-names-the-shape",
        "the plan is that of the query as it would be sent",
        &[d(
            "header accept",
            "application/vnd.pgrst.plan+text; options=analyze|verbose",
            concat!(
                r#"application/vnd.pgrst.plan+text; for="application/json";"#,
                " options=analyze|verbose;"
            ),
        )],
    ),
    py(
        "explain/json-all-options",
        One(|db| {
            probe(
                db.from("planets")
                    .select::<Value>("*")
                    .explain(Explain::new().analyze().verbose().settings().buffers().wal().json()),
            )
        }),
    )
    .ours_by_design(
        "explain-names-the-shape",
        "the plan is that of the query as it would be sent",
        &[d(
            "header accept",
            concat!(
                "application/vnd.pgrst.plan+json; options=analyze|verbose|settings|buff",
                "ers|wal"
            ),
            concat!(
                r#"application/vnd.pgrst.plan+json; for="application/json";"#,
                " options=analyze|verbose|settings|buffers|wal;"
            ),
        )],
    ),
    py(
        "explain/on-write",
        One(|db| {
            probe(
                db.from("planets")
                    .update(&json!({ "name": "x" }))
                    .eq("id", 1)
                    .select::<Value>("*")
                    .explain(Explain::new()),
            )
        }),
    )
    .ours_by_design(
        "explain-names-the-shape",
        "the plan is that of the query as it would be sent",
        &[d(
            "header accept",
            "application/vnd.pgrst.plan+text; options=",
            r#"application/vnd.pgrst.plan+text; for="application/json"; options=;"#,
        )],
    ),
    py(
        "explain/on-rpc",
        One(|db| probe(db.rpc::<Value>("hello_world", ()).explain(Explain::new()))),
    )
    .client_bug(
        "the builder of functions lacks the method",
        &[d("request", "none", "POST /rest/v1/rpc/hello_world")],
    ),
    py(
        "explain/disabled",
        One(|db| probe(db.from("planets").select::<Value>("*").explain(Explain::new()))),
    )
    .ours_by_design(
        "explain-names-the-shape",
        "the plan is that of the query as it would be sent",
        &[d(
            "header accept",
            "application/vnd.pgrst.plan+text; options=",
            r#"application/vnd.pgrst.plan+text; for="application/json"; options=;"#,
        )],
    ),
    py(
        "strip-nulls/with-select",
        Each(|db| {
            vec![
                probe(db.from("planets").select("*").strip_nulls()),
                probe(db.from("planets").select::<Value>("*").limit(1).strip_nulls().single()),
            ]
        }),
    ),
];
