//! The state of a connection and its channels, without sockets, tasks or clocks: what happens goes in, what is to be
//! done comes out.

mod channels;
mod frames;
mod pushes;
mod tokens;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::value::RawValue;
use supabase_http::{AccessToken, Error, Result};
use tokio::time::Instant;

use self::channels::Entry;
use self::pushes::Pending;
use super::command::Done;
use super::{Command, ConnectionState, Context, Heartbeat, Signal};
use crate::error;
use crate::protocol::PHOENIX;
use crate::protocol::frame::{Content, Outgoing, Wire, encode};

/// Something to do.
pub(crate) enum Effect {
    /// Open a socket; the answer is [`Core::opened`] or [`Core::connect_failed`].
    Connect,
    Write(Wire),
    Pong(Bytes),
    /// Tell the caller once everything before it is written.
    Written(Done),
    /// Close the socket, with a goodbye unless the peer is gone, and stop opening one.
    Close {
        reason: &'static str,
        gone: bool,
    },
    /// The answer is [`Core::token`].
    AskToken,
    /// The server did not take this token.
    Rejected(AccessToken),
    Done(Done, Result<()>),
}

/// Something that comes due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    Heartbeat,
    Reconnect,
    Idle,
    /// A join that is not answered.
    Join(u64),
    /// A join that is to be tried again.
    Retry(u64),
    /// Callers of `subscribe` whose time is over.
    Subscribe(u64),
    /// Pushes that waited too long for a join.
    Buffered(u64),
    /// A push that is not answered.
    Push(u64),
}

enum Link {
    Idle,
    Waiting,
    Connecting,
    Open(Open),
}

struct Open {
    /// How many messages came.
    heard: u64,
    /// When the last join was answered: the server reads nothing while it works on one.
    join_answered: Instant,
    /// The heartbeat that is not answered yet.
    heartbeat: Option<Beat>,
}

struct Beat {
    reference: u64,
    sent: Instant,
    /// How many messages had come by then.
    heard: u64,
}

/// How many joins are under way at once. A refused one stalls the whole connection for 5 s on the server's side.
const MAX_JOINS: usize = 4;

pub(crate) struct Core {
    context: Arc<Context>,
    /// Whether tokens can change.
    has_source: bool,
    link: Link,
    failures: u32,
    /// Whether the connection was asked for by itself, with or without channels.
    wanted: bool,
    connecting: Vec<Done>,
    entries: HashMap<u64, Entry>,
    topics: HashMap<Arc<str>, u64>,
    /// Channels that wait for their turn to join.
    turn: VecDeque<u64>,
    joining: HashSet<u64>,
    asking: bool,
    /// The token that is being asked for may be of an identity of the past.
    stale: bool,
    pending: HashMap<u64, Pending>,
    last_ref: u64,
    due: BTreeSet<(Instant, Timer)>,
    heartbeat_at: Option<Instant>,
    reconnect_at: Option<Instant>,
    idle_at: Option<Instant>,
    effects: VecDeque<Effect>,
}

impl Core {
    pub(crate) fn new(context: Arc<Context>, has_source: bool) -> Self {
        Self {
            context,
            has_source,
            link: Link::Idle,
            failures: 0,
            wanted: false,
            connecting: Vec::new(),
            entries: HashMap::new(),
            topics: HashMap::new(),
            turn: VecDeque::new(),
            joining: HashSet::new(),
            asking: false,
            stale: false,
            pending: HashMap::new(),
            last_ref: 0,
            due: BTreeSet::new(),
            heartbeat_at: None,
            reconnect_at: None,
            idle_at: None,
            effects: VecDeque::new(),
        }
    }

    /// The next thing to do.
    pub(crate) fn effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    pub(crate) fn put_back(&mut self, effect: Effect) {
        self.effects.push_front(effect);
    }

