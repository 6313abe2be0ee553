//! Analytics buckets: made, listed and deleted.

use http::Method;
use serde_json::json;
use supabase_http::{Error, ServiceClient};

use super::metadata::AnalyticsBucket;
use crate::call::{Prepared, Setup, bare, operation, with_json};
use crate::model::SortOrder;
use crate::path::check_bucket;
use crate::{BucketSort, route};

/// Makes an analytics bucket; see [`AnalyticsClient::create_bucket`](super::AnalyticsClient::create_bucket).
#[must_use = "nothing is sent until the call is awaited"]
pub struct CreateAnalyticsBucket {
    setup: Setup,
    name: String,
}
operation!(CreateAnalyticsBucket => AnalyticsBucket);

impl CreateAnalyticsBucket {
    pub(super) fn new(service: &ServiceClient, name: String) -> Self {
        let mut setup = Setup::new(
            service,
            "create analytics bucket",
            "/storage/v1/iceberg/bucket",
        );
        setup.keep(check_bucket(&name));
        Self { setup, name }
    }

    fn prepare(self) -> Prepared<AnalyticsBucket> {
        let Self { setup, name } = self;
        setup.finish(
            |service| {
                let uri = service.endpoint().uri().path("iceberg/bucket").finish();
                with_json(Method::POST, uri, &json!({ "name": name }))
            },
            route::read_json,
        )
    }
}

/// Lists analytics buckets; see [`AnalyticsClient::list_buckets`](super::AnalyticsClient::list_buckets).
///
/// ```no_run
/// # async fn demo(storage: storage_rs::StorageClient) -> Result<(), storage_rs::Error> {
/// use storage_rs::{BucketSort, SortOrder};
///
/// let list = storage.analytics().list_buckets().search("ware").limit(10).offset(10);
/// for bucket in list.sort_by(BucketSort::CreatedAt, SortOrder::Descending).await? {
///     println!("{}", bucket.name);
/// }
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct ListAnalyticsBuckets {
    setup: Setup,
    limit: Option<u32>,
    offset: Option<u64>,
    search: Option<String>,
    sort: Option<(BucketSort, SortOrder)>,
}
operation!(ListAnalyticsBuckets => Vec<AnalyticsBucket>);

impl ListAnalyticsBuckets {
    pub(super) fn new(service: &ServiceClient) -> Self {
        Self {
            setup: Setup::new(
                service,
                "list analytics buckets",
                "/storage/v1/iceberg/bucket",
            ),
            limit: None,
            offset: None,
            search: None,
            sort: None,
        }
    }

    /// How many buckets at most.
    pub fn limit(mut self, buckets: u32) -> Self {
        self.limit = Some(buckets);
        self
    }

    /// How many buckets to leave out at the beginning.
    pub fn offset(mut self, buckets: u64) -> Self {
        self.offset = Some(buckets);
        self
    }

    /// Only buckets with this text in their names; the empty text is in all.
    pub fn search(mut self, text: impl Into<String>) -> Self {
        self.search = Some(text.into()).filter(|text| !text.is_empty());
        self
    }

    /// In which order. These buckets are not sorted by id.
    pub fn sort_by(mut self, column: BucketSort, order: SortOrder) -> Self {
        if column == BucketSort::Id {
            self.setup.keep::<()>(Err(Error::request(
                "analytics buckets cannot be sorted by id; their name is the same",
            )));
        }
        self.sort = Some((column, order));
        self
    }

    fn prepare(self) -> Prepared<Vec<AnalyticsBucket>> {
        let Self {
            setup,
            limit,
            offset,
            search,
            sort,
        } = self;
        setup.finish(
            |service| {
                let mut uri = service.endpoint().uri().path("iceberg/bucket");
                let pairs = [
                    ("limit", limit.map(|limit| limit.to_string())),
                    ("offset", offset.map(|offset| offset.to_string())),
                    ("sortColumn", sort.map(|(by, _)| by.as_str().to_owned())),
                    (
                        "sortOrder",
                        sort.map(|(_, order)| order.as_str().to_owned()),
                    ),
                    ("search", search),
                ];
                for (name, value) in pairs {
                    if let Some(value) = value {
                        uri = uri.pair(name, &value);
                    }
                }
                bare(Method::GET, uri.finish())
            },
            route::read_json,
        )
    }
}

/// Deletes an analytics bucket; see [`AnalyticsClient::delete_bucket`](super::AnalyticsClient::delete_bucket).
#[must_use = "nothing is sent until the call is awaited"]
pub struct DeleteAnalyticsBucket {
    setup: Setup,
    name: String,
}
operation!(DeleteAnalyticsBucket => ());

impl DeleteAnalyticsBucket {
    pub(super) fn new(service: &ServiceClient, name: String) -> Self {
        let mut setup = Setup::new(
            service,
            "delete analytics bucket",
            "/storage/v1/iceberg/bucket/{bucket}",
        );
        setup.keep(check_bucket(&name));
        Self { setup, name }
    }

    fn prepare(self) -> Prepared<()> {
        let Self { setup, name } = self;
        setup.finish(
            |service| {
                let uri = service.endpoint().uri().path("iceberg/bucket");
                with_json(Method::DELETE, uri.segment(&name).finish(), &json!({}))
            },
            route::read_nothing,
        )
    }
}
