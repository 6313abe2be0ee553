//! Buckets and objects.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::answer::{self, Answer};
use crate::server::Call;
use crate::store::{self, Bucket, MAX_SIZE, Object, Store};

pub(crate) fn answer(store: &mut Store, call: &Call<'_>) -> Answer {
    let path: Vec<_> = call.path.iter().map(String::as_str).collect();
    match (call.method, path.as_slice()) {
        ("POST", ["bucket"]) => create_bucket(store, &call.json()),
        ("GET", ["bucket"]) => list_buckets(store, call),
        ("GET", ["bucket", id]) => match store.buckets.get(*id) {
            Some(bucket) => answer::json(&bucket_row(id, bucket)),
            None => answer::no_bucket(),
        },
        ("PUT", ["bucket", id]) => update_bucket(store, id, &call.json()),
        ("POST", ["bucket", id, "empty"]) => match store.buckets.get_mut(*id) {
            Some(bucket) => {
                bucket.objects.clear();
                said("Empty bucket has been queued. Completion may take up to an hour.")
            }
            None => answer::no_bucket(),
        },
        ("DELETE", ["bucket", id]) => match store.buckets.get(*id) {
            None => answer::no_bucket(),
            Some(bucket) if !bucket.objects.is_empty() => answer::refused(
                409,
                "ResourceNotEmpty",
                "The bucket you tried to delete is not empty",
                "ResourceNotEmpty",
            ),
            Some(_) => {
                store.buckets.remove(*id);
                said("Successfully deleted")
            }
        },
        ("POST", ["object", "list", id]) => list(store, id, &call.json()),
        ("POST", ["object", "list-v2", id]) => list_v2(store, id, &call.json()),
        ("POST", ["object", verb @ ("move" | "copy")]) => transfer(store, call, verb),
        ("GET", ["object", "info", bucket, name @ ..]) => {
            let name = name.join("/");
            match found(store, bucket, &name) {
                Ok(object) => answer::json(&object.info(bucket, &name)),
                Err(refused) => refused,
            }
        }
        ("GET" | "HEAD", ["object", "authenticated" | "public", bucket, name @ ..])
        | ("GET" | "HEAD", ["object", bucket, name @ ..]) => {
            match found(store, bucket, &name.join("/")) {
                Ok(object) => download(object, call),
                Err(refused) => refused,
            }
        }
        ("DELETE", ["object", bucket]) => remove(store, bucket, &call.json()),
        ("DELETE", ["object", bucket, name @ ..]) => {
            let objects = store
                .buckets
                .get_mut(*bucket)
                .map(|bucket| &mut bucket.objects);
            match objects.and_then(|objects| objects.remove(&name.join("/"))) {
                Some(_) => said("Successfully deleted"),
                None => answer::no_object(),
            }
        }
        ("POST" | "PUT", ["object", bucket, name @ ..]) => {
            upload(store, call, bucket, &name.join("/"))
        }
        _ => route(call),
    }
}

pub(crate) fn route(call: &Call<'_>) -> Answer {
    let message = format!("Route {}:/{} not found", call.method, call.path.join("/"));
    let body = json!({ "message": message, "error": "Not Found", "statusCode": 404 });
    answer::build(
        404,
        "application/json; charset=utf-8",
        body.to_string().into(),
    )
}

/// Stores an object without asking whether it may be.
pub(crate) fn put(store: &mut Store, bucket: &str, name: &str, content: Bytes) {
    let object = Object {
        id: store.uuid(),
        version: store.uuid(),
        content,
        kind: "application/octet-stream".to_owned(),
        cache: "no-cache".to_owned(),
        metadata: None,
        created: String::new(),
        updated: String::new(),
    };
    store.put(bucket, name, object);
}

fn said(message: &str) -> Answer {
    answer::json(&json!({ "message": message }))
}

