//! The wall clock, as something that tests can set.

use std::fmt;
use std::time::SystemTime;

/// Tells the time of day: for `Retry-After` dates and for the expiry of tokens.
///
/// Waiting goes through tokio's timers instead, which tests can pause.
///
/// ```
/// use std::time::{SystemTime, UNIX_EPOCH};
/// use supabase_http::{Clock, SystemClock};
///
/// /// As long ago as can be.
/// #[derive(Debug)]
/// struct Epoch;
///
/// impl Clock for Epoch {
///     fn now(&self) -> SystemTime {
///         UNIX_EPOCH
///     }
/// }
///
/// assert!(Epoch.now() < SystemClock.now());
/// ```
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
