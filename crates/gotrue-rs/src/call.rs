//! What every call is made of: a request in the making, a way to read the answer, and what follows from it.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::response::Parts;
use http::{HeaderValue, Method, Request};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use supabase_http::{
    AccessToken, Body, BoxFuture, CallOptions, Clock as _, CredentialMode, Error, Idempotency,
    Result, RetryConfig, SystemClock,
};

use crate::client::{ActsAs, SERVICE};
use crate::contact::Field;
use crate::model::SessionAnswer;
use crate::owner::SessionOwner;
use crate::redirect::with_flow_id;
use crate::{AuthClient, PkceFlow, Session, SessionMissing, User, error};

const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");

/// Reads an answer of success.
pub(crate) type Read<T> = fn(&Answer) -> Result<T>;

/// What the owner of the client's session does with the result.
pub(crate) type Then<T> = for<'a> fn(&'a dyn SessionOwner, &T) -> BoxFuture<'a, Result<()>>;

/// An operation of the auth server. **Awaiting it runs it**; nothing is sent before.
///
/// It owns everything, so it can be stored and sent to another task. What is wrong in it comes out when it is awaited, before
/// anything is sent. `tokio::spawn` and `join_all` want futures: give them `call.into_future()`.
///
/// Dropping the future cancels the request; the server may have acted by then.
#[must_use = "nothing is sent until the call is awaited"]
pub struct AuthCall<T> {
    pub(crate) client: AuthClient,
    method: Method,
    path: Vec<String>,
    /// The end of the path, where characters stay that need no encoding.
    raw_path: Option<String>,
    query: Vec<(String, String)>,
    body: Option<Map<String, Value>>,
    options: CallOptions,
    needs_user: bool,
    /// What is wrong with a call without any field.
    if_empty: Option<fn() -> Error>,
    pub(crate) flow: Option<PkceFlow>,
    problem: Option<Error>,
    read: Read<T>,
    then: Option<Then<T>>,
}

/// An answer of success, and what else its reader may need.
pub(crate) struct Answer {
    pub(crate) parts: Parts,
    pub(crate) body: Bytes,
    /// When it came.
    pub(crate) now: SystemTime,
    /// The flow that the call began.
    pub(crate) flow: Option<PkceFlow>,
}

impl Answer {
    /// Reads the body as JSON; an error names the place in it, and nothing that stands there.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T> {
        let mut json = serde_json::Deserializer::from_slice(&self.body);
        serde_path_to_error::deserialize(&mut json).map_err(|why| {
            self.unreadable(format_args!(
                "expected {}, {:?} error at `{}`",
                short_name::<T>(),
                why.inner().classify(),
                why.path()
            ))
        })
    }

    /// Reads the body as JSON; an empty one as nothing.
    pub(crate) fn json_or_empty<T: DeserializeOwned + Default>(&self) -> Result<T> {
        if self.body.is_empty() {
            return Ok(T::default());
        }
        self.json::<Option<T>>().map(Option::unwrap_or_default)
    }

    /// Reads the body as a user; some answers wrap it in an object.
    pub(crate) fn user(&self) -> Result<User> {
        #[derive(serde::Deserialize)]
        struct Wrapped {
            user: Option<User>,
        }
        let user = match self.json::<Wrapped>()?.user {
            Some(user) => user,
            None => self.json()?,
        };
        if user.id.is_empty() {
            return Err(self.unreadable("expected a user, but it has no `id`"));
        }
        Ok(user)
    }

    /// Reads the body as a session.
    pub(crate) fn session(&self) -> Result<Session> {
        let answer: SessionAnswer = self.json()?;
        answer
            .into_session(self.now)
            .map_err(|why| self.unreadable(format_args!("expected a session, but {why}")))
    }

    /// The error of an answer that is not what was asked for.
    ///
    /// The body is not kept: it may hold tokens.
    pub(crate) fn unreadable(&self, why: impl fmt::Display) -> Error {
        Error::decode(&self.parts, Bytes::new(), why)
    }
}

