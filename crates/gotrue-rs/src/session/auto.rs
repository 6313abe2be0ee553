//! Renewing before anybody asks.

use std::sync::{Arc, Weak};
use std::time::Duration;

use supabase_http::Result;

use super::manager::{Inner, SessionManager, runtime};
use super::state::{Early, MARGIN};

/// Between two looks at the clock. Timers stand still while a machine sleeps; so soon after it wakes the clock is read again.
const TICK: Duration = Duration::from_secs(30);

/// The shortest time between two looks, for tokens that live for seconds.
const SHORTEST: Duration = Duration::from_secs(1);

/// So much before its time a session is renewed, so that no request has to wait for it.
const AHEAD: Duration = Duration::from_secs(30);

/// ```no_run
/// # async fn demo(sessions: gotrue_rs::SessionManager) -> Result<(), gotrue_rs::Error> {
/// sessions.start_auto_refresh()?;
/// sessions.stop_auto_refresh();
/// # Ok(()) }
/// ```
impl SessionManager {
    /// Renews the session in the background, half a minute before its time: for programs that wait for long and then must
    /// be quick. Without it a session is renewed when a request needs it.
    ///
    /// One task, which ends with the last clone of the client, or by [`stop_auto_refresh`](SessionManager::stop_auto_refresh).
    /// It looks at the clock, so that it goes on after the machine slept.
    ///
    /// # Errors
    /// [`ErrorKind::Runtime`](crate::ErrorKind::Runtime) outside of a tokio runtime.
    pub fn start_auto_refresh(&self) -> Result<()> {
        let runtime = runtime()?;
        let mut state = self.state();
        if state.auto.as_ref().is_some_and(|task| !task.is_finished()) {
            return Ok(());
        }
        let task = runtime.spawn(look_again(Arc::downgrade(&self.0)));
        state.auto = Some(task.abort_handle());
        Ok(())
    }

    /// Ends what [`start_auto_refresh`](SessionManager::start_auto_refresh) began; a renewal under way goes on.
    pub fn stop_auto_refresh(&self) {
        if let Some(task) = self.state().auto.take() {
            task.abort();
        }
    }

    /// When to look again.
    fn next_look(&self) -> Duration {
        let state = self.state();
        let Some(signed) = state.signed() else {
            return TICK;
        };
        signed
            .remaining(self.now())
            .saturating_sub(MARGIN + AHEAD)
            .clamp(SHORTEST, TICK)
    }
}

async fn look_again(owner: Weak<Inner>) {
    loop {
        let Some(manager) = owner.upgrade().map(SessionManager) else {
            return;
        };
        // A failure is tried again at the next look, and told to whoever needs the token.
        let _ = manager.current(Early::By(AHEAD)).await;
        let wait = manager.next_look();
        drop(manager);
        tokio::time::sleep(wait).await;
    }
}
