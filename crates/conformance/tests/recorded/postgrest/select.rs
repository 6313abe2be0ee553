//! Tables, selects, schemas and columns.

use conformance::Call::{Each, One, Replay, Unwritable};
use conformance::probe::probe;
use conformance::replay::wait;
use conformance::{Entry, d, js, py};
use postgrest_rs::{Count, Is, RetryConfig, col};
use serde_json::{Value, json};

use crate::support::{as_user, openapi, t};

pub(crate) const CASES: &[Entry] = &[
    js("from/table", One(|db| probe(db.from("users").select("*")))),
    js("from/view", One(|db| probe(db.from("active_users").select("*")))),
    js("from/name-with-slash", One(|db| probe(db.from("a/b").select("*")))).ours_by_design(
        "names-are-segments",
        "a name is one segment of the path, and plain",
        &[d("request", "GET /rest/v1/a/b?select=*", "refused")],
    ),
    js("from/name-with-question-mark", One(|db| probe(db.from("what?").select("*")))).client_bug(
        "the name is not encoded: what follows the mark is lost",
        &[d("request", "GET /rest/v1/what?select=*", "refused")],
    ),
    js("from/name-with-percent", One(|db| probe(db.from("100%").select("*")))),
    js("from/name-dot-dot", One(|db| probe(db.from("../auth").select("*")))).client_bug(
        "the name leaves its place in the URL",
        &[d("request", "GET /rest/auth?select=*", "refused")],
    ),
    js("from/name-unicode", One(|db| probe(db.from("naïve_tablé").select("*")))),
    js("from/name-uppercase", One(|db| probe(db.from("Users").select("*")))),
    js("from/empty-name", One(|db| probe(db.from("").select("*")))),
    js("from/blank-name", One(|db| probe(db.from("   ").select("*")))),
    js("from/trailing-space", One(|db| probe(db.from("users ").select("*")))).ours_by_design(
        "names-are-segments",
        "a name is one segment of the path, and plain",
        &[d("request", "GET /rest/v1/users?select=*", "refused")],
    ),
    js("from/per-request-fetch", One(|db| probe(db.from("users").select("id")))),
    js("openapi/spec", One(openapi)),
    js("openapi/spec-error", One(openapi)),
    js("openapi/spec-not-json", One(openapi)),
    js("select/star", One(|db| probe(db.from("users").select("*")))),
    js("select/columns", One(|db| probe(db.from("users").select("id,name")))),
    js(
        "select/columns-with-spaces",
        One(|db| probe(db.from("users").select("id, name,  created_at"))),
    ),
    js(
        "select/quoted-column-keeps-spaces",
        One(|db| probe(db.from("users").select(r#"id, "full name", x"#))),
    ),
    js(
        "select/quoted-alias-keeps-spaces",
        One(|db| probe(db.from("users").select(r#""Full Name":name , id"#))),
    ),
    js("select/unbalanced-quote", One(|db| probe(db.from("users").select(r#"id, "oops, name"#))))
        .ours_by_design(
            "select-is-checked",
            "the server would answer with columns that nobody asked for",
            &[d("request", r#"GET /rest/v1/users?select=id,"oops, name"#, "refused")],
        ),
    js("select/empty-string", One(|db| probe(db.from("users").select("")))).ours_by_design(
        "select-is-checked",
        "the server would answer with columns that nobody asked for",
        &[d("request", "GET /rest/v1/users?select=", "refused")],
    ),
    js(
        "select/alias",
        One(|db| probe(db.from("users").select("fullName:full_name,birthDate:birth_date"))),
    ),
    js("select/cast", One(|db| probe(db.from("users").select("id::text,amount::numeric")))),
    js("select/alias-and-cast", One(|db| probe(db.from("users").select("idText:id::text")))),
    js("select/json-arrow", One(|db| probe(db.from("users").select("id,data->address")))),
    js("select/json-double-arrow", One(|db| probe(db.from("users").select("id,data->>phone")))),
    js(
        "select/json-array-index",
        One(|db| probe(db.from("users").select("data->phones->0->>number"))),
    ),
    js("select/json-alias", One(|db| probe(db.from("users").select("city:data->address->>city")))),
    js("select/aggregate-count", One(|db| probe(db.from("users").select("count()")))),
    js(
        "select/aggregate-alias-cast",
        One(|db| {
            probe(
                db.from("users")
                    .select("total:amount.sum()::int,avg:amount.avg(),amount.min(),amount.max()"),
            )
        }),
    ),
    js(
        "select/aggregate-of-json",
        One(|db| probe(db.from("users").select("data->>price::numeric.sum()"))),
    ),
    js("select/embed-count", One(|db| probe(db.from("users").select("name,orders(count)")))),
    js("select/embed", One(|db| probe(db.from("users").select("name,orders(*)")))),
    js(
        "select/embed-hint",
        One(|db| {
            probe(db.from("users").select(concat!(
                "name,billing:addresses!billing_address_id_fkey(name),",
                "shipping:addresses!shipping_address_id_fkey(name)"
            )))
        }),
    ),
    js(
        "select/embed-hint-inner",
        One(|db| probe(db.from("users").select("name,addresses!billing_fk!inner(city)"))),
    ),
    js("select/embed-alias", One(|db| probe(db.from("users").select("name,purchases:orders(id)")))),
    js(
        "select/embed-nested",
        One(|db| probe(db.from("users").select("name,orders(id,items(id,product(name)))"))),
    ),
    js(
        "select/embed-spread",
        One(|db| probe(db.from("users").select("name,...profiles(bio,avatar)"))),
    ),
    js(
        "select/embed-spread-alias",
        One(|db| probe(db.from("users").select("name,...profiles(about:bio)"))),
    ),
    js(
        "select/embed-by-column",
        One(|db| probe(db.from("users").select("message,sender_id(username)"))),
    ),
    js("select/embed-empty", One(|db| probe(db.from("users").select("name,orders()")))),
    js(
        "select/embed-json-path",
        One(|db| probe(db.from("users").select("name,profile(data->>theme)"))),
    ),
    js(
        "select/embed-filter",
        One(|db| {
            probe(
                db.from("users")
                    .select("name,orders!inner(id,total)")
                    .eq("orders.status", "paid")
                    .gt("orders.total", 10),
            )
        }),
    ),
    js(
        "select/embed-null-filter",
        One(|db| {
            probe(db.from("users").select("name,orders()").filter(!col("orders").is(Is::Null)))
        }),
    ),
    js("select/embed-error-ambiguous", One(|db| probe(db.from("orders").select("*,addresses(*)")))),
    js("select/twice-last-wins", Unwritable).ours_by_design(
        "shapes-are-types",
        "a read selects once",
        &[d("call", "GET /rest/v1/users?select=name", "cannot be written")],
    ),
    js("select/count-exact", One(|db| probe(db.from("users").select("*").count(Count::Exact)))),
    js("select/head-count-exact", One(|db| probe(db.from("users").count(Count::Exact)))),
    js("select/count-planned", One(|db| probe(db.from("users").select("*").count(Count::Planned)))),
    js("select/head-count-planned", One(|db| probe(db.from("users").count(Count::Planned)))),
    js(
        "select/count-estimated",
        One(|db| probe(db.from("users").select("*").count(Count::Estimated))),
    ),
    js("select/head-count-estimated", One(|db| probe(db.from("users").count(Count::Estimated)))),
    js("select/head", One(|db| probe(db.from("users").select::<Value>("id").head()))),
    js("select/count-header-without-asking", One(|db| probe(db.from("users").select("*")))),
    js("select/unknown-count", Unwritable).language_only(
        "a text where Rust has an enum",
        &[d("call", "GET /rest/v1/users?select=*", "cannot be written")],
    ),
    js(
        "select/reuse-builder",
        Each(|db| {
            let users = db.from("users");
            vec![probe(users.select("id").eq("id", 1)), probe(users.select("name"))]
        }),
    ),
    js(
        "select/await-twice",
        Each(|db| {
            let query = db.from("users").select("id");
            vec![probe(query.clone()), probe(query)]
        }),
    ),
    js("select/large-integers", One(|db| probe(db.from("big").select("*")))).client_bug(
        "integers above 2^53 lose their last digits",
        &[d("data/0/id", "9007199254740992", "9007199254740993")],
    ),
    js(
        "select/set-header",
        One(|db| {
            probe(
                db.from("users")
                    .select("*")
                    .header("x-custom", "yes")
                    .header("accept", "application/vnd.pgrst.array+json"),
            )
        }),
    ),
    js(
        "select/set-header-prefer-overwrites",
        One(|db| {
            probe(
                db.from("users")
                    .select("*")
                    .count(Count::Exact)
                    .header("prefer", "handling=strict"),
            )
        }),
    )
    .ours_by_design(
        "count-as-sent",
        "the total is read wherever the server sends it",
        &[d("count", "none", "1")],
    ),
    js("select/override-types-is-noop", One(|db| probe(db.from("users").select("id")))),
    js("column/json", One(|db| probe(db.from("t").select("id").eq("data->>name", "x")))),
    js("column/json-deep", One(|db| probe(db.from("t").select("id").eq("data->a->0->>b", "x")))),
    js("column/embedded", One(|db| probe(db.from("t").select("id").eq("cities.name", "x")))),
    js("column/embedded-deep", One(|db| probe(db.from("t").select("id").eq("a.b.c", "x")))),
    js("column/quoted", One(|db| probe(db.from("t").select("id").eq(r#""full name""#, "x"))))
        .ours_by_design(
            "quotes-when-needed",
            "a blank inside a name needs no quotes",
            &[d(r#"query "full name""#, "eq.x", "absent"), d("query full name", "absent", "eq.x")],
        ),
    js("column/unicode", One(|db| probe(db.from("t").select("id").eq("naïve", "x")))),
    js("column/reserved-select", One(|db| probe(db.from("t").select("id").eq("select", "x"))))
        .client_bug(
            "the column is taken for a key of the query string",
            &[d(r#"query "select""#, "absent", "eq.x"), d("query select", "id & eq.x", "id")],
        ),
    js("column/reserved-order", One(|db| probe(db.from("t").select("id").eq("order", "x"))))
        .client_bug(
            "the column is taken for a key of the query string",
            &[d(r#"query "order""#, "absent", "eq.x"), d("query order", "eq.x", "absent")],
        ),
    js("column/reserved-limit", One(|db| probe(db.from("t").select("id").eq("limit", "x"))))
        .client_bug(
            "the column is taken for a key of the query string",
            &[d(r#"query "limit""#, "absent", "eq.x"), d("query limit", "eq.x", "absent")],
        ),
    js("column/reserved-or", One(|db| probe(db.from("t").select("id").eq("or", "x")))).client_bug(
        "the column is taken for a key of the query string",
        &[d(r#"query "or""#, "absent", "eq.x"), d("query or", "eq.x", "absent")],
    ),
    js("column/empty", One(|db| probe(db.from("t").select("id").eq("", "x")))).ours_by_design(
        "empty-is-refused",
        "a column has a name",
        &[d("request", "GET /rest/v1/t?select=id&=eq.x", "refused")],
    ),
    js("schema/head", One(|db| probe(db.schema("private").from("t").select::<Value>("*").head()))),
    js("schema/insert", One(|db| probe(db.schema("private").from("t").insert(&json!({ "a": 1 }))))),
    js("schema/upsert", One(|db| probe(db.schema("private").from("t").upsert(&json!({ "a": 1 }))))),
    js("schema/delete", One(|db| probe(db.schema("private").from("t").delete().eq("id", 1)))),
    js(
        "schema/rpc-post",
        One(|db| probe(db.schema("private").rpc::<Value>("f", &json!({ "a": 1 })))),
    ),
    js(
        "schema/rpc-head",
        One(|db| probe(db.schema("private").rpc::<Value>("f", &json!({ "a": 1 })).head())),
    ),
    js(
        "schema/overrides-client-default",
        One(|db| probe(db.schema("other").from("t").select("*"))),
    ),
    js(
        "schema/original-client-unchanged",
        Each(|db| {
            let other = db.schema("other");
            vec![probe(t(db)), probe(other.from("t").select("*"))]
        }),
    ),
    js("schema/undefined-default", One(|db| probe(db.without_schema().from("t").select("*")))),
    py("select/getting-your-data", One(|db| probe(db.from("planets").select("*")))),
    py("select/selecting-specific-columns", One(|db| probe(db.from("planets").select("name")))),
    py(
        "select/query-referenced-tables",
        One(|db| probe(db.from("orchestral_sections").select("name, instruments(name)"))),
    ),
    py(
        "select/query-referenced-tables-through-a-join-table",
        One(|db| probe(db.from("users").select("name, teams(name)"))),
    ),
    py(
        "select/query-the-same-referenced-table-multiple-times",
        One(|db| {
            probe(db.from("messages").select("content,from:sender_id(name),to:receiver_id(name)"))
        }),
    ),
    py(
        "select/filtering-through-referenced-tables",
        One(|db| {
            probe(
                db.from("orchestral_sections")
                    .select("name, instruments(*)")
                    .eq("instruments.name", "guqin"),
            )
        }),
    ),
    py(
        "select/querying-referenced-table-with-count",
        One(|db| probe(db.from("orchestral_sections").select("*, instruments(count)"))),
    ),
    py(
        "select/querying-with-count-option",
        One(|db| probe(db.from("planets").select("*").count(Count::Exact))),
    ),
    py(
        "select/querying-json-data",
        One(|db| probe(db.from("users").select("id, name, address->city"))),
    ),
    py(
        "select/querying-referenced-table-with-inner-join",
        One(|db| {
            probe(
                db.from("instruments")
                    .select("name, orchestral_sections!inner(name)")
                    .eq("orchestral_sections.name", "woodwinds"),
            )
        }),
    ),
    py(
        "select/switching-schemas-per-query",
        One(|db| probe(db.schema("myschema").from("mytable").select("*"))),
    ),
    py("select/columns-default", One(|db| probe(db.from("planets").select("*")))),
    py("select/columns-varargs", One(|db| probe(db.from("planets").select("id,name")))),
    py(
        "select/columns-quoted",
        One(|db| probe(db.from("planets").select(r#"id, "full name" , name"#))),
    ),
    py(
        "select/count-planned",
        One(|db| probe(db.from("planets").select("*").count(Count::Planned))),
    ),
    py(
        "select/count-estimated",
        One(|db| probe(db.from("planets").select("*").count(Count::Estimated))),
    ),
    py("select/count-head", One(|db| probe(db.from("planets").count(Count::Exact)))),
    py("select/count-not-requested", One(|db| probe(db.from("planets").select("*")))),
    py("select/from-alias", One(|db| probe(db.from("planets").select("*")))),
    py("select/error-unknown-table", One(|db| probe(db.from("planetz").select("*")))),
    py("select/error-jwt-expired", One(|db| probe(db.from("planets").select("*")))),
    py("select/error-not-json", One(|db| probe(db.from("planets").select("*")))).ours_by_design(
        "plain-text-errors",
        "what is no JSON is the message; a status is no code",
        &[
            d("error code", "502", ""),
            d("error message", "Bad Gateway", "<html>Bad Gateway</html>"),
            d("error details", "<html>Bad Gateway</html>", ""),
        ],
    ),
    py("select/error-head", One(|db| probe(db.from("planetz").count(Count::Exact)))),
    py(
        "select/retry-503",
        Replay(|s| Box::pin(async move { wait(s.client()?.from("planets").select("*")).await })),
    ),
    py(
        "select/retry-dropped-connection",
        Replay(|s| Box::pin(async move { wait(s.client()?.from("planets").select("*")).await })),
    ),
    py(
        "select/retry-disabled",
        Replay(|s| {
            Box::pin(async move {
                wait(s.client()?.from("planets").select("*").retry(RetryConfig::off())).await
            })
        }),
    ),
    py("select/table-name-encoding", One(|db| probe(db.from("solar planets").select("*")))),
    py("select/user-token", One(as_user)),
    py(
        "select/user-token-after-sign-out",
        Replay(|s| {
            Box::pin(async move {
                let client = s.following().await?;
                client.auth().sign_out().await?;
                wait(client.from("planets").select::<Value>("*")).await
            })
        }),
    ),
];
