//! Secrets that can be found again, and the search for them, for the tests of every crate.
//!
//! A test puts [`CANARY`] into every key, token, header, body and query, and looks for it in whatever is shown. The tests
//! `canary` of a published crate name every public type of it, as `quiet::<Type>(&value)` or
//! `holds_nothing::<Type>()`: `cargo xtask tidy` compares them with the source.

mod log;
mod search;

pub use log::Log;
pub use search::{CANARY, clean, holds_nothing, quiet, quiet_error};
