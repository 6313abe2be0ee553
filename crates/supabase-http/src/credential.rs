//! Keys, tokens, and who a request acts as.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_core::Stream;
use http::header::{AUTHORIZATION, Entry};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{BoxError, BoxFuture, Error, Result};

/// The header that carries the project's key.
pub(crate) const APIKEY: HeaderName = HeaderName::from_static("apikey");

/// A project's key. It is never shown: no `Display`, and `Debug` tells the [kind](KeyKind) only.
///
/// ```
/// use supabase_http::{ApiKey, KeyKind};
///
/// let key = ApiKey::parse("sb_publishable_abc")?;
/// assert_eq!(key.kind(), KeyKind::Publishable);
/// assert_eq!(format!("{key:?}"), "ApiKey(Publishable)");
/// assert_eq!(key.expose(), "sb_publishable_abc");
/// # Ok::<(), supabase_http::Error>(())
/// ```
#[derive(Clone)]
pub struct ApiKey {
    kind: KeyKind,
    header: HeaderValue,
    /// The key as a bearer token, for the kinds that are tokens.
    bearer: Option<HeaderValue>,
}

/// What kind of key it is, as far as its text tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyKind {
    /// `sb_publishable_…`: may be public; row-level security applies.
    Publishable,
    /// `sb_secret_…`: for servers only; passes by row-level security.
    Secret,
    /// A legacy JWT with the role `anon`: may be public.
    Anon,
    /// A legacy JWT with the role `service_role`: for servers only.
    ServiceRole,
    /// Anything else, such as the key of a self-hosted gateway.
    Other,
}

impl KeyKind {
    fn of(text: &str) -> Self {
        if text.starts_with("sb_publishable_") {
            return Self::Publishable;
        }
        if text.starts_with("sb_secret_") {
            return Self::Secret;
        }
        let mut parts = text.split('.');
        let (Some(_), Some(payload), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Self::Other;
        };
        let payload = URL_SAFE_NO_PAD
            .decode(payload.trim_end_matches('='))
            .ok()
            .and_then(|json| serde_json::from_slice::<serde_json::Value>(&json).ok());
        match payload
            .as_ref()
            .and_then(|payload| payload.get("role")?.as_str())
        {
            Some("anon") => Self::Anon,
            Some("service_role") => Self::ServiceRole,
            _ => Self::Other,
        }
    }

    /// Whether the key passes by row-level security and so must stay on a server.
    ///
    /// ```
    /// use supabase_http::ApiKey;
    ///
    /// assert!(ApiKey::parse("sb_secret_abc")?.kind().is_privileged());
    /// assert!(!ApiKey::parse("sb_publishable_abc")?.kind().is_privileged());
    /// # Ok::<(), supabase_http::Error>(())
    /// ```
    #[must_use]
    pub fn is_privileged(self) -> bool {
        matches!(self, Self::Secret | Self::ServiceRole)
    }
}

impl ApiKey {
    /// Reads a key. Which kinds fit is for the caller to decide, by [`kind`](ApiKey::kind).
    ///
    /// # Errors
    /// [`ErrorKind::Credential`](crate::ErrorKind::Credential) if it is empty or holds blanks, control characters or
    /// characters outside ASCII.
    pub fn parse(text: &str) -> Result<Self> {
        check_token("the API key", text)?;
        let kind = KeyKind::of(text);
        // The new keys are no tokens: a service would refuse them as a malformed JWT.
        let bearer = match kind {
            KeyKind::Publishable | KeyKind::Secret => None,
            _ => Some(secret_header("the API key", &format!("Bearer {text}"))?),
        };
        Ok(Self {
            kind,
            header: secret_header("the API key", text)?,
            bearer,
        })
    }

    /// What kind of key it is.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The key itself. Mind where it goes.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.header.to_str().unwrap_or_default()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({:?})", self.kind)
    }
}

