//! A client that follows a session: every service acts as the user of the moment, and never as anybody else.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use serde_json::{Value, json};
use supabase::auth::{Email, MemoryStorage, SessionMissing, SignOutScope};
use supabase::http::testing::{Exchange, MockTransport, RecordedRequest};
use supabase::http::{AccessToken, token_fn};
use supabase::{Client, ErrorKind};

const URL: &str = "https://project.test";
const KEY: &str = "sb_publishable_abc";

/// Signs in whoever asks, and numbers the tokens: `ada.1.x`, `ada.2.x`, …
fn server() -> MockTransport {
    let count = Arc::new(Mutex::new(0));
    MockTransport::new().respond(move |request| {
        if request.path() != "/auth/v1/token" {
            return match request.path() {
                "/auth/v1/logout" => Exchange::new(204),
                "/auth/v1/user" => Exchange::new(200).json(json!({ "id": "somebody" })),
                _ => Exchange::new(200).json(json!([])),
            };
        }
        let body: Value = request.json().unwrap();
        let user = match &body["email"] {
            Value::String(email) => email.trim_end_matches("@example.com").to_owned(),
            _ => {
                let token = body["refresh_token"].as_str().unwrap();
                token.split('.').next().unwrap().to_owned()
            }
        };
        let mut count = count.lock().unwrap();
        *count += 1;
        Exchange::new(200).json(json!({
            "access_token": format!("{user}.{count}.x"),
            "refresh_token": format!("{user}.{count}.refresh"),
            "token_type": "bearer",
            "expires_in": 3600,
            "user": { "id": user }
        }))
    })
}

async fn app(mock: &MockTransport) -> Client {
    Client::builder(URL, KEY)
        .transport(mock.clone())
        .build_with_session(MemoryStorage::new())
        .await
        .unwrap()
}

async fn sign_in(client: &Client, user: &str) -> supabase::auth::Session {
    let email = Email(format!("{user}@example.com"));
    client
        .auth()
        .sign_in_with_password(email, "secret")
        .await
        .unwrap()
}

/// Who the services see.
async fn seen(client: &Client, mock: &MockTransport) -> [Option<String>; 3] {
    let last = || {
        let request: RecordedRequest = mock.last_request().unwrap();
        request.header("authorization").map(str::to_owned)
    };
    client.from("t").select::<Value>("*").await.unwrap();
    let database = last();
    client.storage().from("b").list("").await.unwrap();
    let files = last();
    client.functions().invoke("f").await.unwrap();
    [database, files, last()]
}

fn all(token: &str) -> [Option<String>; 3] {
    [(); 3].map(|()| Some(format!("Bearer {token}")))
}

#[tokio::test]
async fn every_service_follows_the_session() {
    let mock = server();
    let app = app(&mock).await;
    // What was made before the sign-in follows it too.
    let (schema, query) = (app.schema("api"), app.from("t").select::<Value>("*"));
    assert_eq!(seen(&app, &mock).await, [None, None, None]);
    let session = sign_in(&app, "ada").await;
    assert_eq!(seen(&app, &mock).await, all("ada.1.x"));
    assert_eq!(seen(&schema, &mock).await, all("ada.1.x"));
    query.await.unwrap();
    assert_eq!(
        mock.last_request().unwrap().header("authorization"),
        Some("Bearer ada.1.x")
    );
    app.auth().refresh_session().await.unwrap();
    assert_eq!(seen(&schema, &mock).await, all("ada.2.x"));
    // One that was derived for a caller stays theirs.
    let caller = app.as_user(&session);
    sign_in(&app, "bob").await;
    assert_eq!(seen(&app, &mock).await, all("bob.3.x"));
    assert_eq!(seen(&caller, &mock).await, all("ada.1.x"));
    app.auth()
        .sign_out()
        .scope(SignOutScope::Local)
        .await
        .unwrap();
    assert_eq!(
        mock.last_request().unwrap().header("authorization"),
        Some("Bearer bob.3.x")
    );
    assert_eq!(seen(&app, &mock).await, [None, None, None]);
    assert_eq!(seen(&caller, &mock).await, all("ada.1.x"));
}

#[tokio::test]
async fn auth_calls_carry_the_user_only_where_they_are_about_the_user() {
    let mock = server();
    let app = app(&mock).await;
    sign_in(&app, "ada").await;
    app.auth().get_user().await.unwrap();
    let user = mock.last_request().unwrap();
    assert_eq!(user.header("authorization"), Some("Bearer ada.1.x"));
    sign_in(&app, "bob").await;
    let by_key = mock.last_request().unwrap();
    assert_eq!(
        (by_key.header("authorization"), by_key.header("apikey")),
        (None, Some(KEY))
    );
}

