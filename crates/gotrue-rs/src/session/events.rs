//! What a client tells of its session: events as they happen, and the session as it is.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use supabase_http::{Error, TokenChange};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::watch;

use crate::{RefreshToken, Session};

/// What happened to the session of a client; see [`SessionManager::events`](crate::SessionManager::events).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum AuthEvent {
    /// The session when the events began; `None` if nobody was signed in.
    Initial(Option<Box<Session>>),
    /// Somebody signed in.
    SignedIn(Box<Session>),
    /// The session was renewed.
    TokenRefreshed(Box<Session>),
    /// What the server knows of the user was changed.
    UserUpdated(Box<Session>),
    /// The user came back by the link of a lost password: let them set a new one.
    PasswordRecovery(Box<Session>),
    /// A second factor was verified.
    FactorVerified(Box<Session>),
    /// Nobody is signed in any more.
    SignedOut(SignedOutReason),
    /// The store could not be read or written, or what it held was damaged and set aside. The client goes on with what it
    /// has in memory.
    StorageFailed(Arc<Error>),
    /// So many events were missed, because they were not read in time. Ask for the session as it is now.
    Lagged(u64),
}

/// ```no_run
/// # async fn demo(sessions: gotrue_rs::SessionManager) -> Result<(), gotrue_rs::Error> {
/// while let Some(event) = sessions.events().next().await {
///     println!("{:?}", event.session().map(|session| &session.user.id));
/// }
/// # Ok(()) }
/// ```
impl AuthEvent {
    /// The session after the event, if it tells of one.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        match self {
            Self::Initial(session) => session.as_deref(),
            Self::SignedIn(session)
            | Self::TokenRefreshed(session)
            | Self::UserUpdated(session)
            | Self::PasswordRecovery(session)
            | Self::FactorVerified(session) => Some(session),
            Self::SignedOut(_) | Self::StorageFailed(_) | Self::Lagged(_) => None,
        }
    }
}

/// Why nobody is signed in any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignedOutReason {
    /// The user signed out.
    UserInitiated,
    /// The server does not renew the session any more: it ended there, or its limits are reached.
    SessionExpired,
    /// The server knows the session no more.
    SessionMissing,
    /// Another process that shares the store signed out.
    Elsewhere,
}

/// The events of a client, from the session as it is on. A [`Stream`] that ends with the last client.
///
/// Reading it late holds nobody up: the oldest events are dropped then, which [`AuthEvent::Lagged`] tells.
///
/// ```no_run
/// # async fn demo(sessions: gotrue_rs::SessionManager) {
/// use gotrue_rs::AuthEvent;
///
/// let mut events = sessions.events();
/// while let Some(event) = events.next().await {
///     match event {
///         AuthEvent::SignedIn(session) => println!("hello {:?}", session.user.email),
///         AuthEvent::SignedOut(reason) => println!("signed out: {reason:?}"),
///         _ => {}
///     }
/// }
/// # }
/// ```
pub struct AuthEvents {
    first: Vec<AuthEvent>,
    next: Next,
}

type Next = Pin<Box<dyn Future<Output = (Result<AuthEvent, RecvError>, Receiver)> + Send>>;
type Receiver = broadcast::Receiver<AuthEvent>;

impl AuthEvents {
    /// `first` in the order in which they come.
    pub(super) fn new(mut first: Vec<AuthEvent>, receiver: Receiver) -> Self {
        first.reverse();
        Self {
            first,
            next: receive(receiver),
        }
    }

    /// The next event; `None` once the last client is gone. Cancel-safe.
    pub async fn next(&mut self) -> Option<AuthEvent> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

fn receive(mut receiver: Receiver) -> Next {
    Box::pin(async move { (receiver.recv().await, receiver) })
}

impl Stream for AuthEvents {
    type Item = AuthEvent;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<AuthEvent>> {
        if let Some(event) = self.first.pop() {
            return Poll::Ready(Some(event));
        }
        let (received, receiver) = ready!(self.next.as_mut().poll(cx));
        self.next = receive(receiver);
        Poll::Ready(match received {
            Ok(event) => Some(event),
            Err(RecvError::Lagged(missed)) => Some(AuthEvent::Lagged(missed)),
            Err(RecvError::Closed) => None,
        })
    }
}

impl fmt::Debug for AuthEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthEvents(..)")
    }
}

/// The session of a client as it is, and a way to wait until it changes.
///
/// ```no_run
/// # async fn demo(sessions: gotrue_rs::SessionManager) {
/// let mut session = sessions.watch();
/// println!("{:?}", session.get());
/// while let Some(now) = session.changed().await {
///     println!("{now:?}");
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct SessionWatch(pub(super) watch::Receiver<Option<Session>>);

impl SessionWatch {
    /// The session as it is now, which may be about to end; `None` if nobody is signed in.
    #[must_use]
    pub fn get(&self) -> Option<Session> {
        self.0.borrow().clone()
    }

    /// Waits for the session to change and gives it as it is then; `None` once the last client is gone. Changes in between
    /// are left out. Cancel-safe.
    pub async fn changed(&mut self) -> Option<Option<Session>> {
        self.0.changed().await.ok()?;
        Some(self.0.borrow_and_update().clone())
    }
}

impl fmt::Debug for SessionWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionWatch").field(&self.get()).finish()
    }
}

/// The changes of a token, for connections that outlive it.
pub(super) struct Changes {
    events: AuthEvents,
    session: SessionWatch,
    /// Whose token was told last.
    user: Option<String>,
    token: Option<RefreshToken>,
}

impl Changes {
    pub(super) fn new(events: AuthEvents, session: SessionWatch) -> Self {
        let now = session.get();
        Self {
            events,
            session,
            user: now.as_ref().map(|session| session.user.id.clone()),
            token: now.map(|session| session.refresh_token),
        }
    }

    /// What is different from what was told last.
    fn difference(&mut self) -> Option<TokenChange> {
        let now = self.session.get();
        let user = now.as_ref().map(|session| session.user.id.clone());
        let token = now.as_ref().map(|session| session.refresh_token.clone());
        let change = match now {
            None if self.user.is_none() => None,
            None => Some(TokenChange::SignedOut),
            Some(_) if token == self.token => None,
            Some(session) if user == self.user => {
                Some(TokenChange::Refreshed(session.access_token))
            }
            Some(session) => Some(TokenChange::IdentityChanged(session.access_token)),
        };
        (self.user, self.token) = (user, token);
        change
    }
}

impl Stream for Changes {
    type Item = TokenChange;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<TokenChange>> {
        // Any event is a reason to look, a missed one too: what counts is the session as it is.
        while let Some(event) = ready!(Pin::new(&mut self.events).poll_next(cx)) {
            drop(event);
            if let Some(change) = self.difference() {
                return Poll::Ready(Some(change));
            }
        }
        Poll::Ready(None)
    }
}
