//! Where a service lives, and URIs below it.

use std::fmt;

use bytes::Bytes;
use http::Uri;
use http::uri::{Authority, Parts, PathAndQuery, Scheme};

use crate::{Error, Result};

/// The longest URI that the `http` crate holds, in bytes.
const MAX_URI: usize = u16::MAX as usize - 1;

/// The base URL of a project or of one of its services, parsed once.
///
/// A path in it is kept, so that a project behind a prefix of a gateway works.
///
/// ```
/// use supabase_http::Endpoint;
///
/// let rest = Endpoint::parse("https://xyz.supabase.co/")?.child("rest/v1")?;
/// let uri = rest.uri().segment("planets").pair("name", "eq.a&b").finish()?;
/// assert_eq!(uri, "https://xyz.supabase.co/rest/v1/planets?name=eq.a%26b");
///
/// assert_eq!(rest.authority().host(), "xyz.supabase.co");
/// assert!(rest.is_https());
/// assert!(rest.is_same_origin(&uri));
/// # Ok::<(), supabase_http::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    scheme: Scheme,
    authority: Authority,
    /// Empty, or with a leading and without a trailing slash.
    path: String,
}

impl Endpoint {
    /// Parses a base URL: `http` or `https`, a host, and no user, query or fragment. Blanks around it and slashes at
    /// its end are dropped; hosts with letters outside ASCII are written in punycode (`xn--…`).
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request), which says what to change.
    pub fn parse(url: &str) -> Result<Self> {
        let text = url.trim();
        if text.is_empty() {
            return Err(Error::request(
                "the URL is empty; expected one like https://xyz.supabase.co",
            ));
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(Error::request(
                "the URL has no scheme; expected one like https://xyz.supabase.co",
            ));
        };
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "https" => Scheme::HTTPS,
            "http" => Scheme::HTTP,
            _ => {
                return Err(Error::request("the URL's scheme must be http or https"));
            }
        };
        if rest.contains(['?', '#']) {
            return Err(Error::request(
                "the URL must have no query and no fragment (`?…`, `#…`)",
            ));
        }
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        if authority.contains('@') {
            return Err(Error::request("the URL must hold no user name or password"));
        }
        if !authority.is_ascii() {
            return Err(Error::request(
                "the URL's host has letters outside ASCII; write it in punycode (`xn--…`)",
            ));
        }
        let authority = Authority::try_from(authority)
            .ok()
            .filter(|authority| !authority.host().is_empty())
            .filter(valid_port)
            .ok_or_else(|| Error::request("the URL's host or port is not valid"))?;
        let path = path.trim_end_matches('/').to_owned();
        if !path.is_empty() && PathAndQuery::try_from(path.as_str()).is_err() {
            return Err(Error::request(
                "the URL's path has characters that must be percent-encoded",
            ));
        }
        Ok(Self {
            scheme,
            authority,
            path,
        })
    }

    /// The endpoint below this one; `path` is fixed text such as `rest/v1`.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if a segment of `path` is empty, `.` or `..`.
    pub fn child(&self, path: &str) -> Result<Self> {
        let mut uri = self.uri();
        for segment in path.split('/') {
            uri = uri.segment(segment);
        }
        uri.error.map_or(Ok(()), Err)?;
        Ok(Self {
            path: uri.text,
            ..self.clone()
        })
    }

    /// Begins a URI at this endpoint.
    pub fn uri(&self) -> UriBuilder<'_> {
        let mut text = String::with_capacity(self.path.len() + 96);
        text.push_str(&self.path);
        UriBuilder {
            endpoint: self,
            text,
            in_query: false,
            error: None,
        }
    }

    /// Host and port.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Whether connections are encrypted.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// Whether a URI has this endpoint's scheme, host and port: only then may credentials go there.
    #[must_use]
    pub fn is_same_origin(&self, uri: &Uri) -> bool {
        // Built here, it shares the endpoint's text, which need not be read then.
        let same_authority = uri.authority().is_some_and(|authority| {
            std::ptr::eq(authority.as_str(), self.authority.as_str())
                || *authority == self.authority
        });
        same_authority && uri.scheme() == Some(&self.scheme)
    }
}

fn valid_port(authority: &Authority) -> bool {
    // `Authority` accepts any digits after the colon, even none.
    match authority
        .as_str()
        .rsplit_once(']')
        .map_or(authority.as_str(), |(_, rest)| rest)
        .split_once(':')
    {
        Some((_, port)) => port.parse::<u16>().is_ok_and(|port| port != 0),
        None => true,
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.path)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

/// A URI in the making; see [`Endpoint::uri`]. Values are encoded here and nowhere else, once.
///
/// ```
/// use supabase_http::Endpoint;
///
/// let storage = Endpoint::parse("https://xyz.supabase.co/storage/v1")?;
/// let uri = storage.uri().segment("object").segment("a/b").raw_query("limit=1").pair("q", "a b").finish()?;
/// assert_eq!(uri, "https://xyz.supabase.co/storage/v1/object/a%2Fb?limit=1&q=a%20b");
///
/// // No encoding keeps these in their place.
/// assert!(storage.uri().segment("..").finish().is_err());
/// # Ok::<(), supabase_http::Error>(())
/// ```
#[must_use = "a builder does nothing until `finish`"]
pub struct UriBuilder<'a> {
    endpoint: &'a Endpoint,
    text: String,
    in_query: bool,
    error: Option<Error>,
}

