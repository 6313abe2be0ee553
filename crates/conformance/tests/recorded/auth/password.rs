//! Signing in with a password, and by an id token.

use conformance::{Entry, d, js, py};
use gotrue_rs::{AuthClient, Email, Provider, User};
use supabase_http::Result;

use super::{ADA, PASSWORD, PY, PY_PHONE};

/// A session of which the server says that it ends at once, and the user again.
const ZERO: &str = concat!(
    r#"200 {"session":{"access_token":"new-access-token","expires_at":1767229200,"expires_in":0,"#,
    r#""refresh_token":"new-refresh-token","token_type":"bearer","user":"#,
    r#"{"app_metadata":{"provider":"email","providers":["email"]},"aud":"authenticated","#,
    r#""created_at":"2025-12-01T00:00:00Z","email":"ada@example.com","#,
    r#""id":"11111111-2222-4333-8444-555555555555","is_anonymous":false,"is_sso_user":false,"#,
    r#""role":"authenticated","updated_at":"2026-01-01T00:00:00Z","user_metadata":{"name":"Ada"}}},"#,
    r#""user":{"app_metadata":{"provider":"email","providers":["email"]},"aud":"authenticated","#,
    r#""created_at":"2025-12-01T00:00:00Z","email":"ada@example.com","#,
    r#""id":"11111111-2222-4333-8444-555555555555","is_anonymous":false,"is_sso_user":false,"#,
    r#""role":"authenticated","updated_at":"2026-01-01T00:00:00Z","user_metadata":{"name":"Ada"}},"#,
    r#""weakPassword":null}"#
);

/// Signs somebody else in, and asks for the user.
async fn user_of_second(auth: AuthClient) -> Result<User> {
    auth.sign_in_with_password(Email("second@example.com"), "example-password").await?;
    auth.get_user().await
}

pub(crate) const CASES: &[Entry] = &[
    js("password/email", call!(|a| a.sign_in_with_password(ADA, PASSWORD))),
    js("password/pkce-flow-has-no-challenge", call!(|a| a.sign_in_with_password(ADA, PASSWORD))),
    js("password/neither", call!(|a| a.sign_in_with_password(Email(""), "x"))),
    js(
        "password/unicode-and-quotes",
        call!(|a| a.sign_in_with_password(Email("zoë+tag@exämple.com"), "p\"\\ä🦀")),
    ),
    js("password/expires-at-computed", call!(|a| a.sign_in_with_password(ADA, PASSWORD))),
    js("password/expires-at-from-server", call!(|a| a.sign_in_with_password(ADA, PASSWORD))),
    js("password/extra-fields-kept", call!(|a| a.sign_in_with_password(ADA, PASSWORD))),
    js("password/weak-password-warning", call!(|a| a.sign_in_with_password(ADA, PASSWORD))),
    js("password/no-session", call!(|a| a.sign_in_with_password(ADA, PASSWORD))),
    js("password/expires-in-zero", call!(|a| a.sign_in_with_password(ADA, PASSWORD)))
        .client_bug("a session that can be renewed is lost", &[d("outcome", "failure", ZERO)]),
    js("password/empty-object", call!(|a| a.sign_in_with_password(ADA, PASSWORD))),
    js(
        "password/then-request-uses-token",
        then_read!(|c| c.auth().sign_in_with_password(ADA, PASSWORD).await?),
    ),
    js(
        "id-token/all",
        call!(|a| a
            .sign_in_with_id_token(Provider::Apple, "id-token")
            .access_token("at")
            .nonce("n-1")
            .captcha_token("c1")),
    ),
    js("id-token/custom", call!(|a| a.sign_in_with_id_token(Provider::custom("idp"), "id-token"))),
    js("id-token/error", call!(|a| a.sign_in_with_id_token(Provider::Google, "bad"))),
    py(
        "sign-in-with-password/sign-in-with-email-and-password",
        call!(|a| a.sign_in_with_password(PY, "example-password")),
    ),
    py(
        "sign-in-with-password/sign-in-with-phone-and-password",
        call!(|a| a.sign_in_with_password(PY_PHONE, "some-password")),
    ),
    py(
        "sign-in-with-password/captcha",
        call!(|a| a.sign_in_with_password(PY, "example-password").captcha_token("captcha")),
    ),
    py("sign-in-with-password/error-invalid", call!(|a| a.sign_in_with_password(PY, "wrong"))),
    py(
        "sign-in-with-password/error-not-confirmed",
        call!(|a| a.sign_in_with_password(PY, "wrong")),
    ),
    py("sign-in-with-password/error-legacy-shape", call!(|a| a.sign_in_with_password(PY, "wrong"))),
    py("sign-in-with-password/error-gateway", call!(|a| a.sign_in_with_password(PY, "wrong"))),
    py("sign-in-with-password/error-no-credentials", call!(|a| a.sign_in_with_password(PY, ""))),
    py("sign-in-with-password/second-sign-in-headers", kept!(|a| user_of_second(a))).client_bug("somebody is signed in as the user who is signed in already", &[d("header authorization", "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL3Byb2plY3QudGVzdC9hdXRoL3YxIiwic3ViIjoiMTExMTExMTEtMTExMS0xMTExLTExMTEtMTExMTExMTExMTExIiwiYXVkIjoiYXV0aGVudGljYXRlZCIsImV4cCI6NDEwMjQ0NDgwMCwiaWF0IjoxNzE1NzY2MDAwLCJlbWFpbCI6ImVtYWlsQGV4YW1wbGUuY29tIiwicGhvbmUiOiIiLCJhcHBfbWV0YWRhdGEiOnsicHJvdmlkZXIiOiJlbWFpbCIsInByb3ZpZGVycyI6WyJlbWFpbCJdfSwidXNlcl9tZXRhZGF0YSI6e30sInJvbGUiOiJhdXRoZW50aWNhdGVkIiwiYWFsIjoiYWFsMSIsImFtciI6W3sibWV0aG9kIjoicGFzc3dvcmQiLCJ0aW1lc3RhbXAiOjE3MTU3NjYwMDB9XSwic2Vzc2lvbl9pZCI6IjExMTExMTExLTMzMzMtMzMzMy0zMzMzLTMzMzMzMzMzMzMzMyIsImlzX2Fub255bW91cyI6ZmFsc2V9.c1CHpAdiUjjZklUP0rM3AdB7GH82AYW07ZB4_XWDPUs", "Bearer anon-key")]),
    py(
        "sign-in-with-id-token/sign-in-with-id-token",
        call!(|a| a.sign_in_with_id_token(Provider::Google, "your-id-token")),
    ),
    py(
        "sign-in-with-id-token/all-parameters",
        call!(|a| a
            .sign_in_with_id_token(Provider::Apple, "your-id-token")
            .access_token("provider-access-token")
            .nonce("nonce")
            .captcha_token("captcha")),
    ),
    py("sign-in-with-id-token/error", call!(|a| a.sign_in_with_id_token(Provider::Google, "bad"))),
];
