//! A client for Supabase Edge Functions.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), functions_rs::Error> {
//! use functions_rs::{Failure, FunctionsClient};
//! use serde::Deserialize;
//! use serde_json::json;
//! # use supabase_http::{HttpClient, testing::{Exchange, MockTransport}};
//! # let stream = Exchange::new(200).header("content-type", "text/event-stream");
//! # let mock = MockTransport::new()
//! #     .reply(200, json!({ "message": "Hello Ada" }))
//! #     .reply_with(stream.body("data: Once\n\ndata:  upon\n\n"))
//! #     .reply(500, json!({ "error": "out of tea" }));
//!
//! #[derive(Deserialize)]
//! struct Greeting { message: String }
//!
//! // FunctionsClient::new("https://xyz.supabase.co", "sb_publishable_…")?
//! # let http = HttpClient::builder().transport(mock.clone()).build()?;
//! let functions = FunctionsClient::with_http(http, "https://xyz.supabase.co", "sb_publishable_key")?;
//!
//! let greeting: Greeting = functions.invoke("hello").json(&json!({ "name": "Ada" })).await?.json().await?;
//! assert_eq!(greeting.message, "Hello Ada");
//!
//! let mut story = String::new();
//! let mut events = functions.invoke("story").await?.events();
//! while let Some(event) = events.try_next().await? {
//!     story.push_str(&event.data);
//! }
//! assert_eq!(story, "Once upon");
//!
//! let error = functions.invoke("tea").await.unwrap_err();
//! assert_eq!(Failure::of(&error), Failure::Function);
//! assert_eq!(error.message(), "out of tea");
//! # mock.assert_done();
//! # Ok(()) }
//! ```
//!
//! # What to know
//!
//! * **Awaiting an [`Invoke`] sends it**, and gives the head of the answer as soon as that is there; the body is read by
//!   [`json`](FunctionResponse::json), [`text`](FunctionResponse::text), [`bytes`](FunctionResponse::bytes),
//!   [`stream`](FunctionResponse::stream) or [`events`](FunctionResponse::events).
//! * **An answer that is no success is an error** which keeps status, headers and up to 64 KiB of the body.
//! * **Nothing runs twice.** An invocation is repeated only if no connection could be made, whatever its method;
//!   [`idempotent`](Invoke::idempotent) allows more.
//! * **Dropping is cancelling**: the future of an invocation, a stream or an answer that is dropped closes its connection,
//!   which the function can see. It may have run by then.
//! * **Keys are no tokens.** A key of the new format (`sb_…`) is sent as `apikey` alone. A function with JWT verification
//!   then needs a user: [`with_token`](FunctionsClient::with_token).
//!
//! # Features
//!
//! `client`, `http2` and `rustls-ring` are on by default. `rustls-aws-lc-rs` and `webpki-roots` change TLS; `multipart`
//! adds forms with files; `test-util` gives `supabase_http::testing`.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
mod content;
mod failure;
mod invoke;
mod json;
mod reader;
mod region;
mod response;
pub mod sse;

pub use client::FunctionsClient;
pub use failure::Failure;
pub use invoke::{Invocation, Invoke};
pub use region::Region;
pub use response::{ByteStream, FunctionResponse};
pub use sse::{Event, Events};

#[doc(no_inline)]
pub use http::{HeaderMap, Method, StatusCode};
#[doc(no_inline)]
pub use supabase_http::{AccessToken, ApiError, Body, Error, ErrorKind, Result, RetryConfig};
#[cfg(feature = "multipart")]
#[cfg_attr(docsrs, doc(cfg(feature = "multipart")))]
#[doc(no_inline)]
pub use supabase_http::{Multipart, Part};

/// The README's examples, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
