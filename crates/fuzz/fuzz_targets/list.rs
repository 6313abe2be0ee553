//! Answers: lists, rows and errors of every service. An error or a value, and nothing of an error's body in `Debug`.
#![no_main]

mod common;

use std::sync::LazyLock;

use bytes::Bytes;
use gotrue_rs::AuthClient;
use libfuzzer_sys::fuzz_target;
use postgrest_rs::PostgrestClient;
use serde_json::Value;
use storage_rs::StorageClient;

const URL: &str = "https://project.test";

static DATABASE: LazyLock<PostgrestClient> =
    LazyLock::new(|| PostgrestClient::with_http(common::http(), URL, "key").expect("a client"));
static FILES: LazyLock<StorageClient> =
    LazyLock::new(|| StorageClient::with_http(common::http(), URL, "key").expect("a client"));
static AUTH: LazyLock<AuthClient> =
    LazyLock::new(|| AuthClient::with_http(common::http(), URL, "key").expect("a client"));

fuzz_target!(|data: &[u8]| {
    // The first byte chooses the status, the first line a header, the rest is the body.
    let Some((&choice, rest)) = data.split_first() else {
        return;
    };
    let status = [200, 206, 400, 404, 406, 500, 204, 201][usize::from(choice % 8)];
    let cut = rest.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (line, body) = rest.split_at(cut);
    let range = std::str::from_utf8(line)
        .ok()
        .filter(|line| !line.contains(|c: char| c.is_control()));
    let range = range
        .filter(|line| http::HeaderValue::from_str(line).is_ok())
        .unwrap_or("*/*");
    let head = common::head(
        status,
        &[
            ("content-range", range),
            ("content-type", "application/json"),
        ],
    );
    let body = Bytes::copy_from_slice(body);
    let is_success = status < 300;

    let rows = DATABASE
        .from("t")
        .select::<Value>("*")
        .decode(&head, body.clone());
    assert!(is_success || rows.is_err());
    let one = DATABASE
        .from("t")
        .select::<Value>("*")
        .maybe_single()
        .decode(&head, body.clone());
    assert!(is_success || status == 406 || one.is_err());
    let counted = DATABASE
        .from("t")
        .select::<Value>("*")
        .response()
        .decode(&head, body.clone());
    assert!(is_success || counted.is_err());
    let bucket = FILES.from("b");
    assert!(is_success || bucket.list("").decode(&head, body.clone()).is_err());
    assert!(is_success || bucket.list_v2().decode(&head, body.clone()).is_err());
    assert!(is_success || FILES.list_buckets().decode(&head, body.clone()).is_err());
    let users = AUTH.admin().list_users().decode(&head, body.clone());
    assert!(is_success || users.is_err());
    if let Err(error) = users {
        let _ = (format!("{error} {error:?}"), error.status());
    }
});
