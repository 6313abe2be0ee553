//! The vectors of an index: put, got, listed and deleted.

use std::fmt;
use std::future::{Future as _, IntoFuture as _};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use supabase_http::{Error, Result};

use super::VectorIndexClient;
use super::filter::is_primitive;
use super::manage::{VectorCall, check_name, check_page, request, setup};
use super::model::{Numbers, StoredVector, VectorPage};
use crate::Sending;
use crate::call::{Prepared, Setup, operation};
use crate::route;

/// How many vectors one call puts or deletes.
const MAX_BATCH: usize = 500;
/// How many vectors one call gets.
const MAX_GET: usize = 100;
/// The longest key, in characters.
const MAX_KEY: usize = 1024;
/// Into how many parts a list can be split.
const MAX_SEGMENTS: u32 = 16;

/// A vector to put into an index.
///
/// ```
/// use serde_json::json;
/// use storage_rs::vectors::Vector;
///
/// let vector = Vector::new("doc-1", [0.1, 0.2, 0.3]).metadata(&json!({ "title": "One", "tags": ["a", "b"] }));
/// ```
#[derive(Debug, Clone)]
pub struct Vector {
    key: String,
    data: Vec<f32>,
    metadata: std::result::Result<Option<Map<String, Value>>, String>,
}

impl Vector {
    /// A vector of these numbers by this key, which has up to 1,024 characters.
    pub fn new(key: impl Into<String>, data: impl Into<Vec<f32>>) -> Self {
        Self {
            key: key.into(),
            data: data.into(),
            metadata: Ok(None),
        }
    }

    /// What is kept beside it: an object of texts, numbers, booleans and lists of them.
    #[must_use]
    pub fn metadata(mut self, metadata: &(impl Serialize + ?Sized)) -> Self {
        self.metadata = match serde_json::to_value(metadata) {
            Ok(Value::Object(fields)) => Ok(Some(fields)),
            Ok(_) => Err("its metadata is no object".to_owned()),
            Err(why) => Err(format!("its metadata cannot be written as JSON: {why}")),
        };
        self
    }

    fn checked(self) -> Result<WireVector> {
        let Self {
            key,
            data,
            metadata,
        } = self;
        let fail = |why: &str| {
            Err(Error::request(format!(
                "the vector {key:?} cannot be put: {why}"
            )))
        };
        check_key(&key)?;
        if let Err(why) = check_numbers(&data) {
            return fail(why);
        }
        let metadata = match metadata {
            Ok(metadata) => metadata,
            Err(why) => return fail(&why),
        };
        for (name, value) in metadata.iter().flatten() {
            let fits = match value {
                Value::Array(list) => list.iter().all(is_primitive),
                other => is_primitive(other),
            };
            if !fits {
                return fail(&format!(
                    "its metadata {name:?} must be a text, a number, a boolean or a list of them"
                ));
            }
        }
        Ok(WireVector {
            key,
            data: Numbers { float32: data },
            metadata,
        })
    }
}

/// Numbers that JSON can hold.
pub(super) fn check_numbers(data: &[f32]) -> std::result::Result<(), &'static str> {
    if data.is_empty() {
        return Err("it has no numbers");
    }
    if data.iter().any(|number| !number.is_finite()) {
        return Err("it holds NaN or an infinite number");
    }
    Ok(())
}

fn check_key(key: &str) -> Result<()> {
    if (1..=MAX_KEY).contains(&key.chars().count()) {
        return Ok(());
    }
    Err(Error::request(format!(
        "the key of a vector has 1 to {MAX_KEY} characters, not {}",
        key.chars().count()
    )))
}

fn check_keys(keys: &[String], most: usize) -> Result<()> {
    if !(1..=most).contains(&keys.len()) {
        return Err(Error::request(format!(
            "one call takes 1 to {most} keys, not {}",
            keys.len()
        )));
    }
    keys.iter().try_for_each(|key| check_key(key))
}

#[derive(Serialize)]
struct WireVector {
    key: String,
    data: Numbers,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Map<String, Value>>,
}

/// Where an index is.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Place {
    vector_bucket_name: String,
    index_name: String,
}

impl Place {
    pub(super) fn of(index: &VectorIndexClient) -> Result<Self> {
        check_name("vector bucket", &index.bucket)?;
        check_name("index", &index.name)?;
        Ok(Self {
            vector_bucket_name: index.bucket.clone(),
            index_name: index.name.clone(),
        })
    }
}

/// Puts vectors into an index; see [`VectorIndexClient::put`]. A write, so it is sent again only if it never left.
#[must_use = "nothing is sent until the call is awaited"]
pub struct PutVectors {
    setup: Setup,
    index: VectorIndexClient,
    vectors: Vec<WireVector>,
}
operation!(PutVectors => ());

