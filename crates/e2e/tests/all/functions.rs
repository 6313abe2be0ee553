//! Functions on real Deno: what they are sent, who calls, and what their failures look like.

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use supabase::functions::{Failure, FunctionsClient, Invoke, Method, Multipart, Part, Region};
use supabase::http::{AccessToken, Backoff, RetryConfig};
use supabase::{Client, Error, ErrorKind};
use supabase_local::claims;

use crate::support::{status_and_code, world};

#[derive(Debug, Deserialize)]
struct Echo {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    headers: serde_json::Map<String, Value>,
    body: Value,
}

impl Echo {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(Value::as_str).unwrap_or("")
    }
}

async fn echo(invoke: Invoke) -> Echo {
    let answer = invoke.await.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(answer.headers["x-echo"], "yes");
    answer.json().await.unwrap()
}

fn functions(client: &Client) -> &FunctionsClient {
    client.functions()
}

/// Of the bytes 0 to 255.
const SHA256: &str = "40aff2e9d2d8922e47afd4648e6967497158785fbd1da870e7110266bf944880";

#[tokio::test]
async fn each_kind_of_body_arrives_as_it_is() {
    let w = world!(shared);
    let echo_of = |change: fn(Invoke) -> Invoke| echo(change(functions(&w.anon).invoke("echo")));

    let json = echo_of(|call| call.json(&json!({ "n": 1.5, "s": "ü\"\n", "none": null }))).await;
    assert_eq!(json.body, json!({ "json": { "n": 1.5, "s": "ü\"\n", "none": null } }));
    assert_eq!((json.method.as_str(), json.header("content-type")), ("POST", "application/json"));
    // What the official JavaScript client takes for no body at all.
    for value in [json!(0), json!(false), json!(null), json!("")] {
        let said = echo(functions(&w.anon).invoke("echo").json(&value)).await;
        assert_eq!(said.body, json!({ "json": value }));
    }

    let text = echo_of(|call| call.text("naïve\r\n\u{1f600}")).await;
    assert_eq!(text.body, json!({ "text": "naïve\r\n\u{1f600}" }));
    assert_eq!(text.header("content-type"), "text/plain");
    assert_eq!(echo_of(|call| call.text("")).await.body, json!({ "text": "" }));

    let bytes = echo_of(|call| call.bytes((0..=255).collect::<Vec<u8>>())).await;
    assert_eq!(bytes.body, json!({ "size": 256, "sha256": SHA256 }));
    assert_eq!((bytes.header("content-type"), bytes.header("content-length")), ("application/octet-stream", "256"));

    let form = echo_of(|call| call.form([("name", "Ada & Bo"), ("name", "=ü+"), ("", "")])).await;
    let expected = [("name", "Ada & Bo"), ("name", "=ü+"), ("", "")];
    let expected = expected.map(|(name, text)| json!({ "name": name, "text": text }));
    assert_eq!(form.body, json!({ "form": expected }));

    let multipart = echo_of(|call| {
        let file = Part::new((0..=255).collect::<Vec<u8>>()).file_name("ä (1).png").content_type("image/png");
        call.multipart(Multipart::new().text("title", "Ünd\r\nmore").part("file", file))
    });
    let multipart = multipart.await;
    let file = json!({ "name": "file", "file": "ä (1).png", "type": "image/png", "size": 256, "sha256": SHA256 });
    assert_eq!(multipart.body, json!({ "form": [{ "name": "title", "text": "Ünd\r\nmore" }, file] }));

    let stream = echo_of(|call| {
        let pieces = (0..=255_u8).map(|byte| Ok::<_, std::io::Error>(Bytes::from(vec![byte])));
        call.stream(futures_util::stream::iter(pieces))
    });
    let stream = stream.await;
    assert_eq!(stream.body, json!({ "size": 256, "sha256": SHA256 }));
    assert_eq!(stream.header("content-length"), "", "its size is not known before");

    let nothing = echo_of(|call| call).await;
    assert_eq!((nothing.body, nothing.headers.contains_key("content-type")), (json!({ "nothing": 0 }), false));
    let own = echo_of(|call| call.text("[1]").header("content-type", "application/json; charset=utf-8")).await;
    assert_eq!(own.body, json!({ "json": [1] }));
}

