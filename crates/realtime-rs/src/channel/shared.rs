//! What a channel's handles, its streams and the connection share.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use serde::de::DeserializeOwned;
use supabase_http::{Error, Result};

use super::status::ChannelStatus;
use super::{broadcast, changes, presence};
use crate::client::ClientShared;
use crate::connection::Signal;
use crate::error;
use crate::protocol::changes::{Data, Envelope, row};
use crate::protocol::frame::Body;
use crate::protocol::join::{Binding, JoinConfig};
use crate::protocol::presence::{Change, Presences, read_diff, read_state};
use crate::protocol::verdict::SystemEvent;
use crate::subscription::Queue;

pub(crate) struct ChannelShared {
    pub(crate) id: u64,
    pub(crate) name: String,
    /// The name as it is on the wire.
    pub(crate) topic: Arc<str>,
    pub(crate) config: JoinConfig,
    pub(crate) client: Arc<ClientShared>,
    inner: Mutex<Inner>,
}

/// The lock is held for a few pushes into queues, never across an await.
struct Inner {
    status: ChannelStatus,
    statuses: Vec<Arc<Queue<ChannelStatus>>>,
    systems: Vec<Arc<Queue<SystemEvent>>>,
    broadcasts: Vec<BroadcastListener>,
    changes: Vec<ChangesListener>,
    presence: Vec<Arc<Queue<Change>>>,
    presences: Presences,
    wants_presence: bool,
    /// What is wrong with something that was asked for.
    problem: Option<String>,
    left: bool,
}

struct BroadcastListener {
    /// `None` is all.
    event: Option<Arc<str>>,
    queue: Arc<Queue<broadcast::Raw>>,
}

struct ChangesListener {
    binding: Binding,
    /// The server's id of it.
    id: Option<u64>,
    queue: Arc<Queue<Arc<changes::Raw>>>,
}

/// What a join asks for beside the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) presence: bool,
    pub(crate) bindings: Vec<Binding>,
}

impl ChannelShared {
    pub(crate) fn new(
        id: u64,
        name: String,
        topic: Arc<str>,
        config: JoinConfig,
        client: Arc<ClientShared>,
    ) -> Self {
        let wants_presence = config.presence;
        Self {
            id,
            name,
            topic,
            config,
            client,
            inner: Mutex::new(Inner {
                status: ChannelStatus::Idle,
                statuses: Vec::new(),
                systems: Vec::new(),
                broadcasts: Vec::new(),
                changes: Vec::new(),
                presence: Vec::new(),
                presences: Presences::default(),
                wants_presence,
                problem: None,
                left: false,
            }),
        }
    }

