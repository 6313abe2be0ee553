//! The calls, by what they are for.

pub(crate) mod exchange;
pub(crate) mod from_url;
pub(crate) mod id_token;
pub(crate) mod identities;
pub(crate) mod oauth;
pub(crate) mod oauth_server;
pub(crate) mod otp;
pub(crate) mod passkey_ceremonies;
pub(crate) mod passkeys;
pub(crate) mod password;
pub(crate) mod provider;
pub(crate) mod recovery;
pub(crate) mod server;
pub(crate) mod session;
pub(crate) mod sign_out;
pub(crate) mod sign_up;
pub(crate) mod sso;
pub(crate) mod user;
pub(crate) mod verify;
