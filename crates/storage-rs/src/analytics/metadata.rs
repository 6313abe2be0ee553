//! What a catalog knows: buckets, namespaces, tables and their metadata.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::names::{Namespace, TableIdent};
use super::schema::{PartitionSpec, Schema, WriteOrder};

/// An analytics bucket. Times are the service's own texts, ISO 8601 in UTC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AnalyticsBucket {
    /// Its id; older servers tell only the name, which is the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// Its kind: `ANALYTICS`. Not all servers tell.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// How tables are kept: `iceberg`. Not all servers tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// When it changed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// How a catalog is to be used. It may hold passwords: `Debug` shows no values but the prefix.
///
/// ```
/// use storage_rs::analytics::CatalogConfig;
///
/// let config: CatalogConfig = serde_json::from_str(r#"{ "defaults": {}, "overrides": { "prefix": "w" } }"#)?;
/// assert_eq!(config.prefix(), Some("w"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CatalogConfig {
    /// What holds unless a client says otherwise.
    #[serde(default)]
    pub defaults: BTreeMap<String, String>,
    /// What holds whatever a client says.
    #[serde(default)]
    pub overrides: BTreeMap<String, String>,
    /// The routes that the server has, such as `POST /v1/{prefix}/tables/rename`, if it tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<Vec<String>>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl CatalogConfig {
    /// The part of the path below which the catalog is, for [`IcebergCatalog::prefix`](super::IcebergCatalog::prefix).
    #[must_use]
    pub fn prefix(&self) -> Option<&str> {
        self.overrides
            .get("prefix")
            .or_else(|| self.defaults.get("prefix"))
            .map(String::as_str)
    }
}

impl std::fmt::Debug for CatalogConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CatalogConfig")
            .field("prefix", &self.prefix())
            .field("endpoints", &self.endpoints)
            .finish_non_exhaustive()
    }
}

/// A page of a list of namespaces.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NamespacePage {
    /// The namespaces.
    #[serde(default)]
    pub namespaces: Vec<Namespace>,
    /// Where the next page begins, if there is one.
    #[serde(
        rename = "next-page-token",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub next_page_token: Option<String>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A namespace with its properties.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NamespaceMetadata {
    /// Its name. Not all servers repeat it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<Namespace>,
    /// Its properties; `None` where the server keeps none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<BTreeMap<String, String>>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Which properties of a namespace were changed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UpdatedProperties {
    /// Those that were set.
    #[serde(default)]
    pub updated: Vec<String>,
    /// Those that were removed.
    #[serde(default)]
    pub removed: Vec<String>,
    /// Those that were to be removed and were not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<Vec<String>>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A page of a list of tables.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TablePage {
    /// The tables.
    #[serde(default)]
    pub identifiers: Vec<TableIdent>,
    /// Where the next page begins, if there is one.
    #[serde(
        rename = "next-page-token",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub next_page_token: Option<String>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A table as it was loaded, made, registered or changed.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Table {
    /// Where its metadata file is; a staged table has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata_location: Option<String>,
    /// Its metadata.
    pub metadata: TableMetadata,
    /// How its files are reached. It may hold passwords: it is not shown by `Debug`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<BTreeMap<String, String>>,
    /// What else the server says, such as `storage-credentials`; not shown by `Debug` either.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table")
            .field("metadata_location", &self.metadata_location)
            .field("metadata", &self.metadata)
            .finish_non_exhaustive()
    }
}

