//! No public type shows a secret: with the canary in every token, code, password, verifier and answer of a device.
#![cfg(all(feature = "file-storage", feature = "jwks"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::future::IntoFuture as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use canary::{CANARY, holds_nothing, quiet};
use gotrue_rs::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use supabase_http::HttpClient;
use supabase_http::testing::MockTransport;

const TOKEN: &str = "eyJcanary.canary.canary";

fn client() -> AuthClient {
    let http = HttpClient::builder()
        .transport(MockTransport::new())
        .build()
        .unwrap();
    AuthClient::with_http(http, "http://project.test", "canary").unwrap()
}

fn token() -> AccessToken {
    AccessToken::parse(TOKEN).unwrap()
}

fn session() -> Session {
    Session::from_json(&json!({
        "access_token": TOKEN, "refresh_token": CANARY, "provider_token": CANARY,
        "provider_refresh_token": CANARY, "token_type": "bearer", "expires_in": 3600,
        "expires_at": 4_102_444_800_u64, "user": { "id": "ada" }, "other": CANARY
    }))
    .unwrap()
}

/// A device that never answers.
struct Nothing;

impl Authenticator for Nothing {
    async fn create(
        &self,
        _: CredentialCreationOptions,
    ) -> Result<NewCredential, supabase_http::BoxError> {
        Err("nothing".into())
    }

    async fn get(&self, _: CredentialRequestOptions) -> Result<Assertion, supabase_http::BoxError> {
        Err("nothing".into())
    }
}

fn read<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).unwrap()
}

/// What a call makes of this answer.
fn answered<T>(call: &AuthCall<T>, json: &Value) -> T {
    let (parts, ()) = http::Response::new(()).into_parts();
    call.decode(&parts, json.to_string().into()).unwrap()
}

