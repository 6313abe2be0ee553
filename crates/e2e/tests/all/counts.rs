//! Counting: exactly, by the plan, estimated; with rows, with HEAD, on writes.

use serde_json::json;
use supabase::postgrest::{Count, Is};

use crate::support::{Id, status_and_code, world};

#[tokio::test]
async fn head_counts() {
    let w = world!(shared);
    let many = w.anon.from("many");
    assert_eq!(many.count(Count::Exact).await.unwrap(), 1205);
    assert_eq!(many.count(Count::Exact).lte("id", 7).await.unwrap(), 7);
    assert_eq!(many.count(Count::Exact).eq("id", 0).await.unwrap(), 0);
    // The statistics are fresh, so the guesses are near.
    assert_eq!(many.count(Count::Planned).await.unwrap(), 1205);
    assert!(many.count(Count::Planned).lte("id", 600).await.unwrap().abs_diff(600) < 60);
    assert_eq!(many.count(Count::Estimated).lte("id", 7).await.unwrap(), 7);
    assert_eq!(w.anon.from("nothing").count(Count::Exact).await.unwrap(), 0);
}

#[tokio::test]
async fn counts_with_rows() {
    let w = world!(shared);
    for (how, low, high) in [(Count::Exact, 1205, 1205), (Count::Planned, 1100, 1300), (Count::Estimated, 1100, 1300)] {
        let page = w.anon.from("many").select::<Id>("id").count(how).limit(5).await.unwrap();
        let count = page.count.unwrap();
        assert!((low..=high).contains(&count), "{how:?}: {count}");
        assert_eq!((page.data.len(), page.range), (5, Some(0..=4)));
    }
    let head = w.anon.from("books").select::<Id>("id").count(Count::Exact).head().is("pages", Is::Null);
    let answer = head.await.unwrap();
    assert_eq!((answer.count, answer.status.as_u16()), (Some(1), 200));
    let one = w.anon.from("books").select::<Id>("id").count(Count::Exact).eq("id", 2).single().await;
    let one = one.unwrap();
    assert_eq!((one.data.id, one.count), (2, Some(1)));
}

#[tokio::test]
async fn head_errors_keep_their_status() {
    let w = world!(shared);
    let error = w.anon.from("no_such_table").count(Count::Exact).await.unwrap_err();
    assert_eq!(error.status().map(|s| s.as_u16()), Some(404));
    // 12.0.2 sends no `Proxy-Status`, so a HEAD request learns no code.
    assert_eq!(error.code(), None);
    let refused = w.anon.from("hidden").count(Count::Exact).await.unwrap_err();
    assert!(refused.is_unauthorized());
    let beyond = w.anon.from("many").select::<Id>("id").count(Count::Exact).head().offset(2000).await;
    assert_eq!(status_and_code(&beyond.unwrap_err()), (416, "PGRST103"));
}

#[tokio::test]
async fn counts_of_writes() {
    let w = world!(fresh);
    let items = w.admin.from("items");
    let rows = [json!({ "name": "a" }), json!({ "name": "b" }), json!({ "name": "c" })];
    let made = items.insert(&rows).count(Count::Exact).await.unwrap();
    assert_eq!((made.count, made.status.as_u16()), (Some(3), 201));
    let changed = items.update(&json!({ "qty": 1 })).in_("name", ["a", "b"]).count(Count::Exact).await.unwrap();
    assert_eq!((changed.count, changed.status.as_u16()), (Some(2), 204));
    let gone = items.delete().eq("tag", "none").neq("name", "washer").count(Count::Exact).select::<Id>("id").await;
    let gone = gone.unwrap();
    assert_eq!((gone.count, gone.data.len()), (Some(3), 3));
    let none = items.delete().eq("name", "nobody").count(Count::Exact).await.unwrap();
    assert_eq!(none.count, Some(0));
}
