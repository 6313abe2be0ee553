//! No secret is shown by resumable uploads: not by their types, not in what is kept of them.
#![cfg(feature = "resumable")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use canary::{CANARY, quiet, quiet_error};
use storage_rs::*;
use supabase_http::HttpClient;
use supabase_http::testing::{Exchange, MockTransport};

fn files(mock: &MockTransport) -> FileClient {
    let http = HttpClient::builder()
        .transport(mock.clone())
        .build()
        .unwrap();
    StorageClient::with_http(http, "http://project.test", "sb_publishable_canary")
        .unwrap()
        .with_token(AccessToken::parse("eyJcanary.canary.canary").unwrap())
        .from("b")
}

#[tokio::test]
async fn uploads_keep_them() {
    let location = "http://project.test/storage/v1/upload/resumable/sign/abc";
    let mock = MockTransport::new()
        .reply_with(Exchange::new(201).header("location", location))
        .reply(400, CANARY);
    let files = files(&mock);
    let upload = || {
        files
            .upload_to_signed_url("a", CANARY, CANARY)
            .header("x-secret", CANARY)
            .resumable()
            .token(CANARY)
    };
    quiet::<ResumableUpload>(&upload());
    quiet::<UploadSlots>(&UploadSlots::new(1));
    let begun = upload().begin().await.unwrap();
    quiet::<BegunUpload>(&begun);
    quiet::<UploadState>(begun.state());
    assert!(
        !serde_json::to_string(begun.state())
            .unwrap()
            .contains("canary")
    );
    quiet::<UploadOffset>(&files.upload_offset(begun.state()).token(CANARY));
    quiet::<CancelUpload>(&files.cancel_upload(begun.state()).token(CANARY));
    // What the service says is shown, what it is asked by is not.
    let error = files
        .resume_upload(begun.state().clone(), CANARY)
        .await
        .unwrap_err();
    quiet_error(&error);
}
