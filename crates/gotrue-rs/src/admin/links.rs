//! Invitations, and the links that mails would hold.

use std::fmt;

use http::Method;
use serde_json::Value;
use supabase_http::Result;

use super::{AdminClient, as_admin};
use crate::builders::{builder, redirect_to, user_data};
use crate::call::Answer;
use crate::contact::Field;
use crate::model::open_enum;
use crate::{AuthCall, Contact as _, Email, Secret, User};

open_enum! {
    /// What a generated link is for.
    LinkKind {
        /// Sign-up.
        Signup = "signup",
        /// An invitation.
        Invite = "invite",
        /// Sign-in.
        Magiclink = "magiclink",
        /// A lost password.
        Recovery = "recovery",
        /// A new e-mail address, confirmed by the current one.
        EmailChangeCurrent = "email_change_current",
        /// A new e-mail address, confirmed by the new one.
        EmailChangeNew = "email_change_new",
    }
}

/// Which link to make, and for whom.
#[derive(Clone)]
pub struct Link {
    kind: LinkKind,
    email: String,
    password: Option<String>,
    new_email: Option<String>,
}

/// ```no_run
/// # async fn demo(admin: gotrue_rs::AdminClient, id: &str) -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::Link;
///
/// for link in [
///     Link::signup("ada@example.com", "secret"),
///     Link::invite("bo@example.com"),
///     Link::magiclink("ada@example.com"),
///     Link::recovery("ada@example.com"),
///     Link::email_change_current("ada@example.com", "ada@new.example.com"),
///     Link::email_change_new("ada@example.com", "ada@new.example.com"),
/// ] {
///     println!("{}", admin.generate_link(link).await?.action_link.expose());
/// }
/// # Ok(()) }
/// ```
impl Link {
    /// A link that confirms a sign-up; it makes the user.
    #[must_use]
    pub fn signup(email: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            password: Some(password.into()),
            ..Self::new(LinkKind::Signup, email.into())
        }
    }

    /// An invitation; it makes the user.
    #[must_use]
    pub fn invite(email: impl Into<String>) -> Self {
        Self::new(LinkKind::Invite, email.into())
    }

    /// A link to sign in by. For an unknown address it makes the user, and is one of a sign-up.
    #[must_use]
    pub fn magiclink(email: impl Into<String>) -> Self {
        Self::new(LinkKind::Magiclink, email.into())
    }

    /// A link for a lost password.
    #[must_use]
    pub fn recovery(email: impl Into<String>) -> Self {
        Self::new(LinkKind::Recovery, email.into())
    }

    /// The link by which the current address confirms a change to the new one.
    #[must_use]
    pub fn email_change_current(email: impl Into<String>, new_email: impl Into<String>) -> Self {
        Self {
            new_email: Some(new_email.into()),
            ..Self::new(LinkKind::EmailChangeCurrent, email.into())
        }
    }

    /// The link by which the new address confirms a change to it.
    #[must_use]
    pub fn email_change_new(email: impl Into<String>, new_email: impl Into<String>) -> Self {
        Self {
            new_email: Some(new_email.into()),
            ..Self::new(LinkKind::EmailChangeNew, email.into())
        }
    }

    fn new(kind: LinkKind, email: String) -> Self {
        Self {
            kind,
            email,
            password: None,
            new_email: None,
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// A link that was made and not sent: whoever has it can sign in as the user.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct GeneratedLink {
    /// The link.
    pub action_link: Secret,
    /// The code that a mail would hold beside it.
    pub email_otp: Secret,
    /// The hash for [`Otp::token_hash`](crate::Otp::token_hash). For [`LinkKind::EmailChangeNew`] the server gives a wrong one:
    /// take the `token` of the link.
    pub hashed_token: Secret,
    /// What the link is for in the end.
    pub verification_type: LinkKind,
    /// Where it leads to.
    pub redirect_to: String,
    /// The user.
    pub user: User,
}

builder! {
    /// Invites a user; see [`AdminClient::invite_user_by_email`].
    InviteUser => User
}
redirect_to!(InviteUser);
user_data!(InviteUser);

builder! {
    /// Makes a link; see [`AdminClient::generate_link`].
    GenerateLink => GeneratedLink
}
redirect_to!(GenerateLink);
user_data!(GenerateLink);

impl AdminClient {
    /// Makes a user and sends them a mail with an invitation (`POST /invite`).
    ///
    /// ```no_run
    /// # async fn demo(admin: gotrue_rs::AdminClient) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::Email;
    ///
    /// let user = admin.invite_user_by_email(Email("ada@example.com")).redirect_to("https://app.example.com/join").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`EmailExists`](crate::ErrorCode::EmailExists), [`NotAdmin`](crate::ErrorCode::NotAdmin).
    pub fn invite_user_by_email(&self, email: Email<impl Into<String>>) -> InviteUser {
        let call = AuthCall::new(
            &self.auth,
            "invite user by email",
            Method::POST,
            "/auth/v1/invite",
            &["invite"],
            Answer::user,
        );
        InviteUser(as_admin(call.contact(email.into_field())))
    }

    /// Makes the link that a mail would hold, and sends nothing (`POST /admin/generate_link`).
    ///
    /// ```no_run
    /// # async fn demo(admin: gotrue_rs::AdminClient) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::Link;
    ///
    /// let link = admin.generate_link(Link::recovery("ada@example.com")).await?;
    /// println!("send this: {}", link.action_link.expose());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`UserNotFound`](crate::ErrorCode::UserNotFound), [`EmailExists`](crate::ErrorCode::EmailExists).
    pub fn generate_link(&self, link: Link) -> GenerateLink {
        let call = AuthCall::new(
            &self.auth,
            "generate link",
            Method::POST,
            "/auth/v1/admin/generate_link",
            &["admin", "generate_link"],
            read_link,
        );
        let mut call = call
            .field("type", link.kind.as_str())
            .contact(Field::Email(link.email));
        if let Some(password) = link.password {
            call = call.required("password", "the password", password);
        }
        if let Some(new_email) = link.new_email {
            call = call.required("new_email", "the new address", new_email);
        }
        GenerateLink(as_admin(call))
    }
}

fn read_link(answer: &Answer) -> Result<GeneratedLink> {
    let mut user = answer.user()?;
    // They stand among the fields of the user.
    let mut take = |name: &str| match user.other.remove(name) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    };
    Ok(GeneratedLink {
        action_link: Secret::new(take("action_link")),
        email_otp: Secret::new(take("email_otp")),
        hashed_token: Secret::new(take("hashed_token")),
        verification_type: LinkKind::from(take("verification_type").as_str()),
        redirect_to: take("redirect_to"),
        user,
    })
}
