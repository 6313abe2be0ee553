//! A million rows of a real server: streamed in one answer, paged by range and by key, and paged while others write.
//!
//! Too slow for every change: `cargo xtask gates --only million`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot go on fails, and says what it saw"
)]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Deserialize;
use serde_json::json;
use supabase::Client;
use supabase_local::{ErrorKind, Stack};

const ROWS: i64 = 1_000_000;

/// What may be held beside the rows that are looked at: connections, pages fetched ahead, the allocator's slack.
const MEMORY: u64 = 48 * 1024 * 1024;

#[derive(Debug, Deserialize)]
struct Event {
    id: i64,
    note: String,
}

/// A stack with a table of a million rows, whose ids are the even numbers from 2 on; `None` where no stack can run.
/// The three seconds that a statement of `anon` has are too few for one answer of a million rows where the machine is busy.
async fn stack(max_rows: Option<u32>) -> Option<Stack> {
    let builder = Stack::builder().project(env!("CARGO_MANIFEST_DIR")).pinned().max_rows(max_rows);
    let stack = match builder.start().await {
        Ok(stack) => stack,
        Err(e) if matches!(e.kind(), ErrorKind::UnsupportedPlatform | ErrorKind::UnsupportedSystem) => {
            eprintln!("skipped: {e}");
            return None;
        }
        Err(e) => panic!("the local stack does not start: {e}"),
    };
    let sql = format!(
        "create table public.events (id bigint primary key, note text not null);
         insert into public.events select 2 * g, 'n\"],' || 2 * g from generate_series(1, {ROWS}) g;
         grant all on public.events to anon, service_role;
         analyze public.events;
         alter role anon set statement_timeout = '10min';
         notify pgrst, 'reload config';"
    );
    stack.execute(&sql).await.unwrap();
    stack.reload_schema().await.unwrap();
    Some(stack)
}

fn check(event: &Event, expected: i64) {
    assert_eq!(event.id, 2 * expected);
    assert_eq!(event.note, format!("n\"],{}", event.id));
}

/// The most memory that this process has held so far, in bytes; where the system tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_million_rows() {
    streamed_and_paged().await;
    paged_while_others_write().await;
}

/// One after the other, so that the memory of each is its own.
async fn streamed_and_paged() {
    let Some(stack) = stack(None).await else { return };
    let anon = Client::new(stack.url(), stack.publishable_key()).unwrap();
    let events = || anon.from("events").select::<Event>("id, note").order("id");
    let _ = events().limit(1000).await.unwrap();
    let before = peak();

    let mut stream = events().stream();
    let mut seen = 0;
    while let Some(event) = stream.try_next().await.unwrap() {
        seen += 1;
        check(&event, seen);
    }
    assert_eq!(seen, ROWS);
    eprintln!("{seen} rows streamed");

    let mut paged = events().rows().page_size(20_000);
    let mut seen = 0;
    while let Some(event) = paged.try_next().await.unwrap() {
        seen += 1;
        check(&event, seen);
    }
    assert_eq!(seen, ROWS);
    eprintln!("{seen} rows by ranges of 20,000");
    if let (Some(before), Some(after)) = (before, peak()) {
        let grown = after - before;
        eprintln!("{:.1} MiB more than before the first row", grown as f64 / 1024.0 / 1024.0);
        assert!(grown <= MEMORY, "{grown} bytes more than before the first row");
    }
}

/// The server's maximum is smaller than the page; odd ids come and even ids go, before and after the place that is read.
async fn paged_while_others_write() {
    let Some(stack) = stack(Some(1000)).await else { return };
    let anon = Client::new(stack.url(), stack.publishable_key()).unwrap();
    let admin = Client::service(stack.url(), stack.secret_key()).unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn(write(admin, Arc::clone(&done)));

    let mut paged = anon.from("events").select::<Event>("id, note").rows().by_key(["id"]).page_size(5000);
    let mut seen = Vec::new();
    while let Some(event) = paged.try_next().await.unwrap() {
        assert_eq!(event.note, format!("n\"],{}", event.id));
        seen.push(event.id);
    }
    done.store(true, Ordering::Relaxed);
    let (deleted, inserted) = writer.await.unwrap();

    // Rising ids: no row twice.
    if let Some(pair) = seen.windows(2).find(|pair| pair[0] >= pair[1]) {
        panic!("{} after {}", pair[1], pair[0]);
    }
    let even: BTreeSet<i64> = seen.iter().copied().filter(|id| id % 2 == 0).collect();
    let missed: Vec<i64> =
        (1..=ROWS).map(|row| 2 * row).filter(|id| !even.contains(id) && !deleted.contains(id)).take(9).collect();
    assert!(missed.is_empty(), "missing: {missed:?}");
    let strange: Vec<&i64> = seen.iter().filter(|id| *id % 2 == 1 && !inserted.contains(id)).take(9).collect();
    assert!(strange.is_empty(), "never inserted: {strange:?}");
    let odd = seen.len() - even.len();
    eprintln!(
        "{} rows by key, {odd} of {} inserted and {} of {} deleted ones among them",
        seen.len(),
        inserted.len(),
        deleted.iter().filter(|id| even.contains(id)).count(),
        deleted.len()
    );
    // Else nothing was proved.
    assert!(inserted.len() > 50 && deleted.len() > 50 && odd > 0);
    assert!(deleted.iter().any(|id| !even.contains(id)));
}

/// Deletes even ids and inserts odd ones all over the table, until the reader is done.
async fn write(admin: Client, done: Arc<AtomicBool>) -> (BTreeSet<i64>, BTreeSet<i64>) {
    let (mut deleted, mut inserted) = (BTreeSet::new(), BTreeSet::new());
    let mut state: i64 = 88_172_645;
    while !done.load(Ordering::Relaxed) {
        // Any sequence that goes all over the table will do.
        state = (state * 48_271) % 2_147_483_647;
        let place = 2 * (1 + state % ROWS);
        let gone: Vec<i64> = (0..4).map(|at| (place + at * 246_810) % (2 * ROWS) / 2 * 2).collect();
        admin.from("events").delete().in_("id", &gone).await.unwrap();
        deleted.extend(gone);
        let new: BTreeSet<i64> = (0..4).map(|at| (place + at * 135_792) % (2 * ROWS) / 2 * 2 + 1).collect();
        let rows: Vec<_> = new.iter().map(|id| json!({ "id": id, "note": format!("n\"],{id}") })).collect();
        admin.from("events").upsert(&rows).await.unwrap();
        inserted.extend(new);
    }
    (deleted, inserted)
}
