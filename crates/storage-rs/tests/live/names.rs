//! Names: awkward ones reach exactly their object, by every call.

use std::time::Duration;

use storage_rs::{ErrorCode, ObjectPath};

use super::{bucket, clear, failed, live};

/// Every character that the service takes in names, where it hurts.
const AWKWARD: &[&str] = &[
    "a b.txt",
    " lead and trail ",
    "a+b.txt",
    "q?m=1&n=2.txt",
    "s!-_.*'()&$=@;:,?+ .txt",
    "x$y.txt",
    "semi;colon:and@at.txt",
    "a=b&c=d",
    "..hidden",
    "dots.../..x/y..",
    "deep/er/and/deep er/f.txt",
    "sign",
    "public/info",
    "list-v2/authenticated",
    "UPPER/lower.TXT",
];

#[tokio::test]
async fn awkward_names_reach_their_object() {
    live("awkward_names_reach_their_object", |live| async move {
        let storage = live.service();
        let id = super::fresh("odd names &");
        storage.create_bucket(&id).public().await.unwrap();
        let files = storage.from(&id);
        for name in AWKWARD {
            files
                .upload(*name, *name)
                .await
                .unwrap_or_else(|why| panic!("{name}: {why:?}"));
        }
        let mut listed = Vec::new();
        let mut all = files.list_v2().files();
        while let Some(file) = all.try_next().await.unwrap() {
            listed.push(file.name);
        }
        let mut wanted: Vec<_> = AWKWARD.iter().map(|name| (*name).to_owned()).collect();
        wanted.sort();
        listed.sort();
        assert_eq!(listed, wanted);

        let minute = Duration::from_secs(60);
        let signed = files.create_signed_urls(AWKWARD, minute).await.unwrap();
        assert_eq!(signed.len(), AWKWARD.len());
        for (name, many) in AWKWARD.iter().zip(signed) {
            assert_eq!(files.download(*name).await.unwrap(), *name);
            assert_eq!(files.info(*name).await.unwrap().name, *name);
            assert!(files.exists(*name).await.unwrap(), "{name}");
            let one = files.create_signed_url(*name, minute).await.unwrap();
            let saved = files
                .create_signed_url(*name, minute)
                .download_as("ä & b.txt")
                .await
                .unwrap();
            let many = many.url.unwrap();
            for url in [one.as_str(), many.as_str(), saved.as_str()] {
                let (status, _, body) = live.get(url).await;
                assert_eq!((status, &body[..]), (200, name.as_bytes()), "{name}: {url}");
            }
            let public = files.get_public_url(*name).build().unwrap();
            let (status, _, body) = live.get(&public).await;
            assert_eq!(
                (status, &body[..]),
                (200, name.as_bytes()),
                "{name}: {public}"
            );

            let copy = format!("copy of/{name}");
            files.copy(*name, &copy).await.unwrap();
            files.move_(&copy, format!("{name} 2")).await.unwrap();
            assert_eq!(files.download(format!("{name} 2")).await.unwrap(), *name);
            let upload = files
                .create_signed_upload_url(format!("{name} 3"))
                .await
                .unwrap();
            files
                .upload_to_signed_url(upload.path(), upload.token(), *name)
                .await
                .unwrap();
            assert_eq!(files.download(format!("{name} 3")).await.unwrap(), *name);
            let removed =
                files.remove([(*name).to_owned(), format!("{name} 2"), format!("{name} 3")]);
            assert_eq!(removed.await.unwrap().len(), 3, "{name}");
            assert!(!files.exists(*name).await.unwrap(), "{name}");
        }
        clear(&storage, &files).await;
    })
    .await;
}

#[tokio::test]
async fn names_that_the_server_refuses_are_refused_before() {
    live(
        "names_that_the_server_refuses_are_refused_before",
        |live| async move {
            let storage = live.service();
            let files = bucket(&storage, "refused").await;
            for name in [
                "héllo.txt",
                "100%.txt",
                "a#b.txt",
                "a~b.txt",
                "a[b].txt",
                "a|b",
                "😀.txt",
                "a\\b",
                "a\"b",
            ] {
                ObjectPath::from(name).check().unwrap_err();
                let refused = failed(files.upload(ObjectPath::exact(name), "x").await);
                assert_eq!(
                    ErrorCode::of(&refused),
                    Some(ErrorCode::InvalidKey),
                    "{name}"
                );
            }
            assert!(files.list("").await.unwrap().is_empty());
            clear(&storage, &files).await;
        },
    )
    .await;
}
