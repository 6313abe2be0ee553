//! What only a client that keeps a session can do.

use std::time::Duration;

use conformance::Call::Replay;
use conformance::replay::Stage;
use conformance::{Call, Entry, Seen, d, js, py};
use gotrue_rs::{AuthClient, AuthEvent, AuthEvents, Email, Session, SessionManager};
use serde_json::{Value, json};
use supabase_http::{BoxFuture, Result};

use super::session;

/// Asks for the session that is kept.
const SESSION: Call = kept!(|a| session(a));

/// The same as the Python client returns it.
const PY_SESSION: Call = kept!(|a| bare_session(a));

async fn bare_session(auth: AuthClient) -> Result<Seen> {
    let session = auth.get_session().await?;
    Ok(Seen { data: session.as_ref().map(Session::to_json).unwrap_or_default(), count: None })
}

/// Asks three times at once.
fn concurrent(stage: Stage) -> BoxFuture<'static, Result<Option<Seen>>> {
    Box::pin(async move {
        let auth = stage.keeping().await?;
        let calls = [auth.get_session(), auth.get_session(), auth.get_session()];
        let answers = futures_util::future::join_all(calls).await;
        let tokens = answers.into_iter().map(|session| {
            let session = session.ok().flatten();
            session.map(|session| session.access_token.expose().to_owned())
        });
        Ok(Some(Seen { data: tokens.collect(), count: None }))
    })
}

type Watched = BoxFuture<'static, Result<Option<Seen>>>;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Starts to renew in the background, and counts the requests after each of these times, in milliseconds.
fn in_the_background(stage: Stage, times: &'static [u64]) -> Watched {
    Box::pin(async move {
        let auth = stage.keeping().await?;
        auth.sessions().as_ref().map(SessionManager::start_auto_refresh).transpose()?;
        let mut counts = Vec::new();
        for time in times {
            tokio::time::sleep(Duration::from_millis(*time)).await;
            counts.push(json!(stage.sent()));
        }
        let data = if counts.len() == 1 { counts.remove(0) } else { Value::Array(counts) };
        Ok(Some(Seen { data, count: None }))
    })
}

/// Renews in the background while the server is down, until eight renewals failed: that takes a minute at least.
fn failing(stage: Stage) -> Watched {
    Box::pin(async move {
        let auth = stage.keeping().await?;
        auth.sessions().as_ref().map(SessionManager::start_auto_refresh).transpose()?;
        let begin = tokio::time::Instant::now();
        while stage.sent() < 24 {
            tokio::time::sleep(seconds(1)).await;
        }
        assert!(begin.elapsed() > seconds(60), "too soon: {:?}", begin.elapsed());
        Ok(Some(Seen { data: json!(stage.sent()), count: None }))
    })
}

/// Stops it at once, or after a while, and counts the requests later.
fn stopped(stage: Stage, after: Duration, later: Duration) -> Watched {
    Box::pin(async move {
        let auth = stage.keeping().await?;
        if let Some(manager) = auth.sessions() {
            manager.start_auto_refresh()?;
            tokio::time::sleep(after).await;
            manager.stop_auto_refresh();
        }
        tokio::time::sleep(later).await;
        Ok(Some(Seen { data: json!(stage.sent()), count: None }))
    })
}

/// Listens, and counts the requests.
fn listened(stage: Stage) -> Watched {
    Box::pin(async move {
        let auth = stage.keeping().await?;
        let mut events = auth.events();
        events.next().await;
        Ok(Some(Seen { data: json!(stage.sent()), count: None }))
    })
}

/// The next event in the words of the JavaScript client.
async fn next(events: &mut AuthEvents) -> Value {
    match events.next().await {
        Some(AuthEvent::Initial(session)) => {
            json!([
                "INITIAL_SESSION",
                session.map(|session| session.access_token.expose().to_owned())
            ])
        }
        Some(AuthEvent::SignedIn(session)) => json!(["SIGNED_IN", session.access_token.expose()]),
        other => json!(format!("{other:?}")),
    }
}

/// Listens from before a sign-in, but for its event.
fn left_early(stage: Stage) -> Watched {
    Box::pin(async move {
        let auth = stage.keeping().await?;
        let mut events = auth.events();
        let first = next(&mut events).await;
        drop(events);
        auth.sign_in_with_password(Email("a@b.c"), "p").await?;
        Ok(Some(Seen { data: json!([first[0]]), count: None }))
    })
}

/// Listens from after a sign-in.
fn came_late(stage: Stage) -> Watched {
    Box::pin(async move {
        let auth = stage.keeping().await?;
        auth.sign_in_with_password(Email("a@b.c"), "p").await?;
        let first = next(&mut auth.events()).await;
        Ok(Some(Seen { data: json!([first]), count: None }))
    })
}

/// Everything that a session goes through.
fn life(stage: Stage) -> Watched {
    Box::pin(async move {
        let auth = stage.keeping().await?;
        auth.sign_in_with_password(Email("a@b.c"), "p").await?;
        auth.update_user().data(&json!({ "a": 1 })).await?;
        auth.refresh_session().await?;
        auth.sign_out().await?;
        Ok(Some(Seen::default()))
    })
}

