//! Analytics buckets: tables of [Apache Iceberg](https://iceberg.apache.org), and the catalog that knows them.
//!
//! Begin with [`StorageClient::analytics`](crate::StorageClient::analytics). All calls need a secret key, which belongs
//! on servers. The catalog speaks the [Iceberg REST
//! protocol](https://github.com/apache/iceberg/blob/main/open-api/rest-catalog-open-api.yaml); it holds what is known of
//! tables, their rows are read and written by an engine.
//!
//! Reads are tried again. Changes are sent again only if no connection could be made; what to do when the answer to a
//! commit is lost, tells [`is_commit_state_unknown`].

mod bucket;
mod catalog;
mod commit;
mod metadata;
mod names;
mod namespaces;
mod schema;
mod statistics;
mod tables;
#[cfg(test)]
mod tests;

pub use self::bucket::{CreateAnalyticsBucket, DeleteAnalyticsBucket, ListAnalyticsBuckets};
pub use self::catalog::{
    CatalogCall, CatalogExists, GetCatalogConfig, IcebergCatalog, is_commit_failed,
    is_commit_state_unknown,
};
pub use self::commit::{TableRequirement, TableUpdate};
pub use self::metadata::{
    AnalyticsBucket, CatalogConfig, NamespaceMetadata, NamespacePage, Snapshot, SnapshotRef, Table,
    TableMetadata, TablePage, UpdatedProperties,
};
pub use self::names::{Namespace, TableIdent};
pub use self::namespaces::{
    CreateNamespace, ListNamespaces, LoadNamespace, UpdateNamespaceProperties,
};
pub use self::schema::{
    ColumnTransform, Field, NestedType, PartitionField, PartitionSpec, Schema, Type, WriteOrder,
    WriteOrderField,
};
pub use self::statistics::{BlobMetadata, EncryptedKey, PartitionStatisticsFile, StatisticsFile};
pub use self::tables::{
    CommitTable, CreateTable, DropTable, ListTables, LoadTable, RegisterTable, Snapshots,
};

use std::fmt;

use supabase_http::ServiceClient;

use crate::StorageClient;

impl StorageClient {
    /// The analytics buckets. Whoever uses them has a secret key.
    ///
    /// ```no_run
    /// # async fn demo(storage: storage_rs::StorageClient) -> Result<(), storage_rs::Error> {
    /// let warehouse = storage.analytics().catalog("warehouse");
    /// let events = warehouse.load_table(("sales", "events")).await?;
    /// println!("{:?}", events.metadata.current_schema());
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn analytics(&self) -> AnalyticsClient {
        AnalyticsClient {
            service: self.service.clone(),
        }
    }
}

/// The analytics buckets of a project.
///
/// ```no_run
/// # async fn demo(storage: storage_rs::StorageClient) -> Result<(), storage_rs::Error> {
/// let analytics = storage.analytics();
/// analytics.create_bucket("warehouse").await?;
/// for bucket in analytics.list_buckets().search("ware").limit(10).await? {
///     println!("{}", bucket.name);
/// }
/// println!("{:?}", analytics.catalog("warehouse").list_namespaces().await?.namespaces);
/// analytics.delete_bucket("warehouse").await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct AnalyticsClient {
    service: ServiceClient,
}

impl AnalyticsClient {
    /// Makes an analytics bucket. `POST /iceberg/bucket`.
    ///
    /// # Errors
    /// When awaited: [`is_already_exists`](crate::Error::is_already_exists).
    pub fn create_bucket(&self, name: impl Into<String>) -> CreateAnalyticsBucket {
        CreateAnalyticsBucket::new(&self.service, name.into())
    }

    /// The analytics buckets. `GET /iceberg/bucket`.
    ///
    /// # Errors
    /// When awaited.
    pub fn list_buckets(&self) -> ListAnalyticsBuckets {
        ListAnalyticsBuckets::new(&self.service)
    }

    /// Deletes an analytics bucket, in which there must be no tables. `DELETE /iceberg/bucket/{name}`.
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found).
    pub fn delete_bucket(&self, name: impl Into<String>) -> DeleteAnalyticsBucket {
        DeleteAnalyticsBucket::new(&self.service, name.into())
    }

    /// The catalog of a bucket. Nothing is sent. An id that cannot be one is an error of the calls on it, before
    /// anything is sent.
    #[must_use]
    pub fn catalog(&self, bucket: impl Into<String>) -> IcebergCatalog {
        IcebergCatalog::new(self.service.clone(), bucket.into())
    }
}

impl fmt::Debug for AnalyticsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnalyticsClient")
            .field("service", &self.service)
            .finish()
    }
}
