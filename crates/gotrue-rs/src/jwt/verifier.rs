//! The verifier: which tokens are accepted, by which keys.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use supabase_http::{
    AccessToken, ApiKey, Clock, CredentialMode, Credentials, Endpoint, HttpClient, Result,
    ServiceClient, SystemClock,
};

use super::keys::Keys;
use super::token::Token;
use super::{Claims, JwkSet, JwtError, signature};
use crate::AuthClient;

/// Checks access tokens on a server, without asking the auth server for each: by the project's public keys (RS256, ES256,
/// `EdDSA`). Cheap to clone; clones share the keys.
///
/// The keys are fetched when the first token comes, and kept for ten minutes. Then they are used for up to an hour while
/// new ones are fetched, and after that not without asking again. A token that names an unknown key makes them be fetched
/// again, once in 30 seconds at most. A token must have an expiry that lies ahead.
///
/// Tokens of projects that sign with a shared secret (HS256) are refused with [`JwtError::SharedSecret`]: only the server
/// can check them. [`AuthClient::get_claims`](crate::AuthClient::get_claims) asks it then.
///
/// ```no_run
/// # async fn demo(bearer: &str) -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::{Claims, JwtVerifier};
///
/// let verifier = JwtVerifier::new("https://xyz.supabase.co")?.audience("authenticated");
/// let claims: Claims = verifier.verify(bearer).await?;
/// println!("{:?} is {:?}", claims.sub, claims.role);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct JwtVerifier {
    source: Source,
    rules: Rules,
}

#[derive(Clone)]
enum Source {
    Fetched(Keys),
    Given(Arc<JwkSet>, Arc<dyn Clock>),
}

/// What a token must be like besides well signed.
#[derive(Debug, Clone, Default)]
struct Rules {
    issuer: Option<String>,
    audience: Option<String>,
    leeway: Duration,
    allow_expired: bool,
}

/// A look at a token.
pub(crate) enum Checked {
    /// The signature is right, and so are the claims.
    Verified(Map<String, Value>),
    /// There is no public key to check it by. The claims are right, if they can be believed.
    AskServer(Map<String, Value>),
}

/// ```no_run
/// # async fn demo(token: &str) -> Result<(), gotrue_rs::Error> {
/// use std::time::Duration;
/// use gotrue_rs::{Claims, JwtVerifier};
/// # let http = supabase_http::HttpClient::builder().build()?;
///
/// let verifier = JwtVerifier::with_http(http, "https://xyz.supabase.co")?
///     .issuer("https://xyz.supabase.co/auth/v1")
///     .leeway(Duration::from_secs(30))
///     .clock(supabase_http::SystemClock);
/// let claims: Claims = verifier.verify(token).await?;
/// let old: Claims = verifier.allow_expired().verify(token).await?;
/// # Ok(()) }
/// ```
impl JwtVerifier {
    /// A verifier for the project at `url` (`https://xyz.supabase.co`). No key is needed, and nothing is sent yet.
    ///
    /// ```
    /// use gotrue_rs::JwtVerifier;
    ///
    /// let verifier = JwtVerifier::new("http://127.0.0.1:54321")?;
    /// assert!(JwtVerifier::new("xyz.supabase.co").is_err());
    /// # Ok::<(), gotrue_rs::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for a malformed URL, or when no transport is compiled in.
    pub fn new(url: &str) -> Result<Self> {
        Self::with_http(HttpClient::builder().build()?, url)
    }

    /// As [`JwtVerifier::new`], over an HTTP client with own time limits, layers or transport.
    ///
    /// # Errors
    /// As [`JwtVerifier::new`].
    pub fn with_http(http: HttpClient, url: &str) -> Result<Self> {
        let endpoint = Endpoint::parse(url)?.child("auth/v1")?;
        // The key set is public: nothing of these credentials is sent.
        let credentials = Credentials::new(ApiKey::parse("none")?);
        let service = ServiceClient::new(AuthClient::service_info(), http, endpoint, credentials)?;
        Ok(Self::over(
            service,
            CredentialMode::None,
            Arc::new(SystemClock),
        ))
    }

