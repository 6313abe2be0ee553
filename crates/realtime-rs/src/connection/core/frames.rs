//! What the server sends, channel by channel. A frame that cannot be read costs nothing but itself.

use std::sync::Arc;

use bytes::Bytes;
use tokio::time::Instant;

use super::Core;
use super::channels::{Flow, State};
use super::pushes::{Pending, PendingKind};
use crate::channel::ChannelStatus;
use crate::error;
use crate::protocol::PHOENIX;
use crate::protocol::frame::{Incoming, Ref, Scratch, Wire, decode};
use crate::protocol::verdict::{self, SystemEvent};

impl Core {
    /// A message of the server.
    pub(crate) fn message(&mut self, wire: &Wire, now: Instant) {
        self.heard();
        let mut scratch = Scratch::default();
        match decode(self.context.settings.protocol, wire, &mut scratch) {
            Ok(incoming) => self.incoming(incoming, wire.len(), now),
            Err(malformed) => dropped(malformed.0),
        }
        self.settle(now);
    }

    /// What stands in a message of so many bytes.
    fn incoming(&mut self, incoming: Incoming<'_>, bytes: usize, now: Instant) {
        match incoming {
            Incoming::Reply {
                reference,
                topic,
                status,
                response,
                ..
            } => self.reply(reference, topic, status, &response, now),
            Incoming::Broadcast {
                join_ref,
                topic,
                event,
                body,
                meta,
            } => {
                if let Some(entry) = self.topics.get(topic).and_then(|id| self.entries.get(id)) {
                    let ours = join_ref.is_none() || join_ref == entry.join_ref;
                    if ours && matches!(entry.state, State::Joined | State::Joining) {
                        if let Some(shared) = entry.shared.upgrade() {
                            shared.receive_broadcast(event, &body, meta.as_ref(), bytes);
                        }
                    }
                }
            }
            Incoming::Push {
                join_ref,
                reference,
                topic,
                event,
                payload,
            } => {
                let Some(&id) = self.topics.get(topic) else {
                    return;
                };
                let Some(entry) = self.entries.get(&id) else {
                    return;
                };
                // What belongs to an earlier join of the topic is not ours any more.
                if join_ref.is_some() && join_ref != entry.join_ref {
                    return;
                }
                match event {
                    "phx_close" | "phx_error"
                        if entry.join_ref.is_some()
                            && (reference == entry.join_ref || join_ref == entry.join_ref) =>
                    {
                        self.closed(id, event, now);
                    }
                    "system" => self.system(id, &payload),
                    "presence_state" | "presence_diff" => {
                        self.presence(id, event == "presence_state", &payload);
                    }
                    "postgres_changes" => self.change(id, &payload),
                    _ => {}
                }
            }
        }
    }

    fn reply(&mut self, reference: Ref, topic: &str, status: &str, response: &Bytes, now: Instant) {
        let is_ok = status == "ok";
        let Some(reference) = reference else {
            return;
        };
        if topic == PHOENIX {
            self.heartbeat_answered(reference, is_ok, now);
            return;
        }
        let known = self.topics.get(topic).copied();
        match self.pending.remove(&reference) {
            Some(pending) if Some(pending.channel) == known => {
                self.answered(reference, pending, is_ok, response, now);
            }
            Some(pending) => {
                // A peer of protocol 1.0.0 can forge topics: the answer is not this one.
                self.pending.insert(reference, pending);
            }
            None if is_ok => {}
            None => {
                let reason = verdict::reason(response);
                let joined = known.filter(|id| {
                    self.entries
                        .get(id)
                        .is_some_and(|e| e.state == State::Joined)
                });
                if let (Some(id), "unmatched topic") = (joined, reason.as_str()) {
                    self.turn_away(id, &reason, now);
                }
            }
        }
    }

    fn answered(
        &mut self,
        reference: u64,
        pending: Pending,
        is_ok: bool,
        response: &Bytes,
        now: Instant,
    ) {
        let id = pending.channel;
        match pending.kind {
            PendingKind::Join => {
                let current = self.entries.get(&id).is_some_and(|entry| {
                    entry.state == State::Joining && entry.join_ref == Some(reference)
                });
                if !current {
                    return;
                }
                if is_ok {
                    self.joined(id, response, now);
                } else {
                    self.join_refused(id, &verdict::reason(response), now);
                }
            }
            PendingKind::Leave => self.left(id),
            PendingKind::Push { done, operation } => {
                let answer = if is_ok {
                    Ok(())
                } else {
                    Err(verdict::reason(response))
                };
                self.push_answered(done, operation, answer);
            }
        }
    }

    /// The server ended the channel.
    fn closed(&mut self, id: u64, event: &str, now: Instant) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        match entry.state {
            State::Leaving { .. } => self.left(id),
            State::Joined | State::Joining => {
                let words = entry.last_words.take();
                let reason = words.unwrap_or_else(|| format!("the server sent {event}"));
                self.turn_away(id, &reason, now);
            }
            State::Queued | State::Away => {}
        }
    }

    fn system(&mut self, id: u64, payload: &Bytes) {
        let Ok(event) = serde_json::from_slice::<SystemEvent>(payload) else {
            return dropped("a system event that cannot be read");
        };
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        if let Some(shared) = entry.shared.upgrade() {
            shared.receive_system(&event);
        }
        match (event.extension.as_str(), event.status.as_str()) {
            ("postgres_changes", "ok")
                if entry.state == State::Joined && entry.flow == Flow::Waiting =>
            {
                self.subscribed(id);
            }
            ("postgres_changes", "error") if verdict::is_bad_binding(&event.message) => {
                let error = Arc::new(error::refused("subscribe", &event.message));
                self.say_goodbye(id);
                self.fail(id, &error);
            }
            ("postgres_changes", "error") => {
                // The server tries again by itself.
                tracing::warn!(
                    target: "supabase::realtime",
                    channel = &*entry.topic,
                    message = event.message,
                    "the server cannot send changes now"
                );
                if entry.flow == Flow::Confirmed {
                    entry.flow = Flow::Waiting;
                    entry.gap = true;
                    if let Some(shared) = entry.shared.upgrade() {
                        shared.set_status(ChannelStatus::Joined);
                    }
                }
            }
            (_, "error") => entry.last_words = Some(event.message),
            _ => {}
        }
    }

    fn presence(&mut self, id: u64, is_state: bool, payload: &Bytes) {
        let Some(entry) = self.entries.get(&id) else {
            return;
        };
        // Public channels send diffs to those who did not ask too, and no state that they belong to.
        let asked = entry.joined_with.as_ref().is_some_and(|with| with.presence);
        if !asked || entry.state != State::Joined {
            return;
        }
        if let Some(shared) = entry.shared.upgrade() {
            if !shared.receive_presence(is_state, payload) {
                dropped("a presence event that cannot be read");
            }
        }
    }

    fn change(&mut self, id: u64, payload: &Bytes) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        if entry.state != State::Joined {
            return;
        }
        if let Some(shared) = entry.shared.upgrade() {
            if std::mem::take(&mut entry.gap) {
                shared.gap_in_changes();
            }
            if !shared.receive_change(payload) {
                dropped("a change that cannot be read");
            }
        }
    }
}

/// What was dropped, without a word of what it said.
fn dropped(what: &str) {
    tracing::debug!(target: "supabase::realtime", what, "dropped");
}
