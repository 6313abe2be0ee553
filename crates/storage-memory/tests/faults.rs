//! Uploads and downloads over connections that break: the object is whole, or the error says that it is not.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use storage_memory::{Fault, MemoryStorage};
use storage_rs::{FileClient, StorageClient, UploadBody, UploadState};
use supabase_http::{Backoff, HttpClient, RetryConfig};

const QUICK: Duration = Duration::ZERO;

fn files(server: &MemoryStorage) -> FileClient {
    let http = HttpClient::builder()
        .transport(server.clone())
        .retry(RetryConfig::new().backoff(Backoff::new(QUICK, QUICK)))
        .build()
        .unwrap();
    StorageClient::with_http(http, "https://project.test", "key")
        .unwrap()
        .from("b")
}

fn fault(size: u64) -> impl Strategy<Value = Fault> {
    prop_oneof![
        3 => Just(Fault::None),
        4 => (0..size + 2).prop_map(Fault::CutBody),
        2 => Just(Fault::LoseAnswer),
        2 => (0..size + 2).prop_map(Fault::CutAnswer),
        2 => Just(Fault::Busy),
        1 => Just(Fault::Expire),
    ]
}

fn content(size: usize) -> Bytes {
    (0..size)
        .map(|at| u8::try_from(at % 251).unwrap())
        .collect()
}

fn body(content: &Bytes, kind: u8) -> UploadBody {
    let pieces: Vec<_> = content
        .chunks(7)
        .map(Bytes::copy_from_slice)
        .map(Ok::<_, std::io::Error>)
        .collect();
    let stream = UploadBody::stream(futures_util::stream::iter(pieces));
    match kind {
        0 => UploadBody::bytes(content.clone()),
        1 => stream,
        _ => stream.length(u64::try_from(content.len()).unwrap()),
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Wherever the connection breaks, a resumable upload ends with the object whole, and an error only if the service
    /// lost what a stream cannot give again.
    #[test]
    fn an_upload_survives(
        size in 0_usize..120,
        chunk in 1_usize..40,
        kind in 0_u8..3,
        first in any::<bool>(),
        faults in prop::collection::vec(fault(40), 0..12),
    ) {
        run(async {
            let server = MemoryStorage::new().bucket("b");
            server.faults(faults.clone());
            let content = content(size);
            let mut upload = files(&server)
                .upload("a", body(&content, kind))
                .resumable()
                .chunk_size(chunk)
                .tries(20)
                .backoff(Backoff::new(QUICK, QUICK));
            if first {
                upload = upload.send_with_creation();
            }
            let outcome = upload.await;
            let there = server.content("b", "a");
            match outcome {
                Ok(_) => assert_eq!(there, Some(content)),
                Err(error) => {
                    // Never half an object, whatever went wrong.
                    assert!(there.is_none_or(|there| there == content), "{error}");
                    let one_piece = first && size <= chunk || size == 0;
                    let expired = faults.contains(&Fault::Expire);
                    assert!(one_piece || expired, "{error} after {faults:?}");
                }
            }
        });
    }

    /// What one process began, another one ends.
    #[test]
    fn an_upload_goes_on_after_a_restart(
        size in 1_usize..120,
        chunk in 1_usize..40,
        faults in prop::collection::vec(fault(40), 0..8),
    ) {
        let faults: Vec<_> = faults.into_iter().filter(|fault| *fault != Fault::Expire).collect();
        run(async {
            let server = MemoryStorage::new().bucket("b");
            let content = content(size);
            let quick = Backoff::new(QUICK, QUICK);
            let begun = files(&server).upload("a", content.clone()).resumable().chunk_size(chunk).tries(0).backoff(quick);
            let begun = begun.begin().await.unwrap();
            let kept = serde_json::to_string(begun.state()).unwrap();
            server.faults(faults);
            // It ends at the first break.
            let _ = begun.await;
            server.faults([]);
            let state: UploadState = serde_json::from_str(&kept).unwrap();
            let upload = files(&server).resume_upload(state, content.clone());
            upload.chunk_size(chunk).await.unwrap();
            assert_eq!(server.content("b", "a"), Some(content));
        });
    }

    /// A download into a file is whole, or leaves no file.
    #[test]
    fn a_download_is_whole(
        size in 1_usize..120,
        cuts in prop::collection::vec(0_u64..130, 0..4),
    ) {
        run(async {
            tokio::time::pause();
            let server = MemoryStorage::new().bucket("b");
            let content = content(size);
            server.put("b", "a", content.clone());
            server.faults(cuts.into_iter().map(Fault::CutAnswer));
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a");
            match files(&server).download("a").to_file(&path).await {
                Ok(got) => {
                    assert_eq!(got.size, u64::try_from(size).unwrap());
                    assert_eq!(std::fs::read(&path).unwrap(), content);
                }
                Err(_) => assert!(!path.exists()),
            }
        });
    }

    /// A plain upload is whole, or an error.
    #[test]
    fn a_plain_upload_is_whole(size in 0_usize..120, fault in fault(120)) {
        run(async {
            let server = MemoryStorage::new().bucket("b");
            server.faults([fault]);
            let content = content(size);
            let outcome = files(&server).upload("a", content.clone()).await;
            let there = server.content("b", "a");
            if outcome.is_ok() {
                assert_eq!(there, Some(content));
            } else {
                assert!(there.is_none_or(|there| there == content));
            }
        });
    }
}
