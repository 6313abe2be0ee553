//! Uploads and downloads: what is sent, what comes, and what happens when it breaks off.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use storage_rs::{ErrorKind, FileClient, StorageClient, UploadBody};
use supabase_http::testing::{Exchange, MockTransport};
use supabase_http::{HttpClient, RetryConfig, TransportErrorKind};
use tokio::io::AsyncReadExt as _;

fn files(mock: &MockTransport) -> FileClient {
    let http = HttpClient::builder()
        .transport(mock.clone())
        .build()
        .unwrap();
    StorageClient::with_http(http, "https://project.test", "key")
        .unwrap()
        .from("files")
}

fn stored() -> MockTransport {
    MockTransport::new().reply(200, json!({ "Key": "files/a.bin", "Id": "1" }))
}

fn pieces(texts: &[&'static str]) -> UploadBody {
    let texts: Vec<_> = texts
        .iter()
        .map(|text| Ok::<_, std::io::Error>(Bytes::from(*text)))
        .collect();
    UploadBody::stream(futures_util::stream::iter(texts))
}

#[tokio::test]
async fn files_readers_and_streams_arrive_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    // More than a piece of a file.
    let content: Vec<u8> = (0..200_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    std::fs::write(&path, &content).unwrap();
    let reader = std::io::Cursor::new(content.clone());
    let open = tokio::fs::File::open(&path).await.unwrap();
    for body in [
        UploadBody::path(&path),
        storage_rs::IntoUploadBody::into_upload_body(open),
        UploadBody::reader(reader.clone()),
        UploadBody::reader(reader).length(200_000),
        UploadBody::bytes(content.clone()),
    ] {
        let mock = stored();
        let uploaded = files(&mock).upload("a.bin", body).await.unwrap();
        assert_eq!(uploaded.full_path, "files/a.bin");
        assert_eq!(mock.last_request().unwrap().body(), &content);
    }
}

#[tokio::test]
async fn a_wrong_length_is_never_a_whole_request() {
    for length in [0, 4, 6, 100] {
        let mock = stored();
        let body = pieces(&["he", "l", "lo"]).length(length);
        let error = files(&mock).upload("a.txt", body).await.unwrap_err();
        assert_eq!(
            error.transport_error().unwrap().kind(),
            TransportErrorKind::Body,
            "{length}"
        );
        // The transport got no whole body, so it saw no request.
        assert!(mock.requests().is_empty(), "{length}");
    }
    let mock = stored();
    files(&mock)
        .upload("a.txt", pieces(&["he", "l", "lo"]).length(5))
        .await
        .unwrap();
    assert_eq!(mock.last_request().unwrap().body(), "hello");
}

#[tokio::test]
async fn a_file_that_grows_while_it_is_sent_is_an_error() {
    use std::io::Write as _;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    std::fs::write(&path, vec![b'x'; 100_000]).unwrap();
    let (mock, growing) = (stored(), path.clone());
    let http = HttpClient::new(tower_fn(move |mut body: supabase_http::Body| {
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .open(&growing)
            .unwrap();
        async move {
            use http_body_util::BodyExt as _;
            let first = body.frame().await.unwrap()?;
            file.write_all(b"more").unwrap();
            let rest = body.collect().await?;
            Ok::<_, supabase_http::BoxError>(
                first.into_data().unwrap().len() + rest.to_bytes().len(),
            )
        }
    }));
    let storage = StorageClient::with_http(http, "https://project.test", "key").unwrap();
    let error = storage
        .from("files")
        .upload("log", UploadBody::path(&path))
        .await
        .unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("longer than it was"), "{cause}");
    drop(mock);
}

/// A transport that only reads the body.
fn tower_fn<F, R>(read: F) -> impl supabase_http::IntoHttpService
where
    F: Fn(supabase_http::Body) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<usize, supabase_http::BoxError>> + Send + 'static,
{
    tower::service_fn(move |request: http::Request<supabase_http::Body>| {
        let reading = read(request.into_body());
        async move {
            reading.await?;
            Ok::<_, supabase_http::BoxError>(http::Response::new(supabase_http::Body::empty()))
        }
    })
}

