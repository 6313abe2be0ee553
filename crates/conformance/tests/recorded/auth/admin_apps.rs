//! The administration of other apps, of own identity providers and of passkeys.

use std::future::IntoFuture;

use conformance::{Call, Entry, Seen, d, js, py};
use gotrue_rs::{
    CustomProvider, CustomProviderKind, ListCustomProviders, ListOAuthClients, OAuthClient,
    OAuthGrantType, ProviderCredentials, ProviderEndpoints, Secret, TokenEndpointAuth,
};
use serde_json::{Value, json};
use supabase_http::Result;

use super::admin::USER;
use super::plain;

const APP: &str = "c0ffee00-0000-4000-8000-000000000001";
const PY_APP: &str = "9f6c1a6e-0000-4000-8000-0123456789ab";
const PASSKEY: &str = "f0000000-0000-4000-8000-000000000004";

/// An app with its secret, which our own JSON leaves out.
fn shown(app: &OAuthClient) -> Value {
    let mut value = json!(app);
    if let Some(secret) = &app.client_secret {
        value["client_secret"] = json!(Secret::expose(secret));
    }
    value
}

/// An app as the JavaScript client returns it.
async fn app(call: impl IntoFuture<Output = Result<OAuthClient>>) -> Result<Seen> {
    Ok(Seen { data: shown(&call.await?), count: None })
}

/// An app as the Python client returns it.
async fn py_app(call: impl IntoFuture<Output = Result<OAuthClient>>) -> Result<Seen> {
    Ok(Seen { data: json!({ "client": shown(&call.await?) }), count: None })
}

/// Apps as both clients return them.
async fn apps(call: ListOAuthClients) -> Result<Seen> {
    let page = call.await?;
    let data = json!({
        "clients": page.clients.iter().map(shown).collect::<Vec<_>>(),
        "nextPage": page.next_page, "lastPage": page.last_page.unwrap_or(0), "total": page.total,
        "next_page": page.next_page, "last_page": page.last_page,
    });
    Ok(Seen { data, count: None })
}

async fn providers(call: ListCustomProviders) -> Result<Seen> {
    Ok(Seen { data: json!({ "providers": call.await? }), count: None })
}

async fn provider(call: impl IntoFuture<Output = Result<CustomProvider>>) -> Result<Seen> {
    plain(call).await
}

fn secret() -> ProviderCredentials {
    ProviderCredentials::new("cid", "sec")
}

fn acme() -> ProviderEndpoints {
    ProviderEndpoints::oidc("https://idp.test")
}

const CHANGE: Call =
    call!(|a| app(a.admin().oauth().update_client(APP).name("New").logo_uri("https://l")));
const REGENERATE: Call = call!(|a| app(a.admin().oauth().regenerate_client_secret(APP)));
const DELETE: Call = call!(|a| a.admin().oauth().delete_client(APP));
const PASSKEYS: Call = call!(|a| plain(a.admin().list_passkeys(USER)));

