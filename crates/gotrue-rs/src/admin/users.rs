//! Making, finding, changing and deleting users.

use std::time::Duration;

use http::Method;
use serde::{Deserialize, Serialize};
use supabase_http::{Error, Result};

use super::{AdminClient, Paging, as_admin, check_uuid};
use crate::api::identities::nothing;
use crate::builders::builder;
use crate::call::Answer;
use crate::contact::Field;
use crate::{AuthCall, Contact, User};

/// For how long a user may not sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BanDuration {
    /// For this long, from now on.
    For(Duration),
    /// Not at all: an earlier ban ends.
    None,
}

impl BanDuration {
    fn to_text(self) -> String {
        match self {
            Self::For(time) => {
                let (minutes, seconds) = (time.as_secs() / 60, time.as_secs() % 60);
                let parts = [(minutes / 60, "h"), (minutes % 60, "m"), (seconds, "s")];
                let told = parts.iter().filter(|(count, _)| *count > 0);
                let text: String = told.map(|(count, unit)| format!("{count}{unit}")).collect();
                if text.is_empty() {
                    "0s".to_owned()
                } else {
                    text
                }
            }
            Self::None => "none".to_owned(),
        }
    }
}

builder! {
    /// Makes a user; see [`AdminClient::create_user`].
    CreateUser => User
}

builder! {
    /// Changes a user; see [`AdminClient::update_user_by_id`].
    UpdateUserById => User
}

/// Adds what a user can be given when they are made, and later.
macro_rules! user_options {
    ($($name:ident)+) => {$(
        impl $name {
            /// The e-mail address.
            pub fn email(self, address: impl Into<String>) -> Self {
                self.map(|call| call.contact(Field::Email(address.into())))
            }

            /// The phone.
            pub fn phone(self, number: impl Into<String>) -> Self {
                self.map(|call| call.contact(Field::Phone(number.into())))
            }

            /// The password. That of a new user is not checked for strength.
            pub fn password(self, password: impl Into<String>) -> Self {
                self.map(|call| call.required("password", "the password", password))
            }

            /// The password as another system has hashed it: bcrypt, Argon2 or Firebase's scrypt.
            pub fn password_hash(self, hash: impl Into<String>) -> Self {
                self.map(|call| call.required("password_hash", "the password's hash", hash))
            }

            /// Whether the e-mail address counts as confirmed.
            pub fn email_confirm(self, confirmed: bool) -> Self {
                self.map(|call| call.field("email_confirm", confirmed))
            }

            /// Whether the phone counts as confirmed.
            pub fn phone_confirm(self, confirmed: bool) -> Self {
                self.map(|call| call.field("phone_confirm", confirmed))
            }

            /// What the user can change themselves: anything that serialises to an object.
            pub fn user_metadata(self, data: &(impl Serialize + ?Sized)) -> Self {
                self.map(|call| call.object("user_metadata", data))
            }

            /// What the user cannot change: anything that serialises to an object.
            pub fn app_metadata(self, data: &(impl Serialize + ?Sized)) -> Self {
                self.map(|call| call.object("app_metadata", data))
            }

            /// The role in the database: `authenticated` unless this says otherwise.
            pub fn role(self, role: impl Into<String>) -> Self {
                self.map(|call| call.field("role", role.into()))
            }

            /// For how long the user may not sign in.
            pub fn ban_duration(self, ban: BanDuration) -> Self {
                self.map(|call| call.field("ban_duration", ban.to_text()))
            }
        }
    )+};
}
user_options!(CreateUser UpdateUserById);

/// ```no_run
/// # async fn demo(admin: gotrue_rs::AdminClient, id: &str) -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::Email;
///
/// admin.create_user(Email("ada@example.com")).phone("4512345678").id(id).confirmed().await?;
/// # Ok(()) }
/// ```
impl CreateUser {
    /// Address and phone, as far as they are given by now, count as confirmed.
    pub fn confirmed(self) -> Self {
        self.map(|call| {
            ["email", "phone"].into_iter().fold(call, |call, name| {
                if call.has_field(name) {
                    call.field(&format!("{name}_confirm"), true)
                } else {
                    call
                }
            })
        })
    }

