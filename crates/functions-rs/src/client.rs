//! The client: where the functions live, who invokes them, and in which region.

use std::fmt;

use http::{HeaderName, HeaderValue};
use supabase_http::{
    AccessToken, Credentials, Endpoint, HttpClient, Result, ServiceClient, ServiceInfo, header_pair,
};

use crate::{Invoke, Region};

pub(crate) const SERVICE: &str = "functions";
pub(crate) const OPERATION: &str = "invoke";

/// Where a project has this service.
const PATH: &str = "functions/v1";

static INFO: ServiceInfo = ServiceInfo {
    name: SERVICE,
    // A 401 may be the function's own, so an invocation is never sent again for one.
    token_rejected: |_, _| false,
    retry_count_header: false,
};

/// A client for the edge functions of one project. Cheap to clone, shared freely between tasks.
///
/// ```no_run
/// # async fn demo() -> Result<(), functions_rs::Error> {
/// use functions_rs::FunctionsClient;
///
/// let functions = FunctionsClient::new("https://xyz.supabase.co", "sb_publishable_…")?;
/// let hello = functions.invoke("hello").await?.text().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct FunctionsClient {
    pub(crate) service: ServiceClient,
    pub(crate) region: Region,
}

impl FunctionsClient {
    /// A client for the project at `url` (`https://xyz.supabase.co`), acting by `key` alone. Any kind of key is taken.
    ///
    /// ```
    /// # fn main() -> Result<(), functions_rs::Error> {
    /// use functions_rs::FunctionsClient;
    /// let functions = FunctionsClient::new("http://127.0.0.1:54321", "sb_publishable_test")?;
    /// assert!(FunctionsClient::new("xyz.supabase.co", "key").is_err());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) or [`Credential`](crate::ErrorKind::Credential) for a
    /// malformed URL or key, or when no transport is compiled in.
    pub fn new(url: &str, key: &str) -> Result<Self> {
        Self::with_http(HttpClient::builder().build()?, url, key)
    }

    /// As [`FunctionsClient::new`], over an HTTP client with own time limits, layers or transport.
    ///
    /// ```
    /// # fn main() -> Result<(), functions_rs::Error> {
    /// use functions_rs::FunctionsClient;
    /// use supabase_http::{HttpClient, testing::MockTransport};
    ///
    /// let http = HttpClient::builder().transport(MockTransport::new()).build()?;
    /// let functions = FunctionsClient::with_http(http, "https://project.test", "key")?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`FunctionsClient::new`].
    pub fn with_http(http: HttpClient, url: &str, key: &str) -> Result<Self> {
        ServiceClient::in_project(&INFO, http, url, PATH, key).map(Self::from_service)
    }

    /// A client from its parts; `project` is the project's endpoint, to which `functions/v1` is added.
    ///
    /// ```
    /// use functions_rs::FunctionsClient;
    /// use supabase_http::{ApiKey, Credentials, Endpoint, HttpClient, token_fn};
    ///
    /// // As whoever an identity provider of yours says.
    /// let credentials = Credentials::new(ApiKey::parse("sb_publishable_test")?)
    ///     .with_source(token_fn(|| async { Ok(None) }));
    /// let project = Endpoint::parse("https://xyz.supabase.co")?;
    /// let client = FunctionsClient::from_parts(HttpClient::builder().build()?, &project, credentials)?;
    /// assert_eq!(client.service().endpoint().to_string(), "https://xyz.supabase.co/functions/v1");
    /// # Ok::<(), functions_rs::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if the HTTP client cannot reach such an endpoint.
    pub fn from_parts(
        http: HttpClient,
        project: &Endpoint,
        credentials: Credentials,
    ) -> Result<Self> {
        ServiceClient::new(&INFO, http, project.child(PATH)?, credentials).map(Self::from_service)
    }

