//! What a commit demands of a table, and what it changes.
//!
//! By `TableRequirement` and `TableUpdate` of the [catalog's
//! specification](https://github.com/apache/iceberg/blob/main/open-api/rest-catalog-open-api.yaml).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::metadata::{Snapshot, SnapshotRef};
use super::schema::{PartitionSpec, Schema, WriteOrder};
use super::statistics::{EncryptedKey, PartitionStatisticsFile, StatisticsFile};

/// What must hold of a table for a commit to be done.
///
/// ```
/// use storage_rs::analytics::TableRequirement;
///
/// let same = TableRequirement::AssertTableUuid { uuid: "t-1".to_owned() };
/// let other = TableRequirement::Other(serde_json::json!({ "type": "assert-something-new" }));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
#[non_exhaustive]
pub enum TableRequirement {
    /// The table does not exist yet.
    AssertCreate,
    /// It is the table of this id.
    AssertTableUuid {
        /// The id.
        uuid: String,
    },
    /// A branch or tag is at this state, or does not exist.
    AssertRefSnapshotId {
        /// Its name.
        r#ref: String,
        /// The state; `None` if there must be no such branch or tag.
        snapshot_id: Option<i64>,
    },
    /// This is the highest id of a column.
    AssertLastAssignedFieldId {
        /// The id.
        last_assigned_field_id: i32,
    },
    /// This is the schema.
    AssertCurrentSchemaId {
        /// Its number.
        current_schema_id: i32,
    },
    /// This is the highest id of a field of a partition.
    AssertLastAssignedPartitionId {
        /// The id.
        last_assigned_partition_id: i32,
    },
    /// Files are split in this way.
    AssertDefaultSpecId {
        /// Its number.
        default_spec_id: i32,
    },
    /// Rows are sorted in this way.
    AssertDefaultSortOrderId {
        /// Its number.
        default_sort_order_id: i32,
    },
    /// What newer servers know: an object with its `type`.
    #[serde(untagged)]
    Other(Value),
}

/// A change of a table.
///
/// ```
/// use storage_rs::analytics::{Field, Schema, TableUpdate, Type};
///
/// let widen = [
///     TableUpdate::AddSchema { schema: Schema::new([Field::required(1, "id", Type::long())]), last_column_id: None },
///     TableUpdate::SetCurrentSchema { schema_id: -1 },              // -1 is the one that was added last
/// ];
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "action",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
#[non_exhaustive]
pub enum TableUpdate {
    /// Gives a new table its id.
    AssignUuid {
        /// The id.
        uuid: String,
    },
    /// Goes to a newer version of the format.
    UpgradeFormatVersion {
        /// The version.
        format_version: u8,
    },
    /// Adds a schema.
    AddSchema {
        /// The schema.
        schema: Schema,
        /// The highest id of a column; servers find it themselves.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last_column_id: Option<i32>,
    },
    /// Uses a schema.
    SetCurrentSchema {
        /// Its number; −1 is the one that was added last.
        schema_id: i32,
    },
    /// Adds a way to split files.
    AddSpec {
        /// The way.
        spec: PartitionSpec,
    },
    /// Splits files in this way.
    SetDefaultSpec {
        /// Its number; −1 is the one that was added last.
        spec_id: i32,
    },
    /// Adds an order.
    AddSortOrder {
        /// The order.
        sort_order: WriteOrder,
    },
    /// Sorts rows by this order.
    SetDefaultSortOrder {
        /// Its number; −1 is the one that was added last.
        sort_order_id: i32,
    },
    /// Adds a state.
    AddSnapshot {
        /// The state.
        snapshot: Snapshot,
    },
    /// Sets a branch or tag.
    SetSnapshotRef {
        /// Its name, such as `main`.
        ref_name: String,
        /// What it is, and at which state.
        #[serde(flatten)]
        reference: SnapshotRef,
    },
    /// Removes states.
    RemoveSnapshots {
        /// Their ids.
        snapshot_ids: Vec<i64>,
    },
    /// Removes a branch or tag.
    RemoveSnapshotRef {
        /// Its name.
        ref_name: String,
    },
    /// Moves the table.
    SetLocation {
        /// Where new files go.
        location: String,
    },
    /// Sets properties.
    SetProperties {
        /// Their values.
        updates: BTreeMap<String, String>,
    },
    /// Removes properties.
    RemoveProperties {
        /// Their names.
        removals: Vec<String>,
    },
    /// Removes ways to split files.
    RemovePartitionSpecs {
        /// Their numbers.
        spec_ids: Vec<i32>,
    },
    /// Removes schemas.
    RemoveSchemas {
        /// Their numbers.
        schema_ids: Vec<i32>,
    },
    /// Sets the statistics of a state.
    SetStatistics {
        /// The state, for older servers; newer ones read it from the statistics.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        snapshot_id: Option<i64>,
        /// The statistics.
        statistics: StatisticsFile,
    },
    /// Removes the statistics of a state.
    RemoveStatistics {
        /// The state.
        snapshot_id: i64,
    },
    /// Sets the statistics of the partitions of a state.
    SetPartitionStatistics {
        /// The statistics.
        partition_statistics: PartitionStatisticsFile,
    },
    /// Removes the statistics of the partitions of a state.
    RemovePartitionStatistics {
        /// The state.
        snapshot_id: i64,
    },
    /// Adds a key of encrypted files.
    AddEncryptionKey {
        /// The key.
        encryption_key: EncryptedKey,
    },
    /// Removes a key of encrypted files.
    RemoveEncryptionKey {
        /// Its id.
        key_id: String,
    },
    /// What newer servers know: an object with its `action`.
    #[serde(untagged)]
    Other(Value),
}
