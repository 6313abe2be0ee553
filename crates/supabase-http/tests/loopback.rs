//! The built-in transport against servers on this machine: the pool, uploads, proxies, HTTP/2, upgrades.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use http::Method;
use serde_json::json;
use supabase_http::{Body, CallOptions, ErrorKind, Proxy, RetryConfig, TransportErrorKind};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use support::{Server, Step, answer, client, get, head, post, request, send, write};

fn ok() -> Vec<Step> {
    vec![write(answer("200 OK", "", "[1]"))]
}

#[tokio::test]
async fn connections_are_used_again() {
    let server = Server::always(ok()).await;
    let pooled = client(&server.url(), |b| b);
    for _ in 0..3 {
        get(&pooled).await.unwrap();
        post(&pooled).await.unwrap();
    }
    assert_eq!((server.connections(), server.requests()), (1, 6));
    // Clones share the pool.
    get(&pooled.clone()).await.unwrap();
    assert_eq!(server.connections(), 1);

    let server = Server::always(ok()).await;
    let fresh = client(&server.url(), |b| b.pool_max_idle_per_host(0));
    for _ in 0..3 {
        get(&fresh).await.unwrap();
    }
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn many_at_once() {
    let server = Server::always(ok()).await;
    let client = client(&server.url(), |b| b);
    let all = futures_util::future::join_all((0..32).map(|_| get(&client))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(server.requests(), 32);
}

#[tokio::test]
async fn a_request_is_sent_as_it_should_be() {
    let server = Server::always(ok()).await;
    send(&client(&server.url(), |b| b), Method::POST, "{\"a\":1}")
        .await
        .unwrap();
    let seen = &server.seen()[0];
    assert_eq!(seen.line(), "POST /t HTTP/1.1");
    assert_eq!(
        seen.header("host"),
        Some(server.address.to_string().as_str())
    );
    assert_eq!(seen.header("apikey"), Some("sb_publishable_abc"));
    assert_eq!(seen.header("content-length"), Some("7"));
    assert!(
        seen.header("x-client-info")
            .unwrap()
            .starts_with("supabase-rs/")
    );
    assert_eq!(seen.body, b"{\"a\":1}");
}

/// The first part is at the server before the second exists.
#[tokio::test]
async fn uploads_are_streamed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (parts, mut rest) = mpsc::unbounded_channel::<Bytes>();
    let stream = futures_util::stream::poll_fn(move |cx| rest.poll_recv(cx));
    let body = Body::from_stream(stream.map(Ok::<_, std::io::Error>));
    let client = client(&url, |b| b.attempt_timeout(Duration::from_millis(1)));
    let sending = tokio::spawn(async move { send(&client, Method::POST, body).await });

    let (mut socket, _) = listener.accept().await.unwrap();
    let mut seen = String::new();
    async fn read_until(socket: &mut TcpStream, seen: &mut String, what: &str) {
        while !seen.contains(what) {
            let mut buffer = [0; 1024];
            let size = socket.read(&mut buffer).await.unwrap();
            assert_ne!(size, 0, "closed before {what:?}: {seen}");
            seen.push_str(std::str::from_utf8(&buffer[..size]).unwrap());
        }
    }
    parts.send("first".into()).unwrap();
    read_until(&mut socket, &mut seen, "5\r\nfirst\r\n").await;
    assert!(
        seen.to_lowercase().contains("transfer-encoding: chunked"),
        "{seen}"
    );
    // Longer than the limit for an attempt, which a streamed upload may take.
    tokio::time::sleep(Duration::from_millis(20)).await;
    parts.send("second".into()).unwrap();
    read_until(&mut socket, &mut seen, "6\r\nsecond\r\n").await;
    drop(parts);
    read_until(&mut socket, &mut seen, "0\r\n\r\n").await;
    socket
        .write_all(&answer("200 OK", "", "[2]"))
        .await
        .unwrap();
    assert_eq!(sending.await.unwrap().unwrap(), json!([2]));
}

#[tokio::test]
async fn a_streamed_body_of_known_size_is_sent_with_it() {
    struct Sized(Option<Bytes>);
    impl http_body::Body for Sized {
        type Data = Bytes;
        type Error = std::convert::Infallible;
        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
            std::task::Poll::Ready(self.0.take().map(|bytes| Ok(http_body::Frame::data(bytes))))
        }
        fn size_hint(&self) -> http_body::SizeHint {
            http_body::SizeHint::with_exact(self.0.as_ref().map_or(0, |b| b.len() as u64))
        }
    }
    let server = Server::always(ok()).await;
    let body = Body::wrap(Sized(Some(Bytes::from("hello"))));
    send(&client(&server.url(), |b| b), Method::PUT, body)
        .await
        .unwrap();
    assert_eq!(server.seen()[0].header("content-length"), Some("5"));
    assert_eq!(server.seen()[0].body, b"hello");
}