#[tokio::test]
async fn method_path_query_and_headers_arrive() {
    let w = world!(shared);
    for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE, Method::POST, Method::OPTIONS] {
        let said = echo(functions(&w.anon).invoke("echo").method(method.clone())).await;
        assert_eq!(said.method, method.as_str());
    }
    let head = functions(&w.anon).invoke("echo").method(Method::HEAD).await.unwrap();
    assert_eq!(head.headers["x-echo"], "yes");
    assert!(head.bytes().await.unwrap().is_empty());

    let call = functions(&w.anon).invoke("echo").path(["items", "a/b ü?#", "%2e"]);
    let call = call.query("q", "a&b=c+d ü").query("q", "").query("apikey", "stays");
    let said = echo(call.header("x-one", "1").header("x-one", "2")).await;
    assert_eq!(said.path, "/echo/items/a%2Fb%20%C3%BC%3F%23/%252e");
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(said.query, [pair("q", "a&b=c+d ü"), pair("q", ""), pair("apikey", "stays")]);
    assert_eq!(said.header("x-one"), "2");
    assert!(said.header("x-client-info").starts_with("supabase-rs/"), "{:?}", said.header("x-client-info"));

    let near = functions(&w.anon).region(Region::EuCentral1);
    let said = echo(near.invoke("echo")).await;
    assert_eq!(said.header("x-region"), "eu-central-1");
    assert_eq!(said.query, [pair("forceFunctionRegion", "eu-central-1")]);
    let said = echo(near.invoke("echo").region(Region::UsWest1)).await;
    assert_eq!(said.header("x-region"), "us-west-1");
    let said = echo(near.invoke("echo").region(Region::Any)).await;
    assert!(said.query.is_empty() && !said.headers.contains_key("x-region"));
    let other = Region::Other("moon-north-1".into());
    assert_eq!(echo(near.invoke("echo").region(other)).await.header("x-region"), "moon-north-1");
}

#[tokio::test]
async fn a_key_is_no_token_and_a_user_is_one() {
    let w = world!(shared);
    let said = echo(functions(&w.anon).invoke("echo")).await;
    assert_eq!((said.header("apikey"), said.header("authorization")), (w.stack.publishable_key(), ""));
    let refused = functions(&w.anon).invoke("private").await.unwrap_err();
    assert_eq!(status_and_code(&refused), (401, "UNAUTHORIZED_NO_AUTH_HEADER"));
    assert_eq!((Failure::of(&refused), refused.message()), (Failure::Function, "Missing authorization header"));
    assert_eq!(functions(&w.admin).invoke("private").await.unwrap_err().status().unwrap(), 401);

    // The user of the client, a legacy key, and a token for one client value.
    let ada: Value = functions(&w.user("ada")).invoke("private").await.unwrap().json().await.unwrap();
    assert_eq!(ada, json!({ "role": "authenticated", "sub": claims("ada").id(), "books": [{ "id": 1 }, { "id": 2 }] }));
    let legacy = FunctionsClient::new(w.stack.url(), w.stack.anon_key()).unwrap();
    let anon: Value = legacy.invoke("private").await.unwrap().json().await.unwrap();
    assert_eq!((anon["role"].as_str(), anon["sub"].as_str()), (Some("anon"), None));
    let token = AccessToken::parse(&w.stack.user_jwt(&claims("bo"))).unwrap();
    let bo = functions(&w.anon).with_token(token);
    let said: Value = bo.invoke("private").await.unwrap().json().await.unwrap();
    assert_eq!(said["sub"], claims("bo").id());
    assert!(functions(&w.anon).invoke("private").await.is_err(), "the client itself stays as it is");

    let late = AccessToken::parse(&w.stack.user_jwt(&claims("bo").expired())).unwrap();
    let late = functions(&w.anon).with_token(late).invoke("private").await.unwrap_err();
    assert_eq!(status_and_code(&late), (401, "UNAUTHORIZED_LEGACY_JWT"));
}

async fn fault(client: &Client, path: &str) -> Error {
    let error = functions(client).invoke("faults").path([path]).await.err();
    let error = error.unwrap_or_else(|| panic!("{path} is no error"));
    assert!(error.request_id().is_some_and(|id| id.len() == 36), "{error:?}");
    error
}

