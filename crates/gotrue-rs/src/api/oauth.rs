//! Signing in by an account elsewhere.

use std::future::IntoFuture;

use http::Method;
use serde::Deserialize;
use supabase_http::{Error, Result};

use crate::api::provider::Provider;
use crate::builders::builder;
use crate::call::Answer;
use crate::{AuthCall, AuthClient, AuthFuture, PkceFlow};

/// Where the user goes to sign in elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OAuthLogin {
    /// The URL to open in the user's browser.
    pub url: String,
    /// What ends the sign-in when the user comes back with a code:
    /// [`exchange_code_for_session`](AuthClient::exchange_code_for_session). A client that keeps a session keeps it too.
    pub flow: Option<PkceFlow>,
}

/// Names that have a meaning of their own in the URL.
const RESERVED: [&str; 6] = [
    "provider",
    "redirect_to",
    "scopes",
    "code_challenge",
    "code_challenge_method",
    "skip_http_redirect",
];

/// Adds the options that the two ways to another provider share.
macro_rules! oauth_options {
    ($name:ident) => {
        impl $name {
            /// What to ask the provider for, beside what the server asks for anyway.
            pub fn scopes(self, scopes: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
                let scopes: Vec<_> = scopes.into_iter().map(|s| s.as_ref().to_owned()).collect();
                self.map(|call| call.query("scopes", scopes.join(" ")))
            }

            /// Where the user comes back to: a URL that the project allows. The server falls back **silently** to the
            /// project's own site for any other.
            pub fn redirect_to(self, url: impl Into<String>) -> Self {
                self.map(|call| call.query("redirect_to", url))
            }

            /// A parameter for the provider, such as `prompt` or `access_type`.
            pub fn query_param(self, name: impl Into<String>, value: impl Into<String>) -> Self {
                let name = name.into();
                self.map(|call| {
                    if RESERVED.contains(&name.as_str()) {
                        call.fail(Error::request(format!(
                            "`{name}` is no parameter of a provider; there is a method or an argument for it"
                        )))
                    } else {
                        call.query(name, value)
                    }
                })
            }
        }
    };
}

/// Begins a sign-in by an account elsewhere; see [`AuthClient::sign_in_with_oauth`].
///
/// Awaiting it sends nothing: it puts the URL together, and lets the client keep the flow where it keeps a session.
#[must_use = "nothing is made until it is awaited"]
pub struct SignInWithOAuth(AuthCall<OAuthLogin>);
oauth_options!(SignInWithOAuth);

impl SignInWithOAuth {
    fn map(self, change: impl FnOnce(AuthCall<OAuthLogin>) -> AuthCall<OAuthLogin>) -> Self {
        Self(change(self.0))
    }
}

impl IntoFuture for SignInWithOAuth {
    type Output = Result<OAuthLogin>;
    type IntoFuture = AuthFuture<OAuthLogin>;

    fn into_future(mut self) -> AuthFuture<OAuthLogin> {
        let url = self.0.request().map(|request| request.uri().to_string());
        let operation = self.0.operation();
        AuthFuture::new(operation, async move {
            let (client, flow) = (self.0.client, self.0.flow);
            let url = url?;
            if let (Some(owner), Some(flow)) = (client.owner(), &flow) {
                owner.keep_flow(flow.clone()).await?;
            }
            Ok(OAuthLogin { url, flow })
        })
    }
}

impl std::fmt::Debug for SignInWithOAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SignInWithOAuth").finish_non_exhaustive()
    }
}

builder! {
    /// Begins to link an account elsewhere to the signed-in user; see [`AuthClient::link_identity`].
    LinkIdentity => OAuthLogin
}
oauth_options!(LinkIdentity);

#[derive(Deserialize)]
struct Url {
    url: String,
}

/// Reads `{"url": …}`.
pub(crate) fn read_url(answer: &Answer) -> Result<OAuthLogin> {
    let Url { url } = answer.json()?;
    Ok(OAuthLogin {
        url,
        flow: answer.flow.clone(),
    })
}

impl AuthClient {
    /// Begins a sign-in by an account elsewhere: gives the URL to open in the user's browser (`GET /authorize`).
    ///
    /// Nothing is sent. The user comes back to [`redirect_to`](SignInWithOAuth::redirect_to) with `?code=…`, which
    /// [`exchange_code_for_session`](AuthClient::exchange_code_for_session) turns into a session.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), gotrue_rs::Error> {
    /// # use supabase_http::{HttpClient, testing::MockTransport};
    /// # let http = HttpClient::builder().transport(MockTransport::new()).build()?;
    /// # let auth = gotrue_rs::AuthClient::with_http(http, "https://project.test", "key")?;
    /// use gotrue_rs::Provider;
    ///
    /// let login = auth
    ///     .sign_in_with_oauth(Provider::Github)
    ///     .scopes(["repo", "gist"])
    ///     .redirect_to("http://127.0.0.1:9000/callback")
    ///     .await?;
    /// assert!(login.url.starts_with("https://project.test/auth/v1/authorize?provider=github&scopes=repo%20gist&"));
    /// assert!(login.flow.is_some());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for bad input.
    pub fn sign_in_with_oauth(&self, provider: Provider) -> SignInWithOAuth {
        let call = AuthCall::new(
            self,
            "sign in with oauth",
            Method::GET,
            "/auth/v1/authorize",
            &["authorize"],
            read_url,
        );
        SignInWithOAuth(with_provider(call, provider))
    }

    /// Begins to link an account elsewhere to the signed-in user: gives the URL to open in the user's browser
    /// (`GET /user/identities/authorize`). See [`link_identity_with_id_token`](AuthClient::link_identity_with_id_token) for
    /// a token that is at hand already.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::Provider;
    ///
    /// let login = auth.link_identity(Provider::Google).redirect_to("https://app.example.com/linked").await?;
    /// println!("open {}", login.url);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`SessionMissing`](crate::SessionMissing) without a user, before anything is sent;
    /// [`ManualLinkingDisabled`](crate::ErrorCode::ManualLinkingDisabled).
    pub fn link_identity(&self, provider: Provider) -> LinkIdentity {
        let call = AuthCall::new(
            self,
            "link identity",
            Method::GET,
            "/auth/v1/user/identities/authorize",
            &["user", "identities", "authorize"],
            read_url,
        );
        let call = with_provider(call, provider).query("skip_http_redirect", "true");
        LinkIdentity(call.by_user().acts())
    }
}

fn with_provider(call: AuthCall<OAuthLogin>, provider: Provider) -> AuthCall<OAuthLogin> {
    let name = String::from(provider);
    if name.trim().is_empty() {
        return call.fail(Error::request("the provider's name is empty"));
    }
    call.query("provider", name).pkce()
}
