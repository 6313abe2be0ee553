//! Second factors: authenticator apps, phones, security keys.

mod assurance;
mod challenge;
mod enroll;
mod recovery_codes;
mod webauthn;

pub use assurance::{Aal, AssuranceLevel, Factors};
pub use challenge::{Challenge, ChallengeAndVerify, ChallengeFactor, WebauthnResponse};
pub use enroll::{EnrollPhone, EnrollTotp, EnrollWebauthn, FactorEnrolled, TotpEnrolled};
pub use recovery_codes::{RecoveryCodes, RecoveryCodesClient, RecoveryCodesStatus};
pub use webauthn::{AuthenticateWebauthn, RegisterWebauthn};

use crate::AuthClient;

/// The second factors of the signed-in user; made by [`AuthClient::mfa`].
///
/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient, code: &str) -> Result<(), gotrue_rs::Error> {
/// let totp = auth.mfa().enroll_totp().friendly_name("phone").await?;
/// println!("scan this: {}", totp.qr_code);
/// let session = auth.mfa().challenge_and_verify(&totp.id, code).await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct MfaClient {
    auth: AuthClient,
}

impl AuthClient {
    /// The second factors of the signed-in user. A call of it fails before it is sent if there is none.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// let factors = auth.mfa().list_factors().await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn mfa(&self) -> MfaClient {
        MfaClient { auth: self.clone() }
    }
}
