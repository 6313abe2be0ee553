//! Signing in by the user's browser, for programs on the desktop and on the command line ([RFC 8252](https://www.rfc-editor.org/rfc/rfc8252)).

mod browser;
mod listener;

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use supabase_http::{BoxError, Error, Result};

use crate::{AuthClient, AuthFuture, Provider, Session};
use listener::Listener;

/// How long the user has, unless told otherwise.
const PATIENCE: Duration = Duration::from_secs(300);

type Open = Box<dyn FnOnce(&str) -> Result<(), BoxError> + Send>;

/// Signs in by the user's browser; see [`AuthClient::sign_in_with_browser`].
///
/// **Awaiting it runs it**; nothing is opened before. Dropping the future ends it all.
#[must_use = "nothing is opened until it is awaited"]
pub struct SignInWithBrowser {
    client: AuthClient,
    provider: Provider,
    scopes: Vec<String>,
    params: Vec<(String, String)>,
    port: u16,
    page: String,
    patience: Duration,
    open: Open,
}

/// ```no_run
/// # async fn demo(app: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// use std::time::Duration;
/// use gotrue_rs::Provider;
///
/// let session = app
///     .sign_in_with_browser(Provider::Github)
///     .scopes(["repo"])
///     .query_param("prompt", "consent")
///     .port(53682)
///     .page("<p>Welcome back. This window can be closed.</p>")
///     .timeout(Duration::from_secs(60))
///     .open_with(|url| {
///         println!("open {url}");
///         Ok(())
///     })
///     .await?;
/// # Ok(()) }
/// ```
impl SignInWithBrowser {
    /// What to ask the provider for, beside what the server asks for anyway.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// A parameter for the provider, such as `prompt`.
    pub fn query_param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.params.push((name.into(), value.into()));
        self
    }

    /// The port of 127.0.0.1 to listen on, for projects that allow that one alone: any free one unless this says otherwise.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The page that the user sees in the end, as HTML.
    pub fn page(mut self, html: impl Into<String>) -> Self {
        self.page = html.into();
        self
    }

    /// How long the user has to come back: five minutes unless this says otherwise.
    pub fn timeout(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// What opens the URL, in place of the system's own way. It is called once, and must not wait for the browser.
    pub fn open_with(
        mut self,
        open: impl FnOnce(&str) -> Result<(), BoxError> + Send + 'static,
    ) -> Self {
        self.open = Box::new(open);
        self
    }
}

impl AuthClient {
    /// Signs in by an account elsewhere in the user's own browser: opens it, waits on 127.0.0.1 for the user to come back, and
    /// exchanges the code.
    ///
    /// The project must allow `http://127.0.0.1:*/callback?state=*` as a URL to come back to; the server falls back
    /// **silently** to the project's own site for any other. Only who began can end it: the URL that comes back must carry a
    /// state that only this call knows, and its code is good for nothing without the [flow](crate::PkceFlow).
    ///
    /// ```no_run
    /// # async fn demo(app: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::Provider;
    ///
    /// let session = app.sign_in_with_browser(Provider::Github).await?;
    /// println!("hello {:?}", session.user.email);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Runtime`](crate::ErrorKind::Runtime) if the port is taken or no browser can be opened;
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for a client of [`FlowType::Implicit`](crate::FlowType::Implicit);
    /// [`ErrorKind::Credential`](crate::ErrorKind::Credential) if the user does not come back in time;
    /// [`RedirectError`](crate::RedirectError) if the provider or the server refused; else as for
    /// [`exchange_code_for_session`](AuthClient::exchange_code_for_session).
    pub fn sign_in_with_browser(&self, provider: Provider) -> SignInWithBrowser {
        SignInWithBrowser {
            client: self.clone(),
            provider,
            scopes: Vec::new(),
            params: Vec::new(),
            port: 0,
            page: "<p>This window can be closed: go back to the program.</p>".to_owned(),
            patience: PATIENCE,
            open: Box::new(browser::open),
        }
    }
}

impl IntoFuture for SignInWithBrowser {
    type Output = Result<Session>;
    type IntoFuture = AuthFuture<Session>;

    fn into_future(self) -> AuthFuture<Session> {
        AuthFuture::new("sign in with browser", self.run())
    }
}

impl SignInWithBrowser {
    async fn run(self) -> Result<Session> {
        if !self.client.uses_pkce() {
            return Err(Error::request(
                "tokens do not come back to a program, only a code does: use a client of `FlowType::Pkce`",
            ));
        }
        let mut listener = Listener::bind(self.port, self.page).await?;
        let mut login = self.client.sign_in_with_oauth(self.provider);
        if !self.scopes.is_empty() {
            login = login.scopes(self.scopes);
        }
        for (name, value) in self.params {
            login = login.query_param(name, value);
        }
        let login = login.redirect_to(listener.url()).await?;
        (self.open)(&login.url)
            .map_err(|why| Error::runtime_caused_by("the browser cannot be opened", why))?;
        let came_back = tokio::time::timeout(self.patience, listener.next()).await;
        let url = came_back.map_err(|_| {
            Error::credential(format!(
                "nobody came back from the browser within {} s",
                self.patience.as_secs()
            ))
        })??;
        let mut session = self.client.session_from_url(url);
        if let Some(flow) = &login.flow {
            session = session.flow(flow);
        }
        // Until then the listener goes on, for other tabs.
        let session = session.await?;
        drop(listener);
        session.ok_or_else(|| Error::credential("the user came back without a code"))
    }
}

impl fmt::Debug for SignInWithBrowser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInWithBrowser")
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}
