//! How far the service is like the real one: what that one was asked is asked again, one after the other, and the answers
//! are compared: status, body (JSON by value, without ids, times, versions, hashes and tokens, which differ by nature), and
//! the headers that a client of storage reads.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use serde::Deserialize;
use serde_json::Value;
use storage_memory::MemoryStorage;
use supabase_http::Body;
use tower::ServiceExt as _;

#[derive(Deserialize)]
struct Recorded {
    name: String,
    request: Asked,
    response: Answered,
}

#[derive(Deserialize)]
struct Asked {
    method: String,
    path: String,
    headers: BTreeMap<String, String>,
    body: Option<String>,
    #[serde(default)]
    body_base64: bool,
}

#[derive(Deserialize)]
struct Answered {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Option<String>,
    #[serde(default)]
    body_base64: bool,
}

/// For each kind of request, how many answers are the same, and how many there are. The others are requests that no call of
/// ours makes, orders of lists by time, conditions by the real service's ETags, and half of a chunk that is never sent.
const SAME: &[(&str, usize, usize)] = &[
    ("bucket", 44, 59),
    ("list", 7, 14),
    ("list-v2", 8, 14),
    ("object", 104, 133),
    ("remove", 7, 9),
    ("tus", 70, 77),
];

/// Whether it is about what a user may do, which the service does not know.
fn is_of_rights(exchange: &Recorded) -> bool {
    let body = exchange.response.body.as_deref().unwrap_or_default();
    let denied = [
        "row-level security",
        "Access denied",
        "claim timestamp",
        "AccessDenied",
    ];
    let names = [
        "anon",
        "rls",
        "user",
        "token",
        "garbage-signature",
        "wrong-object",
    ];
    denied.iter().any(|text| body.contains(text))
        || names.iter().any(|text| exchange.name.contains(text))
}

/// What the service does not do at all.
const NOT_HERE: &[&str] = &[
    "vector",
    "analytics",
    "transform",
    "render",
    "cdn",
    "service",
    "sign",
    "signed-upload",
    "auth",
];

const HEADERS: &[&str] = &[
    "content-range",
    "tus-complete",
    "tus-extension",
    "tus-max-size",
    "tus-resumable",
    "tus-version",
    "upload-defer-length",
    "upload-length",
    "upload-metadata",
    "upload-offset",
];

fn content(text: Option<&str>, encoded: bool) -> Bytes {
    match text {
        None => Bytes::new(),
        Some(text) if encoded => STANDARD.decode(text).unwrap().into(),
        Some(text) => match text
            .strip_suffix(" bytes>")
            .and_then(|text| text.strip_prefix('<'))
        {
            // What was too long to be recorded.
            Some(size) if size.parse::<usize>().is_ok() => vec![b'x'; size.parse().unwrap()].into(),
            _ => Bytes::copy_from_slice(text.as_bytes()),
        },
    }
}

/// A value without what differs by nature.
fn meaning(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(meaning),
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                let differs = [
                    "id",
                    "Id",
                    "version",
                    "owner",
                    "owner_id",
                    "created_at",
                    "updated_at",
                    "last_accessed_at",
                    "etag",
                    "eTag",
                    "last_modified",
                    "lastModified",
                    "nextCursor",
                    "type",
                ];
                if differs.contains(&name.as_str()) && !value.is_null() {
                    *value = Value::from("…");
                }
                meaning(value);
            }
            fields.remove("type");
        }
        _ => {}
    }
}

fn body(bytes: &[u8]) -> Result<Value, Bytes> {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(mut value) => {
            meaning(&mut value);
            Ok(value)
        }
        Err(_) => Err(Bytes::copy_from_slice(bytes)),
    }
}

#[tokio::test]
async fn answers_are_those_of_the_real_service() {
    let recorded: Vec<Recorded> = serde_json::from_str(include_str!(
        "../../storage-rs/tests/recordings/storage.json"
    ))
    .unwrap();
    // Made before the recording began.
    let server = MemoryStorage::new().bucket("odd-keys").bucket("tus");
    let limits =
        r#"{"name":"tus-limited","file_size_limit":1000,"allowed_mime_types":["text/plain"]}"#;
    let request = Request::post("https://project.test/storage/v1/bucket").header("apikey", "key");
    let made = server
        .clone()
        .oneshot(request.body(Body::from(limits)).unwrap())
        .await
        .unwrap();
    assert_eq!(made.status(), 200);
    let mut ids = BTreeMap::<String, String>::new();
    let mut same = BTreeMap::<&str, (usize, usize)>::new();
    let mut different = Vec::new();
    let mut rights = 0;
    let left_out: BTreeSet<_> = NOT_HERE.iter().copied().collect();
    for exchange in &recorded {
        let kind = exchange.name.split('.').next().unwrap();
        if left_out.contains(kind) {
            continue;
        }
        if is_of_rights(exchange) {
            rights += 1;
            continue;
        }
        let asked = &exchange.request;
        let mut path = asked.path.clone();
        for (theirs, ours) in &ids {
            path = path.replace(theirs, ours);
        }
        let mut request = Request::builder()
            .method(asked.method.as_str())
            .uri(format!("https://project.test{path}"));
        for (name, value) in &asked.headers {
            if name != "content-length" {
                request = request.header(name, value);
            }
        }
        let sent = content(asked.body.as_deref(), asked.body_base64);
        let answer = server
            .clone()
            .oneshot(request.body(Body::from(sent)).unwrap())
            .await
            .unwrap();
        let (head, got) = answer.into_parts();
        let got = got.into_bytes().unwrap_or_default();
        let id = |location: &str| location.rsplit('/').next().unwrap().to_owned();
        if let (Some(theirs), Some(ours)) = (
            exchange.response.headers.get("location"),
            head.headers.get("location"),
        ) {
            ids.insert(id(theirs), id(ours.to_str().unwrap()));
        }
        let wanted = content(
            exchange.response.body.as_deref(),
            exchange.response.body_base64,
        );
        let mut why = Vec::new();
        if head.status != exchange.response.status {
            why.push(format!(
                "status {} for {}",
                head.status, exchange.response.status
            ));
        } else if body(&got) != body(&wanted) {
            why.push(format!("body {got:?} for {wanted:?}"));
        }
        for name in HEADERS {
            let ours = head.headers.get(*name).map(|value| value.to_str().unwrap());
            let theirs = exchange.response.headers.get(*name).map(String::as_str);
            if ours != theirs {
                why.push(format!("{name} {ours:?} for {theirs:?}"));
            }
        }
        let count = same.entry(kind).or_default();
        count.1 += 1;
        if why.is_empty() {
            count.0 += 1;
        } else {
            different.push(format!("{}: {}", exchange.name, why.join("; ")));
        }
    }
    let mut table = format!("left out, about the rights of users: {rights}\n");
    for (kind, (same, all)) in &same {
        table.push_str(&format!(
            "{kind}: {same} of {all} answers are the real service's\n"
        ));
    }
    // Not captured, so that the counts are always to be seen.
    let _ = std::io::stderr().write_all(table.as_bytes());
    let counts: Vec<_> = same
        .iter()
        .map(|(kind, (same, all))| (*kind, *same, *all))
        .collect();
    assert_eq!(counts.as_slice(), SAME, "{}", different.join("\n"));
}
