//! Errors: built from any answer, nothing lost, one line, no secrets.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bytes::Bytes;
use http::StatusCode;
use http::response::Parts;
use proptest::prelude::*;
use supabase_http::{ApiError, Error, ErrorKind, TransportError, TransportErrorKind};

fn head(status: u16) -> Parts {
    http::Response::builder()
        .status(status)
        .header("sb-request-id", "req-1")
        .body(())
        .unwrap()
        .into_parts()
        .0
}

fn api(status: u16, body: &'static str) -> ApiError {
    ApiError::new(&head(status), Bytes::from(body))
}

#[test]
fn reads_every_services_shape() {
    // Database, Auth old and new, OAuth, Storage, gateway: bodies as the recorded servers sent them.
    for (body, code, message) in [
        (
            r#"{"code":"23505","details":"Key (id)=(1) already exists.","hint":null,"message":"duplicate key value violates unique constraint \"items_pkey\""}"#,
            Some("23505"),
            "duplicate key value violates unique constraint \"items_pkey\"",
        ),
        (
            r#"{"code":403,"error_code":"bad_jwt","msg":"invalid JWT: unable to parse"}"#,
            Some("bad_jwt"),
            "invalid JWT: unable to parse",
        ),
        (
            r#"{"error":"invalid_grant","error_description":"Invalid login credentials"}"#,
            Some("invalid_grant"),
            "Invalid login credentials",
        ),
        (
            r#"{"statusCode":"404","error":"not_found","message":"Object not found"}"#,
            Some("not_found"),
            "Object not found",
        ),
        (r#"{"message":"Invalid API key"}"#, None, "Invalid API key"),
    ] {
        let error = ApiError::new(&head(400), Bytes::from(body));
        assert_eq!(error.code(), code, "{body}");
        assert_eq!(error.message(), message);
    }
}

#[test]
fn the_status_survives_any_body() {
    for body in [
        "",
        "null",
        "[]",
        "7",
        "\"text\"",
        "<html><h1>502</h1></html>",
        "{\"message\":\"cut",
        "\u{0}\u{1}",
    ] {
        let error = Error::from(api(502, body));
        assert_eq!(error.status(), Some(StatusCode::BAD_GATEWAY), "{body}");
        assert_eq!(error.request_id(), Some("req-1"));
        assert_eq!(error.kind(), ErrorKind::Api);
        assert!(!error.message().is_empty());
        assert!(error.is_retryable());
    }
}

#[test]
fn predicates_read_codes() {
    let of = |code: &str, message: &str| {
        let body = format!(r#"{{"code":"{code}","message":"{message}"}}"#);
        Error::from(ApiError::new(&head(409), Bytes::from(body)))
    };
    assert!(of("23505", "").is_unique_violation());
    assert!(of("23505", "").is_already_exists());
    assert!(of("23503", "").is_foreign_key_violation());
    assert!(!of("23503", "").is_already_exists());
    assert!(of("23502", "").is_not_null_violation());
    assert!(of("23514", "").is_check_violation());
    assert!(of("57014", "").is_timeout());
    assert!(of("42501", "permission denied for table secret").is_permission_denied());
    assert!(!of("42501", "permission denied for table secret").is_rls_violation());
    assert!(
        of(
            "42501",
            "new row violates row-level security policy for table"
        )
        .is_rls_violation()
    );
}

#[test]
fn single_rows_missing_or_too_many() {
    let none = r#"{"code":"PGRST116","details":"The result contains 0 rows","hint":null,"message":"Cannot coerce the result to a single JSON object"}"#;
    let many = r#"{"code":"PGRST116","details":"The result contains 4 rows","hint":null,"message":"Cannot coerce the result to a single JSON object"}"#;
    let old = r#"{"code":"PGRST116","details":"Results contain 0 rows, application/vnd.pgrst.object+json requires 1 row","hint":null,"message":"JSON object requested, multiple (or no) rows returned"}"#;
    assert!(Error::from(api(406, none)).is_no_rows());
    assert!(Error::from(api(406, none)).is_not_found());
    assert!(Error::from(api(406, old)).is_no_rows());
    assert!(Error::from(api(406, many)).is_many_rows());
    assert!(!Error::from(api(406, many)).is_not_found());
}

#[test]
fn a_chain_of_errors_says_nothing_twice() {
    let cause = std::io::Error::other("connection refused by peer");
    let error = Error::from(TransportError::new(TransportErrorKind::Connect, cause))
        .with_context("database", "select");
    let mut chain = vec![error.to_string()];
    let mut source = std::error::Error::source(&error);
    while let Some(next) = source {
        chain.push(next.to_string());
        source = next.source();
    }
    assert_eq!(
        chain,
        [
            "database select: could not connect",
            "connection refused by peer"
        ]
    );
    assert!(error.is_connect() && error.never_sent() && error.is_retryable());
}

#[test]
fn the_body_is_kept_but_not_shown() {
    let error = Error::from(api(500, r#"{"message":"m","token":"canary"}"#));
    assert!(error.body().windows(6).any(|part| part == b"canary"));
    assert!(!format!("{error} {error:?} {error:#?}").contains("canary"));
    let bare = Error::from(api(500, r#"{"token":"canary"}"#));
    assert_eq!(bare.message(), "Internal Server Error");
    assert!(!format!("{bare} {bare:?} {bare:#?}").contains("canary"));
    let decode = Error::decode(
        &head(200),
        Bytes::from("canary"),
        "expected a number at `[0].id`",
    );
    assert_eq!(decode.status(), Some(StatusCode::OK));
    assert_eq!(decode.request_id(), Some("req-1"));
    assert!(!format!("{decode} {decode:?}").contains("canary"));
}

#[test]
fn is_send_sync_and_small() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Error>();
    assert_eq!(size_of::<Error>(), size_of::<usize>());
}

proptest! {
    #[test]
    fn any_bytes_make_a_one_line_error(status in 300_u16..600, body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let error = Error::from(ApiError::new(&head(status), Bytes::from(body)));
        prop_assert_eq!(error.status().map(|s| s.as_u16()), Some(status));
        prop_assert!(!error.to_string().chars().any(char::is_control));
    }
}
