//! The one connection of a client: a pure core that decides, and a task that does.

mod actor;
mod command;
mod context;
mod core;

pub(crate) use self::actor::run;
pub(crate) use self::command::{Command, Push, PushContent, Signal};
pub(crate) use self::context::Context;
pub use self::context::{ConnectionState, Heartbeat};
