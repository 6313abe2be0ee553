//! Vector buckets and indexes: made, looked at, listed and deleted.

use http::Method;
use serde::Serialize;
use serde_json::{Value, json};
use supabase_http::{Error, Idempotency, Result, ServiceClient};

use super::model::{DistanceMetric, VectorBucket, VectorBucketPage, VectorIndex, VectorIndexPage};
use crate::call::{Prepared, Setup, operation, with_json};
use crate::route;

/// The most numbers that a vector has.
const MAX_DIMENSION: u32 = 4096;
/// How many names of metadata can be kept from filters.
const MAX_NON_FILTERABLE: usize = 10;

/// A call of an action. Reads are marked as such, since all actions are sent by POST.
pub(super) fn setup(
    service: &ServiceClient,
    operation: &'static str,
    template: &'static str,
    safe: bool,
) -> Setup {
    let setup = Setup::new(service, operation, template);
    if safe {
        setup.options(|options| options.idempotency(Idempotency::Safe))
    } else {
        setup
    }
}

/// The request of an action.
pub(super) fn request(
    service: &ServiceClient,
    action: &str,
    body: &impl Serialize,
) -> Result<http::Request<supabase_http::Body>> {
    let uri = service.endpoint().uri().segment("vector").segment(action);
    with_json(Method::POST, uri.finish(), body)
}

/// Names are data of the body; only the empty one is surely wrong.
pub(super) fn check_name(what: &str, name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Error::request(format!("the name of the {what} is empty")));
    }
    Ok(())
}

/// The service's rule for the name of a new index.
fn check_index_name(name: &str) -> Result<()> {
    let end = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let fits = (3..=45).contains(&name.len())
        && name.chars().all(|c| end(c) || matches!(c, '.' | '-'))
        && name.starts_with(end)
        && name.ends_with(end);
    if fits {
        return Ok(());
    }
    Err(Error::request(format!(
        "{name:?} cannot be the name of an index: it has 3 to 45 of `a-z 0-9 . -`, and a letter or digit at both ends"
    )))
}

/// How many entries a page may have.
pub(super) fn check_page(entries: u32, most: u32) -> Result<()> {
    if (1..=most).contains(&entries) {
        return Ok(());
    }
    Err(Error::request(format!(
        "a page has 1 to {most} entries, not {entries}"
    )))
}

/// Makes or deletes something of vector buckets, and gets no answer but that it was done.
#[must_use = "nothing is sent until the call is awaited"]
pub struct VectorCall {
    pub(super) setup: Setup,
    pub(super) action: &'static str,
    pub(super) body: Value,
}
operation!(VectorCall => ());

impl VectorCall {
    pub(super) fn create_bucket(service: &ServiceClient, name: &str) -> Self {
        let setup = setup(
            service,
            "create vector bucket",
            "/storage/v1/vector/CreateVectorBucket",
            false,
        );
        Self::of_bucket(setup, "CreateVectorBucket", name)
    }

    pub(super) fn delete_bucket(service: &ServiceClient, name: &str) -> Self {
        let setup = setup(
            service,
            "delete vector bucket",
            "/storage/v1/vector/DeleteVectorBucket",
            false,
        );
        Self::of_bucket(setup, "DeleteVectorBucket", name)
    }

    fn of_bucket(mut setup: Setup, action: &'static str, name: &str) -> Self {
        setup.keep(check_name("vector bucket", name));
        Self {
            setup,
            action,
            body: json!({ "vectorBucketName": name }),
        }
    }

    pub(super) fn delete_index(service: &ServiceClient, bucket: &str, name: &str) -> Self {
        let mut setup = setup(
            service,
            "delete vector index",
            "/storage/v1/vector/DeleteIndex",
            false,
        );
        setup.keep(check_name("vector bucket", bucket));
        setup.keep(check_name("index", name));
        Self {
            setup,
            action: "DeleteIndex",
            body: json!({ "vectorBucketName": bucket, "indexName": name }),
        }
    }

