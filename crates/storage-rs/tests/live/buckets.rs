//! Buckets: made, looked at, changed, listed, emptied, deleted.

use storage_rs::{BucketSort, ErrorCode, FileSizeLimit, SortOrder};

use super::{clear, failed, fresh, live};

#[tokio::test]
async fn the_life_of_a_bucket() {
    live("the_life_of_a_bucket", |live| async move {
        let storage = live.service();
        let id = fresh("bucket");
        let name = storage
            .create_bucket(&id)
            .public()
            .file_size_limit(1024)
            .allowed_mime_types(["image/*", "text/plain"])
            .await
            .unwrap();
        assert_eq!(name, id);
        let bucket = storage.get_bucket(&id).await.unwrap();
        assert!(bucket.public && bucket.id == id && bucket.name == id);
        assert_eq!(bucket.file_size_limit, Some(1024));
        let types = bucket.allowed_mime_types.unwrap();
        assert_eq!(types, ["image/*", "text/plain"]);
        assert!(bucket.created_at.is_some());

        let twice = failed(storage.create_bucket(&id).await);
        assert!(twice.is_already_exists(), "{twice:?}");
        assert_eq!(ErrorCode::of(&twice), Some(ErrorCode::BucketAlreadyExists));

        storage.update_bucket(&id).private().await.unwrap();
        let bucket = storage.get_bucket(&id).await.unwrap();
        assert!(!bucket.public, "what is not said stays");
        assert_eq!(bucket.file_size_limit, Some(1024));
        let update = storage.update_bucket(&id).no_file_size_limit();
        update.any_mime_type().await.unwrap();
        let bucket = storage.get_bucket(&id).await.unwrap();
        assert_eq!(
            (bucket.file_size_limit, bucket.allowed_mime_types),
            (None, None)
        );
        let text = FileSizeLimit::text("2KB");
        storage
            .update_bucket(&id)
            .file_size_limit(text)
            .await
            .unwrap();
        let bucket = storage.get_bucket(&id).await.unwrap();
        assert_eq!(bucket.file_size_limit, Some(2000));

        storage.from(&id).upload("a.txt", "a").await.unwrap();
        let full = failed(storage.delete_bucket(&id).await);
        assert_eq!(ErrorCode::of(&full), Some(ErrorCode::ResourceNotEmpty));
        assert!(!full.is_already_exists());
        clear(&storage, &storage.from(&id)).await;

        for error in [
            failed(storage.get_bucket(&id).await),
            failed(storage.update_bucket(&id).public().await),
            failed(storage.empty_bucket(&id).await),
            failed(storage.delete_bucket(&id).await),
        ] {
            assert!(error.is_not_found(), "{error:?}");
            assert_eq!(ErrorCode::of(&error), Some(ErrorCode::NoSuchBucket));
        }
    })
    .await;
}

#[tokio::test]
async fn lists_of_buckets() {
    live("lists_of_buckets", |live| async move {
        let storage = live.service();
        let prefix = fresh("list");
        let ids: Vec<_> = ["a", "b", "c"]
            .map(|part| format!("{prefix}-{part}"))
            .into();
        for id in &ids {
            storage.create_bucket(id).await.unwrap();
        }
        let list = || storage.list_buckets().search(&prefix);
        let mut all: Vec<_> = list()
            .await
            .unwrap()
            .into_iter()
            .map(|one| one.id)
            .collect();
        all.sort();
        assert_eq!(all, ids);
        let page = list()
            .limit(1)
            .offset(1)
            .sort_by(BucketSort::Name, SortOrder::Descending);
        let page = page.await.unwrap();
        assert_eq!(page.len(), 1);
        assert_eq!(page[0].id, ids[1]);
        for column in [BucketSort::Id, BucketSort::CreatedAt, BucketSort::UpdatedAt] {
            let sorted = list().sort_by(column, SortOrder::Ascending).await.unwrap();
            assert_eq!(sorted.len(), 3, "{column:?}");
        }
        for id in &ids {
            storage.delete_bucket(id).await.unwrap();
        }
        assert!(list().await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn limits_of_a_bucket() {
    live("limits_of_a_bucket", |live| async move {
        let storage = live.service();
        let id = fresh("limits");
        let create = storage.create_bucket(&id).file_size_limit(10);
        create.allowed_mime_types(["image/*"]).await.unwrap();
        let files = storage.from(&id);
        let png = |size| vec![0; size];
        let upload = files.upload("ok.png", png(10)).content_type("image/png");
        upload.await.unwrap();
        let large = failed(
            files
                .upload("l.png", png(11))
                .content_type("image/png")
                .await,
        );
        assert!(large.is_too_large(), "{large:?}");
        let form = files
            .upload("l.png", png(11))
            .content_type("image/png")
            .as_form();
        let large = failed(form.await);
        assert!(large.is_too_large(), "{large:?}");
        let text = failed(files.upload("t.txt", "t").content_type("text/plain").await);
        assert!(text.is_invalid_mime_type(), "{text:?}");
        let names: Vec<_> = files
            .list("")
            .await
            .unwrap()
            .into_iter()
            .map(|f| f.name)
            .collect();
        assert_eq!(names, ["ok.png"], "nothing is left of what was refused");
        let kinds = failed(
            storage
                .create_bucket(fresh("mime"))
                .allowed_mime_types(["bad mime"])
                .await,
        );
        assert!(kinds.is_invalid_mime_type(), "{kinds:?}");
        clear(&storage, &files).await;
    })
    .await;
}

#[tokio::test]
async fn a_cdn_is_asked_to_forget() {
    live("a_cdn_is_asked_to_forget", |live| async move {
        let storage = live.service();
        let files = super::bucket(&storage, "cdn").await;
        files.upload("a.txt", "a").await.unwrap();
        let id = files.bucket();
        for result in [
            files.purge_cache("a.txt").await,
            files.purge_cache("a.txt").transformations().await,
            storage.purge_bucket_cache(id).await,
        ] {
            // A server without a CDN says that it has none.
            if let Err(error) = result {
                assert!(error.message().contains("CDN"), "{error:?}");
                assert_eq!(error.code(), Some("MissingParameter"));
            }
        }
        clear(&storage, &files).await;
    })
    .await;
}
