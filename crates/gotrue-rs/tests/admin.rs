//! What is refused before an administrator's call is sent, and what is sent as it must be.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::future::IntoFuture;

use gotrue_rs::{
    AdminClient, AuthClient, Email, Error, ErrorKind, Link, ProviderCredentials, ProviderEndpoints,
};
use supabase_http::HttpClient;
use supabase_http::testing::MockTransport;

const USER: &str = "11111111-2222-4333-8444-555555555555";

/// A client whose transport must not be reached.
fn unsent(key: &str) -> (AdminClient, MockTransport) {
    let mock = MockTransport::new();
    let http = HttpClient::builder()
        .transport(mock.clone())
        .build()
        .unwrap();
    (
        AuthClient::with_http(http, "http://project.test", key)
            .unwrap()
            .admin(),
        mock,
    )
}

async fn refused<T: std::fmt::Debug>(
    call: impl IntoFuture<Output = Result<T, Error>>,
    kind: ErrorKind,
) {
    assert_eq!(call.await.unwrap_err().kind(), kind);
}

fn credentials() -> ProviderCredentials {
    ProviderCredentials::new("id", "secret")
}

fn endpoints() -> ProviderEndpoints {
    ProviderEndpoints::oidc("https://idp.test")
}

#[tokio::test]
async fn a_public_key_is_refused_before_anything_is_sent() {
    // A legacy anon key says what it is in its payload: {"role":"anon"}.
    for key in ["sb_publishable_key", "e30.eyJyb2xlIjoiYW5vbiJ9.c2ln"] {
        let (admin, mock) = unsent(key);
        let kind = ErrorKind::Credential;
        refused(admin.list_users(), kind).await;
        refused(admin.get_user_by_id(USER), kind).await;
        refused(admin.create_user(Email("ada@example.com")), kind).await;
        refused(admin.update_user_by_id(USER).password("secret"), kind).await;
        refused(admin.delete_user(USER), kind).await;
        refused(admin.invite_user_by_email(Email("ada@example.com")), kind).await;
        refused(
            admin.generate_link(Link::magiclink("ada@example.com")),
            kind,
        )
        .await;
        refused(admin.list_factors(USER), kind).await;
        refused(admin.delete_factor(USER, USER), kind).await;
        refused(admin.list_passkeys(USER), kind).await;
        refused(admin.delete_passkey(USER, USER), kind).await;
        let apps = admin.oauth();
        refused(apps.list_clients(), kind).await;
        refused(apps.create_client(["https://app.test"]), kind).await;
        refused(apps.get_client(USER), kind).await;
        refused(apps.update_client(USER).name("App"), kind).await;
        refused(apps.regenerate_client_secret(USER), kind).await;
        refused(apps.delete_client(USER), kind).await;
        let providers = admin.custom_providers();
        refused(providers.list_providers(), kind).await;
        refused(
            providers.create_provider("a", "A", endpoints(), credentials()),
            kind,
        )
        .await;
        refused(providers.get_provider("a"), kind).await;
        refused(providers.update_provider("a").name("A"), kind).await;
        refused(providers.delete_provider("a"), kind).await;
        assert!(mock.requests().is_empty());
    }
}

#[tokio::test]
async fn bad_input_is_refused_before_anything_is_sent() {
    let (admin, mock) = unsent("sb_secret_key");
    let (apps, providers, kind) = (admin.oauth(), admin.custom_providers(), ErrorKind::Request);
    for id in [
        "",
        "me",
        "../users",
        "11111111222243338444555555555555",
        "zzzzzzzz-2222-4333-8444-555555555555",
    ] {
        refused(admin.get_user_by_id(id), kind).await;
        refused(admin.list_passkeys(id), kind).await;
        refused(admin.delete_passkey(USER, id), kind).await;
        refused(admin.delete_factor(USER, id), kind).await;
        refused(apps.get_client(id), kind).await;
        refused(apps.regenerate_client_secret(id), kind).await;
        refused(apps.delete_client(id), kind).await;
    }
    refused(apps.create_client([""; 0]), kind).await;
    refused(apps.create_client([""]), kind).await;
    refused(apps.create_client(["https://app.test"; 11]), kind).await;
    refused(apps.update_client(USER), kind).await;
    refused(apps.update_client(USER).redirect_uris([""; 0]), kind).await;
    for identifier in [
        "", "custom:", "A", "a/b", "a/", "..", "a?b=c", "a%2Fb", "a-", "a:",
    ] {
        refused(providers.get_provider(identifier), kind).await;
        refused(providers.delete_provider(identifier), kind).await;
        refused(
            providers.create_provider(identifier, "A", endpoints(), credentials()),
            kind,
        )
        .await;
    }
    refused(providers.update_provider("a"), kind).await;
    refused(
        providers.create_provider("a", "", endpoints(), credentials()),
        kind,
    )
    .await;
    let nobody = ProviderCredentials::new("", "");
    refused(
        providers.create_provider("a", "A", endpoints(), nobody),
        kind,
    )
    .await;
    let nowhere = ProviderEndpoints::oidc("");
    refused(
        providers.create_provider("a", "A", nowhere, credentials()),
        kind,
    )
    .await;
    assert!(mock.requests().is_empty());
}

#[test]
fn the_colon_of_an_identifier_stays_a_colon() {
    let (admin, _) = unsent("sb_secret_key");
    let providers = admin.custom_providers();
    for identifier in ["acme", "custom:acme"] {
        let request = providers.get_provider(identifier).into_request().unwrap();
        assert_eq!(
            request.uri().path(),
            "/auth/v1/admin/custom-providers/custom:acme"
        );
    }
}