impl PutVectors {
    pub(super) fn new(index: &VectorIndexClient, vectors: Vec<Vector>) -> Self {
        let mut setup = setup(
            &index.service,
            "put vectors",
            "/storage/v1/vector/PutVectors",
            false,
        );
        if !(1..=MAX_BATCH).contains(&vectors.len()) {
            setup.keep::<()>(Err(Error::request(format!(
                "one call puts 1 to {MAX_BATCH} vectors, not {}; put them in several calls",
                vectors.len()
            ))));
        }
        let vectors: Result<Vec<_>> = vectors.into_iter().map(Vector::checked).collect();
        let vectors = setup.keep(vectors).unwrap_or_default();
        let size = |vector: &WireVector| vector.data.float32.len();
        if let Some(first) = vectors.first() {
            if let Some(other) = vectors.iter().find(|other| size(other) != size(first)) {
                setup.keep::<()>(Err(Error::request(format!(
                    "all vectors of an index have as many numbers: {:?} has {}, {:?} has {}",
                    first.key,
                    size(first),
                    other.key,
                    size(other)
                ))));
            }
        }
        Self {
            setup,
            index: index.clone(),
            vectors,
        }
    }

    fn prepare(self) -> Prepared<()> {
        #[derive(Serialize)]
        struct Put {
            #[serde(flatten)]
            place: Place,
            vectors: Vec<WireVector>,
        }
        let Self {
            setup,
            index,
            vectors,
        } = self;
        setup.finish(
            |service| {
                let place = Place::of(&index)?;
                request(service, "PutVectors", &Put { place, vectors })
            },
            route::read_nothing,
        )
    }
}

pub(super) fn delete(index: &VectorIndexClient, keys: &[String]) -> VectorCall {
    let mut setup = setup(
        &index.service,
        "delete vectors",
        "/storage/v1/vector/DeleteVectors",
        false,
    );
    setup.keep(check_keys(keys, MAX_BATCH));
    setup.keep(Place::of(index).map(|_| ()));
    VectorCall {
        setup,
        action: "DeleteVectors",
        body: json!({
            "vectorBucketName": index.bucket,
            "indexName": index.name,
            "keys": keys,
        }),
    }
}

/// What is given of each vector.
#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Returned {
    #[serde(skip_serializing_if = "Option::is_none")]
    return_data: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_metadata: Option<bool>,
}

macro_rules! returned {
    ($call:ident) => {
        impl $call {
            /// Whether the numbers are given; not by default.
            pub fn return_data(mut self, given: bool) -> Self {
                self.returned.return_data = Some(given);
                self
            }

            /// Whether the metadata is given; not by default.
            pub fn return_metadata(mut self, given: bool) -> Self {
                self.returned.return_metadata = Some(given);
                self
            }
        }
    };
}

/// Gets vectors by their keys; see [`VectorIndexClient::get`]. A read, so it is tried again like one.
#[must_use = "nothing is sent until the call is awaited"]
pub struct GetVectors {
    setup: Setup,
    index: VectorIndexClient,
    keys: Vec<String>,
    returned: Returned,
}
operation!(GetVectors => Vec<StoredVector>);
returned!(GetVectors);

impl GetVectors {
    pub(super) fn new(index: &VectorIndexClient, keys: Vec<String>) -> Self {
        let mut setup = setup(
            &index.service,
            "get vectors",
            "/storage/v1/vector/GetVectors",
            true,
        );
        setup.keep(check_keys(&keys, MAX_GET));
        Self {
            setup,
            index: index.clone(),
            keys,
            returned: Returned::default(),
        }
    }

    fn prepare(self) -> Prepared<Vec<StoredVector>> {
        #[derive(Serialize)]
        struct Get {
            #[serde(flatten)]
            place: Place,
            keys: Vec<String>,
            #[serde(flatten)]
            returned: Returned,
        }
        #[derive(Deserialize)]
        struct Answer {
            vectors: Vec<StoredVector>,
        }
        let Self {
            setup,
            index,
            keys,
            returned,
        } = self;
        setup.finish(
            |service| {
                let get = Get {
                    place: Place::of(&index)?,
                    keys,
                    returned,
                };
                request(service, "GetVectors", &get)
            },
            |parts, body| route::read_json(parts, body).map(|answer: Answer| answer.vectors),
        )
    }
}

/// Lists the vectors of an index in pages; see [`VectorIndexClient::list`]. A read, so it is tried again like one.
///
/// ```no_run
/// # async fn demo(index: storage_rs::vectors::VectorIndexClient) -> Result<(), storage_rs::Error> {
/// let page = index.list().max_results(100).return_data(true).await?;
/// if let Some(token) = page.next_token {
///     println!("{:?}", index.list().next_token(token).await?.vectors);
/// }
/// let mut half = index.list().segment(0, 2).vectors();
/// while let Some(vector) = half.try_next().await? {
///     println!("{}", vector.key);
/// }
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct ListVectors {
    setup: Setup,
    index: VectorIndexClient,
    page: Page,
    returned: Returned,
}
operation!(ListVectors => VectorPage);
returned!(ListVectors);

#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(skip_serializing_if = "Option::is_none")]
    max_results: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    segment_count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    segment_index: Option<u32>,
}

