//! Comparison of answers; the rules are listed in the parent module.

use serde_json::Value;
use supabase_http::Error;

use super::request::same;
use super::{Difference, auth, functions, storage};
use crate::corpus::{Case, Response};

/// What a call of ours returned.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The decoded answer, serialised again.
    pub data: Value,
    /// The total, for the shapes that carry one.
    pub count: Option<Option<u64>>,
}

/// What a call came to, on either side.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It returned something.
    Done {
        /// The returned value.
        data: Value,
        /// The total; the outer option tells whether this side can carry one.
        count: Option<Option<u64>>,
        /// The HTTP status, where it is known.
        status: Option<u16>,
    },
    /// It failed with an answer of the server.
    Failed(Failure),
    /// It failed without one.
    Fault,
    /// It failed, and how is told in words of the recorded client's own.
    AnyFailure,
    /// It returned something of which only the status was recorded.
    Status(u64),
}

/// An error with what the server said.
#[derive(Debug, Clone, Default)]
pub struct Failure {
    /// The HTTP status, where it is known.
    pub status: Option<u16>,
    /// The server's code.
    pub code: String,
    /// The message.
    pub message: String,
    /// The details: text, or what else the server sends.
    pub details: Value,
    /// The hint.
    pub hint: String,
    /// Who failed, `function` or `relay`, where the error says so.
    pub part: &'static str,
    /// The body of the answer, where the error hands it on for the caller to read.
    pub answer: Option<Value>,
    /// Whether this side tells only a part of what the server said.
    pub is_partial: bool,
}

impl Outcome {
    /// Our side, from what the decoder returned for an answer of this status.
    #[must_use]
    pub fn ours(result: Result<Seen, Error>, status: Option<u16>) -> Self {
        match result {
            Ok(Seen { data, count }) => Self::Done { data, count, status },
            Err(error) => match error.status() {
                Some(code) => Self::Failed(Failure::ours(&error, code.as_u16())),
                None => Self::Fault,
            },
        }
    }

    fn summary(&self) -> String {
        match self {
            Self::Done { data, status: Some(status), .. } => format!("{status} {data}"),
            Self::Done { data, .. } => format!("ok {data}"),
            Self::Failed(failure) => {
                let status = failure.status.map(|s| format!("{s} ")).unwrap_or_default();
                format!("error {status}{}", failure.code).trim_end().to_owned()
            }
            Self::Status(status) => status.to_string(),
            Self::Fault => "failure without an answer".to_owned(),
            Self::AnyFailure => "failure".to_owned(),
        }
    }
}

impl Failure {
    fn ours(error: &Error, status: u16) -> Self {
        let api = error.api_error();
        Self {
            status: Some(status),
            code: error.code().unwrap_or_default().to_owned(),
            message: error.message().to_owned(),
            details: api.and_then(|api| api.details()).cloned().unwrap_or_default(),
            hint: api.and_then(|api| api.hint()).unwrap_or_default().to_owned(),
            part: functions::part(error),
            answer: Some(functions::plain(error.body())),
            is_partial: false,
        }
    }

    fn theirs(error: &Value, status: Option<u16>) -> Self {
        if !error.is_object() {
            return Self { status, message: error.to_string(), ..Self::default() };
        }
        let text = |name: &str| match error.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(other) if !other.is_null() => other.to_string(),
            _ => String::new(),
        };
        Self {
            status,
            code: text("code"),
            message: text("message"),
            details: error.get("details").cloned().unwrap_or_default(),
            hint: text("hint"),
            part: functions::part_of_class(error),
            answer: None,
            is_partial: false,
        }
    }
}

