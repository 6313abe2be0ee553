//! Changes to the store, one after the other, whoever waits for them.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use supabase_http::{Error, Result};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::format::{Document, Held, Unusable};
use super::manager::SessionManager;
use super::state::keep;
use super::storage::{SessionStorage as _, StorageLock};
use super::{AuthEvent, manager::runtime};
use crate::{PkceFlow, RefreshToken};

/// So long the store's lock is waited for; without it everything goes on too.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// Changes that wait, and whether somebody is writing.
#[derive(Default)]
pub(super) struct Writer {
    queue: VecDeque<(Change, oneshot::Sender<()>)>,
    is_running: bool,
}

pub(super) enum Change {
    /// A call brought another session.
    Adopt(Box<Held>),
    /// The session was renewed; that of another user, or a sign-out, stays.
    Renew(Box<Held>),
    /// The user signed out.
    SignOut,
    /// The session with this refresh token ended; a newer one stays.
    End(RefreshToken),
    KeepFlow(PkceFlow),
    ForgetFlow(String),
}

impl Change {
    /// Makes the change in what the store holds; `None` if there it must not be made.
    fn apply(self, mut stored: Document, is_new: bool) -> Option<Document> {
        match self {
            Self::Adopt(held) => stored.session = Some(*held),
            Self::Renew(held) => {
                match &stored.session {
                    None if !is_new => return None,
                    Some(other) if other.session.user.id != held.session.user.id => return None,
                    _ => {}
                }
                stored.session = Some(*held);
            }
            Self::SignOut => stored = Document::default(),
            Self::End(token) => {
                let ends = |held: &Held| held.session.refresh_token == token;
                if !stored.session.as_ref().is_some_and(ends) {
                    return None;
                }
                stored.session = None;
            }
            Self::KeepFlow(flow) => keep(&mut stored.flows, flow),
            Self::ForgetFlow(id) => stored.flows.retain(|flow| flow.id() != id),
        }
        Some(stored)
    }
}

impl SessionManager {
    /// Makes a change to the store. It is made even if the caller is gone, and a failure is told as an event: the session in
    /// memory is what counts.
    pub(super) async fn write(&self, change: Change) -> Result<()> {
        let done = self.write_later(change)?;
        // An error means that the runtime was shut down while writing.
        let _ = done.await;
        Ok(())
    }

    pub(super) fn write_later(&self, change: Change) -> Result<oneshot::Receiver<()>> {
        let runtime = runtime()?;
        let (done, told) = oneshot::channel();
        let begin = {
            let mut writer = self.writer();
            writer.queue.push_back((change, done));
            !std::mem::replace(&mut writer.is_running, true)
        };
        if begin {
            let this = self.clone();
            runtime.spawn(async move {
                let mut running = Running(Some(this.clone()));
                while let Some((change, done)) = this.next_change() {
                    this.make(change).await;
                    let _ = done.send(());
                }
                running.0 = None;
            });
        }
        Ok(told)
    }

    /// The next change; without one the writer counts as stopped, before anybody can add another.
    fn next_change(&self) -> Option<(Change, oneshot::Sender<()>)> {
        let mut writer = self.writer();
        let next = writer.queue.pop_front();
        writer.is_running = next.is_some();
        next
    }

    async fn make(&self, change: Change) {
        let lock = self.lock_store().await;
        let written = match self.load().await {
            Ok(stored) => {
                let is_new = stored.is_none();
                match change.apply(stored.unwrap_or_default(), is_new) {
                    Some(document) => self.save(&document).await,
                    None => Ok(()),
                }
            }
            Err(error) => Err(error),
        };
        drop(lock);
        match written {
            Ok(()) => self.state().problem = None,
            Err(error) => self.tell_problem(error),
        }
    }

    /// Reads the store. What is damaged is set aside, which is told.
    pub(super) async fn load(&self) -> Result<Option<Document>> {
        let storage = &self.0.storage;
        let text = storage
            .load()
            .await
            .map_err(|cause| storage_error("the session's store cannot be read", cause))?;
        let Some(text) = text else { return Ok(None) };
        match Document::read(&text, &self.0.project) {
            Ok(document) => Ok(Some(document)),
            Err(Unusable::Foreign(message)) => Err(Error::request(message)),
            Err(Unusable::Damaged(why)) => {
                let place = storage.set_aside().await.map_err(|cause| {
                    storage_error(
                        "the stored session is damaged and cannot be set aside",
                        cause,
                    )
                })?;
                let place =
                    place.map_or_else(String::new, |place| format!("; it is now at {place}"));
                self.tell_problem(Error::request(format!(
                    "the stored session is damaged ({why}){place}"
                )));
                Ok(None)
            }
        }
    }

    async fn save(&self, document: &Document) -> Result<()> {
        let text = document.write(&self.0.project);
        let saved = self.0.storage.save(text).await;
        saved.map_err(|cause| storage_error("the session's store cannot be written", cause))
    }

    /// The store's lock, shared with whoever holds it in this client; `None` if it cannot be had.
    pub(super) async fn lock_store(&self) -> Option<Arc<StorageLock>> {
        if let Some(lock) = self.state().lock.upgrade() {
            return Some(lock);
        }
        let lock = timeout(LOCK_WAIT, self.0.storage.lock()).await.ok()?.ok()?;
        let lock = Arc::new(lock);
        self.state().lock = Arc::downgrade(&lock);
        Some(lock)
    }

    fn tell_problem(&self, error: Error) {
        let error = Arc::new(error);
        self.state().problem = Some(Arc::clone(&error));
        self.tell(AuthEvent::StorageFailed(error));
    }

    fn writer(&self) -> std::sync::MutexGuard<'_, Writer> {
        self.0.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn storage_error(what: &str, cause: supabase_http::BoxError) -> Error {
    Error::request_caused_by(what, cause)
}

/// Lets another writer begin if this one is dropped with its runtime, before it was through.
struct Running(Option<SessionManager>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(manager) = &self.0 {
            manager.writer().is_running = false;
        }
    }
}
