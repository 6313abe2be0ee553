//! What the official clients were recorded to send and to return, and what this SDK makes of the same calls.
//!
//! * [`corpus`] holds the recorded cases: data only, one case per line under `data/`.
//! * [`probe`] is our side of a call that needs no runtime: the request, and what the recorded answer decodes to.
//! * [`replay`] is our side of a call that retries, waits or is aborted: it runs against a scripted transport.
//! * [`compare`] is the only place where the two sides meet; its rules are written there.
//! * [`suite`] runs tables of [`Entry`], each of which either matches or carries a checked [`Deviation`].

mod auth;
pub mod compare;
pub mod corpus;
mod deviation;
pub mod probe;
pub mod replay;
pub mod suite;

pub use auth::told;
pub use compare::{Difference, Failure, Outcome, Seen};
pub use deviation::{Category, Deviation, Diff, d};
pub use suite::{Call, Entry, js, py};
