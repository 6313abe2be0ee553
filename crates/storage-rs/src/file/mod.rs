//! The files of one bucket.

mod list;
mod list_v2;
mod manage;
mod public_url;
mod signed;
mod signed_upload;
mod transfer;

pub(crate) mod body;
pub(crate) mod download;
pub(crate) mod stream;
pub(crate) mod to_file;
pub(crate) mod upload;

use std::fmt;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use supabase_http::{Result, ServiceClient, UriBuilder, header_pair};

pub use self::list::ListFiles;
pub use self::list_v2::{FilePage, FileStream, ListFilesV2, PageStream};
pub(crate) use self::manage::Nothing;
pub use self::manage::{FileExists, FileInfoCall, FileVersion, PurgeCache, RemoveFiles};
pub use self::public_url::PublicUrl;
pub use self::signed::{CreateSignedUrl, CreateSignedUrls, SignedUrl, SignedUrlResult};
pub use self::signed_upload::{CreateSignedUploadUrl, SignedUploadUrl};
pub use self::transfer::{Copied, CopyFile, MoveFile};
use self::{body::IntoUploadBody, download::Download, upload::Upload};
use crate::path::check_bucket;
use crate::{ObjectPath, StorageClient};

/// The files of one bucket. Cheap to clone; made by [`StorageClient::from`](crate::StorageClient::from).
///
/// ```no_run
/// # async fn demo(storage: storage_rs::StorageClient) -> Result<(), storage_rs::Error> {
/// let avatars = storage.from("avatars");
/// avatars.upload("cats/tom.png", vec![1, 2, 3]).content_type("image/png").upsert().await?;
/// let tom = avatars.download("cats/tom.png").await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct FileClient {
    pub(crate) service: ServiceClient,
    pub(crate) bucket: String,
    #[cfg(feature = "resumable")]
    pub(crate) resumable_above: u64,
}

impl FileClient {
    pub(crate) fn new(storage: &StorageClient, bucket: String) -> Self {
        Self {
            service: storage.service.clone(),
            bucket,
            #[cfg(feature = "resumable")]
            resumable_above: storage.resumable_above,
        }
    }

    /// The id of the bucket.
    ///
    /// ```
    /// # let storage = storage_rs::StorageClient::new("http://127.0.0.1:54321", "key")?;
    /// assert_eq!(storage.from("avatars").bucket(), "avatars");
    /// # Ok::<(), storage_rs::Error>(())
    /// ```
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The same bucket, sending this header with every request that has none of that name.
    ///
    /// ```
    /// # fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
    /// let traced = files.with_header("x-app", "demo")?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if name or value cannot be in a header.
    pub fn with_header(
        &self,
        name: impl TryInto<HeaderName, Error: Into<http::Error>>,
        value: impl TryInto<HeaderValue, Error: Into<http::Error>>,
    ) -> Result<Self> {
        let (name, value) = header_pair(name, value)?;
        Ok(Self {
            service: self.service.with_header(name, value),
            ..self.clone()
        })
    }

    /// Uploads a new file: bytes, text, a [`tokio::fs::File`], or an [`UploadBody`](crate::UploadBody) of a path, a
    /// reader or a stream. It fails if there is a file of that name, unless [`upsert`](Upload::upsert) is said.
    ///
    /// Nothing but a piece at a time is held in memory. `POST /object/{bucket}/{path}`. With the feature `resumable`, files
    /// above 6 MiB go in chunks that survive a break; the client says from which size on.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient) -> Result<(), Box<dyn std::error::Error>> {
    /// files.upload("notes/today.txt", "Hello").content_type("text/plain;charset=UTF-8").await?;
    /// files.upload("big.iso", tokio::fs::File::open("big.iso").await?).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited: [`is_already_exists`](crate::Error::is_already_exists),
    /// [`is_too_large`](crate::Error::is_too_large), [`is_invalid_mime_type`](crate::Error::is_invalid_mime_type),
    /// [`is_rls_violation`](crate::Error::is_rls_violation) and the like.
    pub fn upload(&self, path: impl Into<ObjectPath>, body: impl IntoUploadBody) -> Upload {
        Upload::create(self, path.into(), body.into_upload_body())
    }

    /// Replaces a file, or makes it if there is none. `PUT /object/{bucket}/{path}`.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
    /// files.update("notes/today.txt", "Hello again").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`upload`](FileClient::upload).
    pub fn update(&self, path: impl Into<ObjectPath>, body: impl IntoUploadBody) -> Upload {
        Upload::replace(self, path.into(), body.into_upload_body())
    }