#[tokio::test]
async fn what_is_no_file_is_told_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let mock = MockTransport::new();
    let files = files(&mock);
    for path in [folder.path().join("gone"), folder.path().to_owned()] {
        let error = files.upload("a", UploadBody::path(path)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Request);
        assert_eq!(error.operation(), Some("upload"));
    }
    for error in [
        files.upload("../a", "x").await.unwrap_err(),
        files.upload("a", "x").metadata(&[1, 2]).await.unwrap_err(),
        files
            .upload("a", "x")
            .content_type("multipart/form-data")
            .await
            .unwrap_err(),
        files.upload("a", "x").content_type("").await.unwrap_err(),
        files
            .upload("a", "x")
            .header("x-a", "b\nc")
            .await
            .unwrap_err(),
        files
            .create_signed_url("a", Duration::ZERO)
            .await
            .map(drop)
            .unwrap_err(),
        files.remove(vec!["a"; 1001]).await.map(drop).unwrap_err(),
        files
            .list("x")
            .offset(1)
            .files()
            .try_next()
            .await
            .map(drop)
            .unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Request, "{error}");
    }
    assert!(mock.requests().is_empty());
}

#[tokio::test]
async fn large_metadata_goes_in_a_form() {
    let mock = stored();
    let text = "x".repeat(10_000);
    files(&mock)
        .upload("a.txt", "hello")
        .metadata(&json!({ "text": text }))
        .await
        .unwrap();
    let request = mock.last_request().unwrap();
    assert!(request.header("x-metadata").is_none());
    assert!(
        request
            .header("content-type")
            .unwrap()
            .starts_with("multipart/form-data")
    );
    let body = String::from_utf8_lossy(request.body()).into_owned();
    // The service ignores what comes after the file.
    assert!(body.find(&text).unwrap() < body.find("hello").unwrap());
}

