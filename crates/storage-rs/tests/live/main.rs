//! The whole crate against a real server: `SUPABASE_TEST_URL` is a project's URL, `SUPABASE_TEST_PUBLISHABLE_KEY` and
//! `SUPABASE_TEST_SECRET_KEY` are its keys. Without them nothing is tested, which is said.
//!
//! Each test makes buckets of its own and deletes them at its end. What a server may leave out (pictures, a CDN, vectors,
//! an Iceberg catalog) has to be there or to say that it is not.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot go on fails"
)]

mod buckets;
mod files;
mod lists;
mod names;
mod parts;
mod rights;
mod signed;
mod transfers;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use storage_rs::{Body, Error, FileClient, StorageClient};
use supabase_http::HttpClient;
use tower::util::MapRequestLayer;

/// The server, and whom it is asked as.
struct Live {
    url: String,
    secret: String,
    publishable: String,
    calls: Arc<AtomicUsize>,
}

impl Live {
    /// The server, or `None` where there is none to test.
    fn find(test: &str) -> Option<Self> {
        let read = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let Some(url) = read("SUPABASE_TEST_URL") else {
            eprintln!("skipped, not tested: {test} needs SUPABASE_TEST_URL");
            return None;
        };
        let key = |name: &str| read(name).unwrap_or_else(|| panic!("{name} is not set"));
        Some(Self {
            url,
            secret: key("SUPABASE_TEST_SECRET_KEY"),
            publishable: key("SUPABASE_TEST_PUBLISHABLE_KEY"),
            calls: Arc::default(),
        })
    }

    fn client(&self, key: &str) -> StorageClient {
        let calls = Arc::clone(&self.calls);
        let counted = MapRequestLayer::new(move |request: http::Request<Body>| {
            calls.fetch_add(1, Ordering::Relaxed);
            request
        });
        let http = HttpClient::builder().layer(counted).build().unwrap();
        StorageClient::with_http(http, &self.url, key).unwrap()
    }

    /// Who may do all.
    fn service(&self) -> StorageClient {
        self.client(&self.secret)
    }

    /// Who may do what policies allow.
    fn anybody(&self) -> StorageClient {
        self.client(&self.publishable)
    }

    /// What is behind a URL that needs no key.
    async fn get(&self, url: &str) -> (u16, http::HeaderMap, bytes::Bytes) {
        use http_body_util::BodyExt as _;
        use tower::ServiceExt as _;

        let request = http::Request::get(url).body(Body::empty()).unwrap();
        self.calls.fetch_add(1, Ordering::Relaxed);
        let http = HttpClient::builder().build().unwrap();
        let (parts, body) = http.oneshot(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (parts.status.as_u16(), parts.headers, bytes)
    }
}

/// Runs a test, if there is a server, and says how many calls it took.
async fn live<F: Future<Output = ()>>(test: &str, run: impl FnOnce(Arc<Live>) -> F) {
    let Some(live) = Live::find(test) else {
        return;
    };
    let live = Arc::new(live);
    run(Arc::clone(&live)).await;
    let calls = live.calls.load(Ordering::Relaxed);
    eprintln!("{test}: {calls} calls of a real server");
}

/// A name that no other run uses.
fn fresh(name: &str) -> String {
    let mut random = [0; 6];
    getrandom(&mut random);
    let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("live-{name}-{hex}")
}

/// Bytes that nobody can guess: the state of a hasher, which the standard library seeds by itself.
fn getrandom(bytes: &mut [u8]) {
    use std::hash::{BuildHasher as _, Hasher as _, RandomState};

    for chunk in bytes.chunks_mut(8) {
        let seed = RandomState::new().build_hasher().finish().to_le_bytes();
        chunk.copy_from_slice(&seed[..chunk.len()]);
    }
}

/// A new private bucket.
async fn bucket(storage: &StorageClient, name: &str) -> FileClient {
    let id = fresh(name);
    storage.create_bucket(&id).await.unwrap();
    storage.from(id)
}

/// Empties and deletes it.
async fn clear(storage: &StorageClient, files: &FileClient) {
    storage.empty_bucket(files.bucket()).await.unwrap();
    storage.delete_bucket(files.bucket()).await.unwrap();
}

/// Content of this size that repeats nowhere near.
fn content(size: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut made = Vec::with_capacity(size + 8);
    while made.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        made.extend_from_slice(&state.to_le_bytes());
    }
    made.truncate(size);
    made
}

/// The error of a call that has to fail.
fn failed<T: std::fmt::Debug>(result: Result<T, Error>) -> Error {
    let error = result.unwrap_err();
    assert!(
        error.status().is_some(),
        "the server has to answer: {error:?}"
    );
    error
}
