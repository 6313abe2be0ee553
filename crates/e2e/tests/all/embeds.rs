//! Embedded relations: to one, to many, through a junction, nested, filtered, ordered, spread.

use serde::Deserialize;
use serde_json::{Value, json};
use supabase::postgrest::{Columns, Embed, Is, SelectItem, any, col};

use crate::support::{Id, ids, rows, world};

#[tokio::test]
async fn to_one_and_to_many() {
    #[derive(Debug, Deserialize)]
    struct Named {
        name: String,
    }
    #[derive(Debug, Deserialize)]
    struct Review {
        stars: i32,
        body: Option<String>,
    }
    #[derive(Debug, Deserialize)]
    struct Book {
        title: String,
        author: Named,
        editor: Option<Named>,
        reviews: Vec<Review>,
    }
    let w = world!(shared);
    let columns = "title, author:authors!books_author_id_fkey(name), editor:editor_id(name), reviews(stars, body)";
    let found = rows(w.anon.from("books").select::<Book>(columns).order("id").order(col("stars").on("reviews"))).await;
    assert_eq!(found.len(), 4);
    assert_eq!((found[0].title.as_str(), found[0].author.name.as_str()), ("Tides", "Ada Ilves"));
    assert_eq!(found[0].editor.as_ref().map(|e| e.name.as_str()), Some("Bo Chen"));
    assert!(found[1].editor.is_none());
    assert_eq!(found[0].reviews.iter().map(|r| r.stars).collect::<Vec<_>>(), [3, 5]);
    assert_eq!(found[1].reviews[0].body, None);
    assert!(found[3].reviews.is_empty());
}