    /// The user's id, a UUID, for one who comes from elsewhere.
    pub fn id(self, id: impl Into<String>) -> Self {
        let id = id.into();
        self.map(|call| match check_uuid("the user's id", &id) {
            Ok(()) => call.field("id", id),
            Err(error) => call.fail(error),
        })
    }
}

builder! {
    /// Lists users; see [`AdminClient::list_users`].
    ListUsers => UserPage
}

/// ```no_run
/// # async fn demo(admin: gotrue_rs::AdminClient, id: &str) -> Result<(), gotrue_rs::Error> {
/// let page = admin.list_users().page(2).per_page(100).await?;
/// # Ok(()) }
/// ```
impl ListUsers {
    /// Which page, counted from 1.
    pub fn page(self, page: u32) -> Self {
        self.map(|call| call.query("page", page.to_string()))
    }

    /// How many users a page has: 50 unless this says otherwise.
    pub fn per_page(self, users: u32) -> Self {
        self.map(|call| call.query("per_page", users.to_string()))
    }
}

/// A page of users.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct UserPage {
    /// The users, newest first, without their identities.
    pub users: Vec<User>,
    /// Who their tokens are for.
    pub aud: Option<String>,
    /// The number of the next page, if there is one.
    pub next_page: Option<u32>,
    /// The number of the last page.
    pub last_page: Option<u32>,
    /// How many users there are in all.
    pub total: Option<u64>,
}

builder! {
    /// Deletes a user; see [`AdminClient::delete_user`].
    DeleteUser => ()
}

/// ```no_run
/// # async fn demo(admin: gotrue_rs::AdminClient, id: &str) -> Result<(), gotrue_rs::Error> {
/// admin.delete_user(id).soft().await?;
/// # Ok(()) }
/// ```
impl DeleteUser {
    /// Keeps the user's row, with a hash in place of the address, so that what refers to it stays whole.
    pub fn soft(self) -> Self {
        self.map(|call| call.field("should_soft_delete", true))
    }
}

impl AdminClient {
    /// Makes a user, who gets no mail (`POST /admin/users`).
    ///
    /// ```no_run
    /// # async fn demo(admin: gotrue_rs::AdminClient) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::Email;
    /// use serde_json::json;
    ///
    /// let user = admin
    ///     .create_user(Email("ada@example.com"))
    ///     .password("secret")
    ///     .user_metadata(&json!({ "name": "Ada" }))
    ///     .confirmed()
    ///     .await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`EmailExists`](crate::ErrorCode::EmailExists), [`PhoneExists`](crate::ErrorCode::PhoneExists),
    /// [`NotAdmin`](crate::ErrorCode::NotAdmin).
    pub fn create_user(&self, contact: impl Contact) -> CreateUser {
        let call = AuthCall::new(
            &self.auth,
            "create user",
            Method::POST,
            "/auth/v1/admin/users",
            &["admin", "users"],
            Answer::user,
        );
        CreateUser(as_admin(call.contact(contact.into_field())))
    }

    /// The user of this id (`GET /admin/users/{id}`).
    ///
    /// ```no_run
    /// # async fn demo(admin: gotrue_rs::AdminClient, id: &str) -> Result<(), gotrue_rs::Error> {
    /// let user = admin.get_user_by_id(id).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for an id that is no UUID, before anything is sent;
    /// [`UserNotFound`](crate::ErrorCode::UserNotFound).
    pub fn get_user_by_id(&self, id: impl AsRef<str>) -> AuthCall<User> {
        self.of_user("get user by id", Method::GET, id.as_ref(), Answer::user)
    }

