//! What functions write, line by line.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// A longer line is cut into several, so that a function cannot fill the memory.
const LONGEST: usize = 16 * 1024;
/// How many lines are kept for messages about a function that ended.
const KEPT: usize = 40;

/// One line that a function wrote, by `console.log` or as the trace of an error.
///
/// `Display` is `[name] text`.
///
/// ```
/// let builder = supabase_local::Stack::builder().function_logs(|line| eprintln!("{line}"));
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FunctionLog {
    /// The function's name.
    pub function: String,
    /// The line, without its end.
    pub text: String,
}

impl fmt::Debug for FunctionLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the text, which may be anything.
        f.debug_struct("FunctionLog")
            .field("function", &self.function)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for FunctionLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}", self.function, self.text)
    }
}

/// Where the lines go.
#[derive(Clone, Default)]
pub(crate) struct Logs(Option<Arc<Report>>);

type Report = dyn Fn(&FunctionLog) + Send + Sync;

impl Logs {
    pub(crate) fn new(sink: impl Fn(&FunctionLog) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(sink)))
    }

    pub(crate) fn report(&self, function: &str, text: &str) {
        if let Some(sink) = &self.0 {
            sink(&FunctionLog {
                function: function.to_owned(),
                text: text.to_owned(),
            });
        }
    }
}

impl fmt::Debug for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "Logs(set)"
        } else {
            "Logs(none)"
        })
    }
}

/// The last lines of a function.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tail(Arc<Mutex<VecDeque<String>>>);

impl Tail {
    pub(crate) fn push(&self, line: &str) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT {
            lines.pop_front();
        }
        lines.push_back(line.to_owned());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().cloned().collect()
    }
}

/// Calls `line` with each line of `output` until that ends.
pub(crate) async fn each_line(mut output: impl AsyncRead + Unpin, mut line: impl FnMut(&str)) {
    let mut pending = Vec::new();
    let mut buffer = vec![0; 8 * 1024];
    while let Ok(length @ 1..) = output.read(&mut buffer).await {
        for byte in buffer.iter().take(length) {
            if *byte != b'\n' {
                pending.push(*byte);
            }
            if *byte == b'\n' || pending.len() >= LONGEST {
                line(String::from_utf8_lossy(&pending).trim_end_matches('\r'));
                pending.clear();
            }
        }
    }
    if !pending.is_empty() {
        line(&String::from_utf8_lossy(&pending));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(input: &[u8]) -> Vec<String> {
        let mut all = Vec::new();
        each_line(input, |line| all.push(line.to_owned())).await;
        all
    }

    #[tokio::test]
    async fn lines_are_told_apart_and_bounded() {
        assert_eq!(lines(b"").await, [""; 0]);
        assert_eq!(lines(b"a\nb\r\n\nc").await, ["a", "b", "", "c"]);
        assert_eq!(lines(b"\xff\n").await, ["\u{fffd}"]);
        let long = lines(&vec![b'x'; LONGEST * 2 + 1]).await;
        let sizes: Vec<_> = long.iter().map(String::len).collect();
        assert_eq!(sizes, [LONGEST, LONGEST, 1]);
    }

    #[test]
    fn the_tail_keeps_the_last() {
        let tail = Tail::default();
        for n in 0..100 {
            tail.push(&n.to_string());
        }
        let lines = tail.lines();
        assert_eq!((lines.len(), lines.last().unwrap().as_str()), (KEPT, "99"));
    }

    #[test]
    fn a_line_names_its_function() {
        let line = FunctionLog {
            function: "hello".into(),
            text: "booted".into(),
        };
        assert_eq!(line.to_string(), "[hello] booted");
    }
}
