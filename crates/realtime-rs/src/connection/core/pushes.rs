//! What is sent on channels: at once, or once they are joined; and the answers that are waited for.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use supabase_http::{Error, Result};
use tokio::time::Instant;

use super::channels::State;
use super::{Core, Effect, Timer};
use crate::channel::not_subscribed;
use crate::connection::command::Done;
use crate::connection::{Push, PushContent};
use crate::error;
use crate::protocol::frame::{Content, Outgoing, encode};

/// An answer that is waited for.
pub(super) struct Pending {
    pub(super) channel: u64,
    pub(super) kind: PendingKind,
}

pub(super) enum PendingKind {
    Join,
    Leave,
    Push { done: Done, operation: &'static str },
}

/// A push that waits for its channel.
pub(super) struct Buffered {
    limit: Instant,
    pub(super) push: Push,
}

/// The server closes a channel that tracks more often than this.
const MAX_TRACKS: usize = 5;
const TRACK_WINDOW: Duration = Duration::from_secs(30);

#[derive(Serialize)]
struct Presence<'a> {
    r#type: &'static str,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a RawValue>,
}

impl Core {
    pub(super) fn expect(
        &mut self,
        reference: u64,
        channel: u64,
        kind: PendingKind,
        limit: Option<Instant>,
    ) {
        self.pending.insert(reference, Pending { channel, kind });
        if let Some(limit) = limit {
            self.arm(limit, Timer::Push(reference));
        }
    }

    pub(super) fn push(&mut self, push: Push, now: Instant) {
        let limit = now + self.context.settings.timeout;
        let buffer = self.context.settings.buffer;
        let Some(entry) = self.entries.get_mut(&push.channel) else {
            let error = not_subscribed(push.operation);
            self.effects.push_back(Effect::Done(push.done, Err(error)));
            return;
        };
        match entry.state {
            State::Joined => self.send_push(push, now),
            State::Leaving { again: false } => {
                let error = error::request(push.operation, "the channel is being left");
                self.effects.push_back(Effect::Done(push.done, Err(error)));
            }
            _ if entry.buffered.len() >= buffer => {
                let text =
                    format!("the channel is not joined yet, and {buffer} messages wait for it");
                let error = error::request(push.operation, text);
                self.effects.push_back(Effect::Done(push.done, Err(error)));
            }
            _ => {
                let id = push.channel;
                entry.buffered.push_back(Buffered { limit, push });
                self.arm(limit, Timer::Buffered(id));
            }
        }
    }

    /// Sends what waited for the join.
    pub(super) fn flush(&mut self, id: u64, now: Instant) {
        while let Some(entry) = self.entries.get_mut(&id) {
            if entry.state != State::Joined {
                return;
            }
            let Some(buffered) = entry.buffered.pop_front() else {
                return;
            };
            self.send_push(buffered.push, now);
        }
    }

    fn send_push(&mut self, push: Push, now: Instant) {
        let Push {
            channel,
            content,
            operation,
            done,
        } = push;
        let sent = match content {
            PushContent::Broadcast { event, body } => {
                let content = Content::Broadcast {
                    event: &event,
                    body: &body,
                };
                self.write_push(channel, operation, content)
            }
            PushContent::Track(payload) => self.send_track(channel, operation, payload, now),
        };
        let (reference, acknowledged) = match sent {
            Ok(sent) => sent,
            Err(error) => {
                self.effects.push_back(Effect::Done(done, Err(error)));
                return;
            }
        };
        if acknowledged || operation != "send" {
            let limit = now + self.context.settings.timeout;
            let kind = PendingKind::Push { done, operation };
            self.expect(reference, channel, kind, Some(limit));
        } else {
            self.effects.push_back(Effect::Written(done));
        }
    }

    fn write_push(
        &mut self,
        id: u64,
        operation: &'static str,
        content: Content<'_>,
    ) -> Result<(u64, bool)> {
        let reference = self.next_ref();
        let entry = self
            .entries
            .get(&id)
            .ok_or_else(|| not_subscribed(operation))?;
        let shared = entry
            .shared
            .upgrade()
            .ok_or_else(|| not_subscribed(operation))?;
        let frame = Outgoing {
            join_ref: entry.join_ref,
            reference,
            topic: &entry.topic,
            content,
        };
        let wire = encode(self.context.settings.protocol, &frame)
            .map_err(|text| error::request(operation, text))?;
        self.effects.push_back(Effect::Write(wire));
        Ok((reference, shared.config.broadcast.ack))
    }

