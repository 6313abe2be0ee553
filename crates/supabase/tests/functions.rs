//! The functions of a project, invoked as whoever the client is.
#![cfg(all(feature = "functions", feature = "postgrest"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use serde_json::{Value, json};
use supabase::Client;
use supabase::functions::{Failure, Region};
use supabase::http::testing::{Exchange, MockTransport};

fn client(mock: &MockTransport) -> Client {
    Client::builder("https://project.test/base", "sb_publishable_abc")
        .header("x-app", "demo")
        .transport(mock.clone())
        .build()
        .unwrap()
}

#[tokio::test]
async fn identity_and_headers_carry_over() {
    let mock = MockTransport::new().respond(|_| Exchange::new(200).json(json!({ "ok": true })));
    let shared = client(&mock);
    for (client, bearer) in [
        (&shared, None),
        (&shared.as_user("ada.token.x"), Some("Bearer ada.token.x")),
        (&shared.schema("api").as_user("bob"), Some("Bearer bob")),
        (&shared, None),
    ] {
        let call = client.functions().invoke("hello").json(&json!({ "n": 1 }));
        let answer = call.region(Region::EuWest3).await.unwrap();
        assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "ok": true }));
        let request = mock.last_request().unwrap();
        assert_eq!(request.path(), "/base/functions/v1/hello");
        assert_eq!(request.header("authorization"), bearer);
        assert_eq!(request.header("apikey"), Some("sb_publishable_abc"));
        assert_eq!(request.header("x-app"), Some("demo"));
        assert_eq!(request.header("x-region"), Some("eu-west-3"));
    }
}

#[tokio::test]
async fn what_is_no_token_is_never_sent_as_somebody_else() {
    let mock = MockTransport::new();
    let broken = client(&mock).as_user("no token");
    let error = broken.functions().invoke("hello").await.unwrap_err();
    assert_eq!(Failure::of(&error), Failure::NotSent);
    assert!(mock.requests().is_empty());
}
