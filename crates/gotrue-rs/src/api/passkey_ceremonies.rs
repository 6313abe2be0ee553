//! Passkeys from the beginning to the end, with the user's device between the calls.

use std::fmt;
use std::future::IntoFuture;

use serde::de::DeserializeOwned;
use supabase_http::{Error, Result};

use crate::webauthn::{Device, device_error};
use crate::{
    AuthFuture, Authenticator, Passkey, PasskeyChallenge, PasskeyClient, Session,
    StartPasskeyAuthentication,
};

/// Registers a passkey; see [`PasskeyClient::register`].
///
/// **Awaiting it runs it**; nothing is sent before.
#[must_use = "nothing is sent until the call is awaited"]
pub struct RegisterPasskey {
    passkeys: PasskeyClient,
    device: Device,
}

/// Signs in by a passkey; see [`PasskeyClient::sign_in`].
///
/// **Awaiting it runs it**; nothing is sent before.
#[must_use = "nothing is sent until the call is awaited"]
pub struct SignInWithPasskey {
    passkeys: PasskeyClient,
    start: StartPasskeyAuthentication,
    device: Device,
}

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient, device: impl gotrue_rs::Authenticator + 'static) -> Result<(), gotrue_rs::Error> {
/// let session = auth.passkeys().sign_in(device).captcha_token("10000000-aaaa-…").await?;
/// # Ok(()) }
/// ```
impl SignInWithPasskey {
    /// The token of a solved captcha, where the project asks for one.
    pub fn captcha_token(mut self, token: impl Into<String>) -> Self {
        self.start = self.start.captcha_token(token);
        self
    }
}

impl PasskeyClient {
    /// Registers a passkey of the signed-in user: asks the server, the device, and the server again. After a refusal of the
    /// device nothing is left behind.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient, device: impl gotrue_rs::Authenticator + 'static) -> Result<(), gotrue_rs::Error> {
    /// let passkey = auth.passkeys().register(device).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As for [`start_registration`](PasskeyClient::start_registration) and
    /// [`verify_registration`](PasskeyClient::verify_registration);
    /// [`ErrorKind::Credential`](crate::ErrorKind::Credential) with the device's own error.
    pub fn register(&self, device: impl Authenticator + 'static) -> RegisterPasskey {
        RegisterPasskey {
            passkeys: self.clone(),
            device: Box::new(device),
        }
    }

    /// Signs in by a passkey: asks the server, the device, and the server again.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient, device: impl gotrue_rs::Authenticator + 'static) -> Result<(), gotrue_rs::Error> {
    /// let session = auth.passkeys().sign_in(device).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As for [`start_authentication`](PasskeyClient::start_authentication) and
    /// [`verify_authentication`](PasskeyClient::verify_authentication);
    /// [`ErrorKind::Credential`](crate::ErrorKind::Credential) with the device's own error.
    pub fn sign_in(&self, device: impl Authenticator + 'static) -> SignInWithPasskey {
        SignInWithPasskey {
            passkeys: self.clone(),
            start: self.start_authentication(),
            device: Box::new(device),
        }
    }
}

fn options<T: DeserializeOwned>(challenge: &PasskeyChallenge) -> Result<T> {
    serde_json::from_value(challenge.options.clone()).map_err(|why| {
        Error::credential(format!(
            "the server's options for the device cannot be read ({:?} error)",
            why.classify()
        ))
    })
}

impl IntoFuture for RegisterPasskey {
    type Output = Result<Passkey>;
    type IntoFuture = AuthFuture<Passkey>;

    fn into_future(self) -> AuthFuture<Passkey> {
        AuthFuture::new("register passkey", async move {
            let challenge = self.passkeys.start_registration().await?;
            let made = self.device.create(options(&challenge)?).await;
            let made = made.map_err(device_error)?;
            let verify = self
                .passkeys
                .verify_registration(&challenge.challenge_id, &made);
            verify.await
        })
    }
}

impl IntoFuture for SignInWithPasskey {
    type Output = Result<Session>;
    type IntoFuture = AuthFuture<Session>;

    fn into_future(self) -> AuthFuture<Session> {
        AuthFuture::new("sign in with passkey", async move {
            let challenge = self.start.await?;
            let signed = self.device.get(options(&challenge)?).await;
            let signed = signed.map_err(device_error)?;
            let verify = self
                .passkeys
                .verify_authentication(&challenge.challenge_id, &signed);
            verify.await
        })
    }
}

impl fmt::Debug for RegisterPasskey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegisterPasskey").finish_non_exhaustive()
    }
}

impl fmt::Debug for SignInWithPasskey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInWithPasskey").finish_non_exhaustive()
    }
}
