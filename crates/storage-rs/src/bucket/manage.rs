//! Looking at a bucket, emptying and deleting it.

use http::{Method, Request};
use supabase_http::{Body, Result, ServiceClient};

use super::{uri, uri_of};
use crate::Bucket;
use crate::call::{self, Prepared, Setup, bare, operation, with_json};
use crate::file::Nothing;

/// Asks for the settings of a bucket; see [`StorageClient::get_bucket`](crate::StorageClient::get_bucket).
#[must_use = "nothing is sent until the call is awaited"]
pub struct GetBucket {
    setup: Setup,
    id: String,
}
operation!(GetBucket => Bucket);

impl GetBucket {
    pub(super) fn new(service: &ServiceClient, id: String) -> Self {
        Self {
            setup: Setup::new(service, "get bucket", "/storage/v1/bucket/{bucket}"),
            id,
        }
    }

    fn prepare(self) -> Prepared<Bucket> {
        let Self { setup, id } = self;
        setup.finish(
            |service| bare(Method::GET, uri(service, "bucket", &id)?.finish()),
            call::read_json,
        )
    }
}

/// Something that is done to a whole bucket: it is emptied or deleted, or its lifecycle is.
#[must_use = "nothing is done until the call is awaited"]
pub struct BucketCall {
    setup: Setup,
    request: Result<Request<Body>>,
}
operation!(BucketCall => ());

impl BucketCall {
    pub(super) fn empty(service: &ServiceClient, id: &str) -> Self {
        let request = uri_of(service, id, "empty")
            .and_then(|uri| with_json(Method::POST, Ok(uri), &Nothing {}));
        Self {
            setup: Setup::new(service, "empty bucket", "/storage/v1/bucket/{bucket}/empty"),
            request,
        }
    }

    pub(super) fn delete(service: &ServiceClient, id: &str) -> Self {
        let request = uri(service, "bucket", id)
            .and_then(|uri| with_json(Method::DELETE, uri.finish(), &Nothing {}));
        Self {
            setup: Setup::new(service, "delete bucket", "/storage/v1/bucket/{bucket}"),
            request,
        }
    }

    pub(super) fn delete_lifecycle(service: &ServiceClient, id: &str) -> Self {
        let request = uri_of(service, id, "lifecycle")
            .and_then(|uri| with_json(Method::DELETE, Ok(uri), &Nothing {}));
        let template = "/storage/v1/bucket/{bucket}/lifecycle";
        Self {
            setup: Setup::new(service, "delete bucket lifecycle", template),
            request,
        }
    }

    fn prepare(self) -> Prepared<()> {
        let Self { setup, request } = self;
        setup.finish(|_| request, call::read_nothing)
    }
}

/// Makes the CDN forget a bucket; see [`StorageClient::purge_bucket_cache`](crate::StorageClient::purge_bucket_cache).
///
/// ```no_run
/// # async fn demo(storage: storage_rs::StorageClient) -> Result<(), storage_rs::Error> {
/// storage.purge_bucket_cache("avatars").transformations().await?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct PurgeBucketCache {
    setup: Setup,
    id: String,
    transformations: bool,
}
operation!(PurgeBucketCache => ());

impl PurgeBucketCache {
    pub(super) fn new(service: &ServiceClient, id: String) -> Self {
        Self {
            setup: Setup::new(service, "purge bucket cache", "/storage/v1/cdn/{bucket}"),
            id,
            transformations: false,
        }
    }

    /// Only transformed pictures; the originals stay in the cache.
    pub fn transformations(mut self) -> Self {
        self.transformations = true;
        self
    }

    fn prepare(self) -> Prepared<()> {
        let Self {
            setup,
            id,
            transformations,
        } = self;
        setup.finish(
            |service| {
                let mut uri = uri(service, "cdn", &id)?;
                if transformations {
                    uri = uri.pair("transformations", "true");
                }
                with_json(Method::DELETE, uri.finish(), &Nothing {})
            },
            call::read_nothing,
        )
    }
}
