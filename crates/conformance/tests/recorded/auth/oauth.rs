//! Signing in by an account elsewhere, and a user's identities.

use conformance::Call::Unwritable;
use conformance::{Entry, d, js, py};
use gotrue_rs::{Provider, Sso};

use super::identities;

const PY_ID: &str = "21648a9d-8d5a-4555-a9d1-d6375dc14e92";

/// What the recorded client did before.
const SET_UP: &str = concat!(
    "POST /auth/v1/token?grant_type=password {\"data\":{},\"email\":\"email@example.com\",",
    "\"gotrue_meta_security\":{\"captcha_token\":null},\"password\":\"example-password\"}"
);

pub(crate) const CASES: &[Entry] = &[
    js(
        "oauth/redirect",
        login!("google", |a| a
            .sign_in_with_oauth(Provider::Google)
            .redirect_to("https://app.test/cb?next=/a b&c=d#e")),
    ),
    js(
        "oauth/scopes",
        login!("github", |a| a.sign_in_with_oauth(Provider::Github).scopes([
            "repo",
            "gist",
            "notifications"
        ])),
    ),
    js(
        "oauth/query-params",
        login!("google", |a| a
            .sign_in_with_oauth(Provider::Google)
            .query_param("access_type", "offline")
            .query_param("prompt", "consent select")
            .query_param("hd", "exämple.com&x=1")),
    ),
    js(
        "oauth/all",
        login!("azure", |a| a
            .sign_in_with_oauth(Provider::Azure)
            .redirect_to("https://app.test/cb")
            .scopes(["email", "openid"])
            .query_param("domain_hint", "x")),
    ),
    js(
        "oauth/custom-provider",
        login!("custom:my idp", |a| a.sign_in_with_oauth(Provider::custom("my idp"))),
    ),
    js("oauth/pkce", login!("github", |a| a.sign_in_with_oauth(Provider::Github))),
    js(
        "oauth/pkce-all",
        login!("github", |a| a
            .sign_in_with_oauth(Provider::Github)
            .redirect_to("https://app.test/cb")
            .scopes(["repo"])
            .query_param("a", "b")),
    ),
    js(
        "oauth/pkce-flow-id-in-redirect",
        login!("github", |a| a
            .sign_in_with_oauth(Provider::Github)
            .redirect_to("https://app.test/cb?x=1#f")),
    ),
    js("oauth/pkce-known-verifier", Unwritable).language_only(
        "a source of randomness that is replaced",
        &[d("call", "none", "cannot be written")],
    ),
    js("oauth/browser-redirect", Unwritable)
        .language_only("a page that is sent elsewhere", &[d("call", "none", "cannot be written")]),
    js("oauth/browser-skip-redirect", Unwritable)
        .language_only("a page that is sent elsewhere", &[d("call", "none", "cannot be written")]),
    js("sso/domain", call!(|a| a.sign_in_with_sso(Sso::domain("company.com")))),
    js("sso/provider-id", call!(|a| a.sign_in_with_sso(Sso::provider(PY_ID)))),
    js(
        "sso/pkce-redirect-flow-id",
        call!(|a| a
            .sign_in_with_sso(Sso::domain("company.com"))
            .redirect_to("https://app.test/cb")),
    ),
    js("sso/both", Unwritable).ours_by_design(
        "shapes-are-types",
        "a provider is named by its domain or by its id",
        &[d(
            "call",
            concat!(
                "POST /auth/v1/sso {\"code_challenge\":null,\"code_challenge_method\":null,",
                "\"domain\":\"company.com\",\"provider_id\":\"p1\",\"skip_http_redirect\":true}"
            ),
            "cannot be written",
        )],
    ),
    js("sso/error", call!(|a| a.sign_in_with_sso(Sso::domain("nope.com")))),
    js("identities/list", call!(|a| identities(a.get_user_identities()))),
    js("identities/list-none", call!(|a| identities(a.get_user_identities()))),
    js("identities/list-no-session", call!(|a| identities(a.get_user_identities()))),
    js("identities/list-error", call!(|a| identities(a.get_user_identities()))),
    js("identities/link-oauth", login!("github", |a| a.link_identity(Provider::Github))),
    js(
        "identities/link-oauth-options",
        login!("google", |a| a
            .link_identity(Provider::Google)
            .redirect_to("https://app.test/cb?x=1")
            .scopes(["a", "b"])
            .query_param("prompt", "consent")),
    ),
    js(
        "identities/link-oauth-pkce",
        login!("github", |a| a.link_identity(Provider::Github).redirect_to("https://app.test/cb")),
    ),
    js("identities/link-oauth-no-session", login!("github", |a| a.link_identity(Provider::Github)))
        .ours_by_design(
            "no-user-is-an-error",
            "the JavaScript client asks by its key",
            &[d(
                "request",
                "GET /auth/v1/user/identities/authorize?provider=github&skip_http_redirect=true",
                "refused",
            )],
        ),
    js("identities/link-oauth-error", login!("github", |a| a.link_identity(Provider::Github))),
    js(
        "identities/link-id-token",
        call!(|a| a.link_identity_with_id_token(Provider::Google, "id-token")),
    ),
    js(
        "identities/link-id-token-all",
        call!(|a| a
            .link_identity_with_id_token(Provider::Apple, "id-token")
            .access_token("at")
            .nonce("n")
            .captcha_token("c")),
    ),
    js(
        "identities/link-id-token-error",
        call!(|a| a.link_identity_with_id_token(Provider::Google, "x")),
    ),
    js("identities/unlink", call!(|a| a.unlink_identity("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"))),
    js("identities/unlink-last", call!(|a| a.unlink_identity("i1"))),
    js("identities/unlink-no-session", call!(|a| a.unlink_identity("i1"))).ours_by_design(
        "no-user-is-an-error",
        "the JavaScript client asks by its key",
        &[d("request", "DELETE /auth/v1/user/identities/i1", "refused")],
    ),
    py(
        "sign-in-with-oauth/sign-in-using-a-third-party-provider",
        login!("github", |a| a.sign_in_with_oauth(Provider::Github)),
    ),
    py(
        "sign-in-with-oauth/sign-in-using-a-third-party-provider-with-redirect",
        login!("github", |a| a
            .sign_in_with_oauth(Provider::Github)
            .redirect_to("https://example.com/welcome")),
    ),
    py(
        "sign-in-with-oauth/sign-in-with-scopes",
        login!("github", |a| a
            .sign_in_with_oauth(Provider::Github)
            .scopes(["repo gist notifications"])),
    ),
    py(
        "sign-in-with-oauth/query-params",
        login!("google", |a| a
            .sign_in_with_oauth(Provider::Google)
            .redirect_to("https://example.com/cb?a=1&b=2")
            .scopes(["a", "b"])
            .query_param("access_type", "offline")
            .query_param("prompt", "consent")),
    ),
    py(
        "sign-in-with-oauth/implicit-flow",
        login!("github", |a| a.sign_in_with_oauth(Provider::Github)),
    ),
    py(
        "sign-in-with-sso/sign-in-with-domain",
        call!(|a| a.sign_in_with_sso(Sso::domain("company.com"))),
    ),
    py(
        "sign-in-with-sso/sign-in-with-provider-uuid",
        call!(|a| a.sign_in_with_sso(Sso::provider(PY_ID))),
    ),
    py(
        "sign-in-with-sso/options",
        call!(|a| a
            .sign_in_with_sso(Sso::domain("company.com"))
            .redirect_to("https://example.com/welcome")
            .captcha_token("captcha")),
    ),
    py(
        "sign-in-with-sso/error-no-provider",
        call!(|a| a.sign_in_with_sso(Sso::domain("company.com"))),
    ),
    py("sign-in-with-sso/error-empty", call!(|a| a.sign_in_with_sso(Sso::domain("")))),
    py("get-user-identities/get-user-identities", call!(|a| identities(a.get_user_identities()))),
    py("get-user-identities/error-no-session", call!(|a| identities(a.get_user_identities()))),
    py("link-identity/link-identity", login!("github", |a| a.link_identity(Provider::Github))),
    py("link-identity/link-identity-seed-source", Unwritable)
        .language_only("a name that is not there", &[d("call", SET_UP, "cannot be written")]),
    py(
        "link-identity/options",
        login!("github", |a| a
            .link_identity(Provider::Github)
            .redirect_to("https://example.com/welcome")
            .scopes(["repo", "gist"])
            .query_param("prompt", "consent")),
    ),
    py("link-identity/error-no-session", login!("github", |a| a.link_identity(Provider::Github))),
    py("link-identity/error-disabled", login!("github", |a| a.link_identity(Provider::Github))),
    py("unlink-identity/unlink-identity", super::user::UNLINK_GOOGLE).ours_by_design(
        "deletions-return-nothing",
        "the Python client returns the answer itself",
        &[d("data", "{\"status\":200,\"text\":\"{}\"}", "null")],
    ),
    py("unlink-identity/unlink-identity-seed-source", Unwritable)
        .language_only("a name that is not there", &[d("call", SET_UP, "cannot be written")]),
    py("unlink-identity/error-last", super::user::UNLINK_FIRST),
];
