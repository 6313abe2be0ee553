//! What is kept of an upload, what chooses chunks by itself, progress and bounds.

use std::time::Duration;

use serde_json::json;
use storage_rs::{ErrorKind, UploadBody, UploadSlots, UploadState};
use supabase_http::TransportErrorKind;
use supabase_http::testing::{Exchange, MockTransport};

use crate::{at, created, files, of, resumable, sent, step, storage, stream};

#[tokio::test]
async fn another_process_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (path, kept) = (folder.path().join("a.bin"), folder.path().join("state"));
    std::fs::write(&path, "0123456789").unwrap();
    let mock = MockTransport::new()
        .reply_with(created())
        .reply_with(at(204, 4))
        .fail(TransportErrorKind::Interrupted);
    let upload =
        |mock: &MockTransport| resumable(&files(mock), UploadBody::path(&path)).state_file(&kept);
    upload(&mock).tries(0).await.unwrap_err();
    assert!(kept.exists());
    assert!(!std::fs::read_to_string(&kept).unwrap().contains("key"));

    let mock = MockTransport::new()
        .reply_with(of(4, 10))
        .reply_with(at(204, 8))
        .reply_with(at(204, 10));
    upload(&mock).await.unwrap();
    assert_eq!(sent(&mock)[1], step("PATCH", Some(4), "4567"));
    assert!(!kept.exists());

    // Other content, or another target, is another upload.
    for change in ["content", "path"] {
        std::fs::write(&path, "0123456789").unwrap();
        let mock = MockTransport::new()
            .reply_with(created())
            .fail(TransportErrorKind::Interrupted);
        upload(&mock).tries(0).await.unwrap_err();
        let mock = MockTransport::new().respond(|request| match request.method().as_str() {
            "POST" => created(),
            _ => at(
                204,
                request
                    .header("upload-offset")
                    .unwrap()
                    .parse::<u64>()
                    .unwrap()
                    + 4.min(u64::try_from(request.body().len()).unwrap()),
            ),
        });
        if change == "content" {
            std::fs::write(&path, "another!").unwrap();
            upload(&mock).await.unwrap();
        } else {
            let other = files(&mock)
                .upload("b.bin", UploadBody::path(&path))
                .resumable()
                .chunk_size(4);
            other.state_file(&kept).await.unwrap();
        }
        assert_eq!(sent(&mock)[0].0, "POST", "{change}");
        assert!(!kept.exists());
    }

    // A file of somebody else is left alone.
    std::fs::write(&kept, "dear diary").unwrap();
    let mock = MockTransport::new().reply_with(created());
    let error = upload(&mock).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request);
    assert_eq!(std::fs::read(&kept).unwrap(), b"dear diary");
    let error = resumable(&files(&mock), stream("abc"))
        .state_file(&kept)
        .await
        .unwrap_err();
    assert!(error.message().contains("fingerprint"), "{error}");
}

#[tokio::test]
async fn a_kept_state_is_gone_on_with() {
    let mock = MockTransport::new().reply_with(created().header("upload-expires", "later"));
    let begun = resumable(&files(&mock), "0123456789")
        .begin()
        .await
        .unwrap();
    let text = serde_json::to_string(begun.state()).unwrap();
    let state: UploadState = serde_json::from_str(&text).unwrap();
    assert_eq!(&state, begun.state());
    assert_eq!(
        (state.path(), state.length(), state.expires()),
        ("a.bin", Some(10), Some("later"))
    );

    let mock = MockTransport::new()
        .reply_with(of(9, 10))
        .reply_with(at(204, 10))
        .reply_with(of(3, 10))
        .reply(204, "")
        .reply(404, "");
    let files = files(&mock);
    files
        .resume_upload(state.clone(), "0123456789")
        .await
        .unwrap();
    assert_eq!(sent(&mock)[1], step("PATCH", Some(9), "9"));
    assert_eq!(files.upload_offset(&state).await.unwrap(), 3);
    files.cancel_upload(&state).await.unwrap();
    assert_eq!(mock.last_request().unwrap().method(), "DELETE");
    // It is never begun anew by itself.
    let error = files
        .resume_upload(state.clone(), "0123456789")
        .await
        .unwrap_err();
    assert!(error.is_not_found());
    mock.assert_done();

    for error in [
        files
            .resume_upload(state.clone(), "0123456788")
            .await
            .unwrap_err(),
        files
            .resume_upload(state.clone(), "012345678")
            .await
            .unwrap_err(),
        storage(&mock)
            .from("others")
            .resume_upload(state.clone(), "0123456789")
            .await
            .unwrap_err(),
        storage(&mock)
            .from("others")
            .upload_offset(&state)
            .await
            .unwrap_err(),
        files.upload("../a", "x").resumable().await.unwrap_err(),
        files
            .upload("a", "x")
            .resumable()
            .chunk_size(0)
            .await
            .unwrap_err(),
        files
            .upload("a", "x")
            .content_encoding("gzip")
            .resumable()
            .await
            .unwrap_err(),
        storage(&mock)
            .from("")
            .upload("a", "x")
            .resumable()
            .await
            .unwrap_err(),
        files
            .upload("a", UploadBody::path("/no/such/file"))
            .resumable()
            .await
            .unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Request, "{error}");
    }
    mock.assert_done();
}