/// What is known of a table, by the [table specification](https://iceberg.apache.org/spec/#table-metadata-fields).
///
/// ```
/// use storage_rs::analytics::TableMetadata;
///
/// let new: TableMetadata = serde_json::from_str(r#"{ "format-version": 2, "table-uuid": "t-1" }"#)?;
/// assert!(new.current_schema().is_none() && new.current_snapshot().is_none());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct TableMetadata {
    /// The version of the format: 1 to 3.
    pub format_version: u8,
    /// The id of the table.
    pub table_uuid: String,
    /// Below which URL its files are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// When it changed last, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_updated_ms: Option<i64>,
    /// The properties.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<BTreeMap<String, String>>,
    /// All schemas that it had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schemas: Option<Vec<Schema>>,
    /// Which of them it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_schema_id: Option<i32>,
    /// The highest id of a column so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_column_id: Option<i32>,
    /// All ways in which it was split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition_specs: Option<Vec<PartitionSpec>>,
    /// By which of them new files are split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_spec_id: Option<i32>,
    /// The highest id of a field of these so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_partition_id: Option<i32>,
    /// All orders in which it was sorted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort_orders: Option<Vec<WriteOrder>>,
    /// By which of them new files are sorted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_sort_order_id: Option<i32>,
    /// The states of the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshots: Option<Vec<Snapshot>>,
    /// Which of them it has; servers say −1 for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_snapshot_id: Option<i64>,
    /// The names of states: branches and tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refs: Option<BTreeMap<String, SnapshotRef>>,
    /// The highest number of a change so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_sequence_number: Option<i64>,
    /// What else the server says: logs, statistics and so on.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl TableMetadata {
    /// The schema that the table has.
    #[must_use]
    pub fn current_schema(&self) -> Option<&Schema> {
        let mut schemas = self.schemas.iter().flatten();
        schemas.find(|schema| schema.schema_id == self.current_schema_id)
    }

    /// The state that the table has.
    #[must_use]
    pub fn current_snapshot(&self) -> Option<&Snapshot> {
        let current = self.current_snapshot_id?;
        let mut snapshots = self.snapshots.iter().flatten();
        snapshots.find(|snapshot| snapshot.snapshot_id == current)
    }
}

/// A state of a table.
///
/// ```
/// use storage_rs::analytics::{Snapshot, SnapshotRef, TableUpdate};
///
/// let snapshot = Snapshot::new(7, 1_767_225_600_000, "s3://bucket/events/metadata/snap-7.avro", "append");
/// let commit = [
///     TableUpdate::AddSnapshot { snapshot },
///     TableUpdate::SetSnapshotRef { ref_name: "main".to_owned(), reference: SnapshotRef::branch(7) },
/// ];
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Snapshot {
    /// Its id.
    pub snapshot_id: i64,
    /// The one that it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_snapshot_id: Option<i64>,
    /// The number of the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<i64>,
    /// When it was made, in milliseconds since 1970.
    pub timestamp_ms: i64,
    /// Where the list of its files is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest_list: Option<String>,
    /// What was changed: `operation`, and counts.
    #[serde(default)]
    pub summary: BTreeMap<String, String>,
    /// The schema that it was written by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_id: Option<i32>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Snapshot {
    /// A new state, whose files are listed at this URL. `operation` is `append`, `replace`, `overwrite` or `delete`.
    #[must_use]
    pub fn new(
        id: i64,
        timestamp_ms: i64,
        manifest_list: impl Into<String>,
        operation: impl Into<String>,
    ) -> Self {
        Self {
            snapshot_id: id,
            parent_snapshot_id: None,
            sequence_number: None,
            timestamp_ms,
            manifest_list: Some(manifest_list.into()),
            summary: BTreeMap::from([("operation".to_owned(), operation.into())]),
            schema_id: None,
            other: Map::new(),
        }
    }
}

/// A branch or tag: a name of a state.
///
/// ```
/// use storage_rs::analytics::SnapshotRef;
///
/// assert_eq!(SnapshotRef::branch(7).kind, "branch");
/// assert_eq!(SnapshotRef::tag(7).kind, "tag");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct SnapshotRef {
    /// `branch` or `tag`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The state.
    pub snapshot_id: i64,
    /// How long the name is kept, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_ref_age_ms: Option<i64>,
    /// How long older states of a branch are kept, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_snapshot_age_ms: Option<i64>,
    /// How many older states of a branch are kept at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_snapshots_to_keep: Option<i32>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl SnapshotRef {
    /// A branch at this state.
    #[must_use]
    pub fn branch(snapshot_id: i64) -> Self {
        Self {
            kind: "branch".to_owned(),
            snapshot_id,
            max_ref_age_ms: None,
            max_snapshot_age_ms: None,
            min_snapshots_to_keep: None,
            other: Map::new(),
        }
    }

    /// A tag of this state.
    #[must_use]
    pub fn tag(snapshot_id: i64) -> Self {
        Self {
            kind: "tag".to_owned(),
            ..Self::branch(snapshot_id)
        }
    }
}
