//! Vector buckets, and analytics buckets with their catalogs, as far as the server has them.

use serde_json::json;
use storage_rs::analytics::{Field, Schema, Type};
use storage_rs::vectors::{DistanceMetric, Vector, VectorFilter};
use storage_rs::{BucketSort, Error, SortOrder};

use super::{failed, fresh, live};

/// Whether an error says that the server does not have this part.
fn is_off(error: &Error) -> bool {
    let message = error.message();
    message.starts_with("this server does not have") || error.code() == Some("FeatureNotEnabled")
}

#[tokio::test]
async fn vectors_are_kept_found_and_forgotten() {
    live("vectors_are_kept_found_and_forgotten", |live| async move {
        let vectors = live.service().vectors();
        let name = fresh("vec");
        if let Err(error) = vectors.create_bucket(&name).await {
            assert!(is_off(&error), "{error:?}");
            eprintln!("no vectors here: {error}");
            return;
        }
        let twice = failed(vectors.create_bucket(&name).await);
        assert!(twice.is_already_exists(), "{twice:?}");
        assert_eq!(vectors.get_bucket(&name).await.unwrap().name, name);
        let listed = vectors.list_buckets().prefix(&name).await.unwrap().buckets;
        assert_eq!(listed.len(), 1);
        let bucket = vectors.bucket(&name);
        let create = bucket.create_index("words", 3, DistanceMetric::Cosine);
        create.non_filterable_metadata_keys(["text"]).await.unwrap();
        let index = bucket.get_index("words").await.unwrap();
        assert_eq!(
            (index.dimension, index.distance_metric),
            (3, DistanceMetric::Cosine)
        );
        assert_eq!(bucket.list_indexes().await.unwrap().indexes.len(), 1);

        let words = bucket.index("words");
        let some = (0_u8..25).map(|n| {
            let at = f32::from(n);
            let vector = Vector::new(format!("k{n:02}"), [at, 1.0, 25.0 - at]);
            vector.metadata(&json!({ "n": n, "even": n % 2 == 0, "text": "long" }))
        });
        words.put(some).await.unwrap();
        let got = words
            .get(["k03", "nobody"])
            .return_data(true)
            .return_metadata(true);
        let got = got.await.unwrap();
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].data, Some(vec![3.0, 1.0, 22.0]));
        assert_eq!(got[0].metadata.as_ref().unwrap()["n"], 3);

        let near = words.query([24.0, 1.0, 1.0]).top_k(3).return_distance(true);
        let near = near.filter(VectorFilter::eq("even", true)).await.unwrap();
        let keys: Vec<_> = near.vectors.iter().map(|one| one.key.as_str()).collect();
        assert_eq!(keys, ["k24", "k22", "k20"]);
        assert!(near.vectors[0].distance.unwrap() < near.vectors[1].distance.unwrap());
        let between = VectorFilter::gte("n", 5).and(VectorFilter::lt("n", 7));
        let few = words
            .query([0.0, 1.0, 0.0])
            .top_k(10)
            .filter(between)
            .await
            .unwrap();
        assert_eq!(few.vectors.len(), 2);

        for count in [1, 4] {
            let mut keys = Vec::new();
            for segment in 0..count {
                let mut list = words
                    .list()
                    .segment(segment, count)
                    .max_results(4)
                    .vectors();
                while let Some(one) = list.try_next().await.unwrap() {
                    keys.push(one.key);
                }
            }
            keys.sort();
            keys.dedup();
            assert_eq!(keys.len(), 25, "in {count} segments");
        }
        words.delete(["k00", "k01"]).await.unwrap();
        assert!(words.get(["k00", "k01"]).await.unwrap().is_empty());

        // Of another size than the index has: some servers say 400, some 500.
        failed(words.put([Vector::new("bad", [1.0])]).await);
        let full = failed(vectors.delete_bucket(&name).await);
        assert!(!full.is_not_found(), "{full:?}");
        bucket.delete_index("words").await.unwrap();
        assert!(failed(bucket.get_index("words").await).is_not_found());
        vectors.delete_bucket(&name).await.unwrap();
        assert!(failed(vectors.get_bucket(&name).await).is_not_found());
    })
    .await;
}

#[tokio::test]
async fn catalogs_answer_or_say_that_they_are_not_there() {
    live(
        "catalogs_answer_or_say_that_they_are_not_there",
        |live| async move {
            let analytics = live.service().analytics();
            let name = fresh("tables");
            if let Err(error) = analytics.create_bucket(&name).await {
                assert!(is_off(&error), "{error:?}");
                eprintln!("no analytics buckets here: {error}");
                return;
            }
            let list = analytics.list_buckets().search(&name).limit(5);
            let listed = list
                .sort_by(BucketSort::Name, SortOrder::Ascending)
                .await
                .unwrap();
            assert_eq!(listed.len(), 1);
            assert_eq!(listed[0].name, name);
            let catalog = analytics.catalog(&name);
            catalog.create_namespace("sales").await.unwrap();
            let spaces = catalog.list_namespaces().await.unwrap().namespaces;
            assert_eq!(spaces, ["sales".into()]);
            let loaded = catalog.load_namespace("sales").await.unwrap();
            assert_eq!(loaded.namespace, Some("sales".into()));
            assert!(catalog.namespace_exists("sales").await.unwrap());
            assert!(!catalog.namespace_exists("nothing").await.unwrap());
            assert!(!catalog.table_exists(("sales", "nothing")).await.unwrap());
            let twice = catalog.list_tables("sales").page_size(5).await.unwrap();
            assert!(twice.identifiers.is_empty());
            let schema = Schema::new([Field::required(1, "id", Type::long())]);
            match catalog.create_table(("sales", "events"), schema).await {
                Ok(made) => {
                    assert!(made.metadata.current_schema().is_some());
                    assert!(catalog.table_exists(("sales", "events")).await.unwrap());
                    let events = || catalog.load_table(("sales", "events"));
                    assert_eq!(
                        events().await.unwrap().metadata.table_uuid,
                        made.metadata.table_uuid
                    );
                    let commit = catalog.commit_table(("sales", "events"));
                    commit.set_property("owner", "Ada").await.unwrap();
                    let properties = events().await.unwrap().metadata.properties.unwrap();
                    assert_eq!(properties["owner"], "Ada");
                    catalog
                        .drop_table(("sales", "events"))
                        .purge()
                        .await
                        .unwrap();
                }
                // The service without the catalog behind it.
                Err(error) => {
                    eprintln!("no catalog of tables here: {error}");
                    assert!(error.message().contains("catalog"), "{error:?}");
                }
            }
            catalog.drop_namespace("sales").await.unwrap();
            assert!(failed(catalog.load_namespace("sales").await).is_not_found());
            for error in [
                failed(catalog.rename_table(("sales", "a"), ("sales", "b")).await),
                failed(
                    catalog
                        .register_table(("sales", "a"), "s3://b/1.json")
                        .await,
                ),
                failed(
                    catalog
                        .update_namespace_properties("sales")
                        .set("a", "b")
                        .await,
                ),
            ] {
                assert!(
                    error
                        .message()
                        .starts_with("this server does not have this call"),
                    "{error:?}"
                );
            }
            analytics.delete_bucket(&name).await.unwrap();
        },
    )
    .await;
}
