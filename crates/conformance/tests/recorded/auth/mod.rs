//! The auth service.

use std::future::IntoFuture;

use conformance::Seen;
use gotrue_rs::{AuthCall, AuthClient, Email, Identity, OAuthLogin, Phone, Session};
use serde_json::json;
use supabase_http::Result;

/// A call of the client of the case, awaited.
macro_rules! call {
    (|$auth:ident| $call:expr) => {
        conformance::Call::Replay(|stage| {
            Box::pin(async move {
                let $auth = stage.auth()?;
                Ok(Some(conformance::probe::Observe::observe($call.await?)))
            })
        })
    };
}

/// The same by a client that keeps the session of the case, at the time of the case.
macro_rules! kept {
    (|$auth:ident| $call:expr) => {
        conformance::Call::Replay(|stage| {
            Box::pin(async move {
                let $auth = stage.keeping().await?;
                Ok(Some(conformance::probe::Observe::observe($call.await?)))
            })
        })
    };
}

/// A call that gives the URL of a provider, which the recorded clients name again in its result.
macro_rules! login {
    ($provider:literal, |$auth:ident| $call:expr) => {
        conformance::Call::Replay(|stage| {
            Box::pin(async move {
                let $auth = stage.auth()?;
                $crate::auth::named($provider, $call.await)
            })
        })
    };
}

/// Reads a table after what the case does first.
macro_rules! then_read {
    () => {
        conformance::Call::Replay(|stage| {
            Box::pin(async move {
                let client = stage.following().await?;
                conformance::replay::wait(client.from("t").select::<serde_json::Value>("*")).await
            })
        })
    };
    (|$client:ident| $first:expr) => {
        conformance::Call::Replay(|stage| {
            Box::pin(async move {
                let $client = stage.following().await?;
                $first;
                conformance::replay::wait($client.from("t").select::<serde_json::Value>("*")).await
            })
        })
    };
}

pub(crate) mod admin;
pub(crate) mod admin_apps;
pub(crate) mod claims;
mod device;
pub(crate) mod errors;
pub(crate) mod exchange;
pub(crate) mod mfa;
pub(crate) mod oauth;
pub(crate) mod oauth_server;
pub(crate) mod otp;
pub(crate) mod owner;
pub(crate) mod passkeys;
pub(crate) mod password;
pub(crate) mod session;
pub(crate) mod sign_out;
pub(crate) mod sign_up;
pub(crate) mod user;
pub(crate) mod verify;
pub(crate) mod web3;

const ADA: Email<&str> = Email("ada@example.com");
const PASSWORD: &str = "pa55word";
const PHONE: Phone<&str> = Phone("+15551234567");

/// What the Python examples use.
const PY: Email<&str> = Email("email@example.com");
const PY_PHONE: Phone<&str> = Phone("+13334445555");

/// What a call gives, as it serialises.
async fn plain<T: serde::Serialize>(call: impl IntoFuture<Output = Result<T>>) -> Result<Seen> {
    Ok(Seen { data: json!(call.await?), count: None })
}

/// The session that is kept.
async fn session(auth: AuthClient) -> Result<Seen> {
    let session = auth.get_session().await?;
    let session = session.as_ref().map(Session::to_json);
    Ok(Seen { data: json!({ "session": session }), count: None })
}

/// A session without the user beside it.
async fn bare(call: impl IntoFuture<Output = Result<Session>>) -> Result<Seen> {
    Ok(Seen { data: call.await?.to_json(), count: None })
}

/// Identities as both clients return them.
async fn identities(call: AuthCall<Vec<Identity>>) -> Result<Seen> {
    Ok(Seen { data: json!({ "identities": call.await? }), count: None })
}

/// A login with the name of its provider.
fn named(provider: &str, login: Result<OAuthLogin>) -> Result<Option<Seen>> {
    let mut seen = conformance::probe::Observe::observe(login?);
    seen.data["provider"] = json!(provider);
    Ok(Some(seen))
}
