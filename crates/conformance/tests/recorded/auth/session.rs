//! Renewing a session, and taking over one from elsewhere.

use std::future::IntoFuture;
use std::time::Duration;

use conformance::Call::Replay;
use conformance::corpus::token;
use conformance::probe::Observe as _;
use conformance::replay::Stage;
use conformance::{Entry, Seen, d, js, py, told};
use gotrue_rs::{
    AccessToken, Error, RefreshToken, SessionManager, SessionStorage as _, SignOutScope,
};
use serde_json::{Value, json};
use supabase_http::{BoxFuture, Result};

use super::PY;

type Watched = BoxFuture<'static, Result<Option<Seen>>>;

/// Renews by this token.
fn refresh(stage: Stage, token: &'static str) -> Watched {
    Box::pin(async move {
        let token = RefreshToken::parse(token)?;
        let session = stage.auth()?.refresh_session().refresh_token(&token).await?;
        Ok(Some(session.observe()))
    })
}

/// Takes over these tokens.
fn set(stage: Stage, access_token: String, refresh_token: String) -> Watched {
    Box::pin(async move {
        let access_token = AccessToken::parse(&access_token)?;
        let refresh_token = RefreshToken::parse(refresh_token)?;
        let session = stage.auth()?.set_session(access_token, refresh_token).await?;
        Ok(Some(session.observe()))
    })
}

/// Takes over the token of this name.
fn set_named(stage: Stage, name: &str) -> Watched {
    set(stage, token(name), "r-1".to_owned())
}

/// Takes over the tokens that the case names.
fn set_of_case(stage: Stage) -> Watched {
    let of = |name: &str| stage.case().vars[name].as_str().unwrap_or_default().to_owned();
    let (access_token, refresh_token) = (of("access_token"), of("refresh_token"));
    set(stage, access_token, refresh_token)
}

fn text(text: &Value) -> String {
    text.as_str().unwrap_or_default().to_owned()
}

/// Renews twice at once.
fn concurrent(stage: Stage) -> Watched {
    Box::pin(async move {
        let auth = stage.keeping().await?;
        let calls = [auth.refresh_session(), auth.refresh_session()];
        let answers = futures_util::future::join_all(calls.map(IntoFuture::into_future)).await;
        let tokens = answers
            .into_iter()
            .map(|session| session.map(|session| session.access_token.expose().to_owned()).ok());
        Ok(Some(Seen { data: tokens.collect(), count: None }))
    })
}

/// Signs out while a renewal is under way.
fn signed_out_meanwhile(stage: Stage) -> Watched {
    Box::pin(async move {
        let auth = stage.keeping().await?;
        let renewal = tokio::spawn(auth.refresh_session().into_future());
        tokio::time::sleep(Duration::from_millis(1)).await;
        let out = auth.sign_out().scope(SignOutScope::Local).await.err();
        let renewed = renewal.await.ok().and_then(Result::err);
        let data = json!({
            "out": { "error": out.as_ref().map(told) },
            "refreshed": { "error": renewed.as_ref().map(told) },
        });
        Ok(Some(Seen { data, count: None }))
    })
}

/// Another one writes the store while a renewal is under way, without its lock.
fn replaced_meanwhile(stage: Stage) -> Watched {
    Box::pin(async move {
        let storage = stage.store();
        let auth = stage.keeping_in(storage.clone()).await?;
        let renewal = tokio::spawn(auth.refresh_session().into_future());
        tokio::time::sleep(Duration::from_millis(1)).await;
        let text = storage.load().await.ok().flatten().unwrap_or_default();
        let other = text
            .replace("user-refresh-token", "rotated-by-other-tab")
            .replace("user-access-token", "other-tab-token");
        storage.save(other).await.map_err(|_| Error::request("memory keeps everything"))?;
        let renewed = renewal.await.map_err(|_| Error::request("the renewal panicked"))?;
        renewed.map(|session| Some(session.observe()))
    })
}

