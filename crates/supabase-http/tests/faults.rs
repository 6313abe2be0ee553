//! Broken servers and broken connections: each gives an error that keeps what arrived, and nothing is sent again
//! that must not be.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::Method;
use http_body_util::BodyExt as _;
use serde_json::json;
use supabase_http::{
    Body, BoxError, CallOptions, Error, ErrorKind, HttpClient, Idempotency, Proxy, Resolve,
    RetryConfig, TransportError, TransportErrorKind,
};
use tokio::net::TcpListener;

use support::{Server, Step, answer, client, get, head, json, post, quick, request, send, write};

const SHORT: Duration = Duration::from_millis(120);

fn ok() -> Vec<Step> {
    vec![write(answer(
        "200 OK",
        "content-type: application/json\r\n",
        "[1]",
    ))]
}

fn kind(error: &Error) -> Option<TransportErrorKind> {
    error.transport_error().map(TransportError::kind)
}

#[track_caller]
fn kept(error: &Error, of: ErrorKind, status: u16) {
    assert_eq!(error.kind(), of, "{error}");
    assert_eq!(
        error.status().map(|status| status.as_u16()),
        Some(status),
        "{error}"
    );
    assert_eq!(error.request_id(), Some("req-1"), "{error}");
    assert_eq!(
        (error.service(), error.operation()),
        (Some("test"), Some("op"))
    );
}

