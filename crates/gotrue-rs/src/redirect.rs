//! The URL with which a user comes back from a mail or a provider.

use std::error::Error as _;
use std::fmt;

use percent_encoding::percent_decode_str;
use supabase_http::Error;

use crate::ErrorCode;

/// The name under which a redirect carries the id of its flow.
const FLOW_ID: &str = "sb_flow_id";

/// The URL with which a user came back, taken apart. `Debug` shows its path alone: the rest may hold tokens.
///
/// ```
/// use gotrue_rs::RedirectUrl;
///
/// let url = RedirectUrl::parse("https://app.example.com/callback?next=%2Fhome#message=Confirm+the+other+address&sb=");
/// assert_eq!((url.base(), url.path()), ("https://app.example.com/callback", "/callback"));
/// assert_eq!(url.param("next"), Some("/home"));
/// assert_eq!(url.message(), Some("Confirm the other address"));
/// assert!(url.error().is_none());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RedirectUrl {
    base: String,
    /// Those of the query first, which win.
    params: Vec<(String, String)>,
}

impl RedirectUrl {
    /// Takes a URL apart: a whole one, or what a web server sees of it (`/callback?code=…`).
    #[must_use]
    pub fn parse(url: &str) -> Self {
        let (front, fragment) = url.split_once('#').unwrap_or((url, ""));
        let (base, query) = front.split_once('?').unwrap_or((front, ""));
        let params = pairs(query).chain(pairs(fragment)).collect();
        Self {
            base: base.to_owned(),
            params,
        }
    }

    /// The URL without its query and its fragment.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The path alone, such as `/callback`.
    #[must_use]
    pub fn path(&self) -> &str {
        let after = self
            .base
            .split_once("://")
            .map_or(&*self.base, |(_, rest)| rest);
        match after.find('/') {
            Some(at) => after.get(at..).unwrap_or("/"),
            None => "/",
        }
    }

    /// A parameter of the query, or else of the fragment, decoded.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        let found = self.params.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }

    /// What the server has to say where nobody is signed in yet: that the other address must confirm a change too.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.filled("message")
    }

    /// Why the user comes back without a session, if so.
    #[must_use]
    pub fn error(&self) -> Option<RedirectError> {
        let told = ["error", "error_code", "error_description"].map(|name| self.param(name));
        if told.iter().all(Option::is_none) {
            return None;
        }
        let [error, code, description] = told.map(|text| text.filter(|text| !text.is_empty()));
        Some(RedirectError {
            error: error.unwrap_or("unspecified_error").to_owned(),
            code: code.map(ErrorCode::from),
            description: description.map(str::to_owned),
        })
    }

    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        self.param(name).filter(|value| !value.is_empty())
    }

    pub(crate) fn flow_id(&self) -> Option<&str> {
        self.filled(FLOW_ID)
    }
}

/// The pairs of a form, decoded.
fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    let pieces = text.split('&').filter(|piece| !piece.is_empty());
    pieces.map(|piece| {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        (decoded(name), decoded(value))
    })
}

fn decoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

impl fmt::Debug for RedirectUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedirectUrl")
            .field("path", &self.path())
            .finish_non_exhaustive()
    }
}

/// The same URL to come back to, with the id of the flow in its query in place of an older one.
pub(crate) fn with_flow_id(url: &str, id: &str) -> String {
    let (front, fragment) = match url.split_once('#') {
        Some((front, fragment)) => (front, format!("#{fragment}")),
        None => (url, String::new()),
    };
    let (base, query) = front.split_once('?').unwrap_or((front, ""));
    let own = format!("{FLOW_ID}={id}");
    let kept = query.split('&').filter(|piece| {
        let name = piece.split('=').next().unwrap_or_default();
        !name.is_empty() && name != FLOW_ID
    });
    let query: Vec<_> = kept.chain([own.as_str()]).collect();
    format!("{base}?{}{fragment}", query.join("&"))
}

/// A user came back without a session: the provider or the server refused, or the link is used up.
///
/// It is the source of an error of kind [`Credential`](crate::ErrorKind::Credential). All of it stood in the URL, which anybody
/// can write: show it, do not act on it.
///
/// ```
/// # async fn demo(auth: gotrue_rs::AuthClient, url: &str) {
/// use gotrue_rs::{ErrorCode, RedirectError};
///
/// if let Err(error) = auth.session_from_url(url).await {
///     match RedirectError::of(&error) {
///         Some(refused) if refused.code == Some(ErrorCode::OtpExpired) => println!("the link is used or too old"),
///         Some(refused) => println!("{refused}"),
///         None => println!("{error}"),
///     }
/// }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RedirectError {
    /// The kind of error by OAuth, such as `access_denied`; `unspecified_error` if the URL does not tell.
    pub error: String,
    /// The server's code, if it told one.
    pub code: Option<ErrorCode>,
    /// What went wrong, in words.
    pub description: Option<String>,
}

impl RedirectError {
    /// What the URL said, if that is why a call failed.
    #[must_use]
    pub fn of(error: &Error) -> Option<&Self> {
        error.source()?.downcast_ref()
    }

    pub(crate) fn into_error(self) -> Error {
        Error::credential_caused_by("the user came back without a session", self)
    }
}

impl fmt::Display for RedirectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.description.as_deref().unwrap_or(&self.error);
        // One short line, whatever somebody wrote into the URL.
        let plain = words
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(200);
        plain.into_iter().try_for_each(|c| write!(f, "{c}"))
    }
}

impl std::error::Error for RedirectError {}

#[cfg(test)]
mod tests {
    //! What stands where in such URLs.

    use super::*;

    #[test]
    fn the_query_wins() {
        let url = RedirectUrl::parse("https://app.test/cb?error=a&next=1#error=b%2520c&sb=");
        assert_eq!(url.param("error"), Some("a"));
        assert_eq!(url.param("sb"), Some(""));
        assert_eq!((url.base(), url.path()), ("https://app.test/cb", "/cb"));
        assert_eq!(
            RedirectUrl::parse("/cb?x=%ff+1").param("x"),
            Some("\u{fffd} 1")
        );
        assert_eq!(RedirectUrl::parse("https://app.test").path(), "/");
        assert_eq!(RedirectUrl::parse("myapp://cb/in#a=1").path(), "/in");
    }

    #[test]
    fn errors_are_told_in_one_line() {
        let url = RedirectUrl::parse("/cb?error_description=a%0Ab%1b&error_code=otp_expired");
        let error = url.error().unwrap();
        assert_eq!(error.to_string(), "a b ");
        assert_eq!(error.code, Some(ErrorCode::OtpExpired));
        assert_eq!(error.error, "unspecified_error");
        let long = format!("/cb?error={}", "x".repeat(500));
        let shown = RedirectUrl::parse(&long).error().unwrap().to_string();
        assert_eq!(shown.len(), 200);
    }

    #[test]
    fn flow_ids_replace_older_ones_and_nothing_else() {
        for (url, with) in [
            ("https://a.test", "https://a.test?sb_flow_id=new"),
            (
                "https://a.test/?x=%20&sb_flow_id=old&y#f?g",
                "https://a.test/?x=%20&y&sb_flow_id=new#f?g",
            ),
        ] {
            assert_eq!(with_flow_id(url, "new"), with);
        }
    }
}
