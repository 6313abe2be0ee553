//! What a token claims.

use std::time::Duration;

use conformance::Call::Replay;
use conformance::corpus::{key_set, token};
use conformance::replay::Stage;
use conformance::{Call, Entry, Seen, d, js, py};
use gotrue_rs::{GetClaims, JwkSet};
use serde_json::{Value, json};
use supabase_http::{BoxFuture, Result};

type Watched = BoxFuture<'static, Result<Option<Seen>>>;

/// The claims as both clients return them.
async fn claims(call: GetClaims<Value>) -> Result<Option<Seen>> {
    Ok(Some(Seen { data: json!({ "claims": call.await?.custom }), count: None }))
}

/// Checks the token of this name.
fn of(stage: Stage, name: &str) -> Watched {
    let token = token(name);
    Box::pin(async move { claims(stage.auth()?.get_claims().jwt(token)).await })
}

/// Checks this text.
fn of_text(stage: Stage, text: &'static str) -> Watched {
    Box::pin(async move { claims(stage.auth()?.get_claims().jwt(text)).await })
}

/// Checks the token of this name by keys at hand.
fn with_keys(stage: Stage, name: &str, keys: Value) -> Watched {
    let token = token(name);
    Box::pin(async move {
        let keys = JwkSet::from_json(&keys)?;
        claims(stage.auth()?.get_claims().jwt(token).jwks(keys)).await
    })
}

/// Checks one token after another.
fn both(stage: Stage, first: &str, second: &str) -> Watched {
    let (first, second) = (token(first), token(second));
    Box::pin(async move {
        let auth = stage.auth()?;
        claims(auth.get_claims().jwt(first)).await?;
        claims(auth.get_claims().jwt(second)).await
    })
}

/// Checks the token that the case names, and so often.
fn of_case(stage: Stage, times: usize) -> Watched {
    let token = stage.case().vars["jwt"].as_str().unwrap_or_default().to_owned();
    let keys = stage.case().vars.get("jwks").cloned();
    Box::pin(async move {
        let auth = stage.auth()?;
        let mut last = None;
        for _ in 0..times {
            let mut call = auth.get_claims().jwt(&token);
            if let Some(keys) = &keys {
                call = call.jwks(JwkSet::from_json(keys)?);
            }
            last = claims(call).await?;
        }
        Ok(last)
    })
}

/// Checks one token three times: at once, after nine minutes, and after ten.
fn later(stage: Stage) -> Watched {
    let token = token("rs256");
    Box::pin(async move {
        let auth = stage.auth()?;
        claims(auth.get_claims().jwt(&token)).await?;
        tokio::time::advance(Duration::from_secs(9 * 60)).await;
        claims(auth.get_claims().jwt(&token)).await?;
        tokio::time::advance(Duration::from_secs(61)).await;
        claims(auth.get_claims().jwt(&token)).await?;
        // The old keys serve once more, while they are fetched anew.
        tokio::time::sleep(Duration::from_millis(1)).await;
        // The case returns its error, which there is none.
        Ok(Some(Seen::default()))
    })
}

/// Checks the token of the session that is kept.
const KEPT: Call =
    Replay(|stage| Box::pin(async move { claims(stage.keeping().await?.get_claims()).await }));

