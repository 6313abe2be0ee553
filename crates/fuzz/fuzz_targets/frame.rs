//! Frames of the realtime protocol, text and binary: whatever a server sends to a joined channel.
#![no_main]

mod common;
#[allow(dead_code, reason = "a part is used")]
#[path = "../../realtime-rs/tests/life/peer.rs"]
mod peer;

use std::time::Duration;

use fastwebsockets::{Frame, Payload};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tokio::runtime::Builder;
use tokio::time::timeout;

async fn play(data: &[u8]) {
    let (mut peer, builder) = peer::peer();
    let binary = data.first().is_some_and(|byte| byte % 2 == 1);
    let client = builder
        .http_client(common::http())
        .build()
        .expect("a client");
    let channel = client
        .channel("a")
        .with_presence()
        .build()
        .expect("a channel");
    let mut broadcasts = channel.broadcasts::<Value>("*");
    let mut presence = channel.presence::<Value>();
    let mut changes = channel.changes::<Value>(realtime_rs::Changes::all("t"));
    let joining = channel.subscribe();
    let serving = async {
        let mut conn = peer.accept().await;
        conn.join().await;
        conn
    };
    let (joined, mut conn) = tokio::join!(joining, serving);
    joined.expect("the peer says yes");
    for part in data.split(|byte| *byte == 0x1f) {
        let payload = Payload::Owned(part.to_vec());
        let frame = if binary {
            Frame::binary(payload)
        } else {
            Frame::text(payload)
        };
        conn.send_raw(frame).await;
    }
    // Time stands still while somebody can go on, so this is over when all was read.
    let mut taken = 0;
    while timeout(Duration::from_millis(1), broadcasts.next())
        .await
        .is_ok_and(|event| event.is_some())
    {
        taken += 1;
    }
    while timeout(Duration::from_millis(1), presence.next())
        .await
        .is_ok_and(|event| event.is_some())
    {}
    while timeout(Duration::from_millis(1), changes.next())
        .await
        .is_ok_and(|event| event.is_some())
    {}
    assert!(taken <= data.len() + 1, "more events than frames");
}

fuzz_target!(|data: &[u8]| {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(play(data));
});
