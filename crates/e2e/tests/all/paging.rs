//! Rows without end: one answer row by row, and pages by range and by key, on tables of any size.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};
use supabase::ErrorKind;
use supabase::postgrest::{Completeness, Count, Cursor, OrderBy, col};

use crate::support::{Id, World, rows, status_and_code, world};

/// A table of `rows` rows whose first key column repeats, and is null in every seventh row.
async fn table(w: &World, rows: u32) {
    let sql = format!(
        "create table public.events (id bigint primary key, at timestamptz, score float8, note text);
         insert into public.events select g, case when g % 7 > 0 then timestamptz '2024-01-01' + (g % 50) * interval '1.000001 s' end,
           case when g % 5 > 0 then (g % 9) / 10.0 end, 'n\"],' || g from generate_series(1, {rows}) g;
         create index on public.events (at desc, id desc);
         grant all on public.events to anon, service_role;"
    );
    w.stack.execute(&sql).await.unwrap();
    w.stack.reload_schema().await.unwrap();
}

#[derive(Debug, Deserialize)]
struct Event {
    id: i64,
    note: String,
}

async fn unlimited(rows: u32) -> Option<World> {
    let w = crate::support::fresh_with(|builder| builder.max_rows(None)).await?;
    table(&w, rows).await;
    Some(w)
}

#[tokio::test]
async fn a_hundred_thousand_rows_stream_from_one_answer() {
    let Some(w) = unlimited(100_000).await else { return };
    let mut events = w.anon.from("events").select::<Event>("*").order("id").stream();
    let mut expected = 0;
    while let Some(event) = events.try_next().await.unwrap() {
        expected += 1;
        assert_eq!((event.id, event.note), (expected, format!("n\"],{expected}")));
    }
    assert_eq!(expected, 100_000);
    assert_eq!(events.response().unwrap().status.as_u16(), 200);
}

#[tokio::test]
async fn a_hundred_thousand_rows_by_pages() {
    let w = world!(fresh);
    table(&w, 100_000).await;
    let all: Vec<i64> = (1..=100_000).collect();
    let events = || w.anon.from("events").select::<Event>("id, note");
    for page in [1000, 7000] {
        let mut seen = Vec::new();
        let mut paged = events().rows().by_key(["id"]).page_size(page);
        while let Some(event) = paged.try_next().await.unwrap() {
            seen.push(event.id);
        }
        assert!(seen == all, "by key, {page}: {} rows", seen.len());
    }
    let mut seen = Vec::new();
    let mut paged = events().order("id").count(Count::Exact).rows().page_size(7000);
    while let Some(event) = paged.try_next().await.unwrap() {
        seen.push(event.id);
    }
    assert!(seen == all, "by range: {} rows", seen.len());
    assert_eq!(paged.total(), Some(100_000));
}

#[tokio::test]
async fn streams_tell_what_the_server_cuts_and_refuses() {
    let w = world!(shared);
    let mut cut = w.anon.from("many").select::<Id>("id").order("id").count(Count::Exact).stream();
    let mut seen = 0;
    while cut.try_next().await.unwrap().is_some() {
        seen += 1;
    }
    let answer = cut.response().unwrap();
    assert_eq!((seen, answer.count, answer.completeness()), (1000, Some(1205), Completeness::Truncated));
    let refused = w.anon.from("nowhere").select::<Id>("id").stream().next().await.unwrap().unwrap_err();
    assert_eq!(status_and_code(&refused), (404, "42P01"));
    let wrong = w.anon.from("books").select::<Id>("id:title").stream().next().await.unwrap().unwrap_err();
    assert_eq!((wrong.kind(), wrong.status().unwrap().as_u16()), (ErrorKind::Decode, 200));
    let mut none = w.anon.from("nothing").select::<Id>("id").stream();
    assert!(none.next().await.is_none());
    let mut counted = w.anon.rpc::<i64>("counted", &json!({ "n": 3 })).stream();
    let mut sum = 0;
    while let Some(n) = counted.try_next().await.unwrap() {
        sum += n;
    }
    assert_eq!(sum, 6);
}

#[tokio::test]
async fn limits_offsets_and_filters_hold_for_all_pages() {
    let w = world!(shared);
    let many = || w.anon.from("many").select::<Id>("id").gt("id", 5);
    let mut by_range = many().order("id").range(3..1103).rows();
    let mut by_key = many().range(3..1103).rows().by_key(["id"]);
    for expected in 9..=1108 {
        assert_eq!(by_range.try_next().await.unwrap().unwrap().id, expected);
        assert_eq!(by_key.try_next().await.unwrap().unwrap().id, expected);
    }
    assert!(by_range.next().await.is_none() && by_key.next().await.is_none());
    let mut beyond = many().order("id").offset(5000).count(Count::Exact).rows();
    assert!(beyond.next().await.is_none());
}

