//! Asking for a code, and giving it.

use std::fmt;
use std::future::IntoFuture;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use supabase_http::{BoxFuture, Error, Result};

use super::MfaClient;
use crate::builders::builder;
use crate::call::Answer;
use crate::owner::{Adopted, SessionOwner};
use crate::{AuthCall, AuthFuture, FactorKind, OtpChannel, Session};

/// A challenge to a factor: good for five minutes, one answer, and from the same address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Challenge {
    /// The challenge's id.
    pub id: String,
    /// The factor's kind.
    #[serde(rename = "type", default)]
    pub factor_type: FactorKind,
    /// When it ends, in seconds since 1970 began.
    #[serde(default)]
    pub expires_at: u64,
    /// What the security key is to do: `type` (`create` or `request`) and `credential_options`, in the JSON form of WebAuthn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webauthn: Option<Value>,
    /// What the server sent besides.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What a security key answered, in the JSON form of WebAuthn.
#[derive(Clone)]
pub struct WebauthnResponse {
    kind: &'static str,
    credential: std::result::Result<Value, String>,
    relying_party: Option<(String, Vec<String>)>,
}

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// # fn ask_the_device(options: &serde_json::Value) -> serde_json::Value { options.clone() }
/// use gotrue_rs::WebauthnResponse;
///
/// let key = auth.mfa().enroll_webauthn().await?;
/// let challenge = auth.mfa().challenge(&key.id).webauthn("app.example.com", ["https://app.example.com"]).await?;
/// let options = challenge.webauthn.unwrap_or_default();
/// let answer = ask_the_device(&options["credential_options"]);
/// let response = match options["type"].as_str() {
///     Some("create") => WebauthnResponse::create(&answer),
///     _ => WebauthnResponse::request(&answer),
/// };
/// let session = auth.mfa().verify_webauthn(&key.id, challenge.id, &response).await?;
/// # Ok(()) }
/// ```
impl WebauthnResponse {
    /// The answer to a challenge of type `create`: the new credential.
    #[must_use]
    pub fn create(credential: &(impl Serialize + ?Sized)) -> Self {
        Self::new("create", credential)
    }

    /// The answer to a challenge of type `request`: the assertion.
    #[must_use]
    pub fn request(credential: &(impl Serialize + ?Sized)) -> Self {
        Self::new("request", credential)
    }

    fn new(kind: &'static str, credential: &(impl Serialize + ?Sized)) -> Self {
        let credential = serde_json::to_value(credential).map_err(|why| why.to_string());
        Self {
            kind,
            credential,
            relying_party: None,
        }
    }

    /// For whom the key signed: said again with the answer.
    pub(super) fn relying_party(mut self, rp_id: String, origins: Vec<String>) -> Self {
        self.relying_party = Some((rp_id, origins));
        self
    }
}

impl fmt::Debug for WebauthnResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebauthnResponse")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

builder! {
    /// Challenges a factor; see [`MfaClient::challenge`].
    ChallengeFactor => Challenge
}

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::OtpChannel;
/// # let (phone_id, key_id) = ("a", "b");
///
/// let sent = auth.mfa().challenge(phone_id).channel(OtpChannel::Whatsapp).await?;
/// let asked = auth.mfa().challenge(key_id).webauthn("app.example.com", ["https://app.example.com"]).await?;
/// # Ok(()) }
/// ```
impl ChallengeFactor {
    /// How the code is sent to a phone: by SMS unless this says otherwise.
    pub fn channel(self, channel: OtpChannel) -> Self {
        self.map(|call| call.field("channel", String::from(channel)))
    }

    /// For a security key: the domain that it signs for, and the origins that may ask it.
    pub fn webauthn(
        self,
        rp_id: impl Into<String>,
        origins: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let origins: Vec<String> = origins.into_iter().map(Into::into).collect();
        let rp_id = rp_id.into();
        if rp_id.trim().is_empty() {
            return self.map(|call| {
                call.fail(Error::request(
                    "a security key signs for a domain: give it, such as `app.example.com`",
                ))
            });
        }
        let mut relying_party = json!({ "rpId": rp_id });
        if !origins.is_empty() {
            relying_party["rpOrigins"] = origins.into();
        }
        self.map(|call| call.field("webauthn", relying_party))
    }
}

/// Challenges a factor and gives the code at once; see [`MfaClient::challenge_and_verify`].
///
/// **Awaiting it runs it**; nothing is sent before.
#[must_use = "nothing is sent until the call is awaited"]
pub struct ChallengeAndVerify {
    mfa: MfaClient,
    factor_id: String,
    code: String,
}

