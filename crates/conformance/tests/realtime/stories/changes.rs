//! Postgres changes and their filters, as the JavaScript client was recorded.

use realtime_rs::{ChangeEvent, Changes, Is, col};

use crate::Story;

pub(crate) const STORIES: &[Story] = &[
    Story::new("js/realtime/changes/insert", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::insert("todos"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/delete", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::delete("todos"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/all", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("todos"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/wrong-event-filtered", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::insert("todos"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/unknown-id-filtered", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/two-bindings-by-id", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::insert("todos"), "todos");
            room.changes(&channel, Changes::insert("users"), "users");
            channel.subscribe().await.ok()?;
            None
        })
    })
    .differs(
        "the server matches names as patterns; a row of another table than was asked for is no answer",
        &[r##"users: [], recorded [{"commit_timestamp":"2026-01-01T00:00:00.123456Z","errors":null,"eventType":"INSERT","new":{"id":1},"old":{},"schema":"public","table":"todos"}]"##],
    ),
    Story::new("js/realtime/changes/both-bindings", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(
                &channel,
                Changes::of_schema("public").only(ChangeEvent::Insert),
                "inserts",
            );
            room.changes(&channel, Changes::all("todos"), "all");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/same-table-different-filter", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("todos").eq("id", 1), "one");
            room.changes(&channel, Changes::all("todos").eq("id", 2), "two");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/errors", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/type-bool", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/type-int2", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/type-int4", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/type-float4", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/type-numeric", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    })
    .differs(
        "the recorded client loses digits; ours hands them on, and a float of serde_json shows them so",
        &[r##"change: [{"commit_timestamp":"2026-01-01T00:00:00Z","errors":null,"eventType":"INSERT","new":{"v0":1.2345678901234567e+19,"v1":1.1,"v2":1.1},"old":{},"schema":"public","table":"types"}], recorded [{"commit_timestamp":"2026-01-01T00:00:00Z","errors":null,"eventType":"INSERT","new":{"v0":12345678901234567000,"v1":1.1,"v2":1.1},"old":{},"schema":"public","table":"types"}]"##],
    ),
    Story::new("js/realtime/changes/type-oid", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/type-json", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    })
    .differs(
        "the server sends JSON as JSON: a text in such a column is a text",
        &[r##"change: [{"commit_timestamp":"2026-01-01T00:00:00Z","errors":null,"eventType":"INSERT","new":{"v0":"{\"a\":1}","v1":"{bad","v2":{"a":1}},"old":{},"schema":"public","table":"types"}], recorded [{"commit_timestamp":"2026-01-01T00:00:00Z","errors":null,"eventType":"INSERT","new":{"v0":{"a":1},"v1":"{bad","v2":{"a":1}},"old":{},"schema":"public","table":"types"}]"##],
    ),
    Story::new("js/realtime/changes/type-jsonb", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    })
    .differs(
        "the server sends JSON as JSON: a text in such a column is a text",
        &[r##"change: [{"commit_timestamp":"2026-01-01T00:00:00Z","errors":null,"eventType":"INSERT","new":{"v0":"[1,2]","v1":"null","v2":"\"s\""},"old":{},"schema":"public","table":"types"}], recorded [{"commit_timestamp":"2026-01-01T00:00:00Z","errors":null,"eventType":"INSERT","new":{"v0":[1,2],"v1":null,"v2":"s"},"old":{},"schema":"public","table":"types"}]"##],
    ),
    Story::new("js/realtime/changes/type-uuid", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/type-timestamptz", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/type-date", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/type-time", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/type-int4range", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/type-tsrange", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/type-bytea", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/type-unknown_type", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/type-array-int4", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    })
    .differs(
        "a defect of the recorded client: NULL in an array is null",
        &[r##"change: [{"commit_timestamp":"2026-01-01T00:00:00Z","errors":null,"eventType":"INSERT","new":{"v0":[1,2,3],"v1":[],"v2":[1,null],"v3":[1,2]},"old":{},"schema":"public","table":"types"}], recorded [{"commit_timestamp":"2026-01-01T00:00:00Z","errors":null,"eventType":"INSERT","new":{"v0":[1,2,3],"v1":[],"v2":[1,"NULL"],"v3":[1,2]},"old":{},"schema":"public","table":"types"}]"##],
    ),
    Story::new("js/realtime/changes/type-array-bool", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/type-array-float8", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/type-array-jsonb", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/type-array-timestamp", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/changes/type-array-of-array-int4", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::of_schema("public"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    })
    .differs(
        "a defect of the recorded client: arrays in arrays are arrays",
        &[r##"change: [{"commit_timestamp":"2026-01-01T00:00:00Z","errors":null,"eventType":"INSERT","new":{"v0":[[1,2],[3,4]]},"old":{},"schema":"public","table":"types"}], recorded [{"commit_timestamp":"2026-01-01T00:00:00Z","errors":null,"eventType":"INSERT","new":{"v0":["{1","2}","{3","4}"]},"old":{},"schema":"public","table":"types"}]"##],
    ),
    Story::new("js/realtime/filter/eq", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(col("a").eq(1)), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/neq", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(col("a").neq("x")), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/gt", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(col("a").gt(1.5)), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/gte", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(col("a").gte(-1)), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/lt", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(col("a").lt(0)), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/lte", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(col("a").lte("2026-01-01")), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/in", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(
                &channel,
                Changes::all("t").filter(col("a").in_(["x", "y", "3", "true"])),
                "change",
            );
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/like", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(col("a").like("%x%")), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/ilike", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(col("a").ilike("X_")), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/match", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(col("a").match_("^x$")), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/is-true", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(col("a").is(Is::True)), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/is-unknown", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(col("a").is(Is::Unknown)), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/is-distinct", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(
                &channel,
                Changes::all("t").filter(col("a").is_distinct("null")),
                "change",
            );
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/not-in", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(!col("a").in_([1, 2])), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/not-like", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(!col("a").like("x%")), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/quote-comma", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(col("a").eq("a,b")), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/quote-parens", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(col("a").eq("f(x)")), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/quote-quote", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(col("a").eq("say \"hi\"")), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/quote-backslash", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(col("a").eq("a\\b")), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/quote-empty", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(col("a").eq("")), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/quote-unicode", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(col("a").eq("Zoë")), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/quote-null", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(col("a").eq("null")), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/quote-bool", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(col("a").eq(false)), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/quote-percent", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(col("a").eq("50%&+")), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/quote-equals", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(col("a").eq("a=b")), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/quote-in", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(
                &channel,
                Changes::all("t").filter(col("a").in_(["a,b", "c\"d", " e ", "f", "f"])),
                "change",
            );
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/quote-like", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(col("a").like("%,%")), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/in-scalar", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").filter(col("a").in_([5])), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/multiple", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").eq("id", 200).eq("name", "foo"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/multiple-string", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").eq("id", 200).eq("name", "foo"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/multiple-quoted", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            room.changes(&channel, Changes::all("t").eq("a", "x,y").eq("b", "z)"), "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
    Story::new("js/realtime/filter/multiple-mixed", |room| {
        Box::pin(async move {
            let channel = room.room(|c| c);
            let mixed = Changes::all("t").filter(col("age").gte(18)).filter(col("age").lt(65));
            let mixed =
                mixed.in_("city", ["a,b", "c"]).filter(!col("name").eq("x")).is("gone", Is::Null);
            room.changes(&channel, mixed, "change");
            channel.subscribe().await.ok()?;
            None
        })
    }),
];
