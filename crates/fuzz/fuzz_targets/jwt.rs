//! Tokens and key sets: nothing that the project did not sign is let through, and nothing panics.
#![no_main]

mod common;

use std::sync::LazyLock;

use gotrue_rs::{Claims, JwkSet, JwtVerifier};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime")
});

/// The key of RFC 7517, A.1, whose other half nobody who writes an input has.
static VERIFIER: LazyLock<JwtVerifier> = LazyLock::new(|| {
    let keys = JwkSet::from_json(&json!({ "keys": [{
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "1",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    }] }))
    .expect("keys");
    assert!(!keys.is_empty());
    JwtVerifier::with_keys(keys).allow_expired()
});

fuzz_target!(|data: &[u8]| {
    let all = common::parts(data);
    let Some(&token) = all.first() else {
        return;
    };
    let verified: Result<Claims, _> = RUNTIME.block_on(VERIFIER.verify(token));
    let error = verified.expect_err("nobody signed this");
    let shown = format!("{error} {error:?}");
    // A part of a token that is long enough to be a secret is not repeated.
    if let Some(part) = token.split('.').find(|part| part.len() > 40) {
        assert!(!shown.contains(part), "{shown}");
    }
    if let Some(keys) = all
        .get(1)
        .and_then(|text| serde_json::from_str::<Value>(text).ok())
    {
        if let Ok(keys) = JwkSet::from_json(&keys) {
            let verifier = JwtVerifier::with_keys(keys);
            let _: Result<Claims, _> = RUNTIME.block_on(verifier.verify(token));
        }
    }
});
