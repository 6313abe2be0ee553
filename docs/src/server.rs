//! The answers in the guide, compared with those of a real server.
//!
//! `cargo xtask test` starts a local stack of the project in `docs/supabase` and names it by `SUPABASE_GUIDE_URL` and
//! `SUPABASE_GUIDE_KEY`. Each request to the database that an example of the guide makes is then sent there, too, as `anon`
//! and to be rolled back. Rows may have more columns there than the guide shows, and a text of the guide may end in `…`.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, Uri, header};
use http_body_util::BodyExt as _;
use serde_json::Value;
use supabase::http::testing::MockTransport;
use supabase::http::{Body, BoxError, HttpClient};
use supabase::{Error, Result};
use tower::{Service, ServiceExt as _};

/// Where the stack is and its publishable key.
const URL: &str = "SUPABASE_GUIDE_URL";
const KEY: &str = "SUPABASE_GUIDE_KEY";

/// A script whose answers are compared with a server's, if there is one.
#[derive(Clone)]
pub(crate) struct Compared {
    script: MockTransport,
    server: Option<(HttpClient, String, HeaderValue)>,
}

impl Compared {
    pub(crate) fn new(script: MockTransport) -> Result<Self> {
        let server = match (std::env::var(URL), std::env::var(KEY)) {
            (Ok(url), Ok(key)) => {
                let key = HeaderValue::from_str(&key)
                    .map_err(|error| Error::request_caused_by("the guide's key", error))?;
                Some((HttpClient::builder().build()?, url, key))
            }
            _ => None,
        };
        Ok(Self { script, server })
    }
}

impl Service<Request<Body>> for Compared {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Self { script, server } = self.clone();
        Box::pin(async move {
            let (Some((http, url, key)), true) =
                (server, request.uri().path().starts_with("/rest/v1/"))
            else {
                return Ok(script.oneshot(request).await?);
            };
            let (mut parts, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            let shown = whole(
                script
                    .oneshot(Request::from_parts(parts.clone(), Body::from(body.clone())))
                    .await?,
            )
            .await?;

            let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
            let asked = format!("{} {path}", parts.method);
            parts.uri = format!("{url}{path}").parse::<Uri>()?;
            parts.headers.remove(header::AUTHORIZATION);
            parts.headers.insert("apikey", key);
            parts.headers.append(
                HeaderName::from_static("prefer"),
                HeaderValue::from_static("tx=rollback"),
            );
            let real = whole(
                http.oneshot(Request::from_parts(parts, Body::from(body)))
                    .await?,
            )
            .await?;

            if let Some(difference) = difference(&shown, &real) {
                return Err(format!("{asked}: the guide shows {difference}").into());
            }
            Ok(shown.map(Body::from))
        })
    }
}

async fn whole(answer: Response<Body>) -> Result<Response<Bytes>, BoxError> {
    let (parts, body) = answer.into_parts();
    Ok(Response::from_parts(
        parts,
        body.collect().await?.to_bytes(),
    ))
}

fn difference(shown: &Response<Bytes>, real: &Response<Bytes>) -> Option<String> {
    let texts = [shown, real].map(|answer| String::from_utf8_lossy(answer.body()).into_owned());
    if texts[1].contains("Invalid preferences: max-affected=") {
        return None; // The stack's server is older than this limit.
    }
    if shown.status() != real.status() {
        return Some(format!(
            "{}, the server answers {}: {}",
            shown.status(),
            real.status(),
            texts[1]
        ));
    }
    let ranges = [shown, real].map(|answer| answer.headers().get(header::CONTENT_RANGE));
    if ranges[0].is_some() && ranges[0] != ranges[1] {
        return Some(format!(
            "{:?}, the server answers {:?}",
            ranges[0], ranges[1]
        ));
    }
    let same = match (
        serde_json::from_str::<Value>(&texts[0]),
        serde_json::from_str::<Value>(&texts[1]),
    ) {
        (Ok(shown), Ok(real)) => is_part(&shown, &real),
        _ => match texts[0].strip_suffix('…') {
            Some(start) => texts[1].starts_with(start),
            None => texts[0] == texts[1],
        },
    };
    (!same).then(|| format!("{}, the server answers {}", texts[0], texts[1]))
}

/// Whether all of it is there: rows may have more columns.
fn is_part(shown: &Value, real: &Value) -> bool {
    match (shown, real) {
        (Value::Object(shown), Value::Object(real)) => shown
            .iter()
            .all(|(name, value)| real.get(name).is_some_and(|real| is_part(value, real))),
        (Value::Array(shown), Value::Array(real)) => {
            shown.len() == real.len()
                && shown
                    .iter()
                    .zip(real)
                    .all(|(shown, real)| is_part(shown, real))
        }
        _ => shown == real,
    }
}

#[cfg(test)]
mod tests {
    //! What counts as a difference.
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn answer(status: u16, body: &'static str) -> Response<Bytes> {
        Response::builder()
            .status(status)
            .body(Bytes::from(body))
            .unwrap()
    }

    #[test]
    fn more_columns_and_a_longer_text_are_the_same() {
        for (shown, real) in [
            ("", ""),
            ("[]", "[]"),
            (r#"[{"id":1}]"#, r#"[{"name":"Mercury","id":1}]"#),
            (r#"[{"a":[{"b":1}]}]"#, r#"[{"a":[{"b":1,"c":2}]}]"#),
            ("Index Scan…", "Index Scan using planets_pkey"),
        ] {
            assert_eq!(
                difference(&answer(200, shown), &answer(200, real)),
                None,
                "{shown}"
            );
        }
    }

    #[test]
    fn anything_else_is_not() {
        for (shown, real) in [
            ("", "[]"),
            ("[]", r#"[{"id":1}]"#),
            (r#"[{"id":1}]"#, "[]"),
            (r#"[{"id":1}]"#, r#"[{"id":2}]"#),
            (r#"[{"id":1}]"#, r#"[{"id":null}]"#),
            (r#"[{"id":1}]"#, r#"[{"name":"Mercury"}]"#),
            ("id\n1", "id\n2"),
        ] {
            assert!(
                difference(&answer(200, shown), &answer(200, real)).is_some(),
                "{shown}"
            );
        }
        assert!(difference(&answer(200, "[]"), &answer(206, "[]")).is_some());
        let mut counted = answer(200, "");
        counted
            .headers_mut()
            .insert(header::CONTENT_RANGE, HeaderValue::from_static("*/3"));
        assert!(difference(&counted, &answer(200, "")).is_some());
    }
}
