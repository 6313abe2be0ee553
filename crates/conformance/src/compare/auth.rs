//! What the auth clients send and return, in the terms of the comparison.

use serde_json::Value;

use super::answer::{Failure, Outcome};
use super::request::{pairs, same};
use super::{Difference, answer};

/// What may stand in place of a text: its beginning, its characters, and the least and the most of them.
type Random = (&'static str, fn(char) -> bool, usize, usize);

/// Texts that the recordings put in place of what is random, each with what may stand there.
const RANDOM: [Random; 3] = [
    ("<code_challenge", is_base64url, 43, 43),
    ("<code_verifier", is_unreserved, 43, 128),
    ("<flow_id", is_hexadecimal, 32, 32),
];

fn is_base64url(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

fn is_unreserved(c: char) -> bool {
    is_base64url(c) || matches!(c, '.' | '~')
}

fn is_hexadecimal(c: char) -> bool {
    c.is_ascii_hexdigit()
}

/// Whether our text is the recorded one, or something random of the kind that the recording names.
pub(super) fn same_text(theirs: &str, ours: &str) -> bool {
    let Some((start, allowed, least, most)) =
        RANDOM.iter().find(|(start, ..)| theirs.contains(start))
    else {
        return theirs == ours;
    };
    let Some((before, rest)) = theirs.split_once(start) else { return false };
    let Some((_, after)) = rest.split_once('>') else { return false };
    let random = ours.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    random.is_some_and(|text| (*least..=*most).contains(&text.len()) && text.chars().all(allowed))
}

/// Whether two bodies say the same: a field that is null says nothing, nor does `data` without entries, nor
/// `gotrue_meta_security` without a token, nor the id of a factor that the path names.
pub(super) fn same_body(theirs: &Value, ours: &Value) -> bool {
    let (Value::Object(a), Value::Object(b)) = (theirs, ours) else {
        return same(theirs, ours);
    };
    let says = |name: &str, value: &Value| match name {
        "data" => !is_nothing(value),
        "gotrue_meta_security" => value.get("captcha_token").is_some_and(|t| !is_nothing(t)),
        // Of the factor, which the path names already.
        "factorId" | "factor_id" => false,
        _ => !value.is_null(),
    };
    let count = |fields: &serde_json::Map<String, Value>| {
        fields.iter().filter(|(name, value)| says(name, value)).count()
    };
    let equal = |name: &str, a: &Value| match (a, b.get(name)) {
        (Value::String(a), Some(Value::String(b))) => same_text(a, b),
        (a, Some(b)) => same(a, b),
        (_, None) => false,
    };
    count(a) == count(b)
        && a.iter().filter(|(name, value)| says(name, value)).all(|(name, a)| equal(name, a))
}

/// What the JavaScript client returned.
pub(super) fn javascript(result: &Value) -> Outcome {
    if result.get("throws").is_some() {
        return Outcome::AnyFailure;
    }
    let told = result.get("error").is_some();
    match result.get("error") {
        Some(error) if !error.is_null() => javascript_error(error),
        _ if told => done(result.get("data")),
        // Stories return whatever they like.
        _ => done(Some(result)),
    }
}

fn done(data: Option<&Value>) -> Outcome {
    let mut data = data.cloned().unwrap_or_default();
    // Beside the claims of a token, its other parts are what the caller gave.
    let has_claims = data.get("claims").is_some();
    if let (Some(fields), true) = (data.as_object_mut(), has_claims) {
        fields.retain(|name, _| name != "header" && name != "headers" && name != "signature");
    }
    Outcome::Done { data, count: None, status: None }
}

/// An error of the server, or one that the client made itself.
fn javascript_error(error: &Value) -> Outcome {
    match error.get("name").and_then(Value::as_str) {
        Some("AuthApiError" | "AuthWeakPasswordError") => failed(error),
        Some("AuthRetryableFetchError") if error.get("status") != Some(&Value::from(0)) => {
            failed(error)
        }
        _ => Outcome::AnyFailure,
    }
}

fn failed(error: &Value) -> Outcome {
    let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Outcome::Failed(Failure {
        status: error.get("status").and_then(Value::as_u64).and_then(|s| s.try_into().ok()),
        code: text("code"),
        message: text("message"),
        is_partial: true,
        ..Failure::default()
    })
}

/// What the Python client returned.
pub(super) fn python(result: &Value) -> Outcome {
    let Some(error) = result.get("error") else {
        return done(result.get("value"));
    };
    match error.get("class").and_then(Value::as_str) {
        Some(
            "supabase_auth.errors.AuthApiError"
            | "supabase_auth.errors.AuthWeakPasswordError"
            | "supabase_auth.errors.AuthRetryableError",
        ) if error.get("status").and_then(Value::as_u64).is_some_and(|status| status != 0) => {
            failed(error)
        }
        _ => Outcome::AnyFailure,
    }
}

/// Whether nothing is told, not even in the fields of an object.
fn is_nothing(value: &Value) -> bool {
    value.as_object().is_some_and(|fields| fields.values().all(is_nothing))
        || answer::is_nothing(value)
}

/// Whether this is an error of the JavaScript client, as stories return it.
fn is_error(fields: &serde_json::Map<String, Value>) -> bool {
    let name = fields.get("name").and_then(Value::as_str).unwrap_or_default();
    name.starts_with("Auth") && name.ends_with("Error") && fields.contains_key("message")
}

/// Finds what the recorded value has and ours lacks.
pub(super) fn lacks(theirs: &Value, ours: &Value, at: &str, found: &mut Vec<Difference>) {
    match (theirs, ours) {
        (a, b) if is_nothing(a) && is_nothing(b) => {}
        // An error inside of what a story returns.
        (Value::Object(error), ours) if is_error(error) => {
            if error.get("name").and_then(Value::as_str) == Some("AuthApiError") {
                for part in ["status", "code", "message"] {
                    let at = format!("{at}/{part}");
                    lacks(&error[part], ours.get(part).unwrap_or(&Value::Null), &at, found);
                }
            } else if is_nothing(ours) {
                found.push(Difference::new(at, "failure", "none"));
            }
        }
        (Value::Object(a), Value::Object(b)) => {
            for (key, a) in a {
                lacks(a, b.get(key).unwrap_or(&Value::Null), &format!("{at}/{key}"), found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                lacks(a, b, &format!("{at}/{index}"), found);
            }
        }
        (Value::String(a), Value::String(b)) if same_text(a, b) || same_url(a, b) => {}
        // The rest of the life of a token that ends in 2100.
        (Value::String(a), Value::Number(_)) if a == "<expires_in>" => {}
        _ if same(theirs, ours) => {}
        _ => found.push(Difference::new(at, theirs.to_string(), ours.to_string())),
    }
}

/// Whether two texts are URLs that differ in the order of their query alone.
fn same_url(theirs: &str, ours: &str) -> bool {
    let (Some((a, left)), Some((b, right))) = (theirs.split_once('?'), ours.split_once('?')) else {
        return false;
    };
    let sorted = |query: &str| {
        let mut pairs = pairs(query);
        pairs.sort();
        pairs
    };
    let (left, right) = (sorted(left), sorted(right));
    a == b
        && left.len() == right.len()
        && left.iter().zip(&right).all(|(a, b)| a.0 == b.0 && same_text(&a.1, &b.1))
}
