//! The apps that may sign users in by the project, where it is an identity provider.

use std::fmt;

use http::Method;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use supabase_http::{Error, Result};

use super::{AdminClient, Paging, as_admin, check_uuid};
use crate::api::identities::nothing;
use crate::builders::builder;
use crate::call::Answer;
use crate::model::{open_enum, text_or_none};
use crate::{AuthCall, Secret, Timestamp};

/// How many addresses an app may have.
const MOST_REDIRECTS: usize = 10;

open_enum! {
    /// Whether an app can keep a secret.
    OAuthClientKind {
        /// It cannot: it runs on devices of its users.
        Public = "public",
        /// It can: it runs on a server.
        Confidential = "confidential",
    }
}

open_enum! {
    /// How an app says who it is when it asks for tokens.
    TokenEndpointAuth {
        /// Not at all; for apps that keep no secret.
        None = "none",
        /// By its id and secret in the `Authorization` header.
        ClientSecretBasic = "client_secret_basic",
        /// By its id and secret in the body.
        ClientSecretPost = "client_secret_post",
    }
}

open_enum! {
    /// What an app may ask tokens for.
    OAuthGrantType {
        /// A code that a user brought back.
        AuthorizationCode = "authorization_code",
        /// A token that renews.
        RefreshToken = "refresh_token",
    }
}

impl Default for OAuthClientKind {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

impl Default for TokenEndpointAuth {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

/// An app that may sign users in by the project.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct OAuthClient {
    /// Its id.
    pub client_id: String,
    /// Its secret: given once, by the call that made it. It is not serialised.
    #[serde(deserialize_with = "secret_or_none", skip_serializing)]
    pub client_secret: Option<Secret>,
    /// Whether it can keep a secret.
    pub client_type: OAuthClientKind,
    /// Its name, which users are shown.
    #[serde(
        deserialize_with = "text_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub client_name: Option<String>,
    /// Its site.
    #[serde(
        deserialize_with = "text_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub client_uri: Option<String>,
    /// Its picture.
    #[serde(
        deserialize_with = "text_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub logo_uri: Option<String>,
    /// Where users may be sent back to.
    pub redirect_uris: Vec<String>,
    /// How it says who it is.
    pub token_endpoint_auth_method: TokenEndpointAuth,
    /// What it may ask tokens for.
    pub grant_types: Vec<OAuthGrantType>,
    /// What it may be answered with: `code`.
    pub response_types: Vec<String>,
    /// Whether an administrator made it (`manual`) or it registered itself (`dynamic`).
    pub registration_type: String,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// What the server sent besides.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

fn secret_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Secret>, D::Error> {
    Ok(text_or_none(from)?.map(Secret::new))
}

/// The apps of the project, or a page of them if the server makes pages.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct OAuthClientPage {
    /// The apps.
    pub clients: Vec<OAuthClient>,
    /// The number of the next page, if there is one.
    pub next_page: Option<u32>,
    /// The number of the last page.
    pub last_page: Option<u32>,
    /// How many apps there are in all.
    pub total: Option<u64>,
}

builder! {
    /// Lists apps; see [`AdminOAuthClient::list_clients`].
    ListOAuthClients => OAuthClientPage
}

/// ```no_run
/// # async fn demo(admin: gotrue_rs::AdminClient) -> Result<(), gotrue_rs::Error> {
/// let page = admin.oauth().list_clients().page(1).per_page(100).await?;
/// # Ok(()) }
/// ```
impl ListOAuthClients {
    /// Which page, counted from 1. A server that makes no pages returns all apps.
    pub fn page(self, page: u32) -> Self {
        self.map(|call| call.query("page", page.to_string()))
    }

