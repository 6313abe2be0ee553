//! The key set of one project: fetched once, kept for a while, and fetched again when a token names an unknown key.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::Request;
use http::response::Parts;
use serde_json::Value;
use supabase_http::{
    Body, CallOptions, Clock, CredentialMode, Error, Idempotency, Result, ServiceClient,
};
use tokio::sync::watch;

use super::JwkSet;
use crate::error;
use crate::shared_error::share;

/// For so long a key set is used without asking again; the server's own caches are as old.
const FRESH: Duration = Duration::from_secs(600);

/// For so long it is still used while a new one is fetched in the background.
const STALE: Duration = Duration::from_secs(3600);

/// Unknown keys lead to one fetch in this time, however many tokens name them.
const INTERVAL: Duration = Duration::from_secs(30);

/// The keys of one project, shared by all clones. There is one per address, so keys never mix.
#[derive(Clone)]
pub(crate) struct Keys(Arc<Inner>);

struct Inner {
    service: ServiceClient,
    credentials: CredentialMode,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    kept: Option<Kept>,
    /// When a fetch last began.
    asked: Option<SystemTime>,
    /// The fetch under way, which all wait for together.
    in_flight: Option<Fetch>,
}

#[derive(Clone)]
struct Kept {
    keys: Arc<JwkSet>,
    since: SystemTime,
}

type Fetched = Result<Arc<JwkSet>, Arc<Error>>;
type Fetch = watch::Receiver<Option<Fetched>>;

enum Plan {
    Use(Arc<JwkSet>),
    /// Use the old ones, and fetch others meanwhile.
    Renew(Arc<JwkSet>),
    Fetch,
}

impl Keys {
    pub(crate) fn new(
        service: ServiceClient,
        credentials: CredentialMode,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self(Arc::new(Inner {
            service,
            credentials,
            clock,
            state: Mutex::new(State::default()),
        }))
    }

    /// The same address, read by another clock; what was kept is fetched anew.
    pub(crate) fn with_clock(&self, clock: Arc<dyn Clock>) -> Self {
        Self::new(self.0.service.clone(), self.0.credentials.clone(), clock)
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.0.clock.now()
    }

    /// The key set to look for `kid` in.
    pub(crate) async fn get(&self, kid: &str) -> Result<Arc<JwkSet>> {
        loop {
            let mut fetch = {
                let mut state = self.state();
                match self.plan(&state, kid) {
                    Plan::Use(keys) => return Ok(keys),
                    Plan::Renew(keys) => {
                        self.fetch(&mut state)?;
                        return Ok(keys);
                    }
                    Plan::Fetch => self.fetch(&mut state)?,
                }
            };
            let fetched = match fetch.wait_for(Option::is_some).await {
                Ok(fetched) => fetched.clone(),
                Err(_) => None,
            };
            match fetched {
                Some(Ok(keys)) => return Ok(keys),
                Some(Err(error)) => return Err(share(&error)),
                // The runtime that fetched was shut down.
                None => self.forget(&fetch),
            }
        }
    }

    fn forget(&self, dead: &Fetch) {
        let mut state = self.state();
        state.in_flight.take_if(|fetch| fetch.same_channel(dead));
    }

    fn plan(&self, state: &State, kid: &str) -> Plan {
        let now = self.now();
        let Some(kept) = &state.kept else {
            return Plan::Fetch;
        };
        // A clock that was set back tells nothing about the age.
        let age = now.duration_since(kept.since).unwrap_or(Duration::MAX);
        let keys = Arc::clone(&kept.keys);
        let asked_lately = state.asked.is_some_and(|asked| {
            now.duration_since(asked)
                .is_ok_and(|since| since < INTERVAL)
        });
        match (keys.has(kid), age) {
            (true, age) if age < FRESH => Plan::Use(keys),
            (true, age) if age < STALE && asked_lately => Plan::Use(keys),
            (true, age) if age < STALE => Plan::Renew(keys),
            (false, age) if age < STALE && asked_lately => Plan::Use(keys),
            _ => Plan::Fetch,
        }
    }

    /// Joins the fetch under way, or begins one. It goes on without its caller, since others wait for it too.
    fn fetch(&self, state: &mut State) -> Result<Fetch> {
        if let Some(fetch) = &state.in_flight {
            return Ok(fetch.clone());
        }
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| {
            Error::runtime("there is no tokio runtime here; await the call inside one")
        })?;
        let (done, fetch) = watch::channel(None);
        state.in_flight = Some(fetch.clone());
        state.asked = Some(self.now());
        let this = self.clone();
        runtime.spawn(async move {
            let fetched = this.ask().await.map(Arc::new).map_err(Arc::new);
            {
                let mut state = this.state();
                state.in_flight = None;
                if let Ok(keys) = &fetched {
                    state.kept = Some(Kept {
                        keys: Arc::clone(keys),
                        since: this.now(),
                    });
                }
            }
            done.send_replace(Some(fetched));
        });
        Ok(fetch)
    }

    async fn ask(&self) -> Result<JwkSet> {
        let service = &self.0.service;
        let uri = service
            .endpoint()
            .uri()
            .segment(".well-known")
            .segment("jwks.json")
            .finish();
        let request = uri.map(|uri| {
            let mut request = Request::new(Body::empty());
            *request.uri_mut() = uri;
            request
        });
        let options = CallOptions::new("jwks")
            .template("/auth/v1/.well-known/jwks.json")
            .idempotency(Idempotency::Safe)
            .credentials(self.0.credentials.clone());
        service.execute(request, options, decode).await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn decode(parts: &Parts, body: Bytes) -> Result<JwkSet> {
    if !parts.status.is_success() {
        return Err(error::from_answer(parts, body));
    }
    serde_json::from_slice::<Value>(&body)
        .ok()
        .and_then(|json| JwkSet::from_json(&json).ok())
        .ok_or_else(|| Error::decode(parts, body, "it is no key set (`{\"keys\": […]}`)"))
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self
            .state()
            .kept
            .as_ref()
            .map(|kept| Arc::clone(&kept.keys));
        f.debug_struct("Keys")
            .field("endpoint", self.0.service.endpoint())
            .field("kept", &kept)
            .finish_non_exhaustive()
    }
}
