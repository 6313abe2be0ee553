//! The recorded cases, read from `data/`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

/// One recorded case: a call of an official client, what it sent, what it got and what it returned.
#[derive(Debug, Clone, Deserialize)]
pub struct Case {
    /// `<client>/<file>/<topic>/<name>`.
    pub id: String,
    /// What differs from a default client.
    #[serde(default)]
    pub given: Value,
    /// Every request in the order it was sent, with its answer.
    pub exchanges: Vec<Exchange>,
    /// What the call returned.
    #[serde(default)]
    pub result: Value,
    /// One entry per call, where a case makes several.
    #[serde(default)]
    pub results: Option<Vec<Value>>,
    /// Values that the calls of the Python client use by name.
    #[serde(default)]
    pub vars: Value,
    /// The options of the Python client.
    #[serde(default)]
    pub client_options: Value,
    /// The key of the Python client, where it is not that of the others.
    #[serde(default)]
    pub key: Option<String>,
}

impl Case {
    /// Whether the case belongs to the auth service alone.
    #[must_use]
    pub fn is_of_auth(&self) -> bool {
        let file = self.id.split('/').nth(1);
        matches!(file, Some("auth" | "mfa" | "auth_admin"))
            || self.id.starts_with("js/client/url-session/")
    }
}

/// A request and its answer.
#[derive(Debug, Clone, Deserialize)]
pub struct Exchange {
    /// What was sent.
    pub request: Request,
    /// What was answered.
    pub response: Response,
    /// Virtual milliseconds between the call and the sending of this request.
    #[serde(default)]
    pub at_ms: u64,
    /// When the caller gave up waiting.
    #[serde(default)]
    pub aborted_at_ms: Option<u64>,
    /// Which of the calls of the case sent it.
    #[serde(default)]
    pub step: usize,
    /// Whether the request belongs to the set-up and not to the call.
    #[serde(default)]
    pub setup: bool,
}

/// A recorded request.
#[derive(Debug, Clone, Deserialize)]
pub struct Request {
    /// The HTTP method.
    pub method: String,
    /// The path as sent, percent-encoded.
    pub path: String,
    /// The query string as sent.
    pub raw_query: String,
    /// The decoded pairs in order.
    pub query: Vec<(String, String)>,
    /// Header names in lower case, with values.
    pub headers: BTreeMap<String, String>,
    /// Scheme and authority, when not those of the default project.
    #[serde(default)]
    pub origin: Option<String>,
    /// The body: null, or an object with one of `json`, `text`, `base64`, `multipart`.
    #[serde(default)]
    pub body: Value,
}

/// A recorded answer, or what came instead of one.
#[derive(Debug, Clone, Deserialize)]
pub struct Response {
    /// The status; absent when no answer came.
    #[serde(default)]
    pub status: Option<u16>,
    /// Header names in lower case, with values.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body, in the form of a request's.
    #[serde(default)]
    pub body: Value,
    /// Milliseconds before the head of the answer.
    #[serde(default)]
    pub delay_ms: u64,
    /// Milliseconds between head and body.
    #[serde(default)]
    pub body_delay_ms: u64,
    /// The transport failed in this way.
    #[serde(default)]
    pub network_error: Option<Value>,
    /// No answer came until the caller gave up.
    #[serde(default)]
    pub hang: bool,
    /// The call was aborted before anything was sent.
    #[serde(default)]
    pub not_sent: Option<Value>,
}

/// The services by the path of their requests, each with the name of its crate.
const SERVICES: [(&str, &str); 5] = [
    ("/rest/v1/", "postgrest-rs"),
    ("/auth/v1/", "gotrue-rs"),
    ("/storage/v1/", "storage-rs"),
    ("/functions/v1/", "functions-rs"),
    ("/realtime/v1/", "realtime-rs"),
];

impl Exchange {
    /// The crate whose requests look like this one.
    #[must_use]
    pub fn service(&self) -> Option<&'static str> {
        let path = &self.request.path;
        SERVICES.iter().find(|(prefix, _)| path.contains(prefix)).map(|(_, name)| *name)
    }

    /// Whether this exchange is compared: the set-up of a case is not.
    #[must_use]
    pub fn is_compared(&self) -> bool {
        !self.setup
    }

    /// The request on one line, decoded.
    #[must_use]
    pub fn rendered(&self) -> String {
        let request = &self.request;
        let pairs: Vec<_> = request.query.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let mark = if pairs.is_empty() { "" } else { "?" };
        let line = format!("{} {}{mark}{}", request.method, request.path, pairs.join("&"));
        match request.body.get("json") {
            Some(json) => format!("{line} {json}"),
            None => line,
        }
    }
}

