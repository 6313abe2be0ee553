//! The client: one websocket, its channels, and broadcasts over HTTP.

use std::collections::HashMap;
use std::fmt;
use std::future::Future as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::Poll;

use http::{HeaderName, HeaderValue, Uri};
use supabase_http::{
    AccessToken, Call, Credentials, Endpoint, Error, HttpClient, Result, ServiceClient,
    ServiceInfo, header_pair,
};
use tokio::sync::{mpsc, oneshot};

use crate::builder::RealtimeBuilder;
use crate::channel::{self, ChannelShared};
use crate::connection::{self, Command, Context, Signal};
use crate::protocol::TOPIC_PREFIX;
use crate::protocol::join::JoinConfig;
use crate::subscription::Subscription;
use crate::{
    Channel, ChannelBuilder, ConnectionState, Heartbeat, KeyPlace, Outgoing, error, socket,
};

pub(crate) const SERVICE: &str = "realtime";

static INFO: ServiceInfo = ServiceInfo {
    name: SERVICE,
    token_rejected: |head, _| head.status == http::StatusCode::UNAUTHORIZED,
    retry_count_header: false,
};

pub(crate) fn info() -> &'static ServiceInfo {
    &INFO
}

/// A client for the realtime service of one project. Cheap to clone; clones share one websocket.
///
/// It acts as one identity, fixed when it is made: its key, the user of a token
/// ([`with_token`](RealtimeClient::with_token)), or whoever a
/// [token source](RealtimeBuilder::token_source) says.
///
/// ```no_run
/// # async fn demo() -> Result<(), realtime_rs::Error> {
/// use realtime_rs::RealtimeClient;
///
/// let realtime = RealtimeClient::builder("https://xyz.supabase.co", "sb_publishable_…").build()?;
/// let (mut states, mut heartbeats) = (realtime.states(), realtime.heartbeats());
/// realtime.connect().await?;
/// println!("{:?}, at {:?}", realtime.state(), realtime.service().endpoint());
/// for channel in realtime.channels() {
///     realtime.remove_channel(&channel).await?;
/// }
/// realtime.disconnect().await?;                      // channels come back with `connect`
/// realtime.remove_all_channels().await?;
/// realtime.close().await?;                           // and this is the end
/// # Ok(()) }
/// ```
///
/// Others like it, each with a connection of its own:
///
/// ```
/// # fn demo(realtime: realtime_rs::RealtimeClient, credentials: supabase_http::Credentials) -> Result<(), realtime_rs::Error> {
/// use realtime_rs::AccessToken;
///
/// let as_ada = realtime.with_token(AccessToken::parse("eyJh.eyJz.c2ln")?);
/// let as_other = realtime.with_credentials(credentials);
/// let labelled = realtime.with_header("x-app", "demo")?;
/// println!("{}", labelled.websocket_uri()?.path());
/// # Ok(()) }
/// ```
///
/// From parts of your own:
///
/// ```
/// # fn demo(http: supabase_http::HttpClient, credentials: supabase_http::Credentials) -> Result<(), realtime_rs::Error> {
/// use realtime_rs::RealtimeClient;
/// use supabase_http::{Endpoint, ServiceClient};
///
/// let project = Endpoint::parse("https://xyz.supabase.co")?;
/// let realtime = RealtimeClient::from_parts(http.clone(), &project, credentials.clone())?.build()?;
/// let bare = Endpoint::parse("http://127.0.0.1:4000/socket")?;
/// let service = ServiceClient::new(RealtimeClient::service_info(), http, bare, credentials)?;
/// let local = RealtimeClient::from_service(service).build()?;
/// # Ok(()) }
/// ```
///
/// The connection runs as a task of the tokio runtime in which it is first needed, and ends with the last handle:
/// clients, channels and streams.
#[derive(Clone)]
pub struct RealtimeClient {
    shared: Arc<ClientShared>,
}

/// What the handles share. The connection's task does not hold it: the last handle ends the task.
pub(crate) struct ClientShared {
    pub(crate) context: Arc<Context>,
    channels: Mutex<HashMap<String, (u64, Weak<ChannelShared>)>>,
    link: Mutex<Option<Link>>,
    next_id: AtomicU64,
}

