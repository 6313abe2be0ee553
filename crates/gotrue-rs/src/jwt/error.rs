//! Why a token was not accepted.

use std::error::Error as _;
use std::fmt;

use supabase_http::Error;

/// Why a token was not accepted. It is the source of an error of kind [`Credential`](crate::ErrorKind::Credential).
///
/// ```
/// # async fn demo(verifier: gotrue_rs::JwtVerifier, token: &str) {
/// use gotrue_rs::{Claims, JwtError};
///
/// let checked: Result<Claims, _> = verifier.verify(token).await;
/// match checked {
///     Ok(claims) => println!("{:?}", claims.sub),
///     Err(error) if JwtError::of(&error) == Some(JwtError::Expired) => println!("refresh first"),
///     Err(error) => println!("401: {error}"),
/// }
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JwtError {
    /// It is no JWT: not three parts, not base64url, or not JSON.
    Malformed,
    /// Its algorithm is none of RS256, ES256 and EdDSA, or its header asks for what is not supported.
    Algorithm,
    /// It is signed with the project's shared secret (HS256), or names no key: the server alone can tell.
    SharedSecret,
    /// It names a key that the project does not have, or one that is not for its algorithm.
    UnknownKey,
    /// The signature is not that key's.
    Signature,
    /// It has expired, or says nothing about when it does.
    Expired,
    /// It is not valid yet.
    NotYetValid,
    /// Another server made it.
    Issuer,
    /// It is meant for others.
    Audience,
    /// It is signed well, but its claims are not what was asked for.
    Claims,
}

impl JwtError {
    /// The reason in an error, if a token was not accepted.
    #[must_use]
    pub fn of(error: &Error) -> Option<Self> {
        error.source()?.downcast_ref().copied()
    }

    /// The error with this reason.
    pub(crate) fn because(self, message: impl Into<String>) -> Error {
        Error::credential_caused_by(message, self)
    }
}

impl fmt::Display for JwtError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "no jwt",
            Self::Algorithm => "algorithm not supported",
            Self::SharedSecret => "no public key can check it",
            Self::UnknownKey => "unknown key",
            Self::Signature => "wrong signature",
            Self::Expired => "expired",
            Self::NotYetValid => "not valid yet",
            Self::Issuer => "wrong issuer",
            Self::Audience => "wrong audience",
            Self::Claims => "unexpected claims",
        })
    }
}

impl std::error::Error for JwtError {}
