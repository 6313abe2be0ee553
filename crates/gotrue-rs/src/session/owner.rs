//! What the calls of a client, and other services, ask of the owner of its session.

use supabase_http::{AccessToken, BoxError, BoxFuture, Result, TokenChanges, TokenSource};

use super::events::{AuthEvent, Changes, SignedOutReason};
use super::manager::SessionManager;
use super::renew::ended;
use super::state::{Early, Phase, Signed};
use super::write::Change;
use crate::owner::{Adopted, SessionOwner};
use crate::{PkceFlow, Session, SessionMissing, User};

impl SessionManager {
    /// The token to send now, for whoever is signed in **now**: not for who comes while it waits.
    async fn token_now(&self) -> Result<Option<AccessToken>> {
        let asked_for = {
            let state = self.state();
            if let Phase::Ended(error) = &state.phase {
                return Err(ended(error.message()));
            }
            state
                .signed()
                .map(|signed| signed.session().user.id.clone())
        };
        let session = self.current(Early::InTime).await?;
        match (asked_for, session) {
            (None, None) => Ok(None),
            (Some(user), Some(session)) if session.user.id == user => {
                Ok(Some(session.access_token))
            }
            (None, Some(session)) => Ok(Some(session.access_token)),
            _ => Err(ended(
                "the user signed out while the request waited for a token",
            )),
        }
    }

    fn enter(&self, phase: Phase, session: Option<Session>) {
        let mut state = self.state();
        state.enter(phase);
        self.show(session);
    }
}

impl TokenSource for SessionManager {
    fn token(&self) -> BoxFuture<'_, Result<Option<AccessToken>, BoxError>> {
        Box::pin(async { self.token_now().await.map_err(BoxError::from) })
    }

    fn rejected(&self, used: &AccessToken) {
        self.state().refuse(used);
    }

    fn changes(&self) -> Option<TokenChanges> {
        Some(TokenChanges::new(Changes::new(self.events(), self.watch())))
    }
}

impl SessionOwner for SessionManager {
    fn session(&self) -> BoxFuture<'_, Result<Option<Session>>> {
        Box::pin(self.current(Early::InTime))
    }

    fn refresh(&self) -> BoxFuture<'_, Result<Session>> {
        Box::pin(async {
            self.current(Early::Always)
                .await?
                .ok_or_else(SessionMissing::error)
        })
    }

    fn adopt(&self, session: Session, how: Adopted) -> BoxFuture<'_, Result<()>> {
        let signed = Signed::fresh(session.clone(), self.now());
        let held = Box::new(signed.held.clone());
        self.enter(Phase::SignedIn(Box::new(signed)), Some(session.clone()));
        let session = Box::new(session);
        let event = match how {
            Adopted::SignedIn => AuthEvent::SignedIn(session),
            Adopted::PasswordRecovery => AuthEvent::PasswordRecovery(session),
            Adopted::FactorVerified => AuthEvent::FactorVerified(session),
            Adopted::Refreshed => AuthEvent::TokenRefreshed(session),
            Adopted::UserUpdated => AuthEvent::UserUpdated(session),
        };
        self.store_and_tell(Change::Adopt(held), Some(event))
    }

    fn replace_user(&self, user: User) -> BoxFuture<'_, Result<()>> {
        let changed = {
            let mut state = self.state();
            match &mut state.phase {
                Phase::SignedIn(signed) if signed.session().user.id == user.id => {
                    signed.held.session.user = user;
                    let held = signed.held.clone();
                    self.show(Some(held.session.clone()));
                    Some(held)
                }
                _ => None,
            }
        };
        match changed {
            None => Box::pin(async { Ok(()) }),
            Some(held) => {
                let event = AuthEvent::UserUpdated(Box::new(held.session.clone()));
                self.store_and_tell(Change::Renew(Box::new(held)), Some(event))
            }
        }
    }

    fn sign_out(&self) -> BoxFuture<'_, Result<()>> {
        let was_in = self.state().signed().is_some();
        self.enter(Phase::Nobody, None);
        self.state().flows.clear();
        let event = was_in.then_some(AuthEvent::SignedOut(SignedOutReason::UserInitiated));
        self.store_and_tell(Change::SignOut, event)
    }

    fn keep_flow(&self, flow: PkceFlow) -> BoxFuture<'_, Result<()>> {
        self.state().keep_flow(flow.clone());
        self.store_and_tell(Change::KeepFlow(flow), None)
    }

    fn flow(&self, id: Option<String>) -> BoxFuture<'_, Result<Option<PkceFlow>>> {
        Box::pin(async move {
            let wanted = |flows: &[PkceFlow]| {
                let fits = |flow: &&PkceFlow| id.as_deref().is_none_or(|id| flow.id() == id);
                flows.iter().rev().find(fits).cloned()
            };
            if let Some(flow) = wanted(&self.state().flows) {
                return Ok(Some(flow));
            }
            // Another process may have begun it.
            Ok(self.load().await?.and_then(|stored| wanted(&stored.flows)))
        })
    }

    fn forget_flow(&self, id: String) -> BoxFuture<'_, Result<()>> {
        self.state().flows.retain(|flow| flow.id() != id);
        self.store_and_tell(Change::ForgetFlow(id), None)
    }

    fn manager(&self) -> Option<SessionManager> {
        Some(self.clone())
    }
}

impl SessionManager {
    /// Stores what memory holds already, then tells of it; both are done even if the caller is gone.
    fn store_and_tell(
        &self,
        change: Change,
        event: Option<AuthEvent>,
    ) -> BoxFuture<'static, Result<()>> {
        let written = self.write_later(change);
        let this = self.clone();
        // Told by a drop, so that a caller who does not wait for the store keeps nobody from knowing.
        let tell = Tell(this, event);
        Box::pin(async move {
            let _ = written?.await;
            drop(tell);
            Ok(())
        })
    }
}

struct Tell(SessionManager, Option<AuthEvent>);

impl Drop for Tell {
    fn drop(&mut self) {
        if let Some(event) = self.1.take() {
            self.0.tell(event);
        }
    }
}
