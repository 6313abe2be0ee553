//! Tokens of real servers, and what these said of them.

use gotrue_rs::{AuthClient, Claims, JwkSet, JwtError, JwtVerifier};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use supabase_http::HttpClient;
use supabase_http::testing::{Exchange, MockTransport};

use super::{Fixed, reason};

#[derive(Deserialize)]
struct Recorded {
    recorded_at: u64,
    servers: BTreeMap<String, Server>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Server {
    jwks: Value,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    server: String,
    token: String,
    get_user: Said,
}

#[derive(Deserialize)]
struct Said {
    status: u16,
    code: Option<String>,
    message: Option<String>,
}

fn recorded() -> Recorded {
    serde_json::from_str(include_str!("../data/jwt.json")).unwrap()
}

/// The token passes the server, and not here: a token without an end is none to let somebody in by.
const STRICTER: [&str; 2] = ["HS256.no-exp", "ES256.no-exp"];

#[tokio::test]
async fn what_the_server_said_of_each_token_is_said_here() {
    let recorded = recorded();
    let (mut accepted, mut refused, mut asked) = (0, 0, 0);
    for case in &recorded.cases {
        let name = &case.name;
        let said = &case.get_user;
        // The server, played by what it said.
        let jwks = recorded.servers[&case.server].jwks.clone();
        let answer = match said.status {
            200 => Exchange::new(200).json(json!({ "id": "somebody" })),
            status => {
                Exchange::new(status).json(json!({ "code": said.code, "message": said.message }))
            }
        };
        let mock = MockTransport::new().respond(move |request| {
            if request.path().ends_with("jwks.json") {
                Exchange::new(200).json(&jwks)
            } else {
                answer.clone()
            }
        });
        let auth =
            AuthClient::with_http(HttpClient::new(mock.clone()), "https://project.test", "key")
                .unwrap()
                .clock(Fixed(recorded.recorded_at));
        let result: Result<Claims, _> = auth.get_claims().jwt(&case.token).await;
        let expected = said.status == 200 && !STRICTER.contains(&name.as_str());
        assert_eq!(result.is_ok(), expected, "{name}: {result:?}");
        asked += usize::from(
            mock.requests()
                .iter()
                .any(|request| request.path().ends_with("/user")),
        );
        if let Ok(claims) = result {
            accepted += 1;
            assert!(claims.sub.is_some(), "{name}");
            assert_eq!(claims.role.as_deref(), Some("authenticated"), "{name}");
            assert!(claims.aud.contains("authenticated"), "{name}");
        } else {
            refused += 1;
        }
    }
    // The server took 13 of 48, two of which have no end. It was asked about those by a shared secret, or without the id of a
    // key, that were whole and in time.
    assert_eq!((accepted, refused, asked), (11, 37, 15));
}

#[tokio::test]
async fn without_the_server_only_public_keys_let_anybody_in() {
    let recorded = recorded();
    let mut accepted = Vec::new();
    for case in &recorded.cases {
        let keys = JwkSet::from_json(&recorded.servers[&case.server].jwks).unwrap();
        let verifier = JwtVerifier::with_keys(keys).clock(Fixed(recorded.recorded_at));
        if reason(&verifier, &case.token).await.is_none() {
            accepted.push(case.name.as_str());
        }
    }
    assert_eq!(
        accepted,
        [
            "ES256.valid",
            "ES256.anonymous",
            "RS256.valid",
            "EdDSA.valid"
        ]
    );
}

#[tokio::test]
async fn each_for_its_own_reason() {
    let recorded = recorded();
    let expected = [
        ("ES256.tampered-payload", JwtError::Signature),
        ("ES256.tampered-signature", JwtError::Signature),
        ("ES256.truncated-signature", JwtError::Signature),
        ("ES256.no-signature", JwtError::Signature),
        ("ES256.alg-none", JwtError::Algorithm),
        ("ES256.two-parts", JwtError::Malformed),
        ("ES256.expired", JwtError::Expired),
        ("ES256.no-kid", JwtError::SharedSecret),
        ("ES256.unknown-kid", JwtError::UnknownKey),
        ("ES256.wrong-key", JwtError::Signature),
        ("ES256.no-exp", JwtError::Expired),
        ("ES256.key-confusion", JwtError::SharedSecret),
        ("ES256.der-signature", JwtError::Signature),
        ("ES256.padded-base64", JwtError::Malformed),
        ("RS256.tampered-payload", JwtError::Signature),
        ("RS512", JwtError::Algorithm),
        ("PS256", JwtError::Algorithm),
        ("EdDSA.tampered-signature", JwtError::Signature),
        ("EdDSA.unknown-kid", JwtError::UnknownKey),
        ("HS256.not-before", JwtError::NotYetValid),
        ("HS256.valid", JwtError::SharedSecret),
    ];
    for (name, why) in expected {
        let case = recorded
            .cases
            .iter()
            .find(|case| case.name == name)
            .unwrap();
        let keys = JwkSet::from_json(&recorded.servers[&case.server].jwks).unwrap();
        let verifier = JwtVerifier::with_keys(keys).clock(Fixed(recorded.recorded_at));
        assert_eq!(reason(&verifier, &case.token).await, Some(why), "{name}");
    }
}

/// A token of one algorithm under the key of another never passes, whatever the key set calls it.
#[tokio::test]
async fn no_key_serves_another_algorithm() {
    let recorded = recorded();
    let tokens = ["ES256.valid", "RS256.valid", "EdDSA.valid"];
    for name in tokens {
        let case = recorded
            .cases
            .iter()
            .find(|case| case.name == name)
            .unwrap();
        let kid = recorded.servers[&case.server].jwks["keys"][0]["kid"].clone();
        for (server, other) in &recorded.servers {
            let Some(key) = other.jwks["keys"].get(0).filter(|_| *server != case.server) else {
                continue;
            };
            let mut key = key.clone();
            key["kid"] = kid.clone();
            for alg in [
                None,
                Some("RS256"),
                Some("ES256"),
                Some("EdDSA"),
                Some("HS256"),
            ] {
                match alg {
                    Some(alg) => key["alg"] = alg.into(),
                    None => drop(key.as_object_mut().unwrap().remove("alg")),
                }
                let keys = JwkSet::from_json(&json!({ "keys": [key] })).unwrap();
                let verifier = JwtVerifier::with_keys(keys).clock(Fixed(recorded.recorded_at));
                assert!(
                    reason(&verifier, &case.token).await.is_some(),
                    "{name} {alg:?}"
                );
            }
        }
    }
}
