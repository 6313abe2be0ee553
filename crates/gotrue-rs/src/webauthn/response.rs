//! What a device answers: `RegistrationResponseJSON` and `AuthenticationResponseJSON`.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A credential that a device has made. `Debug` shows its id alone.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct NewCredential {
    /// The credential's id, in base64url.
    pub id: String,
    /// The same.
    pub raw_id: String,
    /// `public-key`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the device signed.
    pub response: AttestationResponse,
    /// Whether the device is part of this machine (`platform`) or not (`cross-platform`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authenticator_attachment: Option<String>,
    /// What extensions say.
    pub client_extension_results: Map<String, Value>,
}

/// The part of a new credential that the server checks, each value in base64url.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct AttestationResponse {
    /// What the client says that it asked.
    #[serde(rename = "clientDataJSON")]
    pub client_data_json: String,
    /// The public key, and who vouches for it.
    pub attestation_object: String,
    /// How the device can be reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transports: Option<Vec<String>>,
}

/// What a device has signed by a credential. `Debug` shows the credential's id alone.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Assertion {
    /// The credential's id, in base64url.
    pub id: String,
    /// The same.
    pub raw_id: String,
    /// `public-key`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the device signed.
    pub response: AssertionResponse,
    /// Whether the device is part of this machine (`platform`) or not (`cross-platform`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authenticator_attachment: Option<String>,
    /// What extensions say.
    pub client_extension_results: Map<String, Value>,
}

/// The part of an assertion that the server checks, each value in base64url.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct AssertionResponse {
    /// What the client says that it asked.
    #[serde(rename = "clientDataJSON")]
    pub client_data_json: String,
    /// What the device says about itself.
    pub authenticator_data: String,
    /// The signature.
    pub signature: String,
    /// Whose credential it is; a sign-in by a passkey needs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_handle: Option<String>,
}

/// ```
/// use gotrue_rs::NewCredential;
///
/// let made = NewCredential::from_bytes(b"id", br#"{"type":"webauthn.create"}"#, b"attestation");
/// assert_eq!(made.id, "aWQ");
/// ```
impl NewCredential {
    /// A credential of a device that speaks in bytes: its id, `clientDataJSON` and the attestation object.
    #[must_use]
    pub fn from_bytes(id: &[u8], client_data_json: &[u8], attestation_object: &[u8]) -> Self {
        Self {
            id: text(id),
            raw_id: text(id),
            kind: "public-key".to_owned(),
            response: AttestationResponse {
                client_data_json: text(client_data_json),
                attestation_object: text(attestation_object),
                transports: None,
            },
            ..Self::default()
        }
    }
}

/// ```
/// use gotrue_rs::Assertion;
///
/// let signed = Assertion::from_bytes(b"id", br#"{"type":"webauthn.get"}"#, b"data", b"signature").user_handle(b"ada");
/// assert_eq!(signed.response.user_handle.as_deref(), Some("YWRh"));
/// ```
impl Assertion {
    /// What a device that speaks in bytes signed: the credential's id, `clientDataJSON`, the authenticator data and the
    /// signature.
    #[must_use]
    pub fn from_bytes(
        id: &[u8],
        client_data_json: &[u8],
        authenticator_data: &[u8],
        signature: &[u8],
    ) -> Self {
        Self {
            id: text(id),
            raw_id: text(id),
            kind: "public-key".to_owned(),
            response: AssertionResponse {
                client_data_json: text(client_data_json),
                authenticator_data: text(authenticator_data),
                signature: text(signature),
                user_handle: None,
            },
            ..Self::default()
        }
    }

    /// Whose credential it is.
    #[must_use]
    pub fn user_handle(mut self, handle: &[u8]) -> Self {
        self.response.user_handle = Some(text(handle));
        self
    }
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl fmt::Debug for NewCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewCredential")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AttestationResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AttestationResponse(..)")
    }
}

impl fmt::Debug for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assertion")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AssertionResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AssertionResponse(..)")
    }
}
