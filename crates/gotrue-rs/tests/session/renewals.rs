//! Renewing: once, in time, and never at the price of the session.

use std::time::Duration;

use gotrue_rs::{AuthEvent, MemoryStorage, SessionMissing, SignedOutReason};
use serde_json::json;
use supabase_http::TokenSource as _;
use tokio::time::{advance, sleep, timeout};

use crate::world::{Fault, LIFE, World};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test(start_paused = true)]
async fn two_hundred_callers_make_one_renewal() {
    let world = World::new();
    let app = world.app(MemoryStorage::new()).await;
    app.sign_in("ada").await;
    world.slow(seconds(1));
    advance(seconds(LIFE - 80)).await;
    let callers: Vec<_> = (0..200)
        .map(|_| {
            let (app, world) = (app.clone(), world.clone());
            tokio::spawn(async move { app.good_token(&world).await })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap().expose(), "access-0-2");
    }
    assert_eq!(world.refreshes(), 1);
    app.good_token(&world).await;
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_good_token_is_not_renewed() {
    let world = World::new();
    let app = world.app(MemoryStorage::new()).await;
    app.sign_in("ada").await;
    advance(seconds(LIFE - 95)).await;
    app.good_token(&world).await;
    assert_eq!(world.refreshes(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_leaves_takes_nothing_with_them() {
    let world = World::new();
    let storage = MemoryStorage::new();
    let app = world.app(storage.clone()).await;
    app.sign_in("ada").await;
    world.slow(seconds(2));
    advance(seconds(LIFE - 10)).await;
    let left = timeout(seconds(1), app.token()).await;
    assert!(left.is_err(), "the caller was to leave before the answer");
    sleep(seconds(2)).await;
    assert_eq!(app.good_token(&world).await.expose(), "access-0-2");
    assert_eq!(world.refreshes(), 1);
    // Stored as well: another client of the store has it.
    let other = world.app(storage).await;
    assert_eq!(other.good_token(&world).await.expose(), "access-0-2");
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test(start_paused = true)]
async fn two_hours_of_sleep() {
    let world = World::new();
    let app = world.app(MemoryStorage::new()).await;
    app.sign_in("ada").await;
    world.sleep(7200);
    app.good_token(&world).await;
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test(start_paused = true)]
async fn two_hours_of_sleep_with_renewals_in_the_background() {
    let world = World::new();
    let app = world.app(MemoryStorage::new()).await;
    app.sign_in("ada").await;
    app.sessions.start_auto_refresh().unwrap();
    sleep(seconds(60)).await;
    assert_eq!(world.refreshes(), 0);
    world.sleep(7200);
    // No timer went on meanwhile; the clock is read again soon.
    sleep(seconds(31)).await;
    assert_eq!(world.refreshes(), 1);
    let before = world.refreshes();
    app.good_token(&world).await;
    assert_eq!(world.refreshes(), before);
    // Then once for each life of a token, before any request needs it.
    sleep(seconds(3 * LIFE)).await;
    assert_eq!(world.refreshes(), before + 3);
    app.sessions.stop_auto_refresh();
    sleep(seconds(2 * LIFE)).await;
    assert_eq!(world.refreshes(), before + 3);
}

#[tokio::test(start_paused = true)]
async fn the_background_ends_with_the_last_client() {
    let world = World::new();
    let app = world.app(MemoryStorage::new()).await;
    app.sign_in("ada").await;
    app.sessions.start_auto_refresh().unwrap();
    let tasks = || {
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
    };
    sleep(seconds(1)).await;
    assert_eq!(tasks(), 1);
    drop(app);
    sleep(Duration::from_millis(1)).await;
    assert_eq!(tasks(), 0);
    sleep(seconds(2 * LIFE)).await;
    assert_eq!(world.refreshes(), 0);
}

#[tokio::test(start_paused = true)]
async fn half_an_hour_without_a_server() {
    let world = World::new();
    let app = world.app(MemoryStorage::new()).await;
    app.sign_in("ada").await;
    advance(seconds(LIFE - 60)).await;
    world.always(Some(Fault::Down));
    // Still good: the old token is used, however often renewing fails.
    let token = app.good_token(&world).await;
    assert_eq!(token.expose(), "access-0-1");
    let (mut failures, begun) = (0, world.seconds());
    while world.seconds() < begun + 1800 {
        sleep(seconds(5)).await;
        match app.token().await {
            Ok(token) => assert!(world.takes(&token.expect("nobody's by accident"))),
            Err(error) => {
                assert!(error.is_connect(), "{error}");
                failures += 1;
            }
        }
    }
    assert!(failures > 300, "{failures}");
    // 360 asked, and one renewal of three tries in 15 to 30 seconds was made for all of them.
    let tries = world.refreshes();
    assert!((180..=400).contains(&tries), "{tries}");
    world.always(None);
    sleep(seconds(30)).await;
    assert_eq!(app.good_token(&world).await.expose(), "access-0-2");
    assert_eq!(world.refreshes(), tries + 1);
}

#[tokio::test(start_paused = true)]
async fn answers_lost_after_the_token_was_rotated() {
    let world = World::new();
    let app = world.app(MemoryStorage::new()).await;
    app.sign_in("ada").await;
    advance(seconds(LIFE)).await;
    world.fault([Fault::Lost]);
    assert_eq!(app.good_token(&world).await.expose(), "access-0-2");
    assert_eq!(world.refreshes(), 2);
    // All tries of a renewal lost, and the next one too.
    advance(seconds(LIFE)).await;
    world.fault(vec![Fault::Lost; 4]);
    assert!(app.token().await.is_err());
    assert_eq!(world.refreshes(), 5);
    sleep(seconds(30)).await;
    assert_eq!(app.good_token(&world).await.expose(), "access-0-3");
    assert_eq!(world.refreshes(), 7);
}

#[tokio::test(start_paused = true)]
async fn nothing_but_a_refusal_ends_a_session() {
    let busy = [
        (409, json!({ "code": "conflict", "message": "busy" })),
        (
            429,
            json!({ "code": "over_request_rate_limit", "message": "slow down" }),
        ),
        (
            500,
            json!({ "code": "unexpected_failure", "message": "oh" }),
        ),
        (502, json!("<html>bad gateway</html>")),
        (401, json!({ "message": "Invalid API key" })),
        (404, json!({ "message": "no Route matched" })),
        (200, json!({ "access_token": "half of it" })),
    ];
    for (status, body) in busy {
        let world = World::new();
        let app = world.app(MemoryStorage::new()).await;
        app.sign_in("ada").await;
        advance(seconds(LIFE + 10)).await;
        world.always(Some(Fault::Answer(status, body)));
        let error = app.token().await.unwrap_err();
        assert!(!SessionMissing::is_cause_of(&error), "{status}: {error}");
        world.always(None);
        sleep(seconds(31)).await;
        app.good_token(&world).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_session_ends_and_nobody_acts_instead() {
    let world = World::new();
    let storage = MemoryStorage::new();
    let app = world.app(storage.clone()).await;
    let mut events = app.auth.events();
    app.sign_in("ada").await;
    world.end_sessions();
    // The access token is good for a while: it is used to its end, and the server asked once.
    advance(seconds(LIFE - 60)).await;
    assert_eq!(app.token().await.unwrap().unwrap().expose(), "access-0-1");
    assert_eq!(app.token().await.unwrap().unwrap().expose(), "access-0-1");
    assert_eq!(world.refreshes(), 1);
    advance(seconds(61)).await;
    for _ in 0..3 {
        let error = app.token().await.unwrap_err();
        assert!(error.never_sent() || error.code().is_some(), "{error}");
    }
    assert_eq!(world.refreshes(), 1);
    assert_eq!(app.auth.get_session().await.unwrap(), None);
    assert!(matches!(
        events.next().await,
        Some(AuthEvent::Initial(None))
    ));
    assert!(matches!(events.next().await, Some(AuthEvent::SignedIn(_))));
    assert!(matches!(
        events.next().await,
        Some(AuthEvent::SignedOut(SignedOutReason::SessionExpired))
    ));
    // Another start finds nobody, and says so.
    tokio::task::yield_now().await;
    let other = world.app(storage).await;
    assert_eq!(other.token().await.unwrap(), None);
    // Here somebody must say it.
    assert!(SessionMissing::is_cause_of(&app.token().await.unwrap_err()));
    app.auth.sign_out().await.unwrap();
    assert_eq!(app.token().await.unwrap(), None);
    app.sign_in("bob").await;
    app.good_token(&world).await;
}

#[tokio::test(start_paused = true)]
async fn a_sign_out_beats_a_renewal_under_way() {
    let world = World::new();
    let storage = MemoryStorage::new();
    let app = world.app(storage.clone()).await;
    app.sign_in("ada").await;
    let signed_in = app.auth.get_session().await.unwrap().unwrap();
    world.slow(seconds(5));
    advance(seconds(LIFE - 30)).await;
    let waiting = tokio::spawn({
        let app = app.clone();
        async move { app.token().await }
    });
    sleep(seconds(1)).await;
    // As the user of the token that is still good, and so without waiting for the renewal.
    let by_hand = app.auth.with_token(signed_in.access_token.clone());
    by_hand.sign_out().await.unwrap();
    tokio::time::timeout(seconds(60), app.auth.sign_out())
        .await
        .unwrap()
        .unwrap();
    // Who asked for Ada's token gets that or an error, and is never sent on as nobody.
    let waited = waiting.await.unwrap();
    assert!(!matches!(waited, Ok(None)), "{waited:?}");
    sleep(seconds(10)).await;
    assert_eq!(app.token().await.unwrap(), None);
    assert_eq!(world.app(storage).await.token().await.unwrap(), None);
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_beats_a_renewal_under_way() {
    let world = World::new();
    let app = world.app(MemoryStorage::new()).await;
    app.sign_in("ada").await;
    world.slow(seconds(5));
    advance(seconds(LIFE - 30)).await;
    let waiting = tokio::spawn({
        let app = app.clone();
        async move { app.token().await }
    });
    sleep(seconds(1)).await;
    app.sign_in("bob").await;
    sleep(seconds(10)).await;
    assert_eq!(app.good_token(&world).await.expose(), "access-1-1");
    // Ada's request waited: it is not sent as Bob's.
    assert!(waiting.await.unwrap().is_err());
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_wrong_by_ten_minutes() {
    for skew in [-600, 600] {
        let world = World::new();
        let storage = MemoryStorage::new();
        let app = world.app_ahead(storage.clone(), skew).await;
        app.sign_in("ada").await;
        // A request every 20 seconds for three lives of a token, each with a token that services take.
        for _ in 0..(3 * LIFE / 20) {
            advance(seconds(20)).await;
            app.good_token(&world).await;
        }
        assert_eq!(world.refreshes(), 3, "{skew}");
        // The same after a start with the same wrong clock.
        let again = world.app_ahead(storage, skew).await;
        again.good_token(&world).await;
        assert_eq!(world.refreshes(), 3, "{skew}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_refuses_a_token_has_it_renewed_once() {
    let world = World::new();
    let app = world.app(MemoryStorage::new()).await;
    app.sign_in("ada").await;
    let token = app.good_token(&world).await;
    // As new as this, another one would be refused as well.
    app.sessions.rejected(&token);
    assert_eq!(app.good_token(&world).await, token);
    advance(seconds(60)).await;
    app.sessions.rejected(&token);
    let renewed = app.good_token(&world).await;
    assert_ne!(renewed, token);
    // An old one says nothing of the new one.
    advance(seconds(60)).await;
    app.sessions.rejected(&token);
    assert_eq!(app.good_token(&world).await, renewed);
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test(start_paused = true)]
async fn renewing_by_hand() {
    let world = World::new();
    let app = world.app(MemoryStorage::new()).await;
    assert!(SessionMissing::is_cause_of(
        &app.auth.refresh_session().await.unwrap_err()
    ));
    app.sign_in("ada").await;
    let session = app.auth.refresh_session().await.unwrap();
    assert_eq!(session.access_token.expose(), "access-0-2");
    assert_eq!(app.good_token(&world).await, session.access_token);
    // It fails, and costs nothing.
    world.end_sessions();
    app.auth.refresh_session().await.unwrap_err();
    assert_eq!(app.good_token(&world).await, session.access_token);
    app.auth.refresh_session().await.unwrap_err();
    assert_eq!(world.refreshes(), 2);
}
