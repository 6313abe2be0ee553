//! No secret is shown by the types of vector and analytics buckets.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use canary::{CANARY, quiet};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use storage_rs::analytics::*;
use storage_rs::vectors::*;
use storage_rs::{AccessToken, StorageClient};
use supabase_http::HttpClient;
use supabase_http::testing::MockTransport;

/// A client with secrets wherever one can be.
fn storage() -> StorageClient {
    let http = HttpClient::builder()
        .transport(MockTransport::new())
        .build()
        .unwrap();
    StorageClient::with_http(http, "http://project.test", "sb_publishable_canary")
        .unwrap()
        .with_token(AccessToken::parse("eyJcanary.canary.canary").unwrap())
        .with_header("x-app", CANARY)
        .unwrap()
}

fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

#[test]
fn builders_of_vectors_keep_them() {
    let vectors = storage().vectors();
    let bucket = vectors.bucket(CANARY);
    let index = bucket.index(CANARY);
    quiet::<VectorsClient>(&vectors);
    quiet::<VectorBucketClient>(&bucket);
    quiet::<VectorIndexClient>(&index);
    quiet::<VectorCall>(&vectors.create_bucket(CANARY).header("x-secret", CANARY));
    quiet::<VectorCall>(&vectors.delete_bucket(CANARY));
    quiet::<GetVectorBucket>(&vectors.get_bucket(CANARY).header("x-secret", CANARY));
    quiet::<ListVectorBuckets>(&vectors.list_buckets().next_token(CANARY));
    quiet::<CreateVectorIndex>(&bucket.create_index(CANARY, 3, DistanceMetric::Cosine));
    quiet::<GetVectorIndex>(&bucket.get_index(CANARY));
    quiet::<ListVectorIndexes>(&bucket.list_indexes().next_token(CANARY));
    quiet::<PutVectors>(&index.put([Vector::new(CANARY, [1.0])]));
    quiet::<GetVectors>(&index.get([CANARY]).header("x-secret", CANARY));
    quiet::<ListVectors>(&index.list().next_token(CANARY));
    quiet::<VectorStream>(&index.list().next_token(CANARY).vectors());
    quiet::<QueryVectors>(&index.query([1.0]).filter(VectorFilter::eq("a", CANARY)));
}

#[test]
fn what_vectors_hold_is_no_secret() {
    quiet::<Vector>(&Vector::new("a", [1.0]));
    quiet::<VectorFilter>(&VectorFilter::eq("a", 1));
    quiet::<DistanceMetric>(&DistanceMetric::Cosine);
    quiet::<MetadataConfiguration>(&MetadataConfiguration::default());
    quiet::<CreationTime>(&CreationTime::Seconds(1.into()));
    quiet::<EncryptionConfiguration>(&read(json!({ "sseType": "AES256" })));
    quiet::<VectorBucket>(&read(json!({ "vectorBucketName": "a" })));
    quiet::<VectorBucketPage>(&VectorBucketPage::default());
    quiet::<VectorIndexSummary>(&read(json!({ "indexName": "a" })));
    quiet::<VectorIndexPage>(&VectorIndexPage::default());
    quiet::<VectorIndex>(&read(json!({
        "indexName": "a", "dataType": "float32", "dimension": 3, "distanceMetric": "cosine",
    })));
    quiet::<StoredVector>(&read(json!({ "key": "a" })));
    quiet::<VectorPage>(&VectorPage::default());
    quiet::<QueryMatches>(&QueryMatches::default());
}