/// Every way to order by a column with nulls and repeats gives the rows as one answer does.
#[tokio::test]
async fn keys_order_rows_as_postgres_does() {
    let Some(w) = unlimited(400).await else { return };
    let id = [col("id").asc(), col("id").desc()];
    let mut keys: Vec<Vec<OrderBy>> = Vec::new();
    for column in ["at", "score"] {
        for by in [
            col(column).asc(),
            col(column).desc(),
            col(column).asc().nulls_first(),
            col(column).desc().nulls_last(),
            col(column).asc().nulls_last(),
            col(column).desc().nulls_first(),
        ] {
            keys.extend(id.iter().map(|id| vec![by.clone(), id.clone()]));
        }
    }
    keys.push(vec![col("score").desc(), col("at").asc(), col("id").desc()]);
    keys.push(vec![col("at").asc().nulls_first(), col("score").desc().nulls_last(), col("id").asc()]);
    for key in keys {
        let query = || w.anon.from("events").select::<Id>("score, at, id");
        let ordered = key.iter().fold(query(), |query, by| query.order(by.clone()));
        let expected: Vec<i64> = rows(ordered).await.iter().map(|row| row.id).collect();
        assert_eq!(expected.len(), 400);
        let mut paged = query().rows().by_key(key.clone()).page_size(37);
        let mut seen = Vec::new();
        while let Some(row) = paged.try_next().await.unwrap() {
            seen.push(row.id);
        }
        assert!(seen == expected, "{key:?}");
    }
}

#[tokio::test]
async fn odd_names_and_texts_as_keys() {
    let w = world!(fresh);
    let texts =
        ["", " ", "a,b", "a\"b", "a\\b", "(x)", "null", "é表", "{}", "a.b", "%25+", "it's", "NULL", "\u{1F600}"];
    w.stack
        .execute("create table public.words (\"the, \"\"key\" text primary key); grant all on public.words to anon, service_role;")
        .await
        .unwrap();
    w.stack.reload_schema().await.unwrap();
    let batch: Vec<Value> = texts.iter().map(|text| json!({ "the, \"key": text })).collect();
    w.admin.from("words").insert(&batch).await.unwrap();
    let mut sorted = texts.to_vec();
    sorted.sort_unstable();
    let key = supabase::postgrest::Column::exact("the, \"key");
    let mut paged = w.anon.from("words").select::<Value>("*").rows().by_key([key]).page_size(1);
    for expected in sorted {
        assert_eq!(paged.try_next().await.unwrap().unwrap()["the, \"key"], expected);
    }
    assert!(paged.next().await.is_none());
}

/// Rows that stay are given once each, whatever is inserted and deleted between the pages.
#[tokio::test]
async fn keys_are_stable_while_others_write() {
    let w = world!(fresh);
    table(&w, 3000).await;
    let mut paged = w.anon.from("events").select::<Id>("id, at").rows().by_key(["at", "id"]).page_size(100);
    let mut seen = Vec::new();
    let mut deleted = BTreeSet::new();
    while let Some(row) = paged.try_next().await.unwrap() {
        seen.push(row.id);
        if seen.len() % 150 == 0 {
            let step = i64::try_from(seen.len()).unwrap() / 150;
            // Some that were given, some that are to come, and new ones on both sides.
            let gone: Vec<i64> = (0..3).map(|at| step * 97 + at * 13).collect();
            w.admin.from("events").delete().in_("id", gone.clone()).await.unwrap();
            deleted.extend(gone);
            let new = |offset: i64, at: Value| json!({ "id": 100_000 + step * 10 + offset, "at": at, "note": "" });
            let batch = [new(0, json!("2020-01-01")), new(1, json!("2024-01-01T00:00:30Z")), new(2, Value::Null)];
            w.admin.from("events").insert(&batch).await.unwrap();
        }
    }
    let unique: BTreeSet<i64> = seen.iter().copied().collect();
    assert_eq!(unique.len(), seen.len(), "no row twice");
    let missed: Vec<i64> = (1..=3000).filter(|id| !unique.contains(id) && !deleted.contains(id)).collect();
    assert!(missed.is_empty(), "{missed:?}");
    assert!(deleted.len() > 20);
}

#[tokio::test]
async fn a_stored_cursor_goes_on_in_another_client() {
    let w = world!(fresh);
    table(&w, 1500).await;
    let begin = || {
        let query = w.anon.from("events").select::<Id>("id, score");
        query.rows().by_key([col("score").desc(), col("id").asc()]).page_size(200)
    };
    let mut whole = Vec::new();
    let mut paged = begin();
    while let Some(row) = paged.try_next().await.unwrap() {
        whole.push(row.id);
    }
    assert_eq!(whole.len(), 1500);
    let mut seen = Vec::new();
    let mut stored = serde_json::to_string(&Cursor::default()).unwrap();
    loop {
        let mut part = begin().resume(serde_json::from_str(&stored).unwrap());
        for _ in 0..333 {
            match part.try_next().await.unwrap() {
                Some(row) => seen.push(row.id),
                None => break,
            }
        }
        let now = serde_json::to_string(&part.cursor().unwrap()).unwrap();
        if now == stored {
            break;
        }
        stored = now;
    }
    assert!(seen == whole);
}
