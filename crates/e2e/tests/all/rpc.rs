//! Functions: what they take, what they return, how they are called, and how they fail.

use serde::Deserialize;
use serde_json::{Value, json};
use supabase::ErrorKind;
use supabase::postgrest::{Count, col};

use crate::support::{Id, status_and_code, world};

#[derive(Debug, Deserialize, PartialEq)]
struct Pair {
    i: i32,
    t: String,
}

#[tokio::test]
async fn scalars() {
    let w = world!(shared);
    let sum: i32 = w.anon.rpc("add", &json!({ "a": 2, "b": 3 })).await.unwrap();
    let default: i32 = w.anon.rpc("add", &json!({ "a": 2 })).await.unwrap();
    assert_eq!((sum, default), (5, 3));
    assert_eq!(w.anon.rpc::<i64>("biggest", ()).await.unwrap(), i64::MAX);
    assert_eq!(w.anon.rpc::<Option<String>>("nothing_at_all", ()).await.unwrap(), None);
    let odd: String = w.anon.rpc("odd fn", &json!({ "arg one": "x" })).await.unwrap();
    assert_eq!(odd, "x");
    let json: Value = w.anon.rpc("echo_json", &json!({ "j": { "a": [1, null, "ü"] } })).await.unwrap();
    assert_eq!(json, json!({ "a": [1, null, "ü"] }));
    let unnamed: Value = w.anon.rpc("unnamed", &json!({ "any": ["thing"] })).await.unwrap();
    assert_eq!(unnamed, json!({ "any": ["thing"] }));
}

#[tokio::test]
async fn sets_rows_and_nothing() {
    let w = world!(shared);
    w.anon.rpc::<()>("touch", ()).await.unwrap();
    let numbers: Vec<i32> = w.anon.rpc("counted", &json!({ "n": 3 })).await.unwrap();
    assert_eq!(numbers, [1, 2, 3]);
    let none: Vec<i32> = w.anon.rpc("counted", &json!({ "n": 0 })).await.unwrap();
    assert!(none.is_empty());
    let table: Vec<Pair> = w.anon.rpc("pairs_of", &json!({ "n": 2 })).await.unwrap();
    assert_eq!(table, [Pair { i: 1, t: "t1".into() }, Pair { i: 2, t: "t2".into() }]);
    let one: Id = w.anon.rpc("one_book", &json!({ "wanted": 3 })).await.unwrap();
    assert_eq!(one.id, 3);
    let single: Pair = w.anon.rpc("pairs_of", &json!({ "n": 5 })).eq("i", 4).single().await.unwrap();
    assert_eq!(single.t, "t4");
    let maybe: Option<Pair> = w.anon.rpc("pairs_of", &json!({ "n": 1 })).eq("i", 4).maybe_single().await.unwrap();
    assert_eq!(maybe, None);
}

#[tokio::test]
async fn sets_are_queried_like_tables() {
    let w = world!(shared);
    let rows: Vec<Value> = w
        .anon
        .rpc("books_over", &json!({ "min_pages": 100 }))
        .select("title, pages, authors!author_id(name), reviews(stars)")
        .gt("pages", 150)
        .order(col("pages").desc())
        .order(col("stars").desc().on("reviews"))
        .await
        .unwrap();
    assert_eq!(
        rows,
        [
            json!({ "title": "Stone Paths", "pages": 320, "authors": { "name": "Ada Ilves" }, "reviews": [{ "stars": 4 }] }),
            json!({ "title": "Tides", "pages": 210, "authors": { "name": "Ada Ilves" }, "reviews": [{ "stars": 5 }, { "stars": 3 }] }),
        ]
    );
    let page = w.anon.rpc::<Vec<Pair>>("pairs_of", &json!({ "n": 50 })).count(Count::Exact).order("i").range(10..12);
    let page = page.await.unwrap();
    assert_eq!(page.data.iter().map(|pair| pair.i).collect::<Vec<_>>(), [11, 12]);
    assert_eq!(page.count, Some(50));
    let csv = w.anon.rpc::<()>("pairs_of", &json!({ "n": 2 })).csv().await.unwrap();
    assert_eq!(csv, "i,t\n1,t1\n2,t2");
}

#[tokio::test]
async fn a_set_is_filtered_by_what_is_selected() {
    let w = world!(shared);
    let books = || w.anon.rpc::<Vec<Value>>("books_over", ()).select("title");
    // Newer servers know every column of the set there.
    for error in [books().gt("pages", 150).await.unwrap_err(), books().order("pages").await.unwrap_err()] {
        assert_eq!(status_and_code(&error), (400, "42703"));
    }
    assert_eq!(books().eq("title", "Tides").await.unwrap(), [json!({ "title": "Tides" })]);
}

