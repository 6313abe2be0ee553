//! Vector buckets: indexes of vectors with metadata, searched for the nearest ones.
//!
//! Begin with [`StorageClient::vectors`](crate::StorageClient::vectors). All calls need a secret key, which belongs on
//! servers. Reads are tried again; puts and deletes are sent again only if no connection could be made.

mod filter;
mod items;
mod manage;
mod model;
mod query;
#[cfg(test)]
mod tests;

pub use self::filter::VectorFilter;
pub use self::items::{GetVectors, ListVectors, PutVectors, Vector, VectorStream};
pub use self::manage::{
    CreateVectorIndex, GetVectorBucket, GetVectorIndex, ListVectorBuckets, ListVectorIndexes,
    VectorCall,
};
pub use self::model::{
    CreationTime, DistanceMetric, EncryptionConfiguration, MetadataConfiguration, QueryMatches,
    StoredVector, VectorBucket, VectorBucketPage, VectorIndex, VectorIndexPage, VectorIndexSummary,
    VectorPage,
};
pub use self::query::QueryVectors;

use std::fmt;

use supabase_http::ServiceClient;

use crate::StorageClient;

impl StorageClient {
    /// The vector buckets. Whoever uses them has a secret key.
    ///
    /// ```no_run
    /// # async fn demo(storage: storage_rs::StorageClient, vector: Vec<f32>) -> Result<(), storage_rs::Error> {
    /// let found = storage.vectors().bucket("docs").index("embeddings").query(vector).top_k(5).await?;
    /// for vector in found.vectors {
    ///     println!("{}", vector.key);
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn vectors(&self) -> VectorsClient {
        VectorsClient {
            service: self.service.clone(),
        }
    }
}

/// The vector buckets of a project.
///
/// ```no_run
/// # async fn demo(storage: storage_rs::StorageClient) -> Result<(), storage_rs::Error> {
/// let vectors = storage.vectors();
/// vectors.create_bucket("docs").await?;
/// let docs = vectors.get_bucket("docs").await?;
/// println!("{} {:?}", docs.name, docs.creation_time);
///
/// let mut page = vectors.list_buckets().prefix("do").max_results(100).await?;
/// while let Some(token) = page.next_token {
///     page = vectors.list_buckets().prefix("do").max_results(100).next_token(token).await?;
/// }
/// println!("{:?}", vectors.bucket("docs").list_indexes().await?.indexes);
/// vectors.delete_bucket("docs").await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct VectorsClient {
    service: ServiceClient,
}

impl VectorsClient {
    /// Makes a vector bucket. `POST /vector/CreateVectorBucket`.
    ///
    /// # Errors
    /// When awaited: [`is_already_exists`](crate::Error::is_already_exists); 400 with `S3VectorMaxBucketsExceeded`.
    pub fn create_bucket(&self, name: impl AsRef<str>) -> VectorCall {
        VectorCall::create_bucket(&self.service, name.as_ref())
    }

    /// What is known of a vector bucket. `POST /vector/GetVectorBucket`.
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found).
    pub fn get_bucket(&self, name: impl Into<String>) -> GetVectorBucket {
        GetVectorBucket::new(&self.service, name.into())
    }

    /// The vector buckets, in pages. `POST /vector/ListVectorBuckets`.
    ///
    /// # Errors
    /// When awaited.
    pub fn list_buckets(&self) -> ListVectorBuckets {
        ListVectorBuckets::new(&self.service)
    }

    /// Deletes a vector bucket, which must have no index. Some servers say yes for one that does not exist.
    /// `POST /vector/DeleteVectorBucket`.
    ///
    /// # Errors
    /// When awaited: 400 with `VectorBucketNotEmpty`.
    pub fn delete_bucket(&self, name: impl AsRef<str>) -> VectorCall {
        VectorCall::delete_bucket(&self.service, name.as_ref())
    }

    /// One of the buckets. Nothing is sent.
    #[must_use]
    pub fn bucket(&self, name: impl Into<String>) -> VectorBucketClient {
        VectorBucketClient {
            service: self.service.clone(),
            name: name.into(),
        }
    }
}

/// A vector bucket: its indexes.
///
/// ```no_run
/// # async fn demo(storage: storage_rs::StorageClient) -> Result<(), storage_rs::Error> {
/// use storage_rs::vectors::DistanceMetric;
///
/// let docs = storage.vectors().bucket("docs");
/// docs.create_index("embeddings", 1536, DistanceMetric::Cosine)
///     .non_filterable_metadata_keys(["text"])
///     .await?;
/// println!("{} numbers", docs.get_index("embeddings").await?.dimension);
/// for index in docs.list_indexes().max_results(10).await?.indexes {
///     println!("{}", index.name);
/// }
/// println!("{:?}", docs.index("embeddings").list().await?.vectors);
/// docs.delete_index("embeddings").await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct VectorBucketClient {
    service: ServiceClient,
    name: String,
}

impl VectorBucketClient {
    /// Makes an index of vectors of `dimension` numbers, 1 to 4,096. Its name has 3 to 45 of `a-z 0-9 . -`.
    /// `POST /vector/CreateIndex`.
    ///
    /// # Errors
    /// When awaited: [`is_already_exists`](crate::Error::is_already_exists),
    /// [`is_not_found`](crate::Error::is_not_found) if there is no such bucket; 400 with `S3VectorMaxIndexesExceeded`.
    pub fn create_index(
        &self,
        name: impl Into<String>,
        dimension: u32,
        metric: DistanceMetric,
    ) -> CreateVectorIndex {
        CreateVectorIndex::new(&self.service, &self.name, name.into(), dimension, metric)
    }

