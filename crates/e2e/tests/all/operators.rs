//! Each operator on columns of each kind.

use serde_json::json;
use supabase::postgrest::{
    FilterValue, Is, Literal, PgRange, SelectQuery, all, any, col, escape_like, escape_regex, lit,
};

use crate::support::{Id, World, sorted, world};

fn samples(w: &World) -> SelectQuery<Id> {
    w.anon.from("samples").select("id")
}

fn books(w: &World) -> SelectQuery<Id> {
    w.anon.from("books").select("id")
}

const NONE: [i64; 0] = [];

#[tokio::test]
async fn comparisons() {
    async fn check(w: &World, column: &str, middle: impl FilterValue + Copy, below: &[i64], at: &[i64], above: &[i64]) {
        let both = |a: &[i64], b: &[i64]| {
            let mut both = [a, b].concat();
            both.sort_unstable();
            both
        };
        assert_eq!(sorted(samples(w).eq(column, middle)).await, at, "{column} eq");
        assert_eq!(sorted(samples(w).neq(column, middle)).await, both(below, above), "{column} neq");
        assert_eq!(sorted(samples(w).lt(column, middle)).await, below, "{column} lt");
        assert_eq!(sorted(samples(w).lte(column, middle)).await, both(below, at), "{column} lte");
        assert_eq!(sorted(samples(w).gt(column, middle)).await, above, "{column} gt");
        assert_eq!(sorted(samples(w).gte(column, middle)).await, both(at, above), "{column} gte");
        assert_eq!(sorted(samples(w).in_(column, [middle])).await, at, "{column} in");
        assert_eq!(sorted(samples(w).not_in(column, [middle])).await, both(below, above), "{column} not in");
        let tree = any([col(column).lt(middle), all([col(column).gte(middle), col(column).lte(middle)])]);
        assert_eq!(sorted(samples(w).filter(tree)).await, both(below, at), "{column} tree");
    }
    let w = world!(shared);
    check(&w, "n", 2, &[1], &[2], &[3]).await;
    check(&w, "n", "2", &[1], &[2], &[3]).await;
    check(&w, "big", 0_i64, &[2], &[3], &[1]).await;
    check(&w, "amount", 0.1, &[3], &[2], &[1]).await;
    check(&w, "f", 0.0, &[2], &[3], &[1]).await;
    check(&w, "f", -2_i8, &[], &[2], &[1, 3]).await;
    check(&w, "ok", true, &[2], &[1], &[]).await;
    check(&w, "day", "2024-02-29", &[2], &[1], &[3]).await;
    check(&w, "at", "2024-02-29T13:34:56+01:00", &[2], &[1], &[]).await;
    check(&w, "id_of", "11111111-1111-1111-1111-111111111111", &[], &[1], &[2]).await;
}

#[tokio::test]
async fn nulls_and_booleans() {
    let w = world!(shared);
    assert_eq!(sorted(samples(&w).is("n", Is::Null)).await, [4]);
    assert_eq!(sorted(samples(&w).is("n", Is::NotNull)).await, [1, 2, 3]);
    assert_eq!(sorted(samples(&w).is("ok", Is::True)).await, [1]);
    assert_eq!(sorted(samples(&w).is("ok", Is::False)).await, [2]);
    assert_eq!(sorted(samples(&w).is("ok", Is::Unknown)).await, [3, 4]);
    assert_eq!(sorted(samples(&w).not(col("ok").is(Is::True))).await, [2, 3, 4]);
    assert_eq!(sorted(samples(&w).is_distinct("n", 2)).await, [1, 3, 4], "other than neq, with the nulls");
    assert_eq!(sorted(samples(&w).is_distinct("n", Literal::null())).await, [1, 2, 3]);
    let tree = any([col("n").is_null(), !col("ok").is(Is::Unknown)]);
    assert_eq!(sorted(samples(&w).filter(tree)).await, [1, 2, 4]);
}

#[tokio::test]
async fn lists() {
    let w = world!(shared);
    assert_eq!(sorted(samples(&w).in_("n", [1, 3, 3, 9])).await, [1, 3]);
    assert_eq!(sorted(samples(&w).in_("n", Vec::<i32>::new())).await, NONE);
    assert_eq!(sorted(samples(&w).not_in("n", Vec::<i32>::new())).await, [1, 2, 3, 4]);
    assert_eq!(sorted(books(&w).in_("title", ["Tides", "Loose Ends"])).await, [1, 4]);
    let mixed = [lit("Tides"), lit("Night Trains")];
    assert_eq!(sorted(books(&w).not_in("title", mixed)).await, [2, 4]);
}