#[tokio::test]
async fn an_html_page_of_a_gateway() {
    let page = "<html><body>Bad gateway</body></html>";
    let server = Server::always(vec![write(answer(
        "502 Bad Gateway",
        "content-type: text/html\r\n",
        page,
    ))])
    .await;
    let error = get(&client(&server.url(), |b| b)).await.unwrap_err();
    kept(&error, ErrorKind::Api, 502);
    assert_eq!(error.body(), page);
    // 502 is not among the statuses that are tried again.
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn an_empty_500() {
    let server = Server::always(vec![write(answer("500 Internal Server Error", "", ""))]).await;
    let error = get(&client(&server.url(), |b| b)).await.unwrap_err();
    kept(&error, ErrorKind::Api, 500);
    assert!(!error.message().is_empty());
}

#[tokio::test]
async fn busy_is_tried_again_for_reads_alone() {
    let busy = || vec![write(answer("503 Service Unavailable", "", "busy"))];
    let server = Server::start(move |number, _| if number % 3 == 2 { ok() } else { busy() }).await;
    let client = client(&server.url(), |b| b);
    assert_eq!(get(&client).await.unwrap(), json!([1]));
    let counts: Vec<_> = server
        .seen()
        .iter()
        .map(|seen| seen.header("x-retry-count").map(str::to_owned))
        .collect();
    assert_eq!(counts, [None, Some("1".to_owned()), Some("2".to_owned())]);
    let error = post(&client).await.unwrap_err();
    kept(&error, ErrorKind::Api, 503);
    assert_eq!(server.requests(), 4);
}

#[tokio::test]
async fn truncated_json() {
    let cut = [
        head("200 OK", "content-length: 100\r\n"),
        b"[{\"id\": 1".to_vec(),
    ]
    .concat();
    let server = Server::always(vec![write(cut), Step::Close]).await;
    let client = client(&server.url(), |b| b);
    for method in [Method::GET, Method::POST] {
        let error = send(&client, method, "").await.unwrap_err();
        kept(&error, ErrorKind::Transport, 200);
        assert_eq!(kind(&error), Some(TransportErrorKind::Interrupted));
    }
    // The head had come: the server surely acted, and the call was over.
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn whole_but_not_the_shape_asked_for() {
    let server = Server::always(vec![write(answer("200 OK", "", "[{\"id\": 1"))]).await;
    let error = get(&client(&server.url(), |b| b)).await.unwrap_err();
    kept(&error, ErrorKind::Decode, 200);
    assert_eq!(error.body(), "[{\"id\": 1");
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn an_answer_that_announces_too_much() {
    let server = Server::always(vec![
        write(head("200 OK", "content-length: 1000000000000\r\n")),
        write("[1,"),
        Step::Hang,
    ])
    .await;
    let error = get(&client(&server.url(), |b| b.max_response_bytes(1000)))
        .await
        .unwrap_err();
    kept(&error, ErrorKind::Decode, 200);
    assert!(error.message().contains("max_response_bytes"), "{error}");
}

#[tokio::test]
async fn an_answer_that_does_not_end() {
    let chunk = format!("400\r\n{}\r\n", "x".repeat(1024));
    let mut steps = vec![write(head("200 OK", "transfer-encoding: chunked\r\n"))];
    steps.extend((0..64).map(|_| write(chunk.clone())));
    steps.push(Step::Hang);
    let server = Server::always(steps).await;
    let error = get(&client(&server.url(), |b| b.max_response_bytes(8 * 1024)))
        .await
        .unwrap_err();
    kept(&error, ErrorKind::Decode, 200);
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn the_body_of_an_error_that_does_not_end_is_cut() {
    let mut steps = vec![write(head("500 No", "transfer-encoding: chunked\r\n"))];
    steps.extend((0..128).map(|_| write(format!("400\r\n{}\r\n", "x".repeat(1024)))));
    steps.push(Step::Hang);
    let server = Server::always(steps).await;
    let client = client(&server.url(), |b| b);
    // It does not wait for more than it keeps.
    let error = tokio::time::timeout(Duration::from_secs(20), get(&client)).await;
    let error = error.unwrap().unwrap_err();
    kept(&error, ErrorKind::Api, 500);
    assert_eq!(error.body().len(), 64 * 1024);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Server::always(ok()).await;
    let elsewhere = format!("location: {}/t\r\n", other.url());
    let server = Server::always(vec![write(answer("302 Found", &elsewhere, ""))]).await;
    let error = get(&client(&server.url(), |b| b)).await.unwrap_err();
    kept(&error, ErrorKind::Api, 302);
    assert_eq!((server.requests(), other.connections()), (1, 0));
}

#[tokio::test]
async fn a_body_that_drips() {
    let server = Server::always(vec![
        write(head("200 OK", "content-length: 3\r\n")),
        write("["),
        Step::Hang,
    ])
    .await;
    let client = client(&server.url(), |b| b.read_timeout(SHORT));
    let error = get(&client).await.unwrap_err();
    kept(&error, ErrorKind::Transport, 200);
    assert!(error.is_timeout());
    assert_eq!(server.requests(), 1);
    // The same for an answer that is streamed to the caller.
    let streamed = client.open(request(&client, Method::GET, ""), CallOptions::new("op"));
    let error = streamed
        .await
        .unwrap()
        .into_body()
        .collect()
        .await
        .unwrap_err();
    assert!(error.downcast::<TransportError>().unwrap().is_timeout());
}

#[tokio::test]
async fn slow_but_steady_is_fine() {
    let mut steps = vec![write(head("200 OK", "content-length: 9\r\n"))];
    for part in ["[1,", "2,3", ",4]"] {
        steps.extend([Step::Pause(SHORT / 2), write(part)]);
    }
    let server = Server::always(steps).await;
    let client = client(&server.url(), |b| b.read_timeout(SHORT * 10));
    assert_eq!(get(&client).await.unwrap(), json!([1, 2, 3, 4]));
}

#[tokio::test]
async fn a_reset_within_the_body() {
    let server = Server::always(vec![
        write(head("200 OK", "content-length: 100\r\n")),
        write("[1,"),
        // So that the head is not thrown away with the connection.
        Step::Pause(SHORT / 4),
        Step::Reset,
    ])
    .await;
    let client = client(&server.url(), |b| b);
    let error = get(&client).await.unwrap_err();
    kept(&error, ErrorKind::Transport, 200);
    assert_eq!(kind(&error), Some(TransportErrorKind::Interrupted));
    assert_eq!(server.requests(), 1);

    let streamed = client.open(request(&client, Method::GET, ""), CallOptions::new("op"));
    let mut chunks = streamed.await.unwrap().into_body().into_stream();
    assert_eq!(chunks.next().await.unwrap().unwrap(), "[1,");
    let error = chunks.next().await.unwrap().unwrap_err();
    let error = error.downcast::<TransportError>().unwrap();
    assert_eq!(error.kind(), TransportErrorKind::Interrupted);
}

#[tokio::test]
async fn closed_or_reset_instead_of_an_answer() {
    for end in [Step::Close, Step::Reset] {
        let server = Server::always(vec![end.clone()]).await;
        let client = client(&server.url(), |b| b);
        let error = post(&client).await.unwrap_err();
        assert_eq!(
            kind(&error),
            Some(TransportErrorKind::Interrupted),
            "{end:?}"
        );
        assert!(error.status().is_none() && !error.is_connect());
        assert_eq!(server.requests(), 1, "{end:?}: the server may have acted");
        get(&client).await.unwrap_err();
        assert_eq!(
            server.requests(),
            1 + 4,
            "{end:?}: one try and three retries"
        );
        let safe = CallOptions::new("op")
            .idempotency(Idempotency::Safe)
            .retry(quick().max_retries(1));
        let read = client.execute(Ok(request(&client, Method::POST, "{}")), safe, json);
        read.await.unwrap_err();
        assert_eq!(server.requests(), 5 + 2, "{end:?}: a read by POST");
    }
}

/// The pooled connection was closed by the server while it was not in use.
#[tokio::test]
async fn a_half_closed_keep_alive_connection() {
    let server = Server::start(|number, _| {
        let mut steps = ok();
        if number == 0 {
            steps.push(Step::CloseHalf);
        }
        steps
    })
    .await;
    let client = client(&server.url(), |b| b);
    post(&client).await.unwrap();
    tokio::time::sleep(SHORT / 2).await;
    // A write: it goes out once, on a connection that is whole.
    post(&client).await.unwrap();
    let connections: Vec<_> = server.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 1]);
}

/// The server read the second request on a kept connection, and then closed: it may have acted on it.
#[tokio::test]
async fn a_kept_connection_that_closes_on_the_next_request() {
    let server =
        Server::start(|number, _| if number == 1 { vec![Step::Close] } else { ok() }).await;
    let writes = client(&server.url(), |b| b);
    post(&writes).await.unwrap();
    let error = post(&writes).await.unwrap_err();
    assert_eq!(kind(&error), Some(TransportErrorKind::Interrupted));
    assert_eq!(server.requests(), 2);

    let server =
        Server::start(|number, _| if number == 1 { vec![Step::Close] } else { ok() }).await;
    let reads = client(&server.url(), |b| b);
    get(&reads).await.unwrap();
    get(&reads).await.unwrap();
    let connections: Vec<_> = server.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 0, 1]);
}

