//! What several tables share.

use std::ops::Bound;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::client::storage::{list, list_parts};
use conformance::Seen;
use conformance::corpus::File;
use conformance::probe::{Observe as _, Probe, Read, probe};
use conformance::replay::{invoke, wait};
use functions_rs::{FunctionsClient, Invoke};
use jiff::Timestamp;
use postgrest_rs::{PostgrestClient, SelectQuery, TextSearch, any, col};
use serde::Serialize;
use serde_json::Value;
use supabase_http::{AccessToken, BoxFuture, Error, Result, TokenSource, token_fn};

/// The moment that dates of the recordings stand for.
pub(crate) const EPOCH: Timestamp = Timestamp::UNIX_EPOCH;
/// An empty list, whose type says what it would hold.
pub(crate) const NONE: [&str; 0] = [];
/// No pairs at all.
pub(crate) const NO_PAIRS: [(&str, i32); 0] = [];
pub(crate) const MS50: Duration = Duration::from_millis(50);
pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// A JSON object whose fields keep their order.
#[derive(Serialize)]
pub(crate) struct Address {
    postcode: u32,
    nested: Nested,
}

#[derive(Serialize)]
struct Nested {
    ok: bool,
    list: (u8, &'static str),
}

pub(crate) const ADDRESS: Address =
    Address { postcode: 90210, nested: Nested { ok: true, list: (1, "x") } };

/// Everything of the table `t`.
pub(crate) fn t(db: &PostgrestClient) -> SelectQuery<Value> {
    db.from("t").select("*")
}

/// A range that holds neither of its bounds.
pub(crate) fn exclusive<'a>(from: &'a str, to: &'a str) -> (Bound<&'a str>, Bound<&'a str>) {
    (Bound::Excluded(from), Bound::Excluded(to))
}

/// Conditions that depend on what is given at run time.
pub(crate) fn conditional(db: &PostgrestClient) -> SelectQuery<Value> {
    let (name, low, high) = (None::<&str>, Some(3), Some(7));
    let mut query = db.from("instruments").select("name, section_id");
    if let Some(name) = name {
        query = query.eq("name", name);
    }
    if let Some(low) = low {
        query = query.gte("octave_range", low);
    }
    if let Some(high) = high {
        query = query.lt("octave_range", high);
    }
    query
}

/// A row of many types, as text where JSON has no type of its own.
pub(crate) fn event() -> Value {
    serde_json::json!({
        "at": "2024-01-02T03:04:05+00:00",
        "day": jiff::civil::date(2024, 1, 2).to_string(),
        "id": "11111111-1111-1111-1111-111111111111",
        "raw": "\\x00ff",
        "ratio": 0.5,
        "none": null,
        "tags": ["a", "b"],
    })
}

/// The description of the schema.
pub(crate) fn openapi(db: &PostgrestClient) -> Probe {
    Probe::of_call(|| db.openapi())
}

/// A read by the user whom the case signs in.
pub(crate) fn as_user(db: &PostgrestClient) -> Probe {
    let as_user = || {
        let token = AccessToken::parse(&sign_in_token().unwrap_or_default())?;
        let credentials = db.service().credentials().with_token(token);
        Ok::<_, Error>(db.with_credentials(credentials))
    };
    match as_user() {
        Ok(db) => probe(db.from("planets").select("*")).by(&db),
        Err(error) => Probe::refused(error),
    }
}

fn sign_in_token() -> Option<String> {
    let cases = File::PyPostgrest.cases().ok()?;
    let case = cases.iter().find(|case| case.id == "py/postgrest/select/user-token")?;
    let token = case.exchanges.first()?.response.body.pointer("/json/access_token")?;
    token.as_str().map(str::to_owned)
}

/// Every kind of filter, negated.
pub(crate) fn every_negation(db: &PostgrestClient) -> SelectQuery<Value> {
    t(db)
        .not(col("a").eq(1))
        .eq("b", 2)
        .not_in("c", [1, 2])
        .not(any([col("d").eq(1), col("e").eq(2)]))
        .not(col("f").text_search(TextSearch::tsquery("x").config("english")))
        .not(col("g").overlaps(["x"]))
}

