//! Second factors.

use conformance::Call::Replay;
use conformance::corpus::token;
use conformance::replay::Stage;
use conformance::{Call, Entry, Seen, d, js, py};
use gotrue_rs::{
    AccessToken, AssuranceLevel, AuthCall, AuthClient, ChallengeFactor, EnrollTotp, FactorKind,
    Factors, OtpChannel, Phone, RecoveryCodes, Secret, User, WebauthnResponse,
};
use serde_json::{Value, json};
use supabase_http::{BoxFuture, Result};

use super::device::Device;
use super::{PHONE, PY_PHONE, bare, plain};

const APP: &str = "f0000000-0000-4000-8000-000000000001";
const SMS: &str = "f0000000-0000-4000-8000-000000000002";
const KEY: &str = "f0000000-0000-4000-8000-000000000004";
const PY_APP: &str = "34e770dd-9ff9-416c-87fa-43b31d7ef225";
const PY_CHALLENGE: &str = "4034ae6f-a8ce-4fb5-8ee5-69a5863a7c15";

/// An enrolled app as both clients return it.
async fn totp(call: EnrollTotp) -> Result<Seen> {
    let totp = call.await?;
    let inner = json!({
        "qr_code": totp.qr_code, "secret": totp.secret.expose(), "uri": totp.uri.expose(),
    });
    let data = json!({
        "id": totp.id, "type": "totp", "friendly_name": totp.friendly_name, "totp": inner,
    });
    Ok(Seen { data, count: None })
}

/// A challenge as the Python client returns it.
async fn challenge(call: ChallengeFactor) -> Result<Seen> {
    let mut seen = plain(call).await?;
    seen.data["factor_type"] = seen.data["type"].clone();
    Ok(seen)
}

/// Factors as both clients return them.
async fn factors(call: AuthCall<Factors>) -> Result<Seen> {
    let factors = call.await?;
    let of = |kind| json!(factors.verified(kind).collect::<Vec<_>>());
    let data = json!({
        "all": factors.all,
        "totp": of(FactorKind::Totp),
        "phone": of(FactorKind::Phone),
        "webauthn": of(FactorKind::Webauthn),
    });
    Ok(Seen { data, count: None })
}

/// A level in the words of both clients.
fn level(level: &AssuranceLevel) -> Seen {
    let (current, next, methods) = (&level.current, &level.next, &level.methods);
    let data = json!({
        "currentLevel": current, "nextLevel": next, "currentAuthenticationMethods": methods,
        "current_level": current, "next_level": next, "current_authentication_methods": methods,
    });
    Seen { data, count: None }
}

async fn assurance(auth: AuthClient) -> Result<Option<Seen>> {
    Ok(Some(level(&auth.mfa().get_authenticator_assurance_level().await?)))
}

/// Answers with a new credential.
const CREATED: Call = call!(|a| {
    let credential = json!({
        "id": "Y3JlZA", "rawId": "Y3JlZA", "type": "public-key",
        "response": { "attestationObject": "o2M", "clientDataJSON": "e30" },
        "clientExtensionResults": {},
    });
    bare(a.mfa().verify_webauthn(KEY, "ch-w", &WebauthnResponse::create(&credential)))
});

/// Answers with a signature.
const ASSERTED: Call = call!(|a| {
    let credential = json!({
        "id": "Y3JlZA", "rawId": "Y3JlZA", "type": "public-key",
        "response": { "authenticatorData": "AAA", "clientDataJSON": "e30", "signature": "BBB" },
        "clientExtensionResults": {},
    });
    bare(a.mfa().verify_webauthn(KEY, "ch-w", &WebauthnResponse::request(&credential)))
});

/// Verifies, and asks for the user.
async fn user_after(auth: AuthClient) -> Result<User> {
    auth.mfa().verify(PY_APP, PY_CHALLENGE, "123456").await?;
    auth.get_user().await
}

/// The level of the session that is kept.
const KEPT: Call = Replay(|stage| Box::pin(async move { assurance(stage.keeping().await?).await }));

/// The level of this token.
fn of_token(stage: Stage, token: &str) -> BoxFuture<'static, Result<Option<Seen>>> {
    let token = AccessToken::parse(token);
    Box::pin(async move { assurance(stage.auth_of_nobody()?.with_token(token?)).await })
}

