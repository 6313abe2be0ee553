//! The owner of a client's session.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use supabase_http::{Error, Result};
use tokio::runtime::Handle;
use tokio::sync::{broadcast, watch};

use super::events::{AuthEvent, AuthEvents, SessionWatch, SignedOutReason};
use super::state::{Early, Flight, Need, Outcome, Phase, Signed, State};
use super::storage::{SessionStorage, SharedStorage};
use super::write::{Change, Writer};
use crate::shared_error::share;
use crate::{AuthClient, AuthFuture, Session, SessionMissing};

/// How many events wait for a slow reader.
const EVENTS: usize = 64;

/// Owns the session of one client: keeps it in a store, renews it in time, and tells of it. Cheap to clone.
///
/// It comes with [`AuthClient::with_session`](crate::AuthClient::with_session), and is a
/// [`TokenSource`](supabase_http::TokenSource) for the clients of other services.
///
/// * **One renewal at a time.** All callers wait for the same one. It goes on if its callers are gone, since the server takes
///   a refresh token once.
/// * **In time**: when the access token is good for less than 90 seconds (half of its life, for tokens that live shorter than
///   three minutes), or a service refused it. Nothing is renewed in the background unless
///   [`start_auto_refresh`](SessionManager::start_auto_refresh) says so.
/// * **A session is not lost** to a network that is down, a busy server or a full disk. It ends when the user signs out, or
///   when the server refuses to renew it **and** the access token is no good any more.
/// * **Nobody acts as somebody else.** After a session ended by itself, requests fail until somebody signs in, or
///   [`sign_out`](crate::AuthClient::sign_out) says that it shall be nobody: they are never sent by the key alone instead.
/// * **Processes can share a store**: one of them renews, the others take over what it wrote. A sign-out in one is seen by the
///   others at their next renewal.
///
/// # Format of the store
///
/// A JSON object: `version` (1), `project` (the auth server's URL), `session` (as the server sent it; `null` after a
/// sign-out), `good_until` (the end of the access token in seconds since 1970, by the clock of the machine that received it)
/// and `flows` (sign-ins under way: `id`, `verifier`, `recovery`). A session as the official clients write it is read too.
#[derive(Clone)]
pub struct SessionManager(pub(super) Arc<Inner>);

pub(super) struct Inner {
    /// Acts by the key alone.
    pub(super) client: AuthClient,
    pub(super) project: String,
    pub(super) storage: SharedStorage,
    pub(super) state: Mutex<State>,
    pub(super) writer: Mutex<Writer>,
    events: broadcast::Sender<AuthEvent>,
    session: watch::Sender<Option<Session>>,
}

/// ```no_run
/// # async fn demo(sessions: gotrue_rs::SessionManager) -> Result<(), gotrue_rs::Error> {
/// if let Some(session) = sessions.session().await? {
///     println!("{}", session.user.id);
/// }
/// let mut events = sessions.events();
/// let mut watch = sessions.watch();
/// if let Some(problem) = sessions.storage_problem() {
///     println!("{problem}");
/// }
/// sessions.reload().await?;
/// # Ok(()) }
/// ```
impl SessionManager {
    /// Reads the store and owns what it holds. `client` says where the server is and what time it is.
    ///
    /// A damaged store is no error: it is set aside, which [`events`](SessionManager::events) and
    /// [`storage_problem`](SessionManager::storage_problem) tell.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if the store cannot be read, or holds the session of another project.
    pub(crate) async fn open(client: &AuthClient, storage: SharedStorage) -> Result<Self> {
        let (events, _) = broadcast::channel(EVENTS);
        let (session, _) = watch::channel(None);
        let this = Self(Arc::new(Inner {
            client: client.clone(),
            project: client.service().endpoint().to_string(),
            storage,
            state: Mutex::default(),
            writer: Mutex::default(),
            events,
            session,
        }));
        if let Some(document) = this.load().await? {
            let mut state = this.state();
            state.flows = document.flows;
            if let Some(held) = document.session {
                this.0.session.send_replace(Some(held.session.clone()));
                state.phase = Phase::SignedIn(Box::new(Signed::stored(held)));
            }
        }
        Ok(this)
    }

    /// The session, renewed if it is about to end; `None` if nobody is signed in. From memory as long as it is good.
    /// Cancel-safe.
    ///
    /// # Errors
    /// Why it could not be renewed, if the access token is no good any more.
    pub async fn session(&self) -> Result<Option<Session>> {
        self.current(Early::InTime).await
    }

