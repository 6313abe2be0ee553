//! Security keys from the beginning to the end, with the key itself between the calls.

use std::fmt;
use std::future::IntoFuture;

use serde::Deserialize;
use supabase_http::{Error, Result};

use super::{EnrollWebauthn, MfaClient, WebauthnResponse};
use crate::webauthn::{Device, device_error};
use crate::{
    AuthFuture, Authenticator, Challenge, CredentialCreationOptions, CredentialRequestOptions,
    Session,
};

/// For whom a key signs: a domain, and the origins that may ask.
#[derive(Clone)]
struct Party(String, Vec<String>);

/// Enrolls a security key; see [`MfaClient::register_webauthn`].
///
/// **Awaiting it runs it**; nothing is sent before.
#[must_use = "nothing is sent until the call is awaited"]
pub struct RegisterWebauthn {
    mfa: MfaClient,
    enroll: EnrollWebauthn,
    party: Party,
    device: Device,
}

/// Verifies a security key; see [`MfaClient::authenticate_webauthn`].
///
/// **Awaiting it runs it**; nothing is sent before.
#[must_use = "nothing is sent until the call is awaited"]
pub struct AuthenticateWebauthn {
    mfa: MfaClient,
    factor_id: String,
    party: Party,
    device: Device,
}

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient, key: impl gotrue_rs::Authenticator + 'static) -> Result<(), gotrue_rs::Error> {
/// let origins = ["https://app.example.com"];
/// let session = auth.mfa().register_webauthn("app.example.com", origins, key).friendly_name("blue key").await?;
/// # Ok(()) }
/// ```
impl RegisterWebauthn {
    /// The user's name for the key.
    pub fn friendly_name(mut self, name: impl Into<String>) -> Self {
        self.enroll = self.enroll.friendly_name(name);
        self
    }
}

impl MfaClient {
    /// Enrolls a security key as a second factor and verifies it: asks the server, the key, and the server again. `rp_id` is
    /// the domain that the key signs for, `origins` are those that may ask it. If the key does not answer, the factor that was
    /// begun is taken away again.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient, key: impl gotrue_rs::Authenticator + 'static) -> Result<(), gotrue_rs::Error> {
    /// let session = auth.mfa().register_webauthn("app.example.com", ["https://app.example.com"], key).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As for [`enroll_webauthn`](MfaClient::enroll_webauthn), [`challenge`](MfaClient::challenge) and
    /// [`verify_webauthn`](MfaClient::verify_webauthn); [`ErrorKind::Credential`](crate::ErrorKind::Credential) with the key's
    /// own error.
    pub fn register_webauthn(
        &self,
        rp_id: impl Into<String>,
        origins: impl IntoIterator<Item = impl Into<String>>,
        device: impl Authenticator + 'static,
    ) -> RegisterWebauthn {
        RegisterWebauthn {
            mfa: self.clone(),
            enroll: self.enroll_webauthn(),
            party: Party(rp_id.into(), origins.into_iter().map(Into::into).collect()),
            device: Box::new(device),
        }
    }

    /// Verifies a security key that was enrolled: asks the server, the key, and the server again. It brings a session with
    /// the second factor.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient, id: &str, key: impl gotrue_rs::Authenticator + 'static) -> Result<(), gotrue_rs::Error> {
    /// let session = auth.mfa().authenticate_webauthn(id, "app.example.com", ["https://app.example.com"], key).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As for [`challenge`](MfaClient::challenge) and [`verify_webauthn`](MfaClient::verify_webauthn);
    /// [`ErrorKind::Credential`](crate::ErrorKind::Credential) with the key's own error.
    pub fn authenticate_webauthn(
        &self,
        factor_id: impl Into<String>,
        rp_id: impl Into<String>,
        origins: impl IntoIterator<Item = impl Into<String>>,
        device: impl Authenticator + 'static,
    ) -> AuthenticateWebauthn {
        AuthenticateWebauthn {
            mfa: self.clone(),
            factor_id: factor_id.into(),
            party: Party(rp_id.into(), origins.into_iter().map(Into::into).collect()),
            device: Box::new(device),
        }
    }
}

/// What a challenge asks of the key.
#[derive(Deserialize)]
#[serde(tag = "type", content = "credential_options", rename_all = "lowercase")]
enum Asked {
    Create(Wrapped<CredentialCreationOptions>),
    Request(Wrapped<CredentialRequestOptions>),
}

#[derive(Deserialize)]
struct Wrapped<T> {
    #[serde(rename = "publicKey")]
    public_key: T,
}

impl Party {
    /// Has a challenge answered by the key.
    async fn ask(&self, device: &Device, challenge: &Challenge) -> Result<WebauthnResponse> {
        let asked = challenge.webauthn.clone().unwrap_or_default();
        let asked = serde_json::from_value(asked).map_err(|why| {
            Error::credential(format!(
                "the server's options for the security key cannot be read ({:?} error)",
                why.classify()
            ))
        })?;
        let answer = match asked {
            Asked::Create(options) => {
                let made = device.create(options.public_key).await;
                WebauthnResponse::create(&made.map_err(device_error)?)
            }
            Asked::Request(options) => {
                let signed = device.get(options.public_key).await;
                WebauthnResponse::request(&signed.map_err(device_error)?)
            }
        };
        Ok(answer.relying_party(self.0.clone(), self.1.clone()))
    }
}

/// Challenges a key and gives its answer.
async fn verified(mfa: &MfaClient, id: &str, party: &Party, device: &Device) -> Result<Session> {
    let challenge = mfa.challenge(id).webauthn(party.0.clone(), party.1.clone());
    let challenge = challenge.await?;
    let answer = party.ask(device, &challenge).await?;
    mfa.verify_webauthn(id, challenge.id, &answer).await
}

impl IntoFuture for RegisterWebauthn {
    type Output = Result<Session>;
    type IntoFuture = AuthFuture<Session>;

    fn into_future(self) -> AuthFuture<Session> {
        AuthFuture::new("register webauthn", async move {
            let factor = self.enroll.await?;
            let result = verified(&self.mfa, &factor.id, &self.party, &self.device).await;
            if result.is_err() {
                // What remains would be in the way of the next try, for five minutes. Why it failed is the answer all the same.
                let _ = self.mfa.unenroll(&factor.id).await;
            }
            result
        })
    }
}

impl IntoFuture for AuthenticateWebauthn {
    type Output = Result<Session>;
    type IntoFuture = AuthFuture<Session>;

    fn into_future(self) -> AuthFuture<Session> {
        AuthFuture::new("authenticate webauthn", async move {
            verified(&self.mfa, &self.factor_id, &self.party, &self.device).await
        })
    }
}

impl fmt::Debug for RegisterWebauthn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegisterWebauthn").finish_non_exhaustive()
    }
}

impl fmt::Debug for AuthenticateWebauthn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticateWebauthn")
            .field("factor_id", &self.factor_id)
            .finish_non_exhaustive()
    }
}
