//! No secret is shown: not by any public type, and not in an error.
#![cfg(all(feature = "client", feature = "test-util"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use canary::{CANARY, clean, holds_nothing, quiet, quiet_error};
use http::response::Parts;
use serde_json::json;
use supabase_http::testing::{Exchange, MockTransport, RecordedRequest};
use supabase_http::{
    AccessToken, ApiError, ApiKey, Backoff, Body, BodyStream, Call, CallInfo, CallOptions,
    Completeness, CredentialMode, Credentials, Endpoint, Error, ErrorKind, Execute, HttpClient,
    HttpClientBuilder, Idempotency, JsonFlaw, KeyKind, Proxy, Response, RetryAfter, RetryConfig,
    ServiceClient, ServiceInfo, SystemClock, TokenChange, TokenChanges, TokenFn, TraceContext,
    TransportError, TransportErrorKind, UriBuilder, decode_json, token_fn,
};

use support::INFO;
use support::secrets::{all_credentials, calls, key, secret_request, token};

fn nothing(parts: &Parts, body: bytes::Bytes) -> supabase_http::Result<()> {
    if parts.status.is_success() {
        Ok(())
    } else {
        Err(ApiError::new(parts, body).into())
    }
}

#[test]
fn types_that_hold_secrets_keep_them() {
    quiet::<ApiKey>(&key());
    quiet::<AccessToken>(&token());
    quiet::<TokenFn<_>>(&token_fn(|| async { Ok(Some(token())) }));
    quiet::<TokenChange>(&TokenChange::Refreshed(token()));
    quiet::<TokenChange>(&TokenChange::IdentityChanged(token()));
    quiet::<TokenChanges>(&TokenChanges::new(futures_util::stream::iter([
        TokenChange::Refreshed(token()),
    ])));
    for credentials in all_credentials() {
        quiet::<Credentials>(&credentials);
    }
    let options = CallOptions::new("op").credentials(CredentialMode::Token(token()));
    quiet::<CallOptions>(&options);
    quiet::<CredentialMode>(&CredentialMode::Token(token()));
    quiet::<Body>(&Body::from("canary"));
    quiet::<BodyStream>(&Body::from("canary").into_stream());
    for proxy in [
        Proxy::all("http://proxy.test").basic_auth("me", CANARY),
        Proxy::http("http://me:canary@proxy.test"),
        Proxy::https("canary:canary:canary"),
    ] {
        quiet::<Proxy>(&proxy);
        quiet::<HttpClientBuilder>(&HttpClient::builder().proxy(proxy.clone()));
        match HttpClient::builder().proxy(proxy).build() {
            Ok(http) => quiet::<HttpClient>(&http),
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
        quiet::<ServiceClient>(&client);
        let uri = client.endpoint().uri().segment(CANARY).pair("a", CANARY);
        quiet::<UriBuilder<'_>>(&uri);
        quiet::<HttpClient>(&http);
        let request = || Ok(secret_request(&endpoint));
        quiet::<Call<()>>(&Call::new(
            client.clone(),
            request(),
            CallOptions::new("op"),
            nothing,
        ));
        quiet::<Execute<()>>(&client.execute(request(), CallOptions::new("op"), nothing));

        let mut request = secret_request(&endpoint);
        client.authorize(&mut request);
        // The headers that we add are marked; what the user adds is the user's.
        for name in ["apikey", "authorization"] {
            if let Some(value) = request.headers().get(name) {
                quiet(value);
            }
        }
        let recorded = RecordedRequest::from_request(request).unwrap();
        quiet::<RecordedRequest>(&recorded);
        let rendered = recorded.render();
        let (head, body) = rendered.split_once("\n\n").unwrap();
        clean("the head of a rendered request", head);
        assert!(body.contains(CANARY), "a test sees the body whole");
    }
    quiet::<Exchange>(&Exchange::new(200).body("canary"));
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

#[tokio::test]
async fn what_a_layer_sees_of_a_call_is_quiet() {
    let transport = tower::service_fn(|request: http::Request<Body>| async move {
        quiet::<CallInfo>(request.extensions().get::<CallInfo>().unwrap());
        Ok::<_, TransportError>(http::Response::new(Body::from("{}")))
    });
    let http = HttpClient::builder()
        .layer(tower_layer::Identity::new())
        .transport(transport);
    calls(&http.build().unwrap(), "http://project.test").await;
}

/// The trace context is a header too.
#[test]
fn values_without_secrets_show_none() {
    let context = TraceContext::new("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    let context = context.unwrap().tracestate(CANARY).unwrap();
    quiet::<TraceContext>(&context.baggage("user=canary").unwrap());
    quiet::<Endpoint>(&Endpoint::parse("http://project.test").unwrap());
    quiet::<ServiceInfo>(&INFO);
    quiet::<RetryConfig>(&RetryConfig::new());
    quiet::<Backoff>(&Backoff::new(
        std::time::Duration::ZERO,
        std::time::Duration::ZERO,
    ));
    quiet::<Idempotency>(&Idempotency::ByMethod);
    quiet::<KeyKind>(&key().kind());
    quiet::<ErrorKind>(&Error::request(CANARY).kind());
    quiet::<TransportErrorKind>(&TransportErrorKind::Other);
    quiet::<RetryAfter>(&RetryAfter::Delay(std::time::Duration::ZERO));
    quiet::<Completeness>(&Completeness::Unknown);
    holds_nothing::<SystemClock>();
}

#[derive(Debug, serde::Deserialize)]
enum Idle {}

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
    quiet::<ApiError>(&api);
    clean("an API error", &api.to_string());
    quiet_error::<Error>(&api.into());
    quiet_error(&Error::decode(
        &parts,
        body.into(),
        "not the shape asked for",
    ));
    let flaw = JsonFlaw::of::<u8>(br#""canary""#);
    quiet::<JsonFlaw>(&flaw);
    clean("a flaw", &flaw.to_string());
    quiet_error(&decode_json::<Idle>(&parts, r#""canary""#.into()).unwrap_err());
    quiet::<Response<()>>(&Response::new(&parts, ()));
    quiet::<TransportError>(&TransportError::new(TransportErrorKind::Other, "x"));
}

#[cfg(feature = "multipart")]
#[test]
fn forms_keep_their_contents() {
    let form = supabase_http::Multipart::new()
        .text("a", CANARY)
        .part("b", supabase_http::Part::new(CANARY));
    quiet::<supabase_http::Multipart>(&form);
    quiet::<supabase_http::Part>(&supabase_http::Part::new(CANARY));
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
    quiet::<supabase_http::Identity>(&identity);
    quiet::<supabase_http::Certificate>(&certificate);
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
    let answer = http::Response::builder().header("set-cookie", CANARY);
    let (head, ()) = answer.body(()).unwrap().into_parts();
    let upgraded = supabase_http::Upgraded::new(head, io);
    quiet::<supabase_http::UpgradedIo>(&upgraded.io);
    quiet::<supabase_http::Upgraded>(&upgraded);
}

#[tokio::test]
async fn the_mock_s_own_errors_are_quiet() {
    let mock = MockTransport::new().reply(200, json!({ "token": "canary" }));
    let http = HttpClient::builder()
        .transport(mock.clone())
        .build()
        .unwrap();
    calls(&http, "http://project.test").await;
    quiet::<MockTransport>(&mock);
    let panic = std::panic::catch_unwind(|| mock.assert_done()).unwrap_err();
    clean("the assertion", panic.downcast_ref::<String>().unwrap());
}