    /// What happens from now on, after the session as it is.
    #[must_use]
    pub fn events(&self) -> AuthEvents {
        let receiver = self.0.events.subscribe();
        let state = self.state();
        let session = state
            .signed()
            .map(|signed| Box::new(signed.session().clone()));
        let problem = state.problem.clone();
        drop(state);
        let first = std::iter::once(AuthEvent::Initial(session))
            .chain(problem.map(AuthEvent::StorageFailed))
            .collect();
        AuthEvents::new(first, receiver)
    }

    /// The session as it is, and a way to wait until it changes.
    #[must_use]
    pub fn watch(&self) -> SessionWatch {
        SessionWatch(self.0.session.subscribe())
    }

    /// What is wrong with the store, if its last use failed or what it held was damaged.
    #[must_use]
    pub fn storage_problem(&self) -> Option<Arc<Error>> {
        self.state().problem.clone()
    }

    /// Reads the store again, and takes over a session that another process has put there: a newer one of the same user, or
    /// any if nobody is signed in here.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if the store cannot be read, or holds the session of another project.
    pub async fn reload(&self) -> Result<()> {
        let epoch = self.state().epoch;
        let Some(held) = self.load().await?.and_then(|stored| stored.session) else {
            return Ok(());
        };
        let session = held.session.clone();
        {
            let mut state = self.state();
            let takes = match state.signed() {
                None => true,
                Some(signed) => is_newer(&session, signed.session()),
            };
            if state.epoch != epoch || !takes {
                return Ok(());
            }
            state.enter(Phase::SignedIn(Box::new(Signed::stored(held))));
            self.0.session.send_replace(Some(session.clone()));
        }
        self.tell(AuthEvent::SignedIn(Box::new(session)));
        Ok(())
    }

    pub(super) async fn current(&self, early: Early) -> Result<Option<Session>> {
        let mut early = early;
        loop {
            let mut flight = match self.need(early)? {
                Next::Have(session) => return Ok(session.map(|session| *session)),
                Next::Wait(flight) => flight,
            };
            let outcome = match flight.wait_for(Option::is_some).await {
                Ok(outcome) => outcome.clone(),
                Err(_) => None,
            };
            let error = match outcome {
                Some(Outcome::Renewed(session)) => return Ok(Some(*session)),
                Some(Outcome::Failed(error) | Outcome::Refused(error)) => error,
                // What came before it counts now.
                Some(Outcome::Superseded) => {
                    early = Early::InTime;
                    continue;
                }
                // The runtime that renewed was shut down: begin anew.
                None => {
                    self.state()
                        .in_flight
                        .take_if(|other| other.same_channel(&flight));
                    continue;
                }
            };
            let valid = match early {
                Early::Always => None,
                Early::InTime | Early::By(_) => self.state().valid(self.now()),
            };
            if valid.is_none() {
                self.end_if_dead();
            }
            return valid.map(Some).ok_or_else(|| share(&error));
        }
    }

    fn need(&self, early: Early) -> Result<Next> {
        let mut state = self.state();
        Ok(match state.need(self.now(), early) {
            Need::Nobody => Next::Have(None),
            Need::Use(session) => Next::Have(Some(session)),
            Need::Renew => Next::Wait(self.renew(&mut state)?),
            Need::Unavailable(error) => return Err(share(&error)),
            Need::Ends(error) => {
                drop(state);
                self.end_if_dead();
                return Err(share(&error));
            }
        })
    }

    /// Ends a session that cannot be renewed and whose token is no good.
    pub(super) fn end_if_dead(&self) {
        let (token, reason) = {
            let mut state = self.state();
            let now = self.now();
            let Need::Ends(error) = state.need(now, Early::InTime) else {
                return;
            };
            let Some(token) = state
                .signed()
                .map(|signed| signed.session().refresh_token.clone())
            else {
                return;
            };
            state.enter(Phase::Ended(Arc::clone(&error)));
            self.0.session.send_replace(None);
            (token, reason_of(&error))
        };
        // Told in any case; without a runtime nobody could have asked.
        let _ = self.write_later(Change::End(token));
        self.tell(AuthEvent::SignedOut(reason));
    }

    pub(super) fn tell(&self, event: AuthEvent) {
        // Nobody may be listening.
        let _ = self.0.events.send(event);
    }

