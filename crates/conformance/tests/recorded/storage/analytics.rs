//! Analytics buckets and their catalogs.

use conformance::Call::Replay;
use conformance::{Call, Entry, Seen, d, js, py};
use serde_json::{Value, json};
use storage_rs::analytics::{
    AnalyticsBucket, ColumnTransform, Field, IcebergCatalog, NamespaceMetadata, NamespacePage,
    PartitionField, PartitionSpec, Schema, Table, TablePage, TableRequirement, TableUpdate, Type,
    UpdatedProperties, WriteOrder,
};
use storage_rs::{BucketSort, SortOrder};
use supabase_http::AccessToken;

use super::Shown;

fn seen(data: Value) -> Seen {
    Seen { data, count: None }
}

/// The official client gives the namespaces without their page, each in an object.
impl Shown for NamespacePage {
    fn shown(self) -> Seen {
        seen(self.namespaces.iter().map(|one| json!({ "namespace": one })).collect())
    }
}

impl Shown for TablePage {
    fn shown(self) -> Seen {
        seen(json!(self.identifiers))
    }
}

/// The official client gives the metadata alone, or all of the answer to a commit.
impl Shown for Table {
    fn shown(self) -> Seen {
        let mut data = json!(self.metadata);
        data["metadata-location"] = json!(self.metadata_location);
        data["metadata"] = json!(self.metadata);
        seen(data)
    }
}

macro_rules! as_they_are {
    ($($model:ty),*) => {$(
        impl Shown for $model {
            fn shown(self) -> Seen {
                seen(json!(self))
            }
        }
    )*};
}
as_they_are!(AnalyticsBucket, Vec<AnalyticsBucket>, NamespaceMetadata, UpdatedProperties);

/// A call of the catalog of `warehouse`.
macro_rules! warehouse {
    ($catalog:ident => $call:expr) => {
        storage!(storage => { let $catalog = storage.analytics().catalog("warehouse"); $call })
    };
}

const NAMESPACES: Call = warehouse!(c => c.list_namespaces());
const COMMIT: Call = warehouse!(c => c.commit_table(("default", "events")));
const EMPTY: &str = "the specification demands both lists";

fn schema() -> Schema {
    let at = Field::optional(2, "at", Type::timestamp()).doc("when");
    Schema::new([Field::required(1, "id", Type::long()), at]).id(0)
}

async fn table_if_not_exists(catalog: IcebergCatalog) -> storage_rs::Result<Table> {
    match catalog.create_table(("default", "events"), schema()).await {
        Err(error) if error.is_already_exists() => catalog.load_table(("default", "events")).await,
        other => other,
    }
}

