//! Answers: errors, rows, and what went wrong while reading them.

use std::fmt;

use bytes::Bytes;
use http::StatusCode;
use http::response::Parts;
use serde::de::DeserializeOwned;
use supabase_http::{ApiError, Error, JsonFlaw, Result};

/// The body, if the status says that all went well.
pub(crate) fn succeeded(parts: &Parts, body: Bytes) -> Result<Bytes> {
    // 300 is PostgREST's answer to an ambiguous embed or function, so an error too.
    if parts.status.is_success() {
        Ok(body)
    } else {
        Err(api_error(parts, body))
    }
}

fn api_error(parts: &Parts, body: Bytes) -> Error {
    let bodiless = body.is_empty();
    let mut error = ApiError::new(parts, body);
    if error.code().is_none() {
        if let Some(code) = proxy_status_code(parts) {
            error = error.with_code(code);
        }
    }
    // A HEAD request beyond the end: the total is in the header and nowhere else.
    if bodiless && parts.status == StatusCode::RANGE_NOT_SATISFIABLE {
        if error.code().is_none() {
            error = error.with_code("PGRST103");
        }
        if let Some(total) = supabase_http::Response::new(parts, ()).count {
            error = error.with_details(format!("there are only {total} rows"));
        }
    }
    Error::api(error)
}

/// The code in `Proxy-Status: PostgREST; error=PGRST106`, which is all that a HEAD request gets.
fn proxy_status_code(parts: &Parts) -> Option<&str> {
    let status = parts.headers.get("proxy-status")?.to_str().ok()?;
    let code = status
        .split(';')
        .find_map(|part| part.trim().strip_prefix("error="))?;
    Some(code).filter(|code| !code.is_empty())
}

/// Whether the server refused the token itself: expired, or not signed by whom it should be.
pub(crate) fn token_rejected(parts: &Parts, body: &[u8]) -> bool {
    if parts.status != StatusCode::UNAUTHORIZED {
        return false;
    }
    let in_body = serde_json::from_slice::<serde_json::Value>(body).ok();
    let code = in_body
        .as_ref()
        .and_then(|error| error.get("code")?.as_str())
        .or_else(|| proxy_status_code(parts));
    matches!(code, Some("PGRST301" | "PGRST303"))
}

/// Reads JSON.
pub(crate) fn json<T: DeserializeOwned>(parts: &Parts, body: Bytes) -> Result<T> {
    match std::str::from_utf8(&body).map(serde_json::from_str) {
        Ok(Ok(value)) => Ok(value),
        _ => Err(unreadable::<T>(parts, body)),
    }
}

#[cold]
fn unreadable<T: DeserializeOwned>(parts: &Parts, body: Bytes) -> Error {
    let mut flaw = JsonFlaw::of::<T>(&body);
    if let Some(place) = place(flaw.path()) {
        flaw = flaw.with_place(place);
    }
    let from_single = body.first() == Some(&b'{') && flaw.reason().contains("expected a sequence");
    let hint = if from_single {
        "; it is one object: drop `.single()` to get a list"
    } else {
        ""
    };
    Error::decode(parts, body, format_args!("{flaw}{hint}"))
}

/// `[3].name` as words.
fn place(path: &str) -> Option<String> {
    let (row, field) = path.strip_prefix('[')?.split_once(']')?;
    Some(in_row(row, field.trim_start_matches('.')))
}

fn in_row(number: impl fmt::Display, field: &str) -> String {
    match field {
        "" => format!("in row {number}"),
        field => format!("in row {number} at `{field}`"),
    }
}

/// Reads one row of a list, by its number.
pub(crate) fn row<T: DeserializeOwned>(
    parts: &Parts,
    row: Bytes,
    number: u64,
) -> Result<Option<T>> {
    match std::str::from_utf8(&row).map(serde_json::from_str) {
        Ok(Ok(value)) => Ok(Some(value)),
        _ => {
            let flaw = JsonFlaw::of::<T>(&row);
            let place = in_row(number, flaw.path());
            Err(Error::decode(parts, row, flaw.with_place(place)))
        }
    }
}

/// At most one row of an array (or the one object that a function answers).
pub(crate) fn maybe_row<T: DeserializeOwned>(parts: &Parts, body: Bytes) -> Result<Option<T>> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    match first {
        None => Ok(None),
        Some(b'[') => {
            let mut rows: Vec<T> = json(parts, body.clone())?;
            if rows.len() > 1 {
                return Err(several_rows(parts, rows.len()));
            }
            Ok(rows.pop())
        }
        Some(_) => json(parts, body),
    }
}

