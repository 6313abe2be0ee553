//! The gateway in front of a stack: routes, API keys, and the JWT that a key stands for.

mod functions;

use std::borrow::Cow;
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD,
    AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
};
use http::{Method, Request, Response, StatusCode, Uri};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};

use crate::error::{Error, ErrorKind, Result};
use crate::functions::Functions;
use crate::keys::Keys;
use crate::{ports, postgrest};

const API_KEY: &str = "apikey";
const REQUEST_ID: HeaderName = HeaderName::from_static("sb-request-id");
/// Of the connection, not of the message.
const HOP_BY_HOP: [&str; 7] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

type Answer = Response<Either<Incoming, Full<Bytes>>>;

/// A listening gateway; ends when dropped, with all its connections.
#[derive(Debug)]
pub(crate) struct Gateway {
    task: AbortHandle,
    port: u16,
}

#[derive(Debug)]
struct Routes {
    keys: Keys,
    rest: PathBuf,
    functions: Option<Arc<Functions>>,
}

impl Gateway {
    /// Takes the port before anything else is started, so that a taken one costs no time.
    pub(crate) async fn bind(port: Option<u16>) -> Result<TcpListener> {
        if let Some(port) = port {
            return TcpListener::bind((Ipv4Addr::LOCALHOST, port))
                .await
                .map_err(|e| {
                    let what = if e.kind() == std::io::ErrorKind::AddrInUse {
                        format!(
                            "port {port} is in use: free it, or ask for another one (or for none)"
                        )
                    } else {
                        format!("cannot listen on port {port}: {e}")
                    };
                    Error::new(ErrorKind::PortTaken, what).with_source(e)
                });
        }
        for port in ports::candidates().take(500) {
            if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
                return Ok(listener);
            }
        }
        Err(Error::new(
            ErrorKind::PortTaken,
            "no loopback port between 20000 and 32767 is free",
        ))
    }

    /// The port of a listener that [`bind`](Self::bind) made.
    pub(crate) fn port_of(listener: &TcpListener) -> Result<u16> {
        let address = listener.local_addr();
        address
            .map(|address| address.port())
            .map_err(|e| Error::new(ErrorKind::Io, format!("the gateway has no port: {e}")))
    }

    pub(crate) fn start(
        listener: TcpListener,
        keys: Keys,
        rest: PathBuf,
        functions: Option<Arc<Functions>>,
    ) -> Result<Self> {
        let port = Self::port_of(&listener)?;
        let routes = Routes {
            keys,
            rest,
            functions,
        };
        let task = tokio::spawn(serve(listener, Arc::new(routes)));
        Ok(Self {
            task: task.abort_handle(),
            port,
        })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, routes: Arc<Routes>) {
    // The connections end with this task.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // An error here is one connection's, or means too many open files: go on.
                let Ok((stream, _)) = accepted else {
                    tokio::task::yield_now().await;
                    continue;
                };
                let _ = stream.set_nodelay(true);
                let routes = Arc::clone(&routes);
                connections.spawn(async move {
                    let service = service_fn(move |request| answer(Arc::clone(&routes), request));
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

async fn answer(routes: Arc<Routes>, request: Request<Incoming>) -> Result<Answer, Infallible> {
    let mut answer = match route(&routes, request).await {
        Ok(answer) => answer,
        Err(own) => own.answer(),
    };
    let id = crate::keys::random_uuid()
        .ok()
        .and_then(|id| HeaderValue::from_str(&id).ok());
    if let Some(id) = id {
        answer.headers_mut().insert(REQUEST_ID, id);
    }
    Ok(answer)
}

async fn route(routes: &Routes, request: Request<Incoming>) -> Result<Answer, OwnAnswer> {
    if functions::below(request.uri().path()).is_some() {
        return functions::invoke(routes.functions.as_deref(), &routes.keys, request).await;
    }
    if request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    {
        return Ok(preflight(request.headers()));
    }
    let path = request.uri().path();
    if path == "/" || path == "/health" {
        return Ok(OwnAnswer::new(StatusCode::OK, json!({ "status": "ok" })).answer());
    }
    let Some(path) = path
        .strip_prefix("/rest/v1")
        .filter(|p| p.is_empty() || p.starts_with('/'))
    else {
        return Err(OwnAnswer::new(
            StatusCode::NOT_FOUND,
            json!({ "message": "no Route matched with those values" }),
        ));
    };
    let target = checked(&routes.keys, request.headers(), path, request.uri().query())?;
    let (mut parts, body) = request.into_parts();
    parts.uri = target.uri;
    strip_hop_by_hop(&mut parts.headers);
    parts.headers.remove(API_KEY);
    if let Some(bearer) = target.bearer {
        parts.headers.insert(AUTHORIZATION, bearer);
    }
    match postgrest::send(&routes.rest, Request::from_parts(parts, body)).await {
        Ok(mut answer) => {
            strip_hop_by_hop(answer.headers_mut());
            Ok(answer.map(Either::Left))
        }
        Err(error) => Err(OwnAnswer::new(
            StatusCode::BAD_GATEWAY,
            json!({ "message": format!("PostgREST did not answer: {error}") }),
        )),
    }
}

/// What goes on to PostgREST.
#[derive(Debug)]
struct Target {
    uri: Uri,
    /// The JWT that the key stands for, when the request brings no token of its own.
    bearer: Option<HeaderValue>,
}

fn checked(
    keys: &Keys,
    headers: &HeaderMap,
    path: &str,
    query: Option<&str>,
) -> Result<Target, OwnAnswer> {
    let (rest, in_query) = split_key(query);
    let in_header = headers
        .get(API_KEY)
        .map(|value| String::from_utf8_lossy(value.as_bytes()));
    let Some(key) = in_header
        .or(in_query.map(Cow::Owned))
        .filter(|key| !key.is_empty())
    else {
        return Err(OwnAnswer::new(
            StatusCode::UNAUTHORIZED,
            json!({
                "message": "No API key found in request",
                "hint": "No `apikey` request header or url param was found.",
            }),
        ));
    };
    let jwt = if *key == keys.anon || *key == keys.publishable {
        &keys.anon
    } else if *key == keys.service_role || *key == keys.secret {
        &keys.service_role
    } else {
        return Err(OwnAnswer::new(
            StatusCode::UNAUTHORIZED,
            json!({
                "message": "Invalid API key",
                "hint": "Double check your Supabase `anon` or `service_role` API key.",
            }),
        ));
    };
    let own = headers
        .get(AUTHORIZATION)
        .is_some_and(|value| !value.is_empty());
    let bearer = if own {
        None
    } else {
        HeaderValue::from_str(&format!("Bearer {jwt}")).ok()
    };
    let path = if path.is_empty() { "/" } else { path };
    let uri = match rest {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    match uri.parse() {
        Ok(uri) => Ok(Target { uri, bearer }),
        Err(_) => Err(OwnAnswer::new(
            StatusCode::BAD_REQUEST,
            json!({ "message": "Bad Request" }),
        )),
    }
}

/// Takes every `apikey=…` pair out of a query. A column of that name is written quoted and stays: `"apikey"=eq.x`.
fn split_key(query: Option<&str>) -> (Option<String>, Option<String>) {
    let Some(query) = query else {
        return (None, None);
    };
    let mut key = None;
    let rest: Vec<&str> = query
        .split('&')
        .filter(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let is_key = decoded(name) == API_KEY;
            if is_key && key.is_none() {
                key = Some(decoded(value));
            }
            !is_key
        })
        .collect();
    let rest = rest.join("&");
    ((!rest.is_empty()).then_some(rest), key)
}

/// Form decoding, enough for keys.
fn decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let pair = [bytes.next(), bytes.next()];
                let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
                match (digit(pair[0]), digit(pair[1])) {
                    (Some(high), Some(low)) => {
                        out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                    }
                    _ => {
                        out.push(b'%');
                        out.extend(pair.into_iter().flatten());
                    }
                }
            }
            other => out.push(other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn strip_hop_by_hop(headers: &mut HeaderMap) {
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}

fn preflight(headers: &HeaderMap) -> Answer {
    let mut answer = Response::new(Either::Right(Full::default()));
    *answer.status_mut() = StatusCode::NO_CONTENT;
    let out = answer.headers_mut();
    out.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    out.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS"),
    );
    out.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    if let Some(wanted) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        out.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    answer
}

/// An answer of the gateway itself.
#[derive(Debug)]
struct OwnAnswer {
    status: StatusCode,
    body: Value,
    header: Option<(HeaderName, HeaderValue)>,
}

impl OwnAnswer {
    fn new(status: StatusCode, body: Value) -> Self {
        Self {
            status,
            body,
            header: None,
        }
    }

    fn answer(&self) -> Answer {
        let mut answer = Response::new(Either::Right(Full::from(self.body.to_string())));
        *answer.status_mut() = self.status;
        let headers = answer.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/json; charset=utf-8"),
        );
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        if let Some((name, value)) = &self.header {
            headers.insert(name, value.clone());
        }
        answer
    }
}

#[cfg(test)]
mod tests;
