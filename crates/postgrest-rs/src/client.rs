//! The client: where PostgREST lives, who asks, and in which schema.

use std::fmt;
use std::sync::Arc;

use http::header::ACCEPT;
use http::{HeaderName, HeaderValue, Request};
use supabase_http::{
    AccessToken, Body, Call, CallOptions, Credentials, Endpoint, Error, HttpClient, Result,
    ServiceClient, ServiceInfo, header_pair,
};

use crate::dry_run::Rollback;
use crate::query::shape::Answer;
use crate::query::verb::CallFunction;
use crate::quote::is_word;
use crate::request::{Draft, check_name};
use crate::{Query, Relation, RpcArgs, Table, response};

/// The longest path and query, in bytes, that is sent unless [`PostgrestClient::with_max_url_length`] says otherwise.
///
/// Gateways in front of PostgREST refuse longer ones, some with answers that do not tell why.
pub const DEFAULT_MAX_URL_LENGTH: usize = 16_384;

/// Where a project has this service.
const PATH: &str = "rest/v1";

static INFO: ServiceInfo = ServiceInfo {
    name: "postgrest",
    token_rejected: response::token_rejected,
    retry_count_header: true,
};

/// A client for the database API of one project. Cheap to clone, shared freely between tasks.
///
/// ```no_run
/// # async fn demo() -> Result<(), postgrest_rs::Error> {
/// use postgrest_rs::PostgrestClient;
///
/// #[derive(serde::Deserialize)]
/// struct Planet { id: i64, name: String }
///
/// let db = PostgrestClient::new("https://xyz.supabase.co", "sb_publishable_…")?;
/// let planets: Vec<Planet> = db.from("planets").select("id, name").order("id").await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct PostgrestClient {
    pub(crate) service: ServiceClient,
    pub(crate) schema: Schema,
    pub(crate) max_url_length: usize,
    pub(crate) rollback: Rollback,
}

/// The schema that is asked for, or what is wrong with it.
#[derive(Clone)]
pub(crate) enum Schema {
    Server,
    Named(HeaderValue),
    Invalid(Arc<str>),
}

impl Schema {
    pub(crate) fn named(name: &str) -> Self {
        match HeaderValue::from_bytes(name.as_bytes()) {
            Ok(value) if !name.trim().is_empty() => Self::Named(value),
            _ => Self::Invalid(format!("{name:?} is not the name of a schema").into()),
        }
    }

    pub(crate) fn header(&self) -> Result<Option<&HeaderValue>> {
        match self {
            Self::Server => Ok(None),
            Self::Named(value) => Ok(Some(value)),
            Self::Invalid(why) => Err(Error::request(&**why)),
        }
    }
}

impl PostgrestClient {
    /// A client for the project at `url` (`https://xyz.supabase.co`), acting by `key` alone. Any kind of key is taken.
    ///
    /// ```
    /// # fn main() -> Result<(), postgrest_rs::Error> {
    /// use postgrest_rs::PostgrestClient;
    /// let db = PostgrestClient::new("http://127.0.0.1:54321", "sb_publishable_test")?;
    /// assert!(PostgrestClient::new("xyz.supabase.co", "key").is_err());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) or [`Credential`](crate::ErrorKind::Credential) for a
    /// malformed URL or key, or when no transport is compiled in.
    pub fn new(url: &str, key: &str) -> Result<Self> {
        Self::with_http(HttpClient::builder().build()?, url, key)
    }

    /// As [`PostgrestClient::new`], over an HTTP client with own time limits, layers or transport.
    ///
    /// ```
    /// # fn main() -> Result<(), postgrest_rs::Error> {
    /// use postgrest_rs::PostgrestClient;
    /// use supabase_http::{HttpClient, testing::MockTransport};
    ///
    /// let http = HttpClient::builder().transport(MockTransport::new()).build()?;
    /// let db = PostgrestClient::with_http(http, "https://project.test", "key")?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`PostgrestClient::new`].
    pub fn with_http(http: HttpClient, url: &str, key: &str) -> Result<Self> {
        ServiceClient::in_project(&INFO, http, url, PATH, key).map(Self::from_service)
    }

