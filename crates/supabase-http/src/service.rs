//! What a service crate holds: where its service lives, who it acts as, and how it is reached.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::header::Entry;
use http::response::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};

use crate::{
    AccessToken, ApiKey, Body, BoxFuture, CallOptions, Credentials, Endpoint, Execute, HttpClient,
    Result,
};

/// The name of the header by which clients identify themselves.
const CLIENT_INFO: HeaderName = HeaderName::from_static("x-client-info");
const CLIENT_INFO_VALUE: HeaderValue =
    HeaderValue::from_static(concat!("supabase-rs/", env!("CARGO_PKG_VERSION")));

/// What is particular to one service; each service crate has one, `static`.
#[derive(Clone, Copy)]
pub struct ServiceInfo {
    /// The service's name in errors and spans, such as `database`.
    pub name: &'static str,
    /// Whether an answer (its head and the first 64 KiB of its body) means that the token was refused, so that a new
    /// one may be tried.
    pub token_rejected: fn(&Parts, &[u8]) -> bool,
    /// Whether retries are numbered in `x-retry-count`, as the official database clients do.
    pub retry_count_header: bool,
}

impl fmt::Debug for ServiceInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServiceInfo({})", self.name)
    }
}

/// One service of a project, acting as one identity: what every service crate is built on. Cheap to clone.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> supabase_http::Result<()> {
/// use http::{HeaderName, HeaderValue, Request};
/// use supabase_http::{
///     AccessToken, ApiError, ApiKey, Body, BoxError, CallOptions, Credentials, Endpoint, HttpClient,
///     ServiceClient, ServiceInfo,
/// };
///
/// static WEATHER: ServiceInfo = ServiceInfo {
///     name: "weather",
///     token_rejected: |parts, _| parts.status == http::StatusCode::UNAUTHORIZED,
///     retry_count_header: false,
/// };
///
/// let http = HttpClient::new(tower::service_fn(|_request: Request<Body>| async {
///     Ok::<_, BoxError>(http::Response::new(Body::from("sunny")))
/// }));
/// let endpoint = Endpoint::parse("https://xyz.supabase.co")?.child("weather/v1")?;
/// let credentials = Credentials::new(ApiKey::parse("sb_publishable_abc")?);
/// let service = ServiceClient::new(&WEATHER, http, endpoint, credentials)?
///     .with_header(HeaderName::from_static("x-app"), HeaderValue::from_static("demo"));
///
/// let today = |service: &ServiceClient| {
///     let uri = service.endpoint().uri().segment("today").finish()?;
///     let mut request = Request::new(Body::empty());
///     *request.uri_mut() = uri;
///     supabase_http::Result::Ok(request)
/// };
///
/// // An answer that is read whole,
/// let weather = service
///     .execute(today(&service), CallOptions::new("today"), |parts, body| match parts.status {
///         status if status.is_success() => Ok(body),
///         _ => Err(ApiError::new(parts, body).into()),
///     })
///     .await?;
/// assert_eq!(weather, "sunny");
///
/// // or as it comes.
/// let answer = service.open(today(&service)?, CallOptions::new("today")).await?;
/// assert_eq!(answer.into_body().into_stream().next().await.transpose().ok().flatten(), Some("sunny".into()));
///
/// // What would be sent for a user, without sending it.
/// let of_user = service.with_token(AccessToken::parse("eyJh.eyJz.c2ln")?);
/// let mut request = today(&of_user)?;
/// of_user.authorize(&mut request);
/// assert_eq!(request.headers()["x-app"], "demo");
/// assert_eq!(request.headers()["authorization"], "Bearer eyJh.eyJz.c2ln");
///
/// // The parts, for a service crate that makes another client of them.
/// let by_key = of_user.with_credentials(Credentials::new(of_user.credentials().key().clone()));
/// assert_eq!(by_key.info().name, "weather");
/// assert_eq!(by_key.headers()["x-app"], "demo");
/// assert_eq!(by_key.http().timeout(), None);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct ServiceClient {
    http: HttpClient,
    shared: Arc<Shared>,
}

#[derive(Clone)]
struct Shared {
    info: &'static ServiceInfo,
    endpoint: Endpoint,
    credentials: Credentials,
    headers: HeaderMap,
}

impl ServiceClient {
    /// A client of the service at `endpoint`.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if the transport cannot reach such an endpoint: `https`
    /// without a TLS feature, or without root certificates.
    pub fn new(
        info: &'static ServiceInfo,
        http: HttpClient,
        endpoint: Endpoint,
        credentials: Credentials,
    ) -> Result<Self> {
        http.ensure_reaches(&endpoint)?;
        let mut headers = HeaderMap::with_capacity(2);
        headers.insert(CLIENT_INFO, CLIENT_INFO_VALUE);
        Ok(Self {
            http,
            shared: Arc::new(Shared {
                info,
                endpoint,
                credentials,
                headers,
            }),
        })
    }

