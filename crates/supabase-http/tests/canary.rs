//! No secret is shown: not by any public type, and not in an error.
#![cfg(all(feature = "client", feature = "test-util"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use http::response::Parts;
use serde_json::json;
use supabase_http::testing::{Exchange, MockTransport, RecordedRequest};
use supabase_http::{
    AccessToken, ApiError, ApiKey, Body, Call, CallOptions, CredentialMode, Endpoint, Error,
    HttpClient, Proxy, ServiceClient, TokenChange, TokenChanges, TransportError,
    TransportErrorKind, token_fn,
};

use support::INFO;
use support::secrets::{
    CANARY, all_credentials, calls, clean, key, quiet, quiet_error, secret_request, token,
};

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