/// A user's access token (a JWT). It is never shown: no `Display`, no `Serialize`, and a `Debug` without its text.
///
/// ```
/// use supabase_http::AccessToken;
///
/// let token = AccessToken::parse("eyJh.eyJz.c2ln")?;
/// assert_eq!(format!("{token:?}"), "AccessToken(..)");
/// assert_eq!(token.expose(), "eyJh.eyJz.c2ln");
/// assert_eq!(AccessToken::parse("Bearer eyJh.eyJz.c2ln")?, token);
/// # Ok::<(), supabase_http::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    bearer: HeaderValue,
}

impl AccessToken {
    const PREFIX: &'static str = "Bearer ";

    /// Reads a token, as it is or with `Bearer ` before it.
    ///
    /// # Errors
    /// [`ErrorKind::Credential`](crate::ErrorKind::Credential) if it is empty, holds blanks, control characters or
    /// characters outside ASCII, or is a project's key (`sb_…`), which is no user's token.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.strip_prefix(Self::PREFIX).unwrap_or(text);
        check_token("the access token", text)?;
        if text.starts_with("sb_secret_") || text.starts_with("sb_publishable_") {
            return Err(Error::credential(
                "an API key (`sb_…`) was given where a user's access token is expected",
            ));
        }
        let bearer = secret_header("the access token", &format!("{}{text}", Self::PREFIX))?;
        Ok(Self { bearer })
    }

    /// The token itself. Mind where it goes.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.bearer
            .to_str()
            .ok()
            .and_then(|text| text.strip_prefix(Self::PREFIX))
            .unwrap_or_default()
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(..)")
    }
}

fn check_token(what: &str, text: &str) -> Result<()> {
    if text.is_empty() {
        return Err(Error::credential(format!("{what} is empty")));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::credential(format!(
            "{what} holds a blank, a control character or a character outside ASCII; was more copied than the key?"
        )));
    }
    Ok(())
}

fn secret_header(what: &str, text: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| Error::credential(format!("{what} cannot be sent in a header")))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Where access tokens come from: a signed-in session, or an identity provider of one's own.
///
/// It is asked once for every request, at the time of sending, so it should answer from memory while its token is
/// good. Closures become one by [`token_fn`].
///
/// ```
/// use std::sync::{Mutex, PoisonError};
/// use supabase_http::{AccessToken, BoxError, BoxFuture, TokenChanges, TokenSource};
///
/// /// Keeps the token of a provider until a service refuses it.
/// #[derive(Default)]
/// struct Kept(Mutex<Option<AccessToken>>);
///
/// async fn fetch() -> Result<AccessToken, BoxError> {
///     Ok(AccessToken::parse("from.my.provider")?)
/// }
///
/// impl TokenSource for Kept {
///     fn token(&self) -> BoxFuture<'_, Result<Option<AccessToken>, BoxError>> {
///         Box::pin(async {
///             let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
///             if kept.is_some() {
///                 return Ok(kept);
///             }
///             let token = fetch().await?;
///             *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
///             Ok(Some(token))
///         })
///     }
///
///     fn rejected(&self, used: &AccessToken) {
///         let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
///         if kept.as_ref() == Some(used) {
///             *kept = None;
///         }
///     }
///
///     fn changes(&self) -> Option<TokenChanges> {
///         None
///     }
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), BoxError> {
/// # let source = Kept::default();
/// # let token = source.token().await?.ok_or("no token")?;
/// # source.rejected(&token);
/// # assert!(source.0.lock().is_ok_and(|kept| kept.is_none()));
/// # Ok(()) }
/// ```
pub trait TokenSource: Send + Sync {
    /// The token to send, or `None` to act by the project's key alone (nobody is signed in).
    ///
    /// An error fails the request before it is sent: it is never sent without the token instead.
    fn token(&self) -> BoxFuture<'_, Result<Option<AccessToken>, BoxError>>;

    /// A service refused this token. The next [`token`](TokenSource::token) may then fetch a new one; the request is
    /// sent once more if it yields another.
    fn rejected(&self, used: &AccessToken) {
        let _ = used;
    }

    /// Tells of changes, for connections that outlive a token (realtime); `None` if the source cannot tell.
    fn changes(&self) -> Option<TokenChanges> {
        None
    }
}

impl<S: TokenSource + ?Sized> TokenSource for Arc<S> {
    fn token(&self) -> BoxFuture<'_, Result<Option<AccessToken>, BoxError>> {
        (**self).token()
    }

    fn rejected(&self, used: &AccessToken) {
        (**self).rejected(used);
    }

    fn changes(&self) -> Option<TokenChanges> {
        (**self).changes()
    }
}

