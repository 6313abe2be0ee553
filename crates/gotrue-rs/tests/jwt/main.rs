//! Tokens checked locally: as the real server does, as the specifications say, and whatever the bytes are.
#![cfg(feature = "jwks")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod keys;
mod recorded;
mod rules;

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gotrue_rs::{Claims, Error, JwkSet, JwtError, JwtVerifier};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use supabase_http::Clock;

/// The clock of the tests that make their own tokens, in seconds since 1970.
const NOW: u64 = 1_767_323_045;

#[derive(Debug, Clone, Copy)]
struct Fixed(u64);

impl Clock for Fixed {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.0)
    }
}

fn encode(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

/// A key of the tests, and what it signs.
struct Signer(Ed25519KeyPair);

impl Signer {
    fn new(seed: u8) -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap())
    }

    fn jwk(&self, kid: &str) -> Value {
        let x = URL_SAFE_NO_PAD.encode(self.0.public_key().as_ref());
        json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid, "alg": "EdDSA", "x": x })
    }

    fn sign(&self, header: &Value, payload: &Value) -> String {
        let signed = format!("{}.{}", encode(header), encode(payload));
        let signature = self.0.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    fn token(&self, kid: &str, payload: &Value) -> String {
        self.sign(
            &json!({ "alg": "EdDSA", "kid": kid, "typ": "JWT" }),
            payload,
        )
    }
}

fn verifier(keys: &[Value]) -> JwtVerifier {
    JwtVerifier::with_keys(JwkSet::from_json(&json!({ "keys": keys })).unwrap()).clock(Fixed(NOW))
}

async fn reason(verifier: &JwtVerifier, token: &str) -> Option<JwtError> {
    let checked: Result<Claims, Error> = verifier.verify(token).await;
    checked.err().map(|error| {
        assert!(
            !error.to_string().contains(token) || token.len() < 5,
            "{error}"
        );
        let reason = JwtError::of(&error);
        assert!(reason.is_some(), "{error:?}");
        reason.unwrap()
    })
}