    /// A client from its parts; `project` is the project's endpoint, to which `rest/v1` is added.
    ///
    /// ```
    /// use postgrest_rs::PostgrestClient;
    /// use supabase_http::{ApiKey, Credentials, Endpoint, HttpClient, token_fn};
    ///
    /// // As whoever an identity provider of yours says.
    /// let credentials = Credentials::new(ApiKey::parse("sb_publishable_test")?)
    ///     .with_source(token_fn(|| async { Ok(None) }));
    /// let project = Endpoint::parse("https://xyz.supabase.co")?;
    /// let client = PostgrestClient::from_parts(HttpClient::builder().build()?, &project, credentials)?;
    /// assert_eq!(client.service().endpoint().to_string(), "https://xyz.supabase.co/rest/v1");
    /// # Ok::<(), postgrest_rs::Error>(())
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

    /// A client over a service client whose endpoint is PostgREST itself.
    ///
    /// ```
    /// use postgrest_rs::PostgrestClient;
    /// use supabase_http::{ApiKey, Credentials, Endpoint, HttpClient, ServiceClient};
    ///
    /// // PostgREST on its own, without a gateway.
    /// let service = ServiceClient::new(
    ///     PostgrestClient::service_info(),
    ///     HttpClient::builder().build()?,
    ///     Endpoint::parse("http://localhost:3000")?,
    ///     Credentials::new(ApiKey::parse("key")?),
    /// )?;
    /// let client = PostgrestClient::from_service(service);
    /// # Ok::<(), postgrest_rs::Error>(())
    /// ```
    #[must_use]
    pub fn from_service(service: ServiceClient) -> Self {
        Self {
            service,
            schema: Schema::Named(HeaderValue::from_static("public")),
            max_url_length: DEFAULT_MAX_URL_LENGTH,
            rollback: Rollback::default(),
        }
    }