/// A change that a [`TokenSource`] tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenChange {
    /// The same user has a new token.
    Refreshed(AccessToken),
    /// Another user is signed in now.
    IdentityChanged(AccessToken),
    /// Nobody is signed in any more.
    SignedOut,
}

/// The changes of a [`TokenSource`], as a stream.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> supabase_http::Result<()> {
/// use supabase_http::{AccessToken, TokenChange, TokenChanges};
///
/// let refreshed = TokenChange::Refreshed(AccessToken::parse("a.new.one")?);
/// let mut changes = TokenChanges::new(futures_util::stream::iter([refreshed, TokenChange::SignedOut]));
/// let mut users = 0;
/// while let Some(change) = changes.next().await {
///     match change {
///         TokenChange::Refreshed(_) | TokenChange::IdentityChanged(_) => users += 1,
///         _ => break,
///     }
/// }
/// assert_eq!(users, 1);
/// # Ok(()) }
/// ```
pub struct TokenChanges(Pin<Box<dyn Stream<Item = TokenChange> + Send>>);

impl TokenChanges {
    /// Wraps any stream of changes.
    pub fn new(stream: impl Stream<Item = TokenChange> + Send + 'static) -> Self {
        Self(Box::pin(stream))
    }

    /// The next change, or `None` when there will be no more. Cancel-safe.
    pub async fn next(&mut self) -> Option<TokenChange> {
        std::future::poll_fn(|cx| self.0.as_mut().poll_next(cx)).await
    }
}

impl Stream for TokenChanges {
    type Item = TokenChange;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<TokenChange>> {
        self.0.as_mut().poll_next(cx)
    }
}

impl fmt::Debug for TokenChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenChanges(..)")
    }
}

/// A [`TokenSource`] made of a closure; see [`token_fn`].
#[derive(Clone)]
pub struct TokenFn<F>(F);

/// Makes a [`TokenSource`] of a closure that fetches a token (third-party auth).
///
/// ```
/// use supabase_http::{AccessToken, token_fn};
///
/// let source = token_fn(|| async { Ok(Some(AccessToken::parse("a.b.c")?)) });
/// # let _: &dyn supabase_http::TokenSource = &source;
/// ```
pub fn token_fn<F, Fut>(fetch: F) -> TokenFn<F>
where
    F: Fn() -> Fut + Send + Sync,
    Fut: Future<Output = Result<Option<AccessToken>, BoxError>> + Send + 'static,
{
    TokenFn(fetch)
}

impl<F, Fut> TokenSource for TokenFn<F>
where
    F: Fn() -> Fut + Send + Sync,
    Fut: Future<Output = Result<Option<AccessToken>, BoxError>> + Send + 'static,
{
    fn token(&self) -> BoxFuture<'_, Result<Option<AccessToken>, BoxError>> {
        Box::pin((self.0)())
    }
}

impl<F> fmt::Debug for TokenFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenFn(..)")
    }
}

