//! Reading JSON answers, and saying what is wrong with one that is not as expected.

use std::any::type_name;
use std::fmt;

use bytes::Bytes;
use http::response::Parts;
use serde::de::DeserializeOwned;

use crate::{Error, Result};

/// Reads the JSON of an answer. The usual way is the fast one; only a failure is looked at closely.
///
/// ```
/// use bytes::Bytes;
/// use supabase_http::decode_json;
///
/// let (parts, ()) = http::Response::builder().header("sb-request-id", "r1").body(())?.into_parts();
/// let names: Vec<String> = decode_json(&parts, Bytes::from_static(br#"["Earth"]"#))?;
/// assert_eq!(names, ["Earth"]);
///
/// let error = decode_json::<Vec<String>>(&parts, Bytes::from_static(br#"["Earth", 7]"#)).unwrap_err();
/// assert!(error.message().contains("no Vec<String> at `[1]`"));
/// assert_eq!(error.request_id(), Some("r1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ErrorKind::Decode`](crate::ErrorKind::Decode) with the status, the request id, the body and a [`JsonFlaw`] as its reason,
/// for what is no JSON or no `T`. An empty body is neither.
pub fn decode_json<T: DeserializeOwned>(parts: &Parts, body: Bytes) -> Result<T> {
    match std::str::from_utf8(&body).map(serde_json::from_str) {
        Ok(Ok(value)) => Ok(value),
        _ => {
            let flaw = JsonFlaw::of::<T>(&body);
            Err(Error::decode(parts, body, flaw))
        }
    }
}

/// Why a text is not the JSON of a type: which type, where, and what stands there instead. It holds no text of a value,
/// which may be personal.
///
/// ```
/// use supabase_http::JsonFlaw;
///
/// #[derive(serde::Deserialize)]
/// struct Planet { name: String, moons: u8 }
///
/// let flaw = JsonFlaw::of::<Planet>(br#"{ "name": "Earth", "moons": "one" }"#);
/// assert_eq!(flaw.path(), "moons");
/// assert_eq!(flaw.to_string(), "no Planet at `moons`: invalid type: string, expected u8 at line 1 column 33");
/// ```
#[derive(Debug, Clone)]
pub struct JsonFlaw {
    type_name: String,
    path: String,
    place: Option<String>,
    /// Empty if there was no text at all.
    reason: String,
}

impl JsonFlaw {
    /// Looks for what keeps `json` from being a `T`.
    ///
    /// ```
    /// let flaw = supabase_http::JsonFlaw::of::<Vec<u8>>(b"");
    /// assert_eq!(flaw.to_string(), "it is empty where a Vec<u8> is expected");
    /// ```
    #[cold]
    #[must_use]
    pub fn of<T: DeserializeOwned>(json: &[u8]) -> Self {
        let mut reader = serde_json::Deserializer::from_slice(json);
        let (path, reason) = match serde_path_to_error::deserialize::<_, T>(&mut reader) {
            _ if json.is_empty() => (String::new(), String::new()),
            Ok(_) => match reader.end() {
                Err(why) => (String::new(), why.to_string()),
                Ok(()) => (String::new(), "it cannot be read".to_owned()),
            },
            Err(error) => match error.path().to_string() {
                path if path == "." || path == "?" => (String::new(), error.inner().to_string()),
                path => (path, error.inner().to_string()),
            },
        };
        Self {
            type_name: short_name(type_name::<T>()),
            path,
            place: None,
            reason: without_values(&reason),
        }
    }

