//! What a token claims.

use conformance::Call::Pending;
use conformance::{Entry, js, py};

const LATER: conformance::Call = Pending("gotrue-rs/src/api/claims.rs");

pub(crate) const CASES: &[Entry] = &[
    js("claims/rs256", LATER),
    js("claims/hs256-falls-back-to-get-user", LATER),
    js("claims/hs256-with-kid-falls-back", LATER),
    js("claims/no-kid-falls-back", LATER),
    js("claims/empty-jwks-falls-back", LATER),
    js("claims/jwks-error", LATER),
    js("claims/jwks-404", LATER),
    js("claims/keys-option-no-request", LATER),
    js("claims/jwks-option-no-request", LATER),
    js("claims/jwks-option-without-kid-fetches", LATER),
    js("claims/cached-jwks", LATER),
    js("claims/cache-expires-after-10-minutes", LATER),
    js("claims/unknown-kid-refetches-despite-cache", LATER),
    js("claims/bad-signature-rs256", LATER),
    js("claims/expired", LATER),
    js("claims/expires-now", LATER),
    js("claims/no-exp", LATER),
    js("claims/unsupported-alg", LATER),
    js("claims/two-parts", LATER),
    js("claims/not-json", LATER),
    js("claims/empty-string-uses-session", LATER),
    js("claims/no-session", LATER),
    js("claims/from-session", LATER),
    js("claims/from-hs256-session", LATER),
    js("claims/refresh-error", LATER),
    py("get-claims/get-user-object", LATER),
    py("get-claims/es256", LATER),
    py("get-claims/cached", LATER),
    py("get-claims/jwks-parameter", LATER),
    py("get-claims/hs256", LATER),
    py("get-claims/no-session", LATER),
    py("get-claims/error-expired", LATER),
    py("get-claims/error-signature", LATER),
    py("get-claims/error-structure", LATER),
    py("get-claims/error-unknown-kid", LATER),
    py("get-claims/error-empty-jwks", LATER),
];
