//! One background thread per process, on which gateways and supervision run.
//!
//! Stacks thereby work from any runtime, outlive the runtime they were started in (each `#[tokio::test]` has its own),
//! and clean up in `Drop` without blocking and without spawning.

use std::future::Future;
use std::sync::{Mutex, PoisonError};

use tokio::runtime::{Builder, Handle};
use tokio::sync::{mpsc, oneshot};

use crate::error::{Error, ErrorKind, Result};
use crate::retire::{self, Retired};

/// A handle of the background thread.
#[derive(Clone, Debug)]
pub(crate) struct Engine {
    handle: Handle,
    retired: mpsc::UnboundedSender<Retired>,
}

static ENGINE: Mutex<Option<Engine>> = Mutex::new(None);

impl Engine {
    /// The engine of this process, started on first use.
    pub(crate) fn get() -> Result<Self> {
        let mut engine = ENGINE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(engine) = &*engine {
            return Ok(engine.clone());
        }
        let failed = |e: std::io::Error| {
            Error::new(
                ErrorKind::Io,
                format!("cannot start a background thread: {e}"),
            )
            .with_source(e)
        };
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let (retired, queue) = mpsc::unbounded_channel();
        let made = Self {
            handle: runtime.handle().clone(),
            retired,
        };
        std::thread::Builder::new()
            .name("supabase-local".into())
            .spawn(move || runtime.block_on(retire::all(queue)))
            .map_err(failed)?;
        *engine = Some(made.clone());
        Ok(made)
    }

    /// Runs to the end even if the caller stops waiting; the value is then dropped.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let (sender, receiver) = oneshot::channel();
        self.handle.spawn(async move {
            let _ = sender.send(work.await);
        });
        receiver.await.unwrap_or_else(|_| {
            Err(Error::new(
                ErrorKind::Server,
                "the background thread ended: see its panic message",
            ))
        })
    }

    pub(crate) fn retire(&self, stack: Retired) {
        let _ = self.retired.send(stack);
    }
}
