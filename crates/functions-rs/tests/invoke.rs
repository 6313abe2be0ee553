//! What an invocation sends, and what it makes of answers, against a scripted transport.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use bytes::Bytes;
use functions_rs::{
    AccessToken, Error, ErrorKind, Failure, FunctionsClient, Invoke, Method, Region, RetryConfig,
};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use supabase_http::testing::{Exchange, MockTransport};
use supabase_http::{Body, HttpClient, TransportErrorKind, token_fn};

const URL: &str = "https://project.test";

#[derive(Debug, serde::Deserialize)]
struct Sum {
    #[expect(dead_code, reason = "only read")]
    n: u8,
}

fn client_with(mock: &MockTransport, key: &str) -> FunctionsClient {
    let http = HttpClient::builder()
        .transport(mock.clone())
        .build()
        .unwrap();
    FunctionsClient::with_http(http, URL, key).unwrap()
}

fn client(mock: &MockTransport) -> FunctionsClient {
    client_with(mock, "anon-key")
}

#[tokio::test]
async fn a_streamed_body_is_sent_whole() {
    let mock = MockTransport::new().reply(200, ());
    let chunks =
        futures_util::stream::iter(["a", "b"].map(|text| Ok::<_, Error>(Bytes::from(text))));
    client(&mock).invoke("f").stream(chunks).await.unwrap();
    let request = mock.last_request().unwrap();
    assert_eq!(request.body(), "ab");
    assert_eq!(
        request.header("content-type"),
        Some("application/octet-stream")
    );
}

#[tokio::test]
async fn bad_input_comes_out_of_awaiting_it() {
    let mock = MockTransport::new();
    let error = client(&mock).invoke("..").await.unwrap_err();
    assert_eq!(Failure::of(&error), Failure::NotSent);
    assert_eq!(
        (error.service(), error.operation()),
        (Some("functions"), Some("invoke"))
    );
    assert!(mock.requests().is_empty());
}

#[tokio::test]
async fn identities() {
    let mock = MockTransport::new().respond(|_| Exchange::new(200));
    let seen = async |f: &FunctionsClient| {
        f.invoke("f").await.unwrap();
        let request = mock.last_request().unwrap();
        let header = |name| request.header(name).map(str::to_owned);
        (header("apikey").unwrap(), header("authorization"))
    };
    let bearer = |token: &str| Some(format!("Bearer {token}"));
    let legacy = client(&mock);
    assert_eq!(
        seen(&legacy).await,
        ("anon-key".to_owned(), bearer("anon-key"))
    );
    let user = legacy.with_token(AccessToken::parse("user-jwt").unwrap());
    assert_eq!(seen(&user).await.1, bearer("user-jwt"));
    assert_eq!(seen(&legacy).await.1, bearer("anon-key"));
    for key in ["sb_publishable_a", "sb_secret_a"] {
        let new = client_with(&mock, key);
        assert_eq!(seen(&new).await, (key.to_owned(), None));
        let user = new.with_token(AccessToken::parse("user-jwt").unwrap());
        assert_eq!(seen(&user).await.1, bearer("user-jwt"));
    }
    legacy
        .invoke("f")
        .header("authorization", "Bearer own")
        .await
        .unwrap();
    assert_eq!(
        mock.last_request().unwrap().header("authorization"),
        Some("Bearer own")
    );
    let app = legacy.with_header("x-app", "demo").unwrap();
    app.invoke("f").await.unwrap();
    assert_eq!(mock.last_request().unwrap().header("x-app"), Some("demo"));
}

#[tokio::test]
async fn answers_are_read_as_asked() {
    let mock = MockTransport::new()
        .reply(201, json!({"n": [1]}))
        .reply(200, "héllo")
        .reply(200, vec![0, 255])
        .reply(204, ())
        .reply(200, ())
        .reply_with(Exchange::new(200).body("abcd").drip(1, Duration::ZERO));
    let f = client(&mock);
    let answer = f.invoke("f").await.unwrap();
    assert_eq!(
        (answer.status.as_u16(), answer.media_type().as_str()),
        (201, "application/json")
    );
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({"n": [1]}));
    assert_eq!(f.invoke("f").await.unwrap().text().await.unwrap(), "héllo");
    assert_eq!(
        f.invoke("f").await.unwrap().bytes().await.unwrap(),
        vec![0, 255]
    );
    f.invoke("f").await.unwrap().json::<()>().await.unwrap();
    assert_eq!(
        f.invoke("f")
            .await
            .unwrap()
            .json::<Option<u8>>()
            .await
            .unwrap(),
        None
    );
    let chunks: Vec<_> = f
        .invoke("f")
        .await
        .unwrap()
        .stream()
        .map(Result::unwrap)
        .collect()
        .await;
    assert_eq!(chunks, ["a", "b", "c", "d"]);
    mock.assert_done();
}