#[tokio::test]
async fn an_upload_is_sent_once_unless_it_never_left() {
    let quick =
        || RetryConfig::new().backoff(supabase_http::Backoff::new(Duration::ZERO, Duration::ZERO));
    let mock = MockTransport::new()
        .fail(TransportErrorKind::Connect)
        .reply(200, json!({ "Key": "k" }));
    files(&mock).upload("a", "x").retry(quick()).await.unwrap();
    mock.assert_done();
    for broken in [TransportErrorKind::Interrupted, TransportErrorKind::Timeout] {
        let mock = MockTransport::new().fail(broken);
        files(&mock)
            .upload("a", "x")
            .retry(quick())
            .await
            .unwrap_err();
        mock.assert_done();
    }
    // A list is a read, although it is a POST.
    let mock = MockTransport::new()
        .fail(TransportErrorKind::Interrupted)
        .reply(200, json!([]));
    assert!(
        files(&mock)
            .list("")
            .retry(quick())
            .await
            .unwrap()
            .is_empty()
    );
    mock.assert_done();
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once() {
    use std::sync::atomic::{AtomicUsize, Ordering};

    let mock = MockTransport::new()
        .reply(400, json!({ "statusCode": "403", "code": "AccessDenied", "message": "\"exp\" claim timestamp check failed" }))
        .reply(200, json!({ "Key": "k" }))
        .reply(400, json!({ "statusCode": "403", "code": "AccessDenied", "message": "new row violates row-level security policy" }));
    let http = HttpClient::builder()
        .transport(mock.clone())
        .build()
        .unwrap();
    let storage = StorageClient::with_http(http, "https://project.test", "key").unwrap();
    let asked = AtomicUsize::new(0);
    let source = supabase_http::token_fn(move || {
        let count = asked.fetch_add(1, Ordering::Relaxed);
        async move {
            Ok(Some(supabase_http::AccessToken::parse(&format!(
                "token-{count}"
            ))?))
        }
    });
    let credentials = storage.service().credentials().clone().with_source(source);
    let files = storage.with_credentials(credentials).from("files");
    files.upload("a", "x").await.unwrap();
    let error = files.upload("a", "x").await.unwrap_err();
    assert!(error.is_rls_violation());
    assert_eq!(error.status().unwrap(), 403);
    mock.assert_done();
}

#[tokio::test]
async fn progress_is_watched() {
    let mock = stored();
    let upload = files(&mock).upload("a.bin", vec![0; 150_000]);
    let mut progress = upload.progress();
    assert_eq!(progress.now().bytes, 0);
    let watching = tokio::spawn(async move {
        let mut last = progress.now();
        while let Some(now) = progress.next().await {
            assert!(now.bytes >= last.bytes);
            last = now;
        }
        last
    });
    upload.await.unwrap();
    let last = watching.await.unwrap();
    assert_eq!((last.bytes, last.total), (150_000, Some(150_000)));
    assert_eq!(mock.last_request().unwrap().body().len(), 150_000);
}

#[tokio::test]
async fn downloads_in_every_form() {
    let answer = || {
        Exchange::new(200)
            .header("content-length", "11")
            .header("etag", "\"e1\"")
            .header("content-type", "text/plain")
            .body("hello world")
            .drip(3, Duration::ZERO)
    };
    let mock = MockTransport::new().respond(move |_| answer());
    let files = files(&mock);
    assert_eq!(files.download("a").await.unwrap(), "hello world");

    let download = files.download("a");
    let progress = download.progress();
    let mut stream = download.stream().await.unwrap();
    assert_eq!((stream.size(), stream.etag()), (Some(11), Some("\"e1\"")));
    assert_eq!(stream.content_type(), Some("text/plain"));
    let mut whole = Vec::new();
    while let Some(piece) = stream.try_next().await.unwrap() {
        whole.extend_from_slice(&piece);
    }
    assert_eq!(whole, b"hello world");
    assert_eq!(progress.now().bytes, 11);

    let mut text = String::new();
    files
        .download("a")
        .reader()
        .await
        .unwrap()
        .read_to_string(&mut text)
        .await
        .unwrap();
    assert_eq!(text, "hello world");
}

#[tokio::test]
async fn a_stream_that_ends_too_early_is_an_error() {
    for answer in [
        Exchange::new(200)
            .header("content-length", "11")
            .body("hello"),
        Exchange::new(200)
            .header("content-length", "11")
            .body("hello world")
            .fail_body_after(5),
    ] {
        let mock = MockTransport::new().reply_with(answer);
        let mut stream = files(&mock).download("a").stream().await.unwrap();
        assert_eq!(stream.try_next().await.unwrap().unwrap(), "hello");
        let error = stream.try_next().await.unwrap_err();
        assert_eq!(
            error.transport_error().unwrap().kind(),
            TransportErrorKind::Interrupted
        );
        assert!(stream.next().await.is_none());
    }
}

#[tokio::test]
async fn a_range_that_is_ignored_is_an_error() {
    let mock = MockTransport::new()
        .reply(200, "hello world")
        .reply(200, "hello world")
        .reply_with(
            Exchange::new(206)
                .header("content-range", "bytes 3-4/11")
                .body("lo"),
        );
    let files = files(&mock);
    assert_eq!(
        files.download("a").range(2..5).await.unwrap_err().kind(),
        ErrorKind::Decode
    );
    assert_eq!(
        files
            .download("a")
            .last(2)
            .stream()
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::Decode
    );
    assert_eq!(
        files.download("a").range(2..5).await.unwrap_err().kind(),
        ErrorKind::Decode
    );
    for request in mock.requests() {
        assert!(request.header("range").is_some());
    }
}

#[tokio::test]
async fn pages_follow_the_cursor() {
    let file = |name: &str| json!({ "name": name, "id": "1" });
    let mock = MockTransport::new()
        .reply(
            200,
            json!({ "hasNext": true, "nextCursor": "c1", "objects": [file("a/1"), file("a/2")] }),
        )
        .reply(
            200,
            json!({ "hasNext": true, "nextCursor": "c2", "objects": [] }),
        )
        .reply(200, json!({ "hasNext": false, "objects": [file("a/3")] }));
    let mut stream = files(&mock).list("a").limit(2).files();
    let mut names = Vec::new();
    while let Some(file) = stream.try_next().await.unwrap() {
        names.push(file.name);
    }
    assert_eq!(names, ["a/1", "a/2", "a/3"]);
    let bodies: Vec<serde_json::Value> = mock
        .requests()
        .iter()
        .map(|request| request.json().unwrap())
        .collect();
    assert_eq!(bodies[0]["prefix"], "a/");
    assert_eq!(bodies[0]["with_delimiter"], true);
    let cursors: Vec<_> = bodies.iter().map(|body| body["cursor"].as_str()).collect();
    assert_eq!(cursors, [None, Some("c1"), Some("c2")]);
    mock.assert_done();

    // The same cursor again would never come to an end.
    let again = json!({ "hasNext": true, "nextCursor": "c1", "objects": [] });
    let mock = MockTransport::new()
        .reply(200, again.clone())
        .reply(200, again);
    let mut pages = files(&mock).list_v2().pages();
    assert!(pages.try_next().await.unwrap().is_some());
    assert_eq!(
        pages.try_next().await.unwrap_err().kind(),
        ErrorKind::Decode
    );
    assert!(pages.next().await.is_none());
}

#[tokio::test]
async fn signed_urls_show_no_token() {
    let mock = MockTransport::new()
        .reply(
            200,
            json!({ "signedURL": "/object/sign/files/a b?token=canary" }),
        )
        .reply(
            200,
            json!([{ "path": "a?", "signedURL": "/object/sign/files/a??token=canary" }]),
        )
        .reply(
            200,
            json!({ "url": "/object/upload/sign/files/a?token=canary" }),
        );
    let files = files(&mock);
    let minute = Duration::from_secs(60);
    let one = files
        .create_signed_url("a b", minute)
        .download_as("ü&.txt")
        .await
        .unwrap();
    assert_eq!(
        one.as_str(),
        "https://project.test/storage/v1/object/sign/files/a%20b?token=canary&download=%C3%BC%26.txt"
    );
    // A name with a question mark is signed by the call that takes it in its body.
    let odd = files.create_signed_url("a?", minute).await.unwrap();
    assert_eq!(
        odd.as_str(),
        "https://project.test/storage/v1/object/sign/files/a%3F?token=canary"
    );
    assert_eq!(
        mock.last_request().unwrap().path(),
        "/storage/v1/object/sign/files"
    );
    let upload = files.create_signed_upload_url("a").await.unwrap();
    for text in [
        format!("{one:?} {odd:?} {upload:?}"),
        format!("{one:#?} {odd:#?} {upload:#?}"),
    ] {
        assert!(!text.contains("canary"), "{text}");
    }
}

#[tokio::test]
async fn the_last_byte_of_a_wrong_length_never_goes_out() {
    let files = files(&MockTransport::new());
    for (length, more) in [(5, true), (5, false)] {
        let body = if more {
            pieces(&["he", "llo", "!"])
        } else {
            pieces(&["he", "ll"])
        };
        let request = files
            .upload("a.txt", body.length(length))
            .into_request()
            .unwrap();
        let mut chunks = request.into_body().into_stream();
        let mut sent = 0;
        let end = loop {
            match chunks.next().await {
                Some(Ok(chunk)) => sent += chunk.len(),
                end => break end,
            }
        };
        assert!(end.unwrap().is_err());
        assert!(
            sent < 5,
            "{sent} bytes went out: the service has a whole request"
        );
    }
}
