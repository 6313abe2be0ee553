//! The keys of a project: fetched once, kept, and fetched again with measure.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use gotrue_rs::{Claims, Error, JwtError, JwtVerifier};
use serde_json::{Value, json};
use supabase_http::testing::{Exchange, MockTransport};
use supabase_http::{Clock, HttpClient, RetryConfig, TransportErrorKind};

use super::{NOW, Signer};

#[derive(Debug, Clone)]
struct Settable(Arc<AtomicU64>);

impl Clock for Settable {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

struct Project {
    keys: Arc<Mutex<Vec<Value>>>,
    is_down: Arc<Mutex<bool>>,
    fetches: Arc<AtomicUsize>,
    time: Arc<AtomicU64>,
    verifier: JwtVerifier,
}

impl Project {
    fn new(keys: Vec<Value>) -> Self {
        let (keys, fetches) = (Arc::new(Mutex::new(keys)), Arc::new(AtomicUsize::new(0)));
        let (is_down, time) = (Arc::new(Mutex::new(false)), Arc::new(AtomicU64::new(NOW)));
        let mock = MockTransport::new().respond({
            let (keys, fetches, is_down) = (
                Arc::clone(&keys),
                Arc::clone(&fetches),
                Arc::clone(&is_down),
            );
            move |request| {
                assert_eq!(request.path(), "/auth/v1/.well-known/jwks.json");
                assert_eq!(
                    (request.header("apikey"), request.header("authorization")),
                    (None, None)
                );
                fetches.fetch_add(1, Ordering::SeqCst);
                let exchange = match *is_down.lock().unwrap() {
                    true => Exchange::fail(TransportErrorKind::Connect),
                    false => Exchange::new(200).json(json!({ "keys": *keys.lock().unwrap() })),
                };
                exchange.delay(Duration::from_millis(50))
            }
        });
        let http = HttpClient::builder()
            .transport(mock)
            .retry(RetryConfig::off())
            .build()
            .unwrap();
        let verifier = JwtVerifier::with_http(http, "https://project.test").unwrap();
        let verifier = verifier.clock(Settable(Arc::clone(&time)));
        Self {
            keys,
            is_down,
            fetches,
            time,
            verifier,
        }
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }

    fn pass(&self, seconds: u64) {
        self.time.fetch_add(seconds, Ordering::SeqCst);
    }

    async fn verify(&self, token: &str) -> Result<Claims, Error> {
        self.verifier.verify(token).await
    }

    async fn settle(&self) {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

fn payload() -> Value {
    json!({ "sub": "ada", "exp": NOW + 1_000_000 })
}

#[tokio::test(start_paused = true)]
async fn fetched_once_for_all_and_kept_for_ten_minutes() {
    let signer = Signer::new(1);
    let project = Project::new(vec![signer.jwk("k")]);
    let token = signer.token("k", &payload());
    let many: Vec<_> = (0..100)
        .map(|_| {
            let (verifier, token) = (project.verifier.clone(), token.clone());
            tokio::spawn(async move { verifier.verify::<Value>(&token).await })
        })
        .collect();
    for one in many {
        one.await.unwrap().unwrap();
    }
    assert_eq!(project.fetches(), 1);
    project.pass(599);
    project.verify(&token).await.unwrap();
    project.settle().await;
    assert_eq!(project.fetches(), 1);
    // Old ones are used while new ones are fetched, without a wait.
    project.pass(1);
    let begun = tokio::time::Instant::now();
    project.verify(&token).await.unwrap();
    assert!(begun.elapsed().is_zero());
    project.settle().await;
    assert_eq!(project.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn keys_that_are_too_old_let_nobody_in() {
    let signer = Signer::new(1);
    let project = Project::new(vec![signer.jwk("k")]);
    let token = signer.token("k", &payload());
    project.verify(&token).await.unwrap();
    *project.is_down.lock().unwrap() = true;
    project.pass(3000);
    project.verify(&token).await.unwrap();
    project.settle().await;
    project.pass(600);
    let error = project.verify(&token).await.unwrap_err();
    assert!(
        error.is_connect() && JwtError::of(&error).is_none(),
        "{error:?}"
    );
    // A clock that was set back tells nothing of their age either.
    *project.is_down.lock().unwrap() = false;
    project.verify(&token).await.unwrap();
    let before = project.fetches();
    project.time.fetch_sub(7200, Ordering::SeqCst);
    project.verify(&token).await.unwrap();
    assert_eq!(project.fetches(), before + 1);
    // One that was revoked is gone with the next fetch.
    project.keys.lock().unwrap().clear();
    project.pass(4000);
    assert!(project.verify(&token).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn unknown_keys_lead_to_one_fetch_in_half_a_minute() {
    let (old, new) = (Signer::new(1), Signer::new(2));
    let project = Project::new(vec![old.jwk("old")]);
    project.verify(&old.token("old", &payload())).await.unwrap();
    // A storm right after the keys came: they are new.
    for number in 0..1000 {
        let token = old.token(&format!("unknown-{number}"), &payload());
        let error = project.verify(&token).await.unwrap_err();
        assert_eq!(JwtError::of(&error), Some(JwtError::UnknownKey));
    }
    assert_eq!(project.fetches(), 1);
    project.pass(31);
    for number in 0..1000 {
        let token = old.token(&format!("unknown-{number}"), &payload());
        project.verify(&token).await.unwrap_err();
    }
    assert_eq!(project.fetches(), 2);
    // A key that was added is found without waiting for the ten minutes.
    project.keys.lock().unwrap().push(new.jwk("new"));
    let token = new.token("new", &payload());
    project.verify(&token).await.unwrap_err();
    project.pass(31);
    project.verify(&token).await.unwrap();
    project.verify(&old.token("old", &payload())).await.unwrap();
    assert_eq!(project.fetches(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_leaves_stops_nobody() {
    let signer = Signer::new(1);
    let project = Project::new(vec![signer.jwk("k")]);
    let token = signer.token("k", &payload());
    let left = tokio::time::timeout(Duration::from_millis(10), project.verify(&token)).await;
    assert!(left.is_err());
    project.verify(&token).await.unwrap();
    assert_eq!(project.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn answers_that_are_no_keys_are_errors() {
    for (status, body) in [
        (200, json!([])),
        (200, json!({ "keys": 1 })),
        (404, json!({ "message": "no" })),
        (500, json!(null)),
    ] {
        let mock = MockTransport::new().reply(status, body);
        let http = HttpClient::builder()
            .transport(mock)
            .retry(RetryConfig::off())
            .build()
            .unwrap();
        let verifier = JwtVerifier::with_http(http, "https://project.test").unwrap();
        let verifier = verifier.clock(Settable(Arc::new(AtomicU64::new(NOW))));
        let token = Signer::new(1).token("k", &payload());
        let error = verifier.verify::<Value>(&token).await.unwrap_err();
        assert_eq!(
            error.status().map(|status| status.as_u16()),
            Some(status),
            "{error:?}"
        );
        assert!(JwtError::of(&error).is_none());
    }
}
