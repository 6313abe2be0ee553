//! Lists of files, whole and in pages, by both ways.

use std::collections::BTreeSet;

use storage_rs::{SortBy, SortOrder};

use super::{bucket, clear, live};

#[tokio::test]
async fn lists_with_folders_and_offsets() {
    live("lists_with_folders_and_offsets", |live| async move {
        let storage = live.service();
        let files = bucket(&storage, "list").await;
        for name in [
            "a.txt",
            "b.txt",
            "c.txt",
            "cats/tom.png",
            "cats/old/one.png",
            "dogs/rex.png",
        ] {
            files
                .upload(name, name)
                .content_type("text/plain")
                .await
                .unwrap();
        }
        let top = files.list("").await.unwrap();
        let names: Vec<_> = top
            .iter()
            .map(|f| (f.name.as_str(), f.is_folder()))
            .collect();
        let wanted = [
            ("a.txt", false),
            ("b.txt", false),
            ("c.txt", false),
            ("cats", true),
            ("dogs", true),
        ];
        assert_eq!(names, wanted);
        assert_eq!(top[0].size(), Some(5));
        let metadata = top[0].metadata.as_ref().unwrap();
        assert_eq!(metadata.mimetype.as_deref(), Some("text/plain"));
        let cats: Vec<_> = files
            .list("cats")
            .await
            .unwrap()
            .into_iter()
            .map(|f| f.name)
            .collect();
        assert_eq!(cats, ["old", "tom.png"]);
        let down = files
            .list("")
            .sort_by(SortBy::Name, SortOrder::Descending)
            .limit(2)
            .offset(1);
        let down: Vec<_> = down.await.unwrap().into_iter().map(|f| f.name).collect();
        assert_eq!(down.len(), 2);
        for column in [SortBy::CreatedAt, SortBy::UpdatedAt, SortBy::LastAccessedAt] {
            let sorted = files
                .list("")
                .sort_by(column, SortOrder::Ascending)
                .await
                .unwrap();
            assert_eq!(sorted.len(), 5, "{column:?}");
        }
        let found = files.list("").search("b.t").await.unwrap();
        assert_eq!(found.len(), 1);
        assert!(files.list("nowhere").await.unwrap().is_empty());
        assert!(
            storage
                .from("no-such-bucket")
                .list("")
                .await
                .unwrap()
                .is_empty()
        );
        clear(&storage, &files).await;
    })
    .await;
}

#[tokio::test]
async fn pages_hold_everything_once() {
    live("pages_hold_everything_once", |live| async move {
        let storage = live.service();
        let files = bucket(&storage, "pages").await;
        let mut wanted = BTreeSet::new();
        for n in 0..23 {
            let name = format!("f/{n:02} of 23.txt");
            files.upload(&name, "x").await.unwrap();
            wanted.insert(name);
        }
        files.upload("g/other.txt", "x").await.unwrap();
        for order in [SortOrder::Ascending, SortOrder::Descending] {
            for column in [SortBy::Name, SortBy::CreatedAt, SortBy::UpdatedAt] {
                let list = files.list_v2().prefix("f/").limit(5).sort_by(column, order);
                let mut pages = list.pages();
                let (mut names, mut count) = (Vec::new(), 0);
                while let Some(page) = pages.try_next().await.unwrap() {
                    assert!(page.objects.len() <= 5);
                    names.extend(page.objects.into_iter().map(|file| file.name));
                    count += 1;
                }
                assert_eq!(count, 5, "{column:?} {order:?}");
                assert_eq!(names.len(), 23, "{column:?} {order:?}");
                let set: BTreeSet<_> = names.iter().cloned().collect();
                assert_eq!(set, wanted, "{column:?} {order:?}");
            }
        }
        let page = files.list_v2().with_delimiter().await.unwrap();
        let folders: Vec<_> = page.folders.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(folders, ["f/", "g/"]);
        assert!(page.objects.is_empty());

        // By the first way the stream of files has whole names too.
        let mut all = files.list("f").limit(7).files();
        let mut count = 0;
        while let Some(file) = all.try_next().await.unwrap() {
            assert!(!file.is_folder(), "{}", file.name);
            count += 1;
        }
        assert_eq!(count, 23);
        let none = storage.from("no-such-bucket").list_v2().await.unwrap();
        assert!(none.objects.is_empty() && none.folders.is_empty());
        clear(&storage, &files).await;
    })
    .await;
}
