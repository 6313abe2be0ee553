//! Keys and tokens: what is malformed, which headers they become, and that they are never shown.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use http::HeaderMap;
use supabase_http::{AccessToken, ApiKey, Credentials, ErrorKind, KeyKind};

/// A JWT with this payload; nobody signed it.
fn jwt(payload: &str) -> String {
    use base64::Engine as _;
    let encode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.c2ln", encode(r#"{"alg":"HS256"}"#), encode(payload))
}

#[test]
fn kinds_are_read_from_the_text() {
    for (key, kind) in [
        ("sb_publishable_abc", KeyKind::Publishable),
        ("sb_secret_abc", KeyKind::Secret),
        (jwt(r#"{"role":"anon"}"#).as_str(), KeyKind::Anon),
        (
            jwt(r#"{"role":"service_role"}"#).as_str(),
            KeyKind::ServiceRole,
        ),
        (jwt(r#"{"role":"other"}"#).as_str(), KeyKind::Other),
        (jwt("not json").as_str(), KeyKind::Other),
        ("anon-key", KeyKind::Other),
        ("sb_temp_abc", KeyKind::Other),
        ("a.b.c.d", KeyKind::Other),
    ] {
        assert_eq!(ApiKey::parse(key).unwrap().kind(), kind, "{key}");
        assert_eq!(ApiKey::parse(key).unwrap().expose(), key);
    }
}

#[test]
fn malformed_keys_and_tokens_are_errors_that_do_not_show_them() {
    for text in [
        "",
        " ",
        "canary key",
        "canary\n",
        "canary\r\nx: y",
        "canary\u{fc}",
        "canary\0",
        " canary",
    ] {
        for error in [
            ApiKey::parse(text).unwrap_err(),
            AccessToken::parse(text).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Credential, "{text:?}");
            assert!(
                !format!("{error} {error:?} {error:#?}").contains("canary"),
                "{error:?}"
            );
        }
    }
}

#[test]
fn a_project_key_is_no_users_token() {
    for key in [
        "sb_secret_canary",
        "sb_publishable_canary",
        "Bearer sb_secret_canary",
    ] {
        let error = AccessToken::parse(key).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credential);
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}

fn headers(key: &str, token: Option<&str>) -> (Option<String>, Option<String>) {
    let token = token.map(|text| AccessToken::parse(text).unwrap());
    let mut headers = HeaderMap::new();
    Credentials::new(ApiKey::parse(key).unwrap()).apply(&mut headers, token.as_ref());
    assert!(headers.values().all(http::HeaderValue::is_sensitive));
    let text = |name: &str| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    (text("apikey"), text("authorization"))
}

#[test]
fn new_keys_are_never_a_bearer() {
    for key in ["sb_publishable_abc", "sb_secret_abc"] {
        assert_eq!(headers(key, None), (Some(key.into()), None));
        assert_eq!(
            headers(key, Some("a.b.c")),
            (Some(key.into()), Some("Bearer a.b.c".into()))
        );
    }
}

#[test]
fn other_keys_are_the_bearer_until_there_is_a_token() {
    assert_eq!(
        headers("anon-key", None),
        (Some("anon-key".into()), Some("Bearer anon-key".into()))
    );
    assert_eq!(
        headers("anon-key", Some("Bearer a.b.c")),
        (Some("anon-key".into()), Some("Bearer a.b.c".into()))
    );
}

#[test]
fn the_callers_own_headers_stay() {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", http::HeaderValue::from_static("Basic x"));
    Credentials::new(ApiKey::parse("anon-key").unwrap()).apply(&mut headers, None);
    assert_eq!(headers["authorization"], "Basic x");
    assert_eq!(headers.get_all("authorization").iter().count(), 1);
}
