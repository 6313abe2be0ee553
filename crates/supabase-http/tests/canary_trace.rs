//! No secret is shown in what `tracing` records. Alone in its program, since the subscriber is for all of it.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use canary::{CANARY, Log};
use supabase_http::{HttpClient, Proxy};

use support::secrets::calls;
use support::{Server, Step, answer, head, quick, write};

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
    let _ = log.judged();
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
