//! The client: one project, one identity, all services.

use std::fmt;
use std::sync::Arc;

#[cfg(feature = "functions")]
use functions_rs::FunctionsClient;
#[cfg(feature = "auth")]
use gotrue_rs::{AuthClient, SessionStorage};
#[cfg(feature = "postgrest")]
use postgrest_rs::query::{shape::Answer, verb::CallFunction};
#[cfg(feature = "postgrest")]
use postgrest_rs::{PostgrestClient, Query, Relation, RpcArgs, Table};
#[cfg(feature = "realtime")]
use realtime_rs::{ChannelBuilder, RealtimeClient};
#[cfg(feature = "storage")]
use storage_rs::StorageClient;
use supabase_http::{Credentials, Endpoint, HttpClient, Result};

use crate::identity::{self, UserToken};
use crate::{ClientBuilder, builder};

/// A client of one Supabase project. Cheap to clone; needs no `Arc`, no lifetime and no type parameter.
///
/// It acts as one identity, fixed when it is made:
///
/// * [`Client::new`]: by its publishable (or anon) key. Nothing that happens later turns it into a user.
/// * [`Client::service`]: by a secret (or service-role) key, past row-level security.
/// * `Client::with_session` (feature `auth`): as whoever is signed in on this machine, at the time of each request.
/// * [`as_user`](Client::as_user): as the user of one request, by their token.
/// * [`ClientBuilder::token_source`]: as whoever an identity provider of yours says (third-party auth).
///
/// ```no_run
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Planet { id: i64, name: String }
///
/// # async fn run() -> Result<(), supabase::Error> {
/// let supabase = supabase::Client::new("https://xyz.supabase.co", "sb_publishable_…")?;
/// let planets: Vec<Planet> = supabase.from("planets").select("id, name").eq("name", "Earth").await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

#[derive(Clone)]
pub(crate) struct Inner {
    pub(crate) endpoint: Endpoint,
    pub(crate) http: HttpClient,
    pub(crate) credentials: Credentials,
    #[cfg(feature = "postgrest")]
    pub(crate) postgrest: PostgrestClient,
    #[cfg(feature = "storage")]
    pub(crate) storage: StorageClient,
    #[cfg(feature = "functions")]
    pub(crate) functions: FunctionsClient,
    #[cfg(feature = "realtime")]
    pub(crate) realtime: RealtimeClient,
    #[cfg(feature = "auth")]
    pub(crate) auth: AuthClient,
}

impl Client {
    /// A client that acts by a publishable (or legacy anon) key, and by nothing else: row-level security sees an
    /// anonymous caller. A server may share it among all its requests.
    ///
    /// `url` is the project's, such as `https://xyz.supabase.co`; a path in it is kept.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for a URL that cannot be called,
    /// [`ErrorKind::Credential`](crate::ErrorKind::Credential) for a malformed key, or a secret one: that is what
    /// [`Client::service`] is for.
    ///
    /// ```
    /// use supabase::{Client, ErrorKind};
    ///
    /// let supabase = Client::new("http://127.0.0.1:54321", "sb_publishable_abc")?;
    /// let error = Client::new("http://127.0.0.1:54321", "sb_secret_abc").err();
    /// assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::Credential));
    /// # Ok::<(), supabase::Error>(())
    /// ```
    pub fn new(url: impl AsRef<str>, key: impl AsRef<str>) -> Result<Self> {
        Self::builder(url, key).build()
    }

    /// A client that acts by a secret (or legacy service-role) key: row-level security does not apply. Keep it on your
    /// servers.
    ///
    /// # Errors
    /// As [`Client::new`]; a publishable or anon key is refused here.
    ///
    /// ```no_run
    /// let admin = supabase::Client::service("https://xyz.supabase.co", "sb_secret_…")?;
    /// # Ok::<(), supabase::Error>(())
    /// ```
    pub fn service(url: impl AsRef<str>, key: impl AsRef<str>) -> Result<Self> {
        Self::service_builder(url, key).build()
    }

    /// Begins a client like [`Client::new`] with more to set. What is wrong comes out of
    /// [`build`](ClientBuilder::build).
    ///
    /// ```
    /// let supabase = supabase::Client::builder("http://127.0.0.1:54321", "sb_publishable_abc").schema("api").build()?;
    /// assert!(supabase::Client::builder("127.0.0.1", "sb_publishable_abc").build().is_err());
    /// # Ok::<(), supabase::Error>(())
    /// ```
    pub fn builder(url: impl AsRef<str>, key: impl AsRef<str>) -> ClientBuilder {
        ClientBuilder::new(url.as_ref(), key.as_ref(), builder::Kind::Public)
    }

    /// Begins a client like [`Client::service`] with more to set.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let admin = supabase::Client::service_builder("http://127.0.0.1:54321", "sb_secret_abc")
    ///     .timeout(Duration::from_secs(10))
    ///     .build()?;
    /// # Ok::<(), supabase::Error>(())
    /// ```
    pub fn service_builder(url: impl AsRef<str>, key: impl AsRef<str>) -> ClientBuilder {
        ClientBuilder::new(url.as_ref(), key.as_ref(), builder::Kind::Service)
    }