#[tokio::test]
async fn a_shared_client_never_becomes_its_user() {
    let mock = server();
    let shared = Client::builder(URL, KEY)
        .transport(mock.clone())
        .build()
        .unwrap();
    let session = sign_in(&shared, "ada").await;
    assert_eq!(seen(&shared, &mock).await, [None, None, None]);
    assert_eq!(seen(&shared.as_user(&session), &mock).await, all("ada.1.x"));
    let error = shared.auth().get_user().await.unwrap_err();
    assert!(SessionMissing::is_cause_of(&error) && error.never_sent());
    let admin = Client::service_builder(URL, "sb_secret_abc")
        .transport(mock.clone())
        .build()
        .unwrap();
    sign_in(&admin, "ada").await;
    assert_eq!(seen(&admin, &mock).await, [None, None, None]);
    assert_eq!(
        mock.last_request().unwrap().header("apikey"),
        Some("sb_secret_abc")
    );
}

#[tokio::test]
async fn third_party_auth_switches_the_auth_client_off() {
    let mock = MockTransport::new();
    let source = || token_fn(|| async { Ok(Some(AccessToken::parse("a.b.c")?)) });
    let client = Client::builder(URL, KEY)
        .transport(mock.clone())
        .token_source(source())
        .build()
        .unwrap();
    for error in [
        client
            .auth()
            .sign_in_with_password(Email("a@example.com"), "secret")
            .await
            .err(),
        client.auth().get_user().await.err(),
        client.auth().sign_out().await.err(),
    ] {
        let error = error.unwrap();
        assert_eq!(error.kind(), ErrorKind::Credential);
        assert!(
            error.message().contains("another identity provider"),
            "{error}"
        );
    }
    let error = Client::builder(URL, KEY)
        .transport(mock.clone())
        .token_source(source())
        .build_with_session(MemoryStorage::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credential);
    mock.assert_done();
}

#[tokio::test]
async fn a_service_follows_no_session() {
    for key in ["sb_secret_abc", "a-key-of-ones-own"] {
        let error = Client::service_builder(URL, key)
            .transport(MockTransport::new())
            .build_with_session(MemoryStorage::new())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credential);
    }
}

/// A client, and whom it must act as: a user of its own, or whoever is signed in by the application.
#[derive(Clone)]
struct Made {
    client: Client,
    who: Who,
}

#[derive(Clone, PartialEq)]
enum Who {
    Nobody,
    Fixed(String),
    Session,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is called on clients of all four kinds, in any order: no request carries the token of another identity.
    #[test]
    fn no_request_carries_another_identity(steps in proptest::collection::vec((0_usize..9, 0_usize..6, 0_u8..4), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mock = server();
            let public = Client::builder(URL, KEY).transport(mock.clone()).build().unwrap();
            let service = Client::service_builder(URL, "sb_secret_abc").transport(mock.clone()).build().unwrap();
            let mut made = vec![
                Made { client: public, who: Who::Nobody },
                Made { client: service, who: Who::Nobody },
                Made { client: app(&mock).await, who: Who::Session },
            ];
            let mut signed_in: Option<String> = None;
            for (from, what, user) in steps {
                let Made { client, who } = made[from % made.len()].clone();
                let user = format!("user{user}");
                match what {
                    0 => {
                        let session = sign_in(&client, &user).await;
                        if who == Who::Session {
                            signed_in = Some(session.access_token.expose().to_owned());
                        } else {
                            let token = session.access_token.expose().to_owned();
                            made.push(Made { client: client.as_user(&session), who: Who::Fixed(token) });
                        }
                    }
                    1 => {
                        let result = client.auth().refresh_session().await;
                        let expected = who == Who::Session && signed_in.is_some();
                        assert_eq!(result.is_ok(), expected);
                        if let (true, Ok(session)) = (expected, result) {
                            signed_in = Some(session.access_token.expose().to_owned());
                        }
                    }
                    2 => {
                        let result = client.auth().sign_out().await;
                        if who == Who::Session {
                            result.unwrap();
                            signed_in = None;
                        }
                    }
                    3 => {
                        let token = format!("{user}.0.x");
                        made.push(Made { client: client.as_user(&token), who: Who::Fixed(token) });
                    }
                    4 => made.push(Made { client: client.schema("api"), who }),
                    _ => {
                        let asked = mock.requests().len();
                        let result = client.auth().get_user().await;
                        let token = match &who {
                            Who::Nobody => None,
                            Who::Fixed(token) => Some(token.clone()),
                            Who::Session => signed_in.clone(),
                        };
                        assert_eq!(result.is_ok(), token.is_some());
                        assert_eq!(mock.requests().len() - asked, usize::from(token.is_some()));
                    }
                }
                for Made { client, who } in &made {
                    let token = match who {
                        Who::Nobody => None,
                        Who::Fixed(token) => Some(token),
                        Who::Session => signed_in.as_ref(),
                    };
                    let expected = token.map(|token| format!("Bearer {token}"));
                    assert_eq!(seen(client, &mock).await, [expected.clone(), expected.clone(), expected]);
                }
            }
        });
    }
}
