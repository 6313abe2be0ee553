//! Our side of a call of the auth service: the client of a case, and what its answers come to.

use std::time::Duration;

use gotrue_rs::{
    AccessToken, AuthClient, FlowType, MemoryStorage, MessageSent, OAuthLogin, Session, SignedUp,
    UpdatedUser, User, Verified,
};
use serde_json::{Value, json};
use supabase_http::{HttpClient, Result, RetryConfig};

use crate::compare::Seen;
use crate::corpus::Case;
use crate::probe::{KEY, Observe, URL};
use crate::replay::{RecordedTime, Stage};

impl Stage {
    /// A client of the auth service as the case has it: its key and its flow, acting as the user whose session is stored or
    /// was signed in before. Failed calls are not repeated, as in the official clients.
    ///
    /// # Errors
    /// Never for the constants of the recordings.
    pub fn auth(&self) -> Result<AuthClient> {
        let client = self.auth_of_nobody()?;
        Ok(match stored_token(self.case()) {
            Some(token) => client.with_token(AccessToken::parse(&token)?),
            None => client,
        })
    }

    /// The same, keeping the session of the case and what comes after it.
    ///
    /// # Errors
    /// When the stored session cannot be read.
    pub async fn keeping(&self) -> Result<AuthClient> {
        self.keeping_in(self.store()).await
    }

    /// The store of the case.
    #[must_use]
    pub fn store(&self) -> MemoryStorage {
        store_of(self.case())
    }

    /// The same, keeping the session in this store.
    ///
    /// # Errors
    /// As [`Stage::keeping`].
    pub async fn keeping_in(&self, storage: MemoryStorage) -> Result<AuthClient> {
        let client = self.auth_of_nobody()?.with_session(storage).await?;
        let advanced = self.case().given.get("clock_advanced_s_before_call");
        if let Some(seconds) = advanced.and_then(Value::as_u64) {
            tokio::time::advance(Duration::from_secs(seconds)).await;
        }
        Ok(client)
    }

    /// A client of the whole project, following the session of the case.
    ///
    /// # Errors
    /// When the stored session cannot be read.
    pub async fn following(&self) -> Result<supabase::Client> {
        self.following_in(self.store()).await
    }

    /// The same, following the session of this store.
    ///
    /// # Errors
    /// As [`Stage::following`].
    pub async fn following_in(&self, storage: MemoryStorage) -> Result<supabase::Client> {
        let case = self.case();
        let builder = self.project().clock(RecordedTime::begin()).flow_type(flow_type(case));
        let client = builder.build_with_session(storage).await?;
        let advanced = case.given.get("clock_advanced_s_before_call");
        if let Some(seconds) = advanced.and_then(Value::as_u64) {
            tokio::time::advance(Duration::from_secs(seconds)).await;
        }
        Ok(client)
    }

    /// The same without a user.
    ///
    /// # Errors
    /// As [`Stage::auth`].
    pub fn auth_of_nobody(&self) -> Result<AuthClient> {
        let http = HttpClient::builder().transport(self.transport()).retry(RetryConfig::off());
        let case = self.case();
        let given = case.given.get("key").and_then(Value::as_str);
        let key = given.or(case.key.as_deref()).unwrap_or(KEY);
        let client = AuthClient::with_http(http.build()?, URL, key)?;
        let client = client.clock(RecordedTime::begin()).flow_type(flow_type(case));
        let flow_ids = "/client_options/auth/experimental/appendPkceFlowIdToRedirects";
        Ok(match case.given.pointer(flow_ids) {
            Some(Value::Bool(true)) => client.flow_ids_in_redirects(),
            _ => client,
        })
    }
}

/// The JavaScript client is implicit unless it is told otherwise, the Python client the other way round.
fn flow_type(case: &Case) -> FlowType {
    let javascript = case.given.pointer("/client_options/auth/flowType");
    let python = case.client_options.get("flow_type");
    match javascript.or(python).and_then(Value::as_str) {
        Some("pkce") => FlowType::Pkce,
        Some("implicit") => FlowType::Implicit,
        _ if case.id.starts_with("py/") => FlowType::Pkce,
        _ => FlowType::Implicit,
    }
}

