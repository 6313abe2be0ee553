//! What all calls share: their settings, their two pure halves, and their future.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::response::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use serde::Serialize;
use serde::de::DeserializeOwned;
use supabase_http::{
    Body, BoxFuture, CallOptions, Error, Result, RetryConfig, ServiceClient, decode_json,
    header_pair,
};

use crate::error;

/// Reads the answer of one call.
pub(crate) type Decode<T> = Box<dyn FnOnce(&Parts, Bytes) -> Result<T> + Send>;

/// What every builder holds: whom it calls, how, and the first thing that was wrong.
pub(crate) struct Setup {
    pub(crate) service: ServiceClient,
    pub(crate) options: CallOptions,
    pub(crate) headers: HeaderMap,
    problem: Option<Error>,
}

impl Setup {
    /// `operation` names the call in errors and spans, `template` is the shape of its URL.
    pub(crate) fn new(
        service: &ServiceClient,
        operation: &'static str,
        template: &'static str,
    ) -> Self {
        Self {
            service: service.clone(),
            options: CallOptions::new(operation).template(template),
            headers: HeaderMap::new(),
            problem: None,
        }
    }

    /// The same settings for another call.
    pub(crate) fn again(&self) -> Self {
        Self {
            service: self.service.clone(),
            options: self.options.clone(),
            headers: self.headers.clone(),
            problem: None,
        }
    }

    /// Changes the options of the call.
    pub(crate) fn options(mut self, change: impl FnOnce(CallOptions) -> CallOptions) -> Self {
        self.options = change(self.options);
        self
    }

    /// Uses the value, or keeps the first error.
    pub(crate) fn keep<T>(&mut self, value: Result<T>) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(error) => {
                self.problem.get_or_insert(error);
                None
            }
        }
    }

    /// The first thing that was wrong.
    #[cfg(feature = "resumable")]
    pub(crate) fn check(&mut self) -> Result<()> {
        self.problem.take().map_or(Ok(()), Err)
    }

    pub(crate) fn header(
        &mut self,
        name: impl TryInto<HeaderName, Error: Into<http::Error>>,
        value: impl TryInto<HeaderValue, Error: Into<http::Error>>,
    ) {
        if let Some((name, value)) = self.keep(header_pair(name, value)) {
            self.headers.insert(name, value);
        }
    }

    pub(crate) fn timeout(&mut self, limit: Duration) {
        self.options = std::mem::take(&mut self.options).timeout(limit);
    }

    pub(crate) fn retry(&mut self, retry: RetryConfig) {
        self.options = std::mem::take(&mut self.options).retry(retry);
    }

    /// The call, if nothing was wrong so far. The caller's own headers win over those of `request`.
    pub(crate) fn finish<T>(
        self,
        request: impl FnOnce(&ServiceClient) -> Result<Request<Body>>,
        decode: impl FnOnce(&Parts, Bytes) -> Result<T> + Send + 'static,
    ) -> Prepared<T> {
        let request = match self.problem {
            Some(problem) => Err(problem),
            None => request(&self.service).map(|mut request| {
                for (name, value) in self.headers {
                    if let Some(name) = name {
                        request.headers_mut().insert(name, value);
                    }
                }
                request
            }),
        };
        Prepared {
            service: self.service,
            options: self.options,
            request,
            decode: Box::new(decode),
        }
    }
}

/// A call that is ready to be sent.
pub(crate) struct Prepared<T> {
    pub(crate) service: ServiceClient,
    pub(crate) options: CallOptions,
    pub(crate) request: Result<Request<Body>>,
    pub(crate) decode: Decode<T>,
}

impl<T: Send + 'static> Prepared<T> {
    /// The same call, if nothing was wrong before it.
    #[cfg(feature = "resumable")]
    pub(crate) fn unless(mut self, problem: Result<()>) -> Self {
        if let Err(problem) = problem {
            self.request = Err(problem);
        }
        self
    }

    /// The same call, of whose answer something else is made.
    #[cfg(feature = "resumable")]
    pub(crate) fn map<U>(self, make: impl FnOnce(T) -> U + Send + 'static) -> Prepared<U> {
        let decode = self.decode;
        Prepared {
            service: self.service,
            options: self.options,
            request: self.request,
            decode: Box::new(move |parts, body| decode(parts, body).map(make)),
        }
    }

    pub(crate) fn send(self) -> Sending<T> {
        let operation = self.options.operation();
        Sending::new(operation, async move {
            let name = self.service.info().name;
            let (parts, body) = self
                .service
                .execute(self.request, self.options, |parts, body| {
                    Ok((parts.clone(), body))
                })
                .await?;
            (self.decode)(&parts, body).map_err(|error| error.with_context(name, operation))
        })
    }
}

