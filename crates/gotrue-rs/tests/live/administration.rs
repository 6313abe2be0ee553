//! What administrators do, and what other apps ask of users.

use std::time::Duration;

use gotrue_rs::{
    BanDuration, Email, Error, ErrorCode, ErrorKind, Link, OAuthClientKind, Otp, OtpKind,
    ProviderCredentials, ProviderEndpoints, SignOutScope, TokenEndpointAuth,
};
use serde_json::json;

use crate::accounts::{PASSWORD, confirmed};
use crate::hooks::{open, parameter};
use crate::{World, code};

pub(crate) async fn users(world: &World) -> Result<(), Error> {
    let (admin, address) = (world.admin.admin(), world.address("kim"));
    let made = admin
        .create_user(Email(&address))
        .password(PASSWORD)
        .app_metadata(&json!({ "plan": "pro" }))
        .confirmed()
        .await?;
    assert_eq!(
        code(admin.create_user(Email(&address)).await),
        ErrorCode::EmailExists
    );
    assert_eq!(
        admin.get_user_by_id(&made.id).await?.email.as_deref(),
        Some(&*address)
    );
    let page = admin.list_users().page(1).per_page(1).await?;
    assert_eq!((page.users.len(), page.next_page), (1, Some(2)));
    assert!(page.total.is_some_and(|total| total > 1));

    let changed = admin
        .update_user_by_id(&made.id)
        .user_metadata(&json!({ "seat": 7 }))
        .await?;
    assert_eq!(changed.user_metadata.get("seat"), Some(&json!(7)));
    let session = world
        .auth
        .sign_in_with_password(Email(&address), PASSWORD)
        .await?;
    let hour = BanDuration::For(Duration::from_secs(3600));
    admin.update_user_by_id(&made.id).ban_duration(hour).await?;
    let banned = world
        .auth
        .sign_in_with_password(Email(&address), PASSWORD)
        .await;
    assert_eq!(code(banned), ErrorCode::UserBanned);
    admin
        .update_user_by_id(&made.id)
        .ban_duration(BanDuration::None)
        .await?;
    world
        .auth
        .sign_in_with_password(Email(&address), PASSWORD)
        .await?;
    admin
        .sign_out(session.access_token.clone())
        .scope(SignOutScope::Global)
        .await?;
    let kim = world.auth.with_token(session.access_token);
    assert_eq!(code(kim.get_user().await), ErrorCode::SessionNotFound);

    admin.delete_user(&made.id).soft().await?;
    assert!(admin.get_user_by_id(&made.id).await?.deleted_at.is_some());
    admin.delete_user(&made.id).await?;
    assert_eq!(
        code(admin.get_user_by_id(&made.id).await),
        ErrorCode::UserNotFound
    );
    Ok(())
}

pub(crate) async fn links_and_invitations(world: &World) -> Result<(), Error> {
    let admin = world.admin.admin();
    let link = admin
        .generate_link(Link::magiclink(world.address("lee")))
        .await?;
    let hash = Otp::token_hash(link.hashed_token.expose(), OtpKind::Email);
    let session = world.auth.verify_otp(hash).await?.session.unwrap();
    assert_eq!(session.user.id, link.user.id);

    let address = world.address("mia");
    let invited = admin
        .invite_user_by_email(Email(&address))
        .data(&json!({ "team": 1 }))
        .await?;
    let mail = world.hooks.mail(&address).await;
    assert_eq!(mail.kind, "invite");
    let otp = Otp::email(&address, mail.token).kind(OtpKind::Invite);
    let session = world.auth.verify_otp(otp).await?.session.unwrap();
    assert_eq!(session.user.id, invited.id);
    Ok(())
}