#[tokio::test]
async fn answers_that_cannot_be_read_keep_status_request_id_and_body() {
    let answer = |body: &'static str| {
        Exchange::new(200)
            .header("sb-request-id", "r7")
            .header("content-type", "application/json")
            .body(body)
    };
    let mock = MockTransport::new()
        .reply_with(answer("{oops"))
        .reply_with(answer("{\"n\": \"secret\"}"))
        .reply_with(answer(""))
        .reply_with(
            Exchange::new(200)
                .header("sb-request-id", "r7")
                .body(vec![0xff]),
        );
    let f = client(&mock);
    let check = |error: &Error, body: &[u8], text: &str| {
        assert_eq!(Failure::of(error), Failure::Unreadable);
        assert_eq!(
            (error.status().unwrap().as_u16(), error.request_id()),
            (200, Some("r7"))
        );
        assert_eq!(error.body().as_ref(), body);
        assert!(error.message().contains(text), "{error}");
    };
    let error = f
        .invoke("f")
        .await
        .unwrap()
        .json::<Value>()
        .await
        .unwrap_err();
    check(&error, b"{oops", "line 1 column 2");
    let error = f
        .invoke("f")
        .await
        .unwrap()
        .json::<Sum>()
        .await
        .unwrap_err();
    check(&error, b"{\"n\": \"secret\"}", "no Sum at `n`");
    assert!(!error.to_string().contains("secret"), "{error}");
    let error = f
        .invoke("f")
        .await
        .unwrap()
        .json::<Sum>()
        .await
        .unwrap_err();
    check(&error, b"", "it is empty where a Sum is expected");
    let error = f.invoke("f").await.unwrap().text().await.unwrap_err();
    check(&error, &[0xff], "it is no text");
}