    /// The same client, acting as the user of this access token: cheap, without a task or a lock, so that a server
    /// makes one per request.
    ///
    /// The token is sent as it is; whoever expects it checked first, checks it first. One that cannot be a token makes
    /// every request of the new client fail before it is sent.
    ///
    /// ```no_run
    /// # async fn run(supabase: supabase::Client, bearer: &str) -> Result<(), supabase::Error> {
    /// let caller = supabase.as_user(bearer);
    /// caller.from("todos").insert(&serde_json::json!({ "title": "mine" })).await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn as_user(&self, user: &(impl UserToken + ?Sized)) -> Self {
        let mut inner = Inner::clone(&self.0);
        inner.credentials = identity::user(&inner.credentials, user);
        #[cfg(feature = "postgrest")]
        {
            inner.postgrest = inner.postgrest.with_credentials(inner.credentials.clone());
        }
        #[cfg(feature = "storage")]
        {
            inner.storage = inner.storage.with_credentials(inner.credentials.clone());
        }
        #[cfg(feature = "functions")]
        {
            inner.functions = inner.functions.with_credentials(inner.credentials.clone());
        }
        #[cfg(feature = "realtime")]
        {
            inner.realtime = inner.realtime.with_credentials(inner.credentials.clone());
        }
        #[cfg(feature = "auth")]
        {
            inner.auth = inner.auth.with_credentials(inner.credentials.clone());
        }
        Self::from_inner(inner)
    }

    /// The HTTP client that all services share.
    ///
    /// ```
    /// let staging = supabase::Client::new("https://abc.supabase.co", "sb_publishable_abc")?;
    /// // Another project over the same pool of connections, with the same layers and limits.
    /// let production = supabase::Client::builder("https://xyz.supabase.co", "sb_publishable_def")
    ///     .http_client(staging.http_client().clone())
    ///     .build()?;
    /// # Ok::<(), supabase::Error>(())
    /// ```
    #[must_use]
    pub fn http_client(&self) -> &HttpClient {
        &self.0.http
    }

    /// The project's URL.
    ///
    /// ```
    /// let supabase = supabase::Client::new("https://xyz.supabase.co/", "sb_publishable_abc")?;
    /// assert_eq!(supabase.endpoint().to_string(), "https://xyz.supabase.co");
    /// # Ok::<(), supabase::Error>(())
    /// ```
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.0.endpoint
    }

    pub(crate) fn from_inner(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }
}

/// The database.
#[cfg(feature = "postgrest")]
#[cfg_attr(docsrs, doc(cfg(feature = "postgrest")))]
impl Client {
    /// A table or a view. A name that cannot be one is an error of the query on it, before anything is sent.
    ///
    /// ```no_run
    /// # async fn run(supabase: supabase::Client) -> Result<(), supabase::Error> {
    /// let planets: Vec<serde_json::Value> = supabase.from("planets").select("*").gt("id", 2).await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn from(&self, table: impl Into<Relation>) -> Table {
        self.0.postgrest.from(table)
    }

    /// The same client for another schema of the database; the schema must be exposed.
    ///
    /// ```
    /// let supabase = supabase::Client::new("http://127.0.0.1:54321", "sb_publishable_abc")?;
    /// let api = supabase.schema("api");
    /// let request = api.from("planets").select::<serde_json::Value>("*").into_request()?;
    /// assert_eq!(request.headers()["accept-profile"], "api");
    /// # Ok::<(), supabase::Error>(())
    /// ```
    #[must_use]
    pub fn schema(&self, schema: impl AsRef<str>) -> Self {
        let mut inner = Inner::clone(&self.0);
        inner.postgrest = inner.postgrest.schema(schema);
        Self::from_inner(inner)
    }

    /// Calls a function of the database. `arguments` are `()` or a reference to anything that serialises to an object.
    ///
    /// ```no_run
    /// # async fn run(supabase: supabase::Client) -> Result<(), supabase::Error> {
    /// let sum: i64 = supabase.rpc("add", &serde_json::json!({ "a": 1, "b": 2 })).await?;
    /// # Ok(()) }
    /// ```
    pub fn rpc<T>(
        &self,
        function: impl AsRef<str>,
        arguments: impl RpcArgs,
    ) -> Query<CallFunction, Answer<T>> {
        self.0.postgrest.rpc(function, arguments)
    }

    /// The database client itself.
    ///
    /// ```
    /// let supabase = supabase::Client::new("https://xyz.supabase.co", "sb_publishable_abc")?;
    /// // What the database client alone can be told.
    /// let strict = supabase.postgrest().with_max_url_length(4_096).with_header("x-app", "report")?;
    /// let query = strict.from("planets").select::<serde_json::Value>("*");
    /// # Ok::<(), supabase::Error>(())
    /// ```
    #[must_use]
    pub fn postgrest(&self) -> &PostgrestClient {
        &self.0.postgrest
    }
}

