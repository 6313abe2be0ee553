//! The client: where the auth server lives, and who calls it.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use http::response::Parts;
use http::{HeaderName, HeaderValue};
use supabase_http::{
    AccessToken, ApiError, ApiKey, Clock, Credentials, Endpoint, HttpClient, Result, ServiceClient,
    ServiceInfo, SystemClock, header_pair,
};

#[cfg(feature = "_jwks")]
use crate::JwtVerifier;
use crate::owner::{Owned, SessionOwner};
#[cfg(feature = "_jwks")]
use supabase_http::CredentialMode;

pub(crate) const SERVICE: &str = "auth";

const API_VERSION: HeaderName = HeaderName::from_static("x-supabase-api-version");
const API_VERSION_VALUE: HeaderValue = HeaderValue::from_static("2024-01-01");

static INFO: ServiceInfo = ServiceInfo {
    name: SERVICE,
    token_rejected,
    retry_count_header: false,
};

/// An expired token, and one that another key signed, is a 403 with this code.
fn token_rejected(parts: &Parts, body: &[u8]) -> bool {
    parts.status == http::StatusCode::FORBIDDEN
        && ApiError::new(parts, Bytes::copy_from_slice(body)).code() == Some("bad_jwt")
}

/// How a user comes back from a mail or from a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum FlowType {
    /// With a code, which only the client that began can exchange for a session. The default.
    #[default]
    Pkce,
    /// With the tokens themselves in the fragment of the URL, which only pages in a browser see.
    Implicit,
}

/// A client for the auth server of one project. Cheap to clone, shared freely between tasks.
///
/// Made by [`new`](AuthClient::new) it acts by its key alone: what signs somebody in returns a [`Session`](crate::Session)
/// and changes nothing in the client, so that a server may share it among all its requests.
/// [`with_token`](AuthClient::with_token) gives a client that acts as one user.
///
/// ```no_run
/// # async fn demo() -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::{AuthClient, Email};
///
/// let auth = AuthClient::new("https://xyz.supabase.co", "sb_publishable_…")?;
/// let session = auth.sign_in_with_password(Email("ada@example.com"), "secret").await?;
/// println!("{}", session.user.id);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct AuthClient(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    service: ServiceClient,
    owner: Option<Arc<dyn SessionOwner>>,
    flow_type: FlowType,
    flow_ids_in_redirects: bool,
    clock: Arc<dyn Clock>,
    /// The project's public keys; clones share them.
    #[cfg(feature = "_jwks")]
    verifier: JwtVerifier,
}

impl Inner {
    /// Forgets the keys, after a change of how they are fetched.
    #[cfg(feature = "_jwks")]
    fn begin_verifier(&mut self) {
        self.verifier = key_verifier(&self.service, &self.clock);
    }

    #[cfg(not(feature = "_jwks"))]
    fn begin_verifier(&mut self) {}
}

#[cfg(feature = "_jwks")]
fn key_verifier(service: &ServiceClient, clock: &Arc<dyn Clock>) -> JwtVerifier {
    JwtVerifier::over(service.clone(), CredentialMode::KeyOnly, Arc::clone(clock))
}

impl AuthClient {
    /// A client for the project at `url` (`https://xyz.supabase.co`), acting by `key` alone. Any kind of key is taken.
    ///
    /// ```
    /// # fn main() -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::AuthClient;
    ///
    /// let auth = AuthClient::new("http://127.0.0.1:54321", "sb_publishable_test")?;
    /// assert!(AuthClient::new("xyz.supabase.co", "key").is_err());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) or [`Credential`](crate::ErrorKind::Credential) for a
    /// malformed URL or key, or when no transport is compiled in.
    pub fn new(url: &str, key: &str) -> Result<Self> {
        Self::with_http(HttpClient::builder().build()?, url, key)
    }

