//! Accounts with a password, and their sessions.

use std::future::IntoFuture as _;
use std::time::Duration;

use gotrue_rs::{
    AuthEvent, Email, Error, ErrorCode, JwtVerifier, MemoryStorage, Otp, OtpKind, Session,
    SessionMissing, SignOutScope, SignedOutReason, WeakPassword, WeakPasswordReason,
};
use serde_json::json;

use crate::{World, code};

pub(crate) const PASSWORD: &str = "correct horse";

/// A new user, who has confirmed their address.
pub(crate) async fn confirmed(world: &World, name: &str) -> Result<(String, Session), Error> {
    let address = world.address(name);
    world.auth.sign_up(Email(&address), PASSWORD).await?;
    let mail = world.hooks.mail(&address).await;
    let otp = Otp::email(&address, mail.token).kind(OtpKind::Signup);
    let session = world.auth.verify_otp(otp).await?.session;
    Ok((address, session.unwrap()))
}

pub(crate) async fn a_password(world: &World) -> Result<(), Error> {
    let (auth, address) = (&world.auth, world.address("ada"));

    let error = auth.sign_up(Email(&address), "short").await.unwrap_err();
    assert_eq!(
        WeakPassword::of(&error).unwrap().reasons,
        [WeakPasswordReason::Length]
    );
    let data = json!({ "name": "Ada" });
    let signed_up = auth.sign_up(Email(&address), PASSWORD).data(&data).await?;
    assert!(signed_up.session.is_none() && !signed_up.is_taken());
    let signing_in = || {
        auth.sign_in_with_password(Email(&address), PASSWORD)
            .into_future()
    };
    assert_eq!(code(signing_in().await), ErrorCode::EmailNotConfirmed);

    auth.resend(OtpKind::Signup, Email(&address)).await?;
    let mail = world.hooks.mail(&address).await;
    assert_eq!(mail.kind, "signup");
    let wrong = auth
        .verify_otp(Otp::email(&address, "000000").kind(OtpKind::Signup))
        .await;
    assert_eq!(code(wrong), ErrorCode::OtpExpired);
    auth.verify_otp(Otp::email(&address, mail.token).kind(OtpKind::Signup))
        .await?;
    assert!(auth.sign_up(Email(&address), PASSWORD).await?.is_taken());

    let session = signing_in().await?;
    assert_eq!(session.user.user_metadata.get("name"), Some(&json!("Ada")));
    assert_eq!(session.weak_password, None);
    let wrong = auth
        .sign_in_with_password(Email(&address), "wrong password")
        .await;
    assert_eq!(code(wrong), ErrorCode::InvalidCredentials);

    let ada = auth.with_token(session.access_token.clone());
    let user = ada.get_user().await?;
    assert_eq!(
        (user.id, user.email.as_deref()),
        (session.user.id.clone(), Some(&*address))
    );
    assert!(SessionMissing::is_cause_of(
        &auth.get_user().await.unwrap_err()
    ));

    let renewed = auth
        .refresh_session()
        .refresh_token(&session.refresh_token)
        .await?;
    assert_ne!(renewed.refresh_token, session.refresh_token);
    // The answer may get lost: the same token gives the same session again.
    let again = auth
        .refresh_session()
        .refresh_token(&session.refresh_token)
        .await?;
    assert_eq!(again.refresh_token, renewed.refresh_token);

    let updated = ada
        .update_user()
        .data(&json!({ "name": null, "age": 36 }))
        .await?
        .user;
    assert_eq!(updated.user_metadata.get("age"), Some(&json!(36)));
    assert_eq!(updated.user_metadata.get("name"), None);
    let identities = ada.get_user_identities().await?;
    assert_eq!(identities.len(), 1);
    let last = ada.unlink_identity(&identities[0].identity_id).await;
    assert_eq!(code(last), ErrorCode::SingleIdentityNotDeletable);
    let garbage = gotrue_rs::AccessToken::parse("no.such.token")?;
    assert_eq!(
        code(auth.with_token(garbage).get_user().await),
        ErrorCode::BadJwt
    );
    Ok(())
}

pub(crate) async fn a_new_password(world: &World) -> Result<(), Error> {
    let (address, session) = confirmed(world, "bo").await?;
    let bo = world.auth.with_token(session.access_token);
    assert_eq!(
        code(bo.update_user().password(PASSWORD).await),
        ErrorCode::SamePassword
    );
    bo.reauthenticate().await?;
    let mail = world.hooks.mail(&address).await;
    assert_eq!(mail.kind, "reauthentication");
    bo.update_user()
        .password("another horse")
        .nonce(mail.token)
        .await?;

    world.auth.reset_password_for_email(Email(&address)).await?;
    let mail = world.hooks.mail(&address).await;
    assert_eq!(mail.kind, "recovery");
    let otp = Otp::token_hash(mail.hash, OtpKind::Recovery);
    let session = world.auth.verify_otp(otp).await?.session.unwrap();
    world
        .auth
        .with_token(session.access_token)
        .update_user()
        .password("third horse")
        .await?;
    world
        .auth
        .sign_in_with_password(Email(&address), "third horse")
        .await?;
    Ok(())
}

