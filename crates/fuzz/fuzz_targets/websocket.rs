//! The bytes below: frames, their parts, control frames between them, lengths that lie.
#![no_main]

mod common;

use std::sync::Mutex;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use libfuzzer_sys::fuzz_target;
use realtime_rs::{Connector, Error, RealtimeClient, Result, Upgraded};
use serde_json::Value;
use supabase_http::BoxFuture;
use tokio::io::{AsyncWriteExt as _, DuplexStream};
use tokio::runtime::Builder;
use tokio::time::timeout;

/// Opens one connection, and no second one.
struct Once(Mutex<Option<DuplexStream>>);

impl Connector for Once {
    fn connect(&self, request: Request<()>) -> BoxFuture<'static, Result<Upgraded>> {
        let key = request.headers()["sec-websocket-key"]
            .to_str()
            .unwrap_or_default();
        let mut sha = sha1_smol::Sha1::new();
        sha.update(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11").as_bytes());
        let accept = STANDARD.encode(sha.digest().bytes());
        let headers = [
            ("upgrade", "websocket"),
            ("connection", "upgrade"),
            ("sec-websocket-accept", accept.as_str()),
        ];
        let head = common::head(101, &headers);
        let io = self.0.lock().ok().and_then(|mut io| io.take());
        Box::pin(async move {
            io.map(|io| Upgraded::new(head, io))
                .ok_or_else(|| Error::runtime("only once"))
        })
    }
}

async fn play(data: &[u8]) {
    let (ours, mut theirs) = tokio::io::duplex(1 << 20);
    let client = RealtimeClient::builder("http://project.test", "key")
        .http_client(common::http())
        .connector(Once(Mutex::new(Some(ours))))
        .build()
        .expect("a client");
    let channel = client.channel("a").build().expect("a channel");
    let mut broadcasts = channel.broadcasts::<Value>("*");
    let joining = tokio::spawn({
        let channel = channel.clone();
        async move { channel.subscribe().await }
    });
    tokio::task::yield_now().await;
    // In pieces, so that frames arrive in parts.
    let size = data.first().map_or(1, |byte| usize::from(byte % 11) + 1);
    for piece in data.chunks(size) {
        if theirs.write_all(piece).await.is_err() {
            break;
        }
        tokio::task::yield_now().await;
    }
    while timeout(Duration::from_millis(1), broadcasts.next())
        .await
        .is_ok_and(|event| event.is_some())
    {}
    joining.abort();
}

fuzz_target!(|data: &[u8]| {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(play(data));
});
