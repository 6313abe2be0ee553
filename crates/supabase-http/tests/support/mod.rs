//! A small HTTP/1.1 server on the loopback interface that does what its script says, broken things above all.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses a part of it"
)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

pub mod secrets;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::response::Parts;
use http::{Method, Request};
use serde_json::Value;
use supabase_http::{
    ApiError, ApiKey, Backoff, Body, CallOptions, Credentials, Endpoint, Error, HttpClient,
    HttpClientBuilder, Result, RetryConfig, ServiceClient, ServiceInfo,
};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What the server does after it has read a request.
#[derive(Debug, Clone)]
pub enum Step {
    Write(Vec<u8>),
    Pause(Duration),
    /// Nothing more, with the connection left open.
    Hang,
    /// An orderly end.
    Close,
    /// The end of our half alone; what comes is still read.
    CloseHalf,
    /// An end by RST.
    Reset,
}

/// A request as the server read it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Which connection it came on, from 0.
    pub connection: usize,
    /// The request line and the headers, as sent.
    pub head: String,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// A server; it ends with the test's runtime.
pub struct Server {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<Mutex<usize>>,
}

impl Server {
    /// Answers each request with what `script` says for its number, from 0.
    pub async fn start(script: impl Fn(usize, &Seen) -> Vec<Step> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            seen: Arc::default(),
            connections: Arc::default(),
        };
        let script = Arc::new(script);
        let (seen, connections) = (Arc::clone(&server.seen), Arc::clone(&server.connections));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = {
                    let mut count = connections.lock().unwrap();
                    *count += 1;
                    *count - 1
                };
                let (seen, script) = (Arc::clone(&seen), Arc::clone(&script));
                tokio::spawn(async move {
                    let _ = converse(stream, number, &seen, script.as_ref()).await;
                });
            }
        });
        server
    }

    /// Answers every request in the same way.
    pub async fn always(steps: Vec<Step>) -> Self {
        Self::start(move |_, _| steps.clone()).await
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub fn requests(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    pub fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn converse(
    mut stream: TcpStream,
    connection: usize,
    seen: &Mutex<Vec<Seen>>,
    script: &(dyn Fn(usize, &Seen) -> Vec<Step> + Send + Sync),
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut buffer, connection).await? {
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push(request.clone());
            seen.len() - 1
        };
        for step in script(number, &request) {
            match step {
                Step::Write(bytes) => stream.write_all(&bytes).await?,
                Step::Pause(time) => tokio::time::sleep(time).await,
                Step::Hang => std::future::pending().await,
                Step::Close => return Ok(()),
                Step::CloseHalf => stream.shutdown().await?,
                Step::Reset => {
                    stream.set_zero_linger()?;
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

/// Reads one request with its body; `None` when the client has closed.
pub async fn read_request(
    stream: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
    connection: usize,
) -> std::io::Result<Option<Seen>> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
    buffer.drain(..end);
    let mut request = Seen {
        connection,
        head,
        body: Vec::new(),
    };
    if request.header("transfer-encoding").is_some() {
        loop {
            let line = loop {
                if let Some(at) = buffer.windows(2).position(|w| w == b"\r\n") {
                    break buffer.drain(..at + 2).collect::<Vec<_>>();
                }
                if stream.read_buf(buffer).await? == 0 {
                    return Ok(None);
                }
            };
            let text = String::from_utf8_lossy(&line);
            let size = usize::from_str_radix(text.trim(), 16).map_err(std::io::Error::other)?;
            while buffer.len() < size + 2 {
                if stream.read_buf(buffer).await? == 0 {
                    return Ok(None);
                }
            }
            let chunk: Vec<_> = buffer.drain(..size + 2).collect();
            request.body.extend_from_slice(&chunk[..size]);
            if size == 0 {
                break;
            }
        }
    } else {
        let size = request
            .header("content-length")
            .and_then(|n| n.parse().ok())
            .unwrap_or(0);
        while buffer.len() < size {
            if stream.read_buf(buffer).await? == 0 {
                return Ok(None);
            }
        }
        request.body = buffer.drain(..size).collect();
    }
    Ok(Some(request))
}

/// A whole answer with this status, these further headers and this body.
pub fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut out = head(
        status,
        &format!("content-length: {}\r\n{headers}", body.len()),
    );
    out.extend_from_slice(body);
    out
}

/// The head of an answer; every one carries a request id.
pub fn head(status: &str, headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nsb-request-id: req-1\r\n{headers}\r\n").into_bytes()
}

pub fn write(bytes: impl Into<Vec<u8>>) -> Step {
    Step::Write(bytes.into())
}

pub async fn pipe<A, B>(a: &mut A, b: &mut B)
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    let _ = tokio::io::copy_bidirectional(a, b).await;
}

pub static INFO: ServiceInfo = ServiceInfo {
    name: "test",
    token_rejected: |_, _| false,
    retry_count_header: true,
};

/// A service client whose retries come at once: up to three.
pub fn client(
    url: &str,
    change: impl FnOnce(HttpClientBuilder) -> HttpClientBuilder,
) -> ServiceClient {
    let http = change(HttpClient::builder().retry(quick()))
        .build()
        .unwrap();
    service(url, http).unwrap()
}

pub fn service(url: &str, http: HttpClient) -> Result<ServiceClient> {
    let key = ApiKey::parse("sb_publishable_abc").unwrap();
    ServiceClient::new(
        &INFO,
        http,
        Endpoint::parse(url).unwrap(),
        Credentials::new(key),
    )
}

pub fn quick() -> RetryConfig {
    RetryConfig::new().backoff(Backoff::new(
        Duration::from_millis(2),
        Duration::from_millis(4),
    ))
}

/// As services do: a bad status is the server's error, the rest is JSON.
pub fn json(parts: &Parts, body: Bytes) -> Result<Value> {
    if !parts.status.is_success() {
        return Err(ApiError::new(parts, body).into());
    }
    serde_json::from_slice(&body).map_err(|error| Error::decode(parts, body, error))
}

pub fn request(client: &ServiceClient, method: Method, body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::new(body.into());
    *request.method_mut() = method;
    *request.uri_mut() = client.endpoint().uri().segment("t").finish().unwrap();
    request
}

pub async fn send(client: &ServiceClient, method: Method, body: impl Into<Body>) -> Result<Value> {
    let request = request(client, method, body);
    client
        .execute(Ok(request), CallOptions::new("op"), json)
        .await
}

pub async fn get(client: &ServiceClient) -> Result<Value> {
    send(client, Method::GET, Body::empty()).await
}

pub async fn post(client: &ServiceClient) -> Result<Value> {
    send(client, Method::POST, "{}").await
}
