//! API keys and JWTs of a local stack.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, ErrorKind, Result};

/// 2100-01-01: the legacy keys of a secret must stay the same from run to run.
const LEGACY_EXPIRY: u64 = 4_102_444_800;
const HOUR: u64 = 3600;

/// Who a request acts as: the claims of a user's access token.
///
/// Made by [`claims`]; sign it with [`Stack::user_jwt`](crate::Stack::user_jwt).
///
/// ```
/// let alice = supabase_local::claims("alice").claim("org", "acme");
/// assert_eq!(alice.email(), "alice@example.com");
/// assert_eq!(alice.id(), supabase_local::claims("alice").id());
/// ```
#[derive(Clone, PartialEq)]
pub struct Claims {
    id: String,
    email: String,
    role: String,
    lifetime: i64,
    extra: Map<String, Value>,
}

/// Claims of a signed-in user (`role` and `aud` are `authenticated`, valid for one hour).
///
/// `name` becomes the `sub` claim: as it is when it is a UUID, else as a UUID that is always the same for the same
/// name, so that `auth.uid()` works. The e-mail address is `<name>@example.com`.
///
/// ```
/// let id = "6f1c0f0e-5f0a-4c5c-9d0a-0d5d8f2f9a11";
/// assert_eq!(supabase_local::claims(id).id(), id);
/// ```
#[must_use]
pub fn claims(name: &str) -> Claims {
    let id = if is_uuid(name) {
        name.to_ascii_lowercase()
    } else {
        named_uuid(name)
    };
    Claims {
        id,
        email: format!("{name}@example.com"),
        role: "authenticated".into(),
        lifetime: i64::try_from(HOUR).unwrap_or(i64::MAX),
        extra: Map::new(),
    }
}

impl Claims {
    /// The user's id, the `sub` claim.
    ///
    /// ```
    /// assert_eq!(supabase_local::claims("alice").id().len(), 36);
    /// ```
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The `email` claim.
    ///
    /// ```
    /// assert_eq!(supabase_local::claims("bob").email(), "bob@example.com");
    /// ```
    #[must_use]
    pub fn email(&self) -> &str {
        &self.email
    }

    /// Acts in another database role, by default `authenticated`.
    ///
    /// ```
    /// let admin = supabase_local::claims("root").role("service_role");
    /// assert_eq!(admin.to_json()["role"], "service_role");
    /// ```
    #[must_use]
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.role = role.into();
        self
    }

    /// Adds a claim, or replaces one that is made by default.
    ///
    /// ```
    /// let alice = supabase_local::claims("alice").claim("app_metadata", serde_json::json!({ "plan": "pro" }));
    /// assert_eq!(alice.to_json()["app_metadata"]["plan"], "pro");
    /// ```
    #[must_use]
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(name.into(), value.into());
        self
    }

    /// How long a token made from these claims is valid, by default one hour.
    ///
    /// ```
    /// use std::time::Duration;
    /// let short = supabase_local::claims("alice").expires_in(Duration::from_secs(5));
    /// ```
    #[must_use]
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.lifetime = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        self
    }

    /// Makes tokens that expired a minute ago.
    ///
    /// ```
    /// let late = supabase_local::claims("alice").expired();
    /// ```
    #[must_use]
    pub fn expired(mut self) -> Self {
        self.lifetime = -60;
        self
    }

    /// The claims as they are signed now, with `iat` and `exp` in seconds since 1970.
    ///
    /// ```
    /// let json = supabase_local::claims("alice").to_json();
    /// assert_eq!(json["aud"], "authenticated");
    /// ```
    #[must_use]
    pub fn to_json(&self) -> Value {
        let now = i64::try_from(unix_now()).unwrap_or(i64::MAX);
        let mut all = Map::new();
        all.insert("sub".into(), json!(self.id));
        all.insert("role".into(), json!(self.role));
        all.insert("aud".into(), json!("authenticated"));
        all.insert("email".into(), json!(self.email));
        all.insert(
            "iat".into(),
            json!(now.min(now.saturating_add(self.lifetime))),
        );
        all.insert("exp".into(), json!(now.saturating_add(self.lifetime)));
        all.extend(self.extra.clone());
        Value::Object(all)
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the address and without further claims, which may be anything.
        f.debug_struct("Claims")
            .field("id", &self.id)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// The keys of one stack; all follow from the JWT secret.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) jwt_secret: String,
    pub(crate) anon: String,
    pub(crate) service_role: String,
    pub(crate) publishable: String,
    pub(crate) secret: String,
}

