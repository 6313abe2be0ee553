//! What a real auth server was recorded to answer: every exchange that this SDK can express is made again as it was sent, and its
//! answer is read with nothing lost; the others are counted with the reason.
//!
//! The recording holds no secret: its tokens are placeholders, and its keys and codes were thrown away with the server.

use std::collections::BTreeMap;
use std::io::Write as _;

use gotrue_rs::{AuthClient, Error, FlowType};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Map, Value};
use supabase_http::testing::{Exchange, MockTransport, RecordedRequest};
use supabase_http::{
    AccessToken, ApiKey, Credentials, Endpoint, HttpClient, RetryConfig, ServiceClient,
};

mod admin;
mod calls;
mod fields;
mod known;

/// Where the recorded server was, without a gateway before it.
const URL: &str = "http://auth.test";
/// A key that is no bearer.
const KEY: &str = "sb_publishable_recorded";

/// A request to the server and its answer.
#[derive(Debug, Clone, Deserialize)]
struct Recorded {
    name: String,
    request: Request,
    response: Response,
}

#[derive(Debug, Clone, Deserialize)]
struct Request {
    method: String,
    path: String,
    headers: BTreeMap<String, String>,
    body: Option<Map<String, Value>>,
}

#[derive(Debug, Clone, Deserialize)]
struct Response {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Option<Map<String, Value>>,
}

/// Why the SDK does not send such a request.
type Reason = &'static str;

impl Request {
    fn bearer(&self) -> Option<&str> {
        self.headers.get("authorization")?.strip_prefix("Bearer ")
    }

    fn query(&self) -> Vec<(String, String)> {
        pairs(self.path.split_once('?').map_or("", |(_, query)| query))
    }

    /// The path's segments as they are, encoded or not.
    fn segments(&self) -> Vec<&str> {
        let path = self.path.split('?').next().unwrap_or_default();
        path.trim_start_matches('/').split('/').collect()
    }

    fn json(&self) -> Value {
        self.body.as_ref().and_then(|body| body.get("json")).cloned().unwrap_or_default()
    }

    fn has(&self, name: &str) -> bool {
        self.json().get(name).is_some() || self.query().iter().any(|(key, _)| key == name)
    }
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<_> = pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect();
    pairs.sort();
    pairs
}

/// A client that gets the recorded answer, and what it sent.
fn stage(recorded: &Recorded) -> Result<(AuthClient, MockTransport), Error> {
    let mut answer = Exchange::new(recorded.response.status);
    for (name, value) in &recorded.response.headers {
        answer = answer.header(name, value);
    }
    if let Some(body) = &recorded.response.body {
        answer = match (body.get("json"), body.get("text").and_then(Value::as_str)) {
            (Some(json), _) => answer.json(json.clone()),
            (None, Some(text)) => answer.body(text.to_owned()),
            (None, None) => answer,
        };
    }
    let mock = MockTransport::new().respond(move |_| answer.clone());
    let http = HttpClient::builder().transport(mock.clone()).retry(RetryConfig::off()).build()?;
    let bearer = recorded.request.bearer();
    // An administrator's key, which other calls may carry too, is the bearer; a user's token stands beside the project's.
    let is_admin = recorded.request.path.starts_with("/admin/")
        || recorded.request.path.starts_with("/invite");
    let open = ["/otp", "/signup", "/token", "/recover"];
    let by_key = bearer == Some("<SERVICE_ROLE_KEY>")
        && open.iter().any(|path| recorded.request.path.starts_with(path));
    let is_admin = is_admin || by_key;
    let key = bearer.filter(|_| is_admin).unwrap_or(KEY);
    let credentials = Credentials::new(ApiKey::parse(key)?);
    let service =
        ServiceClient::new(AuthClient::service_info(), http, Endpoint::parse(URL)?, credentials)?;
    let flow =
        if recorded.request.has("code_challenge") { FlowType::Pkce } else { FlowType::Implicit };
    let client = AuthClient::from_service(service).flow_type(flow);
    Ok(match bearer.filter(|_| !is_admin) {
        Some(token) => (client.with_token(AccessToken::parse(token)?), mock),
        None => (client, mock),
    })
}

