//! The HTTP core of the Supabase client crates.
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod api_error;
mod backoff;
mod body;
mod builder;
mod call;
mod client;
mod clock;
mod credential;
mod endpoint;
mod error;
mod json;
mod options;
mod pipeline;
mod response;
mod service;
mod transport_error;
mod within;

#[cfg(feature = "multipart")]
mod multipart;
#[cfg(feature = "test-util")]
pub mod testing;
#[cfg(feature = "client")]
mod transport;
#[cfg(feature = "upgrade")]
mod upgrade;

pub use api_error::{ApiError, RetryAfter};
pub use backoff::Backoff;
pub use body::{Body, BodyStream};
pub use builder::HttpClientBuilder;
pub use call::{BoxFuture, Call, Execute};
pub use client::{HttpClient, HttpService, IntoHttpService};
pub use clock::{Clock, SystemClock};
pub use credential::{
    AccessToken, ApiKey, Credentials, KeyKind, TokenChange, TokenChanges, TokenFn, TokenSource,
    token_fn,
};
pub use endpoint::{Endpoint, UriBuilder, encode_into};
pub use error::{Error, ErrorKind, Result};
pub use json::{JsonFlaw, decode_json};
#[cfg(feature = "multipart")]
pub use multipart::{Multipart, Part};
pub use options::{CallOptions, CredentialMode, Idempotency, RetryConfig};
pub use pipeline::TraceContext;
pub use response::{Completeness, Response, header_pair};
pub use service::{CallInfo, ServiceClient, ServiceInfo};
#[cfg(feature = "_tls")]
pub use transport::{Certificate, Identity};
#[cfg(feature = "client")]
pub use transport::{Proxy, Resolve};
pub use transport_error::{BoxError, TransportError, TransportErrorKind};
#[cfg(feature = "upgrade")]
pub use upgrade::{Upgraded, UpgradedIo};