#[tokio::test]
async fn hints() {
    let w = world!(shared);
    for hint in ["authors!books_editor_id_fkey", "authors!editor_id", "authors:editor_id"] {
        let row: Value = w.anon.from("books").select(format!("id, {hint}(name)")).eq("id", 3).single().await.unwrap();
        assert_eq!(row, json!({ "id": 3, "authors": { "name": "Ada Ilves" } }), "{hint}");
    }
    let from_authors: Value = w
        .anon
        .from("authors")
        .select("written:books!author_id(id), edited:books!editor_id(id)")
        .eq("id", 2)
        .order(col("id").on("written"))
        .single()
        .await
        .unwrap();
    assert_eq!(from_authors, json!({ "written": [{ "id": 3 }, { "id": 4 }], "edited": [{ "id": 1 }] }));
    // A hint that starts like a join keyword must be quoted.
    let quoted: Value = w
        .anon
        .from("has_leftover")
        .select(r#"a:leftover!"leftover_fk"(v), b:leftover!"inner_fk"!inner(v)"#)
        .single()
        .await
        .unwrap();
    assert_eq!(quoted, json!({ "a": { "v": "one" }, "b": { "v": "two" } }));
}

#[tokio::test]
async fn inner_and_left() {
    let w = world!(shared);
    let books = |columns: &str| w.anon.from("books").select::<Id>(columns).order("id");
    assert_eq!(ids(books("id, reviews!inner(stars)")).await, [1, 2, 3]);
    assert_eq!(ids(books("id, reviews!left(stars)")).await, [1, 2, 3, 4]);
    assert_eq!(ids(books("id, reviews!inner(stars)").gte("reviews.stars", 4)).await, [1, 2]);
    assert_eq!(ids(books("id, reviews(stars)").gte("reviews.stars", 4)).await, [1, 2, 3, 4]);
    // Parents without or with matching rows, by a filter on the embed itself.
    assert_eq!(ids(books("id, reviews(stars)").is("reviews", Is::Null)).await, [4]);
    assert_eq!(ids(books("id, reviews()").is("reviews", Is::NotNull)).await, [1, 2, 3]);
    let tree = any([col("reviews").is_null(), col("pages").gt(300)]);
    assert_eq!(ids(books("id, reviews()").filter(tree)).await, [2, 4]);
    assert_eq!(ids(books("id, e:authors!editor_id!inner()").eq("e.name", "Bo Chen")).await, [1]);
}

#[tokio::test]
async fn filters_order_and_limits_on_embeds() {
    let w = world!(shared);
    let shelf = |by: &str| {
        w.anon.from("authors").select::<Value>(format!("id, books!author_id({by})")).lte("id", 2).order("id")
    };
    let filtered = rows(shelf("id").gt("books.pages", 200)).await;
    assert_eq!(filtered[0], json!({ "id": 1, "books": [{ "id": 1 }, { "id": 2 }] }));
    assert_eq!(filtered[1], json!({ "id": 2, "books": [] }));
    let ordered = rows(shelf("id").order(col("title").on("books")).limit_on("books", 1)).await;
    assert_eq!(ordered[0]["books"], json!([{ "id": 2 }]));
    assert_eq!(ordered[1]["books"], json!([{ "id": 4 }]));
    let offset = rows(shelf("id").order(col("id").desc().on("books")).offset_on("books", 1)).await;
    assert_eq!(offset[0]["books"], json!([{ "id": 1 }]));
    let ranged = rows(shelf("id").order(col("id").on("books")).range_on("books", 1..=1)).await;
    assert_eq!(ranged[1]["books"], json!([{ "id": 4 }]));
    let tree = any([col("title").eq("Tides"), col("pages").is_null()]).on("books");
    let by_tree = rows(shelf("id").filter(tree.clone())).await;
    assert_eq!((&by_tree[0]["books"], &by_tree[1]["books"]), (&json!([{ "id": 1 }]), &json!([{ "id": 4 }])));
    let negated = rows(shelf("id").filter(!tree)).await;
    assert_eq!((&negated[0]["books"], &negated[1]["books"]), (&json!([{ "id": 2 }]), &json!([{ "id": 3 }])));
    let raw = rows(shelf("id").or_raw_on("books", "id.eq.2,id.eq.3")).await;
    assert_eq!((&raw[0]["books"], &raw[1]["books"]), (&json!([{ "id": 2 }]), &json!([{ "id": 3 }])));
    // Awkward values stay values there too.
    let awkward = rows(shelf("id").in_("books.title", ["Tides", "a,\"b)"])).await;
    assert_eq!(awkward[0]["books"], json!([{ "id": 1 }]));
    let by_parent =
        w.anon.from("books").select::<Id>("id, authors!author_id(name)").order(col("authors(name)").desc()).order("id");
    assert_eq!(ids(by_parent).await, [3, 4, 1, 2]);
}

#[tokio::test]
async fn nested_and_through_a_junction() {
    let w = world!(shared);
    let shelves = rows(
        w.anon
            .from("shelves")
            .select::<Value>("name, books(title, author:author_id(name), reviews(stars))")
            .order("id")
            .order(col("title").on("books"))
            .gte("books.reviews.stars", 3)
            .order(col("stars").desc().on("books.reviews"))
            .limit_on("books.reviews", 1),
    )
    .await;
    assert_eq!(
        shelves,
        [
            json!({ "name": "window", "books": [
                { "title": "Night Trains", "author": { "name": "Bo Chen" }, "reviews": [] },
                { "title": "Tides", "author": { "name": "Ada Ilves" }, "reviews": [{ "stars": 5 }] },
            ] }),
            json!({ "name": "cellar", "books": [] }),
        ]
    );
}

#[tokio::test]
async fn a_table_joined_with_itself() {
    let w = world!(shared);
    let up =
        rows(w.anon.from("places").select::<Value>("name, parent:within(name, parent:within(name))").eq("id", 3)).await;
    assert_eq!(up, [json!({ "name": "Tartu", "parent": { "name": "Europe", "parent": { "name": "Earth" } } })]);
    let down = rows(
        w.anon.from("places").select::<Value>("name, places!within(name)").eq("id", 1).order(col("name").on("places")),
    )
    .await;
    assert_eq!(down, [json!({ "name": "Earth", "places": [{ "name": "Asia" }, { "name": "Europe" }] })]);
}

#[tokio::test]
async fn spread_to_one() {
    let w = world!(shared);
    let flat: Value = w
        .anon
        .from("books")
        .select("title, ...authors!author_id(author:name, born)")
        .eq("id", 1)
        .single()
        .await
        .unwrap();
    assert_eq!(flat, json!({ "title": "Tides", "author": "Ada Ilves", "born": 1901 }));
    // Newer servers make arrays of it.
    let to_many = w.anon.from("books").select::<Value>("title, ...reviews(stars)").await.unwrap_err();
    assert_eq!(to_many.code(), Some("PGRST119"));
}

#[tokio::test]
async fn aggregates_of_embeds() {
    let w = world!(shared);
    let found =
        rows(w.anon.from("books").select::<Value>("id, reviews(stars.avg(), count())").lte("id", 2).order("id")).await;
    assert_eq!(found[1], json!({ "id": 2, "reviews": [{ "avg": 4.0, "count": 1 }] }));
    assert_eq!(found[0]["reviews"][0]["count"], 2);
}

/// The same embeds from parts: names are quoted where they need it, settings go to their embed at any depth.
#[tokio::test]
async fn embeds_from_parts() {
    let w = world!(shared);
    let columns = Columns::from("name").with(
        Embed::new(
            "books",
            Columns::new(["title"])
                .with(col("meta").json_text("a.b").named("what, (else)"))
                .with(col("pages").cast("text"))
                .with(Embed::new("author_id", "name").named("by"))
                .with(Embed::new("reviews", "stars").filter(col("stars").gte(3)).order(col("stars").desc()).limit(1)),
        )
        .named("its, books")
        .filter(any([col("title").eq("Tides"), col("title").eq("Night Trains")]))
        .order("title"),
    );
    let shelves = rows(w.anon.from("shelves").select::<Value>(columns).eq("id", 1)).await;
    let meta = |book: &Value| book["what, (else)"].clone();
    let books = shelves[0]["its, books"].as_array().unwrap();
    assert_eq!(books.len(), 2, "{shelves:?}");
    assert_eq!((&books[0]["title"], &books[0]["by"]), (&json!("Night Trains"), &json!({ "name": "Bo Chen" })));
    assert_eq!((&books[0]["pages"], meta(&books[0]), &books[0]["reviews"]), (&json!("150"), json!("dot"), &json!([])));
    assert_eq!(books[1]["reviews"], json!([{ "stars": 5 }]));

    let books = |embed: Embed| w.anon.from("books").select::<Id>(Columns::from("id").with(embed)).order("id");
    let good = Embed::without_columns("reviews").filter(col("stars").gte(4));
    assert_eq!(ids(books(good.clone().inner())).await, [1, 2]);
    assert_eq!(ids(books(good.left())).await, [1, 2, 3, 4]);
    let bo =
        Embed::without_columns("authors").hint("books_editor_id_fkey").named("e").filter(col("name").eq("Bo Chen"));
    assert_eq!(ids(books(bo.inner())).await, [1]);
    let second = Columns::from("id").with(Embed::new("books", "id").hint("author_id").order("id").offset(1));
    let second = rows(w.anon.from("authors").select::<Value>(second).eq("id", 1)).await;
    assert_eq!(second, [json!({ "id": 1, "books": [{ "id": 2 }] })]);
    // A foreign key whose name starts like a kind of join.
    let odd = Columns::from(Embed::new("leftover", "v").hint("leftover_fk").named("a"))
        .with(Embed::new("leftover", "v").hint("inner_fk").inner().named("b"));
    let odd: Value = w.anon.from("has_leftover").select(odd).single().await.unwrap();
    assert_eq!(odd, json!({ "a": { "v": "one" }, "b": { "v": "two" } }));
}

#[tokio::test]
async fn aggregates_and_spreads_from_parts() {
    let w = world!(shared);
    let of_reviews = Columns::from(col("stars").avg())
        .with(SelectItem::count().named("n"))
        .with(col("stars").sum().cast("text").named("sum"));
    let columns = Columns::new(["id"]).with(Embed::new("reviews", of_reviews));
    let found = rows(w.anon.from("books").select::<Value>(columns).lte("id", 2).order("id")).await;
    assert_eq!(found[1], json!({ "id": 2, "reviews": [{ "avg": 4.0, "n": 1, "sum": "4" }] }));
    let flat = Columns::from("title").with(Embed::new("authors", "author:name").hint("author_id").spread());
    let flat: Value = w.anon.from("books").select(flat).eq("id", 1).single().await.unwrap();
    assert_eq!(flat, json!({ "title": "Tides", "author": "Ada Ilves" }));
    // What is written comes back with its embeds, too.
    let w = world!(fresh);
    let made = w.admin.from("parts").insert(&json!({ "id": 900, "item_id": 1, "label": "x" }));
    let made: Value = made.select(Columns::from("id").with(Embed::new("items", "name"))).single().await.unwrap();
    assert_eq!(made, json!({ "id": 900, "items": { "name": "bolt" } }));
}

/// A mistake in a text is shown before anything is sent; the server would have answered it with other columns.
#[tokio::test]
async fn mistakes_are_shown_in_their_place() {
    let w = world!(shared);
    for (text, place) in [
        ("title, authors!author_id(name", "a parenthesis is not closed, at character 25: \"(name\""),
        ("title,\n  reviews(stars)x", "unexpected 'x', at line 2, character 17: \"x\""),
        (
            "reviews(stars.total())",
            "there is no aggregate \"total\"; there are sum, avg, count, max, min, at character 14",
        ),
    ] {
        let error = w.anon.from("books").select::<Value>(text).await.unwrap_err();
        assert!(error.never_sent() && error.message().contains(place), "{error}");
    }
}