/// Answers any name with addresses on this machine and counts how often it was asked.
struct Counting(Arc<AtomicUsize>);

impl Resolve for Counting {
    fn resolve(
        &self,
        _: &str,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<IpAddr>, BoxError>> + Send>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]) })
    }
}

#[tokio::test]
async fn connection_refused_is_never_sent_so_writes_are_tried_again_too() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let asked = Arc::new(AtomicUsize::new(0));
    let client = client(&format!("http://project.test:{port}"), |b| {
        b.resolver(Counting(asked.clone()))
    });
    let error = post(&client).await.unwrap_err();
    assert!(
        error.is_connect() && error.never_sent() && !error.is_timeout(),
        "{error}"
    );
    assert_eq!(asked.load(Ordering::SeqCst), 4);
}

/// Never answers.
struct Stuck;

impl Resolve for Stuck {
    fn resolve(
        &self,
        _: &str,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<IpAddr>, BoxError>> + Send>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_connect_timeout_is_a_timeout_and_never_sent() {
    let client = client("http://project.test", |b| {
        b.resolver(Stuck)
            .connect_timeout(SHORT / 4)
            .retry(RetryConfig::off())
    });
    let error = post(&client).await.unwrap_err();
    assert!(
        error.is_connect() && error.is_timeout() && error.never_sent(),
        "{error}"
    );
}

#[tokio::test]
async fn a_name_without_addresses_is_told() {
    struct Nobody;
    impl Resolve for Nobody {
        fn resolve(
            &self,
            _: &str,
        ) -> Pin<Box<dyn Future<Output = Result<Vec<IpAddr>, BoxError>> + Send>> {
            Box::pin(async { Ok(vec![]) })
        }
    }
    let client = client("http://project.test", |b| {
        b.resolver(Nobody).retry(RetryConfig::off())
    });
    let error = post(&client).await.unwrap_err();
    assert!(error.is_connect());
    assert!(
        chain(&error).contains("no address of `project.test`"),
        "{}",
        chain(&error)
    );
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text = format!("{text}: {error}");
        next = error.source();
    }
    text
}

#[tokio::test]
async fn a_server_that_never_answers() {
    let server = Server::always(vec![Step::Hang]).await;
    let each = client(&server.url(), |b| b.attempt_timeout(SHORT / 4));
    let error = post(&each).await.unwrap_err();
    assert_eq!(kind(&error), Some(TransportErrorKind::Timeout));
    assert!(error.is_timeout() && !error.never_sent());
    assert_eq!(server.requests(), 1);
    let error = get(&each).await.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(server.requests(), 1 + 4);

    let server = Server::always(vec![Step::Hang]).await;
    let whole = client(&server.url(), |b| b.attempt_timeout(None).timeout(SHORT));
    let error = get(&whole).await.unwrap_err();
    assert!(error.is_timeout() && !error.never_sent());
    assert_eq!(server.requests(), 1);
    let options = CallOptions::new("op").timeout(SHORT / 4);
    let own =
        client(&server.url(), |b| b).execute(Ok(request(&whole, Method::GET, "")), options, json);
    assert!(own.await.unwrap_err().is_timeout());
}

#[tokio::test]
async fn what_is_no_http_is_an_error_and_not_tried_again() {
    let floods: String = (0..500).map(|n| format!("x-{n}: 1\r\n")).collect();
    for nonsense in [
        b"hello there\r\n\r\n".to_vec(),
        b"HTTP/1.1 99999 Odd\r\n\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n".to_vec(),
        vec![0xff; 64],
        head("200 OK", &floods),
    ] {
        let server = Server::always(vec![write(nonsense.clone()), Step::Close]).await;
        let error = get(&client(&server.url(), |b| b)).await.unwrap_err();
        let shown = String::from_utf8_lossy(&nonsense)
            .chars()
            .take(40)
            .collect::<String>();
        assert_eq!(error.kind(), ErrorKind::Transport, "{shown}: {error}");
        assert!(!error.never_sent(), "{shown}");
        assert_eq!(server.requests(), 1, "{shown}: {}", chain(&error));
    }
}

#[tokio::test]
async fn broken_chunks_are_an_error_that_keeps_the_head() {
    let broken = [
        head("200 OK", "transfer-encoding: chunked\r\n"),
        b"zz\r\noops".to_vec(),
    ]
    .concat();
    let server = Server::always(vec![write(broken), Step::Close]).await;
    let error = get(&client(&server.url(), |b| b)).await.unwrap_err();
    kept(&error, ErrorKind::Transport, 200);
}

#[tokio::test]
async fn early_hints_and_continue_are_passed_over() {
    let hints = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
    let whole = [hints.to_vec(), answer("200 OK", "", "[7]")].concat();
    let server = Server::always(vec![write(whole)]).await;
    assert_eq!(
        get(&client(&server.url(), |b| b)).await.unwrap(),
        json!([7])
    );
}

#[tokio::test]
async fn a_request_body_that_fails_is_its_own_kind_and_not_sent_again() {
    let server = Server::always(ok()).await;
    let client = client(&server.url(), |b| b);
    let chunks = [
        Ok(Bytes::from("[1,")),
        Err(std::io::Error::other("disk gone")),
    ];
    let body = Body::from_stream(futures_util::stream::iter(chunks));
    let error = send(&client, Method::PUT, body).await.unwrap_err();
    assert_eq!(kind(&error), Some(TransportErrorKind::Body));
    assert!(chain(&error).contains("disk gone"), "{}", chain(&error));
    assert_eq!(server.connections(), 1);
}

/// A streamed body can be sent once only, so even a read by POST is not tried again.
#[tokio::test]
async fn a_streamed_body_is_never_sent_again() {
    let server = Server::always(vec![write(answer("503 Busy", "", ""))]).await;
    let client = client(&server.url(), |b| b);
    let body = Body::from_stream(futures_util::stream::iter([Ok::<_, BoxError>(
        Bytes::from("x"),
    )]));
    let safe = CallOptions::new("op").idempotency(Idempotency::Safe);
    let read = client.execute(Ok(request(&client, Method::POST, body)), safe, json);
    kept(&read.await.unwrap_err(), ErrorKind::Api, 503);
    assert_eq!(server.requests(), 1);
    assert_eq!(server.seen()[0].body, b"x");
}

#[test]
fn without_a_runtime_it_is_an_error() {
    let http = HttpClient::builder().proxy(Proxy::none()).build().unwrap();
    let client = support::service("http://127.0.0.1:9", http).unwrap();
    let error = get(&client).now_or_never().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Runtime);
}
