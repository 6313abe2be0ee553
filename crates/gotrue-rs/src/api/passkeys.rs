//! Passkeys: signing in by what a device holds. The device's part is the app's; its JSON goes in and out here.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use supabase_http::Error;

use crate::api::identities::nothing;
use crate::builders::{builder, captcha};
use crate::call::{Answer, signed_in};
use crate::model::text_or_none;
use crate::{AuthCall, AuthClient, Session, Timestamp};

/// The passkeys of the signed-in user, and signing in by one; made by [`AuthClient::passkeys`].
#[derive(Debug, Clone)]
pub struct PasskeyClient {
    auth: AuthClient,
}

/// A passkey of the user.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Passkey {
    /// Its id.
    pub id: String,
    /// The user's name for it.
    #[serde(
        deserialize_with = "text_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub friendly_name: Option<String>,
    /// When it was registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When it was last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
    /// What the server sent besides.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What the device is asked: good for five minutes and one answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PasskeyChallenge {
    /// The challenge's id, which goes back with the answer.
    pub challenge_id: String,
    /// The options for the device, in the JSON form of WebAuthn
    /// (`PublicKeyCredentialCreationOptionsJSON` or `PublicKeyCredentialRequestOptionsJSON`).
    pub options: Value,
    /// When it ends, in seconds since 1970 began.
    #[serde(default)]
    pub expires_at: u64,
    /// What the server sent besides.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

builder! {
    /// Begins a sign-in by a passkey; see [`PasskeyClient::start_authentication`].
    StartPasskeyAuthentication => PasskeyChallenge
}
captcha!(StartPasskeyAuthentication);

impl AuthClient {
    /// The passkeys of the signed-in user, and signing in by one.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// # fn ask_the_device(options: &serde_json::Value) -> serde_json::Value { options.clone() }
    /// let challenge = auth.passkeys().start_authentication().await?;
    /// let answer = ask_the_device(&challenge.options);
    /// let session = auth.passkeys().verify_authentication(&challenge.challenge_id, &answer).await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn passkeys(&self) -> PasskeyClient {
        PasskeyClient { auth: self.clone() }
    }
}

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// # fn ask_the_device(options: &serde_json::Value) -> serde_json::Value { options.clone() }
/// let challenge = auth.passkeys().start_registration().await?;
/// let answer = ask_the_device(&challenge.options);
/// let passkey = auth.passkeys().verify_registration(&challenge.challenge_id, &answer).await?;
///
/// for passkey in auth.passkeys().list().await? {
///     auth.passkeys().delete(&passkey.id).await?;
/// }
/// # Ok(()) }
/// ```
///
/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// # fn ask_the_device(options: &serde_json::Value) -> serde_json::Value { options.clone() }
/// let challenge = auth.passkeys().start_authentication().await?;
/// let answer = ask_the_device(&challenge.options);
/// let session = auth.passkeys().verify_authentication(&challenge.challenge_id, &answer).await?;
/// # Ok(()) }
/// ```
impl PasskeyClient {
    /// Begins to register a passkey of the signed-in user (`POST /passkeys/registration/options`).
    ///
    /// # Errors
    /// [`SessionMissing`](crate::SessionMissing) without a user, before anything is sent;
    /// [`TooManyPasskeys`](crate::ErrorCode::TooManyPasskeys), [`PasskeyDisabled`](crate::ErrorCode::PasskeyDisabled).
    pub fn start_registration(&self) -> AuthCall<PasskeyChallenge> {
        AuthCall::new(
            &self.auth,
            "start passkey registration",
            Method::POST,
            "/auth/v1/passkeys/registration/options",
            &["passkeys", "registration", "options"],
            Answer::json,
        )
        .with_body()
        .by_user()
    }