/// Signs in, and asks for the session after the background has renewed it.
fn in_the_background(stage: Stage) -> Watched {
    Box::pin(async move {
        let auth = stage.keeping().await?;
        auth.sessions().as_ref().map(SessionManager::start_auto_refresh).transpose()?;
        auth.sign_in_with_password(PY, "example-password").await?;
        tokio::time::sleep(Duration::from_secs(3)).await;
        let session = auth.get_session().await?;
        let token = session.map(|session| session.refresh_token.expose().to_owned());
        Ok(Some(Seen { data: json!(token), count: None }))
    })
}

pub(crate) const CASES: &[Entry] = &[
    js("refresh/current", kept!(|a| a.refresh_session())),
    js("refresh/explicit-token", Replay(|s| refresh(s, "other-refresh-token"))),
    js("refresh/explicit-token-while-signed-in", Replay(|s| refresh(s, "other-refresh-token"))),
    js("refresh/no-session", call!(|a| a.refresh_session())),
    js("refresh/empty-token", Replay(|s| refresh(s, ""))),
    js("refresh/rejected-expired", Replay(|s| refresh(s, "user-refresh-token"))),
    js("refresh/429-is-not-retried", Replay(|s| refresh(s, "user-refresh-token"))),
    js("refresh/retry-exhausted", kept!(|a| a.refresh_session())).ours_by_design("renewals-are-tried-thrice", "the JavaScript client tries for half a minute", &[d("requests", "8", "1")]),
    js("refresh/concurrent", Replay(concurrent)),
    js("refresh/discarded-after-concurrent-sign-out", Replay(signed_out_meanwhile)),
    js("refresh/discarded-after-storage-replaced", Replay(replaced_meanwhile)).ours_by_design("renewals-are-kept", "another process writes the store by its lock, which the renewal holds", &[d("outcome", "failure", "200 {\"session\":{\"access_token\":\"new-access-token\",\"expires_at\":1767229200,\"expires_in\":3600,\"refresh_token\":\"new-refresh-token\",\"token_type\":\"bearer\",\"user\":{\"app_metadata\":{\"provider\":\"email\",\"providers\":[\"email\"]},\"aud\":\"authenticated\",\"created_at\":\"2025-12-01T00:00:00Z\",\"email\":\"ada@example.com\",\"id\":\"11111111-2222-4333-8444-555555555555\",\"is_anonymous\":false,\"is_sso_user\":false,\"role\":\"authenticated\",\"updated_at\":\"2026-01-01T00:00:00Z\",\"user_metadata\":{\"name\":\"Ada\"}}},\"user\":{\"app_metadata\":{\"provider\":\"email\",\"providers\":[\"email\"]},\"aud\":\"authenticated\",\"created_at\":\"2025-12-01T00:00:00Z\",\"email\":\"ada@example.com\",\"id\":\"11111111-2222-4333-8444-555555555555\",\"is_anonymous\":false,\"is_sso_user\":false,\"role\":\"authenticated\",\"updated_at\":\"2026-01-01T00:00:00Z\",\"user_metadata\":{\"name\":\"Ada\"}},\"weakPassword\":null}")]),
    js("set-session/valid", Replay(|s| set_named(s, "near"))),
    js("set-session/expired-refreshes", Replay(|s| set_named(s, "expired"))),
    js("set-session/expires-now-refreshes", Replay(|s| set_named(s, "rs256_expires_now"))),
    js("set-session/no-exp-refreshes", Replay(|s| set_named(s, "rs256_no_exp"))),
    js("set-session/user-error", Replay(|s| set_named(s, "near"))),
    js("set-session/missing-refresh-token", Replay(|s| set(s, "a".to_owned(), String::new()))),
    js("set-session/not-a-jwt", Replay(|s| set(s, "not-a-jwt".to_owned(), "r-1".to_owned()))),
    js("set-session/not-base64url", Replay(|s| set(s, "a+b.c/d.e=f".to_owned(), "r-1".to_owned()))),
    js("set-session/replaces", Replay(|s| set_named(s, "near"))),
    py("refresh-session/refresh-session", kept!(|a| a.refresh_session())).client_bug("the token that is to be renewed is sent along", &[d("header authorization", "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL3Byb2plY3QudGVzdC9hdXRoL3YxIiwic3ViIjoiMTExMTExMTEtMTExMS0xMTExLTExMTEtMTExMTExMTExMTExIiwiYXVkIjoiYXV0aGVudGljYXRlZCIsImV4cCI6NDEwMjQ0NDgwMCwiaWF0IjoxNzE1NzY2MDAwLCJlbWFpbCI6ImVtYWlsQGV4YW1wbGUuY29tIiwicGhvbmUiOiIiLCJhcHBfbWV0YWRhdGEiOnsicHJvdmlkZXIiOiJlbWFpbCIsInByb3ZpZGVycyI6WyJlbWFpbCJdfSwidXNlcl9tZXRhZGF0YSI6e30sInJvbGUiOiJhdXRoZW50aWNhdGVkIiwiYWFsIjoiYWFsMSIsImFtciI6W3sibWV0aG9kIjoicGFzc3dvcmQiLCJ0aW1lc3RhbXAiOjE3MTU3NjYwMDB9XSwic2Vzc2lvbl9pZCI6IjExMTExMTExLTMzMzMtMzMzMy0zMzMzLTMzMzMzMzMzMzMzMyIsImlzX2Fub255bW91cyI6ZmFsc2V9.c1CHpAdiUjjZklUP0rM3AdB7GH82AYW07ZB4_XWDPUs", "Bearer anon-key")]),
    py("refresh-session/refresh-token", Replay(|s| refresh(s, "refresh-token-9"))),
    py("refresh-session/error-no-session", call!(|a| a.refresh_session())),
    py("refresh-session/error-rejected", Replay(|s| refresh(s, "refresh-token-9"))),
    py("refresh-session/auto-refresh", Replay(in_the_background)).client_bug("the token that is to be renewed is sent along", &[d("header authorization", "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL3Byb2plY3QudGVzdC9hdXRoL3YxIiwic3ViIjoiMTExMTExMTEtMTExMS0xMTExLTExMTEtMTExMTExMTExMTExIiwiYXVkIjoiYXV0aGVudGljYXRlZCIsImV4cCI6NDEwMjQ0NDgwMCwiaWF0IjoxNzE1NzY2MDAwLCJlbWFpbCI6ImVtYWlsQGV4YW1wbGUuY29tIiwicGhvbmUiOiIiLCJhcHBfbWV0YWRhdGEiOnsicHJvdmlkZXIiOiJlbWFpbCIsInByb3ZpZGVycyI6WyJlbWFpbCJdfSwidXNlcl9tZXRhZGF0YSI6e30sInJvbGUiOiJhdXRoZW50aWNhdGVkIiwiYWFsIjoiYWFsMSIsImFtciI6W3sibWV0aG9kIjoicGFzc3dvcmQiLCJ0aW1lc3RhbXAiOjE3MTU3NjYwMDB9XSwic2Vzc2lvbl9pZCI6IjExMTExMTExLTMzMzMtMzMzMy0zMzMzLTMzMzMzMzMzMzMzMyIsImlzX2Fub255bW91cyI6ZmFsc2V9.c1CHpAdiUjjZklUP0rM3AdB7GH82AYW07ZB4_XWDPUs", "Bearer anon-key")]),
    py("set-session/set-session", Replay(set_of_case)),
    py("set-session/expired", Replay(set_of_case)),
    py("set-session/error-structure", Replay(|s| set(s, "bad".to_owned(), "r".to_owned()))),
    py("set-session/error-refresh", Replay(set_of_case)),
    py(
        "set-session/error-no-refresh-token",
        Replay(|s| {
            let access_token = text(&s.case().vars["access_token"]);
            set(s, access_token, String::new())
        }),
    ),
];
