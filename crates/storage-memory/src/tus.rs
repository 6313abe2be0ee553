//! Resumable uploads.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;

use crate::answer::{self, Answer, plain};
use crate::objects::route;
use crate::server::Call;
use crate::store::{self, MAX_SIZE, Object, Store, Tus};

const CONTENT: &str = "application/offset+octet-stream";
const EXTENSIONS: &str =
    "creation,creation-with-upload,creation-defer-length,termination,expiration";

pub(crate) fn answer(store: &mut Store, call: &Call<'_>) -> Answer {
    let signed = call.path.get(2).is_some_and(|part| part == "sign");
    let id = call
        .path
        .get(if signed { 3 } else { 2 })
        .map(String::as_str);
    let id = id.filter(|id| !id.is_empty());
    if call.method == "OPTIONS" {
        let mut answer = empty(204);
        answer::set(&mut answer, "tus-extension", EXTENSIONS);
        answer::set(&mut answer, "tus-max-size", &MAX_SIZE.to_string());
        answer::set(&mut answer, "tus-version", "1.0.0");
        return answer;
    }
    if call.method == "GET" {
        return route(call);
    }
    match call.header("tus-resumable") {
        Some("1.0.0") => {}
        None => return plain(412, "Tus-Resumable Required\n"),
        Some(_) => return plain(400, "Invalid tus-resumable\n"),
    }
    if signed && call.header("x-signature").is_none() {
        return plain(400, "Missing x-signature header");
    }
    match (call.method, id) {
        // An id is no place to begin another upload at; the service begins one all the same.
        ("POST", _) => create(store, call, signed),
        ("HEAD", Some(id)) => head(store, id),
        ("PATCH", Some(id)) => patch(store, call, id),
        ("DELETE", Some(id)) => match store.uploads.get(id) {
            None => gone(),
            Some(upload) if upload.done => exists(),
            Some(_) => {
                store.uploads.remove(id);
                empty(204)
            }
        },
        _ => route(call),
    }
}

fn empty(status: u16) -> Answer {
    let mut answer = answer::build(status, "", Bytes::new());
    answer::set(&mut answer, "tus-resumable", "1.0.0");
    answer
}

fn gone() -> Answer {
    plain(404, "The file for this url was not found\n")
}

fn exists() -> Answer {
    plain(409, "The resource already exists")
}

fn told(text: &str) -> Option<BTreeMap<String, String>> {
    let pairs = text.split(',').map(|pair| {
        let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
        let value = STANDARD.decode(value).ok()?;
        Some((key.to_owned(), String::from_utf8(value).ok()?))
    });
    pairs.collect()
}

fn create(store: &mut Store, call: &Call<'_>, signed: bool) -> Answer {
    if call.header("upload-concat").is_some() {
        let text = "Concatenation extension is not (yet) supported. Disable parallel uploads in the tus client.\n";
        return plain(501, text);
    }
    let length = match (
        call.header("upload-length"),
        call.header("upload-defer-length"),
    ) {
        (None, None) => {
            return plain(
                400,
                "Upload-Length or Upload-Defer-Length header required\n",
            );
        }
        (Some(length), _) => match length.parse::<u64>() {
            Ok(length) => Some(length),
            Err(_) => return plain(400, "Invalid upload-length\n"),
        },
        (None, Some(_)) => None,
    };
    let Some(text) = call.header("upload-metadata") else {
        return plain(400, "Metadata header is required");
    };
    let Some(known) = told(text) else {
        return plain(400, "Invalid upload-metadata\n");
    };
    let get = |name: &str| known.get(name).cloned().unwrap_or_default();
    let (bucket, name) = (get("bucketName"), get("objectName"));
    if !store::is_bucket(&bucket) {
        return plain(400, "Bucket name invalid");
    }
    if !store::is_key(&name) {
        return plain(400, &format!("Invalid key: {name}"));
    }
    let Some(limits) = store.buckets.get(&bucket) else {
        return plain(404, "Bucket not found");
    };
    if length.unwrap_or(0) > limits.limit.unwrap_or(MAX_SIZE) {
        return plain(413, "Maximum size exceeded\n");
    }
    let kind = known.get("contentType").cloned();
    let kind = kind.unwrap_or_else(|| "application/octet-stream".to_owned());
    if store.allows(&bucket, 0, &kind).is_err() {
        return plain(415, &format!("mime type {kind} is not supported"));
    }
    if call.header("x-upsert") != Some("true") && limits.objects.contains_key(&name) {
        return exists();
    }
    let seconds = get("cacheControl").parse::<u64>();
    let cache = seconds.map_or("no-cache".to_owned(), |seconds| {
        format!("max-age={seconds}")
    });
    // It tells the cache control in its own words.
    let mut pairs: Vec<_> = text
        .split(',')
        .filter(|pair| !pair.starts_with("cacheControl "))
        .collect();
    let own = format!("cacheControl {}", STANDARD.encode(&cache));
    let before_metadata = pairs.iter().position(|pair| pair.starts_with("metadata "));
    pairs.insert(before_metadata.unwrap_or(pairs.len()), &own);
    let told = pairs.join(",");
    let version = store.uuid();
    let id = URL_SAFE_NO_PAD.encode(format!("{bucket}/{name}/{version}"));
    let upload = Tus {
        metadata: serde_json::from_str(&get("metadata")).ok(),
        bucket,
        name,
        version,
        length,
        content: Vec::new(),
        kind,
        cache,
        told,
        done: false,
    };
    store.uploads.insert(id.clone(), upload);
    let mut answer = plain(201, "");
    if call.header("content-type") == Some(CONTENT) {
        let written = write(store, call, &id, 0);
        if !written.status().is_success() {
            return written;
        }
        answer.headers_mut().extend(written.headers().clone());
    } else if length == Some(0) {
        finish(store, &id);
        answer::set(&mut answer, "tus-complete", "1");
    }
    let host = call
        .parts
        .uri
        .authority()
        .map_or("", |authority| authority.as_str());
    let sign = if signed { "sign/" } else { "" };
    let url = format!("https://{host}/storage/v1/upload/resumable/{sign}{id}");
    answer::set(&mut answer, "location", &url);
    answer
}

