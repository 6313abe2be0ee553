//! The storage of a project, used as whoever the client is.
#![cfg(feature = "storage")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use serde_json::json;
use supabase::http::testing::{Exchange, MockTransport};
use supabase::{Client, ErrorKind};

fn client(mock: &MockTransport) -> Client {
    Client::builder("https://project.test/base", "sb_publishable_abc")
        .header("x-app", "demo")
        .transport(mock.clone())
        .build()
        .unwrap()
}

#[tokio::test]
async fn identity_and_headers_carry_over() {
    let mock = MockTransport::new().respond(|_| Exchange::new(200).json(json!([])));
    let shared = client(&mock);
    for (client, bearer) in [
        (&shared, None),
        (&shared.as_user("ada.token.x"), Some("Bearer ada.token.x")),
        (&shared, None),
    ] {
        assert!(
            client
                .storage()
                .from("b")
                .list("")
                .await
                .unwrap()
                .is_empty()
        );
        let request = mock.last_request().unwrap();
        assert_eq!(request.path(), "/base/storage/v1/object/list/b");
        assert_eq!(request.header("authorization"), bearer);
        assert_eq!(request.header("apikey"), Some("sb_publishable_abc"));
        assert_eq!(request.header("x-app"), Some("demo"));
    }
}

#[tokio::test]
async fn what_is_no_token_is_never_sent_as_somebody_else() {
    let mock = MockTransport::new();
    let broken = client(&mock).as_user("no token");
    let error = broken.storage().from("b").list("").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credential);
    assert!(mock.requests().is_empty());
}
