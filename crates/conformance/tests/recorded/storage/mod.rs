//! Files: buckets, uploads, downloads, lists, signed URLs, moves and copies.

use conformance::Seen;
use conformance::compare::url;
use serde_json::{Value, json};
use storage_rs::{
    Bucket, BucketLifecycle, Copied, FileInfo, FileObject, FilePage, SignedUploadUrl, SignedUrl,
    SignedUrlResult, Uploaded,
};

/// A call of the whole storage.
macro_rules! storage {
    ($storage:ident => $call:expr) => {
        conformance::Call::Replay(|stage| {
            Box::pin(async move {
                let $storage = stage.storage()?;
                Ok(Some($crate::storage::Shown::shown($call.await?)))
            })
        })
    };
}

/// A call of the whole storage by the secret key of the Python client's cases.
macro_rules! admin {
    ($storage:ident => $call:expr) => {
        conformance::Call::Replay(|stage| {
            Box::pin(async move {
                let $storage = stage.storage_by("service-role-key")?;
                Ok(Some($crate::storage::Shown::shown($call.await?)))
            })
        })
    };
}

/// A call of the bucket `avatars`.
macro_rules! avatars {
    ($files:ident => $call:expr) => {
        $crate::storage::storage!(storage => { let $files = storage.from("avatars"); $call })
    };
}

/// A call of the bucket `avatars` that the caller leaves after these milliseconds.
macro_rules! left {
    ($ms:literal, $files:ident => $call:expr) => {
        conformance::Call::Replay(|stage| {
            Box::pin(async move {
                let $files = stage.storage()?.from("avatars");
                let call = std::future::IntoFuture::into_future($call);
                if $ms == 0 {
                    drop(call);
                    return Ok(None);
                }
                match tokio::time::timeout(std::time::Duration::from_millis($ms), call).await {
                    Ok(answer) => Ok(Some($crate::storage::Shown::shown(answer?))),
                    Err(_) => Ok(None),
                }
            })
        })
    };
}

/// A URL that is put together without a request.
macro_rules! public_url {
    ($files:ident => $call:expr) => {
        conformance::Call::Replay(|stage| {
            Box::pin(async move {
                let $files = stage.storage()?.from("avatars");
                Ok(Some($crate::storage::public(&$call.build()?)))
            })
        })
    };
}
pub(crate) use storage;

pub(crate) mod analytics;
pub(crate) mod buckets;
pub(crate) mod downloads;
pub(crate) mod errors;
pub(crate) mod lists;
pub(crate) mod python;
pub(crate) mod python_files;
pub(crate) mod signed;
pub(crate) mod transfers;
pub(crate) mod uploads;
pub(crate) mod vectors;

/// The media type that the JavaScript client sends for everything that has none.
pub(crate) const TEXT: &str = "text/plain;charset=UTF-8";
pub(crate) const MINUTE: std::time::Duration = std::time::Duration::from_secs(60);

/// What a call gives, in the words of both clients.
pub(crate) trait Shown {
    fn shown(self) -> Seen;
}

fn seen(data: Value) -> Seen {
    Seen { data, count: None }
}

/// A public URL: of the JavaScript client a field, of the Python client a text.
pub(crate) fn public(text: &str) -> Seen {
    seen(json!({ "publicUrl": url(text) }))
}

impl Shown for () {
    fn shown(self) -> Seen {
        seen(Value::Null)
    }
}

impl Shown for bool {
    fn shown(self) -> Seen {
        seen(self.into())
    }
}

/// The name of a new bucket.
impl Shown for String {
    fn shown(self) -> Seen {
        seen(json!({ "name": self }))
    }
}

impl Shown for bytes::Bytes {
    fn shown(self) -> Seen {
        seen(conformance::compare::plain(&self))
    }
}

impl Shown for Uploaded {
    fn shown(self) -> Seen {
        let mut data = json!({
            "path": self.path,
            "fullPath": self.full_path,
            "full_path": self.full_path,
        });
        if let Some(id) = self.id {
            data["id"] = id.into();
        }
        seen(data)
    }
}

impl Shown for Copied {
    fn shown(self) -> Seen {
        let mut data = serde_json::to_value(&self).unwrap_or_default();
        data["path"] = self.full_path.into();
        seen(data)
    }
}

impl Shown for FileInfo {
    fn shown(self) -> Seen {
        let mut data = serde_json::to_value(&self).unwrap_or_default();
        for (ours, theirs) in [
            ("bucket_id", "bucketId"),
            ("content_type", "contentType"),
            ("cache_control", "cacheControl"),
            ("last_modified", "lastModified"),
            ("created_at", "createdAt"),
        ] {
            data[theirs] = data[ours].clone();
        }
        seen(data)
    }
}

impl Shown for SignedUrl {
    fn shown(self) -> Seen {
        seen(json!({ "signedUrl": url(self.as_str()), "signedURL": url(self.as_str()) }))
    }
}

impl Shown for SignedUploadUrl {
    fn shown(self) -> Seen {
        seen(json!({
            "signedUrl": url(self.as_str()),
            "signed_url": url(self.as_str()),
            "path": self.path().as_str(),
            "token": self.token(),
        }))
    }
}

impl Shown for Vec<SignedUrlResult> {
    fn shown(self) -> Seen {
        let one = |signed: SignedUrlResult| match signed.url {
            Ok(ok) => json!({
                "path": signed.path,
                "error": null,
                "signedUrl": url(ok.as_str()),
                "signedURL": url(ok.as_str()),
            }),
            Err(why) => json!({ "path": signed.path, "error": why, "signedUrl": null }),
        };
        seen(self.into_iter().map(one).collect())
    }
}

macro_rules! as_they_are {
    ($($model:ty),*) => {$(
        impl Shown for $model {
            fn shown(self) -> Seen {
                seen(serde_json::to_value(self).unwrap_or_default())
            }
        }
    )*};
}
as_they_are!(Bucket, Vec<Bucket>, Vec<FileObject>, FilePage, BucketLifecycle);