/// What a case finds in its storage, as we would have written it: its session and its flows.
fn store_of(case: &Case) -> MemoryStorage {
    let signed_in = case.exchanges.iter().filter(|e| e.setup);
    let mut signed_in = signed_in.filter_map(|e| e.response.body.get("json"));
    let session = stored(case).or_else(|| signed_in.next_back());
    let flows = flows_of(case);
    match (session, flows.is_empty()) {
        (None, true) => MemoryStorage::new(),
        // As the official clients write it.
        (Some(session), true) => MemoryStorage::with_text(session.to_string()),
        (session, false) => MemoryStorage::with_text(
            json!({
                "version": 1, "project": format!("{URL}/auth/v1"), "session": session, "flows": flows,
            })
            .to_string(),
        ),
    }
}

/// The flows of which the verifier is stored; the one without an id is the latest. Verifiers that are too short to be any are
/// filled up.
fn flows_of(case: &Case) -> Vec<Value> {
    let stored = case.given.get("storage").and_then(Value::as_object);
    let mut flows: Vec<_> = stored
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| {
            let id = name.strip_prefix("sb-project-auth-token-")?.strip_suffix("code-verifier")?;
            let verifier: String = serde_json::from_str(value.as_str()?).ok()?;
            Some((id.strip_prefix("flow-").map(|id| id.trim_end_matches('-')), verifier))
        })
        .collect();
    flows.sort_by_key(|(id, _)| id.is_none());
    let flow = |(id, verifier): (Option<&str>, String)| json!({ "id": id.unwrap_or("the-latest"), "verifier": format!("{verifier:-<43}") });
    flows.into_iter().map(flow).collect()
}

/// An error inside of what a story returns.
#[must_use]
pub fn told(error: &supabase_http::Error) -> Value {
    json!({
        "status": error.status().map(|status| status.as_u16()),
        "code": error.code(),
        "message": error.message(),
    })
}

/// The session that the JavaScript client finds in its storage.
fn stored(case: &Case) -> Option<&Value> {
    let key = case.given.pointer("/client_options/auth/storageKey").and_then(Value::as_str);
    case.given.get("storage")?.get(key.unwrap_or("sb-project-auth-token"))
}

fn stored_token(case: &Case) -> Option<String> {
    let stored = stored(case).and_then(|session| session.get("access_token"));
    let signed_in = case.exchanges.iter().filter(|e| e.setup);
    let mut signed_in = signed_in.filter_map(|e| e.response.body.pointer("/json/access_token"));
    stored.or_else(|| signed_in.next_back()).and_then(Value::as_str).map(str::to_owned)
}

fn seen(data: Value) -> Seen {
    Seen { data, count: None }
}

/// A session in the words of both clients.
impl Observe for Session {
    fn observe(self) -> Seen {
        seen(json!({
            "session": self.to_json(),
            "user": self.user,
            "weakPassword": self.weak_password,
        }))
    }
}

impl Observe for SignedUp {
    fn observe(self) -> Seen {
        let session = self.session.as_ref().map(Session::to_json);
        seen(json!({ "user": self.user, "session": session }))
    }
}

impl Observe for Verified {
    fn observe(self) -> Seen {
        let session = self.session.as_ref().map(Session::to_json);
        seen(json!({ "user": self.user, "session": session }))
    }
}

impl Observe for MessageSent {
    fn observe(self) -> Seen {
        seen(json!({ "messageId": self.message_id, "message_id": self.message_id }))
    }
}

impl Observe for User {
    fn observe(self) -> Seen {
        seen(json!({ "user": self }))
    }
}

impl Observe for UpdatedUser {
    fn observe(self) -> Seen {
        self.user.observe()
    }
}

impl Observe for Seen {
    fn observe(self) -> Seen {
        self
    }
}

impl Observe for OAuthLogin {
    fn observe(self) -> Seen {
        let flow = self.flow.as_ref().map(gotrue_rs::PkceFlow::id);
        seen(json!({ "url": self.url, "flowId": flow }))
    }
}