    /// What is known of an index. `POST /vector/GetIndex`.
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found).
    pub fn get_index(&self, name: impl Into<String>) -> GetVectorIndex {
        GetVectorIndex::new(&self.service, &self.name, name.into())
    }

    /// The indexes, in pages. Some servers say that a bucket which does not exist has none. `POST /vector/ListIndexes`.
    ///
    /// # Errors
    /// When awaited.
    pub fn list_indexes(&self) -> ListVectorIndexes {
        ListVectorIndexes::new(&self.service, &self.name)
    }

    /// Deletes an index with all its vectors. `POST /vector/DeleteIndex`.
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found).
    pub fn delete_index(&self, name: impl AsRef<str>) -> VectorCall {
        VectorCall::delete_index(&self.service, &self.name, name.as_ref())
    }

    /// One of the indexes. Nothing is sent.
    #[must_use]
    pub fn index(&self, name: impl Into<String>) -> VectorIndexClient {
        VectorIndexClient {
            service: self.service.clone(),
            bucket: self.name.clone(),
            name: name.into(),
        }
    }
}

/// An index: its vectors.
///
/// ```no_run
/// # async fn demo(storage: storage_rs::StorageClient) -> Result<(), storage_rs::Error> {
/// use serde_json::json;
/// use storage_rs::vectors::{Vector, VectorFilter};
///
/// let index = storage.vectors().bucket("docs").index("embeddings");
/// index
///     .put([
///         Vector::new("one", [0.1, 0.2, 0.3]).metadata(&json!({ "year": 2026 })),
///         Vector::new("two", [0.3, 0.2, 0.1]),
///     ])
///     .await?;
///
/// let found = index
///     .query([0.1, 0.2, 0.2])
///     .top_k(5)
///     .filter(VectorFilter::gte("year", 2020))
///     .return_distance(true)
///     .return_metadata(true)
///     .await?;
/// for near in found.vectors {
///     println!("{} {:?} {:?}", near.key, near.distance, near.metadata);
/// }
///
/// let some = index.get(["one", "two"]).return_data(true).return_metadata(true).await?;
/// println!("{} found", some.len());
/// index.delete(["one", "two"]).await?;
/// # Ok(()) }
/// ```
///
/// A large index is read by several workers at once, each a part of it:
///
/// ```no_run
/// # async fn demo(index: storage_rs::vectors::VectorIndexClient) -> Result<(), storage_rs::Error> {
/// let workers = (0..4).map(|part| {
///     let list = index.list().segment(part, 4).max_results(1000).return_data(true).return_metadata(false);
///     tokio::spawn(async move {
///         let mut vectors = list.vectors();
///         let mut count = 0;
///         while let Some(_vector) = vectors.try_next().await? {
///             count += 1;
///         }
///         Ok::<u64, storage_rs::Error>(count)
///     })
/// });
/// for worker in workers.collect::<Vec<_>>() {
///     println!("{:?}", worker.await);
/// }
///
/// let page = index.list().await?;                              // or page by page
/// if let Some(token) = page.next_token {
///     let mut rest = index.list().next_token(token).vectors();
///     println!("{:?}", rest.next().await);
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct VectorIndexClient {
    pub(super) service: ServiceClient,
    pub(super) bucket: String,
    pub(super) name: String,
}

impl VectorIndexClient {
    /// Puts 1 to 500 vectors; one of the same key is replaced. All have as many numbers as the index says, none of them
    /// NaN or infinite. `POST /vector/PutVectors`.
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found) if there is no such index. Some servers answer 500 to
    /// vectors of another dimension.
    pub fn put(&self, vectors: impl IntoIterator<Item = Vector>) -> PutVectors {
        PutVectors::new(self, vectors.into_iter().collect())
    }

    /// The vectors of 1 to 100 keys; keys that are not there are left out. `POST /vector/GetVectors`.
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found) if there is no such index.
    pub fn get<S: Into<String>>(&self, keys: impl IntoIterator<Item = S>) -> GetVectors {
        GetVectors::new(self, keys.into_iter().map(Into::into).collect())
    }

    /// The vectors, in pages. `POST /vector/ListVectors`.
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found) if there is no such index.
    pub fn list(&self) -> ListVectors {
        ListVectors::new(self)
    }

    /// The vectors that are nearest to this one, the nearest first. `POST /vector/QueryVectors`.
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found) if there is no such index; 400 for a filter by
    /// metadata that is kept from filters. Some servers answer 500 to a vector of another dimension.
    pub fn query(&self, vector: impl Into<Vec<f32>>) -> QueryVectors {
        QueryVectors::new(self, vector.into())
    }

    /// Deletes the vectors of 1 to 500 keys; keys that are not there do not matter. `POST /vector/DeleteVectors`.
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found) if there is no such index.
    pub fn delete<S: Into<String>>(&self, keys: impl IntoIterator<Item = S>) -> VectorCall {
        let keys: Vec<String> = keys.into_iter().map(Into::into).collect();
        items::delete(self, &keys)
    }
}

macro_rules! debug {
    ($($client:ident)*) => {$(
        impl fmt::Debug for $client {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($client)).field("service", &self.service).finish_non_exhaustive()
            }
        }
    )*};
}
debug!(VectorsClient VectorBucketClient VectorIndexClient);
