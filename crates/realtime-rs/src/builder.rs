//! Setting a realtime client up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use supabase_http::{
    ApiKey, Backoff, Credentials, Endpoint, HttpClient, Result, ServiceClient, TokenSource,
    header_pair,
};

use crate::connection::Context;
use crate::protocol::Protocol;
use crate::socket::{Connector, HttpConnector, MAX_MESSAGE};
use crate::subscription::Limits;
use crate::{RealtimeClient, client};

/// Where the project's key stands in the websocket's handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum KeyPlace {
    /// In headers; if the server refuses that with 401 or 403, once in the query, which is then remembered.
    #[default]
    Automatic,
    /// In the headers `apikey` and `x-api-key`, where no log of addresses sees it.
    Header,
    /// In the query, as the official clients do.
    Query,
}

type Delays = Arc<dyn Fn(u32) -> Duration + Send + Sync>;

/// What a client can be told.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) protocol: Protocol,
    pub(crate) key_place: KeyPlace,
    /// For the answer to a join or an acknowledged push, and for writing.
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) subscribe_timeout: Duration,
    pub(crate) heartbeat: Duration,
    /// By the number of failures, from 1.
    pub(crate) delays: Delays,
    /// How long the connection outlives its last channel; `None` is twice the heartbeat.
    pub(crate) idle: Option<Duration>,
    /// Per stream.
    pub(crate) queue: Limits,
    /// Pushes per channel that wait for it to be joined.
    pub(crate) buffer: usize,
    pub(crate) log_level: Option<&'static str>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            protocol: Protocol::default(),
            key_place: KeyPlace::default(),
            timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(20),
            subscribe_timeout: Duration::from_secs(30),
            heartbeat: Duration::from_secs(25),
            delays: Arc::new(|failures| jittered(steps(failures))),
            idle: None,
            queue: Limits {
                events: 256,
                bytes: MAX_MESSAGE,
            },
            buffer: 100,
            log_level: None,
        }
    }
}

fn steps(failures: u32) -> Duration {
    Duration::from_secs(match failures {
        0 | 1 => 1,
        2 => 2,
        3 => 5,
        _ => 10,
    })
}

/// Half of it fixed, half random: clients that a restart threw out do not come back together.
fn jittered(delay: Duration) -> Duration {
    Backoff::new(delay, delay).delay(0)
}

/// Sets up a [`RealtimeClient`]; get one from [`RealtimeClient::builder`].
///
/// ```
/// use std::time::Duration;
/// use realtime_rs::RealtimeClient;
///
/// let realtime = RealtimeClient::builder("https://xyz.supabase.co", "sb_publishable_abc")
///     .heartbeat_interval(Duration::from_secs(15))
///     .reconnect_after(|failures| Duration::from_millis(200 * u64::from(failures.min(50))))
///     .build()?;
/// # Ok::<(), realtime_rs::Error>(())
/// ```
///
/// Everything that has a default can be set:
///
/// ```
/// # fn demo(http: supabase_http::HttpClient, tunnel: impl realtime_rs::Connector + 'static) -> Result<(), realtime_rs::Error> {
/// # use std::time::Duration;
/// use realtime_rs::{KeyPlace, Protocol, RealtimeClient};
///
/// let realtime = RealtimeClient::builder("https://realtime.example.com", "key")
///     .http_client(http)
///     .connector(tunnel)
///     .header("x-region", "eu")
///     .key_place(KeyPlace::Header)
///     .protocol(Protocol::V1)
///     .connect_timeout(Duration::from_secs(5))
///     .timeout(Duration::from_secs(5))
///     .subscribe_timeout(Duration::from_secs(60))
///     .disconnect_when_idle_after(Duration::ZERO)
///     .queue(1024)
///     .queue_bytes(1024 * 1024)
///     .server_log_level("info")
///     .build()?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is made before `build`"]
pub struct RealtimeBuilder {
    service: Source,
    credentials: Option<Arc<dyn TokenSource>>,
    headers: Vec<Result<(HeaderName, HeaderValue)>>,
    connector: Option<Arc<dyn Connector>>,
    settings: Settings,
}

enum Source {
    Made(ServiceClient),
    Parts {
        url: String,
        key: String,
        http: Option<HttpClient>,
    },
}

impl RealtimeBuilder {
    pub(crate) fn new(url: &str, key: &str) -> Self {
        Self::of(Source::Parts {
            url: url.to_owned(),
            key: key.to_owned(),
            http: None,
        })
    }

    pub(crate) fn from_service(service: ServiceClient) -> Self {
        Self::of(Source::Made(service))
    }

    fn of(service: Source) -> Self {
        Self {
            service,
            credentials: None,
            headers: Vec::new(),
            connector: None,
            settings: Settings::default(),
        }
    }

    /// Sends and connects through this HTTP client: its proxy, certificates and layers.
    pub fn http_client(mut self, client: HttpClient) -> Self {
        if let Source::Parts { http, .. } = &mut self.service {
            *http = Some(client);
        }
        self
    }

