//! Channels: what a program holds of one topic.

mod broadcast;
mod builder;
mod changes;
mod http;
mod presence;
mod shared;
mod status;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::to_raw_value;
use supabase_http::{Call, Error, Result};
use tokio::sync::oneshot;

pub use self::broadcast::{Broadcast, Payload};
pub use self::builder::{ChannelBuilder, Replay};
pub use self::changes::{ChangeEvent, Changes, OldRow, PostgresChange};
pub use self::http::Outgoing;
pub(crate) use self::http::batch;
pub use self::presence::{Presence, PresenceEvent, PresenceState};
pub(crate) use self::shared::{ChannelShared, Wanted};
pub use self::status::ChannelStatus;
use crate::Subscription;
use crate::connection::{Command, Push, PushContent};
use crate::error;
use crate::protocol::MAX_NAME;
use crate::protocol::frame::Body;
use crate::protocol::verdict::SystemEvent;

/// One topic of one client. Cheap to clone.
///
/// It stays joined as long as a clone or one of its streams lives, through lost connections, restarts of the server and
/// expired tokens; what that costs is told [in the streams](crate::Interruption::Gap) and by its
/// [status](Channel::statuses).
///
/// ```no_run
/// # async fn demo(realtime: realtime_rs::RealtimeClient) -> Result<(), realtime_rs::Error> {
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct Message { text: String }
///
/// let channel = realtime.channel("room:1").private().build()?;
/// let mut chat = channel.broadcasts::<Message>("chat");
/// channel.subscribe().await?;
/// channel.send("chat", &Message { text: "hi".into() }).await?;
/// while let Some(event) = chat.next().await {
///     match event {
///         Ok(message) => println!("{}", message.payload.text),
///         Err(missed) if missed.is_missed() => println!("some messages were missed"),
///         Err(error) => return Err(error.into()),
///     }
/// }
/// # Ok(()) }
/// ```
///
/// Presence, bytes, and what the channel is doing:
///
/// ```no_run
/// # async fn demo(realtime: realtime_rs::RealtimeClient) -> Result<(), realtime_rs::Error> {
/// # #[derive(serde::Serialize, serde::Deserialize)] struct Person { name: String }
/// let channel = realtime.channel("lobby").presence_key("ada").build()?;
/// let mut people = channel.presence::<Person>();
/// let mut files = channel.binary_broadcasts("file");
/// let everything = channel.all_broadcasts();
/// let mut statuses = channel.statuses();
/// let mut system = channel.system_events();
/// channel.subscribe().await?;
/// println!("{} is {:?}", channel.name(), channel.status());
/// channel.track(&Person { name: "Ada".into() }).await?;
/// for (key, connections) in channel.presence_state::<Person>()? {
///     println!("{key}: {}", connections.len());
/// }
/// channel.send_binary("file", vec![1, 2, 3]).await?;
/// channel.send_binary_http("file", vec![1, 2, 3]).await?;
/// channel.untrack().await?;
/// channel.unsubscribe().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Channel {
    pub(crate) shared: Arc<ChannelShared>,
}

impl Channel {
    /// The name, without the `realtime:` of the wire.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// Whether it is joined, and if not, why.
    #[must_use]
    pub fn status(&self) -> ChannelStatus {
        self.shared.status()
    }

    /// Every change of the [status](Channel::status) from now on. This stream does not keep the channel joined.
    pub fn statuses(&self) -> Subscription<ChannelStatus> {
        Subscription::new(self.shared.watch_status(), Ok, None)
    }

    /// What the server says about the channel from now on, as it says it. What follows from it is in the
    /// [status](Channel::statuses) already; this is for logs and for looking closely. This stream does not keep the
    /// channel joined.
    pub fn system_events(&self) -> Subscription<SystemEvent> {
        Subscription::new(self.shared.watch_system(), Ok, None)
    }

