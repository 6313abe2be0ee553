//! A canary in every secret: no `Debug`, no text of an error and no URL shows it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::error::Error as _;
use std::fmt::Debug;

use gotrue_rs::{
    AccessToken, AuthClient, Email, Error, Link, MemoryStorage, Otp, OtpKind, Phone, PkceFlow,
    Provider, RefreshToken, SessionStorage as _, SharedStorage,
};
use serde_json::{Value, json};
use supabase_http::HttpClient;
use supabase_http::testing::{Exchange, MockTransport, RecordedRequest};

const CANARY: &str = "CANARYcanaryCANARYcanaryCANARYcanaryCANARY0123";

fn hidden(what: &impl Debug) {
    for shown in [format!("{what:?}"), format!("{what:#?}")] {
        assert!(!shown.contains("CANARY"), "{shown}");
    }
}

fn hidden_in_error(error: &Error) {
    hidden(error);
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(" {cause} {cause:?}"));
        source = cause.source();
    }
    assert!(!text.contains("CANARY"), "{text}");
}

fn session() -> Value {
    json!({
        "access_token": format!("{CANARY}.{CANARY}.{CANARY}"),
        "refresh_token": CANARY,
        "provider_token": CANARY,
        "provider_refresh_token": CANARY,
        "token_type": "bearer",
        "expires_in": 3600,
        "expires_at": 4_102_444_800_u64,
        "user": { "id": "ada", "email": "ada@example.com" }
    })
}

/// Answers well, with secrets wherever the real server has them.
fn well(request: &RecordedRequest) -> Exchange {
    let path = request.path().trim_start_matches("/auth/v1");
    let body = match path {
        "/factors" => json!({ "id": "f", "type": "totp", "friendly_name": "", "totp": {
            "qr_code": format!("<svg>{CANARY}</svg>"), "secret": CANARY, "uri": format!("otpauth://totp/a?secret={CANARY}")
        } }),
        "/admin/generate_link" => {
            json!({ "id": "ada", "action_link": format!("https://a.test/?token={CANARY}"),
            "email_otp": CANARY, "hashed_token": CANARY, "verification_type": "magiclink", "redirect_to": "https://a.test" })
        }
        "/user" | "/admin/users" => session()["user"].clone(),
        _ => session(),
    };
    Exchange::new(200).json(body)
}

/// Refuses, and sends back all that it was sent.
fn badly(request: &RecordedRequest) -> Exchange {
    Exchange::new(422).json(json!({
        "code": "weak_password",
        "message": "no",
        "sent": String::from_utf8_lossy(request.body()),
        "details": { "token": CANARY }
    }))
}

/// Answers with what is no answer, and yet holds a secret.
fn oddly(_: &RecordedRequest) -> Exchange {
    Exchange::new(200).json(json!({ "access_token": { "in": CANARY }, "id": [CANARY], "totp": [CANARY], "user": CANARY }))
}

fn client(answer: fn(&RecordedRequest) -> Exchange) -> (AuthClient, MockTransport) {
    let mock = MockTransport::new().respond(answer);
    let key = format!("sb_publishable_{CANARY}");
    let auth = AuthClient::with_http(HttpClient::new(mock.clone()), "https://a.test", &key);
    (auth.unwrap(), mock)
}

fn token() -> AccessToken {
    AccessToken::parse(&format!("{CANARY}.{CANARY}.{CANARY}")).unwrap()
}

/// Looks at a builder, and at what awaiting it gives.
macro_rules! look {
    ($($call:expr),* $(,)?) => {$({
        let call = $call;
        hidden(&call);
        let future = call.into_future();
        hidden(&future);
        match future.await {
            Ok(value) => hidden(&value),
            Err(error) => hidden_in_error(&error),
        }
    })*};
}