/// What the server says when a single row is asked for and several match.
fn several_rows(parts: &Parts, count: usize) -> Error {
    let error = ApiError::new(parts, Bytes::new())
        .with_status(StatusCode::NOT_ACCEPTABLE)
        .with_code("PGRST116")
        .with_message("JSON object requested, multiple (or no) rows returned")
        .with_details(format!(
            "Results contain {count} rows, application/vnd.pgrst.object+json requires 1 row"
        ));
    Error::api(error)
}

/// The body as text.
pub(crate) fn text(parts: &Parts, body: Bytes) -> Result<String> {
    String::from_utf8(body.into()).map_err(|why| {
        let reason = why.to_string();
        Error::decode(parts, Bytes::from(why.into_bytes()), reason)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Planet {
        #[allow(dead_code)]
        name: String,
        #[allow(dead_code)]
        moons: u8,
    }

    fn parts(status: u16, headers: &[(&'static str, &'static str)]) -> Parts {
        let mut response = http::Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        response.body(()).unwrap().into_parts().0
    }

    #[test]
    fn decode_errors_say_where() {
        let body = r#"[{"name":"Earth","moons":1},{"name":"Mars","moons":"secret"}]"#;
        let error =
            json::<Vec<Planet>>(&parts(200, &[]), Bytes::from_static(body.as_bytes())).unwrap_err();
        let shown = error.to_string();
        assert!(shown.contains("Vec<Planet>"), "{shown}");
        assert!(shown.contains("in row 1 at `moons`"), "{shown}");
        assert!(!shown.contains("secret"), "{shown}");
        assert!(!format!("{error:?}").contains("secret"));
        assert_eq!(error.status().unwrap(), 200);
    }

    #[test]
    fn a_list_from_single_is_explained() {
        let error = json::<Vec<Planet>>(&parts(200, &[]), Bytes::from_static(b"{\"name\":\"x\"}"))
            .unwrap_err();
        assert!(error.to_string().contains("drop `.single()`"), "{error}");
    }

    #[test]
    fn broken_answers_are_decode_errors() {
        for body in ["", "[", "<html>", "[] x", "\u{feff}[]"] {
            let error = json::<Vec<Planet>>(&parts(200, &[]), Bytes::from_static(body.as_bytes()))
                .unwrap_err();
            assert_eq!(error.kind(), supabase_http::ErrorKind::Decode, "{body}");
        }
        assert!(json::<Vec<Planet>>(&parts(200, &[]), Bytes::from_static(b"[\xff]")).is_err());
    }

    #[test]
    fn head_errors_take_their_code_from_the_header() {
        let head = parts(404, &[("proxy-status", "PostgREST; error=42P01")]);
        assert_eq!(
            succeeded(&head, Bytes::new()).unwrap_err().code(),
            Some("42P01")
        );
        let lost = parts(400, &[("proxy-status", "PostgREST; error=")]);
        assert_eq!(succeeded(&lost, Bytes::new()).unwrap_err().code(), None);
        let beyond = parts(416, &[("content-range", "*/3")]);
        let error = succeeded(&beyond, Bytes::new()).unwrap_err();
        assert_eq!(error.code(), Some("PGRST103"));
        assert_eq!(
            error.api_error().unwrap().details().unwrap(),
            "there are only 3 rows"
        );
        assert!(succeeded(&parts(300, &[]), Bytes::new()).is_err());
        assert!(succeeded(&parts(206, &[]), Bytes::new()).is_ok());
    }

    #[test]
    fn only_a_refused_token_is_refused() {
        let body = |code: &str| format!("{{\"code\":\"{code}\",\"message\":\"x\"}}");
        assert!(token_rejected(
            &parts(401, &[]),
            body("PGRST303").as_bytes()
        ));
        assert!(token_rejected(
            &parts(401, &[]),
            body("PGRST301").as_bytes()
        ));
        assert!(token_rejected(
            &parts(401, &[("proxy-status", "PostgREST; error=PGRST301")]),
            b""
        ));
        assert!(!token_rejected(&parts(401, &[]), body("42501").as_bytes()));
        assert!(!token_rejected(
            &parts(401, &[]),
            body("PGRST302").as_bytes()
        ));
        assert!(!token_rejected(
            &parts(403, &[]),
            body("PGRST301").as_bytes()
        ));
    }

    #[test]
    fn at_most_one() {
        let ok = parts(200, &[]);
        let rows = |text: &'static str| maybe_row::<i32>(&ok, Bytes::from_static(text.as_bytes()));
        assert_eq!(rows("[]").unwrap(), None);
        assert_eq!(rows("[1]").unwrap(), Some(1));
        assert_eq!(rows("").unwrap(), None);
        let error = rows("[1,2]").unwrap_err();
        assert_eq!(
            (error.code(), error.status().map(|s| s.as_u16())),
            (Some("PGRST116"), Some(406))
        );
    }
}
