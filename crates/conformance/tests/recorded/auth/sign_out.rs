//! Signing out.

use conformance::Call;
use conformance::{Entry, Seen, d, js, py};
use gotrue_rs::{AuthClient, SignOutScope};
use serde_json::json;
use supabase_http::Result;

const GLOBAL: Call = call!(|a| a.sign_out());
const LOCAL: Call = call!(|a| a.sign_out().scope(SignOutScope::Local));
const OTHERS: Call = call!(|a| a.sign_out().scope(SignOutScope::Others));

/// Signs out, and tells whether the session is gone.
async fn gone_after(auth: AuthClient, scope: SignOutScope) -> Result<Seen> {
    auth.sign_out().scope(scope).await?;
    Ok(Seen { data: json!(auth.get_session().await?.is_none()), count: None })
}

pub(crate) const CASES: &[Entry] = &[
    js("sign-out/default-global", GLOBAL),
    js("sign-out/global", GLOBAL),
    js("sign-out/global-500", GLOBAL),
    js("sign-out/global-no-session", kept!(|a| a.sign_out())),
    js("sign-out/global-403-session-not-found", GLOBAL),
    js("sign-out/local", LOCAL),
    js("sign-out/local-network", LOCAL),
    js("sign-out/local-403-session-not-found", LOCAL),
    js("sign-out/others", OTHERS),
    js("sign-out/others-500", OTHERS),
    js("sign-out/others-network", OTHERS),
    js("sign-out/others-no-session", kept!(|a| a.sign_out().scope(SignOutScope::Others))),
    js("sign-out/others-403-session-not-found", OTHERS),
    js("sign-out/401", GLOBAL),
    js("sign-out/404", GLOBAL),
    js("sign-out/429", GLOBAL),
    js("sign-out/empty-options", GLOBAL),
    js("sign-out/expired-session-refreshes-first", kept!(|a| a.sign_out())),
    js("sign-out/expired-session-refresh-rejected", kept!(|a| a.sign_out())),
    js("sign-out/local-expired-offline", kept!(|a| a.sign_out().scope(SignOutScope::Local)))
        .ours_by_design(
            "renewals-are-tried-thrice",
            "the JavaScript client tries for half a minute",
            &[d("requests", "8", "3")],
        ),
    js("sign-out/then-request-uses-key", then_read!(|c| c.auth().sign_out().await?)),
    py("sign-out/sign-out", GLOBAL),
    py("sign-out/local", kept!(|a| gone_after(a, SignOutScope::Local))),
    py("sign-out/others", kept!(|a| gone_after(a, SignOutScope::Others))),
    py("sign-out/no-session", kept!(|a| a.sign_out())),
    py("sign-out/already-gone", kept!(|a| gone_after(a, SignOutScope::Global))),
    py("sign-out/error-server", GLOBAL),
];