    /// A client of the service that the project at `url` (`https://xyz.supabase.co`) has at `path` (`rest/v1`), acting
    /// by `key` alone. Any kind of key is taken.
    ///
    /// ```
    /// use supabase_http::{Body, BoxError, HttpClient, ServiceClient, ServiceInfo};
    ///
    /// static INFO: ServiceInfo =
    ///     ServiceInfo { name: "weather", token_rejected: |_, _| false, retry_count_header: false };
    ///
    /// let http = HttpClient::new(tower::service_fn(|_request: http::Request<Body>| async {
    ///     Ok::<_, BoxError>(http::Response::new(Body::from("sunny")))
    /// }));
    /// let service = ServiceClient::in_project(&INFO, http, "https://xyz.supabase.co", "weather/v1", "key")?;
    /// assert_eq!(service.endpoint().to_string(), "https://xyz.supabase.co/weather/v1");
    /// # Ok::<(), supabase_http::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`ServiceClient::new`], and [`ErrorKind::Request`](crate::ErrorKind::Request) or
    /// [`Credential`](crate::ErrorKind::Credential) for a malformed URL or key.
    pub fn in_project(
        info: &'static ServiceInfo,
        http: HttpClient,
        url: &str,
        path: &str,
        key: &str,
    ) -> Result<Self> {
        let credentials = Credentials::new(ApiKey::parse(key)?);
        Self::new(info, http, Endpoint::parse(url)?.child(path)?, credentials)
    }

    /// What is particular to the service.
    #[must_use]
    pub fn info(&self) -> &'static ServiceInfo {
        self.shared.info
    }

    /// Where the service lives.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.shared.endpoint
    }

    /// Who the client acts as.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.shared.credentials
    }

    /// The headers that every request gets, unless it has its own of that name.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.shared.headers
    }

    /// The HTTP client below.
    #[must_use]
    pub fn http(&self) -> &HttpClient {
        &self.http
    }

    /// The same service, acting as someone else.
    #[must_use]
    pub fn with_credentials(&self, credentials: Credentials) -> Self {
        self.with(|shared| shared.credentials = credentials)
    }

    /// The same service, acting as the user of this token, with the same key.
    #[must_use]
    pub fn with_token(&self, token: AccessToken) -> Self {
        self.with_credentials(self.credentials().with_token(token))
    }

    /// The same service with one more header on every request; an earlier one of that name is replaced.
    #[must_use]
    pub fn with_header(&self, name: HeaderName, value: HeaderValue) -> Self {
        self.with(|shared| {
            shared.headers.insert(name, value);
        })
    }

    fn with(&self, change: impl FnOnce(&mut Shared)) -> Self {
        let mut shared = Shared::clone(&self.shared);
        change(&mut shared);
        Self {
            http: self.http.clone(),
            shared: Arc::new(shared),
        }
    }

    /// Runs a call whose answer is buffered, and decodes it. Nothing happens before the future is polled.
    ///
    /// `decode` sees answers of every status, and turns a bad one into an [`Error::api`](crate::Error::api).
    pub fn execute<T>(
        &self,
        request: Result<Request<Body>>,
        options: CallOptions,
        decode: fn(&Parts, Bytes) -> Result<T>,
    ) -> Execute<T> {
        Execute::new(self.clone(), request, options, decode)
    }

    /// Runs a call whose answer is read as it comes. Answers of every status are returned. A time limit of the call ends
    /// with the head of the answer; the read time limit goes on.
    ///
    /// # Errors
    /// Whatever kept the head of an answer from coming.
    pub fn open(
        &self,
        request: Request<Body>,
        options: CallOptions,
    ) -> BoxFuture<'static, Result<Response<Body>>> {
        let (http, call) = self.clone().into_call(options);
        let mut request = request;
        Box::pin(async move {
            http.open(&call, &mut request)
                .await
                .map_err(|error| error.with_context(call.service(), call.operation()))
        })
    }

    /// Adds the headers that sending would add by itself: the client's, and fixed credentials. For looking at a
    /// request without sending it.
    pub fn authorize(&self, request: &mut Request<Body>) {
        add_missing(request.headers_mut(), self.headers());
        let credentials = self.credentials();
        credentials.apply(request.headers_mut(), credentials.fixed_token());
    }

    pub(crate) fn into_call(self, options: CallOptions) -> (HttpClient, CallInfo) {
        let service = self.shared;
        (self.http, CallInfo { service, options })
    }
}

impl fmt::Debug for ServiceClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceClient")
            .field("service", &self.shared.info.name)
            .field("endpoint", &self.shared.endpoint)
            .field("credentials", &self.shared.credentials)
            .finish_non_exhaustive()
    }
}

/// Adds the headers whose names are missing.
pub(crate) fn add_missing(headers: &mut HeaderMap, defaults: &HeaderMap) {
    for (name, value) in defaults {
        if let Entry::Vacant(place) = headers.entry(name) {
            place.insert(value.clone());
        }
    }
}

/// What a request belongs to. User layers find it in the request's extensions.
///
/// ```
/// # fn look(request: &http::Request<supabase_http::Body>) {
/// if let Some(call) = request.extensions().get::<supabase_http::CallInfo>() {
///     println!("{} {} {}", call.service(), call.operation(), call.template());
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct CallInfo {
    service: Arc<Shared>,
    pub(crate) options: CallOptions,
}

impl CallInfo {
    /// The service, such as `database`.
    #[must_use]
    pub fn service(&self) -> &'static str {
        self.service.info.name
    }

    /// The operation, such as `select`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.options.operation
    }

    /// The URL's shape without anyone's data, such as `/rest/v1/{table}`; empty if the operation names none.
    #[must_use]
    pub fn template(&self) -> &'static str {
        self.options.template
    }

    pub(crate) fn info(&self) -> &'static ServiceInfo {
        self.service.info
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.service.endpoint
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.service.credentials
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.service.headers
    }
}

impl fmt::Debug for CallInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallInfo")
            .field("service", &self.service())
            .field("operation", &self.operation())
            .finish_non_exhaustive()
    }
}
