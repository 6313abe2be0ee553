//! Files: sent in every way and size, and got back whole.

use std::io::Cursor;
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use storage_rs::{ErrorCode, UploadBody};
use tokio::io::AsyncReadExt as _;

use super::{bucket, clear, content, failed, live};

fn pieces(whole: &[u8]) -> UploadBody {
    let pieces: Vec<_> = whole
        .chunks(100_000)
        .map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece)))
        .collect();
    UploadBody::stream(futures_util::stream::iter(pieces))
}

#[tokio::test]
async fn every_kind_and_size_of_upload() {
    live("every_kind_and_size_of_upload", |live| async move {
        let storage = live.service();
        let files = bucket(&storage, "sizes").await;
        let folder = tempfile::tempdir().unwrap();
        for size in [0, 1, 1_000, 65_536, 65_537, 5_000_000, 20_000_001] {
            let whole = content(size);
            let length = u64::try_from(size).unwrap();
            let path = folder.path().join("source.bin");
            std::fs::write(&path, &whole).unwrap();
            let open = tokio::fs::File::open(&path).await.unwrap();
            let bodies = [
                ("bytes", UploadBody::bytes(whole.clone())),
                ("path", UploadBody::path(&path)),
                ("file", storage_rs::IntoUploadBody::into_upload_body(open)),
                ("reader", UploadBody::reader(Cursor::new(whole.clone()))),
                ("stream", pieces(&whole)),
                ("stream of known length", pieces(&whole).length(length)),
            ];
            for (kind, body) in bodies {
                let name = format!("{size}/{kind}.bin");
                let upload = files.upload(&name, body);
                let mut progress = upload.progress();
                let uploaded = upload.await.unwrap_or_else(|why| panic!("{name}: {why:?}"));
                assert_eq!(uploaded.path, name);
                assert_eq!(uploaded.full_path, format!("{}/{name}", files.bucket()));
                assert!(uploaded.id.is_some());
                while progress.next().await.is_some() {}
                assert_eq!(progress.now().bytes, length, "{name}");
                let got = files.download(&name).await.unwrap();
                assert!(got == whole, "{name}: {} bytes of {size}", got.len());
                let info = files.info(&name).await.unwrap();
                assert_eq!(info.size, Some(length), "{name}");
                assert_eq!(
                    info.content_type.as_deref(),
                    Some("application/octet-stream")
                );
            }
            let name = format!("{size}/form.bin");
            files.upload(&name, whole.clone()).as_form().await.unwrap();
            let got = files.download(&name).await.unwrap();
            assert!(got == whole, "{name}: {} bytes of {size}", got.len());
        }
        clear(&storage, &files).await;
    })
    .await;
}

#[tokio::test]
async fn what_is_said_of_a_file_is_kept() {
    live("what_is_said_of_a_file_is_kept", |live| async move {
        let storage = live.service();
        let files = bucket(&storage, "said").await;
        let metadata = json!({ "who": "Åsa 🐱", "tags": [1, 2], "deep": { "a": null } });
        for form in [false, true] {
            let name = if form { "form.txt" } else { "raw.txt" };
            let mut upload = files
                .upload(name, "Hello")
                .content_type("text/plain;charset=UTF-8")
                .cache_control(Duration::from_secs(77))
                .metadata(&metadata);
            if form {
                upload = upload.as_form();
            }
            upload.await.unwrap();
            let info = files.info(name).await.unwrap();
            assert_eq!(info.name, name);
            // Of a form the service keeps no parameters.
            let kind = ["text/plain;charset=UTF-8", "text/plain"][usize::from(form)];
            assert_eq!(info.content_type.as_deref(), Some(kind));
            assert_eq!(info.cache_control.as_deref(), Some("max-age=77"));
            assert_eq!(json!(info.metadata), metadata);
            assert!(info.etag.is_some() && info.last_modified.is_some() && info.version.is_some());
        }
        files
            .upload("g.png", "png")
            .guess_content_type()
            .await
            .unwrap();
        let info = files.info("g.png").await.unwrap();
        assert_eq!(info.content_type.as_deref(), Some("image/png"));
        clear(&storage, &files).await;
    })
    .await;
}

#[tokio::test]
async fn files_are_replaced_only_when_it_is_said() {
    live(
        "files_are_replaced_only_when_it_is_said",
        |live| async move {
            let storage = live.service();
            let files = bucket(&storage, "upsert").await;
            files.upload("a.txt", "one").await.unwrap();
            let twice = failed(files.upload("a.txt", "two").await);
            assert!(twice.is_already_exists(), "{twice:?}");
            assert_eq!(ErrorCode::of(&twice), Some(ErrorCode::KeyAlreadyExists));
            assert_eq!(files.download("a.txt").await.unwrap(), "one");
            files.upload("a.txt", "three").upsert().await.unwrap();
            assert_eq!(files.download("a.txt").await.unwrap(), "three");
            files.update("a.txt", "four").await.unwrap();
            assert_eq!(files.download("a.txt").await.unwrap(), "four");
            files.update("new.txt", "five").await.unwrap();
            assert_eq!(files.download("new.txt").await.unwrap(), "five");
            clear(&storage, &files).await;
        },
    )
    .await;
}

