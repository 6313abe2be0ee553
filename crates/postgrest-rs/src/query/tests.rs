//! How whole requests are rendered, and what is refused before anything is sent.

use std::time::Duration;

use serde_json::{Value, json};
use supabase_http::testing::{Exchange, MockTransport};
use supabase_http::{ErrorKind, HttpClient};

use super::verb::Ready;
use super::{Query, SelectQuery};
use crate::{
    Column, Count, Explain, PostgrestClient, Relation, Response, RetryConfig, Returning, all, any,
    col, lit,
};

fn client() -> PostgrestClient {
    over(MockTransport::new())
}

fn over(mock: MockTransport) -> PostgrestClient {
    let http = HttpClient::builder().transport(mock).build().unwrap();
    PostgrestClient::with_http(http, "https://project.test/", "key").unwrap()
}

/// Method, path with decoded query, and the headers that matter.
fn rendered<V: Ready, R>(query: Query<V, R>) -> String {
    let request = query.into_request().unwrap_or_else(|why| panic!("{why}"));
    let target = crate::request::percent_decoded(request.uri().path_and_query().unwrap().as_str());
    let mut out = format!(
        "{} {}",
        request.method(),
        target.trim_start_matches("/rest/v1/")
    );
    for name in ["accept", "prefer"] {
        if let Some(value) = request.headers().get(name) {
            out.push_str(&format!(" [{}]", value.to_str().unwrap()));
        }
    }
    if let Some(body) = request.body().as_bytes().filter(|body| !body.is_empty()) {
        out.push(' ');
        out.push_str(std::str::from_utf8(body).unwrap());
    }
    out
}

fn refused<V: Ready, R>(query: Query<V, R>) -> String {
    let error = query.into_request().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request);
    error.message().to_owned()
}

fn rows() -> SelectQuery<Value> {
    client().from("t").select("*")
}

#[test]
fn reads() {
    assert_eq!(rendered(rows()), "GET t?select=*");
    assert_eq!(
        rendered(rows().single()),
        "GET t?select=* [application/vnd.pgrst.object+json]"
    );
    assert_eq!(rendered(rows().maybe_single()), "GET t?select=*&limit=2");
    assert_eq!(
        rendered(rows().maybe_single().limit(1)),
        "GET t?select=*&limit=1"
    );
    assert_eq!(
        rendered(rows().strip_nulls().single()),
        "GET t?select=* [application/vnd.pgrst.object+json;nulls=stripped]"
    );
    assert_eq!(
        rendered(rows().strip_nulls()),
        "GET t?select=* [application/vnd.pgrst.array+json;nulls=stripped]"
    );
    assert_eq!(
        rendered(rows().count(Count::Planned).head()),
        "HEAD t?select=* [count=planned]"
    );
    assert_eq!(
        rendered(client().from("t").count(Count::Exact)),
        "HEAD t?select=* [count=exact]"
    );
    assert_eq!(
        rendered(client().from("t").csv("id")),
        "GET t?select=id [text/csv]"
    );
    assert_eq!(
        rendered(client().from("t").geojson("*")),
        "GET t?select=* [application/geo+json]"
    );
    assert_eq!(
        rendered(rows().explain(Explain::new().analyze())),
        "GET t?select=* [application/vnd.pgrst.plan+text; for=\"application/json\"; options=analyze;]"
    );
}

#[test]
fn orders_and_pages_are_merged() {
    let query = rows()
        .order("a")
        .limit(3)
        .order(col("b").desc())
        .range(10..=19)
        .limit_on("c", 1);
    assert_eq!(
        rendered(query),
        "GET t?select=*&order=a.asc,b.desc&offset=10&limit=10&c.limit=1"
    );
    let query = rows()
        .order(col("x").desc().on("c.d"))
        .order("c.d.y")
        .range_on("c.d", 1..3)
        .offset_on("e", 2);
    assert_eq!(
        rendered(query),
        "GET t?select=*&c.d.order=x.desc,y.asc&c.d.offset=1&c.d.limit=2&e.offset=2"
    );
    assert_eq!(rendered(rows().range(10..)), "GET t?select=*&offset=10");
    assert_eq!(rendered(rows().range(..)), "GET t?select=*");
    assert_eq!(
        rendered(rows().range(0..=u64::MAX)),
        format!("GET t?select=*&offset=0&limit={}", u64::MAX)
    );
    #[allow(clippy::reversed_empty_ranges)]
    let inverted = rows().range(9..=0);
    assert!(refused(inverted).contains("ends before"));
}

