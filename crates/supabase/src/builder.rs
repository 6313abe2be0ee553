//! Putting a client together.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

#[cfg(feature = "functions")]
use functions_rs::FunctionsClient;
#[cfg(feature = "auth")]
use gotrue_rs::{AuthClient, FlowType, SessionStorage};
use http::{HeaderName, HeaderValue};
#[cfg(feature = "postgrest")]
use postgrest_rs::PostgrestClient;
#[cfg(feature = "realtime")]
use realtime_rs::{RealtimeBuilder, RealtimeClient};
#[cfg(feature = "storage")]
use storage_rs::StorageClient;
use supabase_http::{
    ApiKey, Clock, Credentials, Endpoint, Error, HttpClient, HttpClientBuilder, HttpService,
    IntoHttpService, KeyKind, Result, RetryConfig, TokenSource, header_pair,
};
use tower_layer::Layer;

use crate::Client;
use crate::client::Inner;

/// Which keys fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Public,
    Service,
}

/// Sets up a [`Client`]; get one from [`Client::builder`].
///
/// ```
/// use std::time::Duration;
///
/// let supabase = supabase::Client::builder("https://xyz.supabase.co", "sb_publishable_abc")
///     .schema("api")
///     .timeout(Duration::from_secs(10))
///     .header("x-app", "demo")
///     .build()?;
/// # Ok::<(), supabase::Error>(())
/// ```
#[must_use = "nothing is made before `build`"]
pub struct ClientBuilder {
    kind: Kind,
    endpoint: Result<Endpoint>,
    credentials: Result<Credentials>,
    #[cfg(feature = "postgrest")]
    schema: Option<String>,
    headers: Vec<Result<(HeaderName, HeaderValue)>>,
    http: HttpClientBuilder,
    shared: Option<HttpClient>,
    #[cfg(feature = "realtime")]
    realtime: Option<ChangeRealtime>,
    #[cfg(feature = "auth")]
    flow_type: FlowType,
    #[cfg(feature = "auth")]
    flow_ids_in_redirects: bool,
    clock: Option<SharedClock>,
}

/// One clock for all that reads the time.
#[derive(Debug, Clone)]
struct SharedClock(Arc<dyn Clock>);

impl Clock for SharedClock {
    fn now(&self) -> SystemTime {
        self.0.now()
    }
}

#[cfg(feature = "realtime")]
type ChangeRealtime = Box<dyn FnOnce(RealtimeBuilder) -> RealtimeBuilder + Send + Sync>;

impl ClientBuilder {
    pub(crate) fn new(url: &str, key: &str, kind: Kind) -> Self {
        Self {
            kind,
            endpoint: Endpoint::parse(url),
            credentials: ApiKey::parse(key)
                .and_then(|key| check_kind(&key, kind).map(|()| Credentials::new(key))),
            #[cfg(feature = "postgrest")]
            schema: None,
            headers: Vec::new(),
            http: HttpClient::builder(),
            shared: None,
            #[cfg(feature = "realtime")]
            realtime: None,
            #[cfg(feature = "auth")]
            flow_type: FlowType::default(),
            #[cfg(feature = "auth")]
            flow_ids_in_redirects: false,
            clock: None,
        }
    }

    /// The schema of the database: `public` by default.
    #[cfg(feature = "postgrest")]
    #[cfg_attr(docsrs, doc(cfg(feature = "postgrest")))]
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// A header for every request; one that a single request sets wins.
    ///
    /// `authorization` and `apikey` are refused: they are the client's identity, which a header would change behind
    /// the back of [`as_user`](Client::as_user).
    ///
    /// ```
    /// use supabase::Client;
    ///
    /// let builder = || Client::builder("http://127.0.0.1:54321", "sb_publishable_abc");
    /// let supabase = builder().header("x-app", "demo").build()?;
    /// assert!(builder().header("authorization", "Bearer a.b.c").build().is_err());
    /// # Ok::<(), supabase::Error>(())
    /// ```
    pub fn header(
        mut self,
        name: impl TryInto<HeaderName, Error: Into<http::Error>>,
        value: impl TryInto<HeaderValue, Error: Into<http::Error>>,
    ) -> Self {
        self.headers.push(header_pair(name, value).and_then(|(name, value)| {
            if name == http::header::AUTHORIZATION || name == "apikey" {
                return Err(Error::request(format!(
                    "the header `{name}` is the client's identity; use another key, `token_source` or `as_user`"
                )));
            }
            Ok((name, value))
        }));
        self
    }

