//! The cases that broadcast over HTTP beside their other calls.

use conformance::Call::Replay;
use conformance::probe::Read;
use conformance::replay::{Stage, invoke, wait};
use conformance::{Diff, Entry, d, js};
use serde_json::{Value, json};
use supabase_http::{AccessToken, token_fn};

use crate::realtime::http::{WHY, broadcast};
use crate::support::{Watched, read_and_call, read_call_and_ask};

const WITHOUT_KEY: &[Diff] =
    &[d("query apikey", "anon-key", "absent"), d("query vsn", "2.0.0", "absent")];

const fn keyless(name: &'static str, call: conformance::Call) -> Entry {
    js(name, call).ours_by_design("keys-stay-out-of-urls", WHY, WITHOUT_KEY)
}

pub(crate) const CASES: &[Entry] = &[
    keyless("headers/default", Replay(|s| everything(s.project().build()))),
    keyless(
        "headers/signed-in",
        Replay(|s| Box::pin(async move { everything(s.following().await).await })),
    ),
    js(
        "headers/global",
        Replay(|s| everything(s.project().header("X-App", "demo").header("x-lower", "1").build())),
    )
    .ours_by_design(
        "keys-stay-out-of-urls",
        "the key is in a header; and a header for every request is on every request",
        &[
            d("query apikey", "anon-key", "absent"),
            d("query vsn", "2.0.0", "absent"),
            d("header x-app", "absent", "demo"),
            d("header x-lower", "absent", "1"),
        ],
    ),
    js(
        "headers/global-authorization",
        Replay(|s| everything(s.project().header("Authorization", "Bearer custom").build())),
    )
    .ours_by_design(
        "identity-is-no-header",
        "another identity is a token source or `as_user`",
        &[d("request", "GET /rest/v1/t?select=*", "refused")],
    ),
    js("key/publishable", Replay(|s| everything(s.project().build()))).ours_by_design(
        "keys-in-apikey",
        "the key is no token, and does not let anybody administer",
        &[
            d("requests", "10", "8"),
            d("header authorization", "Bearer sb_publishable_abc123", "absent"),
            d("header authorization", "Bearer sb_publishable_abc123", "absent"),
            d("header authorization", "Bearer sb_publishable_abc123", "absent"),
            d("header authorization", "Bearer sb_publishable_abc123", "absent"),
            d("header authorization", "Bearer sb_publishable_abc123", "absent"),
            d("header authorization", "Bearer sb_publishable_abc123", "absent"),
            d("outcome", "ok null", "failure without an answer"),
        ],
    ),
    js("key/temp", Replay(|s| everything(s.project().build()))).ours_by_design(
        "keys-stay-out-of-urls",
        WHY,
        &[d("query apikey", "sb_temp_abc", "absent"), d("query vsn", "2.0.0", "absent")],
    ),
    js("key/unknown-sb", Replay(|s| everything(s.project().build()))).ours_by_design(
        "keys-stay-out-of-urls",
        WHY,
        &[d("query apikey", "sb_other_abc", "absent"), d("query vsn", "2.0.0", "absent")],
    ),
    keyless(
        "third-party/token",
        Replay(|s| {
            of_third_party(
                s.project()
                    .token_source(token_fn(|| async {
                        Ok(Some(AccessToken::parse("third-party-jwt")?))
                    }))
                    .build(),
            )
        }),
    ),
    keyless(
        "third-party/null",
        Replay(|s| {
            of_third_party(s.project().token_source(token_fn(|| async { Ok(None) })).build())
        }),
    ),
    keyless("sync/sign-out", Replay(signed_out)),
];

/// What `read_call_and_ask` does, and a broadcast.
fn everything(client: supabase::Result<supabase::Client>) -> Watched {
    Box::pin(async move {
        let client = client?;
        read_call_and_ask(Ok(client.clone())).await?;
        broadcast(&client, "ev", json!({ "a": 1 })).await
    })
}

/// What `read_and_call` does, and a broadcast: users of another provider are unknown to the auth server.
fn of_third_party(client: supabase::Result<supabase::Client>) -> Watched {
    Box::pin(async move {
        let client = client?;
        read_and_call(Ok(client.clone())).await?;
        broadcast(&client, "ev", json!({ "a": 1 })).await
    })
}

fn signed_out(stage: Stage) -> Watched {
    Box::pin(async move {
        let client = stage.following().await?;
        wait(client.from("t").select::<Value>("*")).await?;
        client.auth().sign_out().await?;
        wait(client.from("t").select::<Value>("*")).await?;
        invoke(client.functions().invoke("hello"), Read::Json).await?;
        broadcast(&client, "ev", json!({})).await
    })
}
