//! What a service key may do with the users of the project.

mod factors;
mod links;
mod users;

pub use factors::AdminSignOut;
pub use links::{GenerateLink, GeneratedLink, InviteUser, Link, LinkKind};
pub use users::{BanDuration, CreateUser, DeleteUser, ListUsers, UpdateUserById, UserPage};

use supabase_http::{Error, KeyKind, Result};

use crate::{AuthCall, AuthClient};

/// The users of the project, as an administrator sees them; made by [`AuthClient::admin`].
///
/// It acts by the project's secret (or service-role) key, whoever is signed in: keep it on your servers. With a publishable or
/// anon key every call fails before it is sent.
///
/// ```no_run
/// # async fn demo() -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::{AuthClient, Email};
///
/// let auth = AuthClient::new("https://xyz.supabase.co", "sb_secret_…")?;
/// let user = auth.admin().create_user(Email("ada@example.com")).password("secret").confirmed().await?;
/// println!("{}", user.id);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct AdminClient {
    auth: AuthClient,
}

impl AuthClient {
    /// The users of the project, as an administrator sees them.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// let page = auth.admin().list_users().await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn admin(&self) -> AdminClient {
        AdminClient { auth: self.clone() }
    }
}

/// Refuses keys that are known to have no such right.
fn as_admin<T>(call: AuthCall<T>) -> AuthCall<T> {
    let kind = call.client.service().credentials().key().kind();
    if matches!(kind, KeyKind::Publishable | KeyKind::Anon) {
        return call.fail(Error::credential(
            "this call needs the project's secret (or service-role) key, and the client has a public one",
        ));
    }
    call
}

/// Refuses what is no UUID: the server would answer that it does not know the page.
fn check_uuid(what: &str, id: &str) -> Result<()> {
    let groups: Vec<_> = id.split('-').map(str::len).collect();
    let is_hexadecimal = id.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    if groups == [8, 4, 4, 4, 12] && is_hexadecimal {
        return Ok(());
    }
    Err(Error::request(format!("{what} is no UUID")))
}
