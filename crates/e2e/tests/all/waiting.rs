//! Time limits and retries, against functions that are slow or busy.

use std::time::Duration;

use serde_json::json;
use supabase::http::Backoff;
use supabase::postgrest::RetryConfig;
use supabase::{Client, ErrorKind};
use supabase_local::claims;
use tokio::time::Instant;

use crate::support::{status_and_code, world};

fn quick_retries() -> RetryConfig {
    RetryConfig::new().backoff(Backoff::new(Duration::from_millis(10), Duration::from_millis(20)))
}

#[tokio::test]
async fn a_call_ends_at_its_time_limit() {
    let w = world!(shared);
    let query = w.anon.rpc::<i32>("nap", &json!({ "seconds": 2.5 })).timeout(Duration::from_millis(200));
    let error = query.await.unwrap_err();
    assert!(error.is_timeout() && !error.never_sent(), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Transport);

    let patient = w.anon.rpc::<i32>("nap", &json!({ "seconds": 0.05 })).timeout(Duration::from_secs(20));
    assert_eq!(patient.await.unwrap(), 1);

    let client = Client::builder(w.stack.url(), w.stack.publishable_key());
    let client = client.timeout(Duration::from_millis(200)).build().unwrap();
    assert!(client.rpc::<i32>("nap", &json!({ "seconds": 2.5 })).await.unwrap_err().is_timeout());
    // A longer limit of one call wins over the client's.
    let one = client.rpc::<i32>("nap", &json!({ "seconds": 0.4 })).timeout(Duration::from_secs(20));
    assert_eq!(one.await.unwrap(), 1);
}

#[tokio::test]
async fn the_servers_time_limit_is_a_timeout_too() {
    let w = world!(shared);
    let hurried = w.anon.as_user(&w.stack.user_jwt(&claims("ada").role("hurried")));
    let error = hurried.rpc::<i32>("nap", &json!({ "seconds": 2.5 })).await.unwrap_err();
    assert_eq!(status_and_code(&error), (500, "57014"));
    assert!(error.is_timeout());
    let quick: i32 = hurried.rpc("nap", &json!({ "seconds": 0.01 })).await.unwrap();
    assert_eq!(quick, 1);
}

#[tokio::test]
async fn reads_are_tried_again_and_writes_are_not() {
    let w = world!(shared);
    let busy = |failures: i32| w.anon.rpc::<i32>("busy", &json!({ "failures": failures }));
    assert_eq!(busy(2).get().retry(quick_retries()).await.unwrap(), 2);
    assert_eq!(busy(3).get().retry(quick_retries()).await.unwrap(), 3);
    let too_busy = busy(4).get().retry(quick_retries()).await.unwrap_err();
    assert_eq!(status_and_code(&too_busy), (503, "BUSY"));
    assert!(too_busy.is_retryable());
    let post = busy(1).retry(quick_retries()).await.unwrap_err();
    assert_eq!(status_and_code(&post), (503, "BUSY"));
    let off = busy(1).get().retry(RetryConfig::off()).await.unwrap_err();
    assert_eq!(status_and_code(&off), (503, "BUSY"));
    assert_eq!(busy(0).await.unwrap(), 0);
}

#[tokio::test]
async fn a_server_that_is_gone_is_a_connect_error() {
    let w = world!(fresh);
    let client = w.anon.clone();
    client.from("books").select::<serde_json::Value>("id").await.unwrap();
    let supabase_url = w.stack.url().to_owned();
    drop(w);
    let begun = Instant::now();
    let error = loop {
        let query = client.from("books").select::<serde_json::Value>("id").retry(RetryConfig::off());
        match query.await {
            Err(error) if error.is_connect() => break error,
            _ if begun.elapsed() > Duration::from_secs(20) => {
                panic!("{supabase_url} still answers")
            }
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    assert!(error.never_sent() && error.is_retryable(), "{error:?}");
}
