//! Identity providers that the project sets up itself.

use std::fmt;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use supabase_http::{Error, Result};

use super::{AdminClient, as_admin};
use crate::api::identities::nothing;
use crate::builders::builder;
use crate::call::Answer;
use crate::model::open_enum;
use crate::{AuthCall, Timestamp};

/// What every identifier begins with.
const PREFIX: &str = "custom:";

open_enum! {
    /// By which protocol a provider signs users in.
    CustomProviderKind {
        /// OAuth 2.
        Oauth2 = "oauth2",
        /// OpenID Connect.
        Oidc = "oidc",
    }
}

impl Default for CustomProviderKind {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

/// Where a provider is, and by which protocol it signs users in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderEndpoints(Vec<(&'static str, String)>);

/// ```
/// use gotrue_rs::ProviderEndpoints;
///
/// let oidc = ProviderEndpoints::oidc("https://idp.example.com");
/// let oauth2 = ProviderEndpoints::oauth2(
///     "https://idp.example.com/authorize",
///     "https://idp.example.com/token",
///     "https://idp.example.com/me",
/// );
/// assert_ne!(oidc, oauth2);
/// ```
impl ProviderEndpoints {
    /// A provider by OpenID Connect, whose endpoints its issuer tells.
    #[must_use]
    pub fn oidc(issuer: impl Into<String>) -> Self {
        Self(vec![
            ("provider_type", CustomProviderKind::Oidc.into()),
            ("issuer", issuer.into()),
        ])
    }

    /// A provider by OAuth 2: where users sign in, where codes become tokens, and where users are described.
    #[must_use]
    pub fn oauth2(
        authorization_url: impl Into<String>,
        token_url: impl Into<String>,
        userinfo_url: impl Into<String>,
    ) -> Self {
        Self(vec![
            ("provider_type", CustomProviderKind::Oauth2.into()),
            ("authorization_url", authorization_url.into()),
            ("token_url", token_url.into()),
            ("userinfo_url", userinfo_url.into()),
        ])
    }
}

/// Who the project is to a provider.
#[derive(Clone)]
pub struct ProviderCredentials {
    client_id: String,
    client_secret: String,
}

/// ```
/// use gotrue_rs::ProviderCredentials;
///
/// let credentials = ProviderCredentials::new("my-project", "s3cret");
/// assert!(!format!("{credentials:?}").contains("s3cret"));
/// ```
impl ProviderCredentials {
    /// The id and the secret that the provider has given the project.
    #[must_use]
    pub fn new(client_id: impl Into<String>, client_secret: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: client_secret.into(),
        }
    }
}

impl fmt::Debug for ProviderCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProviderCredentials(..)")
    }
}

/// An identity provider of the project's own. Users sign in by it with [`Provider::custom`](crate::Provider::custom).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct CustomProvider {
    /// Its id.
    pub id: String,
    /// By which protocol it signs users in.
    pub provider_type: CustomProviderKind,
    /// Its identifier, with `custom:`.
    pub identifier: String,
    /// Its name.
    pub name: String,
    /// Who the project is to it.
    pub client_id: String,
    /// Whose id tokens are taken besides.
    #[serde(deserialize_with = "null_is_default")]
    pub acceptable_client_ids: Vec<String>,
    /// What it is asked for.
    #[serde(deserialize_with = "null_is_default")]
    pub scopes: Vec<String>,
    /// Whether codes are bound by PKCE.
    pub pkce_enabled: bool,
    /// Which of its claims become which of the user's fields.
    #[serde(deserialize_with = "null_is_default")]
    pub attribute_mapping: Map<String, Value>,
    /// Which of its own claims are kept.
    #[serde(deserialize_with = "null_is_default")]
    pub custom_claims_allowlist: Vec<String>,
    /// What is added to the URL where users sign in.
    #[serde(deserialize_with = "null_is_default")]
    pub authorization_params: Map<String, Value>,
    /// Whether users can sign in by it.
    pub enabled: bool,
    /// Whether users need no e-mail address.
    pub email_optional: bool,
    /// Whether id tokens are taken without a nonce.
    pub skip_nonce_check: bool,
    /// The issuer of its id tokens, by OpenID Connect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Where its endpoints are told, if not where its issuer says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discovery_url: Option<String>,
    /// Where users sign in, by OAuth 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_url: Option<String>,
    /// Where codes become tokens, by OAuth 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_url: Option<String>,
    /// Where users are described, by OAuth 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_url: Option<String>,
    /// Where its keys are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// When it was set up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// What the server sent besides.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

