//! A session in a file, and clients that share it.

use std::fs;
use std::time::Duration;

use gotrue_rs::{AuthEvent, FileStorage, MemoryStorage, SessionStorage as _, SignedOutReason};
use tokio::time::{advance, sleep};

use crate::world::{Fault, LIFE, World};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test(start_paused = true)]
async fn two_clients_of_one_file_renew_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app").join("session.json");
    let world = World::new();
    let one = world.app(FileStorage::new(&path)).await;
    one.sign_in("ada").await;
    let other = world.app(FileStorage::new(&path)).await;
    world.slow(seconds(1));
    for life in 1..=3 {
        advance(seconds(LIFE - 60)).await;
        let (a, b) = tokio::join!(one.good_token(&world), other.good_token(&world));
        assert_eq!(a, b);
        assert_eq!(world.refreshes(), life);
    }
}

#[tokio::test(start_paused = true)]
async fn a_sign_out_elsewhere_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.json");
    let world = World::new();
    let one = world.app(FileStorage::new(&path)).await;
    one.sign_in("ada").await;
    let other = world.app(FileStorage::new(&path)).await;
    let mut events = other.auth.events();
    one.auth.sign_out().await.unwrap();
    advance(seconds(LIFE - 60)).await;
    other.token().await.unwrap_err();
    assert!(matches!(
        events.next().await,
        Some(AuthEvent::Initial(Some(_)))
    ));
    assert!(matches!(
        events.next().await,
        Some(AuthEvent::SignedOut(SignedOutReason::Elsewhere))
    ));
    // Not revived by whoever had it in memory.
    assert_eq!(
        world
            .app(FileStorage::new(&path))
            .await
            .token()
            .await
            .unwrap(),
        None
    );
    assert_eq!(world.refreshes(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_session_of_another_user_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.json");
    let world = World::new();
    let one = world.app(FileStorage::new(&path)).await;
    one.sign_in("ada").await;
    let other = world.app(FileStorage::new(&path)).await;
    other.sign_in("bob").await;
    advance(seconds(LIFE - 60)).await;
    // Ada goes on in the one, and Bob stays in the file.
    assert!(
        one.good_token(&world)
            .await
            .expose()
            .starts_with("access-0-")
    );
    let third = world.app(FileStorage::new(&path)).await;
    assert!(
        third
            .good_token(&world)
            .await
            .expose()
            .starts_with("access-1-")
    );
    assert_eq!(world.refreshes(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_was_lost_is_no_sign_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.json");
    let world = World::new();
    let app = world.app(FileStorage::new(&path)).await;
    app.sign_in("ada").await;
    fs::remove_file(&path).unwrap();
    advance(seconds(LIFE - 60)).await;
    app.good_token(&world).await;
    assert!(path.exists());
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.json");
    fs::write(&path, "").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let world = World::new();
    let app = world.app(FileStorage::new(&path)).await;
    app.sign_in("ada").await;
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    let names: Vec<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        !names.iter().any(|name| name.contains(".new-")),
        "{names:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_damaged_is_set_aside_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.json");
    for (number, damaged) in [
        "",
        "{",
        "[]",
        r#"{"version":1}"#,
        "{\"version\": 1, \"project\": \"https://project.test/auth/v1\", \"session\": {}}",
    ]
    .into_iter()
    .enumerate()
    {
        fs::write(&path, damaged).unwrap();
        let world = World::new();
        let app = world.app(FileStorage::new(&path)).await;
        let aside = folder
            .path()
            .join(format!("session.json.damaged-{}", number + 1));
        assert_eq!(fs::read_to_string(&aside).unwrap(), damaged);
        let problem = app.sessions.storage_problem().unwrap();
        assert!(
            problem.message().contains(aside.to_str().unwrap()),
            "{problem}"
        );
        let mut events = app.auth.events();
        assert!(matches!(
            events.next().await,
            Some(AuthEvent::Initial(None))
        ));
        assert!(matches!(
            events.next().await,
            Some(AuthEvent::StorageFailed(_))
        ));
        app.sign_in("ada").await;
        assert!(app.sessions.storage_problem().is_none());
        world
            .app(FileStorage::new(&path))
            .await
            .good_token(&world)
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_session_of_another_project_is_an_error_and_stays() {
    let world = World::new();
    for (text, says) in [
        (
            r#"{"version":1,"project":"https://other.test/auth/v1","session":null}"#,
            "other.test",
        ),
        (r#"{"version":2}"#, "version 2"),
    ] {
        let storage = MemoryStorage::with_text(text);
        let error = world
            .client(0)
            .with_session(storage.clone())
            .await
            .unwrap_err();
        assert!(error.message().contains(says), "{error}");
        assert_eq!(storage.load().await.unwrap().as_deref(), Some(text));
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_of_the_official_clients_is_taken() {
    let world = World::new();
    let app = world.app(MemoryStorage::new()).await;
    let session = app.sign_in("ada").await;
    let storage = MemoryStorage::with_text(session.to_json().to_string());
    let again = world.app(storage).await;
    assert_eq!(again.auth.get_session().await.unwrap(), Some(session));
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_costs_no_session() {
    let folder = tempfile::tempdir().unwrap();
    // A folder in the place of the file: nothing can be renamed onto it.
    let path = folder.path().join("session.json");
    let world = World::new();
    let app = world.app(FileStorage::new(&path)).await;
    fs::create_dir_all(path.join("in the way")).unwrap();
    app.sign_in("ada").await;
    assert!(app.sessions.storage_problem().is_some());
    world.fault([Fault::Lost]);
    for _ in 0..3 {
        advance(seconds(LIFE - 60)).await;
        app.good_token(&world).await;
    }
    sleep(seconds(1)).await;
    fs::remove_dir_all(&path).unwrap();
    advance(seconds(LIFE - 60)).await;
    app.good_token(&world).await;
    assert!(app.sessions.storage_problem().is_none());
    assert!(path.is_file());
}
