//! The life of a channel: closed, on its way, joined, away, leaving.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use serde_json::value::RawValue;
use supabase_http::{AccessToken, Error};
use tokio::time::Instant;

use super::pushes::{Buffered, PendingKind};
use super::{Core, Effect, Link, MAX_JOINS, Timer, empty};
use crate::channel::{ChannelShared, ChannelStatus, Wanted};
use crate::connection::command::Done;
use crate::error;
use crate::protocol::join;
use crate::protocol::verdict::{self, Verdict};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Waits for the connection, a token, or its turn.
    Queued,
    Joining,
    Joined,
    /// Tries again when its time comes, or when the connection is back.
    Away,
    /// Says goodbye; joins again after it if wanted.
    Leaving {
        again: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// No changes were asked for.
    None,
    /// The server has not confirmed them yet.
    Waiting,
    Confirmed,
}

/// A channel, as the connection knows it.
pub(super) struct Entry {
    pub(super) shared: Weak<ChannelShared>,
    pub(super) topic: Arc<str>,
    pub(super) state: State,
    pub(super) join_ref: Option<u64>,
    pub(super) joined_with: Option<Wanted>,
    pub(super) was_joined: bool,
    pub(super) was_subscribed: bool,
    /// The streams of changes are to be told of a gap, once changes flow.
    pub(super) gap: bool,
    pub(super) flow: Flow,
    pub(super) failures: u32,
    pub(super) retry_at: Option<Instant>,
    pub(super) join_at: Option<Instant>,
    /// The token that the server knows.
    pub(super) token: Option<AccessToken>,
    /// The token that the server refused: it is not shown again.
    pub(super) refused: Option<AccessToken>,
    /// What the server said before it closed the channel.
    pub(super) last_words: Option<String>,
    pub(super) last_error: Option<Arc<Error>>,
    pub(super) subscribers: Vec<(Instant, Done)>,
    pub(super) leavers: Vec<Done>,
    pub(super) buffered: VecDeque<Buffered>,
    pub(super) tracked: Option<Box<RawValue>>,
    pub(super) tracks: VecDeque<Instant>,
}

