//! Headers of every request, keys, and the options of a client.

use std::time::Duration;

use conformance::Call::{Replay, Unwritable};
use conformance::probe::URL;
use conformance::replay::wait;
use conformance::{Entry, d, js, py};
use postgrest_rs::{Count, RetryConfig};
use serde_json::Value;

use crate::support::{only_made, planets, read_and_invoke, read_invoke_and_ask};

pub(crate) const CASES: &[Entry] = &[
    js(
        "headers/global-client-info-lowercase",
        Replay(|s| read_invoke_and_ask(s.project().header("x-client-info", "my-app/1.0").build())),
    )
    .client_bug(
        "a header in lower case comes beside the own one of the client",
        &[
            d(
                "header x-client-info",
                concat!(
                    "supabase-js/<version>; runtime=node; runtime-version=<runtime-version>",
                    ", my-app/1.0"
                ),
                "my-app/1.0",
            ),
            d(
                "header x-client-info",
                concat!(
                    "supabase-js/<version>; runtime=node; runtime-version=<runtime-version>",
                    ", my-app/1.0"
                ),
                "my-app/1.0",
            ),
            d(
                "header x-client-info",
                concat!(
                    "supabase-js/<version>; runtime=node; runtime-version=<runtime-version>",
                    ", my-app/1.0"
                ),
                "my-app/1.0",
            ),
        ],
    ),
    js(
        "headers/global-authorization-lowercase",
        Replay(|s| {
            read_invoke_and_ask(s.project().header("authorization", "Bearer custom").build())
        }),
    )
    .ours_by_design(
        "identity-is-no-header",
        "another identity is a token source or `as_user`",
        &[d("request", "GET /rest/v1/t?select=*", "refused")],
    ),
    js(
        "headers/global-authorization-beats-session",
        Replay(|s| read_and_invoke(s.project().header("Authorization", "Bearer custom").build())),
    )
    .ours_by_design(
        "identity-is-no-header",
        "another identity is a token source or `as_user`",
        &[d("request", "GET /rest/v1/t?select=*", "refused")],
    ),
    js(
        "headers/global-prefer-is-appended",
        Replay(|s| {
            Box::pin(async move {
                let client = s.project().header("Prefer", "handling=strict").build()?;
                wait(client.from("t").select::<Value>("*").count(Count::Exact)).await
            })
        }),
    ),
    js(
        "headers/global-accept",
        Replay(|s| {
            Box::pin(async move {
                let client = s.project().header("Accept", "application/x-mine").build()?;
                wait(client.from("t").select::<Value>("*").single()).await
            })
        }),
    ),
    js("key/empty", Replay(|s| only_made(s.project_at(URL, "").build()))),
    js("key/undefined", Unwritable)
        .language_only("undefined", &[d("call", "none", "cannot be written")]),
    js(
        "fetch/rejects",
        Replay(|s| read_invoke_and_ask(s.project().retry(RetryConfig::off()).build())),
    ),
    py("initializing/create-client", Replay(|s| only_made(s.project().build()))),
    py(
        "initializing/with-timeout-option",
        Replay(|s| {
            only_made(s.project().timeout(Duration::from_secs(10)).schema("public").build())
        }),
    ),
    py(
        "initializing/option-schema",
        Replay(|s| {
            Box::pin(async move {
                let client = s.project().schema("myschema").build()?;
                wait(client.from("mytable").select::<Value>("*")).await
            })
        }),
    ),
    py(
        "initializing/option-headers",
        Replay(|s| planets(s.project().header("X-My-Header", "yes").build())),
    ),
    py(
        "initializing/option-headers-authorization",
        Replay(|s| planets(s.project().header("Authorization", "Bearer custom-token").build())),
    )
    .ours_by_design(
        "identity-is-no-header",
        "another identity is a token source or `as_user`",
        &[d("request", "GET /rest/v1/planets?select=*", "refused")],
    ),
    py(
        "initializing/option-retry-off",
        Replay(|s| planets(s.project().retry(RetryConfig::off()).build())),
    ),
    py("initializing/error-key-missing", Replay(|s| only_made(s.project_at(URL, "").build()))),
];
