//! The other ways in: codes, links, phones, second factors, passkeys, other providers.

use std::time::{Duration, SystemTime};

use gotrue_rs::{
    Aal, Email, Error, ErrorCode, FactorKind, Otp, OtpKind, Phone, Provider, RateLimit, Sso,
};
use serde_json::json;

use crate::accounts::confirmed;
use crate::hooks::{open, parameter};
use crate::{World, code};

pub(crate) async fn codes_and_links(world: &World) -> Result<(), Error> {
    let (auth, address) = (&world.auth, world.address("gil"));
    let nobody = auth
        .sign_in_with_otp(Email(&address))
        .existing_users_only()
        .await;
    assert_eq!(code(nobody), ErrorCode::OtpDisabled);
    auth.sign_in_with_otp(Email(&address))
        .data(&json!({ "from": "a code" }))
        .await?;
    let mail = world.hooks.mail(&address).await;
    let session = auth
        .verify_otp(Otp::email(&address, mail.token))
        .await?
        .session
        .unwrap();
    assert_eq!(
        session.user.user_metadata.get("from"),
        Some(&json!("a code"))
    );

    // The link of a mail, opened by a browser, which comes back with a code.
    let back = "https://app.example.com/back";
    let sent = auth
        .sign_in_with_otp(Email(&address))
        .redirect_to(back)
        .await?;
    let mail = world.hooks.mail(&address).await;
    let link = format!(
        "{}/auth/v1/verify?token={}&type={}&redirect_to=https%3A%2F%2Fapp.example.com%2Fback",
        world.url, mail.hash, mail.kind
    );
    let landed = open(&link).await;
    assert!(landed.starts_with(back), "{landed}");
    let flow = sent.flow.unwrap();
    let session = auth
        .exchange_code_for_session(parameter(&landed, "code"))
        .flow(&flow)
        .await?;
    assert_eq!(session.user.email.as_deref(), Some(&*address));
    let again = auth
        .exchange_code_for_session(parameter(&landed, "code"))
        .flow(&flow)
        .await;
    assert_eq!(code(again), ErrorCode::FlowStateNotFound);
    Ok(())
}

pub(crate) async fn a_phone(world: &World) -> Result<(), Error> {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    let number = format!("45{:010}", now.as_millis() % 10_000_000_000);
    let auth = &world.auth;
    auth.sign_in_with_otp(Phone(&number)).await?;
    let error = auth.sign_in_with_otp(Phone(&number)).await.unwrap_err();
    let limit = RateLimit::of(&error).unwrap();
    assert_eq!(limit.code, Some(ErrorCode::OverSmsSendRateLimit));
    assert!(
        limit
            .wait
            .is_some_and(|wait| wait <= Duration::from_secs(60)),
        "{limit:?}"
    );
    let text = world.hooks.text(&number).await;
    let session = auth
        .verify_otp(Otp::phone(&number, text))
        .await?
        .session
        .unwrap();
    assert_eq!(session.user.phone.as_deref(), Some(&*number));
    Ok(())
}

pub(crate) async fn nobody_at_first(world: &World) -> Result<(), Error> {
    let session = world
        .auth
        .sign_in_anonymously()
        .data(&json!({ "cart": [1] }))
        .await?;
    assert!(session.user.is_anonymous);
    let nobody = world.auth.with_token(session.access_token);
    let refused = nobody.mfa().enroll_totp().await;
    assert_eq!(code(refused), ErrorCode::NoAuthorization);
    let address = world.address("hal");
    nobody.update_user().email(&address).await?;
    // To the only address that there is, under which no user is known yet.
    let mail = world.hooks.mail("").await;
    let hash = if mail.new.1.is_empty() {
        mail.hash
    } else {
        mail.new.1
    };
    let verified = world
        .auth
        .verify_otp(Otp::token_hash(hash, OtpKind::EmailChange))
        .await?;
    let user = verified.session.unwrap().user;
    assert_eq!((user.id, user.is_anonymous), (session.user.id, false));
    Ok(())
}

