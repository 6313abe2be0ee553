//! What a token says, typed.

use std::time::{Duration, SystemTime};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use supabase_http::Result;

use super::JwtError;

/// What an access token says about its user.
///
/// `T` is read from the whole payload too: a type of your own for the claims that a custom access token hook adds. By
/// default it is the payload as a map.
///
/// ```
/// # async fn demo(verifier: gotrue_rs::JwtVerifier, token: &str) -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::Claims;
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Mine { tenant: String }
///
/// let claims: Claims<Mine> = verifier.verify(token).await?;
/// println!("{:?} of {}", claims.sub, claims.custom.tenant);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Claims<T = Map<String, Value>> {
    /// The user's id; project keys have none.
    pub sub: Option<String>,
    /// The role in the database.
    pub role: Option<String>,
    /// Who it is meant for.
    pub aud: Audience,
    /// Who made it; only where the project is set up to say so.
    pub iss: Option<String>,
    /// When it expires.
    pub exp: Option<NumericDate>,
    /// When it was made.
    pub iat: Option<NumericDate>,
    /// From when it is valid.
    pub nbf: Option<NumericDate>,
    /// The user's e-mail address; empty if there is none.
    pub email: Option<String>,
    /// The user's phone; empty if there is none.
    pub phone: Option<String>,
    /// The id of the session.
    pub session_id: Option<String>,
    /// How surely the user is who they say: `aal1`, or `aal2` after a second factor.
    pub aal: Option<String>,
    /// How the user signed in, in no fixed order.
    pub amr: Vec<AuthMethod>,
    /// Whether the user has signed in anonymously.
    pub is_anonymous: bool,
    /// What servers alone can set.
    pub app_metadata: Map<String, Value>,
    /// What the user can set: never decide by it what they may do.
    pub user_metadata: Map<String, Value>,
    /// The OAuth client that acts for the user, if one does.
    pub client_id: Option<String>,
    /// What that client was allowed, separated by blanks.
    pub scope: Option<String>,
    /// The whole payload, read as a type of your own.
    pub custom: T,
}

/// Who a token is meant for: the server writes one text, or a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Audience(Vec<String>);

/// ```no_run
/// # async fn demo(token: &str) -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::{Claims, JwtVerifier};
///
/// let claims: Claims = JwtVerifier::new("https://xyz.supabase.co")?.verify(token).await?;
/// assert!(claims.aud.contains("authenticated"));
/// for audience in claims.aud.iter() {
///     println!("{audience}");
/// }
/// # Ok(()) }
/// ```
impl Audience {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn contains(&self, audience: &str) -> bool {
        self.iter().any(|one| one == audience)
    }
}

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum OneOrMany {
            One(String),
            Many(Vec<String>),
        }
        Ok(Self(match Option::deserialize(deserializer)? {
            None => Vec::new(),
            Some(OneOrMany::One(one)) => vec![one],
            Some(OneOrMany::Many(many)) => many,
        }))
    }
}

/// A moment in seconds since 1970, maybe with a fraction ([RFC 7519, 2](https://www.rfc-editor.org/rfc/rfc7519#section-2)).
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Deserialize)]
#[serde(transparent)]
pub struct NumericDate(f64);

/// ```no_run
/// # async fn demo(token: &str) -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::{Claims, JwtVerifier};
///
/// let claims: Claims = JwtVerifier::new("https://xyz.supabase.co")?.verify(token).await?;
/// if let Some(end) = claims.exp {
///     println!("{} {:?}", end.unix_seconds(), end.system_time());
/// }
/// # Ok(()) }
/// ```
impl NumericDate {
    /// Seconds since 1970.
    #[must_use]
    pub fn unix_seconds(self) -> f64 {
        self.0
    }

    /// As a time; `None` if it lies before 1970 or too far off.
    #[must_use]
    pub fn system_time(self) -> Option<SystemTime> {
        let since = Duration::try_from_secs_f64(self.0).ok()?;
        SystemTime::UNIX_EPOCH.checked_add(since)
    }

    /// How many seconds it lies after `now`; less than zero for the past.
    pub(crate) fn seconds_after(self, now: SystemTime) -> f64 {
        let now = match now.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => since.as_secs_f64(),
            Err(before) => -before.duration().as_secs_f64(),
        };
        self.0 - now
    }
}

/// One way in which a user proved who they are.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct AuthMethod {
    /// Such as `password`, `otp`, `oauth`, `totp`.
    pub method: String,
    /// When.
    #[serde(default)]
    pub timestamp: Option<NumericDate>,
    /// By which provider, for single sign-on.
    #[serde(default)]
    pub provider: Option<String>,
}

/// The claims that every token may have.
#[derive(Deserialize)]
struct Standard {
    sub: Option<String>,
    role: Option<String>,
    #[serde(default)]
    aud: Audience,
    iss: Option<String>,
    exp: Option<NumericDate>,
    iat: Option<NumericDate>,
    nbf: Option<NumericDate>,
    email: Option<String>,
    phone: Option<String>,
    session_id: Option<String>,
    aal: Option<String>,
    client_id: Option<String>,
    scope: Option<String>,
}

impl<T: DeserializeOwned> Claims<T> {
    pub(crate) fn read(payload: Map<String, Value>) -> Result<Self> {
        let object = |name: &str| {
            payload
                .get(name)
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default()
        };
        let (app_metadata, user_metadata) = (object("app_metadata"), object("user_metadata"));
        let amr = payload
            .get("amr")
            .and_then(Value::as_array)
            .map(|methods| methods.iter().filter_map(auth_method).collect())
            .unwrap_or_default();
        let is_anonymous = payload.get("is_anonymous") == Some(&Value::Bool(true));
        let payload = Value::Object(payload);
        let standard = Standard::deserialize(&payload).map_err(|_| {
            JwtError::Claims
                .because("a standard claim of the token has another type than it should")
        })?;
        let custom = serde_path_to_error::deserialize(payload).map_err(|error| {
            // The place and not the value: claims are personal.
            JwtError::Claims.because(format!(
                "the token's claims are no `{}`: wrong or missing at `{}`",
                std::any::type_name::<T>(),
                error.path()
            ))
        })?;
        Ok(Self {
            sub: standard.sub,
            role: standard.role,
            aud: standard.aud,
            iss: standard.iss,
            exp: standard.exp,
            iat: standard.iat,
            nbf: standard.nbf,
            email: standard.email,
            phone: standard.phone,
            session_id: standard.session_id,
            aal: standard.aal,
            amr,
            is_anonymous,
            app_metadata,
            user_metadata,
            client_id: standard.client_id,
            scope: standard.scope,
            custom,
        })
    }
}

/// A method, which a custom access token hook may write as a text.
fn auth_method(json: &Value) -> Option<AuthMethod> {
    match json {
        Value::String(method) => Some(AuthMethod {
            method: method.clone(),
            timestamp: None,
            provider: None,
        }),
        _ => AuthMethod::deserialize(json).ok(),
    }
}
