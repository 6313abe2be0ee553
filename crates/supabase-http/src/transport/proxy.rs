//! Which proxy stands between us and a host, if any.

use std::fmt;
use std::sync::Arc;

use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use crate::{Error, Result};

/// The proxy of a client.
///
/// The default is [`Proxy::from_env`]. Proxies are reached over `http://` or as SOCKS5 (`socks5://`:
/// we resolve names, `socks5h://`: the proxy does); a proxy that is itself reached over `https://` is
/// not supported and is an error. A request to an `https://` URL goes through a tunnel, so the proxy
/// sees the host name and nothing else; one to an `http://` URL is readable by it, key and token included.
///
/// ```
/// use supabase_http::Proxy;
///
/// let proxy = Proxy::all("http://proxy.internal:3128")
///     .basic_auth("me", "secret")
///     .no_proxy("localhost, 10.0.0.0/8, .internal");
/// assert!(!format!("{proxy:?}").contains("secret"));
///
/// // One for each kind of URL, none at all, or what the environment says.
/// let plain = Proxy::http("http://proxy.internal:3128");
/// let tunnel = Proxy::https("socks5h://proxy.internal:1080");
/// let direct = Proxy::none();
/// let usual = Proxy::from_env();
/// ```
#[derive(Clone)]
#[must_use]
pub struct Proxy(Source);

#[derive(Clone)]
enum Source {
    Env,
    None,
    Fixed {
        http: Option<String>,
        https: Option<String>,
        auth: Option<(String, String)>,
        no: String,
    },
}

impl Proxy {
    /// The proxy that the environment names in `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`
    /// (or the same in small letters), read once, when the client is built.
    ///
    /// An address on this machine is proxied too unless `NO_PROXY` lists it.
    pub fn from_env() -> Self {
        Self(Source::Env)
    }

    /// No proxy, whatever the environment says.
    pub fn none() -> Self {
        Self(Source::None)
    }

    /// This proxy for every host.
    pub fn all(url: impl Into<String>) -> Self {
        let url = url.into();
        Self::fixed(Some(url.clone()), Some(url))
    }

    /// This proxy for `http://` URLs alone.
    pub fn http(url: impl Into<String>) -> Self {
        Self::fixed(Some(url.into()), None)
    }

    /// This proxy for `https://` URLs alone.
    pub fn https(url: impl Into<String>) -> Self {
        Self::fixed(None, Some(url.into()))
    }

    /// Name and password for a proxy given by URL; they take the place of those in the URL.
    pub fn basic_auth(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        if let Source::Fixed { auth, .. } = &mut self.0 {
            *auth = Some((user.into(), password.into()));
        }
        self
    }

    /// Hosts to reach without the proxy given by URL: names (with all names below them), addresses and
    /// networks such as `10.0.0.0/8`, separated by commas; `*` is every host.
    pub fn no_proxy(mut self, hosts: impl Into<String>) -> Self {
        if let Source::Fixed { no, .. } = &mut self.0 {
            *no = hosts.into();
        }
        self
    }

    fn fixed(http: Option<String>, https: Option<String>) -> Self {
        Self(Source::Fixed {
            http,
            https,
            auth: None,
            no: String::new(),
        })
    }

    /// Reads the environment or checks what was given.
    pub(super) fn resolve(&self) -> Result<Rules> {
        match &self.0 {
            Source::None => Ok(Rules(None)),
            Source::Env => {
                const NAMES: [&str; 6] = [
                    "ALL_PROXY",
                    "all_proxy",
                    "HTTP_PROXY",
                    "http_proxy",
                    "HTTPS_PROXY",
                    "https_proxy",
                ];
                let named = NAMES.iter().any(|name| std::env::var_os(name).is_some());
                Ok(Rules(named.then(|| Arc::new(Matcher::from_env()))))
            }
            Source::Fixed {
                http,
                https,
                auth,
                no,
            } => {
                let mut matcher = Matcher::builder().no(no.as_str());
                if let Some(url) = http {
                    matcher = matcher.http(checked(url, auth.as_ref())?);
                }
                if let Some(url) = https {
                    matcher = matcher.https(checked(url, auth.as_ref())?);
                }
                Ok(Rules(Some(Arc::new(matcher.build()))))
            }
        }
    }
}

impl Default for Proxy {
    fn default() -> Self {
        Self::from_env()
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither URLs nor hosts: a URL may hold a password.
        f.write_str(match &self.0 {
            Source::Env => "Proxy(from_env)",
            Source::None => "Proxy(none)",
            Source::Fixed { auth: Some(_), .. } => "Proxy(url, with basic_auth)",
            Source::Fixed { .. } => "Proxy(url)",
        })
    }
}

/// The URL as the matcher wants it, with the credentials written into it.
fn checked(url: &str, auth: Option<&(String, String)>) -> Result<String> {
    // The text is not repeated in the errors: it may hold a password.
    let with_scheme = if url.contains("://") {
        url.to_owned()
    } else {
        format!("http://{url}")
    };
    let uri: Uri = with_scheme
        .parse()
        .map_err(|error| Error::request_caused_by("the proxy's URL cannot be read", error))?;
    let scheme = uri.scheme_str().unwrap_or("http");
    if !supported(scheme) {
        return Err(Error::request(unsupported(scheme)));
    }
    let Some(authority) = uri.authority() else {
        return Err(Error::request("the proxy's URL names no host"));
    };
    let Some((user, password)) = auth else {
        return Ok(with_scheme);
    };
    let host = authority
        .as_str()
        .rsplit_once('@')
        .map_or(authority.as_str(), |(_, host)| host);
    Ok(format!(
        "{scheme}://{}:{}@{host}",
        escape(user),
        escape(password)
    ))
}

