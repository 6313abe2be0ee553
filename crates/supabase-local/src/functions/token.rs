//! The check of a caller's token before a function runs, as the platform does it for `verify_jwt`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{AUTHORIZATION, HeaderMap};
use serde_json::Value;

use crate::keys;

/// Why a token is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Missing,
    /// No `Bearer` with a JWT: a key of the new format is none.
    Malformed,
    Algorithm(String),
    /// Signed by another secret, expired, or not valid yet.
    Invalid,
}

impl Refused {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Missing => "UNAUTHORIZED_NO_AUTH_HEADER",
            Self::Malformed => "UNAUTHORIZED_INVALID_JWT_FORMAT",
            Self::Algorithm(_) => "UNAUTHORIZED_UNSUPPORTED_TOKEN_ALGORITHM",
            Self::Invalid => "UNAUTHORIZED_LEGACY_JWT",
        }
    }

    pub(crate) fn message(&self) -> String {
        match self {
            Self::Missing => "Missing authorization header".to_owned(),
            Self::Malformed | Self::Invalid => "Invalid JWT".to_owned(),
            Self::Algorithm(name) => format!("Unsupported JWT algorithm: {name}"),
        }
    }
}

/// Whether the request brings a token that this stack signed and that is valid at `now`, in seconds since 1970.
pub(crate) fn check(headers: &HeaderMap, secret: &str, now: u64) -> Result<(), Refused> {
    let value = headers
        .get(AUTHORIZATION)
        .filter(|value| !value.is_empty())
        .ok_or(Refused::Missing)?;
    let text = value.to_str().map_err(|_| Refused::Malformed)?;
    let (scheme, token) = text.split_once(' ').ok_or(Refused::Malformed)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refused::Malformed);
    }
    let (signed, signature) = token.trim().rsplit_once('.').ok_or(Refused::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(Refused::Malformed)?;
    let header = part(header)?;
    let payload = part(payload)?;
    let signature = URL_SAFE_NO_PAD
        .decode(signature)
        .map_err(|_| Refused::Malformed)?;
    let algorithm = header.get("alg").and_then(Value::as_str).unwrap_or("none");
    if algorithm != "HS256" {
        return Err(Refused::Algorithm(algorithm.to_owned()));
    }
    if !keys::is_signed(secret, signed.as_bytes(), &signature) {
        return Err(Refused::Invalid);
    }
    let time = |claim: &str| payload.get(claim).map(|value| value.as_f64());
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds stay exact for millions of years"
    )]
    let now = now as f64;
    match (time("exp"), time("nbf")) {
        (Some(None), _) | (_, Some(None)) => Err(Refused::Invalid),
        (Some(Some(expiry)), _) if expiry <= now => Err(Refused::Invalid),
        (_, Some(Some(start))) if start > now => Err(Refused::Invalid),
        _ => Ok(()),
    }
}

fn part(text: &str) -> Result<Value, Refused> {
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| Refused::Malformed)?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| Refused::Malformed)?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(Refused::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SECRET: &str = "a secret of at least 32 characters";

    fn checked(value: &str) -> Result<(), Refused> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, value.parse().unwrap());
        check(&headers, SECRET, 1000)
    }

    fn signed(claims: &Value) -> Result<(), Refused> {
        checked(&format!("Bearer {}", keys::sign(SECRET, claims)))
    }

    #[test]
    fn takes_what_it_signed_while_that_is_valid() {
        assert_eq!(signed(&json!({ "role": "anon" })), Ok(()));
        assert_eq!(signed(&json!({ "exp": 1001, "nbf": 1000 })), Ok(()));
        assert_eq!(signed(&json!({ "exp": 1000 })), Err(Refused::Invalid));
        assert_eq!(signed(&json!({ "nbf": 1001 })), Err(Refused::Invalid));
        assert_eq!(signed(&json!({ "exp": "never" })), Err(Refused::Invalid));
        let token = keys::sign(SECRET, &json!({}));
        assert_eq!(checked(&format!("bearer {token}")), Ok(()));
    }

    #[test]
    fn refuses_everything_else_by_its_name() {
        assert_eq!(
            check(&HeaderMap::new(), SECRET, 0).unwrap_err().code(),
            "UNAUTHORIZED_NO_AUTH_HEADER"
        );
        for malformed in [
            "",
            "Bearer",
            "Bearer x",
            "Bearer sb_publishable_abc",
            "Bearer sb_secret_abc",
            "Bearer a.b.c",
            "Basic eyJh.eyJz.c2ln",
            "Bearer bnVsbA.bnVsbA.bnVsbA",
        ] {
            let expected = if malformed.is_empty() {
                Refused::Missing
            } else {
                Refused::Malformed
            };
            assert_eq!(checked(malformed), Err(expected), "{malformed:?}");
        }
        let foreign = keys::sign("another secret of 32 characters..", &json!({}));
        assert_eq!(checked(&format!("Bearer {foreign}")), Err(Refused::Invalid));
        // The claims of one token with the signature of another, and half of a signature.
        let (anon, admin) = (
            keys::sign(SECRET, &json!({ "role": "anon" })),
            keys::sign(SECRET, &json!({ "role": "service_role" })),
        );
        let (claims, _) = admin.rsplit_once('.').unwrap();
        let (_, signature) = anon.rsplit_once('.').unwrap();
        for token in [
            format!("{claims}.{signature}"),
            anon[..anon.len() - 3].to_owned(),
        ] {
            assert_eq!(checked(&format!("Bearer {token}")), Err(Refused::Invalid));
        }
    }

    #[test]
    fn a_token_cannot_choose_to_be_unsigned() {
        let unsigned = |header: &Value| {
            let header = URL_SAFE_NO_PAD.encode(header.to_string());
            format!("Bearer {header}.{}.", URL_SAFE_NO_PAD.encode("{}"))
        };
        let none = checked(&unsigned(&json!({ "alg": "none" })));
        assert_eq!(none, Err(Refused::Algorithm("none".into())));
        let other = checked(&unsigned(&json!({ "alg": "ES256" })));
        assert_eq!(
            other.unwrap_err().message(),
            "Unsupported JWT algorithm: ES256"
        );
        let empty = checked(&unsigned(&json!({ "alg": "HS256" })));
        assert_eq!(empty, Err(Refused::Invalid));
    }
}
