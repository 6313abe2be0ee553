//! Who a client acts as.

use supabase_http::{AccessToken, BoxError, BoxFuture, Credentials, Error, TokenSource};

/// What [`Client::as_user`](crate::Client::as_user) takes: a user's access token, as text or parsed, or their session.
///
/// A text may be the whole value of an `Authorization` header (`Bearer …`).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no user's access token",
    note = "give the token as `&str`, `String` or `&AccessToken`, or the user's `&Session`"
)]
pub trait UserToken {
    /// The token.
    ///
    /// ```
    /// use supabase::http::AccessToken;
    /// use supabase::{Client, Error, UserToken};
    ///
    /// /// What your login keeps of a user.
    /// struct Login { name: String, jwt: String }
    ///
    /// impl UserToken for Login {
    ///     fn to_token(&self) -> Result<AccessToken, Error> {
    ///         AccessToken::parse(&self.jwt)
    ///     }
    /// }
    ///
    /// let supabase = Client::new("http://127.0.0.1:54321", "sb_publishable_abc")?;
    /// let ada = supabase.as_user(&Login { name: "Ada".into(), jwt: "eyJh.eyJz.c2ln".into() });
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Credential`](crate::ErrorKind::Credential) if it cannot be one.
    fn to_token(&self) -> Result<AccessToken, Error>;
}

impl UserToken for str {
    fn to_token(&self) -> Result<AccessToken, Error> {
        AccessToken::parse(self)
    }
}

impl UserToken for String {
    fn to_token(&self) -> Result<AccessToken, Error> {
        AccessToken::parse(self)
    }
}

impl UserToken for AccessToken {
    fn to_token(&self) -> Result<AccessToken, Error> {
        Ok(self.clone())
    }
}

#[cfg(feature = "auth")]
impl UserToken for gotrue_rs::Session {
    fn to_token(&self) -> Result<AccessToken, Error> {
        Ok(self.access_token.clone())
    }
}

#[diagnostic::do_not_recommend]
impl<T: UserToken + ?Sized> UserToken for &T {
    fn to_token(&self) -> Result<AccessToken, Error> {
        (**self).to_token()
    }
}

/// The credentials of a user; a token that cannot be one fails every request before it is sent, so that the client
/// never acts as somebody else instead.
pub(crate) fn user(credentials: &Credentials, user: &(impl UserToken + ?Sized)) -> Credentials {
    match user.to_token() {
        Ok(token) => credentials.with_token(token),
        Err(error) => credentials.with_source(Malformed(error.message().to_owned())),
    }
}

struct Malformed(String);

impl TokenSource for Malformed {
    fn token(&self) -> BoxFuture<'_, Result<Option<AccessToken>, BoxError>> {
        let error = Error::credential(self.0.clone());
        Box::pin(async move { Err(error.into()) })
    }
}
