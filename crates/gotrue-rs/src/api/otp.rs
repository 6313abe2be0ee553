//! Codes and links that are sent to the user.

use std::fmt;

use http::Method;
use serde::Deserialize;
use supabase_http::{Error, Result};

use crate::builders::{builder, captcha, redirect_to, user_data};
use crate::call::Answer;
use crate::model::open_enum;
use crate::{AuthCall, AuthClient, Contact, PkceFlow};

open_enum! {
    /// How a code is sent to a phone.
    OtpChannel {
        /// As a text message.
        Sms = "sms",
        /// By WhatsApp.
        Whatsapp = "whatsapp",
    }
}

open_enum! {
    /// What a code or a link is for.
    OtpKind {
        /// Sign-up or sign-in by e-mail, whichever of the two was asked for.
        Email = "email",
        /// Sign-up by e-mail.
        Signup = "signup",
        /// An invitation by e-mail.
        Invite = "invite",
        /// Sign-in by e-mail.
        Magiclink = "magiclink",
        /// A lost password.
        Recovery = "recovery",
        /// A new e-mail address.
        EmailChange = "email_change",
        /// Sign-up or sign-in by phone.
        Sms = "sms",
        /// A new phone.
        PhoneChange = "phone_change",
    }
}

impl OtpKind {
    pub(crate) fn is_for_phones(&self) -> bool {
        matches!(self, Self::Sms | Self::PhoneChange)
    }
}

/// A message that was sent to the user.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MessageSent {
    /// The id under which the project's message service knows it, if it told one.
    pub message_id: Option<String>,
    /// What ends the flow when the user comes back with a code. A client that keeps a session keeps it too.
    pub flow: Option<PkceFlow>,
}

impl fmt::Debug for MessageSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageSent")
            .field("message_id", &self.message_id)
            .field("flow", &self.flow)
            .finish()
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct SentAnswer {
    message_id: Option<String>,
}

/// Reads `{}` or `{"message_id": …}`.
pub(crate) fn sent(answer: &Answer) -> Result<MessageSent> {
    let SentAnswer { message_id } = answer.json_or_empty()?;
    Ok(MessageSent {
        message_id,
        flow: answer.flow.clone(),
    })
}

builder! {
    /// Sends a code or a link to sign in with; see [`AuthClient::sign_in_with_otp`].
    SignInWithOtp => MessageSent
}
captcha!(SignInWithOtp);
redirect_to!(SignInWithOtp);
user_data!(SignInWithOtp);

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::{OtpChannel, Phone};
///
/// auth.sign_in_with_otp(Phone("+4512345678")).existing_users_only().channel(OtpChannel::Whatsapp).await?;
/// # Ok(()) }
/// ```
impl SignInWithOtp {
    /// Signs in only users that there are already; without this, an unknown address or phone becomes a new user.
    pub fn existing_users_only(self) -> Self {
        self.map(|call| call.field("create_user", false))
    }

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
    /// Sends a message once more; see [`AuthClient::resend`].
    Resend => MessageSent
}
captcha!(Resend);
redirect_to!(Resend);

impl AuthClient {
    /// Sends a code or a link to sign in with, by e-mail or to a phone (`POST /otp`).
    ///
    /// Whether a mail holds a link (a "magic link") or a code is up to the project's template.
    /// [`verify_otp`](AuthClient::verify_otp) takes the code.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::{Email, Otp, OtpChannel, Phone};
    ///
    /// auth.sign_in_with_otp(Email("ada@example.com")).existing_users_only().await?;
    /// auth.sign_in_with_otp(Phone("+4512345678")).channel(OtpChannel::Whatsapp).await?;
    /// let verified = auth.verify_otp(Otp::phone("+4512345678", "123456")).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`OtpDisabled`](crate::ErrorCode::OtpDisabled) for an unknown user where none is to be made;
    /// [`RateLimit`](crate::RateLimit) tells how long to wait for the next message.
    pub fn sign_in_with_otp(&self, contact: impl Contact) -> SignInWithOtp {
        let contact = contact.into_field();
        let is_email = contact.is_email();
        let call = AuthCall::new(
            self,
            "sign in with otp",
            Method::POST,
            "/auth/v1/otp",
            &["otp"],
            sent,
        );
        let call = call.contact(contact).field("create_user", true);
        SignInWithOtp(if is_email {
            call.pkce()
        } else {
            call.field("channel", OtpChannel::Sms.as_str())
        })
    }

    /// Sends a message once more that a call before has sent (`POST /resend`): of kind
    /// [`Signup`](OtpKind::Signup) or [`EmailChange`](OtpKind::EmailChange) to an address, [`Sms`](OtpKind::Sms) or
    /// [`PhoneChange`](OtpKind::PhoneChange) to a phone.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::{Email, OtpKind};
    ///
    /// auth.resend(OtpKind::Signup, Email("ada@example.com")).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`OverEmailSendRateLimit`](crate::ErrorCode::OverEmailSendRateLimit): see [`RateLimit`](crate::RateLimit).
    pub fn resend(&self, kind: OtpKind, contact: impl Contact) -> Resend {
        let contact = contact.into_field();
        let is_email = contact.is_email();
        let call = AuthCall::new(
            self,
            "resend",
            Method::POST,
            "/auth/v1/resend",
            &["resend"],
            sent,
        );
        let call = call.contact(contact);
        let call = if is_email == kind.is_for_phones() {
            call.fail(Error::request(format!(
                "a message of kind `{kind}` goes to {}",
                if is_email {
                    "a phone"
                } else {
                    "an e-mail address"
                }
            )))
        } else {
            call
        };
        let call = call.field("type", String::from(kind));
        Resend(if is_email { call.pkce() } else { call })
    }

    /// Sends the signed-in user a nonce that proves who they are, for
    /// [`UpdateUser::nonce`](crate::UpdateUser::nonce) (`GET /reauthenticate`).
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// auth.reauthenticate().await?;
    /// # let nonce = "123456";
    /// auth.update_user().password("new secret").nonce(nonce).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`SessionMissing`](crate::SessionMissing) without a user, before anything is sent.
    pub fn reauthenticate(&self) -> AuthCall<MessageSent> {
        AuthCall::new(
            self,
            "reauthenticate",
            Method::GET,
            "/auth/v1/reauthenticate",
            &["reauthenticate"],
            sent,
        )
        .by_user()
        .acts()
    }
}
