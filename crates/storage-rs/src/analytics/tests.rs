//! What no recorded call of an official client shows: the routes and shapes are those of the Iceberg REST catalog's
//! OpenAPI document.

use serde_json::{Value, json};
use supabase_http::testing::{Exchange, MockTransport, RecordedRequest};
use supabase_http::{ErrorKind, HttpClient, TransportErrorKind};

use super::*;
use std::future::IntoFuture as _;

fn over(mock: &MockTransport) -> StorageClient {
    let http = HttpClient::builder()
        .transport(mock.clone())
        .build()
        .unwrap();
    StorageClient::with_http(http, "https://project.test", "key").unwrap()
}

fn catalog(mock: &MockTransport) -> IcebergCatalog {
    over(mock).analytics().catalog("warehouse")
}

/// Method, path below the catalog, query and body.
fn line(request: &RecordedRequest) -> (String, Value) {
    let path = request
        .path()
        .strip_prefix("/storage/v1/iceberg/v1/")
        .unwrap();
    let body = request.json().unwrap_or_default();
    let mark = if request.raw_query().is_empty() {
        ""
    } else {
        "?"
    };
    (
        format!("{} {path}{mark}{}", request.method(), request.raw_query()),
        body,
    )
}

fn refused<T: std::fmt::Debug>(result: crate::Result<T>, why: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request);
    assert!(error.message().contains(why), "{error}");
}

fn loaded() -> Value {
    json!({
        "metadata-location": "s3://bucket/t/metadata/2.json",
        "metadata": {
            "format-version": 2,
            "table-uuid": "t-1",
            "location": "s3://bucket/t",
            "last-sequence-number": 1,
            "last-updated-ms": 1_767_225_600_000_i64,
            "last-column-id": 9,
            "current-schema-id": 1,
            "schemas": [
                { "type": "struct", "schema-id": 0, "fields": [] },
                {
                    "type": "struct",
                    "schema-id": 1,
                    "identifier-field-ids": [1],
                    "fields": [
                        { "id": 1, "name": "id", "type": "long", "required": true, "initial-default": 7 },
                        { "id": 2, "name": "price", "type": "decimal(9,2)", "required": false, "doc": "in euros" },
                        { "id": 3, "name": "tags", "required": false, "type":
                            { "type": "list", "element-id": 4, "element": "string", "element-required": true } },
                        { "id": 5, "name": "counts", "required": false, "type":
                            { "type": "map", "key-id": 6, "key": "string", "value-id": 7, "value": "int",
                              "value-required": false } },
                        { "id": 8, "name": "place", "required": false, "type":
                            { "type": "struct", "fields": [
                                { "id": 9, "name": "city", "type": "string", "required": true } ] } },
                        { "id": 10, "name": "new", "required": false, "type": { "type": "variant", "of": 1 } },
                    ],
                },
            ],
            "partition-specs": [{ "spec-id": 0, "fields": [
                { "source-id": 1, "field-id": 1000, "name": "b", "transform": "bucket[16]" },
                { "source-id": 1, "field-id": 1001, "name": "z", "transform": "zorder[2,3]" } ] }],
            "default-spec-id": 0,
            "last-partition-id": 1001,
            "sort-orders": [{ "order-id": 1, "fields": [
                { "source-id": 1, "transform": "identity", "direction": "desc", "null-order": "nulls-last" } ] }],
            "default-sort-order-id": 1,
            "properties": { "owner": "Ada" },
            "current-snapshot-id": 9_007_199_254_740_993_i64,
            "snapshots": [{
                "snapshot-id": 9_007_199_254_740_993_i64,
                "parent-snapshot-id": 1,
                "sequence-number": 1,
                "timestamp-ms": 1_767_225_600_000_i64,
                "manifest-list": "s3://bucket/t/metadata/snap.avro",
                "summary": { "operation": "append", "added-records": "3" },
                "schema-id": 1,
                "first-row-id": 0,
            }],
            "refs": { "main": { "type": "branch", "snapshot-id": 9_007_199_254_740_993_i64, "max-ref-age-ms": 5 } },
            "snapshot-log": [{ "snapshot-id": 9_007_199_254_740_993_i64, "timestamp-ms": 1 }],
            "statistics": [],
        },
        "config": { "s3.secret-access-key": "hush" },
        "storage-credentials": [{ "prefix": "s3://", "config": { "token": "hush" } }],
    })
}

