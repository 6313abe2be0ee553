//! Signed URLs, for reading and for uploads; pictures.

use std::time::Duration;

use serde_json::json;
use storage_rs::{ErrorCode, Resize, Transform};

use super::{bucket, clear, failed, live};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn signed_urls_are_for_one_file_and_a_while() {
    live(
        "signed_urls_are_for_one_file_and_a_while",
        |live| async move {
            let storage = live.service();
            let files = bucket(&storage, "signed").await;
            files
                .upload("a.txt", "a")
                .content_type("text/plain")
                .await
                .unwrap();
            files.upload("b.txt", "b").await.unwrap();
            let url = files.create_signed_url("a.txt", MINUTE).await.unwrap();
            let (status, headers, body) = live.get(url.as_str()).await;
            assert_eq!((status, &body[..]), (200, &b"a"[..]));
            assert_eq!(headers["content-type"], "text/plain");
            assert!(!headers.contains_key("content-disposition"));
            let other = url.as_str().replace("/a.txt", "/b.txt");
            assert_ne!(live.get(&other).await.0, 200, "for one file");

            let saved = files
                .create_signed_url("a.txt", MINUTE)
                .download()
                .await
                .unwrap();
            let (_, headers, _) = live.get(saved.as_str()).await;
            assert!(
                headers["content-disposition"]
                    .to_str()
                    .unwrap()
                    .starts_with("attachment")
            );
            let nonce = files
                .create_signed_url("a.txt", MINUTE)
                .cache_nonce("v 2")
                .await
                .unwrap();
            assert_eq!(live.get(nonce.as_str()).await.0, 200);

            let short = files
                .create_signed_url("a.txt", Duration::from_secs(1))
                .await
                .unwrap();
            tokio::time::sleep(Duration::from_millis(2_500)).await;
            assert_ne!(live.get(short.as_str()).await.0, 200, "for a while");

            let missing = failed(files.create_signed_url("nobody", MINUTE).await);
            assert!(missing.is_not_found(), "{missing:?}");
            let many = files
                .create_signed_urls(["a.txt", "nobody"], MINUTE)
                .await
                .unwrap();
            assert_eq!(
                live.get(many[0].url.as_ref().unwrap().as_str()).await.0,
                200
            );
            many[1].url.as_ref().unwrap_err();
            files
                .create_signed_url("a.txt", Duration::ZERO)
                .await
                .unwrap_err();
            clear(&storage, &files).await;
        },
    )
    .await;
}

#[tokio::test]
async fn signed_uploads() {
    live("signed_uploads", |live| async move {
        let (storage, anybody) = (live.service(), live.anybody());
        let files = bucket(&storage, "uploads").await;
        let theirs = anybody.from(files.bucket());
        let metadata = json!({ "by": "Ada" });
        let signed = files
            .create_signed_upload_url("a.txt")
            .metadata(&metadata)
            .await
            .unwrap();
        let upload = theirs.upload_to_signed_url(signed.path(), signed.token(), "one");
        let uploaded = upload.content_type("text/plain").await.unwrap();
        assert_eq!(uploaded.full_path, format!("{}/a.txt", files.bucket()));
        assert_eq!(files.download("a.txt").await.unwrap(), "one");
        let again = failed(
            theirs
                .upload_to_signed_url("a.txt", signed.token(), "two")
                .await,
        );
        assert!(again.is_already_exists(), "{again:?}");
        let taken = failed(files.create_signed_upload_url("a.txt").await);
        assert!(taken.is_already_exists(), "{taken:?}");
        let signed = files
            .create_signed_upload_url("a.txt")
            .upsert()
            .await
            .unwrap();
        let stream =
            futures_util::stream::iter([Ok::<_, std::io::Error>(bytes::Bytes::from("three"))]);
        let body = storage_rs::UploadBody::stream(stream);
        theirs
            .upload_to_signed_url(signed.path(), signed.token(), body)
            .await
            .unwrap();
        assert_eq!(files.download("a.txt").await.unwrap(), "three");
        let elsewhere = failed(
            theirs
                .upload_to_signed_url("b.txt", signed.token(), "x")
                .await,
        );
        assert_eq!(ErrorCode::of(&elsewhere), Some(ErrorCode::InvalidSignature));
        let garbage = failed(theirs.upload_to_signed_url("a.txt", "garbage", "x").await);
        assert_eq!(ErrorCode::of(&garbage), Some(ErrorCode::InvalidJwt));
        clear(&storage, &files).await;
    })
    .await;
}

#[tokio::test]
async fn pictures_are_changed_or_the_server_says_that_it_cannot() {
    live(
        "pictures_are_changed_or_the_server_says_that_it_cannot",
        |live| async move {
            let storage = live.service();
            let files = bucket(&storage, "pictures").await;
            // One red dot.
            let png = [
                0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44,
                0x52, 0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0, 0x90, 0x77, 0x53, 0xde, 0, 0, 0, 12,
                0x49, 0x44, 0x41, 0x54, 8, 0xd7, 0x63, 0xf8, 0xcf, 0xc0, 0, 0, 3, 1, 1, 0, 0x18,
                0xdd, 0x8d, 0xb0, 0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
            ];
            files
                .upload("dot.png", png.to_vec())
                .content_type("image/png")
                .await
                .unwrap();
            let small = Transform::new()
                .width(8)
                .height(8)
                .resize(Resize::Contain)
                .quality(50);
            match files.download("dot.png").transform(small.clone()).await {
                Ok(picture) => assert!(!picture.is_empty()),
                Err(error) => {
                    eprintln!("no pictures are changed here: {error:?}");
                    assert!(error.status().is_some());
                }
            }
            match files
                .create_signed_url("dot.png", MINUTE)
                .transform(small)
                .await
            {
                Ok(url) => assert!(url.as_str().contains("/render/image/sign/"), "{url:?}"),
                Err(error) => assert!(error.status().is_some(), "{error:?}"),
            }
            clear(&storage, &files).await;
        },
    )
    .await;
}