#[test]
fn writes() {
    let table = client().from("t");
    assert_eq!(
        rendered(table.insert(&json!({ "a": 1 }))),
        "POST t {\"a\":1}"
    );
    assert_eq!(
        rendered(
            table
                .insert(&[json!({ "a": 1 }), json!({ "b": 2 })])
                .select::<Value>("id, a")
                .single()
        ),
        "POST t?columns=\"a\",\"b\"&select=id,a [application/vnd.pgrst.object+json] [return=representation] \
         [{\"a\":1},{\"b\":2}]"
    );
    assert_eq!(
        rendered(
            table
                .upsert(&json!({ "a": 1 }))
                .on_conflict(["a", "b c"])
                .ignore_duplicates()
                .default_to_null(false)
        ),
        "POST t?on_conflict=a,b c [resolution=ignore-duplicates, missing=default] {\"a\":1}"
    );
    assert_eq!(
        rendered(
            table
                .upsert(&json!({ "a": 1 }))
                .count(Count::Exact)
                .returning(Returning::HeadersOnly)
        ),
        "POST t [resolution=merge-duplicates, count=exact, return=headers-only] {\"a\":1}"
    );
    assert_eq!(
        rendered(table.update(&json!({ "a": 1 })).eq("id", 1).max_affected(1)),
        "PATCH t?id=eq.1 [handling=strict, max-affected=1] {\"a\":1}"
    );
    assert_eq!(
        rendered(
            table
                .delete()
                .max_affected(1)
                .in_("id", [1, 2])
                .select::<Value>("*")
                .dry_run()
        ),
        "DELETE t?select=*&id=in.(1,2) [return=representation, handling=strict, tx=rollback, max-affected=1]"
    );
    assert_eq!(rendered(table.delete().all_rows()), "DELETE t");
}

#[test]
fn functions() {
    let db = client();
    assert_eq!(rendered(db.rpc::<String>("hello", ())), "POST rpc/hello {}");
    assert_eq!(
        rendered(
            db.rpc::<Vec<Value>>("f", &json!({ "a": [1] }))
                .select("id, n")
                .eq("n", "x")
                .order("id")
                .limit(1)
        ),
        "POST rpc/f?select=id,n&n=eq.x&order=id.asc&limit=1 [return=representation] {\"a\":[1]}"
    );
    assert_eq!(
        rendered(
            db.rpc::<Value>("f", &json!({ "a": ["x,y"] }))
                .get()
                .eq("b", 2)
        ),
        "GET rpc/f?a={\"x,y\"}&b=eq.2"
    );
    assert_eq!(
        rendered(
            db.rpc::<()>("f", &json!({ "a": 1 }))
                .head()
                .count(Count::Exact)
        ),
        "HEAD rpc/f?a=1 [count=exact]"
    );
    assert_eq!(
        rendered(db.rpc::<()>("f", ()).maybe_single()),
        "POST rpc/f {}"
    );
    assert_eq!(
        rendered(db.rpc::<()>("f", ()).csv()),
        "POST rpc/f [text/csv] {}"
    );
    assert!(refused(db.rpc::<()>("f", &json!({ "t": "eq.5" })).get()).contains("POST"));
    assert!(refused(db.rpc::<()>("f", &[1, 2])).contains("object"));
    assert_eq!(
        rendered(db.rpc::<()>("f", &[json!({ "a": 1 })])),
        "POST rpc/f [{\"a\":1}]"
    );
}

