//! Buckets: made, changed, listed, emptied and deleted.

mod create;
mod lifecycle;
mod list;
mod manage;

pub use self::create::{BucketKind, CreateBucket, FileSizeLimit, UpdateBucket, Versioning};
pub use self::lifecycle::{
    BucketLifecycle, GetBucketLifecycle, LifecycleRule, NoncurrentVersionExpiration, RuleStatus,
    UpdateBucketLifecycle,
};
pub use self::list::{BucketSort, ListBuckets};
pub use self::manage::{BucketCall, GetBucket, PurgeBucketCache};

use http::Uri;
use supabase_http::{Result, ServiceClient, UriBuilder};

use crate::StorageClient;
use crate::path::check_bucket;

impl StorageClient {
    /// Makes a bucket, for the files of whoever the client is. It is private unless [`public`](CreateBucket::public) is
    /// said. `POST /bucket`.
    ///
    /// ```no_run
    /// # async fn demo(storage: storage_rs::StorageClient) -> Result<(), storage_rs::Error> {
    /// use storage_rs::FileSizeLimit;
    ///
    /// storage
    ///     .create_bucket("avatars")
    ///     .public()
    ///     .file_size_limit(FileSizeLimit::bytes(1024 * 1024))
    ///     .allowed_mime_types(["image/*"])
    ///     .await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited: [`is_already_exists`](crate::Error::is_already_exists),
    /// [`is_rls_violation`](crate::Error::is_rls_violation).
    pub fn create_bucket(&self, id: impl Into<String>) -> CreateBucket {
        CreateBucket::new(&self.service, id.into())
    }

    /// The settings of a bucket. `GET /bucket/{id}`.
    ///
    /// ```no_run
    /// # async fn demo(storage: storage_rs::StorageClient) -> Result<(), storage_rs::Error> {
    /// let avatars = storage.get_bucket("avatars").await?;
    /// println!("{} {:?}", avatars.public, avatars.file_size_limit);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found) if there is none, or the user may not see it.
    pub fn get_bucket(&self, id: impl Into<String>) -> GetBucket {
        GetBucket::new(&self.service, id.into())
    }

    /// The buckets that the user may see. `GET /bucket`.
    ///
    /// ```no_run
    /// # async fn demo(storage: storage_rs::StorageClient) -> Result<(), storage_rs::Error> {
    /// for bucket in storage.list_buckets().search("ava").limit(10).await? {
    ///     println!("{}", bucket.id);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited.
    pub fn list_buckets(&self) -> ListBuckets {
        ListBuckets::new(&self.service)
    }

    /// Changes the settings of a bucket; what is not named stays. `PUT /bucket/{id}`.
    ///
    /// ```no_run
    /// # async fn demo(storage: storage_rs::StorageClient) -> Result<(), storage_rs::Error> {
    /// storage.update_bucket("avatars").private().no_file_size_limit().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found) if there is none, or the user may not change it.
    pub fn update_bucket(&self, id: impl Into<String>) -> UpdateBucket {
        UpdateBucket::new(&self.service, id.into())
    }

    /// Removes all files of a bucket; needs a secret key. The service may take a while for it after it has answered.
    /// `POST /bucket/{id}/empty`.
    ///
    /// ```no_run
    /// # async fn demo(storage: storage_rs::StorageClient) -> Result<(), storage_rs::Error> {
    /// storage.empty_bucket("avatars").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found).
    pub fn empty_bucket(&self, id: impl Into<String>) -> BucketCall {
        BucketCall::empty(&self.service, &id.into())
    }

    /// Deletes a bucket, which must be empty. `DELETE /bucket/{id}`.
    ///
    /// ```no_run
    /// # async fn demo(storage: storage_rs::StorageClient) -> Result<(), storage_rs::Error> {
    /// storage.delete_bucket("avatars").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found),
    /// [`ResourceNotEmpty`](crate::ErrorCode::ResourceNotEmpty).
    pub fn delete_bucket(&self, id: impl Into<String>) -> BucketCall {
        BucketCall::delete(&self.service, &id.into())
    }

    /// Makes the CDN forget all files of a bucket; needs a secret key. `DELETE /cdn/{id}`.
    ///
    /// ```no_run
    /// # async fn demo(storage: storage_rs::StorageClient) -> Result<(), storage_rs::Error> {
    /// storage.purge_bucket_cache("avatars").transformations().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited.
    pub fn purge_bucket_cache(&self, id: impl Into<String>) -> PurgeBucketCache {
        PurgeBucketCache::new(&self.service, id.into())
    }

    /// When older versions of files are removed; for buckets that keep versions. `GET /bucket/{id}/lifecycle`.
    ///
    /// ```no_run
    /// # async fn demo(storage: storage_rs::StorageClient) -> Result<(), storage_rs::Error> {
    /// let lifecycle = storage.get_bucket_lifecycle("avatars").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited.
    pub fn get_bucket_lifecycle(&self, id: impl Into<String>) -> GetBucketLifecycle {
        GetBucketLifecycle::new(&self.service, id.into())
    }

    /// Says when older versions of files are removed; for buckets that keep versions. `PUT /bucket/{id}/lifecycle`.
    ///
    /// ```no_run
    /// # async fn demo(storage: storage_rs::StorageClient) -> Result<(), storage_rs::Error> {
    /// use storage_rs::LifecycleRule;
    ///
    /// storage.update_bucket_lifecycle("avatars", [LifecycleRule::noncurrent_days(30)]).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited.
    pub fn update_bucket_lifecycle(
        &self,
        id: impl Into<String>,
        rules: impl IntoIterator<Item = LifecycleRule>,
    ) -> UpdateBucketLifecycle {
        UpdateBucketLifecycle::new(&self.service, id.into(), rules.into_iter().collect())
    }

    /// Keeps older versions of files for good again. `DELETE /bucket/{id}/lifecycle`.
    ///
    /// ```no_run
    /// # async fn demo(storage: storage_rs::StorageClient) -> Result<(), storage_rs::Error> {
    /// storage.delete_bucket_lifecycle("avatars").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited.
    pub fn delete_bucket_lifecycle(&self, id: impl Into<String>) -> BucketCall {
        BucketCall::delete_lifecycle(&self.service, &id.into())
    }
}

/// The URL of a bucket.
fn uri<'a>(service: &'a ServiceClient, route: &str, id: &str) -> Result<UriBuilder<'a>> {
    check_bucket(id)?;
    Ok(service.endpoint().uri().segment(route).path(id))
}

/// The URL of something of a bucket.
fn uri_of(service: &ServiceClient, id: &str, what: &str) -> Result<Uri> {
    uri(service, "bucket", id)?.segment(what).finish()
}