    /// Shows a session to those who watch. Called with the state locked, so that the last one shown is the last one there is.
    pub(super) fn show(&self, session: Option<Session>) {
        self.0.session.send_replace(session);
    }

    pub(super) fn now(&self) -> SystemTime {
        self.0.client.now()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Next {
    Have(Option<Box<Session>>),
    Wait(Flight),
}

/// Whether a session of the store replaces the one in memory: by the server's clock, and for the same user only.
pub(super) fn is_newer(stored: &Session, mine: &Session) -> bool {
    stored.user.id == mine.user.id
        && stored.refresh_token != mine.refresh_token
        && stored.expires_at > mine.expires_at
}

fn reason_of(error: &Error) -> SignedOutReason {
    if SessionMissing::is_cause_of(error) {
        SignedOutReason::SessionMissing
    } else {
        SignedOutReason::SessionExpired
    }
}

pub(super) fn runtime() -> Result<Handle> {
    Handle::try_current().map_err(|_| {
        Error::runtime("there is no tokio runtime here; await the call inside `#[tokio::main]` or `Runtime::block_on`")
    })
}

impl Drop for Inner {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = state.auto.take() {
            task.abort();
        }
    }
}

impl fmt::Debug for SessionManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionManager")
            .field("project", &self.0.project)
            .field("session", &*self.0.session.borrow())
            .finish_non_exhaustive()
    }
}

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// while let Some(event) = auth.events().next().await {
///     println!("{event:?}");
/// }
/// # Ok(()) }
/// ```
impl AuthClient {
    /// The same client, following the session of its user, which it keeps in `storage` and renews in time: for programs on
    /// the desktop and on the command line. Whoever signs in by it is who it acts as from then on.
    ///
    /// ```
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::MemoryStorage;
    ///
    /// let app = auth.with_session(MemoryStorage::new()).await?;
    /// assert_eq!(app.get_session().await?, None);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if the store cannot be read, or holds the session of another project;
    /// [`Credential`](crate::ErrorKind::Credential) if the client acts as somebody already: by a token, or by a secret key.
    pub async fn with_session(&self, storage: impl SessionStorage + 'static) -> Result<Self> {
        let credentials = self.service().credentials();
        if credentials.key().kind().is_privileged() {
            return Err(Error::credential(
                "a secret key acts for the service and follows no user; use a publishable key",
            ));
        }
        if credentials.fixed_token().is_some() || credentials.source().is_some() {
            return Err(Error::credential(
                "this client acts as the user of a token; make one by the key alone to follow a session",
            ));
        }
        let manager = SessionManager::open(self, SharedStorage::new(storage)).await?;
        Ok(self.owned_by(Arc::new(manager)))
    }

    /// The session of the client, renewed if it is about to end; `None` if nobody is signed in. From memory as long as it is
    /// good.
    ///
    /// What stands in it about the user is as old as the session: decide on a server by
    /// `get_claims` or [`get_user`](AuthClient::get_user).
    ///
    /// ```no_run
    /// # async fn demo(app: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// match app.get_session().await? {
    ///     Some(session) => println!("hello {:?}", session.user.email),
    ///     None => println!("sign in first"),
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`SessionMissing`](crate::SessionMissing) on a client that follows no session; why the session could not be renewed, if
    /// its access token is no good any more.
    pub fn get_session(&self) -> AuthFuture<Option<Session>> {
        let owner = self.owner().cloned();
        AuthFuture::new("get session", async move {
            match owner {
                Some(owner) => owner.session().await,
                None => Err(Error::credential_caused_by(
                    "this client follows no session: make one by `with_session`",
                    SessionMissing,
                )),
            }
        })
    }

    /// The owner of the client's session, with its events; `None` on a client that follows no session.
    ///
    /// ```
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::MemoryStorage;
    ///
    /// assert!(auth.sessions().is_none());
    /// let app = auth.with_session(MemoryStorage::new()).await?;
    /// if let Some(sessions) = app.sessions() {
    ///     sessions.start_auto_refresh()?;
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn sessions(&self) -> Option<SessionManager> {
        self.owner()?.manager()
    }

    /// What happens to the session of the client, from the session as it is on. On a client that follows no session it is
    /// [`Initial(None)`](AuthEvent::Initial) and nothing more.
    #[must_use]
    pub fn events(&self) -> AuthEvents {
        match self.sessions() {
            Some(sessions) => sessions.events(),
            None => AuthEvents::new(vec![AuthEvent::Initial(None)], broadcast::channel(1).1),
        }
    }
}
