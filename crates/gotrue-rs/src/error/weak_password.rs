//! Why a password is too weak.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use supabase_http::Error;

use crate::model::open_enum;

open_enum! {
    /// A rule that a password breaks.
    WeakPasswordReason {
        /// It is too short.
        Length = "length",
        /// It lacks kinds of characters that the project asks for.
        Characters = "characters",
        /// It is known from a data leak.
        Pwned = "pwned",
    }
}

/// Why a password is too weak by the rules of the project.
///
/// ```
/// # async fn demo(auth: gotrue_rs::AuthClient) {
/// use gotrue_rs::{Email, WeakPassword};
///
/// if let Err(error) = auth.sign_up(Email("ada@example.com"), "1234").await {
///     if let Some(weak) = WeakPassword::of(&error) {
///         println!("{}: {:?}", weak.message, weak.reasons);
///     }
/// }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct WeakPassword {
    /// What the server says about it.
    pub message: String,
    /// The rules that it breaks.
    pub reasons: Vec<WeakPasswordReason>,
}

impl WeakPassword {
    /// The reasons, if the error is about a weak password.
    #[must_use]
    pub fn of(error: &Error) -> Option<Self> {
        let is_weak = error.code() == Some("weak_password");
        match Self::in_body(error.body()) {
            Some(mut found) => {
                if found.message.is_empty() {
                    found.message = error.message().to_owned();
                }
                Some(found)
            }
            None => is_weak.then(|| Self {
                message: error.message().to_owned(),
                reasons: Vec::new(),
            }),
        }
    }

    /// The reasons in an error's body.
    pub(crate) fn in_body(body: &[u8]) -> Option<Self> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let weak = body.get("weak_password")?;
        let reasons = weak.get("reasons")?.as_array()?;
        if reasons.is_empty() {
            return None;
        }
        Some(Self {
            message: weak
                .get("message")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            reasons: reasons
                .iter()
                .filter_map(Value::as_str)
                .map(Into::into)
                .collect(),
        })
    }
}
