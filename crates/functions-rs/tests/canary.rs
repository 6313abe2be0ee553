//! No secret is shown: not by any public type, not in an error, not in a trace.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use canary::{CANARY, Log, quiet, quiet_error};
use functions_rs::{
    AccessToken, ByteStream, Error, Event, Events, Failure, FunctionResponse, FunctionsClient,
    Invocation, Invoke, Region,
};
use serde::Deserialize;
use serde_json::json;
use supabase_http::HttpClient;
use supabase_http::testing::{Exchange, MockTransport};

/// A client with secrets wherever one can be.
fn over(mock: &MockTransport) -> FunctionsClient {
    let http = HttpClient::builder().transport(mock.clone());
    FunctionsClient::with_http(
        http.build().unwrap(),
        "http://project.test",
        "sb_publishable_canary",
    )
    .unwrap()
    .with_token(AccessToken::parse("eyJcanary.canary.canary").unwrap())
    .with_header("x-app", CANARY)
    .unwrap()
}

fn call(functions: &FunctionsClient) -> Invoke {
    functions
        .invoke("f")
        .path([CANARY])
        .query("token", CANARY)
        .header("x-secret", CANARY)
        .last_event_id(CANARY)
        .json(&json!({ "password": CANARY }))
}

fn answering(exchange: Exchange) -> FunctionsClient {
    let exchange = exchange.header("set-cookie", CANARY);
    over(&MockTransport::new().respond(move |_| exchange.clone()))
}

#[tokio::test]
async fn clients_invocations_and_answers_keep_them() {
    let functions = answering(Exchange::new(200).body(CANARY));
    quiet::<FunctionsClient>(&functions);
    quiet::<Region>(&Region::EuCentral1);
    quiet::<Invoke>(&call(&functions));
    quiet::<Invoke>(&call(&functions).text(CANARY));
    quiet::<Invoke>(&call(&functions).form([("a", CANARY)]));
    quiet::<Invocation>(&call(&functions).into_future());
    let answer = call(&functions).await.unwrap();
    quiet::<FunctionResponse>(&answer);
    let mut bytes = answer.stream();
    quiet::<ByteStream>(&bytes);
    while bytes.try_next().await.unwrap().is_some() {}
    quiet::<ByteStream>(&bytes);
}

#[tokio::test]
async fn events_keep_their_data() {
    let stream = Exchange::new(200)
        .header("content-type", "text/event-stream")
        .body("event: e\nid: 1\ndata: {\"token\":\"canary\"}\n\n");
    let mut events = call(&answering(stream)).await.unwrap().events();
    quiet::<Events>(&events);
    let event = events.try_next().await.unwrap().unwrap();
    quiet::<Event>(&event);
    quiet::<Events>(&events);
    quiet_error::<Error>(&event.json::<u8>().unwrap_err());
    quiet_error::<Error>(&event.json::<Strict>().unwrap_err());
}

#[test]
fn bad_input_is_not_repeated() {
    let functions = over(&MockTransport::new());
    for bad in [
        call(&functions).header("x", "canary\n"),
        call(&functions).path(["canary", ".."]),
        call(&functions).last_event_id("canary\n"),
        functions.invoke("").query(CANARY, CANARY),
    ] {
        quiet::<Invoke>(&bad);
        quiet_error::<Error>(&bad.into_request().unwrap_err());
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Colour {
    Red,
}

/// A type that repeats what it cannot read, as date libraries do.
#[derive(Debug)]
struct Strict;

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(from)?;
        Err(serde::de::Error::custom(format!(
            "{:?} is no date",
            value.to_string()
        )))
    }
}

#[tokio::test]
async fn answers_are_not_repeated_and_nothing_is_traced() {
    let log = Log::start();
    for body in [
        r#""canary""#,
        "canary",
        r#"{"token":"canary"}"#,
        r#"["canary", 1]"#,
    ] {
        let functions = answering(Exchange::new(200).body(body));
        let answer = async || call(&functions).await.unwrap();
        quiet_error::<Error>(&answer().await.json::<Colour>().await.unwrap_err());
        quiet_error::<Error>(&answer().await.json::<Strict>().await.unwrap_err());
    }
    // A server's message is meant to be seen; what else is in an error's body is not.
    let failed = r#"{"message":"no","details":"canary","access_token":"canary"}"#;
    for status in [200, 400, 401, 500, 503] {
        let exchange = Exchange::new(status).header("x-relay-error", "true");
        let error = call(&answering(exchange.body(failed))).await.unwrap_err();
        quiet_error::<Error>(&error);
        quiet::<Failure>(&Failure::of(&error));
    }
    let text = answering(Exchange::new(200).body(b"canary\xff".to_vec()));
    quiet_error::<Error>(&call(&text).await.unwrap().text().await.unwrap_err());
    assert!(
        log.judged().contains("supabase.request"),
        "nothing was traced"
    );
}
