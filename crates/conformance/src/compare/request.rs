//! Comparison of requests; the rules are listed in the parent module.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use supabase_http::Body;

use super::{Difference, auth, storage};
use crate::corpus;
use crate::probe::URL;

/// Headers that carry nothing to compare. `x-client-info` is one while each client names itself or nobody in it.
pub const IGNORED_HEADERS: &[&str] = &["x-client-info", "user-agent"];

/// Whether neither client names an app of the caller's, but itself or nobody.
fn name_themselves(theirs: &corpus::Request, ours: &Sent) -> bool {
    let starts = |headers: &BTreeMap<String, String>, with: &str| {
        headers.get("x-client-info").is_none_or(|value| value.starts_with(with))
    };
    starts(&theirs.headers, "supabase-") && starts(&ours.headers, "supabase-rs/")
}

/// A request of ours, taken apart.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The HTTP method.
    pub method: String,
    /// Scheme and authority.
    pub origin: String,
    /// The path as sent.
    pub path: String,
    /// The decoded pairs in order.
    pub query: Vec<(String, String)>,
    /// Header names in lower case, with values; repeated lines are joined by a comma.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Bytes,
}

impl Sent {
    /// Takes a rendered request apart. A streamed body counts as empty: no database call has one.
    #[must_use]
    pub fn new(request: &http::Request<Body>) -> Self {
        let body = request.body().as_bytes().map(Bytes::copy_from_slice).unwrap_or_default();
        Self::from_parts(request.method(), request.uri(), request.headers(), body)
    }

    /// The same from the parts that a transport saw.
    #[must_use]
    pub fn from_parts(
        method: &http::Method,
        uri: &http::Uri,
        headers: &http::HeaderMap,
        body: Bytes,
    ) -> Self {
        let mut lines = BTreeMap::<String, String>::new();
        for (name, value) in headers {
            let value = String::from_utf8_lossy(value.as_bytes());
            lines
                .entry(name.as_str().to_owned())
                .and_modify(|line| {
                    line.push_str(", ");
                    line.push_str(&value);
                })
                .or_insert_with(|| value.into_owned());
        }
        Self {
            method: method.as_str().to_owned(),
            origin: format!(
                "{}://{}",
                uri.scheme_str().unwrap_or_default(),
                uri.authority().map(http::uri::Authority::as_str).unwrap_or_default()
            ),
            path: uri.path().to_owned(),
            query: pairs(uri.query().unwrap_or_default()),
            headers: lines,
            body,
        }
    }
}

/// Compares a recorded request with ours.
#[must_use]
pub fn request(theirs: &corpus::Request, ours: &Sent) -> Vec<Difference> {
    let mut found = Vec::new();
    if theirs.method != ours.method {
        found.push(Difference::new("method", &theirs.method, &ours.method));
    }
    let origin = theirs.origin.as_deref().unwrap_or(URL);
    if origin != ours.origin {
        found.push(Difference::new("origin", origin, &ours.origin));
    }
    if segments(&theirs.path) != segments(&ours.path) {
        found.push(Difference::new("path", &theirs.path, &ours.path));
    }
    query(theirs, ours, &mut found);
    headers(theirs, ours, &mut found);
    let is_auth = theirs.path.contains("/auth/v1/");
    body(&theirs.body, ours, if is_auth { auth::same_body } else { same }, &mut found);
    found
}

pub(super) fn segments(path: &str) -> Vec<Vec<u8>> {
    path.split('/').map(|segment| percent_decode_str(segment).collect()).collect()
}

