//! Downloads into a file: beside it, gone on with, and whole.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use storage_rs::{FileClient, StorageClient};
use supabase_http::HttpClient;
use supabase_http::testing::{Exchange, MockTransport, RecordedRequest};

const CONTENT: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

fn files(mock: &MockTransport) -> FileClient {
    let http = HttpClient::builder()
        .transport(mock.clone())
        .build()
        .unwrap();
    StorageClient::with_http(http, "https://project.test", "key")
        .unwrap()
        .from("files")
}

/// What a service with this file answers to a request, whole or from where it asks.
fn serve(request: &RecordedRequest, etag: &str) -> Exchange {
    let start = request.header("range").map_or(0, |range| {
        range
            .trim_start_matches("bytes=")
            .trim_end_matches('-')
            .parse()
            .unwrap()
    });
    let total = CONTENT.len();
    if start >= total {
        return Exchange::new(416);
    }
    let rest = &CONTENT[start..];
    let answer = if request.header("range").is_some() {
        Exchange::new(206).header(
            "content-range",
            &format!("bytes {start}-{}/{total}", total - 1),
        )
    } else {
        Exchange::new(200)
    };
    answer
        .header("etag", etag)
        .header("content-length", &rest.len().to_string())
        .body(rest.to_vec())
}

fn left_over(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_new_file_takes_the_place_of_an_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    std::fs::write(&path, "old").unwrap();
    let mock = MockTransport::new().respond(|request| serve(request, "\"e1\""));
    let got = files(&mock).download("a").to_file(&path).await.unwrap();
    assert_eq!((got.size, got.transferred), (36, 36));
    assert_eq!(got.etag.as_deref(), Some("\"e1\""));
    assert_eq!(std::fs::read(&path).unwrap(), CONTENT);
    assert_eq!(left_over(folder.path()), ["a.bin"]);
}

#[tokio::test]
async fn an_error_leaves_the_old_file_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    std::fs::write(&path, "old").unwrap();
    let mock = MockTransport::new().reply(400, serde_json::json!({ "statusCode": "404" }));
    let error = files(&mock).download("a").to_file(&path).await.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    assert_eq!(left_over(folder.path()), ["a.bin"]);
}

#[tokio::test]
async fn what_was_left_is_gone_on_with_if_the_etag_is_the_same() {
    for (etag, transferred, ranges) in [("\"e1\"", 26, 1), ("\"e2\"", 36, 1), ("W/\"e1\"", 36, 1)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        std::fs::write(folder.path().join(".a.bin.e1.part"), &CONTENT[..10]).unwrap();
        let mock = MockTransport::new().respond(move |request| serve(request, etag));
        let got = files(&mock).download("a").to_file(&path).await.unwrap();
        assert_eq!((got.size, got.transferred), (36, transferred), "{etag}");
        assert_eq!(std::fs::read(&path).unwrap(), CONTENT, "{etag}");
        let asked = mock
            .requests()
            .iter()
            .filter(|request| request.header("range").is_some())
            .count();
        assert_eq!(asked, ranges, "{etag}");
        assert_eq!(left_over(folder.path()), ["a.bin"], "{etag}");
    }
}

#[tokio::test]
async fn a_part_that_is_too_large_is_thrown_away() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    std::fs::write(folder.path().join(".a.bin.e1.part"), vec![0; 100]).unwrap();
    let mock = MockTransport::new().respond(|request| serve(request, "\"e1\""));
    files(&mock).download("a").to_file(&path).await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), CONTENT);
    assert_eq!(left_over(folder.path()), ["a.bin"]);
}

#[tokio::test]
async fn without_an_etag_nothing_half_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    let broken = Exchange::new(200)
        .header("content-length", "36")
        .body(CONTENT)
        .fail_body_after(5);
    let mock = MockTransport::new().reply_with(broken);
    files(&mock).download("a").to_file(&path).await.unwrap_err();
    assert_eq!(left_over(folder.path()), [""; 0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The connection is cut at any places; the file is whole in the end, and no byte comes twice.
    #[test]
    fn cut_at_any_place_the_file_is_whole(cuts in proptest::collection::vec(0_usize..40, 0..4)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        let tries = Arc::new(AtomicUsize::new(0));
        let mock = MockTransport::new().respond({
            let cuts = cuts.clone();
            move |request| {
                let answer = serve(request, "\"e1\"");
                match cuts.get(tries.fetch_add(1, Ordering::Relaxed)) {
                    Some(cut) => answer.fail_body_after(*cut),
                    None => answer,
                }
            }
        });
        let got = runtime.block_on(async { files(&mock).download("a").to_file(&path).await });
        match got {
            Ok(got) => {
                prop_assert_eq!(std::fs::read(&path).unwrap(), CONTENT);
                prop_assert_eq!((got.size, got.transferred), (36, 36));
                prop_assert_eq!(left_over(folder.path()), ["a.bin"]);
            }
            Err(error) => {
                // Three times in a row without a byte.
                prop_assert!(error.is_retryable());
                prop_assert!(!path.exists());
                let zeros = cuts.iter().filter(|cut| **cut == 0).count();
                prop_assert!(zeros >= 3, "{:?}", cuts);
            }
        }
    }
}