    /// Acts as whoever `source` says: it is asked at each join and with each heartbeat, and a token that changed is
    /// pushed to the joined channels.
    ///
    /// ```
    /// use realtime_rs::{AccessToken, RealtimeClient, token_fn};
    ///
    /// let realtime = RealtimeClient::builder("https://xyz.supabase.co", "sb_publishable_abc")
    ///     .token_source(token_fn(|| async { Ok(Some(AccessToken::parse("from.my.provider")?)) }))
    ///     .build()?;
    /// # Ok::<(), realtime_rs::Error>(())
    /// ```
    pub fn token_source(mut self, source: impl TokenSource + 'static) -> Self {
        self.credentials = Some(Arc::new(source));
        self
    }

    /// A header for the handshake and for broadcasts over HTTP. Policies see those that begin with `x-`.
    pub fn header(
        mut self,
        name: impl TryInto<HeaderName, Error: Into<http::Error>>,
        value: impl TryInto<HeaderValue, Error: Into<http::Error>>,
    ) -> Self {
        self.headers.push(header_pair(name, value));
        self
    }

    /// Opens connections in another way.
    pub fn connector(mut self, connector: impl Connector + 'static) -> Self {
        self.connector = Some(Arc::new(connector));
        self
    }

    /// The version of the frames: 2.0.0 by default.
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.settings.protocol = protocol;
        self
    }

    /// Where the key stands in the handshake.
    pub fn key_place(mut self, place: KeyPlace) -> Self {
        self.settings.key_place = place;
        self
    }

    /// How often the connection is checked: every 25 s by default. A connection on which nothing came for one interval
    /// after a heartbeat is given up. The server ends one that is silent for 60 s.
    pub fn heartbeat_interval(mut self, interval: Duration) -> Self {
        self.settings.heartbeat = interval.max(Duration::from_millis(10));
        self
    }

    /// How long to wait before the next try, by the number of failures in a row, from 1: for connections and for joins.
    /// By default 1, 2, 5 and then 10 s, half of each random.
    pub fn reconnect_after(
        mut self,
        delay: impl Fn(u32) -> Duration + Send + Sync + 'static,
    ) -> Self {
        self.settings.delays = Arc::new(delay);
        self
    }

    /// How long the connection outlives its last channel: twice the heartbeat interval by default.
    pub fn disconnect_when_idle_after(mut self, delay: Duration) -> Self {
        self.settings.idle = Some(delay);
        self
    }

    /// The time limit for an answer of the server: 10 s by default.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.settings.timeout = limit;
        self
    }

    /// The time limit for opening a connection, the handshake included: 20 s by default.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.settings.connect_timeout = limit;
        self
    }

    /// The time limit of [`Channel::subscribe`](crate::Channel::subscribe), with all its tries: 30 s by default.
    pub fn subscribe_timeout(mut self, limit: Duration) -> Self {
        self.settings.subscribe_timeout = limit;
        self
    }

    /// How many events a stream holds for a program that is busy: 256 by default. The presences of one message are held
    /// together if nothing else is.
    pub fn queue(mut self, events: usize) -> Self {
        self.settings.queue.events = events;
        self
    }

    /// How many bytes a stream holds for a program that is busy: 16 MiB by default. Counted are the messages as they
    /// came; one that is larger than this is held only alone.
    pub fn queue_bytes(mut self, bytes: usize) -> Self {
        self.settings.queue.bytes = bytes;
        self
    }

    /// Asks the server to log more about this connection: `info` or `warning`.
    pub fn server_log_level(mut self, level: &'static str) -> Self {
        self.settings.log_level = Some(level);
        self
    }

    /// Makes the client. Nothing is sent, and no runtime is needed.
    ///
    /// # Errors
    /// The first thing that is wrong: URL, key, headers, or the transport's options.
    pub fn build(self) -> Result<RealtimeClient> {
        let mut service = match self.service {
            Source::Made(service) => service,
            Source::Parts { url, key, http } => {
                let http = match http {
                    Some(http) => http,
                    None => HttpClient::builder().build()?,
                };
                let endpoint = Endpoint::parse(&url)?.child("realtime/v1")?;
                let credentials = Credentials::new(ApiKey::parse(&key)?);
                ServiceClient::new(client::info(), http, endpoint, credentials)?
            }
        };
        if let Some(source) = self.credentials {
            service = service.with_credentials(service.credentials().with_source(source));
        }
        for header in self.headers {
            let (name, value) = header?;
            service = service.with_header(name, value);
        }
        let connector = self
            .connector
            .unwrap_or_else(|| Arc::new(HttpConnector::new(service.http().clone())));
        Ok(RealtimeClient::from_context(Context::new(
            service,
            connector,
            self.settings,
        )))
    }
}

impl fmt::Debug for RealtimeBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RealtimeBuilder")
            .field("protocol", &self.settings.protocol)
            .field("key_place", &self.settings.key_place)
            .finish_non_exhaustive()
    }
}
