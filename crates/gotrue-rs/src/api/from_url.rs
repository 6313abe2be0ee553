//! The session in the URL with which a user came back.

use std::fmt;
use std::future::IntoFuture;

use supabase_http::{AccessToken, Error, Result};

use crate::model::{Secret, since_epoch_seconds};
use crate::owner::Adopted;
use crate::redirect::RedirectUrl;
use crate::{AuthClient, AuthFuture, PkceFlow, RefreshToken, Session};

type Predicate = Box<dyn FnOnce(&RedirectUrl) -> bool + Send>;

/// Reads the session in a URL; see [`AuthClient::session_from_url`].
///
/// **Awaiting it runs it**; nothing is sent before.
#[must_use = "nothing is sent until the call is awaited"]
pub struct SessionFromUrl {
    client: AuthClient,
    url: RedirectUrl,
    only_if: Option<Predicate>,
    flow: Option<PkceFlow>,
}

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient, url: &str, flow: gotrue_rs::PkceFlow) -> Result<(), gotrue_rs::Error> {
/// let session = auth.session_from_url(url).flow(&flow).only_if(|url| url.path() == "/callback").await?;
/// # Ok(()) }
/// ```
impl SessionFromUrl {
    /// The flow that the call which began gave out. A client that keeps a session has kept it.
    pub fn flow(mut self, flow: &PkceFlow) -> Self {
        self.flow = Some(flow.clone());
        self
    }

    /// Looks at the URL first; if this says no, there is no session in it. For apps to which others send users too, with
    /// codes and tokens of their own.
    pub fn only_if(mut self, is_ours: impl FnOnce(&RedirectUrl) -> bool + Send + 'static) -> Self {
        self.only_if = Some(Box::new(is_ours));
        self
    }
}

impl AuthClient {
    /// Signs in by the URL with which a user came back from a mail or a provider; `None` if nothing of the kind is in it.
    ///
    /// With a code it is exchanged (`POST /token?grant_type=pkce`) by the flow that began: the one that is given, or the one
    /// that the client has kept. With the tokens themselves, for clients of [`FlowType::Implicit`](crate::FlowType::Implicit), the access token is checked
    /// with the server (`GET /user`). A URL is a whole one, or what a web server sees of it. If this fails, who was signed in
    /// before still is.
    ///
    /// ```no_run
    /// # async fn demo(app: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// match app.session_from_url("myapp://callback?code=34e770dd").await? {
    ///     Some(session) => println!("hello {:?}", session.user.email),
    ///     None => println!("an ordinary link"),
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`RedirectError`](crate::RedirectError) if the URL tells why there is no session. Before anything is sent,
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for a code whose flow is not at hand, for tokens that are not whole or
    /// not this server's, and for a way back that is not the client's [flow type](AuthClient::flow_type): a client that
    /// asked for a code takes no tokens, which anybody could have put into a link. Else as for
    /// [`exchange_code_for_session`](AuthClient::exchange_code_for_session) and [`get_user`](AuthClient::get_user).
    pub fn session_from_url(&self, url: impl AsRef<str>) -> SessionFromUrl {
        SessionFromUrl {
            client: self.clone(),
            url: RedirectUrl::parse(url.as_ref()),
            only_if: None,
            flow: None,
        }
    }
}

impl IntoFuture for SessionFromUrl {
    type Output = Result<Option<Session>>;
    type IntoFuture = AuthFuture<Option<Session>>;

    fn into_future(self) -> AuthFuture<Option<Session>> {
        AuthFuture::new("session from url", async move {
            let Self {
                client,
                url,
                only_if,
                flow,
            } = self;
            if only_if.is_some_and(|is_ours| !is_ours(&url)) {
                return Ok(None);
            }
            if let Some(error) = url.error() {
                return Err(error.into_error());
            }
            let uses_codes = client.uses_pkce();
            match (url.filled("code"), url.param("access_token")) {
                (None, None) => Ok(None),
                (Some(code), _) if uses_codes => {
                    let mut exchange = client.exchange_code_for_session(code);
                    if let Some(flow) = &flow {
                        exchange = exchange.flow(flow);
                    } else if let Some(id) = url.flow_id() {
                        exchange = exchange.flow_id(id);
                    }
                    exchange.await.map(Some)
                }
                (_, Some(_)) if !uses_codes => tokens(&client, &url).await.map(Some),
                _ => Err(other_way(&client)),
            }
        })
    }
}

fn other_way(client: &AuthClient) -> Error {
    Error::request(if client.uses_pkce() {
        "the URL brings tokens, but this client begins its sign-ins with a code: anybody could have made this link; \
         pages that ask for tokens use `FlowType::Implicit`"
    } else {
        "the URL brings a code, but this client asks for tokens (`FlowType::Implicit`): read it by a client of `FlowType::Pkce`"
    })
}

/// Takes over the tokens that the URL brings.
async fn tokens(client: &AuthClient, url: &RedirectUrl) -> Result<Session> {
    let part = |name: &str| {
        url.filled(name).ok_or_else(|| {
            Error::request(format!(
                "the URL brings a token but no `{name}`: it is not from this auth server"
            ))
        })
    };
    let access_token = AccessToken::parse(part("access_token")?)?;
    let refresh_token = RefreshToken::parse(part("refresh_token")?)?;
    let token_type = part("token_type")?;
    if !token_type.eq_ignore_ascii_case("bearer") {
        return Err(Error::request(
            "the URL brings a token of another type than `bearer`: it is not from this auth server",
        ));
    }
    let seconds = |name: &str, text: &str| {
        text.parse::<u64>()
            .map_err(|_| Error::request(format!("the URL's `{name}` is no number of seconds")))
    };
    let expires_in = seconds("expires_in", part("expires_in")?)?;
    let expires_at = match url.filled("expires_at") {
        Some(text) => Some(seconds("expires_at", text)?),
        None => None,
    };
    let user = client.get_user().by_bearer(access_token.clone()).await?;
    let now = since_epoch_seconds(client.now());
    // A link may be opened long after it was made; a clock that is wrong must not make its token look good for longer.
    let left = match expires_at.unwrap_or_default().saturating_sub(now) {
        0 => expires_in,
        left => left.min(expires_in),
    };
    let expires_at = expires_at.unwrap_or_else(|| now.saturating_add(expires_in));
    let mut session = Session::from_tokens(access_token, refresh_token, left, expires_at, user);
    let secret = |name: &str| url.filled(name).map(|text| Secret::new(text.to_owned()));
    session.provider_token = secret("provider_token");
    session.provider_refresh_token = secret("provider_refresh_token");
    if let Some(owner) = client.owner() {
        let how = match url.param("type") {
            Some("recovery") => Adopted::PasswordRecovery,
            _ => Adopted::SignedIn,
        };
        owner.adopt(session.clone(), how).await?;
    }
    Ok(session)
}

impl fmt::Debug for SessionFromUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionFromUrl")
            .field("url", &self.url)
            .field("flow", &self.flow)
            .finish_non_exhaustive()
    }
}