fn list_buckets(store: &Store, call: &Call<'_>) -> Answer {
    let number = |name: &str| call.get(name).and_then(|text| text.parse::<usize>().ok());
    if number("limit") == Some(0) {
        return answer::invalid("querystring/limit must be >= 1");
    }
    let search = call.get("search").unwrap_or_default();
    let found = store.buckets.iter();
    let mut found: Vec<_> = found
        .filter(|(_, bucket)| bucket.name.contains(search))
        .collect();
    found.sort_by(|a, b| a.1.name.cmp(&b.1.name));
    if call.get("sortOrder") == Some("desc") {
        found.reverse();
    }
    let page = found.into_iter().skip(number("offset").unwrap_or(0));
    let page = page.take(number("limit").unwrap_or(usize::MAX));
    let rows: Vec<_> = page.map(|(id, bucket)| bucket_row(id, bucket)).collect();
    answer::json(&rows.into())
}

fn bucket_row(id: &str, bucket: &Bucket) -> Value {
    json!({
        "id": id, "name": bucket.name, "owner": "", "public": bucket.public,
        "file_size_limit": bucket.limit, "allowed_mime_types": bucket.types,
        "created_at": "", "updated_at": "",
    })
}

fn create_bucket(store: &mut Store, body: &Value) -> Answer {
    let Some(name) = body["name"].as_str() else {
        return answer::invalid("body must have required property 'name'");
    };
    let id = body["id"].as_str().unwrap_or(name);
    if !store::is_bucket(id) {
        return store::invalid_bucket();
    }
    if store.buckets.contains_key(id) || store.buckets.values().any(|one| one.name == name) {
        return answer::exists("BucketAlreadyExists");
    }
    let mut bucket = Bucket {
        name: name.to_owned(),
        ..Bucket::default()
    };
    if let Err(refused) = change(&mut bucket, body) {
        return refused;
    }
    store.buckets.insert(id.to_owned(), bucket);
    answer::json(&json!({ "name": name }))
}

fn update_bucket(store: &mut Store, id: &str, body: &Value) -> Answer {
    match store.buckets.get_mut(id) {
        None => answer::no_bucket(),
        Some(bucket) => match change(bucket, body) {
            Ok(()) => said("Successfully updated"),
            Err(refused) => refused,
        },
    }
}

fn change(bucket: &mut Bucket, body: &Value) -> Result<(), Answer> {
    if let Some(public) = body["public"].as_bool() {
        bucket.public = public;
    }
    match &body["file_size_limit"] {
        Value::Null if body.get("file_size_limit").is_some() => bucket.limit = None,
        Value::Null => {}
        limit => match limit.as_u64().or_else(|| limit.as_str().and_then(bytes)) {
            Some(limit) if limit > MAX_SIZE => return Err(answer::too_large()),
            limit => bucket.limit = limit,
        },
    }
    match &body["allowed_mime_types"] {
        Value::Null if body.get("allowed_mime_types").is_some() => bucket.types = None,
        Value::Array(types) => {
            let types = types
                .iter()
                .filter_map(|one| one.as_str().map(str::to_owned));
            bucket.types = Some(types.collect());
        }
        _ => {}
    }
    Ok(())
}

/// `1KB` and its like, in decimal units.
fn bytes(text: &str) -> Option<u64> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit {
        "" | "B" => 1,
        "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

fn found<'a>(store: &'a Store, bucket: &str, name: &str) -> Result<&'a Object, Answer> {
    let bucket = store.buckets.get(bucket).ok_or_else(answer::no_bucket)?;
    bucket.objects.get(name).ok_or_else(answer::no_object)
}