#[test]
fn builders_of_catalogs_keep_them() {
    let analytics = storage().analytics();
    let catalog = analytics.catalog(CANARY).prefix(CANARY);
    let table = || TableIdent::new(CANARY, CANARY);
    quiet::<AnalyticsClient>(&analytics);
    quiet::<IcebergCatalog>(&catalog);
    quiet::<CreateAnalyticsBucket>(&analytics.create_bucket(CANARY).header("x-secret", CANARY));
    quiet::<ListAnalyticsBuckets>(&analytics.list_buckets().search(CANARY));
    quiet::<DeleteAnalyticsBucket>(&analytics.delete_bucket(CANARY));
    quiet::<GetCatalogConfig>(&catalog.config().header("x-secret", CANARY));
    quiet::<ListNamespaces>(&catalog.list_namespaces().page_token(CANARY));
    quiet::<CreateNamespace>(&catalog.create_namespace(CANARY).property("a", CANARY));
    quiet::<LoadNamespace>(&catalog.load_namespace(CANARY));
    quiet::<CatalogExists>(&catalog.table_exists(table()));
    quiet::<UpdateNamespaceProperties>(
        &catalog.update_namespace_properties(CANARY).set("a", CANARY),
    );
    quiet::<CatalogCall>(&catalog.rename_table(table(), table()));
    quiet::<ListTables>(&catalog.list_tables(CANARY).page_token(CANARY));
    quiet::<CreateTable>(
        &catalog
            .create_table(table(), Schema::new([]))
            .property("a", CANARY),
    );
    quiet::<LoadTable>(&catalog.load_table(table()));
    quiet::<CommitTable>(&catalog.commit_table(table()).set_property("a", CANARY));
    quiet::<RegisterTable>(&catalog.register_table(table(), CANARY));
    quiet::<DropTable>(&catalog.drop_table(table()));
}

#[test]
fn how_files_are_reached_is_not_shown() {
    let secrets = json!({ "s3.secret-access-key": CANARY });
    let metadata = json!({ "format-version": 2, "table-uuid": "t" });
    quiet::<CatalogConfig>(&read(
        json!({ "defaults": secrets, "overrides": { "prefix": "w", "token": CANARY }, "more": CANARY }),
    ));
    quiet::<Table>(&read(
        json!({ "metadata": metadata, "config": secrets, "storage-credentials": [secrets] }),
    ));
}

#[test]
fn what_catalogs_hold_is_no_secret() {
    quiet::<TableMetadata>(&TableMetadata::default());
    quiet::<AnalyticsBucket>(&read(json!({ "name": "a" })));
    quiet::<Namespace>(&Namespace::from("a"));
    quiet::<TableIdent>(&TableIdent::new("a", "b"));
    quiet::<NamespacePage>(&NamespacePage::default());
    quiet::<NamespaceMetadata>(&NamespaceMetadata::default());
    quiet::<UpdatedProperties>(&UpdatedProperties::default());
    quiet::<TablePage>(&TablePage::default());
    quiet::<Snapshot>(&Snapshot::new(1, 1, "s3://m", "append"));
    quiet::<SnapshotRef>(&SnapshotRef::branch(1));
    quiet::<Snapshots>(&Snapshots::All);
    quiet::<StatisticsFile>(&StatisticsFile::new(1, "s3://m", 1, 1));
    quiet::<BlobMetadata>(&read(
        json!({ "type": "t", "snapshot-id": 1, "sequence-number": 1, "fields": [1] }),
    ));
    quiet::<PartitionStatisticsFile>(&PartitionStatisticsFile::new(1, "s3://m", 1));
    quiet::<EncryptedKey>(&EncryptedKey::new("k", CANARY));
    quiet::<TableRequirement>(&TableRequirement::AssertCreate);
    quiet::<TableUpdate>(&TableUpdate::SetCurrentSchema { schema_id: -1 });
    quiet::<Schema>(&Schema::new([]));
    quiet::<Field>(&Field::required(1, "a", Type::long()));
    quiet::<Type>(&Type::list(1, Type::int(), true));
    quiet::<NestedType>(&NestedType::Struct { fields: Vec::new() });
    quiet::<ColumnTransform>(&ColumnTransform::Day);
    quiet::<PartitionSpec>(&PartitionSpec::new([]));
    quiet::<PartitionField>(&PartitionField::new(1, "a", ColumnTransform::Day));
    quiet::<WriteOrder>(&WriteOrder::new(0, []));
    quiet::<WriteOrderField>(&WriteOrderField::new(1, ColumnTransform::Day));
}