/// A server that refuses an upload before it has it all: its answer is what the caller gets.
#[tokio::test]
async fn an_answer_before_the_upload_is_through() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut start = [0; 64];
        let _ = socket.read(&mut start).await;
        let refusal = answer("413 Too Large", "connection: close\r\n", "too large");
        let _ = socket.write_all(&refusal).await;
        std::future::pending::<()>().await;
    });
    let body = Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>());
    let error = send(&client(&url, |b| b), Method::POST, body)
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap(), 413);
    assert_eq!(error.body(), "too large");
}

#[tokio::test]
async fn a_dropped_call_closes_its_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client(&format!("http://{}", listener.local_addr().unwrap()), |b| b);
    let call = tokio::spawn(async move { get(&client).await });
    let (mut socket, _) = listener.accept().await.unwrap();
    let mut buffer = Vec::new();
    support::read_request(&mut socket, &mut buffer, 0)
        .await
        .unwrap()
        .unwrap();
    call.abort();
    let mut end = [0; 8];
    let closed = tokio::time::timeout(Duration::from_secs(5), socket.read(&mut end))
        .await
        .unwrap();
    assert!(matches!(closed, Ok(0) | Err(_)), "{closed:?}");
}

#[tokio::test]
async fn answers_are_streamed() {
    let server = Server::always(vec![
        write(head("200 OK", "transfer-encoding: chunked\r\n")),
        write("1\r\na\r\n"),
        Step::Pause(Duration::from_millis(20)),
        write("1\r\nb\r\n0\r\n\r\n"),
    ])
    .await;
    let client = client(&server.url(), |b| b);
    let request = request(&client, Method::GET, "");
    let response = client.open(request, CallOptions::new("op")).await.unwrap();
    let mut chunks = response.into_body().into_stream();
    assert_eq!(chunks.next().await.unwrap().unwrap(), "a");
    assert_eq!(chunks.next().await.unwrap().unwrap(), "b");
    assert!(chunks.next().await.is_none());
}

#[tokio::test]
async fn a_proxy_is_asked_with_the_whole_url() {
    let proxy = Server::always(ok()).await;
    let through = Proxy::http(proxy.url())
        .basic_auth("me", "secret")
        .no_proxy("direct.test");
    let client = client("http://project.test:1234/base", |b| b.proxy(through));
    get(&client).await.unwrap();
    let seen = &proxy.seen()[0];
    assert_eq!(seen.line(), "GET http://project.test:1234/base/t HTTP/1.1");
    assert_eq!(seen.header("host"), Some("project.test:1234"));
    assert_eq!(
        seen.header("proxy-authorization"),
        Some("Basic bWU6c2VjcmV0")
    );
}

#[tokio::test]
async fn a_host_that_needs_no_proxy_never_sees_the_proxy_s_password() {
    let server = Server::always(ok()).await;
    let proxy = Server::always(ok()).await;
    for through in [
        Proxy::http(proxy.url())
            .basic_auth("me", "secret")
            .no_proxy("127.0.0.0/8"),
        Proxy::https(proxy.url()).basic_auth("me", "secret"),
        Proxy::none(),
    ] {
        get(&client(&server.url(), |b| b.proxy(through)))
            .await
            .unwrap();
    }
    assert_eq!((server.requests(), proxy.connections()), (3, 0));
    assert!(
        server
            .seen()
            .iter()
            .all(|seen| seen.header("proxy-authorization").is_none())
    );
}

