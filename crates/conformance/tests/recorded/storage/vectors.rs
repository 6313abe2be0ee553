//! Vector buckets.

use conformance::Call::Unwritable;
use conformance::{Call, Entry, Seen, d, js, py};
use serde::Serialize;
use serde_json::{Value, json};
use storage_rs::vectors::{
    DistanceMetric, QueryMatches, StoredVector, Vector, VectorBucket, VectorBucketPage,
    VectorIndex, VectorIndexPage, VectorPage,
};
use supabase_http::AccessToken;

use super::Shown;

/// As it is written: a number of 32 bits is no longer the same as one of 64.
fn written(model: &impl Serialize) -> Value {
    let text = serde_json::to_string(model).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

fn seen(data: Value) -> Seen {
    Seen { data, count: None }
}

impl Shown for VectorBucket {
    fn shown(self) -> Seen {
        seen(json!({ "vectorBucket": self }))
    }
}

/// The Python client has its own names for the parts.
impl Shown for VectorIndex {
    fn shown(self) -> Seen {
        let mut index = written(&self);
        for (ours, theirs) in [
            ("indexName", "index_name"),
            ("vectorBucketName", "bucket_name"),
            ("dataType", "data_type"),
            ("distanceMetric", "distance_metric"),
            ("creationTime", "creation_time"),
        ] {
            index[theirs] = index[ours].clone();
        }
        seen(json!({ "index": index }))
    }
}

impl Shown for Vec<StoredVector> {
    fn shown(self) -> Seen {
        seen(json!({ "vectors": written(&self) }))
    }
}

macro_rules! as_they_are {
    ($($model:ty),*) => {$(
        impl Shown for $model {
            fn shown(self) -> Seen {
                seen(written(&self))
            }
        }
    )*};
}
as_they_are!(VectorBucketPage, VectorIndexPage, VectorPage, QueryMatches);

/// A call of the bucket `embeddings`.
macro_rules! bucket {
    ($bucket:ident => $call:expr) => {
        storage!(storage => { let $bucket = storage.vectors().bucket("embeddings"); $call })
    };
}

/// A call of the index `docs` of the bucket `embeddings`.
macro_rules! docs {
    ($docs:ident => $call:expr) => {
        storage!(storage => {
            let $docs = storage.vectors().bucket("embeddings").index("docs");
            $call
        })
    };
}

/// A call of the index `my-index` of the bucket `vectors-bucket`.
macro_rules! mine {
    ($mine:ident => $call:expr) => {
        admin!(storage => {
            let $mine = storage.vectors().bucket("vectors-bucket").index("my-index");
            $call
        })
    };
}

const LIST: Call = docs!(i => i.list());
const NONE: [&str; 0] = [];

pub(crate) const CASES: &[Entry] = &[
    js("bucket/create", storage!(s => s.vectors().create_bucket("embeddings"))),
    js("bucket/create-conflict", storage!(s => s.vectors().create_bucket("embeddings"))),
    js("bucket/get", storage!(s => s.vectors().get_bucket("embeddings"))),
    js("bucket/list", storage!(s => s.vectors().list_buckets())),
    js("bucket/delete", storage!(s => s.vectors().delete_bucket("embeddings"))),
    js("bucket/delete-json-answer", storage!(s => s.vectors().delete_bucket("embeddings"))),
    js(
        "index/create-metadata",
        bucket!(b => b
            .create_index("docs", 1536, DistanceMetric::Euclidean)
            .non_filterable_metadata_keys(["raw", "text"])),
    ),
    js("index/get", bucket!(b => b.get_index("docs"))),
    js("index/list", bucket!(b => b.list_indexes())),
    js(
        "index/list-options",
        bucket!(b => b.list_indexes().prefix("d").max_results(1).next_token("t")),
    ),
    js("index/delete-error", bucket!(b => b.delete_index("docs"))),
    js("index/access", LIST),
    js(
        "index/access-other-bucket",
        storage!(s => s.vectors().bucket("my bucket/é").index("i d").get(["a"])),
    ),
    js("index/list-error", bucket!(b => b.list_indexes())),
    js("index/delete-limit-error", bucket!(b => b.delete_index(""))).ours_by_design(
        "empty-is-refused",
        "no index has no name",
        &[d("request", "POST /storage/v1/vector/DeleteIndex {\"indexName\":\"\",\"vectorBucketName\":\"embeddings\"}", "refused")],
    ),
    js("put/one", docs!(i => i.put([Vector::new("a", [0.1, -2.0, 3e-7])]))),
    js(
        "put/metadata",
        docs!(i => i.put([
            Vector::new("a", [1.0, 2.0, 3.0])
                .metadata(&json!({ "title": "é", "n": 1, "tags": ["x"], "ok": true })),
            Vector::new("b", [4.0, 5.0, 6.0]),
        ])),
    ),
    js("put/501", docs!(i => i.put((0..501).map(|n| Vector::new(n.to_string(), [1.0]))))),
    js("put/nan", docs!(i => i.put([Vector::new("a", [f32::NAN, f32::INFINITY])]))).ours_by_design(
        "no-nan",
        "neither is a number of a vector",
        &[d("request", "POST /storage/v1/vector/PutVectors {\"indexName\":\"docs\",\"vectorBucketName\":\"embeddings\",\"vectors\":[{\"data\":{\"float32\":[null,null]},\"key\":\"a\"}]}", "refused")],
    ),
    js("put/dimension-error", docs!(i => i.put([Vector::new("a", [1.0])]))),
    js("get/data-metadata", docs!(i => i.get(["a"]).return_data(true).return_metadata(true))),
    js("get/error", docs!(i => i.get(NONE))).ours_by_design(
        "empty-is-refused",
        "the server takes at least one key",
        &[d("request", "POST /storage/v1/vector/GetVectors {\"indexName\":\"docs\",\"keys\":[],\"vectorBucketName\":\"embeddings\"}", "refused")],
    ),
    js(
        "list/options",
        docs!(i => i.list().max_results(100).next_token("t").return_data(true).return_metadata(false)),
    ),
    js("list/segment", docs!(i => i.list().segment(3, 4))),
    js("list/segment-first", docs!(i => i.list().segment(0, 16).return_metadata(true))),
    js("list/segment-index-only", Unwritable)
        .server_wins("the server was seen to refuse a part of no number of parts", &[d("call", "POST /storage/v1/vector/ListVectors {\"indexName\":\"docs\",\"segmentIndex\":2,\"vectorBucketName\":\"embeddings\"}", "cannot be written")]),
    js("list/segment-count-zero", docs!(i => i.list().segment(0, 0))),
    js("list/segment-count-17", docs!(i => i.list().segment(0, 17))),
    js("list/segment-index-too-big", docs!(i => i.list().segment(4, 4))),
    js("list/segment-index-negative", Unwritable)
        .language_only("a number of any kind", &[d("call", "none", "cannot be written")]),
    js("query/error", docs!(i => i.query([]).top_k(0))).ours_by_design(
        "empty-is-refused",
        "nothing is near to a vector of no numbers",
        &[d("request", "POST /storage/v1/vector/QueryVectors {\"indexName\":\"docs\",\"queryVector\":{\"float32\":[]},\"topK\":0,\"vectorBucketName\":\"embeddings\"}", "refused")],
    ),
    js("delete/keys", docs!(i => i.delete(["a", "b"]))),
    js("delete/error", docs!(i => i.delete(["a"]))),
    js(
        "session-token",
        storage!(s => s
            .with_token(AccessToken::parse("user-access-token")?)
            .vectors()
            .bucket("embeddings")
            .index("docs")
            .list()),
    ),
    js("error/text", LIST).client_bug("the text of the server is dropped", &[d("error message", "Internal Server Error", "oops")]),
    js("error/empty", LIST),
    js("error/internal", LIST),
    js("answer/204", LIST).ours_by_design("unreadable-answers", "no answer is no empty list", &[d("outcome", "ok null", "error 204")]),
];

pub(crate) const PYTHON: &[Entry] = &[
    py(
        "storagevectors-create-bucket/create-vector-bucket",
        admin!(s => s.vectors().create_bucket("vectors-bucket")),
    ),
    py(
        "storagevectors-get-bucket/get-vector-bucket",
        admin!(s => s.vectors().get_bucket("vectors-bucket")),
    ),
    py("storagevectors-list-buckets/list-vector-buckets", admin!(s => s.vectors().list_buckets())),
    py(
        "storagevectors-delete-bucket/delete-vector-bucket",
        admin!(s => s.vectors().delete_bucket("vectors-bucket")),
    ),
    py(
        "vectorbucket-createindex/create-vector-index",
        admin!(s => s
            .vectors()
            .bucket("vectors-bucket")
            .create_index("my-index", 128, DistanceMetric::Cosine)),
    ),
    py(
        "vectorbucket-getindex/get-vector-index",
        admin!(s => s.vectors().bucket("vectors-bucket").get_index("my-index")),
    ),
    py(
        "vectorbucket-getindex/error-is-none",
        admin!(s => s.vectors().bucket("vectors-bucket").get_index("nope")),
    )
    .client_bug(
        "what went wrong is dropped",
        &[d("outcome", "ok null", "error 404 S3VectorNotFoundException")],
    ),
    py(
        "vectorbucket-listindexes/list-vector-indexes",
        admin!(s => s.vectors().bucket("vectors-bucket").list_indexes()),
    ),
    py(
        "vectorbucket-deleteindex/delete-vector-index",
        admin!(s => s.vectors().bucket("vectors-bucket").delete_index("my-index")),
    ),
    py("vectorindex-putvectors/put-vectors", Unwritable).language_only(
        "a dictionary in place of a class",
        &[d("call", "none", "cannot be written")],
    ),
    py(
        "vectorindex-putvectors/put-vectors-typed",
        mine!(i => i.put([
            Vector::new("vector-1", [0.1, 0.2, 0.3]).metadata(&json!({ "category": "example" })),
        ])),
    ),
    py(
        "vectorindex-getvectors/get-vectors",
        mine!(i => i.get(["vector-1"]).return_data(true).return_metadata(true)),
    ),
    py(
        "vectorindex-listvectors/list-vectors",
        mine!(i => i.list().return_data(true).return_metadata(true)),
    ),
    py(
        "vectorindex-queryvectors/query-vectors",
        mine!(i => i.query([0.1, 0.2, 0.3]).top_k(10).return_distance(true).return_metadata(true)),
    ),
    py("vectorindex-deletevectors/delete-vectors", mine!(i => i.delete(["vector-1", "vector-2"]))),
];
