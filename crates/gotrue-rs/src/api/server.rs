//! What the server tells about itself.

use std::collections::BTreeMap;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::call::Answer;
use crate::{AuthCall, AuthClient};

/// How the project's sign-in is set up.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Settings {
    /// Which providers are switched on, by name; `email`, `phone` and `anonymous_users` are among them.
    pub external: BTreeMap<String, bool>,
    /// Whether the project takes no new users.
    pub disable_signup: bool,
    /// Whether e-mail addresses need no confirmation.
    pub mailer_autoconfirm: bool,
    /// Whether phones need no confirmation.
    pub phone_autoconfirm: bool,
    /// Who sends text messages.
    pub sms_provider: String,
    /// Whether companies can sign in by SAML.
    pub saml_enabled: bool,
    /// Whether passkeys are switched on.
    pub passkeys_enabled: bool,
    /// What the server sent besides.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Which server answers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Health {
    /// Its version.
    pub version: String,
    /// Its name.
    pub name: String,
    /// What it says about itself.
    pub description: String,
    /// What the server sent besides.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl AuthClient {
    /// How the project's sign-in is set up, such as which providers are switched on (`GET /settings`).
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// let settings = auth.get_settings().await?;
    /// let has_github = settings.external.get("github") == Some(&true);
    /// # Ok(()) }
    /// ```
    pub fn get_settings(&self) -> AuthCall<Settings> {
        AuthCall::new(
            self,
            "get settings",
            Method::GET,
            "/auth/v1/settings",
            &["settings"],
            Answer::json,
        )
    }

    /// Whether the server is up, and which version it is (`GET /health`).
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// println!("{}", auth.get_health().await?.version);
    /// # Ok(()) }
    /// ```
    pub fn get_health(&self) -> AuthCall<Health> {
        AuthCall::new(
            self,
            "get health",
            Method::GET,
            "/auth/v1/health",
            &["health"],
            Answer::json,
        )
    }
}
