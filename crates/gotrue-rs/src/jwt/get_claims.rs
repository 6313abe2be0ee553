//! The claims of a client's own user, or of any token: checked locally, or by the server where only it can.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use supabase_http::{AccessToken, Result};

use super::verifier::Checked;
use super::{Claims, JwkSet, JwtVerifier};
use crate::{AuthClient, AuthFuture, SessionMissing};

/// Checks a token and reads its claims; see [`AuthClient::get_claims`].
///
/// **Awaiting it runs it**; nothing is sent before.
#[must_use = "nothing is checked until the call is awaited"]
pub struct GetClaims<T> {
    client: AuthClient,
    token: Option<Result<AccessToken>>,
    keys: Option<JwkSet>,
    allow_expired: bool,
    claims: PhantomData<fn() -> T>,
}

impl AuthClient {
    /// Checks the token of the client's user, or another one, and reads its claims. The type on the left decides what
    /// [`Claims::custom`] is.
    ///
    /// Tokens signed with one of the project's public keys are checked here, with keys that are fetched once
    /// (`GET /.well-known/jwks.json`) and kept for ten minutes. Others (HS256, or without the id of a key) are checked by the
    /// server (`GET /user`).
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient, token: &str) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::Claims;
    ///
    /// let mine: Claims = auth.get_claims().await?;
    /// let theirs: Claims = auth.get_claims().jwt(token).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Credential`](crate::ErrorKind::Credential) for a token that is not accepted, of which
    /// [`JwtError::of`](crate::JwtError::of) tells why; [`SessionMissing`](crate::SessionMissing) if there is no token;
    /// the server's answer, where it was asked.
    pub fn get_claims<T: DeserializeOwned>(&self) -> GetClaims<T> {
        GetClaims {
            client: self.clone(),
            token: None,
            keys: None,
            allow_expired: false,
            claims: PhantomData,
        }
    }
}

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// # let (token, keys) = ("eyJh.eyJz.c2ln", serde_json::json!({ "keys": [] }));
/// use gotrue_rs::{Claims, JwkSet};
///
/// let keys = JwkSet::from_json(&keys)?;
/// let claims: Claims = auth.get_claims().jwt(token).jwks(keys).allow_expired().await?;
/// # Ok(()) }
/// ```
impl<T> GetClaims<T> {
    /// The token to check, instead of that of the client's user.
    pub fn jwt(mut self, token: impl AsRef<str>) -> Self {
        self.token = Some(AccessToken::parse(token.as_ref()));
        self
    }

    /// Keys at hand. The server's are fetched only if the token names none of them.
    pub fn jwks(mut self, keys: JwkSet) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Accepts a token that has expired, if it can be checked here. For looking at it; never to let somebody in.
    pub fn allow_expired(mut self) -> Self {
        self.allow_expired = true;
        self
    }
}

impl<T: DeserializeOwned + Send + 'static> IntoFuture for GetClaims<T> {
    type Output = Result<Claims<T>>;
    type IntoFuture = AuthFuture<Claims<T>>;

    fn into_future(self) -> AuthFuture<Claims<T>> {
        AuthFuture::new("get claims", async move {
            let Self {
                client,
                token,
                keys,
                allow_expired,
                ..
            } = self;
            let token = match (token, client.owner()) {
                (Some(token), _) => token?,
                (None, Some(owner)) => owner
                    .session()
                    .await?
                    .map(|session| session.access_token)
                    .ok_or_else(SessionMissing::error)?,
                (None, None) => client
                    .service()
                    .credentials()
                    .fixed_token()
                    .cloned()
                    .ok_or_else(SessionMissing::error)?,
            };
            let mut verifier = client.verifier().clone();
            if let Some(keys) = keys {
                if keys.has_key_of(token.expose()) {
                    verifier =
                        JwtVerifier::with_keys(keys).read_time(Arc::clone(client.clock_of()));
                }
            }
            if allow_expired {
                verifier = verifier.allow_expired();
            }
            match verifier.check(token.expose()).await? {
                Checked::Verified(payload) => Claims::read(payload),
                Checked::AskServer(payload) => {
                    client.get_user().by_bearer(token).await?;
                    Claims::read(payload)
                }
            }
        })
    }
}

impl<T> fmt::Debug for GetClaims<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetClaims")
            .field("token", &self.token)
            .field("keys", &self.keys)
            .field("allow_expired", &self.allow_expired)
            .finish_non_exhaustive()
    }
}
