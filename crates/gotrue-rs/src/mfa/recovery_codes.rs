//! Codes on paper, for who has lost the second factor. The server calls them experimental, and may have them switched off.

use std::fmt;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use supabase_http::Result;

use super::MfaClient;
use super::challenge::verified;
use crate::call::Answer;
use crate::{AuthCall, Secret, Session};

/// The recovery codes of the signed-in user; made by [`MfaClient::recovery_codes`].
#[derive(Debug, Clone)]
pub struct RecoveryCodesClient(MfaClient);

/// How many codes there are. The codes themselves are never told again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct RecoveryCodesStatus {
    /// The id of the factor that they are.
    pub id: String,
    /// How many there were.
    pub total: u32,
    /// How many are unused.
    pub remaining: u32,
    /// What the server sent besides.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// New codes: show them to the user once. `Debug` does not.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct RecoveryCodes {
    /// The id of the factor that they are.
    pub id: String,
    /// The codes, each good for one use.
    pub codes: Vec<Secret>,
}

fn codes(answer: &Answer) -> Result<RecoveryCodes> {
    #[derive(Deserialize)]
    struct Made {
        id: String,
        codes: Vec<String>,
    }
    let Made { id, codes } = answer.json()?;
    let codes = codes.into_iter().map(Secret::new).collect();
    Ok(RecoveryCodes { id, codes })
}

impl fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecoveryCodes")
            .field("id", &self.id)
            .field("codes", &self.codes.len())
            .finish()
    }
}

impl MfaClient {
    /// The recovery codes of the signed-in user.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// for code in auth.mfa().recovery_codes().generate().await?.codes {
    ///     println!("{}", code.expose());
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn recovery_codes(&self) -> RecoveryCodesClient {
        RecoveryCodesClient(self.clone())
    }
}

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// let codes = auth.mfa().recovery_codes();
/// let made = codes.generate().await?;
/// println!("{} are left", codes.status().await?.remaining);
/// let session = codes.verify("aaaa-bbbb").await?;
/// let others = codes.regenerate().await?;
/// let id = codes.unenroll().await?;
/// # Ok(()) }
/// ```
impl RecoveryCodesClient {
    fn call<T>(
        &self,
        operation: &'static str,
        method: Method,
        last: &'static [&'static str],
        read: fn(&Answer) -> Result<T>,
    ) -> AuthCall<T> {
        let path = [["factors", "recovery-codes"].as_slice(), last].concat();
        let template = match last {
            ["verify"] => "/auth/v1/factors/recovery-codes/verify",
            ["regenerate"] => "/auth/v1/factors/recovery-codes/regenerate",
            _ => "/auth/v1/factors/recovery-codes",
        };
        AuthCall::new(&self.0.auth, operation, method, template, &path, read).by_user()
    }

    /// How many codes are left (`GET /factors/recovery-codes`).
    ///
    /// # Errors
    /// [`SessionMissing`](crate::SessionMissing) without a user, before anything is sent;
    /// [`MfaFactorNotFound`](crate::ErrorCode::MfaFactorNotFound) if there are none.
    pub fn status(&self) -> AuthCall<RecoveryCodesStatus> {
        self.call("recovery codes status", Method::GET, &[], Answer::json)
    }

    /// Makes codes (`POST /factors/recovery-codes`).
    ///
    /// # Errors
    /// As for [`status`](RecoveryCodesClient::status); an error if there are codes already.
    pub fn generate(&self) -> AuthCall<RecoveryCodes> {
        self.call("generate recovery codes", Method::POST, &[], codes)
    }

    /// Makes other codes; those from before are no good any more (`POST /factors/recovery-codes/regenerate`).
    ///
    /// # Errors
    /// As for [`status`](RecoveryCodesClient::status).
    pub fn regenerate(&self) -> AuthCall<RecoveryCodes> {
        self.call(
            "regenerate recovery codes",
            Method::POST,
            &["regenerate"],
            codes,
        )
    }

    /// Uses a code in place of the second factor (`POST /factors/recovery-codes/verify`). It brings a session with the second
    /// factor.
    ///
    /// # Errors
    /// As for [`MfaClient::verify`]; an error for too many tries.
    pub fn verify(&self, code: impl Into<String>) -> AuthCall<Session> {
        self.call(
            "verify recovery code",
            Method::POST,
            &["verify"],
            Answer::session,
        )
        .required("code", "the code", code)
        .then(verified)
    }

    /// Takes the codes away (`DELETE /factors/recovery-codes`), and gives the id of the factor that they were.
    ///
    /// # Errors
    /// As for [`status`](RecoveryCodesClient::status).
    pub fn unenroll(&self) -> AuthCall<String> {
        #[derive(Deserialize)]
        struct Gone {
            id: String,
        }
        self.call("unenroll recovery codes", Method::DELETE, &[], |answer| {
            answer.json::<Gone>().map(|gone| gone.id)
        })
    }
}
