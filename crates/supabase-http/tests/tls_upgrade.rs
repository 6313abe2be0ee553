//! An upgrade over TLS speaks http/1.1, whatever else the server offers: HTTP/2 has no upgrade of this kind.
#![cfg(all(feature = "_tls", feature = "upgrade"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use supabase_http::{Body, Certificate, HttpClient};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::Acceptor;
use tokio_rustls::rustls::{ServerConfig, crypto};

use support::head;

/// What a connection asked for by ALPN, and what was agreed on.
type Agreed = (Vec<String>, Option<String>);

/// A server that would rather speak HTTP/2, and echoes on what was upgraded from http/1.1.
async fn start() -> (SocketAddr, Certificate, Arc<Mutex<Vec<Agreed>>>) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let agreed = Arc::<Mutex<Vec<Agreed>>>::default();
    let log = Arc::clone(&agreed);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
            let start = LazyConfigAcceptor::new(Acceptor::default(), stream)
                .await
                .unwrap();
            let hello = start.client_hello();
            let asked = hello.alpn().into_iter().flatten().map(text).collect();
            let mut stream = start.into_stream(Arc::clone(&config)).await.unwrap();
            let spoken = stream.get_ref().1.alpn_protocol().map(text);
            log.lock().unwrap().push((asked, spoken.clone()));
            if spoken.as_deref() == Some("h2") {
                continue;
            }
            let mut buffer = Vec::new();
            let request = support::read_request(&mut stream, &mut buffer, 0).await;
            assert!(request.unwrap().is_some());
            let fields = "connection: upgrade\r\nupgrade: echo\r\n";
            let answer = head("101 Switching Protocols", fields);
            stream.write_all(&answer).await.unwrap();
            let mut word = [0; 4];
            stream.read_exact(&mut word).await.unwrap();
            stream.write_all(&word).await.unwrap();
        }
    });
    let certificate = Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    (address, certificate, agreed)
}

#[tokio::test]
async fn an_upgrade_asks_for_http1_where_http2_is_offered() {
    let (address, certificate, agreed) = start().await;
    let client = HttpClient::builder()
        .root_certificate(certificate)
        .build()
        .unwrap();
    let url = format!("https://{address}/");
    for _ in 0..2 {
        let request = http::Request::get(&url)
            .header("connection", "upgrade")
            .header("upgrade", "echo")
            .body(Body::empty())
            .unwrap();
        let mut upgraded = client.upgrade(request).await.unwrap();
        assert_eq!(upgraded.head.status, 101);
        upgraded.io.write_all(b"ping").await.unwrap();
        upgraded.io.flush().await.unwrap();
        let mut word = [0; 4];
        upgraded.io.read_exact(&mut word).await.unwrap();
        assert_eq!(&word, b"ping");
        // Another request of the same client, which speaks HTTP/2 if it can, changes nothing.
        #[cfg(feature = "http2")]
        {
            let plain = http::Request::get(&url).body(Body::empty()).unwrap();
            let answer = client.upgrade(plain).await;
            assert!(answer.is_err(), "this one is no upgrade");
        }
    }
    let agreed = agreed.lock().unwrap().clone();
    let http1 = ("http/1.1".to_owned(), Some("http/1.1".to_owned()));
    let upgrades = agreed
        .iter()
        .filter(|(asked, spoken)| *asked == [http1.0.clone()] && *spoken == http1.1);
    assert_eq!(upgrades.count(), 2, "{agreed:?}");
    #[cfg(feature = "http2")]
    assert!(
        agreed
            .iter()
            .any(|(_, spoken)| spoken.as_deref() == Some("h2")),
        "the control: {agreed:?}"
    );
}