fn upload(store: &mut Store, call: &Call<'_>, bucket: &str, name: &str) -> Answer {
    if !store::is_bucket(bucket) {
        return store::invalid_bucket();
    }
    if !store::is_key(name) {
        return store::invalid_key(name);
    }
    let sent = match form(call) {
        Some(Some(sent)) => sent,
        Some(None) => {
            let message = "No content provided";
            return answer::refused(400, "InvalidRequest", message, "InvalidRequest");
        }
        None => {
            let header =
                |name: &str, default: &str| call.header(name).unwrap_or(default).to_owned();
            Sent {
                content: call.body.clone(),
                kind: header("content-type", "application/octet-stream"),
                cache: header("cache-control", "no-cache"),
                metadata: attached(call),
            }
        }
    };
    let size = u64::try_from(sent.content.len()).unwrap_or(u64::MAX);
    if let Err(refused) = store.allows(bucket, size, &sent.kind) {
        return refused;
    }
    let upsert = call.method == "PUT" || call.header("x-upsert") == Some("true");
    if !upsert && found(store, bucket, name).is_ok() {
        return answer::exists("KeyAlreadyExists");
    }
    let object = Object {
        id: store.uuid(),
        version: store.uuid(),
        content: sent.content,
        kind: sent.kind,
        cache: sent.cache,
        metadata: sent.metadata,
        created: String::new(),
        updated: String::new(),
    };
    let id = store.put(bucket, name, object);
    answer::json(&json!({ "Key": format!("{bucket}/{name}"), "Id": id }))
}

/// What is stored of an upload.
struct Sent {
    content: Bytes,
    kind: String,
    cache: String,
    metadata: Option<Value>,
}

/// The file of a form, and the fields before it, if the body is a form.
fn form(call: &Call<'_>) -> Option<Option<Sent>> {
    let (kind, boundary) = call.header("content-type")?.split_once("boundary=")?;
    if !kind.starts_with("multipart/form-data") {
        return None;
    }
    let mark = format!("--{boundary}");
    let (mut cache, mut metadata) = ("no-cache".to_owned(), attached(call));
    let mut rest = &call.body[..];
    while let Some(at) = find(rest, mark.as_bytes()) {
        rest = &rest[at + mark.len()..];
        let end = find(rest, mark.as_bytes()).unwrap_or(rest.len());
        let part = rest.get(2..end.saturating_sub(2)).unwrap_or_default();
        let Some(head_end) = find(part, b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&part[..head_end]).into_owned();
        let content = &part[head_end + 4..];
        let text = String::from_utf8_lossy(content);
        if head.contains("filename=") {
            let mut lines = head.lines().filter_map(|line| line.split_once(": "));
            let kind = lines.find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
            return Some(Some(Sent {
                content: Bytes::copy_from_slice(content),
                kind: kind
                    .map_or("application/octet-stream", |(_, kind)| kind)
                    .to_owned(),
                cache,
                metadata,
            }));
        }
        if head.contains("name=\"cacheControl\"") {
            cache = format!("max-age={text}");
        } else if head.contains("name=\"metadata\"") {
            metadata = serde_json::from_str(&text).ok().or(metadata);
        }
    }
    Some(None)
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

/// What the user attaches to an object; what cannot be read is left out.
fn attached(call: &Call<'_>) -> Option<Value> {
    let json = STANDARD.decode(call.header("x-metadata")?).ok()?;
    serde_json::from_slice(&json).ok()
}

fn download(object: &Object, call: &Call<'_>) -> Answer {
    let total = object.content.len();
    let etag = object.etag();
    let head = |answer: &mut Answer, length: usize| {
        answer::set(answer, "etag", &etag);
        answer::set(answer, "accept-ranges", "bytes");
        answer::set(answer, "cache-control", &object.cache);
        answer::set(answer, "content-length", &length.to_string());
    };
    if call.header("if-none-match") == Some(&etag) {
        let mut answer = answer::build(304, "", Bytes::new());
        answer::set(&mut answer, "etag", &etag);
        return answer;
    }
    let range = call
        .header("range")
        .and_then(|range| range.strip_prefix("bytes="));
    let Some((first, last)) = range.and_then(|range| range.split_once('-')) else {
        let mut answer = answer::build(200, &object.kind, object.content.clone());
        head(&mut answer, total);
        return answer;
    };
    let (start, end) = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) => (first, last.saturating_add(1).min(total)),
        (Ok(first), Err(_)) => (first, total),
        (Err(_), Ok(last)) => (total.saturating_sub(last), total),
        _ => (total, total),
    };
    if start >= end {
        let message = "invalid range provided";
        let mut answer = answer::refused(416, "invalid_range", message, "InvalidRange");
        *answer.status_mut() = http::StatusCode::RANGE_NOT_SATISFIABLE;
        return answer;
    }
    let mut answer = answer::build(206, &object.kind, object.content.slice(start..end));
    head(&mut answer, end - start);
    let range = format!("bytes {start}-{}/{total}", end - 1);
    answer::set(&mut answer, "content-range", &range);
    answer
}