/// A call under way: what awaiting a builder polls.
///
/// Dropping it cancels the request and closes its connection; the server may have acted by then.
#[must_use = "futures do nothing unless awaited"]
pub struct Sending<T> {
    future: BoxFuture<'static, Result<T>>,
    operation: &'static str,
}

impl<T> Sending<T> {
    pub(crate) fn new(
        operation: &'static str,
        future: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Self {
        Self {
            future: Box::pin(future),
            operation,
        }
    }
}

impl<T> Future for Sending<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        self.future.as_mut().poll(cx)
    }
}

impl<T> fmt::Debug for Sending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sending(storage {})", self.operation)
    }
}

/// What all builders have in common: time limit, retries, headers, the two pure halves, and that awaiting one sends it.
///
/// A builder holds its [`Setup`] in `setup`, and makes its call in `fn prepare(self) -> Prepared<Output>`.
macro_rules! operation {
    ($builder:ident => $output:ty) => {
        impl $builder {
            /// The time limit of the whole call: all tries, the waits between them and the answer.
            pub fn timeout(mut self, limit: std::time::Duration) -> Self {
                self.setup.timeout(limit);
                self
            }

            /// When this call is sent again, instead of what the client says.
            pub fn retry(mut self, retry: supabase_http::RetryConfig) -> Self {
                self.setup.retry(retry);
                self
            }

            /// Sets a header of this request alone; it wins over any other of its name.
            pub fn header(
                mut self,
                name: impl TryInto<http::HeaderName, Error: Into<http::Error>>,
                value: impl TryInto<http::HeaderValue, Error: Into<http::Error>>,
            ) -> Self {
                self.setup.header(name, value);
                self
            }

            /// Renders the request without sending it. Credentials and the client's own headers are added when it is
            /// sent.
            ///
            /// # Errors
            /// [`ErrorKind::Request`](crate::ErrorKind::Request) for the first bad input of the chain.
            pub fn into_request(self) -> supabase_http::Result<http::Request<supabase_http::Body>> {
                self.prepare().request
            }

            /// Reads an answer as awaiting this call would: the other pure half of a call.
            ///
            /// # Errors
            /// What awaiting the call would give for that answer.
            pub fn decode(
                self,
                parts: &http::response::Parts,
                body: bytes::Bytes,
            ) -> supabase_http::Result<$output> {
                (self.prepare().decode)(parts, body)
            }
        }

        impl std::future::IntoFuture for $builder {
            type Output = supabase_http::Result<$output>;
            type IntoFuture = $crate::Sending<$output>;

            fn into_future(self) -> Self::IntoFuture {
                self.prepare().send()
            }
        }

        impl std::fmt::Debug for $builder {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                // Without names and contents, which may be personal.
                write!(f, "{}({:?})", stringify!($builder), self.setup.service)
            }
        }
    };
}
pub(crate) use operation;

/// A request without a body.
pub(crate) fn bare(method: Method, uri: Result<Uri>) -> Result<Request<Body>> {
    let mut request = Request::new(Body::empty());
    *request.method_mut() = method;
    *request.uri_mut() = uri?;
    Ok(request)
}

/// A request with this body, as JSON.
pub(crate) fn with_json(
    method: Method,
    uri: Result<Uri>,
    body: &impl Serialize,
) -> Result<Request<Body>> {
    let mut request = bare(method, uri)?;
    let json = serde_json::to_vec(body).map_err(|cause| {
        Error::request_caused_by("the request cannot be written as JSON", cause)
    })?;
    *request.body_mut() = Body::from(json);
    request
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(request)
}

/// Reads an answer in JSON.
pub(crate) fn read_json<T: DeserializeOwned>(parts: &Parts, body: Bytes) -> Result<T> {
    if parts.status.is_success() {
        decode_json(parts, body)
    } else {
        Err(error::of(parts, body))
    }
}

/// Reads an answer that says nothing but that it was done.
pub(crate) fn read_nothing(parts: &Parts, body: Bytes) -> Result<()> {
    if parts.status.is_success() {
        Ok(())
    } else {
        Err(error::of(parts, body))
    }
}
