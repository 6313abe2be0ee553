//! Broadcasts over HTTP: one message, or several in one request.

use std::fmt;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::response::Parts;
use http::{HeaderValue, Method, Request};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use supabase_http::{ApiError, Body, Call, CallOptions, Error, Result, ServiceClient};

use super::ChannelShared;
use crate::protocol::{MAX_NAME, TOPIC_PREFIX};

/// A message for [`RealtimeClient::broadcast`](crate::RealtimeClient::broadcast).
///
/// ```
/// use realtime_rs::Outgoing;
///
/// let message = Outgoing::new("room:1", "chat", &serde_json::json!({ "text": "hi" })).private();
/// ```
#[must_use = "it is not sent before it is given to `RealtimeClient::broadcast`"]
pub struct Outgoing {
    topic: String,
    event: String,
    payload: Result<Box<RawValue>>,
    private: bool,
}

impl Outgoing {
    /// A message on the channel `name`; `payload` serialises to an object.
    pub fn new(
        name: impl Into<String>,
        event: impl Into<String>,
        payload: &(impl Serialize + ?Sized),
    ) -> Self {
        Self {
            topic: name.into(),
            event: event.into(),
            payload: to_raw_value(payload)
                .map_err(|cause| Error::request_caused_by("the payload is no JSON", cause)),
            private: false,
        }
    }

    /// For the private channel of that name. Without permission the server drops it without a word: a single
    /// [`send_http`](crate::Channel::send_http) tells.
    pub fn private(mut self) -> Self {
        self.private = true;
        self
    }
}

/// Without the payload.
impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("topic", &self.topic)
            .field("event", &self.event)
            .field("private", &self.private)
            .finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Batch {
    messages: Vec<Message>,
}

#[derive(Serialize)]
struct Message {
    topic: String,
    event: String,
    payload: Box<RawValue>,
    private: bool,
}

pub(crate) fn batch(
    service: &ServiceClient,
    messages: impl IntoIterator<Item = Outgoing>,
) -> Call<()> {
    let options = CallOptions::new("broadcast").template("/realtime/v1/api/broadcast");
    let request = render_batch(service, messages);
    Call::new(service.clone(), request, options, decode)
}

fn render_batch(
    service: &ServiceClient,
    messages: impl IntoIterator<Item = Outgoing>,
) -> Result<Request<Body>> {
    let mut batch = Batch {
        messages: Vec::new(),
    };
    for message in messages {
        check_names(&message.topic, &message.event)?;
        let payload = message.payload?;
        if !payload.get().starts_with('{') {
            return Err(Error::request(
                "the payload of a batched broadcast must serialise to an object",
            ));
        }
        batch.messages.push(Message {
            topic: message.topic,
            event: message.event,
            payload,
            private: message.private,
        });
    }
    if batch.messages.is_empty() {
        return Err(Error::request("there are no messages to broadcast"));
    }
    let body = serde_json::to_vec(&batch)
        .map_err(|cause| Error::request_caused_by("the messages are no JSON", cause))?;
    let uri = service
        .endpoint()
        .uri()
        .segment("api")
        .segment("broadcast")
        .finish()?;
    post(
        uri,
        HeaderValue::from_static("application/json"),
        body.into(),
    )
}

pub(super) fn json(
    channel: &ChannelShared,
    event: &str,
    payload: &(impl Serialize + ?Sized),
) -> Call<()> {
    let body = serde_json::to_vec(payload)
        .map(Bytes::from)
        .map_err(|cause| Error::request_caused_by("the payload is no JSON", cause));
    single(
        channel,
        event,
        HeaderValue::from_static("application/json"),
        body,
    )
}

pub(super) fn binary(channel: &ChannelShared, event: &str, payload: Bytes) -> Call<()> {
    let kind = HeaderValue::from_static("application/octet-stream");
    single(channel, event, kind, Ok(payload))
}

fn single(
    channel: &ChannelShared,
    event: &str,
    kind: HeaderValue,
    body: Result<Bytes>,
) -> Call<()> {
    let service = &channel.client.context.service;
    let options =
        CallOptions::new("send_http").template("/realtime/v1/api/broadcast/{topic}/events/{event}");
    let request = body.and_then(|body| {
        check_names(&channel.name, event)?;
        let mut uri = service
            .endpoint()
            .uri()
            .segment("api")
            .segment("broadcast")
            .segment(&channel.name)
            .segment("events")
            .segment(event);
        if channel.config.private {
            uri = uri.pair("private", "true");
        }
        post(uri.finish()?, kind, body)
    });
    Call::new(service.clone(), request, options, decode)
}

fn check_names(topic: &str, event: &str) -> Result<()> {
    if topic.is_empty() || event.is_empty() {
        return Err(Error::request("a broadcast needs a channel and an event"));
    }
    if topic.starts_with(TOPIC_PREFIX) {
        return Err(Error::request(
            "the channel's name begins with `realtime:`, which nobody would receive: leave it out",
        ));
    }
    if topic.len() + TOPIC_PREFIX.len() > MAX_NAME || event.len() > MAX_NAME {
        return Err(Error::request(format!(
            "the channel's name or the event is longer than the {MAX_NAME} bytes that the server takes"
        )));
    }
    Ok(())
}

fn post(uri: http::Uri, kind: HeaderValue, body: Bytes) -> Result<Request<Body>> {
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri;
    request.headers_mut().insert(CONTENT_TYPE, kind);
    Ok(request)
}

fn decode(parts: &Parts, body: Bytes) -> Result<()> {
    if parts.status.is_success() {
        return Ok(());
    }
    Err(Error::api(ApiError::new(parts, body)))
}
