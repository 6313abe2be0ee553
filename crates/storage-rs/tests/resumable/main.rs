//! Resumable uploads: what is sent, where to, and what comes of breaks, restarts and changes.
#![cfg(feature = "resumable")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod kept;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde_json::json;
use storage_rs::{ErrorKind, FileClient, StorageClient, UploadBody};
use supabase_http::testing::{Exchange, MockTransport};
use supabase_http::{Backoff, HttpClient, RetryConfig, TransportErrorKind};

fn storage(mock: &MockTransport) -> StorageClient {
    let http = HttpClient::builder()
        .transport(mock.clone())
        .retry(RetryConfig::off())
        .build()
        .unwrap();
    StorageClient::with_http(http, "https://project.test", "key").unwrap()
}

fn files(mock: &MockTransport) -> FileClient {
    storage(mock).from("files")
}

fn id() -> String {
    URL_SAFE_NO_PAD.encode("files/a.bin/version-1")
}

fn created() -> Exchange {
    let url = format!("https://project.test/storage/v1/upload/resumable/{}", id());
    Exchange::new(201).header("location", &url)
}

fn at(status: u16, offset: u64) -> Exchange {
    Exchange::new(status).header("upload-offset", &offset.to_string())
}

fn of(offset: u64, length: u64) -> Exchange {
    at(200, offset).header("upload-length", &length.to_string())
}

fn resumable(
    files: &FileClient,
    body: impl storage_rs::IntoUploadBody,
) -> storage_rs::ResumableUpload {
    let quick = Backoff::new(Duration::ZERO, Duration::ZERO);
    files
        .upload("a.bin", body)
        .resumable()
        .chunk_size(4)
        .backoff(quick)
}

/// Method, offset and body of each request.
fn sent(mock: &MockTransport) -> Vec<(String, Option<String>, Bytes)> {
    let requests = mock.requests();
    requests
        .iter()
        .map(|request| {
            let offset = request.header("upload-offset").map(str::to_owned);
            (request.method().to_string(), offset, request.body().clone())
        })
        .collect()
}

fn step(method: &str, offset: Option<u64>, body: &'static str) -> (String, Option<String>, Bytes) {
    let offset = offset.map(|offset| offset.to_string());
    (
        method.to_owned(),
        offset,
        Bytes::from_static(body.as_bytes()),
    )
}

#[tokio::test]
async fn chunks_follow_each_other() {
    let mock = MockTransport::new()
        .reply_with(created())
        .reply_with(at(204, 4))
        .reply_with(at(204, 8))
        .reply_with(at(204, 10));
    let upload = files(&mock)
        .upload("a.bin", "0123456789")
        .content_type("text/plain")
        .cache_control(Duration::from_secs(60))
        .metadata(&json!({ "a": 1 }))
        .upsert()
        .resumable()
        .chunk_size(4);
    let uploaded = upload.await.unwrap();
    assert_eq!(uploaded.full_path, "files/a.bin");
    assert_eq!(
        sent(&mock),
        [
            step("POST", None, ""),
            step("PATCH", Some(0), "0123"),
            step("PATCH", Some(4), "4567"),
            step("PATCH", Some(8), "89"),
        ]
    );
    let requests = mock.requests();
    let create = &requests[0];
    assert_eq!(create.path(), "/storage/v1/upload/resumable");
    assert_eq!(create.header("upload-length"), Some("10"));
    assert_eq!(
        create.header("upload-metadata"),
        Some(
            "bucketName ZmlsZXM=,objectName YS5iaW4=,contentType dGV4dC9wbGFpbg==,cacheControl NjA=,metadata eyJhIjoxfQ=="
        )
    );
    for request in &requests {
        assert_eq!(request.header("tus-resumable"), Some("1.0.0"));
        assert_eq!(request.header("x-upsert"), Some("true"));
        assert_eq!(request.header("apikey"), Some("key"));
    }
    assert_eq!(
        requests[1].header("content-type"),
        Some("application/offset+octet-stream")
    );
    mock.assert_done();
}

#[tokio::test]
async fn a_break_is_gone_on_from_what_arrived() {
    for broken in [
        Exchange::fail(TransportErrorKind::Interrupted),
        Exchange::fail(TransportErrorKind::Timeout),
        Exchange::fail(TransportErrorKind::Connect),
        Exchange::new(503),
        Exchange::new(500),
        Exchange::new(423),
        Exchange::new(409).body("Upload-Offset conflict\n"),
        Exchange::new(400).json(json!({
            "statusCode": "403", "code": "AccessDenied", "message": "\"exp\" claim timestamp check failed"
        })),
    ] {
        let mock = MockTransport::new()
            .reply_with(created())
            .reply_with(at(204, 4))
            .reply_with(broken)
            .reply_with(Exchange::fail(TransportErrorKind::Interrupted))
            .reply_with(of(6, 10))
            .reply_with(at(204, 10));
        resumable(&files(&mock), "0123456789").await.unwrap();
        assert_eq!(sent(&mock).last().unwrap(), &step("PATCH", Some(6), "6789"));
        mock.assert_done();
    }
}