fn remove(store: &mut Store, bucket: &str, body: &Value) -> Answer {
    let Some(names) = body["prefixes"].as_array() else {
        return answer::invalid("body must be object");
    };
    if names.is_empty() {
        return answer::invalid("body/prefixes must NOT have fewer than 1 items");
    }
    let mut rows = Vec::new();
    if let Some(found) = store.buckets.get_mut(bucket) {
        let mut names: Vec<_> = names.iter().filter_map(Value::as_str).collect();
        names.sort_unstable();
        for name in names {
            if let Some(object) = found.objects.remove(name) {
                rows.push(object.row(bucket, name));
            }
        }
    }
    answer::json(&rows.into())
}

fn transfer(store: &mut Store, call: &Call<'_>, verb: &str) -> Answer {
    let body = call.json();
    let field = |name: &str| body[name].as_str();
    let (Some(bucket), Some(from)) = (field("bucketId"), field("sourceKey")) else {
        return answer::invalid("body must be object");
    };
    let Some(to) = field("destinationKey") else {
        return answer::invalid("body must have required property 'destinationKey'");
    };
    let target = field("destinationBucket").unwrap_or(bucket);
    if !store::is_key(to) {
        return store::invalid_key(to);
    }
    let Ok(object) = found(store, bucket, from).cloned() else {
        return answer::no_object();
    };
    if !store.buckets.contains_key(target) {
        let message = "The related resource does not exist";
        return answer::refused(404, "InvalidRequest", message, "InvalidRequest");
    }
    let is_same = (bucket, from) == (target, to);
    let upsert = verb == "copy" && call.header("x-upsert") == Some("true");
    if !is_same && !upsert && found(store, target, to).is_ok() {
        return answer::exists(match verb {
            "move" => "ResourceAlreadyExists",
            _ => "KeyAlreadyExists",
        });
    }
    let mut new = Object {
        version: store.uuid(),
        ..object
    };
    if verb == "move" {
        if let Some(old) = store.buckets.get_mut(bucket) {
            old.objects.remove(from);
        }
        store.put(target, to, new);
        return said("Successfully moved");
    }
    new.id = store.uuid();
    if body["copyMetadata"] == false {
        let text = |name: &str| body["metadata"][name].as_str().map(str::to_owned);
        new.kind = text("mimetype").unwrap_or(new.kind);
        new.cache = text("cacheControl").unwrap_or(new.cache);
        new.metadata = attached(call);
    }
    store.put(target, to, new);
    let row = found(store, target, to).map(|object| object.row(target, to));
    let mut row = row.unwrap_or_default();
    row["Key"] = format!("{target}/{to}").into();
    row["Id"] = row["id"].clone();
    answer::json(&row)
}

/// A name that stands for all that begins with it.
fn folder(name: &str) -> Value {
    json!({
        "name": name, "id": null, "updated_at": null, "created_at": null,
        "last_accessed_at": null, "metadata": null,
    })
}

/// Folders and objects below a prefix: the part of the name up to the next slash, and the object where there is none.
fn level<'a>(bucket: Option<&'a Bucket>, prefix: &str) -> Vec<(String, Option<&'a Object>)> {
    let mut found: Vec<(String, Option<&Object>)> = Vec::new();
    for (name, object) in bucket.into_iter().flat_map(|bucket| &bucket.objects) {
        let Some(rest) = name.strip_prefix(prefix) else {
            continue;
        };
        match rest.split_once('/') {
            None => found.push((rest.to_owned(), Some(object))),
            Some((start, _))
                if found
                    .iter()
                    .any(|(known, object)| known == start && object.is_none()) => {}
            Some((start, _)) => found.push((start.to_owned(), None)),
        }
    }
    found
}