pub(super) fn pairs(raw: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    raw.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

fn by_key(pairs: &[(String, String)]) -> BTreeMap<&str, Vec<&str>> {
    let mut grouped = BTreeMap::<&str, Vec<&str>>::new();
    for (name, value) in pairs {
        grouped.entry(name).or_default().push(value);
    }
    grouped
}

fn query(theirs: &corpus::Request, ours: &Sent, found: &mut Vec<Difference>) {
    let returns_rows = |headers: &BTreeMap<String, String>| {
        headers.get("prefer").is_some_and(|p| p.contains("return=representation"))
    };
    let all_rows =
        !reads(&theirs.method) && returns_rows(&theirs.headers) && returns_rows(&ours.headers);
    // The auth server reads a value without text as none.
    let says = |pairs: &[(String, String)]| {
        let is_auth = theirs.path.contains("/auth/v1/");
        let pairs = pairs.iter().filter(|(_, value)| !is_auth || !value.is_empty());
        pairs.cloned().collect::<Vec<_>>()
    };
    let (left, right) = (says(&theirs.query), says(&ours.query));
    let (left, right) = (by_key(&left), by_key(&right));
    let keys: BTreeSet<_> = left.keys().chain(right.keys()).copied().collect();
    for key in keys {
        let (mut a, mut b) = (left.get(key).cloned(), right.get(key).cloned());
        if key == "select" && all_rows {
            a = a.or_else(|| Some(vec!["*"]));
            b = b.or_else(|| Some(vec!["*"]));
        }
        let equal = match (&a, &b) {
            (Some(a), Some(b)) if key == "columns" => match (names(a), names(b)) {
                (Some(x), Some(y)) => x == y,
                _ => a == b,
            },
            (Some(a), Some(b)) if a.len() == b.len() => {
                a.iter().zip(b).all(|(a, b)| auth::same_text(a, b))
            }
            _ => a == b,
        };
        if !equal {
            let show = |values: Option<Vec<&str>>| values.map_or_else(absent, |v| v.join(" & "));
            found.push(Difference::new(format!("query {key}"), show(a), show(b)));
        }
    }
}

/// The names of a `columns` list, or `None` when it is not one.
fn names(values: &[&str]) -> Option<BTreeSet<String>> {
    let [list] = values else { return None };
    let mut found = BTreeSet::new();
    let mut rest = list.chars().peekable();
    loop {
        let mut name = String::new();
        if rest.peek() == Some(&'"') {
            rest.next();
            loop {
                match rest.next()? {
                    '"' => break,
                    '\\' => name.push(rest.next()?),
                    other => name.push(other),
                }
            }
        } else {
            while let Some(c) = rest.next_if(|c| *c != ',') {
                name.push(c);
            }
        }
        found.insert(name);
        match rest.next() {
            None => return Some(found),
            Some(',') => {}
            Some(_) => return None,
        }
    }
}

fn reads(method: &str) -> bool {
    matches!(method, "GET" | "HEAD")
}

fn headers(theirs: &corpus::Request, ours: &Sent, found: &mut Vec<Difference>) {
    let unread = if reads(&theirs.method) { "content-profile" } else { "accept-profile" };
    let bodies = !theirs.body.is_null() && !ours.body.is_empty();
    let names: BTreeSet<_> = theirs.headers.keys().chain(ours.headers.keys()).collect();
    for name in names {
        if (IGNORED_HEADERS.contains(&name.as_str())
            && (name != "x-client-info" || name_themselves(theirs, ours)))
            || name == unread
            || (name == "content-type" && !bodies)
        {
            continue;
        }
        let pick = |headers: &BTreeMap<String, String>| {
            headers.get(name).filter(|value| name != "accept" || *value != "*/*").cloned()
        };
        let (a, b) = (pick(&theirs.headers), pick(&ours.headers));
        let equal = if name == "content-type" && is_form(theirs) {
            b.as_deref().is_some_and(|b| b.starts_with("multipart/form-data; boundary="))
        } else if name == "prefer" {
            tokens(a.as_deref()) == tokens(b.as_deref())
        } else {
            a == b
        };
        if !equal {
            let show = |value: Option<String>| value.unwrap_or_else(absent);
            found.push(Difference::new(format!("header {name}"), show(a), show(b)));
        }
    }
}

fn tokens(header: Option<&str>) -> BTreeSet<&str> {
    header.unwrap_or_default().split(',').map(str::trim).filter(|t| !t.is_empty()).collect()
}

fn is_form(theirs: &corpus::Request) -> bool {
    theirs.body.get("multipart").is_some()
}

/// The parts of a form with files, in the form of the recordings.
fn parts(sent: &Sent) -> Option<Value> {
    let kind = sent.headers.get("content-type")?;
    let boundary = kind.strip_prefix("multipart/form-data; boundary=")?;
    let line = format!("--{boundary}\r\n");
    let between = format!("\r\n{line}");
    let body = sent.body.strip_suffix(format!("\r\n--{boundary}--\r\n").as_bytes())?;
    let mut rest = body.strip_prefix(line.as_bytes())?;
    let mut parts = Vec::new();
    loop {
        let at = find(rest, between.as_bytes());
        parts.push(part(rest.get(..at.unwrap_or(rest.len()))?)?);
        match at {
            None => return Some(Value::Array(parts)),
            Some(at) => rest = rest.get(at + between.len()..)?,
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn part(bytes: &[u8]) -> Option<Value> {
    let at = find(bytes, b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..at)?).ok()?;
    let content = bytes.get(at + 4..)?;
    let attribute = |name: &str| {
        let (_, rest) = head.split_once(&format!("; {name}=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    let kind = head.lines().find_map(|line| line.strip_prefix("content-type: "));
    let mut part = json!({ "name": attribute("name")? });
    match std::str::from_utf8(content) {
        Ok(text) => part["text"] = text.into(),
        Err(_) => part["base64"] = STANDARD.encode(content).into(),
    }
    if let Some(name) = attribute("filename") {
        part["filename"] = name.into();
        part["content_type"] = kind.into();
    }
    Some(part)
}

fn body(
    theirs: &Value,
    sent: &Sent,
    same: fn(&Value, &Value) -> bool,
    found: &mut Vec<Difference>,
) {
    let ours = &sent.body;
    if let Some(form) = theirs.get("multipart") {
        let (mut form, mut mine) = (form.clone(), parts(sent));
        if sent.path.contains("/storage/v1/") {
            storage::same_form(&mut form);
            mine.iter_mut().for_each(storage::same_form);
        }
        if mine.as_ref() != Some(&form) {
            let mine = mine.map_or_else(|| "no form".to_owned(), |mine| mine.to_string());
            found.push(Difference::new("body", form.to_string(), mine));
        }
        return;
    }
    if let Some(bytes) = theirs.get("base64") {
        if corpus::decoded(bytes).as_ref() != Some(ours) {
            found.push(Difference::new("body", bytes.to_string(), format!("{ours:?}")));
        }
        return;
    }
    let text = String::from_utf8_lossy(ours);
    if theirs.is_null() {
        if !ours.is_empty() {
            found.push(Difference::new("body", "none", text));
        }
        return;
    }
    let (equal, shown) = match theirs.get("json") {
        Some(json) => {
            let mine = serde_json::from_slice::<Value>(ours).ok();
            (mine.is_some_and(|mine| same(json, &mine)), json.to_string())
        }
        None => {
            let recorded = theirs.get("text").and_then(Value::as_str);
            (recorded == Some(&*text), theirs.to_string())
        }
    };
    if !equal {
        let ours = if ours.is_empty() { "none".into() } else { text };
        found.push(Difference::new("body", shown, ours));
    }
}

/// Equality of JSON values, in which `1` and `1.0` are one number.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => {
            x == y || ((x.is_f64() || y.is_f64()) && x.as_f64() == y.as_f64())
        }
        (Value::Array(x), Value::Array(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y))
        }
        (Value::Object(x), Value::Object(y)) => {
            x.len() == y.len() && x.iter().all(|(key, x)| y.get(key).is_some_and(|y| same(x, y)))
        }
        _ => a == b,
    }
}

fn absent() -> String {
    "absent".to_owned()
}
