//! The ways in which one user can sign in.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Timestamp, text_or_none};

/// One way in which a user can sign in: an account at a provider, an e-mail address, a phone.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Identity {
    /// The id of this identity, by which it is unlinked.
    pub identity_id: String,
    /// The user's id at the provider.
    pub id: String,
    /// The user whose identity it is.
    pub user_id: String,
    /// The provider, such as `email` or `github`.
    pub provider: String,
    /// What the provider told about the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_data: Option<Map<String, Value>>,
    /// The e-mail address at the provider.
    #[serde(
        deserialize_with = "text_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub email: Option<String>,
    /// When the user last signed in this way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_sign_in_at: Option<Timestamp>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// What the server sent besides.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}
