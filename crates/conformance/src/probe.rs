//! Our side of a call that needs no runtime: the rendered request, and the decoder of its answer.

use std::fmt;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use functions_rs::{FunctionResponse, FunctionsClient, Invoke};
use http::Request;
use http::response::Parts;
use postgrest_rs::query::{shape::Shape, verb::Ready};
use postgrest_rs::{Plan, PostgrestClient, Query};
use serde_json::Value;
use supabase_http::testing::MockTransport;
use supabase_http::{Body, Call, Error, HttpClient, Response, Result};

use crate::compare::Seen;

/// The project that every recorded client was made for.
pub const URL: &str = "https://project.test";
/// The key that every recorded client was made with, unless its case says otherwise.
pub const KEY: &str = "anon-key";

/// Reads an answer.
pub type Decode = Box<dyn Fn(&Parts, Bytes) -> Result<Seen>>;

/// A call, in its two halves.
pub struct Probe {
    /// What would be sent.
    pub request: Result<Request<Body>>,
    /// Reads an answer.
    pub decode: Decode,
    is_authorized: bool,
}

/// Takes the halves of a query.
#[must_use]
pub fn probe<V, R>(query: Query<V, R>) -> Probe
where
    V: Ready,
    R: Shape<Output: Observe> + 'static,
{
    Probe::new(query.into_request(), Box::new(decode::<R>))
}

impl Probe {
    fn new(request: Result<Request<Body>>, decode: Decode) -> Self {
        Self { request, decode, is_authorized: false }
    }

    /// Takes the halves of an operation that is no query.
    pub fn of_call<T: Observe + 'static>(call: impl Fn() -> Call<T>) -> Self {
        let reader = call();
        let decode = move |parts: &Parts, body| reader.decode(parts, body).map(Observe::observe);
        Self::new(call().into_request(), Box::new(decode))
    }

    /// A call that was refused before there was a query.
    #[must_use]
    pub fn refused(error: Error) -> Self {
        Self::new(Err(error), Box::new(|_, _| Ok(Seen::default())))
    }

    /// Adds what sending by `db` would add: its headers and credentials. Without it, those of [`client`] are added.
    #[must_use]
    pub fn by(mut self, db: &PostgrestClient) -> Self {
        if let (Ok(request), false) = (&mut self.request, self.is_authorized) {
            db.service().authorize(request);
            self.is_authorized = true;
        }
        self
    }
}

/// How the answer of a function is read.
#[derive(Debug, Clone, Copy)]
pub enum Read {
    /// As JSON.
    Json,
    /// As text.
    Text,
    /// As bytes.
    Bytes,
}

impl Read {
    /// Reads an answer to its end.
    ///
    /// # Errors
    /// Those of reading it.
    pub async fn observe(self, answer: FunctionResponse) -> Result<Seen> {
        let data = match self {
            Self::Json => answer.json().await?,
            Self::Text => Value::String(answer.text().await?),
            Self::Bytes => crate::compare::plain(&answer.bytes().await?),
        };
        Ok(Seen { data, count: None })
    }
}

impl Probe {
    /// Takes the halves of an invocation of a function, as a client with the constants of the recordings sends it.
    #[must_use]
    pub fn of_invoke(invoke: impl Fn(&FunctionsClient) -> Invoke, read: Read) -> Self {
        let http = HttpClient::builder().transport(MockTransport::new()).build();
        let request =
            http.and_then(|http| FunctionsClient::with_http(http, URL, KEY)).and_then(|client| {
                let mut request = invoke(&client).into_request()?;
                client.service().authorize(&mut request);
                Ok(request)
            });
        let decode = move |parts: &Parts, body| {
            let reading = pin!(read.observe(Invoke::decode(parts, body)?));
            // Everything is in memory, so there is nothing to wait for.
            match reading.poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(seen) => seen,
                Poll::Pending => Err(Error::runtime("the answer is not in memory")),
            }
        };
        Self { request, decode: Box::new(decode), is_authorized: true }
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probe").field("request", &self.request).finish_non_exhaustive()
    }
}

fn decode<R: Shape<Output: Observe>>(parts: &Parts, body: Bytes) -> Result<Seen> {
    R::decode(parts, body).map(Observe::observe)
}

/// A client as the recorded ones were made; it cannot reach anything.
///
/// # Errors
/// Never for these constants; the harness reports it as a difference.
pub fn client() -> Result<PostgrestClient, Error> {
    let http = HttpClient::builder().transport(MockTransport::new()).build()?;
    PostgrestClient::with_http(http, URL, KEY)
}

/// Answers that can be compared: plain data, serialised again.
pub trait Observe {
    /// The data, and the total for shapes that carry one.
    fn observe(self) -> Seen;
}

impl Observe for Vec<Value> {
    fn observe(self) -> Seen {
        Seen { data: Value::Array(self), count: None }
    }
}

impl Observe for Option<Value> {
    fn observe(self) -> Seen {
        Seen { data: self.unwrap_or_default(), count: None }
    }
}

impl Observe for Value {
    fn observe(self) -> Seen {
        Seen { data: self, count: None }
    }
}

impl Observe for Plan {
    fn observe(self) -> Seen {
        Seen { data: self.json, count: None }
    }
}

impl Observe for String {
    fn observe(self) -> Seen {
        Seen { data: Value::String(self), count: None }
    }
}

impl Observe for () {
    fn observe(self) -> Seen {
        Seen::default()
    }
}

/// The total of a count without rows.
impl Observe for u64 {
    fn observe(self) -> Seen {
        Seen { data: Value::Null, count: Some(Some(self)) }
    }
}

impl<T: Observe> Observe for Response<T> {
    fn observe(self) -> Seen {
        Seen { count: Some(self.count), ..self.data.observe() }
    }
}