#[tokio::test]
async fn a_server_that_takes_less_gets_the_rest() {
    let mock = MockTransport::new()
        .reply_with(created())
        .reply_with(at(204, 1))
        .reply_with(at(204, 5));
    resumable(&files(&mock), "01234").await.unwrap();
    assert_eq!(sent(&mock)[2], step("PATCH", Some(1), "1234"));
}

#[tokio::test]
async fn what_stands_is_not_tried_again() {
    let conflict = || Exchange::new(409).body("The resource already exists");
    let denied = || Exchange::new(403).body("new row violates row-level security policy");
    let mock = MockTransport::new()
        .reply_with(conflict())
        .reply_with(created())
        .reply_with(conflict())
        .reply_with(of(0, 5))
        .reply_with(created())
        .reply_with(denied())
        .reply_with(Exchange::new(413).body("Maximum size exceeded"));
    let files = files(&mock);
    assert!(
        resumable(&files, "01234")
            .await
            .unwrap_err()
            .is_already_exists()
    );
    let error = resumable(&files, "01234").await.unwrap_err();
    assert_eq!(error.message(), "The resource already exists");
    assert_eq!(error.operation(), Some("upload"));
    assert!(
        resumable(&files, "01234")
            .await
            .unwrap_err()
            .is_rls_violation()
    );
    assert!(resumable(&files, "01234").await.unwrap_err().is_too_large());
    mock.assert_done();
}

#[tokio::test]
async fn breaks_without_a_byte_come_to_an_end() {
    let mock = MockTransport::new().respond(|request| match request.method().as_str() {
        "POST" => created(),
        "HEAD" => of(0, 5),
        _ => Exchange::fail(TransportErrorKind::Interrupted),
    });
    let error = resumable(&files(&mock), "01234")
        .tries(3)
        .await
        .unwrap_err();
    assert_eq!(
        error.transport_error().unwrap().kind(),
        TransportErrorKind::Interrupted
    );
    let count = |method: &str| sent(&mock).iter().filter(|one| one.0 == method).count();
    assert_eq!((count("PATCH"), count("HEAD")), (4, 3));
}

#[tokio::test]
async fn an_answer_that_was_lost_is_looked_for() {
    let info = |version: &str| {
        Exchange::new(200).json(json!({ "id": "i", "name": "a.bin", "version": version }))
    };
    let lost = || Exchange::fail(TransportErrorKind::Interrupted);
    // The file that is there is this one.
    for forgotten in [of(4, 4), Exchange::new(404)] {
        let mock = MockTransport::new()
            .reply_with(created())
            .reply_with(lost())
            .reply_with(forgotten)
            .reply_with(info("version-1"));
        let uploaded = resumable(&files(&mock), "0123").await.unwrap();
        assert_eq!(uploaded.id.as_deref(), Some("i"));
        mock.assert_done();
    }
    // It is another one, or there is none.
    for other in [true, false] {
        let mock = MockTransport::new()
            .reply_with(created())
            .reply_with(lost())
            .respond(move |request| match request.method().as_str() {
                "HEAD" => of(4, 4),
                _ if other => info("version-2"),
                _ => Exchange::new(404),
            });
        let error = resumable(&files(&mock), "0123").tries(2).await.unwrap_err();
        assert!(error.message().contains("all bytes arrived"), "{error}");
        let looked = sent(&mock).iter().filter(|one| one.0 == "GET").count();
        assert_eq!((sent(&mock).len(), looked), (8, 3));
    }
}

#[tokio::test]
async fn an_upload_that_expired_begins_anew_once() {
    let gone = || Exchange::new(410);
    let lost = || Exchange::fail(TransportErrorKind::Interrupted);
    let mock = MockTransport::new()
        .reply_with(created())
        .reply_with(at(204, 4))
        .reply_with(lost())
        .reply_with(gone())
        .reply_with(created())
        .reply_with(at(204, 4))
        .reply_with(at(204, 8))
        .reply_with(at(204, 10));
    resumable(&files(&mock), "0123456789").await.unwrap();
    mock.assert_done();

    // A stream cannot be read again.
    let mock = MockTransport::new()
        .reply_with(created())
        .reply_with(at(204, 4))
        .reply_with(lost())
        .reply_with(gone());
    let error = resumable(&files(&mock), stream("0123456789"))
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap(), 410);
    assert!(error.message().contains("begin anew"), "{error}");
    mock.assert_done();
}

fn stream(text: &'static str) -> UploadBody {
    let pieces = text.as_bytes().chunks(3);
    let pieces: Vec<_> = pieces
        .map(|piece| Ok::<_, std::io::Error>(Bytes::from_static(piece)))
        .collect();
    UploadBody::stream(futures_util::stream::iter(pieces))
}

