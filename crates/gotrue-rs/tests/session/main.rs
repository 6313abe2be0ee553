//! The owner of a session under simulated time, network and disk. In each: no session is lost that the server still honours,
//! nobody becomes nobody by accident, and the renewals are counted.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod events;
#[cfg(feature = "file-storage")]
mod files;
mod renewals;
mod url;
mod world;