impl Response {
    /// The bytes of the body; `None` for the kinds that no answer has.
    #[must_use]
    pub fn bytes(&self) -> Option<Bytes> {
        if self.body.is_null() {
            return Some(Bytes::new());
        }
        if let Some(json) = self.body.get("json") {
            return Some(Bytes::from(json.to_string()));
        }
        if let Some(encoded) = self.body.get("base64") {
            return decoded(encoded);
        }
        let text = self.body.get("text")?.as_str()?;
        Some(Bytes::from(text.to_owned()))
    }

    /// The head as our decoders take it; `None` when there was no answer.
    #[must_use]
    pub fn parts(&self) -> Option<http::response::Parts> {
        let mut builder = http::Response::builder().status(self.status.filter(|s| *s != 0)?);
        for (name, value) in &self.headers {
            builder = builder.header(name, value);
        }
        Some(builder.body(()).ok()?.into_parts().0)
    }

    /// Whether the transport failed, or the caller left, before an answer came.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        self.status.is_none_or(|s| s == 0)
    }
}

/// The bytes that a text in base64 stands for.
pub(crate) fn decoded(encoded: &Value) -> Option<Bytes> {
    STANDARD.decode(encoded.as_str()?).ok().map(Bytes::from)
}

/// The signed token of this name that cases of the JavaScript client use; empty if there is none. They were signed with keys
/// made for the recordings.
#[must_use]
pub fn token(name: &str) -> String {
    let tokens: Value =
        serde_json::from_str(include_str!("../data/js/fixtures.json")).unwrap_or_default();
    tokens[name].as_str().unwrap_or_default().to_owned()
}

/// The public keys of these tokens.
#[must_use]
pub fn key_set() -> Value {
    let fixtures: Value =
        serde_json::from_str(include_str!("../data/js/fixtures.json")).unwrap_or_default();
    fixtures["jwks"].clone()
}

/// A data file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// The database file of the JavaScript client.
    JsPostgrest,
    /// The database file of the Python client.
    PyPostgrest,
    /// The edge functions file of the JavaScript client.
    JsFunctions,
    /// The edge functions file of the Python client.
    PyFunctions,
    /// The broadcasts over HTTP of the JavaScript client.
    JsRealtimeHttp,
    /// The broadcasts over HTTP of the Python client.
    PyRealtimeHttp,
    /// The auth file of the JavaScript client.
    JsAuth,
    /// The auth file of the Python client.
    PyAuth,
    /// The second factors of the JavaScript client.
    JsMfa,
    /// The second factors of the Python client.
    PyMfa,
    /// The administration of users of the JavaScript client.
    JsAuthAdmin,
    /// The administration of users of the Python client.
    PyAuthAdmin,
    /// The storage file of the JavaScript client.
    JsStorage,
    /// The vector buckets of the JavaScript client.
    JsVectors,
    /// The analytics buckets of the JavaScript client.
    JsAnalytics,
    /// The storage file of the Python client.
    PyStorage,
    /// What spans the services of the JavaScript client.
    JsClient,
    /// What spans the services of the Python client.
    PyClient,
}

impl File {
    fn text(self) -> &'static str {
        match self {
            Self::JsPostgrest => include_str!("../data/js/postgrest.json"),
            Self::PyPostgrest => include_str!("../data/python/postgrest.json"),
            Self::JsFunctions => include_str!("../data/js/functions.json"),
            Self::PyFunctions => include_str!("../data/python/functions.json"),
            Self::JsRealtimeHttp => include_str!("../data/js/realtime_http.json"),
            Self::PyRealtimeHttp => include_str!("../data/python/realtime_http.json"),
            Self::JsAuth => include_str!("../data/js/auth.json"),
            Self::PyAuth => include_str!("../data/python/auth.json"),
            Self::JsMfa => include_str!("../data/js/mfa.json"),
            Self::PyMfa => include_str!("../data/python/mfa.json"),
            Self::JsAuthAdmin => include_str!("../data/js/auth_admin.json"),
            Self::PyAuthAdmin => include_str!("../data/python/auth_admin.json"),
            Self::JsStorage => include_str!("../data/js/storage.json"),
            Self::JsVectors => include_str!("../data/js/storage_vectors.json"),
            Self::JsAnalytics => include_str!("../data/js/storage_analytics.json"),
            Self::PyStorage => include_str!("../data/python/storage.json"),
            Self::JsClient => include_str!("../data/js/client.json"),
            Self::PyClient => include_str!("../data/python/client.json"),
        }
    }

    /// Reads the file.
    ///
    /// # Errors
    /// When the file does not hold an array of cases.
    pub fn cases(self) -> Result<Vec<Case>, serde_json::Error> {
        serde_json::from_str(self.text())
    }
}
