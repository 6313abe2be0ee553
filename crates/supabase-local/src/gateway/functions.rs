//! The route `/functions/v1/<name>`: who may call, and what is answered when a function cannot.

use std::sync::Arc;

use http::{HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::Either;
use hyper::body::Incoming;
use serde_json::json;

use super::{Answer, OwnAnswer, strip_hop_by_hop};
use crate::functions::{Functions, Unavailable, Worker, check_token};
use crate::keys::{self, Keys};
use crate::socket::{self, Stream};

/// How the platform marks its own answers.
const ERROR_CODE: HeaderName = HeaderName::from_static("sb-error-code");

/// The path below `/functions/v1`, if it is that route.
pub(super) fn below(path: &str) -> Option<&str> {
    path.strip_prefix("/functions/v1")
        .filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Hands a request to its function. Bodies pass as they come, in both directions at once.
pub(super) async fn invoke(
    functions: Option<&Functions>,
    keys: &Keys,
    request: Request<Incoming>,
) -> Result<Answer, OwnAnswer> {
    let below = below(request.uri().path()).unwrap_or_default();
    let below = below.strip_prefix('/').unwrap_or(below);
    let name = below.split('/').next().unwrap_or_default().to_owned();
    let none = || {
        let why = "this stack has no project with functions";
        unavailable(Unavailable::NotFound(why.to_owned()))
    };
    let functions = functions.ok_or_else(none)?;
    let verifies = functions.verifies_jwt(&name).map_err(unavailable)?;
    // A browser's preflight carries no token; the function answers it.
    if verifies && request.method() != Method::OPTIONS {
        check_token(request.headers(), &keys.jwt_secret, keys::unix_now())
            .map_err(|refused| own(StatusCode::UNAUTHORIZED, refused.code(), &refused.message()))?;
    }
    let target = match request.uri().query() {
        Some(query) => format!("/{below}?{query}"),
        None => format!("/{below}"),
    };
    let target: Uri = target
        .parse()
        .map_err(|_| own(StatusCode::BAD_REQUEST, "BAD_REQUEST", "Bad Request"))?;
    let (worker, stream) = connect(functions, &name).await?;
    let (mut parts, body) = request.into_parts();
    parts.uri = target;
    strip_hop_by_hop(&mut parts.headers);
    match socket::send(stream, Request::from_parts(parts, body)).await {
        Ok(mut answer) => {
            strip_hop_by_hop(answer.headers_mut());
            Ok(answer.map(Either::Left))
        }
        Err(error) => {
            let why = match worker.last_words().await {
                Some(words) => words,
                None => format!("the connection to it broke: {error}"),
            };
            Err(own(
                StatusCode::INTERNAL_SERVER_ERROR,
                "WORKER_ERROR",
                &format!("Function exited due to an error (please check logs): {why}"),
            ))
        }
    }
}

/// A connection to the function. One that ended unseen is started again, since it has got nothing of this request yet.
async fn connect(functions: &Functions, name: &str) -> Result<(Arc<Worker>, Stream), OwnAnswer> {
    let mut last = None;
    for _ in 0..2 {
        let worker = functions.worker(name).await.map_err(unavailable)?;
        match socket::connect(&worker.socket).await {
            Ok(stream) => return Ok((worker, stream)),
            Err(error) => last = Some(error),
        }
        let _ = worker.last_words().await;
    }
    let why = last.map(|error| error.to_string()).unwrap_or_default();
    Err(unavailable(Unavailable::Boot(format!(
        "it cannot be reached: {why}"
    ))))
}

fn unavailable(why: Unavailable) -> OwnAnswer {
    match why {
        Unavailable::NotFound(why) => own(
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
            &format!("Requested function was not found: {why}"),
        ),
        Unavailable::Boot(why) => own(
            StatusCode::SERVICE_UNAVAILABLE,
            "BOOT_ERROR",
            &format!("Function failed to start (please check logs): {why}"),
        ),
    }
}

fn own(status: StatusCode, code: &'static str, message: &str) -> OwnAnswer {
    let mut answer = OwnAnswer::new(status, json!({ "code": code, "message": message }));
    answer.header = Some((ERROR_CODE, HeaderValue::from_static(code)));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_paths() {
        assert_eq!(below("/functions/v1"), Some(""));
        assert_eq!(below("/functions/v1/hello/a"), Some("/hello/a"));
        assert_eq!(below("/functions/v11/hello"), None);
        assert_eq!(below("/rest/v1/functions"), None);
    }
}
