//! A client for Supabase Auth.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod admin;
mod api;
mod call;
mod client;
mod contact;
mod error;
#[cfg(feature = "_jwks")]
mod jwt;
mod mfa;
mod model;
mod owner;
mod pkce;
mod session;
mod shared_error;
mod token;

pub use call::{AuthCall, AuthFuture};
pub use client::{AuthClient, FlowType};
pub use contact::{Contact, Email, Phone};
pub use error::{ErrorCode, RateLimit, SessionMissing, WeakPassword, WeakPasswordReason};
#[cfg(feature = "_jwks")]
pub use jwt::{
    Audience, AuthMethod, Claims, GetClaims, JwkSet, JwtError, JwtVerifier, NumericDate,
};
pub use model::{
    Factor, FactorKind, FactorStatus, Identity, RefreshToken, Secret, Session, Timestamp, User,
};
pub use pkce::PkceFlow;
#[cfg(feature = "file-storage")]
pub use session::FileStorage;
pub use session::{
    AuthEvent, AuthEvents, MemoryStorage, SessionManager, SessionStorage, SessionWatch,
    SharedStorage, SignedOutReason, StorageLock,
};

pub use admin::{
    AdminClient, AdminSignOut, BanDuration, CreateUser, DeleteUser, GenerateLink, GeneratedLink,
    InviteUser, Link, LinkKind, ListUsers, UpdateUserById, UserPage,
};
pub use mfa::{
    Aal, AssuranceLevel, Challenge, ChallengeAndVerify, ChallengeFactor, EnrollPhone, EnrollTotp,
    EnrollWebauthn, FactorEnrolled, Factors, MfaClient, TotpEnrolled, WebauthnResponse,
};

pub use api::exchange::ExchangeCode;
pub use api::id_token::SignInWithIdToken;
pub use api::oauth::{LinkIdentity, OAuthLogin, SignInWithOAuth};
pub use api::oauth_server::{AuthorizationDetails, OAuthApp, OAuthGrant, OAuthServerClient};
pub use api::otp::{MessageSent, OtpChannel, OtpKind, Resend, SignInWithOtp};
pub use api::passkeys::{Passkey, PasskeyChallenge, PasskeyClient, StartPasskeyAuthentication};
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
