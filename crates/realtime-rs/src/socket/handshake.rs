//! The opening handshake of a websocket ([RFC 6455, 4.1](https://www.rfc-editor.org/rfc/rfc6455#section-4.1)).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::response::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, Uri};
use supabase_http::{Error, Result};

use super::Socket;
use crate::connection::Context;
use crate::{KeyPlace, SERVICE, error};

const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const APIKEY: HeaderName = HeaderName::from_static("apikey");
/// The header that the server itself reads; gateways read the other one.
const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The address of the websocket.
pub(crate) fn address(context: &Context, with_key: bool) -> Result<Uri> {
    let service = &context.service;
    let mut uri = service.endpoint().uri().segment("websocket");
    if with_key {
        uri = uri.pair("apikey", service.credentials().key().expose());
    }
    if let Some(level) = context.settings.log_level {
        uri = uri.pair("log_level", level);
    }
    uri.pair("vsn", context.settings.protocol.vsn()).finish()
}

/// Opens a websocket, trying the other place for the key once if the server refuses the first.
pub(crate) async fn connect(context: &Context) -> Result<Socket> {
    let limit = context.settings.connect_timeout;
    let opening = async {
        let in_query = match context.settings.key_place {
            KeyPlace::Header => return open(context, false).await,
            KeyPlace::Query => return open(context, true).await,
            KeyPlace::Automatic => context.key_in_query(),
        };
        if in_query {
            return open(context, true).await;
        }
        match open(context, false).await {
            Err(error) if is_refusal(&error) => {
                let socket = open(context, true).await?;
                context.remember_key_in_query();
                Ok(socket)
            }
            other => other,
        }
    };
    match tokio::time::timeout(limit, opening).await {
        Ok(result) => result.map_err(|error| error.with_context(SERVICE, "connect")),
        Err(_) => Err(error::unsent(
            "connect",
            "opening the websocket took too long",
        )),
    }
}

fn is_refusal(error: &Error) -> bool {
    matches!(
        error.status(),
        Some(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
    )
}

async fn open(context: &Context, key_in_query: bool) -> Result<Socket> {
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce)
        .map_err(|_| Error::runtime("the system has no random numbers for the handshake"))?;
    let key = STANDARD.encode(nonce);
    let mut request = Request::new(());
    *request.uri_mut() = address(context, key_in_query)?;
    let headers = request.headers_mut();
    headers.extend(context.service.headers().clone());
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    let value = HeaderValue::from_str(&key)
        .map_err(|cause| Error::request_caused_by("the handshake's key is no header", cause))?;
    headers.insert(SEC_WEBSOCKET_KEY, value);
    if !key_in_query {
        let mut value = HeaderValue::from_str(context.service.credentials().key().expose())
            .map_err(|_| Error::credential("the API key cannot be sent in a header"))?;
        value.set_sensitive(true);
        headers.insert(APIKEY, value.clone());
        headers.insert(X_API_KEY, value);
    }
    let upgraded = context.connector.connect(request).await?;
    check(&upgraded.head, &key).map_err(|reason| {
        error::unsent(
            "connect",
            format!("the server's handshake is no websocket: {reason}"),
        )
    })?;
    Ok(Socket::new(upgraded.io))
}

/// The answer that belongs to a key.
fn accept(key: &str) -> String {
    let mut sha = sha1_smol::Sha1::new();
    sha.update(key.as_bytes());
    sha.update(GUID.as_bytes());
    STANDARD.encode(sha.digest().bytes())
}

fn check(head: &Parts, key: &str) -> std::result::Result<(), &'static str> {
    if head.status != StatusCode::SWITCHING_PROTOCOLS {
        return Err("the status is not 101");
    }
    if !has_token(&head.headers, &UPGRADE, "websocket") {
        return Err("the header `upgrade` does not say websocket");
    }
    if !has_token(&head.headers, &CONNECTION, "upgrade") {
        return Err("the header `connection` does not say upgrade");
    }
    let expected = accept(key);
    if head
        .headers
        .get(SEC_WEBSOCKET_ACCEPT)
        .map(HeaderValue::as_bytes)
        != Some(expected.as_bytes())
    {
        return Err("`sec-websocket-accept` does not belong to our key");
    }
    if head.headers.contains_key(SEC_WEBSOCKET_EXTENSIONS)
        || head.headers.contains_key(SEC_WEBSOCKET_PROTOCOL)
    {
        return Err("an extension or a protocol that we did not offer");
    }
    Ok(())
}

/// Whether a header, a list with commas, holds this word.
fn has_token(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| item.trim().eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 6455, 1.3.
    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

    fn head(change: impl FnOnce(&mut Parts)) -> Parts {
        let (mut head, ()) = http::Response::new(()).into_parts();
        head.status = StatusCode::SWITCHING_PROTOCOLS;
        head.headers
            .insert(UPGRADE, HeaderValue::from_static("WebSocket"));
        head.headers
            .insert(CONNECTION, HeaderValue::from_static("keep-alive, Upgrade"));
        let value = HeaderValue::from_static("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        head.headers.insert(SEC_WEBSOCKET_ACCEPT, value);
        change(&mut head);
        head
    }

    #[test]
    fn the_answer_must_belong_to_the_key() {
        assert_eq!(check(&head(|_| ()), KEY), Ok(()));
        assert!(check(&head(|_| ()), "AAAAAAAAAAAAAAAAAAAAAA==").is_err());
        assert!(
            check(
                &head(|head| drop(head.headers.remove(SEC_WEBSOCKET_ACCEPT))),
                KEY
            )
            .is_err()
        );
        assert!(check(&head(|head| drop(head.headers.remove(UPGRADE))), KEY).is_err());
        assert!(check(&head(|head| drop(head.headers.remove(CONNECTION))), KEY).is_err());
        assert!(check(&head(|head| head.status = StatusCode::OK), KEY).is_err());
        let value = HeaderValue::from_static("permessage-deflate");
        let extended = head(|head| drop(head.headers.insert(SEC_WEBSOCKET_EXTENSIONS, value)));
        assert!(check(&extended, KEY).is_err());
    }
}