    /// Acts as whoever `source` says at the time of each request: an identity provider of your own (third-party auth).
    ///
    /// ```
    /// use supabase::http::{AccessToken, token_fn};
    ///
    /// let supabase = supabase::Client::builder("https://xyz.supabase.co", "sb_publishable_abc")
    ///     .token_source(token_fn(|| async { Ok(Some(AccessToken::parse("from.my.provider")?)) }))
    ///     .build()?;
    /// # Ok::<(), supabase::Error>(())
    /// ```
    pub fn token_source(mut self, source: impl TokenSource + 'static) -> Self {
        self.credentials = self.credentials.and_then(|credentials| match self.kind {
            Kind::Public => Ok(credentials.with_source(source)),
            Kind::Service => Err(Error::credential(
                "a service client always acts by its key; give the token source to `Client::builder`",
            )),
        });
        self
    }

    /// The time limit of a whole call: all tries, the waits between them and the answer. None by default.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let supabase = supabase::Client::builder("http://127.0.0.1:54321", "sb_publishable_abc")
    ///     .timeout(Duration::from_secs(10))
    ///     .build()?;
    /// assert_eq!(supabase.http_client().timeout(), Some(Duration::from_secs(10)));
    /// # Ok::<(), supabase::Error>(())
    /// ```
    pub fn timeout(self, limit: Duration) -> Self {
        self.http(|http| http.timeout(limit))
    }

    /// When requests are sent again.
    ///
    /// ```
    /// use supabase::http::RetryConfig;
    ///
    /// let supabase = supabase::Client::builder("http://127.0.0.1:54321", "sb_publishable_abc")
    ///     .retry(RetryConfig::new().max_retries(5))
    ///     .build()?;
    /// # Ok::<(), supabase::Error>(())
    /// ```
    pub fn retry(self, retry: RetryConfig) -> Self {
        self.http(|http| http.retry(retry))
    }

    /// How users come back from mails and providers: with a code (PKCE) by default.
    ///
    /// ```
    /// use supabase::auth::FlowType;
    ///
    /// let supabase = supabase::Client::builder("http://127.0.0.1:54321", "sb_publishable_abc")
    ///     .flow_type(FlowType::Implicit)
    ///     .build()?;
    /// # Ok::<(), supabase::Error>(())
    /// ```
    #[cfg(feature = "auth")]
    #[cfg_attr(docsrs, doc(cfg(feature = "auth")))]
    pub fn flow_type(mut self, flow_type: FlowType) -> Self {
        self.flow_type = flow_type;
        self
    }

    /// Puts the id of a sign-in into the URL that the user comes back to, for apps in which several can be under way; see
    /// [`AuthClient::flow_ids_in_redirects`].
    ///
    /// ```
    /// let supabase = supabase::Client::builder("http://127.0.0.1:54321", "sb_publishable_abc")
    ///     .flow_ids_in_redirects()
    ///     .build()?;
    /// # Ok::<(), supabase::Error>(())
    /// ```
    #[cfg(feature = "auth")]
    #[cfg_attr(docsrs, doc(cfg(feature = "auth")))]
    pub fn flow_ids_in_redirects(mut self) -> Self {
        self.flow_ids_in_redirects = true;
        self
    }

