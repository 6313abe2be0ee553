//! What `tracing` was told.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::fmt::format::FmtSpan;

use crate::clean;

/// All that anyone in the process tells `tracing`, as text.
#[derive(Debug, Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Records from now on, every level and the begin and end of every span. Once per process.
    #[must_use]
    pub fn start() -> Self {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_writer(move || writer.clone())
            .finish();
        let set = tracing::subscriber::set_global_default(subscriber);
        assert!(set.is_ok(), "another log was started before");
        log
    }

    /// What was written since the last time; fails if there is a secret in it.
    #[track_caller]
    #[must_use]
    pub fn judged(&self) -> String {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let text = String::from_utf8_lossy(&bytes).into_owned();
        for line in text.lines() {
            clean("a trace", line);
        }
        text
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    //! The only test of this crate that starts a log. The usual target would be the name of this crate.

    use super::*;

    #[test]
    fn what_is_traced_is_judged() {
        let log = Log::start();
        tracing::trace!(target: "t", value = 1, "fine");
        assert!(log.judged().contains("fine"));
        assert_eq!(log.judged(), "");
        let span = tracing::trace_span!(target: "t", "call", key = crate::CANARY);
        drop(span.enter());
        assert!(std::panic::catch_unwind(|| log.judged()).is_err());
    }
}
