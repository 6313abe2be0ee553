//! The code with which a user comes back.

use conformance::Call::Replay;
use conformance::probe::Observe as _;
use conformance::replay::Stage;
use conformance::{Entry, Seen, d, js, py, told};
use gotrue_rs::{AuthClient, PkceFlow, Provider, Session};
use serde_json::json;
use supabase_http::{BoxFuture, Result};

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

/// Begins at two providers, and comes back with these codes to these of them.
fn kept_flows(
    stage: Stage,
    codes: &'static [(&'static str, usize)],
) -> BoxFuture<'static, Result<Option<Seen>>> {
    Box::pin(async move {
        let auth = stage.keeping().await?;
        let github = auth.sign_in_with_oauth(Provider::Github).await?;
        let google = auth.sign_in_with_oauth(Provider::Google).await?;
        let ids = [github.flow, google.flow].map(|flow| flow.map(|flow| flow.id().to_owned()));
        let mut last = None;
        for (code, which) in codes {
            let id = ids.get(*which).cloned().flatten().unwrap_or_default();
            last = Some(auth.exchange_code_for_session(*code).flow_id(id).await?.observe());
        }
        Ok(last)
    })
}

/// Begins at GitHub, and comes back with a code of another flow.
async fn after_one(auth: AuthClient, flow_id: &str) -> Result<Session> {
    auth.sign_in_with_oauth(Provider::Github).await?;
    auth.exchange_code_for_session("code").flow_id(flow_id).await
}

/// Comes back twice with a code that the server does not know.
fn twice(stage: Stage) -> BoxFuture<'static, Result<Option<Seen>>> {
    Box::pin(async move {
        let auth = stage.keeping().await?;
        auth.sign_in_with_oauth(Provider::Github).await?;
        let mut errors = Vec::new();
        for _ in 0..2 {
            let error = auth.exchange_code_for_session("bad").await.err();
            errors.push(json!({ "error": error.as_ref().map(told) }));
        }
        Ok(Some(Seen { data: json!(errors), count: None }))
    })
}

/// Begins at six providers, and comes back from the first and from the second.
fn six(stage: Stage) -> BoxFuture<'static, Result<Option<Seen>>> {
    Box::pin(async move {
        let auth = stage.keeping().await?;
        let mut ids = Vec::new();
        for name in ["a", "b", "c", "d", "e", "f"] {
            let login = auth.sign_in_with_oauth(Provider::from(name)).await?;
            ids.extend(login.flow.map(|flow| flow.id().to_owned()));
        }
        let first = auth.exchange_code_for_session("code").flow_id(&ids[0]).await.err();
        let second = auth.exchange_code_for_session("code").flow_id(&ids[1]).await.err();
        let data = json!({
            "first": { "error": first.as_ref().map(told) },
            "second": second.as_ref().map(told),
        });
        Ok(Some(Seen { data, count: None }))
    })
}

/// Comes back with a verifier at hand.
fn with_verifier(stage: Stage, verifier: &'static str) -> BoxFuture<'static, Result<Option<Seen>>> {
    Box::pin(async move {
        let flow = PkceFlow::from_parts("00000000", verifier, false)?;
        let exchange = stage.auth()?.exchange_code_for_session("code").flow(&flow);
        Ok(Some(exchange.await?.observe()))
    })
}

pub(crate) const CASES: &[Entry] = &[
    js("exchange/after-oauth", Replay(|s| after_oauth(s, "code-1"))),
    js("exchange/no-verifier-pkce", call!(|a| a.exchange_code_for_session("code-1"))),
    js("exchange/legacy-slot", kept!(|a| a.exchange_code_for_session("code-1"))).ours_by_design("verifiers-as-specified", "a verifier of so few characters cannot be one, and is filled up here", &[d("body", "{\"auth_code\":\"code-1\",\"code_verifier\":\"legacy-verifier-value\"}", "{\"auth_code\":\"code-1\",\"code_verifier\":\"legacy-verifier-value----------------------\"}")]),
    js("exchange/legacy-slot-raw-string", kept!(|a| a.exchange_code_for_session("code-1"))),
    js("exchange/error-clears-verifier", Replay(twice)),
    js("exchange/error-expired", Replay(|s| after_oauth(s, "old"))),
    js("exchange/error-network-clears-verifier", Replay(|s| after_oauth(s, "c"))),
    js("exchange/no-session-in-response", Replay(|s| after_oauth(s, "c"))),
    js("flows/explicit-flow-id", Replay(first_of_two)),
    js("flows/both-exchanged", Replay(|s| kept_flows(s, &[("code-a", 0), ("code-b", 1)]))),
    js("flows/unknown-flow-id", kept!(|a| after_one(a, "0123456789abcdef0123456789abcdef"))),
    js("flows/sixth-evicts-first", Replay(six)),
    js("flows/reuse-after-exchange", Replay(|s| kept_flows(s, &[("code", 0), ("code", 0)]))),
    py(
        "exchange-code-for-session/exchange-auth-code",
        Replay(|s| after_oauth(s, "34e770dd-9ff9-416c-87fa-43b31d7ef225")),
    ),
    py(
        "exchange-code-for-session/no-stored-verifier",
        kept!(|a| a.exchange_code_for_session("34e770dd-9ff9-416c-87fa-43b31d7ef225")),
    ).client_bug("a code is sent without its verifier, which no server takes", &[d("request", "POST /auth/v1/token?grant_type=pkce {\"auth_code\":\"34e770dd-9ff9-416c-87fa-43b31d7ef225\",\"code_verifier\":null}", "refused")]),
    py("exchange-code-for-session/explicit", Replay(|s| with_verifier(s, "explicit-verifier"))).ours_by_design("verifiers-as-specified", "a verifier of so few characters cannot be one", &[d("request", "POST /auth/v1/token?grant_type=pkce&redirect_to=https://example.com/welcome {\"auth_code\":\"code\",\"code_verifier\":\"explicit-verifier\"}", "refused")]),
    py("exchange-code-for-session/error-verifier", Replay(|s| with_verifier(s, "wrong"))).ours_by_design("verifiers-as-specified", "a verifier of so few characters cannot be one", &[d("request", "POST /auth/v1/token?grant_type=pkce {\"auth_code\":\"code\",\"code_verifier\":\"wrong\"}", "refused")]),
];
