//! What a device is asked: `PublicKeyCredentialCreationOptionsJSON` and `PublicKeyCredentialRequestOptionsJSON`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use supabase_http::{Error, Result};

/// Who asks for a credential.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct CredentialRp {
    /// The domain that credentials are bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name, for the user.
    pub name: String,
}

/// For whom a credential is made.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct CredentialUser {
    /// The user's handle, in base64url.
    pub id: String,
    /// What tells the account from others, such as its e-mail address.
    pub name: String,
    /// The user's name.
    pub display_name: String,
}

/// A kind of credential that the server takes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct CredentialParameters {
    /// `public-key`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The algorithm, by its COSE number: -7 is ES256.
    pub alg: i64,
}

/// A credential that the server knows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct CredentialDescriptor {
    /// Its id, in base64url.
    pub id: String,
    /// `public-key`.
    #[serde(rename = "type")]
    pub kind: String,
    /// How the device that holds it can be reached, such as `usb` or `internal`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transports: Option<Vec<String>>,
}

/// What a device is asked to make.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct CredentialCreationOptions {
    /// The challenge, in base64url.
    pub challenge: String,
    /// Who asks.
    pub rp: CredentialRp,
    /// For whom.
    pub user: CredentialUser,
    /// What may be made, the best first.
    pub pub_key_cred_params: Vec<CredentialParameters>,
    /// How long to wait for the user, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    /// Credentials of the user; a device that holds one of them must make no other.
    pub exclude_credentials: Vec<CredentialDescriptor>,
    /// What the server asks besides, such as `authenticatorSelection` and `attestation`.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What a device is asked to sign.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct CredentialRequestOptions {
    /// The challenge, in base64url.
    pub challenge: String,
    /// The domain that the credential must be bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rp_id: Option<String>,
    /// How long to wait for the user, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    /// The credentials to choose from; any that the device finds, if there are none.
    pub allow_credentials: Vec<CredentialDescriptor>,
    /// Whether the device must know the user: `required`, `preferred` or `discouraged`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_verification: Option<String>,
    /// What the server asks besides.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use gotrue_rs::CredentialCreationOptions;
/// use serde_json::json;
///
/// let json = json!({ "challenge": "AQID", "rp": { "id": "app.example.com", "name": "App" } });
/// let options: CredentialCreationOptions = serde_json::from_value(json)?;
/// assert_eq!(options.challenge_bytes()?, [1, 2, 3]);
/// # Ok(()) }
/// ```
impl CredentialCreationOptions {
    /// The challenge as bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if it is no base64url.
    pub fn challenge_bytes(&self) -> Result<Vec<u8>> {
        decoded(&self.challenge)
    }
}

/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use gotrue_rs::CredentialRequestOptions;
/// use serde_json::json;
///
/// let options: CredentialRequestOptions = serde_json::from_value(json!({ "challenge": "AQID" }))?;
/// assert_eq!(options.challenge_bytes()?, [1, 2, 3]);
/// # Ok(()) }
/// ```
impl CredentialRequestOptions {
    /// The challenge as bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if it is no base64url.
    pub fn challenge_bytes(&self) -> Result<Vec<u8>> {
        decoded(&self.challenge)
    }
}

fn decoded(text: &str) -> Result<Vec<u8>> {
    URL_SAFE_NO_PAD
        .decode(text.trim_end_matches('='))
        .map_err(|_| Error::request("the challenge is no base64url"))
}
