//! No secret is shown: not by any public type, not in an error, not in what `tracing` records.
#![cfg(all(feature = "client", feature = "test-util"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::error::Error as StdError;
use std::fmt::Debug;
use std::io;
use std::sync::{Arc, Mutex};

use http::response::Parts;
use http::{Method, Request};
use serde_json::json;
use supabase_http::testing::{Exchange, MockTransport, RecordedRequest};
use supabase_http::{
    AccessToken, ApiError, ApiKey, Body, Call, CallOptions, CredentialMode, Credentials, Endpoint,
    Error, HttpClient, Proxy, ServiceClient, TokenChange, TokenChanges, TransportError,
    TransportErrorKind, token_fn,
};
use tracing_subscriber::fmt::format::FmtSpan;

use support::{INFO, Server, Step, answer, head, quick, write};

/// In every secret of this file, and nowhere else.
const CANARY: &str = "canary";

fn key() -> ApiKey {
    ApiKey::parse("sb_secret_canary").unwrap()
}

fn token() -> AccessToken {
    AccessToken::parse("eyJcanary.canary.canary").unwrap()
}

fn all_credentials() -> Vec<Credentials> {
    let legacy = ApiKey::parse("eyJcanary.e30.canary").unwrap();
    vec![
        Credentials::new(key()),
        Credentials::new(legacy),
        Credentials::new(key()).with_token(token()),
        Credentials::new(key()).with_source(token_fn(|| async { Ok(Some(token())) })),
    ]
}

/// A request with secrets wherever one can be.
fn secret_request(base: &Endpoint) -> Request<Body> {
    Request::post(
        base.uri()
            .segment("t")
            .pair("token", CANARY)
            .finish()
            .unwrap(),
    )
    .header("x-api-key", CANARY)
    .header("cookie", CANARY)
    .header("content-type", "application/json")
    .body(Body::from(r#"{"password":"canary"}"#))
    .unwrap()
}

#[track_caller]
fn clean(what: &str, text: &str) {
    assert!(!text.contains(CANARY), "{what} shows a secret: {text}");
    // Neither as base64 of `me:canary`.
    assert!(
        !text.contains("bWU6Y2FuYXJ5"),
        "{what} shows a password: {text}"
    );
}

#[track_caller]
fn quiet(value: &impl Debug) {
    let what = format!("{:.40}", format!("{value:?}"));
    clean(&what, &format!("{value:?}"));
    clean(&what, &format!("{value:#?}"));
}

#[track_caller]
fn quiet_error(error: &Error) {
    quiet(error);
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text} / {source} / {source:?}");
        next = source.source();
    }
    clean("an error and its causes", &text);
}

fn nothing(parts: &Parts, body: bytes::Bytes) -> supabase_http::Result<()> {
    if parts.status.is_success() {
        Ok(())
    } else {
        Err(ApiError::new(parts, body).into())
    }
}

#[test]
fn types_that_hold_secrets_keep_them() {
    quiet(&key());
    quiet(&token());
    quiet(&token_fn(|| async { Ok(Some(token())) }));
    quiet(&TokenChange::Refreshed(token()));
    quiet(&TokenChange::IdentityChanged(token()));
    quiet(&TokenChanges::new(futures_util::stream::iter([
        TokenChange::Refreshed(token()),
    ])));
    for credentials in all_credentials() {
        quiet(&credentials);
    }
    let options = CallOptions::new("op").credentials(CredentialMode::Token(token()));
    quiet(&options);
    quiet(&CredentialMode::Token(token()));
    quiet(&Body::from("canary"));
    quiet(&Body::from("canary").into_stream());
    for proxy in [
        Proxy::all("http://proxy.test").basic_auth("me", CANARY),
        Proxy::http("http://me:canary@proxy.test"),
        Proxy::https("canary:canary:canary"),
    ] {
        quiet(&proxy);
        quiet(&HttpClient::builder().proxy(proxy.clone()));
        match HttpClient::builder().proxy(proxy).build() {
            Ok(http) => quiet(&http),
            Err(error) => quiet_error(&error),
        }
    }
}

