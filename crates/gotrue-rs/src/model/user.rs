//! A user.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::{Factor, Identity, Timestamp, text_or_none};

/// A user of the project.
///
/// ```
/// use gotrue_rs::User;
///
/// let user: User = serde_json::from_str(r#"{ "id": "4bbf…", "email": "ada@example.com", "user_metadata": { "name": "Ada" } }"#)?;
/// assert_eq!(user.email.as_deref(), Some("ada@example.com"));
/// assert_eq!(user.user_metadata["name"], "Ada");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct User {
    /// The user's id, a UUID.
    pub id: String,
    /// Who their tokens are for, `authenticated` as a rule.
    #[serde(
        deserialize_with = "text_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub aud: Option<String>,
    /// Their role in the database, `authenticated` as a rule.
    #[serde(
        deserialize_with = "text_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub role: Option<String>,
    /// The e-mail address.
    #[serde(
        deserialize_with = "text_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub email: Option<String>,
    /// The phone's number, without `+`.
    #[serde(
        deserialize_with = "text_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub phone: Option<String>,
    /// What the project's servers know of the user: provider, roles, and the like. The user cannot change it.
    #[serde(deserialize_with = "object_or_null")]
    pub app_metadata: Map<String, Value>,
    /// What the user, or the app for them, has set. **The user can change it**: never decide by it what they may do.
    #[serde(deserialize_with = "object_or_null")]
    pub user_metadata: Map<String, Value>,
    /// The ways in which the user can sign in; `None` where the server does not tell (lists of users).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identities: Option<Vec<Identity>>,
    /// Their second factors; empty where there are none, or the server does not tell.
    #[serde(
        deserialize_with = "list_or_null",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub factors: Vec<Factor>,
    /// Whether the user has neither e-mail address nor phone nor an account elsewhere.
    pub is_anonymous: bool,
    /// Whether the user signs in by a company's identity provider alone.
    pub is_sso_user: bool,
    /// When the user was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When the user was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// When the user last signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_sign_in_at: Option<Timestamp>,
    /// When the first of address and phone was confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<Timestamp>,
    /// When the e-mail address was confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_confirmed_at: Option<Timestamp>,
    /// When the phone was confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_confirmed_at: Option<Timestamp>,
    /// The address that the user wants instead, until it is confirmed.
    #[serde(
        deserialize_with = "text_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub new_email: Option<String>,
    /// The phone that the user wants instead, until it is confirmed.
    #[serde(
        deserialize_with = "text_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub new_phone: Option<String>,
    /// Until when the user may not sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub banned_until: Option<Timestamp>,
    /// When the user was deleted, though still readable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// What the server sent besides, such as `invited_at` and `recovery_sent_at`.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

fn object_or_null<'de, D: Deserializer<'de>>(from: D) -> Result<Map<String, Value>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

fn list_or_null<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Factor>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}
