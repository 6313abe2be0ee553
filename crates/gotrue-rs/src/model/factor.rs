//! Second factors.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Timestamp, open_enum, text_or_none};

open_enum! {
    /// What kind of second factor it is.
    FactorKind {
        /// An authenticator app that shows codes (time-based one-time passwords).
        Totp = "totp",
        /// A phone that gets codes.
        Phone = "phone",
        /// A security key or a device (WebAuthn).
        Webauthn = "webauthn",
    }
}

open_enum! {
    /// Whether a factor can be used.
    FactorStatus {
        /// The user has proven to hold it.
        Verified = "verified",
        /// It was enrolled, and no code of it was given yet.
        Unverified = "unverified",
    }
}

impl Default for FactorKind {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

impl Default for FactorStatus {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

/// A second factor of a user.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Factor {
    /// The factor's id.
    pub id: String,
    /// What kind it is.
    pub factor_type: FactorKind,
    /// Whether it can be used.
    pub status: FactorStatus,
    /// The user's name for it.
    #[serde(
        deserialize_with = "text_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub friendly_name: Option<String>,
    /// The phone's number, without `+`.
    #[serde(
        deserialize_with = "text_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub phone: Option<String>,
    /// When it was enrolled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// When a code of it was last asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_challenged_at: Option<Timestamp>,
    /// What the server sent besides.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Factor {
    /// Whether the user has proven to hold it.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// let factors = auth.mfa().list_factors().await?.all;
    /// let usable = factors.iter().filter(|factor| factor.is_verified());
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.status == FactorStatus::Verified
    }
}
