//! Making and changing buckets.

use http::Method;
use serde::Serialize;
use supabase_http::{Error, ServiceClient};

use super::uri;
use crate::call::{self, Prepared, Setup, operation, with_json};
use crate::path::check_bucket;

/// The largest file that a bucket takes.
///
/// ```
/// use storage_rs::FileSizeLimit;
///
/// let bytes = FileSizeLimit::bytes(1024 * 1024);
/// let text = FileSizeLimit::text("20MB");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct FileSizeLimit(Limit);

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum Limit {
    Bytes(u64),
    Text(String),
}

impl FileSizeLimit {
    /// So many bytes.
    #[must_use]
    pub fn bytes(bytes: u64) -> Self {
        Self(Limit::Bytes(bytes))
    }

    /// A size as the service reads it, in decimal units: `500KB`, `20MB`, `1GB`.
    #[must_use]
    pub fn text(size: impl Into<String>) -> Self {
        Self(Limit::Text(size.into()))
    }
}

impl From<u64> for FileSizeLimit {
    fn from(bytes: u64) -> Self {
        Self::bytes(bytes)
    }
}

/// What a bucket is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum BucketKind {
    /// Files.
    Standard,
    /// Tables of an Iceberg catalog.
    Analytics,
}

/// Whether a bucket keeps older versions of its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum Versioning {
    /// It does.
    Enabled,
    /// It keeps those that it has, and makes no more.
    Suspended,
}

#[derive(Default, Serialize)]
struct Settings {
    #[serde(skip_serializing_if = "Option::is_none")]
    public: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_size_limit: Option<Option<FileSizeLimit>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_mime_types: Option<Option<Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    versioning_status: Option<Versioning>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<BucketKind>,
}

impl Settings {
    fn allow(&mut self, types: impl IntoIterator<Item = impl Into<String>>) {
        self.allowed_mime_types = Some(Some(types.into_iter().map(Into::into).collect()));
    }
}

#[derive(Serialize)]
struct Body<'a> {
    id: &'a str,
    name: &'a str,
    #[serde(flatten)]
    settings: &'a Settings,
}

/// Makes a bucket; see [`StorageClient::create_bucket`](crate::StorageClient::create_bucket). It gives the bucket's name.
///
/// ```no_run
/// # async fn demo(storage: storage_rs::StorageClient) -> Result<(), storage_rs::Error> {
/// use storage_rs::{BucketKind, FileSizeLimit};
///
/// let bucket = storage.create_bucket("avatars").name("Avatars").public().kind(BucketKind::Standard);
/// bucket.file_size_limit(FileSizeLimit::bytes(1024)).allowed_mime_types(["image/png"]).await?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is made until the call is awaited"]
pub struct CreateBucket {
    setup: Setup,
    id: String,
    name: Option<String>,
    settings: Settings,
}
operation!(CreateBucket => String);

#[derive(serde::Deserialize)]
struct Created {
    name: String,
}

impl CreateBucket {
    pub(super) fn new(service: &ServiceClient, id: String) -> Self {
        Self {
            setup: Setup::new(service, "create bucket", "/storage/v1/bucket"),
            id,
            name: None,
            settings: Settings {
                public: Some(false),
                ..Settings::default()
            },
        }
    }

    /// Its name, if that is not its id.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Anybody can read its files by their public URL.
    pub fn public(mut self) -> Self {
        self.settings.public = Some(true);
        self
    }

    /// The largest file that it takes, such as [`FileSizeLimit::bytes`]; the project's limit holds as well.
    pub fn file_size_limit(mut self, limit: impl Into<FileSizeLimit>) -> Self {
        self.settings.file_size_limit = Some(Some(limit.into()));
        self
    }

    /// The media types that it takes, such as `image/png` or `image/*`.
    pub fn allowed_mime_types(
        mut self,
        types: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.settings.allow(types);
        self
    }

    /// What it is for: files, if nothing else is said.
    pub fn kind(mut self, kind: BucketKind) -> Self {
        self.settings.kind = Some(kind);
        self
    }

    fn prepare(self) -> Prepared<String> {
        let Self {
            setup,
            id,
            name,
            settings,
        } = self;
        setup.finish(
            |service| {
                check_bucket(&id)?;
                let body = Body {
                    id: &id,
                    name: name.as_deref().unwrap_or(&id),
                    settings: &settings,
                };
                with_json(
                    Method::POST,
                    service.endpoint().uri().segment("bucket").finish(),
                    &body,
                )
            },
            |parts, body| call::read_json(parts, body).map(|created: Created| created.name),
        )
    }
}

/// Changes a bucket; see [`StorageClient::update_bucket`](crate::StorageClient::update_bucket).
///
/// ```no_run
/// # async fn demo(storage: storage_rs::StorageClient) -> Result<(), storage_rs::Error> {
/// use storage_rs::{FileSizeLimit, Versioning};
///
/// storage.update_bucket("a").public().file_size_limit(FileSizeLimit::text("20MB")).await?;
/// storage.update_bucket("a").private().allowed_mime_types(["image/*"]).await?;
/// storage.update_bucket("a").no_file_size_limit().any_mime_type().versioning(Versioning::Suspended).await?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is changed until the call is awaited"]
pub struct UpdateBucket {
    setup: Setup,
    id: String,
    settings: Settings,
}
operation!(UpdateBucket => ());

impl UpdateBucket {
    pub(super) fn new(service: &ServiceClient, id: String) -> Self {
        Self {
            setup: Setup::new(service, "update bucket", "/storage/v1/bucket/{bucket}"),
            id,
            settings: Settings::default(),
        }
    }

    /// Anybody can read its files by their public URL.
    pub fn public(mut self) -> Self {
        self.settings.public = Some(true);
        self
    }

    /// Its files are read by users who may, and by signed URLs.
    pub fn private(mut self) -> Self {
        self.settings.public = Some(false);
        self
    }

    /// The largest file that it takes; the project's limit holds as well.
    pub fn file_size_limit(mut self, limit: impl Into<FileSizeLimit>) -> Self {
        self.settings.file_size_limit = Some(Some(limit.into()));
        self
    }

    /// Only the project's limit holds.
    pub fn no_file_size_limit(mut self) -> Self {
        self.settings.file_size_limit = Some(None);
        self
    }

    /// The media types that it takes, such as `image/png` or `image/*`.
    pub fn allowed_mime_types(
        mut self,
        types: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.settings.allow(types);
        self
    }

    /// It takes any media type.
    pub fn any_mime_type(mut self) -> Self {
        self.settings.allowed_mime_types = Some(None);
        self
    }

    /// Whether it keeps older versions of its files.
    pub fn versioning(mut self, versioning: Versioning) -> Self {
        self.settings.versioning_status = Some(versioning);
        self
    }

    fn prepare(self) -> Prepared<()> {
        let Self {
            setup,
            id,
            settings,
        } = self;
        setup.finish(
            |service| {
                let uri = uri(service, "bucket", &id)?.finish();
                let nothing = settings.public.is_none()
                    && settings.file_size_limit.is_none()
                    && settings.allowed_mime_types.is_none()
                    && settings.versioning_status.is_none();
                if nothing {
                    return Err(Error::request("there is nothing to change of the bucket"));
                }
                let body = Body {
                    id: &id,
                    name: &id,
                    settings: &settings,
                };
                with_json(Method::PUT, uri, &body)
            },
            call::read_nothing,
        )
    }
}
