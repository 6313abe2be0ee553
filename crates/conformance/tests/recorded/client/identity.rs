//! Who a request is made for: third-party tokens, and whoever is signed in when it is sent.

use conformance::Call::Replay;
use conformance::probe::{Observe as _, Read};
use conformance::replay::{Stage, invoke, wait};
use conformance::{Entry, Seen, d, js, py};
use gotrue_rs::{Email, Error, MemoryStorage, RefreshToken};
use serde_json::{Value, json};
use supabase_http::{AccessToken, token_fn};

use crate::client::storage::read_and_list;
use crate::storage::Shown as _;
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
    js(
        "third-party/auth-is-unavailable",
        Replay(|s| {
            Box::pin(async move {
                let source = token_fn(|| async { Ok(Some(AccessToken::parse("x")?)) });
                let client = s.project().token_source(source).build()?;
                client.auth().get_user().await.map(|user| Some(user.observe()))
            })
        }),
    ),
    js(
        "third-party/auth-property-message",
        Replay(|s| {
            Box::pin(async move {
                let source = token_fn(|| async { Ok(Some(AccessToken::parse("x")?)) });
                let client = s.project().token_source(source).build()?;
                client.auth().sign_out().await.map(|()| None)
            })
        }),
    ),
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
            Box::pin(async move {
                let client = s.following().await?;
                client.auth().refresh_session().await?;
                read_and_list(Ok(client.clone())).await?;
                told(&s, &client).await
            })
        }),
    ),
    js(
        "sync/set-session",
        Replay(|s| {
            Box::pin(async move {
                let client = s.following().await?;
                let token = AccessToken::parse(s.bearer(0))?;
                client.auth().set_session(token, RefreshToken::parse("r")?).await?;
                wait(client.from("t").select::<Value>("*")).await?;
                told(&s, &client).await
            })
        }),
    ),
    js(
        "sync/stored-session-on-start",
        Replay(|s| {
            Box::pin(async move {
                let client = s.following().await?;
                told(&s, &client).await
            })
        }),
    ),
    js(
        "sync/expired-on-request",
        Replay(|s| {
            Box::pin(async move {
                let client = s.following().await?;
                read(Ok(client.clone())).await?;
                told(&s, &client).await
            })
        }),
    ),
    js(
        "sync/builder-created-before-sign-in",
        Replay(|s| {
            Box::pin(async move {
                let client = s.following().await?;
                let query = client.from("t").select::<Value>("*");
                let bucket = client.storage().from("b");
                client.auth().sign_in_with_password(Email("a@b.c"), "p").await?;
                wait(query).await?;
                bucket.list("").await.map(|files| Some(files.shown()))
            })
        }),
    ),
    js(
        "sync/auth-calls-use-key-unless-user-scoped",
        Replay(|s| {
            Box::pin(async move {
                let client = s.following().await?;
                let auth = client.auth();
                auth.sign_in_with_otp(Email("a@b.c")).await?;
                auth.reset_password_for_email(Email("a@b.c")).await?;
                auth.get_user().await?;
                auth.update_user().data(&json!({})).await.map(|user| Some(user.observe()))
            })
        }),
    ),
    js(
        "persist/off",
        Replay(|s| {
            Box::pin(async move {
                let client = s.following().await?;
                client.auth().sign_in_with_password(Email("a@b.c"), "p").await?;
                wait(client.from("t").select::<Value>("*")).await?;
                told(&s, &client).await
            })
        }),
    ),
    py(
        "initializing/option-storage",
        Replay(|s| {
            Box::pin(async move { planets(s.following_in(stored(&s, 4_102_444_800)).await).await })
        }),
    ),
    py(
        "initializing/option-storage-expired",
        Replay(|s| {
            Box::pin(async move { planets(s.following_in(stored(&s, 1_700_000_000)).await).await })
        }),
    ),
    py(
        "initializing/option-storage-dead",
        Replay(|s| {
            Box::pin(async move { planets(s.following_in(stored(&s, 1_700_000_000)).await).await })
        }),
    )
    .ours_by_design(
        "sessions-end-with-an-error",
        "a request that asked for a user is not sent as nobody's",
        &[d("requests", "2", "1"), d("outcome", "ok []", "error 400 refresh_token_not_found")],
    ),
];

/// What the Python client finds in its storage: a session until then, with the tokens that its requests show.
fn stored(stage: &Stage, expires_at: u64) -> MemoryStorage {
    let refresh = stage.case().exchanges.first().and_then(|e| {
        let token = e.request.body.pointer("/json/refresh_token")?;
        token.as_str()
    });
    let session = json!({
        "access_token": if refresh.is_some() { "expired.access.token" } else { stage.bearer(0) },
        "refresh_token": refresh.unwrap_or("refresh-token"),
        "token_type": "bearer",
        "expires_in": 3600,
        "expires_at": expires_at,
        "user": { "id": "11111111-1111-1111-1111-111111111111" }
    });
    MemoryStorage::with_text(session.to_string())
}

/// The token in the end, which the recorded client told beside its answers: `true` where it was compared there.
async fn told(stage: &Stage, client: &supabase::Client) -> Result<Option<Seen>, Error> {
    let session = client.auth().get_session().await?;
    let ours = session.map(|session| session.access_token.expose().to_owned());
    let theirs = stage.case().result.to_string();
    if theirs == "true" || ours.is_some_and(|ours| theirs.contains(&ours)) {
        return Ok(Some(Seen::default()));
    }
    Err(Error::request("another token than the recorded one"))
}
