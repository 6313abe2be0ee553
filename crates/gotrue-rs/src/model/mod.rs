//! What the server answers: sessions, users, identities, factors.
//!
//! Every type keeps the fields that it does not know in `other`, so that nothing the server sent is lost.

mod factor;
mod identity;
mod secret;
mod session;
mod timestamp;
mod user;
mod wire;

pub use factor::{Factor, FactorKind, FactorStatus};
pub use identity::Identity;
pub use secret::{RefreshToken, Secret};
pub use session::Session;
pub use timestamp::Timestamp;
pub use user::User;

pub(crate) use session::{SessionAnswer, since_epoch_seconds};
pub(crate) use timestamp::rfc3339;
pub(crate) use wire::{open_enum, text_or_none};
