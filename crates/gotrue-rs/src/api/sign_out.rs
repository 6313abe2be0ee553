//! Signing out.

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use http::Method;
use supabase_http::{Error, Result};

use crate::api::identities::nothing;
use crate::model::open_enum;
use crate::{AuthCall, AuthClient, AuthFuture, SessionMissing};

open_enum! {
    /// Which sessions of the user end.
    SignOutScope {
        /// All of them, on every device.
        Global = "global",
        /// This one.
        Local = "local",
        /// All but this one.
        Others = "others",
    }
}

/// Signs the user out; see [`AuthClient::sign_out`].
///
/// **Awaiting it runs it**; nothing is sent before.
#[must_use = "nothing is sent until the call is awaited"]
pub struct SignOut {
    call: AuthCall<()>,
    scope: SignOutScope,
}

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// use std::time::Duration;
/// use gotrue_rs::SignOutScope;
///
/// auth.sign_out().scope(SignOutScope::Others).timeout(Duration::from_secs(5)).await?;
/// # Ok(()) }
/// ```
impl SignOut {
    /// Which sessions end: [`Global`](SignOutScope::Global) unless this says otherwise.
    pub fn scope(mut self, scope: SignOutScope) -> Self {
        self.scope = scope;
        self
    }

    /// The time limit of the whole call: all tries, the waits between them and the answer.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.call = self.call.timeout(limit);
        self
    }
}

impl AuthClient {
    /// Signs the user out (`POST /logout`).
    ///
    /// Refresh tokens end at once; an access token goes on working until it expires. A client that keeps a session forgets it
    /// even if the server cannot be reached (unless only the [others](SignOutScope::Others) are to end). That a session is
    /// gone already is no error.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient, session: gotrue_rs::Session) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::SignOutScope;
    ///
    /// auth.sign_out().scope(SignOutScope::Local).await?;
    /// auth.with_token(session.access_token).sign_out().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`SessionMissing`](crate::SessionMissing) on a client that never has a user; a failure of the server or of the network,
    /// after which other devices may still be signed in.
    pub fn sign_out(&self) -> SignOut {
        let call = AuthCall::new(
            self,
            "sign out",
            Method::POST,
            "/auth/v1/logout",
            &["logout"],
            nothing,
        );
        SignOut {
            call: call.by_user(),
            scope: SignOutScope::Global,
        }
    }
}

impl IntoFuture for SignOut {
    type Output = Result<()>;
    type IntoFuture = AuthFuture<()>;

    fn into_future(self) -> AuthFuture<()> {
        let Self { call, scope } = self;
        let owner = call.client.owner().cloned();
        AuthFuture::new("sign out", async move {
            let result = call.query("scope", scope.as_str()).await;
            let result = match result {
                Err(error)
                    if is_gone(&error) && (owner.is_some() || error.api_error().is_some()) =>
                {
                    Ok(())
                }
                other => other,
            };
            match owner {
                Some(owner) if scope != SignOutScope::Others => owner.sign_out().await.and(result),
                _ => result,
            }
        })
    }
}

/// Whether there is no session to end: nobody is signed in, or the server knows the session no more.
fn is_gone(error: &Error) -> bool {
    let refused = error.api_error().is_some()
        && error
            .status()
            .is_some_and(|status| matches!(status.as_u16(), 401 | 403 | 404));
    refused || SessionMissing::is_cause_of(error)
}

impl fmt::Debug for SignOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignOut")
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}
