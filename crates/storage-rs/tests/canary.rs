//! No secret is shown: not by any public type, not in an error, not in a trace.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use canary::{CANARY, Log, quiet, quiet_error};
use serde_json::{Value, json};
use storage_rs::*;
use supabase_http::HttpClient;
use supabase_http::testing::{Exchange, MockTransport};

const MINUTE: Duration = Duration::from_secs(60);

/// A client with secrets wherever one can be.
fn over(mock: &MockTransport) -> StorageClient {
    let http = HttpClient::builder()
        .transport(mock.clone())
        .build()
        .unwrap();
    StorageClient::with_http(http, "http://project.test", "sb_publishable_canary")
        .unwrap()
        .with_token(AccessToken::parse("eyJcanary.canary.canary").unwrap())
        .with_header("x-app", CANARY)
        .unwrap()
}

fn answering(body: Value) -> StorageClient {
    over(&MockTransport::new().respond(move |_| {
        Exchange::new(200)
            .header("set-cookie", CANARY)
            .header("etag", "\"e\"")
            .json(body.clone())
    }))
}

#[test]
fn clients_and_builders_keep_them() {
    let storage = over(&MockTransport::new());
    let files = storage.from("b").with_header("x-secret", CANARY).unwrap();
    quiet::<StorageClient>(&storage);
    quiet::<FileClient>(&files);
    quiet::<ObjectPath>(&ObjectPath::from("a"));
    quiet::<FileVersion>(&FileVersion::new("a", "v"));
    quiet::<UploadBody>(&UploadBody::bytes(CANARY));
    quiet::<UploadBody>(&UploadBody::path(CANARY));
    quiet::<UploadBody>(&UploadBody::reader(CANARY.as_bytes()));

    let upload = || {
        files
            .upload("a", CANARY)
            .header("x-secret", CANARY)
            .metadata(&json!({ "a": CANARY }))
    };
    quiet::<Upload>(&upload());
    quiet::<Upload>(&files.upload_to_signed_url("a", CANARY, CANARY));
    quiet::<Progress>(&upload().progress());
    quiet::<Transferred>(&upload().progress().now());
    quiet::<Sending<Uploaded>>(&upload().into_future());
    quiet::<Download>(
        &files
            .download("a")
            .cache_nonce(CANARY)
            .header("x-secret", CANARY),
    );
    quiet::<ListFiles>(&files.list("a").search(CANARY).header("x-secret", CANARY));
    quiet::<ListFilesV2>(&files.list_v2().cursor(CANARY));
    quiet::<PageStream>(&files.list_v2().cursor(CANARY).pages());
    quiet::<FileStream>(&files.list_v2().cursor(CANARY).files());
    quiet::<FileInfoCall>(&files.info("a").version(CANARY));
    quiet::<FileExists>(&files.exists("a").header("x-secret", CANARY));
    quiet::<RemoveFiles>(&files.remove([FileVersion::new("a", CANARY)]));
    quiet::<MoveFile>(&files.move_("a", "b").version(CANARY));
    quiet::<CopyFile>(&files.copy("a", "b").metadata(&json!({ "a": CANARY })));
    quiet::<PurgeCache>(&files.purge_cache("a").header("x-secret", CANARY));
    quiet::<PublicUrl>(
        &files
            .get_public_url("a")
            .download_as(CANARY)
            .cache_nonce(CANARY),
    );
    quiet::<CreateSignedUrl>(&files.create_signed_url("a", MINUTE).download_as(CANARY));
    quiet::<CreateSignedUrls>(&files.create_signed_urls(["a"], MINUTE).download_as(CANARY));
    quiet::<CreateSignedUploadUrl>(
        &files
            .create_signed_upload_url("a")
            .metadata(&json!({ "a": CANARY })),
    );

    quiet::<CreateBucket>(&storage.create_bucket("b").header("x-secret", CANARY));
    quiet::<UpdateBucket>(
        &storage
            .update_bucket("b")
            .public()
            .header("x-secret", CANARY),
    );
    quiet::<GetBucket>(&storage.get_bucket("b").header("x-secret", CANARY));
    quiet::<ListBuckets>(&storage.list_buckets().search(CANARY));
    quiet::<BucketCall>(&storage.empty_bucket("b").header("x-secret", CANARY));
    quiet::<PurgeBucketCache>(&storage.purge_bucket_cache("b").header("x-secret", CANARY));
    quiet::<GetBucketLifecycle>(&storage.get_bucket_lifecycle("b").header("x-secret", CANARY));
    quiet::<UpdateBucketLifecycle>(
        &storage
            .update_bucket_lifecycle("b", [])
            .header("x-secret", CANARY),
    );
}