impl Keys {
    pub(crate) fn new(jwt_secret: String) -> Result<Self> {
        // PostgREST refuses shorter ones, and Supabase does too.
        if jwt_secret.chars().count() < 32 {
            return Err(Error::new(
                ErrorKind::Config,
                "the JWT secret is too short: give one of at least 32 characters",
            ));
        }
        // In alphabetical order, so that the text is the same however serde_json keeps maps.
        let legacy = |role: &str| {
            sign(
                &jwt_secret,
                &json!({ "exp": LEGACY_EXPIRY, "iss": "supabase-local", "role": role }),
            )
        };
        let opaque = |kind: &str| {
            let digest = mac(&jwt_secret, kind.as_bytes());
            let text = URL_SAFE_NO_PAD.encode(digest);
            format!("sb_{kind}_{}", text.get(..31).unwrap_or(&text))
        };
        Ok(Self {
            anon: legacy("anon"),
            service_role: legacy("service_role"),
            publishable: opaque("publishable"),
            secret: opaque("secret"),
            jwt_secret,
        })
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(redacted)")
    }
}

/// An HS256 token.
pub(crate) fn sign(secret: &str, claims: &Value) -> String {
    let header = URL_SAFE_NO_PAD.encode(br#"{"alg":"HS256","typ":"JWT"}"#);
    let payload = URL_SAFE_NO_PAD.encode(claims.to_string());
    let signed = format!("{header}.{payload}");
    let signature = URL_SAFE_NO_PAD.encode(mac(secret, signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn mac(secret: &str, message: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length, so there is no failure to report.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return Vec::new();
    };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// Whether `signature` is the HS256 one of `message`, compared in constant time.
pub(crate) fn is_signed(secret: &str, message: &[u8], signature: &[u8]) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return false;
    };
    mac.update(message);
    mac.verify_slice(signature).is_ok()
}

/// `length` random bytes as hexadecimal digits.
pub(crate) fn random_hex<const N: usize>() -> Result<String> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(|e| {
        Error::new(
            ErrorKind::Io,
            format!("the system gives no random numbers: {e}"),
        )
    })?;
    Ok(hex(&bytes))
}

/// A random UUID, version 4.
pub(crate) fn random_uuid() -> Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|e| {
        Error::new(
            ErrorKind::Io,
            format!("the system gives no random numbers: {e}"),
        )
    })?;
    Ok(uuid_text(bytes, 4))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Version 8 is the one for own schemes.
fn named_uuid(name: &str) -> String {
    let digest = Sha256::digest(name.as_bytes());
    let mut bytes = [0_u8; 16];
    for (to, from) in bytes.iter_mut().zip(digest.iter()) {
        *to = *from;
    }
    uuid_text(bytes, 8)
}

fn uuid_text(mut bytes: [u8; 16], version: u8) -> String {
    bytes[6] = (bytes[6] & 0x0f) | (version << 4);
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let h = hex(&bytes);
    format!(
        "{}-{}-{}-{}-{}",
        &h[..8],
        &h[8..12],
        &h[12..16],
        &h[16..20],
        &h[20..]
    )
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[expect(
    clippy::disallowed_methods,
    reason = "real servers check these tokens against real time"
)]
pub(crate) fn unix_now() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_the_example_of_rfc_7519_style_tokens() {
        // Checked with an independent implementation (Python's hmac and base64).
        let token = sign("secret", &json!({ "a": 1 }));
        assert_eq!(
            token,
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhIjoxfQ.57TF7smP9XDhIexBqPC-F1toZReYZLWb_YRU5tv0sxM"
        );
    }

    #[test]
    fn keys_follow_from_the_secret() {
        let one = Keys::new("a".repeat(32)).unwrap();
        let again = Keys::new("a".repeat(32)).unwrap();
        let other = Keys::new("b".repeat(32)).unwrap();
        assert_eq!(one.anon, again.anon);
        assert_eq!(one.secret, again.secret);
        assert_ne!(one.anon, other.anon);
        assert_ne!(one.publishable, other.publishable);
        assert!(one.publishable.starts_with("sb_publishable_"));
        assert!(one.secret.starts_with("sb_secret_"));
        assert_eq!(
            Keys::new("short".into()).unwrap_err().kind(),
            ErrorKind::Config
        );
    }

    #[test]
    fn claims_are_complete_and_stable() {
        let json = claims("alice").claim("x", 1).to_json();
        assert_eq!(json["role"], "authenticated");
        assert_eq!(json["x"], 1);
        assert_eq!(
            json["exp"].as_i64().unwrap() - json["iat"].as_i64().unwrap(),
            3600
        );
        assert!(is_uuid(claims("alice").id()));
        assert_ne!(claims("alice").id(), claims("bob").id());
        let late = claims("alice").expired().to_json();
        assert!(late["exp"].as_u64().unwrap() < unix_now());
    }
}