    /// Uploads by the token of a [signed upload URL](FileClient::create_signed_upload_url), which says whether a file of
    /// that name is replaced. No key and no user's token is sent.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient, token: &str) -> Result<(), storage_rs::Error> {
    /// files.upload_to_signed_url("cats/tom.png", token, vec![1, 2, 3]).content_type("image/png").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`upload`](FileClient::upload); [`InvalidJwt`](crate::ErrorCode::InvalidJwt) for an expired token.
    pub fn upload_to_signed_url(
        &self,
        path: impl Into<ObjectPath>,
        token: impl Into<String>,
        body: impl IntoUploadBody,
    ) -> Upload {
        Upload::signed(self, path.into(), token.into(), body.into_upload_body())
    }

    /// Allows whoever holds the answer to upload this one file, without a key. `POST /object/upload/sign/{bucket}/{path}`.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
    /// let signed = files.create_signed_upload_url("cats/tom.png").await?;
    /// files.upload_to_signed_url(signed.path(), signed.token(), vec![1, 2, 3]).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited: [`is_already_exists`](crate::Error::is_already_exists) and the like.
    pub fn create_signed_upload_url(&self, path: impl Into<ObjectPath>) -> CreateSignedUploadUrl {
        CreateSignedUploadUrl::new(self, path.into())
    }

    /// Allows whoever holds the answer to read this one file for a while. `POST /object/sign/{bucket}/{path}`.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
    /// use std::time::Duration;
    /// use storage_rs::Transform;
    ///
    /// let minute = Duration::from_secs(60);
    /// let url = files.create_signed_url("cats/tom.png", minute).transform(Transform::new().width(100)).await?;
    /// println!("{}", url.as_str());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found) if there is no such file, or the user may not read it.
    pub fn create_signed_url(
        &self,
        path: impl Into<ObjectPath>,
        expires_in: Duration,
    ) -> CreateSignedUrl {
        CreateSignedUrl::new(self, path.into(), expires_in)
    }

    /// Signs several URLs at once. A file that cannot be read is an error of its own entry. `POST /object/sign/{bucket}`.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
    /// use std::time::Duration;
    ///
    /// for signed in files.create_signed_urls(["a.png", "b.png"], Duration::from_secs(60)).await? {
    ///     match signed.url {
    ///         Ok(url) => println!("{}", url.as_str()),
    ///         Err(why) => println!("{}: {why}", signed.path),
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited; of an empty list, before anything is sent.
    pub fn create_signed_urls(
        &self,
        paths: impl IntoIterator<Item = impl Into<ObjectPath>>,
        expires_in: Duration,
    ) -> CreateSignedUrls {
        CreateSignedUrls::new(
            self,
            paths.into_iter().map(Into::into).collect(),
            expires_in,
        )
    }

    /// The URL by which anybody can read a file of a public bucket. Nothing is sent, so it is not known whether there is
    /// such a file, and whether the bucket is public.
    ///
    /// ```
    /// # fn main() -> Result<(), storage_rs::Error> {
    /// # let storage = storage_rs::StorageClient::new("http://127.0.0.1:54321", "key")?;
    /// use storage_rs::Transform;
    ///
    /// let url = storage.from("avatars").get_public_url("what?.png").transform(Transform::new().width(64)).build()?;
    /// assert!(url.ends_with("/storage/v1/render/image/public/avatars/what%3F.png?width=64"));
    /// # Ok(()) }
    /// ```
    pub fn get_public_url(&self, path: impl Into<ObjectPath>) -> PublicUrl {
        PublicUrl::new(self, path.into())
    }

    /// Downloads a file. Awaiting it gives the bytes; [`stream`](Download::stream), [`reader`](Download::reader) and
    /// [`to_file`](Download::to_file) hold a piece at a time. `GET /object/{bucket}/{path}`.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
    /// let bytes = files.download("cats/tom.png").await?;
    /// let start = files.download("big.iso").range(0..1024).await?;
    /// files.download("big.iso").to_file("big.iso").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found) if there is no such file, or the user may not read it. A
    /// token that the service refuses gives the same, with [`NoSuchBucket`](crate::ErrorCode::NoSuchBucket) as the code.
    pub fn download(&self, path: impl Into<ObjectPath>) -> Download {
        Download::new(self, path.into())
    }