/// What the recorded client returned: one entry per call that sent something, or a single one where the case
/// returns one thing.
#[must_use]
pub fn expected(case: &Case) -> Vec<Outcome> {
    if let Some(outcomes) = storage::expected(case) {
        return outcomes;
    }
    if case.id.starts_with("js/functions/") {
        return vec![functions::javascript(&case.result)];
    }
    if case.id.starts_with("js/realtime/") {
        let last = case.exchanges.last().map(|e| &e.response);
        return vec![broadcast(&case.result, last)];
    }
    if case.is_of_auth() {
        let read = if case.id.starts_with("js/") { auth::javascript } else { auth::python };
        // Where there are several calls, the last one counts.
        let last = case.results.as_ref().and_then(|results| results.last());
        return vec![read(last.unwrap_or(&case.result))];
    }
    let answered = case.exchanges.last().is_some_and(|e| !e.response.is_fault());
    let status = case.exchanges.last().and_then(|e| e.response.status);
    match (&case.results, &case.result) {
        (Some(results), _) => case
            .exchanges
            .iter()
            .filter(|e| !e.setup)
            .filter_map(|e| results.get(e.step))
            .map(|one| python(one, answered))
            .collect(),
        (None, Value::Array(statuses)) => statuses.iter().map(bare_status).collect(),
        (None, one) if case.id.starts_with("py/") => vec![python(one, answered)],
        (None, one) => vec![javascript(one, status)],
    }
}

/// A broadcast over HTTP has no answer but success; one call throws what the server said, the other says a word.
fn broadcast(result: &Value, response: Option<&Response>) -> Outcome {
    let status = response.filter(|r| !r.is_fault()).and_then(|r| r.status);
    match (result.get("throws"), result.as_str()) {
        (Some(thrown), _) if status.is_some() => Outcome::Failed(Failure::theirs(thrown, status)),
        (Some(_), _) | (None, Some("timed out")) => Outcome::Fault,
        (None, Some("error")) if status.is_some() => Outcome::Failed(Failure {
            status,
            answer: response.and_then(Response::bytes).map(|bytes| functions::plain(&bytes)),
            ..Failure::default()
        }),
        (None, Some("error")) => Outcome::Fault,
        _ => Outcome::Done { data: Value::Null, count: None, status: None },
    }
}

/// Some cases return only the status of each of their calls.
fn bare_status(status: &Value) -> Outcome {
    status.as_u64().map_or(Outcome::Fault, Outcome::Status)
}

fn javascript(result: &Value, answered: Option<u16>) -> Outcome {
    if let Some(thrown) = result.get("throws") {
        return match answered {
            Some(status) => Outcome::Failed(Failure::theirs(thrown, thrown_status(thrown, status))),
            None => Outcome::Fault,
        };
    }
    let status = number(result.get("status")).and_then(|s| u16::try_from(s).ok());
    match result.get("error") {
        None | Some(Value::Null) => Outcome::Done {
            data: result.get("data").cloned().unwrap_or_default(),
            count: Some(number(result.get("count"))),
            status,
        },
        Some(_) if status == Some(0) => Outcome::Fault,
        Some(error) => Outcome::Failed(Failure::theirs(error, status)),
    }
}

/// A thrown error does not say its status: it is that of the answer, unless the client made the error itself.
fn thrown_status(thrown: &Value, status: u16) -> Option<u16> {
    let own = thrown.get("code").and_then(Value::as_str) == Some("PGRST116") && status == 200;
    Some(if own { 406 } else { status })
}

fn python(result: &Value, answered: bool) -> Outcome {
    match (result.get("error"), result.get("type").and_then(Value::as_str)) {
        (Some(error), _) => {
            let class = error.get("class").and_then(Value::as_str).unwrap_or_default();
            if answered && !class.starts_with("builtins.") {
                Outcome::Failed(Failure::theirs(error, None))
            } else {
                Outcome::Fault
            }
        }
        (None, Some("APIResponse" | "SingleAPIResponse")) => {
            let value = result.get("value");
            Outcome::Done {
                data: value.and_then(|v| v.get("data")).cloned().unwrap_or_default(),
                count: Some(number(value.and_then(|v| v.get("count")))),
                status: None,
            }
        }
        _ => {
            Outcome::Done { data: functions::data(result.get("value")), count: None, status: None }
        }
    }
}

fn number(value: Option<&Value>) -> Option<u64> {
    value.and_then(Value::as_u64)
}