pub(crate) const CASES: &[Entry] = &[
    js("claims/rs256", Replay(|s| of(s, "rs256"))),
    js("claims/hs256-falls-back-to-get-user", Replay(|s| of(s, "hs256"))),
    js("claims/hs256-with-kid-falls-back", Replay(|s| of(s, "hs256_kid"))),
    js("claims/no-kid-falls-back", Replay(|s| of(s, "rs256_no_kid"))),
    js("claims/empty-jwks-falls-back", Replay(|s| of(s, "rs256"))),
    js("claims/jwks-error", Replay(|s| of(s, "rs256"))),
    js("claims/jwks-404", Replay(|s| of(s, "rs256"))),
    js("claims/keys-option-no-request", Replay(|s| with_keys(s, "rs256", key_set()))),
    js("claims/jwks-option-no-request", Replay(|s| with_keys(s, "es256", key_set()))),
    js(
        "claims/jwks-option-without-kid-fetches",
        Replay(|s| with_keys(s, "es256", json!({ "keys": [] }))),
    ),
    js("claims/cached-jwks", Replay(|s| both(s, "rs256", "es256"))),
    js("claims/cache-expires-after-10-minutes", Replay(later)),
    js(
        "claims/unknown-kid-refetches-despite-cache",
        Replay(|s| both(s, "rs256", "rs256_unknown_kid")),
    ).ours_by_design("unknown-keys-wait", "the JavaScript client fetches the keys for every such token", &[d("requests", "3", "1"), d("outcome", "ok null", "failure without an answer")]),
    js("claims/bad-signature-rs256", Replay(|s| of(s, "rs256_tampered"))),
    js("claims/expired", Replay(|s| of(s, "rs256_expired"))),
    js("claims/expires-now", Replay(|s| of(s, "rs256_expires_now"))),
    js("claims/no-exp", Replay(|s| of(s, "rs256_no_exp"))),
    js("claims/unsupported-alg", Replay(|s| of(s, "eddsa"))),
    js("claims/two-parts", Replay(|s| of_text(s, "a.b"))),
    js("claims/not-json", Replay(|s| of_text(s, "YWJj.YWJj.YWJj"))),
    js("claims/empty-string-uses-session", Replay(|s| of_text(s, ""))).ours_by_design("empty-is-refused", "an empty token is a mistake", &[d("outcome", "ok null", "failure without an answer")]),
    js("claims/no-session", KEPT).ours_by_design("no-user-is-an-error", "the JavaScript client returns nothing", &[d("outcome", "ok null", "failure without an answer")]),
    js("claims/from-session", KEPT),
    js("claims/from-hs256-session", KEPT),
    js("claims/refresh-error", KEPT),
    py("get-claims/get-user-object", KEPT).client_bug("the keys are public, and yet the token is sent to fetch them", &[d("header authorization", "Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6ImFiY2RlZmdoIiwidHlwIjoiSldUIn0.eyJhYWwiOiJhYWwxIiwiYW1yIjpbeyJtZXRob2QiOiJwYXNzd29yZCIsInRpbWVzdGFtcCI6MTcxNTc2NjAwMH1dLCJhcHBfbWV0YWRhdGEiOnt9LCJhdWQiOiJhdXRoZW50aWNhdGVkIiwiZW1haWwiOiJleGFtcGxlQGVtYWlsLmNvbSIsImV4cCI6NDEwMjQ0NDgwMCwiaWF0IjoxNzE1NzY2MDAwLCJpc19hbm9ueW1vdXMiOmZhbHNlLCJpc3MiOiJodHRwczovL3Byb2plY3QudGVzdC9hdXRoL3YxIiwicGhvbmUiOiIrMTMzMzQ0NDU1NTUiLCJyb2xlIjoiYXV0aGVudGljYXRlZCIsInNlc3Npb25faWQiOiIxMTExMTExMS0xMTExLTExMTEtMTExMS0xMTExMTExMTExMTEiLCJzdWIiOiIxMTExMTExMS0xMTExLTExMTEtMTExMS0xMTExMTExMTExMTEiLCJ1c2VyX21ldGFkYXRhIjp7fX0.RorFE9XTK-iw9hTqwYKceQ-Li0DfkrCZB164vkIQbtol9gvdFgG_yePA22rwXWAs4xETTkMQSsPEk5OIeTQFJ8fPtj34QyvmlTZoKR-cGtPiPWyK48ZerPu1Q0b2pGzhEnvdd-DkWiwqcBcgauebwOBQLYj5m2ovkTd4P1lVwqj-sPnT9kazUQzG8l6YhM8qnBAFYNSR8bB_XX5BmAUxZJV5YkPHUHOFNFWLdnWvzOxIqcnQgeemW-Y5lOt688H_blXFoHqhfIPsqfZx-J59QpHnVGnes9m5xITwR90oQxByJCDbYf3f8V65_GgVhl3Vyxa2_hBxzUHj3qAvN8u7lw", "Bearer anon-key")]),
    py("get-claims/es256", Replay(|s| of_case(s, 1))),
    py("get-claims/cached", Replay(|s| of_case(s, 2))),
    py("get-claims/jwks-parameter", Replay(|s| of_case(s, 1))),
    py("get-claims/hs256", KEPT),
    py("get-claims/no-session", KEPT).ours_by_design("no-user-is-an-error", "the Python client returns nothing", &[d("outcome", "ok null", "failure without an answer")]),
    py("get-claims/error-expired", Replay(|s| of_case(s, 1))),
    py("get-claims/error-signature", Replay(|s| of_case(s, 1))),
    py("get-claims/error-structure", Replay(|s| of_text(s, "not-a-jwt"))),
    py("get-claims/error-unknown-kid", Replay(|s| of_case(s, 1))),
    py("get-claims/error-empty-jwks", Replay(|s| of_case(s, 1))).client_bug("a project without public keys can check no token", &[d("requests", "1", "2")]),
];
