//! A client for Supabase Auth.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), gotrue_rs::Error> {
//! use gotrue_rs::{AuthClient, Email, ErrorCode, SessionMissing};
//! # use serde_json::json;
//! # use supabase_http::{HttpClient, testing::MockTransport};
//! # let user = json!({ "id": "4bbf…", "email": "ada@example.com" });
//! # let session = json!({
//! #     "access_token": "eyJh.eyJz.c2ln", "token_type": "bearer", "expires_in": 3600,
//! #     "refresh_token": "4nYUCw0wZR", "user": user,
//! # });
//! # let mock = MockTransport::new()
//! #     .reply(200, session)
//! #     .reply(200, user)
//! #     .reply(400, json!({ "code": "invalid_credentials", "message": "Invalid login credentials" }));
//!
//! // AuthClient::new("https://xyz.supabase.co", "sb_publishable_…")?
//! # let http = HttpClient::builder().transport(mock.clone()).build()?;
//! let auth = AuthClient::with_http(http, "https://xyz.supabase.co", "sb_publishable_key")?;
//!
//! // Signing in gives a session, and changes nothing in the client.
//! let session = auth.sign_in_with_password(Email("ada@example.com"), "secret").await?;
//! let error = auth.get_user().await.unwrap_err();
//! assert!(SessionMissing::is_cause_of(&error));
//!
//! let ada = auth.with_token(session.access_token);
//! assert_eq!(ada.get_user().await?.email.as_deref(), Some("ada@example.com"));
//!
//! let error = auth.sign_in_with_password(Email("ada@example.com"), "wrong").await.unwrap_err();
//! assert_eq!(ErrorCode::of(&error), Some(ErrorCode::InvalidCredentials));
//! # mock.assert_done();
//! # Ok(()) }
//! ```
//!
//! # What to know
//!
//! * **A client is one identity.** [`AuthClient::new`] acts by its key and adopts nobody; [`AuthClient::with_token`] is one
//!   user; [`AuthClient::with_session`] follows the session of its user, for desktops and command lines.
//! * **Awaiting a builder sends it.** Bad input comes out then, before anything is sent, and so does a call that needs a user
//!   on a client that has none: nothing is ever sent by the key instead.
//! * **Codes, not tokens, in URLs**: users come back from mails and providers with a code ([PKCE](FlowType::Pkce)), which only
//!   the [flow](PkceFlow) that began can exchange. A client that keeps a session keeps the flow too.
//! * **Secrets are not shown**: no token, password or verifier is in any `Debug`, `Display`, error or span.
//! * **Errors** are [`Error`]s with a [code](ErrorCode); see also [`WeakPassword`], [`RateLimit`] and [`SessionMissing`].
//!
//! # Features
//!
//! `client`, `http2`, `rustls-ring`, `jwks` and `file-storage` are on by default. `rustls-aws-lc-rs`, `jwks-aws-lc-rs` and
//! `webpki-roots` change cryptography; `native-oauth` signs in by the user's own browser; `test-util` gives `supabase_http::testing`.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod admin;
mod api;
mod builders;
mod call;
mod client;
mod contact;
mod error;
#[cfg(feature = "_jwks")]
mod jwt;
mod mfa;
mod model;
#[cfg(feature = "native-oauth")]
mod native;
mod owner;
mod pkce;
mod redirect;
mod session;
mod shared_error;
mod token;
mod web3;
mod webauthn;

pub use call::{AuthCall, AuthFuture};
pub use client::{AuthClient, FlowType};
#[doc(hidden)]
pub use contact::Field;
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
pub use redirect::{RedirectError, RedirectUrl};
#[cfg(feature = "file-storage")]
pub use session::FileStorage;
pub use session::{
    AuthEvent, AuthEvents, MemoryStorage, SessionManager, SessionStorage, SessionWatch,
    SharedStorage, SignedOutReason, StorageLock,
};

pub use admin::{
    AdminClient, AdminOAuthClient, AdminSignOut, BanDuration, CreateCustomProvider,
    CreateOAuthClient, CreateUser, CustomProvider, CustomProviderKind, CustomProvidersClient,
    DeleteUser, GenerateLink, GeneratedLink, InviteUser, Link, LinkKind, ListCustomProviders,
    ListOAuthClients, ListUsers, OAuthClient, OAuthClientKind, OAuthClientPage, OAuthGrantType,
    ProviderCredentials, ProviderEndpoints, TokenEndpointAuth, UpdateCustomProvider,
    UpdateOAuthClient, UpdateUserById, UserPage,
};
pub use mfa::{
    Aal, AssuranceLevel, AuthenticateWebauthn, Challenge, ChallengeAndVerify, ChallengeFactor,
    EnrollPhone, EnrollTotp, EnrollWebauthn, FactorEnrolled, Factors, MfaClient, RecoveryCodes,
    RecoveryCodesClient, RecoveryCodesStatus, RegisterWebauthn, TotpEnrolled, WebauthnResponse,
};
#[cfg(feature = "native-oauth")]
pub use native::SignInWithBrowser;
pub use web3::{SignInWithWeb3, Web3Account, Web3Message, Web3Proof, Web3Signer};
pub use webauthn::{
    Assertion, AssertionResponse, AttestationResponse, Authenticator, CredentialCreationOptions,
    CredentialDescriptor, CredentialParameters, CredentialRequestOptions, CredentialRp,
    CredentialUser, NewCredential,
};

pub use api::exchange::ExchangeCode;
pub use api::from_url::SessionFromUrl;
pub use api::id_token::SignInWithIdToken;
pub use api::oauth::{LinkIdentity, OAuthLogin, SignInWithOAuth};
pub use api::oauth_server::{AuthorizationDetails, OAuthApp, OAuthGrant, OAuthServerClient};
pub use api::otp::{MessageSent, OtpChannel, OtpKind, Resend, SignInWithOtp};
pub use api::passkey_ceremonies::{RegisterPasskey, SignInWithPasskey};
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

/// The README's examples, compiled.
#[cfg(all(doctest, feature = "file-storage"))]
#[doc = include_str!("../README.md")]
mod readme {}