async fn every_call(auth: &AuthClient) {
    use std::future::IntoFuture as _;
    let flow = PkceFlow::from_parts("flow-of-mine", CANARY, false).unwrap();
    let refresh = RefreshToken::parse(CANARY).unwrap();
    hidden(&(&flow, &refresh, token(), auth));
    let email = Email("ada@example.com");
    look!(
        auth.sign_up(email, CANARY).captcha_token(CANARY),
        auth.sign_in_with_password(email, CANARY)
            .captcha_token(CANARY),
        auth.sign_in_with_password(Phone("+4512345678"), CANARY),
        auth.sign_in_anonymously().captcha_token(CANARY),
        auth.sign_in_with_otp(email).captcha_token(CANARY),
        auth.verify_otp(Otp::email("ada@example.com", CANARY)),
        auth.verify_otp(Otp::token_hash(CANARY, OtpKind::Email)),
        auth.sign_in_with_id_token(Provider::Google, CANARY)
            .access_token(CANARY)
            .nonce(CANARY),
        auth.sign_in_with_oauth(Provider::Github),
        auth.exchange_code_for_session(CANARY).flow(&flow),
        auth.refresh_session().refresh_token(&refresh),
        auth.set_session(token(), refresh.clone()),
        auth.reset_password_for_email(email).captcha_token(CANARY),
        auth.with_token(token()).get_user(),
        auth.with_token(token())
            .update_user()
            .password(CANARY)
            .current_password(CANARY)
            .nonce(CANARY),
        auth.with_token(token()).sign_out(),
        auth.with_token(token()).mfa().enroll_totp(),
        auth.with_token(token()).mfa().verify("f", "c", CANARY),
        auth.with_token(token())
            .mfa()
            .challenge_and_verify("f", CANARY),
    );
    #[cfg(feature = "jwks")]
    {
        let verifier = gotrue_rs::JwtVerifier::with_keys(gotrue_rs::JwkSet::default());
        hidden(&verifier);
        let checked = verifier.verify::<Value>(token().expose()).await;
        hidden_in_error(&checked.unwrap_err());
        look!(auth.get_claims::<Value>().jwt(token().expose()));
    }
}

async fn every_admin_call(answer: fn(&RecordedRequest) -> Exchange) {
    use std::future::IntoFuture as _;
    let mock = MockTransport::new().respond(answer);
    let key = format!("sb_secret_{CANARY}");
    let auth = AuthClient::with_http(HttpClient::new(mock), "https://a.test", &key).unwrap();
    let admin = auth.admin();
    hidden(&admin);
    let link = Link::signup("ada@example.com", CANARY);
    hidden(&link);
    look!(
        admin.create_user(Email("ada@example.com")).password(CANARY),
        admin
            .create_user(Email("ada@example.com"))
            .password_hash(CANARY),
        admin
            .update_user_by_id("11111111-2222-4333-8444-555555555555")
            .password(CANARY),
        admin.generate_link(link),
        admin.generate_link(Link::magiclink("ada@example.com")),
        admin.sign_out(token()),
    );
}

#[tokio::test]
async fn nothing_shows_a_secret() {
    type Answers = fn(&RecordedRequest) -> Exchange;
    let answers: [(Answers, bool); 3] = [(well, true), (badly, false), (oddly, false)];
    for (answer, signs_in) in answers {
        let (auth, mock) = client(answer);
        every_call(&auth).await;
        every_admin_call(answer).await;
        for request in mock.requests() {
            assert!(
                !request.uri().to_string().contains("CANARY"),
                "{}",
                request.uri()
            );
        }
        assert!(mock.requests().len() > 15);
        let storage = MemoryStorage::new();
        let app = auth.with_session(storage.clone()).await.unwrap();
        every_call(&app).await;
        let sessions = app.sessions().unwrap();
        hidden(&(
            &app,
            &sessions,
            sessions.watch(),
            sessions.events(),
            sessions.storage_problem(),
        ));
        hidden(&(&storage, SharedStorage::new(storage.clone())));
        hidden(&app.get_session().await.ok());
        // What is kept must hold the secrets, or there was nothing to hide.
        if signs_in {
            app.sign_in_with_password(Email("ada@example.com"), CANARY)
                .await
                .unwrap();
            assert!(storage.load().await.unwrap().unwrap().contains(CANARY));
            let mut events = app.events();
            hidden(&events.next().await);
        }
    }
}

#[tokio::test]
async fn a_damaged_store_is_not_shown() {
    let (auth, _) = client(well);
    for text in [CANARY.to_owned(), json!({ "version": 1, "project": "https://a.test/auth/v1", "session": { "access_token": CANARY } }).to_string()] {
        let app = auth.with_session(MemoryStorage::with_text(text)).await.unwrap();
        hidden_in_error(&app.sessions().unwrap().storage_problem().unwrap());
        hidden(&app.events().next().await);
    }
}
