//! Moves, copies, removals.

use serde_json::json;

use super::{bucket, clear, failed, live};

#[tokio::test]
async fn moves_and_copies() {
    live("moves_and_copies", |live| async move {
        let storage = live.service();
        let (files, archive) = (bucket(&storage, "from").await, bucket(&storage, "to").await);
        let metadata = json!({ "who": "Ada" });
        let upload = files
            .upload("a.txt", "a")
            .content_type("text/plain")
            .metadata(&metadata);
        upload.await.unwrap();
        files.move_("a.txt", "in/b.txt").await.unwrap();
        assert!(!files.exists("a.txt").await.unwrap());
        assert_eq!(files.download("in/b.txt").await.unwrap(), "a");
        let other = archive.bucket();
        files
            .move_("in/b.txt", "c.txt")
            .destination_bucket(other)
            .await
            .unwrap();
        assert!(!files.exists("in/b.txt").await.unwrap());
        assert_eq!(archive.download("c.txt").await.unwrap(), "a");

        let copied = archive.copy("c.txt", "d.txt").await.unwrap();
        assert_eq!(copied.full_path, format!("{other}/d.txt"));
        let info = archive.info("d.txt").await.unwrap();
        assert_eq!(json!(info.metadata), metadata);
        assert_eq!(info.content_type.as_deref(), Some("text/plain"));
        let back = archive
            .copy("d.txt", "e.txt")
            .destination_bucket(files.bucket());
        back.await.unwrap();
        assert_eq!(files.download("e.txt").await.unwrap(), "a");
        let taken = failed(archive.copy("c.txt", "d.txt").await);
        assert!(taken.is_already_exists(), "{taken:?}");
        archive.copy("c.txt", "d.txt").upsert().await.unwrap();
        let changed = archive.copy("c.txt", "f.txt").without_metadata();
        let changed = changed.content_type("image/png").cache_control("max-age=9");
        changed.metadata(&json!({ "new": true })).await.unwrap();
        let info = archive.info("f.txt").await.unwrap();
        assert_eq!(info.content_type.as_deref(), Some("image/png"));
        assert_eq!(info.cache_control.as_deref(), Some("max-age=9"));
        assert_eq!(json!(info.metadata), json!({ "new": true }));

        for error in [
            failed(files.move_("nobody", "x").await),
            failed(files.copy("nobody", "x").await),
        ] {
            assert!(error.is_not_found(), "{error:?}");
        }
        let taken = failed(archive.move_("c.txt", "d.txt").await);
        assert!(taken.is_already_exists(), "{taken:?}");
        clear(&storage, &files).await;
        clear(&storage, &archive).await;
    })
    .await;
}

#[tokio::test]
async fn what_was_removed_is_told() {
    live("what_was_removed_is_told", |live| async move {
        let storage = live.service();
        let files = bucket(&storage, "remove").await;
        for n in 0..5 {
            files.upload(format!("{n}.txt"), "x").await.unwrap();
        }
        let removed = files
            .remove(["0.txt", "nobody.txt", "3.txt"])
            .await
            .unwrap();
        let mut names: Vec<_> = removed.into_iter().map(|file| file.name).collect();
        names.sort();
        assert_eq!(names, ["0.txt", "3.txt"]);
        assert!(files.remove(["nobody.txt"]).await.unwrap().is_empty());
        assert_eq!(files.list("").await.unwrap().len(), 3);
        let many: Vec<_> = (0..1000).map(|n| format!("{n}.txt")).collect();
        assert_eq!(files.remove(many).await.unwrap().len(), 3);
        clear(&storage, &files).await;
    })
    .await;
}