#[tokio::test]
async fn patterns() {
    let w = world!(shared);
    assert_eq!(sorted(books(&w).like("title", "%s")).await, [1, 2, 3, 4]);
    assert_eq!(sorted(books(&w).like("title", "t%")).await, NONE);
    assert_eq!(sorted(books(&w).ilike("title", "t%")).await, [1]);
    assert_eq!(sorted(books(&w).like("title", "_ides")).await, [1]);
    assert_eq!(sorted(books(&w).like_all("title", ["%t%", "%n%"])).await, [2, 3]);
    assert_eq!(sorted(books(&w).like_any("title", ["Ti%", "%Ends"])).await, [1, 4]);
    assert_eq!(sorted(books(&w).ilike_all("title", ["%T%", "%RAIN%"])).await, [3]);
    assert_eq!(sorted(books(&w).ilike_any("title", ["ti%", "%ENDS"])).await, [1, 4]);
    assert_eq!(sorted(books(&w).regex("title", "^(Tides|Loose.*)$")).await, [1, 4]);
    assert_eq!(sorted(books(&w).regex_icase("title", "^t")).await, [1]);
    assert_eq!(sorted(books(&w).not(col("title").regex(" "))).await, [1]);
    assert_eq!(sorted(books(&w).like_any("title", Vec::<&str>::new())).await, NONE);
    assert_eq!(sorted(books(&w).like_all("title", Vec::<&str>::new())).await, [1, 2, 3, 4]);
}

#[tokio::test]
async fn arrays() {
    let w = world!(shared);
    assert_eq!(sorted(samples(&w).contains("words", ["b"])).await, [1, 2]);
    assert_eq!(sorted(samples(&w).contains("words", ["b", "c"])).await, [2]);
    assert_eq!(sorted(samples(&w).contained_by("words", ["a", "b", "x"])).await, [1, 3]);
    assert_eq!(sorted(samples(&w).overlaps("words", ["a", "c"])).await, [1, 2]);
    assert_eq!(sorted(samples(&w).contains("numbers", [3])).await, [1, 2]);
    assert_eq!(sorted(samples(&w).contains("numbers", vec![3, 4])).await, [2]);
    let none: [i32; 0] = [];
    assert_eq!(sorted(samples(&w).contains("numbers", none)).await, [1, 2, 3]);
    assert_eq!(sorted(samples(&w).contained_by("numbers", none)).await, [3]);
    assert_eq!(sorted(samples(&w).eq("numbers", Literal::array([3, 4]))).await, [2]);
    assert_eq!(sorted(samples(&w).eq("words->0", Literal::json("a"))).await, [1]);
    let tree = any([
        col("words").contains(["a", "b"]),
        col("numbers").overlaps([4, 5]),
        col("words").eq(Literal::array(none)),
    ]);
    assert_eq!(sorted(samples(&w).filter(tree)).await, [1, 2, 3]);
}

#[tokio::test]
async fn ranges() {
    let w = world!(shared);
    assert_eq!(sorted(samples(&w).range_lt("span", 30..40)).await, [1, 2]);
    assert_eq!(sorted(samples(&w).range_gt("span", 20..25)).await, [3]);
    assert_eq!(sorted(samples(&w).range_gte("span", 10..20)).await, [2, 3]);
    assert_eq!(sorted(samples(&w).range_lte("span", 10..20)).await, [1, 2]);
    assert_eq!(sorted(samples(&w).range_adjacent("span", 20..30)).await, [2, 3]);
    assert_eq!(sorted(samples(&w).overlaps("span", 5..12)).await, [1, 2]);
    assert_eq!(sorted(samples(&w).overlaps("span", 35..)).await, [3]);
    assert_eq!(sorted(samples(&w).overlaps("span", ..=1)).await, [1]);
    assert_eq!(sorted(samples(&w).overlaps("span", ..)).await, [1, 2, 3]);
    assert_eq!(sorted(samples(&w).contains("span", 2..=5)).await, [1]);
    assert_eq!(sorted(samples(&w).contained_by("span", 0..25)).await, [1, 2]);
    assert_eq!(sorted(samples(&w).contains("span", PgRange::empty())).await, [1, 2, 3]);
    assert_eq!(sorted(samples(&w).eq("span", PgRange::from(1..10).to_string())).await, [1]);
    let january = "2024-01-31 12:00".."2024-01-31 13:00:00.5";
    assert_eq!(sorted(samples(&w).contains("during", january)).await, [1]);
    assert_eq!(sorted(samples(&w).overlaps("during", PgRange::from("[2024-01-31, 2024-02-02]"))).await, [1, 2]);
    let tree = any([col("span").contains(2..5), all([col("span").range_gt(25..26), col("n").eq(3)])]);
    assert_eq!(sorted(samples(&w).filter(tree)).await, [1, 3]);
}