fn head(store: &Store, id: &str) -> Answer {
    let Some(upload) = store.uploads.get(id) else {
        // Ids that are none, and ids of nothing.
        let known = URL_SAFE_NO_PAD
            .decode(id)
            .ok()
            .and_then(|text| String::from_utf8(text).ok());
        let is_id = known.is_some_and(|text| text.split('/').count() > 2);
        return plain(if is_id { 404 } else { 400 }, "");
    };
    let mut answer = plain(200, "");
    answer::set(&mut answer, "cache-control", "no-store");
    answer::set(
        &mut answer,
        "upload-offset",
        &upload.content.len().to_string(),
    );
    answer::set(&mut answer, "upload-metadata", &upload.told);
    match upload.length {
        Some(length) => answer::set(&mut answer, "upload-length", &length.to_string()),
        None => answer::set(&mut answer, "upload-defer-length", "1"),
    }
    answer
}

fn patch(store: &mut Store, call: &Call<'_>, id: &str) -> Answer {
    let offset = match call.header("upload-offset").map(str::parse::<usize>) {
        Some(Ok(offset)) => offset,
        Some(Err(_)) => return plain(400, "Invalid upload-offset\n"),
        None => return plain(403, "Upload-Offset header required\n"),
    };
    match call.header("content-type") {
        Some(CONTENT) => {}
        Some(_) => return plain(400, "Invalid content-type\n"),
        None => return plain(403, "Content-Type header required\n"),
    }
    let Some(upload) = store.uploads.get_mut(id) else {
        return gone();
    };
    if upload.done {
        return exists();
    }
    if upload.content.len() != offset {
        return plain(409, "Upload-Offset conflict\n");
    }
    if upload.length.is_none() {
        upload.length = call
            .header("upload-length")
            .and_then(|length| length.parse().ok());
    }
    write(store, call, id, 204)
}

/// Takes the content of a request.
fn write(store: &mut Store, call: &Call<'_>, id: &str, status: u16) -> Answer {
    let Some(upload) = store.uploads.get_mut(id) else {
        return gone();
    };
    let taken = store
        .buckets
        .get(&upload.bucket)
        .is_some_and(|bucket| bucket.objects.contains_key(&upload.name));
    if taken && call.header("x-upsert") != Some("true") {
        return exists();
    }
    let now = u64::try_from(upload.content.len() + call.body.len()).unwrap_or(u64::MAX);
    if now > upload.length.unwrap_or(MAX_SIZE) {
        return plain(413, "upload's size exceeded\n");
    }
    upload.content.extend_from_slice(&call.body);
    let done = upload.length == Some(now);
    if done {
        finish(store, id);
    }
    let mut answer = empty(if status == 0 { 200 } else { status });
    answer::set(&mut answer, "upload-offset", &now.to_string());
    if done {
        answer::set(&mut answer, "tus-complete", "1");
    }
    answer
}

/// The upload becomes the object.
fn finish(store: &mut Store, id: &str) {
    let new = store.uuid();
    let Some(upload) = store.uploads.get_mut(id) else {
        return;
    };
    upload.done = true;
    let (bucket, name) = (upload.bucket.clone(), upload.name.clone());
    let object = Object {
        id: new,
        version: upload.version.clone(),
        content: Bytes::copy_from_slice(&upload.content),
        kind: upload.kind.clone(),
        cache: upload.cache.clone(),
        metadata: upload.metadata.clone(),
        created: String::new(),
        updated: String::new(),
    };
    store.put(&bucket, &name, object);
}