/// The way to the task.
#[derive(Clone)]
struct Link {
    commands: mpsc::Sender<Command>,
    /// Unbounded, for `Drop` cannot wait; there are at most as many as handles were made.
    signals: mpsc::UnboundedSender<Signal>,
}

/// How many commands wait for the task before their callers do.
const COMMANDS: usize = 64;

impl RealtimeClient {
    /// A client for the project at `url` (`https://xyz.supabase.co`), acting by `key` alone. Nothing is opened yet.
    ///
    /// ```
    /// # fn main() -> Result<(), realtime_rs::Error> {
    /// use realtime_rs::RealtimeClient;
    /// let realtime = RealtimeClient::new("http://127.0.0.1:54321", "sb_publishable_test")?;
    /// assert!(RealtimeClient::new("xyz.supabase.co", "key").is_err());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) or [`Credential`](crate::ErrorKind::Credential) for a
    /// malformed URL or key, or when no transport is compiled in.
    pub fn new(url: &str, key: &str) -> Result<Self> {
        Self::builder(url, key).build()
    }

    /// Begins a client with more to set.
    pub fn builder(url: &str, key: &str) -> RealtimeBuilder {
        RealtimeBuilder::new(url, key)
    }

    /// A client from its parts; `project` is the project's endpoint, to which `realtime/v1` is added.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if the HTTP client cannot reach such an endpoint.
    pub fn from_parts(
        http: HttpClient,
        project: &Endpoint,
        credentials: Credentials,
    ) -> Result<RealtimeBuilder> {
        let endpoint = project.child("realtime/v1")?;
        let service = ServiceClient::new(&INFO, http, endpoint, credentials)?;
        Ok(RealtimeBuilder::from_service(service))
    }

    /// A client over a service client whose endpoint is the realtime service's own: `websocket` is below it.
    pub fn from_service(service: ServiceClient) -> RealtimeBuilder {
        RealtimeBuilder::from_service(service)
    }

