//! Moving and copying.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Method};
use serde::{Deserialize, Serialize};
use supabase_http::{Error, Result};

use super::FileClient;
use crate::call::{self, Prepared, Setup, operation, with_json};
use crate::path::check_bucket;
use crate::{FileObject, ObjectPath};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Transfer<'a> {
    bucket_id: &'a str,
    source_key: &'a str,
    destination_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_bucket: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_version_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    copy_metadata: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a ContentMetadata>,
}

impl Transfer<'_> {
    fn check(&self, from: &ObjectPath, to: &ObjectPath) -> Result<()> {
        check_bucket(self.bucket_id)?;
        self.destination_bucket.map_or(Ok(()), check_bucket)?;
        from.check()?;
        to.check()
    }
}

/// How a copy is served, if not as the original.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct ContentMetadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mimetype: Option<String>,
}

/// Moves a file; see [`FileClient::move_`].
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
/// files.move_("a.png", "b.png").destination_bucket("archive").await?;
/// files.move_("a.png", "old.png").version("8da6e2d2").await?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is moved until the call is awaited"]
pub struct MoveFile {
    setup: Setup,
    bucket: String,
    from: ObjectPath,
    to: ObjectPath,
    destination_bucket: Option<String>,
    version: Option<String>,
}
operation!(MoveFile => ());

impl MoveFile {
    pub(super) fn new(files: &FileClient, from: ObjectPath, to: ObjectPath) -> Self {
        Self {
            setup: Setup::new(&files.service, "move", "/storage/v1/object/move"),
            bucket: files.bucket.clone(),
            from,
            to,
            destination_bucket: None,
            version: None,
        }
    }

    /// Moves it into another bucket.
    pub fn destination_bucket(mut self, bucket: impl Into<String>) -> Self {
        self.destination_bucket = Some(bucket.into());
        self
    }

    /// An older version of the file; for buckets that keep versions.
    pub fn version(mut self, id: impl Into<String>) -> Self {
        self.version = Some(id.into());
        self
    }

    fn prepare(self) -> Prepared<()> {
        let Self {
            setup,
            bucket,
            from,
            to,
            destination_bucket,
            version,
        } = self;
        setup.finish(
            |service| {
                let body = Transfer {
                    bucket_id: &bucket,
                    source_key: from.as_str(),
                    destination_key: to.as_str(),
                    destination_bucket: destination_bucket.as_deref(),
                    source_version_id: version.as_deref(),
                    copy_metadata: None,
                    metadata: None,
                };
                body.check(&from, &to)?;
                let uri = service.endpoint().uri().path("object/move").finish();
                with_json(Method::POST, uri, &body)
            },
            call::read_nothing,
        )
    }
}

/// Copies a file; see [`FileClient::copy`].
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
/// files.copy("a.png", "b.png").destination_bucket("archive").upsert().await?;
/// files.copy("a.png", "c.png").content_type("image/png").cache_control("max-age=60").await?;
/// files.copy("a.png", "d.png").metadata(&serde_json::json!({ "copy": true })).await?;
/// files.copy("a.png", "e.png").version("8da6e2d2").without_metadata().await?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is copied until the call is awaited"]
pub struct CopyFile {
    setup: Setup,
    bucket: String,
    from: ObjectPath,
    to: ObjectPath,
    destination_bucket: Option<String>,
    version: Option<String>,
    own_metadata: bool,
    content: ContentMetadata,
}
operation!(CopyFile => Copied);

/// What a copy made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Copied {
    /// The bucket and the path of the copy.
    #[serde(rename = "Key")]
    pub full_path: String,
    /// The copy's id.
    #[serde(rename = "Id", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The copy itself; older servers do not tell.
    #[serde(flatten)]
    pub object: Option<FileObject>,
}

impl CopyFile {
    pub(super) fn new(files: &FileClient, from: ObjectPath, to: ObjectPath) -> Self {
        Self {
            setup: Setup::new(&files.service, "copy", "/storage/v1/object/copy"),
            bucket: files.bucket.clone(),
            from,
            to,
            destination_bucket: None,
            version: None,
            own_metadata: false,
            content: ContentMetadata::default(),
        }
    }

    /// Copies it into another bucket.
    pub fn destination_bucket(mut self, bucket: impl Into<String>) -> Self {
        self.destination_bucket = Some(bucket.into());
        self
    }

    /// Replaces a file of that name.
    pub fn upsert(mut self) -> Self {
        self.setup
            .header("x-upsert", HeaderValue::from_static("true"));
        self
    }

    /// An older version of the file; for buckets that keep versions.
    pub fn version(mut self, id: impl Into<String>) -> Self {
        self.version = Some(id.into());
        self
    }

    /// Leaves the original's metadata behind: the media type, `Cache-Control` and what its uploader attached.
    pub fn without_metadata(mut self) -> Self {
        self.own_metadata = true;
        self
    }

    /// The copy's media type, instead of the original's. The rest of its metadata is left behind too.
    pub fn content_type(mut self, value: impl Into<String>) -> Self {
        self.content.mimetype = Some(value.into());
        self.own_metadata = true;
        self
    }

    /// The copy's `Cache-Control`, such as `max-age=3600`. The rest of the metadata is left behind too.
    pub fn cache_control(mut self, value: impl Into<String>) -> Self {
        self.content.cache_control = Some(value.into());
        self.own_metadata = true;
        self
    }

    /// What is attached to the copy, a JSON object. The original's metadata is left behind.
    pub fn metadata(mut self, metadata: &(impl Serialize + ?Sized)) -> Self {
        if let Some(json) = self.setup.keep(metadata_json(metadata)) {
            self.setup.header("x-metadata", metadata_header(&json));
        }
        self.own_metadata = true;
        self
    }

    fn prepare(self) -> Prepared<Copied> {
        let Self {
            setup,
            bucket,
            from,
            to,
            destination_bucket,
            version,
            own_metadata,
            content,
        } = self;
        setup.finish(
            |service| {
                let named = content.mimetype.is_some() || content.cache_control.is_some();
                let body = Transfer {
                    bucket_id: &bucket,
                    source_key: from.as_str(),
                    destination_key: to.as_str(),
                    destination_bucket: destination_bucket.as_deref(),
                    source_version_id: version.as_deref(),
                    copy_metadata: own_metadata.then_some(false),
                    metadata: named.then_some(&content),
                };
                body.check(&from, &to)?;
                let uri = service.endpoint().uri().path("object/copy").finish();
                with_json(Method::POST, uri, &body)
            },
            call::read_json,
        )
    }
}

/// What a user attaches to an object, as JSON. The service drops what is no object in silence, so it is refused here.
pub(super) fn metadata_json(value: &(impl Serialize + ?Sized)) -> Result<String> {
    match serde_json::to_string(value) {
        Ok(json) if json.starts_with('{') => Ok(json),
        Ok(_) => Err(Error::request(
            "the metadata is no JSON object; give a struct, a map or `json!({ … })`",
        )),
        Err(cause) => Err(Error::request_caused_by(
            "the metadata cannot be written as JSON",
            cause,
        )),
    }
}

/// The metadata as a header carries it.
pub(super) fn metadata_header(json: &str) -> String {
    STANDARD.encode(json)
}