pub(crate) const CASES: &[Entry] = &[
    js("get-session/none", SESSION),
    js("get-session/91s-left-no-refresh", SESSION),
    js("get-session/90s-left-no-refresh", SESSION),
    js("get-session/89s-left-refreshes", SESSION),
    js("get-session/expired-refreshes", SESSION),
    js("get-session/expired-refresh-rejected", SESSION),
    js("get-session/expired-already-used", SESSION),
    js("get-session/expired-session-expired", SESSION),
    js("get-session/near-expiry-refresh-rejected-keeps-session", SESSION),
    js("get-session/near-expiry-network-error-keeps-session", SESSION).ours_by_design("renewals-are-tried-thrice", "the JavaScript client tries for half a minute", &[d("requests", "8", "3")]),
    js("get-session/expired-503-then-ok", SESSION),
    js("get-session/expired-network-error-exhausted", SESSION).ours_by_design("renewals-are-tried-thrice", "the JavaScript client tries for half a minute", &[d("requests", "8", "3")]),
    js("get-session/concurrent-single-refresh", Replay(concurrent)),
    js("get-session/stored-garbage", SESSION),
    js("get-session/stored-missing-fields", SESSION),
    js("get-session/no-refresh-token-expired", SESSION).ours_by_design("damaged-stores", "what is no whole session is set aside", &[d("outcome", "failure", "ok {\"session\":null}")]),
    js("init/expired-without-refresh-token", SESSION).ours_by_design("damaged-stores", "what is no whole session is set aside", &[d("outcome", "failure", "ok {\"session\":null}")]),
    js("init/expired-refreshes", SESSION),
    js("init/expired-offline", SESSION).ours_by_design("renewals-are-tried-thrice", "the JavaScript client tries for half a minute", &[d("requests", "8", "3")]),
    js("get-session/refreshed-without-user", SESSION),
    js("get-session/refresh-no-session-in-response", SESSION),
    js("get-session/user-storage", SESSION).ours_by_design("a-store-is-one-text", "its user is elsewhere, so that it is not whole", &[d("data/session", "{\"access_token\":\"user-access-token\",\"expires_at\":1767229200,\"expires_in\":3600,\"refresh_token\":\"user-refresh-token\",\"token_type\":\"bearer\",\"user\":{\"id\":\"from-user-storage\"}}", "null")]),
    js("get-session/request-refreshes-first", then_read!()),
    js("get-session/request-with-dead-session-uses-key", then_read!()).ours_by_design("sessions-end-with-an-error", "the JavaScript client goes on by its key", &[d("requests", "2", "1"), d("outcome", "ok []", "error 400 refresh_token_not_found")]),
    js("auto-refresh/no-refresh-at-120s-left", Replay(|s| in_the_background(s, &[3_480_000]))),
    js("auto-refresh/threshold", Replay(|s| in_the_background(s, &[3_480_000, 31_000]))),
    js("auto-refresh/first-tick-immediate", Replay(|s| in_the_background(s, &[1]))),
    js("auto-refresh/init-refreshes-expired", SESSION),
    js("auto-refresh/init-expired-not-refreshed-when-off", Replay(listened)).ours_by_design("listening-sends-nothing", "a session is renewed when a token is asked for", &[d("requests", "1", "0"), d("data", "1", "0")]),
    js("auto-refresh/stop", Replay(|s| stopped(s, Duration::ZERO, seconds(3600)))),
    js("auto-refresh/start", Replay(|s| stopped(s, seconds(3550), Duration::ZERO))),
    js("auto-refresh/no-session", Replay(|s| in_the_background(s, &[120_000]))),
    js("auto-refresh/failing-ticks", Replay(failing)).ours_by_design("renewals-are-tried-thrice", "the JavaScript client tries for half a minute, and then rests for one", &[d("requests", "23", "24"), d("data", "23", "24")]),
    js("auto-refresh/rejected-keeps-valid-session", Replay(|s| in_the_background(s, &[1]))),
    js("events/initial-session-null", Replay(|s| Box::pin(async move { s.keeping().await?; Ok(Some(Seen::default())) }))),
    js("events/unsubscribe", Replay(left_early)),
    js("events/life-cycle", Replay(life)),
    js("events/late-subscriber-gets-initial-session", Replay(came_late)),
    js("events/callback-throws", kept!(|a| a.sign_in_with_password(Email("a@b.c"), "p"))).language_only("a listener that throws", &[d("outcome", "failure", "200 {\"session\":{\"access_token\":\"new-access-token\",\"expires_at\":1767229200,\"expires_in\":3600,\"refresh_token\":\"new-refresh-token\",\"token_type\":\"bearer\",\"user\":{\"app_metadata\":{\"provider\":\"email\",\"providers\":[\"email\"]},\"aud\":\"authenticated\",\"created_at\":\"2025-12-01T00:00:00Z\",\"email\":\"ada@example.com\",\"id\":\"11111111-2222-4333-8444-555555555555\",\"is_anonymous\":false,\"is_sso_user\":false,\"role\":\"authenticated\",\"updated_at\":\"2026-01-01T00:00:00Z\",\"user_metadata\":{\"name\":\"Ada\"}}},\"user\":{\"app_metadata\":{\"provider\":\"email\",\"providers\":[\"email\"]},\"aud\":\"authenticated\",\"created_at\":\"2025-12-01T00:00:00Z\",\"email\":\"ada@example.com\",\"id\":\"11111111-2222-4333-8444-555555555555\",\"is_anonymous\":false,\"is_sso_user\":false,\"role\":\"authenticated\",\"updated_at\":\"2026-01-01T00:00:00Z\",\"user_metadata\":{\"name\":\"Ada\"}},\"weakPassword\":null}")]),
    js("events/dispose", kept!(|a| a.sign_in_with_password(Email("a@b.c"), "p"))),
    js("init/stored-without-user-fetches-it", SESSION).ours_by_design("damaged-stores", "what is no whole session is set aside", &[d("requests", "1", "0"), d("data/session", "{\"access_token\":\"user-access-token\",\"expires_at\":1767229200,\"expires_in\":3600,\"refresh_token\":\"user-refresh-token\",\"token_type\":\"bearer\",\"user\":{\"app_metadata\":{\"provider\":\"email\",\"providers\":[\"email\"]},\"aud\":\"authenticated\",\"created_at\":\"2025-12-01T00:00:00Z\",\"email\":\"ada@example.com\",\"id\":\"11111111-2222-4333-8444-555555555555\",\"phone\":\"\",\"role\":\"authenticated\",\"updated_at\":\"2026-01-01T00:00:00Z\",\"user_metadata\":{\"name\":\"Ada\"}}}", "null")]),
    py("get-session/get-the-session-data", PY_SESSION),
    py("get-session/no-session", PY_SESSION),
    py("get-session/expired", PY_SESSION).client_bug("the token that is to be renewed is sent along", &[d("header authorization", "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL3Byb2plY3QudGVzdC9hdXRoL3YxIiwic3ViIjoiMTExMTExMTEtMTExMS0xMTExLTExMTEtMTExMTExMTExMTExIiwiYXVkIjoiYXV0aGVudGljYXRlZCIsImV4cCI6NDEwMjQ0NDgwMCwiaWF0IjoxNzE1NzY2MDAwLCJlbWFpbCI6ImVtYWlsQGV4YW1wbGUuY29tIiwicGhvbmUiOiIiLCJhcHBfbWV0YWRhdGEiOnsicHJvdmlkZXIiOiJlbWFpbCIsInByb3ZpZGVycyI6WyJlbWFpbCJdfSwidXNlcl9tZXRhZGF0YSI6e30sInJvbGUiOiJhdXRoZW50aWNhdGVkIiwiYWFsIjoiYWFsMSIsImFtciI6W3sibWV0aG9kIjoicGFzc3dvcmQiLCJ0aW1lc3RhbXAiOjE3MTU3NjYwMDB9XSwic2Vzc2lvbl9pZCI6IjExMTExMTExLTMzMzMtMzMzMy0zMzMzLTMzMzMzMzMzMzMzMyIsImlzX2Fub255bW91cyI6ZmFsc2V9.c1CHpAdiUjjZklUP0rM3AdB7GH82AYW07ZB4_XWDPUs", "Bearer anon-key")]),
    py("get-session/error-refresh", PY_SESSION).client_bug("the token that is to be renewed is sent along", &[d("header authorization", "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL3Byb2plY3QudGVzdC9hdXRoL3YxIiwic3ViIjoiMTExMTExMTEtMTExMS0xMTExLTExMTEtMTExMTExMTExMTExIiwiYXVkIjoiYXV0aGVudGljYXRlZCIsImV4cCI6NDEwMjQ0NDgwMCwiaWF0IjoxNzE1NzY2MDAwLCJlbWFpbCI6ImVtYWlsQGV4YW1wbGUuY29tIiwicGhvbmUiOiIiLCJhcHBfbWV0YWRhdGEiOnsicHJvdmlkZXIiOiJlbWFpbCIsInByb3ZpZGVycyI6WyJlbWFpbCJdfSwidXNlcl9tZXRhZGF0YSI6e30sInJvbGUiOiJhdXRoZW50aWNhdGVkIiwiYWFsIjoiYWFsMSIsImFtciI6W3sibWV0aG9kIjoicGFzc3dvcmQiLCJ0aW1lc3RhbXAiOjE3MTU3NjYwMDB9XSwic2Vzc2lvbl9pZCI6IjExMTExMTExLTMzMzMtMzMzMy0zMzMzLTMzMzMzMzMzMzMzMyIsImlzX2Fub255bW91cyI6ZmFsc2V9.c1CHpAdiUjjZklUP0rM3AdB7GH82AYW07ZB4_XWDPUs", "Bearer anon-key")]),
];
