//! A call that needs a user, on a client that has none.

use std::error::Error as _;
use std::fmt;

use supabase_http::Error;

use super::ErrorCode;

/// The call needs a signed-in user, and there is none: nothing was sent.
///
/// It is the source of an error of kind [`Credential`](crate::ErrorKind::Credential).
///
/// ```
/// # async fn demo(auth: gotrue_rs::AuthClient) {
/// use gotrue_rs::SessionMissing;
///
/// match auth.get_user().await {
///     Ok(user) => println!("{}", user.id),
///     Err(error) if SessionMissing::is_cause_of(&error) => println!("sign in first"),
///     Err(error) => println!("{error}"),
/// }
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionMissing;

impl SessionMissing {
    /// Whether there was no session to act with, or the server knows the session no more (`session_not_found`).
    #[must_use]
    pub fn is_cause_of(error: &Error) -> bool {
        error
            .source()
            .is_some_and(|source| source.downcast_ref::<Self>().is_some())
            || ErrorCode::of(error) == Some(ErrorCode::SessionNotFound)
    }

    pub(crate) fn error() -> Error {
        Error::credential_caused_by(
            "this call needs a signed-in user: give it a token by `with_token`, or make the client with a session",
            Self,
        )
    }
}

impl fmt::Display for SessionMissing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody is signed in")
    }
}

impl std::error::Error for SessionMissing {}