impl MfaClient {
    /// Challenges a factor (`POST /factors/{id}/challenge`): a phone gets a code, a security key its options.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient, factor_id: &str) -> Result<(), gotrue_rs::Error> {
    /// let challenge = auth.mfa().challenge(factor_id).await?;
    /// let session = auth.mfa().verify(factor_id, &challenge.id, "123456").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`SessionMissing`](crate::SessionMissing) without a user, before anything is sent;
    /// [`MfaFactorNotFound`](crate::ErrorCode::MfaFactorNotFound).
    pub fn challenge(&self, factor_id: impl AsRef<str>) -> ChallengeFactor {
        let call = AuthCall::new(
            &self.auth,
            "challenge",
            Method::POST,
            "/auth/v1/factors/{factor_id}/challenge",
            &["factors", factor_id.as_ref(), "challenge"],
            Answer::json,
        );
        ChallengeFactor(call.with_body().by_user())
    }

    /// Answers a challenge with a code (`POST /factors/{id}/verify`). It brings a session with the second factor; all others
    /// of the user without one end.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient, factor_id: &str, challenge_id: &str) -> Result<(), gotrue_rs::Error> {
    /// let session = auth.mfa().verify(factor_id, challenge_id, "123456").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`MfaVerificationFailed`](crate::ErrorCode::MfaVerificationFailed) for a wrong code,
    /// [`MfaChallengeExpired`](crate::ErrorCode::MfaChallengeExpired),
    /// [`MfaIpAddressMismatch`](crate::ErrorCode::MfaIpAddressMismatch) also for a used challenge.
    pub fn verify(
        &self,
        factor_id: impl AsRef<str>,
        challenge_id: impl Into<String>,
        code: impl Into<String>,
    ) -> AuthCall<Session> {
        self.verify_call(factor_id.as_ref(), challenge_id.into())
            .required("code", "the code", code)
    }

    /// Answers a challenge with what a security key said (`POST /factors/{id}/verify`).
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient, id: &str, challenge: &str, answer: serde_json::Value) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::WebauthnResponse;
    ///
    /// let session = auth.mfa().verify_webauthn(id, challenge, &WebauthnResponse::request(&answer)).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As for [`verify`](MfaClient::verify).
    pub fn verify_webauthn(
        &self,
        factor_id: impl AsRef<str>,
        challenge_id: impl Into<String>,
        response: &WebauthnResponse,
    ) -> AuthCall<Session> {
        let call = self.verify_call(factor_id.as_ref(), challenge_id.into());
        match &response.credential {
            Ok(credential) => {
                let mut answer =
                    json!({ "type": response.kind, "credential_response": credential });
                if let Some((rp_id, origins)) = &response.relying_party {
                    answer["rpId"] = rp_id.as_str().into();
                    answer["rpOrigins"] = origins.clone().into();
                }
                call.field("webauthn", answer)
            }
            Err(why) => call.fail(Error::request(format!(
                "the security key's answer cannot be written as JSON: {why}"
            ))),
        }
    }

    /// Challenges a factor and gives the code at once: for authenticator apps, whose codes need no asking.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient, factor_id: &str) -> Result<(), gotrue_rs::Error> {
    /// let session = auth.mfa().challenge_and_verify(factor_id, "123456").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As for [`challenge`](MfaClient::challenge) and [`verify`](MfaClient::verify).
    pub fn challenge_and_verify(
        &self,
        factor_id: impl Into<String>,
        code: impl Into<String>,
    ) -> ChallengeAndVerify {
        ChallengeAndVerify {
            mfa: self.clone(),
            factor_id: factor_id.into(),
            code: code.into(),
        }
    }

    fn verify_call(&self, factor_id: &str, challenge_id: String) -> AuthCall<Session> {
        AuthCall::new(
            &self.auth,
            "verify",
            Method::POST,
            "/auth/v1/factors/{factor_id}/verify",
            &["factors", factor_id, "verify"],
            Answer::session,
        )
        .required("challenge_id", "the challenge's id", challenge_id)
        .by_user()
        .then(verified)
    }
}

pub(super) fn verified<'a>(
    owner: &'a dyn SessionOwner,
    session: &Session,
) -> BoxFuture<'a, Result<()>> {
    owner.adopt(session.clone(), Adopted::FactorVerified)
}

impl IntoFuture for ChallengeAndVerify {
    type Output = Result<Session>;
    type IntoFuture = AuthFuture<Session>;

    fn into_future(self) -> AuthFuture<Session> {
        AuthFuture::new("challenge and verify", async move {
            let Self {
                mfa,
                factor_id,
                code,
            } = self;
            let challenge = mfa.challenge(&factor_id).await?;
            mfa.verify(&factor_id, challenge.id, code).await
        })
    }
}

impl fmt::Debug for ChallengeAndVerify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChallengeAndVerify")
            .field("factor_id", &self.factor_id)
            .finish_non_exhaustive()
    }
}
