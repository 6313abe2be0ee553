//! The signed-in user.

use std::fmt;

use http::Method;
use serde::Serialize;
use supabase_http::{BoxFuture, Error, Result};

use crate::api::otp::OtpChannel;
use crate::builders::{builder, redirect_to};
use crate::call::Answer;
use crate::contact::Field;
use crate::owner::SessionOwner;
use crate::{AuthCall, AuthClient, PkceFlow, User};

/// The user after a change.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct UpdatedUser {
    /// The user. A new address or phone stands in `new_email` or `new_phone` until it is confirmed.
    pub user: User,
    /// What ends the change of an address when the user comes back with a code. A client that keeps a session keeps it too.
    pub flow: Option<PkceFlow>,
}

impl fmt::Debug for UpdatedUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdatedUser")
            .field("user", &self.user.id)
            .field("flow", &self.flow)
            .finish()
    }
}

builder! {
    /// Changes the signed-in user; see [`AuthClient::update_user`].
    UpdateUser => UpdatedUser
}
redirect_to!(UpdateUser);

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::OtpChannel;
/// use serde_json::json;
///
/// auth.update_user().email("ada@new.example.com").data(&json!({ "name": "Ada" })).await?;
/// auth.update_user().phone("+4512345678").channel(OtpChannel::Whatsapp).await?;
/// auth.update_user().password("new secret").current_password("secret").nonce("123456").await?;
/// # Ok(()) }
/// ```
impl UpdateUser {
    /// Another e-mail address. It holds once it is confirmed, as a rule by a mail to both addresses.
    pub fn email(self, address: impl Into<String>) -> Self {
        self.map(|call| call.contact(Field::Email(address.into())).pkce())
    }

    /// Another phone. It holds once it is confirmed.
    pub fn phone(self, number: impl Into<String>) -> Self {
        self.map(|call| call.contact(Field::Phone(number.into())))
    }

    /// How the code is sent to the new phone: by SMS unless this says otherwise.
    pub fn channel(self, channel: OtpChannel) -> Self {
        self.map(|call| call.field("channel", String::from(channel)))
    }

    /// Another password. All other sessions of the user end.
    pub fn password(self, password: impl Into<String>) -> Self {
        self.map(|call| call.required("password", "the password", password))
    }

    /// The password so far, where the project asks for it with a new one.
    pub fn current_password(self, password: impl Into<String>) -> Self {
        self.map(|call| call.field("current_password", password.into()))
    }

    /// The nonce of [`reauthenticate`](AuthClient::reauthenticate), where the project asks for it with a new password.
    pub fn nonce(self, nonce: impl Into<String>) -> Self {
        self.map(|call| call.field("nonce", nonce.into()))
    }

    /// What to put into `user_metadata`: anything that serialises to an object. It is merged; `null` takes a key away.
    pub fn data(self, data: &(impl Serialize + ?Sized)) -> Self {
        self.map(|call| call.object("data", data))
    }
}

impl AuthClient {
    /// The signed-in user, as the server knows them now (`GET /user`). It proves that the token is good.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient, bearer: &str) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::AccessToken;
    ///
    /// let user = auth.get_user().await?;
    /// let caller = auth.with_token(AccessToken::parse(bearer)?).get_user().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`SessionMissing`](crate::SessionMissing) without a user, before anything is sent;
    /// [`BadJwt`](crate::ErrorCode::BadJwt) for a token that is malformed, expired or forged.
    pub fn get_user(&self) -> AuthCall<User> {
        AuthCall::new(
            self,
            "get user",
            Method::GET,
            "/auth/v1/user",
            &["user"],
            Answer::user,
        )
        .by_user()
    }

    /// Changes the signed-in user (`PUT /user`).
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// use serde_json::json;
    ///
    /// auth.update_user().data(&json!({ "name": "Ada" })).await?;
    /// let updated = auth.update_user().email("ada@new.example.com").redirect_to("https://app.example.com").await?;
    /// println!("{:?} once it is confirmed", updated.user.new_email);
    /// auth.update_user().password("new secret").current_password("secret").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`SessionMissing`](crate::SessionMissing) without a user, and [`ErrorKind::Request`](crate::ErrorKind::Request) for a
    /// change of nothing, before anything is sent; [`WeakPassword`](crate::ErrorCode::WeakPassword),
    /// [`SamePassword`](crate::ErrorCode::SamePassword), [`EmailExists`](crate::ErrorCode::EmailExists),
    /// [`ReauthenticationNeeded`](crate::ErrorCode::ReauthenticationNeeded).
    pub fn update_user(&self) -> UpdateUser {
        let call = AuthCall::new(
            self,
            "update user",
            Method::PUT,
            "/auth/v1/user",
            &["user"],
            read,
        );
        let call = call.needs_fields(|| {
            Error::request("the update changes nothing: say what by `.email(..)`, `.password(..)`, `.data(..)`")
        });
        UpdateUser(call.by_user().then(replace))
    }
}

fn read(answer: &Answer) -> Result<UpdatedUser> {
    Ok(UpdatedUser {
        user: answer.user()?,
        flow: answer.flow.clone(),
    })
}

fn replace<'a>(owner: &'a dyn SessionOwner, updated: &UpdatedUser) -> BoxFuture<'a, Result<()>> {
    owner.replace_user(updated.user.clone())
}