pub(crate) const CASES: &[Entry] = &[
    js("bucket/create", storage!(s => s.analytics().create_bucket("warehouse"))),
    js("bucket/list", storage!(s => s.analytics().list_buckets())),
    js(
        "bucket/list-options",
        storage!(s => s
            .analytics()
            .list_buckets()
            .limit(10)
            .offset(0)
            .sort_by(BucketSort::CreatedAt, SortOrder::Descending)
            .search("w & x")),
    ),
    js("bucket/list-error", storage!(s => s.analytics().list_buckets())).ours_by_design(
        "codes-as-sent",
        "of an old server the label is the code",
        &[d("error code", "", "Unauthorized")],
    ),
    js("bucket/delete", storage!(s => s.analytics().delete_bucket("warehouse"))),
    js("bucket/create-error", storage!(s => s.analytics().create_bucket("BAD NAME"))),
    js("bucket/delete-special", storage!(s => s.analytics().delete_bucket("a b/c?")))
        .ours_by_design(
            "names-are-segments",
            "the id of a bucket is one segment",
            &[d("request", "DELETE /storage/v1/iceberg/bucket/a%20b/c {}", "refused")],
        ),
    js("bucket/list-zero-limit", storage!(s => s.analytics().list_buckets().limit(0).search(""))),
    js("catalog/access", NAMESPACES),
    js(
        "catalog/bucket-with-space",
        storage!(s => s.analytics().catalog("my warehouse").list_namespaces()),
    ),
    js("catalog/bucket-special", storage!(s => s.analytics().catalog("a?b&c").list_namespaces()))
        .client_bug(
            "the end of the id becomes a query",
            &[
                d(
                    "path",
                    "/storage/v1/iceberg/v1/a",
                    "/storage/v1/iceberg/v1/a%3Fb%26c/namespaces",
                ),
                d("query b", "", "absent"),
                d("query c/namespaces", "", "absent"),
            ],
        ),
    js(
        "catalog/bucket-slash-rejected",
        storage!(s => s.analytics().catalog("a/b").list_namespaces()),
    ),
    js(
        "catalog/bucket-trailing-space-rejected",
        storage!(s => s.analytics().catalog("a ").list_namespaces()),
    ),
    js(
        "catalog/signed-in",
        storage!(s => s
            .with_token(AccessToken::parse("user-access-token")?)
            .analytics()
            .catalog("warehouse")
            .list_namespaces()),
    ),
    js("namespace/list", NAMESPACES),
    js("namespace/list-parent", warehouse!(c => c.list_namespaces().parent(["a", "b"]))),
    js("namespace/list-error", NAMESPACES),
    js("namespace/create", warehouse!(c => c.create_namespace("default"))),
    js(
        "namespace/create-properties",
        warehouse!(c => c.create_namespace(["a", "b"]).property("owner", "Ada é")),
    ),
    js("namespace/create-exists", warehouse!(c => c.create_namespace("default"))),
    js(
        "namespace/create-if-not-exists",
        Replay(|stage| {
            Box::pin(async move {
                let catalog = stage.storage()?.analytics().catalog("warehouse");
                match catalog.create_namespace("default").await {
                    Err(error) if error.is_already_exists() => Ok(Some(().shown())),
                    other => other.map(|_| Some(().shown())),
                }
            })
        }),
    ),
    js("namespace/drop", warehouse!(c => c.drop_namespace("default"))),
    js("namespace/drop-nested", warehouse!(c => c.drop_namespace(["a", "b c"]))),
    js("namespace/load-not-found", warehouse!(c => c.load_namespace("nope"))),
    js("namespace/exists-no", warehouse!(c => c.namespace_exists("nope"))),
    js("namespace/special-characters", warehouse!(c => c.load_namespace("a/b?c#d%é"))).client_bug(
        "it reaches another path, and its end is dropped",
        &[
            d(
                "path",
                "/storage/v1/iceberg/v1/warehouse/namespaces/a/b",
                "/storage/v1/iceberg/v1/warehouse/namespaces/a%2Fb%3Fc%23d%25%C3%A9",
            ),
            d("query c", "", "absent"),
        ],
    ),
    js("table/create", warehouse!(c => c.create_table(("default", "events"), schema()))),
    js(
        "table/create-all",
        warehouse!(c => c
            .create_table(("default", "events"), schema())
            .location("s3://l")
            .partition_spec(
                PartitionSpec::new([PartitionField::new(2, "day", ColumnTransform::Day).id(1000)])
                    .id(0),
            )
            .write_order(WriteOrder::new(1, []))
            .stage_create(false)
            .property("a", "b")),
    ),
    js("table/create-exists", warehouse!(c => c.create_table(("default", "events"), schema()))),
    js("table/create-if-not-exists", warehouse!(c => table_if_not_exists(c))),
    js("table/list-nested", warehouse!(c => c.list_tables(["a", "b"]))),
    js("table/list-error", warehouse!(c => c.list_tables("nope"))),
    js("table/load", warehouse!(c => c.load_table(("default", "events")))),
    js("table/load-not-found", warehouse!(c => c.load_table(("default", "nope")))),
    js(
        "table/update",
        warehouse!(c => c
        .commit_table(("default", "events"))
        .require(TableRequirement::AssertTableUuid { uuid: "t-1".to_owned() })
        .update(TableUpdate::SetProperties {
            updates: [("k".to_owned(), "v".to_owned())].into(),
        })),
    ),
    js("table/update-conflict", COMMIT).ours_by_design("both-lists", EMPTY, &[BOTH]),
    js("table/update-unknown-state", COMMIT).ours_by_design("both-lists", EMPTY, &[BOTH]),
    js("table/update-unknown-state-502", COMMIT).ours_by_design("both-lists", EMPTY, &[BOTH]),
    js("table/drop", warehouse!(c => c.drop_table(("default", "events")))),
    js("table/drop-not-found", warehouse!(c => c.drop_table(("default", "nope")))),
    js("table/exists-yes", warehouse!(c => c.table_exists(("default", "events")))),
    js("table/exists-no", warehouse!(c => c.table_exists(("default", "nope")))),
    js("table/name-special", warehouse!(c => c.load_table(("a b", "t/é?")))).client_bug(
        "the name reaches another path, and its end is dropped",
        &[d(
            "path",
            "/storage/v1/iceberg/v1/warehouse/namespaces/a%20b/tables/t/%C3%A9",
            "/storage/v1/iceberg/v1/warehouse/namespaces/a%20b/tables/t%2F%C3%A9%3F",
        )],
    ),
    js("error/html", NAMESPACES).client_bug(
        "the text of the server is dropped",
        &[d("error message", "Request failed with status 502", "<html></html>")],
    ),
    js("error/storage-shape", NAMESPACES).client_bug(
        "the real status and the message are not read",
        &[
            d("error status", "400", "404"),
            d("error code", "", "Bucket not found"),
            d("error message", "Request failed with status 400", "Bucket not found"),
        ],
    ),
    js("error/invalid-json", NAMESPACES).client_bug(
        "the error of reading hides what the server said",
        &[d("error message", "Expected property name or '}' in JSON at position 1", "{oops")],
    ),
    js("error/419", NAMESPACES),
    js("missing/rename-table", warehouse!(c => c.rename_table(("default", "a"), ("default", "b"))))
        .client_bug("it has no such method, though it says so", &MISSING),
    js("missing/register-table", warehouse!(c => c.register_table(("default", "a"), "s3://x")))
        .client_bug("it has no such method, though it says so", &MISSING),
    js(
        "missing/update-namespace-properties",
        warehouse!(c => c.update_namespace_properties("default").set("a", "b")),
    )
    .client_bug("it has no such method, though it says so", &MISSING),
];

