//! Reading JSON into the user's types.

use bytes::Bytes;
use http::Response;
use serde::de::DeserializeOwned;
use supabase_http::{Error, Result};

use crate::SERVICE;

/// Reads JSON; an error says which type and which place, and keeps the text.
pub(crate) fn json<T: DeserializeOwned>(json: &Bytes, what: &str) -> Result<T> {
    // Text is read faster than bytes; what is none is left to the second pass.
    let read = match std::str::from_utf8(json) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(json),
    };
    match read {
        Ok(value) => Ok(value),
        // The second pass, for the path, is for errors alone.
        Err(first) => {
            let mut reader = serde_json::Deserializer::from_slice(json);
            let reason = match serde_path_to_error::deserialize::<_, T>(&mut reader) {
                Err(error) => format!("at `{}`: {}", error.path(), shape(error.inner())),
                Ok(_) => shape(&first),
            };
            let name = std::any::type_name::<T>();
            Err(decode_error(
                json,
                &format!("{what} is no {name}, {reason}"),
            ))
        }
    }
}

/// What is wrong, without quoting the text itself.
fn shape(error: &serde_json::Error) -> String {
    match error.classify() {
        serde_json::error::Category::Data => {
            let text = error.to_string();
            // serde quotes offending values: they are somebody's data.
            match text.split_once(['`', '"']) {
                Some((before, _)) if text.starts_with("invalid ") => before.trim_end().to_owned(),
                _ => text,
            }
        }
        _ => format!("no valid JSON at column {}", error.column()),
    }
}

pub(crate) fn decode_error(body: &Bytes, reason: &str) -> Error {
    let (head, ()) = Response::new(()).into_parts();
    Error::decode(&head, body.clone(), reason).with_context(SERVICE, "receive")
}