    fn prepare(self) -> Prepared<()> {
        let Self {
            setup,
            action,
            body,
        } = self;
        setup.finish(
            |service| request(service, action, &body),
            route::read_nothing,
        )
    }
}

/// Looks at a vector bucket; see [`VectorsClient::get_bucket`](super::VectorsClient::get_bucket).
#[must_use = "nothing is sent until the call is awaited"]
pub struct GetVectorBucket {
    setup: Setup,
    name: String,
}
operation!(GetVectorBucket => VectorBucket);

impl GetVectorBucket {
    pub(super) fn new(service: &ServiceClient, name: String) -> Self {
        let mut setup = setup(
            service,
            "get vector bucket",
            "/storage/v1/vector/GetVectorBucket",
            true,
        );
        setup.keep(check_name("vector bucket", &name));
        Self { setup, name }
    }

    fn prepare(self) -> Prepared<VectorBucket> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            vector_bucket: VectorBucket,
        }
        let Self { setup, name } = self;
        setup.finish(
            |service| {
                request(
                    service,
                    "GetVectorBucket",
                    &json!({ "vectorBucketName": name }),
                )
            },
            |parts, body| route::read_json(parts, body).map(|answer: Answer| answer.vector_bucket),
        )
    }
}

/// Which page of which names.
#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(skip_serializing_if = "Option::is_none")]
    vector_bucket_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_results: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

macro_rules! names_by_page {
    ($list:ident) => {
        impl $list {
            /// Only those whose names begin with this text.
            pub fn prefix(mut self, text: impl Into<String>) -> Self {
                self.page.prefix = Some(text.into());
                self
            }

            /// How many a page has at most, 1 to 500; 500 by default.
            pub fn max_results(mut self, entries: u32) -> Self {
                self.setup.keep(check_page(entries, 500));
                self.page.max_results = Some(entries);
                self
            }

            /// Where to go on: the `next_token` of the page before.
            pub fn next_token(mut self, token: impl Into<String>) -> Self {
                self.page.next_token = Some(token.into());
                self
            }
        }
    };
}

/// Lists vector buckets; see [`VectorsClient::list_buckets`](super::VectorsClient::list_buckets).
#[must_use = "nothing is sent until the call is awaited"]
pub struct ListVectorBuckets {
    setup: Setup,
    page: Page,
}
operation!(ListVectorBuckets => VectorBucketPage);
names_by_page!(ListVectorBuckets);

impl ListVectorBuckets {
    pub(super) fn new(service: &ServiceClient) -> Self {
        Self {
            setup: setup(
                service,
                "list vector buckets",
                "/storage/v1/vector/ListVectorBuckets",
                true,
            ),
            page: Page::default(),
        }
    }

    fn prepare(self) -> Prepared<VectorBucketPage> {
        let Self { setup, page } = self;
        setup.finish(
            |service| request(service, "ListVectorBuckets", &page),
            route::read_json,
        )
    }
}

/// Lists the indexes of a bucket; see
/// [`VectorBucketClient::list_indexes`](super::VectorBucketClient::list_indexes).
#[must_use = "nothing is sent until the call is awaited"]
pub struct ListVectorIndexes {
    setup: Setup,
    page: Page,
}
operation!(ListVectorIndexes => VectorIndexPage);
names_by_page!(ListVectorIndexes);

impl ListVectorIndexes {
    pub(super) fn new(service: &ServiceClient, bucket: &str) -> Self {
        let mut setup = setup(
            service,
            "list vector indexes",
            "/storage/v1/vector/ListIndexes",
            true,
        );
        setup.keep(check_name("vector bucket", bucket));
        Self {
            setup,
            page: Page {
                vector_bucket_name: Some(bucket.to_owned()),
                ..Page::default()
            },
        }
    }

    fn prepare(self) -> Prepared<VectorIndexPage> {
        let Self { setup, page } = self;
        setup.finish(
            |service| request(service, "ListIndexes", &page),
            route::read_json,
        )
    }
}

