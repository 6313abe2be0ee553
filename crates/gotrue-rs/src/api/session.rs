//! Renewing a session, and taking over one from elsewhere.

use std::future::IntoFuture;

use http::Method;
use supabase_http::{AccessToken, Error, Result};

use crate::call::Answer;
use crate::model::{SessionAnswer, since_epoch_seconds};
use crate::owner::Adopted;
use crate::token::unchecked_claims;
use crate::{AuthCall, AuthClient, AuthFuture, RefreshToken, Session, SessionMissing};

/// Renews a session; see [`AuthClient::refresh_session`].
///
/// **Awaiting it runs it**; nothing is sent before.
#[must_use = "nothing is sent until the call is awaited"]
#[derive(Debug)]
pub struct RefreshSession {
    client: AuthClient,
    token: Option<RefreshToken>,
}

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// # let kept = gotrue_rs::RefreshToken::parse("4nYUCw0wZR")?;
/// let session = auth.refresh_session().refresh_token(&kept).await?;
/// # Ok(()) }
/// ```
impl RefreshSession {
    /// The refresh token of the session to renew, in place of the one that the client keeps.
    pub fn refresh_token(mut self, token: &RefreshToken) -> Self {
        self.token = Some(token.clone());
        self
    }
}

/// Takes over a session from elsewhere; see [`AuthClient::set_session`].
///
/// **Awaiting it runs it**; nothing is sent before.
#[must_use = "nothing is sent until the call is awaited"]
#[derive(Debug)]
pub struct SetSession {
    client: AuthClient,
    access_token: AccessToken,
    refresh_token: RefreshToken,
}

impl AuthClient {
    /// Renews a session, however long it is still good (`POST /token?grant_type=refresh_token`).
    ///
    /// The server takes a refresh token once, so keep the session that comes. A client that keeps a session needs no token
    /// here, and renews by itself in time.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient, session: gotrue_rs::Session) -> Result<(), gotrue_rs::Error> {
    /// let session = auth.refresh_session().refresh_token(&session.refresh_token).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`SessionMissing`](crate::SessionMissing) without a token, before anything is sent. An
    /// [`ErrorCode`](crate::ErrorCode) that [`ends_session`](crate::ErrorCode::ends_session) means: sign in again.
    pub fn refresh_session(&self) -> RefreshSession {
        RefreshSession {
            client: self.clone(),
            token: None,
        }
    }

    /// Takes over a session from elsewhere, such as from a page of the same project: checks the access token with the server
    /// (`GET /user`), or renews it if it has ended.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient, access: &str, refresh: &str) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::{AccessToken, RefreshToken};
    ///
    /// let session = auth.set_session(AccessToken::parse(access)?, RefreshToken::parse(refresh)?).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Credential`](crate::ErrorKind::Credential) for an access token that is no JWT, before anything is sent;
    /// [`BadJwt`](crate::ErrorCode::BadJwt) for one that the server does not accept.
    pub fn set_session(
        &self,
        access_token: AccessToken,
        refresh_token: RefreshToken,
    ) -> SetSession {
        SetSession {
            client: self.clone(),
            access_token,
            refresh_token,
        }
    }

    /// The call that renews: nothing else in it, so that the owner of a session can use it too.
    ///
    /// An answer without a user is whole for who knows the user already.
    pub(crate) fn refresh_call(&self, token: &RefreshToken) -> AuthCall<SessionAnswer> {
        AuthCall::new(
            self,
            "refresh session",
            Method::POST,
            "/auth/v1/token",
            &["token"],
            Answer::json,
        )
        .query("grant_type", "refresh_token")
        .field("refresh_token", token.expose())
    }
}

impl IntoFuture for RefreshSession {
    type Output = Result<Session>;
    type IntoFuture = AuthFuture<Session>;

    fn into_future(self) -> AuthFuture<Session> {
        AuthFuture::new("refresh session", async move {
            match (self.token, self.client.owner()) {
                (Some(token), _) => renew(&self.client, &token).await,
                (None, Some(owner)) => owner.refresh().await,
                (None, None) => Err(SessionMissing::error()),
            }
        })
    }
}

impl IntoFuture for SetSession {
    type Output = Result<Session>;
    type IntoFuture = AuthFuture<Session>;

    fn into_future(self) -> AuthFuture<Session> {
        AuthFuture::new("set session", async move {
            let Self {
                client,
                access_token,
                refresh_token,
            } = self;
            let now = since_epoch_seconds(client.now());
            let expires_at = expiry(&access_token)?;
            if expires_at <= now {
                return renew(&client, &refresh_token).await;
            }
            let user = client.get_user().by_bearer(access_token.clone()).await?;
            let session = Session::from_tokens(
                access_token,
                refresh_token,
                expires_at.saturating_sub(now),
                expires_at,
                user,
            );
            if let Some(owner) = client.owner() {
                owner.adopt(session.clone(), Adopted::SignedIn).await?;
            }
            Ok(session)
        })
    }
}

/// Renews by this token, and lets the owner take over what comes.
async fn renew(client: &AuthClient, token: &RefreshToken) -> Result<Session> {
    let answer = client.refresh_call(token).await?;
    let session = answer
        .into_session(client.now())
        .map_err(|why| Error::credential(format!("the renewed session cannot be used: {why}")))?;
    if let Some(owner) = client.owner() {
        owner.adopt(session.clone(), Adopted::Refreshed).await?;
    }
    Ok(session)
}

/// When an access token ends, by what it says itself, in seconds since 1970 began; one that does not say has ended.
fn expiry(token: &AccessToken) -> Result<u64> {
    let claims = unchecked_claims(token)?;
    let Some(seconds) = claims.get("exp") else {
        return Ok(0);
    };
    // A fraction is allowed, and cut.
    let text = seconds.to_string();
    let whole = text.split('.').next().and_then(|whole| whole.parse().ok());
    whole.ok_or_else(|| Error::credential("the access token's `exp` is no number"))
}