#[test]
fn clients_requests_and_calls_keep_them() {
    for credentials in all_credentials() {
        let http = HttpClient::builder()
            .proxy(Proxy::all("http://me:canary@proxy.test"))
            .build()
            .unwrap();
        let endpoint = Endpoint::parse("http://project.test").unwrap();
        let mut value = http::HeaderValue::from_static(CANARY);
        value.set_sensitive(true);
        let client = ServiceClient::new(&INFO, http.clone(), endpoint.clone(), credentials)
            .unwrap()
            .with_header(http::HeaderName::from_static("x-own"), value);
        quiet(&client);
        quiet(&http);
        let request = || Ok(secret_request(&endpoint));
        quiet(&Call::new(
            client.clone(),
            request(),
            CallOptions::new("op"),
            nothing,
        ));
        quiet(&client.execute(request(), CallOptions::new("op"), nothing));

        let mut request = secret_request(&endpoint);
        client.authorize(&mut request);
        // The headers that we add are marked; what the user adds is the user's.
        for name in ["apikey", "authorization"] {
            if let Some(value) = request.headers().get(name) {
                quiet(value);
            }
        }
        let recorded = RecordedRequest::from_request(request).unwrap();
        quiet(&recorded);
        let rendered = recorded.render();
        let (head, body) = rendered.split_once("\n\n").unwrap();
        clean("the head of a rendered request", head);
        assert!(body.contains(CANARY), "a test sees the body whole");
    }
    quiet(&Exchange::new(200).body("canary"));
}

#[test]
fn bad_input_is_not_repeated() {
    let bad: [Error; 6] = [
        ApiKey::parse("canary with blanks").unwrap_err(),
        ApiKey::parse("canary\n").unwrap_err(),
        AccessToken::parse("sb_secret_canary").unwrap_err(),
        AccessToken::parse("cänary canary").unwrap_err(),
        Endpoint::parse("https://user:canary@project.test").unwrap_err(),
        Endpoint::parse("https://project.test/?apikey=canary").unwrap_err(),
    ];
    for error in bad {
        quiet_error(&error);
    }
}

#[test]
fn errors_hold_no_bodies() {
    let (parts, ()) = http::Response::builder()
        .status(400)
        .header("set-cookie", CANARY)
        .body(())
        .unwrap()
        .into_parts();
    let body = r#"{"message":"no","access_token":"canary","refresh_token":"canary"}"#;
    let api = ApiError::new(&parts, body.into());
    quiet(&api);
    clean("an API error", &api.to_string());
    quiet_error(&api.into());
    quiet_error(&Error::decode(
        &parts,
        body.into(),
        "not the shape asked for",
    ));
    quiet(&TransportError::new(TransportErrorKind::Other, "x"));
}

#[cfg(feature = "multipart")]
#[test]
fn forms_keep_their_contents() {
    let form = supabase_http::Multipart::new()
        .text("a", CANARY)
        .part("b", supabase_http::Part::new(CANARY));
    quiet(&form);
    quiet(&supabase_http::Part::new(CANARY));
}

#[cfg(feature = "_tls")]
#[test]
fn an_identity_keeps_its_key() {
    let made = rcgen::generate_simple_self_signed(vec!["me".to_owned()]).unwrap();
    let key = made.signing_key.serialize_pem();
    let identity = supabase_http::Identity::from_pem(made.cert.pem().as_bytes(), key.as_bytes());
    let identity = identity.unwrap();
    let certificate = supabase_http::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    let builder = HttpClient::builder()
        .root_certificate(certificate.clone())
        .identity(identity.clone());
    let der = format!("{:?}", &made.signing_key.serialize_der()[..8]);
    let inner = der.trim_matches(['[', ']']);
    for text in [
        format!("{identity:?}"),
        format!("{builder:?}"),
        format!("{certificate:?}"),
    ] {
        assert!(!text.contains(inner) && text.len() < 600, "{text}");
    }
    // A key that cannot be read is not repeated either.
    let broken = format!("-----BEGIN PRIVATE KEY-----\ncanary!{}", &key[30..]);
    let error = supabase_http::Identity::from_pem(made.cert.pem().as_bytes(), broken.as_bytes())
        .unwrap_err();
    quiet_error(&error);
}

