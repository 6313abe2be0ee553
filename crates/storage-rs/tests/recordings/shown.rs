//! What our calls give, as the service writes it, to see whether anything was lost.

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};
use storage_rs::analytics::{
    AnalyticsBucket, CatalogConfig, NamespaceMetadata, NamespacePage, Table, TablePage,
};
use storage_rs::vectors::{
    QueryMatches, StoredVector, VectorBucket, VectorBucketPage, VectorIndex, VectorIndexPage,
    VectorPage,
};
use storage_rs::{
    Bucket, Copied, FileInfo, FileObject, FilePage, SignedUploadUrl, SignedUrl, SignedUrlResult,
    Uploaded,
};

use crate::recorded::Recorded;

pub(crate) trait Shown {
    fn shown(self) -> Value;
}

impl Shown for () {
    fn shown(self) -> Value {
        Value::Null
    }
}

impl Shown for bool {
    fn shown(self) -> Value {
        self.into()
    }
}

impl Shown for VectorBucket {
    fn shown(self) -> Value {
        json!({ "vectorBucket": self })
    }
}

impl Shown for VectorIndex {
    fn shown(self) -> Value {
        json!({ "index": self })
    }
}

impl Shown for Vec<StoredVector> {
    fn shown(self) -> Value {
        json!({ "vectors": value(&self) })
    }
}

impl Shown for String {
    fn shown(self) -> Value {
        json!({ "name": self })
    }
}

/// A file.
impl Shown for Bytes {
    fn shown(self) -> Value {
        json!({ "bytes": self.to_vec() })
    }
}

impl Shown for Uploaded {
    fn shown(self) -> Value {
        match self.id {
            Some(id) => json!({ "Key": self.full_path, "Id": id }),
            None => json!({ "Key": self.full_path }),
        }
    }
}

impl Shown for SignedUrl {
    fn shown(self) -> Value {
        json!({ "url": self.as_str() })
    }
}

impl Shown for Vec<SignedUrlResult> {
    fn shown(self) -> Value {
        let one = |signed: SignedUrlResult| match signed.url {
            Ok(url) => json!({ "error": null, "path": signed.path, "url": url.as_str() }),
            Err(why) => json!({ "error": why, "path": signed.path }),
        };
        self.into_iter().map(one).collect()
    }
}

impl Shown for SignedUploadUrl {
    fn shown(self) -> Value {
        json!({ "token": self.token(), "url": self.as_str() })
    }
}

macro_rules! as_they_are {
    ($($model:ty),*) => {$(
        impl Shown for $model {
            fn shown(self) -> Value {
                value(&self)
            }
        }
    )*};
}
as_they_are!(
    Bucket,
    Vec<Bucket>,
    Copied,
    FileInfo,
    Vec<FileObject>,
    FilePage,
    VectorBucketPage,
    VectorIndexPage,
    VectorPage,
    QueryMatches,
    AnalyticsBucket,
    Vec<AnalyticsBucket>,
    CatalogConfig,
    NamespacePage,
    NamespaceMetadata,
    TablePage,
    Table
);

/// As it is written: a number of 32 bits is no longer the same as one of 64.
fn value(model: &impl Serialize) -> Value {
    serde_json::from_str(&serde_json::to_string(model).unwrap()).unwrap()
}

/// What a recorded answer says and ours does not.
pub(crate) fn lost(exchange: &Recorded, body: &Bytes, shown: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(bytes) = shown.get("bytes") {
        if *bytes != json!(body.to_vec()) {
            found.push("other bytes".to_owned());
        }
        return found;
    }
    let theirs: Value =
        serde_json::from_str(exchange.response.body.as_deref().unwrap_or("null")).unwrap();
    compare(&theirs, shown, "", &mut found);
    found
}

fn compare(theirs: &Value, ours: &Value, at: &str, found: &mut Vec<String>) {
    match (theirs, ours) {
        // That it was done, in words.
        (Value::Object(fields), Value::Null) if fields.keys().all(|key| key == "message") => {}
        (Value::Object(a), Value::Object(b)) => {
            for (key, a) in a {
                // A URL is put together anew, and looked at by a test of its own.
                if key == "signedURL" || key == "url" {
                    continue;
                }
                match b.get(key) {
                    Some(b) => compare(a, b, &format!("{at}/{key}"), found),
                    None => found.push(format!("{at}/{key} is lost")),
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                compare(a, b, &format!("{at}/{index}"), found);
            }
        }
        // Whether there is one, which the status alone tells.
        (Value::Null, Value::Bool(true)) => {}
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => {}
        (a, b) if a == b => {}
        (a, b) => found.push(format!("{at}: {a} became {b}")),
    }
}

/// All URLs in what a call gives.
pub(crate) fn urls(shown: &Value, found: &mut Vec<String>) {
    match shown {
        Value::Array(list) => list.iter().for_each(|one| urls(one, found)),
        Value::Object(fields) => {
            found.extend(fields.get("url").and_then(Value::as_str).map(str::to_owned));
        }
        _ => {}
    }
}
