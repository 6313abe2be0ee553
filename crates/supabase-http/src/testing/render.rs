//! Requests as stable text without secrets.

use std::fmt::Write as _;

use http::HeaderMap;
use http::header::CONTENT_TYPE;

use super::RecordedRequest;

pub(super) fn request(request: &RecordedRequest) -> String {
    let mut out = format!("{} {}\n", request.method(), request.path());
    // Writing into a String cannot fail.
    let raw = request.raw_query();
    if !raw.is_empty() {
        let _ = writeln!(out, "?{}", raw_query(raw));
        for (name, value) in pairs(raw) {
            let name = decode(name);
            let value = decode(value);
            let value = if names_a_secret(&name) {
                redacted(&value)
            } else {
                value.as_str()
            };
            let _ = writeln!(out, "  {name} = {value}");
        }
    }
    for line in header_lines(request.headers()) {
        let _ = writeln!(out, "{line}");
    }
    if !request.body().is_empty() {
        let _ = writeln!(out, "\n{}", body(request));
    }
    out
}

fn body(request: &RecordedRequest) -> String {
    let bytes = request.body();
    let kind = request.header(CONTENT_TYPE.as_str()).unwrap_or_default();
    if kind.contains("json") {
        if let Ok(value) = serde_json::from_slice::<serde_json::Value>(bytes) {
            return format!("{value:#}");
        }
    }
    let readable = kind.contains("json")
        || kind.starts_with("text/")
        || kind.starts_with("application/x-www-form-urlencoded");
    match std::str::from_utf8(bytes) {
        Ok(text) if readable => text.to_owned(),
        _ => format!("<{} bytes, fnv1a {:016x}>", bytes.len(), digest(bytes)),
    }
}

/// FNV-1a with 64 bits: tells two bodies of a test apart, and is no protection against anyone.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// One line for each value, sorted by name; values of one name keep their order.
pub(super) fn header_lines(headers: &HeaderMap) -> Vec<String> {
    let mut lines: Vec<_> = headers
        .iter()
        .map(|(name, value)| {
            let text = String::from_utf8_lossy(value.as_bytes());
            let name = name.as_str();
            let shown = if value.is_sensitive() || names_a_secret(name) {
                match text.split_once(' ') {
                    Some((scheme, secret)) if name.ends_with("authorization") => {
                        format!("{scheme} {}", redacted(secret))
                    }
                    _ => redacted(&text).to_owned(),
                }
            } else {
                text.into_owned()
            };
            (name, shown)
        })
        .collect();
    lines.sort_by_key(|(name, _)| *name);
    lines
        .into_iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect()
}

/// The query as sent, but for the values of secrets.
pub(super) fn raw_query(raw: &str) -> String {
    let shown: Vec<_> = raw
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, value)) if names_a_secret(&decode(name)) => {
                format!("{name}={}", redacted(&decode(value)))
            }
            _ => pair.to_owned(),
        })
        .collect();
    shown.join("&")
}

/// Whether values of this name are kept out of sight.
fn names_a_secret(name: &str) -> bool {
    const NAMES: [&str; 7] = [
        "apikey",
        "authorization",
        "cookie",
        "jwt",
        "proxy-authorization",
        "set-cookie",
        "token",
    ];
    const PARTS: [&str; 4] = ["api-key", "password", "secret", "_token"];
    let name = name.to_ascii_lowercase();
    NAMES.contains(&name.as_str()) || PARTS.iter().any(|part| name.contains(part))
}

/// What kind of secret it is, which is safe to show and good to compare.
fn redacted(secret: &str) -> &'static str {
    if secret.starts_with("sb_publishable_") {
        "<sb_publishable>"
    } else if secret.starts_with("sb_secret_") {
        "<sb_secret>"
    } else if secret.starts_with("eyJ") && secret.split('.').count() == 3 {
        "<jwt>"
    } else {
        "<redacted>"
    }
}

/// The pairs of a query, still encoded.
pub(super) fn pairs(raw: &str) -> impl Iterator<Item = (&str, &str)> {
    raw.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// Percent-decodes, with `+` as a space; what is not UTF-8 becomes U+FFFD.
pub(super) fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let ahead = rest.clone();
                match (hex(rest.next()), hex(rest.next())) {
                    (Some(high), Some(low)) => out.push(high << 4 | low),
                    _ => {
                        out.push(b'%');
                        rest = ahead;
                    }
                }
            }
            other => out.push(other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex(digit: Option<u8>) -> Option<u8> {
    match digit? {
        digit @ b'0'..=b'9' => Some(digit - b'0'),
        digit @ b'a'..=b'f' => Some(digit - b'a' + 10),
        digit @ b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;
    use crate::Body;

    fn record(request: http::request::Builder, body: impl Into<Body>) -> RecordedRequest {
        RecordedRequest::from_request(request.body(body.into()).unwrap()).unwrap()
    }

    #[test]
    fn decodes_like_a_form_and_passes_over_what_is_no_escape() {
        assert_eq!(decode("a+b%2Bc%zz%4"), "a b+c%zz%4");
        assert_eq!(decode("%ff"), "\u{fffd}");
        let pairs: Vec<_> = pairs("a=1&b&&c=x=y").collect();
        assert_eq!(pairs, [("a", "1"), ("b", ""), ("c", "x=y")]);
    }

    #[test]
    fn no_secret_is_rendered() {
        let request =
            Request::post("https://h/p?apikey=canary&select=id&access_token=eyJcanary.b.c")
                .header("authorization", "Bearer eyJcanary.b.c")
                .header("apikey", "sb_secret_canary")
                .header("x-api-key", "canary")
                .header("cookie", "canary=1")
                .header("x-b", "2")
                .header("x-a", "1")
                .header("x-b", "1")
                .header("content-type", "application/json");
        let recorded = record(request, r#"{"b":1,"a":[]}"#);
        assert_eq!(
            recorded.to_string(),
            "POST /p\n\
             ?apikey=<redacted>&select=id&access_token=<jwt>\n  \
             apikey = <redacted>\n  select = id\n  access_token = <jwt>\n\
             apikey: <sb_secret>\nauthorization: Bearer <jwt>\ncontent-type: application/json\n\
             cookie: <redacted>\nx-a: 1\nx-api-key: <redacted>\nx-b: 2\nx-b: 1\n\
             \n{\n  \"a\": [],\n  \"b\": 1\n}\n"
        );
        assert!(!format!("{recorded:?}").contains("canary"));
    }

    #[test]
    fn bytes_are_told_apart_by_length_and_digest() {
        let one = record(Request::post("https://h/"), vec![0xff_u8, 1]).render();
        let two = record(Request::post("https://h/"), vec![0xff_u8, 2]).render();
        assert_eq!(one, "POST /\n\n<2 bytes, fnv1a 0a99a707b6f60d9d>\n");
        assert_ne!(one, two);
        let text = record(
            Request::post("https://h/").header("content-type", "text/csv"),
            "a,b\n",
        );
        assert!(text.render().ends_with("\n\na,b\n\n"), "{text}");
    }
}