/// The name of a type without its module.
fn short_name<T>() -> &'static str {
    let name = std::any::type_name::<T>();
    let end = name.find('<').unwrap_or(name.len());
    let start = name.get(..end).and_then(|head| head.rfind("::"));
    start.and_then(|at| name.get(at + 2..)).unwrap_or(name)
}

/// ```no_run
/// # async fn demo(auth: gotrue_rs::AuthClient) -> Result<(), gotrue_rs::Error> {
/// use std::time::Duration;
/// use bytes::Bytes;
/// use gotrue_rs::RetryConfig;
///
/// let user = auth.get_user().timeout(Duration::from_secs(5)).retry(RetryConfig::off()).await?;
///
/// // The two halves of a call, without a network.
/// let request = auth.get_health().into_request()?;
/// assert_eq!(request.uri().path(), "/auth/v1/health");
/// let (head, ()) = http::Response::new(()).into_parts();
/// let health = auth.get_health().decode(&head, Bytes::from_static(b"{\"version\":\"v2\"}"))?;
/// assert_eq!(health.version, "v2");
/// # Ok(()) }
/// ```
impl<T> AuthCall<T> {
    /// A call by the project's key; `template` is the shape of its URL's path, for spans.
    pub(crate) fn new(
        client: &AuthClient,
        operation: &'static str,
        method: Method,
        template: &'static str,
        path: &[&str],
        read: Read<T>,
    ) -> Self {
        Self {
            client: client.clone(),
            method,
            path: path.iter().map(|segment| (*segment).to_owned()).collect(),
            raw_path: None,
            query: Vec::new(),
            body: None,
            options: CallOptions::new(operation)
                .template(template)
                .credentials(CredentialMode::KeyOnly),
            needs_user: false,
            if_empty: None,
            flow: None,
            problem: None,
            read,
            then: None,
        }
    }

    /// Calls as the user of the client, or fails before anything is sent.
    pub(crate) fn by_user(mut self) -> Self {
        self.needs_user = true;
        self.options = self.options.credentials(CredentialMode::Client);
        self
    }

    /// Calls as the user of this token, whoever the client is.
    pub(crate) fn by_bearer(mut self, token: AccessToken) -> Self {
        self.needs_user = false;
        self.options = self.options.credentials(CredentialMode::Token(token));
        self
    }

    /// What the owner of the session does with the result.
    pub(crate) fn then(mut self, then: Then<T>) -> Self {
        self.then = Some(then);
        self
    }

    /// Says that the call may be sent again although it is a `POST`.
    pub(crate) fn repeatable(mut self) -> Self {
        self.options = self.options.idempotency(Idempotency::Safe);
        self
    }

    /// Says that the server acts on the call although it is a `GET`.
    pub(crate) fn acts(mut self) -> Self {
        self.options = self.options.idempotency(Idempotency::Unsafe);
        self
    }

    /// Fails in this way if no field was added when the call is made.
    pub(crate) fn needs_fields(mut self, error: fn() -> Error) -> Self {
        self.if_empty = Some(error);
        self
    }

    /// Whether the body has this field.
    pub(crate) fn has_field(&self, name: &str) -> bool {
        self.body
            .as_ref()
            .is_some_and(|body| body.contains_key(name))
    }

