//! Making users.

use conformance::{Entry, Seen, js, py};
use gotrue_rs::{AuthClient, Email, OtpChannel, Phone, Session};
use serde_json::json;
use supabase_http::Result;

use super::{ADA, PASSWORD, PHONE, PY};

/// Signs up, and tells the session that is kept.
async fn session_after(auth: AuthClient) -> Result<Seen> {
    auth.sign_up(PY, "password").await?;
    let session = auth.get_session().await?;
    Ok(Seen { data: session.as_ref().map(Session::to_json).unwrap_or_default(), count: None })
}

pub(crate) const CASES: &[Entry] = &[
    js("sign-up/email", call!(|a| a.sign_up(ADA, PASSWORD))),
    js("sign-up/email-autoconfirm", call!(|a| a.sign_up(ADA, PASSWORD))),
    js(
        "sign-up/email-data",
        call!(|a| a
            .sign_up(ADA, PASSWORD)
            .data(&json!({ "name": "Ada", "n": 1, "nested": { "a": [1, null] } }))),
    ),
    js("sign-up/email-captcha", call!(|a| a.sign_up(ADA, PASSWORD).captcha_token("captcha-1"))),
    js(
        "sign-up/email-redirect",
        call!(|a| a
            .sign_up(ADA, PASSWORD)
            .redirect_to("https://app.test/welcome?from=mail&x=1#top")),
    ),
    js(
        "sign-up/email-all-options",
        call!(|a| a
            .sign_up(ADA, PASSWORD)
            .redirect_to("myapp://cb")
            .data(&json!({ "a": 1 }))
            .captcha_token("c")),
    ),
    js(
        "sign-up/email-pkce-redirect",
        call!(|a| a.sign_up(ADA, PASSWORD).redirect_to("https://app.test/cb")),
    ),
    js(
        "sign-up/email-pkce-redirect-flow-id",
        call!(|a| a
            .sign_up(ADA, PASSWORD)
            .redirect_to("https://app.test/cb?a=1&sb_flow_id=old#frag")),
    ),
    js("sign-up/email-pkce-error-clears-verifier", call!(|a| a.sign_up(ADA, "x"))),
    js("sign-up/phone-pkce-has-no-challenge", call!(|a| a.sign_up(PHONE, PASSWORD))),
    js("sign-up/neither", call!(|a| a.sign_up(Email(""), PASSWORD))),
    js("sign-up/both-email-wins", call!(|a| a.sign_up(Email("a@b.c"), "p"))),
    js("sign-up/existing-user-obfuscated", call!(|a| a.sign_up(ADA, PASSWORD))),
    js("sign-up/replaces-session", call!(|a| a.sign_up(Email("new@example.com"), PASSWORD))),
    js(
        "sign-up/unconfirmed-keeps-session",
        call!(|a| a.sign_up(Email("new@example.com"), PASSWORD)),
    ),
    js("sign-up/error-email-invalid", call!(|a| a.sign_up(Email("nope"), PASSWORD))),
    js("sign-up/error-rate-limit", call!(|a| a.sign_up(ADA, PASSWORD))),
    js("sign-up/weak-password-new", call!(|a| a.sign_up(ADA, "x"))),
    js("sign-up/weak-password-pwned", call!(|a| a.sign_up(ADA, "password"))),
    js("sign-up/weak-password-old-shape", call!(|a| a.sign_up(ADA, "x"))),
    js("sign-up/weak-password-error-code", call!(|a| a.sign_up(ADA, "x"))),
    js("anonymous/basic", call!(|a| a.sign_in_anonymously())),
    js(
        "anonymous/options",
        call!(|a| a.sign_in_anonymously().data(&json!({ "theme": "dark" })).captcha_token("c1")),
    ),
    js("anonymous/disabled", call!(|a| a.sign_in_anonymously())),
    py("sign-up/signup", call!(|a| a.sign_up(PY, "password"))),
    py("sign-up/sign-up-phone", call!(|a| a.sign_up(Phone("123456789"), "password"))),
    py(
        "sign-up/sign-up-phone-whatsapp",
        call!(|a| a.sign_up(Phone("123456789"), "password").channel(OtpChannel::Whatsapp)),
    ),
    py(
        "sign-up/sign-up-with-additional-user-metadata",
        call!(|a| a.sign_up(PY, "password").data(&json!({ "first_name": "John", "age": 27 }))),
    ),
    py(
        "sign-up/sign-up-with-redirect",
        call!(|a| a
            .sign_up(Email("hello1@example.com"), "password")
            .redirect_to("https://example.com/welcome")),
    ),
    py("sign-up/confirmation-required", call!(|a| a.sign_up(PY, "password"))),
    py("sign-up/captcha", call!(|a| a.sign_up(PY, "password").captcha_token("captcha"))),
    py(
        "sign-up/phone-options",
        call!(|a| a
            .sign_up(Phone("123456789"), "password")
            .data(&json!({ "a": 1 }))
            .captcha_token("captcha")),
    ),
    py("sign-up/implicit-flow", call!(|a| a.sign_up(PY, "password"))),
    py("sign-up/persist-session-off", kept!(|a| session_after(a))),
    py("sign-up/error-exists", call!(|a| a.sign_up(PY, "password"))),
    py("sign-up/error-weak-password", call!(|a| a.sign_up(PY, "password"))),
    py("sign-up/error-rate-limit", call!(|a| a.sign_up(PY, "password"))),
    py("sign-up/error-no-credentials", call!(|a| a.sign_up(Email(""), "password"))),
    py("sign-in-anonymously/sign-in-anonymously", call!(|a| a.sign_in_anonymously())),
    py(
        "sign-in-anonymously/sign-in-anonymously-with-user-metadata",
        call!(|a| a.sign_in_anonymously().data(&json!({}))),
    ),
    py("sign-in-anonymously/no-arguments", call!(|a| a.sign_in_anonymously())),
    py("sign-in-anonymously/error-disabled", call!(|a| a.sign_in_anonymously())),
];
