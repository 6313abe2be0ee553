//! The ways in which the signed-in user can sign in.

use http::Method;
use supabase_http::Result;

use crate::call::Answer;
use crate::{AuthCall, AuthClient, Identity};

impl AuthClient {
    /// The identities of the signed-in user (`GET /user`).
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// for identity in auth.get_user_identities().await? {
    ///     println!("{} {:?}", identity.provider, identity.email);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`SessionMissing`](crate::SessionMissing) without a user, before anything is sent.
    pub fn get_user_identities(&self) -> AuthCall<Vec<Identity>> {
        AuthCall::new(
            self,
            "get user identities",
            Method::GET,
            "/auth/v1/user",
            &["user"],
            |answer| Ok(answer.user()?.identities.unwrap_or_default()),
        )
        .by_user()
    }

    /// Takes an identity away from the signed-in user, who then cannot sign in by it any more
    /// (`DELETE /user/identities/{identity_id}`).
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// let identities = auth.get_user_identities().await?;
    /// if let Some(github) = identities.iter().find(|identity| identity.provider == "github") {
    ///     auth.unlink_identity(&github.identity_id).await?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`SessionMissing`](crate::SessionMissing) without a user, before anything is sent;
    /// [`SingleIdentityNotDeletable`](crate::ErrorCode::SingleIdentityNotDeletable) for the last one.
    pub fn unlink_identity(&self, identity_id: impl AsRef<str>) -> AuthCall<()> {
        AuthCall::new(
            self,
            "unlink identity",
            Method::DELETE,
            "/auth/v1/user/identities/{identity_id}",
            &["user", "identities", identity_id.as_ref()],
            nothing,
        )
        .by_user()
    }
}

/// Reads an answer that says nothing more than success.
pub(crate) fn nothing(_: &Answer) -> Result<()> {
    Ok(())
}
