//! What a real Storage API (1.11.2, on Postgres, with files on a disk) was asked and answered, asked again by our calls.
//!
//! Each recorded request that a call of ours can make is made the same where it means the same: path and query decoded
//! (of a URL that is signed, as it is written), body by value, and the headers that the service reads. What is left out
//! where it is the service's default means the same: `x-upsert: false`, nulls and `public: false` of a new bucket, the
//! limits and order of a list, an empty object. `Cache-Control` we always send; where the recording has none, it is not
//! compared. Each answer is decoded with nothing lost, and each error keeps status, code and message.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod interpret;
mod parts;
mod recorded;
mod same;
mod shown;
#[cfg(feature = "resumable")]
mod tus;

use std::collections::BTreeMap;
use std::io::Write as _;

use interpret::{Made, make};
use recorded::Recorded;
use supabase_http::Error;

/// How many requests are made, and of those that are not, how many for which reason.
const MADE: usize = 349;
const NOT_MADE: &[(&str, usize)] = &[
    ("a form of another kind", 5),
    ("a header that is no option of ours", 1),
    (
        "a name is signed as it is written, so it is written in another way",
        13,
    ),
    ("a signed URL is for others to read", 37),
    ("a slash of a name is never encoded", 1),
    ("another route to the same", 5),
    ("files are removed by a list", 5),
    ("how a browser saves a file is for links", 2),
    ("it is refused before it is sent", 23),
    ("no types of ours are so wrong", 25),
    ("resumable uploads have a test of their own", 81),
    ("the gateway is left out", 3),
    ("the info of a file is not transformed", 1),
    ("there is no call for this route", 8),
    ("what was sent is not recorded", 4),
    (
        "whether a file exists is asked by its info, which tells why not",
        9,
    ),
];

#[test]
fn every_request_is_made_or_has_a_reason() {
    let mut made = 0;
    let mut reasons = BTreeMap::<&str, Vec<String>>::new();
    let mut wrong = Vec::new();
    for exchange in recorded::all() {
        match make(&exchange) {
            Made::Not(why) => reasons.entry(why).or_default().push(exchange.name),
            Made::Yes(request, _) => {
                made += 1;
                let differences = same::differences(&exchange, request);
                wrong.extend(
                    differences
                        .into_iter()
                        .map(|d| format!("{}: {d}", exchange.name)),
                );
            }
        }
    }
    let mut table = format!("recorded requests made: {made}\n");
    for (why, names) in &reasons {
        table.push_str(&format!(
            "not made, {why}: {} ({})\n",
            names.len(),
            names.join(", ")
        ));
    }
    // Not captured, so that the counts are always to be seen.
    let _ = std::io::stderr().write_all(table.as_bytes());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let counts: Vec<_> = reasons
        .iter()
        .map(|(why, names)| (*why, names.len()))
        .collect();
    assert_eq!((made, counts.as_slice()), (MADE, NOT_MADE));
}

#[test]
fn every_answer_is_decoded_with_nothing_lost() {
    let mut decoded = 0;
    let mut wrong = Vec::new();
    for exchange in recorded::all() {
        let Made::Yes(_, decode) = make(&exchange) else {
            continue;
        };
        let (parts, body) = exchange.answer();
        if !parts.status.is_success() {
            continue;
        }
        decoded += 1;
        match decode(&parts, body.clone()) {
            Err(error) => wrong.push(format!("{}: {error}", exchange.name)),
            Ok(shown) => {
                for lost in shown::lost(&exchange, &body, &shown) {
                    wrong.push(format!("{}: {lost}", exchange.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(decoded > 120, "{decoded}");
}

#[test]
fn every_error_keeps_status_code_and_message() {
    let mut errors = 0;
    for exchange in recorded::all() {
        let (parts, body) = exchange.answer();
        if parts.status.as_u16() < 400 {
            continue;
        }
        errors += 1;
        let error = match make(&exchange) {
            Made::Yes(_, decode) if exchange.asks_whether() => {
                // An answer that says no, in the form of an error.
                match decode(&parts, body.clone()) {
                    Err(error) => error,
                    Ok(_) => continue,
                }
            }
            Made::Yes(_, decode) => decode(&parts, body.clone()).expect_err(&exchange.name),
            Made::Not(_) => interpret::any_error(&parts, body.clone()),
        };
        check_error(&exchange, &error);
    }
    assert!(errors > 200, "{errors}");
}

fn check_error(exchange: &Recorded, error: &Error) {
    let name = &exchange.name;
    let body = exchange.response.body.clone().unwrap_or_default();
    let fields = serde_json::from_str::<serde_json::Value>(&body).unwrap_or_default();
    let nested = fields.get("error").filter(|error| error.is_object());
    let field = |name: &str| fields.get(name).and_then(serde_json::Value::as_str);
    let (status, code, message) = match nested {
        Some(error) => (
            exchange.response.status,
            error["type"].as_str(),
            error["message"].as_str(),
        ),
        None => {
            let status = field("statusCode").and_then(|status| status.parse().ok());
            let status = status.unwrap_or(exchange.response.status);
            let message = field("message").or(Some(body.trim()).filter(|text| !text.is_empty()));
            (status, field("code").or(field("error")), message)
        }
    };
    assert_eq!(
        error.status().map(|status| status.as_u16()),
        Some(status),
        "{name}"
    );
    assert_eq!(error.code(), code, "{name}");
    if let Some(message) = message {
        assert_eq!(error.message(), message, "{name}");
    }
    assert_eq!(error.is_not_found(), status == 404, "{name}");
}

#[test]
fn signed_urls_are_those_that_the_service_takes() {
    let all = recorded::all();
    let mut checked = 0;
    for signing in all
        .iter()
        .filter(|one| one.name.starts_with("sign.") && one.is_post())
    {
        let Made::Yes(_, decode) = make(signing) else {
            continue;
        };
        let (parts, body) = signing.answer();
        let Ok(shown) = decode(&parts, body) else {
            continue;
        };
        let mut urls = Vec::new();
        shown::urls(&shown, &mut urls);
        for url in urls {
            let token = url.rsplit_once("?token=").unwrap().1.to_owned();
            for reading in all.iter().filter(|one| one.is_plain_read_by(&token)) {
                let ours = url.strip_prefix("https://project.test").unwrap();
                assert_eq!(reading.response.status, 200, "{}", reading.name);
                assert_eq!(
                    recorded::decoded_path(ours),
                    recorded::decoded_path(&reading.request.path),
                    "{}",
                    reading.name
                );
                checked += 1;
            }
        }
    }
    assert!(checked >= 10, "{checked}");
}
