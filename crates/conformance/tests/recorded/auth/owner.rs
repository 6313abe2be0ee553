//! What only a client that keeps a session can do.

use conformance::Call::{Pending, Replay};
use conformance::replay::Stage;
use conformance::{Call, Entry, Seen, d, js, py};
use gotrue_rs::{AuthClient, Session};
use supabase_http::{BoxFuture, Result};

use super::session;

const LATER: Call = Pending("gotrue-rs/kept-sessions");

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
    js("get-session/user-storage", LATER),
    js("get-session/request-refreshes-first", LATER),
    js("get-session/request-with-dead-session-uses-key", LATER),
    js("auto-refresh/no-refresh-at-120s-left", LATER),
    js("auto-refresh/threshold", LATER),
    js("auto-refresh/first-tick-immediate", LATER),
    js("auto-refresh/init-refreshes-expired", SESSION),
    js("auto-refresh/init-expired-not-refreshed-when-off", LATER),
    js("auto-refresh/stop", LATER),
    js("auto-refresh/start", LATER),
    js("auto-refresh/no-session", LATER),
    js("auto-refresh/failing-ticks", LATER),
    js("auto-refresh/rejected-keeps-valid-session", LATER),
    js("events/initial-session-null", LATER),
    js("events/unsubscribe", LATER),
    js("events/life-cycle", LATER),
    js("events/late-subscriber-gets-initial-session", LATER),
    js("events/callback-throws", LATER),
    js("events/dispose", LATER),
    js("init/stored-without-user-fetches-it", SESSION).ours_by_design("damaged-stores", "what is no whole session is set aside", &[d("requests", "1", "0"), d("data/session", "{\"access_token\":\"user-access-token\",\"expires_at\":1767229200,\"expires_in\":3600,\"refresh_token\":\"user-refresh-token\",\"token_type\":\"bearer\",\"user\":{\"app_metadata\":{\"provider\":\"email\",\"providers\":[\"email\"]},\"aud\":\"authenticated\",\"created_at\":\"2025-12-01T00:00:00Z\",\"email\":\"ada@example.com\",\"id\":\"11111111-2222-4333-8444-555555555555\",\"phone\":\"\",\"role\":\"authenticated\",\"updated_at\":\"2026-01-01T00:00:00Z\",\"user_metadata\":{\"name\":\"Ada\"}}}", "null")]),
    py("get-session/get-the-session-data", PY_SESSION),
    py("get-session/no-session", PY_SESSION),
    py("get-session/expired", PY_SESSION).client_bug("the token that is to be renewed is sent along", &[d("header authorization", "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL3Byb2plY3QudGVzdC9hdXRoL3YxIiwic3ViIjoiMTExMTExMTEtMTExMS0xMTExLTExMTEtMTExMTExMTExMTExIiwiYXVkIjoiYXV0aGVudGljYXRlZCIsImV4cCI6NDEwMjQ0NDgwMCwiaWF0IjoxNzE1NzY2MDAwLCJlbWFpbCI6ImVtYWlsQGV4YW1wbGUuY29tIiwicGhvbmUiOiIiLCJhcHBfbWV0YWRhdGEiOnsicHJvdmlkZXIiOiJlbWFpbCIsInByb3ZpZGVycyI6WyJlbWFpbCJdfSwidXNlcl9tZXRhZGF0YSI6e30sInJvbGUiOiJhdXRoZW50aWNhdGVkIiwiYWFsIjoiYWFsMSIsImFtciI6W3sibWV0aG9kIjoicGFzc3dvcmQiLCJ0aW1lc3RhbXAiOjE3MTU3NjYwMDB9XSwic2Vzc2lvbl9pZCI6IjExMTExMTExLTMzMzMtMzMzMy0zMzMzLTMzMzMzMzMzMzMzMyIsImlzX2Fub255bW91cyI6ZmFsc2V9.c1CHpAdiUjjZklUP0rM3AdB7GH82AYW07ZB4_XWDPUs", "Bearer anon-key")]),
    py("get-session/error-refresh", PY_SESSION).client_bug("the token that is to be renewed is sent along", &[d("header authorization", "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL3Byb2plY3QudGVzdC9hdXRoL3YxIiwic3ViIjoiMTExMTExMTEtMTExMS0xMTExLTExMTEtMTExMTExMTExMTExIiwiYXVkIjoiYXV0aGVudGljYXRlZCIsImV4cCI6NDEwMjQ0NDgwMCwiaWF0IjoxNzE1NzY2MDAwLCJlbWFpbCI6ImVtYWlsQGV4YW1wbGUuY29tIiwicGhvbmUiOiIiLCJhcHBfbWV0YWRhdGEiOnsicHJvdmlkZXIiOiJlbWFpbCIsInByb3ZpZGVycyI6WyJlbWFpbCJdfSwidXNlcl9tZXRhZGF0YSI6e30sInJvbGUiOiJhdXRoZW50aWNhdGVkIiwiYWFsIjoiYWFsMSIsImFtciI6W3sibWV0aG9kIjoicGFzc3dvcmQiLCJ0aW1lc3RhbXAiOjE3MTU3NjYwMDB9XSwic2Vzc2lvbl9pZCI6IjExMTExMTExLTMzMzMtMzMzMy0zMzMzLTMzMzMzMzMzMzMzMyIsImlzX2Fub255bW91cyI6ZmFsc2V9.c1CHpAdiUjjZklUP0rM3AdB7GH82AYW07ZB4_XWDPUs", "Bearer anon-key")]),
];