    pub(crate) fn operation(&self) -> &'static str {
        self.options.operation()
    }

    /// Ends the path with this segment, whose colons stay as they are: the server knows it by no other spelling.
    pub(crate) fn with_raw_path(mut self, segment: String) -> Self {
        self.raw_path = Some(segment);
        self
    }

    /// Adds a pair to the query.
    pub(crate) fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Sends a body, even if no field is added to it.
    pub(crate) fn with_body(mut self) -> Self {
        self.body.get_or_insert_default();
        self
    }

    /// Sets a field of the body.
    pub(crate) fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        let body = self.body.get_or_insert_default();
        body.insert(name.to_owned(), value.into());
        self
    }

    /// Sets a field of the body to an object that the caller gave.
    pub(crate) fn object(self, name: &str, value: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_value(value) {
            Ok(value @ Value::Object(_)) => self.field(name, value),
            Ok(_) => self.fail(Error::request(format!(
                "`{name}` must be an object: a struct, a map or `json!({{ … }})`"
            ))),
            Err(why) => self.fail(Error::request_caused_by(
                format!("`{name}` cannot be written as JSON"),
                why,
            )),
        }
    }

    /// Sets a secret or an id that must not be empty.
    pub(crate) fn required(self, name: &str, what: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        if value.trim().is_empty() {
            return self.fail(Error::request(format!("{what} is empty")));
        }
        self.field(name, value)
    }

    /// Sets how the user is reached.
    pub(crate) fn contact(self, contact: Field) -> Self {
        match contact.into_pair() {
            Ok((name, value)) => self.field(name, value),
            Err(error) => self.fail(error),
        }
    }

    /// Begins a flow with a code, if the client uses such.
    pub(crate) fn pkce(mut self) -> Self {
        if !self.client.uses_pkce() || self.flow.is_some() {
            return self;
        }
        match PkceFlow::new() {
            Ok(flow) => self.flow = Some(flow),
            Err(error) => return self.fail(error),
        }
        self
    }

    /// The same for a lost password.
    pub(crate) fn pkce_for_recovery(self) -> Self {
        let mut this = self.pkce();
        this.flow = this.flow.map(PkceFlow::for_recovery);
        this
    }

    /// Adds the token of a solved captcha.
    pub(crate) fn captcha(self, token: impl Into<String>) -> Self {
        let token = token.into();
        if token.is_empty() {
            return self.fail(Error::request("the captcha token is empty"));
        }
        let mut security = Map::new();
        security.insert("captcha_token".to_owned(), token.into());
        self.field("gotrue_meta_security", security)
    }

    /// Keeps the first problem.
    pub(crate) fn fail(mut self, error: Error) -> Self {
        self.problem.get_or_insert(error);
        self
    }

    /// The time limit of the whole call: all tries, the waits between them and the answer.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.options = self.options.timeout(limit);
        self
    }

    /// When this call is sent again, instead of what the client says.
    pub fn retry(mut self, retry: RetryConfig) -> Self {
        self.options = self.options.retry(retry);
        self
    }

    /// Renders the request without sending it, and without credentials: those are added when it is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for the first bad input of the chain, and
    /// [`Credential`](crate::ErrorKind::Credential) for a call that needs a user on a client that has none.
    pub fn into_request(mut self) -> Result<Request<Body>> {
        self.request()
    }

    pub(crate) fn request(&mut self) -> Result<Request<Body>> {
        if let Some(problem) = self.problem.take() {
            return Err(problem);
        }
        if let (Some(error), None) = (self.if_empty, &self.body) {
            return Err(error());
        }
        match self.client.acts_as() {
            ActsAs::ThirdParty => {
                return Err(Error::credential(
                    "the tokens of this client come from another identity provider: sign in there",
                ));
            }
            ActsAs::Key if self.needs_user => return Err(SessionMissing::error()),
            ActsAs::Key | ActsAs::User => {}
        }
        self.put_flow_id();
        let challenge = self.flow.as_ref().map(PkceFlow::challenge);
        let method = challenge.is_some().then(|| "s256".to_owned());
        for (name, value) in [
            ("code_challenge", challenge),
            ("code_challenge_method", method),
        ] {
            match (value, &mut self.body) {
                (Some(value), Some(body)) => {
                    body.insert(name.to_owned(), value.into());
                }
                (Some(value), None) => self.query.push((name.to_owned(), value)),
                (None, _) => {}
            }
        }
        let mut uri = self.client.service().endpoint().uri();
        for segment in &self.path {
            uri = uri.segment(segment);
        }
        if let Some(segment) = &self.raw_path {
            uri = uri.path(segment);
        }
        for (name, value) in &self.query {
            uri = uri.pair(name, value);
        }
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = uri.finish()?;
        *request.method_mut() = self.method.clone();
        if let Some(body) = self.body.take() {
            request.headers_mut().insert(CONTENT_TYPE, JSON);
            *request.body_mut() = Body::from(Value::Object(body).to_string());
        }
        Ok(request)
    }

    /// Puts the id of the flow into the URL to come back to, if the client does so.
    fn put_flow_id(&mut self) {
        let Some(flow) = self.flow.as_ref().filter(|_| self.client.puts_flow_ids()) else {
            return;
        };
        let in_query = self
            .query
            .iter_mut()
            .filter(|(name, _)| name == "redirect_to");
        for (_, url) in in_query {
            *url = with_flow_id(url, flow.id());
        }
        let in_body = self
            .body
            .as_mut()
            .and_then(|body| body.get_mut("redirect_to"));
        if let Some(Value::String(url)) = in_body {
            *url = with_flow_id(url, flow.id());
        }
    }

    /// Reads an answer as awaiting the call would: the other pure half of it.
    ///
    /// # Errors
    /// [`ErrorKind::Api`](crate::ErrorKind::Api) if the status is no success, [`Decode`](crate::ErrorKind::Decode) if the
    /// answer is not what was asked for.
    pub fn decode(&self, parts: &Parts, body: Bytes) -> Result<T> {
        let (parts, body) = accept(parts, body)?;
        (self.read)(&Answer {
            parts,
            body,
            now: SystemClock.now(),
            flow: self.flow.clone(),
        })
    }
}

