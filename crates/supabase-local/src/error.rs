//! The one error of the crate: what happened, where, and what to do about it.

use std::fmt;
use std::path::{Path, PathBuf};

/// What a call of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a local stack did not start or a statement failed. `Display` is one line that says what to do.
///
/// ```no_run
/// # async fn run() {
/// use supabase_local::{ErrorKind, Stack};
///
/// match Stack::start().await {
///     Ok(stack) => println!("{}", stack.url()),
///     Err(e) if e.kind() == ErrorKind::MissingNode => println!("skipped: {e}"),
///     Err(e) => println!("{e}"),
/// }
/// # }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    sql: Option<SqlFailure>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The kinds of [`Error`]; new ones may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// This operating system is not supported.
    UnsupportedSystem,
    /// No pinned package exists for this platform: paths must be given.
    UnsupportedPlatform,
    /// A program that was named explicitly is not there or does not run.
    MissingBinary,
    /// The given Postgres is older than version 15.
    PostgresTooOld,
    /// Node's `npm`, which fetches the pinned packages, is not installed.
    MissingNode,
    /// A package could not be fetched (most often: no network).
    Download,
    /// A fetched package is not the pinned one.
    Integrity,
    /// The port that was asked for is in use.
    PortTaken,
    /// A server did not start, or ended.
    Server,
    /// A migration failed; [`Error::sql`] has file, line and SQLSTATE.
    Migration,
    /// The seed or another SQL text failed; [`Error::sql`] has the details.
    Sql,
    /// A setting or the project's `config.toml` is wrong.
    Config,
    /// A file or folder could not be read or written.
    Io,
}

/// A statement that Postgres refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqlFailure {
    /// The file, for migrations and seeds.
    pub file: Option<PathBuf>,
    /// Line of the fault, from 1, when Postgres named a position.
    pub line: Option<usize>,
    /// Column of the fault in characters, from 1.
    pub column: Option<usize>,
    /// The five-character SQLSTATE, such as `42P01`.
    pub code: Option<String>,
    /// Postgres' message.
    pub message: String,
    /// Postgres' detail, if it gave one.
    pub detail: Option<String>,
    /// Postgres' hint, if it gave one.
    pub hint: Option<String>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            sql: None,
            source: None,
        }))
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn io(doing: &str, path: &Path, source: std::io::Error) -> Self {
        Self::new(
            ErrorKind::Io,
            format!("cannot {doing} {}: {source}", path.display()),
        )
        .with_source(source)
    }

    pub(crate) fn from_sql(kind: ErrorKind, failure: SqlFailure) -> Self {
        let mut error = Self::new(kind, failure.to_string());
        error.0.sql = Some(failure);
        error
    }

    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The refused statement, for [`ErrorKind::Migration`] and [`ErrorKind::Sql`].
    ///
    /// ```no_run
    /// # async fn demo(stack: &supabase_local::Stack) {
    /// if let Err(error) = stack.execute("create table a (id int primary key); insert into b values (1)").await {
    ///     if let Some(failure) = error.sql() {
    ///         println!("{:?} in line {:?}", failure.code, failure.line);
    ///     }
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn sql(&self) -> Option<&SqlFailure> {
        self.0.sql.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("kind", &self.0.kind)
            .field("message", &self.0.message);
        if let Some(sql) = &self.0.sql {
            out.field("sql", sql);
        }
        out.finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.source {
            Some(source) => Some(source.as_ref()),
            None => None,
        }
    }
}

impl fmt::Display for SqlFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}", file.display())?;
            if let (Some(line), Some(column)) = (self.line, self.column) {
                write!(f, ":{line}:{column}")?;
            }
            f.write_str(": ")?;
        } else if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, "line {line}, column {column}: ")?;
        }
        f.write_str(&self.message)?;
        if let Some(code) = &self.code {
            write!(f, " (SQLSTATE {code})")?;
        }
        if let Some(detail) = &self.detail {
            write!(f, "; {detail}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "; hint: {hint}")?;
        }
        Ok(())
    }
}