pub(crate) async fn other_apps(world: &World) -> Result<(), Error> {
    let apps = world.admin.admin().oauth();
    let back = "https://app.example.com/callback";
    let app = apps.create_client([back]).name("Notes").await?;
    let secret = app.client_secret.clone().unwrap();
    assert_eq!(apps.get_client(&app.client_id).await?.client_secret, None);
    assert!(
        apps.list_clients()
            .await?
            .clients
            .iter()
            .any(|one| one.client_id == app.client_id)
    );
    let changed = apps.update_client(&app.client_id).name("Notes 2").await?;
    assert_eq!(changed.client_name.as_deref(), Some("Notes 2"));
    let renewed = apps.regenerate_client_secret(&app.client_id).await?;
    assert_ne!(renewed.client_secret, Some(secret));
    let public = apps
        .create_client([back])
        .kind(OAuthClientKind::Public)
        .token_endpoint_auth(TokenEndpointAuth::None)
        .await?;
    assert_eq!(public.client_secret, None);

    // A user decides about what the app asks for.
    let (_, session) = confirmed(world, "ned").await?;
    let ned = world.auth.with_token(session.access_token);
    let challenge = "a".repeat(43);
    let url = format!(
        "{}/auth/v1/oauth/authorize?response_type=code&client_id={}&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcallback&scope=email&code_challenge={challenge}&code_challenge_method=s256",
        world.url, app.client_id
    );
    let asked = parameter(&open(&url).await, "authorization_id");
    let details = ned.oauth().get_authorization_details(&asked).await?;
    assert_eq!(
        (&*details.client.name, &*details.scope),
        ("Notes 2", "email")
    );
    let landed = ned.oauth().approve_authorization(&asked).await?;
    assert!(
        landed.starts_with(back) && landed.contains("code="),
        "{landed}"
    );
    let grants = ned.oauth().list_grants().await?;
    assert_eq!(grants.len(), 1);
    // Once granted, nothing is asked any more.
    let asked = parameter(&open(&url).await, "authorization_id");
    assert!(
        ned.oauth()
            .get_authorization_details(&asked)
            .await?
            .redirect_url
            .is_some()
    );
    ned.oauth().revoke_grant(&app.client_id).await?;
    assert!(ned.oauth().list_grants().await?.is_empty());
    let asked = parameter(&open(&url).await, "authorization_id");
    ned.oauth().get_authorization_details(&asked).await?;
    let landed = ned.oauth().deny_authorization(&asked).await?;
    assert!(landed.contains("error=access_denied"), "{landed}");

    apps.delete_client(&app.client_id).await?;
    apps.delete_client(&public.client_id).await?;
    assert_eq!(
        code(apps.get_client(&app.client_id).await),
        ErrorCode::OauthClientNotFound
    );
    Ok(())
}

pub(crate) async fn own_providers(world: &World) -> Result<(), Error> {
    let providers = world.admin.admin().custom_providers();
    // The server looks hosts up, and here nobody may answer.
    let endpoints = ProviderEndpoints::oauth2(
        "https://192.0.2.1/authorize",
        "https://192.0.2.1/token",
        "https://192.0.2.1/me",
    );
    let credentials = ProviderCredentials::new("id", "a secret");
    let made = providers
        .create_provider("live", "Live", endpoints, credentials)
        .await?;
    assert_eq!(made.identifier, "custom:live");
    let found = providers.list_providers().await?;
    assert!(found.iter().any(|one| one.id == made.id));
    let changed = providers
        .update_provider("live")
        .name("Live 2")
        .enabled(false)
        .await?;
    assert_eq!((&*changed.name, changed.enabled), ("Live 2", false));
    assert_eq!(providers.get_provider("custom:live").await?.name, "Live 2");
    providers.delete_provider("live").await?;
    assert_eq!(
        code(providers.get_provider("live").await),
        ErrorCode::CustomProviderNotFound
    );
    Ok(())
}

pub(crate) async fn by_the_wrong_key(world: &World) -> Result<(), Error> {
    // Before it is sent where the key says what it is, and by the server otherwise.
    let error = world.auth.admin().list_users().await.unwrap_err();
    let refused = error.kind() == ErrorKind::Credential || error.code() == Some("not_admin");
    assert!(refused, "{error}");
    Ok(())
}
