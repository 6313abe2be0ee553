//! The seam to whoever owns the session of a client.

use supabase_http::{AccessToken, BoxError, BoxFuture, Result, TokenSource};

use crate::{PkceFlow, Session, SessionManager, SessionMissing, User};

/// What happened, as the events of a client tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "used as calls land")]
pub(crate) enum Adopted {
    /// Somebody signed in.
    SignedIn,
    /// Somebody came back by the link of a lost password.
    PasswordRecovery,
    /// A second factor was verified.
    FactorVerified,
    /// The session was renewed.
    Refreshed,
    /// The user was changed, which brought a new session.
    UserUpdated,
}

/// Owns the session of one client. Calls go through it, so that there is one place that changes a session.
///
/// As a [`TokenSource`] it gives the token to act with **now**, renewed if it is about to end.
#[allow(dead_code, reason = "used as calls land")]
pub(crate) trait SessionOwner: TokenSource {
    /// The session, renewed if it is about to end; `None` if nobody is signed in.
    fn session(&self) -> BoxFuture<'_, Result<Option<Session>>>;

    /// Renews the session, however long it is still good. Without one: [`SessionMissing`].
    fn refresh(&self) -> BoxFuture<'_, Result<Session>>;

    /// Takes over a session that a call has brought, stores it, and tells of it.
    fn adopt(&self, session: Session, how: Adopted) -> BoxFuture<'_, Result<()>>;

    /// Puts the user of the session right after a call changed it; nothing happens for another user's.
    fn replace_user(&self, user: User) -> BoxFuture<'_, Result<()>>;

    /// Forgets the session: the user signed out.
    fn sign_out(&self) -> BoxFuture<'_, Result<()>>;

    /// Keeps a flow until its code comes back. The oldest of five gives way.
    fn keep_flow(&self, flow: PkceFlow) -> BoxFuture<'_, Result<()>>;

    /// The flow of this id, or the latest one; it stays kept.
    fn flow(&self, id: Option<String>) -> BoxFuture<'_, Result<Option<PkceFlow>>>;

    /// Forgets a flow: its code was exchanged, or the call that began it failed.
    fn forget_flow(&self, id: String) -> BoxFuture<'_, Result<()>>;

    /// The owner itself, for events and the like.
    fn manager(&self) -> Option<SessionManager> {
        None
    }
}

/// The tokens of an owner; without a session a call fails before it is sent, and is never sent by the key instead.
pub(crate) struct Owned(pub(crate) std::sync::Arc<dyn SessionOwner>);

impl TokenSource for Owned {
    fn token(&self) -> BoxFuture<'_, Result<Option<AccessToken>, BoxError>> {
        Box::pin(async {
            match self.0.token().await? {
                Some(token) => Ok(Some(token)),
                None => Err(SessionMissing::error().into()),
            }
        })
    }

    fn rejected(&self, used: &AccessToken) {
        self.0.rejected(used);
    }

    fn changes(&self) -> Option<supabase_http::TokenChanges> {
        self.0.changes()
    }
}
