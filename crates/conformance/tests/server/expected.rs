//! What a recorded answer means, read without the SDK.

use conformance::compare::{Failure, Outcome};
use serde_json::Value;

use crate::Recorded;

/// What the call is to give for a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The body, as JSON.
    Json,
    /// The body, as text.
    Text,
    /// Nothing.
    Nothing,
}

pub(crate) fn of(recorded: &Recorded, (answer, counted): (Answer, bool)) -> Outcome {
    let response = &recorded.response;
    let status = response.status.unwrap_or_default();
    let body = response.bytes().unwrap_or_default();
    let text = String::from_utf8_lossy(&body).into_owned();
    let json = || serde_json::from_str::<Value>(&text).ok();
    if !(200..300).contains(&status) {
        return Outcome::Failed(failure(recorded, status, json(), &text));
    }
    let data = match answer {
        Answer::Nothing => Value::Null,
        Answer::Text => Value::String(text),
        Answer::Json if text.is_empty() => Value::Null,
        // A body that is no JSON is found to differ.
        Answer::Json => json().unwrap_or_else(|| Value::String(text.clone())),
    };
    let total = || {
        let range = response.headers.get("content-range")?;
        range.rsplit_once('/')?.1.parse().ok()
    };
    Outcome::Done { data, count: counted.then(total), status: None }
}

fn failure(recorded: &Recorded, status: u16, json: Option<Value>, text: &str) -> Failure {
    // Without any text the name of the status is the message.
    let name = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let message = |text: &str| match text {
        "" => name.unwrap_or_default().to_owned(),
        text => text.to_owned(),
    };
    let failure = Failure { status: Some(status), ..Failure::default() };
    let Some(Value::Object(error)) = json else {
        // A HEAD request has the code in a header; what is no JSON is the message.
        let header = recorded.response.headers.get("proxy-status");
        let code =
            header.and_then(|header| header.split_once("error=")).map_or("", |(_, code)| code);
        return Failure { code: code.to_owned(), message: message(text), ..failure };
    };
    let field = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Failure {
        code: field("code"),
        message: message(&field("message")),
        details: error.get("details").cloned().unwrap_or_default(),
        hint: field("hint"),
        ..failure
    }
}