    /// Reads the time of day from this clock, for the ends of tokens and for `Retry-After`; in tests from one that they set.
    ///
    /// ```
    /// let supabase = supabase::Client::builder("http://127.0.0.1:54321", "sb_publishable_abc")
    ///     .clock(supabase::http::SystemClock)
    ///     .build()?;
    /// # Ok::<(), supabase::Error>(())
    /// ```
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        let clock = SharedClock(Arc::new(clock));
        self.http = self.http.clock(clock.clone());
        self.clock = Some(clock);
        self
    }

    /// Wraps every call in a `tower` layer, outside of retries and credentials; the first layer is the outermost.
    ///
    /// ```
    /// let supabase = supabase::Client::builder("https://xyz.supabase.co", "sb_publishable_abc")
    ///     .layer(tower::limit::ConcurrencyLimitLayer::new(8))
    ///     .build()?;
    /// # Ok::<(), supabase::Error>(())
    /// ```
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<HttpService, Service: IntoHttpService> + Send + Sync + 'static,
    {
        self.http(|http| http.layer(layer))
    }

    /// Sends by a transport of your own; in tests by a
    /// [`MockTransport`](https://docs.rs/supabase-http/latest/supabase_http/testing/struct.MockTransport.html).
    ///
    /// ```
    /// use supabase::http::{Body, TransportError};
    ///
    /// let canned = tower::service_fn(|_request: http::Request<Body>| async {
    ///     Ok::<_, TransportError>(http::Response::new(Body::from("[]")))
    /// });
    /// let supabase = supabase::Client::builder("http://127.0.0.1:54321", "sb_publishable_abc")
    ///     .transport(canned)
    ///     .build()?;
    /// # Ok::<(), supabase::Error>(())
    /// ```
    pub fn transport(self, transport: impl IntoHttpService) -> Self {
        self.http(|http| http.transport(transport))
    }

    /// Everything else that the HTTP client below can be told.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let supabase = supabase::Client::builder("https://xyz.supabase.co", "sb_publishable_abc")
    ///     .http(|http| http.read_timeout(Duration::from_secs(5)).max_response_bytes(1024 * 1024))
    ///     .build()?;
    /// # Ok::<(), supabase::Error>(())
    /// ```
    pub fn http(mut self, change: impl FnOnce(HttpClientBuilder) -> HttpClientBuilder) -> Self {
        self.http = change(self.http);
        self
    }

    /// Shares an HTTP client, and so its connections, with others; what was set about HTTP here is dropped.
    ///
    /// ```
    /// let one = supabase::Client::new("http://127.0.0.1:54321", "sb_publishable_abc")?;
    /// let other = supabase::Client::builder("http://127.0.0.1:54322", "sb_publishable_def")
    ///     .http_client(one.http_client().clone())
    ///     .build()?;
    /// # Ok::<(), supabase::Error>(())
    /// ```
    pub fn http_client(mut self, client: HttpClient) -> Self {
        self.shared = Some(client);
        self
    }

    /// What the realtime client can be told: heartbeats, back-off, protocol and the like.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let supabase = supabase::Client::builder("https://xyz.supabase.co", "sb_publishable_abc")
    ///     .realtime(|realtime| realtime.heartbeat_interval(Duration::from_secs(15)))
    ///     .build()?;
    /// # Ok::<(), supabase::Error>(())
    /// ```
    #[cfg(feature = "realtime")]
    #[cfg_attr(docsrs, doc(cfg(feature = "realtime")))]
    pub fn realtime(
        mut self,
        change: impl FnOnce(RealtimeBuilder) -> RealtimeBuilder + Send + Sync + 'static,
    ) -> Self {
        self.realtime = Some(Box::new(change));
        self
    }

    /// Makes the client. Nothing is sent, and no runtime is needed.
    ///
    /// ```
    /// let error = supabase::Client::builder("xyz.supabase.co", "sb_publishable_abc").build().unwrap_err();
    /// assert_eq!(error.message(), "the URL has no scheme; expected one like https://xyz.supabase.co");
    /// ```
    ///
    /// # Errors
    /// The first thing that is wrong: URL, key, headers, schema, or the transport's options.
    pub fn build(self) -> Result<Client> {
        self.parts()?.assemble(
            #[cfg(feature = "auth")]
            None,
        )
    }

    /// Makes a client like [`Client::with_session`], which follows the session in `storage`.
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), supabase::Error> {
    /// use supabase::auth::MemoryStorage;
    ///
    /// let app = supabase::Client::builder("https://xyz.supabase.co", "sb_publishable_…")
    ///     .schema("api")
    ///     .build_with_session(MemoryStorage::new())
    ///     .await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`build`](ClientBuilder::build); [`ErrorKind::Request`](crate::ErrorKind::Request) too if the store cannot be read
    /// or holds the session of another project, and [`Credential`](crate::ErrorKind::Credential) for a service client or
    /// one with a token source: they act as somebody else.
    #[cfg(feature = "auth")]
    #[cfg_attr(docsrs, doc(cfg(feature = "auth")))]
    pub async fn build_with_session(
        self,
        storage: impl SessionStorage + 'static,
    ) -> Result<Client> {
        if self.kind == Kind::Service {
            return Err(Error::credential(
                "a service client always acts by its key and follows no session; use `Client::builder`",
            ));
        }
        let mut parts = self.parts()?;
        let auth = parts.auth()?.with_session(storage).await?;
        if let Some(sessions) = auth.sessions() {
            parts.credentials = parts.credentials.with_source(sessions);
        }
        parts.assemble(Some(auth))
    }

    fn parts(self) -> Result<Parts> {
        Ok(Parts {
            endpoint: self.endpoint?,
            credentials: self.credentials?,
            headers: self.headers.into_iter().collect::<Result<Vec<_>>>()?,
            http: match self.shared {
                Some(client) => client,
                None => self.http.build()?,
            },
            #[cfg(feature = "postgrest")]
            schema: self.schema,
            #[cfg(feature = "auth")]
            flow_type: self.flow_type,
            #[cfg(feature = "auth")]
            flow_ids_in_redirects: self.flow_ids_in_redirects,
            #[cfg(feature = "auth")]
            clock: self.clock,
            #[cfg(feature = "realtime")]
            realtime: self.realtime,
        })
    }
}

