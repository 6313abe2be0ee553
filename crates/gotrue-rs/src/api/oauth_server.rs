//! The project as an identity provider for other apps: what they ask of the signed-in user.

use std::fmt;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use supabase_http::Result;

use crate::api::identities::nothing;
use crate::call::Answer;
use crate::{AuthCall, AuthClient, Timestamp};

/// What other apps ask of the signed-in user; made by [`AuthClient::oauth`].
#[derive(Debug, Clone)]
pub struct OAuthServerClient {
    auth: AuthClient,
}

/// Another app.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct OAuthApp {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its site.
    pub uri: String,
    /// Its picture.
    pub logo_uri: String,
    /// What the server sent besides.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What another app asks for.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct AuthorizationDetails {
    /// The id of the request; empty where the user has consented before.
    pub authorization_id: String,
    /// Where the user goes after they have decided.
    pub redirect_uri: String,
    /// Who asks.
    pub client: OAuthApp,
    /// Whom it asks: `id` and `email`.
    pub user: Map<String, Value>,
    /// What it asks for, separated by blanks.
    pub scope: String,
    /// Where to send the user at once: they have consented before, and nothing is left to decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
    /// What the server sent besides.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl fmt::Debug for AuthorizationDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the URL to send the user to, which holds a code.
        f.debug_struct("AuthorizationDetails")
            .field("authorization_id", &self.authorization_id)
            .field("client", &self.client)
            .field("scope", &self.scope)
            .field("is_decided", &self.redirect_url.is_some())
            .finish_non_exhaustive()
    }
}

/// What the user has granted another app.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct OAuthGrant {
    /// To whom.
    pub client: OAuthApp,
    /// What.
    pub scopes: Vec<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub granted_at: Option<Timestamp>,
    /// What the server sent besides.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl AuthClient {
    /// What other apps ask of the signed-in user, where the project is their identity provider.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient, id: &str) -> Result<(), gotrue_rs::Error> {
    /// let asked = auth.oauth().get_authorization_details(id).await?;
    /// let url = match asked.redirect_url {
    ///     Some(url) => url,
    ///     None => {
    ///         println!("{} asks for {}", asked.client.name, asked.scope);
    ///         auth.oauth().approve_authorization(id).await?
    ///     }
    /// };
    /// println!("go to {url}");
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn oauth(&self) -> OAuthServerClient {
        OAuthServerClient { auth: self.clone() }
    }
}

impl OAuthServerClient {
    /// What another app asks for (`GET /oauth/authorizations/{id}`). It must be called before the user can decide.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// # let id = "auth-1";
    /// let asked = auth.oauth().get_authorization_details(id).await?;
    /// println!("{} asks for {}", asked.client.name, asked.scope);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`SessionMissing`](crate::SessionMissing) without a user, before anything is sent;
    /// [`OauthAuthorizationNotFound`](crate::ErrorCode::OauthAuthorizationNotFound) for an unknown or expired request.
    pub fn get_authorization_details(
        &self,
        authorization_id: impl AsRef<str>,
    ) -> AuthCall<AuthorizationDetails> {
        AuthCall::new(
            &self.auth,
            "get authorization details",
            Method::GET,
            "/auth/v1/oauth/authorizations/{id}",
            &["oauth", "authorizations", authorization_id.as_ref()],
            Answer::json,
        )
        .by_user()
    }

    /// Grants what was asked for, and gives the URL to send the user to
    /// (`POST /oauth/authorizations/{id}/consent`).
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// # let id = "auth-1";
    /// println!("go to {}", auth.oauth().approve_authorization(id).await?);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As for [`get_authorization_details`](OAuthServerClient::get_authorization_details);
    /// [`ValidationFailed`](crate::ErrorCode::ValidationFailed) once it is decided.
    pub fn approve_authorization(&self, authorization_id: impl AsRef<str>) -> AuthCall<String> {
        self.decide(
            "approve authorization",
            "approve",
            authorization_id.as_ref(),
        )
    }

    /// Refuses what was asked for, and gives the URL to send the user to
    /// (`POST /oauth/authorizations/{id}/consent`).
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// # let id = "auth-1";
    /// println!("go to {}", auth.oauth().deny_authorization(id).await?);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As for [`approve_authorization`](OAuthServerClient::approve_authorization).
    pub fn deny_authorization(&self, authorization_id: impl AsRef<str>) -> AuthCall<String> {
        self.decide("deny authorization", "deny", authorization_id.as_ref())
    }

    /// What the user has granted to other apps (`GET /user/oauth/grants`).
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// for grant in auth.oauth().list_grants().await? {
    ///     println!("{}: {:?}", grant.client.name, grant.scopes);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`SessionMissing`](crate::SessionMissing) without a user, before anything is sent.
    pub fn list_grants(&self) -> AuthCall<Vec<OAuthGrant>> {
        AuthCall::new(
            &self.auth,
            "list grants",
            Method::GET,
            "/auth/v1/user/oauth/grants",
            &["user", "oauth", "grants"],
            |answer| answer.json_or_empty(),
        )
        .by_user()
    }

    /// Takes back all that the user has granted to an app, whose sessions of the user end (`DELETE /user/oauth/grants`).
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// for grant in auth.oauth().list_grants().await? {
    ///     auth.oauth().revoke_grant(&grant.client.id).await?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`OauthConsentNotFound`](crate::ErrorCode::OauthConsentNotFound) if there is none.
    pub fn revoke_grant(&self, client_id: impl Into<String>) -> AuthCall<()> {
        AuthCall::new(
            &self.auth,
            "revoke grant",
            Method::DELETE,
            "/auth/v1/user/oauth/grants",
            &["user", "oauth", "grants"],
            nothing,
        )
        .query("client_id", client_id)
        .by_user()
    }

    fn decide(&self, operation: &'static str, action: &str, id: &str) -> AuthCall<String> {
        AuthCall::new(
            &self.auth,
            operation,
            Method::POST,
            "/auth/v1/oauth/authorizations/{id}/consent",
            &["oauth", "authorizations", id, "consent"],
            read_redirect,
        )
        .field("action", action)
        .by_user()
    }
}

fn read_redirect(answer: &Answer) -> Result<String> {
    #[derive(Deserialize)]
    struct Redirect {
        redirect_url: String,
    }
    answer.json().map(|Redirect { redirect_url }| redirect_url)
}