    /// How many apps a page has, where the server makes pages.
    pub fn per_page(self, apps: u32) -> Self {
        self.map(|call| call.query("per_page", apps.to_string()))
    }
}

builder! {
    /// Makes an app known; see [`AdminOAuthClient::create_client`].
    CreateOAuthClient => OAuthClient
}

builder! {
    /// Changes an app; see [`AdminOAuthClient::update_client`].
    UpdateOAuthClient => OAuthClient
}

/// Adds what an app can be given when it is made, and later.
macro_rules! client_options {
    ($($name:ident)+) => {$(
        impl $name {
            /// The app's name, which users are shown.
            pub fn name(self, name: impl Into<String>) -> Self {
                self.map(|call| call.required("client_name", "the app's name", name))
            }

            /// The app's site.
            pub fn uri(self, url: impl Into<String>) -> Self {
                self.map(|call| call.field("client_uri", url.into()))
            }

            /// The app's picture.
            pub fn logo_uri(self, url: impl Into<String>) -> Self {
                self.map(|call| call.field("logo_uri", url.into()))
            }

            /// What the app may ask tokens for: both kinds unless this says otherwise.
            pub fn grant_types(self, kinds: impl IntoIterator<Item = OAuthGrantType>) -> Self {
                let kinds: Vec<String> = kinds.into_iter().map(String::from).collect();
                self.map(|call| call.field("grant_types", kinds))
            }

            /// How the app says who it is; it must fit its [kind](OAuthClientKind).
            pub fn token_endpoint_auth(self, method: TokenEndpointAuth) -> Self {
                self.map(|call| call.field("token_endpoint_auth_method", String::from(method)))
            }
        }
    )+};
}
client_options!(CreateOAuthClient UpdateOAuthClient);

/// ```no_run
/// # async fn demo(admin: gotrue_rs::AdminClient) -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::{OAuthClientKind, OAuthGrantType, TokenEndpointAuth};
///
/// let desktop = admin
///     .oauth()
///     .create_client(["http://127.0.0.1:8123/callback"])
///     .name("Notes for the desktop")
///     .uri("https://notes.example.com")
///     .logo_uri("https://notes.example.com/logo.png")
///     .kind(OAuthClientKind::Public)
///     .token_endpoint_auth(TokenEndpointAuth::None)
///     .grant_types([OAuthGrantType::AuthorizationCode, OAuthGrantType::RefreshToken])
///     .await?;
/// assert_eq!(desktop.client_secret, None);
/// # Ok(()) }
/// ```
impl CreateOAuthClient {
    /// Whether the app can keep a secret: [`Confidential`](OAuthClientKind::Confidential) unless this says otherwise.
    pub fn kind(self, kind: OAuthClientKind) -> Self {
        self.map(|call| call.field("client_type", String::from(kind)))
    }
}

/// ```no_run
/// # async fn demo(admin: gotrue_rs::AdminClient, id: &str) -> Result<(), gotrue_rs::Error> {
/// admin.oauth().update_client(id).redirect_uris(["https://notes.example.com/callback"]).await?;
/// # Ok(()) }
/// ```
impl UpdateOAuthClient {
    /// Where users may be sent back to: 1 to 10 URLs in place of all that were.
    pub fn redirect_uris(self, urls: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.map(|call| with_redirects(call, urls))
    }
}

fn with_redirects<T>(
    call: AuthCall<T>,
    urls: impl IntoIterator<Item = impl Into<String>>,
) -> AuthCall<T> {
    let urls: Vec<String> = urls.into_iter().map(Into::into).collect();
    if urls.is_empty() || urls.iter().any(String::is_empty) || urls.len() > MOST_REDIRECTS {
        return call.fail(Error::request(format!(
            "an app has 1 to {MOST_REDIRECTS} redirect URLs, none of them empty"
        )));
    }
    call.field("redirect_uris", urls)
}

/// The apps that may sign users in by the project; made by [`AdminClient::oauth`].
///
/// ```no_run
/// # async fn demo(admin: gotrue_rs::AdminClient) -> Result<(), gotrue_rs::Error> {
/// let apps = admin.oauth();
/// let app = apps.create_client(["https://notes.example.com/callback"]).name("Notes").await?;
/// if let Some(secret) = &app.client_secret {
///     println!("shown once: {}", secret.expose());
/// }
///
/// for app in apps.list_clients().await?.clients {
///     println!("{} {:?}", app.client_id, app.client_name);
/// }
/// let app = apps.get_client(&app.client_id).await?;
/// apps.update_client(&app.client_id).name("My notes").await?;
/// let renewed = apps.regenerate_client_secret(&app.client_id).await?;
/// apps.delete_client(&renewed.client_id).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct AdminOAuthClient {
    admin: AdminClient,
}

impl fmt::Debug for AdminOAuthClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AdminOAuthClient")
            .field(&self.admin)
            .finish()
    }
}

impl AdminClient {
    /// The apps that may sign users in by the project, where it is an identity provider.
    ///
    /// ```no_run
    /// # async fn demo(admin: gotrue_rs::AdminClient) -> Result<(), gotrue_rs::Error> {
    /// println!("{} apps", admin.oauth().list_clients().await?.clients.len());
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn oauth(&self) -> AdminOAuthClient {
        AdminOAuthClient {
            admin: self.clone(),
        }
    }
}

