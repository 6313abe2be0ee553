//! What is refused before it is sent, what is tried again, and how pages follow each other.

use serde_json::json;
use supabase_http::testing::MockTransport;
use supabase_http::{ErrorKind, HttpClient};

use super::{DistanceMetric, Vector, VectorFilter as Filter, VectorIndexClient};
use crate::StorageClient;

fn over(mock: &MockTransport) -> StorageClient {
    let http = HttpClient::builder()
        .transport(mock.clone())
        .build()
        .unwrap();
    StorageClient::with_http(http, "https://project.test", "key").unwrap()
}

fn index(mock: &MockTransport) -> VectorIndexClient {
    over(mock).vectors().bucket("docs").index("embeddings")
}

fn refused<T: std::fmt::Debug>(result: supabase_http::Result<T>, why: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request);
    assert!(error.message().contains(why), "{error}");
}

#[test]
fn what_cannot_be_is_refused() {
    let mock = MockTransport::new();
    let storage = over(&mock);
    let bucket = storage.vectors().bucket("docs");
    let index = bucket.index("embeddings");
    let one = || Vector::new("a", [1.0]);

    refused(storage.vectors().create_bucket("").into_request(), "empty");
    refused(bucket.get_index("").into_request(), "empty");
    for name in ["", "ab", "Bad_Name", "-docs", "docs.", &"a".repeat(46)] {
        let create = bucket.create_index(name, 3, DistanceMetric::Cosine);
        refused(create.into_request(), "cannot be the name of an index");
    }
    for dimension in [0, 4097] {
        let create = bucket.create_index("docs", dimension, DistanceMetric::Cosine);
        refused(create.into_request(), "1 to 4096");
    }
    let none: [&str; 0] = [];
    let create = || bucket.create_index("docs", 3, DistanceMetric::Cosine);
    refused(
        create().non_filterable_metadata_keys(none).into_request(),
        "1 to 10",
    );
    assert!(
        create()
            .non_filterable_metadata_keys(["a"; 10])
            .into_request()
            .is_ok()
    );

    refused(index.put([]).into_request(), "1 to 500 vectors");
    refused(index.put(vec![one(); 501]).into_request(), "not 501");
    assert!(index.put(vec![one(); 500]).into_request().is_ok());
    let put = |vector: Vector| index.put([vector]).into_request();
    refused(put(Vector::new("", [1.0])), "1 to 1024 characters");
    refused(put(Vector::new("a", [])), "no numbers");
    refused(put(Vector::new("a", [f32::NAN])), "NaN");
    refused(put(Vector::new("a", [f32::INFINITY])), "infinite");
    refused(put(one().metadata("text")), "no object");
    refused(put(one().metadata(&json!({ "n": { "x": 1 } }))), "\"n\"");
    refused(put(one().metadata(&json!({ "n": null }))), "\"n\"");
    refused(put(one().metadata(&json!({ "n": [[1]] }))), "\"n\"");
    let uneven = [one(), Vector::new("b", [1.0, 2.0])];
    refused(index.put(uneven).into_request(), "\"b\" has 2");

    refused(index.get(none).into_request(), "1 to 100 keys");
    refused(index.get(["a"; 101]).into_request(), "not 101");
    refused(index.delete(["a"; 501]).into_request(), "1 to 500 keys");
    refused(index.delete([""]).into_request(), "key");
    refused(index.list().max_results(1001).into_request(), "1 to 1000");
    refused(index.list().segment(0, 0).into_request(), "1 to 16");
    refused(index.list().segment(0, 17).into_request(), "1 to 16");
    refused(index.list().segment(4, 4).into_request(), "part 4 of 4");
    assert!(index.list().segment(15, 16).into_request().is_ok());

    refused(index.query([]).into_request(), "no numbers");
    refused(index.query([1.0]).top_k(0).into_request(), "`top_k` is 0");
    let unnamed = storage.vectors().bucket("docs").index("");
    refused(unnamed.query([1.0]).into_request(), "index is empty");
}

#[test]
fn a_filter_cannot_become_another() {
    let mock = MockTransport::new();
    let query = |filter: Filter| index(&mock).query([1.0]).filter(filter).into_request();
    refused(query(Filter::eq("$or", 1)), "no name of metadata");
    refused(query(Filter::eq("", 1)), "no name of metadata");
    refused(
        query(Filter::eq("a", json!({ "$ne": 1 }))),
        "must be a text",
    );
    refused(query(Filter::eq("a", f64::NAN)), "not NaN");
    refused(query(Filter::gt("a", "1")), "must be a number");
    refused(query(Filter::in_("a", Vec::<String>::new())), "empty list");
    refused(query(Filter::all([])), "`all` needs");
    refused(query(Filter::any([])), "`any` needs");
    refused(query(Filter::raw(json!([]))), "no condition");
    refused(
        query(Filter::eq("a", 1).and(Filter::eq("$b", 1))),
        "no name of metadata",
    );
    let filter = Filter::eq("a", "x")
        .or(Filter::not_in("b", [1, 2]))
        .and(Filter::exists("c", false));
    assert_eq!(
        filter.as_json(),
        Some(&json!({ "$and": [
            { "$or": [{ "a": { "$eq": "x" } }, { "b": { "$nin": [1, 2] } }] },
            { "c": { "$exists": false } },
        ] }))
    );
}

#[tokio::test(start_paused = true)]
async fn reads_are_tried_again_and_writes_are_not() {
    let vectors = json!({ "vectors": [] });
    let mock = MockTransport::new()
        .reply(503, "")
        .reply(200, vectors.clone())
        .reply(503, "")
        .reply(200, vectors.clone())
        .reply(503, "")
        .reply(200, vectors)
        .reply(503, "")
        .reply(503, "")
        .reply(503, "");
    let index = index(&mock);
    index.get(["a"]).await.unwrap();
    index.list().await.unwrap();
    index.query([1.0]).await.unwrap();
    assert_eq!(mock.requests().len(), 6);
    assert!(index.put([Vector::new("a", [1.0])]).await.is_err());
    assert!(index.delete(["a"]).await.is_err());
    assert!(over(&mock).vectors().create_bucket("b").await.is_err());
    mock.assert_done();
}

#[tokio::test]
async fn a_stream_follows_the_pages() {
    let page = |keys: [&str; 2], next: Option<&str>| json!({ "vectors": [{ "key": keys[0] }, { "key": keys[1] }], "nextToken": next });
    let mock = MockTransport::new()
        .reply(200, page(["a", "b"], Some("b")))
        .reply(200, page(["c", "d"], None))
        .reply(200, page(["a", "b"], Some("b")))
        .reply(200, page(["c", "d"], Some("b")));
    let index = index(&mock);
    let list = || index.list().segment(1, 2).return_data(true).vectors();
    let mut all = list();
    let mut keys = Vec::new();
    while let Some(vector) = all.try_next().await.unwrap() {
        keys.push(vector.key);
    }
    assert_eq!(keys, ["a", "b", "c", "d"]);
    let sent = mock.requests()[1].json::<serde_json::Value>().unwrap();
    assert_eq!(
        sent,
        json!({
            "vectorBucketName": "docs",
            "indexName": "embeddings",
            "nextToken": "b",
            "segmentCount": 2,
            "segmentIndex": 1,
            "returnData": true,
        })
    );

    // A server that goes round in circles.
    let mut all = list();
    for _ in 0..2 {
        assert!(all.try_next().await.unwrap().is_some());
    }
    assert!(all.try_next().await.is_err());
    assert!(all.next().await.is_none());
}
