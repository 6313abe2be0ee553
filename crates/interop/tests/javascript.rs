//! The official JavaScript client and this one in a room: what one shows and says, the other sees and hears.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails, in its helpers too"
)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use interop::Server;
use realtime_rs::{PresenceEvent, RealtimeClient};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::timeout;

#[derive(Debug, Serialize, Deserialize, PartialEq)]
struct Greeting {
    from: String,
    text: String,
    n: f64,
}

#[derive(Debug, Serialize, Deserialize, PartialEq)]
struct Shown {
    from: String,
    version: u32,
}

/// The client and its Node, installed by npm below the target folder as the lock file says; `None` without npm.
fn installed() -> Option<PathBuf> {
    let has_npm =
        Command::new("npm").arg("--version").output().is_ok_and(|out| out.status.success());
    if !has_npm {
        let text = "SKIPPED the_official_javascript_client_and_this_one: npm is not installed";
        let _ = writeln!(std::io::stderr(), "{text}");
        return None;
    }
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("js");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop-js");
    std::fs::create_dir_all(&folder).unwrap();
    let read = |folder: &Path| std::fs::read(folder.join("package-lock.json")).ok();
    let node = folder.join("node_modules/node/bin/node");
    let is_there = read(&folder) == read(&from) && node.exists();
    for name in ["package.json", "package-lock.json", "peer.mjs"] {
        std::fs::copy(from.join(name), folder.join(name)).unwrap();
    }
    if !is_there {
        let out = Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
            .current_dir(&folder)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "npm could not install the JavaScript client: {said}");
    }
    Some(folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_javascript_client_and_this_one() {
    let Some(folder) = installed() else { return };
    let server = Server::start().await.unwrap();
    let realtime = RealtimeClient::new(server.url(), "sb_publishable_interop").unwrap();
    let channel = realtime.channel("interop").ack().presence_key("rust").build().unwrap();
    let mut greetings = channel.broadcasts::<Greeting>("json");
    let mut bytes = channel.binary_broadcasts("binary");
    let mut people = channel.presence::<Shown>();
    channel.subscribe().await.unwrap();
    channel.track(&Shown { from: "rust".to_owned(), version: 2 }).await.unwrap();

    let peer = tokio::process::Command::new(folder.join("node_modules/node/bin/node"))
        .args(["peer.mjs", server.url()])
        .current_dir(&folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let peer = tokio::spawn(peer.wait_with_output());

    let meet = async {
        // Theirs.
        let greeting = greetings.next().await.unwrap().unwrap().payload;
        let expected =
            Greeting { from: "javascript".to_owned(), text: "grüße".to_owned(), n: 1.5 };
        assert_eq!(greeting, expected);
        assert_eq!(bytes.next().await.unwrap().unwrap().payload[..], [0, 255, 128, 10]);
        let shown = loop {
            match people.next().await.unwrap().unwrap() {
                PresenceEvent::Join { key, joined, .. } if key == "javascript" => break joined,
                _ => {}
            }
        };
        assert_eq!(shown[0].data, Shown { from: "javascript".to_owned(), version: 1 });
        assert_eq!(channel.presence_state::<Shown>().unwrap().len(), 2);
        // Ours.
        let greeting = Greeting { from: "rust".to_owned(), text: "héllo".to_owned(), n: -0.25 };
        channel.send("json", &greeting).await.unwrap();
        channel.send_binary("binary", vec![1, 0, 254]).await.unwrap();
        let left = loop {
            match people.next().await.unwrap().unwrap() {
                PresenceEvent::Leave { key, left, .. } if key == "javascript" => break left,
                _ => {}
            }
        };
        assert_eq!(left[0].data.from, "javascript");
    };
    let met = timeout(Duration::from_secs(60), meet).await;
    let out =
        timeout(Duration::from_secs(35), peer).await.expect("the peer ends").unwrap().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(met.is_ok(), "they did not meet; the other one says: {said}");
    assert!(out.status.success(), "{said}");
    let seen: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(
        seen,
        json!({
            "tracked": "ok", "sentJson": "ok", "sentBinary": "ok", "told": true,
            "json": { "from": "rust", "text": "héllo", "n": -0.25 },
            "binary": [1, 0, 254],
            "presence": { "rust": [{ "from": "rust", "version": 2 }] },
        })
    );
    realtime.close().await.unwrap();
}