    /// The files and folders in a folder, `""` for the top, with names relative to it. `POST /object/list/{bucket}`.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
    /// for entry in files.list("cats").limit(20).await? {
    ///     println!("{} {:?}", entry.name, entry.size());
    /// }
    /// let mut all = files.list("cats").files();
    /// while let Some(file) = all.try_next().await? {
    ///     println!("{}", file.name);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited. A bucket or folder that does not exist, or is not to be seen, is an empty list.
    pub fn list(&self, folder: impl Into<String>) -> ListFiles {
        ListFiles::new(self, folder.into())
    }

    /// The objects whose names begin with a prefix, page by page, with whole names. `POST /object/list-v2/{bucket}`.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
    /// let page = files.list_v2().prefix("cats/").with_delimiter().limit(100).await?;
    /// println!("{} folders, {} files", page.folders.len(), page.objects.len());
    ///
    /// let mut all = files.list_v2().files();
    /// while let Some(file) = all.try_next().await? {
    ///     println!("{}", file.name);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited. A bucket that does not exist, or is not to be seen, is an empty page.
    pub fn list_v2(&self) -> ListFilesV2 {
        ListFilesV2::new(self)
    }

    /// What the service knows of a file. `GET /object/info/{bucket}/{path}`.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
    /// let info = files.info("cats/tom.png").await?;
    /// println!("{:?} bytes of {:?}", info.size, info.content_type);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found) if there is no such file, or the user may not read it.
    pub fn info(&self, path: impl Into<ObjectPath>) -> FileInfoCall {
        FileInfoCall::new(self, path.into())
    }

    /// Whether there is such a file that the user may read. `GET /object/info/{bucket}/{path}`.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
    /// if !files.exists("cats/tom.png").await? {
    ///     println!("gone");
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited, for any failure but that there is no such file: neither a bucket that does not exist nor a refused
    /// token, which the service answers alike, says anything of the file.
    pub fn exists(&self, path: impl Into<ObjectPath>) -> FileExists {
        FileExists::new(self, path.into())
    }

    /// Removes files, at most 1,000 at once, and gives those that were removed. `DELETE /object/{bucket}`.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
    /// let removed = files.remove(["cats/tom.png", "cats/kitty.png"]).await?;
    /// println!("{} of 2", removed.len());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited; of an empty list, before anything is sent. What does not exist, or may not be removed, is no error:
    /// it is missing in the answer.
    pub fn remove(&self, files: impl IntoIterator<Item = impl Into<FileVersion>>) -> RemoveFiles {
        RemoveFiles::new(self, files.into_iter().map(Into::into).collect())
    }

    /// Moves a file, which also renames it. `POST /object/move`.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
    /// files.move_("inbox/tom.png", "cats/tom.png").await?;
    /// files.move_("cats/tom.png", "tom.png").destination_bucket("archive").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found),
    /// [`is_already_exists`](crate::Error::is_already_exists).
    pub fn move_(&self, from: impl Into<ObjectPath>, to: impl Into<ObjectPath>) -> MoveFile {
        MoveFile::new(self, from.into(), to.into())
    }

    /// Copies a file. `POST /object/copy`.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
    /// let copy = files.copy("cats/tom.png", "tom.png").destination_bucket("archive").await?;
    /// println!("{}", copy.full_path);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found),
    /// [`is_already_exists`](crate::Error::is_already_exists).
    pub fn copy(&self, from: impl Into<ObjectPath>, to: impl Into<ObjectPath>) -> CopyFile {
        CopyFile::new(self, from.into(), to.into())
    }

    /// Makes the CDN forget a file; needs a secret key. `DELETE /cdn/{bucket}/{path}`.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
    /// files.purge_cache("cats/tom.png").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited.
    pub fn purge_cache(&self, path: impl Into<ObjectPath>) -> PurgeCache {
        PurgeCache::new(self, path.into())
    }

    /// The URL of this bucket at a route of the service, such as `object/info`.
    pub(crate) fn bucket_uri(&self, route: &str) -> Result<UriBuilder<'_>> {
        check_bucket(&self.bucket)?;
        let uri = self.service.endpoint().uri().path(route);
        Ok(uri.path(&self.bucket))
    }

    /// The URL of an object at a route of the service.
    pub(crate) fn object_uri(&self, route: &str, path: &ObjectPath) -> Result<UriBuilder<'_>> {
        let uri = self.bucket_uri(route)?;
        path.check()?;
        Ok(uri.path(path.as_str()))
    }
}

impl fmt::Debug for FileClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileClient")
            .field("bucket", &self.bucket)
            .field("service", &self.service)
            .finish()
    }
}
