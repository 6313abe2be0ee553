//! Who a request is made for: third-party tokens, and whoever is signed in when it is sent.

use conformance::Call::{Pending, Replay};
use conformance::probe::Read;
use conformance::replay::invoke;
use conformance::{Entry, d, js, py};
use supabase_http::token_fn;

use crate::client::storage::{built_before_sign_in, read_and_list};
use crate::support::{planets, read, read_and_invoke, signed_in};

pub(crate) const CASES: &[Entry] = &[
    js(
        "third-party/throws",
        Replay(|s| {
            read_and_invoke(
                s.project()
                    .token_source(token_fn(|| async { Err("identity provider down".into()) }))
                    .build(),
            )
        }),
    ),
    js(
        "third-party/throws-is-retried-for-get",
        Replay(|s| {
            read(
                s.project()
                    .token_source(token_fn(|| async { Err("identity provider down".into()) }))
                    .build(),
            )
        }),
    ),
    js("third-party/auth-is-unavailable", Pending("gotrue-rs")),
    js("third-party/auth-property-message", Pending("gotrue-rs")),
    js(
        "third-party/global-authorization-wins",
        Replay(|s| {
            read(
                s.project()
                    .token_source(signed_in(&["third-party-jwt"]))
                    .header("Authorization", "Bearer static")
                    .build(),
            )
        }),
    )
    .ours_by_design(
        "identity-is-no-header",
        "another identity is a token source or `as_user`",
        &[d("request", "GET /rest/v1/t?select=*", "refused")],
    ),
    js(
        "third-party/publishable-key-functions",
        Replay(|s| {
            Box::pin(async move {
                let source = token_fn(|| async { Ok(None) });
                let client = s.project().token_source(source).build()?;
                invoke(client.functions().invoke("hello"), Read::Json).await
            })
        }),
    ),
    js(
        "sync/refresh",
        Replay(|s| {
            read_and_list(
                s.project().token_source(signed_in(&["second-token", "second-token"])).build(),
            )
        }),
    ),
    js(
        "sync/set-session",
        Replay(|s| read(s.project().token_source(signed_in(&[s.bearer(0)])).build())),
    ),
    js("sync/stored-session-on-start", Pending("gotrue-rs")),
    js(
        "sync/expired-on-request",
        Replay(|s| read(s.project().token_source(signed_in(&["second-token"])).build())),
    ),
    js("sync/builder-created-before-sign-in", Replay(built_before_sign_in)),
    js("sync/auth-calls-use-key-unless-user-scoped", Pending("gotrue-rs")),
    js(
        "persist/off",
        Replay(|s| read(s.project().token_source(signed_in(&["new-access-token"])).build())),
    ),
    py(
        "initializing/option-storage",
        Replay(|s| planets(s.project().build().map(|client| client.as_user(&s.bearer(0))))),
    ),
    py(
        "initializing/option-storage-expired",
        Replay(|s| planets(s.project().token_source(signed_in(&[s.bearer(1)])).build())),
    ),
    py(
        "initializing/option-storage-dead",
        Replay(|s| planets(s.project().token_source(signed_in(&[""])).build())),
    ),
];
