//! Invocations that fail, and such that are given up.

use std::time::Duration;

use conformance::Call::{One, Replay, Unwritable};
use conformance::probe::{Probe, Read};
use conformance::replay::{Stage, invoke};
use conformance::{Entry, Seen, d, js, py};
use functions_rs::{Failure, FunctionsClient, Invoke, RetryConfig};
use serde_json::json as value;
use supabase_http::{BoxFuture, Result, token_fn};

use crate::support::{MS50, bytes, json};

/// The plain invocation that most of these cases make.
fn hello() -> Probe {
    json(|f| f.invoke("hello"))
}

/// The same of the Python client.
fn hello_py() -> Probe {
    bytes(|f| f.invoke("hello-world").json(&value!({})))
}

/// The example of the Python reference, which prints what failed.
fn handled(stage: &Stage) -> BoxFuture<'static, Result<Option<Seen>>> {
    let client = stage.functions();
    Box::pin(async move {
        let call = client?.invoke("hello-world").json(&value!({ "foo": "bar" }));
        let call = call.header("my-custom-header", "my-custom-header-value");
        match invoke(call, Read::Bytes).await {
            Err(error) if matches!(Failure::of(&error), Failure::Function | Failure::Relay) => {
                Ok(Some(Seen::default()))
            }
            other => other,
        }
    })
}

/// Invokes, and leaves after so long.
fn left(
    client: Result<FunctionsClient>,
    patience: Duration,
) -> BoxFuture<'static, Result<Option<Seen>>> {
    Box::pin(async move {
        let call = client?.invoke("hello");
        if patience.is_zero() {
            drop(call.into_future());
            return Ok(None);
        }
        let read = invoke(call, Read::Json);
        tokio::time::timeout(patience, read).await.unwrap_or(Ok(None))
    })
}

/// An invocation that is not repeated when no connection can be made.
fn once(client: &FunctionsClient) -> Invoke {
    client.invoke("hello").retry(RetryConfig::off())
}

pub(crate) const CASES: &[Entry] = &[
    js("error/400", One(|_| hello())),
    js("error/404", One(|_| hello())),
    js("error/405", One(|_| hello())),
    js("error/413", One(|_| hello())),
    js("error/500", One(|_| hello())),
    js("error/502", One(|_| hello())),
    js("error/503", One(|_| hello())),
    js("error/text", One(|_| hello())),
    js("error/empty", One(|_| hello())),
    js("error/302", One(|_| hello())),
    js("error/relay", One(|_| hello())),
    js("error/relay-200", One(|_| hello())),
    js("error/relay-uppercase", One(|_| hello())),
    js(
        "error/network",
        Replay(|s| Box::pin(async move { invoke(once(&s.functions()?), Read::Json).await })),
    ),
    js("error/read-context", One(|_| hello())),
    js(
        "error/access-token-callback-throws",
        Replay(|s| {
            Box::pin(async move {
                let source = token_fn(|| async { Err("no identity".into()) });
                let client = s.project().token_source(source).build()?;
                invoke(client.functions().invoke("hello"), Read::Json).await
            })
        }),
    ),
    js("abort/during-body", Replay(|s| left(s.functions(), MS50))),
    js("abort/before", Replay(|s| left(s.functions(), Duration::ZERO))),
    js("abort/custom-reason", Replay(|s| left(s.functions(), MS50))),
    py("invoke/error-handling", Unwritable)
        .language_only("a module that is not there", &[d("call", "none", "cannot be written")]),
    py("invoke/error-handling-http", Replay(|s| handled(&s))),
    py("invoke/error-handling-relay", Replay(|s| handled(&s))),
    py("invoke/error-handling-ok", Replay(|s| handled(&s))),
    py("invoke/error-json", One(|_| hello_py())).ours_by_design(
        "codes-as-sent",
        "the Python client reads no codes",
        &[d("error code", "", "bad input")],
    ),
    py("invoke/error-json-message", One(|_| hello_py())).client_bug(
        "a message in any other field than `error` is lost",
        &[
            d("error code", "", "401"),
            d(
                "error message",
                concat!(
                    "An error occurred while requesting your edge function at URL",
                    "('https://project.test/functions/v1/hello-world')."
                ),
                "Invalid JWT",
            ),
        ],
    ),
    py("invoke/error-text", One(|_| hello_py())),
    py("invoke/error-empty", One(|_| hello_py())).ours_by_design(
        "reason-as-message",
        "the name of the status says more",
        &[d(
            "error message",
            concat!(
                "An error occurred while requesting your edge function at URL",
                "('https://project.test/functions/v1/hello-world')."
            ),
            "Not Found",
        )],
    ),
    py("invoke/error-relay-200", One(|_| hello_py())),
    py(
        "invoke/error-dropped",
        Replay(|s| {
            Box::pin(async move {
                let call = s.functions()?.invoke("hello-world").json(&value!({}));
                invoke(call, Read::Bytes).await
            })
        }),
    ),
    py("invoke/error-name", One(|_| bytes(|f| f.invoke("")))),
];
