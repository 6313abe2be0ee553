//! What anybody may do, and what a refused key says.

use std::time::Duration;

use storage_rs::{AccessToken, ErrorCode, RetryConfig};

use super::{bucket, clear, failed, live};

#[tokio::test]
async fn policies_hold_for_anybody() {
    live("policies_hold_for_anybody", |live| async move {
        let (storage, anybody) = (live.service(), live.anybody());
        let files = bucket(&storage, "private").await;
        files.upload("a.txt", "a").await.unwrap();
        let theirs = anybody.from(files.bucket());
        let minute = Duration::from_secs(60);
        for error in [
            failed(theirs.upload("b.txt", "b").await),
            failed(theirs.upload("b.txt", "b").as_form().await),
            failed(theirs.upload("a.txt", "b").upsert().await),
            failed(theirs.create_signed_upload_url("b.txt").await),
            failed(anybody.create_bucket(super::fresh("anon")).await),
        ] {
            assert!(error.is_rls_violation(), "{error:?}");
            assert_eq!(ErrorCode::of(&error), Some(ErrorCode::AccessDenied));
            assert_eq!(error.status().map(|s| s.as_u16()), Some(403));
        }
        for error in [
            failed(theirs.download("a.txt").await),
            failed(theirs.info("a.txt").await),
            failed(theirs.create_signed_url("a.txt", minute).await),
            failed(theirs.copy("a.txt", "c.txt").await),
            failed(theirs.move_("a.txt", "c.txt").await),
            failed(anybody.get_bucket(files.bucket()).await),
        ] {
            assert!(
                error.is_not_found() && !error.is_rls_violation(),
                "{error:?}"
            );
        }
        // Whether the bucket is seen or is not empty first, depends on the server.
        failed(anybody.delete_bucket(files.bucket()).await);
        storage.get_bucket(files.bucket()).await.unwrap();
        assert!(!theirs.exists("a.txt").await.unwrap());
        assert!(theirs.list("").await.unwrap().is_empty());
        assert!(theirs.list_v2().await.unwrap().objects.is_empty());
        assert!(theirs.remove(["a.txt"]).await.unwrap().is_empty());
        assert_eq!(files.download("a.txt").await.unwrap(), "a");
        let many = theirs.create_signed_urls(["a.txt"], minute).await.unwrap();
        many[0].url.as_ref().unwrap_err();

        // A public bucket is read by anybody, by its URL alone.
        let url = files.get_public_url("a.txt").build().unwrap();
        let (status, ..) = live.get(&url).await;
        assert_eq!(status, 400, "not public yet");
        storage
            .update_bucket(files.bucket())
            .public()
            .await
            .unwrap();
        let (status, _, body) = live.get(&url).await;
        assert_eq!((status, &body[..]), (200, &b"a"[..]));
        let named = files
            .get_public_url("a.txt")
            .download_as("b ü.txt")
            .build()
            .unwrap();
        let (_, headers, _) = live.get(&named).await;
        let disposition = headers["content-disposition"].to_str().unwrap();
        assert!(disposition.contains("b%20%C3%BC.txt"), "{disposition}");
        clear(&storage, &files).await;
    })
    .await;
}

#[tokio::test]
async fn a_refused_token_is_told_apart() {
    live("a_refused_token_is_told_apart", |live| async move {
        let storage = live.service();
        let files = bucket(&storage, "token").await;
        files.upload("a.txt", "a").await.unwrap();
        let bad = AccessToken::parse("eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.c2ln").unwrap();
        let theirs = storage.with_token(bad).from(files.bucket());
        for error in [
            failed(theirs.list("").await),
            failed(theirs.list_v2().await),
            failed(theirs.upload("b.txt", "b").await),
            failed(
                theirs
                    .create_signed_url("a.txt", Duration::from_secs(60))
                    .await,
            ),
        ] {
            assert!(
                !error.is_not_found() && !error.is_rls_violation(),
                "{error:?}"
            );
            assert_eq!(error.status().map(|s| s.as_u16()), Some(403), "{error:?}");
        }
        // Where a public bucket is read as well, the service does not say that it refused a token.
        for error in [
            failed(theirs.download("a.txt").retry(RetryConfig::off()).await),
            failed(theirs.info("a.txt").await),
            failed(theirs.exists("a.txt").await),
        ] {
            assert_eq!(ErrorCode::of(&error), Some(ErrorCode::NoSuchBucket));
            let hint = error.api_error().and_then(|told| told.hint());
            assert!(hint.is_some_and(|hint| hint.contains("token")), "{error:?}");
        }
        clear(&storage, &files).await;
    })
    .await;
}