    /// As [`AuthClient::new`], over an HTTP client with own time limits, layers or transport.
    ///
    /// ```
    /// # fn main() -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::AuthClient;
    /// use supabase_http::{HttpClient, testing::MockTransport};
    ///
    /// let http = HttpClient::builder().transport(MockTransport::new()).build()?;
    /// let auth = AuthClient::with_http(http, "https://project.test", "key")?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`AuthClient::new`].
    pub fn with_http(http: HttpClient, url: &str, key: &str) -> Result<Self> {
        let credentials = Credentials::new(ApiKey::parse(key)?);
        Self::from_parts(http, &Endpoint::parse(url)?, credentials)
    }

    /// A client from its parts; `project` is the project's endpoint, to which `auth/v1` is added.
    ///
    /// With a token in the credentials it acts as that user. With a token source (third-party auth) every call of it
    /// fails before it is sent: this server knows none of the users.
    ///
    /// ```no_run
    /// # fn demo(http: supabase_http::HttpClient) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::AuthClient;
    /// use supabase_http::{ApiKey, Credentials, Endpoint};
    ///
    /// let project = Endpoint::parse("https://xyz.supabase.co")?;
    /// let auth = AuthClient::from_parts(http, &project, Credentials::new(ApiKey::parse("sb_publishable_…")?))?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if the HTTP client cannot reach such an endpoint.
    pub fn from_parts(
        http: HttpClient,
        project: &Endpoint,
        credentials: Credentials,
    ) -> Result<Self> {
        let service = ServiceClient::new(&INFO, http, project.child("auth/v1")?, credentials)?;
        Ok(Self::from_service(service))
    }

