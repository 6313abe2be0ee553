//! A storage service in memory, for tests that need one which remembers: buckets, objects with ranges and ETags, lists,
//! copies, moves, and resumable uploads that expire. Its connections break where a test says so.
//!
//! `tests/faithful.rs` replays what a real service was asked, and says how far the answers are the same. It knows no
//! users: whoever sends a token may do everything.
#![allow(
    clippy::result_large_err,
    reason = "an answer that refuses is the error, and speed does not matter here"
)]

mod answer;
mod fault;
mod objects;
mod server;
mod store;
mod tus;

pub use fault::Fault;
pub use server::MemoryStorage;