/// The code that an authenticator app shows (RFC 6238).
fn totp(secret: &str) -> String {
    let mut key = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for letter in secret.trim_end_matches('=').chars() {
        let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(letter).unwrap();
        bits = (bits << 5) | u32::try_from(value).unwrap();
        count += 5;
        if count >= 8 {
            count -= 8;
            key.push(u8::try_from((bits >> count) & 255).unwrap());
        }
    }
    let step = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs() / 30;
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let tag = ring::hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[19] & 15);
    let word = u32::from_be_bytes(tag[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", word % 1_000_000)
}

pub(crate) async fn second_factors(world: &World) -> Result<(), Error> {
    let (_, session) = confirmed(world, "ida").await?;
    let id = session.user.id.clone();
    let ida = world.auth.with_token(session.access_token);
    let factor = ida.mfa().enroll_totp().friendly_name("phone").await?;
    assert!(factor.qr_code.contains("<svg"));
    let taken = ida.mfa().enroll_totp().friendly_name("phone").await;
    assert_eq!(code(taken), ErrorCode::MfaFactorNameConflict);
    let challenge = ida.mfa().challenge(&factor.id).await?;
    let wrong = ida.mfa().verify(&factor.id, &challenge.id, "000000").await;
    assert_eq!(code(wrong), ErrorCode::MfaVerificationFailed);
    let right = totp(factor.secret.expose());
    let stronger = ida.mfa().verify(&factor.id, &challenge.id, right).await?;
    let ida = world.auth.with_token(stronger.access_token.clone());
    let level = ida.mfa().get_authenticator_assurance_level().await?;
    assert_eq!(
        (level.current, level.next),
        (Some(Aal::Aal2), Some(Aal::Aal2))
    );
    let factors = ida.mfa().list_factors().await?;
    assert_eq!(factors.verified(FactorKind::Totp).count(), 1);

    let admin = world.admin.admin();
    assert_eq!(admin.list_factors(&id).await?.len(), 1);
    ida.mfa().unenroll(&factor.id).await?;
    let renewed = world
        .auth
        .refresh_session()
        .refresh_token(&stronger.refresh_token)
        .await?;
    let ida = world.auth.with_token(renewed.access_token);
    let level = ida.mfa().get_authenticator_assurance_level().await?;
    assert_eq!(level.current, Some(Aal::Aal1));

    let second = ida.mfa().enroll_totp().await?;
    let code_now = totp(second.secret.expose());
    ida.mfa().challenge_and_verify(&second.id, code_now).await?;
    admin.delete_factor(&id, &second.id).await?;
    assert_eq!(admin.list_factors(&id).await?.len(), 0);
    Ok(())
}

pub(crate) async fn passkeys_and_providers(world: &World) -> Result<(), Error> {
    let (_, session) = confirmed(world, "jo").await?;
    let id = session.user.id.clone();
    let jo = world.auth.with_token(session.access_token);
    assert!(jo.passkeys().list().await?.is_empty());
    let challenge = jo.passkeys().start_registration().await?;
    let nonsense = json!({ "id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {} });
    let refused = jo
        .passkeys()
        .verify_registration(&challenge.challenge_id, &nonsense)
        .await;
    assert_eq!(refused.unwrap_err().status().map(|s| s.as_u16()), Some(400));
    world.auth.passkeys().start_authentication().await?;
    assert!(world.admin.admin().list_passkeys(&id).await?.is_empty());

    let settings = world.auth.get_settings().await?;
    assert!(settings.external.get("email").is_some_and(|on| *on) && !settings.mailer_autoconfirm);
    assert_eq!(world.auth.get_health().await?.name, "GoTrue");
    let login = world
        .auth
        .sign_in_with_oauth(Provider::Github)
        .scopes(["repo"])
        .await?;
    assert!(
        open(&login.url)
            .await
            .contains("github.com/login/oauth/authorize")
    );
    let link = jo.link_identity(Provider::Github).await?;
    assert!(link.url.contains("github.com"), "{}", link.url);
    let unknown = world
        .auth
        .sign_in_with_id_token(Provider::Google, "no.id.token")
        .await;
    assert!(unknown.is_err_and(|error| error.status().is_some_and(|s| s.as_u16() == 400)));
    let sso = world
        .auth
        .sign_in_with_sso(Sso::domain("nobody.example.com"))
        .await;
    assert_eq!(code(sso), ErrorCode::SamlProviderDisabled);
    Ok(())
}
