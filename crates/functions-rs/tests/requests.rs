//! What an invocation renders to, and what it refuses, without sending anything.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use functions_rs::{Error, ErrorKind, FunctionsClient, Invoke, Method, Region};
use serde_json::{Value, json};
use supabase_http::HttpClient;
use supabase_http::testing::{MockTransport, RecordedRequest};

/// A client that reaches nothing.
fn offline() -> FunctionsClient {
    let http = HttpClient::builder()
        .transport(MockTransport::new())
        .build()
        .unwrap();
    FunctionsClient::with_http(http, "https://project.test", "anon-key").unwrap()
}

fn refused(invoke: Invoke) -> Error {
    let error = invoke.into_request().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request);
    error
}

fn rendered(invoke: Invoke) -> RecordedRequest {
    RecordedRequest::from_request(invoke.into_request().unwrap()).unwrap()
}

#[test]
fn each_body_has_its_content_type() {
    let f = offline();
    let sent = |invoke: Invoke| {
        let request = rendered(invoke);
        let kind = request.header("content-type").unwrap_or("none").to_owned();
        (kind, String::from_utf8_lossy(request.body()).into_owned())
    };
    let pair = |kind: &str, body: &str| (kind.to_owned(), body.to_owned());
    assert_eq!(sent(f.invoke("f")), pair("none", ""));
    assert_eq!(
        sent(f.invoke("f").json(&json!({"a": 1}))),
        pair("application/json", r#"{"a":1}"#)
    );
    assert_eq!(
        sent(f.invoke("f").json(&Value::Null)),
        pair("application/json", "null")
    );
    assert_eq!(
        sent(f.invoke("f").json("text")),
        pair("application/json", "\"text\"")
    );
    assert_eq!(sent(f.invoke("f").text("é")), pair("text/plain", "é"));
    assert_eq!(sent(f.invoke("f").text("")), pair("text/plain", ""));
    assert_eq!(
        sent(f.invoke("f").bytes(vec![65])),
        pair("application/octet-stream", "A")
    );
    assert_eq!(
        sent(f.invoke("f").form([("a b", "c&d"), ("e", "")])),
        pair("application/x-www-form-urlencoded", "a%20b=c%26d&e=")
    );
    // The caller's wins, whatever the order of the calls.
    let xml = pair("application/xml", "<a/>");
    assert_eq!(
        sent(
            f.invoke("f")
                .text("<a/>")
                .header("Content-Type", "application/xml")
        ),
        xml
    );
    assert_eq!(
        sent(
            f.invoke("f")
                .header("content-type", "application/xml")
                .text("<a/>")
        ),
        xml
    );
    // The last body stands.
    assert_eq!(
        sent(f.invoke("f").text("a").bytes("b")),
        pair("application/octet-stream", "b")
    );
}

#[cfg(feature = "multipart")]
#[test]
fn a_form_with_files_has_its_boundary() {
    use functions_rs::{Multipart, Part};
    let form = Multipart::new()
        .text("a", "1")
        .part("f", Part::new("x").file_name("x.txt"));
    let request = rendered(offline().invoke("f").multipart(form));
    let kind = request.header("content-type").unwrap();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    let body = String::from_utf8_lossy(request.body());
    assert!(
        body.starts_with(&format!("--{boundary}\r\n")) && body.contains("x.txt"),
        "{body}"
    );
    let bad = Multipart::new().part("f", Part::new("x").content_type("a\nb"));
    refused(offline().invoke("f").multipart(bad));
}

#[test]
fn regions_of_client_and_call() {
    let f = offline().region(Region::EuWest1);
    let seen = |invoke: Invoke| {
        let request = rendered(invoke);
        (
            request.header("x-region").map(str::to_owned),
            request.raw_query().to_owned(),
        )
    };
    let in_region = |code: &str| (Some(code.to_owned()), format!("forceFunctionRegion={code}"));
    assert_eq!(seen(f.invoke("f")), in_region("eu-west-1"));
    assert_eq!(
        seen(f.invoke("f").region(Region::UsWest2)),
        in_region("us-west-2")
    );
    assert_eq!(
        seen(f.invoke("f").region(Region::Any)),
        (None, String::new())
    );
    assert_eq!(
        seen(f.invoke("f").region(Region::Other("xx-1".into()))),
        in_region("xx-1")
    );
    let error = refused(f.invoke("f").region(Region::Other("x y".into())));
    assert!(error.message().contains("\"x y\""));
}

#[test]
fn method_path_query_and_headers() {
    let request = rendered(
        offline()
            .invoke("api")
            .method(Method::GET)
            .path(["items", "a/b?c"])
            .query("q", "x&y")
            .query("q", "+")
            .header("X-App", "1")
            .header("x-app", "2")
            .last_event_id("é7"),
    );
    assert_eq!(request.method(), Method::GET);
    assert_eq!(request.path(), "/functions/v1/api/items/a%2Fb%3Fc");
    assert_eq!(request.raw_query(), "q=x%26y&q=%2B");
    assert_eq!(request.header("x-app"), Some("2"));
    assert_eq!(request.header("last-event-id"), Some("é7"));
    let none = rendered(offline().invoke("api").last_event_id(""));
    assert_eq!(none.header("last-event-id"), None);
    assert_eq!(none.method(), Method::POST);
}

#[test]
fn bad_input_is_refused_before_anything_is_sent() {
    for name in [
        "", " ", "a/b", "/", "..", ".", "../rest", "a.b", "a?b=c", "a#b", "a\\b", " a", "a\n",
        "a\0",
    ] {
        let error = refused(offline().invoke(name));
        assert!(
            error.message().contains("the name of a function"),
            "{name:?}: {error}"
        );
    }
    for segment in ["", ".", ".."] {
        refused(offline().invoke("f").path([segment]));
    }
    for method in [Method::GET, Method::HEAD] {
        let error = refused(offline().invoke("f").method(method).text(""));
        assert!(error.message().contains("carries no body"), "{error}");
    }
    refused(offline().invoke("f").method(Method::CONNECT));
    refused(offline().invoke("f").header("a b", "c"));
    refused(offline().invoke("f").header("a", "b\nc"));
    refused(offline().invoke("f").last_event_id("a\nb"));
    let map = std::collections::HashMap::from([(vec![1], 2)]);
    let error = refused(offline().invoke("f").json(&map));
    assert!(error.message().contains("as JSON"), "{error}");
    // The first one is told.
    let error = refused(offline().invoke("a/b").header("a", "b\nc"));
    assert!(error.message().contains("slash"), "{error}");
}
