//! The second factors of users, and the end of their sessions.

use std::fmt;
use std::future::IntoFuture;

use http::Method;
use supabase_http::{AccessToken, Result};

use super::{AdminClient, as_admin, check_uuid};
use crate::api::identities::nothing;
use crate::call::Answer;
use crate::{AuthCall, AuthFuture, Factor, SignOutScope};

/// Ends sessions of a user; see [`AdminClient::sign_out`].
///
/// **Awaiting it runs it**; nothing is sent before.
#[must_use = "nothing is sent until the call is awaited"]
pub struct AdminSignOut {
    call: AuthCall<()>,
    scope: SignOutScope,
}

/// ```no_run
/// # async fn demo(admin: gotrue_rs::AdminClient, id: &str) -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::SignOutScope;
/// # let token = gotrue_rs::AccessToken::parse(id)?;
///
/// admin.sign_out(token).scope(SignOutScope::Local).await?;
/// # Ok(()) }
/// ```
impl AdminSignOut {
    /// Which sessions end: [`Global`](SignOutScope::Global) unless this says otherwise.
    pub fn scope(mut self, scope: SignOutScope) -> Self {
        self.scope = scope;
        self
    }
}

impl AdminClient {
    /// The second factors of a user (`GET /admin/users/{id}/factors`).
    ///
    /// ```no_run
    /// # async fn demo(admin: gotrue_rs::AdminClient, user_id: &str) -> Result<(), gotrue_rs::Error> {
    /// for factor in admin.list_factors(user_id).await? {
    ///     admin.delete_factor(user_id, &factor.id).await?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for an id that is no UUID, before anything is sent;
    /// [`UserNotFound`](crate::ErrorCode::UserNotFound).
    pub fn list_factors(&self, user_id: impl AsRef<str>) -> AuthCall<Vec<Factor>> {
        let user_id = user_id.as_ref();
        let call = AuthCall::new(
            &self.auth,
            "list factors of user",
            Method::GET,
            "/auth/v1/admin/users/{id}/factors",
            &["admin", "users", user_id, "factors"],
            Answer::json_or_empty,
        );
        as_admin(with_uuids(call, &[("the user's id", user_id)]))
    }

    /// Takes a second factor away from a user (`DELETE /admin/users/{id}/factors/{factor_id}`).
    ///
    /// ```no_run
    /// # async fn demo(admin: gotrue_rs::AdminClient, id: &str) -> Result<(), gotrue_rs::Error> {
    /// # let factor_id = id;
    /// admin.delete_factor(id, factor_id).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As for [`list_factors`](AdminClient::list_factors);
    /// [`MfaFactorNotFound`](crate::ErrorCode::MfaFactorNotFound).
    pub fn delete_factor(
        &self,
        user_id: impl AsRef<str>,
        factor_id: impl AsRef<str>,
    ) -> AuthCall<()> {
        let (user_id, factor_id) = (user_id.as_ref(), factor_id.as_ref());
        let call = AuthCall::new(
            &self.auth,
            "delete factor of user",
            Method::DELETE,
            "/auth/v1/admin/users/{id}/factors/{factor_id}",
            &["admin", "users", user_id, "factors", factor_id],
            nothing,
        );
        let ids = [("the user's id", user_id), ("the factor's id", factor_id)];
        as_admin(with_uuids(call, &ids))
    }

    /// Ends the sessions of the user whose access token this is (`POST /logout`).
    ///
    /// ```no_run
    /// # async fn demo(admin: gotrue_rs::AdminClient, session: gotrue_rs::Session) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::SignOutScope;
    ///
    /// admin.sign_out(session.access_token).scope(SignOutScope::Others).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`BadJwt`](crate::ErrorCode::BadJwt) for a token that is malformed or expired,
    /// [`SessionNotFound`](crate::ErrorCode::SessionNotFound) if the session is gone.
    pub fn sign_out(&self, token: AccessToken) -> AdminSignOut {
        let call = AuthCall::new(
            &self.auth,
            "sign user out",
            Method::POST,
            "/auth/v1/logout",
            &["logout"],
            nothing,
        );
        AdminSignOut {
            call: call.by_bearer(token),
            scope: SignOutScope::Global,
        }
    }
}

pub(super) fn with_uuids<T>(call: AuthCall<T>, ids: &[(&str, &str)]) -> AuthCall<T> {
    ids.iter()
        .fold(call, |call, (what, id)| match check_uuid(what, id) {
            Ok(()) => call,
            Err(error) => call.fail(error),
        })
}

impl IntoFuture for AdminSignOut {
    type Output = Result<()>;
    type IntoFuture = AuthFuture<()>;

    fn into_future(self) -> AuthFuture<()> {
        let scope = self.scope.as_str().to_owned();
        self.call.query("scope", scope).into_future()
    }
}

impl fmt::Debug for AdminSignOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminSignOut")
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}
