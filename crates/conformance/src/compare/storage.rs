//! What the clients of the storage return, in the terms of the comparison.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::answer::{Failure, Outcome};
use super::functions;
use super::request::{pairs, segments};
use crate::corpus::{Case, Response, decoded};

/// What the recorded client returned, if the case is one of the storage.
pub(super) fn expected(case: &Case) -> Option<Vec<Outcome>> {
    let last = case.exchanges.iter().rfind(|e| !e.setup).map(|e| &e.response);
    if case.id.starts_with("js/storage/") {
        return Some(vec![javascript(&case.result, last)]);
    }
    if case.id.starts_with("js/storage_vectors/") || case.id.starts_with("js/storage_analytics/") {
        return Some(vec![part(&case.result, last)]);
    }
    if !case.id.starts_with("py/storage/") {
        return None;
    }
    let answers = case.results.clone().unwrap_or_else(|| vec![case.result.clone()]);
    Some(answers.iter().map(|answer| python(answer, last)).collect())
}

fn javascript(result: &Value, last: Option<&Response>) -> Outcome {
    let error = result.get("throws").or_else(|| result.get("error")).filter(|e| !e.is_null());
    match (result.get("data"), error) {
        // Whether a file exists is told beside the error.
        (Some(data @ Value::Bool(_)), _) => done(data.clone()),
        (_, Some(error)) => failed(error, last, error.get("code")),
        (Some(data), None) => done(shape(data)),
        (None, None) => done(result.clone()),
    }
}

/// The parts of the JavaScript client with own words: nothing is an empty object or no data, and a catalog's code is
/// its type.
fn part(result: &Value, last: Option<&Response>) -> Outcome {
    if let Some(error) = result.get("error").filter(|error| error.get("name").is_some()) {
        return failed(error, last, error.get("code").or(error.get("icebergType")));
    }
    if result.get("throws").is_some() {
        return Outcome::Fault;
    }
    let data = result.get("data").filter(|data| data.as_object().is_none_or(|o| !o.is_empty()));
    done(data.map(shape).unwrap_or_default())
}

fn python(result: &Value, last: Option<&Response>) -> Outcome {
    let Some(error) = result.get("error") else {
        let mut value = shape(result.get("value").unwrap_or(&Value::Null));
        without_nulls(&mut value);
        with_milliseconds(&mut value);
        return done(value);
    };
    let class = error.get("class").and_then(Value::as_str).unwrap_or_default();
    if class.starts_with("builtins.") {
        return Outcome::Fault;
    }
    // Its code is the label; that of the body is what other clients call so.
    let body = last.and_then(|last| last.body.get("json"));
    let labelled = body.filter(|body| body.get("error") == error.get("code"));
    failed(error, last, labelled.map_or(error.get("code"), |body| body.get("code")))
}

fn done(data: Value) -> Outcome {
    Outcome::Done { data, count: None, status: None }
}

fn failed(error: &Value, last: Option<&Response>, code: Option<&Value>) -> Outcome {
    let Some(status) = last.filter(|last| !last.is_fault()).and_then(|last| last.status) else {
        return Outcome::Fault;
    };
    if error.get("name").and_then(Value::as_str) == Some("AbortError") {
        return Outcome::Fault;
    }
    let told = ["statusCode", "status"].iter().find_map(|name| number(error.get(*name)?));
    Outcome::Failed(Failure {
        status: Some(told.unwrap_or(status)),
        code: code.and_then(Value::as_str).unwrap_or_default().to_owned(),
        message: error.get("message").and_then(Value::as_str).unwrap_or_default().to_owned(),
        ..Failure::default()
    })
}

fn number(value: &Value) -> Option<u16> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64()?.try_into().ok(),
    }
}

/// Returned data as ours is compared with.
fn shape(data: &Value) -> Value {
    match data {
        Value::Object(fields) => {
            if fields.contains_key("$blob") || fields.contains_key("$base64") {
                return functions::data(Some(data));
            }
            if let Some(stream) = fields.get("$stream") {
                return functions::data(Some(&json!({ "$blob": stream })));
            }
            if fields.len() == 1 && fields.contains_key("message") {
                return Value::Null;
            }
            let absolute =
                |value: &Value| value.as_str().is_some_and(|s| s.starts_with("https://"));
            let kept = fields.iter().filter(|(name, value)| {
                // The JavaScript client keeps the answered URL beside the one that it made of it.
                *name != "signedURL" || absolute(value) || !fields.contains_key("signedUrl")
            });
            Value::Object(kept.map(|(name, value)| (name.clone(), shape(value))).collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(shape).collect()),
        Value::String(text) if text.starts_with("https://") => url(text),
        Value::String(text) => Value::String(time(text)),
        other => other.clone(),
    }
}

fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(without_nulls);
        }
        Value::Array(list) => list.iter_mut().for_each(without_nulls),
        _ => {}
    }
}

/// Times of which the Python client drops the milliseconds when they are zero.
fn with_milliseconds(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(with_milliseconds),
        Value::Array(list) => list.iter_mut().for_each(with_milliseconds),
        Value::String(text) if text.len() == 20 && text.ends_with('Z') && text.contains('T') => {
            text.truncate(19);
            text.push_str(".000Z");
        }
        _ => {}
    }
}

/// A time of six digits behind the second, of which the last three are made up.
fn time(text: &str) -> String {
    match text.strip_suffix("000Z") {
        Some(start) if start.len() == 23 && start.contains('T') => format!("{start}Z"),
        _ => text.to_owned(),
    }
}

/// An URL by its parts, decoded, so that spellings of the same are equal.
#[must_use]
pub fn url(text: &str) -> Value {
    let (address, query) = text.split_once('?').unwrap_or((text, ""));
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path: Vec<_> =
        segments(path).iter().map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    let query: BTreeMap<_, _> = pairs(query).into_iter().collect();
    let query: Map<_, _> = query.into_iter().map(|(name, value)| (name, value.into())).collect();
    json!({ "url": format!("{scheme}://{host}"), "path": path, "query": query })
}

/// Makes forms equal that the service reads alike.
pub(super) fn same_form(form: &mut Value) {
    for part in form.as_array_mut().into_iter().flatten() {
        let Some(fields) = part.as_object_mut() else { continue };
        fields.retain(|_, value| !value.is_null());
        if fields.remove("filename").is_some() {
            fields.remove("name");
            let bytes = fields.get("base64").and_then(decoded);
            if let Some(text) = bytes.and_then(|bytes| String::from_utf8(bytes.into()).ok()) {
                fields.remove("base64");
                fields.insert("text".to_owned(), text.into());
            }
        } else if fields.get("name") == Some(&"metadata".into()) {
            let text = fields.get("text").and_then(Value::as_str).unwrap_or_default();
            if let Ok(json) = serde_json::from_str(text) {
                fields.insert("text".to_owned(), json);
            }
        }
    }
}