#[tokio::test]
async fn json() {
    let w = world!(shared);
    assert_eq!(sorted(books(&w).contains("meta", json!({ "format": "paper" }))).await, [1, 3]);
    assert_eq!(sorted(books(&w).contains("meta", json!({ "size": { "h": 19 } }))).await, [1]);
    assert_eq!(sorted(books(&w).contains("meta", json!({ "prices": [20] }))).await, [2]);
    let wider = json!({ "format": "cloth", "prices": [10, 20, 30], "more": true });
    assert_eq!(sorted(books(&w).contained_by("meta", wider)).await, [2]);
    assert_eq!(sorted(books(&w).eq("meta->>format", "cloth")).await, [2]);
    assert_eq!(sorted(books(&w).eq("meta->size->>w", "12")).await, [1]);
    assert_eq!(sorted(books(&w).gt("meta->size->h", 18)).await, [1]);
    assert_eq!(sorted(books(&w).eq("meta->prices->-1", 20)).await, [2]);
    assert_eq!(sorted(books(&w).eq(col("meta").json("prices").json_index(0), 10)).await, [2]);
    assert_eq!(sorted(books(&w).eq(col("meta").json_text("a.b"), "dot")).await, [3]);
    assert_eq!(sorted(books(&w).eq(col("meta").json_text("1"), "one")).await, [3], "a key, not an index");
    assert_eq!(sorted(books(&w).is("meta->>notes", Is::Null)).await, [1, 2, 3, 4]);
    assert_eq!(sorted(books(&w).eq("meta->notes", Literal::json(()))).await, [1]);
    let tree = any([col("meta").contains(json!({ "size": { "w": 12 } })), col("meta->>format").eq("cloth")]);
    assert_eq!(sorted(books(&w).filter(tree)).await, [1, 2]);
}

#[tokio::test]
async fn a_star_in_like_is_a_wildcard_and_regex_finds_it() {
    let w = world!(fresh);
    let texts = ["a*b", "a%b", "axyb", "a\\*b", "*", ""];
    let batch: Vec<_> = (1..).zip(texts).map(|(id, v)| json!({ "id": id, "v": v, "arr": [v], "j": {} })).collect();
    w.admin.from("batches").insert(&batch).await.unwrap();
    let find = || w.admin.from("batches").select::<Id>("id");
    assert_eq!(sorted(find().like("v", "a*b")).await, [1, 2, 3, 4], "PostgREST reads `*` as `%`");
    assert_eq!(sorted(find().like("v", escape_like("a*b"))).await, [1, 2, 3, 4]);
    assert_eq!(sorted(find().like("v", "a\\*b")).await, [2], "an escaped star is a percent sign");
    assert_eq!(sorted(find().like("v", escape_like("a%b"))).await, [2]);
    assert_eq!(sorted(find().like_any("v", [escape_like("a%b")])).await, [2]);
    for (id, text) in (1..).zip(texts) {
        let exact = format!("^{}$", escape_regex(text));
        assert_eq!(sorted(find().regex("v", &exact)).await, [id], "{text:?}");
        assert_eq!(sorted(find().filter(any([col("v").regex(&exact), col("id").eq(0)]))).await, [id], "{text:?}");
    }
    // Everywhere else a star is a star.
    assert_eq!(sorted(find().eq("v", "*")).await, [5]);
    assert_eq!(sorted(find().in_("v", ["*", "a*b"])).await, [1, 5]);
    assert_eq!(sorted(find().contains("arr", ["a*b"])).await, [1]);
}

#[tokio::test]
async fn a_list_of_one_empty_text_is_no_empty_list() {
    let w = world!(fresh);
    let texts = ["", "x", "\"\"", " ", ","];
    let batch: Vec<_> = (1..).zip(texts).map(|(id, v)| json!({ "id": id, "v": v, "arr": [v], "j": {} })).collect();
    w.admin.from("batches").insert(&batch).await.unwrap();
    let find = || w.admin.from("batches").select::<Id>("id");
    assert_eq!(sorted(find().in_("v", [""])).await, [1]);
    assert_eq!(sorted(find().in_("v", ["", ""])).await, [1]);
    assert_eq!(sorted(find().in_("v", ["", "x"])).await, [1, 2]);
    assert_eq!(sorted(find().in_("v", ["x", ""])).await, [1, 2]);
    assert_eq!(sorted(find().not_in("v", [""])).await, [2, 3, 4, 5]);
    assert_eq!(sorted(find().filter(any([col("v").in_([""]), col("v").in_(["x"])]))).await, [1, 2]);
    assert_eq!(sorted(find().not(any([col("v").in_([""]), col("v").in_(["x"])]))).await, [3, 4, 5]);
    assert_eq!(sorted(find().in_("v", Vec::<&str>::new())).await, NONE);
    assert_eq!(sorted(find().contains("arr", [""])).await, [1]);
    assert_eq!(sorted(find().eq("v", "")).await, [1]);
}
