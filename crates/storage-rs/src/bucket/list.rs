//! Lists of buckets.

use http::Method;
use supabase_http::ServiceClient;

use crate::Bucket;
use crate::call::{self, Prepared, Setup, bare, operation};
use crate::model::SortOrder;

/// By what a list of buckets is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BucketSort {
    /// By id.
    Id,
    /// By name.
    Name,
    /// By the time when it was made.
    CreatedAt,
    /// By the time when its settings changed last.
    UpdatedAt,
}

impl BucketSort {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
        }
    }
}

/// Lists buckets; see [`StorageClient::list_buckets`](crate::StorageClient::list_buckets).
///
/// ```no_run
/// # async fn demo(storage: storage_rs::StorageClient) -> Result<(), storage_rs::Error> {
/// use storage_rs::{BucketSort, SortOrder};
///
/// let list = storage.list_buckets().search("ava").limit(10).offset(20);
/// let buckets = list.sort_by(BucketSort::CreatedAt, SortOrder::Descending).await?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct ListBuckets {
    setup: Setup,
    limit: Option<u32>,
    offset: Option<u64>,
    search: Option<String>,
    sort: Option<(BucketSort, SortOrder)>,
}
operation!(ListBuckets => Vec<Bucket>);

impl ListBuckets {
    pub(super) fn new(service: &ServiceClient) -> Self {
        Self {
            setup: Setup::new(service, "list buckets", "/storage/v1/bucket"),
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

    /// In which order.
    pub fn sort_by(mut self, column: BucketSort, order: SortOrder) -> Self {
        self.sort = Some((column, order));
        self
    }

    fn prepare(self) -> Prepared<Vec<Bucket>> {
        let Self {
            setup,
            limit,
            offset,
            search,
            sort,
        } = self;
        setup.finish(
            |service| {
                let mut uri = service.endpoint().uri().segment("bucket");
                let pairs = [
                    ("limit", limit.map(|limit| limit.to_string())),
                    ("offset", offset.map(|offset| offset.to_string())),
                    ("search", search),
                    (
                        "sortColumn",
                        sort.map(|(column, _)| column.as_str().to_owned()),
                    ),
                    (
                        "sortOrder",
                        sort.map(|(_, order)| order.as_str().to_owned()),
                    ),
                ];
                for (name, value) in pairs {
                    if let Some(value) = value {
                        uri = uri.pair(name, &value);
                    }
                }
                bare(Method::GET, uri.finish())
            },
            call::read_json,
        )
    }
}
