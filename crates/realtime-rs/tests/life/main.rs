//! The life of channels under paused time, against a server in memory that drops, refuses, expires and is silent.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod bounds;
mod connection;
mod peer;
mod recovery;
mod streams;
mod tokens;

use std::future::Future;
use std::time::Duration;

use realtime_rs::{Channel, ChannelStatus};

/// Waits for a status.
async fn until(channel: &Channel, wanted: impl Fn(&ChannelStatus) -> bool) -> ChannelStatus {
    let mut statuses = channel.statuses();
    if wanted(&channel.status()) {
        return channel.status();
    }
    while let Some(status) = statuses.next().await {
        let status = status.expect("no status is lost");
        if wanted(&status) {
            return status;
        }
    }
    panic!("the channel ended as {:?}", channel.status());
}

/// Runs both to their end.
async fn both<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    let both = async { tokio::join!(a, b) };
    tokio::time::timeout(Duration::from_secs(3600), both)
        .await
        .expect("neither hangs")
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