/// Makes an index; see [`VectorBucketClient::create_index`](super::VectorBucketClient::create_index).
///
/// ```no_run
/// # async fn demo(docs: storage_rs::vectors::VectorBucketClient) -> Result<(), storage_rs::Error> {
/// use storage_rs::vectors::DistanceMetric;
///
/// docs.create_index("embeddings", 3, DistanceMetric::Euclidean).non_filterable_metadata_keys(["text"]).await?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct CreateVectorIndex {
    setup: Setup,
    index: NewIndex,
}
operation!(CreateVectorIndex => ());

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewIndex {
    vector_bucket_name: String,
    index_name: String,
    data_type: &'static str,
    dimension: u32,
    distance_metric: DistanceMetric,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata_configuration: Option<NewMetadata>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewMetadata {
    non_filterable_metadata_keys: Vec<String>,
}

impl CreateVectorIndex {
    pub(super) fn new(
        service: &ServiceClient,
        bucket: &str,
        name: String,
        dimension: u32,
        metric: DistanceMetric,
    ) -> Self {
        let mut setup = setup(
            service,
            "create vector index",
            "/storage/v1/vector/CreateIndex",
            false,
        );
        setup.keep(check_name("vector bucket", bucket));
        setup.keep(check_index_name(&name));
        if !(1..=MAX_DIMENSION).contains(&dimension) {
            setup.keep::<()>(Err(Error::request(format!(
                "an index is of vectors of 1 to {MAX_DIMENSION} numbers, not {dimension}"
            ))));
        }
        Self {
            setup,
            index: NewIndex {
                vector_bucket_name: bucket.to_owned(),
                index_name: name,
                data_type: "float32",
                dimension,
                distance_metric: metric,
                metadata_configuration: None,
            },
        }
    }

    /// The names of metadata, up to 10, that are kept for reading only: no filter can use them, and they may be large.
    pub fn non_filterable_metadata_keys<S: Into<String>>(
        mut self,
        keys: impl IntoIterator<Item = S>,
    ) -> Self {
        let keys: Vec<String> = keys.into_iter().map(Into::into).collect();
        if !(1..=MAX_NON_FILTERABLE).contains(&keys.len()) {
            self.setup.keep::<()>(Err(Error::request(format!(
                "1 to {MAX_NON_FILTERABLE} names of metadata can be kept from filters, not {}",
                keys.len()
            ))));
        }
        self.index.metadata_configuration = Some(NewMetadata {
            non_filterable_metadata_keys: keys,
        });
        self
    }

    fn prepare(self) -> Prepared<()> {
        let Self { setup, index } = self;
        setup.finish(
            |service| request(service, "CreateIndex", &index),
            route::read_nothing,
        )
    }
}

/// Looks at an index; see [`VectorBucketClient::get_index`](super::VectorBucketClient::get_index).
#[must_use = "nothing is sent until the call is awaited"]
pub struct GetVectorIndex {
    setup: Setup,
    bucket: String,
    name: String,
}
operation!(GetVectorIndex => VectorIndex);

impl GetVectorIndex {
    pub(super) fn new(service: &ServiceClient, bucket: &str, name: String) -> Self {
        let mut setup = setup(
            service,
            "get vector index",
            "/storage/v1/vector/GetIndex",
            true,
        );
        setup.keep(check_name("vector bucket", bucket));
        setup.keep(check_name("index", &name));
        Self {
            setup,
            bucket: bucket.to_owned(),
            name,
        }
    }

    fn prepare(self) -> Prepared<VectorIndex> {
        #[derive(serde::Deserialize)]
        struct Answer {
            index: VectorIndex,
        }
        let Self {
            setup,
            bucket,
            name,
        } = self;
        setup.finish(
            |service| {
                let body = json!({ "vectorBucketName": bucket, "indexName": name });
                request(service, "GetIndex", &body)
            },
            |parts, body| route::read_json(parts, body).map(|answer: Answer| answer.index),
        )
    }
}
