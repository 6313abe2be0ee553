//! What belongs to the auth service alone: how users come back, and what is kept.

use conformance::Call::{Replay, Unwritable};
use conformance::probe::Observe as _;
use conformance::replay::Stage;
use conformance::{Call, Entry, Seen, d, js};
use gotrue_rs::{
    AuthClient, AuthEvent, Email, Error, MemoryStorage, OtpKind, Provider, RedirectError,
    RedirectUrl, Session, Sso,
};
use serde_json::{Value, json};
use supabase_http::{BoxFuture, Result};

/// A session in the URL with which a user came back.
const URL: Call = Replay(|s| from_url(s, None));

type Watched = BoxFuture<'static, Result<Option<Seen>>>;

/// Takes over the session in the URL, if the predicate says so. The recorded client takes that part out of its address bar.
fn from_url(s: Stage, only_if: Option<fn(&RedirectUrl) -> bool>) -> Watched {
    Box::pin(async move {
        let auth = s.keeping().await?;
        let href = s.case().given.pointer("/browser/href").and_then(Value::as_str);
        let href = href.unwrap_or_default();
        let mut call = auth.session_from_url(href);
        if let Some(only_if) = only_if {
            call = call.only_if(only_if);
        }
        let found = call.await?;
        let kept = auth.get_session().await?;
        assert_eq!(found, kept, "what is found is kept");
        let url = RedirectUrl::parse(href);
        let left = if found.is_some() { url.base() } else { href };
        let session = kept.as_ref().map(Session::to_json);
        Ok(Some(Seen { data: json!({ "session": session, "href": left }), count: None }))
    })
}

/// A URL that tells of an error leaves whoever is signed in.
fn error_in_url(s: Stage) -> Watched {
    Box::pin(async move {
        let auth = s.keeping().await?;
        let href = s.case().given.pointer("/browser/href").and_then(Value::as_str);
        let refused = auth.session_from_url(href.unwrap_or_default()).await.err();
        let told = refused.as_ref().and_then(RedirectError::of).map(ToString::to_string);
        assert_eq!(told.as_deref(), Some("y"), "the error of the URL");
        let kept = auth.get_session().await?;
        let session = kept.as_ref().map(Session::to_json);
        Ok(Some(Seen { data: json!({ "session": session, "href": href }), count: None }))
    })
}

/// What is told of a session in a URL.
fn told_of_url(s: Stage) -> Watched {
    Box::pin(async move {
        let auth = s.keeping().await?;
        let mut events = auth.events();
        let href = s.case().given.pointer("/browser/href").and_then(Value::as_str);
        auth.session_from_url(href.unwrap_or_default()).await?;
        let mut told = Vec::new();
        for _ in 0..2 {
            told.push(match events.next().await {
                Some(AuthEvent::Initial(None)) => json!(["INITIAL_SESSION", null]),
                Some(AuthEvent::PasswordRecovery(session)) => {
                    json!(["PASSWORD_RECOVERY", session.access_token.expose()])
                }
                other => json!(format!("{other:?}")),
            });
        }
        Ok(Some(Seen { data: json!(told), count: None }))
    })
}

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
    js("url-session/implicit-recovery", Replay(told_of_url)).ours_by_design("listening-sends-nothing", "who listens before the URL is read hears of nobody first", &[d("data/0/1", "\"url-access-token\"", "null")]),
    js("url-session/implicit-provider-tokens", URL),
    js("url-session/implicit-missing-refresh-token", URL),
    js("url-session/implicit-user-rejected", URL),
    js("url-session/implicit-disabled", Replay(|s| from_url(s, Some(|_| false)))),
    js(
        "url-session/implicit-predicate-true",
        Replay(|s| {
            from_url(s, Some(|url| url.path() == "/cb" && url.param("access_token").is_some()))
        }),
    ),
    js("url-session/implicit-replaces-stored", URL),
    js("url-session/error-in-query", URL),
    js("url-session/error-without-description", URL),
    js("url-session/error-keeps-stored-session", Replay(error_in_url)),
    js("url-session/pkce-flow-id", URL).ours_by_design("verifiers-as-specified", "a verifier of so few characters cannot be one, and is filled up here", &[d("body", "{\"auth_code\":\"abc\",\"code_verifier\":\"slot-verifier\"}", "{\"auth_code\":\"abc\",\"code_verifier\":\"slot-verifier------------------------------\"}")]),
    js("url-session/pkce-while-implicit", URL),
    js("url-session/pkce-exchange-fails", URL).ours_by_design("verifiers-as-specified", "a verifier of so few characters cannot be one, and is filled up here", &[d("body", "{\"auth_code\":\"abc\",\"code_verifier\":\"v\"}", "{\"auth_code\":\"abc\",\"code_verifier\":\"v------------------------------------------\"}")]),
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
