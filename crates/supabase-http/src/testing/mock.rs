//! A transport that answers from a script and remembers what it was asked.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use super::{Exchange, IntoReply, RecordedRequest};
use crate::{Body, TransportError, TransportErrorKind};

/// A transport for tests: answers from a queue of [`Exchange`]s or from a closure, and records every request.
///
/// Clones share one script and one record: give a clone to the client and ask the other afterwards.
/// A request for which nothing is left fails with an error that names it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), supabase_http::BoxError> {
/// use serde_json::json;
/// use supabase_http::testing::{Exchange, MockTransport};
/// use supabase_http::{ApiError, Body, CallOptions, HttpClient, ServiceClient, ServiceInfo, TransportErrorKind};
///
/// static INFO: ServiceInfo =
///     ServiceInfo { name: "weather", token_rejected: |_, _| false, retry_count_header: false };
///
/// let mock = MockTransport::new()
///     .fail(TransportErrorKind::Connect)
///     .reply_with(Exchange::new(503).header("retry-after", "1"))
///     .reply(200, json!({ "sky": "clear" }));
/// let http = HttpClient::new(mock.clone());
/// let service = ServiceClient::in_project(&INFO, http, "https://project.test", "weather/v1", "key")?;
///
/// let request = http::Request::get("https://project.test/weather/v1/today").body(Body::empty())?;
/// let call = service.execute(Ok(request), CallOptions::new("today"), |parts, body| match parts.status {
///     status if status.is_success() => Ok(body),
///     _ => Err(ApiError::new(parts, body).into()),
/// });
/// assert_eq!(call.await?, r#"{"sky":"clear"}"#);
///
/// assert_eq!(mock.requests().len(), 3);
/// assert_eq!(mock.last_request().map(|request| request.path().to_owned()).as_deref(), Some("/weather/v1/today"));
/// mock.assert_done();
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct MockTransport(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    script: VecDeque<Exchange>,
    responder: Option<Responder>,
    requests: Vec<RecordedRequest>,
    unexpected: Vec<String>,
}

type Responder = Arc<dyn Fn(&RecordedRequest) -> Exchange + Send + Sync>;

impl MockTransport {
    /// A transport with an empty script: every request is unexpected.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an answer with this status and body: JSON, text, bytes or `()`.
    #[must_use]
    pub fn reply(self, status: u16, body: impl IntoReply) -> Self {
        self.reply_with(Exchange::new(status).body(body))
    }

    /// Adds an answer.
    #[must_use]
    pub fn reply_with(self, exchange: Exchange) -> Self {
        self.state().script.push_back(exchange);
        self
    }

    /// Adds a failure without an answer.
    #[must_use]
    pub fn fail(self, kind: TransportErrorKind) -> Self {
        self.reply_with(Exchange::fail(kind))
    }

    /// Answers every request that the script does not, from what it asks for.
    ///
    /// ```
    /// use serde_json::json;
    /// use supabase_http::testing::{Exchange, MockTransport};
    ///
    /// let mock = MockTransport::new().respond(|request| match request.path() {
    ///     "/rest/v1/planets" => Exchange::new(200).json(json!([])),
    ///     _ => Exchange::new(404),
    /// });
    /// ```
    #[must_use]
    pub fn respond(
        self,
        responder: impl Fn(&RecordedRequest) -> Exchange + Send + Sync + 'static,
    ) -> Self {
        self.state().responder = Some(Arc::new(responder));
        self
    }

    /// Every request so far, in the order in which they were sent whole.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state().requests.clone()
    }

    /// The last request, if there was one.
    #[must_use]
    pub fn last_request(&self) -> Option<RecordedRequest> {
        self.state().requests.last().cloned()
    }

    /// Checks that every scripted exchange was used and that no request came unexpected.
    ///
    /// # Panics
    /// If not: this is an assertion.
    #[track_caller]
    #[expect(clippy::panic, reason = "an assertion for tests")]
    pub fn assert_done(&self) {
        // The lock is let go before the panic, so that other clones stay usable.
        let (unused, unexpected) = {
            let state = self.state();
            (state.script.len(), state.unexpected.join(", "))
        };
        match (unused, unexpected.as_str()) {
            (0, "") => {}
            (0, requests) => panic!("requests came for which no exchange was left: {requests}"),
            (unused, "") => panic!("{unused} scripted exchanges were not used"),
            (unused, requests) => panic!(
                "{unused} scripted exchanges were not used, and yet requests came unexpected: {requests}"
            ),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self, request: &RecordedRequest) -> Result<Exchange, TransportError> {
        let responder = {
            let mut state = self.state();
            state.requests.push(request.clone());
            if let Some(exchange) = state.script.pop_front() {
                return Ok(exchange);
            }
            if state.responder.is_none() {
                let name = request.name();
                let text = format!("no exchange is left for the request {name}");
                state.unexpected.push(name);
                return Err(TransportError::new(TransportErrorKind::Request, text));
            }
            state.responder.clone()
        };
        // Called without the lock: it may look at the record, and it may panic.
        Ok(responder.map_or_else(|| Exchange::new(500), |respond| respond(request)))
    }
}

impl fmt::Debug for MockTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("MockTransport")
            .field("script", &state.script)
            .field("requests", &state.requests)
            .field("unexpected", &state.unexpected)
            .finish_non_exhaustive()
    }
}

impl Service<Request<Body>> for MockTransport {
    type Response = Response<Body>;
    type Error = TransportError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, TransportError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            let request = RecordedRequest::collect(request)
                .await
                .map_err(|error| TransportError::new(TransportErrorKind::Body, error))?;
            let exchange = this.next(&request)?;
            exchange.play(request.method()).await
        })
    }
}
