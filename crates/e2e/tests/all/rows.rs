//! Reading rows: one, at most one, ordered, by pages.

use serde::Deserialize;
use serde_json::{Value, json};
use supabase::postgrest::{Completeness, Count, Is, SelectQuery, all, any, col};
use supabase::{Client, ErrorKind};

use crate::support::{Id, ids, rows, status_and_code, world};

#[derive(Debug, Deserialize, PartialEq)]
struct Book {
    id: i32,
    title: String,
    pages: Option<i32>,
}

fn books(client: &Client) -> SelectQuery<Book> {
    client.from("books").select("id, title, pages")
}

fn many(client: &Client) -> SelectQuery<Id> {
    client.from("many").select("id")
}

#[tokio::test]
async fn single_wants_exactly_one() {
    let w = world!(shared);
    let tides = books(&w.anon).eq("id", 1).single().await.unwrap();
    assert_eq!(tides, Book { id: 1, title: "Tides".into(), pages: Some(210) });
    let none = books(&w.anon).eq("id", 99).single().await.unwrap_err();
    assert_eq!(status_and_code(&none), (406, "PGRST116"));
    assert!(none.is_no_rows() && none.is_not_found() && !none.is_many_rows());
    let many = books(&w.anon).eq("author_id", 1).single().await.unwrap_err();
    assert_eq!(status_and_code(&many), (406, "PGRST116"));
    assert!(many.is_many_rows() && !many.is_no_rows());
    assert!(many.request_id().is_some());
}

#[tokio::test]
async fn maybe_single_wants_at_most_one() {
    let w = world!(shared);
    let loose = books(&w.anon).eq("id", 4).maybe_single().await.unwrap();
    assert_eq!(loose.map(|book| book.pages), Some(None));
    let none = books(&w.anon).eq("id", 99).maybe_single().await.unwrap();
    assert_eq!(none, None);
    let two = books(&w.anon).eq("author_id", 2).maybe_single().await;
    let two = two.unwrap_err();
    assert_eq!(status_and_code(&two), (406, "PGRST116"));
    assert!(two.is_many_rows());
    let first = books(&w.anon).order("id").limit(1).maybe_single().await;
    assert_eq!(first.unwrap().unwrap().id, 1);
}

#[tokio::test]
async fn order() {
    let w = world!(shared);
    let by = || w.anon.from("books").select::<Id>("id");
    assert_eq!(ids(by().order("title")).await, [4, 3, 2, 1]);
    assert_eq!(ids(by().order(col("title").desc())).await, [1, 2, 3, 4]);
    assert_eq!(ids(by().order(col("pages").asc().nulls_first())).await, [4, 3, 1, 2]);
    assert_eq!(ids(by().order(col("pages").desc().nulls_last())).await, [2, 1, 3, 4]);
    let two = by().order(col("author_id").desc()).order(col("id").desc());
    assert_eq!(ids(two).await, [4, 3, 2, 1]);
    let in_json = by().is("meta->>format", Is::NotNull).order("meta->>format").order("id");
    assert_eq!(ids(in_json).await, [2, 1, 3]);
}

#[tokio::test]
async fn limits_offsets_and_ranges() {
    let w = world!(shared);
    let ordered = || many(&w.anon).order("id");
    assert_eq!(ids(ordered().limit(2)).await, [1, 2]);
    assert_eq!(ids(ordered().limit(2).offset(3)).await, [4, 5]);
    assert_eq!(ids(ordered().range(0..=2)).await, [1, 2, 3]);
    assert_eq!(ids(ordered().range(2..4)).await, [3, 4]);
    assert_eq!(ids(ordered().range(1203..)).await, [1204, 1205]);
    assert_eq!(ids(ordered().range(..1)).await, [1]);
    assert_eq!(ids(ordered().limit(0)).await, Vec::<i64>::new());
    assert_eq!(ids(ordered().limit(5).limit(1)).await, [1], "the last limit holds");
    assert_eq!(ids(ordered().offset(5000)).await, Vec::<i64>::new());
}

#[tokio::test]
async fn pages_with_a_count() {
    let w = world!(shared);
    let counted = || many(&w.anon).order("id").count(Count::Exact);
    let page = counted().range(10..20).await.unwrap();
    assert_eq!((page.count, page.range.clone()), (Some(1205), Some(10..=19)));
    assert_eq!((page.status.as_u16(), page.data.len()), (206, 10));
    assert_eq!(page.completeness(), Completeness::Truncated);

    let few = counted().lte("id", 3).await.unwrap();
    assert_eq!((few.count, few.status.as_u16()), (Some(3), 200));
    assert_eq!(few.completeness(), Completeness::Complete);

    // At the end and beyond it.
    let at_end = counted().offset(1205).await.unwrap();
    assert_eq!((at_end.count, at_end.range, at_end.data.len()), (Some(1205), None, 0));
    let beyond = counted().range(1300..=1310).await.unwrap_err();
    assert_eq!(status_and_code(&beyond), (416, "PGRST103"));
    let message = beyond.message();
    assert!(message.contains("range") || message.contains("offset"), "{message}");

    let mut seen = Vec::new();
    let size = 500;
    for page in 0.. {
        let answer = counted().range(page * size..(page + 1) * size).await.unwrap();
        seen.extend(answer.data.iter().map(|row| row.id));
        if answer.range.is_none_or(|range| range.end() + 1 >= answer.count.unwrap()) {
            break;
        }
    }
    assert_eq!(seen, (1..=1205).collect::<Vec<i64>>());
}