#[tokio::test]
async fn what_is_only_in_the_specification() {
    let mock = MockTransport::new()
        .reply(204, "")
        .reply(200, loaded())
        .reply(200, loaded())
        .reply(200, json!({ "updated": ["owner"], "removed": [], "missing": ["team"] }))
        .reply(200, json!({ "defaults": { "prefix": "d" }, "overrides": { "prefix": "a b" },
            "endpoints": ["GET /v1/{prefix}/namespaces"] }))
        .reply(200, json!({ "identifiers": [{ "namespace": ["a", "b"], "name": "t" }], "next-page-token": "n" }))
        .reply(200, loaded())
        .reply(204, "");
    let catalog = catalog(&mock);
    catalog
        .rename_table((["a", "b"], "t"), ("c", "u"))
        .await
        .unwrap();
    let file = "s3://bucket/t/metadata/2.json";
    catalog.register_table(("a", "t"), file).await.unwrap();
    catalog
        .register_table((["a", "b"], "t"), file)
        .overwrite()
        .await
        .unwrap();
    let changed = catalog
        .update_namespace_properties(["a", "b"])
        .set("owner", "Ada")
        .remove("team")
        .await
        .unwrap();
    assert_eq!(changed.missing, Some(vec!["team".to_owned()]));
    let config = catalog.config().await.unwrap();
    let moved = catalog.prefix(config.prefix().unwrap());
    let page = moved
        .list_tables("a")
        .page_size(1)
        .page_token("m")
        .await
        .unwrap();
    assert_eq!(page.identifiers, [TableIdent::new(["a", "b"], "t")]);
    assert_eq!(page.next_page_token.as_deref(), Some("n"));
    catalog
        .load_table(("a", "t"))
        .snapshots(Snapshots::Refs)
        .await
        .unwrap();
    catalog.drop_table(("a", "t")).purge().await.unwrap();

    let sent: Vec<_> = mock.requests().iter().map(line).collect();
    let wanted = [
        (
            "POST warehouse/tables/rename",
            json!({
                "source": { "namespace": ["a", "b"], "name": "t" },
                "destination": { "namespace": ["c"], "name": "u" },
            }),
        ),
        (
            "POST warehouse/namespaces/a/register",
            json!({ "name": "t", "metadata-location": file }),
        ),
        (
            "POST warehouse/namespaces/a%1Fb/register",
            json!({ "name": "t", "metadata-location": file, "overwrite": true }),
        ),
        (
            "POST warehouse/namespaces/a%1Fb/properties",
            json!({ "removals": ["team"], "updates": { "owner": "Ada" } }),
        ),
        ("GET config?warehouse=warehouse", Value::Null),
        (
            "GET a%20b/namespaces/a/tables?pageToken=m&pageSize=1",
            Value::Null,
        ),
        (
            "GET warehouse/namespaces/a/tables/t?snapshots=refs",
            Value::Null,
        ),
        (
            "DELETE warehouse/namespaces/a/tables/t?purgeRequested=true",
            Value::Null,
        ),
    ];
    let wanted: Vec<_> = wanted
        .into_iter()
        .map(|(line, body)| (line.to_owned(), body))
        .collect();
    assert_eq!(sent, wanted);
    mock.assert_done();
}

