//! Which call of ours makes a recorded request of vector and analytics buckets.

use serde_json::Value;
use storage_rs::analytics::{Field, Namespace, Schema, TableIdent, Type};
use storage_rs::vectors::{DistanceMetric, Vector, VectorFilter};
use storage_rs::{BucketSort, SortOrder, StorageClient};

use crate::interpret::{Made, RAW, ROUTE, call, texts};
use crate::recorded::Recorded;
use crate::shown::Shown;

pub(crate) fn vectors(exchange: &Recorded, storage: &StorageClient, action: &str) -> Made {
    let body = match exchange.json() {
        Some(body) => body,
        None => return Made::Not("what was sent is not recorded"),
    };
    let text = |name: &str| body[name].as_str();
    let number = |name: &str| {
        body[name]
            .as_u64()
            .map(|number| u32::try_from(number).unwrap())
    };
    let flag = |name: &str| body[name].as_bool();
    let client = storage.vectors();
    if action == "ListVectorBuckets" {
        let list = || {
            let mut list = client.list_buckets();
            if let Some(prefix) = text("prefix") {
                list = list.prefix(prefix);
            }
            if let Some(max) = number("maxResults") {
                list = list.max_results(max);
            }
            if let Some(token) = text("nextToken") {
                list = list.next_token(token);
            }
            list
        };
        return call!(list());
    }
    let Some(name) = text("vectorBucketName") else {
        return Made::Not(if action == "Nope" { ROUTE } else { RAW });
    };
    let bucket = client.bucket(name);
    let index_name = text("indexName").unwrap_or_default();
    let index = bucket.index(index_name);
    match action {
        "CreateVectorBucket" => call!(client.create_bucket(name)),
        "GetVectorBucket" => call!(client.get_bucket(name)),
        "DeleteVectorBucket" => call!(client.delete_bucket(name)),
        "CreateIndex" => {
            let metric: DistanceMetric =
                serde_json::from_value(body["distanceMetric"].clone()).unwrap();
            let create = || {
                let dimension = number("dimension").unwrap();
                let create = bucket.create_index(index_name, dimension, metric.clone());
                match &body["metadataConfiguration"]["nonFilterableMetadataKeys"] {
                    Value::Null => create,
                    keys => create.non_filterable_metadata_keys(texts(keys)),
                }
            };
            call!(create())
        }
        "GetIndex" => call!(bucket.get_index(index_name)),
        "DeleteIndex" => call!(bucket.delete_index(index_name)),
        "ListIndexes" => match number("maxResults") {
            Some(max) => call!(bucket.list_indexes().max_results(max)),
            None => call!(bucket.list_indexes()),
        },
        "PutVectors" => {
            let one = |vector: &Value| {
                let numbers: Vec<f32> =
                    serde_json::from_value(vector["data"]["float32"].clone()).unwrap();
                let made = Vector::new(vector["key"].as_str().unwrap(), numbers);
                match &vector["metadata"] {
                    Value::Null => made,
                    metadata => made.metadata(metadata),
                }
            };
            call!(index.put(body["vectors"].as_array().unwrap().iter().map(one)))
        }
        "GetVectors" => {
            let get = || {
                let mut get = index.get(texts(&body["keys"]));
                if let Some(given) = flag("returnData") {
                    get = get.return_data(given);
                }
                if let Some(given) = flag("returnMetadata") {
                    get = get.return_metadata(given);
                }
                get
            };
            call!(get())
        }
        "ListVectors" => {
            if body["segmentCount"].is_null() != body["segmentIndex"].is_null() {
                return Made::Not(RAW);
            }
            let list = || {
                let mut list = index.list();
                if let Some(given) = flag("returnData") {
                    list = list.return_data(given);
                }
                if let Some(given) = flag("returnMetadata") {
                    list = list.return_metadata(given);
                }
                if let Some(max) = number("maxResults") {
                    list = list.max_results(max);
                }
                if let Some(token) = text("nextToken") {
                    list = list.next_token(token);
                }
                if let (Some(part), Some(of)) = (number("segmentIndex"), number("segmentCount")) {
                    list = list.segment(part, of);
                }
                list
            };
            call!(list())
        }
        "QueryVectors" => {
            let vector: Vec<f32> =
                serde_json::from_value(body["queryVector"]["float32"].clone()).unwrap();
            let query = || {
                let mut query = index.query(vector.clone()).top_k(number("topK").unwrap());
                if let Some(given) = flag("returnDistance") {
                    query = query.return_distance(given);
                }
                if let Some(given) = flag("returnMetadata") {
                    query = query.return_metadata(given);
                }
                match &body["filter"] {
                    Value::Null => query,
                    filter => query.filter(VectorFilter::raw(filter.clone())),
                }
            };
            call!(query())
        }
        "DeleteVectors" => call!(index.delete(texts(&body["keys"]))),
        _ => Made::Not(ROUTE),
    }
}