#[tokio::test]
async fn get_and_head() {
    let w = world!(shared);
    let sum: i32 = w.anon.rpc("add", &json!({ "a": 2, "b": -3 })).get().await.unwrap();
    assert_eq!(sum, -1);
    let rows: Vec<Pair> =
        w.anon.rpc("pairs_of", &json!({ "n": 9 })).get().gte("i", 8).order(col("i").desc()).await.unwrap();
    assert_eq!(rows.iter().map(|pair| pair.i).collect::<Vec<_>>(), [9, 8]);
    let count = w.anon.rpc::<()>("pairs_of", &json!({ "n": 9 })).head().count(Count::Exact).lte("i", 4).await.unwrap();
    assert_eq!(count.count, Some(4));
    let odd: String = w.anon.rpc("odd fn", &json!({ "arg one": "a&b=c +%" })).get().await.unwrap();
    assert_eq!(odd, "a&b=c +%");
    // By GET the transaction only reads.
    let write = w.admin.rpc::<i64>("add_item", &json!({ "name": "x" })).get().await.unwrap_err();
    assert_eq!(status_and_code(&write), (405, "25006"));
    // A text that would be read as a filter is refused before it is sent, and goes by POST.
    let filter = w.anon.rpc::<String>("echo", &json!({ "t": "eq.5" })).get().await.unwrap_err();
    assert_eq!(filter.kind(), ErrorKind::Request);
    assert_eq!(w.anon.rpc::<String>("echo", &json!({ "t": "eq.5" })).await.unwrap(), "eq.5");
}

#[tokio::test]
async fn arrays_as_arguments() {
    let w = world!(shared);
    let texts = ["a", "b,c", "", "null", "NULL", "d\"e", "f\\g", " h ", "{i}", "(j)", "k'l", "m\nn"];
    let args = json!({ "t": texts });
    let post: Vec<String> = w.anon.rpc("echo_array", &args).await.unwrap();
    assert_eq!(post, texts);
    let get: Vec<String> = w.anon.rpc("echo_array", &args).get().await.unwrap();
    assert_eq!(get, texts);
    for numbers in [vec![], vec![1], vec![1, -2, 3]] {
        let args = json!({ "n": numbers });
        let expected: i32 = numbers.iter().sum();
        assert_eq!(w.anon.rpc::<i32>("sum_of", &args).await.unwrap(), expected);
        assert_eq!(w.anon.rpc::<i32>("sum_of", &args).get().await.unwrap(), expected);
    }
    // Newer servers make JSON of it, 12.0.2 a JSON text.
    let object = json!({ "k": ["v,\"w"] });
    let by_get: Value = w.anon.rpc("echo_json", &json!({ "j": object })).get().await.unwrap();
    assert_eq!(by_get, json!(object.to_string()));
}

#[tokio::test]
async fn functions_that_write() {
    let w = world!(fresh);
    let id: i64 = w.admin.rpc("add_item", &json!({ "name": "made" })).await.unwrap();
    let found = w.admin.from("items").select::<Id>("id").eq("name", "made").single().await.unwrap();
    assert_eq!(found.id, id);
    let gone: Vec<Id> = w.admin.rpc("remove_items", &json!({ "of_tag": "by function" })).await.unwrap();
    assert_eq!(gone.iter().map(|row| row.id).collect::<Vec<_>>(), [id]);
    // 12.0.2 does not know this limit; see the tests of writes.
    let limited = w.admin.rpc::<Vec<Id>>("remove_items", &json!({ "of_tag": "m4" })).max_affected(1).await;
    assert_eq!(limited.unwrap_err().code(), Some("PGRST122"));
    assert_eq!(w.admin.from("items").count(Count::Exact).await.unwrap(), 4);
}

#[tokio::test]
async fn raised_errors_arrive_whole() {
    let w = world!(shared);
    let error = w.anon.rpc::<()>("refuse", ()).await.unwrap_err();
    assert_eq!(status_and_code(&error), (400, "P0001"));
    let api = error.api_error().unwrap();
    assert_eq!((api.message(), api.hint()), ("I refuse", Some("ask again")));
    assert_eq!(api.details().unwrap(), "for a reason");
    for (code, status) in
        [("23505", 409), ("23503", 409), ("42501", 401), ("PT418", 418), ("22012", 400), ("XX000", 500)]
    {
        let args = json!({ "code": code, "message": "on purpose" });
        let error = w.anon.rpc::<()>("refuse_with", &args).await.unwrap_err();
        assert_eq!(status_and_code(&error), (status, code));
        assert_eq!(error.message(), "on purpose");
    }
    let pay = w.anon.rpc::<()>("pay", ()).await.unwrap_err();
    assert_eq!(status_and_code(&pay), (402, "E402"));
    let api = pay.api_error().unwrap();
    assert_eq!((api.message(), api.hint()), ("Payment required", Some("upgrade")));
}

#[tokio::test]
async fn wrong_calls() {
    let w = world!(shared);
    let missing = w.anon.rpc::<i32>("no_such_function", ()).await.unwrap_err();
    assert_eq!(status_and_code(&missing), (404, "PGRST202"));
    assert!(missing.is_not_found());
    let argument = w.anon.rpc::<i32>("add", &json!({ "a": 1, "c": 2 })).await.unwrap_err();
    assert_eq!(argument.code(), Some("PGRST202"));
    let ambiguous = w.anon.rpc::<String>("ambiguous", &json!({ "a": 1 })).await.unwrap_err();
    assert_eq!(status_and_code(&ambiguous), (300, "PGRST203"));
    let wrong_type = w.anon.rpc::<i32>("add", &json!({ "a": "one" })).await.unwrap_err();
    assert_eq!(status_and_code(&wrong_type), (400, "22P02"));
    let shape = w.anon.rpc::<String>("add", &json!({ "a": 1 })).await.unwrap_err();
    assert_eq!((shape.kind(), shape.status().map(|s| s.as_u16())), (ErrorKind::Decode, Some(200)));
}
