//! Whether to try again, and after how long.

use std::time::Duration;

use http::Response;
use tokio::time::Instant;

use crate::{Body, Clock, RetryAfter, RetryConfig, TransportError, TransportErrorKind};

/// The tries of one call.
pub(super) struct Tries<'a> {
    config: &'a RetryConfig,
    /// Whether the request may be repeated although the server may have acted on it.
    safe: bool,
    count: u32,
    /// When the last retry may begin.
    deadline: Option<Instant>,
}

impl<'a> Tries<'a> {
    pub(super) fn new(config: &'a RetryConfig, safe: bool) -> Self {
        let deadline = config
            .max_elapsed
            .and_then(|limit| Instant::now().checked_add(limit));
        Self {
            config,
            safe,
            count: 0,
            deadline,
        }
    }

    /// How many retries there were.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    pub(super) fn may_retry(&self) -> bool {
        self.count < self.config.max_retries
    }

    /// The time to wait before the next try, or `None` if the outcome stands.
    pub(super) fn wait_after(
        &mut self,
        outcome: &Result<Response<Body>, TransportError>,
        clock: &dyn Clock,
    ) -> Option<Duration> {
        if !self.may_retry() || !self.is_worth_it(outcome) {
            return None;
        }
        let backoff = self.config.backoff;
        let after = match outcome {
            Ok(answer) if self.config.respect_retry_after => RetryAfter::parse(answer.headers()),
            _ => None,
        };
        let wait = match after {
            // A busy server may say 0; half of the first wait is the least that it gets.
            Some(after) => after
                .delay_from(clock.now())
                .max(backoff.delay(0) / 2)
                .min(backoff.cap()),
            None => backoff.delay(self.count),
        };
        if let Some(deadline) = self.deadline {
            if Instant::now()
                .checked_add(wait)
                .is_none_or(|at| at > deadline)
            {
                return None;
            }
        }
        self.count += 1;
        Some(wait)
    }

    fn is_worth_it(&self, outcome: &Result<Response<Body>, TransportError>) -> bool {
        match outcome {
            Ok(answer) => self.safe && self.config.statuses.contains(&answer.status().as_u16()),
            Err(error) => match error.kind() {
                TransportErrorKind::Connect => true,
                TransportErrorKind::Timeout | TransportErrorKind::Interrupted => self.safe,
                _ => false,
            },
        }
    }
}
