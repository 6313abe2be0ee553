//! Signing in with a password.

use http::Method;

use crate::builders::{builder, captcha};
use crate::call::{Answer, signed_in};
use crate::{AuthCall, AuthClient, Contact, Session};

builder! {
    /// Signs a user in with a password; see [`AuthClient::sign_in_with_password`].
    SignInWithPassword => Session
}
captcha!(SignInWithPassword);

impl AuthClient {
    /// Signs a user in with a password (`POST /token?grant_type=password`).
    ///
    /// [`Session::weak_password`] tells if the password would not be accepted today.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient, captcha: &str) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::{Email, Phone};
    ///
    /// let session = auth.sign_in_with_password(Email("ada@example.com"), "secret").await?;
    /// let session = auth.sign_in_with_password(Phone("+4512345678"), "secret").captcha_token(captcha).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`InvalidCredentials`](crate::ErrorCode::InvalidCredentials) for an unknown user or a wrong password,
    /// [`EmailNotConfirmed`](crate::ErrorCode::EmailNotConfirmed), [`UserBanned`](crate::ErrorCode::UserBanned).
    pub fn sign_in_with_password(
        &self,
        contact: impl Contact,
        password: impl Into<String>,
    ) -> SignInWithPassword {
        let call = AuthCall::new(
            self,
            "sign in with password",
            Method::POST,
            "/auth/v1/token",
            &["token"],
            Answer::session,
        );
        let call = call
            .query("grant_type", "password")
            .contact(contact.into_field())
            .required("password", "the password", password);
        SignInWithPassword(call.then(signed_in))
    }
}