#[tokio::test]
async fn each_failure_keeps_what_there_is_to_know() {
    let w = world!(shared);
    let teapot = fault(&w.anon, "teapot").await;
    assert_eq!(status_and_code(&teapot), (418, "TEAPOT"));
    assert_eq!((Failure::of(&teapot), teapot.message()), (Failure::Function, "I am a teapot"));
    let answer = teapot.api_error().unwrap();
    assert_eq!(answer.headers()["x-cups"], "2");
    let body: Value = serde_json::from_slice(teapot.body()).unwrap();
    assert_eq!(body["cups"], 2);

    let page = fault(&w.anon, "page").await;
    assert_eq!((page.status().unwrap().as_u16(), Failure::of(&page)), (502, Failure::Function));
    assert_eq!(page.body().as_ref(), b"<h1>Bad gateway</h1>");
    let throws = fault(&w.anon, "throw").await;
    assert_eq!((throws.status().unwrap().as_u16(), throws.kind()), (500, ErrorKind::Api));
    // Marked as the platform's relay marks them, whatever the status.
    let relay = fault(&w.anon, "relay").await;
    assert_eq!((relay.status().unwrap().as_u16(), Failure::of(&relay)), (200, Failure::Relay));
    // A redirect would turn POST into GET; it is not followed.
    let moved = fault(&w.anon, "moved").await;
    assert_eq!(moved.api_error().unwrap().headers()["location"], "/functions/v1/echo");

    let unknown = functions(&w.anon).invoke("nowhere").await.unwrap_err();
    assert_eq!((status_and_code(&unknown), Failure::of(&unknown)), ((404, "NOT_FOUND"), Failure::Function));
    assert!(unknown.is_not_found());
}

#[tokio::test]
async fn answers_that_cannot_be_read_keep_status_and_request_id() {
    let w = world!(shared);
    let get = |path: &'static str| {
        let call = functions(&w.anon).invoke("faults").path([path]);
        async move { call.await.unwrap() }
    };
    let broken = get("not-json").await.json::<Value>().await.unwrap_err();
    assert_eq!((broken.kind(), Failure::of(&broken)), (ErrorKind::Decode, Failure::Unreadable));
    assert_eq!(broken.status().unwrap(), 200);
    assert!(broken.request_id().is_some_and(|id| id.len() == 36));
    assert_eq!(broken.body().as_ref(), b"{\"n\": oops");
    assert_eq!(get("not-json").await.text().await.unwrap(), "{\"n\": oops");
    // JSON, but of another kind than asked for: the place is named.
    let runs = get("runs").await.json::<Vec<i32>>().await.unwrap_err();
    assert_eq!(Failure::of(&runs), Failure::Unreadable);
    let none = get("not-json").await.events().try_next().await.unwrap_err();
    assert!(none.message().contains("text/event-stream"), "{none}");

    let half = get("half").await.json::<Vec<i32>>().await.unwrap_err();
    assert_eq!((half.kind(), Failure::of(&half)), (ErrorKind::Transport, Failure::NoAnswer));
    assert!(half.request_id().is_some() && !half.never_sent(), "{half:?}");
    assert_eq!(get("empty").await.bytes().await.unwrap().len(), 0);
    get("empty").await.json::<()>().await.unwrap();
}

#[tokio::test]
async fn what_may_have_run_is_not_run_again() {
    let w = world!(fresh);
    let retries = RetryConfig::new().backoff(Backoff::new(Duration::from_millis(5), Duration::from_millis(10)));
    let call = |path: &'static str| functions(&w.anon).invoke("faults").path([path]).retry(retries.clone());
    let runs = || async { call("runs").await.unwrap().json::<u32>().await.unwrap() };
    for method in [Method::POST, Method::GET, Method::DELETE] {
        let before = runs().await;
        let busy = call("busy").method(method).await.unwrap_err();
        assert_eq!(busy.status().unwrap(), 503);
        assert_eq!(runs().await, before + 1);
    }
    let before = runs().await;
    let busy = call("busy").idempotent().await.unwrap_err();
    assert_eq!((busy.status().unwrap().as_u16(), runs().await), (503, before + 4));
}

#[tokio::test]
async fn mistakes_are_found_before_anything_is_sent() {
    let client = Client::new("http://127.0.0.1:9", "sb_publishable_x").unwrap();
    let invoke = |name: &str| functions(&client).invoke(name);
    for call in [
        invoke(""),
        invoke("  "),
        invoke("a/b"),
        invoke("../rest"),
        invoke(".."),
        invoke("a?b=c"),
        invoke("a#b"),
        invoke("a\n"),
        invoke("f").path([""]),
        invoke("f").path([".."]),
        invoke("f").method(Method::GET).json(&1),
        invoke("f").method(Method::HEAD).text(""),
        invoke("f").header("x y", "1"),
        invoke("f").header("x", "a\nb"),
        invoke("f").region(Region::Other("eu central".into())),
        invoke("f").region(Region::Other("".into())),
    ] {
        let what = format!("{call:?}");
        let error = call.await.err().unwrap_or_else(|| panic!("{what}"));
        assert_eq!((error.kind(), Failure::of(&error)), (ErrorKind::Request, Failure::NotSent), "{what}: {error}");
        assert!(error.never_sent(), "{what}: {error}");
    }
}