    /// A client over a service client whose endpoint is the functions' own, such as `https://xyz.functions.supabase.co`.
    ///
    /// ```
    /// use functions_rs::FunctionsClient;
    /// use supabase_http::{ApiKey, Credentials, Endpoint, HttpClient, ServiceClient};
    ///
    /// // The functions under a host of their own.
    /// let service = ServiceClient::new(
    ///     FunctionsClient::service_info(),
    ///     HttpClient::builder().build()?,
    ///     Endpoint::parse("https://xyz.functions.supabase.co")?,
    ///     Credentials::new(ApiKey::parse("key")?),
    /// )?;
    /// let client = FunctionsClient::from_service(service);
    /// # Ok::<(), functions_rs::Error>(())
    /// ```
    #[must_use]
    pub fn from_service(service: ServiceClient) -> Self {
        Self {
            service,
            region: Region::Any,
        }
    }

    /// What this service is called; for building a [`ServiceClient`].
    ///
    /// ```
    /// assert_eq!(functions_rs::FunctionsClient::service_info().name, "functions");
    /// ```
    #[must_use]
    pub fn service_info() -> &'static ServiceInfo {
        &INFO
    }

    /// The service client below.
    ///
    /// ```
    /// # fn demo(client: &functions_rs::FunctionsClient) {
    /// let where_and_who = (client.service().endpoint(), client.service().credentials());
    /// println!("{where_and_who:?}");
    /// # }
    /// ```
    #[must_use]
    pub fn service(&self) -> &ServiceClient {
        &self.service
    }

    /// The same client acting as someone else.
    ///
    /// ```
    /// # fn demo(client: &functions_rs::FunctionsClient) -> Result<(), functions_rs::Error> {
    /// use supabase_http::{ApiKey, Credentials};
    ///
    /// let other = client.with_credentials(Credentials::new(ApiKey::parse("sb_publishable_other")?));
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_credentials(&self, credentials: Credentials) -> Self {
        Self {
            service: self.service.with_credentials(credentials),
            ..self.clone()
        }
    }

    /// The same client acting as the user of this token. The client itself stays as it is.
    ///
    /// ```
    /// # fn demo(functions: &functions_rs::FunctionsClient) -> Result<(), functions_rs::Error> {
    /// use functions_rs::AccessToken;
    ///
    /// let as_user = functions.with_token(AccessToken::parse("eyJh.eyJz.c2ln")?);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_token(&self, token: AccessToken) -> Self {
        Self {
            service: self.service.with_token(token),
            ..self.clone()
        }
    }

    /// The same client, sending this header with every request that has none of that name.
    ///
    /// ```
    /// # let client = functions_rs::FunctionsClient::new("http://127.0.0.1:54321", "key")?;
    /// let tagged = client.with_header("x-app", "demo")?;
    /// assert!(client.with_header("x-app", "two\nlines").is_err());
    /// # Ok::<(), functions_rs::Error>(())
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
        Ok(Self {
            service: self.service.with_header(name, value),
            ..self.clone()
        })
    }

    /// The same client, running functions in this region unless an invocation names another.
    ///
    /// ```
    /// # fn demo(functions: functions_rs::FunctionsClient) {
    /// use functions_rs::Region;
    ///
    /// let near_the_database = functions.region(Region::EuCentral1);
    /// # }
    /// ```
    #[must_use]
    pub fn region(&self, region: Region) -> Self {
        Self {
            region,
            ..self.clone()
        }
    }

    /// Invokes the function `name`, by POST unless [`method`](Invoke::method) says otherwise.
    ///
    /// The name is one segment of the URL's path: what belongs to the function's own paths is added by
    /// [`path`](Invoke::path), its query by [`query`](Invoke::query).
    ///
    /// ```no_run
    /// # async fn demo(functions: functions_rs::FunctionsClient) -> Result<(), functions_rs::Error> {
    /// use serde_json::{Value, json};
    ///
    /// let answer = functions.invoke("hello").json(&json!({ "n": 1 })).await?;
    /// println!("{}", answer.status);
    /// let data: Value = answer.json().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited; [`Failure::of`](crate::Failure::of) tells them apart.
    pub fn invoke(&self, name: impl AsRef<str>) -> Invoke {
        Invoke::new(self.clone(), name.as_ref())
    }
}

impl fmt::Debug for FunctionsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FunctionsClient")
            .field("service", &self.service)
            .field("region", &self.region)
            .finish()
    }
}