    /// The broadcasts named `event`, as JSON of the type `T`. A message that is none is an
    /// [`Interruption::Decode`](crate::Interruption::Decode) and costs nothing else.
    ///
    /// What arrives before this call is not in the stream: call it before [`subscribe`](Channel::subscribe). A program
    /// that subscribes already hears it at once.
    pub fn broadcasts<T: DeserializeOwned + 'static>(
        &self,
        event: impl Into<String>,
    ) -> Subscription<Broadcast<T>> {
        self.subscription(Some(event.into()), broadcast::json)
    }

    /// The broadcasts named `event` whose payload is binary.
    pub fn binary_broadcasts(&self, event: impl Into<String>) -> Subscription<Broadcast<Bytes>> {
        self.subscription(Some(event.into()), broadcast::binary)
    }

    /// All broadcasts, whatever they are named and hold.
    pub fn all_broadcasts(&self) -> Subscription<Broadcast<Payload>> {
        self.subscription(None, broadcast::any)
    }

    fn subscription<E: 'static>(
        &self,
        event: Option<String>,
        convert: fn(broadcast::Raw) -> Result<E, Error>,
    ) -> Subscription<E> {
        let queue = self.shared.listen_broadcasts(event.map(Arc::from));
        Subscription::new(queue, convert, Some(Arc::clone(&self.shared)))
    }

    /// The changes of rows, with new rows of the type `T`.
    ///
    /// Asked for before [`subscribe`](Channel::subscribe), they are part of the join; asked for later, the channel
    /// leaves and joins again, which is a [gap](crate::Interruption::Gap) for its other streams. What is wrong with
    /// `changes` comes out of `subscribe`.
    ///
    /// ```no_run
    /// # async fn demo(channel: realtime_rs::Channel) -> Result<(), realtime_rs::Error> {
    /// use realtime_rs::Changes;
    /// # #[derive(serde::Deserialize)] struct Todo { id: i64 }
    ///
    /// let mut todos = channel.changes::<Todo>(Changes::all("todos").eq("room_id", 1));
    /// channel.subscribe().await?;
    /// while let Some(change) = todos.next().await {
    ///     let change = change?;
    ///     println!("{:?} {:?}", change.event, change.new.map(|todo| todo.id));
    /// }
    /// # Ok(()) }
    /// ```
    #[expect(
        clippy::needless_pass_by_value,
        reason = "made for the call, like every builder"
    )]
    pub fn changes<T: DeserializeOwned + 'static>(
        &self,
        changes: Changes,
    ) -> Subscription<PostgresChange<T>> {
        let queue = self.shared.listen_changes(&changes);
        Subscription::new(queue, changes::typed, Some(Arc::clone(&self.shared)))
    }

    /// Who comes and goes, with what they [track](Channel::track) as the type `T`.
    ///
    /// Asking for it turns presence on for the channel: before [`subscribe`](Channel::subscribe) as part of the join;
    /// later the channel leaves and joins again.
    pub fn presence<T: DeserializeOwned + 'static>(&self) -> Subscription<PresenceEvent<T>> {
        let queue = self.shared.listen_presence();
        Subscription::new(queue, presence::typed, Some(Arc::clone(&self.shared)))
    }

    /// Who is there now, by key.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) if someone tracks what is no `T`.
    pub fn presence_state<T: DeserializeOwned>(&self) -> Result<PresenceState<T>> {
        self.shared.presence_state()
    }

    /// Joins, and waits until the channel is joined and the server has confirmed its Postgres changes.
    ///
    /// What passes (no network, a busy server) is tried again, for 30 s in all
    /// ([`subscribe_timeout`](crate::RealtimeBuilder::subscribe_timeout)). An error means that the channel is not
    /// subscribed and no longer tries; `subscribe` may be called again. Dropping the future changes nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Api`](crate::ErrorKind::Api) with the server's reason if it refuses for good,
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for changes that cannot be asked for, before anything is sent,
    /// and [`is_timeout`](crate::Error::is_timeout) with the last reason when the time is over.
    pub async fn subscribe(&self) -> Result<()> {
        self.shared.check("subscribe")?;
        let (done, answer) = oneshot::channel();
        let channel = Arc::downgrade(&self.shared);
        self.command(Command::Subscribe { channel, done }, answer, "subscribe")
            .await
    }

    /// Leaves for good: its streams end, and the next channel of that name is a new one.
    ///
    /// # Errors
    /// [`ErrorKind::Runtime`](crate::ErrorKind::Runtime) outside a runtime. A server that does not answer is no error:
    /// the channel is left after the time limit.
    pub async fn unsubscribe(&self) -> Result<()> {
        self.shared.mark_left();
        if !self.shared.client.is_started() {
            self.shared.end(ChannelStatus::Left, None);
            return Ok(());
        }
        let (done, answer) = oneshot::channel();
        let id = self.shared.id;
        self.command(Command::Leave { id, done }, answer, "unsubscribe")
            .await?;
        self.shared.end(ChannelStatus::Left, None);
        Ok(())
    }

    /// Broadcasts `payload` as JSON to everyone else on the channel.
    ///
    /// Resolves when it is written to the connection; with [`ack`](ChannelBuilder::ack) when the server has it. While
    /// the channel joins, up to 100 messages wait for it.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) before anything is sent: not subscribed, too many waiting, a
    /// frame of more than 5,000,000 bytes. With `ack`: the server's refusal, or
    /// [`is_timeout`](crate::Error::is_timeout), which a missing permission looks like too.
    pub async fn send(&self, event: &str, payload: &(impl Serialize + ?Sized)) -> Result<()> {
        let json = serde_json::to_vec(payload)
            .map_err(|cause| Error::request_caused_by("the payload is no JSON", cause))
            .map_err(|error| error.with_context(crate::SERVICE, "send"))?;
        self.broadcast(event, Body::Json(json.into())).await
    }

    /// Broadcasts bytes as they are. Not on protocol 1.0.0.
    ///
    /// # Errors
    /// As [`send`](Channel::send).
    pub async fn send_binary(&self, event: &str, payload: impl Into<Bytes>) -> Result<()> {
        self.broadcast(event, Body::Binary(payload.into())).await
    }

    async fn broadcast(&self, event: &str, body: Body) -> Result<()> {
        if event.len() > MAX_NAME {
            let text = format!("the event's name has {} bytes of {MAX_NAME}", event.len());
            return Err(error::request("send", text));
        }
        let event = event.to_owned();
        self.push("send", PushContent::Broadcast { event, body })
            .await
    }

    /// Shows `payload`, which serialises to an object, to everyone on the channel; a new payload replaces the last one.
    ///
    /// It is shown anew after every rejoin. The server closes a channel that tracks or untracks more than 5 times in
    /// 30 s, so that is refused here.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if the channel has no presence, is not subscribed or tracks too
    /// often; [`ErrorKind::Api`](crate::ErrorKind::Api) if the server refuses.
    pub async fn track(&self, payload: &(impl Serialize + ?Sized)) -> Result<()> {
        let payload = to_raw_value(payload)
            .map_err(|cause| Error::request_caused_by("the payload is no JSON", cause))?;
        if !payload.get().starts_with('{') {
            return Err(error::request(
                "track",
                "what is tracked must serialise to an object",
            ));
        }
        self.push("track", PushContent::Track(Some(payload))).await
    }

    /// Ends what [`track`](Channel::track) began.
    ///
    /// # Errors
    /// As [`track`](Channel::track).
    pub async fn untrack(&self) -> Result<()> {
        self.push("untrack", PushContent::Track(None)).await
    }

    /// Broadcasts over HTTP, without joining and without a socket.
    ///
    /// ```no_run
    /// # async fn demo(realtime: realtime_rs::RealtimeClient) -> Result<(), realtime_rs::Error> {
    /// let channel = realtime.channel("room:1").private().build()?;
    /// channel.send_http("chat", &serde_json::json!({ "text": "hi" })).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When awaited; a private channel without permission is [`ErrorKind::Api`](crate::ErrorKind::Api) with status 403.
    pub fn send_http(&self, event: &str, payload: &(impl Serialize + ?Sized)) -> Call<()> {
        http::json(&self.shared, event, payload)
    }

    /// Broadcasts bytes over HTTP, without joining and without a socket.
    ///
    /// # Errors
    /// When awaited, as [`send_http`](Channel::send_http).
    pub fn send_binary_http(&self, event: &str, payload: impl Into<Bytes>) -> Call<()> {
        http::binary(&self.shared, event, payload.into())
    }

    async fn push(&self, operation: &'static str, content: PushContent) -> Result<()> {
        self.shared.check(operation)?;
        if !self.shared.client.is_started() {
            return Err(not_subscribed(operation));
        }
        let (done, answer) = oneshot::channel();
        let push = Push {
            channel: self.shared.id,
            content,
            operation,
            done,
        };
        self.command(Command::Push(push), answer, operation).await
    }

    async fn command(
        &self,
        command: Command,
        answer: oneshot::Receiver<Result<()>>,
        operation: &'static str,
    ) -> Result<()> {
        self.shared.client.command(command, answer, operation).await
    }
}

pub(crate) fn not_subscribed(operation: &'static str) -> Error {
    error::request(
        operation,
        "the channel is not subscribed: call `subscribe` first, or broadcast with `send_http`",
    )
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("name", &self.shared.name)
            .field("status", &self.shared.status())
            .finish_non_exhaustive()
    }
}
