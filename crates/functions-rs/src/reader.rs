//! Reading a body: how much at most, and until when.

use std::future::Future;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::response::Parts;
use supabase_http::{Body, Error, Result, TransportError, TransportErrorKind};
use tokio::time::Instant;

/// How much of an error's body is kept, in bytes.
const MAX_ERROR_BODY: usize = 64 * 1024;

/// What a call may still use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// When the call must be over.
    deadline: Option<Instant>,
    /// The largest body that is buffered, in bytes.
    max_bytes: u64,
}

impl Limits {
    /// The limits of a call that begins now.
    pub(crate) fn new(timeout: Option<Duration>, max_bytes: u64) -> Self {
        Self {
            deadline: timeout.and_then(|limit| Instant::now().checked_add(limit)),
            max_bytes,
        }
    }

    /// None, for an answer that is in memory already.
    pub(crate) const NONE: Self = Self {
        deadline: None,
        max_bytes: u64::MAX,
    };

    /// Waits no longer than the call may take.
    pub(crate) async fn within<F: Future>(
        &self,
        future: F,
    ) -> std::result::Result<F::Output, TransportError> {
        match self.deadline {
            // A timer would panic without a runtime; what waits for the network fails without one by itself.
            Some(deadline) if tokio::runtime::Handle::try_current().is_ok() => {
                tokio::time::timeout_at(deadline, future)
                    .await
                    .map_err(|elapsed| TransportError::new(TransportErrorKind::Timeout, elapsed))
            }
            _ => Ok(future.await),
        }
    }

    /// Reads a body to its end.
    pub(crate) async fn whole(&self, head: &Parts, body: Body) -> Result<Bytes> {
        let announced = http_size(&body);
        if announced > self.max_bytes {
            return Err(self.too_large(head, announced));
        }
        let body = match body.into_bytes() {
            Ok(bytes) => return Ok(bytes),
            Err(body) => body,
        };
        let mut chunks = body.into_stream();
        let mut whole = BytesMut::new();
        let mut size = 0_u64;
        loop {
            let next = self.within(chunks.next()).await;
            let next = next.map_err(|error| Error::from(error).with_head(head))?;
            let Some(chunk) = next
                .transpose()
                .map_err(|error| Error::interrupted(head, error))?
            else {
                return Ok(whole.freeze());
            };
            size = size.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            if size > self.max_bytes {
                return Err(self.too_large(head, size));
            }
            whole.extend_from_slice(&chunk);
        }
    }

    /// Reads the start of an error's body. What came of it tells more than the failure to read the rest.
    pub(crate) async fn start(&self, body: Body) -> Bytes {
        let body = match body.into_bytes() {
            Ok(bytes) => return bytes,
            Err(body) => body,
        };
        let mut chunks = body.into_stream();
        let mut start = BytesMut::new();
        while start.len() < MAX_ERROR_BODY {
            match self.within(chunks.next()).await {
                Ok(Some(Ok(chunk))) => start.extend_from_slice(&chunk),
                _ => break,
            }
        }
        start.freeze()
    }

    fn too_large(&self, head: &Parts, size: u64) -> Error {
        Error::decode(
            head,
            Bytes::new(),
            format_args!(
                "it has {size} bytes or more, and `max_response_bytes` is {}; raise that, or read it by `stream()`",
                self.max_bytes
            ),
        )
    }
}

/// The size that a body is announced with, as far as it is known.
fn http_size(body: &Body) -> u64 {
    http_body::Body::size_hint(body).lower()
}
