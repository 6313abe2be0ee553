//! The recordings, read.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::response::Parts;
use serde::Deserialize;
use serde_json::Value;

/// A request and its answer.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Recorded {
    pub(crate) name: String,
    pub(crate) request: Request,
    pub(crate) response: Response,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Option<String>,
    #[serde(default)]
    body_base64: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Option<String>,
    #[serde(default)]
    body_base64: bool,
}

/// All of them. The brackets around the names that stand for tokens are taken off, since no token has such.
pub(crate) fn all() -> Vec<Recorded> {
    let text = include_str!("storage.json")
        .replace("<SIGNED_TOKEN", "SIGNED_TOKEN")
        .replace("<EXPIRED", "EXPIRED");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("SIGNED_TOKEN") {
        let (before, token) = rest.split_at(at);
        let end = token.find('>').unwrap();
        out.push_str(before);
        out.push_str(&token[..end]);
        rest = &token[end + 1..];
    }
    out.push_str(rest);
    serde_json::from_str(&out).unwrap()
}

impl Recorded {
    /// The path below the service, decoded, and its query, decoded.
    pub(crate) fn target(&self) -> (Vec<String>, Vec<(String, String)>) {
        let (path, query) = self
            .request
            .path
            .split_once('?')
            .unwrap_or((&self.request.path, ""));
        let path = path.strip_prefix("/storage/v1/").unwrap_or("no gateway");
        let segments = path.split('/').map(decode).collect();
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let pairs = pairs
            .map(|(name, value)| (decode(name), decode(value)))
            .collect();
        (segments, pairs)
    }

    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_str(self.request.body.as_deref()?).ok()
    }

    pub(crate) fn content(&self) -> Bytes {
        bytes(self.request.body.as_deref(), self.request.body_base64)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.request.headers.get(name).map(String::as_str)
    }

    pub(crate) fn is_post(&self) -> bool {
        self.request.method == "POST"
    }

    /// Whether an error may be the answer no.
    pub(crate) fn asks_whether(&self) -> bool {
        self.request.method == "HEAD"
    }

    /// Whether this reads a whole file by this token.
    pub(crate) fn is_plain_read_by(&self, token: &str) -> bool {
        let by_it = self.request.path.ends_with(&format!("?token={token}"));
        let expired = self.name.contains("expired");
        by_it
            && self.request.method == "GET"
            && self.header("range").is_none()
            && !self.name.contains("token-for")
            && !expired
    }

    pub(crate) fn answer(&self) -> (Parts, Bytes) {
        let mut builder = http::Response::builder().status(self.response.status);
        for (name, value) in &self.response.headers {
            builder = builder.header(name, value);
        }
        let body = bytes(self.response.body.as_deref(), self.response.body_base64);
        (builder.body(()).unwrap().into_parts().0, body)
    }
}

fn bytes(text: Option<&str>, encoded: bool) -> Bytes {
    match text {
        None => Bytes::new(),
        Some(text) if encoded => STANDARD.decode(text).unwrap().into(),
        Some(text) => Bytes::copy_from_slice(text.as_bytes()),
    }
}

/// Percent-decoded.
pub(crate) fn decode(text: &str) -> String {
    let mut out = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hex = |byte: Option<u8>| char::from(byte?).to_digit(16);
        match byte {
            b'%' => {
                let ahead: Vec<_> = rest.clone().take(2).collect();
                match (hex(ahead.first().copied()), hex(ahead.get(1).copied())) {
                    (Some(high), Some(low)) => {
                        out.push(u8::try_from(high * 16 + low).unwrap());
                        rest.nth(1);
                    }
                    _ => out.push(byte),
                }
            }
            _ => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The path of a URL, decoded, and its query as it is.
pub(crate) fn decoded_path(url: &str) -> (Vec<String>, String) {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    (path.split('/').map(decode).collect(), query.to_owned())
}
