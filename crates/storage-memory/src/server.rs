//! The service: what reaches it, and what comes back.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http::{Request, Response};
use percent_encoding::percent_decode_str;
use supabase_http::{Body, BoxFuture, TransportError, TransportErrorKind};

use crate::answer::{self, Answer};
use crate::fault::Fault;
use crate::store::Store;
use crate::{objects, tus};

/// The service, which is a transport: `HttpClient::new(service.clone())`. Clones are one service.
#[derive(Clone, Default)]
pub struct MemoryStorage(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    store: Store,
    faults: VecDeque<Fault>,
    requests: usize,
}

/// A request, taken apart.
pub(crate) struct Call<'a> {
    pub(crate) method: &'a str,
    /// The path below the service, decoded.
    pub(crate) path: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) parts: &'a Parts,
    pub(crate) body: Bytes,
}

impl Call<'_> {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut pairs = self.query.iter();
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

impl MemoryStorage {
    /// A service without buckets.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a bucket.
    #[must_use]
    pub fn bucket(self, name: &str) -> Self {
        let mut state = self.state();
        state.store.buckets.entry(name.to_owned()).or_default().name = name.to_owned();
        drop(state);
        self
    }

    /// What happens to the next requests; those after them meet nothing.
    pub fn faults(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state().faults = faults.into_iter().collect();
    }

    /// The content of an object.
    #[must_use]
    pub fn content(&self, bucket: &str, name: &str) -> Option<Bytes> {
        let state = self.state();
        let object = state.store.buckets.get(bucket)?.objects.get(name)?;
        Some(object.content.clone())
    }

    /// Stores an object.
    pub fn put(&self, bucket: &str, name: &str, content: impl Into<Bytes>) {
        let mut state = self.state();
        objects::put(&mut state.store, bucket, name, content.into());
    }

    /// How many requests arrived.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.state().requests
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let fault = self.state().faults.pop_front().unwrap_or(Fault::None);
        let (parts, body) = request.into_parts();
        let max = match fault {
            Fault::CutBody(bytes) => Some(bytes),
            _ => None,
        };
        let (body, whole) = read(body, max).await?;
        let mut state = self.state();
        state.requests += 1;
        if fault == Fault::Busy {
            return Ok(Response::builder()
                .status(503)
                .body(Body::empty())
                .unwrap_or_default());
        }
        if fault == Fault::Expire {
            state.store.uploads.retain(|_, upload| upload.done);
        }
        let answer = answer(&mut state.store, &parts, body, whole);
        drop(state);
        if !whole || fault == Fault::LoseAnswer {
            return Err(interrupted());
        }
        let (head, content) = answer.into_parts();
        let body = match fault {
            Fault::CutAnswer(bytes) if bytes < length(&content) => {
                let start = content.slice(..usize::try_from(bytes).unwrap_or_default());
                let pieces = vec![Ok(start), Err(interrupted())];
                Body::from_stream(futures_util::stream::iter(pieces))
            }
            _ if parts.method == http::Method::HEAD => Body::empty(),
            _ => Body::from(content),
        };
        Ok(Response::from_parts(head, body))
    }
}

fn length(content: &Bytes) -> u64 {
    u64::try_from(content.len()).unwrap_or(u64::MAX)
}

fn interrupted() -> TransportError {
    TransportError::new(TransportErrorKind::Interrupted, "the connection broke")
}

/// What arrives of a body, and whether that is all of it.
async fn read(body: Body, max: Option<u64>) -> Result<(Bytes, bool), TransportError> {
    let mut pieces = body.into_stream();
    let mut got = BytesMut::new();
    while let Some(piece) = pieces.next().await {
        // The sender gave up.
        let piece = piece.map_err(|error| TransportError::new(TransportErrorKind::Body, error))?;
        got.extend_from_slice(&piece);
    }
    match max.and_then(|max| usize::try_from(max).ok()) {
        Some(max) if max < got.len() => {
            got.truncate(max);
            Ok((got.freeze(), false))
        }
        Some(_) => Ok((got.freeze(), false)),
        None => Ok((got.freeze(), true)),
    }
}

fn answer(store: &mut Store, parts: &Parts, body: Bytes, whole: bool) -> Answer {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let path = parts.uri.path();
    let path = path.strip_prefix("/storage/v1/").unwrap_or(path);
    let query = parts.uri.query().unwrap_or_default().split('&');
    let query = query.filter_map(|pair| pair.split_once('='));
    let call = Call {
        method: parts.method.as_str(),
        path: path.split('/').map(decode).collect(),
        query: query
            .map(|(name, value)| (decode(name), decode(value)))
            .collect(),
        parts,
        body,
    };
    let segment = |at: usize| call.path.get(at).map(String::as_str);
    let open =
        segment(1) == Some("public") || segment(2) == Some("sign") || call.method == "OPTIONS";
    if call.header("authorization").is_none() && call.header("apikey").is_none() && !open {
        return answer::refused(403, "Unauthorized", "Invalid Compact JWS", "AccessDenied");
    }
    let segments: Vec<_> = call.path.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["upload", "resumable", ..] => tus::answer(store, &call),
        // The service keeps nothing of a file that did not come whole.
        _ if !whole => answer::invalid("the connection broke"),
        _ => objects::answer(store, &call),
    }
}

impl tower::Service<Request<Body>> for MemoryStorage {
    type Response = Response<Body>;
    type Error = TransportError;
    type Future = BoxFuture<'static, Result<Response<Body>, TransportError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.clone().serve(request))
    }
}

impl fmt::Debug for MemoryStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        write!(f, "MemoryStorage({} buckets)", state.store.buckets.len())
    }
}
