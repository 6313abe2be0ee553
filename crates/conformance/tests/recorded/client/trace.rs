//! Traces that requests carry to the server.

use conformance::Call::Replay;
use conformance::replay::Stage;
use conformance::{Entry, js};
use serde_json::Value;
use supabase_http::TraceContext;

use conformance::replay::wait;

use crate::support::read;

pub(crate) const CASES: &[Entry] = &[
    js("trace/enabled-object", Replay(|s| read(traced(&s).build()))),
    js("trace/only-traceparent", Replay(|s| read(traced(&s).build()))),
    js("trace/unsampled", Replay(|s| read(traced(&s).build()))),
    js("trace/non-w3c-propagator", Replay(|s| read(traced(&s).build()))),
    js("trace/retry-carries-it", Replay(|s| read(traced(&s).build()))),
    js("trace/disabled-by-default", Replay(|s| read(s.project().build()))),
    js(
        "trace/caller-header-wins",
        Replay(|s| {
            Box::pin(async move {
                let client = traced(&s).build()?;
                let own = "00-11111111111111111111111111111111-2222222222222222-01";
                wait(client.from("t").select::<Value>("*").header("traceparent", own)).await
            })
        }),
    ),
];

/// A client that hands on the trace of the case.
fn traced(stage: &Stage) -> supabase::ClientBuilder {
    let trace = context(stage);
    stage.project().http(|http| http.trace_propagation(move || trace.clone()))
}

fn context(stage: &Stage) -> Option<TraceContext> {
    let given = |name| stage.case().given.get("trace_context")?.get(name)?.as_str();
    let mut trace = TraceContext::new(given("traceparent")?).ok()?;
    if let Some(state) = given("tracestate") {
        trace = trace.tracestate(state).ok()?;
    }
    if let Some(baggage) = given("baggage") {
        trace = trace.baggage(baggage).ok()?;
    }
    Some(trace)
}