    /// A client over a service client whose endpoint is the auth server's own, such as `http://127.0.0.1:9999`.
    ///
    /// ```no_run
    /// # fn demo(http: supabase_http::HttpClient) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::AuthClient;
    /// use supabase_http::{ApiKey, Credentials, Endpoint, ServiceClient};
    ///
    /// let server = Endpoint::parse("http://127.0.0.1:9999")?;
    /// let credentials = Credentials::new(ApiKey::parse("key")?);
    /// let service = ServiceClient::new(AuthClient::service_info(), http, server, credentials)?;
    /// let auth = AuthClient::from_service(service);
    /// # Ok(()) }
    /// ```
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "made of it, as the clients of the other services"
    )]
    pub fn from_service(service: ServiceClient) -> Self {
        let service = service.with_header(API_VERSION, API_VERSION_VALUE);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        Self(Arc::new(Inner {
            #[cfg(feature = "_jwks")]
            verifier: key_verifier(&service, &clock),
            service,
            owner: None,
            flow_type: FlowType::default(),
            flow_ids_in_redirects: false,
            clock,
        }))
    }

    /// What this service is called; for building a [`ServiceClient`].
    ///
    /// ```no_run
    /// # fn demo(http: supabase_http::HttpClient) -> Result<(), gotrue_rs::Error> {
    /// assert_eq!(gotrue_rs::AuthClient::service_info().name, "auth");
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn service_info() -> &'static ServiceInfo {
        &INFO
    }

    /// The service client below.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// println!("{}", auth.service().endpoint());
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn service(&self) -> &ServiceClient {
        &self.0.service
    }

    /// The same client acting as someone else: by the key alone, or as the user of a token.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// let by_the_key = auth.with_credentials(supabase_http::Credentials::new(auth.service().credentials().key().clone()));
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_credentials(&self, credentials: Credentials) -> Self {
        self.with(|inner| {
            inner.service = inner.service.with_credentials(credentials);
            inner.owner = None;
        })
    }

    /// The same client acting as the user of this token. The client itself stays as it is.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient, bearer: &str) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::AccessToken;
    ///
    /// let user = auth.with_token(AccessToken::parse(bearer)?).get_user().await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_token(&self, token: AccessToken) -> Self {
        self.with_credentials(self.0.service.credentials().with_token(token))
    }

    /// The same client, sending this header with every request that has none of that name.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// let named = auth.with_header("x-app", "demo")?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if name or value cannot be in a header.
    pub fn with_header(
        &self,
        name: impl TryInto<HeaderName, Error: Into<http::Error>>,
        value: impl TryInto<HeaderValue, Error: Into<http::Error>>,
    ) -> Result<Self> {
        let (name, value) = header_pair(name, value)?;
        Ok(self.with(|inner| {
            inner.service = inner.service.with_header(name, value);
            inner.begin_verifier();
        }))
    }

    /// The same client with another way for users to come back from mails and providers.
    ///
    /// ```
    /// # fn demo(auth: &gotrue_rs::AuthClient) {
    /// use gotrue_rs::FlowType;
    ///
    /// let for_pages = auth.flow_type(FlowType::Implicit);
    /// # }
    /// ```
    #[must_use]
    pub fn flow_type(&self, flow_type: FlowType) -> Self {
        self.with(|inner| inner.flow_type = flow_type)
    }

    /// The same client, putting the id of a flow into the URL that the user comes back to (`sb_flow_id`), so that
    /// [`session_from_url`](AuthClient::session_from_url) finds the right one of several sign-ins under way. The project
    /// must allow such URLs: by a pattern, or `…?sb_flow_id=*`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), gotrue_rs::Error> {
    /// # use gotrue_rs::{AuthClient, Provider};
    /// let auth = AuthClient::new("http://127.0.0.1:54321", "sb_publishable_test")?.flow_ids_in_redirects();
    /// let login = auth.sign_in_with_oauth(Provider::Github).redirect_to("myapp://callback").await?;
    /// assert!(login.url.contains("callback%3Fsb_flow_id%3D"));
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn flow_ids_in_redirects(&self) -> Self {
        self.with(|inner| inner.flow_ids_in_redirects = true)
    }

    /// The same client with another clock to reckon the end of tokens by.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// let same = auth.clock(supabase_http::SystemClock);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn clock(&self, clock: impl Clock + 'static) -> Self {
        self.with(|inner| {
            inner.clock = Arc::new(clock);
            inner.begin_verifier();
        })
    }

    /// The same client, acting as the user of a session that `owner` keeps.
    #[allow(dead_code, reason = "used once sessions are kept")]
    pub(crate) fn owned_by(&self, owner: Arc<dyn SessionOwner>) -> Self {
        self.with(|inner| {
            let credentials = inner.service.credentials();
            let credentials = credentials.with_source(Owned(Arc::clone(&owner)));
            inner.service = inner.service.with_credentials(credentials);
            inner.owner = Some(owner);
        })
    }

    pub(crate) fn owner(&self) -> Option<&Arc<dyn SessionOwner>> {
        self.0.owner.as_ref()
    }

    /// Who the calls of a user are made as.
    pub(crate) fn acts_as(&self) -> ActsAs {
        let credentials = self.0.service.credentials();
        match (
            &self.0.owner,
            credentials.source(),
            credentials.fixed_token(),
        ) {
            (Some(_), _, _) | (None, None, Some(_)) => ActsAs::User,
            (None, None, None) => ActsAs::Key,
            (None, Some(_), _) => ActsAs::ThirdParty,
        }
    }

    pub(crate) fn puts_flow_ids(&self) -> bool {
        self.0.flow_ids_in_redirects
    }

    pub(crate) fn uses_pkce(&self) -> bool {
        self.0.flow_type == FlowType::Pkce
    }

    #[cfg(feature = "_jwks")]
    pub(crate) fn verifier(&self) -> &JwtVerifier {
        &self.0.verifier
    }

    #[cfg(feature = "_jwks")]
    pub(crate) fn clock_of(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.0.clock.now()
    }

    fn with(&self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Inner::clone(&self.0);
        change(&mut inner);
        Self(Arc::new(inner))
    }
}

/// Whose token the calls of a client carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ActsAs {
    /// Nobody's: the key alone.
    Key,
    /// That of a user, fixed or the session's.
    User,
    /// That of another identity provider, whose users this server does not know.
    ThirdParty,
}

impl fmt::Debug for AuthClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthClient")
            .field("service", &self.0.service)
            .field("flow_type", &self.0.flow_type)
            .field("keeps_a_session", &self.0.owner.is_some())
            .finish_non_exhaustive()
    }
}
