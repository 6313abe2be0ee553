//! How a stack goes down: in the background, and without losing a step.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

use crate::engine::Engine;
use crate::functions::Functions;
use crate::postgres::Server;
use crate::watchdog::Guarded;

/// How long a Postgres without stacks stays, since the next test will want it.
const LINGER: Duration = Duration::from_secs(5);

/// What has to be ended in the background.
pub(crate) struct Parts {
    pub(crate) functions: Option<Arc<Functions>>,
    pub(crate) rest: Option<Guarded>,
    pub(crate) rest_pid: u32,
    pub(crate) database: String,
    pub(crate) server: Arc<Server>,
}

/// A stack that has ended and is to be cleaned up.
pub(crate) struct Retired {
    parts: Parts,
    linger: Duration,
    done: Option<oneshot::Sender<()>>,
}

/// Ends a stack without waiting.
pub(crate) fn later(engine: &Engine, parts: Parts) {
    engine.retire(Retired {
        parts,
        linger: LINGER,
        done: None,
    });
}

/// Ends a stack and waits until it is gone.
pub(crate) async fn now(engine: &Engine, parts: Parts) {
    let (sender, receiver) = oneshot::channel();
    engine.retire(Retired {
        parts,
        linger: Duration::ZERO,
        done: Some(sender),
    });
    let _ = receiver.await;
}

/// Cleans up after stacks for as long as the process lives.
pub(crate) async fn all(mut queue: mpsc::UnboundedReceiver<Retired>) {
    while let Some(retired) = queue.recv().await {
        tokio::spawn(clean_up(retired));
    }
}

async fn clean_up(retired: Retired) {
    let Retired {
        parts,
        linger,
        done,
    } = retired;
    let Parts {
        functions,
        rest,
        database,
        server,
        ..
    } = parts;
    if let Some(functions) = functions {
        functions.stop().await;
    }
    if let Some(rest) = rest {
        rest.stop().await;
    }
    if !database.is_empty() {
        server.drop_database(&database).await;
    }
    sleep(linger).await;
    if let Some(server) = Arc::into_inner(server) {
        server.stop().await;
    }
    if let Some(done) = done {
        let _ = done.send(());
    }
}