#[tokio::test]
async fn a_stream_says_its_length_at_its_end() {
    let mock = MockTransport::new()
        .reply_with(created())
        .reply_with(at(204, 4))
        .reply_with(at(204, 8));
    resumable(&files(&mock), stream("01234567")).await.unwrap();
    let requests = mock.requests();
    assert_eq!(requests[0].header("upload-defer-length"), Some("1"));
    let lengths: Vec<_> = requests
        .iter()
        .map(|one| one.header("upload-length"))
        .collect();
    assert_eq!(lengths, [None, None, Some("8")]);
}

#[tokio::test]
async fn the_first_chunk_can_go_with_the_beginning() {
    for (taken, next) in [
        (Some(4), Some(step("PATCH", Some(4), "45"))),
        (None, Some(step("PATCH", Some(0), "0123"))),
    ] {
        let mut answer = created();
        if let Some(taken) = taken {
            answer = answer.header("upload-offset", &u64::to_string(&taken));
        }
        let mock = MockTransport::new().reply_with(answer).respond(|request| {
            let offset: u64 = request.header("upload-offset").unwrap().parse().unwrap();
            at(204, offset + u64::try_from(request.body().len()).unwrap())
        });
        let body = "012345";
        resumable(&files(&mock), body)
            .send_with_creation()
            .await
            .unwrap();
        assert_eq!(sent(&mock)[0], step("POST", None, "0123"));
        assert_eq!(sent(&mock).get(1), next.as_ref());
    }
    // A file in one piece that may be there is not sent again.
    for broken in [
        Exchange::fail(TransportErrorKind::Interrupted),
        Exchange::new(503),
    ] {
        let mock = MockTransport::new().reply_with(broken);
        let error = resumable(&files(&mock), "012")
            .send_with_creation()
            .await
            .unwrap_err();
        assert!(error.message().contains("not known"), "{error}");
        mock.assert_done();
    }
    let mock = MockTransport::new()
        .fail(TransportErrorKind::Connect)
        .reply_with(created().header("upload-offset", "3"));
    resumable(&files(&mock), "012")
        .send_with_creation()
        .await
        .unwrap();
    mock.assert_done();
}

#[tokio::test]
async fn an_empty_file_is_there_at_once() {
    let mock = MockTransport::new().reply_with(created().header("tus-complete", "1"));
    resumable(&files(&mock), "").await.unwrap();
    assert_eq!(
        mock.last_request().unwrap().header("upload-length"),
        Some("0")
    );
    mock.assert_done();
}

#[tokio::test]
async fn a_foreign_location_gets_nothing() {
    let foreign = Exchange::new(201).header("location", "https://evil.test/upload/resumable/dHVz");
    let mock = MockTransport::new()
        .reply_with(foreign)
        .reply_with(at(204, 2));
    resumable(&files(&mock), "01").await.unwrap();
    let request = mock.last_request().unwrap();
    assert_eq!(request.uri().host(), Some("project.test"));
    assert_eq!(request.path(), "/storage/v1/upload/resumable/dHVz");

    for location in [
        "https://evil.test/dHVz",
        "https://project.test/upload/resumable/%2e%2e",
    ] {
        let mock = MockTransport::new().reply_with(Exchange::new(201).header("location", location));
        let error = resumable(&files(&mock), "01").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        mock.assert_done();
    }
}

#[tokio::test]
async fn an_offset_that_cannot_be_is_an_error() {
    for (chunk, head) in [
        (at(204, 5), None),
        (Exchange::new(204), None),
        (Exchange::new(503), Some(of(7, 5))),
        (Exchange::new(503), Some(of(0, 6))),
    ] {
        let mut mock = MockTransport::new().reply_with(created()).reply_with(chunk);
        if let Some(head) = head {
            mock = mock.reply_with(head);
        }
        resumable(&files(&mock), "01234").await.unwrap_err();
        mock.assert_done();
    }
}

#[tokio::test]
async fn a_signed_upload_sends_its_token_and_no_key() {
    let url = format!(
        "https://project.test/storage/v1/upload/resumable/sign/{}",
        id()
    );
    let mock = MockTransport::new()
        .reply_with(Exchange::new(201).header("location", &url))
        .reply_with(Exchange::new(503))
        .reply_with(of(0, 2))
        .reply_with(at(204, 2));
    let files = files(&mock);
    let quick = Backoff::new(Duration::ZERO, Duration::ZERO);
    let upload = files
        .upload_to_signed_url("a.bin", "token", "01")
        .resumable()
        .backoff(quick);
    let shown = format!("{upload:?}");
    assert!(!shown.contains("token"), "{shown}");
    upload.await.unwrap();
    for request in mock.requests() {
        assert_eq!(request.header("x-signature"), Some("token"));
        assert_eq!(request.header("authorization"), None);
        assert_eq!(request.header("apikey"), None);
        assert!(
            request
                .path()
                .starts_with("/storage/v1/upload/resumable/sign")
        );
    }
    mock.assert_done();
}
