//! https against servers on this machine, with certificates made on the spot.
#![cfg(feature = "_tls")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use supabase_http::{
    Certificate, Error, ErrorKind, HttpClient, HttpClientBuilder, Identity, Proxy,
    TransportErrorKind,
};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto};

use support::{Seen, answer, client, get, post, service};

/// A certificate that vouches for itself, and its key.
struct Pair {
    pem: String,
    key_pem: String,
    der: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

fn pair(name: &str) -> Pair {
    let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    Pair {
        pem: made.cert.pem(),
        key_pem: made.signing_key.serialize_pem(),
        der: made.cert.der().clone(),
        key: PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap(),
    }
}

fn trust(pair: &Pair) -> impl FnOnce(HttpClientBuilder) -> HttpClientBuilder {
    let certificate = Certificate::from_pem(pair.pem.as_bytes()).unwrap();
    move |builder| builder.root_certificate(certificate)
}

/// A server that speaks TLS as `pair` and answers `[1]`; asks for a certificate of `clients` if given.
struct TlsServer {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl TlsServer {
    async fn start(pair: &Pair, clients: Option<&Pair>) -> Self {
        let provider = Arc::new(crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(known) => {
                let mut roots = RootCertStore::empty();
                roots.add(known.der.clone()).unwrap();
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let config = builder
            .with_single_cert(vec![pair.der.clone()], pair.key.clone_key())
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            connections: Arc::default(),
            seen: Arc::default(),
        };
        let (connections, seen) = (Arc::clone(&server.connections), Arc::clone(&server.seen));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let (acceptor, seen) = (acceptor.clone(), Arc::clone(&seen));
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let mut buffer = Vec::new();
                    while let Ok(Some(request)) =
                        support::read_request(&mut stream, &mut buffer, 0).await
                    {
                        seen.lock().unwrap().push(request);
                        let _ = stream.write_all(&answer("200 OK", "", "[1]")).await;
                    }
                });
            }
        });
        server
    }

    fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    fn requests(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text = format!("{text}: {error}");
        next = error.source();
    }
    text
}

fn kind(error: &Error) -> Option<TransportErrorKind> {
    error
        .transport_error()
        .map(supabase_http::TransportError::kind)
}

#[tokio::test]
async fn an_extra_root_is_trusted() {
    let pair = pair("127.0.0.1");
    let server = TlsServer::start(&pair, None).await;
    let client = client(&server.url(), trust(&pair));
    assert_eq!(get(&client).await.unwrap(), json!([1]));
    assert_eq!(get(&client).await.unwrap(), json!([1]));
    assert_eq!((server.connections(), server.requests()), (1, 2));
    let der = Certificate::from_der(pair.der.to_vec());
    let other = support::client(&server.url(), |b| b.root_certificate(der));
    assert_eq!(get(&other).await.unwrap(), json!([1]));
}

#[tokio::test]
async fn a_bundle_is_trusted_whole() {
    let (first, second) = (pair("127.0.0.1"), pair("127.0.0.1"));
    let bundle = format!("# ours\n{}\n{}", first.pem, second.pem);
    let server = TlsServer::start(&second, None).await;
    let bundle = Certificate::from_pem(bundle.as_bytes()).unwrap();
    get(&client(&server.url(), |b| b.root_certificate(bundle)))
        .await
        .unwrap();
}

/// What is wrong with a certificate stays wrong: one try, nothing sent.
#[tokio::test]
async fn a_stranger_s_certificate_is_refused() {
    let server = TlsServer::start(&pair("127.0.0.1"), None).await;
    let error = get(&client(&server.url(), trust(&pair("127.0.0.1"))))
        .await
        .unwrap_err();
    assert_eq!(
        kind(&error),
        Some(TransportErrorKind::Request),
        "{}",
        chain(&error)
    );
    assert!(error.never_sent());
    assert!(chain(&error).contains("certificate"), "{}", chain(&error));
    assert_eq!((server.connections(), server.requests()), (1, 0));
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let pair = pair("other.test");
    let server = TlsServer::start(&pair, None).await;
    let error = get(&client(&server.url(), trust(&pair))).await.unwrap_err();
    assert_eq!(
        kind(&error),
        Some(TransportErrorKind::Request),
        "{}",
        chain(&error)
    );
    assert_eq!((server.connections(), server.requests()), (1, 0));
}

#[tokio::test]
async fn an_identity_is_shown_to_a_server_that_asks() {
    let (host, me) = (pair("127.0.0.1"), pair("me"));
    let server = TlsServer::start(&host, Some(&me)).await;
    let identity = Identity::from_pem(me.pem.as_bytes(), me.key_pem.as_bytes()).unwrap();
    let known = client(&server.url(), |b| trust(&host)(b).identity(identity));
    get(&known).await.unwrap();
    let nobody = client(&server.url(), trust(&host));
    let error = post(&nobody).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn an_identity_that_does_not_fit_its_key_is_told_when_the_client_is_made() {
    let (one, two) = (pair("a"), pair("b"));
    let identity = Identity::from_pem(one.pem.as_bytes(), two.key_pem.as_bytes()).unwrap();
    let http = trust(&one)(HttpClient::builder())
        .identity(identity)
        .build()
        .unwrap();
    let error = service("https://project.test", http.clone()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request);
    assert!(error.message().contains("identity"), "{error}");
    // Without TLS there is nothing wrong with it.
    assert!(service("http://project.test", http).is_ok());
}

#[tokio::test]
async fn a_malformed_root_is_told_when_the_client_is_made() {
    let junk = Certificate::from_der(*b"junk");
    let http = HttpClient::builder()
        .root_certificate(junk)
        .build()
        .unwrap();
    let error = service("https://project.test", http).unwrap_err();
    assert!(error.message().contains("root certificate"), "{error}");
}

#[tokio::test]
async fn a_handshake_that_does_not_end_runs_into_the_connect_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let _kept = listener.accept().await;
        std::future::pending::<()>().await;
    });
    let roots = pair("127.0.0.1");
    let client = client(&url, |b| {
        let b = b.retry(supabase_http::RetryConfig::off());
        trust(&roots)(b).connect_timeout(Duration::from_millis(30))
    });
    let error = post(&client).await.unwrap_err();
    assert!(
        error.is_connect() && error.is_timeout() && error.never_sent(),
        "{}",
        chain(&error)
    );
}

