//! The code with which a user comes back.

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use http::Method;
use supabase_http::{BoxFuture, Error, Result};

use crate::call::Answer;
use crate::owner::{Adopted, SessionOwner};
use crate::{AuthCall, AuthClient, AuthFuture, PkceFlow, Session};

/// Turns a code into a session; see [`AuthClient::exchange_code_for_session`].
///
/// **Awaiting it runs it**; nothing is sent before.
#[must_use = "nothing is sent until the call is awaited"]
pub struct ExchangeCode {
    call: AuthCall<Session>,
    flow: Option<PkceFlow>,
    flow_id: Option<String>,
}

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// use std::time::Duration;
/// use gotrue_rs::PkceFlow;
///
/// let flow = PkceFlow::new()?;
/// let session = auth.exchange_code_for_session("34e770dd…").flow(&flow).timeout(Duration::from_secs(10)).await?;
/// let session = auth.exchange_code_for_session("34e770dd…").flow_id(flow.id()).await?;
/// # Ok(()) }
/// ```
impl ExchangeCode {
    /// The flow that the call which began gave out. A client that keeps a session needs it only if it began several.
    pub fn flow(mut self, flow: &PkceFlow) -> Self {
        self.flow = Some(flow.clone());
        self
    }

    /// The id of the flow, of which the client that keeps a session has kept the rest.
    pub fn flow_id(mut self, id: impl Into<String>) -> Self {
        self.flow_id = Some(id.into());
        self
    }

    /// The time limit of the whole call: all tries, the waits between them and the answer.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.call = self.call.timeout(limit);
        self
    }
}

impl AuthClient {
    /// Turns the code with which a user came back into a session (`POST /token?grant_type=pkce`).
    ///
    /// Only who began the sign-in can: the flow holds the proof. A client without a session needs it by
    /// [`flow`](ExchangeCode::flow); one that keeps a session has kept it, and takes the latest unless told another.
    ///
    /// ```no_run
    /// # async fn demo(auth: gotrue_rs::AuthClient, code: &str) -> Result<(), gotrue_rs::Error> {
    /// use gotrue_rs::Provider;
    ///
    /// let login = auth.sign_in_with_oauth(Provider::Github).redirect_to("https://app.example.com/callback").await?;
    /// // … the user comes back with `?code=…`
    /// if let Some(flow) = &login.flow {
    ///     let session = auth.exchange_code_for_session(code).flow(flow).await?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) without the flow, before anything is sent;
    /// [`FlowStateNotFound`](crate::ErrorCode::FlowStateNotFound) for an unknown or used code,
    /// [`FlowStateExpired`](crate::ErrorCode::FlowStateExpired) for one older than five minutes,
    /// [`BadCodeVerifier`](crate::ErrorCode::BadCodeVerifier) for another flow's.
    pub fn exchange_code_for_session(&self, code: impl Into<String>) -> ExchangeCode {
        let call = AuthCall::new(
            self,
            "exchange code for session",
            Method::POST,
            "/auth/v1/token",
            &["token"],
            Answer::session,
        );
        ExchangeCode {
            call: call
                .query("grant_type", "pkce")
                .required("auth_code", "the code", code),
            flow: None,
            flow_id: None,
        }
    }
}

impl IntoFuture for ExchangeCode {
    type Output = Result<Session>;
    type IntoFuture = AuthFuture<Session>;

    fn into_future(self) -> AuthFuture<Session> {
        let Self {
            call,
            flow,
            flow_id,
        } = self;
        let operation = call.operation();
        let owner = call.client.owner().cloned();
        AuthFuture::new(operation, async move {
            let flow = match (flow, &owner) {
                (Some(flow), _) => Some(flow),
                (None, Some(owner)) => owner.flow(flow_id).await?,
                (None, None) => None,
            };
            let Some(flow) = flow else {
                return Err(Error::request(
                    "a code needs the flow that it ends: give the `flow` of the call that began it by `.flow(..)`",
                ));
            };
            let then = if flow.is_recovery() {
                recovered
            } else {
                crate::call::signed_in
            };
            let call = call
                .field("code_verifier", flow.expose_verifier())
                .then(then);
            let result = call.await;
            // Used or refused, a code cannot be tried again with it.
            if let Some(owner) = owner {
                owner.forget_flow(flow.id().to_owned()).await?;
            }
            result
        })
    }
}

fn recovered<'a>(owner: &'a dyn SessionOwner, session: &Session) -> BoxFuture<'a, Result<()>> {
    owner.adopt(session.clone(), Adopted::PasswordRecovery)
}

impl fmt::Debug for ExchangeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExchangeCode")
            .field("flow", &self.flow)
            .field("flow_id", &self.flow_id)
            .finish_non_exhaustive()
    }
}