#[tokio::test]
async fn socks5_opens_the_way() {
    let server = Server::always(ok()).await;
    let target = server.address;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("socks5h://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&asked);
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        // Greeting: version, methods; we choose a name and a password.
        let mut greeting = [0; 2];
        socket.read_exact(&mut greeting).await.unwrap();
        let mut methods = vec![0; usize::from(greeting[1])];
        socket.read_exact(&mut methods).await.unwrap();
        socket.write_all(&[5, 2]).await.unwrap();
        let mut login = [0; 2 + 2 + 1 + 6];
        socket.read_exact(&mut login).await.unwrap();
        socket.write_all(&[1, 0]).await.unwrap();
        // Connect: version, command, reserved, kind 3 is a name, its length.
        let mut start = [0; 5];
        socket.read_exact(&mut start).await.unwrap();
        let mut name = vec![0; usize::from(start[4]) + 2];
        socket.read_exact(&mut name).await.unwrap();
        record
            .lock()
            .unwrap()
            .push((login.to_vec(), start[3], name));
        socket
            .write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 1])
            .await
            .unwrap();
        let mut onward = TcpStream::connect(target).await.unwrap();
        support::pipe(&mut socket, &mut onward).await;
    });
    let proxy = Proxy::all(url).basic_auth("me", "secret");
    let client = client("http://project.test", |b| {
        b.proxy(proxy).retry(RetryConfig::off())
    });
    assert_eq!(get(&client).await.unwrap(), json!([1]));
    assert_eq!(server.seen()[0].line(), "GET /t HTTP/1.1");
    let (login, kind, name) = asked.lock().unwrap()[0].clone();
    assert_eq!(login, b"\x01\x02me\x06secret");
    assert_eq!((kind, name.as_slice()), (3, &b"project.test\x00\x50"[..]));
}

#[tokio::test]
async fn a_proxy_that_cannot_be_used_is_an_error_without_its_password() {
    let unsupported = Proxy::all("https://user:canary@proxy.test");
    let error = supabase_http::HttpClient::builder()
        .proxy(unsupported)
        .build()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request);
    assert!(!format!("{error:?} {error}").contains("canary"));

    let gone = Proxy::all("http://user:canary@127.0.0.1:1");
    let client = client("http://project.test", |b| b.proxy(gone));
    let error = post(&client).await.unwrap_err();
    assert!(error.is_connect());
    assert!(!format!("{error:?} {error}").contains("canary"));
}

#[cfg(not(feature = "_tls"))]
#[tokio::test]
async fn https_without_tls_names_the_feature() {
    let http = supabase_http::HttpClient::builder().build().unwrap();
    let error = support::service("https://project.test", http.clone()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request);
    assert!(error.message().contains("rustls-ring"), "{error}");
    // And so does the connector, for requests of one's own.
    let request = http::Request::get("https://project.test")
        .body(Body::empty())
        .unwrap();
    let error = tower::ServiceExt::oneshot(http, request).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Request);
}

#[tokio::test]
async fn a_url_that_cannot_be_sent_to_is_a_request_error() {
    let http = supabase_http::HttpClient::builder().build().unwrap();
    for url in ["/only/a/path", "ftp://127.0.0.1/x"] {
        let request = http::Request::get(url).body(Body::empty()).unwrap();
        let error = tower::ServiceExt::oneshot(http.clone(), request)
            .await
            .unwrap_err();
        assert!(error.kind().never_sent(), "{url}: {error:?}");
    }
    let mut request = http::Request::get("http://127.0.0.1:1/")
        .body(Body::empty())
        .unwrap();
    *request.version_mut() = http::Version::HTTP_3;
    let error = tower::ServiceExt::oneshot(http, request).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Request);
}

/// An HTTP/2 server without TLS that answers with the version and the body it saw.
#[cfg(feature = "http2")]
mod http2 {
    use std::convert::Infallible;

    use http_body_util::BodyExt as _;
    use hyper::service::service_fn;
    use hyper_util::rt::{TokioExecutor, TokioIo};

    use super::*;

    async fn echo(
        request: http::Request<hyper::body::Incoming>,
    ) -> Result<http::Response<String>, Infallible> {
        let version = request.version();
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let text = json!([format!("{version:?}"), String::from_utf8_lossy(&body)]).to_string();
        Ok(http::Response::new(text))
    }

