//! The signed-in user.

use conformance::Call::{self, Replay};
use conformance::probe::Observe as _;
use conformance::replay::Stage;
use conformance::{Entry, Seen, d, js, py};
use gotrue_rs::{AccessToken, AuthClient, Identity};
use serde_json::json;
use supabase_http::{BoxFuture, Error, Result};

/// Asks for the user of this token.
fn user_of(stage: Stage, token: &'static str) -> BoxFuture<'static, Result<Option<Seen>>> {
    Box::pin(async move {
        let auth = stage.auth()?.with_token(AccessToken::parse(token)?);
        Ok(Some(auth.get_user().await?.observe()))
    })
}

/// The same with the token that the case names.
fn user_of_case(stage: Stage) -> BoxFuture<'static, Result<Option<Seen>>> {
    let token = stage.case().vars["jwt"].as_str().unwrap_or_default().to_owned();
    Box::pin(async move {
        let auth = stage.auth()?.with_token(AccessToken::parse(&token)?);
        Ok(Some(auth.get_user().await?.observe()))
    })
}

/// Lists the identities and unlinks the one that is picked.
fn unlink(stage: Stage, pick: fn(&Identity) -> bool) -> BoxFuture<'static, Result<Option<Seen>>> {
    Box::pin(async move {
        let auth = stage.auth()?;
        let identities = auth.get_user_identities().await?;
        let picked = identities.iter().find(|identity| pick(identity));
        let picked = picked.ok_or_else(|| Error::request("there is no such identity"))?;
        Ok(Some(auth.unlink_identity(&picked.identity_id).await?.observe()))
    })
}

/// Changes the metadata, and tells it from the session that is kept.
async fn metadata_after(auth: AuthClient) -> Result<Seen> {
    auth.update_user().data(&json!({ "hello": "world" })).await?;
    let session = auth.get_session().await?;
    Ok(Seen { data: json!(session.map(|session| session.user.user_metadata)), count: None })
}

pub(super) const UNLINK_GOOGLE: Call = Replay(|s| unlink(s, |i| i.provider == "google"));
pub(super) const UNLINK_FIRST: Call = Replay(|s| unlink(s, |_| true));

pub(crate) const CASES: &[Entry] = &[
    js("get-user/session", call!(|a| a.get_user())),
    js("get-user/jwt", Replay(|s| user_of(s, "some-jwt"))),
    js("get-user/jwt-while-signed-in", Replay(|s| user_of(s, "some-jwt"))),
    js("get-user/none", call!(|a| a.get_user())),
    js("get-user/expired-refreshes-first", kept!(|a| a.get_user())),
    js("get-user/wrapped-user", Replay(|s| user_of(s, "j"))),
    js("get-user/jwt-session-not-found", Replay(|s| user_of(s, "some-jwt"))),
    js("get-user/user-not-found", call!(|a| a.get_user())),
    js("get-user/no-authorization", Replay(|s| user_of(s, "j"))),
    js("get-user/custom-authorization-header", Replay(|s| user_of(s, "custom-token"))),
    js("get-user/refresh-fails", kept!(|a| a.get_user())),
    js("update-user/email", call!(|a| a.update_user().email("new@example.com"))),
    js("update-user/phone", call!(|a| a.update_user().phone("+15550001111"))),
    js(
        "update-user/password-current",
        call!(|a| a.update_user().password("n3w-pass").current_password("old")),
    ),
    js(
        "update-user/data",
        call!(|a| a.update_user().data(&json!({ "name": "Zoë", "remove": null }))),
    ),
    js(
        "update-user/all",
        call!(|a| a
            .update_user()
            .email("n@e.c")
            .phone("+1")
            .password("p")
            .nonce("n")
            .data(&json!({ "a": 1 }))),
    ),
    js("update-user/empty", call!(|a| a.update_user())).ours_by_design(
        "empty-is-refused",
        "a change of nothing is a mistake",
        &[d(
            "request",
            "PUT /auth/v1/user {\"code_challenge\":null,\"code_challenge_method\":null}",
            "refused",
        )],
    ),
    js(
        "update-user/email-redirect",
        call!(|a| a
            .update_user()
            .email("new@example.com")
            .redirect_to("https://app.test/confirm?x=1")),
    ),
    js(
        "update-user/email-pkce",
        call!(|a| a.update_user().email("new@example.com").redirect_to("https://app.test/confirm")),
    ),
    js(
        "update-user/email-pkce-flow-id",
        call!(|a| a.update_user().email("new@example.com").redirect_to("https://app.test/confirm")),
    ),
    js("update-user/password-pkce-has-no-challenge", call!(|a| a.update_user().password("p"))),
    js("update-user/no-session", call!(|a| a.update_user().password("p"))),
    js("update-user/error-same-password", call!(|a| a.update_user().password("p"))),
    js("update-user/error-reauthentication", call!(|a| a.update_user().password("p"))),
    js(
        "update-user/error-pkce-clears-verifier",
        call!(|a| a.update_user().email("taken@example.com")),
    ),
    py(
        "get-user/get-the-logged-in-user-with-the-current-existing-session",
        call!(|a| a.get_user()),
    ),
    py("get-user/get-the-logged-in-user-with-a-custom-access-token-jwt", Replay(user_of_case)),
    py("get-user/no-session", call!(|a| a.get_user())).ours_by_design(
        "no-user-is-an-error",
        "the Python client returns nothing",
        &[d("outcome", "ok null", "failure without an answer")],
    ),
    py("get-user/error-bad-jwt", Replay(|s| user_of(s, "bad"))),
    py(
        "update-user/update-the-email-for-an-authenticated-user",
        call!(|a| a.update_user().email("new@email.com")),
    ),
    py(
        "update-user/update-the-phone-for-an-authenticated-user",
        call!(|a| a.update_user().phone("123456789")),
    ),
    py(
        "update-user/update-the-password-for-an-authenticated-user",
        call!(|a| a.update_user().password("new password")),
    ),
    py(
        "update-user/update-the-users-metadata",
        call!(|a| a.update_user().data(&json!({ "hello": "world" }))),
    ),
    py(
        "update-user/update-password-with-reauthentication",
        call!(|a| a.update_user().password("new password").nonce("123456")),
    ),
    py(
        "update-user/email-redirect-to",
        call!(|a| a
            .update_user()
            .email("new@email.com")
            .redirect_to("https://example.com/welcome")),
    ),
    py("update-user/session-user-updated", kept!(|a| metadata_after(a))),
    py("update-user/error-no-session", call!(|a| a.update_user().data(&json!({})))),
    py("update-user/error-same-password", call!(|a| a.update_user().password("example-password"))),
];
