//! A client for Supabase Auth.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod api;
mod call;
mod client;
mod contact;
mod error;
mod model;
mod owner;
mod pkce;

pub use call::{AuthCall, AuthFuture};
pub use client::{AuthClient, FlowType};
pub use contact::{Contact, Email, Phone};
pub use error::{ErrorCode, RateLimit, SessionMissing, WeakPassword, WeakPasswordReason};
pub use model::{
    Factor, FactorKind, FactorStatus, Identity, RefreshToken, Secret, Session, Timestamp, User,
};
pub use pkce::PkceFlow;

pub use api::password::SignInWithPassword;

#[doc(no_inline)]
pub use supabase_http::{AccessToken, ApiError, Error, ErrorKind, Result, RetryConfig};