#[test]
fn options_hold_no_secrets() {
    quiet::<Transform>(&Transform::new().width(1));
    quiet::<Resize>(&Resize::Cover);
    quiet::<ImageFormat>(&ImageFormat::Avif);
    quiet::<SortBy>(&SortBy::Name);
    quiet::<SortOrder>(&SortOrder::Ascending);
    quiet::<Versions>(&Versions::Only);
    quiet::<BucketSort>(&BucketSort::Id);
    quiet::<BucketKind>(&BucketKind::Standard);
    quiet::<FileSizeLimit>(&FileSizeLimit::bytes(1));
    quiet::<Versioning>(&Versioning::Enabled);
    quiet::<LifecycleRule>(&LifecycleRule::noncurrent_days(1));
    quiet::<NoncurrentVersionExpiration>(&NoncurrentVersionExpiration::default());
    quiet::<RuleStatus>(&RuleStatus::Enabled);
    quiet::<BucketLifecycle>(&BucketLifecycle::default());
    quiet::<ErrorCode>(&ErrorCode::NoSuchKey);
}

#[tokio::test]
async fn answers_keep_them() {
    let token = "/object/sign/b/a?token=canary";
    let one =
        answering(json!({ "signedURL": token, "url": "/object/upload/sign/b/a?token=canary" }));
    let files = one.from("b");
    quiet::<SignedUrl>(
        &files
            .create_signed_url("a", MINUTE)
            .download_as(CANARY)
            .await
            .unwrap(),
    );
    quiet::<SignedUploadUrl>(&files.create_signed_upload_url("a").await.unwrap());
    let many = answering(json!([{ "path": "a", "signedURL": token }]));
    for signed in many
        .from("b")
        .create_signed_urls(["a"], MINUTE)
        .await
        .unwrap()
    {
        quiet::<SignedUrlResult>(&signed);
    }

    let object =
        json!({ "name": "a", "id": "1", "metadata": { "size": 1 }, "public": false, "Key": "b/a" });
    let storage = answering(object.clone());
    let files = storage.from("b");
    quiet::<Uploaded>(&files.upload("a", CANARY).await.unwrap());
    quiet::<Copied>(&files.copy("a", "b").await.unwrap());
    quiet::<FileInfo>(&files.info("a").await.unwrap());
    quiet::<Bucket>(&storage.get_bucket("b").await.unwrap());
    quiet::<FilePage>(&files.list_v2().await.unwrap());
    let listed = answering(json!([object])).from("b").list("").await.unwrap();
    quiet::<FileObject>(&listed[0]);
    quiet::<ObjectMetadata>(listed[0].metadata.as_ref().unwrap());

    let secret = answering(json!({ "token": CANARY }));
    let mut stream = secret.from("b").download("a").stream().await.unwrap();
    quiet::<DownloadStream>(&stream);
    stream.try_next().await.unwrap();
    quiet::<DownloadStream>(&stream);
    quiet::<DownloadReader>(&secret.from("b").download("a").reader().await.unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    quiet::<Downloaded>(&secret.from("b").download("a").to_file(path).await.unwrap());
}

#[tokio::test]
async fn errors_and_traces_keep_them() {
    let log = Log::start();
    for status in [200, 400, 401, 500, 503] {
        let mock = MockTransport::new().respond(move |_| {
            let body = json!({ "message": "no", "token": CANARY, "details": CANARY });
            Exchange::new(status)
                .header("set-cookie", CANARY)
                .json(body)
        });
        let files = over(&mock).from("b");
        let off = RetryConfig::off;
        for error in [
            files
                .list("")
                .search(CANARY)
                .retry(off())
                .await
                .map(drop)
                .unwrap_err(),
            files
                .create_signed_url("a", MINUTE)
                .retry(off())
                .await
                .map(drop)
                .unwrap_err(),
            files
                .upload_to_signed_url("a", CANARY, CANARY)
                .await
                .map(drop)
                .unwrap_err(),
            files.upload("a", CANARY).await.map(drop).unwrap_err(),
        ] {
            quiet_error::<Error>(&error);
        }
    }
    let files = over(&MockTransport::new()).from("b");
    for error in [
        files
            .upload("a", "x")
            .header("x", "canary\n")
            .await
            .unwrap_err(),
        files
            .upload("a", "x")
            .metadata(&[CANARY])
            .await
            .unwrap_err(),
    ] {
        quiet_error::<Error>(&error);
    }
    assert!(
        log.judged().contains("supabase.request"),
        "nothing was traced"
    );
}
