//! What vector buckets hold, as the service says it.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

/// A vector bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct VectorBucket {
    /// Its name.
    #[serde(rename = "vectorBucketName")]
    pub name: String,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creation_time: Option<CreationTime>,
    /// How it is encrypted, where the server says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption_configuration: Option<EncryptionConfiguration>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// How a vector bucket is encrypted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EncryptionConfiguration {
    /// The name of the key, if it is one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_arn: Option<String>,
    /// The kind of encryption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sse_type: Option<String>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// When something was made: servers say seconds since 1970, or write a time.
///
/// ```
/// use storage_rs::vectors::CreationTime;
///
/// let time = CreationTime::Seconds(1_767_225_600.into());
/// assert_eq!(time.system_time(), Some(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_767_225_600)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum CreationTime {
    /// Seconds since 1970, UTC.
    Seconds(Number),
    /// A time in ISO 8601.
    Text(String),
}

impl CreationTime {
    /// The time, if it was said in seconds.
    #[must_use]
    pub fn system_time(&self) -> Option<SystemTime> {
        let Self::Seconds(seconds) = self else {
            return None;
        };
        let since = match seconds.as_u64() {
            Some(whole) => Duration::from_secs(whole),
            None => Duration::try_from_secs_f64(seconds.as_f64()?).ok()?,
        };
        SystemTime::UNIX_EPOCH.checked_add(since)
    }
}

/// A page of a list of vector buckets.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct VectorBucketPage {
    /// The buckets.
    #[serde(rename = "vectorBuckets")]
    pub buckets: Vec<VectorBucket>,
    /// Where the next page begins, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// How near two vectors are to each other is measured.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum DistanceMetric {
    /// By the angle between them: 0 if they point the same way.
    Cosine,
    /// By the length of the line between them.
    Euclidean,
    /// A newer one of the server's.
    #[serde(untagged)]
    Other(String),
}

/// Which metadata of an index is for reading only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MetadataConfiguration {
    /// The names that no filter can use.
    #[serde(default)]
    pub non_filterable_metadata_keys: Vec<String>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// An index of vectors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct VectorIndex {
    /// Its name.
    #[serde(rename = "indexName")]
    pub name: String,
    /// The bucket that it is in.
    #[serde(
        rename = "vectorBucketName",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub bucket_name: Option<String>,
    /// How numbers are kept: `float32`.
    pub data_type: String,
    /// How many numbers a vector has.
    pub dimension: u32,
    /// How distances are measured.
    pub distance_metric: DistanceMetric,
    /// Which metadata no filter can use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata_configuration: Option<MetadataConfiguration>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creation_time: Option<CreationTime>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// An index in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct VectorIndexSummary {
    /// Its name.
    #[serde(rename = "indexName")]
    pub name: String,
    /// The bucket that it is in.
    #[serde(
        rename = "vectorBucketName",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub bucket_name: Option<String>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creation_time: Option<CreationTime>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A page of a list of indexes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct VectorIndexPage {
    /// The indexes.
    pub indexes: Vec<VectorIndexSummary>,
    /// Where the next page begins, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// The numbers of a vector, as the service writes them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Numbers {
    pub(crate) float32: Vec<f32>,
}

/// A vector that an index holds, with what was asked for of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StoredVector {
    /// Its key.
    pub key: String,
    /// Its numbers.
    #[serde(default, with = "numbers", skip_serializing_if = "Option::is_none")]
    pub data: Option<Vec<f32>>,
    /// How far it is from the one that was asked for; of queries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance: Option<f64>,
    /// Its metadata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

mod numbers {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use super::Numbers;

    #[allow(clippy::ref_option, reason = "as serde calls it")]
    pub(super) fn serialize<S: Serializer>(
        data: &Option<Vec<f32>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let numbers = data.clone().map(|float32| Numbers { float32 });
        numbers.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Vec<f32>>, D::Error> {
        Ok(Option::<Numbers>::deserialize(deserializer)?.map(|numbers| numbers.float32))
    }
}

/// A page of a list of vectors.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct VectorPage {
    /// The vectors.
    pub vectors: Vec<StoredVector>,
    /// Where the next page begins, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// What a query found, the nearest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct QueryMatches {
    /// The vectors.
    pub vectors: Vec<StoredVector>,
    /// How their distances were measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance_metric: Option<DistanceMetric>,
}