pub(crate) fn analytics(
    exchange: &Recorded,
    storage: &StorageClient,
    path: &[&str],
    query: &[(String, String)],
) -> Made {
    let analytics = storage.analytics();
    let body = exchange.json().unwrap_or_default();
    let get = |name: &str| {
        let mut pairs = query.iter().filter(|(key, _)| key == name);
        pairs.next().map(|(_, value)| value.as_str())
    };
    let method = exchange.request.method.as_str();
    match (method, path) {
        ("POST", ["bucket"]) => match body["name"].as_str() {
            Some(name) => call!(analytics.create_bucket(name)),
            None => Made::Not(RAW),
        },
        ("GET", ["bucket"]) => {
            if get("sortColumn").is_some_and(|column| column != "name") {
                return Made::Not(RAW);
            }
            let list = || {
                let mut list = analytics.list_buckets();
                if let Some(limit) = get("limit") {
                    list = list.limit(limit.parse().unwrap());
                }
                if let Some(offset) = get("offset") {
                    list = list.offset(offset.parse().unwrap());
                }
                if let Some(search) = get("search") {
                    list = list.search(search);
                }
                if get("sortColumn").is_some() {
                    list = list.sort_by(BucketSort::Name, SortOrder::Ascending);
                }
                list
            };
            call!(list())
        }
        ("DELETE", ["bucket", name]) => call!(analytics.delete_bucket(*name)),
        ("GET", ["v1", "config"]) => {
            call!(analytics.catalog(get("warehouse").unwrap()).config())
        }
        (_, ["v1", bucket, "namespaces", rest @ ..]) => {
            let catalog = analytics.catalog(*bucket);
            let namespace = |name: &str| Namespace::new(name.split('\u{1f}'));
            let table = |of: &str, name: &str| TableIdent::new(namespace(of), name);
            match (method, rest) {
                ("GET", []) => call!(catalog.list_namespaces()),
                ("POST", []) => {
                    let create = || {
                        let mut create = catalog.create_namespace(texts(&body["namespace"]));
                        for (name, value) in body["properties"].as_object().into_iter().flatten() {
                            create = create.property(name, value.as_str().unwrap());
                        }
                        create
                    };
                    call!(create())
                }
                ("GET", [name]) => call!(catalog.load_namespace(namespace(name))),
                ("HEAD", [name]) => call!(catalog.namespace_exists(namespace(name))),
                ("DELETE", [name]) => call!(catalog.drop_namespace(namespace(name))),
                ("GET", [name, "tables"]) => call!(catalog.list_tables(namespace(name))),
                ("POST", [name, "tables"]) => {
                    let id = Field::required(1, "id", Type::long());
                    let schema = || Schema::new([id.clone()]);
                    let new = body["name"].as_str().unwrap();
                    call!(catalog.create_table(table(name, new), schema()))
                }
                ("GET", [name, "tables", known]) => {
                    call!(catalog.load_table(table(name, known)))
                }
                _ => Made::Not(ROUTE),
            }
        }
        _ => Made::Not(ROUTE),
    }
}
