//! What the service remembers.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::answer::{self, Answer};

/// The most that an object may hold, in bytes.
pub(crate) const MAX_SIZE: u64 = 52_428_800;

#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) buckets: BTreeMap<String, Bucket>,
    pub(crate) uploads: BTreeMap<String, Tus>,
    /// Counts ids, versions and moments.
    pub(crate) clock: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Bucket {
    pub(crate) name: String,
    pub(crate) public: bool,
    pub(crate) limit: Option<u64>,
    pub(crate) types: Option<Vec<String>>,
    pub(crate) objects: BTreeMap<String, Object>,
}

#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) content: Bytes,
    pub(crate) kind: String,
    pub(crate) cache: String,
    pub(crate) metadata: Option<Value>,
    pub(crate) created: String,
    pub(crate) updated: String,
}

/// A resumable upload.
#[derive(Debug)]
pub(crate) struct Tus {
    pub(crate) bucket: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) length: Option<u64>,
    pub(crate) content: Vec<u8>,
    pub(crate) kind: String,
    pub(crate) cache: String,
    pub(crate) metadata: Option<Value>,
    /// What it was told, in its own order.
    pub(crate) told: String,
    pub(crate) done: bool,
}

impl Store {
    pub(crate) fn moment(&mut self) -> String {
        self.clock += 1;
        let (seconds, millis) = (self.clock / 1000, self.clock % 1000);
        let (minutes, seconds) = (seconds / 60 % 60, seconds % 60);
        format!("2026-11-24T12:{minutes:02}:{seconds:02}.{millis:03}Z")
    }

    pub(crate) fn uuid(&mut self) -> String {
        self.clock += 1;
        format!("00000000-0000-4000-8000-{:012x}", self.clock)
    }

    /// Whether a bucket takes a file.
    pub(crate) fn allows(&self, bucket: &str, size: u64, kind: &str) -> Result<(), Answer> {
        let bucket = self.buckets.get(bucket).ok_or_else(answer::no_bucket)?;
        if size > bucket.limit.unwrap_or(MAX_SIZE) {
            return Err(answer::too_large());
        }
        let plain = kind.split(';').next().unwrap_or_default();
        let fits = |allowed: &String| match allowed.strip_suffix('*') {
            Some(start) => plain.starts_with(start),
            None => plain == allowed,
        };
        match &bucket.types {
            Some(types) if !types.iter().any(fits) => {
                let message = format!("mime type {kind} is not supported");
                Err(answer::refused(
                    415,
                    "invalid_mime_type",
                    &message,
                    "InvalidMimeType",
                ))
            }
            _ => Ok(()),
        }
    }

    /// Stores an object, and gives its id.
    pub(crate) fn put(&mut self, bucket: &str, name: &str, new: Object) -> String {
        let moment = self.moment();
        let objects = &mut self.buckets.entry(bucket.to_owned()).or_default().objects;
        let old = objects.get(name);
        let id = old.map_or(new.id.clone(), |old| old.id.clone());
        let created = old.map_or(moment.clone(), |old| old.created.clone());
        let object = Object {
            id: id.clone(),
            created,
            updated: moment,
            ..new
        };
        objects.insert(name.to_owned(), object);
        id
    }
}

impl Object {
    pub(crate) fn etag(&self) -> String {
        let hash = self
            .content
            .iter()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
        format!("\"{hash:016x}{:016x}\"", self.content.len())
    }

    /// What lists tell of its content.
    pub(crate) fn system(&self) -> Value {
        json!({
            "eTag": self.etag(),
            "size": self.content.len(),
            "mimetype": self.kind,
            "cacheControl": self.cache,
            "lastModified": self.updated,
            "contentLength": self.content.len(),
            "httpStatusCode": 200,
        })
    }

    pub(crate) fn info(&self, bucket: &str, name: &str) -> Value {
        json!({
            "id": self.id,
            "name": name,
            "version": self.version,
            "bucket_id": bucket,
            "size": self.content.len(),
            "content_type": self.kind,
            "cache_control": self.cache,
            "etag": self.etag(),
            "metadata": self.metadata.clone().unwrap_or_else(|| json!({})),
            "last_modified": self.updated,
            "created_at": self.created,
        })
    }

    /// As answers to changes tell it.
    pub(crate) fn row(&self, bucket: &str, name: &str) -> Value {
        json!({
            "name": name,
            "bucket_id": bucket,
            "owner": "",
            "owner_id": "",
            "version": self.version,
            "id": self.id,
            "updated_at": self.updated,
            "created_at": self.created,
            "last_accessed_at": self.created,
            "metadata": self.system(),
            "user_metadata": self.metadata,
        })
    }
}

/// Whether an object may have this name.
pub(crate) fn is_key(name: &str) -> bool {
    let other = "_-/!.*'() &$=@;:+,?";
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || other.contains(c))
}

/// Whether a bucket may have this name.
pub(crate) fn is_bucket(name: &str) -> bool {
    is_key(name)
        && !name.contains('/')
        && name.len() <= 100
        && name.trim() == name
        && !name.ends_with("--table-s3")
}

pub(crate) fn invalid_key(name: &str) -> Answer {
    answer::refused(
        400,
        "InvalidKey",
        &format!("Invalid key: {name}"),
        "InvalidKey",
    )
}

pub(crate) fn invalid_bucket() -> Answer {
    answer::refused(
        400,
        "Invalid Input",
        "Bucket name invalid",
        "InvalidBucketName",
    )
}