#[tokio::test]
async fn the_servers_row_limit_is_seen() {
    let w = world!(shared);
    let plain = many(&w.anon).response().await.unwrap();
    assert_eq!((plain.data.len(), plain.count), (1000, None));
    assert_eq!(plain.completeness(), Completeness::Unknown);
    let counted = many(&w.anon).count(Count::Exact).await.unwrap();
    assert_eq!((counted.data.len(), counted.count), (1000, Some(1205)));
    assert_eq!(counted.completeness(), Completeness::Truncated);
}

#[tokio::test]
async fn columns_aliases_casts_and_computed_ones() {
    let w = world!(shared);
    let one: Value = w
        .anon
        .from("books")
        .select("name:title, id::text, meta->size->>w, height:meta->size->h, title_length")
        .eq("id", 1)
        .single()
        .await
        .unwrap();
    assert_eq!(one, json!({ "name": "Tides", "id": "1", "w": "12", "height": 19, "title_length": 5 }));
    let view: Vec<Value> = rows(w.anon.from("long_books").select("id").order("id")).await;
    assert_eq!(view, [json!({ "id": 1 }), json!({ "id": 2 })]);
}

#[tokio::test]
async fn numbers_keep_their_digits() {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Sample {
        big: i64,
        amount: String,
    }
    let w = world!(shared);
    let found = rows(w.anon.from("samples").select::<Sample>("big, amount::text").lte("id", 2).order("id")).await;
    assert_eq!(
        found,
        [
            Sample { big: i64::MAX, amount: "12345678901234567890.5".into() },
            Sample { big: -9_007_199_254_740_993, amount: "0.1".into() },
        ]
    );
    let by_value = w.anon.from("samples").select::<Id>("id");
    assert_eq!(ids(by_value.clone().eq("big", i64::MAX)).await, [1]);
    assert_eq!(ids(by_value.eq("big", -9_007_199_254_740_993_i64)).await, [2]);
}

#[tokio::test]
async fn aggregates() {
    let w = world!(shared);
    let total: Value = w.anon.from("books").select("pages.sum(), count()").single().await.unwrap();
    assert_eq!(total, json!({ "sum": 680, "count": 4 }));
    let by_author: Vec<Value> =
        rows(w.anon.from("books").select("author_id, longest:pages.max()").order("author_id")).await;
    assert_eq!(by_author, [json!({ "author_id": 1, "longest": 320 }), json!({ "author_id": 2, "longest": 150 })]);
}

#[tokio::test]
async fn trees_of_conditions() {
    let w = world!(shared);
    let by = || w.anon.from("books").select::<Id>("id").order("id");
    let odd = any([col("pages").gt(300), all([col("author_id").eq(2), col("pages").is_null()])]);
    assert_eq!(ids(by().filter(odd.clone())).await, [2, 4]);
    assert_eq!(ids(by().not(odd)).await, [1, 3]);
    let nested = any([
        all([col("author_id").eq(1), !col("title").like("S%")]),
        all([any([col("pages").is_null(), col("pages").lt(10)]), col("id").in_([3, 4])]),
    ]);
    assert_eq!(ids(by().filter(nested)).await, [1, 4]);
    let two = by().filter(any([col("id").eq(1), col("id").eq(2)])).filter(any([col("id").eq(2), col("id").eq(3)]));
    assert_eq!(ids(two).await, [2], "two trees are both applied");
    assert_eq!(ids(by().or_raw("pages.gt.300,title.eq.Tides")).await, [1, 2]);
    assert_eq!(ids(by().match_([("author_id", 1), ("editor_id", 2)])).await, [1]);
    let gathered = vec![col("pages").gte(100), col("pages").lte(200)];
    assert_eq!(ids(by().filter(all(gathered))).await, [3]);
    assert_eq!(ids(by().filter_raw("pages", "not.gte", "200")).await, [3]);
}

#[tokio::test]
async fn a_list_too_long_for_a_url_is_refused_before_it_is_sent() {
    let w = world!(shared);
    let error = many(&w.anon).in_("id", 0..5000).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request);
    assert!(error.never_sent() && error.message().contains("rpc"), "{error}");
    // What is sent just below the limit is understood.
    let ids: Vec<i32> = (1..=2400).collect();
    let found = w.anon.from("many").count(Count::Exact).in_("id", &ids).await;
    assert_eq!(found.unwrap(), 1205);
}
