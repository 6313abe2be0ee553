//! What the owner of a session knows at a moment, and what follows from it. Nothing here waits.

use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use supabase_http::{AccessToken, Error};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::format::Held;
use super::storage::StorageLock;
use crate::{PkceFlow, Session};

/// A session is renewed when its access token is good for less than this.
pub(super) const MARGIN: Duration = Duration::from_secs(90);

/// A token that is as new as this is not renewed because a service refused it: another one would be refused too.
const TOO_NEW: Duration = Duration::from_secs(30);

/// How many flows are kept; the oldest gives way.
const MAX_FLOWS: usize = 5;

#[derive(Default)]
pub(super) struct State {
    pub(super) phase: Phase,
    /// Counts the changes by calls: what began before one of them must not undo it.
    pub(super) epoch: u64,
    /// The renewal under way, which all wait for together.
    pub(super) in_flight: Option<Flight>,
    /// No renewal begins by itself before this.
    pub(super) pause: Option<Pause>,
    pub(super) flows: Vec<PkceFlow>,
    /// What is wrong with the store.
    pub(super) problem: Option<Arc<Error>>,
    /// The store's lock, while somebody here holds it.
    pub(super) lock: Weak<StorageLock>,
    pub(super) auto: Option<AbortHandle>,
}

#[derive(Default)]
pub(super) enum Phase {
    #[default]
    Nobody,
    SignedIn(Box<Signed>),
    /// The session ended by itself. Requests fail until somebody signs in or says that nobody should: they must not go out
    /// as nobody's by accident.
    Ended(Arc<Error>),
}

pub(super) struct Signed {
    pub(super) held: Held,
    /// The end of the access token by the timer of this process, which no change of the clock moves.
    ends: Option<Instant>,
    /// When the access token came, if it came to this process.
    came: Option<Instant>,
    /// A service refused the access token.
    pub(super) refused: bool,
    /// The server does not renew the session any more.
    pub(super) dead: Option<Arc<Error>>,
}

pub(super) type Flight = watch::Receiver<Option<Outcome>>;

/// How a renewal ended.
#[derive(Clone)]
pub(super) enum Outcome {
    Renewed(Box<Session>),
    /// It failed; the session may be renewed later.
    Failed(Arc<Error>),
    /// The server refused for good.
    Refused(Arc<Error>),
    /// Another sign-in, or a sign-out, came before it.
    Superseded,
}

pub(super) struct Pause {
    pub(super) until: Instant,
    pub(super) failures: u32,
    pub(super) error: Arc<Error>,
}

/// What a caller gets.
pub(super) enum Need {
    Nobody,
    Use(Box<Session>),
    /// Wait for a renewal: the one under way, or one to begin.
    Renew,
    /// No renewal now, and the token is no good.
    Unavailable(Arc<Error>),
    /// It ends now.
    Ends(Arc<Error>),
}

impl Signed {
    /// A session that has just come.
    pub(super) fn fresh(session: Session, now: SystemTime) -> Self {
        let came = Instant::now();
        let ends = came.checked_add(Duration::from_secs(session.expires_in));
        Self {
            held: Held::fresh(session, now),
            ends,
            came: Some(came),
            refused: false,
            dead: None,
        }
    }

    /// A session from a store.
    pub(super) fn stored(held: Held) -> Self {
        Self {
            held,
            ends: None,
            came: None,
            refused: false,
            dead: None,
        }
    }

    pub(super) fn session(&self) -> &Session {
        &self.held.session
    }

    /// For how long the access token is good: by the clock, which goes on while a machine sleeps, and by the timer, which
    /// cannot be set. The earlier end counts.
    pub(super) fn remaining(&self, now: SystemTime) -> Duration {
        let by_clock = self.held.good_until.duration_since(now).unwrap_or_default();
        match self.ends {
            Some(ends) => by_clock.min(ends.saturating_duration_since(Instant::now())),
            None => by_clock,
        }
    }

    /// When to renew: tokens that live shorter than the margin would be renewed for every request.
    fn margin(&self) -> Duration {
        MARGIN.min(Duration::from_secs(self.session().expires_in) / 2)
    }

    fn is_valid(&self, now: SystemTime) -> bool {
        !self.refused && !self.remaining(now).is_zero()
    }
}

impl State {
    pub(super) fn signed(&self) -> Option<&Signed> {
        match &self.phase {
            Phase::SignedIn(signed) => Some(signed),
            Phase::Nobody | Phase::Ended(_) => None,
        }
    }

    fn signed_mut(&mut self) -> Option<&mut Signed> {
        match &mut self.phase {
            Phase::SignedIn(signed) => Some(signed),
            Phase::Nobody | Phase::Ended(_) => None,
        }
    }

    /// What a caller gets who wants a token that is good for a while; `early` asks for a renewal so long before its time.
    pub(super) fn need(&self, now: SystemTime, early: Early) -> Need {
        let signed = match &self.phase {
            Phase::Nobody | Phase::Ended(_) => return Need::Nobody,
            Phase::SignedIn(signed) => signed,
        };
        let usable = || Need::Use(Box::new(signed.session().clone()));
        if let Some(error) = &signed.dead {
            return match (signed.is_valid(now), early) {
                (true, Early::Always) => Need::Unavailable(Arc::clone(error)),
                (true, _) => usable(),
                (false, _) => Need::Ends(Arc::clone(error)),
            };
        }
        let margin = match early {
            Early::InTime => signed.margin(),
            Early::By(more) => signed.margin() + more.min(signed.margin()),
            Early::Always => return Need::Renew,
        };
        if !signed.refused && signed.remaining(now) >= margin {
            return usable();
        }
        if self.in_flight.is_some() {
            return Need::Renew;
        }
        match &self.pause {
            Some(pause) if pause.until > Instant::now() => {
                if signed.is_valid(now) {
                    usable()
                } else {
                    Need::Unavailable(Arc::clone(&pause.error))
                }
            }
            _ => Need::Renew,
        }
    }

    /// The session, if its token is good for a moment at least.
    pub(super) fn valid(&self, now: SystemTime) -> Option<Session> {
        self.signed()
            .filter(|signed| signed.is_valid(now))
            .map(|signed| signed.session().clone())
    }

    /// Another session, or none, by a call.
    pub(super) fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.epoch = self.epoch.wrapping_add(1);
        self.in_flight = None;
        self.pause = None;
    }

    /// A service refused a token.
    pub(super) fn refuse(&mut self, used: &AccessToken) {
        if let Some(signed) = self.signed_mut() {
            let is_new = signed.came.is_some_and(|came| came.elapsed() < TOO_NEW);
            if signed.session().access_token == *used && !is_new {
                signed.refused = true;
            }
        }
    }

    /// The server refused to renew the session of this epoch.
    pub(super) fn die(&mut self, error: &Arc<Error>) {
        if let Some(signed) = self.signed_mut() {
            signed.dead = Some(Arc::clone(error));
        }
    }

    pub(super) fn keep_flow(&mut self, flow: PkceFlow) {
        keep(&mut self.flows, flow);
    }
}

/// How long before its time a renewal is asked for.
#[derive(Clone, Copy)]
pub(super) enum Early {
    InTime,
    By(Duration),
    /// However long the token is still good.
    Always,
}

/// Adds a flow; the oldest gives way.
pub(super) fn keep(flows: &mut Vec<PkceFlow>, flow: PkceFlow) {
    flows.retain(|other| other.id() != flow.id());
    flows.push(flow);
    let surplus = flows.len().saturating_sub(MAX_FLOWS);
    flows.drain(..surplus);
}
