//! How long to wait between tries.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

/// Waiting times that double up to a cap, half of each fixed and half random, so that clients which failed together
/// do not come back together.
///
/// ```
/// use std::time::Duration;
/// use supabase_http::Backoff;
///
/// let backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));
/// let third = backoff.delay(2);
/// assert!(third >= Duration::from_secs(2) && third <= Duration::from_secs(4));
/// assert!(backoff.delay(99) <= backoff.cap());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    base: Duration,
    cap: Duration,
}

impl Backoff {
    /// Waits `base` first, at most `cap`.
    #[must_use]
    pub fn new(base: Duration, cap: Duration) -> Self {
        Self { base, cap }
    }

    /// The wait after `failures` earlier waits (0 for the first), between half of the doubled base and the whole.
    #[must_use]
    pub fn delay(&self, failures: u32) -> Duration {
        let full = self
            .base
            .checked_mul(1_u32.checked_shl(failures).unwrap_or(u32::MAX))
            .unwrap_or(self.cap)
            .min(self.cap);
        let half = full / 2;
        // Whole nanoseconds of a wait beyond 584 years do not matter.
        let spread = u64::try_from(half.as_nanos()).unwrap_or(u64::MAX);
        half + Duration::from_nanos(random().checked_rem(spread.saturating_add(1)).unwrap_or(0))
    }

    /// The longest wait.
    #[must_use]
    pub fn cap(&self) -> Duration {
        self.cap
    }
}

/// A random number, not fit for secrets: the standard library seeds its hash maps with one.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