fn null_is_default<'de, D: serde::Deserializer<'de>, T: Default + Deserialize<'de>>(
    from: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

builder! {
    /// Lists providers; see [`CustomProvidersClient::list_providers`].
    ListCustomProviders => Vec<CustomProvider>
}

/// ```no_run
/// # async fn demo(admin: gotrue_rs::AdminClient) -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::CustomProviderKind;
///
/// let oidc = admin.custom_providers().list_providers().kind(CustomProviderKind::Oidc).await?;
/// # Ok(()) }
/// ```
impl ListCustomProviders {
    /// Those of this protocol alone.
    pub fn kind(self, kind: CustomProviderKind) -> Self {
        self.map(|call| call.query("type", kind))
    }
}

builder! {
    /// Sets a provider up; see [`CustomProvidersClient::create_provider`].
    CreateCustomProvider => CustomProvider
}

builder! {
    /// Changes a provider; see [`CustomProvidersClient::update_provider`].
    UpdateCustomProvider => CustomProvider
}

/// Adds what a provider can be given when it is set up, and later.
macro_rules! provider_options {
    ($($name:ident)+) => {$(
        impl $name {
            /// What the provider is asked for.
            pub fn scopes(self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
                self.list("scopes", scopes)
            }

            /// Whose id tokens are taken besides.
            pub fn acceptable_client_ids(
                self,
                ids: impl IntoIterator<Item = impl Into<String>>,
            ) -> Self {
                self.list("acceptable_client_ids", ids)
            }

            /// Which of the provider's own claims are kept.
            pub fn custom_claims_allowlist(
                self,
                claims: impl IntoIterator<Item = impl Into<String>>,
            ) -> Self {
                self.list("custom_claims_allowlist", claims)
            }

            /// Which of the provider's claims become which of the user's fields: anything that serialises to an object.
            pub fn attribute_mapping(self, fields: &(impl Serialize + ?Sized)) -> Self {
                self.map(|call| call.object("attribute_mapping", fields))
            }

            /// What is added to the URL where users sign in: anything that serialises to an object.
            pub fn authorization_params(self, pairs: &(impl Serialize + ?Sized)) -> Self {
                self.map(|call| call.object("authorization_params", pairs))
            }

            /// Whether codes are bound by PKCE: yes unless this says otherwise.
            pub fn pkce_enabled(self, yes: bool) -> Self {
                self.map(|call| call.field("pkce_enabled", yes))
            }

            /// Whether users can sign in by the provider: yes unless this says otherwise.
            pub fn enabled(self, yes: bool) -> Self {
                self.map(|call| call.field("enabled", yes))
            }

            /// Whether users need no e-mail address: they do unless this says otherwise.
            pub fn email_optional(self, yes: bool) -> Self {
                self.map(|call| call.field("email_optional", yes))
            }

            /// Whether id tokens are taken without a nonce: no unless this says otherwise.
            pub fn skip_nonce_check(self, yes: bool) -> Self {
                self.map(|call| call.field("skip_nonce_check", yes))
            }

            /// Where the provider's endpoints are told, if not where its issuer says (OpenID Connect).
            pub fn discovery_url(self, url: impl Into<String>) -> Self {
                self.map(|call| call.field("discovery_url", url.into()))
            }

            /// Where the provider's keys are (OAuth 2).
            pub fn jwks_uri(self, url: impl Into<String>) -> Self {
                self.map(|call| call.field("jwks_uri", url.into()))
            }

            fn list(self, name: &str, items: impl IntoIterator<Item = impl Into<String>>) -> Self {
                let items: Vec<String> = items.into_iter().map(Into::into).collect();
                self.map(|call| call.field(name, items))
            }
        }
    )+};
}
provider_options!(CreateCustomProvider UpdateCustomProvider);

