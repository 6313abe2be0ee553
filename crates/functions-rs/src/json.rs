//! Reading JSON, where nothing is `null`.

use bytes::Bytes;
use http::response::Parts;
use serde::de::DeserializeOwned;
use supabase_http::{Result, decode_json};

/// Reads a body; an empty one is `null`.
pub(crate) fn read<T: DeserializeOwned>(head: &Parts, body: Bytes) -> Result<T> {
    match serde_json::from_str("null") {
        Ok(nothing) if body.is_empty() => Ok(nothing),
        _ => decode_json(head, body),
    }
}
