//! The comparison itself: each rule lets through what it says, and nothing else.

use serde_json::{Value, json};

use super::{Difference, Failure, Outcome, Sent, answer, request};
use crate::corpus::Request;
use crate::probe::URL;

fn recorded(changes: Value) -> Request {
    let mut whole = json!({ "method": "GET", "path": "/rest/v1/t", "raw_query": "", "query": [],
        "headers": {}, "body": null });
    if let Value::Object(changes) = changes {
        for (key, value) in changes {
            whole[key] = value;
        }
    }
    serde_json::from_value(whole).unwrap()
}

fn sent(line: &str, headers: &[(&str, &str)], body: &'static str) -> Sent {
    let (method, uri) = line.split_once(' ').unwrap();
    let uri = if uri.starts_with('/') { format!("{URL}{uri}") } else { uri.to_owned() };
    let mut request = http::Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Sent::new(&request.body(body.into()).unwrap())
}

fn what(found: &[Difference]) -> Vec<&str> {
    found.iter().map(|one| one.what.as_str()).collect()
}

#[test]
fn method_path_and_query_are_compared() {
    let theirs = recorded(
        json!({ "path": "/rest/v1/a%20b", "query": [["a", "1"], ["b", "2"], ["a", "3"]] }),
    );
    let equal = sent("GET /rest/v1/%61%20b?b=2&a=%31&a=3", &[], "");
    assert_eq!(request(&theirs, &equal), []);
    let order = sent("GET /rest/v1/a%20b?a=3&a=1&b=2", &[], "");
    assert_eq!(what(&request(&theirs, &order)), ["query a"]);
    let slash = sent("POST https://x.test/rest/v1/a/b?a=1&a=3&c=+", &[], "");
    let found = request(&theirs, &slash);
    assert_eq!(what(&found), ["method", "origin", "path", "query b", "query c"]);
    assert_eq!(found[4], Difference::new("query c", "absent", " "));
}

#[test]
fn columns_are_a_set_and_select_may_be_left_out_of_writes() {
    let theirs = recorded(json!({ "method": "POST", "query": [["columns", "\"a\",\"b\\\"c\""]],
        "headers": { "prefer": "return=representation" } }));
    let prefer = [("prefer", "return=representation")];
    let equal = sent("POST /rest/v1/t?columns=%22b%5C%22c%22,a&select=*", &prefer, "");
    assert_eq!(request(&theirs, &equal), []);
    let fewer = sent("POST /rest/v1/t?columns=a&select=id", &prefer, "");
    assert_eq!(what(&request(&theirs, &fewer)), ["query columns", "query select"]);
    let read = sent("GET /rest/v1/t", &[], "");
    let found = request(&recorded(json!({ "query": [["select", "*"]] })), &read);
    assert_eq!(what(&found), ["query select"]);
}

#[test]
fn headers_are_compared_but_for_the_listed_ones() {
    let theirs = recorded(json!({ "headers": { "accept": "*/*", "accept-profile": "public",
        "content-profile": "public", "content-type": "application/json",
        "prefer": "a=1, b=2", "x-client-info": "supabase-js/2" } }));
    let equal = [
        ("accept-profile", "public"),
        ("prefer", "b=2,a=1"),
        ("x-client-info", "supabase-rs/0.1.0"),
    ];
    assert_eq!(request(&theirs, &sent("GET /rest/v1/t", &equal, "")), []);
    let own = ("x-client-info", "supabase-rs/0.1.0");
    let other = [("accept", "text/csv"), ("prefer", "a=1"), ("x-extra", "1"), own];
    let found = request(&theirs, &sent("GET /rest/v1/t", &other, ""));
    let all = ["header accept", "header accept-profile", "header prefer", "header x-extra"];
    assert_eq!(what(&found), all);
    let app = recorded(json!({ "headers": { "x-client-info": "my-app/1.0" } }));
    let found = request(&app, &sent("GET /rest/v1/t", &[own], ""));
    assert_eq!(what(&found), ["header x-client-info"]);
}

