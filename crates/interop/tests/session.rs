//! A client of the whole project that follows a session: its channels act as the user of the moment.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails, in its helpers too"
)]

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use interop::{Heard, Server};
use serde_json::{Value, json};
use supabase::Client;
use supabase::auth::{Email, MemoryStorage, Session, SignOutScope};
use supabase::http::testing::{Exchange, MockTransport};
use supabase::http::{Body, BoxFuture, HttpClient};
use supabase::realtime::{Channel, Connector, Result, Upgraded};
use tokio::time::timeout;

/// Requests are answered by a script; websockets go to the server on this machine.
struct Tunnel(HttpClient);

impl Connector for Tunnel {
    fn connect(&self, request: http::Request<()>) -> BoxFuture<'static, Result<Upgraded>> {
        let client = self.0.clone();
        Box::pin(async move { client.upgrade(request.map(|()| Body::empty())).await })
    }
}

/// Signs in whoever asks, and numbers the tokens: `ada.1.x`, `ada.2.x`, …
fn auth() -> MockTransport {
    let count = AtomicU32::new(0);
    MockTransport::new().respond(move |request| {
        if request.path() != "/auth/v1/token" {
            return Exchange::new(204);
        }
        let body: Value = request.json().unwrap();
        let asked = body["email"].as_str().or(body["refresh_token"].as_str()).unwrap();
        let user = asked.split(['@', '.']).next().unwrap();
        let number = count.fetch_add(1, Ordering::Relaxed) + 1;
        Exchange::new(200).json(json!({
            "access_token": format!("{user}.{number}.x"),
            "refresh_token": format!("{user}.{number}.refresh"),
            "token_type": "bearer",
            "expires_in": 3600,
            "user": { "id": user }
        }))
    })
}

async fn app(server: &Server) -> Client {
    let tunnel = Tunnel(HttpClient::builder().build().unwrap());
    Client::builder(server.url(), "sb_publishable_abc")
        .transport(auth())
        .realtime(|realtime| realtime.connector(tunnel))
        .build_with_session(MemoryStorage::new())
        .await
        .unwrap()
}

async fn sign_in(app: &Client, user: &str) -> Session {
    let email = Email(format!("{user}@example.com"));
    app.auth().sign_in_with_password(email, "secret").await.unwrap()
}

async fn subscribed(app: &Client, name: &str) -> Channel {
    let channel = app.channel(name).private().build().unwrap();
    channel.subscribe().await.unwrap();
    channel
}

/// Event, topic and token of what was heard after the first `skip`, in the order of the topics.
async fn next(server: &Server, skip: usize, count: usize) -> Vec<(String, String, Option<String>)> {
    let heard = server.wait_for(skip + count).await.unwrap();
    let mut told: Vec<_> = heard[skip..].iter().map(told).collect();
    assert_eq!(told.len(), count, "{told:?}");
    told.sort_by(|a, b| a.1.cmp(&b.1));
    told
}

fn told(heard: &Heard) -> (String, String, Option<String>) {
    let token = heard.payload["access_token"].as_str().map(str::to_owned);
    (heard.event.clone(), heard.topic.clone(), token)
}

fn event(event: &str, name: &str, token: Option<&str>) -> (String, String, Option<String>) {
    (event.to_owned(), format!("realtime:{name}"), token.map(str::to_owned))
}

#[tokio::test]
async fn channels_follow_the_session() {
    let server = Server::start().await.unwrap();
    let app = app(&server).await;
    sign_in(&app, "ada").await;
    let first = subscribed(&app, "a").await;
    let _second = subscribed(&app, "b").await;
    let mut chat = first.broadcasts::<Value>("chat");
    assert_eq!(
        next(&server, 0, 2).await,
        [event("phx_join", "a", Some("ada.1.x")), event("phx_join", "b", Some("ada.1.x"))]
    );

    // A refresh is pushed to every joined channel, and nobody leaves for it.
    app.auth().refresh_session().await.unwrap();
    assert_eq!(
        next(&server, 2, 2).await,
        [event("access_token", "a", Some("ada.2.x")), event("access_token", "b", Some("ada.2.x"))]
    );

    // Nobody is signed in any more: the server would keep the rights of the old token until it expires.
    app.auth().sign_out().scope(SignOutScope::Local).await.unwrap();
    assert_eq!(
        next(&server, 4, 4).await,
        [
            event("phx_leave", "a", None),
            event("phx_join", "a", None),
            event("phx_leave", "b", None),
            event("phx_join", "b", None),
        ]
    );
    let missed = timeout(Duration::from_secs(10), chat.next()).await.unwrap().unwrap();
    assert!(missed.unwrap_err().is_gap());

    // And then another user.
    let session = sign_in(&app, "bob").await;
    assert_eq!(
        next(&server, 8, 4).await,
        [
            event("phx_leave", "a", None),
            event("phx_join", "a", Some("bob.3.x")),
            event("phx_leave", "b", None),
            event("phx_join", "b", Some("bob.3.x")),
        ]
    );

    // A client for one user has a connection of its own, and stays who it is.
    let caller = app.as_user(&session);
    subscribed(&caller, "c").await;
    app.auth().sign_out().scope(SignOutScope::Local).await.unwrap();
    let heard: Vec<_> = next(&server, 12, 6).await;
    assert_eq!(heard.iter().filter(|(_, topic, _)| topic == "realtime:c").count(), 2, "{heard:?}");
    caller.realtime().close().await.unwrap();
    app.realtime().close().await.unwrap();
}
