//! The session of a client: one owner, a store, and what it tells of.

mod auto;
mod events;
#[cfg(feature = "file-storage")]
mod file;
mod format;
mod manager;
mod owner;
mod renew;
mod state;
mod storage;
mod write;

pub use events::{AuthEvent, AuthEvents, SessionWatch, SignedOutReason};
#[cfg(feature = "file-storage")]
pub use file::FileStorage;
pub use manager::SessionManager;
pub use storage::{MemoryStorage, SessionStorage, SharedStorage, StorageLock};
