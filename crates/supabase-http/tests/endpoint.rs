//! Endpoints and URIs: what is accepted, what is refused, and that no value leaves its place.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use proptest::prelude::*;
use supabase_http::{Endpoint, Error, ErrorKind};

fn parse(url: &str) -> Result<String, Error> {
    Endpoint::parse(url).map(|endpoint| endpoint.to_string())
}

#[test]
fn accepts_what_official_clients_accept() {
    for (given, kept) in [
        ("https://project.test", "https://project.test"),
        ("https://project.test/", "https://project.test"),
        ("https://project.test/base/", "https://project.test/base"),
        ("https://project.test:8443", "https://project.test:8443"),
        ("  https://project.test  ", "https://project.test"),
        ("HTTPS://project.test", "https://project.test"),
        ("http://127.0.0.1:54321", "http://127.0.0.1:54321"),
        ("http://[::1]:54321", "http://[::1]:54321"),
    ] {
        assert_eq!(parse(given).unwrap(), kept);
    }
}

#[test]
fn refuses_what_cannot_be_called() {
    for url in [
        "",
        "   ",
        "project.test",
        "ftp://project.test",
        "https://",
        "https://a b",
        "https://project.test/?a=1",
        "https://project.test#x",
        "https://user:secret@project.test",
        "https://secret@project.test",
        "https://project.test:",
        "https://project.test:0",
        "https://project.test:70000",
        "https://пример.test",
        "https://project.test/a b",
        "https://project.test\r\nx: y",
    ] {
        let error = parse(url).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Request, "{url}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn refuses_segments_that_no_encoding_saves() {
    let endpoint = Endpoint::parse("https://project.test").unwrap();
    for segment in ["", ".", "..", "a\0b"] {
        assert!(
            endpoint.uri().segment(segment).finish().is_err(),
            "{segment:?}"
        );
    }
    assert!(endpoint.child("rest//v1").is_err());
}

#[test]
fn a_uri_in_the_making_shows_no_values() {
    let endpoint = Endpoint::parse("https://project.test").unwrap();
    let uri = endpoint.uri().segment("canary").pair("token", "canary");
    assert!(!format!("{uri:?}").contains("canary"));
}

#[test]
fn too_long_is_an_error_and_no_panic() {
    let endpoint = Endpoint::parse("https://project.test").unwrap();
    let error = endpoint
        .uri()
        .pair("a", &"x".repeat(70_000))
        .finish()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request);
}

#[test]
fn origin_is_scheme_host_and_port() {
    let endpoint = Endpoint::parse("https://project.test/base").unwrap();
    let same = |uri: &str| endpoint.is_same_origin(&uri.parse().unwrap());
    assert!(same("https://project.test/other"));
    assert!(!same("http://project.test/"));
    assert!(!same("https://project.test:8443/"));
    assert!(!same("https://project.test.evil/"));
    assert!(!same("/relative"));
}

/// Decodes a percent-encoded text; `None` if it is malformed.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

proptest! {
    #[test]
    fn values_come_back_from_their_places(
        segment in any::<String>(),
        name in any::<String>(),
        value in any::<String>(),
    ) {
        let endpoint = Endpoint::parse("https://project.test/base").unwrap();
        let built = endpoint.uri().segment("t").segment(&segment).pair(&name, &value).pair("z", "1").finish();
        if segment.is_empty() || segment == "." || segment == ".." || segment.contains('\0') {
            prop_assert!(built.is_err());
        } else {
            let uri = built.unwrap();
            prop_assert_eq!(uri.host(), Some("project.test"));
            let segments: Vec<_> = uri.path().split('/').collect();
            prop_assert_eq!(segments.len(), 4);
            prop_assert_eq!(&segments[..3], &["", "base", "t"]);
            prop_assert_eq!(decode(segments[3]), Some(segment));
            let pairs: Vec<_> = uri.query().unwrap().split('&').collect();
            prop_assert_eq!(pairs.len(), 2);
            let (key, text) = pairs[0].split_once('=').unwrap();
            prop_assert_eq!(decode(key), Some(name));
            prop_assert_eq!(decode(text), Some(value));
            // A plus is a blank to form decoders, so it may not stand as it is.
            prop_assert!(!uri.to_string().contains('+'));
        }
    }

    #[test]
    fn parsing_never_panics(url in any::<String>()) {
        let _ = Endpoint::parse(&url);
    }
}
