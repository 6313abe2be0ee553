//! Whether a request of ours is the recorded one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use serde_json::{Value, json};
use storage_rs::Body;

use crate::recorded::{Recorded, decoded_path};

/// A part of a form.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    pub(crate) name: String,
    /// The media type, of a file.
    pub(crate) kind: Option<String>,
    pub(crate) content: String,
}

/// The parts of a form that holds text.
pub(crate) fn form(body: &[u8], boundary: &str) -> Vec<Part> {
    let text = String::from_utf8_lossy(body);
    let text = text
        .strip_suffix(&format!("\r\n--{boundary}--\r\n"))
        .unwrap_or_default();
    let line = format!("--{boundary}\r\n");
    let text = text.strip_prefix(&line).unwrap_or_default();
    text.split(&format!("\r\n{line}"))
        .filter_map(|part| {
            let (head, content) = part.split_once("\r\n\r\n")?;
            let (_, name) = head.split_once("; name=\"")?;
            let lines = head.lines().filter_map(|line| line.split_once(": "));
            let mut kinds = lines.filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
            Some(Part {
                name: name.split('"').next()?.to_owned(),
                kind: kinds.next().map(|(_, kind)| kind.to_owned()),
                content: content.to_owned(),
            })
        })
        .collect()
}

/// Metadata as a header carries it.
pub(crate) fn metadata(header: &str) -> Value {
    serde_json::from_slice(&STANDARD.decode(header).unwrap()).unwrap()
}

pub(crate) fn differences(exchange: &Recorded, request: Request<Body>) -> Vec<String> {
    let mut found = Vec::new();
    let (parts, body) = request.into_parts();
    let body = body.into_bytes().unwrap();
    let mut differ = |what: &str, theirs: String, ours: String| {
        if theirs != ours {
            found.push(format!("{what}: {theirs} recorded, {ours} made"));
        }
    };
    differ(
        "method",
        exchange.request.method.clone(),
        parts.method.to_string(),
    );
    let target = parts.uri.path_and_query().unwrap().as_str();
    let path = |target: &str| {
        let (path, query) = decoded_path(target);
        let mut pairs: Vec<_> = query.split('&').map(crate::recorded::decode).collect();
        // The order of buckets that nobody asked for.
        pairs.retain(|pair| pair != "sortOrder=asc");
        pairs.sort();
        format!("{path:?} {pairs:?}")
    };
    differ("target", path(&exchange.request.path), path(target));
    let ours = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap());
    let kind = exchange.header("content-type");
    let boundary = kind.and_then(|kind| kind.strip_prefix("multipart/form-data; boundary="));
    for name in [
        "x-upsert",
        "x-metadata",
        "range",
        "if-none-match",
        "if-modified-since",
    ] {
        let shown = |value: Option<&str>| match (name, value) {
            ("x-upsert", None) => "false".to_owned(),
            ("x-metadata", Some(text)) => metadata(text).to_string(),
            (_, value) => value.unwrap_or_default().to_owned(),
        };
        differ(name, shown(exchange.header(name)), shown(ours(name)));
    }
    if let Some(cache) = exchange.header("cache-control") {
        differ(
            "cache-control",
            cache.to_owned(),
            ours("cache-control").unwrap_or_default().to_owned(),
        );
    }
    if let Some(boundary) = boundary {
        let own = ours("content-type").and_then(|kind| kind.split_once("boundary="));
        let shape = |parts: Vec<Part>| {
            let one = |part: Part| match part.name.as_str() {
                "metadata" => Part {
                    content: serde_json::from_str::<Value>(&part.content)
                        .unwrap()
                        .to_string(),
                    ..part
                },
                _ => part,
            };
            format!("{:?}", parts.into_iter().map(one).collect::<Vec<_>>())
        };
        differ(
            "form",
            shape(form(&exchange.content(), boundary)),
            shape(form(&body, own.map_or("", |(_, own)| own))),
        );
        return found;
    }
    match exchange.json() {
        Some(theirs) if kind == Some("application/json") && ours("content-type") == kind => {
            let mine = serde_json::from_slice(&body).unwrap_or_default();
            let says = |body: Value| meaning(&exchange.request.path, body).to_string();
            differ("body", says(theirs), says(mine));
        }
        _ => {
            let something = |body: &[u8]| match body {
                b"{}" => String::new(),
                body => String::from_utf8_lossy(body).into_owned(),
            };
            differ("body", something(&exchange.content()), something(&body));
            if let (Some(kind), false) = (kind, body.is_empty()) {
                differ(
                    "content-type",
                    kind.to_owned(),
                    ours("content-type").unwrap_or_default().to_owned(),
                );
            }
        }
    }
    found
}

/// A body with what the service takes for what is left out.
fn meaning(path: &str, mut body: Value) -> Value {
    if path.contains("/vector/") {
        as_floats(&mut body);
    }
    let Some(fields) = body.as_object_mut() else {
        return body;
    };
    let mut default = |name: &str, value: Value| {
        fields.entry(name).or_insert(value);
    };
    if path.ends_with("/bucket") {
        default("public", false.into());
        fields.retain(|_, value| !value.is_null());
        if fields.get("type") == Some(&"STANDARD".into()) {
            fields.remove("type");
        }
        let name = fields["name"].clone();
        fields.entry("id").or_insert(name);
    } else if path.contains("/object/list/") {
        default("limit", 100.into());
        default("offset", 0.into());
        default("sortBy", json!({ "column": "name", "order": "asc" }));
        if let Some(sort) = fields.get_mut("sortBy").and_then(Value::as_object_mut) {
            sort.entry("order").or_insert("asc".into());
        }
    } else if path.contains("/bucket/") {
        // The id is in the path.
        fields.remove("id");
        fields.remove("name");
    } else if fields.get("transform") == Some(&json!({})) {
        fields.remove("transform");
    }
    body
}

/// In a vector `1` and `1.0` are one number.
fn as_floats(value: &mut Value) {
    match value {
        Value::Number(number) => *value = number.as_f64().into(),
        Value::Array(list) => list.iter_mut().for_each(as_floats),
        Value::Object(fields) => fields.values_mut().for_each(as_floats),
        _ => {}
    }
}