#[tokio::test]
async fn failures_are_told_apart() {
    let relay = |status| Exchange::new(status).header("x-relay-error", "true");
    let mock = MockTransport::new()
        .reply_with(
            Exchange::new(422)
                .header("x-own", "1")
                .json(json!({"code": "E1", "message": "no"})),
        )
        .reply_with(relay(502).body("relay down"))
        .reply_with(relay(200).json(json!({"a": 1})))
        .reply_with(Exchange::new(200).header("x-relay-error", "TRUE"))
        .fail(TransportErrorKind::Interrupted)
        .reply(302, ())
        .reply(500, "<html>".repeat(20_000));
    let f = client(&mock);
    let error = f.invoke("f").await.unwrap_err();
    assert_eq!(Failure::of(&error), Failure::Function);
    assert_eq!((error.code(), error.message()), (Some("E1"), "no"));
    let answer = error.api_error().unwrap();
    assert_eq!(answer.headers()["x-own"], "1");
    assert_eq!(answer.body(), r#"{"code":"E1","message":"no"}"#);
    assert_eq!(
        error.to_string(),
        "functions invoke: no (status 422, code E1)"
    );

    let error = f.invoke("f").await.unwrap_err();
    assert_eq!(
        (Failure::of(&error), error.message()),
        (Failure::Relay, "relay down")
    );
    let error = f.invoke("f").await.unwrap_err();
    assert_eq!(Failure::of(&error), Failure::Relay);
    assert_eq!(error.message(), "the relay could not run the function");
    assert!(f.invoke("f").await.is_ok());

    let error = f.invoke("f").await.unwrap_err();
    assert_eq!(Failure::of(&error), Failure::NoAnswer);
    let error = f.invoke("f").await.unwrap_err();
    assert_eq!(
        (Failure::of(&error), error.status().unwrap().as_u16()),
        (Failure::Function, 302)
    );
    let error = f.invoke("f").await.unwrap_err();
    assert_eq!(error.body().len(), 64 * 1024);
    mock.assert_done();
}

#[tokio::test(start_paused = true)]
async fn nothing_is_repeated_that_may_have_run() {
    for method in [Method::POST, Method::GET] {
        for exchange in [
            Exchange::new(503),
            Exchange::new(429),
            Exchange::new(401),
            Exchange::fail(TransportErrorKind::Interrupted),
            Exchange::fail(TransportErrorKind::Timeout),
        ] {
            let mock = MockTransport::new().reply_with(exchange);
            client(&mock)
                .invoke("f")
                .method(method.clone())
                .await
                .unwrap_err();
            assert_eq!(mock.requests().len(), 1);
        }
        let mock = MockTransport::new()
            .fail(TransportErrorKind::Connect)
            .reply(200, ());
        client(&mock)
            .invoke("f")
            .method(method.clone())
            .await
            .unwrap();
        mock.assert_done();
        let mock = MockTransport::new().reply(503, ()).reply(200, ());
        client(&mock)
            .invoke("f")
            .method(method)
            .idempotent()
            .await
            .unwrap();
        mock.assert_done();
        let mock = MockTransport::new().fail(TransportErrorKind::Connect);
        client(&mock)
            .invoke("f")
            .retry(RetryConfig::off())
            .await
            .unwrap_err();
        mock.assert_done();
    }
}

#[tokio::test]
async fn a_refused_token_is_not_replaced() {
    let mock = MockTransport::new().reply(401, json!({"code": 401, "message": "Invalid JWT"}));
    let f = client(&mock);
    let fresh = token_fn(|| async { Ok(Some(AccessToken::parse("other")?)) });
    let f = f.with_credentials(f.service().credentials().with_source(fresh));
    let error = f.invoke("f").await.unwrap_err();
    assert_eq!(
        (error.message(), error.is_unauthorized()),
        ("Invalid JWT", true)
    );
    mock.assert_done();
    let none = token_fn(|| async { Err("nobody".into()) });
    let f = f.with_credentials(f.service().credentials().with_source(none));
    assert_eq!(
        Failure::of(&f.invoke("f").await.unwrap_err()),
        Failure::NotSent
    );
}

#[tokio::test(start_paused = true)]
async fn time_limits() {
    let slow = |seconds| {
        Exchange::new(200)
            .body("ab")
            .delay(Duration::from_secs(seconds))
    };
    let dripping = || {
        Exchange::new(200)
            .body("abcd")
            .drip(1, Duration::from_secs(3))
    };
    let mock = MockTransport::new()
        .reply_with(slow(11))
        .reply_with(dripping())
        .reply_with(dripping())
        .reply_with(dripping())
        // Longer than the client's limit for tries.
        .reply_with(slow(90))
        .reply_with(slow(90))
        .reply_with(
            Exchange::new(500)
                .body("abcd")
                .drip(1, Duration::from_secs(3)),
        );
    let f = client(&mock);
    let ten = Duration::from_secs(10);
    let error = f.invoke("f").timeout(ten).await.unwrap_err();
    assert!(error.is_timeout() && Failure::of(&error) == Failure::NoAnswer);
    let answer = f.invoke("f").timeout(ten).await.unwrap();
    let error = answer.text().await.unwrap_err();
    assert!(error.is_timeout() && error.status().is_some(), "{error}");
    assert_eq!(f.invoke("f").await.unwrap().text().await.unwrap(), "abcd");
    // A stream may take longer.
    let chunks = f.invoke("f").timeout(ten).await.unwrap().stream();
    assert_eq!(
        chunks
            .filter(|chunk| std::future::ready(chunk.is_ok()))
            .count()
            .await,
        4
    );
    assert!(f.invoke("f").await.unwrap_err().is_timeout());
    assert!(
        f.invoke("f")
            .timeout(Duration::from_secs(100))
            .await
            .is_ok()
    );
    // What came of an error is told.
    let error = f.invoke("f").timeout(ten).await.unwrap_err();
    assert_eq!(
        (error.status().unwrap().as_u16(), error.message()),
        (500, "abc")
    );

    let mock = MockTransport::new().reply_with(slow(11));
    let http = HttpClient::builder()
        .transport(mock.clone())
        .timeout(ten)
        .build()
        .unwrap();
    let f = FunctionsClient::with_http(http, URL, "key").unwrap();
    assert!(f.invoke("f").await.unwrap_err().is_timeout());
}

#[tokio::test]
async fn what_is_buffered_has_a_limit() {
    let mock = MockTransport::new()
        .reply(200, "abcdef")
        .reply(200, "abcdef")
        .reply_with(Exchange::new(200).body("abcdef").drip(2, Duration::ZERO));
    let http = HttpClient::builder()
        .transport(mock.clone())
        .max_response_bytes(5)
        .build()
        .unwrap();
    let f = FunctionsClient::with_http(http, URL, "key").unwrap();
    for _ in 0..2 {
        let error = f.invoke("f").await.unwrap().bytes().await.unwrap_err();
        assert_eq!(Failure::of(&error), Failure::Unreadable);
        assert!(
            error.message().contains("`max_response_bytes` is 5"),
            "{error}"
        );
        if mock.requests().len() == 1 {
            // A stream has none.
            assert_eq!(f.invoke("f").await.unwrap().stream().count().await, 1);
        }
    }
    mock.assert_done();
}

#[tokio::test]
async fn events_go_on_after_the_last_one() {
    let stream = |body: &'static str| {
        Exchange::new(200)
            .header("content-type", "text/event-stream")
            .body(body)
    };
    let mock = MockTransport::new()
        .reply_with(stream("retry: 10\nid: 1\ndata: a\n\nid: 2\ndata: b\n\n").fail_body_after(28))
        .reply_with(stream("data: b\n\n"));
    let f = client(&mock);
    let mut events = f.invoke("f").await.unwrap().events();
    assert_eq!(events.next().await.unwrap().unwrap().data, "a");
    assert_eq!(
        Failure::of(&events.next().await.unwrap().unwrap_err()),
        Failure::NoAnswer
    );
    assert!(events.next().await.is_none());
    assert_eq!(events.retry(), Some(Duration::from_millis(10)));
    let last = events.last_event_id().unwrap().to_owned();
    let mut events = f.invoke("f").last_event_id(&last).await.unwrap().events();
    assert_eq!(
        mock.last_request().unwrap().header("last-event-id"),
        Some("1")
    );
    // It holds although nothing came yet.
    assert_eq!(events.last_event_id(), Some("1"));
    let event = events.try_next().await.unwrap().unwrap();
    assert_eq!(
        (event.event.as_str(), event.data.as_str(), event.id.as_str()),
        ("message", "b", "1")
    );
    assert!(events.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn the_two_pure_halves() {
    let head = |status: u16| {
        http::Response::builder()
            .status(status)
            .body(())
            .unwrap()
            .into_parts()
            .0
    };
    let answer = Invoke::decode(&head(200), Bytes::from("[1]")).unwrap();
    assert_eq!(answer.json::<Vec<u8>>().await.unwrap(), [1]);
    let error = Invoke::decode(&head(404), Bytes::from("gone")).unwrap_err();
    assert_eq!(
        (error.status().unwrap().as_u16(), error.message()),
        (404, "gone")
    );
}

#[test]
fn without_a_runtime_there_is_an_error() {
    let http = HttpClient::builder().build().unwrap();
    let f = FunctionsClient::with_http(http, "http://127.0.0.1:1", "key").unwrap();
    let call = f.invoke("f").timeout(Duration::from_secs(1)).into_future();
    let error = futures_util::FutureExt::now_or_never(call)
        .unwrap()
        .unwrap_err();
    assert_eq!(
        (error.kind(), Failure::of(&error)),
        (ErrorKind::Runtime, Failure::NotSent)
    );
}

#[tokio::test]
async fn nothing_shows_keys_tokens_or_data() {
    let mock = MockTransport::new().reply_with(
        Exchange::new(200)
            .header("set-cookie", "canary")
            .body("canary")
            .drip(2, Duration::ZERO),
    );
    let f =
        client_with(&mock, "sb_secret_canary").with_token(AccessToken::parse("canary").unwrap());
    let invoke = f
        .invoke("f")
        .path(["canary"])
        .query("canary", "canary")
        .text("canary")
        .header("x-a", "canary");
    let mut shown = format!("{f:?} {f:#?} {invoke:?} {invoke:#?}");
    let answer = invoke.await.unwrap();
    shown += &format!("{answer:?} {answer:#?}");
    let stream = answer.stream();
    shown += &format!(
        "{stream:?} {:?}",
        f.invoke("f").body(Body::from("canary")).into_future()
    );
    assert!(!shown.contains("canary"), "{shown}");
}

#[test]
fn what_is_sent_between_threads() {
    fn send<T: Send + 'static>() {}
    fn sync<T: Send + Sync + 'static>() {}
    send::<Invoke>();
    send::<functions_rs::Invocation>();
    send::<functions_rs::FunctionResponse>();
    send::<functions_rs::ByteStream>();
    send::<functions_rs::Events>();
    sync::<FunctionsClient>();
    sync::<functions_rs::Event>();
    sync::<Region>();
}