    /// Ends it with what the device answered (`POST /passkeys/registration/verify`).
    ///
    /// # Errors
    /// [`WebauthnVerificationFailed`](crate::ErrorCode::WebauthnVerificationFailed),
    /// [`WebauthnChallengeExpired`](crate::ErrorCode::WebauthnChallengeExpired).
    pub fn verify_registration(
        &self,
        challenge_id: impl Into<String>,
        credential: &(impl Serialize + ?Sized),
    ) -> AuthCall<Passkey> {
        let call = AuthCall::new(
            &self.auth,
            "verify passkey registration",
            Method::POST,
            "/auth/v1/passkeys/registration/verify",
            &["passkeys", "registration", "verify"],
            Answer::json,
        );
        call.required("challenge_id", "the challenge's id", challenge_id)
            .object("credential", credential)
            .by_user()
    }

    /// Begins a sign-in by a passkey (`POST /passkeys/authentication/options`).
    ///
    /// # Errors
    /// [`PasskeyDisabled`](crate::ErrorCode::PasskeyDisabled).
    pub fn start_authentication(&self) -> StartPasskeyAuthentication {
        let call = AuthCall::new(
            &self.auth,
            "start passkey authentication",
            Method::POST,
            "/auth/v1/passkeys/authentication/options",
            &["passkeys", "authentication", "options"],
            Answer::json,
        );
        StartPasskeyAuthentication(call.with_body())
    }

    /// Ends it with what the device answered, and signs the user in (`POST /passkeys/authentication/verify`).
    ///
    /// # Errors
    /// [`WebauthnCredentialNotFound`](crate::ErrorCode::WebauthnCredentialNotFound),
    /// [`WebauthnVerificationFailed`](crate::ErrorCode::WebauthnVerificationFailed).
    pub fn verify_authentication(
        &self,
        challenge_id: impl Into<String>,
        credential: &(impl Serialize + ?Sized),
    ) -> AuthCall<Session> {
        let call = AuthCall::new(
            &self.auth,
            "verify passkey authentication",
            Method::POST,
            "/auth/v1/passkeys/authentication/verify",
            &["passkeys", "authentication", "verify"],
            Answer::session,
        );
        call.required("challenge_id", "the challenge's id", challenge_id)
            .object("credential", credential)
            .then(signed_in)
    }

    /// The passkeys of the signed-in user (`GET /passkeys`).
    ///
    /// # Errors
    /// [`SessionMissing`](crate::SessionMissing) without a user, before anything is sent.
    pub fn list(&self) -> AuthCall<Vec<Passkey>> {
        AuthCall::new(
            &self.auth,
            "list passkeys",
            Method::GET,
            "/auth/v1/passkeys",
            &["passkeys"],
            Answer::json_or_empty,
        )
        .by_user()
    }

    /// Gives a passkey another name, of 1 to 120 bytes (`PATCH /passkeys/{id}`).
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// for passkey in auth.passkeys().list().await? {
    ///     auth.passkeys().update(&passkey.id, "my old laptop").await?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for a name that is too short or too long, before anything is sent.
    pub fn update(
        &self,
        passkey_id: impl AsRef<str>,
        friendly_name: impl Into<String>,
    ) -> AuthCall<Passkey> {
        let name = friendly_name.into();
        let call = AuthCall::new(
            &self.auth,
            "update passkey",
            Method::PATCH,
            "/auth/v1/passkeys/{id}",
            &["passkeys", passkey_id.as_ref()],
            Answer::json,
        )
        .by_user();
        if name.len() > 120 {
            return call.fail(Error::request("a passkey's name has 120 bytes at most"));
        }
        call.required("friendly_name", "the passkey's name", name)
    }

    /// Takes a passkey away (`DELETE /passkeys/{id}`).
    ///
    /// # Errors
    /// [`SessionMissing`](crate::SessionMissing) without a user, before anything is sent.
    pub fn delete(&self, passkey_id: impl AsRef<str>) -> AuthCall<()> {
        AuthCall::new(
            &self.auth,
            "delete passkey",
            Method::DELETE,
            "/auth/v1/passkeys/{id}",
            &["passkeys", passkey_id.as_ref()],
            nothing,
        )
        .by_user()
    }
}
