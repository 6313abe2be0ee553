//! The code with which a user comes back.

use conformance::Call::Replay;
use conformance::probe::Observe as _;
use conformance::replay::Stage;
use conformance::{Entry, Seen, js, py};
use gotrue_rs::Provider;
use supabase_http::{BoxFuture, Result};

use super::OWNER;

/// Begins at GitHub, and comes back with this code.
fn after_oauth(stage: Stage, code: &'static str) -> BoxFuture<'static, Result<Option<Seen>>> {
    Box::pin(async move {
        let auth = stage.auth()?;
        let login = auth.sign_in_with_oauth(Provider::Github).await?;
        let mut exchange = auth.exchange_code_for_session(code);
        if let Some(flow) = &login.flow {
            exchange = exchange.flow(flow);
        }
        Ok(Some(exchange.await?.observe()))
    })
}

/// Begins at GitHub and at Google, and comes back from GitHub.
fn first_of_two(stage: Stage) -> BoxFuture<'static, Result<Option<Seen>>> {
    Box::pin(async move {
        let auth = stage.auth()?;
        let github = auth.sign_in_with_oauth(Provider::Github).await?;
        let google = auth.sign_in_with_oauth(Provider::Google).await?;
        assert_ne!(github.flow, google.flow);
        let mut exchange = auth.exchange_code_for_session("code-a");
        if let Some(flow) = &github.flow {
            exchange = exchange.flow(flow);
        }
        Ok(Some(exchange.await?.observe()))
    })
}

pub(crate) const CASES: &[Entry] = &[
    js("exchange/after-oauth", Replay(|s| after_oauth(s, "code-1"))),
    js("exchange/no-verifier-pkce", call!(|a| a.exchange_code_for_session("code-1"))),
    js("exchange/legacy-slot", OWNER),
    js("exchange/legacy-slot-raw-string", OWNER),
    js("exchange/error-clears-verifier", OWNER),
    js("exchange/error-expired", Replay(|s| after_oauth(s, "old"))),
    js("exchange/error-network-clears-verifier", Replay(|s| after_oauth(s, "c"))),
    js("exchange/no-session-in-response", Replay(|s| after_oauth(s, "c"))),
    js("flows/explicit-flow-id", Replay(first_of_two)),
    js("flows/both-exchanged", OWNER),
    js("flows/unknown-flow-id", OWNER),
    js("flows/sixth-evicts-first", OWNER),
    js("flows/reuse-after-exchange", OWNER),
    py(
        "exchange-code-for-session/exchange-auth-code",
        Replay(|s| after_oauth(s, "34e770dd-9ff9-416c-87fa-43b31d7ef225")),
    ),
    py("exchange-code-for-session/no-stored-verifier", OWNER),
    py("exchange-code-for-session/explicit", OWNER),
    py("exchange-code-for-session/error-verifier", OWNER),
];
