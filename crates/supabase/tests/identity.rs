//! Who a client acts as: fixed when it is made, and never anybody else.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use serde_json::{Value, json};
use supabase::http::testing::{Exchange, MockTransport};
use supabase::http::{AccessToken, BoxError, BoxFuture, HttpClient, TokenSource, token_fn};
use supabase::{Client, ClientBuilder, ErrorKind};

const URL: &str = "https://project.test";

fn mock() -> MockTransport {
    MockTransport::new().respond(|_| Exchange::new(200).json(json!([])))
}

fn public(mock: &MockTransport) -> ClientBuilder {
    Client::builder(URL, "sb_publishable_abc").transport(mock.clone())
}

async fn bearer(client: &Client, mock: &MockTransport) -> Option<String> {
    client.from("t").select::<Value>("*").await.unwrap();
    mock.last_request()
        .unwrap()
        .header("authorization")
        .map(str::to_owned)
}

#[tokio::test]
async fn a_user_client_leaves_the_shared_one_alone() {
    let mock = mock();
    let shared = public(&mock).build().unwrap();
    let ada = shared.as_user("ada.token.x");
    let bob = ada.as_user(&String::from("Bearer bob.token.x"));
    assert_eq!(bearer(&shared, &mock).await, None);
    assert_eq!(
        bearer(&ada, &mock).await.as_deref(),
        Some("Bearer ada.token.x")
    );
    assert_eq!(
        bearer(&bob, &mock).await.as_deref(),
        Some("Bearer bob.token.x")
    );
    assert_eq!(
        bearer(&ada.schema("api"), &mock).await.as_deref(),
        Some("Bearer ada.token.x")
    );
    assert_eq!(bearer(&shared.clone(), &mock).await, None);
}

#[tokio::test]
async fn a_legacy_key_is_the_bearer_until_there_is_a_user() {
    let mock = mock();
    let client = Client::builder(URL, "anon-key")
        .transport(mock.clone())
        .build()
        .unwrap();
    assert_eq!(
        bearer(&client, &mock).await.as_deref(),
        Some("Bearer anon-key")
    );
    let ada = client.as_user(&AccessToken::parse("ada.token.x").unwrap());
    assert_eq!(
        bearer(&ada, &mock).await.as_deref(),
        Some("Bearer ada.token.x")
    );
}

#[tokio::test]
async fn a_token_that_cannot_be_one_sends_nothing() {
    let mock = MockTransport::new();
    let client = public(&mock).build().unwrap();
    for token in ["", "two words", "line\nend", "sb_secret_abc", "Bearer "] {
        let error = client
            .as_user(token)
            .from("t")
            .select::<Value>("*")
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credential, "{token:?}");
        assert!(error.never_sent());
    }
    mock.assert_done();
}

#[tokio::test]
async fn a_source_is_asked_for_every_request() {
    let mock = mock();
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let source = token_fn(move || {
        let number = count.fetch_add(1, Ordering::SeqCst);
        async move {
            match number {
                0 => Ok(Some(AccessToken::parse("first.token.x")?)),
                1 => Ok(None),
                _ => Err("the provider is down".into()),
            }
        }
    });
    let client = public(&mock).token_source(source).build().unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 0);
    assert_eq!(
        bearer(&client, &mock).await.as_deref(),
        Some("Bearer first.token.x")
    );
    assert_eq!(bearer(&client, &mock).await, None);
    // Never the key instead of the token that could not be had.
    let sent = mock.requests().len();
    let error = client.from("t").select::<Value>("*").await.unwrap_err();
    assert_eq!(
        (error.kind(), mock.requests().len()),
        (ErrorKind::Credential, sent)
    );
    // A fixed user does not ask.
    assert_eq!(
        bearer(&client.as_user("ada.token.x"), &mock)
            .await
            .as_deref(),
        Some("Bearer ada.token.x")
    );
    assert_eq!(calls.load(Ordering::SeqCst), 3);
}

struct Nobody;
impl TokenSource for Nobody {
    fn token(&self) -> BoxFuture<'_, Result<Option<AccessToken>, BoxError>> {
        Box::pin(async { Ok(None) })
    }
}

#[test]
fn keys_have_their_places() {
    let wrong =
        |result: supabase::Result<Client>| result.unwrap_err().kind() == ErrorKind::Credential;
    assert!(wrong(Client::new(URL, "sb_secret_abc")));
    assert!(wrong(Client::service(URL, "sb_publishable_abc")));
    assert!(wrong(
        Client::service_builder(URL, "sb_secret_abc")
            .token_source(Nobody)
            .build()
    ));
    for key in ["sb_publishable_abc", "anon-key"] {
        assert!(Client::new(URL, key).is_ok());
    }
    for key in ["sb_secret_abc", "a-key-of-ones-own"] {
        assert!(Client::service(URL, key).is_ok());
    }
    for name in ["authorization", "Authorization", "apikey", "ApiKey"] {
        let built = Client::builder(URL, "key").header(name, "x").build();
        assert_eq!(built.unwrap_err().kind(), ErrorKind::Request, "{name}");
    }
}

#[tokio::test]
async fn clients_may_share_connections_but_not_identities() {
    let mock = mock();
    let http = HttpClient::new(mock.clone());
    let public = Client::builder(URL, "sb_publishable_abc")
        .http_client(http.clone())
        .build()
        .unwrap();
    let admin = Client::service_builder(URL, "sb_secret_abc")
        .http_client(http)
        .build()
        .unwrap();
    for (client, key) in [(&public, "sb_publishable_abc"), (&admin, "sb_secret_abc")] {
        client.from("t").select::<Value>("*").await.unwrap();
        assert_eq!(mock.last_request().unwrap().header("apikey"), Some(key));
    }
}

#[test]
fn clients_fit_into_servers() {
    fn check<T: Clone + Send + Sync + 'static>() {}
    check::<Client>();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However clients are derived from each other, each request carries the token of its own client, and no other.
    #[test]
    fn no_request_carries_another_identity(steps in proptest::collection::vec((0_usize..8, 0_usize..3, 0_u8..20), 1..30)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mock = mock();
            let mut clients = vec![
                (public(&mock).build().unwrap(), None),
                (Client::service_builder(URL, "sb_secret_abc").transport(mock.clone()).build().unwrap(), None),
            ];
            for (from, what, user) in steps {
                let (client, token) = clients[from % clients.len()].clone();
                clients.push(match what {
                    0 => (client.as_user(&format!("user-{user}.t.x")), Some(format!("Bearer user-{user}.t.x"))),
                    1 => (client.schema("api"), token),
                    _ => (client.clone(), token),
                });
            }
            for (client, token) in &clients {
                assert_eq!(&bearer(client, &mock).await, token);
            }
        });
    }
}
