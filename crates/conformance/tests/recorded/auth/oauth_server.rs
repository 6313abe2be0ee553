//! The project as an identity provider.

use conformance::Call::Unwritable;
use conformance::{Entry, Seen, d, js};
use gotrue_rs::AuthCall;
use serde_json::json;
use supabase_http::Result;

use super::plain;

/// The URL to send the user to, as the JavaScript client returns it.
async fn redirect(call: AuthCall<String>) -> Result<Seen> {
    Ok(Seen { data: json!({ "redirect_url": call.await? }), count: None })
}

pub(crate) const CASES: &[Entry] = &[
    js("oauth-server/details", call!(|a| plain(a.oauth().get_authorization_details("auth-1")))),
    js(
        "oauth-server/details-already-consented",
        call!(|a| plain(a.oauth().get_authorization_details("auth-1"))),
    ),
    js(
        "oauth-server/details-no-session",
        call!(|a| plain(a.oauth().get_authorization_details("auth-1"))),
    ),
    js(
        "oauth-server/details-id-not-encoded",
        call!(|a| plain(a.oauth().get_authorization_details("a/b?c"))),
    )
    .client_bug(
        "an id leaves its place",
        &[d(
            "path",
            "/auth/v1/oauth/authorizations/a/b",
            "/auth/v1/oauth/authorizations/a%2Fb%3Fc",
        )],
    ),
    js("oauth-server/approve", call!(|a| redirect(a.oauth().approve_authorization("auth-1")))),
    js("oauth-server/approve-browser", Unwritable).language_only(
        "a page that is sent elsewhere",
        &[d(
            "call",
            "POST /auth/v1/oauth/authorizations/auth-1/consent {\"action\":\"approve\"}",
            "cannot be written",
        )],
    ),
    js(
        "oauth-server/approve-no-session",
        call!(|a| redirect(a.oauth().approve_authorization("auth-1"))),
    ),
    js(
        "oauth-server/approve-error",
        call!(|a| redirect(a.oauth().approve_authorization("auth-1"))),
    ),
    js("oauth-server/deny", call!(|a| redirect(a.oauth().deny_authorization("auth-1")))),
    js("oauth-server/deny-browser", Unwritable).language_only(
        "a page that is sent elsewhere",
        &[d(
            "call",
            "POST /auth/v1/oauth/authorizations/auth-1/consent {\"action\":\"deny\"}",
            "cannot be written",
        )],
    ),
    js("oauth-server/deny-no-session", call!(|a| redirect(a.oauth().deny_authorization("auth-1")))),
    js("oauth-server/grants", call!(|a| plain(a.oauth().list_grants()))),
    js("oauth-server/grants-no-session", call!(|a| plain(a.oauth().list_grants()))),
    js("oauth-server/grants-error", call!(|a| plain(a.oauth().list_grants()))),
    js("oauth-server/revoke", call!(|a| a.oauth().revoke_grant("client 1&x"))),
    js("oauth-server/revoke-no-session", call!(|a| a.oauth().revoke_grant("client-1"))),
];
