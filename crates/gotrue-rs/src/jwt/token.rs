//! A token taken apart; nothing in it is believed yet.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};
use supabase_http::Result;

use super::JwtError;

/// The three parts of a token ([RFC 7515, 7.1](https://www.rfc-editor.org/rfc/rfc7515#section-7.1)).
pub(crate) struct Token<'t> {
    pub(crate) header: Header,
    /// What the token claims.
    pub(crate) payload: Map<String, Value>,
    /// What the signature is over: the first two parts as they came.
    pub(crate) signed: &'t str,
    pub(crate) signature: Vec<u8>,
}

#[derive(Deserialize)]
pub(crate) struct Header {
    pub(crate) alg: String,
    #[serde(default)]
    pub(crate) kid: Option<String>,
    /// Extensions that must be understood; none is.
    #[serde(default)]
    crit: Option<Value>,
}

impl<'t> Token<'t> {
    pub(crate) fn parse(text: &'t str) -> Result<Self> {
        let malformed =
            |what: &str| JwtError::Malformed.because(format!("the token is no JWT: {what}"));
        let (signed, signature) = text
            .rsplit_once('.')
            .ok_or_else(|| malformed("it has not three parts"))?;
        let (header, payload) = signed
            .split_once('.')
            .filter(|(_, payload)| !payload.contains('.'))
            .ok_or_else(|| malformed("it has not three parts"))?;
        let decode = |what: &str, part: &str| {
            URL_SAFE_NO_PAD
                .decode(part)
                .map_err(|_| malformed(&format!("its {what} is not base64url without padding")))
        };
        let header: Header = serde_json::from_slice(&decode("header", header)?)
            .map_err(|_| malformed("its header is no JSON object with an `alg`"))?;
        if header.crit.is_some() {
            return Err(JwtError::Algorithm
                .because("the token's header has extensions (`crit`) that are not supported"));
        }
        let payload = serde_json::from_slice(&decode("payload", payload)?)
            .map_err(|_| malformed("its payload is no JSON object"))?;
        let signature = decode("signature", signature)?;
        Ok(Self {
            header,
            payload,
            signed,
            signature,
        })
    }
}
