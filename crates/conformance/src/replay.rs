//! Our side of a call that waits: awaited under paused time, against a transport that plays the recorded answers.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use functions_rs::{FunctionsClient, Invoke};
use postgrest_rs::query::{shape::Shape, verb::Ready};
use postgrest_rs::{PostgrestClient, Query};
use serde_json::Value;
use storage_rs::StorageClient;
use supabase_http::testing::{Exchange, MockTransport};
use supabase_http::{BoxFuture, Clock, HttpClient, HttpClientBuilder, Result, TransportErrorKind};
use tokio::time::Instant;

use crate::compare::{self, Difference, Outcome, Seen, Sent};
use crate::corpus::{Case, Response};
use crate::probe::{KEY, Observe, Read, URL};

/// Makes the call; `None` when the caller left before it was over.
pub type Run = fn(Stage) -> BoxFuture<'static, Result<Option<Seen>>>;

/// What a replayed call is made on.
#[derive(Debug)]
pub struct Stage {
    transport: MockTransport,
    case: Case,
}

/// When the recordings were made.
#[derive(Debug)]
pub(crate) struct RecordedTime(Instant);

impl RecordedTime {
    /// The time of the recordings, from now on.
    pub(crate) fn begin() -> Self {
        Self(Instant::now())
    }
}

impl Clock for RecordedTime {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600) + self.0.elapsed()
    }
}

impl Stage {
    /// The case that is played.
    #[must_use]
    pub fn case(&self) -> &Case {
        &self.case
    }

    /// The transport that plays the recorded answers.
    pub(crate) fn transport(&self) -> MockTransport {
        self.transport.clone()
    }

    /// The token that the recorded client had when it sent its request of this number.
    #[must_use]
    pub fn bearer(&self, index: usize) -> &str {
        let headers = self.case.exchanges.get(index).map(|e| &e.request.headers);
        let header = headers.and_then(|headers| headers.get("authorization"));
        header.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default()
    }

    /// A client of the whole project, with the URL and key of the case.
    pub fn project(&self) -> supabase::ClientBuilder {
        let given = |name: &str| self.case.given.get(name).and_then(Value::as_str);
        self.project_at(given("url").unwrap_or(URL), given("key").unwrap_or(KEY))
    }

    /// The same with this URL and key.
    pub fn project_at(&self, url: &str, key: &str) -> supabase::ClientBuilder {
        supabase::Client::builder(url, key)
            .transport(self.transport.clone())
            .http(|http| http.clock(RecordedTime(Instant::now())))
    }

    /// A client over the scripted transport.
    ///
    /// # Errors
    /// Never for the constants of the recordings.
    pub fn client(&self) -> Result<PostgrestClient> {
        self.client_with(|http| http)
    }

    /// The same with other settings.
    ///
    /// # Errors
    /// As [`Stage::client`], and for what `set` does wrong.
    pub fn client_with(
        &self,
        set: impl FnOnce(HttpClientBuilder) -> HttpClientBuilder,
    ) -> Result<PostgrestClient> {
        let http = HttpClient::builder()
            .transport(self.transport.clone())
            .clock(RecordedTime(Instant::now()));
        PostgrestClient::with_http(set(http).build()?, URL, KEY)
    }
}

impl Stage {
    /// A client of the functions over the scripted transport, with the key of the case.
    ///
    /// # Errors
    /// Never for the constants of the recordings.
    pub fn functions(&self) -> Result<FunctionsClient> {
        let key = self.case.given.get("key").and_then(Value::as_str);
        self.functions_with(key.unwrap_or(KEY))
    }

    /// The same with this key.
    ///
    /// # Errors
    /// As [`Stage::functions`].
    pub fn functions_with(&self, key: &str) -> Result<FunctionsClient> {
        let http = HttpClient::builder().transport(self.transport.clone()).build()?;
        FunctionsClient::with_http(http, URL, key)
    }
}

impl Stage {
    /// A client of the storage over the scripted transport, with the URL and key of the case.
    ///
    /// # Errors
    /// Never for the constants of the recordings.
    pub fn storage(&self) -> Result<StorageClient> {
        let given = |name: &str| self.case.given.get(name).and_then(Value::as_str);
        self.storage_at(given("url").unwrap_or(URL), given("key").unwrap_or(KEY))
    }

    /// The same with this key.
    ///
    /// # Errors
    /// As [`Stage::storage`].
    pub fn storage_by(&self, key: &str) -> Result<StorageClient> {
        self.storage_at(URL, key)
    }

    fn storage_at(&self, url: &str, key: &str) -> Result<StorageClient> {
        let http = HttpClient::builder()
            .transport(self.transport.clone())
            .clock(RecordedTime(Instant::now()))
            .build()?;
        StorageClient::with_http(http, url, key)
    }

    /// How many requests were sent so far.
    #[must_use]
    pub fn sent(&self) -> usize {
        self.transport.requests().len()
    }
}

/// Awaits an invocation and reads its answer to the end.
///
/// # Errors
/// Those of both.
pub async fn invoke(invoke: Invoke, read: Read) -> Result<Option<Seen>> {
    read.observe(invoke.await?).await.map(Some)
}

/// Awaits a query to its end.
///
/// # Errors
/// Those of the query.
pub async fn wait<V, R>(query: Query<V, R>) -> Result<Option<Seen>>
where
    V: Ready,
    R: Shape<Output: Observe>,
{
    query.await.map(|answer| Some(answer.observe()))
}

