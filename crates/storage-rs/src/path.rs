//! Names of objects and buckets, checked before anything is sent.

use std::fmt;

use supabase_http::{Error, Result};

/// What the service takes in names beside letters and digits.
const PUNCTUATION: &str = "_-/!.*'() &$=@;:+,?";

/// The longest id of a bucket, in characters.
const MAX_BUCKET: usize = 100;

/// The name of an object in its bucket, such as `folder/cat.png`.
///
/// Every text becomes one by itself, checked by the service's own rule: letters and digits of ASCII, blanks and
/// ``_ - / ! . * ' ( ) & $ = @ ; : + , ?``. Empty parts (`a//b`, a slash at either end) are refused, and `.` and `..`,
/// which mean another object elsewhere. What is wrong comes out of the call that the path is given to, before anything
/// is sent.
///
/// A path is never interpreted: each of its parts is encoded once, so that `a?b`, `a+b` and `100 %` mean what they say.
///
/// ```
/// use storage_rs::ObjectPath;
///
/// let path = ObjectPath::from("cats & dogs/what?.png");
/// assert_eq!(path.as_str(), "cats & dogs/what?.png");
/// assert!(path.check().is_ok());
/// assert!(ObjectPath::from("../other-bucket/secret.png").check().is_err());
/// assert!(ObjectPath::exact("odd//name").check().is_ok());
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ObjectPath {
    text: String,
    exact: bool,
}

impl ObjectPath {
    /// A name that is sent as it is, whatever the service will say: with empty parts, as some old objects have them, or
    /// with characters that the service does not take today. `.` and `..` are refused here too.
    #[must_use]
    pub fn exact(name: impl Into<String>) -> Self {
        Self {
            text: name.into(),
            exact: true,
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the name can be sent.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request), which says what is wrong with it.
    pub fn check(&self) -> Result<()> {
        let fail = |why: &str| {
            Err(Error::request(format!(
                "{:?} cannot be the path of an object: {why}",
                self.text
            )))
        };
        if self.text.is_empty() {
            return fail("it is empty");
        }
        if self.text.split('/').any(|part| matches!(part, "." | "..")) {
            return fail("`.` and `..` are no names");
        }
        if self.text.contains('\0') {
            return fail("it holds a NUL");
        }
        if self.exact {
            return Ok(());
        }
        if self.text.split('/').any(str::is_empty) {
            return fail(
                "it has an empty part (a slash at an end, or two in a row); `ObjectPath::exact` takes such names",
            );
        }
        match self.text.chars().find(|c| !is_allowed(*c)) {
            None => Ok(()),
            Some(c) => fail(&format!(
                "the service does not take {c:?} in names; replace it, or say `ObjectPath::exact` to try"
            )),
        }
    }

    /// The last part of the name.
    pub(crate) fn file_name(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or_default()
    }
}

fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || PUNCTUATION.contains(c)
}

impl<S: AsRef<str>> From<S> for ObjectPath {
    fn from(name: S) -> Self {
        Self {
            text: name.as_ref().to_owned(),
            exact: false,
        }
    }
}

impl fmt::Debug for ObjectPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

/// Checks the id of a bucket, which is one segment of a URL's path.
pub(crate) fn check_bucket(id: &str) -> Result<()> {
    let fail = |why: &str| {
        Err(Error::request(format!(
            "{id:?} cannot be the id of a bucket: {why}"
        )))
    };
    if id.is_empty() {
        return fail("it is empty");
    }
    if id.trim() != id {
        return fail("it has blanks around it");
    }
    if matches!(id, "." | "..") {
        return fail("`.` and `..` are no names");
    }
    if id.chars().count() > MAX_BUCKET {
        return fail("it has more than 100 characters");
    }
    match id.chars().find(|c| *c == '/' || !is_allowed(*c)) {
        None => Ok(()),
        Some('/') => fail("it holds a slash; the path of an object is given to its own calls"),
        Some(c) => fail(&format!("the service does not take {c:?} in it")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_the_service_takes() {
        // Recorded: each of these was taken, or refused, by the real service.
        for name in [
            "folder/hello.txt",
            "a b.txt",
            "a+b.txt",
            "s!-_.*'()&$=@;:,?+ .txt",
            "q?m.txt",
            ".emptyFolderPlaceholder",
            "a/..b",
        ] {
            assert!(ObjectPath::from(name).check().is_ok(), "{name}");
        }
        for name in [
            "",
            "a[b].txt",
            "héllo.txt",
            "100%.txt",
            "a#b.txt",
            "a~b.txt",
            "a\\b.txt",
            "a\nb.txt",
            "a|b.txt",
            "a\"b.txt",
            "😀.txt",
            "up/../dots.txt",
            "..",
            "./x",
            "a\0b",
        ] {
            assert!(ObjectPath::from(name).check().is_err(), "{name:?}");
        }
    }

    #[test]
    fn exact_takes_what_can_be_sent() {
        for name in [
            "dd//x.txt",
            "/lead.txt",
            "trail/",
            "héllo.txt",
            "100%",
            "a#b",
        ] {
            assert!(ObjectPath::from(name).check().is_err(), "{name}");
            assert!(ObjectPath::exact(name).check().is_ok(), "{name}");
        }
        for name in ["", "../x", "a/./b", "a\0"] {
            assert!(ObjectPath::exact(name).check().is_err(), "{name:?}");
        }
    }

    #[test]
    fn buckets() {
        for id in ["avatars", "my bucket", "the-id", "what?"] {
            assert!(check_bucket(id).is_ok(), "{id}");
        }
        let long = "a".repeat(101);
        for id in [
            "",
            " lead",
            "a/b",
            "..",
            "bücket",
            "a#b",
            "a\0",
            long.as_str(),
        ] {
            assert!(check_bucket(id).is_err(), "{id:?}");
        }
        assert!(check_bucket(&"a".repeat(100)).is_ok());
    }

    proptest! {
        #[test]
        fn a_checked_path_stays_in_its_place(name in "\\PC{0,40}|[./a%]{0,12}") {
            for path in [ObjectPath::from(&name), ObjectPath::exact(&name)] {
                if path.check().is_ok() {
                    prop_assert!(!name.is_empty());
                    prop_assert!(!name.split('/').any(|part| part == ".." || part == "."));
                }
            }
        }
    }
}
