//! What belongs to the auth service alone.

use conformance::Call::Pending;
use conformance::{Entry, js};

const AUTH: conformance::Call = Pending("gotrue-rs/kept-sessions");

pub(crate) const CASES: &[Entry] = &[
    js("flow/default-is-implicit", AUTH),
    js("flow/pkce", AUTH),
    js("flow/pkce-every-email-call", AUTH),
    js("flow/implicit-every-email-call", AUTH),
    js("flow/unknown-value", AUTH),
    js("url-session/implicit", AUTH),
    js("url-session/implicit-recovery", AUTH),
    js("url-session/implicit-provider-tokens", AUTH),
    js("url-session/implicit-missing-refresh-token", AUTH),
    js("url-session/implicit-user-rejected", AUTH),
    js("url-session/implicit-disabled", AUTH),
    js("url-session/implicit-predicate-true", AUTH),
    js("url-session/implicit-replaces-stored", AUTH),
    js("url-session/error-in-query", AUTH),
    js("url-session/error-without-description", AUTH),
    js("url-session/error-keeps-stored-session", AUTH),
    js("url-session/pkce-flow-id", AUTH),
    js("url-session/pkce-while-implicit", AUTH),
    js("url-session/pkce-exchange-fails", AUTH),
    js("url-session/nothing", AUTH),
    js("storage/async", AUTH),
    js("storage/user-storage", AUTH),
    js("storage/custom-key", AUTH),
    js("storage/custom-key-pkce", AUTH),
    js("storage/session-shared-by-two-clients", AUTH),
    js("persist/off-ignores-stored", AUTH),
    js("persist/off-pkce-verifier-in-memory", AUTH),
];
