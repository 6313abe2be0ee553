//! Key sets ([RFC 7517](https://www.rfc-editor.org/rfc/rfc7517)), as far as they hold public keys that check signatures.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;
use supabase_http::{Error, Result};

use super::token::Token;

/// The public keys of a project, as its `/.well-known/jwks.json` lists them.
///
/// Keys that cannot check a signature (secret ones, other curves, keys for encryption) are left out.
///
/// ```
/// use gotrue_rs::JwkSet;
///
/// let keys = JwkSet::from_json(&serde_json::json!({ "keys": [{
///     "kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
/// }] }))?;
/// assert_eq!(keys.key_ids().collect::<Vec<_>>(), ["a"]);
/// # Ok::<(), gotrue_rs::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct JwkSet {
    keys: Vec<Jwk>,
}

/// One key that can check signatures.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Jwk {
    kid: String,
    pub(crate) key: PublicKey,
}

/// The key itself. Its kind alone decides the algorithm: a token cannot choose another one for it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum PublicKey {
    /// RS256: modulus and exponent, big-endian without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// ES256: the point, uncompressed.
    P256(Vec<u8>),
    /// `EdDSA` over Ed25519.
    Ed25519(Vec<u8>),
}

impl PublicKey {
    pub(crate) fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa { .. } => "RS256",
            Self::P256(_) => "ES256",
            Self::Ed25519(_) => "EdDSA",
        }
    }
}

#[derive(Deserialize)]
struct Wire {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    used_for: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// ```
/// # fn main() -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::JwkSet;
///
/// let keys = JwkSet::from_json(&serde_json::json!({ "keys": [] }))?;
/// assert!(keys.is_empty());
/// # Ok(()) }
/// ```
impl JwkSet {
    /// Reads a key set: `{"keys": […]}`.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if there is no list `keys`.
    pub fn from_json(json: &Value) -> Result<Self> {
        let keys = json
            .get("keys")
            .and_then(Value::as_array)
            .ok_or_else(|| Error::request("a key set is an object with a list `keys`"))?;
        Ok(Self {
            // A key of a kind that is not known must not make the others useless.
            keys: keys
                .iter()
                .filter_map(|key| Wire::deserialize(key).ok())
                .filter_map(Jwk::from_wire)
                .collect(),
        })
    }

    /// The ids of the keys (`kid`).
    pub fn key_ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.kid.as_str())
    }

    /// Whether there is no key in it, as for projects with a shared secret.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(crate) fn has(&self, kid: &str) -> bool {
        self.keys.iter().any(|key| key.kid == kid)
    }

    /// Whether the key that a token names is one of them.
    pub(crate) fn has_key_of(&self, token: &str) -> bool {
        Token::parse(token).is_ok_and(|token| token.header.kid.is_some_and(|kid| self.has(&kid)))
    }

    /// The key with this id, for this algorithm and no other.
    pub(crate) fn find(&self, kid: &str, algorithm: &str) -> Option<&Jwk> {
        self.keys
            .iter()
            .find(|key| key.kid == kid && key.key.algorithm() == algorithm)
    }
}

impl fmt::Debug for JwkSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JwkSet")
            .field(&self.key_ids().collect::<Vec<_>>())
            .finish()
    }
}

impl Jwk {
    fn from_wire(wire: Wire) -> Option<Self> {
        let signs = wire.used_for.as_deref().is_none_or(|used| used == "sig")
            && wire
                .key_ops
                .as_ref()
                .is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        if !signs {
            return None;
        }
        let bytes = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_deref()?).ok();
        let key = match (wire.kty.as_str(), wire.crv.as_deref()) {
            ("RSA", _) => PublicKey::Rsa {
                n: without_leading_zeros(bytes(&wire.n)?),
                e: without_leading_zeros(bytes(&wire.e)?),
            },
            ("EC", Some("P-256")) => {
                let (x, y) = (bytes(&wire.x)?, bytes(&wire.y)?);
                if x.len() != 32 || y.len() != 32 {
                    return None;
                }
                PublicKey::P256([&[4_u8], x.as_slice(), y.as_slice()].concat())
            }
            ("OKP", Some("Ed25519")) => {
                PublicKey::Ed25519(bytes(&wire.x).filter(|x| x.len() == 32)?)
            }
            _ => return None,
        };
        let fits = wire.alg.as_deref().is_none_or(|alg| alg == key.algorithm());
        Some(Self {
            kid: wire.kid?,
            key,
        })
        .filter(|_| fits)
    }
}

fn without_leading_zeros(bytes: Vec<u8>) -> Vec<u8> {
    match bytes.iter().position(|byte| *byte != 0) {
        Some(0) => bytes,
        Some(at) => bytes.get(at..).unwrap_or_default().to_vec(),
        None => Vec::new(),
    }
}
