//! A session: a user, the token they act with, and the token that renews it.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use supabase_http::{AccessToken, Error, Result};

use super::{RefreshToken, Secret, User};
use crate::WeakPassword;

/// A signed-in user, with the tokens to act as them.
///
/// `Debug` shows no token. To keep a session somewhere, write [`to_json`](Session::to_json); a client made with
/// a store does so by itself.
///
/// ```
/// # fn demo(session: gotrue_rs::Session) -> Result<(), Box<dyn std::error::Error>> {
/// use gotrue_rs::Session;
///
/// let kept = session.to_json().to_string();
/// let again = Session::from_json(&serde_json::from_str(&kept)?)?;
/// assert_eq!(again, session);
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Session {
    /// What requests carry to act as the user.
    pub access_token: AccessToken,
    /// The kind of token: `bearer`.
    pub token_type: String,
    /// For how many seconds the access token was good when the answer came.
    pub expires_in: u64,
    /// When the access token ends, in seconds since 1970 began.
    pub expires_at: u64,
    /// What renews the session. The server takes it once.
    pub refresh_token: RefreshToken,
    /// Who is signed in.
    pub user: User,
    /// The provider's own token, right after a sign-in by OAuth; it is gone with the first renewal.
    pub provider_token: Option<Secret>,
    /// The provider's own refresh token, if it gave one; it is gone with the first renewal.
    pub provider_refresh_token: Option<Secret>,
    /// Why the password that was used is too weak by the project's rules of today; sign-in works all the same.
    pub weak_password: Option<WeakPassword>,
    /// What the server sent besides.
    pub other: Map<String, Value>,
}

impl Session {
    /// A session of tokens from elsewhere.
    pub(crate) fn from_tokens(
        access_token: AccessToken,
        refresh_token: RefreshToken,
        expires_in: u64,
        expires_at: u64,
        user: User,
    ) -> Self {
        Self {
            access_token,
            token_type: "bearer".to_owned(),
            expires_in,
            expires_at,
            refresh_token,
            user,
            provider_token: None,
            provider_refresh_token: None,
            weak_password: None,
            other: Map::new(),
        }
    }

    /// The time until the access token ends, reckoned from `now`; zero once it has.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// use supabase_http::{Clock, SystemClock};
    ///
    /// if let Some(session) = auth.get_session().await? {
    ///     println!("good for {:?}", session.remaining(SystemClock.now()));
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn remaining(&self, now: SystemTime) -> Duration {
        Duration::from_secs(self.expires_at).saturating_sub(since_epoch(now))
    }

    /// The session as JSON, **tokens included**, in the form of the official clients: for a store of one's own.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let secret = |secret: &Option<Secret>| secret.as_ref().map(|s| s.expose().to_owned());
        let answer = SessionAnswer {
            access_token: Some(self.access_token.expose().to_owned()),
            token_type: Some(self.token_type.clone()),
            expires_in: Some(self.expires_in),
            expires_at: Some(self.expires_at),
            refresh_token: Some(self.refresh_token.expose().to_owned()),
            user: Some(self.user.clone()),
            provider_token: secret(&self.provider_token),
            provider_refresh_token: secret(&self.provider_refresh_token),
            weak_password: self.weak_password.clone(),
            other: self.other.clone(),
        };
        // Maps with text keys and finite numbers always serialise.
        serde_json::to_value(answer).unwrap_or_default()
    }

    /// Reads what [`to_json`](Session::to_json) or an official client wrote.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if it is no session: a token, `expires_at` or the user is missing.
    pub fn from_json(json: &Value) -> Result<Self> {
        let answer = SessionAnswer::deserialize(json).map_err(|why| {
            // Where it went wrong, not what stands there: it may be a token.
            Error::request(format!(
                "the stored session cannot be read: its JSON has another shape ({:?} error)",
                why.classify()
            ))
        })?;
        if answer.expires_at.is_none() {
            return Err(Error::request(
                "the stored session cannot be read: it has no `expires_at`",
            ));
        }
        answer
            .into_session(SystemTime::UNIX_EPOCH)
            .map_err(|why| Error::request(format!("the stored session cannot be read: {why}")))
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("user", &self.user.id)
            .field("expires_at", &self.expires_at)
            .field("access_token", &self.access_token)
            .field("refresh_token", &self.refresh_token)
            .finish_non_exhaustive()
    }
}

/// A session as the server writes it: any part may be missing.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SessionAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) access_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_in: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<User>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provider_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provider_refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) weak_password: Option<WeakPassword>,
    #[serde(flatten)]
    pub(crate) other: Map<String, Value>,
}

impl SessionAnswer {
    /// The session that came at `now`, or what is missing in it.
    pub(crate) fn into_session(self, now: SystemTime) -> Result<Session, &'static str> {
        let access_token = self.access_token.ok_or("it has no `access_token`")?;
        let refresh_token = self.refresh_token.ok_or("it has no `refresh_token`")?;
        let expires_in = match (self.expires_in, self.expires_at) {
            (Some(expires_in), _) => expires_in,
            (None, Some(expires_at)) => expires_at.saturating_sub(since_epoch(now).as_secs()),
            (None, None) => return Err("it has neither `expires_in` nor `expires_at`"),
        };
        Ok(Session {
            access_token: AccessToken::parse(&access_token)
                .map_err(|_| "its `access_token` cannot be one")?,
            token_type: self.token_type.unwrap_or_else(|| "bearer".to_owned()),
            expires_in,
            expires_at: self
                .expires_at
                .unwrap_or_else(|| since_epoch(now).as_secs().saturating_add(expires_in)),
            refresh_token: RefreshToken::parse(refresh_token)
                .map_err(|_| "its `refresh_token` cannot be one")?,
            user: self.user.ok_or("it has no `user`")?,
            provider_token: self.provider_token.map(Secret::new),
            provider_refresh_token: self.provider_refresh_token.map(Secret::new),
            weak_password: self.weak_password,
            other: self.other,
        })
    }
}

/// Whole seconds since 1970 began.
pub(crate) fn since_epoch_seconds(now: SystemTime) -> u64 {
    since_epoch(now).as_secs()
}

fn since_epoch(now: SystemTime) -> Duration {
    now.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}
