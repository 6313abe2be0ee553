//! Credentials: asked for at the time of sending, sent to the endpoint's own host only, renewed once when refused.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

use crate::api_error::MAX_ERROR_BODY;
use crate::client::collect_up_to;
use crate::{AccessToken, Body, CallInfo, CredentialMode, TransportError, TransportErrorKind};

/// The token to send now.
pub(super) async fn token(call: &CallInfo) -> Result<Option<AccessToken>, TransportError> {
    match &call.options.credentials {
        CredentialMode::Client => call
            .credentials()
            .token()
            .await
            .map_err(|cause| TransportError::new(TransportErrorKind::Credential, cause)),
        CredentialMode::Token(token) => Ok(Some(token.clone())),
        CredentialMode::KeyOnly | CredentialMode::None => Ok(None),
    }
}

/// Adds the credentials, if the request goes to the endpoint's own host.
pub(super) fn apply(call: &CallInfo, request: &mut Request<Body>, token: Option<&AccessToken>) {
    if matches!(call.options.credentials, CredentialMode::None)
        || !call.endpoint().is_same_origin(request.uri())
    {
        return;
    }
    call.credentials().apply(request.headers_mut(), token);
}

/// Whether a refused token can be replaced by a new one.
pub(super) fn may_renew(call: &CallInfo) -> bool {
    matches!(call.options.credentials, CredentialMode::Client)
        && call.credentials().source().is_some()
}

/// Looks whether the service refused the token; then tells the source, and asks it for another one.
///
/// Gives the answer back whole, its body read as far as was needed to tell.
pub(super) async fn renew(
    call: &CallInfo,
    answer: Response<Body>,
    used: Option<&AccessToken>,
    read_timeout: Option<Duration>,
) -> (Response<Body>, Option<AccessToken>) {
    let (Some(used), Some(source)) = (used, call.credentials().source()) else {
        return (answer, None);
    };
    if !answer.status().is_client_error() {
        return (answer, None);
    }
    let (parts, body) = answer.into_parts();
    let (start, rest) = collect_up_to(body, MAX_ERROR_BODY, read_timeout).await;
    let refused = (call.info().token_rejected)(&parts, &start);
    let answer = Response::from_parts(parts, put_back(start, rest));
    if !refused {
        return (answer, None);
    }
    source.rejected(used);
    // An answer is at hand: if no other token can be had, it says best what is wrong.
    let renewed = source
        .token()
        .await
        .ok()
        .flatten()
        .filter(|token| token != used);
    (answer, renewed)
}

fn put_back(start: Bytes, rest: Option<Body>) -> Body {
    match rest {
        None => Body::from(start),
        Some(rest) => Body::wrap(Chained {
            start: Some(start),
            rest,
        }),
    }
}

/// What was read already, then the rest.
struct Chained {
    start: Option<Bytes>,
    rest: Body,
}

impl http_body::Body for Chained {
    type Data = Bytes;
    type Error = crate::BoxError;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, crate::BoxError>>> {
        match self.start.take() {
            Some(start) => std::task::Poll::Ready(Some(Ok(http_body::Frame::data(start)))),
            None => std::pin::Pin::new(&mut self.rest).poll_frame(cx),
        }
    }
}
