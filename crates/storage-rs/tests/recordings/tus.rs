//! Recorded resumable uploads, made again by our calls. A chunk is the second request of an upload that is gone on with, so
//! these run over a transport that answers as recorded.

use std::collections::BTreeMap;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::json;
use storage_rs::{
    Error, FileClient, ObjectPath, ResumableUpload, StorageClient, UploadBody, UploadState,
};
use supabase_http::testing::{Exchange, MockTransport, RecordedRequest};
use supabase_http::{HttpClient, RetryConfig};

use crate::interpret::{RAW, ROUTE};
use crate::recorded::{self, Recorded};

/// How many requests are made, and of those that are not, how many for which reason.
const MADE: usize = 57;
const NOT_MADE: &[(&str, usize)] = &[
    ("no types of ours are so wrong", 16),
    ("there is no call for this route", 4),
    ("what was sent is not recorded", 4),
];

/// What came of a recorded exchange.
enum Made {
    /// Our request, and the error that the answer is.
    Yes(Box<RecordedRequest>, Option<Error>),
    Not(&'static str),
}

#[tokio::test]
async fn every_resumable_upload_is_made_or_has_a_reason() {
    let mut made = 0;
    let mut reasons = BTreeMap::<&str, Vec<String>>::new();
    for exchange in recorded::all() {
        let (path, _) = exchange.target();
        if !matches!(path.get(..2), Some([a, b]) if a == "upload" && b == "resumable") {
            continue;
        }
        match make(&exchange, &path).await {
            Made::Not(why) => reasons.entry(why).or_default().push(exchange.name),
            Made::Yes(request, error) => {
                made += 1;
                assert_same(&exchange, &request);
                match error {
                    Some(error) => crate::check_error(&exchange, &error),
                    None => assert!(exchange.response.status < 400, "{}", exchange.name),
                }
            }
        }
    }
    let mut table = format!("recorded requests of resumable uploads made: {made}\n");
    for (why, names) in &reasons {
        table.push_str(&format!(
            "not made, {why}: {} ({})\n",
            names.len(),
            names.join(", ")
        ));
    }
    // Not captured, so that the counts are always to be seen.
    let _ = std::io::stderr().write_all(table.as_bytes());
    let counts: Vec<_> = reasons
        .iter()
        .map(|(why, names)| (*why, names.len()))
        .collect();
    assert_eq!((made, counts.as_slice()), (MADE, NOT_MADE));
}

fn over(mock: &MockTransport) -> StorageClient {
    let http = HttpClient::builder()
        .transport(mock.clone())
        .retry(RetryConfig::off())
        .build()
        .unwrap();
    StorageClient::with_http(http, "https://project.test", "key").unwrap()
}

fn answer(exchange: &Recorded) -> Exchange {
    let mut answer = Exchange::new(exchange.response.status);
    for (name, value) in &exchange.response.headers {
        if !matches!(name.as_str(), "transfer-encoding" | "content-length") {
            answer = answer.header(name, value);
        }
    }
    answer.body(exchange.answer().1.to_vec())
}

async fn make(exchange: &Recorded, path: &[String]) -> Made {
    if exchange.header("tus-resumable") != Some("1.0.0") && exchange.request.method != "OPTIONS" {
        return Made::Not(RAW);
    }
    if exchange
        .request
        .body
        .as_deref()
        .is_some_and(|body| body.starts_with('<'))
    {
        return Made::Not("what was sent is not recorded");
    }
    let mock = MockTransport::new();
    let signed = path.get(2).is_some_and(|part| part == "sign");
    let id = path
        .get(if signed { 3 } else { 2 })
        .filter(|id| !id.is_empty());
    let Some(id) = id else {
        return match exchange.request.method.as_str() {
            "POST" => create(exchange, signed).await,
            _ => Made::Not(ROUTE),
        };
    };
    let token = exchange.header("x-signature");
    if signed && token.is_none() {
        return Made::Not(RAW);
    }
    let state: UploadState = serde_json::from_value(json!({
        "bucket": "tus", "path": "a", "id": id, "signed": signed,
        "upsert": exchange.header("x-upsert") == Some("true"),
    }))
    .unwrap();
    let token = token.unwrap_or_default();
    let error = match exchange.request.method.as_str() {
        "HEAD" => {
            let files = over(&mock.clone().reply_with(answer(exchange))).from("tus");
            files
                .upload_offset(&state)
                .token(token)
                .await
                .map(drop)
                .err()
        }
        "DELETE" => {
            let files = over(&mock.clone().reply_with(answer(exchange))).from("tus");
            files.cancel_upload(&state).token(token).await.err()
        }
        "PATCH" => match patch(exchange, state, token).await {
            Ok(made) => return made,
            Err(why) => return Made::Not(why),
        },
        _ => return Made::Not(ROUTE),
    };
    Made::Yes(Box::new(mock.last_request().unwrap()), error)
}

/// What the service is told of an upload.
fn metadata(exchange: &str) -> Option<BTreeMap<String, String>> {
    let pairs = exchange.split(',').map(|pair| {
        let (key, value) = pair.split_once(' ')?;
        let value = STANDARD.decode(value).ok()?;
        Some((key.to_owned(), String::from_utf8(value).ok()?))
    });
    pairs.collect()
}

async fn create(exchange: &Recorded, signed: bool) -> Made {
    let told = exchange.header("upload-metadata").and_then(metadata);
    let told =
        told.filter(|told| told.contains_key("bucketName") && told.contains_key("objectName"));
    let mut known = ["upload-length", "upload-defer-length"]
        .iter()
        .filter_map(|name| exchange.header(name));
    let Some((told, length)) = told.zip(known.next()) else {
        return Made::Not(RAW);
    };
    let deferred = exchange.header("upload-defer-length").is_some();
    if length.parse::<u64>().is_err() || exchange.header("upload-concat").is_some() {
        return Made::Not(RAW);
    }
    if signed && exchange.header("x-signature").is_none() {
        return Made::Not(RAW);
    }
    let mock = MockTransport::new().reply_with(answer(exchange));
    let files = over(&mock).from(&told["bucketName"]);
    let length: usize = length.parse().unwrap();
    let content = exchange.content();
    let body = match (deferred, length) {
        (true, _) => UploadBody::reader(tokio::io::repeat(0)),
        (false, length) if content.is_empty() => {
            UploadBody::reader(tokio::io::repeat(0)).length(length.try_into().unwrap())
        }
        (false, length) => {
            let mut whole = content.to_vec();
            whole.resize(length, 0);
            UploadBody::bytes(whole)
        }
    };
    let path = ObjectPath::exact(&told["objectName"]);
    let mut upload = match exchange.header("x-signature") {
        Some(token) => files.upload_to_signed_url(path, token, body),
        None => files.upload(path, body),
    };
    if exchange.header("x-upsert") == Some("true") {
        upload = upload.upsert();
    }
    if let Some(kind) = told.get("contentType") {
        upload = upload.content_type(kind);
    }
    if let Some(metadata) = told.get("metadata") {
        let Ok(metadata) = serde_json::from_str::<serde_json::Value>(metadata) else {
            return Made::Not(RAW);
        };
        upload = upload.metadata(&metadata);
    }
    let upload = upload.resumable().tries(0);
    let error = if content.is_empty() {
        upload.begin().await.map(drop).err()
    } else {
        let sent: ResumableUpload = upload.send_with_creation().chunk_size(content.len());
        // What comes after it is not part of the exchange.
        let error = sent.await.err();
        error.filter(|_| exchange.response.status >= 400)
    };
    let requests = mock.requests();
    Made::Yes(Box::new(requests[0].clone()), error)
}

async fn patch(exchange: &Recorded, state: UploadState, token: &str) -> Result<Made, &'static str> {
    let offset = exchange.header("upload-offset").ok_or(RAW)?;
    if exchange.header("content-type") != Some("application/offset+octet-stream") {
        return Err(RAW);
    }
    let offset: usize = offset.parse().map_err(|_| RAW)?;
    let content = exchange.content();
    // What came before, the chunk, and what may come after.
    let mut whole = vec![0; offset];
    whole.extend_from_slice(&content);
    let mut known = Exchange::new(200).header("upload-offset", &offset.to_string());
    let declares = exchange.header("upload-length").is_some();
    if !declares {
        whole.push(0);
        known = known.header("upload-length", &whole.len().to_string());
    }
    let mock = MockTransport::new()
        .reply_with(known)
        .reply_with(answer(exchange));
    let files: FileClient = over(&mock).from("tus");
    let upload = files
        .resume_upload(state, Bytes::from(whole))
        .token(token)
        .tries(0);
    let error = upload.chunk_size(content.len()).await.err();
    let requests = mock.requests();
    if exchange.response.status < 400 {
        // It goes on where the service says that it is.
        let next = requests
            .get(2)
            .and_then(|next| next.header("upload-offset"));
        let said = exchange.response.headers.get("upload-offset");
        assert!(
            declares || next == said.map(String::as_str),
            "{}",
            exchange.name
        );
    }
    let error = error.filter(|_| exchange.response.status >= 400);
    Ok(Made::Yes(Box::new(requests[1].clone()), error))
}

fn assert_same(exchange: &Recorded, ours: &RecordedRequest) {
    let name = &exchange.name;
    assert_eq!(ours.method().as_str(), exchange.request.method, "{name}");
    assert_eq!(
        ours.path(),
        exchange.request.path.trim_end_matches('/'),
        "{name}"
    );
    assert_eq!(ours.body(), &exchange.content(), "{name}");
    for header in [
        "tus-resumable",
        "upload-length",
        "upload-defer-length",
        "upload-offset",
        "content-type",
        "x-signature",
    ] {
        assert_eq!(
            ours.header(header),
            exchange.header(header),
            "{name}: {header}"
        );
    }
    if exchange.header("x-upsert").is_some() {
        assert_eq!(
            ours.header("x-upsert"),
            exchange.header("x-upsert"),
            "{name}"
        );
    }
    // We say the content type and the cache control that the service takes for what is left out, or our own.
    let told = |header: Option<&str>| header.and_then(metadata).unwrap_or_default();
    let (theirs, ours) = (
        told(exchange.header("upload-metadata")),
        told(ours.header("upload-metadata")),
    );
    for (key, value) in theirs {
        assert_eq!(ours.get(&key), Some(&value), "{name}: {key}");
    }
}
