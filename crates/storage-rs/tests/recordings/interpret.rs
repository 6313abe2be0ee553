//! Which call of ours makes a recorded request.

use bytes::Bytes;
use http::Request;
use http::response::Parts;
use serde_json::Value;
use storage_rs::{
    Body, BucketSort, Error, FileClient, FileSizeLimit, ImageFormat, ObjectPath, Resize, Result,
    SortBy, SortOrder, StorageClient, Transform, Upload,
};
use supabase_http::HttpClient;
use supabase_http::testing::MockTransport;

use crate::parts;
use crate::recorded::Recorded;
use crate::same;
use crate::shown::Shown;

/// Reads the answer of a call.
pub(crate) type Decode = Box<dyn FnOnce(&Parts, Bytes) -> Result<Value>>;

/// A request of ours, or why there is none.
#[allow(clippy::large_enum_variant, reason = "there are few")]
pub(crate) enum Made {
    Yes(Request<Body>, Decode),
    Not(&'static str),
}

/// The two halves of a call, which is written once.
macro_rules! call {
    ($call:expr) => {{
        let reader = $call;
        match $call.into_request() {
            Ok(request) => Made::Yes(
                request,
                Box::new(move |parts, body| reader.decode(parts, body).map(Shown::shown)),
            ),
            Err(_) => Made::Not($crate::interpret::REFUSED),
        }
    }};
}

pub(crate) use call;

pub(crate) const REFUSED: &str = "it is refused before it is sent";
pub(crate) const RAW: &str = "no types of ours are so wrong";
pub(crate) const ROUTE: &str = "there is no call for this route";
const WRITTEN: &str = "a name is signed as it is written, so it is written in another way";
const OPTION: &str = "a header that is no option of ours";

pub(crate) fn storage() -> StorageClient {
    let http = HttpClient::builder()
        .transport(MockTransport::new())
        .build()
        .unwrap();
    StorageClient::with_http(http, "https://project.test", "key").unwrap()
}

/// What any call makes of an error.
pub(crate) fn any_error(parts: &Parts, body: Bytes) -> Error {
    storage().list_buckets().decode(parts, body).unwrap_err()
}

pub(crate) fn make(exchange: &Recorded) -> Made {
    let (path, query) = exchange.target();
    let path: Vec<_> = path.iter().map(String::as_str).collect();
    let method = exchange.request.method.as_str();
    let storage = storage();
    match (method, path.as_slice()) {
        (_, ["object", _, name @ ..]) if name.iter().any(|part| part.contains('/')) => {
            Made::Not("a slash of a name is never encoded")
        }
        (_, ["no gateway"]) => Made::Not("the gateway is left out"),
        ("POST", ["vector", action]) => parts::vectors(exchange, &storage, action),
        (_, ["iceberg", rest @ ..]) => parts::analytics(exchange, &storage, rest, &query),
        (_, ["upload", "resumable", ..]) => Made::Not("resumable uploads have a test of their own"),
        ("GET", ["bucket"]) => list_buckets(&storage, &query),
        ("POST", ["bucket"]) => create_bucket(exchange, &storage),
        ("GET", ["bucket", id]) => call!(storage.get_bucket(*id)),
        ("PUT", ["bucket", id]) => update_bucket(exchange, &storage, id),
        ("DELETE", ["bucket", id]) => call!(storage.delete_bucket(*id)),
        ("POST", ["bucket", id, "empty"]) => call!(storage.empty_bucket(*id)),
        ("DELETE", ["cdn", id]) => call!(storage.purge_bucket_cache(*id)),
        ("DELETE", ["cdn", id, name @ ..]) => {
            call!(storage.from(*id).purge_cache(exact(name)))
        }
        ("POST", ["object", "list", id]) => list(exchange, &storage.from(*id)),
        ("POST", ["object", "list-v2", id]) => list_v2(exchange, &storage.from(*id)),
        ("POST", ["object", verb @ ("move" | "copy")]) => transfer(exchange, &storage, verb),
        ("POST", ["object", "sign", id]) => sign_many(exchange, &storage.from(*id)),
        ("POST", ["object", "sign", id, name @ ..]) => {
            sign_one(exchange, &storage.from(*id), &exact(name))
        }
        ("POST", ["object", "upload", "sign", id, name @ ..]) => {
            let files = storage.from(*id);
            match exchange.header("x-upsert") {
                Some("true") => call!(files.create_signed_upload_url(exact(name)).upsert()),
                _ => call!(files.create_signed_upload_url(exact(name))),
            }
        }
        ("PUT", ["object", "upload", "sign", id, name @ ..]) => match query.first() {
            Some((_, token)) => upload(exchange, |body| {
                storage
                    .from(*id)
                    .upload_to_signed_url(exact(name), token, body)
            }),
            None => Made::Not(RAW),
        },
        ("GET", ["object", "info", ..]) if !query.is_empty() => {
            Made::Not("the info of a file is not transformed")
        }
        ("GET", ["object", "info", id, name @ ..])
            if !matches!(*id, "public" | "authenticated") =>
        {
            call!(storage.from(*id).info(exact(name)))
        }
        ("GET", ["object", "public", id, name @ ..]) => {
            public(exchange, &storage, id, name, &query)
        }
        ("GET", ["render", "image", "public", id, name @ ..]) => {
            public(exchange, &storage, id, name, &query)
        }
        ("GET", ["render", "image", "authenticated", id, name @ ..]) => {
            let files = storage.from(*id);
            let width = query.iter().find(|(name, _)| name == "width");
            let width = width.map_or(0, |(_, width)| width.parse().unwrap());
            call!(
                files
                    .download(exact(name))
                    .transform(Transform::new().width(width))
            )
        }
        ("GET", ["object", route @ ("sign" | "authenticated" | "info"), ..]) => {
            Made::Not(match *route {
                "sign" => "a signed URL is for others to read",
                _ => "another route to the same",
            })
        }
        ("GET", ["object", id, name @ ..]) if query.is_empty() => {
            let files = storage.from(*id);
            let headers = ["range", "if-none-match", "if-modified-since"];
            let given = headers
                .iter()
                .find_map(|name| Some((*name, exchange.header(name)?)));
            match given {
                None => call!(files.download(exact(name))),
                Some(("range", "bytes=0-4")) => call!(files.download(exact(name)).range(0..5)),
                Some(("range", "bytes=6-")) => call!(files.download(exact(name)).range(6..)),
                Some(("range", "bytes=-6")) => call!(files.download(exact(name)).last(6)),
                Some(("range", "bytes=6-1000")) => {
                    call!(files.download(exact(name)).range(6..=1000))
                }
                Some(("range", "bytes=100-200")) => {
                    call!(files.download(exact(name)).range(100..=200))
                }
                Some(("range", _)) => Made::Not(RAW),
                Some((header, value)) => {
                    call!(files.download(exact(name)).header(header, value))
                }
            }
        }
        ("GET", ["object", ..]) => Made::Not("how a browser saves a file is for links"),
        ("HEAD", ["object", ..]) => {
            Made::Not("whether a file exists is asked by its info, which tells why not")
        }
        ("DELETE", ["object", id]) => remove(exchange, &storage.from(*id)),
        ("DELETE", ["object", ..]) => Made::Not("files are removed by a list"),
        ("POST", ["object", _]) => Made::Not(RAW),
        ("POST", ["object", id, name @ ..]) => {
            upload(exchange, |body| storage.from(*id).upload(exact(name), body))
        }
        ("PUT", ["object", id, name @ ..]) => {
            upload(exchange, |body| storage.from(*id).update(exact(name), body))
        }
        _ => Made::Not(ROUTE),
    }
}

fn exact(name: &[&str]) -> ObjectPath {
    ObjectPath::exact(name.join("/"))
}

fn list_buckets(storage: &StorageClient, query: &[(String, String)]) -> Made {
    let get = |name: &str| {
        query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let column = match get("sortColumn") {
        Some("name") | None => BucketSort::Name,
        Some(_) => return Made::Not(RAW),
    };
    let order = match get("sortOrder") {
        Some("desc") => SortOrder::Descending,
        _ => SortOrder::Ascending,
    };
    let list = || {
        let mut list = storage.list_buckets();
        if let Some(limit) = get("limit") {
            list = list.limit(limit.parse().unwrap());
        }
        if let Some(offset) = get("offset") {
            list = list.offset(offset.parse().unwrap());
        }
        if let Some(search) = get("search") {
            list = list.search(search);
        }
        if get("sortColumn").is_some() {
            list = list.sort_by(column, order);
        }
        list
    };
    call!(list())
}

fn limit(value: &Value) -> Option<FileSizeLimit> {
    match value {
        Value::String(text) => Some(FileSizeLimit::text(text)),
        other => other.as_u64().map(FileSizeLimit::bytes),
    }
}

pub(crate) fn texts(value: &Value) -> Vec<String> {
    serde_json::from_value(value.clone()).unwrap_or_default()
}

fn create_bucket(exchange: &Recorded, storage: &StorageClient) -> Made {
    let Some(body) = exchange.json() else {
        return Made::Not(RAW);
    };
    let Some(name) = body["name"].as_str() else {
        return Made::Not(RAW);
    };
    let id = body["id"].as_str().unwrap_or(name);
    let size = &body["file_size_limit"];
    if !size.is_null() && limit(size).is_none() || body["type"] == "WRONG" {
        return Made::Not(RAW);
    }
    let create = || {
        let mut create = storage.create_bucket(id).name(name);
        if body["public"] == true {
            create = create.public();
        }
        if let Some(limit) = limit(size) {
            create = create.file_size_limit(limit);
        }
        if body["allowed_mime_types"].is_array() {
            create = create.allowed_mime_types(texts(&body["allowed_mime_types"]));
        }
        if body["type"] == "ANALYTICS" {
            create = create.kind(storage_rs::BucketKind::Analytics);
        }
        create
    };
    call!(create())
}

fn update_bucket(exchange: &Recorded, storage: &StorageClient, id: &str) -> Made {
    let body = exchange.json().unwrap();
    let update = || {
        let mut update = storage.update_bucket(id);
        match body["public"].as_bool() {
            Some(true) => update = update.public(),
            Some(false) => update = update.private(),
            None => {}
        }
        match body.get("file_size_limit") {
            Some(Value::Null) => update = update.no_file_size_limit(),
            Some(size) => update = update.file_size_limit(limit(size).unwrap()),
            None => {}
        }
        match body.get("allowed_mime_types") {
            Some(Value::Null) => update = update.any_mime_type(),
            Some(types) => update = update.allowed_mime_types(texts(types)),
            None => {}
        }
        update
    };
    call!(update())
}

fn sort(body: &Value) -> Option<Option<(SortBy, SortOrder)>> {
    let sort = &body["sortBy"];
    let column = match sort["column"].as_str() {
        None => return Some(None),
        Some("name") => SortBy::Name,
        Some("created_at") => SortBy::CreatedAt,
        Some("last_accessed_at") => SortBy::LastAccessedAt,
        Some(_) => return None,
    };
    match sort["order"].as_str() {
        Some("desc") => Some(Some((column, SortOrder::Descending))),
        _ => Some(Some((column, SortOrder::Ascending))),
    }
}

fn list(exchange: &Recorded, files: &FileClient) -> Made {
    let body = exchange.json().unwrap();
    let (Some(prefix), Some(sort)) = (body["prefix"].as_str(), sort(&body)) else {
        return Made::Not(RAW);
    };
    let list = || {
        let mut list = files.list(prefix);
        if let Some(limit) = body["limit"].as_u64() {
            list = list.limit(limit.try_into().unwrap());
        }
        if let Some(offset) = body["offset"].as_u64() {
            list = list.offset(offset);
        }
        if let Some(search) = body["search"].as_str() {
            list = list.search(search);
        }
        if let Some((column, order)) = sort {
            list = list.sort_by(column, order);
        }
        list
    };
    call!(list())
}

fn list_v2(exchange: &Recorded, files: &FileClient) -> Made {
    let body = exchange.json().unwrap();
    let Some(sort) = sort(&body) else {
        return Made::Not(RAW);
    };
    let list = || {
        let mut list = files.list_v2();
        if let Some(limit) = body["limit"].as_u64() {
            list = list.limit(limit.try_into().unwrap());
        }
        if let Some(prefix) = body["prefix"].as_str() {
            list = list.prefix(prefix);
        }
        if let Some(cursor) = body["cursor"].as_str() {
            list = list.cursor(cursor);
        }
        if body["with_delimiter"] == true {
            list = list.with_delimiter();
        }
        if let Some((column, order)) = sort {
            list = list.sort_by(column, order);
        }
        list
    };
    call!(list())
}

fn transfer(exchange: &Recorded, storage: &StorageClient, verb: &str) -> Made {
    let body = exchange.json().unwrap();
    let key = |name: &str| body[name].as_str().map(ObjectPath::exact);
    let (Some(from), Some(to)) = (key("sourceKey"), key("destinationKey")) else {
        return Made::Not(RAW);
    };
    let files = storage.from(body["bucketId"].as_str().unwrap());
    let bucket = body["destinationBucket"].as_str();
    if verb == "move" {
        return match bucket {
            Some(bucket) => call!(
                files
                    .move_(from.clone(), to.clone())
                    .destination_bucket(bucket)
            ),
            None => call!(files.move_(from.clone(), to.clone())),
        };
    }
    let copy = || {
        let mut copy = files.copy(from.clone(), to.clone());
        if let Some(bucket) = bucket {
            copy = copy.destination_bucket(bucket);
        }
        if exchange.header("x-upsert") == Some("true") {
            copy = copy.upsert();
        }
        if body["copyMetadata"] == false {
            copy = copy.without_metadata();
        }
        if let Some(kind) = body["metadata"]["mimetype"].as_str() {
            copy = copy.content_type(kind);
        }
        if let Some(cache) = body["metadata"]["cacheControl"].as_str() {
            copy = copy.cache_control(cache);
        }
        if let Some(metadata) = exchange.header("x-metadata") {
            copy = copy.metadata(&same::metadata(metadata));
        }
        copy
    };
    call!(copy())
}

fn seconds(body: &Value) -> Option<std::time::Duration> {
    body["expiresIn"]
        .as_u64()
        .map(std::time::Duration::from_secs)
}

fn sign_many(exchange: &Recorded, files: &FileClient) -> Made {
    let body = exchange.json().unwrap();
    let Some(time) = seconds(&body) else {
        return Made::Not(RAW);
    };
    let paths = || texts(&body["paths"]).into_iter().map(ObjectPath::exact);
    call!(files.create_signed_urls(paths(), time))
}

fn sign_one(exchange: &Recorded, files: &FileClient, path: &ObjectPath) -> Made {
    let body = exchange.json().unwrap();
    let Some(time) = seconds(&body) else {
        return Made::Not(RAW);
    };
    let Some(transform) = transform(&body["transform"]) else {
        return Made::Not(RAW);
    };
    let made = call!(
        files
            .create_signed_url(path.clone(), time)
            .transform(transform.clone())
    );
    match made {
        Made::Yes(request, _) if request.uri().path() != exchange.request.path => {
            Made::Not(WRITTEN)
        }
        made => made,
    }
}

fn transform(given: &Value) -> Option<Transform> {
    let number = |name: &str| given[name].as_u64();
    let mut transform = Transform::new();
    if let Some(width) = number("width") {
        transform = transform.width(width.try_into().unwrap());
    }
    if let Some(height) = number("height") {
        transform = transform.height(height.try_into().unwrap());
    }
    if let Some(quality) = number("quality") {
        transform = transform.quality(quality.try_into().unwrap());
    }
    match given["resize"].as_str() {
        None => {}
        Some("cover") => transform = transform.resize(Resize::Cover),
        Some("contain") => transform = transform.resize(Resize::Contain),
        Some(_) => return None,
    }
    if given["format"] == "origin" {
        transform = transform.format(ImageFormat::Origin);
    }
    Some(transform)
}

/// A public URL is no request of ours, but that of whoever is given it.
fn public(
    exchange: &Recorded,
    storage: &StorageClient,
    bucket: &str,
    name: &[&str],
    query: &[(String, String)],
) -> Made {
    let mut url = storage.from(bucket).get_public_url(exact(name));
    let mut transform = Transform::new();
    for (name, value) in query {
        match name.as_str() {
            "download" => url = url.download_as(value),
            "width" => transform = transform.width(value.parse().unwrap()),
            _ => return Made::Not(RAW),
        }
    }
    let url = url.transform(transform).build().unwrap();
    let mut request = Request::get(url).body(Body::empty()).unwrap();
    if let Some(range) = exchange.header("range") {
        request
            .headers_mut()
            .insert("range", range.parse().unwrap());
    }
    // The answer is read by others; its bytes are all that there is.
    Made::Yes(
        request,
        Box::new(|parts, body| match parts.status.is_success() {
            true => Ok(Shown::shown(body)),
            false => Err(any_error(parts, body)),
        }),
    )
}

fn remove(exchange: &Recorded, files: &FileClient) -> Made {
    let Some(body) = exchange.json() else {
        return Made::Not(RAW);
    };
    let paths = || texts(&body["prefixes"]).into_iter().map(ObjectPath::exact);
    call!(files.remove(paths()))
}

fn upload(exchange: &Recorded, make: impl Fn(Bytes) -> Upload) -> Made {
    if exchange.header("x-robots-tag").is_some()
        && exchange.header("x-robots-tag") != Some("noindex")
    {
        return Made::Not(OPTION);
    }
    let body = exchange.request.body.as_deref().unwrap_or_default();
    if body.starts_with('<') && body.ends_with("bytes>") {
        return Made::Not("what was sent is not recorded");
    }
    let kind = exchange.header("content-type");
    if let Some(boundary) =
        kind.and_then(|kind| kind.strip_prefix("multipart/form-data; boundary="))
    {
        return form(exchange, boundary, &make);
    }
    if exchange.header("x-metadata") == Some("not-base64-json") {
        return Made::Not(RAW);
    }
    let upload = || {
        let mut upload = make(exchange.content());
        if let Some(kind) = kind {
            upload = upload.content_type(kind);
        }
        if exchange.header("x-upsert") == Some("true") {
            upload = upload.upsert();
        }
        if let Some(metadata) = exchange.header("x-metadata") {
            upload = upload.metadata(&same::metadata(metadata));
        }
        for name in ["cache-control", "x-robots-tag"] {
            if let Some(value) = exchange.header(name) {
                upload = upload.header(name, value);
            }
        }
        upload
    };
    call!(upload())
}

fn form(exchange: &Recorded, boundary: &str, make: &impl Fn(Bytes) -> Upload) -> Made {
    let parts = same::form(&exchange.content(), boundary);
    let field = |name: &str| {
        let mut fields = parts.iter().filter(|part| part.kind.is_none());
        fields
            .find(|part| part.name == name)
            .map(|part| part.content.clone())
    };
    let file = parts.iter().position(|part| part.kind.is_some());
    let known = ["cacheControl", "metadata", ""];
    let usual = parts.iter().all(|part| known.contains(&part.name.as_str()));
    let (Some(file), true, None) = (file, usual, exchange.header("x-metadata")) else {
        return Made::Not("a form of another kind");
    };
    if file + 1 != parts.len() {
        return Made::Not("a form of another kind");
    }
    let upload = || {
        let part = &parts[file];
        let mut upload = make(part.content.clone().into_bytes().into()).as_form();
        upload = upload.content_type(part.kind.as_deref().unwrap_or_default());
        if let Some(cache) = field("cacheControl") {
            let seconds = std::time::Duration::from_secs(cache.parse().unwrap());
            upload = upload.cache_control(seconds);
        }
        if exchange.header("x-upsert") == Some("true") {
            upload = upload.upsert();
        }
        if let Some(metadata) = field("metadata") {
            upload = upload.metadata(&serde_json::from_str::<Value>(&metadata).unwrap());
        }
        upload
    };
    call!(upload())
}