impl Core {
    pub(super) fn subscribe(&mut self, channel: &Weak<ChannelShared>, done: Done, now: Instant) {
        let Some(shared) = channel.upgrade() else {
            return;
        };
        let id = shared.id;
        if let Some(entry) = self.entries.get(&id) {
            if entry.state == State::Joined && entry.flow != Flow::Waiting {
                self.effects.push_back(Effect::Done(done, Ok(())));
                return;
            }
        } else {
            self.install(id, &shared);
        }
        let limit = now + self.context.settings.subscribe_timeout;
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.subscribers.push((limit, done));
            self.arm(limit, Timer::Subscribe(id));
        }
        self.idle_at = None;
        self.want_join(id);
        if self.is_open() {
            self.take_turns();
        } else {
            self.connect(None);
        }
    }

    fn install(&mut self, id: u64, shared: &Arc<ChannelShared>) {
        let topic = Arc::clone(&shared.topic);
        // From now on the connection is there for the channels.
        self.wanted = false;
        // One channel per topic: an older one of that name is on its way out.
        if let Some(old) = self.topics.insert(Arc::clone(&topic), id) {
            self.say_goodbye(old);
            self.remove(old);
        }
        self.entries.insert(
            id,
            Entry {
                shared: Arc::downgrade(shared),
                topic,
                state: State::Away,
                join_ref: None,
                joined_with: None,
                was_joined: false,
                was_subscribed: false,
                gap: false,
                flow: Flow::None,
                failures: 0,
                retry_at: None,
                join_at: None,
                token: None,
                refused: None,
                last_words: None,
                last_error: None,
                subscribers: Vec::new(),
                leavers: Vec::new(),
                buffered: VecDeque::new(),
                tracked: None,
                tracks: VecDeque::new(),
            },
        );
        shared.set_status(ChannelStatus::Joining);
    }

    /// Puts a channel in the queue, if it is neither joined nor on its way.
    pub(super) fn want_join(&mut self, id: u64) {
        let is_open = self.is_open();
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        if entry.state != State::Away {
            return;
        }
        entry.retry_at = None;
        if is_open {
            entry.state = State::Queued;
            self.turn.push_back(id);
            if let Some(shared) = entry.shared.upgrade() {
                shared.set_status(ChannelStatus::Joining);
            }
        }
    }

    /// Lets channels join, as many as may at once, with a token asked for now.
    pub(super) fn take_turns(&mut self) {
        if self.is_open() && !self.turn.is_empty() && self.joining.len() < MAX_JOINS {
            self.ask();
        }
    }

    /// Joins those whose turn it is.
    pub(super) fn join_some(&mut self, token: Option<&AccessToken>, now: Instant) {
        while self.is_open() && self.joining.len() < MAX_JOINS {
            let Some(id) = self.turn.pop_front() else {
                return;
            };
            self.join(id, token, now);
        }
    }

    fn join(&mut self, id: u64, token: Option<&AccessToken>, now: Instant) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        if entry.state != State::Queued {
            return;
        }
        let Some(shared) = entry.shared.upgrade() else {
            self.remove(id);
            return;
        };
        if token.is_some() && entry.refused.as_ref() == token {
            // Nothing new to show: each refused join would stall the connection.
            let error = entry.last_error.clone();
            let error = error
                .unwrap_or_else(|| Arc::new(error::refused("subscribe", "the token was refused")));
            self.retry_later(id, &error, now);
            return;
        }
        let wanted = shared.wanted();
        let payload = join::payload(&shared.config, wanted.presence, &wanted.bindings, token);
        let Ok(payload) = payload else {
            return;
        };
        let reference = self.next_ref();
        let limit = now + self.context.settings.timeout;
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        entry.state = State::Joining;
        entry.join_ref = Some(reference);
        entry.joined_with = Some(wanted);
        entry.token = token.cloned();
        entry.last_words = None;
        entry.join_at = Some(limit);
        let topic = Arc::clone(&entry.topic);
        self.joining.insert(id);
        self.arm(limit, Timer::Join(id));
        self.expect(reference, id, PendingKind::Join, None);
        self.send(Some(reference), reference, &topic, "phx_join", &payload);
    }

    pub(super) fn joined(&mut self, id: u64, response: &[u8], now: Instant) {
        self.join_over(id, now);
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let (Some(shared), Some(wanted)) = (entry.shared.upgrade(), &entry.joined_with) else {
            return;
        };
        let Some(ids) = join::bound(response, &wanted.bindings) else {
            let text = "the server bound other Postgres changes than were asked for";
            let error = Arc::new(error::refused("subscribe", text));
            self.say_goodbye(id);
            self.fail(id, &error);
            return;
        };
        shared.joined(&wanted.bindings, &ids);
        let again = entry.was_joined;
        entry.state = State::Joined;
        entry.was_joined = true;
        entry.failures = 0;
        entry.refused = None;
        entry.gap |= again;
        entry.flow = if wanted.bindings.is_empty() {
            Flow::None
        } else {
            Flow::Waiting
        };
        self.failures = 0;
        if again {
            shared.gap();
        }
        let flow = self.entries.get(&id).map(|entry| entry.flow);
        if flow == Some(Flow::Waiting) {
            shared.set_status(ChannelStatus::Joined);
        } else {
            self.subscribed(id);
        }
        self.track_again(id, now);
        self.flush(id, now);
        self.reconsider(id, now);
    }

    /// The server has confirmed the changes, or there are none.
    pub(super) fn subscribed(&mut self, id: u64) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        if entry.flow == Flow::Waiting {
            entry.flow = Flow::Confirmed;
        }
        entry.was_subscribed = true;
        let gap = std::mem::take(&mut entry.gap);
        let subscribers = std::mem::take(&mut entry.subscribers);
        if let Some(shared) = entry.shared.upgrade() {
            if gap {
                shared.gap_in_changes();
            }
            shared.set_status(ChannelStatus::Subscribed);
        }
        for (_, done) in subscribers {
            self.effects.push_back(Effect::Done(done, Ok(())));
        }
    }

    /// The join was answered, or nobody waits for the answer any more.
    fn join_over(&mut self, id: u64, now: Instant) {
        self.joining.remove(&id);
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.join_at = None;
        }
        if let Link::Open(open) = &mut self.link {
            open.join_answered = now;
        }
        self.take_turns();
    }

    pub(super) fn join_refused(&mut self, id: u64, reason: &str, now: Instant) {
        self.join_over(id, now);
        self.turn_away(id, reason, now);
    }

    /// The server does not want the channel, for the reason given.
    pub(super) fn turn_away(&mut self, id: u64, reason: &str, now: Instant) {
        let error = Arc::new(error::refused("subscribe", reason));
        match verdict::of(reason) {
            Verdict::Retry => self.retry_later(id, &error, now),
            Verdict::Never => self.fail(id, &error),
            Verdict::NewToken => {
                let token = self.entries.get(&id).and_then(|entry| entry.token.clone());
                match token {
                    Some(token) if self.has_source => {
                        if let Some(entry) = self.entries.get_mut(&id) {
                            entry.refused = Some(token.clone());
                        }
                        self.effects.push_back(Effect::Rejected(token));
                        self.retry_later(id, &error, now);
                    }
                    // A key or a fixed token does not become good again.
                    _ => self.fail(id, &error),
                }
            }
        }
    }

    /// Away for a reason that passes; it comes back after the next delay.
    pub(super) fn retry_later(&mut self, id: u64, error: &Arc<Error>, now: Instant) {
        self.interrupt(id, error);
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        entry.failures = entry.failures.saturating_add(1);
        let failures = entry.failures;
        let at = now + self.delay(failures);
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.retry_at = Some(at);
            self.arm(at, Timer::Retry(id));
        }
    }

    /// The channel is away; what waited for an answer on it is told.
    pub(super) fn interrupt(&mut self, id: u64, error: &Arc<Error>) {
        self.joining.remove(&id);
        self.fail_pending_of(id, error);
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        if entry.state == (State::Leaving { again: false }) {
            return self.left(id);
        }
        entry.state = State::Away;
        entry.join_ref = None;
        entry.join_at = None;
        entry.retry_at = None;
        entry.last_error = Some(Arc::clone(error));
        tracing::debug!(target: "supabase::realtime", channel = &*entry.topic, %error, "away");
        if let Some(shared) = entry.shared.upgrade() {
            shared.set_status(ChannelStatus::Interrupted(Arc::clone(error)));
        }
    }

    /// Stopped for a reason that stays.
    pub(super) fn fail(&mut self, id: u64, error: &Arc<Error>) {
        self.joining.remove(&id);
        self.fail_pending_of(id, error);
        let Some(entry) = self.entries.remove(&id) else {
            return;
        };
        self.forget_topic(&entry.topic, id);
        tracing::warn!(target: "supabase::realtime", channel = &*entry.topic, %error, "stopped");
        let status = ChannelStatus::Failed(Arc::clone(error));
        if let Some(shared) = entry.shared.upgrade() {
            if entry.was_subscribed {
                shared.end(status, Some(error));
            } else {
                // Its streams live on for another try.
                shared.set_status(status);
            }
        }
        self.answer_all(entry, error);
    }

    fn answer_all(&mut self, entry: Entry, error: &Arc<Error>) {
        for (_, done) in entry.subscribers {
            self.effects
                .push_back(Effect::Done(done, Err(error::again(error))));
        }
        for buffered in entry.buffered {
            let result = Err(error::again(error));
            self.effects
                .push_back(Effect::Done(buffered.push.done, result));
        }
        for done in entry.leavers {
            self.effects.push_back(Effect::Done(done, Ok(())));
        }
    }

    fn forget_topic(&mut self, topic: &Arc<str>, id: u64) {
        if self.topics.get(topic) == Some(&id) {
            self.topics.remove(topic);
        }
    }

    /// Leaves: with a goodbye if the server knows the channel, which is waited for a while.
    pub(super) fn leave(&mut self, id: u64, done: Option<Done>, now: Instant) {
        let Some(entry) = self.entries.get_mut(&id) else {
            if let Some(done) = done {
                self.effects.push_back(Effect::Done(done, Ok(())));
            }
            return;
        };
        entry.leavers.extend(done);
        match entry.state {
            State::Leaving { .. } => entry.state = State::Leaving { again: false },
            State::Joined | State::Joining => {
                self.begin_leaving(id, false, now);
            }
            State::Queued | State::Away => self.left(id),
        }
    }

    fn begin_leaving(&mut self, id: u64, again: bool, now: Instant) {
        self.joining.remove(&id);
        let reference = self.say_goodbye(id);
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        entry.state = State::Leaving { again };
        if let Some(reference) = reference {
            let limit = now + self.context.settings.timeout;
            self.expect(reference, id, PendingKind::Leave, Some(limit));
        }
    }

    /// Writes `phx_leave`, if the server knows the channel.
    pub(super) fn say_goodbye(&mut self, id: u64) -> Option<u64> {
        let entry = self.entries.get(&id)?;
        let join_ref = entry.join_ref?;
        if !self.is_open() || matches!(entry.state, State::Leaving { .. }) {
            return None;
        }
        let topic = Arc::clone(&entry.topic);
        let reference = self.next_ref();
        self.send(Some(join_ref), reference, &topic, "phx_leave", empty());
        Some(reference)
    }

    /// The goodbye was answered, or nobody waits for the answer any more.
    pub(super) fn left(&mut self, id: u64) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        if entry.state == (State::Leaving { again: true }) {
            entry.state = State::Away;
            entry.join_ref = None;
            self.want_join(id);
            return;
        }
        self.remove(id);
    }

    /// Forgets a channel that is left.
    fn remove(&mut self, id: u64) {
        let error = Arc::new(error::request("send", "the channel was left"));
        self.joining.remove(&id);
        self.fail_pending_of(id, &error);
        let Some(entry) = self.entries.remove(&id) else {
            return;
        };
        self.forget_topic(&entry.topic, id);
        if let Some(shared) = entry.shared.upgrade() {
            shared.end(ChannelStatus::Left, None);
        }
        self.answer_all(entry, &error);
    }

    /// After anything that may have taken the last channel away.
    pub(super) fn settle(&mut self, now: Instant) {
        if self.entries.is_empty() && self.idle_at.is_none() {
            self.watch_idleness(now);
        }
        self.take_turns();
    }

    /// Leaves all, without waiting for answers.
    pub(super) fn leave_all(&mut self) {
        let mut ids: Vec<u64> = self.entries.keys().copied().collect();
        ids.sort_unstable();
        for id in ids {
            self.say_goodbye(id);
            self.remove(id);
        }
    }

    /// A subscription came after the join: what it needs is asked for by leaving and joining again.
    pub(super) fn reconsider(&mut self, id: u64, now: Instant) {
        let Some(entry) = self.entries.get(&id) else {
            return;
        };
        let (State::Joined, Some(shared), Some(with)) =
            (entry.state, entry.shared.upgrade(), &entry.joined_with)
        else {
            return;
        };
        let wanted = shared.wanted();
        let more = (wanted.presence && !with.presence)
            || wanted
                .bindings
                .iter()
                .any(|binding| !with.bindings.contains(binding));
        if more {
            self.rejoin(id, now);
        }
    }

    /// Leaves and joins again.
    pub(super) fn rejoin(&mut self, id: u64, now: Instant) {
        let Some(entry) = self.entries.get(&id) else {
            return;
        };
        if matches!(entry.state, State::Joined | State::Joining) {
            if let Some(shared) = entry.shared.upgrade() {
                shared.set_status(ChannelStatus::Joining);
            }
            self.begin_leaving(id, true, now);
        }
    }

    pub(super) fn join_due(&mut self, id: u64, at: Instant, now: Instant) {
        let Some(entry) = self.entries.get(&id) else {
            return;
        };
        if entry.state != State::Joining || entry.join_at != Some(at) {
            return;
        }
        // Joins are worked on one after another: the time counts from the answer before.
        let limit = match &self.link {
            Link::Open(open) => open.join_answered + self.context.settings.timeout,
            _ => at,
        };
        if limit > now {
            if let Some(entry) = self.entries.get_mut(&id) {
                entry.join_at = Some(limit);
                self.arm(limit, Timer::Join(id));
            }
            return;
        }
        self.say_goodbye(id);
        let text = "the server did not answer the join";
        let error = Arc::new(error::timeout("subscribe", text));
        self.retry_later(id, &error, now);
        self.take_turns();
    }

    pub(super) fn retry_due(&mut self, id: u64, at: Instant) {
        let due = self
            .entries
            .get(&id)
            .is_some_and(|entry| entry.retry_at == Some(at));
        if due {
            self.want_join(id);
            self.take_turns();
        }
    }

    pub(super) fn subscribe_due(&mut self, id: u64, now: Instant) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let (over, waiting): (Vec<_>, Vec<_>) = entry
            .subscribers
            .drain(..)
            .partition(|(limit, _)| *limit <= now);
        entry.subscribers = waiting;
        if over.is_empty() {
            return;
        }
        let reason = match (&entry.last_error, entry.state) {
            (_, State::Joined) => "joined, but the server did not confirm the changes".to_owned(),
            (Some(error), _) => crate::error::text(error),
            (None, _) => "the channel was not joined".to_owned(),
        };
        let never = !entry.was_subscribed;
        let text = format!("not subscribed in time: {reason}");
        for (_, done) in over {
            let error = error::timeout("subscribe", text.clone());
            self.effects.push_back(Effect::Done(done, Err(error)));
        }
        // An error means: not subscribed.
        let deserted = self
            .entries
            .get(&id)
            .is_some_and(|entry| entry.subscribers.is_empty());
        if never && deserted {
            self.say_goodbye(id);
            let error = Arc::new(error::timeout("subscribe", text));
            self.fail(id, &error);
        }
    }
}
