//! The cases that broadcast over HTTP beside their other calls.

use conformance::Call::Replay;
use conformance::probe::Read;
use conformance::replay::{Stage, invoke, wait};
use conformance::{Diff, Entry, d, js};
use serde_json::{Value, json};
use supabase_http::{AccessToken, token_fn};

use crate::realtime::http::{WHY, broadcast};
use crate::support::{Watched, read_and_call, signed_in};

const WITHOUT_KEY: &[Diff] =
    &[d("query apikey", "anon-key", "absent"), d("query vsn", "2.0.0", "absent")];

const fn keyless(name: &'static str, call: conformance::Call) -> Entry {
    js(name, call).ours_by_design("keys-stay-out-of-urls", WHY, WITHOUT_KEY)
}

pub(crate) const CASES: &[Entry] = &[
    keyless("headers/default", Replay(|s| everything(s.project().build()))),
    keyless(
        "headers/signed-in",
        Replay(|s| {
            everything(s.project().build().map(|client| client.as_user("user-access-token")))
        }),
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
        "the key is no token, and no part of a URL",
        &[
            d("header authorization", "Bearer sb_publishable_abc123", "absent"),
            d("header authorization", "Bearer sb_publishable_abc123", "absent"),
            d("header authorization", "Bearer sb_publishable_abc123", "absent"),
            d("header authorization", "Bearer sb_publishable_abc123", "absent"),
            d("query apikey", "sb_publishable_abc123", "absent"),
            d("query vsn", "2.0.0", "absent"),
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
            everything(
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
        Replay(|s| everything(s.project().token_source(token_fn(|| async { Ok(None) })).build())),
    ),
    keyless("sync/sign-out", Replay(signed_out)),
];

/// What `read_and_call` does, and a broadcast.
fn everything(client: supabase::Result<supabase::Client>) -> Watched {
    Box::pin(async move {
        let client = client?;
        read_and_call(Ok(client.clone())).await?;
        broadcast(&client, "ev", json!({ "a": 1 })).await
    })
}

fn signed_out(stage: Stage) -> Watched {
    Box::pin(async move {
        let source = signed_in(&["user-access-token", "", "", ""]);
        let client = stage.project().token_source(source).build()?;
        wait(client.from("t").select::<Value>("*")).await?;
        wait(client.from("t").select::<Value>("*")).await?;
        invoke(client.functions().invoke("hello"), Read::Json).await?;
        broadcast(&client, "ev", json!({})).await
    })
}