impl ListVectors {
    pub(super) fn new(index: &VectorIndexClient) -> Self {
        let setup = setup(
            &index.service,
            "list vectors",
            "/storage/v1/vector/ListVectors",
            true,
        );
        Self {
            setup,
            index: index.clone(),
            page: Page::default(),
            returned: Returned::default(),
        }
    }

    /// How many vectors a page has at most, 1 to 1,000.
    pub fn max_results(mut self, vectors: u32) -> Self {
        self.setup.keep(check_page(vectors, 1000));
        self.page.max_results = Some(vectors);
        self
    }

    /// Where to go on: the [`next_token`](VectorPage::next_token) of the page before.
    pub fn next_token(mut self, token: impl Into<String>) -> Self {
        self.page.next_token = Some(token.into());
        self
    }

    /// Only part `index`, counted from 0, of `count` parts, 1 to 16: for workers that read an index side by side. All
    /// parts together are the whole index.
    pub fn segment(mut self, index: u32, count: u32) -> Self {
        if !(1..=MAX_SEGMENTS).contains(&count) || index >= count {
            self.setup.keep::<()>(Err(Error::request(format!(
                "there is no part {index} of {count}: an index is read in 1 to {MAX_SEGMENTS} parts, counted from 0"
            ))));
        }
        self.page.segment_count = Some(count);
        self.page.segment_index = Some(index);
        self
    }

    /// All vectors from here on, in pages fetched as the stream is read.
    pub fn vectors(self) -> VectorStream {
        VectorStream {
            next: Some(Next::Page(self)),
            page: Vec::new().into_iter(),
        }
    }

    /// The same list, for another page.
    fn again(&self) -> Self {
        Self {
            setup: self.setup.again(),
            index: self.index.clone(),
            page: self.page.clone(),
            returned: self.returned.clone(),
        }
    }

    fn prepare(self) -> Prepared<VectorPage> {
        #[derive(Serialize)]
        struct List {
            #[serde(flatten)]
            place: Place,
            #[serde(flatten)]
            page: Page,
            #[serde(flatten)]
            returned: Returned,
        }
        let Self {
            setup,
            index,
            page,
            returned,
        } = self;
        let token = page.next_token.clone();
        setup.finish(
            |service| {
                let list = List {
                    place: Place::of(&index)?,
                    page,
                    returned,
                };
                request(service, "ListVectors", &list)
            },
            move |parts, body| {
                let page: VectorPage = route::read_json(parts, body)?;
                // A server that gives the same token again would never come to an end.
                if page.next_token.is_some() && page.next_token == token {
                    let why = "the next page is the same page";
                    return Err(Error::unexpected(parts, bytes::Bytes::new(), why));
                }
                Ok(page)
            },
        )
    }
}

/// The vectors of a list; see [`ListVectors::vectors`]. It ends after the first error.
///
/// ```no_run
/// # async fn demo(index: storage_rs::vectors::VectorIndexClient) -> Result<(), storage_rs::Error> {
/// let mut vectors = index.list().vectors();
/// println!("{:?}", vectors.next().await);
/// while let Some(vector) = vectors.try_next().await? {
///     println!("{}", vector.key);
/// }
/// # Ok(()) }
/// ```
#[must_use = "nothing is fetched before the stream is polled"]
pub struct VectorStream {
    next: Option<Next>,
    page: std::vec::IntoIter<StoredVector>,
}

#[allow(clippy::large_enum_variant, reason = "there is one per stream")]
enum Next {
    Page(ListVectors),
    Fetching(Sending<VectorPage>, ListVectors),
}

impl VectorStream {
    /// The next vector, or `None` at the end. Cancel-safe.
    ///
    /// # Errors
    /// That of fetching a page.
    pub async fn next(&mut self) -> Option<Result<StoredVector>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// As [`next`](VectorStream::next), for `while let Some(vector) = vectors.try_next().await?`.
    ///
    /// # Errors
    /// As [`next`](VectorStream::next).
    pub async fn try_next(&mut self) -> Result<Option<StoredVector>> {
        self.next().await.transpose()
    }
}

impl Stream for VectorStream {
    type Item = Result<StoredVector>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(vector) = self.page.next() {
                return Poll::Ready(Some(Ok(vector)));
            }
            match self.next.take() {
                None => return Poll::Ready(None),
                Some(Next::Page(list)) => {
                    // The call is used up by sending it.
                    let template = list.again();
                    self.next = Some(Next::Fetching(list.into_future(), template));
                }
                Some(Next::Fetching(mut fetching, mut template)) => {
                    match Pin::new(&mut fetching).poll(cx) {
                        Poll::Pending => {
                            self.next = Some(Next::Fetching(fetching, template));
                            return Poll::Pending;
                        }
                        Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
                        Poll::Ready(Ok(page)) => {
                            self.page = page.vectors.into_iter();
                            if page.next_token.is_some() {
                                template.page.next_token = page.next_token;
                                self.next = Some(Next::Page(template));
                            }
                        }
                    }
                }
            }
        }
    }
}

impl fmt::Debug for VectorStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VectorStream")
            .field("fetched", &self.page.len())
            .field("ended", &self.next.is_none())
            .finish()
    }
}