/// ```no_run
/// # async fn demo(admin: gotrue_rs::AdminClient) -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::{ProviderCredentials, ProviderEndpoints};
///
/// let providers = admin.custom_providers();
/// providers.update_provider("acme").name("Acme 2").enabled(false).await?;
/// providers
///     .update_provider("acme")
///     .endpoints(ProviderEndpoints::oidc("https://new.example.com"))
///     .credentials(ProviderCredentials::new("my-project", "another secret"))
///     .await?;
/// # Ok(()) }
/// ```
impl UpdateCustomProvider {
    /// The provider's name.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.map(|call| call.required("name", "the provider's name", name))
    }

    /// Who the project is to the provider.
    pub fn credentials(self, credentials: ProviderCredentials) -> Self {
        self.map(|call| with_credentials(call, credentials))
    }

    /// Where the provider is. It must be of the same protocol as before.
    pub fn endpoints(self, endpoints: ProviderEndpoints) -> Self {
        let urls = endpoints.0.into_iter();
        let urls = urls.filter(|(name, _)| *name != "provider_type");
        self.map(|call| urls.fold(call, |call, (name, url)| call.required(name, name, url)))
    }
}

fn with_credentials<T>(call: AuthCall<T>, credentials: ProviderCredentials) -> AuthCall<T> {
    let ProviderCredentials {
        client_id,
        client_secret,
    } = credentials;
    call.required("client_id", "the client's id", client_id)
        .required("client_secret", "the client's secret", client_secret)
}

/// The identity providers that the project sets up itself; made by [`AdminClient::custom_providers`].
///
/// An identifier may be given with or without `custom:`. It has lower-case letters, digits, colons and hyphens, and letters
/// or digits at its ends.
///
/// ```no_run
/// # async fn demo(admin: gotrue_rs::AdminClient) -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::{ProviderCredentials, ProviderEndpoints};
///
/// let providers = admin.custom_providers();
/// let acme = providers
///     .create_provider(
///         "acme",
///         "Acme",
///         ProviderEndpoints::oidc("https://idp.example.com"),
///         ProviderCredentials::new("my-project", "s3cret"),
///     )
///     .scopes(["openid", "email"])
///     .await?;
/// assert_eq!(acme.identifier, "custom:acme");
///
/// for provider in providers.list_providers().await? {
///     println!("{} {}", provider.identifier, provider.name);
/// }
/// let acme = providers.get_provider("acme").await?;
/// providers.update_provider("acme").enabled(false).await?;
/// providers.delete_provider(&acme.identifier).await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct CustomProvidersClient {
    admin: AdminClient,
}

impl AdminClient {
    /// The identity providers that the project sets up itself.
    ///
    /// ```no_run
    /// # async fn demo(admin: gotrue_rs::AdminClient) -> Result<(), gotrue_rs::Error> {
    /// println!("{} providers", admin.custom_providers().list_providers().await?.len());
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn custom_providers(&self) -> CustomProvidersClient {
        CustomProvidersClient {
            admin: self.clone(),
        }
    }
}

impl CustomProvidersClient {
    /// All providers (`GET /admin/custom-providers`).
    ///
    /// # Errors
    /// [`NotAdmin`](crate::ErrorCode::NotAdmin); [`FeatureDisabled`](crate::ErrorCode::FeatureDisabled) where the server has
    /// none.
    pub fn list_providers(&self) -> ListCustomProviders {
        ListCustomProviders(as_admin(AuthCall::new(
            &self.admin.auth,
            "list custom providers",
            Method::GET,
            "/auth/v1/admin/custom-providers",
            &["admin", "custom-providers"],
            read_list,
        )))
    }

    /// Sets a provider up (`POST /admin/custom-providers`).
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for an identifier that the server cannot keep, or anything empty,
    /// before anything is sent; [`ValidationFailed`](crate::ErrorCode::ValidationFailed) for a URL without https;
    /// [`OverCustomProviderQuota`](crate::ErrorCode::OverCustomProviderQuota).
    pub fn create_provider(
        &self,
        identifier: impl AsRef<str>,
        name: impl Into<String>,
        endpoints: ProviderEndpoints,
        credentials: ProviderCredentials,
    ) -> CreateCustomProvider {
        let call = AuthCall::new(
            &self.admin.auth,
            "create custom provider",
            Method::POST,
            "/auth/v1/admin/custom-providers",
            &["admin", "custom-providers"],
            Answer::json,
        );
        let call = match full(identifier.as_ref()) {
            Ok(identifier) => call.field("identifier", identifier),
            Err(error) => call.fail(error),
        };
        let call = call.required("name", "the provider's name", name);
        let urls = endpoints.0.into_iter();
        let call = urls.fold(call, |call, (name, url)| call.required(name, name, url));
        CreateCustomProvider(as_admin(with_credentials(call, credentials)))
    }