/// Awaits a query for so long at most, and leaves. No time at all: it is dropped before it is polled.
///
/// # Errors
/// Those of the query, if it fails earlier.
pub async fn leave_after<V, R>(patience: Duration, query: Query<V, R>) -> Result<Option<Seen>>
where
    V: Ready,
    R: Shape<Output: Observe>,
{
    let call = query.into_future();
    if patience.is_zero() {
        drop(call);
        return Ok(None);
    }
    match tokio::time::timeout(patience, call).await {
        Ok(answer) => answer.map(|answer| Some(answer.observe())),
        Err(_) => Ok(None),
    }
}

/// How long an answer that never comes takes.
const NEVER: Duration = Duration::from_secs(30 * 24 * 3600);

/// Whether the recorded transport failed to connect, or later.
fn failure(response: &Response) -> TransportErrorKind {
    let cause = response.network_error.as_ref().and_then(|error| error.pointer("/cause/code"));
    match cause.and_then(Value::as_str) {
        Some("ENOTFOUND" | "ECONNREFUSED") => TransportErrorKind::Connect,
        _ => TransportErrorKind::Interrupted,
    }
}

fn scripted(response: &Response) -> Exchange {
    let kind = failure(response);
    let mut exchange = match response.status {
        _ if response.hang => return Exchange::fail(kind).delay(NEVER),
        Some(status) if status != 0 => Exchange::new(status),
        _ => return Exchange::fail(kind),
    };
    for (name, value) in &response.headers {
        exchange = exchange.header(name, value);
    }
    exchange = exchange.body(response.bytes().unwrap_or_default());
    if response.delay_ms > 0 {
        exchange = exchange.delay(Duration::from_millis(response.delay_ms));
    }
    if response.body_delay_ms > 0 {
        exchange = exchange.drip(usize::MAX, Duration::from_millis(response.body_delay_ms));
    }
    exchange
}

/// Plays a case and compares all of its requests and its result.
///
/// # Errors
/// When no runtime can be made.
pub fn run(case: &Case, call: Run) -> Result<Vec<Difference>, String> {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(|error| format!("no runtime: {error}"))
        .map(|runtime| runtime.block_on(play(case, call)))
}

async fn play(case: &Case, call: Run) -> Vec<Difference> {
    let compared = case.exchanges.iter().filter(|e| e.is_compared());
    let sent: Vec<_> = compared.filter(|e| e.response.not_sent.is_none()).collect();
    let script: Vec<_> = sent.iter().map(|e| scripted(&e.response)).collect();
    let times = Arc::new(Mutex::new(Vec::new()));
    let start = Instant::now();
    let transport = MockTransport::new().respond({
        let times = Arc::clone(&times);
        move |_| {
            let mut times = times.lock().unwrap_or_else(PoisonError::into_inner);
            // Requests beyond the recorded ones get the last answer again.
            let at = times.len().min(script.len().saturating_sub(1));
            times.push(start.elapsed());
            script.get(at).cloned().unwrap_or_else(|| Exchange::new(500))
        }
    });
    let result = call(Stage { transport: transport.clone(), case: case.clone() }).await;

    let mut found = Vec::new();
    let ours = transport.requests();
    if let (Some(first), [], Err(_)) = (sent.first(), ours.as_slice(), &result) {
        return vec![Difference::new("request", first.rendered(), "refused")];
    }
    if ours.len() != sent.len() {
        found.push(Difference::new("requests", sent.len().to_string(), ours.len().to_string()));
    }
    let times = times.lock().unwrap_or_else(PoisonError::into_inner).clone();
    for (index, (theirs, ours)) in sent.iter().zip(&ours).enumerate() {
        let mine = Sent::from_parts(ours.method(), ours.uri(), ours.headers(), ours.body().clone());
        found.extend(compare::request(&theirs.request, &mine));
        let asked = theirs.response.headers.contains_key("retry-after");
        if let (true, Some(next), [from, to]) =
            (asked, sent.get(index + 1), times.get(index..index + 2).unwrap_or_default())
        {
            let (a, b) = (next.at_ms - theirs.at_ms, (*to - *from).as_millis());
            // How much longer is not compared: part of our wait is random.
            if u128::from(a) != b {
                let what = format!("wait before request {}", index + 2);
                let ours = if b > u128::from(a) { "longer" } else { "shorter" };
                found.push(Difference::new(what, format!("{a} ms"), ours));
            }
        }
    }
    let last = sent.last().map(|e| &e.response);
    let ours = match result {
        Ok(None) => Outcome::Fault,
        Ok(Some(seen)) => Outcome::ours(Ok(seen), last.and_then(|r| r.status)),
        Err(error) => Outcome::ours(Err(error), None),
    };
    // A result that other services have a part in is not theirs alone to compare.
    if case.exchanges.iter().all(|e| e.setup || e.is_compared()) {
        if let Some(theirs) = compare::expected(case).last() {
            let is_auths = |e: &crate::corpus::Exchange| e.service() == Some("gotrue-rs");
            let is_of_auth = case.is_of_auth() || case.exchanges.last().is_some_and(is_auths);
            found.extend(if is_of_auth {
                compare::auth_answer(theirs, &ours)
            } else {
                compare::answer(theirs, &ours, last)
            });
        }
    }
    found
}
