//! Reading JSON, and saying where it could not be read.

use bytes::Bytes;
use http::response::Parts;
use serde::de::DeserializeOwned;
use supabase_http::{Error, Result};

/// Reads a body; an empty one is `null`.
pub(crate) fn read<T: DeserializeOwned>(head: &Parts, body: Bytes) -> Result<T> {
    if body.is_empty() {
        return serde_json::from_str("null").map_err(|_| {
            let name = short_name(std::any::type_name::<T>());
            Error::decode(
                head,
                Bytes::new(),
                format!("it is empty where a {name} is expected"),
            )
        });
    }
    match serde_json::from_slice(&body) {
        Ok(value) => Ok(value),
        Err(_) => {
            let reason = reason::<T>(&body);
            Err(Error::decode(head, body, reason))
        }
    }
}

/// Why a text is no `T`, without the values in it, which may be personal.
#[cold]
fn reason<T: DeserializeOwned>(json: &[u8]) -> String {
    let name = short_name(std::any::type_name::<T>());
    let mut reader = serde_json::Deserializer::from_slice(json);
    let (place, why) = match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Ok(_) => match reader.end() {
            Err(why) => (String::new(), why.to_string()),
            Ok(()) => (String::new(), "it cannot be read".to_owned()),
        },
        Err(error) => match error.path().to_string().as_str() {
            "." | "?" => (String::new(), error.inner().to_string()),
            path => (format!(" at `{path}`"), error.inner().to_string()),
        },
    };
    format!("no {name}{place}: {}", without_values(&why))
}

/// Leaves out texts that came with the answer.
fn without_values(why: &str) -> String {
    if let (Some(from), Some(to)) = (why.find("string \""), why.rfind("\", expected")) {
        if let (Some(before), Some(after)) = (why.get(..from + 6), why.get(to + 1..)) {
            return format!("{before}{after}");
        }
    }
    why.to_owned()
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
