//! No secret is shown in what `tracing` records. Alone in its program, since the subscriber is for all of it.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::io;
use std::sync::{Arc, Mutex};

use supabase_http::{HttpClient, Proxy};
use tracing_subscriber::fmt::format::FmtSpan;

use support::secrets::{CANARY, calls, clean};
use support::{Server, Step, answer, head, quick, write};

/// What a subscriber wrote.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Records all that anyone in the process tells `tracing`, from now on.
    fn start() -> Self {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
        log
    }

    /// What was written since the last time, if it is without secrets.
    #[track_caller]
    fn judged(&self) -> String {
        let text = String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap();
        for line in text.lines() {
            clean("a trace", line);
        }
        text
    }
}

#[tokio::test]
async fn nothing_is_traced_that_should_not_be() {
    let log = Log::start();
    let secret = "set-cookie: canary\r\n";
    let scripts = [
        vec![write(answer(
            "200 OK",
            secret,
            r#"{"access_token":"canary"}"#,
        ))],
        vec![write(answer(
            "503 Busy",
            secret,
            r#"{"message":"busy","token":"canary"}"#,
        ))],
        vec![write(answer(
            "401 No",
            secret,
            r#"{"message":"no","token":"canary"}"#,
        ))],
        vec![write(answer("200 OK", secret, "canary, no JSON"))],
        vec![
            write([head("200 OK", "content-length: 99\r\n"), b"canary".to_vec()].concat()),
            Step::Close,
        ],
        vec![write("no http\r\n\r\n"), Step::Close],
        vec![Step::Reset],
    ];
    for script in scripts {
        let server = Server::always(script.clone()).await;
        let http = HttpClient::builder()
            .retry(quick().max_retries(1))
            .build()
            .unwrap();
        calls(&http, &server.url()).await;
        let text = log.judged();
        assert!(
            text.contains("supabase.request"),
            "nothing was recorded: {text}"
        );
        assert!(
            text.contains("hyper"),
            "the transport's own events are judged too: {text}"
        );
    }

    let proxy = Server::always(vec![write(answer("200 OK", "", "[]"))]).await;
    let http = HttpClient::builder()
        .proxy(Proxy::all(proxy.url()).basic_auth("me", CANARY))
        .build()
        .unwrap();
    calls(&http, "http://project.test").await;
    log.judged();
    assert!(proxy.seen()[0].head.contains("bWU6Y2FuYXJ5"));

    #[cfg(feature = "http2")]
    {
        let http = HttpClient::builder()
            .http2_prior_knowledge()
            .retry(quick().max_retries(1));
        calls(&http.build().unwrap(), &http2_server().await).await;
        assert!(log.judged().contains("h2::"));
    }
}

/// Speaks HTTP/2 and is always busy.
#[cfg(feature = "http2")]
async fn http2_server() -> String {
    use hyper_util::rt::{TokioExecutor, TokioIo};

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = hyper::service::service_fn(|request: http::Request<_>| async move {
                let _: hyper::body::Incoming = request.into_body();
                http::Response::builder()
                    .status(503)
                    .header("set-cookie", CANARY)
                    .body(r#"{"message":"busy","token":"canary"}"#.to_owned())
            });
            let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            tokio::spawn(server.serve_connection(TokioIo::new(stream), service));
        }
    });
    url
}
