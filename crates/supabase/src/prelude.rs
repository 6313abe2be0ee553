//! The types that most programs name: `use supabase::prelude::*;`. No method needs it.

pub use crate::{Client, Error, Result};
#[cfg(feature = "functions")]
pub use functions_rs::Region;
#[cfg(all(feature = "auth", feature = "file-storage"))]
pub use gotrue_rs::FileStorage;
#[cfg(feature = "auth")]
pub use gotrue_rs::{
    AuthEvent, Email, MemoryStorage, Phone, Provider, Session, SessionStorage, SignOutScope, User,
};
#[cfg(feature = "postgrest")]
pub use postgrest_rs::{Column, Count, Explain, Filter, Is, OrderBy, TextSearch, all, any, col};
#[cfg(feature = "realtime")]
pub use realtime_rs::{Changes, Channel, Interruption, PresenceEvent};
