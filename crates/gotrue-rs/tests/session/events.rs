//! What a client tells of its session.

use std::time::Duration;

use gotrue_rs::{AuthEvent, MemoryStorage, SessionMissing};
use supabase_http::{TokenChange, TokenSource as _};
use tokio::time::advance;

use crate::world::World;

#[tokio::test(start_paused = true)]
async fn each_event_in_its_turn() {
    let world = World::new();
    let storage = MemoryStorage::new();
    let app = world.app(storage.clone()).await;
    let mut events = app.auth.events();
    let mut watch = app.sessions.watch();
    let mut changes = app.sessions.changes().unwrap();
    assert!(watch.get().is_none());
    app.sign_in("ada").await;
    app.auth.refresh_session().await.unwrap();
    app.auth.sign_out().await.unwrap();
    let mut names = Vec::new();
    for _ in 0..4 {
        names.push(match events.next().await.unwrap() {
            AuthEvent::Initial(None) => "nobody".to_owned(),
            AuthEvent::SignedIn(session) => format!("in {}", session.access_token.expose()),
            AuthEvent::TokenRefreshed(session) => {
                format!("renewed {}", session.access_token.expose())
            }
            AuthEvent::SignedOut(reason) => format!("out {reason:?}"),
            other => format!("{other:?}"),
        });
    }
    assert_eq!(
        names,
        [
            "nobody",
            "in access-0-1",
            "renewed access-0-2",
            "out UserInitiated"
        ]
    );
    assert_eq!(watch.changed().await, Some(None));
    // Whoever looks late sees what is different now: nothing, after in and out.
    app.sign_in("bob").await;
    assert!(matches!(
        changes.next().await,
        Some(TokenChange::IdentityChanged(_))
    ));
    app.auth.refresh_session().await.unwrap();
    assert!(matches!(
        changes.next().await,
        Some(TokenChange::Refreshed(_))
    ));
    app.auth.sign_out().await.unwrap();
    assert!(matches!(changes.next().await, Some(TokenChange::SignedOut)));
    // They end with the client.
    drop(app);
    advance(Duration::from_secs(1)).await;
    let mut last = Vec::new();
    while let Some(event) = events.next().await {
        last.push(event);
    }
    assert_eq!(last.len(), 3);
    assert_eq!(watch.changed().await, Some(None));
    assert_eq!(watch.changed().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_reader_who_lags_can_see_it() {
    let world = World::new();
    let app = world.app(MemoryStorage::new()).await;
    let mut events = app.auth.events();
    for _ in 0..100 {
        app.sign_in("ada").await;
    }
    assert!(matches!(
        events.next().await,
        Some(AuthEvent::Initial(None))
    ));
    assert!(matches!(events.next().await, Some(AuthEvent::Lagged(36))));
    assert!(matches!(events.next().await, Some(AuthEvent::SignedIn(_))));
}

#[tokio::test(start_paused = true)]
async fn a_client_without_a_session_tells_nothing() {
    let world = World::new();
    let auth = world.client(0);
    let mut events = auth.events();
    assert!(matches!(
        events.next().await,
        Some(AuthEvent::Initial(None))
    ));
    assert!(events.next().await.is_none());
    assert!(auth.sessions().is_none());
    // It signs in, and adopts nothing.
    auth.sign_in_with_password(gotrue_rs::Email("ada@example.com"), "secret")
        .await
        .unwrap();
    assert!(SessionMissing::is_cause_of(
        &auth.get_user().await.unwrap_err()
    ));
    assert_eq!(world.calls("/auth/v1/user"), 0);
}
