//! Names of namespaces and tables, checked before anything is sent.

use serde::{Deserialize, Serialize};
use supabase_http::{Error, Result};

/// What stands between the levels of a namespace in a URL, by the specification.
const BETWEEN: char = '\u{1f}';

/// The name of a namespace: one level or several. A text is one level, whatever is in it.
///
/// ```
/// use storage_rs::analytics::Namespace;
///
/// let one: Namespace = "sales".into();
/// let two = Namespace::from(["sales", "eu"]);
/// assert_eq!((one.levels().len(), two.levels()), (1, &["sales".to_owned(), "eu".to_owned()][..]));
/// assert_eq!(Namespace::new(["sales", "eu"]), two);
/// assert!(Namespace::from("").check().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Namespace(Vec<String>);

impl Namespace {
    /// A namespace of these levels.
    pub fn new<S: Into<String>>(levels: impl IntoIterator<Item = S>) -> Self {
        Self(levels.into_iter().map(Into::into).collect())
    }

    /// The levels, the outermost first.
    #[must_use]
    pub fn levels(&self) -> &[String] {
        &self.0
    }

    /// Whether the name can be sent.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request), which says what is wrong with it.
    pub fn check(&self) -> Result<()> {
        if self.0.is_empty() {
            return Err(Error::request("a namespace has at least one level"));
        }
        self.0
            .iter()
            .try_for_each(|level| check("namespace", level))
    }

    /// The levels as one segment of a path, or one value of a query.
    pub(super) fn joined(&self) -> Result<String> {
        self.check()?;
        Ok(self.0.join(&BETWEEN.to_string()))
    }
}

impl From<&str> for Namespace {
    fn from(level: &str) -> Self {
        Self(vec![level.to_owned()])
    }
}

impl From<String> for Namespace {
    fn from(level: String) -> Self {
        Self(vec![level])
    }
}

impl<S: Into<String>, const N: usize> From<[S; N]> for Namespace {
    fn from(levels: [S; N]) -> Self {
        Self::new(levels)
    }
}

impl<S: Into<String>> From<Vec<S>> for Namespace {
    fn from(levels: Vec<S>) -> Self {
        Self::new(levels)
    }
}

impl From<&Self> for Namespace {
    fn from(namespace: &Self) -> Self {
        namespace.clone()
    }
}

/// The name of a table: that of its namespace, and its own.
///
/// ```
/// use storage_rs::analytics::TableIdent;
///
/// let events = TableIdent::new("sales", "events");
/// assert_eq!(events, ("sales", "events").into());
/// assert_eq!(TableIdent::from((["sales", "eu"], "events")).namespace.levels().len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TableIdent {
    /// The namespace.
    pub namespace: Namespace,
    /// The name in it.
    pub name: String,
}

impl TableIdent {
    /// The table of this name in this namespace.
    pub fn new(namespace: impl Into<Namespace>, name: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        self.namespace.check()?;
        check("table", &self.name)
    }
}

impl<N: Into<Namespace>, S: Into<String>> From<(N, S)> for TableIdent {
    fn from((namespace, name): (N, S)) -> Self {
        Self::new(namespace, name)
    }
}

impl From<&Self> for TableIdent {
    fn from(ident: &Self) -> Self {
        ident.clone()
    }
}

/// A name is one segment of a path, so only what no encoding can send is wrong.
fn check(what: &str, name: &str) -> Result<()> {
    let fail = |why: &str| {
        Err(Error::request(format!(
            "{name:?} cannot be the name of a {what}: {why}"
        )))
    };
    match name {
        "" => fail("it is empty"),
        "." | ".." => fail("`.` and `..` are no names"),
        _ if name.contains(BETWEEN) => fail("U+001F separates the levels of a namespace"),
        _ if name.contains('\0') => fail("it holds a NUL"),
        _ => Ok(()),
    }
}
