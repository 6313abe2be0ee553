//! Spans of `tracing`, and trace context for the server.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;

use http::{HeaderName, HeaderValue, Request, Response};
use tracing::Span;
use tracing::field::Empty;

use crate::{Body, CallInfo, Endpoint, Error, Result, TransportError};

/// The span of one call, by the OpenTelemetry names. Never the query, a header's value or a body: they hold data and
/// tokens.
pub(super) fn call_span(call: &CallInfo, request: &Request<Body>) -> Span {
    let authority = call.endpoint().authority();
    tracing::debug_span!(
        "supabase.request",
        otel.name = call.operation(),
        otel.kind = "client",
        supabase.service = call.service(),
        supabase.operation = call.operation(),
        http.request.method = request.method().as_str(),
        server.address = authority.host(),
        server.port = authority.port_u16(),
        url.template = call.template(),
        http.response.status_code = Empty,
        http.request.resend_count = Empty,
        error.type = Empty,
    )
}

/// The span of one attempt, below the call's.
pub(super) fn attempt_span() -> Span {
    tracing::trace_span!("supabase.attempt")
}

/// Polls a pinned future inside a span; `Instrument` would move it instead.
pub(super) async fn in_span<F: Future>(span: &Span, mut future: Pin<&mut F>) -> F::Output {
    poll_fn(|cx| {
        let _inside = span.enter();
        future.as_mut().poll(cx)
    })
    .await
}

/// Writes down how a call ended.
pub(super) fn record(span: &Span, result: &Result<Response<Body>, TransportError>) {
    if span.is_disabled() {
        return;
    }
    match result {
        Ok(answer) => {
            span.record("http.response.status_code", answer.status().as_u16());
            if !answer.status().is_success() {
                span.record("error.type", answer.status().as_str());
            }
        }
        Err(error) => {
            span.record("error.type", tracing::field::debug(error.kind()));
        }
    }
}

/// A trace that requests carry to the server, by [W3C Trace Context](https://www.w3.org/TR/trace-context/).
///
/// ```
/// use supabase_http::TraceContext;
///
/// let trace = TraceContext::new("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")?;
/// assert!(trace.is_sampled());
/// let trace = trace.tracestate("vendor=1")?.baggage("tenant=7")?;
/// # Ok::<(), supabase_http::Error>(())
/// ```
#[derive(Clone)]
pub struct TraceContext {
    traceparent: HeaderValue,
    tracestate: Option<HeaderValue>,
    baggage: Option<HeaderValue>,
}

impl TraceContext {
    /// A context of a `traceparent`, such as `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if it has not that form, or an id is all zeroes.
    pub fn new(traceparent: &str) -> Result<Self> {
        let id = |text: &str, length: usize| {
            text.len() == length
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        };
        let mut fields = traceparent.split('-');
        let valid = match (fields.next(), fields.next(), fields.next(), fields.next()) {
            (Some(version), Some(trace), Some(parent), Some(flags)) => {
                id(version, 2)
                    && version != "ff"
                    && id(trace, 32)
                    && id(parent, 16)
                    && id(flags, 2)
                    && trace.bytes().any(|byte| byte != b'0')
                    && parent.bytes().any(|byte| byte != b'0')
                    && (version != "00" || fields.next().is_none())
            }
            _ => false,
        };
        match HeaderValue::from_str(traceparent) {
            Ok(traceparent) if valid => Ok(Self {
                traceparent,
                tracestate: None,
                baggage: None,
            }),
            _ => Err(Error::request(
                "the traceparent has not the form 00-<32 hex>-<16 hex>-<2 hex>",
            )),
        }
    }

    /// Adds vendors' state.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if it cannot be sent in a header.
    pub fn tracestate(mut self, value: &str) -> Result<Self> {
        self.tracestate = Some(header(value)?);
        Ok(self)
    }

    /// Adds baggage.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if it cannot be sent in a header.
    pub fn baggage(mut self, value: &str) -> Result<Self> {
        self.baggage = Some(header(value)?);
        Ok(self)
    }

    /// Whether the trace is recorded.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        self.traceparent.as_bytes().last().is_some_and(|flags| {
            char::from(*flags)
                .to_digit(16)
                .is_some_and(|bits| bits & 1 == 1)
        })
    }
}

impl fmt::Debug for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without what may tell of people: baggage carries whatever a program puts into it.
        f.debug_struct("TraceContext")
            .field("traceparent", &self.traceparent)
            .finish_non_exhaustive()
    }
}

fn header(value: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(value)
        .map_err(|cause| Error::request_caused_by("a trace header's value is not valid", cause))
}

/// Where the trace context of a request comes from.
#[derive(Clone)]
pub(crate) struct TraceSource {
    pub(crate) current: Arc<dyn Fn() -> Option<TraceContext> + Send + Sync>,
}

impl TraceSource {
    /// Adds the trace headers, only for the endpoint's own host and never over the caller's.
    pub(super) fn apply(&self, endpoint: &Endpoint, request: &mut Request<Body>) {
        if !endpoint.is_same_origin(request.uri()) {
            return;
        }
        let Some(context) = (self.current)() else {
            return;
        };
        let sampled = context.is_sampled();
        let headers = request.headers_mut();
        for (name, value) in [
            ("traceparent", Some(context.traceparent)),
            // Nobody will look at them without a recorded trace.
            ("tracestate", context.tracestate.filter(|_| sampled)),
            ("baggage", context.baggage.filter(|_| sampled)),
        ] {
            let name = HeaderName::from_static(name);
            if let (Some(value), false) = (value, headers.contains_key(&name)) {
                headers.insert(name, value);
            }
        }
    }
}

impl fmt::Debug for TraceSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TraceSource(..)")
    }
}
