//! Which part of an invocation failed.

use http::HeaderMap;
use supabase_http::{Error, ErrorKind};

/// Set to `true` by the relay in front of the functions when it could not run one.
const RELAY_ERROR: &str = "x-relay-error";

/// Which part of an invocation failed, read from its error.
///
/// ```
/// # async fn demo(functions: functions_rs::FunctionsClient) {
/// use functions_rs::Failure;
///
/// if let Err(error) = functions.invoke("hello").await {
///     match Failure::of(&error) {
///         Failure::NotSent => println!("nothing ran: {error}"),
///         Failure::NoAnswer => println!("it may have run: {error}"),
///         Failure::Relay => println!("the platform could not run it: {error}"),
///         Failure::Function => println!("it failed with {:?}: {:?}", error.status(), error.body()),
///         _ => println!("{error}"),
///     }
/// }
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// The function surely did not run: bad input, no token to be had, or no connection.
    NotSent,
    /// The invocation was sent and no whole answer came: the function **may have run**.
    NoAnswer,
    /// The relay in front of the functions says that it could not run this one.
    Relay,
    /// The function answered with a status that is no success, or the platform did so for it (401 for a refused token, 404
    /// for no such function, 504 and 546 for its limits). Status, headers and body are in [`Error::api_error`].
    Function,
    /// The function answered with success, but what it sent cannot be read as what was asked for.
    Unreadable,
}

impl Failure {
    /// Which part failed.
    #[must_use]
    pub fn of(error: &Error) -> Self {
        match error.api_error() {
            Some(answer) if is_relay_error(answer.headers()) => Self::Relay,
            Some(_) => Self::Function,
            None if error.never_sent() => Self::NotSent,
            None if error.kind() == ErrorKind::Decode => Self::Unreadable,
            None => Self::NoAnswer,
        }
    }
}

pub(crate) fn is_relay_error(headers: &HeaderMap) -> bool {
    headers
        .get(RELAY_ERROR)
        .is_some_and(|value| value == "true")
}

#[cfg(test)]
mod tests {
    use super::*;
    use supabase_http::{TransportError, TransportErrorKind};

    #[test]
    fn errors_without_an_answer() {
        let transport = |kind| Error::from(TransportError::new(kind, "x"));
        assert_eq!(Failure::of(&Error::request("x")), Failure::NotSent);
        assert_eq!(Failure::of(&Error::credential("x")), Failure::NotSent);
        assert_eq!(
            Failure::of(&transport(TransportErrorKind::Connect)),
            Failure::NotSent
        );
        for kind in [
            TransportErrorKind::Timeout,
            TransportErrorKind::Interrupted,
            TransportErrorKind::Body,
            TransportErrorKind::Other,
        ] {
            assert_eq!(Failure::of(&transport(kind)), Failure::NoAnswer, "{kind:?}");
        }
    }
}