    fn with<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        change(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn queue<R>(&self) -> Arc<Queue<R>> {
        let queue = Queue::new(self.client.context.settings.queue);
        if self.is_left() {
            queue.end(None);
        }
        queue
    }

    pub(crate) fn status(&self) -> ChannelStatus {
        self.with(|inner| inner.status.clone())
    }

    pub(crate) fn watch_status(&self) -> Arc<Queue<ChannelStatus>> {
        let queue = self.queue();
        self.with(|inner| inner.statuses.push(Arc::clone(&queue)));
        queue
    }

    pub(crate) fn set_status(&self, status: ChannelStatus) {
        self.with(|inner| {
            let same = matches!(
                (&inner.status, &status),
                (ChannelStatus::Joining, ChannelStatus::Joining)
                    | (ChannelStatus::Subscribed, ChannelStatus::Subscribed)
            );
            if same {
                return;
            }
            inner.statuses.retain(|queue| !queue.is_deserted());
            for queue in &inner.statuses {
                queue.push(status.clone(), 0);
            }
            inner.status = status;
        });
    }

    pub(super) fn listen_broadcasts(&self, event: Option<Arc<str>>) -> Arc<Queue<broadcast::Raw>> {
        let queue = self.queue();
        let listener = BroadcastListener {
            event,
            queue: Arc::clone(&queue),
        };
        self.with(|inner| inner.broadcasts.push(listener));
        queue
    }

    pub(super) fn listen_changes(&self, changes: &super::Changes) -> Arc<Queue<Arc<changes::Raw>>> {
        let queue = self.queue();
        match changes.binding() {
            Ok(binding) => {
                let listener = ChangesListener {
                    binding,
                    id: None,
                    queue: Arc::clone(&queue),
                };
                self.with(|inner| inner.changes.push(listener));
                self.client.signal(Signal::Changed(self.id));
            }
            Err(problem) => {
                let error = error::request("changes", problem.clone());
                queue.end(Some(&Arc::new(error)));
                self.with(|inner| inner.problem.get_or_insert(problem).len());
            }
        }
        queue
    }

    pub(super) fn listen_presence(&self) -> Arc<Queue<Change>> {
        let queue = self.queue();
        self.with(|inner| {
            inner.presence.push(Arc::clone(&queue));
            inner.wants_presence = true;
        });
        self.client.signal(Signal::Changed(self.id));
        queue
    }

    pub(super) fn presence_state<T: DeserializeOwned>(&self) -> Result<super::PresenceState<T>> {
        let entries = self.with(|inner| inner.presences.entries().clone());
        entries
            .into_iter()
            .map(|(key, metas)| Ok((key, presence::all(&metas)?)))
            .collect()
    }

    /// Whether something can be sent or joined at all.
    pub(super) fn check(&self, operation: &'static str) -> Result<()> {
        let problem = self.with(|inner| {
            if inner.left {
                Some("the channel was left; make a new one with `client.channel(..)`".to_owned())
            } else {
                inner.problem.clone()
            }
        });
        problem.map_or(Ok(()), |problem| Err(error::request(operation, problem)))
    }

    pub(crate) fn is_left(&self) -> bool {
        self.with(|inner| inner.left)
    }

    /// The next channel of this name is another one.
    pub(crate) fn mark_left(&self) {
        self.with(|inner| inner.left = true);
        self.client.forget(self.id, &self.name);
    }

    pub(crate) fn wanted(&self) -> Wanted {
        self.with(|inner| {
            inner
                .changes
                .retain(|listener| !listener.queue.is_deserted());
            let mut bindings: Vec<Binding> = Vec::new();
            for listener in &inner.changes {
                if !bindings.contains(&listener.binding) {
                    bindings.push(listener.binding.clone());
                }
            }
            Wanted {
                presence: inner.wants_presence,
                bindings,
            }
        })
    }

    /// The server has joined us, with these ids for `bindings`.
    pub(crate) fn joined(&self, bindings: &[Binding], ids: &[u64]) {
        self.with(|inner| {
            inner.presences.rejoined();
            for listener in &mut inner.changes {
                let at = bindings
                    .iter()
                    .position(|binding| *binding == listener.binding);
                listener.id = at.and_then(|at| ids.get(at).copied());
            }
        });
    }

    /// Tells the streams that something may have been missed.
    pub(crate) fn gap(&self) {
        self.with(|inner| {
            for listener in &inner.broadcasts {
                listener.queue.gap();
            }
            for queue in &inner.presence {
                queue.gap();
            }
        });
    }

    /// Tells the streams of changes, once they flow again.
    pub(crate) fn gap_in_changes(&self) {
        self.with(|inner| {
            for listener in &inner.changes {
                listener.queue.gap();
            }
        });
    }

    /// Hands out a broadcast, which keeps the message of so many bytes that it came in.
    pub(crate) fn receive_broadcast(
        &self,
        event: &str,
        body: &Body,
        meta: Option<&Bytes>,
        bytes: usize,
    ) {
        self.with(|inner| {
            inner
                .broadcasts
                .retain(|listener| !listener.queue.is_deserted());
            for listener in &inner.broadcasts {
                let event = match &listener.event {
                    Some(name) if **name == *event => Arc::clone(name),
                    Some(_) => continue,
                    None => Arc::from(event),
                };
                let raw = broadcast::Raw {
                    event,
                    body: body.clone(),
                    meta: meta.cloned(),
                };
                listener.queue.push(raw, bytes);
            }
        });
    }

    /// Hands a change to those who asked for it; false if it cannot be read.
    pub(crate) fn receive_change(&self, payload: &Bytes) -> bool {
        let Ok(envelope) = serde_json::from_slice::<Envelope<'_>>(payload) else {
            return false;
        };
        let Ok(data) = serde_json::from_str::<Data<'_>>(envelope.data.get()) else {
            return false;
        };
        let Some(event) = super::ChangeEvent::read(&data.kind) else {
            return false;
        };
        let columns: Arc<[_]> = data.columns.unwrap_or_default().into();
        let raw = Arc::new(changes::Raw {
            event,
            new: data
                .record
                .filter(|_| event != super::ChangeEvent::Delete)
                .map(|record| row(record, &columns)),
            old: data.old_record.map(|record| row(record, &columns)),
            schema: data.schema,
            table: data.table,
            commit_timestamp: data.commit_timestamp,
            columns,
            errors: data.errors.unwrap_or_default(),
        });
        self.with(|inner| {
            inner
                .changes
                .retain(|listener| !listener.queue.is_deserted());
            for listener in &inner.changes {
                let asked = &listener.binding;
                // The server matches names as patterns: an underscore of ours would match any letter.
                let named = |asked: &str, name: &str| asked == "*" || asked == name;
                let matches = listener.id.is_some_and(|id| envelope.ids.contains(&id))
                    && (asked.event == "*" || asked.event == event.name())
                    && named(&asked.schema, &raw.schema)
                    && asked
                        .table
                        .as_deref()
                        .is_none_or(|table| named(table, &raw.table));
                if matches {
                    listener.queue.push(Arc::clone(&raw), payload.len());
                }
            }
        });
        true
    }

    /// Merges a `presence_state` or `presence_diff`; false if it cannot be read.
    pub(crate) fn receive_presence(&self, is_state: bool, payload: &Bytes) -> bool {
        self.with(|inner| {
            let changes = if is_state {
                read_state(payload).map(|state| inner.presences.state(state))
            } else {
                read_diff(payload).map(|diff| inner.presences.diff(diff, payload.len()))
            };
            let Some(changes) = changes else {
                return false;
            };
            inner.presence.retain(|queue| !queue.is_deserted());
            let bytes = payload.len() + changes.iter().map(Change::bytes).sum::<usize>();
            for queue in &inner.presence {
                queue.push_all(changes.iter().cloned(), bytes);
            }
            true
        })
    }

    pub(crate) fn receive_system(&self, event: &SystemEvent) {
        self.with(|inner| {
            inner.systems.retain(|queue| !queue.is_deserted());
            for queue in &inner.systems {
                queue.push(event.clone(), event.message.len());
            }
        });
    }

    pub(super) fn watch_system(&self) -> Arc<Queue<SystemEvent>> {
        let queue = self.queue();
        self.with(|inner| inner.systems.push(Arc::clone(&queue)));
        queue
    }

    /// Ends all streams, with the reason if there is one.
    pub(crate) fn end(&self, status: ChannelStatus, error: Option<&Arc<Error>>) {
        self.set_status(status);
        self.with(|inner| {
            inner.left = true;
            for listener in inner.broadcasts.drain(..) {
                listener.queue.end(error);
            }
            for listener in inner.changes.drain(..) {
                listener.queue.end(error);
            }
            for queue in inner.presence.drain(..) {
                queue.end(error);
            }
            for queue in inner.statuses.drain(..) {
                queue.end(None);
            }
            for queue in inner.systems.drain(..) {
                queue.end(None);
            }
        });
        self.client.forget(self.id, &self.name);
    }
}

impl Drop for ChannelShared {
    fn drop(&mut self) {
        self.with(|inner| {
            for queue in &inner.statuses {
                queue.end(None);
            }
            for queue in &inner.systems {
                queue.end(None);
            }
        });
        self.client.forget(self.id, &self.name);
        self.client.signal(Signal::Dropped(self.id));
    }
}
