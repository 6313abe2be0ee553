//! Text that must not be shown.

use std::fmt;

use supabase_http::{Error, Result};

/// Defines text that has no `Display`, no `Serialize` and a `Debug` that shows nothing.
macro_rules! secret {
    ($(#[$outer:meta])* $name:ident, $debug:literal) => {
        $(#[$outer])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// The text itself. Mind where it goes.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($debug)
            }
        }
    };
}

secret!(
    /// The token that renews a session; it is used up by that. It is never shown: no `Display`, no `Serialize`, and a `Debug`
    /// without its text.
    ///
    /// ```
    /// use gotrue_rs::RefreshToken;
    ///
    /// let token = RefreshToken::parse("4nYUCw0wZR_DNOTSDbSGMQ")?;
    /// assert_eq!(format!("{token:?}"), "RefreshToken(..)");
    /// # Ok::<(), gotrue_rs::Error>(())
    /// ```
    RefreshToken,
    "RefreshToken(..)"
);

secret!(
    /// A secret that is shown once, such as a provider's token or the key of an authenticator. It is never shown by
    /// `Debug`, has no `Display` and no `Serialize`.
    Secret,
    "Secret(..)"
);

/// ```
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::RefreshToken;
///
/// assert!(RefreshToken::parse("two words").is_err());
/// # Ok(()) }
/// ```
impl RefreshToken {
    /// Takes a token as it was stored.
    ///
    /// # Errors
    /// [`ErrorKind::Credential`](crate::ErrorKind::Credential) if it is empty, or holds blanks or control characters.
    pub fn parse(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        if text.is_empty() {
            return Err(Error::credential("the refresh token is empty"));
        }
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(Error::credential(
                "the refresh token holds a blank or a control character",
            ));
        }
        Ok(Self(text))
    }
}

impl Secret {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }
}
