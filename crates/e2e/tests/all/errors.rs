//! What the server refuses, as data: status, code, predicates.

use serde_json::{Value, json};
use supabase::postgrest::{Column, Relation};
use supabase::{Client, Error, ErrorKind};

use crate::support::{Id, status_and_code, world};

async fn insert_error(client: &Client, table: &str, row: Value) -> Error {
    client.from(table).insert(&row).await.unwrap_err()
}

#[tokio::test]
async fn constraints() {
    // Nothing of this is kept, so the shared stack will do.
    let w = world!(shared);
    let unique = insert_error(&w.admin, "items", json!({ "name": "bolt", "tag": "m4" })).await;
    assert_eq!(status_and_code(&unique), (409, "23505"));
    assert!(unique.is_unique_violation() && unique.is_already_exists());
    assert!(!unique.is_foreign_key_violation() && !unique.is_retryable() && !unique.never_sent());
    assert!(unique.message().contains("items_name_tag_key"), "{unique}");
    assert!(unique.api_error().unwrap().details().is_some());
    assert_eq!((unique.service(), unique.operation()), (Some("postgrest"), Some("insert")));
    assert!(unique.request_id().is_some());

    let foreign = insert_error(&w.admin, "parts", json!({ "id": 9, "item_id": 99 })).await;
    assert_eq!(status_and_code(&foreign), (409, "23503"));
    assert!(foreign.is_foreign_key_violation() && !foreign.is_already_exists());
    let null = insert_error(&w.admin, "items", json!({ "name": null })).await;
    assert_eq!(status_and_code(&null), (400, "23502"));
    assert!(null.is_not_null_violation());
    let check = insert_error(&w.admin, "items", json!({ "name": "x", "qty": -1 })).await;
    assert_eq!(status_and_code(&check), (400, "23514"));
    assert!(check.is_check_violation());
    let number = insert_error(&w.admin, "items", json!({ "name": "x", "qty": "many" })).await;
    assert_eq!(status_and_code(&number), (400, "22P02"));
}

#[tokio::test]
async fn names_that_do_not_exist() {
    let w = world!(shared);
    // Newer servers say PGRST205, and PGRST204 for a column in a body.
    let table = w.anon.from("no_such_table").select::<Id>("id").await.unwrap_err();
    assert_eq!(status_and_code(&table), (404, "42P01"));
    assert!(table.is_not_found());
    let column = w.anon.from("books").select::<Id>("no_such_column").await.unwrap_err();
    assert_eq!(status_and_code(&column), (400, "42703"));
    let filter = w.anon.from("books").select::<Id>("id").eq("no_such_column", 1).await.unwrap_err();
    assert_eq!(status_and_code(&filter), (400, "42703"));
    let order = w.anon.from("books").select::<Id>("id").order("no_such_column").await.unwrap_err();
    assert_eq!(status_and_code(&order), (400, "42703"));
    let written = w.admin.from("items").update(&json!({ "no_such_column": 1 })).eq("id", 1).await.unwrap_err();
    assert_eq!(status_and_code(&written), (400, "PGRST204"));
    let bulk = w.admin.from("items").insert(&[json!({ "name": "x", "no_such_column": 1 })]).await.unwrap_err();
    assert_eq!(status_and_code(&bulk), (400, "PGRST204"));
    let relation = w.anon.from("books").select::<Id>("id, documents(*)").await.unwrap_err();
    assert_eq!(status_and_code(&relation), (400, "PGRST200"));
    let embedded = w.anon.from("books").select::<Id>("id").eq("reviews.stars", 1).await.unwrap_err();
    assert_eq!(status_and_code(&embedded), (400, "PGRST108"));
}

#[tokio::test]
async fn ambiguous_relations_are_errors_although_not_4xx() {
    let w = world!(shared);
    let error = w.anon.from("books").select::<Value>("id, authors(name)").await.unwrap_err();
    assert_eq!(status_and_code(&error), (300, "PGRST201"));
    let choices = error.api_error().unwrap().details().unwrap();
    assert_eq!(choices.as_array().map(Vec::len), Some(2));
    assert!(error.api_error().unwrap().hint().unwrap().contains("books_author_id_fkey"), "{error:?}");
}

#[tokio::test]
async fn operators_and_values_that_do_not_fit() {
    let w = world!(shared);
    let books = || w.anon.from("books").select::<Id>("id");
    let not_a_number = books().eq("pages", "many").await.unwrap_err();
    assert_eq!(status_and_code(&not_a_number), (400, "22P02"));
    let no_operator = books().like("pages", "1%").await.unwrap_err();
    assert_eq!(status_and_code(&no_operator), (404, "42883"));
    let regex = books().regex("title", "(").await.unwrap_err();
    assert_eq!(status_and_code(&regex), (400, "2201B"));
    let raw = books().filter_raw("id", "nonsense", "1").await.unwrap_err();
    assert_eq!(status_and_code(&raw), (400, "PGRST100"));
}

#[tokio::test]
async fn mistakes_are_found_before_anything_is_sent() {
    let w = world!(shared);
    let books = w.anon.from("books");
    let refused = [
        w.anon.from("books/1").select::<Id>("id").await.err(),
        w.anon.from("").select::<Id>("id").await.err(),
        w.anon.from("bo\0oks").select::<Id>("id").await.err(),
        w.anon.from(Relation::exact("..")).select::<Id>("id").await.err(),
        books.select::<Id>("id, authors(name").await.err(),
        books.select::<Id>("").await.err(),
        books.select::<Id>("id").eq("", 1).await.err(),
        books.select::<Id>("id").eq(Column::exact(""), 1).await.err(),
        books.select::<Id>("id").eq("pages", f64::NAN).await.err(),
        books.select::<Id>("id").eq("title", "nul \0").await.err(),
        books.select::<Id>("id").header("x-a", "line\nend").await.err(),
        books.select::<Id>("id").or_raw("id.eq.1),(id.eq.2").await.err(),
        books.insert(&[1, 2]).await.err(),
        books.insert(&"text").await.err(),
        w.anon.rpc::<()>("touch", &json!(["x"])).await.err(),
    ];
    for (at, error) in refused.iter().enumerate() {
        let error = error.as_ref().unwrap_or_else(|| panic!("number {at} was sent"));
        assert_eq!(error.kind(), ErrorKind::Request, "number {at}: {error}");
        assert!(error.never_sent() && error.status().is_none());
    }
}

#[tokio::test]
async fn rows_that_do_not_fit_their_type() {
    #[derive(Debug, serde::Deserialize)]
    struct Pages {
        #[allow(dead_code, reason = "it is never read")]
        pages: i32,
    }
    let w = world!(shared);
    let error = w.anon.from("books").select::<Pages>("pages").order("id").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.status().map(|s| s.as_u16()), Some(200));
    assert!(error.message().contains("row 3") && error.message().contains("pages"), "{error}");
}
