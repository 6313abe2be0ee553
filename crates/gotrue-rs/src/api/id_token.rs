//! Tokens that a provider's own library gave the app.

use http::Method;
use supabase_http::{BoxFuture, Result};

use crate::api::provider::Provider;
use crate::builders::{builder, captcha};
use crate::call::{Answer, signed_in};
use crate::owner::{Adopted, SessionOwner};
use crate::{AuthCall, AuthClient, Session};

builder! {
    /// Signs in, or links an identity, by a provider's token; see [`AuthClient::sign_in_with_id_token`].
    SignInWithIdToken => Session
}
captcha!(SignInWithIdToken);

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::Provider;
///
/// auth.sign_in_with_id_token(Provider::Google, "eyJh…").access_token("ya29…").nonce("n-0S6").await?;
/// # Ok(()) }
/// ```
impl SignInWithIdToken {
    /// The provider's access token, which some providers' id tokens are bound to (`at_hash`).
    pub fn access_token(self, token: impl Into<String>) -> Self {
        self.map(|call| call.field("access_token", token.into()))
    }

    /// The nonce as the app made it; the id token holds its hash.
    pub fn nonce(self, nonce: impl Into<String>) -> Self {
        self.map(|call| call.field("nonce", nonce.into()))
    }
}

impl AuthClient {
    /// Signs in by an id token that a provider's own library gave the app, such as Apple's or Google's
    /// (`POST /token?grant_type=id_token`).
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient, id_token: &str, nonce: &str) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::Provider;
    ///
    /// let session = auth.sign_in_with_id_token(Provider::Apple, id_token).nonce(nonce).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Api`](crate::ErrorKind::Api) for a token that the server does not accept.
    pub fn sign_in_with_id_token(
        &self,
        provider: Provider,
        id_token: impl Into<String>,
    ) -> SignInWithIdToken {
        let call = id_token_call(self, "sign in with id token", provider, id_token.into());
        SignInWithIdToken(call.then(signed_in))
    }

    /// Links the account of an id token to the signed-in user (`POST /token?grant_type=id_token`). It brings a new session of
    /// that user.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient, id_token: &str) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::Provider;
    ///
    /// let session = auth.link_identity_with_id_token(Provider::Google, id_token).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`SessionMissing`](crate::SessionMissing) without a user, before anything is sent;
    /// [`IdentityAlreadyExists`](crate::ErrorCode::IdentityAlreadyExists) for an account of another user.
    pub fn link_identity_with_id_token(
        &self,
        provider: Provider,
        id_token: impl Into<String>,
    ) -> SignInWithIdToken {
        let call = id_token_call(self, "link identity", provider, id_token.into());
        SignInWithIdToken(call.field("link_identity", true).by_user().then(linked))
    }
}

fn id_token_call(
    client: &AuthClient,
    operation: &'static str,
    provider: Provider,
    id_token: String,
) -> AuthCall<Session> {
    let call = AuthCall::new(
        client,
        operation,
        Method::POST,
        "/auth/v1/token",
        &["token"],
        Answer::session,
    );
    call.query("grant_type", "id_token")
        .required("provider", "the provider's name", provider)
        .required("id_token", "the id token", id_token)
}

fn linked<'a>(owner: &'a dyn SessionOwner, session: &Session) -> BoxFuture<'a, Result<()>> {
    owner.adopt(session.clone(), Adopted::UserUpdated)
}