pub(crate) type Watched = BoxFuture<'static, Result<Option<Seen>>>;

/// Reads a table.
pub(crate) fn read(client: Result<supabase::Client>) -> Watched {
    Box::pin(async move { wait(client?.from("t").select::<Value>("*")).await })
}

/// Reads a table, calls a function of the database, lists what the storage holds and invokes an edge function.
pub(crate) fn read_and_call(client: Result<supabase::Client>) -> Watched {
    Box::pin(async move {
        let client = client?;
        wait(client.from("t").select::<Value>("*")).await?;
        wait(client.rpc::<Value>("f", ())).await?;
        list_parts(&client).await?;
        invoke(client.functions().invoke("hello"), Read::Json).await
    })
}

/// The same, then asks for the user of a token and for one by their id.
pub(crate) fn read_call_and_ask(client: Result<supabase::Client>) -> Watched {
    Box::pin(async move {
        let client = client?;
        let called = read_and_call(Ok(client.clone())).await?;
        client.as_user("jwt").auth().get_user().await?;
        let admin = client.auth().admin();
        admin.get_user_by_id("11111111-2222-4333-8444-555555555555").await?;
        Ok(called)
    })
}

/// Reads a table, lists a bucket, invokes an edge function, and asks for the user of a token, whether or not the others can be done.
pub(crate) fn read_invoke_and_ask(client: Result<supabase::Client>) -> Watched {
    Box::pin(async move {
        let client = client?;
        let done = read_and_invoke(Ok(client.clone())).await;
        let asked = client.as_user("jwt").auth().get_user().await;
        done.and_then(|_| asked.map(|user| Some(user.observe())))
    })
}

/// Reads a table, lists a bucket and invokes an edge function, whether or not the one before can be done.
pub(crate) fn read_and_invoke(client: Result<supabase::Client>) -> Watched {
    Box::pin(async move {
        let client = client?;
        let read = wait(client.from("t").select::<Value>("*")).await;
        let listed = list(&client).await;
        let invoked = invoke(client.functions().invoke("hello"), Read::Json).await;
        read.and(listed).and(invoked)
    })
}

/// An invocation whose answer is read as JSON.
pub(crate) fn json(invoke: impl Fn(&FunctionsClient) -> Invoke) -> Probe {
    Probe::of_invoke(invoke, Read::Json)
}

/// An invocation whose answer is read as text.
pub(crate) fn text(invoke: impl Fn(&FunctionsClient) -> Invoke) -> Probe {
    Probe::of_invoke(invoke, Read::Text)
}

/// An invocation whose answer is read as bytes.
pub(crate) fn bytes(invoke: impl Fn(&FunctionsClient) -> Invoke) -> Probe {
    Probe::of_invoke(invoke, Read::Bytes)
}

/// Invokes as the user of this token.
pub(crate) fn as_bearer(
    client: Result<FunctionsClient>,
    name: &'static str,
    token: &str,
) -> Watched {
    let token = AccessToken::parse(token);
    Box::pin(async move { invoke(client?.with_token(token?).invoke(name), Read::Json).await })
}

/// Makes a client and nothing else.
pub(crate) fn only_made(client: Result<supabase::Client>) -> Watched {
    Box::pin(async move { client.map(|_| Some(Seen::default())) })
}

/// Whoever is signed in at the time of each request: the next of these tokens, or nobody for an empty one.
pub(crate) fn signed_in(tokens: &[&str]) -> impl TokenSource + use<> {
    let tokens: Vec<_> = tokens.iter().map(|token| (*token).to_owned()).collect();
    let next = AtomicUsize::new(0);
    token_fn(move || {
        let token = tokens.get(next.fetch_add(1, Ordering::Relaxed)).cloned().unwrap_or_default();
        async move {
            if token.is_empty() {
                return Ok(None);
            }
            Ok(Some(AccessToken::parse(&token)?))
        }
    })
}

/// Reads the planets.
pub(crate) fn planets(client: Result<supabase::Client>) -> Watched {
    Box::pin(async move { wait(client?.from("planets").select::<Value>("*")).await })
}