/// What a client is put together from, once it is known to be right.
struct Parts {
    endpoint: Endpoint,
    credentials: Credentials,
    #[cfg_attr(
        not(any(
            feature = "postgrest",
            feature = "auth",
            feature = "storage",
            feature = "functions",
            feature = "realtime"
        )),
        expect(dead_code, reason = "only services send requests")
    )]
    headers: Vec<(HeaderName, HeaderValue)>,
    http: HttpClient,
    #[cfg(feature = "postgrest")]
    schema: Option<String>,
    #[cfg(feature = "auth")]
    flow_type: FlowType,
    #[cfg(feature = "auth")]
    flow_ids_in_redirects: bool,
    #[cfg(feature = "auth")]
    clock: Option<SharedClock>,
    #[cfg(feature = "realtime")]
    realtime: Option<ChangeRealtime>,
}

impl Parts {
    #[cfg(feature = "auth")]
    fn auth(&self) -> Result<AuthClient> {
        let mut auth =
            AuthClient::from_parts(self.http.clone(), &self.endpoint, self.credentials.clone())?;
        for (name, value) in &self.headers {
            auth = auth.with_header(name, value)?;
        }
        if let Some(clock) = &self.clock {
            auth = auth.clock(clock.clone());
        }
        if self.flow_ids_in_redirects {
            auth = auth.flow_ids_in_redirects();
        }
        Ok(auth.flow_type(self.flow_type))
    }

    fn assemble(self, #[cfg(feature = "auth")] auth: Option<AuthClient>) -> Result<Client> {
        #[cfg(feature = "auth")]
        let auth = match auth {
            Some(auth) => auth,
            None => self.auth()?,
        };
        #[cfg(feature = "postgrest")]
        let postgrest = {
            let mut postgrest = PostgrestClient::from_parts(
                self.http.clone(),
                &self.endpoint,
                self.credentials.clone(),
            )?;
            for (name, value) in &self.headers {
                postgrest = postgrest.with_header(name, value)?;
            }
            match &self.schema {
                Some(schema) => postgrest.schema(schema),
                None => postgrest,
            }
        };
        #[cfg(feature = "storage")]
        let storage = {
            let mut storage = StorageClient::from_parts(
                self.http.clone(),
                &self.endpoint,
                self.credentials.clone(),
            )?;
            for (name, value) in &self.headers {
                storage = storage.with_header(name, value)?;
            }
            storage
        };
        #[cfg(feature = "functions")]
        let functions = {
            let mut functions = FunctionsClient::from_parts(
                self.http.clone(),
                &self.endpoint,
                self.credentials.clone(),
            )?;
            for (name, value) in &self.headers {
                functions = functions.with_header(name, value)?;
            }
            functions
        };
        #[cfg(feature = "realtime")]
        let realtime = {
            let mut realtime = RealtimeClient::from_parts(
                self.http.clone(),
                &self.endpoint,
                self.credentials.clone(),
            )?;
            for (name, value) in &self.headers {
                realtime = realtime.header(name, value);
            }
            match self.realtime {
                Some(change) => change(realtime).build()?,
                None => realtime.build()?,
            }
        };
        Ok(Client::from_inner(Inner {
            endpoint: self.endpoint,
            http: self.http,
            credentials: self.credentials,
            #[cfg(feature = "postgrest")]
            postgrest,
            #[cfg(feature = "storage")]
            storage,
            #[cfg(feature = "functions")]
            functions,
            #[cfg(feature = "realtime")]
            realtime,
            #[cfg(feature = "auth")]
            auth,
        }))
    }
}

fn check_kind(key: &ApiKey, kind: Kind) -> Result<()> {
    match (kind, key.kind()) {
        (Kind::Public, KeyKind::Secret | KeyKind::ServiceRole) => Err(Error::credential(
            "this key passes by row-level security; use `Client::service` for it, and only on a server",
        )),
        (Kind::Service, KeyKind::Publishable | KeyKind::Anon) => Err(Error::credential(
            "this is a public key; `Client::service` needs a secret or service-role key",
        )),
        _ => Ok(()),
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("kind", &self.kind)
            .field("endpoint", &self.endpoint)
            .field("credentials", &self.credentials)
            .field("http", &self.http)
            .finish_non_exhaustive()
    }
}