/// The auth server.
#[cfg(feature = "auth")]
#[cfg_attr(docsrs, doc(cfg(feature = "auth")))]
impl Client {
    /// A client that follows the session of its user, kept in `storage`: for programs on the desktop and on the command
    /// line. After a sign-in by [`auth`](Client::auth) every service acts as that user, with a token that is renewed in time;
    /// before one, and after a sign-out, by the publishable key alone.
    ///
    /// Servers use [`Client::new`] and [`as_user`](Client::as_user) instead: their users are many.
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), supabase::Error> {
    /// use supabase::auth::{Email, MemoryStorage};
    ///
    /// // or `FileStorage::new("session.json")`, to be signed in after the next start too
    /// let app = supabase::Client::with_session("https://xyz.supabase.co", "sb_publishable_…", MemoryStorage::new()).await?;
    /// app.auth().sign_in_with_password(Email("ada@example.com"), "secret").await?;
    /// let mine: Vec<serde_json::Value> = app.from("todos").select("*").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Client::new`]; [`ErrorKind::Request`](crate::ErrorKind::Request) too if the store cannot be read, or holds the
    /// session of another project.
    pub async fn with_session(
        url: impl AsRef<str>,
        key: impl AsRef<str>,
        storage: impl SessionStorage + 'static,
    ) -> Result<Self> {
        Self::builder(url, key).build_with_session(storage).await
    }

    /// The auth client. What it signs in is adopted by a client made with [`with_session`](Client::with_session); any other
    /// client gives the session back and stays who it is.
    ///
    /// On a client with third-party auth ([`ClientBuilder::token_source`](crate::ClientBuilder::token_source)) every call
    /// of it is an error before anything is sent: the auth server does not know those users.
    ///
    /// ```no_run
    /// # async fn run(supabase: supabase::Client) -> Result<(), supabase::Error> {
    /// use supabase::auth::Email;
    ///
    /// let session = supabase.auth().sign_in_with_password(Email("ada@example.com"), "secret").await?;
    /// let ada = supabase.as_user(&session);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn auth(&self) -> &AuthClient {
        &self.0.auth
    }
}

/// The files.
#[cfg(feature = "storage")]
#[cfg_attr(docsrs, doc(cfg(feature = "storage")))]
impl Client {
    /// The client of the storage: buckets and files.
    ///
    /// ```no_run
    /// # async fn run(supabase: supabase::Client, png: Vec<u8>) -> Result<(), supabase::Error> {
    /// let avatars = supabase.storage().from("avatars");
    /// avatars.upload("public/a.png", png).content_type("image/png").upsert().await?;
    /// let png = avatars.download("public/a.png").await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn storage(&self) -> &StorageClient {
        &self.0.storage
    }
}

/// The edge functions.
#[cfg(feature = "functions")]
#[cfg_attr(docsrs, doc(cfg(feature = "functions")))]
impl Client {
    /// The client of the edge functions.
    ///
    /// ```no_run
    /// # async fn run(supabase: supabase::Client) -> Result<(), supabase::Error> {
    /// use supabase::functions::Region;
    ///
    /// let call = supabase.functions().invoke("hello").json(&serde_json::json!({ "n": 1 }));
    /// let answer: serde_json::Value = call.region(Region::EuCentral1).await?.json().await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn functions(&self) -> &FunctionsClient {
        &self.0.functions
    }
}

/// Realtime.
#[cfg(feature = "realtime")]
#[cfg_attr(docsrs, doc(cfg(feature = "realtime")))]
impl Client {
    /// Begins a channel, or finds the one of that name. All channels of a client share one websocket, which opens with
    /// the first subscription; a client made by [`as_user`](Client::as_user) has its own.
    ///
    /// ```no_run
    /// # async fn run(supabase: supabase::Client) -> Result<(), supabase::Error> {
    /// let channel = supabase.channel("room:1").private().build()?;
    /// let mut chat = channel.broadcasts::<serde_json::Value>("chat");
    /// channel.subscribe().await?;
    /// while let Some(message) = chat.next().await {
    ///     println!("{}", message?.payload);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn channel(&self, name: impl Into<String>) -> ChannelBuilder {
        self.0.realtime.channel(name)
    }

    /// The realtime client itself.
    ///
    /// ```no_run
    /// # async fn run(supabase: supabase::Client) -> Result<(), supabase::Error> {
    /// println!("{:?}, {} channels", supabase.realtime().state(), supabase.realtime().channels().len());
    /// supabase.realtime().close().await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn realtime(&self) -> &RealtimeClient {
        &self.0.realtime
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("endpoint", &self.0.endpoint)
            .field("credentials", &self.0.credentials)
            .finish_non_exhaustive()
    }
}