    /// A page of the users, newest first (`GET /admin/users`).
    ///
    /// ```no_run
    /// # async fn demo(admin: gotrue_rs::AdminClient) -> Result<(), gotrue_rs::Error> {
    /// let mut page = Some(1);
    /// while let Some(number) = page {
    ///     let found = admin.list_users().page(number).per_page(1000).await?;
    ///     for user in &found.users {
    ///         println!("{} {:?}", user.id, user.email);
    ///     }
    ///     page = found.next_page;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`NotAdmin`](crate::ErrorCode::NotAdmin).
    pub fn list_users(&self) -> ListUsers {
        ListUsers(as_admin(AuthCall::new(
            &self.auth,
            "list users",
            Method::GET,
            "/auth/v1/admin/users",
            &["admin", "users"],
            read_page,
        )))
    }

    /// Changes a user (`PUT /admin/users/{id}`). Nothing is asked of them, and metadata is merged.
    ///
    /// ```no_run
    /// # async fn demo(admin: gotrue_rs::AdminClient, id: &str) -> Result<(), gotrue_rs::Error> {
    /// use std::time::Duration;
    /// use gotrue_rs::BanDuration;
    /// use serde_json::json;
    ///
    /// admin.update_user_by_id(id).app_metadata(&json!({ "plan": "pro" })).await?;
    /// admin.update_user_by_id(id).ban_duration(BanDuration::For(Duration::from_secs(3600))).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As for [`get_user_by_id`](AdminClient::get_user_by_id), and for a change of nothing, before anything is sent;
    /// [`WeakPassword`](crate::ErrorCode::WeakPassword).
    pub fn update_user_by_id(&self, id: impl AsRef<str>) -> UpdateUserById {
        let call = self.of_user("update user by id", Method::PUT, id.as_ref(), Answer::user);
        UpdateUserById(call.needs_fields(|| {
            Error::request("the update changes nothing: say what by `.email(..)`, `.password(..)`, `.app_metadata(..)`")
        }))
    }

    /// Deletes a user (`DELETE /admin/users/{id}`). Their access tokens go on working until they expire.
    ///
    /// ```no_run
    /// # async fn demo(admin: gotrue_rs::AdminClient, id: &str) -> Result<(), gotrue_rs::Error> {
    /// admin.delete_user(id).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As for [`get_user_by_id`](AdminClient::get_user_by_id).
    pub fn delete_user(&self, id: impl AsRef<str>) -> DeleteUser {
        let call = self.of_user("delete user", Method::DELETE, id.as_ref(), nothing);
        DeleteUser(call.field("should_soft_delete", false))
    }

    fn of_user<T>(
        &self,
        operation: &'static str,
        method: Method,
        id: &str,
        read: fn(&Answer) -> Result<T>,
    ) -> AuthCall<T> {
        let call = AuthCall::new(
            &self.auth,
            operation,
            method,
            "/auth/v1/admin/users/{id}",
            &["admin", "users", id],
            read,
        );
        as_admin(match check_uuid("the user's id", id) {
            Ok(()) => call,
            Err(error) => call.fail(error),
        })
    }
}

fn read_page(answer: &Answer) -> Result<UserPage> {
    #[derive(Deserialize)]
    struct Page {
        #[serde(default)]
        users: Vec<User>,
        aud: Option<String>,
    }
    let Page { users, aud } = answer.json()?;
    let paging = Paging::of(&answer.parts);
    Ok(UserPage {
        users,
        aud,
        next_page: paging.next,
        last_page: paging.last,
        total: paging.total,
    })
}

#[cfg(test)]
mod tests {
    use super::BanDuration;
    use std::time::Duration;

    #[test]
    fn bans_are_written_as_the_server_reads_them() {
        for (seconds, text) in [
            (0, "0s"),
            (90, "1m30s"),
            (86_400, "24h"),
            (361_800, "100h30m"),
        ] {
            assert_eq!(
                BanDuration::For(Duration::from_secs(seconds)).to_text(),
                text
            );
        }
        assert_eq!(BanDuration::None.to_text(), "none");
    }
}