#[tokio::test]
async fn broken_uploads_leave_nothing() {
    live("broken_uploads_leave_nothing", |live| async move {
        let storage = live.service();
        let files = bucket(&storage, "broken").await;
        let whole = content(300_000);
        let mut parts: Vec<Result<Bytes, std::io::Error>> = whole
            .chunks(50_000)
            .map(|p| Ok(Bytes::copy_from_slice(p)))
            .collect();
        parts.push(Err(std::io::Error::other("the disk is gone")));
        let body = UploadBody::stream(futures_util::stream::iter(parts));
        files.upload("cut.bin", body).await.unwrap_err();
        let short = pieces(&whole).length(400_000);
        files.upload("short.bin", short).await.unwrap_err();
        let long = pieces(&whole).length(200_000);
        files.upload("long.bin", long).await.unwrap_err();
        let gone = UploadBody::path("/nowhere/at/all");
        files.upload("gone.bin", gone).await.unwrap_err();
        // The server finds out about a closed connection by itself.
        tokio::time::sleep(Duration::from_millis(300)).await;
        for name in ["cut.bin", "short.bin", "long.bin", "gone.bin"] {
            assert!(!files.exists(name).await.unwrap(), "{name}");
        }
        clear(&storage, &files).await;
    })
    .await;
}

#[tokio::test]
async fn parts_of_files() {
    live("parts_of_files", |live| async move {
        let storage = live.service();
        let files = bucket(&storage, "ranges").await;
        let whole = content(1_000_000);
        files.upload("a.bin", whole.clone()).await.unwrap();
        let get = || files.download("a.bin");
        assert_eq!(get().range(0..10).await.unwrap(), whole[..10]);
        assert_eq!(
            get().range(500_000..=500_000).await.unwrap(),
            whole[500_000..=500_000]
        );
        assert_eq!(get().range(999_990..).await.unwrap(), whole[999_990..]);
        assert_eq!(
            get().range(999_990..2_000_000).await.unwrap(),
            whole[999_990..]
        );
        assert_eq!(get().last(7).await.unwrap(), whole[999_993..]);
        let beyond = failed(get().range(2_000_000..).await);
        assert!(
            matches!(beyond.status().map(|s| s.as_u16()), Some(400 | 416)),
            "{beyond:?}"
        );
        get().range(5..5).await.unwrap_err();

        let mut stream = get().range(100..200_100).stream().await.unwrap();
        assert_eq!(stream.size(), Some(1_000_000));
        let mut got = Vec::new();
        while let Some(piece) = stream.try_next().await.unwrap() {
            got.extend_from_slice(&piece);
        }
        assert!(got == whole[100..200_100]);
        let mut reader = get().reader().await.unwrap();
        let mut got = Vec::new();
        reader.read_to_end(&mut got).await.unwrap();
        assert!(got == whole);
        let missing = failed(files.download("nobody.bin").await);
        assert!(missing.is_not_found(), "{missing:?}");
        assert_eq!(ErrorCode::of(&missing), Some(ErrorCode::NoSuchKey));
        failed(files.download("nobody.bin").stream().await.map(drop));
        let lost = failed(storage.from("no-such-bucket").download("a").await);
        assert!(lost.is_not_found(), "{lost:?}");
        clear(&storage, &files).await;
    })
    .await;
}

#[tokio::test]
async fn downloads_into_files_go_on() {
    live("downloads_into_files_go_on", |live| async move {
        let storage = live.service();
        let files = bucket(&storage, "resume").await;
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.bin");
        let whole = content(8_000_000);
        files.upload("a.bin", whole.clone()).await.unwrap();

        // Dropped on the way: part of it stays.
        let download = files.download("a.bin");
        let mut progress = download.progress();
        let cut = download.to_file(&target);
        tokio::select! {
            done = cut => panic!("nobody stopped it: {done:?}"),
            () = async {
                while progress.next().await.is_some_and(|now| now.bytes < 300_000) {}
            } => {}
        }
        assert!(!target.exists());
        let done = files.download("a.bin").to_file(&target).await.unwrap();
        assert_eq!(done.size, 8_000_000);
        assert!(done.transferred < 8_000_000, "part of it was there");
        assert!(std::fs::read(&target).unwrap() == whole);

        // Changed in between: it begins anew.
        std::fs::remove_file(&target).unwrap();
        let download = files.download("a.bin");
        let mut progress = download.progress();
        tokio::select! {
            done = download.to_file(&target) => panic!("nobody stopped it: {done:?}"),
            () = async {
                while progress.next().await.is_some_and(|now| now.bytes < 300_000) {}
            } => {}
        }
        let mut other = whole;
        other.reverse();
        files.update("a.bin", other.clone()).await.unwrap();
        let done = files.download("a.bin").to_file(&target).await.unwrap();
        assert_eq!(done.transferred, 8_000_000, "nothing of the old content");
        assert!(std::fs::read(&target).unwrap() == other);
        clear(&storage, &files).await;
    })
    .await;
}
