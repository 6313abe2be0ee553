//! Looking at files, removing them, and making the CDN forget them.

use http::Method;
use serde::Serialize;
use supabase_http::{Error, Result};

use super::FileClient;
use crate::ObjectPath;
use crate::call::{self, Prepared, Setup, bare, operation, with_json};
use crate::error;
use crate::model::{FileInfo, FileObject};

/// How many files one call takes.
pub(super) const MAX_FILES: usize = 1000;

/// Asks what is known of a file; see [`FileClient::info`].
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
/// let old = files.info("tom.png").version("8da6e2d2").await?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct FileInfoCall {
    setup: Setup,
    files: FileClient,
    path: ObjectPath,
    version: Option<String>,
}
operation!(FileInfoCall => FileInfo);

impl FileInfoCall {
    pub(super) fn new(files: &FileClient, path: ObjectPath) -> Self {
        Self {
            setup: Setup::new(
                &files.service,
                "info",
                "/storage/v1/object/info/{bucket}/{path}",
            ),
            files: files.clone(),
            path,
            version: None,
        }
    }

    /// An older version of the file; for buckets that keep versions.
    pub fn version(mut self, id: impl Into<String>) -> Self {
        self.version = Some(id.into());
        self
    }

    fn prepare(self) -> Prepared<FileInfo> {
        let Self {
            setup,
            files,
            path,
            version,
        } = self;
        setup.finish(
            |_| bare(Method::GET, info_uri(&files, &path, version.as_deref())),
            |parts, body| match parts.status.is_success() {
                true => call::read_json(parts, body),
                false => Err(error::of_read(parts, body)),
            },
        )
    }
}

fn info_uri(files: &FileClient, path: &ObjectPath, version: Option<&str>) -> Result<http::Uri> {
    let mut uri = files.object_uri("object/info", path)?;
    if let Some(version) = version {
        uri = uri.pair("versionId", version);
    }
    uri.finish()
}

/// Asks whether there is a file; see [`FileClient::exists`].
#[must_use = "nothing is sent until the call is awaited"]
pub struct FileExists {
    setup: Setup,
    files: FileClient,
    path: ObjectPath,
}
operation!(FileExists => bool);

impl FileExists {
    pub(super) fn new(files: &FileClient, path: ObjectPath) -> Self {
        Self {
            setup: Setup::new(
                &files.service,
                "exists",
                "/storage/v1/object/info/{bucket}/{path}",
            ),
            files: files.clone(),
            path,
        }
    }

    fn prepare(self) -> Prepared<bool> {
        let Self { setup, files, path } = self;
        setup.finish(
            |_| bare(Method::GET, info_uri(&files, &path, None)),
            |parts, body| {
                if parts.status.is_success() {
                    return Ok(true);
                }
                let error = error::of_read(parts, body);
                // Without a bucket nobody knows: the token may have been refused.
                match error.is_not_found() && !error::is_no_bucket(&error) {
                    true => Ok(false),
                    false => Err(error),
                }
            },
        )
    }
}

/// A file to remove: its path, or one version of it.
///
/// ```
/// use storage_rs::FileVersion;
///
/// let newest: FileVersion = "cats/tom.png".into();
/// let old = FileVersion::new("cats/tom.png", "8da6e2d2-f3f6-476a-bacc-02b00923a55c");
/// ```
#[derive(Debug, Clone)]
pub struct FileVersion {
    path: ObjectPath,
    version: Option<String>,
}

impl FileVersion {
    /// One version of a file; for buckets that keep versions.
    pub fn new(path: impl Into<ObjectPath>, version: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            version: Some(version.into()),
        }
    }
}

impl<P: Into<ObjectPath>> From<P> for FileVersion {
    fn from(path: P) -> Self {
        Self {
            path: path.into(),
            version: None,
        }
    }
}

/// Removes files; see [`FileClient::remove`].
#[must_use = "nothing is removed until the call is awaited"]
pub struct RemoveFiles {
    setup: Setup,
    files: FileClient,
    remove: Vec<FileVersion>,
}
operation!(RemoveFiles => Vec<FileObject>);

#[derive(Serialize)]
struct Prefixes<'a> {
    prefixes: Vec<Prefix<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Prefix<'a> {
    Path(&'a str),
    #[serde(rename_all = "camelCase")]
    Version {
        path: &'a str,
        version_id: &'a str,
    },
}

impl RemoveFiles {
    pub(super) fn new(files: &FileClient, remove: Vec<FileVersion>) -> Self {
        Self {
            setup: Setup::new(&files.service, "remove", "/storage/v1/object/{bucket}"),
            files: files.clone(),
            remove,
        }
    }

    fn prepare(self) -> Prepared<Vec<FileObject>> {
        let Self {
            setup,
            files,
            remove,
        } = self;
        setup.finish(
            |_| {
                check_count(remove.len(), "remove")?;
                for file in &remove {
                    file.path.check()?;
                }
                let prefixes = remove.iter().map(|file| match &file.version {
                    None => Prefix::Path(file.path.as_str()),
                    Some(version_id) => Prefix::Version {
                        path: file.path.as_str(),
                        version_id,
                    },
                });
                let body = Prefixes {
                    prefixes: prefixes.collect(),
                };
                with_json(Method::DELETE, files.bucket_uri("object")?.finish(), &body)
            },
            call::read_json,
        )
    }
}

/// Checks how many files a call is about.
pub(super) fn check_count(count: usize, verb: &str) -> Result<()> {
    match count {
        0 => Err(Error::request(format!("there are no files to {verb}"))),
        1..=MAX_FILES => Ok(()),
        _ => Err(Error::request(format!(
            "{count} files to {verb} at once; {MAX_FILES} is the most"
        ))),
    }
}

/// Makes the CDN forget a file; see [`FileClient::purge_cache`].
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
/// files.purge_cache("tom.png").transformations().await?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct PurgeCache {
    setup: Setup,
    files: FileClient,
    path: ObjectPath,
    transformations: bool,
}
operation!(PurgeCache => ());

impl PurgeCache {
    pub(super) fn new(files: &FileClient, path: ObjectPath) -> Self {
        Self {
            setup: Setup::new(
                &files.service,
                "purge cache",
                "/storage/v1/cdn/{bucket}/{path}",
            ),
            files: files.clone(),
            path,
            transformations: false,
        }
    }

    /// Only transformed pictures of it; the original stays in the cache.
    pub fn transformations(mut self) -> Self {
        self.transformations = true;
        self
    }

    fn prepare(self) -> Prepared<()> {
        let Self {
            setup,
            files,
            path,
            transformations,
        } = self;
        setup.finish(
            |_| {
                let mut uri = files.object_uri("cdn", &path)?;
                if transformations {
                    uri = uri.pair("transformations", "true");
                }
                with_json(Method::DELETE, uri.finish(), &Nothing {})
            },
            call::read_nothing,
        )
    }
}

/// `{}`.
#[derive(Serialize)]
pub(crate) struct Nothing {}
