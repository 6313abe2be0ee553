//! What belongs to the auth service alone: how users come back, and what is kept.

use conformance::Call::{Pending, Replay, Unwritable};
use conformance::probe::Observe as _;
use conformance::replay::Stage;
use conformance::{Call, Entry, Seen, d, js};
use gotrue_rs::{AuthClient, Email, Error, MemoryStorage, OtpKind, Provider, Sso};
use serde_json::json;
use supabase_http::{BoxFuture, Result};

/// A session in the URL with which a user came back.
const URL: Call = Pending("gotrue-rs/session-from-url");

type Watched = BoxFuture<'static, Result<Option<Seen>>>;

/// Every call that begins a flow by mail or by a company's provider.
fn every_mail(s: Stage) -> Watched {
    Box::pin(async move {
        let client = s.following().await?;
        let auth = client.auth();
        auth.sign_up(Email("a@b.c"), "p").await?;
        auth.reset_password_for_email(Email("a@b.c")).await?;
        auth.resend(OtpKind::Signup, Email("a@b.c")).await?;
        auth.sign_in_with_sso(Sso::domain("b.c")).await?;
        Ok(Some(Seen::default()))
    })
}

async fn login(auth: &AuthClient) -> Result<Option<Seen>> {
    let login = auth.sign_in_with_oauth(Provider::Github).await?;
    let mut seen = login.observe();
    seen.data["provider"] = json!("github");
    Ok(Some(seen))
}

fn otp_and_login(s: Stage) -> Watched {
    Box::pin(async move {
        let client = s.following().await?;
        client.auth().sign_in_with_otp(Email("a@b.c")).await?;
        login(client.auth()).await
    })
}

/// Signs in. Another client of the same store is then signed in too, with the token that the recorded store holds.
fn sign_in(s: Stage) -> Watched {
    Box::pin(async move {
        let storage = MemoryStorage::new();
        let client = s.following_in(storage.clone()).await?;
        client.auth().sign_in_with_password(Email("a@b.c"), "p").await?;
        let other = s.following_in(storage).await?;
        let session = other.auth().get_session().await?;
        let token = session.map(|session| session.access_token.expose().to_owned());
        if token.is_some_and(|token| s.case().result.to_string().contains(&token)) {
            return Ok(Some(Seen::default()));
        }
        Err(Error::request("another token than the recorded one"))
    })
}

pub(crate) const CASES: &[Entry] = &[
    js("flow/default-is-implicit", Replay(otp_and_login)),
    js("flow/pkce", Replay(otp_and_login)),
    js("flow/pkce-every-email-call", Replay(every_mail)),
    js("flow/implicit-every-email-call", Replay(every_mail)),
    js("flow/unknown-value", Unwritable)
        .language_only("enum", &[d("call", "none", "cannot be written")]),
    js("url-session/implicit", URL),
    js("url-session/implicit-recovery", URL),
    js("url-session/implicit-provider-tokens", URL),
    js("url-session/implicit-missing-refresh-token", URL),
    js("url-session/implicit-user-rejected", URL),
    js("url-session/implicit-disabled", URL),
    js("url-session/implicit-predicate-true", URL),
    js("url-session/implicit-replaces-stored", URL),
    js("url-session/error-in-query", URL),
    js("url-session/error-without-description", URL),
    js("url-session/error-keeps-stored-session", URL),
    js("url-session/pkce-flow-id", URL),
    js("url-session/pkce-while-implicit", URL),
    js("url-session/pkce-exchange-fails", URL),
    js("url-session/nothing", URL),
    js(
        "storage/async",
        Replay(|s| {
            Box::pin(async move {
                let client = s.following().await?;
                client.auth().sign_in_with_password(Email("a@b.c"), "p").await?;
                client.auth().sign_out().await?;
                Ok(Some(Seen::default()))
            })
        }),
    ),
    js("storage/user-storage", Replay(sign_in)),
    js("storage/custom-key", Replay(sign_in)),
    js(
        "storage/custom-key-pkce",
        Replay(|s| {
            Box::pin(async move {
                login(s.following().await?.auth()).await?;
                Ok(Some(Seen::default()))
            })
        }),
    )
    .ours_by_design(
        "a-store-is-one-text",
        "there are no names in it to list",
        &[d("outcome", "failure without an answer", "ok null")],
    ),
    js("storage/session-shared-by-two-clients", Replay(sign_in)),
    js(
        "persist/off-ignores-stored",
        Replay(|s| {
            Box::pin(async move {
                let client = s.project().build_with_session(MemoryStorage::new()).await?;
                let session = client.auth().get_session().await?;
                Ok(Some(Seen {
                    data: json!({ "session": session.map(|s| s.to_json()) }),
                    count: None,
                }))
            })
        }),
    ),
    js(
        "persist/off-pkce-verifier-in-memory",
        Replay(|s| {
            Box::pin(async move {
                let client = s.following().await?;
                login(client.auth()).await?;
                client.auth().exchange_code_for_session("c").await?;
                Ok(Some(Seen::default()))
            })
        }),
    ),
];
