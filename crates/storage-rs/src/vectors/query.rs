//! The search for the nearest vectors.

use serde::Serialize;
use serde_json::Value;
use supabase_http::Error;

use super::VectorIndexClient;
use super::filter::VectorFilter;
use super::items::{Place, check_numbers};
use super::manage::{request, setup};
use super::model::{Numbers, QueryMatches};
use crate::call::{Prepared, Setup, operation};
use crate::route;

/// How many vectors are found when nothing is said.
const DEFAULT_TOP_K: u32 = 10;

/// Finds the nearest vectors; see [`VectorIndexClient::query`]. A read, so it is tried again like one.
///
/// ```no_run
/// # async fn demo(index: storage_rs::vectors::VectorIndexClient) -> Result<(), storage_rs::Error> {
/// use storage_rs::vectors::VectorFilter;
///
/// let recent = VectorFilter::gte("year", 2020);
/// let near = index.query([0.1, 0.2, 0.2]).top_k(5).filter(recent).return_distance(true).return_metadata(true).await?;
/// println!("{:?}", near.vectors);
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct QueryVectors {
    setup: Setup,
    index: VectorIndexClient,
    query: Query,
}
operation!(QueryVectors => QueryMatches);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Query {
    query_vector: Numbers,
    top_k: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_distance: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_metadata: Option<bool>,
}

impl QueryVectors {
    pub(super) fn new(index: &VectorIndexClient, vector: Vec<f32>) -> Self {
        let mut setup = setup(
            &index.service,
            "query vectors",
            "/storage/v1/vector/QueryVectors",
            true,
        );
        if let Err(why) = check_numbers(&vector) {
            setup.keep::<()>(Err(Error::request(format!(
                "nothing is near to this vector: {why}"
            ))));
        }
        Self {
            setup,
            index: index.clone(),
            query: Query {
                query_vector: Numbers { float32: vector },
                top_k: DEFAULT_TOP_K,
                filter: None,
                return_distance: None,
                return_metadata: None,
            },
        }
    }

    /// How many vectors are found at most, from 1; 10 by default. Servers take up to 100.
    pub fn top_k(mut self, vectors: u32) -> Self {
        if vectors == 0 {
            self.setup.keep::<()>(Err(Error::request(
                "a query finds at least one vector: `top_k` is 0",
            )));
        }
        self.query.top_k = vectors;
        self
    }

    /// Only vectors whose metadata meets this condition.
    pub fn filter(mut self, condition: VectorFilter) -> Self {
        self.query.filter = self.setup.keep(condition.checked());
        self
    }

    /// Whether the distances are given; not by default.
    pub fn return_distance(mut self, given: bool) -> Self {
        self.query.return_distance = Some(given);
        self
    }

    /// Whether the metadata is given; not by default.
    pub fn return_metadata(mut self, given: bool) -> Self {
        self.query.return_metadata = Some(given);
        self
    }

    fn prepare(self) -> Prepared<QueryMatches> {
        #[derive(Serialize)]
        struct Body {
            #[serde(flatten)]
            place: Place,
            #[serde(flatten)]
            query: Query,
        }
        let Self {
            setup,
            index,
            query,
        } = self;
        setup.finish(
            |service| {
                let place = Place::of(&index)?;
                request(service, "QueryVectors", &Body { place, query })
            },
            route::read_json,
        )
    }
}
