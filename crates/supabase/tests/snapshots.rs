//! What no recorded case fixes, as text to read: whole requests of our own features, errors before sending, and what
//! `Debug` shows.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fmt::Write as _;

use insta::assert_snapshot;
use serde_json::{Value, json};
use supabase::Client;
use supabase::http::testing::{Exchange, MockTransport};
use supabase::postgrest::{
    Column, Count, Explain, Is, Literal, PgRange, Returning, TextSearch, all, any, col,
};

/// A token of a user; nobody signed it.
const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYXV0aGVudGljYXRlZCJ9.c2lnbmF0dXJl";

fn client(mock: &MockTransport) -> Client {
    Client::builder("https://project.test", "sb_publishable_abc")
        .header("x-app", "demo")
        .header("prefer", "timezone=UTC")
        .transport(mock.clone())
        .build()
        .unwrap()
}

/// A client whose requests are answered by an empty list.
fn recorded() -> (Client, MockTransport) {
    let mock = MockTransport::new().respond(|_| {
        Exchange::new(200)
            .header("preference-applied", "max-affected=2")
            .json(json!([]))
    });
    (client(&mock), mock)
}

#[tokio::test]
async fn a_read_with_everything() {
    let (supabase, mock) = recorded();
    let trees = all([
        any([
            col("name").eq("a,b"),
            col("name").like(r#"50\%"*"#),
            col("note").is(Is::Null),
        ]),
        !col("tags").contains(["x y", "{}", "\"", "null"]),
        any([
            col("data").json("a.b").json_text("c d").in_(["(1)", "2"]),
            col("during").overlaps(PgRange::from("2024-01-01".."2024-02-01")),
        ]),
    ]);
    supabase
        .as_user(TOKEN)
        .from("people")
        .select::<Value>("id, full:\"full name\", orders!inner(total::text, items(count()))")
        .filter(trees)
        .filter(col("orders.total").gte(10))
        .eq("order", "a column of a reserved name")
        .neq(Column::exact("odd.name, (really)"), true)
        .text_search(
            "body",
            TextSearch::websearch("fat OR cat").config("english"),
        )
        .order(col("name").desc().nulls_last())
        .order(col("total").on("orders"))
        .limit_on("orders", 3)
        .range(20..=29)
        .strip_nulls()
        .count(Count::Estimated)
        .await
        .unwrap();
    assert_snapshot!(mock.last_request().unwrap());
}

#[tokio::test]
async fn writes_of_our_own() {
    let (supabase, mock) = recorded();
    let rows = [json!({ "id": 1, "a\"b": 2 }), json!({ "id": 2, "c": null })];
    supabase
        .from("things")
        .upsert(&rows)
        .on_conflict([Column::from("id"), Column::exact("odd,name")])
        .ignore_duplicates()
        .default_to_null(false)
        .select::<Value>("*")
        .await
        .unwrap();
    supabase
        .from("things")
        .delete()
        .in_("id", [1, 2])
        .max_affected(2)
        .returning(Returning::Minimal)
        .await
        .unwrap();
    supabase
        .schema("api")
        .from("things")
        .update(&json!({ "a": 1 }))
        .all_rows()
        .header("x-one", "1")
        .await
        .unwrap();
    let text: String = mock
        .requests()
        .iter()
        .map(|request| format!("{request}\n\n"))
        .collect();
    assert_snapshot!(text);
}

#[tokio::test]
async fn functions_and_plans() {
    let (supabase, mock) = recorded();
    let arguments = json!({ "ids": [1, 2], "names": ["a,b", "\"", ""], "o": { "k": [1] } });
    let _: Value = supabase.rpc("search", &arguments).get().await.unwrap();
    let _: Value = supabase
        .rpc("search", &arguments)
        .eq("rank", Literal::display(1))
        .limit(5)
        .await
        .unwrap();
    // The empty list that is answered is no plan.
    let _ = supabase
        .from("things")
        .select::<Value>("*")
        .explain(Explain::new().json().analyze().buffers())
        .await;
    let text: String = mock
        .requests()
        .iter()
        .map(|request| format!("{request}\n\n"))
        .collect();
    assert_snapshot!(text);
}

#[tokio::test]
async fn bad_input_says_what_to_change() {
    let mock = MockTransport::new();
    let supabase = client(&mock);
    let things = supabase.from("things");
    let read = || things.select::<Value>("*");
    let long = "x".repeat(20_000);
    let errors = [
        Client::new("xyz.supabase.co", "key").err(),
        Client::new("https://xyz.supabase.co?a=1", "key").err(),
        Client::new("https://xyz.supabase.co", "").err(),
        Client::new("https://xyz.supabase.co", "a key").err(),
        Client::new("https://xyz.supabase.co", "sb_secret_abc").err(),
        Client::service("https://xyz.supabase.co", "sb_publishable_abc").err(),
        Client::builder("https://xyz.supabase.co", "key")
            .header("x-app", "a\nb")
            .build()
            .err(),
        Client::builder("https://xyz.supabase.co", "key")
            .header("apikey", "b")
            .build()
            .err(),
        supabase
            .as_user("sb_secret_abc")
            .from("t")
            .select::<Value>("*")
            .await
            .err(),
        supabase.from("").select::<Value>("*").await.err(),
        supabase.from("a/b").select::<Value>("*").await.err(),
        supabase.from("..").select::<Value>("*").await.err(),
        supabase.from("a\0b").select::<Value>("*").await.err(),
        supabase
            .schema(" ")
            .from("t")
            .select::<Value>("*")
            .await
            .err(),
        things.select::<Value>("id, orders(total").await.err(),
        things.select::<Value>("id,,name").await.err(),
        things.select::<Value>("").await.err(),
        read().eq("", 1).await.err(),
        read().eq("a->", 1).await.err(),
        read().eq("a", f64::NAN).await.err(),
        read().filter(any([])).await.err(),
        read().or_raw("a.eq.1),b.eq.2").await.err(),
        read().eq("a", long).await.err(),
        read().header("x", "a\r\nb").await.err(),
        things.insert(&json!([1, 2])).await.err(),
        things.insert(&[[("a", f64::INFINITY)]]).await.err(),
        things.delete().filter(all([])).await.err(),
        supabase.rpc::<Value>("f", &7).await.err(),
        supabase
            .rpc::<Value>("f", &json!({ "a": "eq.1" }))
            .get()
            .await
            .err(),
    ];
    let mut text = String::new();
    for error in errors {
        let error = error.unwrap();
        assert!(error.never_sent(), "{error}");
        writeln!(text, "{:?}: {error}", error.kind()).unwrap();
    }
    mock.assert_done();
    assert_snapshot!(text);
}

#[tokio::test]
async fn what_debug_shows() {
    let (supabase, _) = recorded();
    let user = supabase.as_user(TOKEN);
    let query = user.from("people").select::<Value>("*").eq("name", "Ada");
    let text = format!(
        "{supabase:#?}\n{user:#?}\n{query:?}\n{:#?}",
        user.http_client()
    );
    assert!(!text.contains(TOKEN) && !text.contains("sb_publishable_abc") && !text.contains("Ada"));
    assert_snapshot!(text);
}