#[test]
fn sessions_and_what_brings_them() {
    let auth = client();
    let verifier = CANARY.repeat(8);
    let flow = PkceFlow::from_parts("0123456789abcdef", verifier, false).unwrap();
    quiet::<Session>(&session());
    quiet::<RefreshToken>(&session().refresh_token);
    quiet::<Secret>(&session().provider_token.unwrap());
    quiet::<PkceFlow>(&flow);
    quiet::<Otp>(&Otp::email("ada@example.com", CANARY));
    quiet::<Otp>(&Otp::token_hash(CANARY, OtpKind::Email));
    quiet::<ExchangeCode>(&auth.exchange_code_for_session(CANARY).flow(&flow));
    let refresh_token = session().refresh_token;
    let url = format!("https://app.test/cb?code={CANARY}#access_token={CANARY}");
    quiet::<RedirectUrl>(&RedirectUrl::parse(&url));
    quiet::<RedirectError>(&RedirectUrl::parse("/cb?error=denied").error().unwrap());
    quiet::<SessionFromUrl>(&auth.session_from_url(&url).flow(&flow));
    let proof = Web3Proof::solana(CANARY, CANARY.as_bytes());
    quiet::<Web3Proof>(&proof);
    quiet::<SignInWithWeb3>(&auth.sign_in_with_web3(proof).captcha_token(CANARY));
    quiet::<Web3Message>(&Web3Message::new("https://app.test/"));
    quiet::<Web3Account>(&Web3Account::Solana("9mHc".to_owned()));
    quiet::<RefreshSession>(&auth.refresh_session().refresh_token(&refresh_token));
    quiet::<SetSession>(&auth.set_session(token(), refresh_token));
    quiet::<SignOut>(&auth.with_token(token()).sign_out());
    quiet::<SignInWithOAuth>(&auth.sign_in_with_oauth(Provider::Github));
    quiet::<Sso>(&Sso::domain("company.com"));
    quiet::<FlowType>(&FlowType::Pkce);
    quiet::<Email>(&Email("ada@example.com".to_owned()));
    quiet::<Phone>(&Phone("4512345678".to_owned()));
    quiet::<Field>(&Field::Email("ada@example.com".to_owned()));
    quiet::<AuthClient>(&auth.with_token(token()));
    quiet::<AuthCall<User>>(&auth.with_token(token()).get_user());
    quiet::<AuthFuture<User>>(&auth.with_token(token()).get_user().into_future());
    quiet::<User>(&session().user);
    let signed_in = session().to_json();
    let signing_up = auth.sign_up(Email("ada@example.com"), CANARY);
    let (parts, ()) = http::Response::new(()).into_parts();
    quiet::<SignedUp>(
        &signing_up
            .decode(&parts, signed_in.to_string().into())
            .unwrap(),
    );
    let verifying = auth.verify_otp(Otp::phone("4512345678", CANARY));
    quiet::<Verified>(
        &verifying
            .decode(&parts, signed_in.to_string().into())
            .unwrap(),
    );
    let sent = auth.sign_in_with_otp(Email("ada@example.com"));
    quiet::<MessageSent>(&sent.decode(&parts, "{}".into()).unwrap());
    let updating = auth.with_token(token()).update_user().password(CANARY);
    quiet::<UpdatedUser>(&updating.decode(&parts, r#"{"id":"ada"}"#.into()).unwrap());
    let login = auth.sign_in_with_sso(Sso::provider("id"));
    quiet::<OAuthLogin>(
        &login
            .decode(&parts, r#"{"url":"https://idp.test"}"#.into())
            .unwrap(),
    );
    for event in [
        AuthEvent::Initial(Some(Box::new(session()))),
        AuthEvent::SignedIn(Box::new(session())),
        AuthEvent::TokenRefreshed(Box::new(session())),
        AuthEvent::SignedOut(SignedOutReason::SessionExpired),
    ] {
        quiet::<AuthEvent>(&event);
    }
    quiet::<SignedOutReason>(&SignedOutReason::UserInitiated);
}

#[tokio::test]
async fn sessions_that_are_kept() {
    let memory = MemoryStorage::with_text(session().to_json().to_string());
    quiet::<MemoryStorage>(&memory);
    quiet::<SharedStorage>(&SharedStorage::new(memory.clone()));
    quiet::<StorageLock>(&StorageLock::new(CANARY));
    quiet::<FileStorage>(&FileStorage::new("session.json"));
    let app = client().with_session(memory).await.unwrap();
    let sessions: SessionManager = app.sessions().unwrap();
    quiet::<SessionManager>(&sessions);
    quiet::<SessionWatch>(&sessions.watch());
    quiet::<AuthEvents>(&sessions.events());
    quiet::<AuthClient>(&app);
}

#[test]
fn factors_passkeys_and_other_apps() {
    let auth = client().with_token(token());
    let mfa = auth.mfa();
    quiet::<MfaClient>(&mfa);
    let (parts, ()) = http::Response::new(()).into_parts();
    let totp = json!({ "id": "f", "totp": {
        "qr_code": CANARY, "secret": CANARY, "uri": "otpauth://totp/a?secret=canary"
    } });
    let enrolling = mfa.enroll_totp();
    quiet::<TotpEnrolled>(&enrolling.decode(&parts, totp.to_string().into()).unwrap());
    quiet::<FactorEnrolled>(&read(json!({ "id": "f", "type": "phone" })));
    quiet::<Challenge>(&read(json!({ "id": "c", "type": "totp" })));
    quiet::<ChallengeAndVerify>(&mfa.challenge_and_verify("f", CANARY));
    quiet::<WebauthnResponse>(&WebauthnResponse::create(&json!({ "id": CANARY })));
    let secret = CANARY.as_bytes();
    let made = NewCredential::from_bytes(b"id", secret, secret);
    quiet::<AttestationResponse>(&made.response);
    quiet::<NewCredential>(&made);
    let signed = Assertion::from_bytes(b"id", secret, secret, secret).user_handle(secret);
    quiet::<AssertionResponse>(&signed.response);
    quiet::<Assertion>(&signed);
    let (making, asking) = (
        CredentialCreationOptions::default(),
        CredentialRequestOptions::default(),
    );
    quiet::<CredentialRp>(&making.rp);
    quiet::<CredentialUser>(&making.user);
    quiet::<CredentialParameters>(&CredentialParameters::default());
    quiet::<CredentialDescriptor>(&CredentialDescriptor::default());
    quiet::<CredentialCreationOptions>(&making);
    quiet::<CredentialRequestOptions>(&asking);
    let party = ("app.test", ["https://app.test"]);
    quiet::<RegisterPasskey>(&auth.passkeys().register(Nothing));
    quiet::<SignInWithPasskey>(&auth.passkeys().sign_in(Nothing).captcha_token(CANARY));
    quiet::<RegisterWebauthn>(&mfa.register_webauthn(party.0, party.1, Nothing));
    let verifying = mfa.authenticate_webauthn("f", party.0, party.1, Nothing);
    quiet::<AuthenticateWebauthn>(&verifying);
    #[cfg(feature = "native-oauth")]
    quiet::<SignInWithBrowser>(&client().sign_in_with_browser(Provider::Github));
    let codes: RecoveryCodesClient = mfa.recovery_codes();
    let listed = json!({ "id": "f", "codes": [CANARY] });
    quiet::<RecoveryCodes>(&answered(&codes.generate(), &listed));
    quiet::<RecoveryCodesStatus>(&answered(
        &codes.status(),
        &json!({ "id": "f", "total": 1 }),
    ));
    quiet::<RecoveryCodesClient>(&codes);
    quiet::<Factor>(&read(json!({ "id": "f" })));
    let user = json!({ "id": "ada", "factors": [] });
    quiet::<Factors>(&answered(&mfa.list_factors(), &user));
    quiet::<AssuranceLevel>(&AssuranceLevel::default());
    quiet::<PasskeyClient>(&auth.passkeys());
    quiet::<Passkey>(&read(json!({ "id": "p" })));
    quiet::<PasskeyChallenge>(&read(json!({ "challenge_id": "c", "options": {} })));
    quiet::<OAuthServerClient>(&auth.oauth());
    quiet::<OAuthApp>(&read(json!({ "id": "a" })));
    quiet::<OAuthGrant>(&read(json!({ "scopes": ["openid"] })));
    let consented = json!({ "redirect_url": "https://app.test/cb?code=canary" });
    quiet::<AuthorizationDetails>(&read(consented));
}

#[test]
fn the_administration() {
    let admin = client().admin();
    quiet::<AdminClient>(&admin);
    quiet::<AdminSignOut>(&admin.sign_out(token()));
    quiet::<Link>(&Link::signup("ada@example.com", CANARY));
    let link =
        json!({ "id": "ada", "action_link": CANARY, "email_otp": CANARY, "hashed_token": CANARY });
    let (parts, ()) = http::Response::new(()).into_parts();
    let generating = admin.generate_link(Link::recovery("ada@example.com"));
    quiet::<GeneratedLink>(&generating.decode(&parts, link.to_string().into()).unwrap());
    quiet::<UserPage>(&UserPage::default());
    quiet::<BanDuration>(&BanDuration::For(Duration::from_secs(1)));
    quiet::<Settings>(&Settings::default());
    let app =
        json!({ "client_id": "a", "client_secret": CANARY, "redirect_uris": ["https://app.test"] });
    let apps: AdminOAuthClient = admin.oauth();
    quiet::<AdminOAuthClient>(&apps);
    let creating = apps.create_client(["https://app.test"]);
    let made = creating.decode(&parts, app.to_string().into()).unwrap();
    assert_eq!(
        made.client_secret.as_ref().map(Secret::expose),
        Some(CANARY)
    );
    assert_eq!(
        serde_json::to_value(&made).unwrap().get("client_secret"),
        None
    );
    quiet::<OAuthClient>(&made);
    quiet::<CreateOAuthClient>(&creating);
    quiet::<UpdateOAuthClient>(&apps.update_client("a").name("App"));
    quiet::<ListOAuthClients>(&apps.list_clients());
    let listing = json!({ "clients": [app] }).to_string();
    quiet::<OAuthClientPage>(&apps.list_clients().decode(&parts, listing.into()).unwrap());
    quiet::<OAuthClientKind>(&OAuthClientKind::Public);
    quiet::<OAuthGrantType>(&OAuthGrantType::RefreshToken);
    quiet::<TokenEndpointAuth>(&TokenEndpointAuth::ClientSecretBasic);
    let providers: CustomProvidersClient = admin.custom_providers();
    quiet::<CustomProvidersClient>(&providers);
    let credentials = ProviderCredentials::new("id", CANARY);
    quiet::<ProviderCredentials>(&credentials);
    let endpoints = ProviderEndpoints::oidc("https://idp.test");
    quiet::<ProviderEndpoints>(&endpoints);
    let creating = providers.create_provider("acme", "Acme", endpoints, credentials.clone());
    quiet::<CreateCustomProvider>(&creating);
    let changing = providers.update_provider("acme").credentials(credentials);
    quiet::<UpdateCustomProvider>(&changing);
    quiet::<ListCustomProviders>(&providers.list_providers());
    quiet::<CustomProviderKind>(&CustomProviderKind::Oidc);
    quiet::<CustomProvider>(&CustomProvider::default());
    quiet::<Health>(&Health::default());
    quiet::<Identity>(&Identity::default());
    quiet::<Timestamp>(&Timestamp::from("2026-01-01T00:00:00Z".to_owned()));
}

#[tokio::test]
async fn tokens_and_errors() {
    let auth = client();
    quiet::<GetClaims<Value>>(&auth.get_claims().jwt(TOKEN));
    let keys = JwkSet::from_json(&json!({ "keys": [] })).unwrap();
    quiet::<JwkSet>(&keys);
    let verifier = JwtVerifier::with_keys(keys);
    quiet::<JwtVerifier>(&verifier);
    let error = verifier.verify::<Value>(TOKEN).await.unwrap_err();
    quiet::<Error>(&error);
    quiet::<JwtError>(&JwtError::of(&error).unwrap());
    let now: Option<NumericDate> = read(json!(1));
    quiet::<Option<NumericDate>>(&now);
    quiet::<NumericDate>(&now.unwrap());
    quiet::<Audience>(&read(json!(["authenticated"])));
    quiet::<AuthMethod>(&read(json!({ "method": "password" })));
    quiet::<WeakPassword>(&WeakPassword::default());
    holds_nothing::<SessionMissing>();

    let mock = MockTransport::new()
        .reply(200, json!({ "id": "ada" }))
        .reply(
            429,
            json!({ "code": "over_request_rate_limit", "message": "slow down" }),
        );
    let http = HttpClient::builder().transport(mock).build().unwrap();
    let auth = AuthClient::with_http(http, "http://project.test", "canary").unwrap();
    let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let head = part(json!({ "alg": "HS256", "typ": "JWT" }));
    let payload = part(json!({ "sub": "ada", "exp": 4_102_444_800_u64 }));
    let claims = auth
        .get_claims()
        .jwt(format!("{head}.{payload}.canary00"))
        .await;
    quiet::<Claims>(&claims.unwrap());
    let error = auth.sign_in_anonymously().await.unwrap_err();
    quiet::<RateLimit>(&RateLimit::of(&error).unwrap());
}
