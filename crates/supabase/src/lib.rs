//! One Supabase client: one project, one identity, every service behind a feature.
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod client;
mod identity;
pub mod prelude;

pub use builder::ClientBuilder;
pub use client::Client;
#[cfg(feature = "functions")]
#[doc(inline)]
pub use functions_rs as functions;
#[cfg(feature = "auth")]
#[doc(inline)]
pub use gotrue_rs as auth;
pub use identity::UserToken;
#[cfg(feature = "postgrest")]
#[doc(inline)]
pub use postgrest_rs as postgrest;
#[cfg(feature = "realtime")]
#[doc(inline)]
pub use realtime_rs as realtime;
#[cfg(feature = "storage")]
#[doc(inline)]
pub use storage_rs as storage;
#[doc(inline)]
pub use supabase_http as http;
#[doc(inline)]
pub use supabase_http::{Error, ErrorKind, Result};