#[cfg(feature = "upgrade")]
#[test]
fn an_upgraded_connection_shows_no_bytes() {
    let (io, _other) = tokio::io::duplex(16);
    let (head, ()) = http::Response::new(()).into_parts();
    quiet(&supabase_http::Upgraded::new(head, io).io);
}

/// What a subscriber wrote.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs `work` with everything recorded that anyone in the process tells `tracing`.
async fn traced(work: impl Future<Output = ()>) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    work.await;
    drop(guard);
    let bytes = log.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

/// One server for each way in which a call can end.
async fn calls(http: &HttpClient, url: &str) {
    let endpoint = Endpoint::parse(url).unwrap();
    for credentials in all_credentials() {
        let client =
            ServiceClient::new(&INFO, http.clone(), endpoint.clone(), credentials).unwrap();
        for method in [Method::GET, Method::POST] {
            let mut request = secret_request(&endpoint);
            *request.method_mut() = method;
            let call = client.execute(Ok(request), CallOptions::new("op"), support::json);
            if let Err(error) = call.await {
                quiet_error(&error);
            }
        }
    }
}

#[tokio::test]
async fn nothing_is_traced_that_should_not_be() {
    let secret = "set-cookie: canary\r\n";
    let scripts = [
        vec![write(answer(
            "200 OK",
            secret,
            r#"{"access_token":"canary"}"#,
        ))],
        vec![write(answer(
            "503 Busy",
            secret,
            r#"{"message":"busy","token":"canary"}"#,
        ))],
        vec![write(answer(
            "401 No",
            secret,
            r#"{"message":"no","token":"canary"}"#,
        ))],
        vec![write(answer("200 OK", secret, "canary, no JSON"))],
        vec![
            write([head("200 OK", "content-length: 99\r\n"), b"canary".to_vec()].concat()),
            Step::Close,
        ],
        vec![write("no http\r\n\r\n"), Step::Close],
        vec![Step::Reset],
    ];
    for script in scripts {
        let server = Server::always(script.clone()).await;
        let http = HttpClient::builder()
            .retry(quick().max_retries(1))
            .build()
            .unwrap();
        let text = traced(calls(&http, &server.url())).await;
        assert!(
            text.contains("supabase.request"),
            "nothing was recorded: {text}"
        );
        assert!(
            text.contains("hyper"),
            "the transport's own events are judged too: {text}"
        );
        for line in text.lines() {
            clean("a trace", line);
        }
    }
    let proxy = Server::always(vec![write(answer("200 OK", "", "[]"))]).await;
    let http = HttpClient::builder()
        .proxy(Proxy::all(proxy.url()).basic_auth("me", CANARY))
        .build()
        .unwrap();
    let text = traced(calls(&http, "http://project.test")).await;
    for line in text.lines() {
        clean("a trace", line);
    }
    assert!(proxy.seen()[0].head.contains("bWU6Y2FuYXJ5"));
}

#[tokio::test]
async fn the_mock_s_own_errors_are_quiet() {
    let mock = MockTransport::new().reply(200, json!({ "token": "canary" }));
    let http = HttpClient::builder()
        .transport(mock.clone())
        .build()
        .unwrap();
    calls(&http, "http://project.test").await;
    quiet(&mock);
    let panic = std::panic::catch_unwind(|| mock.assert_done()).unwrap_err();
    clean("the assertion", panic.downcast_ref::<String>().unwrap());
}
