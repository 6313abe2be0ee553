//! Single sign-on by a company's own identity provider (SAML).

use http::Method;

use crate::api::oauth::{OAuthLogin, read_url};
use crate::builders::{builder, captcha};
use crate::{AuthCall, AuthClient};

/// Which identity provider of a company to sign in by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sso(&'static str, String);

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::Sso;
///
/// let by_domain = auth.sign_in_with_sso(Sso::domain("company.com")).await?;
/// let by_id = auth.sign_in_with_sso(Sso::provider("21648a9d-8d5a-4555-a9d1-d6375dc14e92")).await?;
/// # Ok(()) }
/// ```
impl Sso {
    /// The provider that this domain belongs to, such as `company.com`.
    #[must_use]
    pub fn domain(domain: impl Into<String>) -> Self {
        Self("domain", domain.into())
    }

    /// The provider of this id, a UUID.
    #[must_use]
    pub fn provider(id: impl Into<String>) -> Self {
        Self("provider_id", id.into())
    }
}

builder! {
    /// Begins a sign-in by a company's identity provider; see [`AuthClient::sign_in_with_sso`].
    SignInWithSso => OAuthLogin
}
captcha!(SignInWithSso);

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::Sso;
///
/// let login = auth.sign_in_with_sso(Sso::domain("company.com")).redirect_to("https://app.example.com/in").await?;
/// # Ok(()) }
/// ```
impl SignInWithSso {
    /// Where the user comes back to: a URL that the project allows. The server falls back **silently** to the project's own
    /// site for any other.
    pub fn redirect_to(self, url: impl Into<String>) -> Self {
        self.map(|call| call.field("redirect_to", url.into()))
    }
}

impl AuthClient {
    /// Begins a sign-in by a company's identity provider: gives the URL to open in the user's browser (`POST /sso`).
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::Sso;
    ///
    /// let login = auth.sign_in_with_sso(Sso::domain("company.com")).redirect_to("https://app.example.com/in").await?;
    /// println!("open {}", login.url);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`SsoProviderNotFound`](crate::ErrorCode::SsoProviderNotFound).
    pub fn sign_in_with_sso(&self, sso: Sso) -> SignInWithSso {
        let Sso(field, value) = sso;
        let call = AuthCall::new(
            self,
            "sign in with sso",
            Method::POST,
            "/auth/v1/sso",
            &["sso"],
            read_url,
        );
        let what = if field == "domain" {
            "the domain"
        } else {
            "the provider's id"
        };
        let call = call
            .required(field, what, value)
            .field("skip_http_redirect", true);
        SignInWithSso(call.pkce())
    }
}