/// An answer of success as it is; any other as an error.
fn accept(parts: &Parts, body: Bytes) -> Result<(Parts, Bytes)> {
    if parts.status.is_success() {
        Ok((parts.clone(), body))
    } else {
        Err(error::from_answer(parts, body))
    }
}

impl<T: Send + 'static> IntoFuture for AuthCall<T> {
    type Output = Result<T>;
    type IntoFuture = AuthFuture<T>;

    fn into_future(mut self) -> AuthFuture<T> {
        let request = self.request();
        let operation = self.options.operation();
        let Self {
            client,
            options,
            flow,
            read,
            then,
            ..
        } = self;
        let run = async move {
            let request = request?;
            let owner = client.owner();
            if let (Some(owner), Some(flow)) = (owner, &flow) {
                owner.keep_flow(flow.clone()).await?;
            }
            let sent = client.service().execute(Ok(request), options, accept).await;
            let result = sent.and_then(|(parts, body)| {
                read(&Answer {
                    parts,
                    body,
                    now: client.now(),
                    flow: flow.clone(),
                })
            });
            match (owner, &flow, &result) {
                (Some(owner), Some(flow), Err(_)) => {
                    owner.forget_flow(flow.id().to_owned()).await?;
                }
                (Some(owner), _, Ok(value)) => {
                    if let Some(then) = then {
                        then(&**owner, value).await?;
                    }
                }
                _ => {}
            }
            result
        };
        AuthFuture::new(operation, run)
    }
}

impl<T> fmt::Debug for AuthCall<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without path, query and body, which hold ids, addresses and passwords.
        write!(f, "AuthCall({SERVICE} {})", self.options.operation())
    }
}

/// A call under way: what awaiting an [`AuthCall`] polls. Dropping it cancels the request; the server may have acted by then.
#[must_use = "futures do nothing unless awaited"]
pub struct AuthFuture<T> {
    operation: &'static str,
    run: BoxFuture<'static, Result<T>>,
}

impl<T> AuthFuture<T> {
    pub(crate) fn new(
        operation: &'static str,
        run: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Self {
        Self {
            operation,
            run: Box::pin(run),
        }
    }
}

impl<T> Future for AuthFuture<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        let operation = self.operation;
        self.run
            .as_mut()
            .poll(cx)
            .map_err(|error| error.with_context(SERVICE, operation))
    }
}

impl<T> fmt::Debug for AuthFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthFuture({SERVICE} {})", self.operation)
    }
}

/// Takes over the session that a sign-in has brought.
pub(crate) fn signed_in<'a>(
    owner: &'a dyn SessionOwner,
    session: &Session,
) -> BoxFuture<'a, Result<()>> {
    owner.adopt(session.clone(), crate::owner::Adopted::SignedIn)
}
