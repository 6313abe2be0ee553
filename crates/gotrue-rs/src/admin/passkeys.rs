//! The passkeys of users.

use http::Method;

use super::factors::with_uuids;
use super::{AdminClient, as_admin};
use crate::api::identities::nothing;
use crate::call::Answer;
use crate::{AuthCall, Passkey};

impl AdminClient {
    /// The passkeys of a user (`GET /admin/users/{id}/passkeys`).
    ///
    /// ```no_run
    /// # async fn demo(admin: gotrue_rs::AdminClient, user_id: &str) -> Result<(), gotrue_rs::Error> {
    /// for passkey in admin.list_passkeys(user_id).await? {
    ///     admin.delete_passkey(user_id, &passkey.id).await?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for an id that is no UUID, before anything is sent;
    /// [`UserNotFound`](crate::ErrorCode::UserNotFound), [`PasskeyDisabled`](crate::ErrorCode::PasskeyDisabled).
    pub fn list_passkeys(&self, user_id: impl AsRef<str>) -> AuthCall<Vec<Passkey>> {
        let user_id = user_id.as_ref();
        let call = AuthCall::new(
            &self.auth,
            "list passkeys of user",
            Method::GET,
            "/auth/v1/admin/users/{id}/passkeys",
            &["admin", "users", user_id, "passkeys"],
            Answer::json_or_empty,
        );
        as_admin(with_uuids(call, &[("the user's id", user_id)]))
    }

    /// Takes a passkey away from a user (`DELETE /admin/users/{id}/passkeys/{passkey_id}`).
    ///
    /// ```no_run
    /// # async fn demo(admin: gotrue_rs::AdminClient, user_id: &str) -> Result<(), gotrue_rs::Error> {
    /// if let Some(lost) = admin.list_passkeys(user_id).await?.first() {
    ///     admin.delete_passkey(user_id, &lost.id).await?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As for [`list_passkeys`](AdminClient::list_passkeys).
    pub fn delete_passkey(
        &self,
        user_id: impl AsRef<str>,
        passkey_id: impl AsRef<str>,
    ) -> AuthCall<()> {
        let (user_id, passkey_id) = (user_id.as_ref(), passkey_id.as_ref());
        let call = AuthCall::new(
            &self.auth,
            "delete passkey of user",
            Method::DELETE,
            "/auth/v1/admin/users/{id}/passkeys/{passkey_id}",
            &["admin", "users", user_id, "passkeys", passkey_id],
            nothing,
        );
        let ids = [("the user's id", user_id), ("the passkey's id", passkey_id)];
        as_admin(with_uuids(call, &ids))
    }
}
