//! 100 MB through a function on real Deno, up, down and both at once, in constant memory: of this process, which holds the
//! client and the gateway, and of the function.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on fails, or says why it is skipped"
)]

use std::time::Duration;

use bytes::Bytes;
use supabase::Client;
use supabase::functions::{ByteStream, Invoke};
use supabase_local::{ErrorKind, Stack};

const SIZE: usize = 100_000_000;
const PIECE: usize = 64 * 1024;
/// A third of one body.
const GROWTH: u64 = 33_000_000;

/// The largest resident memory of this process since [`forget_peak`], in bytes; `None` where the system does not say.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn call(client: &Client, path: &str) -> Invoke {
    client.functions().invoke("streams").path([path]).timeout(Duration::from_secs(120))
}

/// A repeated pattern whose period is no divisor of any size of a piece, so that none can be lost or changed unseen.
const PERIOD: usize = 251;

/// The pattern from any place of it on, as far as one piece may reach.
fn pattern() -> Bytes {
    (0..4 * 1024 * 1024).map(|at| u8::try_from(at % PERIOD).unwrap()).collect()
}

fn pieces(pattern: &Bytes) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> + use<> {
    let pattern = pattern.clone();
    futures_util::stream::iter((0..SIZE).step_by(PIECE).map(move |at| {
        let piece = pattern.slice(at % PERIOD..).slice(..PIECE.min(SIZE - at));
        // As a stream of a file would be: memory of its own.
        Ok(Bytes::copy_from_slice(&piece))
    }))
}

/// Reads to the end, and compares with `expected` from the place on at which a piece stands.
async fn read(mut answer: ByteStream, expected: &[u8], period: usize) -> usize {
    let mut size = 0;
    while let Some(piece) = answer.try_next().await.unwrap() {
        assert!(piece == expected[size % period..][..piece.len()], "changed after {size} bytes");
        size += piece.len();
    }
    size
}

async fn memory_of_the_function(client: &Client) -> u64 {
    call(client, "memory").await.unwrap().json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_megabytes_pass_in_constant_memory() {
    let stack = match Stack::builder().project(env!("CARGO_MANIFEST_DIR")).pinned().start().await {
        Ok(stack) => stack,
        Err(e) if matches!(e.kind(), ErrorKind::UnsupportedPlatform | ErrorKind::UnsupportedSystem) => {
            eprintln!("skipped a_hundred_megabytes_pass_in_constant_memory: {e}");
            return;
        }
        Err(e) => panic!("the local stack does not start: {e}"),
    };
    let client = Client::new(stack.url(), stack.publishable_key()).unwrap();
    // Everything that is made once.
    let (pattern, zeros) = (pattern(), vec![0; 4 * 1024 * 1024]);
    let small = call(&client, "mirror").bytes(vec![1; PIECE]).await.unwrap().bytes().await.unwrap();
    assert_eq!(small.len(), PIECE);
    forget_peak();
    let (ours, theirs) = (peak(), memory_of_the_function(&client).await);

    let counted: usize = call(&client, "count").stream(pieces(&pattern)).await.unwrap().json().await.unwrap();
    assert_eq!(counted, SIZE);
    let theirs_up = memory_of_the_function(&client).await;
    let sent = call(&client, "zeros").query("size", SIZE.to_string()).await.unwrap();
    assert_eq!(read(sent.stream(), &zeros, 1).await, SIZE);
    let theirs_down = memory_of_the_function(&client).await;
    let mirrored = call(&client, "mirror").stream(pieces(&pattern)).await.unwrap();
    assert_eq!(read(mirrored.stream(), &pattern, PERIOD).await, SIZE);
    let theirs_both = memory_of_the_function(&client).await;

    let grown = |before: u64, after: u64| after.saturating_sub(before);
    for (name, after) in [("up", theirs_up), ("down", theirs_down), ("both", theirs_both)] {
        let grown = grown(theirs, after);
        assert!(grown < 2 * GROWTH, "{name}: the function grew by {grown} bytes");
    }
    if let (Some(before), Some(after)) = (ours, peak()) {
        let grown = grown(before, after);
        eprintln!("client and gateway grew by {grown} bytes at most");
        assert!(grown < GROWTH, "client and gateway grew by {grown} bytes");
    }
    stack.stop().await;
}