/// A body as the server reads it: what says nothing is left out, and what is random in it is only said to be there.
fn said(body: &Value) -> Value {
    let Value::Object(fields) = body else { return body.clone() };
    let mut said = Map::new();
    for (name, value) in fields {
        let is_default = match name.as_str() {
            "data" => is_nothing(value),
            "gotrue_meta_security" => value.get("captcha_token").is_none_or(is_nothing),
            "create_user" => value == true,
            // Where nothing else is said, the server sends an SMS.
            "channel" => value == "sms",
            "should_soft_delete" => value == false,
            _ => value.is_null(),
        };
        let value = match (name.as_str(), value.as_str()) {
            ("code_challenge", Some(text)) if text.len() == 43 => "<challenge>".into(),
            ("code_challenge_method", Some(text)) => text.to_lowercase().into(),
            _ => value.clone(),
        };
        if !is_default {
            said.insert(name.clone(), value);
        }
    }
    Value::Object(said)
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_nothing),
        _ => false,
    }
}

fn sorted(mut pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    pairs.sort();
    pairs
}

/// What of a query counts: a challenge is random.
fn settled(pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    let pairs = pairs.into_iter().map(|(name, value)| match name.as_str() {
        "code_challenge" if value.len() == 43 => (name, "<challenge>".to_owned()),
        _ => (name, value),
    });
    pairs.collect()
}

/// Compares what was sent with what was recorded.
fn sent_otherwise(recorded: &Request, ours: &RecordedRequest) -> Vec<String> {
    let mut found = Vec::new();
    let mut differ = |what: &str, a: String, b: String| {
        if a != b {
            found.push(format!("{what}: {a} / {b}"));
        }
    };
    differ("method", recorded.method.clone(), ours.method().to_string());
    let path = recorded.path.split('?').next().unwrap_or_default();
    let decoded = |path: &str| percent_decode_str(path).decode_utf8_lossy().into_owned();
    // The server tells the two spellings of a colon apart.
    let spelled = |path: &str| path.contains("%3A").to_string();
    differ("path", decoded(path), decoded(ours.path()));
    differ("colon", spelled(path), spelled(ours.path()));
    let query = settled(sorted(ours.query()));
    differ("query", format!("{:?}", settled(recorded.query())), format!("{query:?}"));
    let body = serde_json::from_slice(ours.body()).unwrap_or(Value::Null);
    let empty = |body: Value| if is_nothing(&body) { Value::Null } else { body };
    differ("body", empty(said(&recorded.json())).to_string(), empty(said(&body)).to_string());
    let header = |name: &str| ours.headers().get(name).and_then(|value| value.to_str().ok());
    differ(
        "authorization",
        recorded.headers.get("authorization").cloned().unwrap_or_default(),
        header("authorization").unwrap_or_default().to_owned(),
    );
    differ(
        "version",
        "2024-01-01".to_owned(),
        header("x-supabase-api-version").unwrap_or_default().to_owned(),
    );
    found
}

