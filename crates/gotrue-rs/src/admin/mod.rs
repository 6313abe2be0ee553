//! What a service key may do with the users of the project.

mod factors;
mod links;
mod oauth;
mod passkeys;
mod providers;
mod users;

pub use factors::AdminSignOut;
pub use links::{GenerateLink, GeneratedLink, InviteUser, Link, LinkKind};
pub use oauth::{
    AdminOAuthClient, CreateOAuthClient, ListOAuthClients, OAuthClient, OAuthClientKind,
    OAuthClientPage, OAuthGrantType, TokenEndpointAuth, UpdateOAuthClient,
};
pub use providers::{
    CreateCustomProvider, CustomProvider, CustomProviderKind, CustomProvidersClient,
    ListCustomProviders, ProviderCredentials, ProviderEndpoints, UpdateCustomProvider,
};
pub use users::{BanDuration, CreateUser, DeleteUser, ListUsers, UpdateUserById, UserPage};

use http::response::Parts;
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

/// Where an answer stands among the pages of a list.
struct Paging {
    next: Option<u32>,
    last: Option<u32>,
    total: Option<u64>,
}

impl Paging {
    fn of(parts: &Parts) -> Self {
        let header = |name: &str| parts.headers.get(name)?.to_str().ok();
        let page_of = |relation: &str| page_in_link(header("link")?, relation);
        Self {
            next: page_of("next"),
            last: page_of("last"),
            total: header("x-total-count").and_then(|text| text.parse().ok()),
        }
    }
}

/// The number of a page in a `Link` header ([RFC 8288](https://www.rfc-editor.org/rfc/rfc8288)).
fn page_in_link(header: &str, relation: &str) -> Option<u32> {
    let wanted = format!("rel=\"{relation}\"");
    header.split(',').find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_wanted = parameters.split(';').any(|one| one.trim() == wanted);
        let query = target.split_once('?')?.1;
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let page = pairs.find(|(name, _)| *name == "page")?.1;
        is_wanted.then(|| page.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::page_in_link;

    #[test]
    fn pages_are_read_from_links() {
        let header = "</admin/users?page=12&per_page=10>; rel=\"next\", <https://x.test/admin/users?per_page=10&page=34>; rel=\"last\"";
        assert_eq!(page_in_link(header, "next"), Some(12));
        assert_eq!(page_in_link(header, "last"), Some(34));
        assert_eq!(page_in_link(header, "prev"), None);
        assert_eq!(page_in_link("nonsense", "next"), None);
    }
}