    /// What this service is called; for building a [`ServiceClient`].
    #[must_use]
    pub fn service_info() -> &'static ServiceInfo {
        &INFO
    }

    pub(crate) fn from_context(context: Context) -> Self {
        Self {
            shared: Arc::new(ClientShared {
                context: Arc::new(context),
                channels: Mutex::default(),
                link: Mutex::default(),
                next_id: AtomicU64::new(1),
            }),
        }
    }

    /// The service client below.
    #[must_use]
    pub fn service(&self) -> &ServiceClient {
        &self.shared.context.service
    }

    fn with_service(&self, service: ServiceClient) -> Self {
        Self::from_context(self.shared.context.with_service(service))
    }

    /// A client like this one acting as someone else. It has a connection and channels of its own.
    #[must_use]
    pub fn with_credentials(&self, credentials: Credentials) -> Self {
        self.with_service(self.service().with_credentials(credentials))
    }

    /// A client like this one acting as the user of this token. It has a connection and channels of its own; those of
    /// this client stay as they are.
    ///
    /// A fixed token expires: its channels then fail. A [`TokenSource`](crate::TokenSource) renews.
    #[must_use]
    pub fn with_token(&self, token: AccessToken) -> Self {
        self.with_credentials(self.service().credentials().with_token(token))
    }

    /// A client like this one, with a header for the handshake and for broadcasts over HTTP, and a connection of its
    /// own.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if name or value cannot be in a header.
    pub fn with_header(
        &self,
        name: impl TryInto<HeaderName, Error: Into<http::Error>>,
        value: impl TryInto<HeaderValue, Error: Into<http::Error>>,
    ) -> Result<Self> {
        let (name, value) = header_pair(name, value)?;
        Ok(self.with_service(self.service().with_header(name, value)))
    }

    /// The address of the websocket, with `http` or `https` as its scheme. In [`KeyPlace::Query`] it holds the key.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if it cannot be written.
    pub fn websocket_uri(&self) -> Result<Uri> {
        let context = &self.shared.context;
        socket::address(context, context.settings.key_place == KeyPlace::Query)
    }

    /// Begins a channel, or finds the one of that name: the same name is the same channel.
    ///
    /// ```
    /// # fn demo(realtime: realtime_rs::RealtimeClient) -> Result<(), realtime_rs::Error> {
    /// let channel = realtime.channel("room:1").private().build()?;
    /// assert!(realtime.channel("room:1").build().is_err(), "set up otherwise");
    /// # Ok(()) }
    /// ```
    pub fn channel(&self, name: impl Into<String>) -> ChannelBuilder {
        ChannelBuilder::new(Arc::clone(&self.shared), name.into())
    }

    /// The channels that there are, by name.
    #[must_use]
    pub fn channels(&self) -> Vec<Channel> {
        let mut channels: Vec<_> = self
            .shared
            .with_channels(|channels| {
                channels
                    .values()
                    .filter_map(|(_, channel)| channel.upgrade())
                    .collect::<Vec<_>>()
            })
            .into_iter()
            .map(|shared| Channel { shared })
            .collect();
        channels.sort_by(|a, b| a.name().cmp(b.name()));
        channels
    }

    /// Leaves a channel: see [`Channel::unsubscribe`].
    ///
    /// # Errors
    /// As [`Channel::unsubscribe`].
    pub async fn remove_channel(&self, channel: &Channel) -> Result<()> {
        channel.unsubscribe().await
    }

    /// Leaves all channels.
    ///
    /// # Errors
    /// As [`Channel::unsubscribe`]; all are left, whatever fails.
    pub async fn remove_all_channels(&self) -> Result<()> {
        let mut result = Ok(());
        let mut leaving: Vec<_> = Vec::new();
        for channel in self.channels() {
            leaving.push(Box::pin(async move { channel.unsubscribe().await }));
        }
        // All say goodbye before the first is waited for.
        std::future::poll_fn(|cx| {
            leaving.retain_mut(|leave| match leave.as_mut().poll(cx) {
                Poll::Ready(left) => {
                    if left.is_err() {
                        result = left;
                    }
                    false
                }
                Poll::Pending => true,
            });
            if leaving.is_empty() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        result
    }

    /// Opens the connection, if it is not open. A subscription does it by itself.
    ///
    /// # Errors
    /// Why the first try failed: [`ErrorKind::Api`](crate::ErrorKind::Api) with status and body if the server refuses
    /// the handshake. With channels it is tried again all the same.
    pub async fn connect(&self) -> Result<()> {
        let (done, answer) = oneshot::channel();
        self.shared
            .command(Command::Connect { done }, answer, "connect")
            .await
    }

    /// Closes the connection and keeps the channels: they come back with [`connect`](RealtimeClient::connect).
    ///
    /// # Errors
    /// [`ErrorKind::Runtime`](crate::ErrorKind::Runtime) outside a runtime.
    pub async fn disconnect(&self) -> Result<()> {
        if !self.shared.is_started() {
            return Ok(());
        }
        let (done, answer) = oneshot::channel();
        self.shared
            .command(Command::Disconnect { done }, answer, "disconnect")
            .await
    }

    /// Leaves all channels and closes the connection, within a few seconds whatever the server does.
    ///
    /// # Errors
    /// [`ErrorKind::Runtime`](crate::ErrorKind::Runtime) outside a runtime.
    pub async fn close(&self) -> Result<()> {
        if self.shared.is_started() {
            let (done, answer) = oneshot::channel();
            self.shared
                .command(Command::Close { done }, answer, "close")
                .await?;
        }
        for channel in self.channels() {
            channel.shared.end(crate::ChannelStatus::Left, None);
        }
        Ok(())
    }

    /// What the connection is doing.
    #[must_use]
    pub fn state(&self) -> ConnectionState {
        self.shared.context.state()
    }

    /// Every change of the [state](RealtimeClient::state) from now on.
    pub fn states(&self) -> Subscription<ConnectionState> {
        Subscription::new(self.shared.context.watch_state(), Ok, None)
    }

    /// What becomes of the heartbeats from now on.
    pub fn heartbeats(&self) -> Subscription<Heartbeat> {
        Subscription::new(self.shared.context.watch_heartbeats(), Ok, None)
    }

    /// Broadcasts several messages in one HTTP request, without joining and without a socket.
    ///
    /// ```no_run
    /// # async fn demo(realtime: realtime_rs::RealtimeClient) -> Result<(), realtime_rs::Error> {
    /// use realtime_rs::Outgoing;
    /// use serde_json::json;
    ///
    /// realtime.broadcast([
    ///     Outgoing::new("room:1", "chat", &json!({ "text": "hi" })),
    ///     Outgoing::new("room:2", "chat", &json!({ "text": "ho" })).private(),
    /// ]).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited: [`ErrorKind::Request`](crate::ErrorKind::Request) for what cannot be sent,
    /// [`ErrorKind::Api`](crate::ErrorKind::Api) for a refusal. A message on a private channel without permission is
    /// dropped by the server without a word.
    pub fn broadcast(&self, messages: impl IntoIterator<Item = Outgoing>) -> Call<()> {
        channel::batch(self.service(), messages)
    }
}

impl ClientShared {
    fn with_channels<T>(
        &self,
        change: impl FnOnce(&mut HashMap<String, (u64, Weak<ChannelShared>)>) -> T,
    ) -> T {
        change(&mut self.channels.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The channel of that name, new or not.
    pub(crate) fn open(self: &Arc<Self>, name: &str, config: &JoinConfig) -> Result<Channel> {
        // The channel that is found may be the last handle: it is dropped outside the lock.
        let found = self.with_channels(|channels| {
            if let Some(shared) = channels
                .get(name)
                .and_then(|(_, channel)| channel.upgrade())
            {
                return Err(shared);
            }
            let id = self.next_id.fetch_add(1, Ordering::Relaxed);
            let topic = Arc::from(format!("{TOPIC_PREFIX}{name}"));
            let client = Arc::clone(self);
            let shared = Arc::new(ChannelShared::new(
                id,
                name.to_owned(),
                topic,
                config.clone(),
                client,
            ));
            channels.insert(name.to_owned(), (id, Arc::downgrade(&shared)));
            Ok(shared)
        });
        match found {
            Ok(shared) => Ok(Channel { shared }),
            Err(shared) if shared.config == *config => Ok(Channel { shared }),
            Err(_) => Err(error::request(
                "channel",
                format!(
                    "there is a channel {name:?} that is set up otherwise; the same name is the same channel"
                ),
            )),
        }
    }

    /// Forgets a channel, unless another one has its name by now.
    pub(crate) fn forget(&self, id: u64, name: &str) {
        self.with_channels(|channels| {
            if channels.get(name).is_some_and(|(found, _)| *found == id) {
                channels.remove(name);
            }
        });
    }

    fn with_link<T>(&self, change: impl FnOnce(&mut Option<Link>) -> T) -> T {
        change(&mut self.link.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the task runs.
    pub(crate) fn is_started(&self) -> bool {
        self.with_link(|link| link.as_ref().is_some_and(|link| !link.commands.is_closed()))
    }

    /// Tells the task, if it runs.
    pub(crate) fn signal(&self, signal: Signal) {
        self.with_link(|link| {
            if let Some(link) = link {
                // A task that is gone has nothing to be told.
                let _ = link.signals.send(signal);
            }
        });
    }

    /// The way to the task, which is started if it does not run.
    fn link(&self, operation: &'static str) -> Result<Link> {
        self.with_link(|link| {
            if let Some(link) = link.as_ref().filter(|link| !link.commands.is_closed()) {
                return Ok(link.clone());
            }
            let runtime = tokio::runtime::Handle::try_current().map_err(|_| {
                Error::runtime("realtime needs a running tokio runtime")
                    .with_context(SERVICE, operation)
            })?;
            let (commands, command_receiver) = mpsc::channel(COMMANDS);
            let (signals, signal_receiver) = mpsc::unbounded_channel();
            let context = Arc::clone(&self.context);
            runtime.spawn(connection::run(context, command_receiver, signal_receiver));
            let new = Link { commands, signals };
            *link = Some(new.clone());
            Ok(new)
        })
    }

    /// Gives the task a command and waits for its answer.
    pub(crate) async fn command(
        &self,
        command: Command,
        answer: oneshot::Receiver<Result<()>>,
        operation: &'static str,
    ) -> Result<()> {
        let gone = || error::interrupted(operation, "the connection's task has ended");
        let commands = self.link(operation)?.commands;
        commands.send(command).await.map_err(|_| gone())?;
        // The task ends when the last sender goes; this one must not keep it.
        drop(commands);
        answer.await.map_err(|_| gone())?
    }
}

impl fmt::Debug for RealtimeClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RealtimeClient")
            .field("service", self.service())
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
