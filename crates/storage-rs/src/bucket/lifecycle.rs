//! When older versions of files are removed.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use supabase_http::ServiceClient;

use super::uri_of;
use crate::call::{self, Prepared, Setup, bare, operation, with_json};

/// When a bucket removes older versions of its files.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BucketLifecycle {
    /// The rules; a version goes as soon as one says so.
    #[serde(default)]
    pub rules: Vec<LifecycleRule>,
}

/// A rule of a [`BucketLifecycle`].
///
/// ```
/// use storage_rs::LifecycleRule;
///
/// let rule = LifecycleRule::noncurrent_days(30).keep_versions(2);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LifecycleRule {
    /// The service's name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Whether it holds.
    pub status: RuleStatus,
    /// Which files it is about; all, if it is empty.
    #[serde(default)]
    pub filter: Map<String, Value>,
    /// When versions go that are not the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noncurrent_version_expiration: Option<NoncurrentVersionExpiration>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl LifecycleRule {
    /// Versions go so many days after they were replaced.
    #[must_use]
    pub fn noncurrent_days(days: u32) -> Self {
        Self {
            id: None,
            status: RuleStatus::Enabled,
            filter: Map::new(),
            noncurrent_version_expiration: Some(NoncurrentVersionExpiration {
                noncurrent_days: Some(days),
                newer_noncurrent_versions: None,
            }),
            other: Map::new(),
        }
    }

    /// So many of the replaced versions stay, whatever their age.
    #[must_use]
    pub fn keep_versions(mut self, versions: u32) -> Self {
        let mut expiration = self.noncurrent_version_expiration.unwrap_or_default();
        expiration.newer_noncurrent_versions = Some(versions);
        self.noncurrent_version_expiration = Some(expiration);
        self
    }
}

/// Whether a rule holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum RuleStatus {
    /// It does.
    Enabled,
    /// It does not.
    Disabled,
    /// Anything else that a server says.
    #[serde(untagged)]
    Other(String),
}

/// When versions go that are not the newest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NoncurrentVersionExpiration {
    /// So many days after they were replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noncurrent_days: Option<u32>,
    /// But so many of them stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newer_noncurrent_versions: Option<u32>,
}

const TEMPLATE: &str = "/storage/v1/bucket/{bucket}/lifecycle";

/// Asks for a bucket's lifecycle; see
/// [`StorageClient::get_bucket_lifecycle`](crate::StorageClient::get_bucket_lifecycle).
#[must_use = "nothing is sent until the call is awaited"]
pub struct GetBucketLifecycle {
    setup: Setup,
    id: String,
}
operation!(GetBucketLifecycle => BucketLifecycle);

impl GetBucketLifecycle {
    pub(super) fn new(service: &ServiceClient, id: String) -> Self {
        Self {
            setup: Setup::new(service, "get bucket lifecycle", TEMPLATE),
            id,
        }
    }

    fn prepare(self) -> Prepared<BucketLifecycle> {
        let Self { setup, id } = self;
        setup.finish(
            |service| bare(Method::GET, uri_of(service, &id, "lifecycle")),
            call::read_json,
        )
    }
}

/// Changes a bucket's lifecycle; see
/// [`StorageClient::update_bucket_lifecycle`](crate::StorageClient::update_bucket_lifecycle).
#[must_use = "nothing is changed until the call is awaited"]
pub struct UpdateBucketLifecycle {
    setup: Setup,
    id: String,
    lifecycle: BucketLifecycle,
}
operation!(UpdateBucketLifecycle => BucketLifecycle);

impl UpdateBucketLifecycle {
    pub(super) fn new(service: &ServiceClient, id: String, rules: Vec<LifecycleRule>) -> Self {
        Self {
            setup: Setup::new(service, "update bucket lifecycle", TEMPLATE),
            id,
            lifecycle: BucketLifecycle { rules },
        }
    }

    fn prepare(self) -> Prepared<BucketLifecycle> {
        let Self {
            setup,
            id,
            lifecycle,
        } = self;
        setup.finish(
            |service| {
                let uri = uri_of(service, &id, "lifecycle");
                with_json(Method::PUT, uri, &lifecycle)
            },
            call::read_json,
        )
    }
}
