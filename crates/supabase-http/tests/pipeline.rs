//! What happens between caller and transport: retries, credentials, time limits, layers, traces.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::response::Parts;
use http::{Method, Request, StatusCode};
use serde_json::json;
use supabase_http::testing::{Exchange, MockTransport};
use supabase_http::{
    AccessToken, ApiError, ApiKey, Body, BoxError, BoxFuture, CallOptions, Credentials, Endpoint,
    Error, ErrorKind, HttpClient, HttpClientBuilder, Idempotency, Result, RetryConfig,
    ServiceClient, ServiceInfo, TokenSource, TraceContext, TransportErrorKind,
};
use tokio::time::Instant;

static INFO: ServiceInfo = ServiceInfo {
    name: "test",
    token_rejected: |parts, body| {
        parts.status == StatusCode::UNAUTHORIZED && body.windows(7).any(|part| part == b"expired")
    },
    retry_count_header: true,
};

fn credentials() -> Credentials {
    Credentials::new(ApiKey::parse("sb_publishable_abc").unwrap())
}

fn client(
    mock: &MockTransport,
    change: impl FnOnce(HttpClientBuilder) -> HttpClientBuilder,
) -> ServiceClient {
    let http = change(HttpClient::builder())
        .transport(mock.clone())
        .build()
        .unwrap();
    let endpoint = Endpoint::parse("https://project.test/rest/v1").unwrap();
    ServiceClient::new(&INFO, http, endpoint, credentials()).unwrap()
}

fn text(parts: &Parts, body: Bytes) -> Result<String> {
    if !parts.status.is_success() {
        return Err(ApiError::new(parts, body).into());
    }
    Ok(String::from_utf8_lossy(&body).into_owned())
}

fn request(client: &ServiceClient, method: Method, body: impl Into<Body>) -> Result<Request<Body>> {
    let mut request = Request::new(body.into());
    *request.method_mut() = method;
    *request.uri_mut() = client.endpoint().uri().segment("t").finish()?;
    Ok(request)
}

async fn call(client: &ServiceClient, method: Method) -> Result<String> {
    let request = request(client, method, "x");
    client.execute(request, CallOptions::new("op"), text).await
}

fn sent(mock: &MockTransport) -> usize {
    mock.requests().len()
}

