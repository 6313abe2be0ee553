//! Lost passwords.

use http::Method;

use crate::api::otp::{MessageSent, sent};
use crate::builders::{builder, captcha, redirect_to};
use crate::{AuthCall, AuthClient, Contact as _, Email};

builder! {
    /// Sends the mail of a lost password; see [`AuthClient::reset_password_for_email`].
    ResetPassword => MessageSent
}
captcha!(ResetPassword);
redirect_to!(ResetPassword);

impl AuthClient {
    /// Sends a mail with a link or a code by which the user signs in to set a new password (`POST /recover`).
    ///
    /// It succeeds for unknown addresses too, so that nobody can find out who is a user.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::{Email, Otp, OtpKind};
    ///
    /// auth.reset_password_for_email(Email("ada@example.com")).redirect_to("https://app.example.com/password").await?;
    /// let otp = Otp::email("ada@example.com", "123456").kind(OtpKind::Recovery);
    /// if let Some(session) = auth.verify_otp(otp).await?.session {
    ///     auth.with_token(session.access_token).update_user().password("new secret").await?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`OverEmailSendRateLimit`](crate::ErrorCode::OverEmailSendRateLimit): see [`RateLimit`](crate::RateLimit).
    pub fn reset_password_for_email(&self, email: Email<impl Into<String>>) -> ResetPassword {
        let call = AuthCall::new(
            self,
            "reset password",
            Method::POST,
            "/auth/v1/recover",
            &["recover"],
            sent,
        );
        ResetPassword(call.contact(email.into_field()).pkce_for_recovery())
    }
}
