//! Which factors there are, and how sure the session is of its user.

use http::Method;
use serde_json::Value;
use supabase_http::{AccessToken, Result};

use super::MfaClient;
use crate::model::open_enum;
use crate::token::unchecked_claims;
use crate::{AuthCall, AuthFuture, Factor, FactorKind, SessionMissing, User};

open_enum! {
    /// How sure a session is of its user.
    Aal {
        /// One proof, such as a password.
        Aal1 = "aal1",
        /// A second factor too.
        Aal2 = "aal2",
    }
}

/// The second factors of a user.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Factors {
    /// All of them, such as are not verified included.
    pub all: Vec<Factor>,
}

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::FactorKind;
///
/// for app in auth.mfa().list_factors().await?.verified(FactorKind::Totp) {
///     println!("{:?}", app.friendly_name);
/// }
/// # Ok(()) }
/// ```
impl Factors {
    /// The verified ones of a kind.
    pub fn verified(&self, kind: FactorKind) -> impl Iterator<Item = &Factor> {
        self.all
            .iter()
            .filter(move |factor| factor.is_verified() && factor.factor_type == kind)
    }
}

/// How sure the session is of its user, and how sure it could be.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct AssuranceLevel {
    /// What the access token says.
    pub current: Option<Aal>,
    /// What the user could reach: [`Aal2`](Aal::Aal2) if they have a verified factor.
    pub next: Option<Aal>,
    /// How the user has proven who they are, as the access token tells it (`amr`).
    pub methods: Vec<Value>,
}

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// let level = auth.mfa().get_authenticator_assurance_level().await?;
/// if level.needs_second_factor() {
///     println!("what does your app say?");
/// }
/// # Ok(()) }
/// ```
impl AssuranceLevel {
    /// Whether the user has a second factor and has not used it yet: ask for it.
    #[must_use]
    pub fn needs_second_factor(&self) -> bool {
        self.next == Some(Aal::Aal2) && self.current != self.next
    }

    fn of(token: &AccessToken, user: &User) -> Result<Self> {
        let claims = unchecked_claims(token)?;
        let current = claims.get("aal").and_then(Value::as_str).map(Aal::from);
        let has_factor = user.factors.iter().any(Factor::is_verified);
        Ok(Self {
            next: if has_factor {
                Some(Aal::Aal2)
            } else {
                current.clone()
            },
            current,
            methods: claims
                .get("amr")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default(),
        })
    }
}

impl MfaClient {
    /// The second factors of the signed-in user (`GET /user`).
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::FactorKind;
    ///
    /// let factors = auth.mfa().list_factors().await?;
    /// let has_app = factors.verified(FactorKind::Totp).next().is_some();
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`SessionMissing`](crate::SessionMissing) without a user, before anything is sent.
    pub fn list_factors(&self) -> AuthCall<Factors> {
        AuthCall::new(
            &self.auth,
            "list factors",
            Method::GET,
            "/auth/v1/user",
            &["user"],
            |answer| {
                Ok(Factors {
                    all: answer.user()?.factors,
                })
            },
        )
        .by_user()
    }

    /// How sure the session is of its user, and whether a second factor should be asked for.
    ///
    /// A client that keeps a session answers from it; one that acts by a token asks for the user's factors (`GET /user`).
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// if auth.mfa().get_authenticator_assurance_level().await?.needs_second_factor() {
    ///     println!("what does your app say?");
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`SessionMissing`](crate::SessionMissing) without a user, and
    /// [`ErrorKind::Credential`](crate::ErrorKind::Credential) for a token that is no JWT, before anything is sent.
    pub fn get_authenticator_assurance_level(&self) -> AuthFuture<AssuranceLevel> {
        let auth = self.auth.clone();
        AuthFuture::new("get authenticator assurance level", async move {
            if let Some(owner) = auth.owner() {
                let session = owner.session().await?.ok_or_else(SessionMissing::error)?;
                return AssuranceLevel::of(&session.access_token, &session.user);
            }
            let credentials = auth.service().credentials();
            let token = credentials
                .fixed_token()
                .ok_or_else(SessionMissing::error)?;
            unchecked_claims(token)?;
            let user = auth.get_user().await?;
            AssuranceLevel::of(token, &user)
        })
    }
}