#[test]
fn a_table_is_read_with_nothing_lost() {
    let table: Table = serde_json::from_value(loaded()).unwrap();
    assert_eq!(serde_json::to_value(&table).unwrap(), loaded());
    let shown = format!("{table:?}");
    assert!(!shown.contains("hush") && shown.contains("t-1"), "{shown}");
    let schema = table.metadata.current_schema().unwrap();
    assert_eq!(schema.fields[1].kind, Type::decimal(9, 2));
    assert_eq!(schema.fields[2].kind, Type::list(4, Type::string(), true));
    assert!(matches!(schema.fields[5].kind, Type::Other(_)));
    let specs = table.metadata.partition_specs.as_ref().unwrap();
    assert_eq!(specs[0].fields[0].transform, ColumnTransform::Bucket(16));
    assert_eq!(
        table.metadata.current_snapshot().unwrap().snapshot_id,
        9_007_199_254_740_993
    );
}

#[test]
fn commits_are_written_as_specified_and_read_back() {
    let requirements = json!([
        { "type": "assert-create" },
        { "type": "assert-table-uuid", "uuid": "t-1" },
        { "type": "assert-ref-snapshot-id", "ref": "main", "snapshot-id": null },
        { "type": "assert-ref-snapshot-id", "ref": "main", "snapshot-id": 9 },
        { "type": "assert-last-assigned-field-id", "last-assigned-field-id": 1 },
        { "type": "assert-current-schema-id", "current-schema-id": 2 },
        { "type": "assert-last-assigned-partition-id", "last-assigned-partition-id": 3 },
        { "type": "assert-default-spec-id", "default-spec-id": 4 },
        { "type": "assert-default-sort-order-id", "default-sort-order-id": 5 },
        { "type": "assert-view-uuid", "uuid": "v" },
    ]);
    let read: Vec<TableRequirement> = serde_json::from_value(requirements.clone()).unwrap();
    let others = read
        .iter()
        .filter(|one| matches!(one, TableRequirement::Other(_)));
    assert_eq!(others.count(), 1);
    assert_eq!(serde_json::to_value(&read).unwrap(), requirements);

    let updates = json!([
        { "action": "assign-uuid", "uuid": "t-1" },
        { "action": "upgrade-format-version", "format-version": 2 },
        { "action": "add-schema", "schema": { "type": "struct", "fields": [] }, "last-column-id": 1 },
        { "action": "set-current-schema", "schema-id": -1 },
        { "action": "add-spec", "spec": { "fields": [] } },
        { "action": "set-default-spec", "spec-id": -1 },
        { "action": "add-sort-order", "sort-order": { "order-id": 0, "fields": [] } },
        { "action": "set-default-sort-order", "sort-order-id": -1 },
        { "action": "add-snapshot", "snapshot": { "snapshot-id": 9, "timestamp-ms": 1, "manifest-list": "s3://m",
            "summary": { "operation": "append" } } },
        { "action": "set-snapshot-ref", "ref-name": "main", "type": "branch", "snapshot-id": 9 },
        { "action": "remove-snapshots", "snapshot-ids": [9] },
        { "action": "remove-snapshot-ref", "ref-name": "old" },
        { "action": "set-location", "location": "s3://l" },
        { "action": "set-properties", "updates": { "a": "b" } },
        { "action": "remove-properties", "removals": ["a"] },
        { "action": "remove-partition-specs", "spec-ids": [1] },
        { "action": "remove-schemas", "schema-ids": [1] },
        { "action": "set-something-new", "snapshot-id": 9 },
    ]);
    let read: Vec<TableUpdate> = serde_json::from_value(updates.clone()).unwrap();
    let others = read
        .iter()
        .filter(|one| matches!(one, TableUpdate::Other(_)));
    assert_eq!(others.count(), 1);
    assert_eq!(serde_json::to_value(&read).unwrap(), updates);
    assert_eq!(
        read[8],
        TableUpdate::AddSnapshot {
            snapshot: Snapshot::new(9, 1, "s3://m", "append")
        }
    );
    assert_eq!(
        read[9],
        TableUpdate::SetSnapshotRef {
            ref_name: "main".to_owned(),
            reference: SnapshotRef::branch(9)
        }
    );
    assert_eq!(SnapshotRef::tag(9).kind, "tag");
}