    async fn start() -> (String, Arc<Mutex<usize>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(Mutex::new(0));
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *count.lock().unwrap() += 1;
                let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                tokio::spawn(server.serve_connection(TokioIo::new(stream), service_fn(echo)));
            }
        });
        (url, connections)
    }

    #[tokio::test]
    async fn prior_knowledge_shares_one_connection() {
        let (url, connections) = start().await;
        let client = client(&url, |b| {
            b.http2_prior_knowledge()
                .http2_windows(1 << 20, 1 << 21)
                .http2_keep_alive(Duration::from_secs(5), Duration::from_secs(5))
        });
        let calls = (0..8).map(|n| send(&client, Method::POST, format!("{n}")));
        for (n, answer) in futures_util::future::join_all(calls)
            .await
            .into_iter()
            .enumerate()
        {
            assert_eq!(answer.unwrap(), json!(["HTTP/2.0", n.to_string()]));
        }
        assert_eq!(*connections.lock().unwrap(), 1);
    }

    #[tokio::test]
    async fn a_server_that_speaks_another_version_is_an_error() {
        let (url, _) = start().await;
        let error = post(&client(&url, |b| b)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
        let server = Server::always(ok()).await;
        let wrong = client(&server.url(), |b| b.http2_prior_knowledge());
        let error = post(&wrong).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
    }
}

#[cfg(feature = "upgrade")]
mod upgrade {
    use super::*;

    fn switch(url: &str) -> http::Request<Body> {
        http::Request::get(url)
            .header("connection", "upgrade")
            .header("upgrade", "echo")
            .body(Body::empty())
            .unwrap()
    }

    #[tokio::test]
    async fn an_upgraded_connection_goes_both_ways() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut buffer = Vec::new();
            support::read_request(&mut socket, &mut buffer, 0)
                .await
                .unwrap()
                .unwrap();
            // The first bytes of the new protocol come in the same packet as the head.
            let head = head(
                "101 Switching Protocols",
                "connection: upgrade\r\nupgrade: echo\r\n",
            );
            socket
                .write_all(&[head, b"hello".to_vec()].concat())
                .await
                .unwrap();
            let (mut read, mut write) = socket.split();
            tokio::io::copy(&mut read, &mut write).await.unwrap();
        });
        let http = supabase_http::HttpClient::builder()
            .http1_only()
            .build()
            .unwrap();
        let mut upgraded = http.upgrade(switch(&url)).await.unwrap();
        assert_eq!(upgraded.head.status, 101);
        assert_eq!(upgraded.head.headers["upgrade"], "echo");
        let mut first = [0; 5];
        upgraded.io.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"hello");
        upgraded.io.write_all(b"ping").await.unwrap();
        upgraded.io.flush().await.unwrap();
        let mut back = [0; 4];
        upgraded.io.read_exact(&mut back).await.unwrap();
        assert_eq!(&back, b"ping");
        upgraded.io.shutdown().await.unwrap();
        assert_eq!(upgraded.io.read(&mut back).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_refusal_keeps_status_and_body() {
        let body = r#"{"code":"x","message":"no key"}"#;
        let server = Server::always(vec![write(answer(
            "401 Unauthorized",
            "content-type: application/json\r\n",
            body,
        ))])
        .await;
        let http = supabase_http::HttpClient::builder().build().unwrap();
        let error = http.upgrade(switch(&server.url())).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Api);
        assert_eq!(error.status().unwrap(), 401);
        assert_eq!(error.message(), "no key");
        assert_eq!(error.request_id(), Some("req-1"));
    }

    #[tokio::test]
    async fn a_transport_without_connections_says_so() {
        let service = tower::service_fn(|_: http::Request<Body>| async {
            let mut answer = http::Response::new(Body::empty());
            *answer.status_mut() = http::StatusCode::SWITCHING_PROTOCOLS;
            Ok::<_, std::io::Error>(answer)
        });
        let http = supabase_http::HttpClient::new(service);
        let error = http
            .upgrade(switch("http://project.test"))
            .await
            .unwrap_err();
        assert_eq!(
            error.transport_error().unwrap().kind(),
            TransportErrorKind::Other
        );
    }
}