const BOTH: conformance::Diff =
    d("body", "{\"updates\":[]}", "{\"requirements\":[],\"updates\":[]}");

const MISSING: [conformance::Diff; 2] =
    [d("requests", "0", "1"), d("outcome", "failure without an answer", "error 500")];

pub(crate) const PYTHON: &[Entry] = &[
    py(
        "storageanalytics-createbucket/create-analytics-bucket",
        admin!(s => s.analytics().create_bucket("analytics-bucket")),
    ),
    py(
        "storageanalytics-listbuckets/list-analytics-buckets",
        admin!(s => s.analytics().list_buckets()),
    ),
    py(
        "storageanalytics-listbuckets/parameters",
        admin!(s => s
            .analytics()
            .list_buckets()
            .limit(10)
            .offset(5)
            .sort_by(BucketSort::Name, SortOrder::Descending)
            .search("a b")),
    ),
    py(
        "storageanalytics-deletebucket/delete-analytics-bucket",
        admin!(s => s.analytics().delete_bucket("analytics-bucket")),
    )
    .ours_by_design(
        "empty-object",
        "as the JavaScript client does",
        &[d("body", "none", "{}")],
    ),
    py(
        "storageanalytics-createbucket/error",
        admin!(s => s.analytics().create_bucket("analytics-bucket")),
    ),
];