pub(crate) async fn a_new_address(world: &World) -> Result<(), Error> {
    let (address, session) = confirmed(world, "cy").await?;
    let new = world.address("cy-new");
    let cy = world.auth.with_token(session.access_token);
    let updated = cy.update_user().email(&new).await?.user;
    assert_eq!(updated.new_email.as_deref(), Some(&*new));
    let mail = world.hooks.mail(&address).await;
    assert_eq!(mail.kind, "email_change");
    // The hashes of the one mail for both are crossed.
    let first = Otp::token_hash(mail.hash, OtpKind::EmailChange);
    let half = world.auth.verify_otp(first).await?;
    assert!(half.session.is_none() && half.message.is_some());
    let second = Otp::token_hash(mail.new.1, OtpKind::EmailChange);
    let session = world.auth.verify_otp(second).await?.session.unwrap();
    assert_eq!(session.user.email.as_deref(), Some(&*new));
    Ok(())
}

pub(crate) async fn sessions_end(world: &World) -> Result<(), Error> {
    let (address, first) = confirmed(world, "di").await?;
    let second = world
        .auth
        .sign_in_with_password(Email(&address), PASSWORD)
        .await?;
    let of = |session: &Session| world.auth.with_token(session.access_token.clone());
    of(&second).sign_out().scope(SignOutScope::Others).await?;
    assert_eq!(
        code(of(&first).get_user().await),
        ErrorCode::SessionNotFound
    );
    of(&second).get_user().await?;
    let refreshed = world
        .auth
        .refresh_session()
        .refresh_token(&first.refresh_token)
        .await;
    assert_eq!(code(refreshed), ErrorCode::RefreshTokenNotFound);
    of(&second).sign_out().await?;
    assert_eq!(
        code(of(&second).get_user().await),
        ErrorCode::SessionNotFound
    );
    // Who is signed out already is.
    of(&second).sign_out().await
}

pub(crate) async fn a_kept_session(world: &World) -> Result<(), Error> {
    let (address, _) = confirmed(world, "ed").await?;
    let storage = MemoryStorage::new();
    let app = world.auth.with_session(storage.clone()).await?;
    let mut events = app.events();
    assert!(matches!(
        events.next().await,
        Some(AuthEvent::Initial(None))
    ));
    app.sign_in_with_password(Email(&address), PASSWORD).await?;
    assert!(matches!(events.next().await, Some(AuthEvent::SignedIn(_))));
    let before = app.get_session().await?.unwrap();
    app.refresh_session().await?;
    assert!(matches!(
        events.next().await,
        Some(AuthEvent::TokenRefreshed(_))
    ));
    let after = app.get_session().await?.unwrap();
    assert_ne!(before.refresh_token, after.refresh_token);

    // Another process with the same store.
    let other = world.auth.with_session(storage).await?;
    assert_eq!(other.get_user().await?.email.as_deref(), Some(&*address));
    app.sign_out().await?;
    let ended = tokio::time::timeout(Duration::from_secs(5), events.next())
        .await
        .ok()
        .flatten();
    assert!(
        matches!(
            ended,
            Some(AuthEvent::SignedOut(SignedOutReason::UserInitiated))
        ),
        "{ended:?}"
    );
    assert!(SessionMissing::is_cause_of(
        &app.get_user().await.unwrap_err()
    ));
    Ok(())
}

pub(crate) async fn claims(world: &World) -> Result<(), Error> {
    let (address, session) = confirmed(world, "fe").await?;
    let token = session.access_token.expose();
    // Locally by the project's keys, or by asking the server where it has none.
    let claims = world
        .auth
        .get_claims::<serde_json::Value>()
        .jwt(token)
        .await?;
    assert_eq!(claims.sub.as_deref(), Some(&*session.user.id));
    assert_eq!(claims.email.as_deref(), Some(&*address));
    assert!(claims.aud.contains("authenticated") && !claims.is_anonymous);

    let issuer = claims.iss.unwrap_or_default();
    let verifier = JwtVerifier::new(&world.url)?.issuer(&issuer);
    let has_keys = verifier.verify::<serde_json::Value>(token).await;
    if token.starts_with("eyJhbGciOiJFUzI1NiI") {
        has_keys?;
        let other = JwtVerifier::new(&world.url)?.issuer("https://elsewhere.test");
        other.verify::<serde_json::Value>(token).await.unwrap_err();
    } else {
        has_keys.unwrap_err();
    }
    let (head, _) = token.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", "A".repeat(86));
    world
        .auth
        .get_claims::<serde_json::Value>()
        .jwt(forged)
        .await
        .unwrap_err();
    Ok(())
}
