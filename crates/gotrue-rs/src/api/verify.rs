//! Codes and hashes that the user got.

use std::fmt;

use http::Method;
use serde::Deserialize;
use supabase_http::{BoxFuture, Error, Result};

use crate::api::otp::OtpKind;
use crate::api::sign_up::user_or_session;
use crate::builders::{builder, captcha};
use crate::call::Answer;
use crate::contact::Field;
use crate::owner::{Adopted, SessionOwner};
use crate::{AuthCall, AuthClient, Session, User};

/// What the user got and gives back: a code, or the hash in a link.
///
/// ```
/// use gotrue_rs::{Otp, OtpKind};
///
/// let code = Otp::email("ada@example.com", "123456");
/// let recovery = Otp::email("ada@example.com", "123456").kind(OtpKind::Recovery);
/// let sms = Otp::phone("+4512345678", "123456");
/// let hash = Otp::token_hash("2ba…", OtpKind::Magiclink);
/// ```
#[derive(Clone)]
pub struct Otp {
    proof: Proof,
    kind: OtpKind,
}

#[derive(Clone)]
enum Proof {
    Email(String, String),
    Phone(String, String),
    Hash(String),
}

impl Otp {
    /// A code from a mail to this address: of kind [`Email`](OtpKind::Email) unless [`kind`](Otp::kind) says otherwise.
    #[must_use]
    pub fn email(address: impl Into<String>, code: impl Into<String>) -> Self {
        Self {
            proof: Proof::Email(address.into(), code.into()),
            kind: OtpKind::Email,
        }
    }

    /// A code that was sent to this phone: of kind [`Sms`](OtpKind::Sms) unless [`kind`](Otp::kind) says otherwise.
    #[must_use]
    pub fn phone(number: impl Into<String>, code: impl Into<String>) -> Self {
        Self {
            proof: Proof::Phone(number.into(), code.into()),
            kind: OtpKind::Sms,
        }
    }

    /// The hash in the link of a mail (`{{ .TokenHash }}` in its template).
    #[must_use]
    pub fn token_hash(hash: impl Into<String>, kind: OtpKind) -> Self {
        Self {
            proof: Proof::Hash(hash.into()),
            kind,
        }
    }

    /// What the code is for.
    #[must_use]
    pub fn kind(mut self, kind: OtpKind) -> Self {
        self.kind = kind;
        self
    }
}

impl fmt::Debug for Otp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Otp")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// What a code has brought.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Verified {
    /// The session. The first half of a change of address that both addresses confirm brings none.
    pub session: Option<Session>,
    /// The user, if the server told.
    pub user: Option<User>,
    /// What the server says where it gives no session: that the other address must confirm too.
    pub message: Option<String>,
    is_recovery: bool,
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("session", &self.session)
            .field("user", &self.user.as_ref().map(|user| &user.id))
            .field("message", &self.message)
            .finish()
    }
}

builder! {
    /// Takes a code or a hash that the user got; see [`AuthClient::verify_otp`].
    VerifyOtp => Verified
}
captcha!(VerifyOtp);

impl AuthClient {
    /// Takes a code, or the hash of a link, that the user got (`POST /verify`).
    ///
    /// A server takes links by their hash: its own page reads `token_hash` from the URL and gives it here.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::{Otp, OtpKind};
    ///
    /// let verified = auth.verify_otp(Otp::token_hash("2ba…", OtpKind::Email)).await?;
    /// match verified.session {
    ///     Some(session) => println!("signed in as {}", session.user.id),
    ///     None => println!("{}", verified.message.unwrap_or_default()),
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`OtpExpired`](crate::ErrorCode::OtpExpired) for a wrong, used or old code;
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for a kind that does not go with what is given.
    pub fn verify_otp(&self, otp: Otp) -> VerifyOtp {
        let read = if otp.kind == OtpKind::Recovery {
            read_recovery
        } else {
            read
        };
        let call = AuthCall::new(
            self,
            "verify otp",
            Method::POST,
            "/auth/v1/verify",
            &["verify"],
            read,
        );
        let call = call.field("type", otp.kind.as_str()).then(adopt);
        let is_for_phones = otp.kind.is_for_phones();
        let (call, fits) = match otp.proof {
            Proof::Email(address, code) => (
                call.contact(Field::Email(address))
                    .required("token", "the code", code),
                !is_for_phones,
            ),
            Proof::Phone(number, code) => (
                call.contact(Field::Phone(number))
                    .required("token", "the code", code),
                is_for_phones,
            ),
            Proof::Hash(hash) => (
                call.required("token_hash", "the hash", hash),
                !is_for_phones,
            ),
        };
        VerifyOtp(if fits {
            call
        } else {
            call.fail(Error::request(format!(
                "a code of kind `{}` does not come this way",
                otp.kind
            )))
        })
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct HalfDone {
    id: Option<String>,
    access_token: Option<String>,
    user: Option<User>,
    msg: Option<String>,
}

fn read(answer: &Answer) -> Result<Verified> {
    let found: HalfDone = answer.json()?;
    if found.access_token.is_none() && found.id.is_none() && found.user.is_none() {
        return Ok(Verified {
            session: None,
            user: None,
            message: found.msg,
            is_recovery: false,
        });
    }
    let (user, session) = user_or_session(answer)?;
    Ok(Verified {
        session,
        user: Some(user),
        message: None,
        is_recovery: false,
    })
}

fn read_recovery(answer: &Answer) -> Result<Verified> {
    Ok(Verified {
        is_recovery: true,
        ..read(answer)?
    })
}

fn adopt<'a>(owner: &'a dyn SessionOwner, result: &Verified) -> BoxFuture<'a, Result<()>> {
    let how = if result.is_recovery {
        Adopted::PasswordRecovery
    } else {
        Adopted::SignedIn
    };
    match &result.session {
        Some(session) => owner.adopt(session.clone(), how),
        None => Box::pin(std::future::ready(Ok(()))),
    }
}
