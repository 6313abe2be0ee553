//! What the connection's task and the handles both see.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use supabase_http::ServiceClient;

use crate::builder::Settings;
use crate::socket::Connector;
use crate::subscription::Queue;

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectionState {
    /// There is none, and none is wanted.
    Disconnected,
    /// It is being opened.
    Connecting,
    /// It is open.
    Connected,
    /// It was lost or refused, and is tried again after a while.
    Reconnecting {
        /// How many failures in a row.
        failures: u32,
    },
}

/// What became of a heartbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Heartbeat {
    /// It was sent.
    Sent,
    /// The server answered.
    Ok {
        /// The time between.
        latency: Duration,
    },
    /// The server answered with an error.
    Error,
    /// Nothing came: the connection is given up.
    Timeout,
}

pub(crate) struct Context {
    pub(crate) service: ServiceClient,
    pub(crate) connector: Arc<dyn Connector>,
    pub(crate) settings: Settings,
    key_in_query: AtomicBool,
    watched: Mutex<Watched>,
}

struct Watched {
    state: ConnectionState,
    states: Vec<Arc<Queue<ConnectionState>>>,
    heartbeats: Vec<Arc<Queue<Heartbeat>>>,
}

impl Context {
    pub(crate) fn new(
        service: ServiceClient,
        connector: Arc<dyn Connector>,
        settings: Settings,
    ) -> Self {
        Self {
            service,
            connector,
            settings,
            key_in_query: AtomicBool::new(false),
            watched: Mutex::new(Watched {
                state: ConnectionState::Disconnected,
                states: Vec::new(),
                heartbeats: Vec::new(),
            }),
        }
    }

    /// The same with another service client, for a connection of its own.
    pub(crate) fn with_service(&self, service: ServiceClient) -> Self {
        Self::new(service, Arc::clone(&self.connector), self.settings.clone())
    }

    pub(crate) fn key_in_query(&self) -> bool {
        self.key_in_query.load(Ordering::Relaxed)
    }

    pub(crate) fn remember_key_in_query(&self) {
        self.key_in_query.store(true, Ordering::Relaxed);
    }

    fn with<T>(&self, change: impl FnOnce(&mut Watched) -> T) -> T {
        change(&mut self.watched.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn state(&self) -> ConnectionState {
        self.with(|watched| watched.state)
    }

    pub(crate) fn set_state(&self, state: ConnectionState) {
        self.with(|watched| {
            if watched.state == state {
                return;
            }
            tracing::debug!(target: "supabase::realtime", ?state, "connection");
            watched.state = state;
            watched.states.retain(|queue| !queue.is_deserted());
            for queue in &watched.states {
                queue.push(state, 0);
            }
        });
    }

    pub(crate) fn heartbeat(&self, heartbeat: Heartbeat) {
        self.with(|watched| {
            watched.heartbeats.retain(|queue| !queue.is_deserted());
            for queue in &watched.heartbeats {
                queue.push(heartbeat, 0);
            }
        });
    }

    pub(crate) fn watch_state(&self) -> Arc<Queue<ConnectionState>> {
        let queue = Queue::new(self.settings.queue);
        self.with(|watched| watched.states.push(Arc::clone(&queue)));
        queue
    }

    pub(crate) fn watch_heartbeats(&self) -> Arc<Queue<Heartbeat>> {
        let queue = Queue::new(self.settings.queue);
        self.with(|watched| watched.heartbeats.push(Arc::clone(&queue)));
        queue
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        self.with(|watched| {
            for queue in &watched.states {
                queue.end(None);
            }
            for queue in &watched.heartbeats {
                queue.end(None);
            }
        });
    }
}