#[test]
fn schemas_and_headers() {
    let header = |query: SelectQuery<Value>, name: &str| {
        let request = query.into_request().unwrap();
        request
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(header(rows(), "accept-profile").as_deref(), Some("public"));
    assert_eq!(
        header(rows().schema("s"), "accept-profile").as_deref(),
        Some("s")
    );
    assert_eq!(
        header(client().schema("s").from("t").select("*"), "accept-profile").as_deref(),
        Some("s")
    );
    assert_eq!(
        header(
            client().without_schema().from("t").select("*"),
            "accept-profile"
        ),
        None
    );
    assert_eq!(
        header(rows().header("accept", "x/y").strip_nulls(), "accept").as_deref(),
        Some("x/y")
    );
    let write = client()
        .from("t")
        .delete()
        .eq("a", 1)
        .into_request()
        .unwrap();
    assert_eq!(write.headers()["content-profile"], "public");
    assert!(
        write.headers().get("authorization").is_none(),
        "credentials are added when it is sent"
    );
    assert!(refused(rows().schema("")).contains("schema"));
    let protected = client().from("t").delete().eq("a", 1).dry_run();
    assert!(refused(protected.header("Prefer", "count=exact")).contains("dry_run"));
    assert!(refused(rows().schema("a\nb")).contains("schema"));
    assert!(refused(rows().header("x", "a\nb")).contains("line end"));
    assert!(refused(rows().header("a b", "x")).contains("name"));
}

#[test]
fn names_of_tables_stay_in_their_place() {
    for bad in [
        "",
        "  ",
        ".",
        "..",
        "a/b",
        "a?b",
        "a#b",
        "a\0b",
        "a\nb",
        "../auth",
        "users ",
        "public.users",
        "a\\b",
    ] {
        assert!(
            refused(client().from(bad).select::<Value>("*")).contains("name of a table"),
            "{bad:?}"
        );
    }
    for bad in ["", ".", "..", "a/b", "a?b", "a\0"] {
        assert!(
            refused(client().rpc::<()>(bad, ())).contains("name of a function"),
            "{bad:?}"
        );
    }
    for bad in ["", ".", "..", "a\0"] {
        assert!(
            !refused(client().from(Relation::exact(bad)).select::<Value>("*")).is_empty(),
            "{bad:?}"
        );
    }
    let path = |table: Relation| {
        client()
            .from(table)
            .select::<Value>("*")
            .into_request()
            .unwrap()
            .uri()
            .path()
            .to_owned()
    };
    assert_eq!(path(Relation::exact("odd/table")), "/rest/v1/odd%2Ftable");
    assert_eq!(path(Relation::exact("odd.table")), "/rest/v1/odd.table");
    assert_eq!(path("odd+table%".into()), "/rest/v1/odd%2Btable%25");
    assert_eq!(path("solar planets".into()), "/rest/v1/solar%20planets");
    assert_eq!(path("naïve".into()), "/rest/v1/na%C3%AFve");
}

#[test]
fn the_guard_looks_at_what_filters_say() {
    let delete = || client().from("t").delete();
    for query in [
        delete().filter(all([])),
        delete().not_in("id", Vec::<i32>::new()),
        delete().match_(Vec::<(&str, i32)>::new()),
        delete().like_all("a", Vec::<&str>::new()),
        delete().not(col("id").in_(Vec::<i32>::new())),
        delete().eq("parts.label", "x"),
        delete().filter_raw("parts.label", "eq", "x"),
        delete().or_raw_on("parts", "label.eq.x"),
        delete().filter(any([col("a").eq(1), col("b").eq(2)]).on("parts")),
        delete().filter(all([col("parts.a").eq(1), col("parts.b").eq(2)])),
    ] {
        assert!(refused(query).contains("every row"));
    }
    assert!(refused(delete().filter(any([]))).contains("empty"));
    assert_eq!(
        rendered(delete().filter(all([])).eq("id", 1)),
        "DELETE t?id=eq.1"
    );
    assert_eq!(
        rendered(delete().eq("parts.a", 1).eq("id", 1)),
        "DELETE t?parts.a=eq.1&id=eq.1"
    );
    assert_eq!(rendered(delete().filter(all([])).all_rows()), "DELETE t");
    assert_eq!(rendered(rows().filter(all([]))), "GET t?select=*");
    let conditions = vec![col("a").eq(1), col("b").is_null()];
    assert_eq!(
        rendered(delete().filter(all(conditions))),
        "DELETE t?a=eq.1&b=is.null"
    );
}

#[test]
fn filters_reach_the_query() {
    assert_eq!(
        rendered(
            rows()
                .gte("age", 18)
                .eq("o.ok", true)
                .filter_raw("n", "in", "(\"a\",b)")
                .or_raw("x.eq.1,y.eq.2")
        ),
        "GET t?select=*&age=gte.18&o.ok=eq.true&n=in.(\"a\",b)&or=(x.eq.1,y.eq.2)"
    );
    assert_eq!(
        rendered(
            rows()
                .or_raw_on("a.b", "x.eq.1")
                .match_([("n", lit("Ada")), ("age", lit(36))])
        ),
        "GET t?select=*&a.b.or=(x.eq.1)&n=eq.Ada&age=eq.36"
    );
    assert_eq!(
        rendered(rows().eq("select", 1).eq("apikey", 2)),
        "GET t?select=*&\"select\"=eq.1&\"apikey\"=eq.2"
    );
    assert_eq!(
        rendered(rows().eq(Column::exact("d,e"), "v")),
        "GET t?select=*&\"d,e\"=eq.v"
    );
    for bad in [
        "",
        " ",
        "a.eq.1)",
        "a.eq.1),b.eq.2,(c",
        "a.eq.\"x",
        "a.eq.:)",
    ] {
        assert!(!refused(rows().or_raw(bad)).is_empty(), "{bad:?}");
    }
    assert!(refused(rows().eq("", 1)).contains("empty"));
    assert!(refused(rows().eq("a", f64::NAN)).contains("NaN"));
    assert!(refused(rows().or_raw_on("a,b", "x.eq.1")).contains("embedded"));
    // The first problem is told.
    assert!(refused(rows().eq("", 1).eq("a", f64::NAN)).contains("empty"));
}

#[test]
fn bad_bodies_are_refused() {
    let table = client().from("t");
    assert!(refused(table.insert(&1)).contains("object"));
    assert!(refused(table.insert(&[1])).contains("objects"));
    assert!(refused(table.update(&[json!({})]).eq("a", 1)).contains("object"));
    assert!(
        refused(table.insert(&std::collections::BTreeMap::from([("a", f64::NAN)]))).contains("NaN")
    );
    assert!(
        refused(table.upsert(&json!({})).on_conflict(Vec::<&str>::new())).contains("no columns")
    );
    assert!(refused(table.upsert(&json!({})).on_conflict(["a.b"])).contains("path"));
    assert!(refused(client().rpc::<()>("f", &5)).contains("object"));
}

#[test]
fn long_urls_are_refused_before_they_are_sent() {
    let ids: Vec<u32> = (0..4_000).collect();
    let why = refused(rows().in_("id", &ids));
    assert!(why.contains("16384") && why.contains("rpc"), "{why}");
    let patient = client().with_max_url_length(60_000);
    assert!(
        patient
            .from("t")
            .select::<Value>("*")
            .in_("id", &ids)
            .into_request()
            .is_ok()
    );
    // Path and query count, to the byte.
    let read = |db: &PostgrestClient| db.from("t").select::<Value>("*").into_request();
    let length = read(&client())
        .unwrap()
        .uri()
        .path_and_query()
        .unwrap()
        .as_str()
        .len();
    assert!(read(&client().with_max_url_length(length)).is_ok());
    assert!(read(&client().with_max_url_length(length - 1)).is_err());
}

#[test]
fn queries_are_plain_values() {
    fn is<T: Send + Sync + Unpin + Clone + 'static>(_: &T) {}
    struct NotSend(#[allow(dead_code)] *const u8);
    let query: Query<super::SelectRows, super::Rows<NotSend>> = client().from("t").select("*");
    is(&query);
    assert_eq!(format!("{:?}", rows().eq("a", "canary")), "Query(GET t)");
    assert!(std::mem::size_of_val(&query) <= 16);
}

#[tokio::test]
async fn answers_by_shape() {
    let mock = MockTransport::new()
        .reply(200, json!([{ "id": 1 }]))
        .reply(200, json!({ "id": 1 }))
        .reply(200, json!([]))
        .reply(204, ())
        .reply(204, ())
        .reply(200, json!("hi"))
        .reply_with(
            Exchange::new(206)
                .header("content-range", "0-0/3")
                .json(json!([1])),
        );
    let db = over(mock.clone());
    let all: Vec<Value> = db.from("t").select("*").await.unwrap();
    let one: Value = db.from("t").select("*").single().await.unwrap();
    assert_eq!(all, [one]);
    let none: Option<Value> = db.from("t").select("*").maybe_single().await.unwrap();
    assert_eq!(none, None);
    db.from("t").insert(&json!({ "a": 1 })).await.unwrap();
    db.rpc::<()>("touch", ()).await.unwrap();
    let text: String = db.rpc("hello", ()).await.unwrap();
    assert_eq!(text, "hi");
    let page: Response<Vec<i32>> = db
        .from("t")
        .select("*")
        .count(Count::Exact)
        .range(0..1)
        .await
        .unwrap();
    assert_eq!((page.count, page.data), (Some(3), vec![1]));
}

#[tokio::test]
async fn dry_runs_must_be_confirmed() {
    let undone = || Exchange::new(204).header("preference-applied", "tx=rollback");
    let mock = MockTransport::new()
        .reply_with(undone())
        .reply_with(undone())
        .reply(204, ());
    let db = over(mock);
    let query = || db.from("t").delete().eq("id", 1).dry_run();
    query().await.unwrap();
    let error = query()
        .timeout(Duration::from_secs(1))
        .retry(RetryConfig::off())
        .await
        .unwrap_err();
    assert!(error.message().contains("confirm"), "{error}");
    assert_eq!(
        (error.service(), error.operation()),
        (Some("postgrest"), Some("delete"))
    );
}

#[test]
fn no_secret_is_shown() {
    let http = HttpClient::builder()
        .transport(MockTransport::new())
        .build()
        .unwrap();
    let db = PostgrestClient::with_http(http, "https://project.test", "canary-key").unwrap();
    let query = db
        .from("t")
        .select::<Value>("*")
        .eq("a", "canary")
        .in_("b", ["canary"])
        .text_search("c", "canary")
        .header("x-a", "canary");
    let write = db.from("t").insert(&json!({ "a": "canary" }));
    let call = db.rpc::<()>("f", &json!({ "a": "canary" }));
    let literals = (
        lit("canary"),
        crate::Literal::array(["canary"]),
        crate::PgRange::from("[canary,)"),
    );
    let search = crate::TextSearch::plain("canary");
    for shown in [
        format!("{db:?} {db:#?}"),
        format!("{:?} {query:?} {query:#?} {write:?} {call:?}", db.from("t")),
        format!("{literals:?} {search:?} {:?}", col("a").eq("canary")),
        format!("{:?}", db.openapi()),
    ] {
        assert!(!shown.contains("canary"), "{shown}");
    }
}

#[tokio::test]
async fn a_limit_that_is_not_confirmed_is_an_error() {
    let confirmed = |status| {
        Exchange::new(status).header("preference-applied", "handling=strict, max-affected=1")
    };
    let mock = MockTransport::new()
        .reply_with(confirmed(204))
        .reply_with(confirmed(200).json(json!([{ "id": 1 }])))
        .reply_with(Exchange::new(204).header("preference-applied", "handling=strict"))
        .reply(
            400,
            json!({ "code": "PGRST122", "message": "Invalid preferences" }),
        );
    let db = over(mock.clone());
    let delete = || db.from("t").delete().eq("id", 1).max_affected(1);
    delete().await.unwrap();
    let gone: Vec<Value> = delete().select("id").await.unwrap();
    assert_eq!(gone.len(), 1);
    let ignored = delete().await.unwrap_err();
    assert_eq!(ignored.kind(), ErrorKind::Decode);
    assert!(
        ignored
            .message()
            .contains("more rows may have been changed"),
        "{ignored}"
    );
    assert_eq!(delete().await.unwrap_err().code(), Some("PGRST122"));
    mock.assert_done();
    // The pure half says the same.
    let (parts, _) = http::Response::builder()
        .status(204)
        .body(())
        .unwrap()
        .into_parts();
    assert!(delete().decode(&parts, bytes::Bytes::new()).is_err());
}
