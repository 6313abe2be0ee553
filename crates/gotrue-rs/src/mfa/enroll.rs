//! Enrolling factors, and taking them away.

use std::fmt;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use supabase_http::Result;

use super::MfaClient;
use crate::api::identities::nothing;
use crate::builders::builder;
use crate::call::Answer;
use crate::model::text_or_none;
use crate::{AuthCall, Contact as _, FactorKind, Phone, Secret};

/// An authenticator app that was enrolled. It counts once a code of it was [verified](MfaClient::challenge_and_verify).
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TotpEnrolled {
    /// The factor's id.
    pub id: String,
    /// The user's name for it.
    pub friendly_name: Option<String>,
    /// What the app scans: an SVG image, which holds the secret. Empty if the server made none.
    pub qr_code: String,
    /// What the user types into the app where they cannot scan.
    pub secret: Secret,
    /// The same as a URI (`otpauth://…`), which holds the secret.
    pub uri: Secret,
}

impl fmt::Debug for TotpEnrolled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the image: the secret is in it.
        f.debug_struct("TotpEnrolled")
            .field("id", &self.id)
            .field("friendly_name", &self.friendly_name)
            .field("secret", &self.secret)
            .finish_non_exhaustive()
    }
}

/// A phone or a security key that was enrolled. It counts once it was verified.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FactorEnrolled {
    /// The factor's id.
    pub id: String,
    /// What kind it is.
    #[serde(rename = "type")]
    pub factor_type: FactorKind,
    /// The user's name for it.
    #[serde(
        default,
        deserialize_with = "text_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub friendly_name: Option<String>,
    /// The phone's number.
    #[serde(
        default,
        deserialize_with = "text_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub phone: Option<String>,
    /// What the server sent besides.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

builder! {
    /// Enrolls an authenticator app; see [`MfaClient::enroll_totp`].
    EnrollTotp => TotpEnrolled
}

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// let totp = auth.mfa().enroll_totp().friendly_name("phone").issuer("Example").await?;
/// # Ok(()) }
/// ```
impl EnrollTotp {
    /// The user's name for it. No two factors of a user may have the same, not even none.
    pub fn friendly_name(self, name: impl Into<String>) -> Self {
        self.map(|call| call.field("friendly_name", name.into()))
    }

    /// Who the app says that the codes are for: the project's site unless this says otherwise.
    pub fn issuer(self, issuer: impl Into<String>) -> Self {
        self.map(|call| call.field("issuer", issuer.into()))
    }
}

builder! {
    /// Enrolls a phone; see [`MfaClient::enroll_phone`].
    EnrollPhone => FactorEnrolled
}

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::Phone;
///
/// let phone = auth.mfa().enroll_phone(Phone("+4512345678")).friendly_name("mine").await?;
/// # Ok(()) }
/// ```
impl EnrollPhone {
    /// The user's name for it.
    pub fn friendly_name(self, name: impl Into<String>) -> Self {
        self.map(|call| call.field("friendly_name", name.into()))
    }
}

builder! {
    /// Enrolls a security key; see [`MfaClient::enroll_webauthn`].
    EnrollWebauthn => FactorEnrolled
}

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// let key = auth.mfa().enroll_webauthn().friendly_name("blue key").await?;
/// # Ok(()) }
/// ```
impl EnrollWebauthn {
    /// The user's name for it.
    pub fn friendly_name(self, name: impl Into<String>) -> Self {
        self.map(|call| call.field("friendly_name", name.into()))
    }
}

impl MfaClient {
    /// Enrolls an authenticator app (`POST /factors`).
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// let totp = auth.mfa().enroll_totp().friendly_name("phone").issuer("Example").await?;
    /// println!("type this: {}", totp.secret.expose());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`SessionMissing`](crate::SessionMissing) without a user, before anything is sent;
    /// [`MfaFactorNameConflict`](crate::ErrorCode::MfaFactorNameConflict),
    /// [`TooManyEnrolledMfaFactors`](crate::ErrorCode::TooManyEnrolledMfaFactors).
    pub fn enroll_totp(&self) -> EnrollTotp {
        EnrollTotp(self.enroll("totp", read_totp))
    }

    /// Enrolls a phone that gets codes (`POST /factors`).
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::Phone;
    ///
    /// let phone = auth.mfa().enroll_phone(Phone("+4512345678")).friendly_name("mine").await?;
    /// let challenge = auth.mfa().challenge(&phone.id).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As for [`enroll_totp`](MfaClient::enroll_totp);
    /// [`MfaPhoneEnrollNotEnabled`](crate::ErrorCode::MfaPhoneEnrollNotEnabled).
    pub fn enroll_phone(&self, phone: Phone<impl Into<String>>) -> EnrollPhone {
        let call = self.enroll("phone", Answer::json);
        EnrollPhone(call.contact(phone.into_field()))
    }

    /// Enrolls a security key or a device (`POST /factors`); a [`challenge`](MfaClient::challenge) then brings the options
    /// for it.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// let key = auth.mfa().enroll_webauthn().friendly_name("blue key").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As for [`enroll_totp`](MfaClient::enroll_totp).
    pub fn enroll_webauthn(&self) -> EnrollWebauthn {
        EnrollWebauthn(self.enroll("webauthn", Answer::json))
    }

    /// Takes a factor away (`DELETE /factors/{id}`). The current access token goes on saying `aal2` until it is renewed.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// for factor in auth.mfa().list_factors().await?.all {
    ///     auth.mfa().unenroll(&factor.id).await?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`InsufficientAal`](crate::ErrorCode::InsufficientAal) for a verified factor on a session without a second factor.
    pub fn unenroll(&self, factor_id: impl AsRef<str>) -> AuthCall<()> {
        AuthCall::new(
            &self.auth,
            "unenroll",
            Method::DELETE,
            "/auth/v1/factors/{factor_id}",
            &["factors", factor_id.as_ref()],
            nothing,
        )
        .by_user()
    }

    fn enroll<T>(&self, kind: &str, read: fn(&Answer) -> Result<T>) -> AuthCall<T> {
        AuthCall::new(
            &self.auth,
            "enroll",
            Method::POST,
            "/auth/v1/factors",
            &["factors"],
            read,
        )
        .field("factor_type", kind)
        .by_user()
    }
}

fn read_totp(answer: &Answer) -> Result<TotpEnrolled> {
    #[derive(Deserialize)]
    struct Enrolled {
        id: String,
        #[serde(default, deserialize_with = "text_or_none")]
        friendly_name: Option<String>,
        totp: Totp,
    }
    #[derive(Deserialize)]
    struct Totp {
        #[serde(default)]
        qr_code: String,
        secret: String,
        uri: String,
    }
    let found: Enrolled = answer.json()?;
    Ok(TotpEnrolled {
        id: found.id,
        friendly_name: found.friendly_name,
        qr_code: found.totp.qr_code,
        secret: Secret::new(found.totp.secret),
        uri: Secret::new(found.totp.uri),
    })
}