#[tokio::test(start_paused = true)]
async fn reads_are_tried_again_on_busy_statuses_and_lost_connections() {
    for status in [408, 429, 503, 520] {
        let mock = MockTransport::new().reply(status, "busy").reply(200, "ok");
        assert_eq!(
            call(&client(&mock, |b| b), Method::GET).await.unwrap(),
            "ok",
            "{status}"
        );
        assert_eq!(mock.requests()[0].header("x-retry-count"), None);
        assert_eq!(mock.requests()[1].header("x-retry-count"), Some("1"));
        assert_eq!(mock.requests()[1].body(), &mock.requests()[0].body()[..]);
    }
    for kind in [
        TransportErrorKind::Connect,
        TransportErrorKind::Timeout,
        TransportErrorKind::Interrupted,
    ] {
        let mock = MockTransport::new().fail(kind).reply(200, "ok");
        assert_eq!(
            call(&client(&mock, |b| b), Method::GET).await.unwrap(),
            "ok",
            "{kind:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn writes_are_tried_again_only_if_never_sent() {
    for method in [Method::POST, Method::PATCH, Method::DELETE, Method::PUT] {
        let mock = MockTransport::new()
            .fail(TransportErrorKind::Connect)
            .reply(201, "ok");
        assert_eq!(
            call(&client(&mock, |b| b), method.clone()).await.unwrap(),
            "ok"
        );

        for kind in [
            TransportErrorKind::Timeout,
            TransportErrorKind::Interrupted,
            TransportErrorKind::Other,
        ] {
            let mock = MockTransport::new().fail(kind);
            let error = call(&client(&mock, |b| b), method.clone())
                .await
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Transport);
            mock.assert_done();
        }
        for status in [408, 429, 500, 503, 520] {
            let mock = MockTransport::new().reply(status, "busy");
            let error = call(&client(&mock, |b| b), method.clone())
                .await
                .unwrap_err();
            assert_eq!(error.status().unwrap().as_u16(), status);
            mock.assert_done();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_by_post_may_be_marked_safe_and_a_get_unsafe() {
    let mock = MockTransport::new()
        .reply(503, "")
        .reply(200, "ok")
        .reply(503, "");
    let client = client(&mock, |b| b);
    let safe = CallOptions::new("op").idempotency(Idempotency::Safe);
    let ok = client
        .execute(request(&client, Method::POST, "x"), safe, text)
        .await;
    assert_eq!(ok.unwrap(), "ok");
    let unsafe_ = CallOptions::new("op").idempotency(Idempotency::Unsafe);
    client
        .execute(request(&client, Method::GET, ""), unsafe_, text)
        .await
        .unwrap_err();
    mock.assert_done();
}

#[tokio::test(start_paused = true)]
async fn a_streamed_body_is_never_sent_again() {
    let mock = MockTransport::new().fail(TransportErrorKind::Connect);
    let client = client(&mock, |b| b);
    let chunks = [Ok::<_, std::io::Error>(Bytes::from("once"))];
    let body = Body::from_stream(futures_util::stream::iter(chunks));
    let safe = CallOptions::new("op").idempotency(Idempotency::Safe);
    let error = client
        .execute(request(&client, Method::PUT, body), safe, text)
        .await
        .unwrap_err();
    assert!(error.is_connect());
    mock.assert_done();
}

#[tokio::test(start_paused = true)]
async fn it_gives_up_after_three_retries_and_keeps_the_last_answer() {
    let mock = MockTransport::new().respond(|_| Exchange::new(503).body("busy"));
    let start = Instant::now();
    let error = call(&client(&mock, |b| b), Method::GET).await.unwrap_err();
    assert_eq!(
        (
            sent(&mock),
            error.status().unwrap().as_u16(),
            error.message()
        ),
        (4, 503, "busy")
    );
    // 1, 2 and 4 s, half of each random.
    let waited = start.elapsed();
    assert!(
        waited >= Duration::from_millis(3500) && waited <= Duration::from_millis(7100),
        "{waited:?}"
    );

    let mock = MockTransport::new().reply(503, "");
    call(&client(&mock, |b| b.retry(RetryConfig::off())), Method::GET)
        .await
        .unwrap_err();
    mock.assert_done();

    let mock = MockTransport::new().respond(|_| Exchange::new(503));
    let hasty = RetryConfig::new()
        .max_retries(100)
        .max_elapsed(Duration::from_secs(10));
    let start = Instant::now();
    call(&client(&mock, |b| b.retry(hasty)), Method::GET)
        .await
        .unwrap_err();
    assert!(start.elapsed() <= Duration::from_secs(11));
}

#[derive(Debug)]
struct Noon;
impl supabase_http::Clock for Noon {
    fn now(&self) -> std::time::SystemTime {
        // Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110.
        std::time::UNIX_EPOCH + Duration::from_secs(784_111_777)
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_respected_within_bounds() {
    for (header, from, to) in [
        ("7", 7000, 7100),
        ("0", 250, 600),
        ("86400", 30_000, 30_100),
        ("Sun, 06 Nov 1994 08:49:42 GMT", 5000, 5100),
        ("Sun, 06 Nov 1994 08:49:30 GMT", 250, 600),
        ("soon", 500, 1100),
    ] {
        let mock = MockTransport::new()
            .reply_with(Exchange::new(503).header("retry-after", header))
            .reply(200, "ok");
        let start = Instant::now();
        call(&client(&mock, |b| b.clock(Noon)), Method::GET)
            .await
            .unwrap();
        let waited = start.elapsed().as_millis();
        assert!(waited >= from && waited <= to, "{header}: {waited}");
    }
}

/// A source whose n-th token is `token-n`, until it says that there are no more.
struct Numbered {
    current: AtomicUsize,
    last: usize,
    rejected: Mutex<Vec<String>>,
}

impl Numbered {
    fn new(last: usize) -> Arc<Self> {
        Arc::new(Self {
            current: AtomicUsize::new(1),
            last,
            rejected: Mutex::default(),
        })
    }
}

impl TokenSource for Numbered {
    fn token(&self) -> BoxFuture<'_, Result<Option<AccessToken>, BoxError>> {
        let number = self.current.load(Ordering::SeqCst);
        Box::pin(async move { Ok(Some(AccessToken::parse(&format!("token-{number}"))?)) })
    }

    fn rejected(&self, used: &AccessToken) {
        self.rejected.lock().unwrap().push(used.expose().to_owned());
        if self.current.load(Ordering::SeqCst) < self.last {
            self.current.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_replaced_once() {
    let source = Numbered::new(9);
    let mock = MockTransport::new()
        .reply(401, "expired")
        .reply(200, "ok")
        .reply(401, "expired")
        .reply(401, "expired");
    let client = client(&mock, |b| b);
    let client = client.with_credentials(credentials().with_source(Arc::clone(&source)));
    assert_eq!(call(&client, Method::POST).await.unwrap(), "ok");
    let error = call(&client, Method::POST).await.unwrap_err();
    assert_eq!(
        (error.status().unwrap().as_u16(), error.message()),
        (401, "expired")
    );
    let tokens: Vec<_> = mock
        .requests()
        .iter()
        .map(|request| request.header("authorization").unwrap().to_owned())
        .collect();
    assert_eq!(
        tokens,
        [
            "Bearer token-1",
            "Bearer token-2",
            "Bearer token-2",
            "Bearer token-3"
        ]
    );
    assert_eq!(*source.rejected.lock().unwrap(), ["token-1", "token-2"]);
    mock.assert_done();
}

#[tokio::test(start_paused = true)]
async fn no_other_token_no_second_request() {
    let source = Numbered::new(1);
    let mock = MockTransport::new()
        .reply(401, "expired")
        .reply(401, "no key")
        .reply(403, "expired");
    let client = client(&mock, |b| b);
    let client = client.with_credentials(credentials().with_source(source));
    // The same token again; not what the service says when it refuses a token; another status.
    for _ in 0..3 {
        assert_ne!(call(&client, Method::GET).await.unwrap_err().message(), "");
    }
    mock.assert_done();
}

#[tokio::test(start_paused = true)]
async fn a_source_that_fails_sends_nothing() {
    let mock = MockTransport::new();
    let client = client(&mock, |b| b);
    let source =
        supabase_http::token_fn(|| async { Err::<Option<AccessToken>, _>("provider down".into()) });
    let client = client.with_credentials(credentials().with_source(source));
    let error = call(&client, Method::GET).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credential);
    assert!(error.never_sent());
    assert_eq!(sent(&mock), 0);
}

#[tokio::test(start_paused = true)]
async fn credentials_and_traces_stay_with_the_endpoints_host() {
    let mock = MockTransport::new().respond(|_| Exchange::new(200));
    let trace =
        || TraceContext::new("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").ok();
    let client = client(&mock, |b| b.trace_propagation(trace));
    let client =
        client.with_credentials(credentials().with_token(AccessToken::parse("a.b.c").unwrap()));
    for uri in [
        "https://project.test/x",
        "https://evil.test/x",
        "http://project.test/x",
        "https://project.test:1/x",
    ] {
        let request = Request::get(uri)
            .body(Body::empty())
            .map_err(|_| unreachable!());
        client
            .execute(request, CallOptions::new("op"), text)
            .await
            .unwrap();
    }
    let requests = mock.requests();
    assert_eq!(requests[0].header("authorization"), Some("Bearer a.b.c"));
    assert_eq!(requests[0].header("apikey"), Some("sb_publishable_abc"));
    assert!(requests[0].header("traceparent").is_some());
    for request in &requests[1..] {
        for name in ["authorization", "apikey", "traceparent"] {
            assert_eq!(request.header(name), None, "{}", request.uri());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn time_limits_hold() {
    let slow = || Exchange::new(200).delay(Duration::from_secs(100));
    let mock = MockTransport::new().respond(move |_| slow());
    let start = Instant::now();
    let error = call(
        &client(&mock, |b| b.timeout(Duration::from_secs(10))),
        Method::GET,
    )
    .await
    .unwrap_err();
    assert!(error.is_timeout() && !error.never_sent());
    assert_eq!(start.elapsed(), Duration::from_secs(10));
    // One try of a write takes a minute at most, and is not repeated.
    let before = sent(&mock);
    let start = Instant::now();
    let error = call(&client(&mock, |b| b), Method::POST).await.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(
        (start.elapsed(), sent(&mock) - before),
        (Duration::from_secs(60), 1)
    );
}

#[tokio::test(start_paused = true)]
async fn the_body_has_limits_too() {
    let mock = MockTransport::new()
        .reply_with(
            Exchange::new(200)
                .header("sb-request-id", "r1")
                .body("0123456789")
                .drip(1, Duration::from_secs(90)),
        )
        .reply_with(
            Exchange::new(200)
                .header("sb-request-id", "r2")
                .body("0123456789")
                .fail_body_after(4),
        )
        .reply_with(
            Exchange::new(200)
                .header("sb-request-id", "r3")
                .body("0123456789"),
        );
    let client = client(&mock, |b| b.max_response_bytes(9));
    let slow = call(&client, Method::GET).await.unwrap_err();
    assert!(slow.is_timeout());
    let cut = call(&client, Method::GET).await.unwrap_err();
    assert_eq!(cut.kind(), ErrorKind::Transport);
    let large = call(&client, Method::GET).await.unwrap_err();
    assert_eq!(large.kind(), ErrorKind::Decode);
    assert!(large.message().contains("max_response_bytes"), "{large}");
    for (error, id) in [(slow, "r1"), (cut, "r2"), (large, "r3")] {
        assert_eq!(
            (error.status(), error.request_id()),
            (Some(StatusCode::OK), Some(id))
        );
    }
    // Once the head came, even a read is not repeated: the caller sees the first answer's failure.
    mock.assert_done();
}

#[tokio::test(start_paused = true)]
async fn layers_stand_where_they_are_said_to() {
    let mock = MockTransport::new().reply(503, "").reply(200, "ok");
    let log: Arc<Mutex<Vec<String>>> = Arc::default();
    let note = |name: &'static str| {
        let log = Arc::clone(&log);
        tower::util::MapRequestLayer::new(move |request: Request<Body>| {
            let seen = request.headers().contains_key("apikey");
            log.lock().unwrap().push(format!("{name} apikey={seen}"));
            request
        })
    };
    let client = client(&mock, |b| {
        b.layer(note("outer 1"))
            .layer(note("outer 2"))
            .attempt_layer(note("inner 1"))
            .attempt_layer(note("inner 2"))
    });
    assert_eq!(call(&client, Method::GET).await.unwrap(), "ok");
    assert_eq!(
        *log.lock().unwrap(),
        [
            "outer 1 apikey=false",
            "outer 2 apikey=false",
            "inner 1 apikey=true",
            "inner 2 apikey=true",
            "inner 1 apikey=true",
            "inner 2 apikey=true",
        ]
    );
}

#[test]
fn outside_a_runtime_is_an_error_and_no_panic() {
    let mock = MockTransport::new();
    let client = client(&mock, |b| b.timeout(Duration::from_secs(1)));
    let future = client.execute(
        request(&client, Method::GET, ""),
        CallOptions::new("op"),
        text,
    );
    let error = futures_util::FutureExt::now_or_never(future)
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Runtime);
    assert_eq!(
        (error.service(), error.operation()),
        (Some("test"), Some("op"))
    );
}

#[tokio::test]
async fn errors_of_the_request_come_out_of_the_call() {
    let mock = MockTransport::new();
    let client = client(&mock, |b| b);
    let bad = Err(Error::request("no"));
    let error = client
        .execute(bad, CallOptions::new("op"), text)
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "test op: no");
    assert_eq!(sent(&mock), 0);
}

#[tokio::test]
async fn an_opened_answer_streams() {
    let mock = MockTransport::new()
        .reply_with(
            Exchange::new(200)
                .body(json!([1, 2, 3]).to_string())
                .drip(2, Duration::ZERO),
        )
        .reply(500, "broken");
    let client = client(&mock, |b| b);
    let answer = client
        .open(
            request(&client, Method::GET, "").unwrap(),
            CallOptions::new("op"),
        )
        .await
        .unwrap();
    let mut chunks = answer.into_body().into_stream();
    let mut whole = Vec::new();
    while let Some(chunk) = chunks.next().await {
        whole.extend_from_slice(&chunk.unwrap());
    }
    assert_eq!(whole, b"[1,2,3]");
    let answer = client
        .open(
            request(&client, Method::GET, "").unwrap(),
            CallOptions::new("op"),
        )
        .await
        .unwrap();
    assert_eq!(answer.status(), 500);
}

#[tokio::test(start_paused = true)]
async fn the_head_of_a_streamed_answer_comes_within_the_time_limit() {
    let slow_head = Exchange::new(200).delay(Duration::from_secs(3));
    let slow_body = Exchange::new(200)
        .body("ab")
        .drip(1, Duration::from_secs(3));
    let mock = MockTransport::new()
        .reply_with(slow_head)
        .reply_with(slow_body);
    let client = client(&mock, |b| b);
    let open = || {
        let options = CallOptions::new("op").timeout(Duration::from_secs(2));
        client.open(request(&client, Method::GET, "").unwrap(), options)
    };
    assert!(open().await.unwrap_err().is_timeout());
    let mut chunks = open().await.unwrap().into_body().into_stream();
    assert_eq!(chunks.next().await.unwrap().unwrap(), "a");
    assert_eq!(chunks.next().await.unwrap().unwrap(), "b");
}

#[tokio::test]
async fn a_call_after_a_first_step_waits_for_it() {
    let mock = MockTransport::new().reply(200, "done");
    let client = client(&mock, |b| b);
    let call = || {
        client.execute(
            request(&client, Method::POST, ""),
            CallOptions::new("op"),
            text,
        )
    };
    let refused = call().after(Box::pin(async { Err(Error::request("not now")) }));
    let error = refused.await.unwrap_err();
    assert_eq!(error.to_string(), "test op: not now");
    assert_eq!(sent(&mock), 0);
    assert_eq!(
        call().after(Box::pin(async { Ok(()) })).await.unwrap(),
        "done"
    );
    assert_eq!(sent(&mock), 1);
}