    /// Where the flaw is, such as `[3].name`; empty if it is not inside of something.
    ///
    /// ```
    /// let flaw = supabase_http::JsonFlaw::of::<Vec<u8>>(b"[1, 2, -3]");
    /// assert_eq!(flaw.path(), "[2]");
    /// ```
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong there, in the words of the JSON reader; empty if there was no text at all.
    ///
    /// ```
    /// let flaw = supabase_http::JsonFlaw::of::<Vec<u8>>(b"{}");
    /// assert!(flaw.reason().contains("expected a sequence"));
    /// ```
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The same flaw with better words for its place, such as `in row 3`.
    ///
    /// ```
    /// let flaw = supabase_http::JsonFlaw::of::<Vec<u8>>(b"[-1]").with_place("in row 0");
    /// assert!(flaw.to_string().starts_with("no Vec<u8> in row 0: "));
    /// ```
    #[must_use]
    pub fn with_place(self, place: impl Into<String>) -> Self {
        Self {
            place: Some(place.into()),
            ..self
        }
    }
}

impl fmt::Display for JsonFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.reason.is_empty() {
            return write!(f, "it is empty where a {} is expected", self.type_name);
        }
        write!(f, "no {}", self.type_name)?;
        match &self.place {
            Some(place) if place.is_empty() => {}
            Some(place) => write!(f, " {place}")?,
            None if self.path.is_empty() => {}
            None => write!(f, " at `{}`", self.path)?,
        }
        write!(f, ": {}", self.reason)
    }
}

/// Leaves out texts that came with the answer: `string "Ada", expected u8`, ``variant `ada`, expected `x` ``, and whatever
/// the types of others put into quotes.
fn without_values(why: &str) -> String {
    let cut = match why.strip_prefix("unknown variant `") {
        Some(rest) => rest
            .rfind("`, expected")
            .max(rest.rfind("`, there are no variants"))
            .map(|to| (15, to + 18)),
        None => why.find('"').zip(why.rfind('"').map(|to| to + 1)),
    };
    match cut.and_then(|(from, to)| Some((why.get(..from)?.trim_end(), why.get(to..)?))) {
        Some((before, after)) => format!("{before}{after}"),
        None => why.to_owned(),
    }
}

/// A type's name without the paths of its modules.
fn short_name(full: &str) -> String {
    let mut short = String::with_capacity(full.len());
    let mut word = String::new();
    for c in full.chars() {
        match c {
            ':' => word.clear(),
            c if c.is_alphanumeric() || c == '_' => word.push(c),
            c => {
                short.push_str(&word);
                word.clear();
                short.push(c);
            }
        }
    }
    short + &word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code, reason = "only whether they can be read counts")]
    struct Planet {
        name: String,
        kind: Kind,
    }

    #[derive(Debug, serde::Deserialize)]
    enum Kind {
        Rock,
    }

    fn flaw(json: &str) -> String {
        JsonFlaw::of::<Vec<Option<Planet>>>(json.as_bytes()).to_string()
    }

    #[test]
    fn says_which_type_and_where() {
        let name = "Vec<Option<Planet>>";
        assert_eq!(flaw(""), format!("it is empty where a {name} is expected"));
        assert!(flaw("<html>").starts_with(&format!("no {name}: expected value")));
        assert!(flaw("[] x").starts_with(&format!("no {name}: trailing characters")));
        assert!(flaw(r#"[null, {"name": 1}]"#).starts_with(&format!("no {name} at `[1].name`: ")));
        let missing = flaw(r#"[{"name": "x"}]"#);
        assert!(missing.contains("missing field `kind`"), "{missing}");
    }

    #[test]
    fn shows_no_value() {
        for json in [
            r#"["secret"]"#,
            r#"[{"name": ["secret"], "kind": "Rock"}]"#,
            r#"[{"name": "Earth", "kind": "secret`, expected secret"}]"#,
            r#""a\", expected secret""#,
        ] {
            let shown = flaw(json);
            assert!(!shown.contains("secret"), "{shown}");
        }
        // Date libraries repeat what they could not read.
        let foreign = r#"failed to parse "secret" as a date: "secret" ends early"#;
        assert_eq!(without_values(foreign), "failed to parse ends early");
        assert_eq!(
            without_values("unknown variant `secret`, there are no variants"),
            "unknown variant, there are no variants"
        );
    }
}
