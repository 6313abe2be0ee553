//! Making users: with a password, or without anything.

use std::fmt;

use http::Method;
use supabase_http::{BoxFuture, Error, Result};

use crate::api::otp::OtpChannel;
use crate::builders::{builder, captcha, redirect_to, user_data};
use crate::call::{Answer, signed_in};
use crate::model::SessionAnswer;
use crate::owner::SessionOwner;
use crate::{AuthCall, AuthClient, Contact, PkceFlow, Session, User};

/// What signing up has brought.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct SignedUp {
    /// The new user. Where the address belongs to a user already, the server answers as if it did not, with a made-up user
    /// that has no identities: see [`is_taken`](SignedUp::is_taken).
    pub user: User,
    /// The session, where the project asks for no confirmation.
    pub session: Option<Session>,
    /// What ends the sign-up when the user comes back with a code. A client that keeps a session keeps it too.
    pub flow: Option<PkceFlow>,
}

impl SignedUp {
    /// Whether the address or phone belongs to a user already, as far as the server lets see: the user that it answered with
    /// has no identities.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::Email;
    ///
    /// let signed_up = auth.sign_up(Email("ada@example.com"), "secret").await?;
    /// if signed_up.is_taken() {
    ///     println!("sign in instead");
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.session.is_none() && self.user.identities.as_ref().is_some_and(Vec::is_empty)
    }
}

impl fmt::Debug for SignedUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedUp")
            .field("user", &self.user.id)
            .field("session", &self.session)
            .field("flow", &self.flow)
            .finish()
    }
}

builder! {
    /// Makes a user with a password; see [`AuthClient::sign_up`].
    SignUp => SignedUp
}
captcha!(SignUp);
redirect_to!(SignUp);
user_data!(SignUp);

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::{OtpChannel, Phone};
///
/// auth.sign_up(Phone("+4512345678"), "secret").channel(OtpChannel::Whatsapp).await?;
/// # Ok(()) }
/// ```
impl SignUp {
    /// How the code is sent to a phone: by SMS unless this says otherwise. It is an error for an e-mail address.
    pub fn channel(self, channel: OtpChannel) -> Self {
        self.map(|call| {
            if call.has_field("phone") {
                call.field("channel", String::from(channel))
            } else {
                call.fail(Error::request(
                    "a channel goes with a phone, not with an e-mail address",
                ))
            }
        })
    }
}

builder! {
    /// Makes a user without address, phone and password; see [`AuthClient::sign_in_anonymously`].
    SignInAnonymously => Session
}
captcha!(SignInAnonymously);
user_data!(SignInAnonymously);

impl AuthClient {
    /// Makes a user with a password (`POST /signup`).
    ///
    /// Where the project asks for a confirmation, there is no session yet: the user gets a mail or a message.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::{Email, OtpChannel, Phone};
    /// use serde_json::json;
    ///
    /// let ada = auth
    ///     .sign_up(Email("ada@example.com"), "secret")
    ///     .data(&json!({ "name": "Ada" }))
    ///     .redirect_to("https://app.example.com/welcome")
    ///     .await?;
    /// match ada.session {
    ///     Some(session) => println!("signed in as {}", session.user.id),
    ///     None => println!("look into your mail"),
    /// }
    /// auth.sign_up(Phone("+4512345678"), "secret").channel(OtpChannel::Whatsapp).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`WeakPassword`](crate::ErrorCode::WeakPassword) with its [reasons](crate::WeakPassword),
    /// [`UserAlreadyExists`](crate::ErrorCode::UserAlreadyExists) where the project asks for no confirmation,
    /// [`SignupDisabled`](crate::ErrorCode::SignupDisabled).
    pub fn sign_up(&self, contact: impl Contact, password: impl Into<String>) -> SignUp {
        let contact = contact.into_field();
        let is_email = contact.is_email();
        let call = AuthCall::new(
            self,
            "sign up",
            Method::POST,
            "/auth/v1/signup",
            &["signup"],
            read,
        );
        let call = call
            .contact(contact)
            .required("password", "the password", password)
            .then(adopt);
        SignUp(if is_email {
            call.pkce()
        } else {
            call.field("channel", OtpChannel::Sms.as_str())
        })
    }

    /// Makes a user without address, phone and password, and signs them in (`POST /signup`).
    ///
    /// Such a user is as good as any other until they lose the session: give them an identity by
    /// [`update_user`](AuthClient::update_user) or [`link_identity`](AuthClient::link_identity).
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// let session = auth.sign_in_anonymously().await?;
    /// assert!(session.user.is_anonymous);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`AnonymousProviderDisabled`](crate::ErrorCode::AnonymousProviderDisabled).
    pub fn sign_in_anonymously(&self) -> SignInAnonymously {
        let call = AuthCall::new(
            self,
            "sign in anonymously",
            Method::POST,
            "/auth/v1/signup",
            &["signup"],
            Answer::session,
        );
        SignInAnonymously(call.with_body().then(signed_in))
    }
}

/// A session, or the bare user where a confirmation is awaited.
fn read(answer: &Answer) -> Result<SignedUp> {
    let (user, session) = user_or_session(answer)?;
    Ok(SignedUp {
        user,
        session,
        flow: answer.flow.clone(),
    })
}

/// Reads an answer that is a session where there is one, and otherwise the bare user.
pub(crate) fn user_or_session(answer: &Answer) -> Result<(User, Option<Session>)> {
    let found: SessionAnswer = answer.json()?;
    if found.access_token.is_none() && found.user.is_none() {
        return Ok((answer.user()?, None));
    }
    if found.access_token.is_none() {
        return Ok((answer.user()?, None));
    }
    let session = answer.session()?;
    Ok((session.user.clone(), Some(session)))
}

fn adopt<'a>(owner: &'a dyn SessionOwner, result: &SignedUp) -> BoxFuture<'a, Result<()>> {
    match &result.session {
        Some(session) => signed_in(owner, session),
        None => Box::pin(std::future::ready(Ok(()))),
    }
}