/// Percent-encodes all but letters and digits.
fn escape(text: &str) -> String {
    use fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            // Writing into a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn supported(scheme: &str) -> bool {
    matches!(scheme, "http" | "socks5" | "socks5h")
}

pub(super) fn unsupported(scheme: &str) -> String {
    format!("a proxy with the scheme `{scheme}` is not supported: use http, socks5 or socks5h")
}

/// The rules in force, read once.
#[derive(Debug, Clone)]
pub(super) struct Rules(Option<Arc<Matcher>>);

/// What to do to reach a host.
pub(super) enum Route {
    Direct,
    /// Ask the proxy with the whole URL.
    Forward(Uri),
    /// Have the proxy open a tunnel.
    Tunnel(Uri, Option<HeaderValue>),
    Socks {
        proxy: Uri,
        resolve_here: bool,
        auth: Option<(String, String)>,
    },
    Unsupported(String),
}

impl Rules {
    fn intercept(&self, target: &Uri) -> Option<Intercept> {
        self.0.as_ref()?.intercept(target)
    }

    pub(super) fn route(&self, target: &Uri) -> Route {
        let Some(found) = self.intercept(target) else {
            return Route::Direct;
        };
        let scheme = found.uri().scheme_str().unwrap_or("http");
        match scheme {
            "http" if target.scheme_str() == Some("https") => {
                Route::Tunnel(found.uri().clone(), found.basic_auth().cloned())
            }
            "http" => Route::Forward(found.uri().clone()),
            "socks5" | "socks5h" => Route::Socks {
                proxy: with_port(found.uri(), 1080),
                resolve_here: scheme == "socks5",
                auth: found
                    .raw_auth()
                    .map(|(user, word)| (user.to_owned(), word.to_owned())),
            },
            other => Route::Unsupported(other.to_owned()),
        }
    }

    /// What a request that an http proxy will read must show it.
    pub(super) fn authorization(&self, target: &Uri) -> Option<HeaderValue> {
        if self.0.is_none() || target.scheme_str() != Some("http") {
            return None;
        }
        let found = self.intercept(target)?;
        if found.uri().scheme_str() != Some("http") {
            return None;
        }
        found.basic_auth().cloned()
    }
}

/// The same URL with this port, if it names none.
pub(super) fn with_port(uri: &Uri, port: u16) -> Uri {
    if uri.port_u16().is_some() {
        return uri.clone();
    }
    let mut parts = uri.clone().into_parts();
    parts.authority = parts
        .authority
        .and_then(|authority| format!("{}:{port}", authority.host()).parse().ok());
    Uri::from_parts(parts).unwrap_or_else(|_| uri.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri {
        text.parse().unwrap()
    }

    #[test]
    fn routes_by_scheme_and_no_proxy() {
        let rules = Proxy::all("http://proxy:3128")
            .no_proxy("direct.test")
            .resolve()
            .unwrap();
        assert!(
            matches!(rules.route(&uri("http://a.test/")), Route::Forward(p) if p == "http://proxy:3128/")
        );
        assert!(
            matches!(rules.route(&uri("https://a.test/")), Route::Tunnel(p, None) if p == "http://proxy:3128/")
        );
        assert!(matches!(
            rules.route(&uri("https://x.direct.test/")),
            Route::Direct
        ));
        let rules = Proxy::http("proxy:3128").resolve().unwrap();
        assert!(matches!(
            rules.route(&uri("http://a.test/")),
            Route::Forward(_)
        ));
        assert!(matches!(
            rules.route(&uri("https://a.test/")),
            Route::Direct
        ));
        let rules = Proxy::none().resolve().unwrap();
        assert!(matches!(rules.route(&uri("http://a.test/")), Route::Direct));
    }

    #[test]
    fn socks_gets_its_port_and_says_who_resolves() {
        let rules = Proxy::all("socks5h://proxy")
            .basic_auth("me", "p:@/ss")
            .resolve()
            .unwrap();
        let Route::Socks {
            proxy,
            resolve_here,
            auth,
        } = rules.route(&uri("https://a.test/"))
        else {
            panic!("not socks");
        };
        assert_eq!(proxy.port_u16(), Some(1080));
        assert!(!resolve_here);
        assert_eq!(auth, Some(("me".to_owned(), "p:@/ss".to_owned())));
    }

    #[test]
    fn basic_auth_survives_odd_characters_and_replaces_the_url_s() {
        // base64("ü:a b%@")
        let rules = Proxy::http("http://old:word@proxy:1")
            .basic_auth("ü", "a b%@")
            .resolve()
            .unwrap();
        let shown = rules.authorization(&uri("http://a.test/")).unwrap();
        assert_eq!(shown, "Basic w7w6YSBiJUA=");
        assert!(shown.is_sensitive());
        assert!(rules.authorization(&uri("https://a.test/")).is_none());
    }

    #[test]
    fn bad_urls_are_errors_without_the_url() {
        for url in [
            "https://u:canary@proxy:1",
            "ftp://u:canary@proxy",
            "http://canary proxy",
            "",
            "/canary",
        ] {
            let error = Proxy::all(url).resolve().unwrap_err();
            assert!(
                !format!("{error} {error:?}").contains("canary"),
                "{error:?}"
            );
        }
    }
}
