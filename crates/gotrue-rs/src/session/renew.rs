//! Renewing a session: once for all callers, and whatever becomes of them.

use std::sync::Arc;
use std::time::Duration;

use supabase_http::{Backoff, Error, Result, RetryConfig};
use tokio::sync::watch;
use tokio::time::Instant;

use super::events::{AuthEvent, SignedOutReason};
use super::format::{Document, Held};
use super::manager::{SessionManager, is_newer, runtime};
use super::state::{Flight, Outcome, Pause, Phase, Signed, State};
use super::write::Change;
use crate::{ErrorCode, RateLimit, Session, SessionMissing};

/// The time limit of a renewal, its tries together.
const LIMIT: Duration = Duration::from_secs(30);

/// The shortest and the longest pause after a renewal that failed.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

impl SessionManager {
    /// Joins the renewal under way, or begins one.
    pub(super) fn renew(&self, state: &mut State) -> Result<Flight> {
        if let Some(flight) = &state.in_flight {
            return Ok(flight.clone());
        }
        let runtime = runtime()?;
        let Some(session) = state.signed().map(|signed| signed.session().clone()) else {
            return Err(SessionMissing::error());
        };
        let (done, flight) = watch::channel(None);
        state.in_flight = Some(flight.clone());
        let (this, epoch, mine) = (self.clone(), state.epoch, flight.clone());
        runtime.spawn(async move {
            let (outcome, event) = this.run(session, epoch).await;
            this.state()
                .in_flight
                .take_if(|flight| flight.same_channel(&mine));
            done.send_replace(Some(outcome));
            if let Some(event) = event {
                this.tell(event);
            }
        });
        Ok(flight)
    }

    async fn run(&self, mine: Session, epoch: u64) -> (Outcome, Option<AuthEvent>) {
        // Held for the whole of it, so that of several processes one renews and the others see what it wrote.
        let lock = self.lock_store().await;
        let mut session = mine;
        match self.load().await {
            Ok(Some(Document { session: None, .. })) => return self.signed_out_elsewhere(epoch),
            Ok(Some(Document {
                session: Some(stored),
                ..
            })) => {
                if is_newer(&stored.session, &session) {
                    if stored.good_for(self.now()) > super::state::MARGIN {
                        return self.take(stored, epoch);
                    }
                    session = stored.session;
                }
            }
            // A store that was lost is written anew, and one that fails was told of.
            Ok(None) | Err(_) => {}
        }
        let mut renewed = self.ask(&session).await;
        if renewed.as_ref().is_err_and(is_final) {
            // Somebody without the lock may have been faster.
            let stored = self
                .load()
                .await
                .ok()
                .flatten()
                .and_then(|stored| stored.session);
            if let Some(stored) = stored.filter(|stored| is_newer(&stored.session, &session)) {
                if stored.good_for(self.now()) > super::state::MARGIN {
                    return self.take(stored, epoch);
                }
                renewed = self.ask(&stored.session).await;
            }
        }
        match renewed {
            Ok(session) => {
                let signed = Signed::fresh(session, self.now());
                let outcome = self.commit(signed, epoch);
                if let (Outcome::Renewed(_), Some(held)) = (&outcome.0, &outcome.2) {
                    let _ = self.write(Change::Renew(Box::new(held.clone()))).await;
                }
                drop(lock);
                (outcome.0, outcome.1)
            }
            Err(error) => (self.fail(error, epoch), None),
        }
    }

    async fn ask(&self, session: &Session) -> Result<Session> {
        // The server gives the same new token for a while to whoever asks again, so that an answer that was lost is no harm.
        let call = self
            .0
            .client
            .refresh_call(&session.refresh_token)
            .repeatable()
            .timeout(LIMIT)
            .retry(RetryConfig::new().max_retries(2).backoff(Backoff::new(
                Duration::from_millis(400),
                Duration::from_secs(2),
            )));
        let mut answer = call.await?;
        // Some servers leave out what does not change.
        answer.user.get_or_insert_with(|| session.user.clone());
        answer
            .into_session(self.now())
            .map_err(|why| Error::credential(format!("the renewed session cannot be used: {why}")))
    }

    fn take(&self, stored: Held, epoch: u64) -> (Outcome, Option<AuthEvent>) {
        let (outcome, event, _) = self.commit(Signed::stored(stored), epoch);
        (outcome, event)
    }

    /// Replaces the session by its successor, unless a call has changed it meanwhile.
    fn commit(&self, signed: Signed, epoch: u64) -> (Outcome, Option<AuthEvent>, Option<Held>) {
        let held = signed.held.clone();
        let session = Box::new(held.session.clone());
        let mut state = self.state();
        if state.epoch != epoch {
            return (Outcome::Superseded, None, None);
        }
        state.phase = Phase::SignedIn(Box::new(signed));
        state.pause = None;
        self.show(Some(held.session.clone()));
        drop(state);
        let event = AuthEvent::TokenRefreshed(session.clone());
        (Outcome::Renewed(session), Some(event), Some(held))
    }

    fn signed_out_elsewhere(&self, epoch: u64) -> (Outcome, Option<AuthEvent>) {
        let error = Arc::new(ended("the user signed out in another process"));
        let mut state = self.state();
        if state.epoch != epoch {
            return (Outcome::Superseded, None);
        }
        state.enter(Phase::Ended(Arc::clone(&error)));
        self.show(None);
        drop(state);
        let event = AuthEvent::SignedOut(SignedOutReason::Elsewhere);
        (Outcome::Refused(error), Some(event))
    }

    /// Notes why the session was not renewed.
    fn fail(&self, error: Error, epoch: u64) -> Outcome {
        let error = Arc::new(error);
        let mut state = self.state();
        if state.epoch != epoch {
            return Outcome::Superseded;
        }
        if is_final(&error) {
            state.die(&error);
            return Outcome::Refused(error);
        }
        let failures = state.pause.as_ref().map_or(0, |pause| pause.failures + 1);
        let asked = error.retry_after().or_else(|| RateLimit::of(&error)?.wait);
        let wait = Backoff::new(PAUSES.0 * 2, PAUSES.1)
            .delay(failures)
            .max(asked.unwrap_or_default().min(PAUSES.1));
        if let Some(until) = Instant::now().checked_add(wait) {
            state.pause = Some(Pause {
                until,
                failures,
                error: Arc::clone(&error),
            });
        }
        Outcome::Failed(error)
    }
}

/// The server will never renew the session. Whatever else it may say (busy, limited, in conflict, or that the key is wrong)
/// is no reason to lose it.
fn is_final(error: &Error) -> bool {
    error
        .status()
        .is_some_and(|status| matches!(status.as_u16(), 400 | 401 | 403 | 404 | 422))
        && ErrorCode::of(error).is_some_and(|code| code.ends_session())
}

/// Why requests fail after a session ended by itself.
pub(super) fn ended(why: &str) -> Error {
    Error::credential_caused_by(
        format!(
            "the session has ended ({why}): sign in again, or sign out to go on without a user"
        ),
        SessionMissing,
    )
}