    /// When [`timers`](Core::timers) wants to be called.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    fn arm(&mut self, at: Instant, timer: Timer) {
        self.due.insert((at, timer));
    }

    fn next_ref(&mut self) -> u64 {
        self.last_ref += 1;
        self.last_ref
    }

    fn is_open(&self) -> bool {
        matches!(self.link, Link::Open(_))
    }

    fn delay(&self, failures: u32) -> Duration {
        (self.context.settings.delays)(failures)
    }

    pub(crate) fn command(&mut self, command: Command, now: Instant) {
        match command {
            Command::Connect { done } => self.connect(Some(done)),
            Command::Disconnect { done } => {
                self.disconnect();
                self.effects.push_back(Effect::Done(done, Ok(())));
            }
            Command::Close { done } => {
                self.leave_all();
                self.disconnect();
                self.effects.push_back(Effect::Done(done, Ok(())));
            }
            Command::Subscribe { channel, done } => self.subscribe(&channel, done, now),
            Command::Leave { id, done } => self.leave(id, Some(done), now),
            Command::Push(push) => self.push(push, now),
        }
        self.settle(now);
    }

    pub(crate) fn signal(&mut self, signal: Signal, now: Instant) {
        match signal {
            Signal::Changed(id) => self.reconsider(id, now),
            Signal::Dropped(id) => self.leave(id, None, now),
        }
        self.settle(now);
    }

    /// All handles are gone.
    pub(crate) fn end(&mut self) {
        self.leave_all();
        self.shut("");
    }

    fn connect(&mut self, done: Option<Done>) {
        if done.is_some() {
            self.wanted = true;
        }
        match self.link {
            Link::Open(_) => {
                if let Some(done) = done {
                    self.effects.push_back(Effect::Done(done, Ok(())));
                }
            }
            Link::Connecting => self.connecting.extend(done),
            Link::Idle | Link::Waiting => {
                self.connecting.extend(done);
                self.open();
            }
        }
    }

    fn open(&mut self) {
        self.reconnect_at = None;
        self.link = Link::Connecting;
        self.context.set_state(ConnectionState::Connecting);
        self.effects.push_back(Effect::Connect);
    }

    pub(crate) fn opened(&mut self, now: Instant) {
        self.link = Link::Open(Open {
            heard: 0,
            join_answered: now,
            heartbeat: None,
        });
        self.context.set_state(ConnectionState::Connected);
        for done in std::mem::take(&mut self.connecting) {
            self.effects.push_back(Effect::Done(done, Ok(())));
        }
        self.next_heartbeat(now);
        // In the order in which they were made.
        let mut ids: Vec<u64> = self.entries.keys().copied().collect();
        ids.sort_unstable();
        for id in ids {
            self.want_join(id);
        }
        self.take_turns();
        self.watch_idleness(now);
    }

    pub(crate) fn connect_failed(&mut self, error: Error, now: Instant) {
        tracing::debug!(target: "supabase::realtime", %error, "no connection");
        for done in std::mem::take(&mut self.connecting) {
            self.effects
                .push_back(Effect::Done(done, Err(error::again(&error))));
        }
        let error = Arc::new(error);
        let refused = matches!(
            error.status().map(|status| status.as_u16()),
            Some(401 | 403 | 404)
        );
        let mut ids: Vec<u64> = self.entries.keys().copied().collect();
        ids.sort_unstable();
        for id in ids {
            // Whoever was never subscribed has the wrong key or address; whoever was may see a gateway's bad moment.
            if refused
                && self
                    .entries
                    .get(&id)
                    .is_some_and(|entry| !entry.was_subscribed)
            {
                self.fail(id, &error);
            } else {
                self.interrupt(id, &error);
            }
        }
        if self.entries.is_empty() {
            self.wanted = false;
        }
        self.try_later(now);
    }

    /// The connection ended, whoever ended it.
    pub(crate) fn lost(&mut self, reason: &str, now: Instant) {
        if !self.is_open() {
            return;
        }
        tracing::debug!(target: "supabase::realtime", reason, "connection lost");
        let text = format!("the connection was lost: {reason}");
        self.forget_connection(&text);
        self.try_later(now);
    }

    fn try_later(&mut self, now: Instant) {
        if self.entries.is_empty() && !self.wanted {
            self.link = Link::Idle;
            self.context.set_state(ConnectionState::Disconnected);
            return;
        }
        self.failures = self.failures.saturating_add(1);
        let at = now + self.delay(self.failures);
        self.link = Link::Waiting;
        self.reconnect_at = Some(at);
        self.arm(at, Timer::Reconnect);
        self.context.set_state(ConnectionState::Reconnecting {
            failures: self.failures,
        });
    }

    /// Whatever belonged to the connection is over.
    fn forget_connection(&mut self, text: &str) {
        self.heartbeat_at = None;
        self.idle_at = None;
        self.turn.clear();
        self.joining.clear();
        let mut kept = VecDeque::new();
        for effect in self.effects.drain(..) {
            match effect {
                Effect::Write(_) | Effect::Pong(_) => {}
                Effect::Written(done) => {
                    let error = error::interrupted("send", text);
                    kept.push_back(Effect::Done(done, Err(error)));
                }
                other => kept.push_back(other),
            }
        }
        self.effects = kept;
        self.fail_pending(text);
        let error = Arc::new(error::interrupted("receive", text));
        let ids: Vec<u64> = self.entries.keys().copied().collect();
        for id in ids {
            self.interrupt(id, &error);
        }
    }

    fn disconnect(&mut self) {
        self.wanted = false;
        self.shut("");
    }

    fn shut(&mut self, reason: &'static str) {
        let was_open = self.is_open();
        let done_later: Vec<Effect> = if was_open {
            // What was decided before is still written.
            std::mem::take(&mut self.effects).into()
        } else {
            Vec::new()
        };
        self.forget_connection("the connection was closed on request");
        for effect in done_later.into_iter().rev() {
            self.effects.push_front(effect);
        }
        for done in std::mem::take(&mut self.connecting) {
            let error = error::unsent("connect", "the connection was closed on request");
            self.effects.push_back(Effect::Done(done, Err(error)));
        }
        self.reconnect_at = None;
        self.link = Link::Idle;
        self.failures = 0;
        self.effects.push_back(Effect::Close {
            reason,
            gone: false,
        });
        self.context.set_state(ConnectionState::Disconnected);
    }

    /// The last channel was left: the connection goes after a while.
    fn watch_idleness(&mut self, now: Instant) {
        if !self.entries.is_empty() || self.wanted {
            self.idle_at = None;
            return;
        }
        match self.link {
            Link::Idle => {}
            Link::Waiting | Link::Connecting => {
                self.effects
                    .retain(|effect| !matches!(effect, Effect::Connect));
                self.shut("");
            }
            Link::Open(_) => {
                let settings = &self.context.settings;
                let at = now + settings.idle.unwrap_or(settings.heartbeat * 2);
                self.idle_at = Some(at);
                self.arm(at, Timer::Idle);
            }
        }
    }

    pub(crate) fn timers(&mut self, now: Instant) {
        while let Some((at, timer)) = self.due.pop_first() {
            if at > now {
                self.due.insert((at, timer));
                break;
            }
            match timer {
                Timer::Heartbeat if self.heartbeat_at == Some(at) => self.heartbeat(now),
                Timer::Reconnect if self.reconnect_at == Some(at) => self.open(),
                Timer::Idle if self.idle_at == Some(at) => self.shut(""),
                Timer::Heartbeat | Timer::Reconnect | Timer::Idle => {}
                Timer::Join(id) => self.join_due(id, at, now),
                Timer::Retry(id) => self.retry_due(id, at),
                Timer::Subscribe(id) => self.subscribe_due(id, now),
                Timer::Buffered(id) => self.buffer_due(id, now),
                Timer::Push(reference) => self.push_due(reference),
            }
        }
        self.settle(now);
    }

    fn next_heartbeat(&mut self, now: Instant) {
        let at = now + self.context.settings.heartbeat;
        self.heartbeat_at = Some(at);
        self.arm(at, Timer::Heartbeat);
    }

    fn heartbeat(&mut self, now: Instant) {
        let Link::Open(open) = &self.link else {
            return;
        };
        if let Some(beat) = &open.heartbeat {
            let sent = beat.sent;
            // While the server works on a join it answers nothing else.
            let patience = if self.joining.is_empty() { 1 } else { 3 };
            let silent = open.heard == beat.heard;
            if silent && now >= sent + self.context.settings.heartbeat * patience {
                self.context.heartbeat(Heartbeat::Timeout);
                self.effects.push_back(Effect::Close {
                    reason: "heartbeat timeout",
                    gone: true,
                });
                self.lost("the server did not answer a heartbeat", now);
                return;
            }
            if silent {
                self.next_heartbeat(now);
                return;
            }
        }
        let reference = self.next_ref();
        if let Link::Open(open) = &mut self.link {
            open.heartbeat = Some(Beat {
                reference,
                sent: now,
                heard: open.heard,
            });
        }
        self.send(None, reference, PHOENIX, "heartbeat", empty());
        self.context.heartbeat(Heartbeat::Sent);
        self.next_heartbeat(now);
        if self.has_source {
            self.ask();
        }
    }

    fn heartbeat_answered(&mut self, reference: u64, is_ok: bool, now: Instant) {
        let Link::Open(open) = &mut self.link else {
            return;
        };
        if let Some(beat) = open.heartbeat.take_if(|beat| beat.reference == reference) {
            let heartbeat = if is_ok {
                Heartbeat::Ok {
                    latency: now.saturating_duration_since(beat.sent),
                }
            } else {
                Heartbeat::Error
            };
            self.context.heartbeat(heartbeat);
            if is_ok {
                self.failures = 0;
            }
        }
    }

    /// Anything came.
    pub(crate) fn heard(&mut self) {
        if let Link::Open(open) = &mut self.link {
            open.heard += 1;
        }
    }

    pub(crate) fn ping(&mut self, data: Bytes) {
        self.heard();
        self.effects.push_back(Effect::Pong(data));
    }

    /// Writes a frame of ours, which cannot be too large.
    fn send(
        &mut self,
        join_ref: Option<u64>,
        reference: u64,
        topic: &str,
        event: &str,
        payload: &RawValue,
    ) {
        let frame = Outgoing {
            join_ref,
            reference,
            topic,
            content: Content::Push { event, payload },
        };
        match encode(self.context.settings.protocol, &frame) {
            Ok(wire) => self.effects.push_back(Effect::Write(wire)),
            Err(reason) => {
                tracing::warn!(target: "supabase::realtime", event, reason, "frame not sent");
            }
        }
    }
}

/// `{}`
fn empty() -> &'static RawValue {
    // A unit of maps: it is valid JSON by its text.
    static EMPTY: std::sync::OnceLock<Box<RawValue>> = std::sync::OnceLock::new();
    EMPTY.get_or_init(|| RawValue::from_string("{}".to_owned()).unwrap_or_default())
}