const ORIGIN: [&str; 1] = ["https://app.test"];

/// Registers a key, and tells what it was asked.
fn register(
    stage: Stage,
    origins: &'static [&'static str],
) -> BoxFuture<'static, Result<Option<Seen>>> {
    Box::pin(async move {
        let device = Device::key();
        let mfa = stage.auth()?.mfa();
        let call = mfa.register_webauthn("app.test", origins.iter().copied(), device.clone());
        let session = call.friendly_name("key").await?;
        let asked = device.asked();
        // One case tells of the user that the device was asked for, in words that its client garbles.
        let data = if stage.case().result.get("user").is_some() {
            assert_eq!(asked[0][1]["user"]["name"], "");
            Value::Null
        } else {
            json!({ "r": { "data": session.to_json() }, "ceremony": asked })
        };
        Ok(Some(Seen { data, count: None }))
    })
}

/// Verifies a key, and tells what it was asked.
fn authenticate(stage: Stage) -> BoxFuture<'static, Result<Option<Seen>>> {
    Box::pin(async move {
        let device = Device::key();
        let mfa = stage.auth()?.mfa();
        let session = mfa.authenticate_webauthn(KEY, "app.test", ORIGIN, device.clone()).await?;
        let data = json!({ "r": { "data": session.to_json() }, "ceremony": device.asked() });
        Ok(Some(Seen { data, count: None }))
    })
}

/// New codes, as the server tells them.
async fn codes(call: AuthCall<RecoveryCodes>) -> Result<Seen> {
    let made = call.await?;
    let codes: Vec<_> = made.codes.iter().map(Secret::expose).collect();
    let data = json!({
        "id": made.id, "type": "recovery_code", "total": codes.len(), "codes": codes,
    });
    Ok(Seen { data, count: None })
}

async fn gone(call: AuthCall<String>) -> Result<Seen> {
    Ok(Seen { data: json!({ "id": call.await? }), count: None })
}

const STATUS: Call = call!(|a| plain(a.mfa().recovery_codes().status()));

