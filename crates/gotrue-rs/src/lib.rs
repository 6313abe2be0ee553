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

pub use api::exchange::ExchangeCode;
pub use api::id_token::SignInWithIdToken;
pub use api::oauth::{LinkIdentity, OAuthLogin, SignInWithOAuth};
pub use api::otp::{MessageSent, OtpChannel, OtpKind, Resend, SignInWithOtp};
pub use api::password::SignInWithPassword;
pub use api::provider::Provider;
pub use api::recovery::ResetPassword;
pub use api::server::{Health, Settings};
pub use api::session::{RefreshSession, SetSession};
pub use api::sign_out::{SignOut, SignOutScope};
pub use api::sign_up::{SignInAnonymously, SignUp, SignedUp};
pub use api::sso::{SignInWithSso, Sso};
pub use api::user::{UpdateUser, UpdatedUser};
pub use api::verify::{Otp, Verified, VerifyOtp};

#[doc(no_inline)]
pub use supabase_http::{AccessToken, ApiError, Error, ErrorKind, Result, RetryConfig};
