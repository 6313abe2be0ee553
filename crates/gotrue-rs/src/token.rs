//! What an access token says, read without checking it: for what the client itself needs to know.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use supabase_http::{AccessToken, Error, Result};

/// The claims of a token. Whether they are true is for the server to say.
pub(crate) fn unchecked_claims(token: &AccessToken) -> Result<Map<String, Value>> {
    let malformed = || Error::credential("the access token is no JWT");
    let mut parts = token.expose().split('.');
    let (Some(_), Some(payload), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(malformed());
    };
    let json = URL_SAFE_NO_PAD.decode(payload).map_err(|_| malformed())?;
    serde_json::from_slice(&json).map_err(|_| malformed())
}
