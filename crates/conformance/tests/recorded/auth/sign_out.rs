//! Signing out.

use conformance::Call;
use conformance::{Entry, js, py};
use gotrue_rs::SignOutScope;

use super::OWNER;

const GLOBAL: Call = call!(|a| a.sign_out());
const LOCAL: Call = call!(|a| a.sign_out().scope(SignOutScope::Local));
const OTHERS: Call = call!(|a| a.sign_out().scope(SignOutScope::Others));

pub(crate) const CASES: &[Entry] = &[
    js("sign-out/default-global", GLOBAL),
    js("sign-out/global", GLOBAL),
    js("sign-out/global-500", GLOBAL),
    js("sign-out/global-no-session", OWNER),
    js("sign-out/global-403-session-not-found", GLOBAL),
    js("sign-out/local", LOCAL),
    js("sign-out/local-network", LOCAL),
    js("sign-out/local-403-session-not-found", LOCAL),
    js("sign-out/others", OTHERS),
    js("sign-out/others-500", OTHERS),
    js("sign-out/others-network", OTHERS),
    js("sign-out/others-no-session", OWNER),
    js("sign-out/others-403-session-not-found", OTHERS),
    js("sign-out/401", GLOBAL),
    js("sign-out/404", GLOBAL),
    js("sign-out/429", GLOBAL),
    js("sign-out/empty-options", GLOBAL),
    js("sign-out/expired-session-refreshes-first", OWNER),
    js("sign-out/expired-session-refresh-rejected", OWNER),
    js("sign-out/local-expired-offline", OWNER),
    js("sign-out/then-request-uses-key", OWNER),
    py("sign-out/sign-out", GLOBAL),
    py("sign-out/local", OWNER),
    py("sign-out/others", OWNER),
    py("sign-out/no-session", OWNER),
    py("sign-out/already-gone", OWNER),
    py("sign-out/error-server", GLOBAL),
];