fn list(store: &Store, bucket: &str, body: &Value) -> Answer {
    let Some(prefix) = body["prefix"].as_str() else {
        return answer::invalid("body must have required property 'prefix'");
    };
    if body["limit"] == 0 {
        return answer::invalid("body/limit must be >= 1");
    }
    let mut prefix = prefix.to_owned();
    if !prefix.is_empty() && !prefix.ends_with('/') {
        prefix.push('/');
    }
    let mut entries = level(store.buckets.get(bucket), &prefix);
    let search = body["search"].as_str().unwrap_or_default();
    entries.retain(|(name, _)| name.contains(search));
    entries.sort_by(|a, b| (a.1.is_some(), &a.0).cmp(&(b.1.is_some(), &b.0)));
    if body["sortBy"]["order"] == "desc" {
        entries.reverse();
    }
    let number = |name: &str, default: usize| {
        let number = body[name]
            .as_u64()
            .and_then(|number| usize::try_from(number).ok());
        number.unwrap_or(default)
    };
    let page = entries
        .into_iter()
        .skip(number("offset", 0))
        .take(number("limit", 100));
    let rows = page.map(|(name, object)| match object {
        None => folder(&name),
        Some(object) => json!({
            "name": name, "id": object.id, "updated_at": object.updated, "created_at": object.created,
            "last_accessed_at": object.created, "metadata": object.system(),
        }),
    });
    answer::json(&rows.collect::<Vec<_>>().into())
}

fn list_v2(store: &Store, bucket: &str, body: &Value) -> Answer {
    let prefix = body["prefix"].as_str().unwrap_or_default();
    let limit = body["limit"].as_u64().unwrap_or(1000);
    let limit = usize::try_from(limit).unwrap_or(1000);
    let after = match body["cursor"].as_str() {
        None => None,
        Some(cursor) => {
            let text = STANDARD
                .decode(cursor)
                .ok()
                .and_then(|text| String::from_utf8(text).ok());
            match text.as_deref().and_then(|text| text.strip_prefix("l:")) {
                Some(key) => Some(key.lines().next().unwrap_or_default().to_owned()),
                None => {
                    let message = "Invalid Parameter continuation token";
                    return answer::refused(400, "InvalidParameter", message, "InvalidParameter");
                }
            }
        }
    };
    let delimiter = body["with_delimiter"] == true;
    let found = store.buckets.get(bucket);
    let mut entries: Vec<(String, Option<(String, &Object)>)> = Vec::new();
    let names = found.into_iter().flat_map(|bucket| &bucket.objects);
    for (name, object) in names.filter(|(name, _)| name.starts_with(prefix)) {
        let cut = name[prefix.len()..].find('/').filter(|_| delimiter);
        match cut {
            None => entries.push((name.clone(), Some((name.clone(), object)))),
            Some(at) => {
                let start = name[..=prefix.len() + at].to_owned();
                if entries.last().is_none_or(|(known, _)| *known != start) {
                    entries.push((start, None));
                }
            }
        }
    }
    entries.retain(|(key, _)| after.as_ref().is_none_or(|after| key > after));
    let has_next = entries.len() > limit;
    entries.truncate(limit);
    let (mut folders, mut objects) = (Vec::new(), Vec::new());
    for (key, object) in &entries {
        match object {
            None => {
                let mut row = folder(key);
                row["key"] = key[prefix.len()..].trim_end_matches('/').into();
                folders.push(row);
            }
            Some((name, object)) => {
                let mut row = json!({
                    "id": object.id, "name": name, "metadata": object.system(), "created_at": object.created,
                    "updated_at": object.updated, "last_accessed_at": object.created,
                });
                if delimiter {
                    row["key"] = name[prefix.len()..].into();
                }
                objects.push(row);
            }
        }
    }
    let mut page = json!({ "hasNext": has_next, "folders": folders, "objects": objects });
    if let (true, Some((key, _))) = (has_next, entries.last()) {
        page["nextCursor"] = STANDARD.encode(format!("l:{key}")).into();
        page["nextCursorKey"] = key.as_str().into();
    }
    answer::json(&page)
}
