//! Resumable uploads: the answers to creating one and to asking how far it has come, and states that were stored.
#![no_main]

mod common;

use std::sync::LazyLock;

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use storage_rs::{FileClient, StorageClient, UploadState};

static FILES: LazyLock<FileClient> = LazyLock::new(|| {
    StorageClient::with_http(common::http(), "https://project.test", "key")
        .expect("a client")
        .from("b")
});

fuzz_target!(|data: &[u8]| {
    let all = common::parts(data);
    let [location, offset, length, stored, ..] = all.as_slice() else {
        return;
    };
    let fits = |value: &&str| http::HeaderValue::from_str(value).is_ok();
    if ![location, offset, length]
        .into_iter()
        .all(|value| fits(value))
    {
        return;
    }
    let headers = [
        ("location", *location),
        ("upload-offset", *offset),
        ("upload-length", *length),
    ];
    let states = [
        FILES
            .upload("a", "content")
            .resumable()
            .decode(&common::head(201, &headers), Bytes::new())
            .ok(),
        serde_json::from_str(stored).ok(),
    ];
    for state in states.into_iter().flatten() {
        check(&state, offset, &headers);
    }
});

/// Whatever named the upload, only the project is asked about it, and only a number is believed.
fn check(state: &UploadState, offset: &str, headers: &[(&str, &str)]) {
    if let Ok(request) = FILES.upload_offset(state).into_request() {
        let uri = request.uri();
        assert_eq!(
            uri.authority().map(http::uri::Authority::as_str),
            Some("project.test")
        );
        let rest = uri
            .path()
            .strip_prefix("/storage/v1/upload/resumable/")
            .expect("the route");
        let id = rest.strip_prefix("sign/").unwrap_or(rest);
        assert!(
            !id.is_empty() && !id.contains('/') && id != "." && id != "..",
            "{uri}"
        );
    }
    let arrived = FILES
        .upload_offset(state)
        .decode(&common::head(200, headers), Bytes::new());
    assert_eq!(arrived.ok(), offset.trim().parse::<u64>().ok());
    let gone = FILES
        .upload_offset(state)
        .decode(&common::head(404, headers), Bytes::new());
    assert!(gone.is_err_and(|error| error.is_not_found()));
}
