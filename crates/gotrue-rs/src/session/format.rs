//! How a session is written: JSON with a version.
//!
//! ```json
//! {
//!   "version": 1,
//!   "project": "https://xyz.supabase.co/auth/v1",
//!   "session": { "access_token": "…", "refresh_token": "…", "expires_at": 1767326645, "…": "as the server sent it" },
//!   "good_until": 1767326645,
//!   "flows": [{ "id": "…", "verifier": "…", "recovery": false }]
//! }
//! ```
//!
//! `session` is `null` once the user has signed out: others that share the store then know that it did not just get lost.
//! `good_until` is the end of the access token by the clock of the machine that received it. The session alone, as the
//! official clients write it, is read too.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{PkceFlow, Session};

const VERSION: u64 = 1;

/// What a store holds.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Document {
    pub(crate) session: Option<Held>,
    /// Flows under way, the oldest first.
    pub(crate) flows: Vec<PkceFlow>,
}

/// A session, and until when its access token is good by the local clock, however wrong that is.
#[derive(Clone, PartialEq)]
pub(crate) struct Held {
    pub(crate) session: Session,
    pub(crate) good_until: SystemTime,
}

/// Why a text cannot be taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// It is damaged: set it aside.
    Damaged(&'static str),
    /// It is whole, but of others: leave it alone.
    Foreign(String),
}

#[derive(Serialize, Deserialize)]
struct Wire {
    version: u64,
    project: String,
    session: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    good_until: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    flows: Vec<WireFlow>,
}

#[derive(Serialize, Deserialize)]
struct WireFlow {
    id: String,
    verifier: String,
    #[serde(default)]
    recovery: bool,
}

impl Document {
    pub(crate) fn write(&self, project: &str) -> String {
        let wire = Wire {
            version: VERSION,
            project: project.to_owned(),
            session: self.session.as_ref().map(|held| held.session.to_json()),
            good_until: self.session.as_ref().map(|held| unix(held.good_until)),
            flows: self
                .flows
                .iter()
                .map(|flow| WireFlow {
                    id: flow.id().to_owned(),
                    verifier: flow.expose_verifier().to_owned(),
                    recovery: flow.is_recovery(),
                })
                .collect(),
        };
        // Text keys and finite numbers only: it always serialises.
        serde_json::to_string(&wire).unwrap_or_default()
    }

    pub(crate) fn read(text: &str, project: &str) -> Result<Self, Unusable> {
        let json: Value =
            serde_json::from_str(text).map_err(|_| Unusable::Damaged("it is no JSON"))?;
        match json.get("version").map(Value::as_u64) {
            Some(Some(VERSION)) => {}
            Some(Some(version)) if version > VERSION => {
                return Err(Unusable::Foreign(format!(
                    "the stored session has version {version} of its format, which only a newer client can read"
                )));
            }
            None if json.get("access_token").is_some() => {
                let session = Session::from_json(&json)
                    .map_err(|_| Unusable::Damaged("its session is not whole"))?;
                return Ok(Self {
                    session: Some(Held::stored(session, None)),
                    flows: Vec::new(),
                });
            }
            _ => return Err(Unusable::Damaged("it has no version of its format")),
        }
        let wire = Wire::deserialize(json).map_err(|_| Unusable::Damaged("a part is missing"))?;
        if wire.project != project {
            return Err(Unusable::Foreign(format!(
                "the stored session belongs to the project at {}; use another store for {project}",
                wire.project
            )));
        }
        let session = match wire.session {
            None => None,
            Some(json) => Some(
                Session::from_json(&json)
                    .map_err(|_| Unusable::Damaged("its session is not whole"))?,
            ),
        };
        Ok(Self {
            session: session.map(|session| Held::stored(session, wire.good_until)),
            flows: wire
                .flows
                .into_iter()
                .filter_map(|flow| PkceFlow::from_parts(flow.id, flow.verifier, flow.recovery).ok())
                .collect(),
        })
    }
}

impl Held {
    /// A session that has just come.
    pub(crate) fn fresh(session: Session, now: SystemTime) -> Self {
        let good_until = now
            .checked_add(Duration::from_secs(session.expires_in))
            .unwrap_or(now);
        Self {
            session,
            good_until,
        }
    }

    /// For how long its access token is good.
    pub(crate) fn good_for(&self, now: SystemTime) -> Duration {
        self.good_until.duration_since(now).unwrap_or_default()
    }

    fn stored(session: Session, good_until: Option<u64>) -> Self {
        let seconds = good_until.unwrap_or(session.expires_at);
        let good_until = SystemTime::UNIX_EPOCH
            .checked_add(Duration::from_secs(seconds))
            .unwrap_or(SystemTime::UNIX_EPOCH);
        Self {
            session,
            good_until,
        }
    }
}

fn unix(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}