impl UriBuilder<'_> {
    /// Adds one path segment: a slash in it is encoded, so it cannot leave its place.
    ///
    /// Empty segments, `.`, `..` and such with a NUL cannot be sent by any encoding; the error comes from
    /// [`finish`](UriBuilder::finish).
    pub fn segment(mut self, segment: &str) -> Self {
        if segment.is_empty() || segment == "." || segment == ".." || segment.contains('\0') {
            self.error.get_or_insert_with(|| {
                Error::request(format!("{segment:?} cannot be a part of a URL's path"))
            });
        }
        self.text.push('/');
        encode_into(&mut self.text, segment);
        self
    }

    /// Adds a path of several segments, with the slashes between them. Of each segment everything is encoded but what
    /// [RFC 3986, 3.3](https://www.rfc-editor.org/rfc/rfc3986#section-3.3) allows in one: letters, digits and
    /// `-._~!$&'()*+,;=:@`. Empty segments stay, for services whose names hold them.
    ///
    /// `.`, `..` and such with a NUL are refused as by [`segment`](UriBuilder::segment).
    ///
    /// ```
    /// let endpoint = supabase_http::Endpoint::parse("https://xyz.supabase.co")?;
    /// let uri = endpoint.uri().path("a+b/what? 100 %.png").finish()?;
    /// assert_eq!(uri.path(), "/a+b/what%3F%20100%20%25.png");
    /// assert!(endpoint.uri().path("../a").finish().is_err());
    /// # Ok::<(), supabase_http::Error>(())
    /// ```
    pub fn path(mut self, path: &str) -> Self {
        for segment in path.split('/') {
            if segment == "." || segment == ".." || segment.contains('\0') {
                self.error.get_or_insert_with(|| {
                    Error::request(format!("{segment:?} cannot be a part of a URL's path"))
                });
            }
            self.text.push('/');
            encode_all_but(&mut self.text, segment, is_path_char);
        }
        self
    }

    /// Adds a query pair, both halves encoded.
    pub fn pair(mut self, name: &str, value: &str) -> Self {
        self.separate();
        encode_into(&mut self.text, name);
        self.text.push('=');
        encode_into(&mut self.text, value);
        self
    }

    /// Adds query text that is encoded already: `a=1&b=2` without `?`. Nothing happens if it is empty.
    pub fn raw_query(mut self, encoded: &str) -> Self {
        if !encoded.is_empty() {
            self.separate();
            self.text.push_str(encoded);
        }
        self
    }

    fn separate(&mut self) {
        self.text.push(if self.in_query { '&' } else { '?' });
        self.in_query = true;
    }

    /// The URI.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for a segment that cannot be sent, or more than 65,534 bytes.
    pub fn finish(mut self) -> Result<Uri> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if self.text.is_empty() {
            self.text.push('/');
        }
        if self.text.len() > MAX_URI {
            return Err(Error::request(format!(
                "the URL is {} bytes long; {MAX_URI} is the most that can be sent",
                self.text.len()
            )));
        }
        let path = PathAndQuery::from_maybe_shared(Bytes::from(self.text)).map_err(|cause| {
            Error::request_caused_by("the URL's path or query is not valid", cause)
        })?;
        let mut parts = Parts::default();
        parts.scheme = Some(self.endpoint.scheme.clone());
        parts.authority = Some(self.endpoint.authority.clone());
        parts.path_and_query = Some(path);
        Uri::from_parts(parts)
            .map_err(|cause| Error::request_caused_by("the URL is not valid", cause))
    }
}

/// Percent-encodes `text` onto `out`: everything but letters, digits and `-._~`
/// ([RFC 3986, 2.3](https://www.rfc-editor.org/rfc/rfc3986#section-2.3)). Right in paths and in queries: a blank
/// becomes `%20` and a plus `%2B`.
///
/// ```
/// let mut out = String::from("q=");
/// supabase_http::encode_into(&mut out, "a b+ü");
/// assert_eq!(out, "q=a%20b%2B%C3%BC");
/// ```
pub fn encode_into(out: &mut String, text: &str) {
    encode_all_but(out, text, is_unreserved);
}

fn encode_all_but(out: &mut String, text: &str, stays: fn(u8) -> bool) {
    let mut rest = text;
    // Whole runs that need no encoding are copied at once.
    while let Some(at) = rest.bytes().position(|byte| !stays(byte)) {
        let (plain, encoded) = rest.split_at(at);
        out.push_str(plain);
        let length = encoded.chars().next().map_or(1, char::len_utf8);
        for byte in encoded.bytes().take(length) {
            out.push('%');
            out.push(hex_digit(byte >> 4));
            out.push(hex_digit(byte & 15));
        }
        rest = encoded.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
}

fn is_unreserved(byte: u8) -> bool {
    UNRESERVED.get(usize::from(byte)).is_some_and(|is| *is)
}

/// What a path's segment holds as it is.
fn is_path_char(byte: u8) -> bool {
    is_unreserved(byte) || b"!$&'()*+,;=:@".contains(&byte)
}

/// One load per byte rather than five comparisons.
static UNRESERVED: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] =
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        byte += 1;
    }
    table
};

impl fmt::Debug for UriBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without path and query: they hold people's data, and signed URLs hold tokens.
        write!(f, "UriBuilder({})", self.endpoint)
    }
}

fn hex_digit(nibble: u8) -> char {
    char::from(if nibble < 10 {
        b'0' + nibble
    } else {
        b'A' + nibble - 10
    })
}
