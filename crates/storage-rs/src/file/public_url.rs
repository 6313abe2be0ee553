//! URLs of public files.

use std::fmt;

use supabase_http::Result;

use super::FileClient;
use crate::{ObjectPath, Transform};

/// The public URL of a file in the making; see [`FileClient::get_public_url`].
///
/// ```
/// # fn main() -> Result<(), storage_rs::Error> {
/// # let files = storage_rs::StorageClient::new("http://127.0.0.1:54321", "key")?.from("avatars");
/// use storage_rs::Transform;
///
/// let shown = files.get_public_url("tom.png").transform(Transform::new().width(64)).cache_nonce("v2").build()?;
/// let saved = files.get_public_url("tom.png").download().build()?;
/// let renamed = files.get_public_url("tom.png").download_as("cat.png").build()?;
/// # Ok(()) }
/// ```
#[must_use = "there is no URL before `build`"]
pub struct PublicUrl {
    files: FileClient,
    path: ObjectPath,
    transform: Transform,
    link: Link,
}

/// What a link to a file says beside where the file is.
#[derive(Debug, Clone, Default)]
pub(super) struct Link {
    /// Saved instead of shown: under this name, or under its own if it is empty.
    pub(super) download: Option<String>,
    pub(super) cache_nonce: Option<String>,
}

impl Link {
    /// Adds it to a query.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let download = self.download.as_deref().map(|name| ("download", name));
        let nonce = self
            .cache_nonce
            .as_deref()
            .map(|nonce| ("cacheNonce", nonce));
        download.into_iter().chain(nonce)
    }
}

impl PublicUrl {
    pub(super) fn new(files: &FileClient, path: ObjectPath) -> Self {
        Self {
            files: files.clone(),
            path,
            transform: Transform::new(),
            link: Link::default(),
        }
    }

    /// Serves a picture changed.
    pub fn transform(mut self, transform: Transform) -> Self {
        self.transform = transform;
        self
    }

    /// Browsers save the file under its own name instead of showing it.
    pub fn download(mut self) -> Self {
        self.link.download = Some(String::new());
        self
    }

    /// Browsers save the file under this name instead of showing it.
    pub fn download_as(mut self, name: impl Into<String>) -> Self {
        self.link.download = Some(name.into());
        self
    }

    /// Makes the URL another one for caches, so that they fetch the file anew: a version or a time, for example.
    pub fn cache_nonce(mut self, nonce: impl Into<String>) -> Self {
        self.link.cache_nonce = Some(nonce.into());
        self
    }

    /// The URL.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for a bucket, path or transformation that cannot be.
    pub fn build(self) -> Result<String> {
        self.transform.check()?;
        let route = if self.transform.is_empty() {
            "object/public"
        } else {
            "render/image/public"
        };
        let mut uri = self.files.object_uri(route, &self.path)?;
        for (name, value) in self.link.pairs() {
            uri = uri.pair(name, value);
        }
        Ok(self.transform.to_query(uri).finish()?.to_string())
    }
}

impl fmt::Debug for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicUrl")
            .field("files", &self.files)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