#[test]
fn bodies_are_compared_by_value() {
    let theirs = recorded(json!({ "method": "POST", "body": { "json": { "a": 1, "b": [1.5] } },
        "headers": { "content-type": "application/json" } }));
    let json = [("content-type", "application/json")];
    let equal = sent("POST /rest/v1/t", &json, r#"{"b": [1.5], "a": 1.0}"#);
    assert_eq!(request(&theirs, &equal), []);
    for body in [r#"{"a":1}"#, r#"{"a":1,"b":[1.5],"c":null}"#, r#"{"a":1,"b":[]}"#, "{"] {
        assert_eq!(what(&request(&theirs, &sent("POST /rest/v1/t", &json, body))), ["body"]);
    }
    assert_eq!(what(&request(&theirs, &sent("POST /rest/v1/t", &[], ""))), ["body"]);
    let text = [("content-type", "text/plain")];
    let typed = sent("POST /rest/v1/t", &text, r#"{"b": [1.5], "a": 1}"#);
    assert_eq!(what(&request(&theirs, &typed)), ["header content-type"]);
    let none = recorded(json!({ "method": "POST" }));
    assert_eq!(what(&request(&none, &sent("POST /rest/v1/t", &[], "{}"))), ["body"]);
}

#[test]
fn large_integers_are_not_rounded_together() {
    let theirs =
        recorded(json!({ "method": "POST", "body": { "json": 9_007_199_254_740_993_u64 } }));
    let rounded = sent("POST /rest/v1/t", &[], "9007199254740992");
    assert_eq!(what(&request(&theirs, &rounded)), ["body"]);
}

fn done(data: Value, count: Option<Option<u64>>) -> Outcome {
    Outcome::Done { data, count, status: Some(200) }
}

#[test]
fn ours_must_hold_what_theirs_returned() {
    let theirs = done(json!([{ "id": 1, "to": { "a": null } }]), Some(None));
    let more = done(json!([{ "id": 1, "to": { "a": null, "b": 2 }, "c": 3 }]), None);
    assert_eq!(answer(&theirs, &more, None), []);
    let less = done(json!([{ "id": 2, "to": {} }]), None);
    assert_eq!(what(&answer(&theirs, &less, None)), ["data/0/id", "data/0/to/a"]);
    let longer = done(json!([{ "id": 1, "to": { "a": null } }, 5]), None);
    assert_eq!(what(&answer(&theirs, &longer, None)), ["data"]);
    assert_eq!(what(&answer(&theirs, &done(Value::Null, None), None)), ["data"]);
}

#[test]
fn totals_count_where_one_was_asked_for() {
    let theirs = done(json!([]), Some(Some(3)));
    assert_eq!(answer(&theirs, &done(json!([]), Some(Some(3))), None), []);
    for ours in [None, Some(None), Some(Some(4))] {
        assert_eq!(what(&answer(&theirs, &done(json!([]), ours), None)), ["count"]);
    }
    let unasked = done(json!([]), Some(None));
    assert_eq!(what(&answer(&unasked, &done(json!([]), Some(Some(4))), None)), ["count"]);
}

#[test]
fn errors_are_compared_field_by_field() {
    let failure = |status, code: &str, details: Value| {
        let (code, message) = (code.to_owned(), "m".to_owned());
        Outcome::Failed(Failure { status, code, message, details, ..Failure::default() })
    };
    let theirs = failure(Some(400), "X", json!({ "a": 1 }));
    assert_eq!(answer(&theirs, &theirs.clone(), None), []);
    let found = answer(&theirs, &failure(Some(401), "Y", Value::Null), None);
    assert_eq!(what(&found), ["error status", "error code", "error details"]);
    assert_eq!(what(&answer(&theirs, &Outcome::Fault, None)), ["outcome"]);
    assert_eq!(what(&answer(&theirs, &done(json!([]), None), None)), ["outcome"]);
    assert_eq!(answer(&Outcome::Fault, &Outcome::Fault, None), []);
}
