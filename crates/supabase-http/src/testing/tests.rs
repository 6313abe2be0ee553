//! The mock itself, judged.

use std::time::Duration;

use http::{Request, Response};
use http_body_util::BodyExt as _;
use serde_json::json;
use tokio::time::Instant;
use tower::ServiceExt as _;

use super::{Exchange, MockTransport};
use crate::{Body, TransportError, TransportErrorKind};

async fn get(mock: &MockTransport, path: &str) -> Result<Response<Body>, TransportError> {
    let request = Request::get(format!("https://host{path}"))
        .body(Body::empty())
        .unwrap();
    mock.clone().oneshot(request).await
}

async fn read(response: Response<Body>) -> Vec<u8> {
    response
        .into_body()
        .collect()
        .await
        .unwrap()
        .to_bytes()
        .to_vec()
}

#[tokio::test]
async fn answers_in_order_then_by_the_closure() {
    let mock = MockTransport::new()
        .reply(200, json!({"a": 1}))
        .reply(204, ())
        .respond(|request| Exchange::new(404).body(request.path().to_owned()));
    let first = get(&mock, "/1").await.unwrap();
    assert_eq!(first.headers()["content-type"], "application/json");
    assert_eq!(read(first).await, br#"{"a":1}"#);
    assert_eq!(get(&mock, "/2").await.unwrap().status(), 204);
    assert_eq!(read(get(&mock, "/3").await.unwrap()).await, b"/3");
    let paths: Vec<_> = mock
        .requests()
        .iter()
        .map(|r| r.path().to_owned())
        .collect();
    assert_eq!(paths, ["/1", "/2", "/3"]);
    mock.assert_done();
}

#[tokio::test]
async fn an_unexpected_request_is_named_and_remembered() {
    let mock = MockTransport::new();
    let error = get(&mock, "/x?token=canary&a=1").await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Request);
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(
        cause,
        "no exchange is left for the request GET /x?token=<redacted>&a=1"
    );
    let panic = std::panic::catch_unwind(|| mock.assert_done()).unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.contains("GET /x"), "{text}");
}

#[test]
fn an_unused_exchange_fails_the_assertion() {
    let mock = MockTransport::new().reply(200, ());
    let panic = std::panic::catch_unwind(|| mock.assert_done()).unwrap_err();
    assert_eq!(
        panic.downcast_ref::<String>().unwrap(),
        "1 scripted exchanges were not used"
    );
}

#[tokio::test(start_paused = true)]
async fn takes_its_time() {
    let mock = MockTransport::new().reply_with(
        Exchange::new(200)
            .body("abcde")
            .delay(Duration::from_secs(3))
            .drip(2, Duration::from_secs(1)),
    );
    let start = Instant::now();
    let response = get(&mock, "/").await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(3));
    assert_eq!(read(response).await, b"abcde");
    assert_eq!(start.elapsed(), Duration::from_secs(6));
}

#[tokio::test]
async fn breaks_off_in_the_body_where_told() {
    for (after, got) in [(0, 0), (3, 3), (5, 5), (9, 5)] {
        let mock = MockTransport::new()
            .reply_with(Exchange::new(200).body("abcde").fail_body_after(after));
        let mut chunks = get(&mock, "/").await.unwrap().into_body().into_stream();
        let mut size = 0;
        let error = loop {
            match chunks.next().await {
                Some(Ok(chunk)) => size += chunk.len(),
                Some(Err(error)) => break error,
                None => panic!("no error after {after}"),
            }
        };
        assert_eq!(size, got);
        let error = error.downcast::<TransportError>().unwrap();
        assert_eq!(error.kind(), TransportErrorKind::Interrupted);
    }
}

#[tokio::test]
async fn head_has_no_body_and_flaws_of_the_script_are_told() {
    let mock = MockTransport::new()
        .reply(200, json!([1]))
        .reply_with(Exchange::new(7))
        .reply_with(Exchange::new(200).header("a", "b\nc"))
        .fail(TransportErrorKind::Timeout);
    let head = Request::head("https://host/").body(Body::empty()).unwrap();
    assert!(
        read(mock.clone().oneshot(head).await.unwrap())
            .await
            .is_empty()
    );
    for _ in 0..2 {
        assert_eq!(
            get(&mock, "/").await.unwrap_err().kind(),
            TransportErrorKind::Request
        );
    }
    assert_eq!(
        get(&mock, "/").await.unwrap_err().kind(),
        TransportErrorKind::Timeout
    );
    mock.assert_done();
}
