//! The wall clock, as something that tests can set.

use std::fmt;
use std::time::SystemTime;

/// Tells the time of day: for `Retry-After` dates and for the expiry of tokens.
///
/// Waiting goes through tokio's timers instead, which tests can pause.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time now.
    fn now(&self) -> SystemTime;
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the system's clock"
    )]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}