/// What the recorded answer has and the value lacks.
fn lost(theirs: &Value, ours: &Value, at: &str, found: &mut Vec<String>) {
    match (theirs, ours) {
        (a, b) if is_nothing(a) && is_nothing(b) => {}
        (Value::Object(a), Value::Object(b)) => {
            for (key, a) in a {
                lost(a, b.get(key).unwrap_or(&Value::Null), &format!("{at}/{key}"), found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                lost(a, b, &format!("{at}/{index}"), found);
            }
        }
        (a, b) if a == b => {}
        (a, b) => found.push(format!("answer {at}: {a} / {b}")),
    }
}

/// Compares what the call gave with the recorded answer.
fn read_otherwise(recorded: &Response, ours: &Result<Value, Error>) -> Vec<String> {
    let mut found = Vec::new();
    let body = recorded.body.as_ref();
    let json = body.and_then(|body| body.get("json")).cloned().unwrap_or_default();
    let is_success = (200..300).contains(&recorded.status);
    match ours {
        Ok(value) if is_success => lost(&json, value, "", &mut found),
        Ok(value) => found.push(format!("status {} / {value}", recorded.status)),
        Err(error) if is_success => found.push(format!("{} / {error}", recorded.status)),
        Err(error) => {
            let text = |names: &[&str]| {
                let texts = names.iter().filter_map(|name| json.get(*name)?.as_str());
                texts.map(str::to_owned).next()
            };
            let code = text(&["error_code", "code", "error"]);
            if error.status().map(|status| status.as_u16()) != Some(recorded.status) {
                found.push(format!("status {} / {:?}", recorded.status, error.status()));
            }
            if json.is_object() && error.code() != code.as_deref() {
                found.push(format!("code {code:?} / {:?}", error.code()));
            }
            let message = text(&["msg", "message", "error_description", "error"]);
            if message.is_some_and(|message| message != error.message()) {
                found.push(format!("message / {}", error.message()));
            }
        }
    }
    found
}

/// Makes the exchange again; what is different comes out.
async fn differences(recorded: &Recorded) -> Result<Vec<String>, Reason> {
    if recorded
        .request
        .headers
        .get("authorization")
        .is_some_and(|value| !value.starts_with("Bearer "))
    {
        return Err("the calls of other apps, which have clients of their own");
    }
    let (client, mock) = stage(recorded).map_err(|_| "a token or a key that no header can hold")?;
    let made = calls::make(&client, &recorded.request).await?;
    let requests = mock.requests();
    let Some(ours) = requests.first() else {
        return match made {
            Ok(url) => Ok(url_otherwise(&recorded.request, &url)),
            Err(_) => Err("refused before anything is sent"),
        };
    };
    let mut found = sent_otherwise(&recorded.request, ours);
    found.extend(read_otherwise(&recorded.response, &made));
    Ok(found)
}

/// Compares a URL that a browser opens with the recorded request for it.
fn url_otherwise(recorded: &Request, ours: &Value) -> Vec<String> {
    let url = ours.get("url").and_then(Value::as_str).unwrap_or_default();
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let theirs = (settled(recorded.query()), recorded.path.split('?').next());
    let ours = (settled(pairs(query)), path.strip_prefix(URL));
    if theirs == ours { Vec::new() } else { vec![format!("url {theirs:?} / {ours:?}")] }
}

fn recorded() -> Vec<Recorded> {
    serde_json::from_str(include_str!("../../data/server/auth.json")).unwrap_or_default()
}

#[tokio::test]
async fn every_exchange_is_made_again_or_counted_with_the_reason() {
    let exchanges = recorded();
    let mut alike = 0_usize;
    let mut reasons = BTreeMap::<Reason, usize>::new();
    let mut known = known::known();
    let mut problems = Vec::new();
    for recorded in &exchanges {
        match differences(recorded).await {
            Err(reason) => *reasons.entry(reason).or_default() += 1,
            Ok(found) if found.is_empty() => alike += 1,
            Ok(found) => match known.remove(recorded.name.as_str()) {
                Some(reason) => *reasons.entry(reason).or_default() += 1,
                None => problems.push(format!("{}\n    {}", recorded.name, found.join("\n    "))),
            },
        }
    }
    problems.extend(known.keys().map(|name| format!("{name}: is listed as different but is not")));
    let mut table = format!("{} exchanges of the auth server: {alike} made again", exchanges.len());
    for (reason, count) in &reasons {
        table.push_str(&format!("\n{count:>6} not: {reason}"));
    }
    // Not captured, so that the counts are always to be seen.
    let _ = writeln!(std::io::stderr(), "{table}");
    assert!(problems.is_empty(), "{}\n{} problems", problems.join("\n"), problems.len());
    assert_eq!(exchanges.len(), 863);
    assert_eq!(alike, 554, "{table}");
}