impl AdminOAuthClient {
    /// All apps (`GET /admin/oauth/clients`).
    ///
    /// # Errors
    /// [`NotAdmin`](crate::ErrorCode::NotAdmin); [`FeatureDisabled`](crate::ErrorCode::FeatureDisabled) where the project is
    /// no identity provider.
    pub fn list_clients(&self) -> ListOAuthClients {
        ListOAuthClients(as_admin(AuthCall::new(
            &self.admin.auth,
            "list oauth clients",
            Method::GET,
            "/auth/v1/admin/oauth/clients",
            &["admin", "oauth", "clients"],
            read_page,
        )))
    }

    /// Makes an app known (`POST /admin/oauth/clients`); users may be sent back to 1 to 10 URLs. The answer holds its secret,
    /// which nobody is told again.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) without a URL or with too many, before anything is sent;
    /// [`ValidationFailed`](crate::ErrorCode::ValidationFailed) for a URL that the server does not take, or a
    /// [kind](OAuthClientKind) that does not fit how the app says who it is.
    pub fn create_client(
        &self,
        redirect_uris: impl IntoIterator<Item = impl Into<String>>,
    ) -> CreateOAuthClient {
        let call = AuthCall::new(
            &self.admin.auth,
            "create oauth client",
            Method::POST,
            "/auth/v1/admin/oauth/clients",
            &["admin", "oauth", "clients"],
            Answer::json,
        );
        CreateOAuthClient(as_admin(with_redirects(call, redirect_uris)))
    }

    /// The app of this id (`GET /admin/oauth/clients/{id}`), without its secret.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for an id that is no UUID, before anything is sent;
    /// [`OauthClientNotFound`](crate::ErrorCode::OauthClientNotFound).
    pub fn get_client(&self, client_id: impl AsRef<str>) -> AuthCall<OAuthClient> {
        self.of_client(
            "get oauth client",
            Method::GET,
            client_id.as_ref(),
            Answer::json,
        )
    }

    /// Changes an app (`PUT /admin/oauth/clients/{id}`).
    ///
    /// # Errors
    /// As for [`get_client`](AdminOAuthClient::get_client), and for a change of nothing, before anything is sent.
    pub fn update_client(&self, client_id: impl AsRef<str>) -> UpdateOAuthClient {
        let id = client_id.as_ref();
        let call = self.of_client("update oauth client", Method::PUT, id, Answer::json);
        UpdateOAuthClient(call.needs_fields(|| {
            Error::request(
                "the update changes nothing: say what by `.name(..)`, `.redirect_uris(..)`",
            )
        }))
    }

    /// Forgets an app, whose tokens end with it (`DELETE /admin/oauth/clients/{id}`).
    ///
    /// # Errors
    /// As for [`get_client`](AdminOAuthClient::get_client).
    pub fn delete_client(&self, client_id: impl AsRef<str>) -> AuthCall<()> {
        self.of_client(
            "delete oauth client",
            Method::DELETE,
            client_id.as_ref(),
            nothing,
        )
    }

    /// Gives an app another secret, which the answer holds (`POST /admin/oauth/clients/{id}/regenerate_secret`). The one
    /// before is of no use any more.
    ///
    /// # Errors
    /// As for [`get_client`](AdminOAuthClient::get_client); [`ValidationFailed`](crate::ErrorCode::ValidationFailed) for an app
    /// that keeps no secret.
    pub fn regenerate_client_secret(&self, client_id: impl AsRef<str>) -> AuthCall<OAuthClient> {
        let id = client_id.as_ref();
        let call = AuthCall::new(
            &self.admin.auth,
            "regenerate oauth client secret",
            Method::POST,
            "/auth/v1/admin/oauth/clients/{id}/regenerate_secret",
            &["admin", "oauth", "clients", id, "regenerate_secret"],
            Answer::json,
        );
        checked(call, id)
    }

    fn of_client<T>(
        &self,
        operation: &'static str,
        method: Method,
        id: &str,
        read: fn(&Answer) -> Result<T>,
    ) -> AuthCall<T> {
        let call = AuthCall::new(
            &self.admin.auth,
            operation,
            method,
            "/auth/v1/admin/oauth/clients/{id}",
            &["admin", "oauth", "clients", id],
            read,
        );
        checked(call, id)
    }
}

fn checked<T>(call: AuthCall<T>, id: &str) -> AuthCall<T> {
    as_admin(match check_uuid("the app's id", id) {
        Ok(()) => call,
        Err(error) => call.fail(error),
    })
}

fn read_page(answer: &Answer) -> Result<OAuthClientPage> {
    #[derive(Default, Deserialize)]
    struct Page {
        clients: Option<Vec<OAuthClient>>,
    }
    let page: Page = answer.json_or_empty()?;
    let paging = Paging::of(&answer.parts);
    Ok(OAuthClientPage {
        clients: page.clients.unwrap_or_default(),
        next_page: paging.next,
        last_page: paging.last,
        total: paging.total,
    })
}