#[tokio::test]
async fn large_files_go_in_chunks_by_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    std::fs::write(&path, "0123456789").unwrap();
    for (above, chunked) in [(9, true), (10, false), (u64::MAX, false)] {
        for body in [
            UploadBody::bytes("0123456789"),
            UploadBody::path(&path),
            stream("0123456789").length(10),
        ] {
            let mock = MockTransport::new().respond(|request| {
                match (request.method().as_str(), request.path()) {
                    ("POST", "/storage/v1/upload/resumable") => created(),
                    ("PATCH", _) => at(204, 10),
                    _ => Exchange::new(200).json(json!({ "Key": "files/a.bin" })),
                }
            });
            let files = storage(&mock).with_resumable_above(above).from("files");
            files.upload("a.bin", body).await.unwrap();
            let first = mock.requests()[0].path().ends_with("/upload/resumable");
            assert_eq!(first, chunked, "{above}");
        }
    }
    let mock = MockTransport::new().reply(200, json!({ "Key": "files/a.bin" }));
    let files = storage(&mock).with_resumable_above(1).from("files");
    files.upload("a.bin", "01").as_form().await.unwrap();
}

#[tokio::test]
async fn progress_falls_back_to_what_arrived() {
    let mock = MockTransport::new()
        .reply_with(created())
        .reply_with(at(204, 4))
        .reply_with(Exchange::new(503))
        .reply_with(of(5, 8))
        .reply_with(at(204, 8));
    let upload = resumable(&files(&mock), "01234567");
    let mut progress = upload.progress();
    let watching = tokio::spawn(async move {
        let mut last = progress.now();
        while let Some(now) = progress.next().await {
            last = now;
        }
        last
    });
    upload.await.unwrap();
    let last = watching.await.unwrap();
    assert_eq!((last.bytes, last.total), (8, Some(8)));
    mock.assert_done();
}

#[tokio::test(start_paused = true)]
async fn slots_bound_how_many_run_at_once() {
    let busy = std::sync::Arc::new(std::sync::Mutex::new((0_u32, 0_u32)));
    let (mock, counted) = (MockTransport::new(), busy.clone());
    let mock = mock.respond(move |request| {
        let mut busy = counted.lock().unwrap();
        match request.method().as_str() {
            "POST" => {
                busy.0 += 1;
                busy.1 = busy.1.max(busy.0);
                created().delay(Duration::from_secs(1))
            }
            _ => {
                busy.0 -= 1;
                at(204, 2).delay(Duration::from_secs(1))
            }
        }
    });
    let slots = UploadSlots::new(2);
    let mut uploads = tokio::task::JoinSet::new();
    for _ in 0..6 {
        uploads.spawn(resumable(&files(&mock), "01").slots(&slots).into_future());
    }
    while let Some(uploaded) = uploads.join_next().await {
        uploaded.unwrap().unwrap();
    }
    assert_eq!(*busy.lock().unwrap(), (0, 2));
    assert_eq!(format!("{slots:?}"), "UploadSlots(2 free)");
}