pub(crate) const CASES: &[Entry] = &[
    js(
        "enroll/totp-name-issuer",
        call!(|a| totp(a.mfa().enroll_totp().friendly_name("phone app").issuer("App & Co"))),
    ).ours_by_design("images-as-sent", "the official clients make a URL of the image", &[d("data/totp/qr_code", "\"data:image/svg+xml;utf-8,<svg xmlns=\\\"x\\\">é #</svg>\"", "\"<svg xmlns=\\\"x\\\">é #</svg>\"")]),
    js("enroll/totp-without-qr", call!(|a| totp(a.mfa().enroll_totp()))),
    js("enroll/phone", call!(|a| plain(a.mfa().enroll_phone(PHONE)))),
    js("enroll/phone-name", call!(|a| plain(a.mfa().enroll_phone(PHONE).friendly_name("sms")))),
    js("enroll/webauthn", call!(|a| plain(a.mfa().enroll_webauthn().friendly_name("key")))),
    js(
        "enroll/error-name-conflict",
        call!(|a| totp(a.mfa().enroll_totp().friendly_name("phone app"))),
    ),
    js("enroll/error-too-many", call!(|a| totp(a.mfa().enroll_totp()))),
    js("enroll/error-disabled", call!(|a| plain(a.mfa().enroll_phone(Phone("+1"))))),
    js("enroll/refreshes-expired-session", kept!(|a| totp(a.mfa().enroll_totp()))).ours_by_design("images-as-sent", "the official clients make a URL of the image", &[d("data/totp/qr_code", "\"data:image/svg+xml;utf-8,<svg xmlns=\\\"x\\\">é #</svg>\"", "\"<svg xmlns=\\\"x\\\">é #</svg>\"")]),
    js("enroll/throw-on-error", call!(|a| totp(a.mfa().enroll_totp()))),
    js("challenge/totp", call!(|a| plain(a.mfa().challenge(APP)))),
    js(
        "challenge/phone-whatsapp",
        call!(|a| plain(a.mfa().challenge(APP).channel(OtpChannel::Whatsapp))),
    ),
    js(
        "challenge/webauthn-create",
        call!(|a| plain(a.mfa().challenge(KEY).webauthn("app.test", ["https://app.test"]))),
    ).language_only("byte buffers, which a browser asks for", &[d("data/webauthn/credential_options/publicKey/challenge", "{\"$bytes\":\"Y2hhbGxlbmdl\"}", "\"Y2hhbGxlbmdl\""), d("data/webauthn/credential_options/publicKey/excludeCredentials/0/id", "{\"$bytes\":\"Y3JlZA==\"}", "\"Y3JlZA\""), d("data/webauthn/credential_options/publicKey/user/id", "{\"$bytes\":\"dXNlci0x\"}", "\"dXNlci0x\"")]),
    js(
        "challenge/webauthn-request",
        call!(|a| plain(a.mfa().challenge(KEY).webauthn("app.test", [""; 0]))),
    ).language_only("byte buffers, which a browser asks for", &[d("data/webauthn/credential_options/publicKey/allowCredentials/0/id", "{\"$bytes\":\"Y3JlZA==\"}", "\"Y3JlZA\""), d("data/webauthn/credential_options/publicKey/challenge", "{\"$bytes\":\"Y2hhbGxlbmdl\"}", "\"Y2hhbGxlbmdl\"")]),
    js("challenge/no-session", call!(|a| plain(a.mfa().challenge(APP)))).ours_by_design("no-user-is-an-error", "the JavaScript client asks by its key", &[d("request", "POST /auth/v1/factors/f0000000-0000-4000-8000-000000000001/challenge {\"factorId\":\"f0000000-0000-4000-8000-000000000001\"}", "refused")]),
    js("challenge/error-not-found", call!(|a| plain(a.mfa().challenge("nope")))),
    js("verify/phone", call!(|a| bare(a.mfa().verify(SMS, "ch-1", "123456")))),
    js("verify/expires-at-from-server", call!(|a| bare(a.mfa().verify(APP, "ch-1", "123456")))),
    js("verify/webauthn-create", CREATED).server_wins("the server reads neither `rpId` nor `rpOrigins` of an answer", &[d("body", "{\"challenge_id\":\"ch-w\",\"webauthn\":{\"credential_response\":{\"clientExtensionResults\":{},\"id\":\"Y3JlZA\",\"rawId\":\"Y3JlZA\",\"response\":{\"attestationObject\":\"o2M\",\"clientDataJSON\":\"e30\"},\"type\":\"public-key\"},\"rpId\":\"app.test\",\"rpOrigins\":[\"https://app.test\"],\"type\":\"create\"}}", "{\"challenge_id\":\"ch-w\",\"webauthn\":{\"credential_response\":{\"clientExtensionResults\":{},\"id\":\"Y3JlZA\",\"rawId\":\"Y3JlZA\",\"response\":{\"attestationObject\":\"o2M\",\"clientDataJSON\":\"e30\"},\"type\":\"public-key\"},\"type\":\"create\"}}")]),
    js("verify/webauthn-request", ASSERTED).server_wins("the server reads neither `rpId` nor `rpOrigins` of an answer", &[d("body", "{\"challenge_id\":\"ch-w\",\"webauthn\":{\"credential_response\":{\"clientExtensionResults\":{},\"id\":\"Y3JlZA\",\"rawId\":\"Y3JlZA\",\"response\":{\"authenticatorData\":\"AAA\",\"clientDataJSON\":\"e30\",\"signature\":\"BBB\"},\"type\":\"public-key\"},\"rpId\":\"app.test\",\"type\":\"request\"}}", "{\"challenge_id\":\"ch-w\",\"webauthn\":{\"credential_response\":{\"clientExtensionResults\":{},\"id\":\"Y3JlZA\",\"rawId\":\"Y3JlZA\",\"response\":{\"authenticatorData\":\"AAA\",\"clientDataJSON\":\"e30\",\"signature\":\"BBB\"},\"type\":\"public-key\"},\"type\":\"request\"}}")]),
    js("verify/wrong-code", call!(|a| bare(a.mfa().verify(APP, "ch-1", "000000")))),
    js("verify/expired", call!(|a| bare(a.mfa().verify(APP, "ch-1", "123456")))),
    js("verify/rejected-by-hook", call!(|a| bare(a.mfa().verify(APP, "ch-1", "123456")))),
    js("verify/ip-mismatch", call!(|a| bare(a.mfa().verify(APP, "ch-1", "123456")))),
    js(
        "verify/next-request-uses-new-token",
        then_read!(|c| c.auth().mfa().verify(APP, "ch-1", "123456").await?),
    ),
    js("challenge-and-verify/ok", call!(|a| bare(a.mfa().challenge_and_verify(APP, "123456")))),
    js(
        "challenge-and-verify/challenge-fails",
        call!(|a| bare(a.mfa().challenge_and_verify(APP, "123456"))),
    ),
    js(
        "challenge-and-verify/verify-fails",
        call!(|a| bare(a.mfa().challenge_and_verify(APP, "000000"))),
    ),
    js("unenroll/ok", call!(|a| a.mfa().unenroll(APP))).ours_by_design("deletions-return-nothing", "the id is the one that was given", &[d("data", "{\"id\":\"f0000000-0000-4000-8000-000000000001\"}", "null")]),
    js("unenroll/error-aal", call!(|a| a.mfa().unenroll(APP))),
    js("unenroll/not-found", call!(|a| a.mfa().unenroll("x"))),
    js("unenroll/no-session", call!(|a| a.mfa().unenroll(APP))).ours_by_design("no-user-is-an-error", "the JavaScript client asks by its key", &[d("request", "DELETE /auth/v1/factors/f0000000-0000-4000-8000-000000000001", "refused")]),
    js("list/all-kinds", call!(|a| factors(a.mfa().list_factors()))),
    js("list/none", call!(|a| factors(a.mfa().list_factors()))),
    js("list/no-session", call!(|a| factors(a.mfa().list_factors()))),
    js("aal/aal1-no-factors", KEPT),
    js("aal/aal1-with-factor", KEPT),
    js("aal/aal1-unverified-factor", KEPT),
    js("aal/aal2", KEPT),
    js("aal/amr-strings", KEPT),
    js("aal/no-aal-claim", KEPT),
    js("aal/no-session", KEPT).ours_by_design("no-user-is-an-error", "the official clients return a level of nobody", &[d("outcome", "ok {\"currentAuthenticationMethods\":[],\"currentLevel\":null,\"nextLevel\":null}", "failure without an answer")]),
    js("aal/opaque-token", KEPT),
    js("aal/jwt-argument-no-factors", Replay(|s| of_token(s, &token("aal2")))),
    js("aal/jwt-argument-error", Replay(|s| of_token(s, &token("hs256")))),
    js("aal/jwt-argument-malformed", Replay(|s| of_token(s, "nope"))),
    js("aal/refresh-error", KEPT),
    js("webauthn/register", Replay(|s| register(s, &ORIGIN))).ours_by_design("devices-are-asked-as-the-server-says", "the JavaScript client adds wishes of its own", &[d("data/ceremony/0/1/attestation", "\"direct\"", "null"), d("data/ceremony/0/1/authenticatorSelection", "{\"authenticatorAttachment\":\"cross-platform\",\"requireResidentKey\":false,\"residentKey\":\"discouraged\",\"userVerification\":\"preferred\"}", "null"), d("data/ceremony/0/1/hints", "[\"security-key\"]", "null")]),
    js("webauthn/register-unnamed-user", Replay(|s| register(s, &["https://app.test", "https://b.test"]))),
    js("webauthn/register-conflict-cleans-up", Replay(|s| register(s, &ORIGIN))).ours_by_design("only-what-was-made-goes", "the JavaScript client deletes another factor of that name", &[d("requests", "3", "1")]),
    js("webauthn/authenticate", Replay(authenticate)).ours_by_design("devices-are-asked-as-the-server-says", "the JavaScript client adds wishes of its own", &[d("data/ceremony/0/1/attestation", "\"direct\"", "null"), d("data/ceremony/0/1/hints", "[\"security-key\"]", "null"), d("data/ceremony/0/1/userVerification", "\"preferred\"", "null")]),
    js(
        "webauthn/authenticate-without-browser",
        call!(|a| a.mfa().authenticate_webauthn(KEY, "", ORIGIN, Device::key())),
    ),
    js("recovery-codes/status", STATUS),
    js("recovery-codes/generate", call!(|a| codes(a.mfa().recovery_codes().generate()))),
    js("recovery-codes/verify", call!(|a| bare(a.mfa().recovery_codes().verify("aaaa-bbbb")))),
    js("recovery-codes/verify-locked", call!(|a| bare(a.mfa().recovery_codes().verify("x")))),
    js("recovery-codes/regenerate", call!(|a| codes(a.mfa().recovery_codes().regenerate()))),
    js("recovery-codes/unenroll", call!(|a| gone(a.mfa().recovery_codes().unenroll()))),
    js("recovery-codes/disabled", STATUS).ours_by_design("the-server-has-the-switches", "the JavaScript client wants an option first", &[d("requests", "0", "1")]),
    py(
        "mfa-enroll/enroll-totp-factor",
        call!(|a| totp(a.mfa().enroll_totp().friendly_name("your_friendly_name"))),
    ).ours_by_design("images-as-sent", "the official clients make a URL of the image", &[d("data/totp/qr_code", "\"data:image/svg+xml;utf-8,<svg/>\"", "\"<svg/>\"")]),
    py(
        "mfa-enroll/issuer",
        call!(|a| totp(a.mfa().enroll_totp().issuer("example.com").friendly_name("phone app"))),
    ).ours_by_design("images-as-sent", "the official clients make a URL of the image", &[d("data/totp/qr_code", "\"data:image/svg+xml;utf-8,<svg/>\"", "\"<svg/>\"")]),
    py(
        "mfa-enroll/phone",
        call!(|a| plain(a.mfa().enroll_phone(PY_PHONE).friendly_name("my phone"))),
    ),
    py("mfa-enroll/error-no-session", call!(|a| totp(a.mfa().enroll_totp()))),
    py("mfa-enroll/error-too-many", call!(|a| totp(a.mfa().enroll_totp()))),
    py("mfa-challenge/create-mfa-challenge", call!(|a| challenge(a.mfa().challenge(PY_APP)))),
    py(
        "mfa-challenge/channel",
        call!(|a| challenge(a.mfa().challenge(PY_APP).channel(OtpChannel::Whatsapp))),
    ),
    py("mfa-challenge/error-not-found", call!(|a| challenge(a.mfa().challenge(PY_APP)))),
    py(
        "mfa-verify/verify-challenge",
        call!(|a| bare(a.mfa().verify(PY_APP, PY_CHALLENGE, "123456"))),
    ),
    py("mfa-verify/token-used-afterwards", kept!(|a| user_after(a))),
    py("mfa-verify/error-code", call!(|a| bare(a.mfa().verify(PY_APP, PY_CHALLENGE, "000000")))),
    py(
        "mfa-challenge-and-verify/challenge-and-verify",
        call!(|a| bare(a.mfa().challenge_and_verify(PY_APP, "123456"))),
    ),
    py(
        "mfa-challenge-and-verify/error-challenge",
        call!(|a| bare(a.mfa().challenge_and_verify(PY_APP, "123456"))),
    ),
    py("mfa-unenroll/unenroll-a-factor", call!(|a| a.mfa().unenroll(PY_APP))).ours_by_design("deletions-return-nothing", "the id is the one that was given", &[d("data", "{\"id\":\"34e770dd-9ff9-416c-87fa-43b31d7ef225\"}", "null")]),
    py("mfa-unenroll/error-aal", call!(|a| a.mfa().unenroll(PY_APP))),
    py("mfa-get-authenticator-assurance-level/get-aal", KEPT),
    py("mfa-get-authenticator-assurance-level/verified-factor", KEPT),
    py("mfa-get-authenticator-assurance-level/unverified-factor", KEPT),
    py("mfa-get-authenticator-assurance-level/aal2", KEPT),
    py("mfa-get-authenticator-assurance-level/no-session", KEPT).ours_by_design("no-user-is-an-error", "the official clients return a level of nobody", &[d("outcome", "ok {\"current_authentication_methods\":[],\"current_level\":null,\"next_level\":null}", "failure without an answer")]),
    py("mfa-list-factors/list", call!(|a| factors(a.mfa().list_factors()))),
];
