//! What the service answers: buckets, objects, folders.
//!
//! Times are the service's own texts, ISO 8601 in UTC.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bucket {
    /// Its id, by which all calls name it.
    pub id: String,
    /// Its name, mostly the same.
    pub name: String,
    /// Who made it, if a user did; else empty.
    #[serde(default)]
    pub owner: Option<String>,
    /// As `owner`; of newer servers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// Whether anybody can read its objects by their public URL.
    #[serde(default)]
    pub public: bool,
    /// Its kind: `STANDARD` or `ANALYTICS`. Not all servers and calls tell.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The largest object that it takes, in bytes, if it has a limit of its own.
    #[serde(default)]
    pub file_size_limit: Option<u64>,
    /// The media types that it takes, such as `image/*`, if not all.
    #[serde(default)]
    pub allowed_mime_types: Option<Vec<String>>,
    /// When it was made.
    #[serde(default)]
    pub created_at: Option<String>,
    /// When its settings changed last.
    #[serde(default)]
    pub updated_at: Option<String>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What the service knows of an object's content.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ObjectMetadata {
    /// The content's ETag, in quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e_tag: Option<String>,
    /// The size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// The media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mimetype: Option<String>,
    /// The `Cache-Control` that it is served with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
    /// When the content changed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// An entry of a list: an object, or a folder, which is a common beginning of names.
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
/// for entry in files.list("").await? {
///     println!("{} {} {:?}", entry.name, entry.is_folder(), entry.size());
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FileObject {
    /// The name: relative to the folder that was listed by [`list`](crate::FileClient::list), whole by
    /// [`list_v2`](crate::FileClient::list_v2) and in answers to changes.
    pub name: String,
    /// The name relative to the listed prefix, or the folder without its slash; of `list_v2` with a delimiter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The object's id; a folder has none.
    #[serde(default)]
    pub id: Option<String>,
    /// The bucket, where the server says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket_id: Option<String>,
    /// Who made it, if a user did; else empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// As `owner`; of newer servers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// The version of its content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// When it changed last.
    #[serde(default)]
    pub updated_at: Option<String>,
    /// When it was made.
    #[serde(default)]
    pub created_at: Option<String>,
    /// When it was read last, as far as the server keeps track.
    #[serde(default)]
    pub last_accessed_at: Option<String>,
    /// What the service knows of its content.
    #[serde(default)]
    pub metadata: Option<ObjectMetadata>,
    /// What was attached by [`Upload::metadata`](crate::Upload::metadata), in answers to changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_metadata: Option<Map<String, Value>>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl FileObject {
    /// Whether the entry is a folder.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        self.id.is_none()
    }

    /// The size in bytes, if the server says it.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.metadata.as_ref()?.size
    }
}

/// What [`info`](crate::FileClient::info) tells of an object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FileInfo {
    /// The object's id.
    pub id: String,
    /// Its whole name in the bucket.
    pub name: String,
    /// The version of its content.
    #[serde(default)]
    pub version: Option<String>,
    /// The bucket.
    #[serde(default)]
    pub bucket_id: Option<String>,
    /// The size in bytes.
    #[serde(default)]
    pub size: Option<u64>,
    /// The media type.
    #[serde(default)]
    pub content_type: Option<String>,
    /// The `Cache-Control` that it is served with.
    #[serde(default)]
    pub cache_control: Option<String>,
    /// The content's ETag, in quotes.
    #[serde(default)]
    pub etag: Option<String>,
    /// What was attached by [`Upload::metadata`](crate::Upload::metadata).
    #[serde(default)]
    pub metadata: Option<Map<String, Value>>,
    /// When the content changed last.
    #[serde(default)]
    pub last_modified: Option<String>,
    /// When it was made.
    #[serde(default)]
    pub created_at: Option<String>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What an upload made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Uploaded {
    /// The object's id. An upload to a signed URL does not tell it.
    pub id: Option<String>,
    /// The path that was asked for.
    pub path: String,
    /// The bucket and the path, as the service says it.
    pub full_path: String,
}

/// In which order a list comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
pub enum SortOrder {
    /// Smallest first.
    #[default]
    #[serde(rename = "asc")]
    Ascending,
    /// Largest first.
    #[serde(rename = "desc")]
    Descending,
}

impl SortOrder {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ascending => "asc",
            Self::Descending => "desc",
        }
    }
}

/// By what a list of files is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SortBy {
    /// By name.
    #[default]
    Name,
    /// By the time of the last change.
    UpdatedAt,
    /// By the time when it was made.
    CreatedAt,
    /// By the time when it was read last; not in pages by a cursor.
    LastAccessedAt,
}

/// Which versions of objects a list holds; for buckets that keep versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Versions {
    /// These too.
    Include,
    /// Not these.
    Exclude,
    /// Only these.
    Only,
}