/// Who a client acts as: the project's key, and maybe a user. Fixed once made.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), supabase_http::BoxError> {
/// use http::HeaderMap;
/// use supabase_http::{AccessToken, ApiKey, Credentials, KeyKind, token_fn};
///
/// let by_key = Credentials::new(ApiKey::parse("sb_publishable_abc")?);
/// assert_eq!(by_key.key().kind(), KeyKind::Publishable);
/// assert_eq!(by_key.token().await?, None);
///
/// let as_user = by_key.with_token(AccessToken::parse("eyJh.eyJz.c2ln")?);
/// let mut headers = HeaderMap::new();
/// as_user.apply(&mut headers, as_user.token().await?.as_ref());
/// assert_eq!(headers["apikey"], "sb_publishable_abc");
/// assert_eq!(headers["authorization"], "Bearer eyJh.eyJz.c2ln");
///
/// let as_whoever = by_key.with_source(token_fn(|| async { Ok(Some(AccessToken::parse("a.b.c")?)) }));
/// assert!(as_whoever.source().is_some() && as_user.source().is_none());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Credentials {
    key: ApiKey,
    identity: Identity,
}

#[derive(Clone)]
enum Identity {
    Key,
    Token(AccessToken),
    Source(Arc<dyn TokenSource>),
}

impl Credentials {
    /// Acts by the key alone.
    #[must_use]
    pub fn new(key: ApiKey) -> Self {
        Self {
            key,
            identity: Identity::Key,
        }
    }

    /// The same key, acting as the user of this token.
    #[must_use]
    pub fn with_token(&self, token: AccessToken) -> Self {
        Self {
            key: self.key.clone(),
            identity: Identity::Token(token),
        }
    }

    /// The same key, acting as whoever the source says at the time of each request.
    #[must_use]
    pub fn with_source(&self, source: impl TokenSource + 'static) -> Self {
        Self {
            key: self.key.clone(),
            identity: Identity::Source(Arc::new(source)),
        }
    }

    /// The project's key.
    #[must_use]
    pub fn key(&self) -> &ApiKey {
        &self.key
    }

    /// The source of tokens, if tokens come from one.
    #[must_use]
    pub fn source(&self) -> Option<&Arc<dyn TokenSource>> {
        match &self.identity {
            Identity::Source(source) => Some(source),
            Identity::Key | Identity::Token(_) => None,
        }
    }

    /// The token to act with now; `None` if the key alone acts.
    ///
    /// # Errors
    /// What the [`TokenSource`] failed with.
    pub async fn token(&self) -> Result<Option<AccessToken>, BoxError> {
        match &self.identity {
            Identity::Key => Ok(None),
            Identity::Token(token) => Ok(Some(token.clone())),
            Identity::Source(source) => source.token().await,
        }
    }

    /// The fixed token, if there is one.
    ///
    /// ```
    /// # fn main() -> Result<(), supabase_http::Error> {
    /// use supabase_http::{AccessToken, ApiKey, Credentials};
    ///
    /// let credentials = Credentials::new(ApiKey::parse("key")?);
    /// assert!(credentials.fixed_token().is_none());
    /// assert!(credentials.with_token(AccessToken::parse("a.b.c")?).fixed_token().is_some());
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn fixed_token(&self) -> Option<&AccessToken> {
        match &self.identity {
            Identity::Token(token) => Some(token),
            Identity::Key | Identity::Source(_) => None,
        }
    }

    /// Adds `apikey` and `authorization`, unless the headers hold their own.
    ///
    /// `sb_…` keys go in `apikey` only; any other key is also the bearer when there is no token.
    pub fn apply(&self, headers: &mut HeaderMap, token: Option<&AccessToken>) {
        let bearer = token
            .map(|token| &token.bearer)
            .or(self.key.bearer.as_ref());
        let own = [(APIKEY, Some(&self.key.header)), (AUTHORIZATION, bearer)];
        for (name, value) in own {
            if let Some(value) = value {
                if let Entry::Vacant(place) = headers.entry(name) {
                    place.insert(value.clone());
                }
            }
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let acts_as = match self.identity {
            Identity::Key => "its key",
            Identity::Token(_) => "the user of a token",
            Identity::Source(_) => "the user of a token source",
        };
        f.debug_struct("Credentials")
            .field("key", &self.key)
            .field("acts_as", &acts_as)
            .finish()
    }
}