#[test]
fn names_cannot_leave_their_place() {
    let mock = MockTransport::new();
    let analytics = over(&mock).analytics();
    let warehouse = analytics.catalog("warehouse");
    for name in ["", ".", "..", "a\u{1f}b", "a\0b"] {
        refused(warehouse.drop_namespace(name).into_request(), "namespace");
        refused(
            warehouse.load_table((name, "t")).into_request(),
            "namespace",
        );
        refused(warehouse.load_table(("n", name)).into_request(), "table");
        refused(warehouse.table_exists(("n", name)).into_request(), "table");
        refused(
            warehouse
                .rename_table(("n", "t"), ("n", name))
                .into_request(),
            "table",
        );
        refused(warehouse.create_namespace(name).into_request(), "namespace");
        refused(
            warehouse.list_namespaces().parent(name).into_request(),
            "namespace",
        );
    }
    let none = Namespace::new::<String>([]);
    refused(
        warehouse.load_namespace(none).into_request(),
        "at least one level",
    );
    let odd = warehouse
        .drop_table(("a/b", "../t?x#y%2F"))
        .into_request()
        .unwrap();
    assert_eq!(
        odd.uri().path(),
        "/storage/v1/iceberg/v1/warehouse/namespaces/a%2Fb/tables/..%2Ft%3Fx%23y%252F"
    );
    refused(
        analytics.catalog("a/b").list_namespaces().into_request(),
        "slash",
    );
    refused(analytics.delete_bucket("..").into_request(), "bucket");
    let prefixed = warehouse
        .prefix("a/../b")
        .list_namespaces()
        .into_request()
        .unwrap();
    assert_eq!(
        prefixed.uri().path(),
        "/storage/v1/iceberg/v1/a%2F..%2Fb/namespaces"
    );

    refused(
        warehouse.list_tables("n").page_size(0).into_request(),
        "at least one",
    );
    refused(
        warehouse.register_table(("n", "t"), "").into_request(),
        "location",
    );
    let update = || warehouse.update_namespace_properties("n");
    refused(update().into_request(), "nothing would change");
    refused(update().set("a", "1").remove("a").into_request(), "\"a\"");
    let by_id = analytics
        .list_buckets()
        .sort_by(crate::BucketSort::Id, crate::SortOrder::Ascending);
    refused(by_id.into_request(), "by id");
}

#[tokio::test]
async fn a_server_without_the_route_is_told_apart() {
    let missing = json!({
        "statusCode": "404", "error": "Not Found", "code": "InvalidRequest",
        "message": "Route POST:/iceberg/v1/warehouse/tables/rename not found",
    });
    let mock = MockTransport::new().reply(404, missing);
    let error = catalog(&mock)
        .rename_table(("a", "t"), ("a", "u"))
        .await
        .unwrap_err();
    assert!(
        error
            .message()
            .starts_with("this server does not have this call"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn commits_are_sent_once_and_reads_again() {
    let mock = MockTransport::new()
        .reply(503, "")
        .reply(200, loaded())
        .reply(503, "")
        .reply_with(Exchange::fail(TransportErrorKind::Interrupted))
        .reply(502, "")
        .reply(
            409,
            json!({ "error": { "message": "m", "type": "CommitFailedException", "code": 409 } }),
        );
    let catalog = catalog(&mock);
    catalog.load_table(("a", "t")).await.unwrap();
    let commit = || {
        catalog
            .commit_table(("a", "t"))
            .set_property("k", "v")
            .into_future()
    };
    let busy = commit().await.unwrap_err();
    assert!(!is_commit_state_unknown(&busy));
    let cut = commit().await.unwrap_err();
    assert!(is_commit_state_unknown(&cut));
    let gateway = commit().await.unwrap_err();
    assert!(is_commit_state_unknown(&gateway) && !is_commit_failed(&gateway));
    let failed = commit().await.unwrap_err();
    assert!(is_commit_failed(&failed) && !is_commit_state_unknown(&failed));
    mock.assert_done();
}