#[tokio::test]
async fn a_server_without_tls_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket
                .write_all(&answer("400 Bad Request", "", "this is http"))
                .await;
        }
    });
    let error = post(&client(&url, trust(&pair("127.0.0.1"))))
        .await
        .unwrap_err();
    assert!(
        error.is_connect() && error.never_sent(),
        "{}",
        chain(&error)
    );
}

/// A proxy that answers CONNECT with `reply` and, if it is 200, passes everything on.
async fn tunnel(reply: &'static str) -> (String, Arc<Mutex<Vec<Seen>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let record = Arc::clone(&record);
            tokio::spawn(async move {
                let mut buffer = Vec::new();
                let request = support::read_request(&mut socket, &mut buffer, 0)
                    .await
                    .unwrap()
                    .unwrap();
                let target = request.line().split(' ').nth(1).unwrap().to_owned();
                record.lock().unwrap().push(request);
                let head = format!("HTTP/1.1 {reply}\r\n\r\n");
                socket.write_all(head.as_bytes()).await.unwrap();
                if reply.starts_with("200") {
                    let mut onward = TcpStream::connect(target).await.unwrap();
                    support::pipe(&mut socket, &mut onward).await;
                }
            });
        }
    });
    (url, seen)
}

#[tokio::test]
async fn a_tunnel_shows_the_proxy_the_host_and_nothing_else() {
    let pair = pair("127.0.0.1");
    let server = TlsServer::start(&pair, None).await;
    let (proxy, asked) = tunnel("200 Connection established").await;
    let through = Proxy::all(proxy).basic_auth("me", "secret");
    let client = client(&server.url(), |b| trust(&pair)(b).proxy(through));
    assert_eq!(get(&client).await.unwrap(), json!([1]));
    let asked = asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        asked[0].line(),
        format!("CONNECT {} HTTP/1.1", server.address)
    );
    assert_eq!(
        asked[0].header("proxy-authorization"),
        Some("Basic bWU6c2VjcmV0")
    );
    assert_eq!(asked[0].header("apikey"), None);
    let seen = server.seen.lock().unwrap().clone();
    assert_eq!(seen[0].line(), "GET /t HTTP/1.1");
    assert_eq!(seen[0].header("proxy-authorization"), None);
    assert_eq!(seen[0].header("apikey"), Some("sb_publishable_abc"));
}

#[tokio::test]
async fn a_tunnel_that_is_refused_was_never_sent() {
    for reply in ["407 Proxy Authentication Required", "502 Bad Gateway"] {
        let (proxy, asked) = tunnel(reply).await;
        let through = Proxy::all(proxy).basic_auth("me", "canary");
        let client = client("https://project.test", |b| {
            trust(&pair("127.0.0.1"))(b)
                .proxy(through)
                .retry(support::quick().max_retries(1))
        });
        let error = post(&client).await.unwrap_err();
        assert!(
            error.is_connect() && error.never_sent(),
            "{}",
            chain(&error)
        );
        assert!(!format!("{error:?}{}", chain(&error)).contains("canary"));
        assert_eq!(asked.lock().unwrap().len(), 2);
    }
}

/// HTTP/2 is agreed on within TLS.
#[cfg(feature = "http2")]
#[tokio::test]
async fn http2_is_used_where_the_server_offers_it() {
    use std::convert::Infallible;

    use hyper_util::rt::{TokioExecutor, TokioIo};

    let pair = pair("127.0.0.1");
    let mut config =
        ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![pair.der.clone()], pair.key.clone_key())
            .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let agreed = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&agreed);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let stream = acceptor.accept(stream).await.unwrap();
            let protocol = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
            record.lock().unwrap().push(protocol.clone().unwrap());
            let service = hyper::service::service_fn(|request: http::Request<_>| async move {
                let _: &hyper::body::Incoming = request.body();
                let text = json!(format!("{:?}", request.version())).to_string();
                Ok::<_, Infallible>(http::Response::new(text))
            });
            let io = TokioIo::new(stream);
            if protocol.as_deref() == Some(b"h2") {
                let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                tokio::spawn(server.serve_connection(io, service));
            } else {
                let server = hyper::server::conn::http1::Builder::new();
                tokio::spawn(server.serve_connection(io, service));
            }
        }
    });
    let two = client(&url, trust(&pair));
    assert_eq!(get(&two).await.unwrap(), json!("HTTP/2.0"));
    let both = futures_util::future::join_all((0..4).map(|_| get(&two))).await;
    assert!(
        both.iter()
            .all(|answer| answer.as_ref().is_ok_and(|v| *v == json!("HTTP/2.0")))
    );
    let one = client(&url, |b| trust(&pair)(b).http1_only());
    assert_eq!(get(&one).await.unwrap(), json!("HTTP/1.1"));
    assert_eq!(
        *agreed.lock().unwrap(),
        [b"h2".to_vec(), b"http/1.1".to_vec()]
    );
}