/// Compares what the two calls returned. `response` is the answer that both got, if any.
#[must_use]
pub fn answer(theirs: &Outcome, ours: &Outcome, response: Option<&Response>) -> Vec<Difference> {
    compare(theirs, ours, response, lacks)
}

/// The same for the auth service, whose clients have several words for nothing.
#[must_use]
pub fn auth_answer(theirs: &Outcome, ours: &Outcome) -> Vec<Difference> {
    compare(theirs, ours, None, auth::lacks)
}

type Lacks = fn(&Value, &Value, &str, &mut Vec<Difference>);

fn compare(
    theirs: &Outcome,
    ours: &Outcome,
    response: Option<&Response>,
    lacks: Lacks,
) -> Vec<Difference> {
    let mut found = Vec::new();
    match (theirs, ours) {
        (Outcome::Fault, Outcome::Fault)
        | (Outcome::AnyFailure, Outcome::Fault | Outcome::Failed(_)) => {}
        (Outcome::Status(a), Outcome::Done { status: Some(b), .. }) if *a == u64::from(*b) => {}
        (Outcome::Failed(a), Outcome::Failed(b)) => failures(a, b, &mut found),
        (
            Outcome::Done { data: a, count: total_a, status: status_a },
            Outcome::Done { data: b, count: total_b, status: status_b },
        ) => {
            if let (Some(a), Some(b)) = (status_a, status_b) {
                if a != b {
                    found.push(Difference::new("status", a.to_string(), b.to_string()));
                }
            }
            let bodiless = response.is_none_or(|r| r.body.is_null());
            if !(bodiless && is_nothing(a) && is_nothing(b)) {
                lacks(a, b, "data", &mut found);
            }
            if let Some(a) = total_a {
                let b = total_b.flatten();
                if *a != b && (a.is_some() || total_b.is_some()) {
                    let show = |n: Option<u64>| n.map_or("none".to_owned(), |n| n.to_string());
                    found.push(Difference::new("count", show(*a), show(b)));
                }
            }
        }
        (a, b) => found.push(Difference::new("outcome", a.summary(), b.summary())),
    }
    found
}

pub(super) fn is_nothing(value: &Value) -> bool {
    value.is_null()
        || value.as_array().is_some_and(Vec::is_empty)
        || value.as_str().is_some_and(str::is_empty)
}

/// Finds what the recorded value has and ours lacks.
fn lacks(theirs: &Value, ours: &Value, at: &str, found: &mut Vec<Difference>) {
    match (theirs, ours) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, a) in a {
                match b.get(key) {
                    Some(b) => lacks(a, b, &format!("{at}/{key}"), found),
                    None => {
                        found.push(Difference::new(format!("{at}/{key}"), a.to_string(), "absent"))
                    }
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                lacks(a, b, &format!("{at}/{index}"), found);
            }
        }
        _ if same(theirs, ours) => {}
        _ => found.push(Difference::new(at, theirs.to_string(), ours.to_string())),
    }
}

fn failures(theirs: &Failure, ours: &Failure, found: &mut Vec<Difference>) {
    if let (Some(a), Some(b)) = (theirs.status, ours.status) {
        if a != b {
            found.push(Difference::new("error status", a.to_string(), b.to_string()));
        }
    }
    if !theirs.part.is_empty() && theirs.part != ours.part {
        found.push(Difference::new("error part", theirs.part, ours.part));
    }
    if let Some(answer) = &theirs.answer {
        let mine = ours.answer.clone().unwrap_or_default();
        if !(is_nothing(answer) && is_nothing(&mine)) {
            lacks(answer, &mine, "error body", found);
        }
        return;
    }
    let mut text = |what: &str, a: &str, b: &str| {
        if a != b {
            found.push(Difference::new(what, a, b));
        }
    };
    if !(theirs.is_partial && theirs.code.is_empty()) {
        text("error code", &theirs.code, &ours.code);
    }
    text("error message", &theirs.message, &ours.message);
    if theirs.is_partial {
        return;
    }
    text("error hint", &theirs.hint, &ours.hint);
    let plain = |details: &Value| match details {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text("error details", &plain(&theirs.details), &plain(&ours.details));
}
