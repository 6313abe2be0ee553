//! What is known of a table beside its rows: statistics, and the keys of encrypted files.
//!
//! By `StatisticsFile`, `PartitionStatisticsFile` and `EncryptedKey` of the [catalog's
//! specification](https://github.com/apache/iceberg/blob/main/open-api/rest-catalog-open-api.yaml).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A file of statistics of a state of a table.
///
/// ```
/// use storage_rs::analytics::{StatisticsFile, TableUpdate};
///
/// let statistics = StatisticsFile::new(7, "s3://bucket/events/metadata/7.stats", 2048, 128);
/// let update = TableUpdate::SetStatistics { snapshot_id: None, statistics };
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct StatisticsFile {
    /// The state.
    pub snapshot_id: i64,
    /// Where the file is.
    pub statistics_path: String,
    /// How large it is, in bytes.
    pub file_size_in_bytes: i64,
    /// How large its footer is, in bytes.
    pub file_footer_size_in_bytes: i64,
    /// What is in it.
    pub blob_metadata: Vec<BlobMetadata>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl StatisticsFile {
    /// A file of these sizes in bytes, with nothing said of what is in it.
    #[must_use]
    pub fn new(
        snapshot_id: i64,
        path: impl Into<String>,
        file_size: i64,
        footer_size: i64,
    ) -> Self {
        Self {
            snapshot_id,
            statistics_path: path.into(),
            file_size_in_bytes: file_size,
            file_footer_size_in_bytes: footer_size,
            blob_metadata: Vec::new(),
            other: Map::new(),
        }
    }
}

/// A part of a file of statistics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct BlobMetadata {
    /// Its kind, such as `apache-datasketches-theta-v1`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The state that it was made from.
    pub snapshot_id: i64,
    /// The number of that change.
    pub sequence_number: i64,
    /// The columns, by their ids.
    pub fields: Vec<i32>,
    /// Its properties.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<BTreeMap<String, String>>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A file of statistics of the partitions of a state of a table.
///
/// ```
/// use storage_rs::analytics::{PartitionStatisticsFile, TableUpdate};
///
/// let partition_statistics = PartitionStatisticsFile::new(7, "s3://bucket/events/metadata/7.parquet", 2048);
/// let update = TableUpdate::SetPartitionStatistics { partition_statistics };
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct PartitionStatisticsFile {
    /// The state.
    pub snapshot_id: i64,
    /// Where the file is.
    pub statistics_path: String,
    /// How large it is, in bytes.
    pub file_size_in_bytes: i64,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl PartitionStatisticsFile {
    /// A file of this size in bytes.
    #[must_use]
    pub fn new(snapshot_id: i64, path: impl Into<String>, file_size: i64) -> Self {
        Self {
            snapshot_id,
            statistics_path: path.into(),
            file_size_in_bytes: file_size,
            other: Map::new(),
        }
    }
}

/// A key of encrypted files, itself encrypted. `Debug` shows nothing but the ids.
///
/// ```
/// use storage_rs::analytics::{EncryptedKey, TableUpdate};
///
/// let encryption_key = EncryptedKey::new("k-1", "3q2+7w==").by("root");
/// let update = TableUpdate::AddEncryptionKey { encryption_key };
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct EncryptedKey {
    /// Its id.
    pub key_id: String,
    /// The encrypted key with what belongs to it, in base64.
    pub encrypted_key_metadata: String,
    /// The id of the key that it is encrypted with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encrypted_by_id: Option<String>,
    /// Its properties.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<BTreeMap<String, String>>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl EncryptedKey {
    /// A key; `metadata` is in base64.
    #[must_use]
    pub fn new(id: impl Into<String>, metadata: impl Into<String>) -> Self {
        Self {
            key_id: id.into(),
            encrypted_key_metadata: metadata.into(),
            encrypted_by_id: None,
            properties: None,
            other: Map::new(),
        }
    }

    /// The id of the key that it is encrypted with.
    #[must_use]
    pub fn by(mut self, id: impl Into<String>) -> Self {
        self.encrypted_by_id = Some(id.into());
        self
    }
}

impl std::fmt::Debug for EncryptedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EncryptedKey")
            .field("key_id", &self.key_id)
            .field("encrypted_by_id", &self.encrypted_by_id)
            .finish_non_exhaustive()
    }
}