    /// The provider of this identifier (`GET /admin/custom-providers/{identifier}`).
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for an identifier that no provider can have, before anything is sent;
    /// [`CustomProviderNotFound`](crate::ErrorCode::CustomProviderNotFound).
    pub fn get_provider(&self, identifier: impl AsRef<str>) -> AuthCall<CustomProvider> {
        self.of_provider(
            "get custom provider",
            Method::GET,
            identifier.as_ref(),
            Answer::json,
        )
    }

    /// Changes a provider (`PUT /admin/custom-providers/{identifier}`).
    ///
    /// # Errors
    /// As for [`get_provider`](CustomProvidersClient::get_provider), and for a change of nothing, before anything is sent.
    pub fn update_provider(&self, identifier: impl AsRef<str>) -> UpdateCustomProvider {
        let identifier = identifier.as_ref();
        let call = self.of_provider(
            "update custom provider",
            Method::PUT,
            identifier,
            Answer::json,
        );
        UpdateCustomProvider(call.needs_fields(|| {
            Error::request("the update changes nothing: say what by `.name(..)`, `.enabled(..)`")
        }))
    }

    /// Takes a provider away (`DELETE /admin/custom-providers/{identifier}`).
    ///
    /// # Errors
    /// As for [`get_provider`](CustomProvidersClient::get_provider).
    pub fn delete_provider(&self, identifier: impl AsRef<str>) -> AuthCall<()> {
        self.of_provider(
            "delete custom provider",
            Method::DELETE,
            identifier.as_ref(),
            nothing,
        )
    }

    fn of_provider<T>(
        &self,
        operation: &'static str,
        method: Method,
        identifier: &str,
        read: fn(&Answer) -> Result<T>,
    ) -> AuthCall<T> {
        let call = AuthCall::new(
            &self.admin.auth,
            operation,
            method,
            "/auth/v1/admin/custom-providers/{identifier}",
            &["admin", "custom-providers"],
            read,
        );
        as_admin(match full(identifier) {
            Ok(identifier) => call.with_raw_path(identifier),
            Err(error) => call.fail(error),
        })
    }
}

/// The identifier with its beginning, if the server can keep it: it answers a 500 otherwise.
fn full(identifier: &str) -> Result<String> {
    let name = identifier.strip_prefix(PREFIX).unwrap_or(identifier);
    let full = format!("{PREFIX}{name}");
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_allowed = full.chars().all(|c| is_plain(c) || c == '-' || c == ':')
        && full.ends_with(is_plain)
        && (PREFIX.len() + 1..=50).contains(&full.len());
    if is_allowed {
        return Ok(full);
    }
    Err(Error::request(
        "a provider's identifier has 1 to 43 lower-case letters, digits, colons and hyphens, the last no colon or hyphen",
    ))
}

fn read_list(answer: &Answer) -> Result<Vec<CustomProvider>> {
    #[derive(Default, Deserialize)]
    struct List {
        providers: Option<Vec<CustomProvider>>,
    }
    let list: List = answer.json_or_empty()?;
    Ok(list.providers.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::full;

    #[test]
    fn identifiers_are_those_that_the_server_can_keep() {
        for (given, kept) in [
            ("acme", "custom:acme"),
            ("custom:acme", "custom:acme"),
            ("custom:a:b-c9", "custom:a:b-c9"),
        ] {
            assert_eq!(full(given).ok().as_deref(), Some(kept), "{given}");
        }
        let long = "a".repeat(44);
        for refused in [
            "",
            "custom:",
            "Acme",
            "a b",
            "a/b",
            "../users",
            "acme-",
            "é",
            long.as_str(),
        ] {
            assert!(full(refused).is_err(), "{refused}");
        }
    }
}
