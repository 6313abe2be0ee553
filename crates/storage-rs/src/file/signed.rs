//! Signed URLs: whoever has one can read the file for a while.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::response::Parts;
use serde::{Deserialize, Serialize};
use supabase_http::{Error, Idempotency, Result, encode_into};

use super::FileClient;
use super::manage::check_count;
use super::public_url::Link;
use crate::call::{self, Prepared, Setup, operation, with_json};
use crate::{ObjectPath, Transform};

/// A URL by which whoever has it can read one file for a while. It holds a token: `Debug` does not show it.
///
/// ```
/// # fn demo(url: storage_rs::SignedUrl) {
/// println!("{}", url.as_str());
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SignedUrl(String);

impl SignedUrl {
    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL as a text of its own.
    ///
    /// ```
    /// # fn demo(url: storage_rs::SignedUrl) {
    /// let text: String = url.into_string();
    /// # }
    /// ```
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }

    /// Puts the URL of an answer together. Only its route and its token are taken: the service writes the name in
    /// various ways, raw, encoded, or in part, so the one that was asked for is encoded here, once.
    fn new(files: &FileClient, answered: &str, path: &ObjectPath, link: &Link) -> Option<Self> {
        let (name, token) = answered.rsplit_once("?token=")?;
        let route = ["object/sign", "render/image/sign"]
            .into_iter()
            .find(|route| name.trim_start_matches('/').starts_with(route))?;
        if token.is_empty() || !token.bytes().all(is_token_byte) {
            return None;
        }
        let uri = files.object_uri(route, path).ok()?.finish().ok()?;
        let mut url = format!("{uri}?token={token}");
        for (name, value) in link.pairs() {
            url.push('&');
            url.push_str(name);
            url.push('=');
            encode_into(&mut url, value);
        }
        Some(Self(url))
    }
}

/// What the encoded value of a query's pair may hold.
pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%+/=".contains(&byte)
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.split('?').next().unwrap_or_default();
        write!(f, "SignedUrl({shown}?token=..)")
    }
}

/// Signs a URL; see [`FileClient::create_signed_url`]. Nothing changes by it, so it is tried again like a read.
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
/// use storage_rs::Transform;
///
/// let minute = std::time::Duration::from_secs(60);
/// let small = files.create_signed_url("a.png", minute).transform(Transform::new().width(64)).download().await?;
/// let fresh = files.create_signed_url("a.png", minute).download_as("cat.png").cache_nonce("v2").await?;
/// let old = files.create_signed_url("a.png", minute).version("8da6e2d2").await?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct CreateSignedUrl {
    setup: Setup,
    files: FileClient,
    path: ObjectPath,
    expires_in: Duration,
    transform: Transform,
    link: Link,
    version: Option<String>,
}
operation!(CreateSignedUrl => SignedUrl);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignOne<'a> {
    expires_in: u64,
    #[serde(skip_serializing_if = "Transform::is_empty")]
    transform: &'a Transform,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignMany<'a> {
    expires_in: u64,
    paths: Vec<&'a str>,
}

#[derive(Deserialize)]
struct Signed {
    #[serde(rename = "signedURL")]
    url: Option<String>,
}

#[derive(Deserialize)]
struct SignedEntry {
    error: Option<String>,
    path: Option<String>,
    #[serde(rename = "signedURL")]
    url: Option<String>,
}

impl CreateSignedUrl {
    pub(super) fn new(files: &FileClient, path: ObjectPath, expires_in: Duration) -> Self {
        let template = "/storage/v1/object/sign/{bucket}/{path}";
        Self {
            setup: Setup::new(&files.service, "create signed url", template)
                .options(|options| options.idempotency(Idempotency::Safe)),
            files: files.clone(),
            path,
            expires_in,
            transform: Transform::new(),
            link: Link::default(),
            version: None,
        }
    }

    /// Serves a picture changed. What is set is fixed in the URL.
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

    /// An older version of the file; for buckets that keep versions.
    pub fn version(mut self, id: impl Into<String>) -> Self {
        self.version = Some(id.into());
        self
    }

