//! What a token must be like besides well signed, what is read from it, and bytes that are no token.

use std::time::Duration;

use gotrue_rs::{Claims, JwtError};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{NOW, Signer, encode, reason, verifier};

fn payload() -> Value {
    json!({ "sub": "ada", "aud": "authenticated", "role": "authenticated", "exp": NOW + 60, "iss": "https://a.test/auth/v1" })
}

fn with(name: &str, value: Value) -> Value {
    let mut payload = payload();
    payload[name] = value;
    payload
}

#[tokio::test]
async fn times_are_kept_to_the_second() {
    let signer = Signer::new(1);
    let verifier = verifier(&[signer.jwk("k")]);
    for (payload, why) in [
        (with("exp", json!(NOW + 1)), None),
        (with("exp", json!(NOW)), Some(JwtError::Expired)),
        (with("exp", json!(NOW as f64 + 0.5)), None),
        (with("exp", json!(NOW - 1)), Some(JwtError::Expired)),
        (with("exp", json!(-1)), Some(JwtError::Expired)),
        (with("exp", json!(1e300)), None),
        (with("exp", Value::Null), Some(JwtError::Expired)),
        (with("exp", json!("soon")), Some(JwtError::Claims)),
        (with("nbf", json!(NOW)), None),
        (with("nbf", json!(NOW + 1)), Some(JwtError::NotYetValid)),
        (with("iat", json!(NOW + 1000)), None),
    ] {
        assert_eq!(
            reason(&verifier, &signer.token("k", &payload)).await,
            why,
            "{payload}"
        );
    }
    let patient = verifier.clone().leeway(Duration::from_secs(30));
    for (payload, why) in [
        (with("exp", json!(NOW - 29)), None),
        (with("exp", json!(NOW - 30)), Some(JwtError::Expired)),
        (with("nbf", json!(NOW + 30)), None),
        (with("nbf", json!(NOW + 31)), Some(JwtError::NotYetValid)),
    ] {
        assert_eq!(
            reason(&patient, &signer.token("k", &payload)).await,
            why,
            "{payload}"
        );
    }
    let old = signer.token("k", &with("exp", json!(1)));
    assert_eq!(reason(&verifier.allow_expired(), &old).await, None);
}

#[tokio::test]
async fn issuer_and_audience() {
    let signer = Signer::new(1);
    let strict = verifier(&[signer.jwk("k")])
        .issuer("https://a.test/auth/v1")
        .audience("authenticated");
    for (payload, why) in [
        (payload(), None),
        (
            with("iss", json!("https://a.test/auth/v1/")),
            Some(JwtError::Issuer),
        ),
        (with("iss", Value::Null), Some(JwtError::Issuer)),
        (with("aud", json!(["other", "authenticated"])), None),
        (with("aud", json!(["other"])), Some(JwtError::Audience)),
        (with("aud", json!([])), Some(JwtError::Audience)),
        (with("aud", Value::Null), Some(JwtError::Audience)),
    ] {
        assert_eq!(
            reason(&strict, &signer.token("k", &payload)).await,
            why,
            "{payload}"
        );
    }
}

#[tokio::test]
async fn headers_that_ask_for_more_are_refused() {
    let signer = Signer::new(1);
    let verifier = verifier(&[signer.jwk("k")]);
    let crit = json!({ "alg": "EdDSA", "kid": "k", "crit": ["b64"], "b64": false });
    assert_eq!(
        reason(&verifier, &signer.sign(&crit, &payload())).await,
        Some(JwtError::Algorithm)
    );
    for alg in [
        "none", "None", "NONE", "HS384", "ES512", "eddsa", "", "RS256 ",
    ] {
        let token = signer.sign(&json!({ "alg": alg, "kid": "k" }), &payload());
        assert_eq!(
            reason(&verifier, &token).await,
            Some(JwtError::Algorithm),
            "{alg}"
        );
    }
    // The key decides: it cannot be made to serve as a secret, or as a key of another kind.
    for alg in ["RS256", "ES256"] {
        let token = signer.sign(&json!({ "alg": alg, "kid": "k" }), &payload());
        assert_eq!(
            reason(&verifier, &token).await,
            Some(JwtError::UnknownKey),
            "{alg}"
        );
    }
    // A key of its own, in the token's header, is nobody's.
    let stranger = Signer::new(2);
    let own =
        json!({ "alg": "EdDSA", "kid": "k", "jwk": stranger.jwk("k"), "jku": "https://evil.test" });
    assert_eq!(
        reason(&verifier, &stranger.sign(&own, &payload())).await,
        Some(JwtError::Signature)
    );
}

#[tokio::test]
async fn claims_of_ones_own() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Mine {
        tenant: u32,
        app_metadata: Roles,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct Roles {
        roles: Vec<String>,
    }
    let signer = Signer::new(1);
    let verifier = verifier(&[signer.jwk("k")]);
    let mut payload = payload();
    payload["tenant"] = 7.into();
    payload["app_metadata"] = json!({ "roles": ["editor"] });
    payload["amr"] = json!(["password", { "method": "totp", "timestamp": NOW }, 1]);
    payload["is_anonymous"] = true.into();
    let token = signer.token("k", &payload);
    let claims: Claims<Mine> = verifier.verify(&format!("Bearer {token}")).await.unwrap();
    assert_eq!(
        claims.custom,
        Mine {
            tenant: 7,
            app_metadata: Roles {
                roles: vec!["editor".into()]
            }
        }
    );
    assert_eq!(
        claims
            .amr
            .iter()
            .map(|way| way.method.as_str())
            .collect::<Vec<_>>(),
        ["password", "totp"]
    );
    assert!(claims.is_anonymous && claims.user_metadata.is_empty());
    let whole: Claims = verifier.verify(&token).await.unwrap();
    assert_eq!(Value::Object(whole.custom), payload);
    // The type is the caller's: another one is an error that says where, and not what.
    payload["tenant"] = "secret-tenant".into();
    let error = verifier
        .verify::<Mine>(&signer.token("k", &payload))
        .await
        .unwrap_err();
    assert_eq!(JwtError::of(&error), Some(JwtError::Claims));
    assert!(error.message().contains("tenant`") && !format!("{error:?}").contains("secret-tenant"));
}

proptest! {
    /// No text makes the verifier panic, or is accepted.
    #[test]
    fn any_text_is_refused(text in any::<String>(), parts in proptest::collection::vec(any::<Vec<u8>>(), 0..5)) {
        use base64::Engine as _;
        let encoded: Vec<_> = parts.iter().map(|part| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(part)).collect();
        let signer = Signer::new(1);
        let verifier = verifier(&[signer.jwk("k")]);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for token in [text, encoded.join(".")] {
            let refused = runtime.block_on(verifier.verify::<Value>(&token));
            prop_assert!(refused.is_err());
        }
    }

    /// A good header and payload of any JSON: no panic, and only a signature lets it in.
    #[test]
    fn any_claims_are_read_or_refused(name in "[a-z_]{1,12}|exp|nbf|aud|amr|sub|app_metadata", value in json_value(), forged in any::<Vec<u8>>()) {
        use base64::Engine as _;
        let signer = Signer::new(1);
        let verifier = verifier(&[signer.jwk("k")]);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let payload = with(&name, value);
        let _ = runtime.block_on(verifier.verify::<Value>(&signer.token("k", &payload)));
        let header = encode(&json!({ "alg": "EdDSA", "kid": "k" }));
        let forged = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(forged);
        let token = format!("{header}.{}.{forged}", encode(&payload));
        prop_assert!(runtime.block_on(verifier.verify::<Value>(&token)).is_err());
    }
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-z]{1,6}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}