    /// A verifier by keys at hand, which asks nobody.
    ///
    /// ```
    /// # async fn demo(jwks: &serde_json::Value, token: &str) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::{Claims, JwkSet, JwtVerifier};
    ///
    /// let verifier = JwtVerifier::with_keys(JwkSet::from_json(jwks)?);
    /// let claims: Claims = verifier.verify(token).await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_keys(keys: JwkSet) -> Self {
        Self {
            source: Source::Given(Arc::new(keys), Arc::new(SystemClock)),
            rules: Rules::default(),
        }
    }

    /// The keys of the server that a service client calls.
    pub(crate) fn over(
        service: ServiceClient,
        credentials: CredentialMode,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            source: Source::Fetched(Keys::new(service, credentials, clock)),
            rules: Rules::default(),
        }
    }

    /// Accepts only tokens of this issuer (`iss`), such as `https://xyz.supabase.co/auth/v1`. Not every server writes one.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.rules.issuer = Some(issuer.into());
        self
    }

    /// Accepts only tokens that are meant for this audience (`aud`); users' tokens are for `authenticated`.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.rules.audience = Some(audience.into());
        self
    }

    /// How far the clocks may differ: a token counts as valid so much before and after its time. None by default.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.rules.leeway = leeway;
        self
    }

    /// Accepts tokens that have expired, or have no expiry. For looking at them; never to let somebody in.
    #[must_use]
    pub fn allow_expired(mut self) -> Self {
        self.rules.allow_expired = true;
        self
    }

    /// Reads the time from this clock.
    #[must_use]
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        self.read_time(Arc::new(clock))
    }

    pub(crate) fn read_time(mut self, clock: Arc<dyn Clock>) -> Self {
        self.source = match self.source {
            Source::Fetched(keys) => Source::Fetched(keys.with_clock(clock)),
            Source::Given(keys, _) => Source::Given(keys, clock),
        };
        self
    }

    /// Checks a token, as it is or with `Bearer ` before it, and gives its claims. The type on the left decides what
    /// [`Claims::custom`] is. Cancel-safe.
    ///
    /// # Errors
    /// [`ErrorKind::Credential`](crate::ErrorKind::Credential) for a token that is not accepted; [`JwtError::of`] says
    /// why. Whatever kept the keys from being fetched: then nothing is known about the token.
    pub async fn verify<T: DeserializeOwned>(&self, token: &str) -> Result<Claims<T>> {
        match self.check(token).await? {
            Checked::Verified(payload) => Claims::read(payload),
            Checked::AskServer(_) => Err(JwtError::SharedSecret.because(
                "the token is signed with a shared secret or names no public key of the project; only the server can check it (`AuthClient::get_claims`)",
            )),
        }
    }

    pub(crate) async fn check(&self, token: &str) -> Result<Checked> {
        let token = AccessToken::parse(token)?;
        let token = Token::parse(token.expose())?;
        let algorithm = token.header.alg.as_str();
        let local = match algorithm {
            "RS256" | "ES256" | "EdDSA" => true,
            "HS256" => false,
            _ => {
                return Err(JwtError::Algorithm
                    .because("the token's algorithm is none of RS256, ES256, EdDSA and HS256"));
            }
        };
        // First, so that nobody is asked about a token that is over.
        self.rules.check(&token.payload, self.now())?;
        let Some(kid) = token.header.kid.as_deref().filter(|_| local) else {
            return Ok(Checked::AskServer(token.payload));
        };
        let keys = match &self.source {
            Source::Fetched(keys) => keys.get(kid).await?,
            Source::Given(keys, _) => Arc::clone(keys),
        };
        if keys.is_empty() {
            return Ok(Checked::AskServer(token.payload));
        }
        let key = keys.find(kid, algorithm).ok_or_else(|| {
            JwtError::UnknownKey.because("the project has no key of the token's id and algorithm")
        })?;
        if !signature::is_valid(&key.key, token.signed.as_bytes(), &token.signature) {
            return Err(JwtError::Signature.because("the token's signature is wrong"));
        }
        Ok(Checked::Verified(token.payload))
    }

    pub(crate) fn now(&self) -> std::time::SystemTime {
        match &self.source {
            Source::Fetched(keys) => keys.now(),
            Source::Given(_, clock) => clock.now(),
        }
    }
}

impl Rules {
    fn check(&self, payload: &Map<String, Value>, now: std::time::SystemTime) -> Result<()> {
        let claims = Claims::<serde::de::IgnoredAny>::read(payload.clone())?;
        let leeway = self.leeway.as_secs_f64();
        match claims.exp {
            _ if self.allow_expired => {}
            None => {
                return Err(JwtError::Expired.because("the token has no expiry (`exp`)"));
            }
            Some(exp) if exp.seconds_after(now) + leeway <= 0.0 => {
                return Err(JwtError::Expired.because("the token has expired"));
            }
            Some(_) => {}
        }
        if claims
            .nbf
            .is_some_and(|nbf| nbf.seconds_after(now) - leeway > 0.0)
        {
            return Err(JwtError::NotYetValid.because("the token is not valid yet (`nbf`)"));
        }
        if self.issuer.is_some() && claims.iss != self.issuer {
            return Err(JwtError::Issuer.because("another server made the token (`iss`)"));
        }
        if let Some(audience) = &self.audience {
            if !claims.aud.contains(audience) {
                return Err(JwtError::Audience.because("the token is meant for others (`aud`)"));
            }
        }
        Ok(())
    }
}

impl fmt::Debug for JwtVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("JwtVerifier");
        match &self.source {
            Source::Fetched(keys) => out.field("keys", keys),
            Source::Given(keys, _) => out.field("keys", keys),
        };
        out.field("rules", &self.rules).finish()
    }
}
