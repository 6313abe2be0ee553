//! Setting a channel up.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use supabase_http::Result;

use crate::client::ClientShared;
use crate::protocol::join::{self, JoinConfig};
use crate::protocol::{MAX_NAME, TOPIC_PREFIX};
use crate::{Channel, error};

/// Messages of the past: what [`ChannelBuilder::replay`] takes.
///
/// The server keeps broadcasts of private channels that came from the database for about three days.
///
/// ```
/// use std::time::SystemTime;
/// use realtime_rs::Replay;
///
/// # fn demo(realtime: realtime_rs::RealtimeClient, last_seen: SystemTime) -> Result<(), realtime_rs::Error> {
/// let channel = realtime.channel("room:1").private().replay(Replay::since(last_seen).limit(10)).build()?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "it replays nothing before it is given to `ChannelBuilder::replay`"]
pub struct Replay(join::Replay);

impl Replay {
    /// Everything since this moment, but 25 messages at most.
    pub fn since(moment: SystemTime) -> Self {
        let millis = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        let since = match moment.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => millis(after),
            Err(before) => -millis(before.duration()),
        };
        Self(join::Replay { since, limit: None })
    }

    /// The newest `limit` messages of those: 1 to 25.
    pub fn limit(mut self, limit: u8) -> Self {
        self.0.limit = Some(limit);
        self
    }
}

/// Sets up a [`Channel`]; get one from [`RealtimeClient::channel`](crate::RealtimeClient::channel).
///
/// ```no_run
/// # fn demo(realtime: realtime_rs::RealtimeClient) -> Result<(), realtime_rs::Error> {
/// let channel = realtime.channel("room:1").private().ack().presence_key("ada").build()?;
/// let echo = realtime.channel("echo").receive_own().with_presence().build()?;
/// # let last_seen = std::time::SystemTime::UNIX_EPOCH;
/// let late = realtime.channel("late").private().replay(realtime_rs::Replay::since(last_seen)).build()?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is made before `build`"]
pub struct ChannelBuilder {
    client: Arc<ClientShared>,
    name: String,
    config: JoinConfig,
}

impl ChannelBuilder {
    pub(crate) fn new(client: Arc<ClientShared>, name: String) -> Self {
        Self {
            client,
            name,
            config: JoinConfig::default(),
        }
    }

    /// Only for those whom the policies on `realtime.messages` allow. A private and a public channel of one name are
    /// different ones on the server.
    pub fn private(mut self) -> Self {
        self.config.private = true;
        self
    }

    /// The server confirms each broadcast: [`send`](Channel::send) then waits for it.
    pub fn ack(mut self) -> Self {
        self.config.broadcast.ack = true;
        self
    }

    /// Receives its own broadcasts too.
    pub fn receive_own(mut self) -> Self {
        self.config.broadcast.own = true;
        self
    }

    /// Receives messages of the past first. Private channels only.
    pub fn replay(mut self, replay: Replay) -> Self {
        self.config.broadcast.replay = Some(replay.0);
        self
    }

    /// Takes part in presence: needed for [`track`](Channel::track) without a [`presence`](Channel::presence) stream.
    pub fn with_presence(mut self) -> Self {
        self.config.presence = true;
        self
    }

    /// Takes part in presence under this key: several connections of one user then count as one. Without it each
    /// connection has a key of the server's making.
    pub fn presence_key(mut self, key: impl Into<String>) -> Self {
        self.config.presence_key = key.into();
        self.config.presence = true;
        self
    }

    /// The channel: a new one, or the one of that name that is there already. Nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for a name that cannot be one, a replay on a public channel, or
    /// a channel of that name that was set up otherwise.
    pub fn build(self) -> Result<Channel> {
        let wrong = |text: String| Err(error::request("channel", text));
        if self.name.is_empty() {
            return wrong("the channel's name is empty".to_owned());
        }
        if self.name.starts_with(TOPIC_PREFIX) {
            return wrong(format!(
                "{:?} begins with `realtime:`, which is added on the wire: leave it out",
                self.name
            ));
        }
        if self.name.contains(char::is_control) {
            return wrong("the channel's name holds a control character".to_owned());
        }
        let longest = MAX_NAME - TOPIC_PREFIX.len();
        if self.name.len() > longest {
            return wrong(format!(
                "the channel's name has {} bytes; {longest} is the most",
                self.name.len()
            ));
        }
        if let Some(replay) = &self.config.broadcast.replay {
            if !self.config.private {
                return wrong("only private channels replay: add `.private()`".to_owned());
            }
            if replay.limit.is_some_and(|limit| !(1..=25).contains(&limit)) {
                return wrong("a replay is limited to 1 to 25 messages".to_owned());
            }
        }
        self.client.open(&self.name, &self.config)
    }
}

impl std::fmt::Debug for ChannelBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChannelBuilder")
            .field("name", &self.name)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