pub(crate) const CASES: &[Entry] = &[
    js("oauth/list", call!(|a| apps(a.admin().oauth().list_clients()))).client_bug("an audience that the server never sends; the count that it sent is not read", &[d("data/aud", "\"authenticated\"", "null"), d("data/total", "0", "1")]),
    js("oauth/list-error", call!(|a| apps(a.admin().oauth().list_clients()))),
    js(
        "oauth/create-all",
        call!(|a| app(a
            .admin()
            .oauth()
            .create_client(["https://a", "https://b"])
            .name("App")
            .uri("https://client.test")
            .grant_types([OAuthGrantType::AuthorizationCode])
            .token_endpoint_auth(TokenEndpointAuth::None))),
    ).server_wins("the server reads no scope and no response types of an app", &[d("body", "{\"client_name\":\"App\",\"client_uri\":\"https://client.test\",\"grant_types\":[\"authorization_code\"],\"redirect_uris\":[\"https://a\",\"https://b\"],\"response_types\":[\"code\"],\"scope\":\"openid email\",\"token_endpoint_auth_method\":\"none\"}", "{\"client_name\":\"App\",\"client_uri\":\"https://client.test\",\"grant_types\":[\"authorization_code\"],\"redirect_uris\":[\"https://a\",\"https://b\"],\"token_endpoint_auth_method\":\"none\"}")]),
    js("oauth/create-error", call!(|a| app(a.admin().oauth().create_client([""; 0]).name("")))).ours_by_design("empty-is-refused", "an app has a redirect URL", &[d("request", "POST /auth/v1/admin/oauth/clients {\"client_name\":\"\",\"redirect_uris\":[]}", "refused")]),
    js("oauth/get", call!(|a| app(a.admin().oauth().get_client(APP)))),
    js("oauth/get-not-found", call!(|a| app(a.admin().oauth().get_client("nope")))).server_wins("the server answers 400 to what is no UUID", &[d("request", "GET /auth/v1/admin/oauth/clients/nope", "refused")]),
    js("oauth/update", CHANGE),
    js(
        "oauth/update-all",
        call!(|a| app(a
            .admin()
            .oauth()
            .update_client(APP)
            .name("N")
            .uri("u")
            .logo_uri("l")
            .redirect_uris(["r"])
            .grant_types([OAuthGrantType::RefreshToken])
            .token_endpoint_auth(TokenEndpointAuth::ClientSecretPost))),
    ),
    js("oauth/update-error", call!(|a| app(a.admin().oauth().update_client(APP)))).ours_by_design("empty-is-refused", "a change of nothing is a mistake", &[d("request", "PUT /auth/v1/admin/oauth/clients/c0ffee00-0000-4000-8000-000000000001 {}", "refused")]),
    js("oauth/delete-error", DELETE),
    js("oauth/delete-network", DELETE),
    js("oauth/regenerate", REGENERATE),
    js("oauth/regenerate-forbidden", REGENERATE),
    js(
        "provider/list-type",
        call!(|a| providers(
            a.admin().custom_providers().list_providers().kind(CustomProviderKind::Oauth2)
        )),
    ),
    js("provider/list-null", call!(|a| providers(a.admin().custom_providers().list_providers()))),
    js("provider/list-error", call!(|a| providers(a.admin().custom_providers().list_providers()))),
    js(
        "provider/create-oidc",
        call!(|a| provider(
            a.admin()
                .custom_providers()
                .create_provider("custom:acme", "Acme", acme(), secret())
                .scopes(["openid", "email"])
                .pkce_enabled(true)
                .skip_nonce_check(false)
                .discovery_url("https://idp.test/.well-known/openid-configuration")
        )),
    ),
    js(
        "provider/create-oauth2",
        call!(|a| provider(
            a.admin()
                .custom_providers()
                .create_provider(
                    "custom:x",
                    "X",
                    ProviderEndpoints::oauth2("https://x/a", "https://x/t", "https://x/u"),
                    secret(),
                )
                .jwks_uri("https://x/j")
                .attribute_mapping(&json!({ "email": "mail" }))
                .authorization_params(&json!({ "prompt": "consent" }))
                .acceptable_client_ids(["a"])
                .custom_claims_allowlist(["groups"])
                .enabled(false)
                .email_optional(true)
        )),
    ),
    js(
        "provider/create-error",
        call!(|a| provider(a.admin().custom_providers().create_provider(
            "x",
            "",
            ProviderEndpoints::oidc(""),
            ProviderCredentials::new("", "")
        ))),
    ).ours_by_design("empty-is-refused", "a provider has a name, a client and an issuer", &[d("request", "POST /auth/v1/admin/custom-providers {\"client_id\":\"\",\"client_secret\":\"\",\"identifier\":\"x\",\"name\":\"\",\"provider_type\":\"oidc\"}", "refused")]),
    js("provider/get", call!(|a| provider(a.admin().custom_providers().get_provider("acme")))),
    js(
        "provider/get-identifier-special",
        call!(|a| provider(a.admin().custom_providers().get_provider("custom:a b/c d"))),
    ).server_wins("the server keeps no identifier with such characters", &[d("request", "GET /auth/v1/admin/custom-providers/custom:a%20b/c?d=", "refused")]),
    js(
        "provider/update",
        call!(|a| provider(
            a.admin()
                .custom_providers()
                .update_provider("custom:acme")
                .name("Acme 2")
                .enabled(false)
        )),
    ),
    js(
        "provider/update-error",
        call!(|a| provider(a.admin().custom_providers().update_provider("custom:acme"))),
    ).ours_by_design("empty-is-refused", "a change of nothing is a mistake", &[d("request", "PUT /auth/v1/admin/custom-providers/custom:acme {}", "refused")]),
    js(
        "provider/update-secret",
        call!(|a| provider(
            a.admin()
                .custom_providers()
                .update_provider("custom:acme")
                .credentials(ProviderCredentials::new("c2", "s2"))
                .scopes([""; 0])
        )),
    ),
    js("provider/delete", call!(|a| a.admin().custom_providers().delete_provider("custom:acme"))),
    js("provider/delete-error", call!(|a| a.admin().custom_providers().delete_provider("no"))),
    js("provider/delete-500", call!(|a| a.admin().custom_providers().delete_provider("acme"))).ours_by_design("plain-text-errors", "the JavaScript client reads no bodies of gateways", &[d("error message", "Internal Server Error", "oops")]),
    js("passkey/list", PASSKEYS),
    js("passkey/list-bad-uuid", call!(|a| plain(a.admin().list_passkeys("not-a-uuid")))),
    js("passkey/list-error", PASSKEYS),
    js("passkey/delete-error", call!(|a| a.admin().delete_passkey(USER, PASSKEY))),
    py("oauth/list-oauth-clients", call!(|a| apps(a.admin().oauth().list_clients()))),
    py(
        "oauth/list-oauth-clients-paginated",
        call!(|a| apps(a.admin().oauth().list_clients().page(1).per_page(10))),
    ).client_bug("its own options cannot be read", &[d("requests", "0", "1")]),
    py(
        "oauth/list-oauth-clients-paginated-fixed",
        call!(|a| apps(a.admin().oauth().list_clients().page(1).per_page(10))),
    ),
    py(
        "oauth/create-oauth-client",
        call!(|a| py_app(
            a.admin()
                .oauth()
                .create_client(["https://example.com/callback"])
                .name("My OAuth Client")
        )),
    ).server_wins("the server reads `client_name`", &[d("body", "{\"name\":\"My OAuth Client\",\"redirect_uris\":[\"https://example.com/callback\"]}", "{\"client_name\":\"My OAuth Client\",\"redirect_uris\":[\"https://example.com/callback\"]}")]),
    py(
        "oauth/create-oauth-client-fixed",
        call!(|a| py_app(
            a.admin()
                .oauth()
                .create_client(["https://example.com/callback"])
                .name("My OAuth Client")
        )),
    ),
    py(
        "oauth/update-oauth-client",
        call!(|a| py_app(a.admin().oauth().update_client("client-id").name("Updated"))),
    ),
    py("oauth/get-oauth-client", call!(|a| py_app(a.admin().oauth().get_client("client-id")))),
    py("oauth/delete-oauth-client", call!(|a| a.admin().oauth().delete_client("client-id"))),
    py(
        "oauth/regenerate-oauth-client-secret",
        call!(|a| py_app(a.admin().oauth().regenerate_client_secret("client-id"))),
    ),
    py(
        "oauth/update-uuid",
        call!(|a| py_app(a.admin().oauth().update_client(PY_APP).name("Updated"))),
    ),
    py("oauth/get-uuid", call!(|a| py_app(a.admin().oauth().get_client(PY_APP)))),
    py("oauth/delete-uuid", call!(|a| a.admin().oauth().delete_client(PY_APP))),
    py(
        "oauth/regenerate-secret-uuid",
        call!(|a| py_app(a.admin().oauth().regenerate_client_secret(PY_APP))),
    ),
];