    fn prepare(self) -> Prepared<SignedUrl> {
        let Self {
            setup,
            files,
            path,
            expires_in,
            transform,
            link,
            version,
        } = self;
        // The service signs a name in the URL's path as it is written there, and then checks the decoded one. A
        // question mark must be encoded in a path, so such a name is signed by the call that takes names in its body.
        let in_body = path.as_str().contains('?');
        let plain = transform.is_empty() && version.is_none();
        let asked = files.clone();
        let signed = path.clone();
        setup.finish(
            |_| {
                let expires_in = seconds(expires_in)?;
                transform.check()?;
                if in_body && !plain {
                    return Err(Error::request(
                        "the service cannot sign a name with `?` for a transformation or a version",
                    ));
                }
                if in_body {
                    path.check()?;
                    let body = SignMany {
                        expires_in,
                        paths: vec![path.as_str()],
                    };
                    return with_json(
                        Method::POST,
                        files.bucket_uri("object/sign")?.finish(),
                        &body,
                    );
                }
                let body = SignOne {
                    expires_in,
                    transform: &transform,
                    version_id: version.as_deref(),
                };
                with_json(
                    Method::POST,
                    files.object_uri("object/sign", &path)?.finish(),
                    &body,
                )
            },
            move |parts, body| {
                let url = if in_body {
                    let mut entries: Vec<SignedEntry> = call::read_json(parts, body)?;
                    match entries.pop() {
                        Some(SignedEntry {
                            error: Some(why), ..
                        }) => return Err(unsigned(parts, &why)),
                        entry => entry.and_then(|entry| entry.url),
                    }
                } else {
                    call::read_json::<Signed>(parts, body)?.url
                };
                url.and_then(|url| SignedUrl::new(&asked, &url, &signed, &link))
                    .ok_or_else(|| Error::unexpected(parts, Bytes::new(), "it holds no signed URL"))
            },
        )
    }
}

/// The error that the entry of a list is: that of signing the one URL alone.
fn unsigned(parts: &Parts, why: &str) -> Error {
    let body = serde_json::json!({
        "statusCode": "404",
        "error": "not_found",
        "code": "NoSuchKey",
        "message": why,
    });
    crate::error::of(parts, Bytes::from(body.to_string()))
}

/// A time that the service counts in whole seconds.
fn seconds(expires_in: Duration) -> Result<u64> {
    match expires_in.as_secs() {
        0 => Err(Error::request(
            "a signed URL must be valid for a second at least",
        )),
        seconds => Ok(seconds),
    }
}

/// Signs several URLs; see [`FileClient::create_signed_urls`]. Nothing changes by it, so it is tried again like a read.
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
/// let minute = std::time::Duration::from_secs(60);
/// let saved = files.create_signed_urls(["a.png", "b.png"], minute).download().await?;
/// let fresh = files.create_signed_urls(["a.png"], minute).download_as("cat.png").cache_nonce("v2").await?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct CreateSignedUrls {
    setup: Setup,
    files: FileClient,
    paths: Vec<ObjectPath>,
    expires_in: Duration,
    link: Link,
}
operation!(CreateSignedUrls => Vec<SignedUrlResult>);

/// One of several URLs that were to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignedUrlResult {
    /// The path that was given.
    pub path: String,
    /// The URL, or why there is none, in the service's words.
    pub url: std::result::Result<SignedUrl, String>,
}

impl CreateSignedUrls {
    pub(super) fn new(files: &FileClient, paths: Vec<ObjectPath>, expires_in: Duration) -> Self {
        let template = "/storage/v1/object/sign/{bucket}";
        Self {
            setup: Setup::new(&files.service, "create signed urls", template)
                .options(|options| options.idempotency(Idempotency::Safe)),
            files: files.clone(),
            paths,
            expires_in,
            link: Link::default(),
        }
    }

    /// Browsers save the files under their own names instead of showing them.
    pub fn download(mut self) -> Self {
        self.link.download = Some(String::new());
        self
    }

    /// Browsers save the files under this name instead of showing them.
    pub fn download_as(mut self, name: impl Into<String>) -> Self {
        self.link.download = Some(name.into());
        self
    }

    /// Makes the URLs other ones for caches, so that they fetch the files anew: a version or a time, for example.
    pub fn cache_nonce(mut self, nonce: impl Into<String>) -> Self {
        self.link.cache_nonce = Some(nonce.into());
        self
    }

    fn prepare(self) -> Prepared<Vec<SignedUrlResult>> {
        let Self {
            setup,
            files,
            paths,
            expires_in,
            link,
        } = self;
        let asked = files.clone();
        setup.finish(
            |_| {
                check_count(paths.len(), "sign")?;
                for path in &paths {
                    path.check()?;
                }
                let body = SignMany {
                    expires_in: seconds(expires_in)?,
                    paths: paths.iter().map(ObjectPath::as_str).collect(),
                };
                with_json(
                    Method::POST,
                    files.bucket_uri("object/sign")?.finish(),
                    &body,
                )
            },
            move |parts, body| {
                let entries: Vec<SignedEntry> = call::read_json(parts, body)?;
                let read = |entry: SignedEntry| {
                    let no_url =
                        || Error::unexpected(parts, Bytes::new(), "it holds no signed URL");
                    let path = entry.path.ok_or_else(no_url)?;
                    let url = match (entry.error, entry.url) {
                        (Some(why), _) => Err(why),
                        (None, url) => {
                            let name = ObjectPath::exact(&path);
                            let url = url.ok_or_else(no_url)?;
                            Ok(SignedUrl::new(&asked, &url, &name, &link).ok_or_else(no_url)?)
                        }
                    };
                    Ok(SignedUrlResult { path, url })
                };
                entries.into_iter().map(read).collect()
            },
        )
    }
}