    fn send_track(
        &mut self,
        id: u64,
        operation: &'static str,
        payload: Option<Box<RawValue>>,
        now: Instant,
    ) -> Result<(u64, bool)> {
        let entry = self
            .entries
            .get_mut(&id)
            .ok_or_else(|| not_subscribed(operation))?;
        if !entry.joined_with.as_ref().is_some_and(|with| with.presence) {
            let text = "the channel has no presence: ask for it by `presence`, `with_presence` or `presence_key`";
            return Err(error::request(operation, text));
        }
        while entry
            .tracks
            .front()
            .is_some_and(|at| *at + TRACK_WINDOW <= now)
        {
            entry.tracks.pop_front();
        }
        if entry.tracks.len() >= MAX_TRACKS {
            let text = format!(
                "more than {MAX_TRACKS} times in {} s: the server would close the channel",
                TRACK_WINDOW.as_secs()
            );
            return Err(error::request(operation, text));
        }
        entry.tracks.push_back(now);
        let raw = to_raw_value(&Presence {
            r#type: "presence",
            event: if payload.is_some() {
                "track"
            } else {
                "untrack"
            },
            payload: payload.as_deref(),
        })
        .map_err(|cause| Error::request_caused_by("the payload is no JSON", cause))?;
        entry.tracked = payload;
        let content = Content::Push {
            event: "presence",
            payload: &raw,
        };
        self.write_push(id, operation, content)
    }

    /// Shows again what was shown before the channel was away.
    pub(super) fn track_again(&mut self, id: u64, now: Instant) {
        let tracked = self
            .entries
            .get(&id)
            .and_then(|entry| entry.tracked.clone());
        if tracked.is_some() {
            if let Err(error) = self.send_track(id, "track", tracked.clone(), now) {
                tracing::warn!(target: "supabase::realtime", %error, "not tracked again");
                if let Some(entry) = self.entries.get_mut(&id) {
                    entry.tracked = tracked;
                }
            }
        }
    }

    /// An answer to a push.
    pub(super) fn push_answered(
        &mut self,
        done: Done,
        operation: &'static str,
        answer: std::result::Result<(), String>,
    ) {
        let result = answer.map_err(|reason| error::refused(operation, &reason));
        self.effects.push_back(Effect::Done(done, result));
    }

    pub(super) fn push_due(&mut self, reference: u64) {
        let Some(pending) = self.pending.remove(&reference) else {
            return;
        };
        match pending.kind {
            PendingKind::Join => {}
            PendingKind::Leave => self.left(pending.channel),
            PendingKind::Push { done, operation } => {
                let text = "the server did not answer in time; without permission it never does";
                let error = error::timeout(operation, text);
                self.effects.push_back(Effect::Done(done, Err(error)));
            }
        }
    }

    pub(super) fn buffer_due(&mut self, id: u64, now: Instant) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        while entry
            .buffered
            .front()
            .is_some_and(|buffered| buffered.limit <= now)
        {
            if let Some(Buffered { push, .. }) = entry.buffered.pop_front() {
                let text = "the channel was not joined in time; nothing was sent";
                let error = error::unsent(push.operation, text);
                self.effects.push_back(Effect::Done(push.done, Err(error)));
            }
        }
    }

    /// No answer will come for anything.
    pub(super) fn fail_pending(&mut self, text: &str) {
        for (_, pending) in std::mem::take(&mut self.pending) {
            if let PendingKind::Push { done, operation } = pending.kind {
                let error = error::interrupted(operation, text);
                self.effects.push_back(Effect::Done(done, Err(error)));
            }
        }
    }

    /// No answer will come for what was sent on this channel.
    pub(super) fn fail_pending_of(&mut self, id: u64, error: &Arc<Error>) {
        let (over, kept): (HashMap<_, _>, HashMap<_, _>) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|(_, pending)| pending.channel == id);
        self.pending = kept;
        for (_, pending) in over {
            if let PendingKind::Push { done, operation } = pending.kind {
                let error = error::interrupted(operation, error::text(error));
                self.effects.push_back(Effect::Done(done, Err(error)));
            }
        }
    }
}