    /// What this service is called and how it refuses tokens; for building a [`ServiceClient`].
    ///
    /// ```
    /// assert_eq!(postgrest_rs::PostgrestClient::service_info().name, "postgrest");
    /// ```
    #[must_use]
    pub fn service_info() -> &'static ServiceInfo {
        &INFO
    }

    /// The service client below.
    ///
    /// ```
    /// # fn demo(client: &postgrest_rs::PostgrestClient) {
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
    /// # fn demo(client: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
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
    /// # fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// use postgrest_rs::AccessToken;
    ///
    /// let as_user = db.with_token(AccessToken::parse("eyJh.eyJz.c2ln")?);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_token(&self, token: AccessToken) -> Self {
        Self {
            service: self.service.with_token(token),
            ..self.clone()
        }
    }

    /// The same client for another schema, which the server must expose. The default is `public`.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let query = db.schema("inventory").from("items").select::<serde_json::Value>("*");
    /// # }
    /// ```
    #[must_use]
    pub fn schema(&self, name: impl AsRef<str>) -> Self {
        Self {
            schema: Schema::named(name.as_ref()),
            ..self.clone()
        }
    }

    /// The same client, leaving the schema to the server: its first exposed one.
    ///
    /// ```
    /// # let db = postgrest_rs::PostgrestClient::new("http://127.0.0.1:54321", "key")?;
    /// let request = db.without_schema().from("items").select::<serde_json::Value>("*").into_request()?;
    /// assert!(!request.headers().contains_key("accept-profile"));
    /// # Ok::<(), postgrest_rs::Error>(())
    /// ```
    #[must_use]
    pub fn without_schema(&self) -> Self {
        Self {
            schema: Schema::Server,
            ..self.clone()
        }
    }

    /// The same client, sending this header with every request.
    ///
    /// ```
    /// # let client = postgrest_rs::PostgrestClient::new("http://127.0.0.1:54321", "key")?;
    /// let tagged = client.with_header("x-app", "demo")?;
    /// assert!(client.with_header("x-app", "two\nlines").is_err());
    /// # Ok::<(), postgrest_rs::Error>(())
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

    /// The same client with another limit for path and query, in bytes; longer requests are errors before they
    /// are sent.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let behind_a_strict_gateway = db.with_max_url_length(4_096);
    /// let query = behind_a_strict_gateway.from("items").select::<serde_json::Value>("*").in_("id", 0..2_000);
    /// assert!(query.into_request().is_err());
    /// # }
    /// # demo(&postgrest_rs::PostgrestClient::new("http://127.0.0.1:54321", "key").unwrap());
    /// ```
    #[must_use]
    pub fn with_max_url_length(&self, bytes: usize) -> Self {
        Self {
            max_url_length: bytes,
            ..self.clone()
        }
    }

    /// A table or view. A string is its plain name; [`Relation::exact`] takes any name.
    ///
    /// ```
    /// # fn demo(db: &postgrest_rs::PostgrestClient) {
    /// let planets = db.from("planets");
    /// let all = planets.select::<serde_json::Value>("*");
    /// let few = planets.select::<serde_json::Value>("id").limit(3);
    /// # }
    /// ```
    #[must_use]
    pub fn from(&self, relation: impl Into<Relation>) -> Table {
        Table::new(self.clone(), relation.into().into_name())
    }

    /// Calls the database function `name`. It is sent by POST; [`get`](Query::get) and [`head`](Query::head) change that.
    ///
    /// The answer is whatever the function returns: a scalar, a struct, a `Vec` for a set, `()` for nothing. A set can be
    /// filtered, ordered and limited like a table.
    ///
    /// ```no_run
    /// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// use serde_json::json;
    /// let hello: String = db.rpc("hello_world", ()).await?;
    /// let ids: Vec<i64> = db.rpc("search", &json!({ "q": "ea" })).limit(5).await?;
    /// db.rpc::<()>("touch", ()).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited; code `PGRST202` (status 404) if there is no such function with these arguments.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "`()` and references read best by value"
    )]
    pub fn rpc<T>(
        &self,
        name: impl AsRef<str>,
        args: impl RpcArgs,
    ) -> Query<CallFunction, Answer<T>> {
        let name = name.as_ref();
        let checked = check_path_name("function", name).map(|()| Arc::from(name));
        let mut draft = Draft::new(self, http::Method::POST, checked, "rpc");
        draft.is_function = true;
        draft.options = draft.options.template("/rest/v1/rpc/{function}");
        draft.body = draft.take(args.to_body()).map(Into::into);
        Query::new(draft)
    }

    /// The description of the schema as an OpenAPI document.
    ///
    /// ```no_run
    /// # async fn demo(admin: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
    /// let description = admin.openapi().await?;
    /// println!("{}", description["info"]["title"]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited; hosted projects may allow it to the service key only.
    pub fn openapi(&self) -> Call<serde_json::Value> {
        let request = self.openapi_request();
        Call::new(
            self.service.clone(),
            request,
            CallOptions::new("openapi").template("/rest/v1/"),
            |parts, body| {
                response::succeeded(parts, body).and_then(|body| response::json(parts, body))
            },
        )
    }

    fn openapi_request(&self) -> Result<Request<Body>> {
        let root = format!("{}/", self.service.endpoint());
        let uri = http::Uri::try_from(root)
            .map_err(|why| Error::request_caused_by("the URL is not valid", why))?;
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = uri;
        request
            .headers_mut()
            .insert(ACCEPT, HeaderValue::from_static("application/openapi+json"));
        if let Some(schema) = self.schema.header()? {
            request
                .headers_mut()
                .insert("accept-profile", schema.clone());
        }
        Ok(request)
    }
}

/// As [`check_name`], for a name given as plain text: what looks like a piece of a URL is a mistake.
pub(crate) fn check_path_name(what: &str, name: &str) -> std::result::Result<(), String> {
    if is_word(name.as_bytes()) {
        return Ok(());
    }
    check_name(what, name)?;
    let fail = |why: &str| Err(format!("{name:?} cannot be the name of a {what}: {why}"));
    if name.trim() != name {
        return fail("it has blanks around it");
    }
    if name.contains(['/', '?', '#', '\\']) {
        return fail(
            "it holds a `/`, `?`, `#` or `\\`; `Relation::exact` takes any name of a table",
        );
    }
    if what == "table" && name.contains('.') {
        return fail(
            "it holds a dot; name the schema with `.schema(\"…\")`, or use `Relation::exact` if the dot is its own",
        );
    }
    Ok(())
}

impl fmt::Debug for PostgrestClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schema = match &self.schema {
            Schema::Server => None,
            Schema::Named(name) => Some(name),
            Schema::Invalid(_) => None,
        };
        f.debug_struct("PostgrestClient")
            .field("service", &self.service)
            .field("schema", &schema)
            .finish_non_exhaustive()
    }
}
