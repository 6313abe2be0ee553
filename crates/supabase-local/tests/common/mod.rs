//! A small HTTP client and the skip rule that the tests of this folder share.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use supabase_local::{ErrorKind, Stack, StackBuilder};
use tokio::net::TcpStream;

/// Starts a stack. On a system or platform that has no packages the test is skipped, and says so.
pub async fn started(test: &str, builder: StackBuilder) -> Option<Stack> {
    match builder.start().await {
        Ok(stack) => Some(stack),
        Err(e)
            if matches!(
                e.kind(),
                ErrorKind::UnsupportedPlatform | ErrorKind::UnsupportedSystem
            ) =>
        {
            eprintln!("skipped {test}: {e}");
            None
        }
        Err(e) => panic!("{test}: {e}"),
    }
}

/// The same without any project.
pub async fn empty(test: &str, sql: &str) -> Option<Stack> {
    started(test, Stack::builder().without_project().sql(sql)).await
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub fn rows(&self) -> usize {
        self.json()
            .as_array()
            .unwrap_or_else(|| panic!("no rows: {}", self.json()))
            .len()
    }
}

/// One request to a stack's gateway; `headers` as pairs.
pub async fn call(
    stack: &Stack,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Answer {
    let stream = TcpStream::connect(("127.0.0.1", stack.port()))
        .await
        .unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .unwrap();
    let running = tokio::spawn(connection);
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(body.into())).unwrap();
    let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    drop(sender);
    let _ = running.await;
    Answer {
        status: parts.status,
        headers: parts.headers,
        body,
    }
}

pub async fn get(stack: &Stack, path: &str, headers: &[(&str, &str)]) -> Answer {
    call(stack, Method::GET, path, headers, "").await
}

pub async fn post(stack: &Stack, path: &str, headers: &[(&str, &str)], json: &Value) -> Answer {
    let mut all = vec![("content-type", "application/json")];
    all.extend_from_slice(headers);
    call(stack, Method::POST, path, &all, json.to_string()).await
}

pub fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// Whether a process exists.
pub fn is_alive(pid: u32) -> bool {
    let out = Command::new("ps")
        .args(["-o", "stat=", "-p", &pid.to_string()])
        .output()
        .unwrap();
    let state = String::from_utf8_lossy(&out.stdout).trim().to_owned();
    !state.is_empty() && !state.starts_with('Z')
}

/// Waits for a condition, at most ten seconds.
pub fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    for _ in 0..500 {
        if condition() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("still not so after ten seconds: {what}");
}
