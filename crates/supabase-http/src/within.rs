//! Time limits that cost nothing until the wait begins.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use tokio::time::Sleep;

use crate::{TransportError, TransportErrorKind};

/// Waits for a pinned future, for no longer than `limit`.
///
/// Unlike [`tokio::time::timeout`] it neither moves the future nor sets a timer before the first wait.
pub(crate) async fn within<F: Future>(
    limit: Option<Duration>,
    mut future: Pin<&mut F>,
) -> Result<F::Output, TransportError> {
    let Some(limit) = limit else {
        return Ok(future.await);
    };
    let mut timer: Pin<&mut Option<Sleep>> = pin!(None);
    poll_fn(|cx| {
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(Ok(output));
        }
        if timer.is_none() {
            timer.set(Some(tokio::time::sleep(limit)));
        }
        match timer.as_mut().as_pin_mut() {
            Some(timer) => timer.poll(cx).map(|()| Err(elapsed(limit))),
            None => Poll::Pending,
        }
    })
    .await
}

fn elapsed(limit: Duration) -> TransportError {
    TransportError::new(TransportErrorKind::Timeout, Elapsed(limit))
}

/// The cause of a timeout.
#[derive(Debug)]
struct Elapsed(Duration);

impl std::fmt::Display for Elapsed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "more than {:?} passed", self.0)
    }
}

impl std::error::Error for Elapsed {}
