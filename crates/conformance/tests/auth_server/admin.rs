//! The calls of administrators, from what was recorded of them.

use std::future::IntoFuture;

use gotrue_rs::{
    AuthClient, BanDuration, CustomProviderKind, Email, Error, Link, OAuthClient, OAuthClientKind,
    OAuthGrantType, Phone, ProviderCredentials, ProviderEndpoints, Secret, TokenEndpointAuth,
};
use serde_json::{Value, json};

use crate::calls::Made;
use crate::fields::{Fields, MISSING, given};
use crate::{Reason, Request};

const NO_CALL: Reason = "no call of any client";

async fn told<T: serde::Serialize>(call: impl IntoFuture<Output = Result<T, Error>>) -> Made {
    Ok(call.await.map(|value| json!(value)))
}

async fn done(call: impl IntoFuture<Output = Result<(), Error>>) -> Made {
    Ok(call.await.map(|()| Value::Null))
}

fn ban(fields: &mut Fields) -> Result<Option<BanDuration>, Reason> {
    Ok(match fields.text("ban_duration")?.as_deref() {
        None => None,
        Some("none") => Some(BanDuration::None),
        Some("24h") => Some(BanDuration::For(std::time::Duration::from_secs(24 * 3600))),
        Some(_) => return Err("a time that is none"),
    })
}

/// An app with its secret, which its JSON leaves out.
fn app(app: &OAuthClient) -> Value {
    let mut value = json!(app);
    if let Some(secret) = &app.client_secret {
        value["client_secret"] = json!(Secret::expose(secret));
    }
    value
}

pub(crate) async fn make(auth: &AuthClient, request: &Request, segments: &[&str]) -> Made {
    let admin = auth.admin();
    let mut fields = Fields::of(request.json())?;
    let query = request.query();
    let pair = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, v)| v.clone());
    match (request.method.as_str(), segments) {
        ("POST", ["invite"]) => {
            let call = admin.invite_user_by_email(Email(fields.required("email")?));
            let mut call = given!(call, redirect_to: pair("redirect_to"));
            if let Some(data) = fields.take("data") {
                call = call.data(&data);
            }
            told(call).await
        }
        ("POST", ["admin", "generate_link"]) => link(&admin, request, fields).await,
        ("GET", ["admin", "users"]) => {
            let mut call = admin.list_users();
            for (name, value) in &query {
                if !["page", "per_page"].contains(&name.as_str()) {
                    return Err("what no official client asks for: sorting, filters, cursors");
                }
                let Ok(number) = value.parse() else { return Err("a number that is none") };
                call = if name == "page" { call.page(number) } else { call.per_page(number) };
            }
            Ok(call.await.map(|page| json!({ "users": page.users, "aud": page.aud })))
        }
        ("POST", ["admin", "users"]) => create_user(&admin, fields).await,
        ("GET", ["admin", "users", id]) => told(admin.get_user_by_id(id)).await,
        ("PUT", ["admin", "users", id]) => {
            let ban = ban(&mut fields)?;
            let call = given!(
                admin.update_user_by_id(id),
                email: fields.text("email")?,
                phone: fields.text("phone")?,
                email_confirm: fields.flag("email_confirm")?,
                phone_confirm: fields.flag("phone_confirm")?,
                password: fields.text("password")?,
                ban_duration: ban,
            );
            let (user, app) = (fields.take("user_metadata"), fields.take("app_metadata"));
            told(given!(call, user_metadata: user.as_ref(), app_metadata: app.as_ref())).await
        }
        ("DELETE", ["admin", "users", id]) => {
            let call = admin.delete_user(id);
            if fields.flag("should_soft_delete")? == Some(true) {
                return done(call.soft()).await;
            }
            done(call).await
        }
        ("GET", ["admin", "users", id, "factors"]) => told(admin.list_factors(id)).await,
        ("DELETE", ["admin", "users", id, "factors", factor]) => {
            done(admin.delete_factor(id, factor)).await
        }
        ("GET", ["admin", "users", id, "passkeys"]) => told(admin.list_passkeys(id)).await,
        ("DELETE", ["admin", "users", id, "passkeys", key]) => {
            done(admin.delete_passkey(id, key)).await
        }
        (_, ["admin", "oauth", "clients", ..]) => apps(&admin, request, segments, fields).await,
        (_, ["admin", "custom-providers", ..]) => {
            providers(&admin, request, segments, fields, pair("type")).await
        }
        (_, ["admin", "sso", ..] | ["admin", "audit"]) => {
            Err("what the platform's own pages and tools do: SAML providers, the audit log")
        }
        _ => Err(NO_CALL),
    }
}

async fn link(admin: &gotrue_rs::AdminClient, request: &Request, mut fields: Fields) -> Made {
    let email = fields.required("email")?;
    let kind = fields.required("type")?;
    let link = match kind.as_str() {
        "signup" => Link::signup(email, fields.required("password")?),
        "invite" => Link::invite(email),
        "magiclink" => Link::magiclink(email),
        "recovery" => Link::recovery(email),
        "email_change_current" => Link::email_change_current(email, fields.required("new_email")?),
        "email_change_new" => Link::email_change_new(email, fields.required("new_email")?),
        _ => return Err("a kind of link is one of six"),
    };
    if request.json().get("redirect_to").is_some() {
        return Err("where a link leads to in the body, which we say in the query");
    }
    let query = request.query();
    let redirect = query.iter().find(|(name, _)| name == "redirect_to");
    let redirect = redirect.map(|(_, url)| url.clone());
    let mut call = given!(admin.generate_link(link), redirect_to: redirect);
    if let Some(data) = fields.take("data") {
        call = call.data(&data);
    }
    Ok(call.await.map(|link| {
        let mut value = json!(link.user);
        value["action_link"] = json!(link.action_link.expose());
        value["email_otp"] = json!(link.email_otp.expose());
        value["hashed_token"] = json!(link.hashed_token.expose());
        value["verification_type"] = json!(link.verification_type);
        value["redirect_to"] = json!(link.redirect_to);
        value
    }))
}

async fn create_user(admin: &gotrue_rs::AdminClient, mut fields: Fields) -> Made {
    let ban = ban(&mut fields)?;
    let (email, phone) = (fields.text("email")?, fields.text("phone")?);
    let call = match (email, phone) {
        (Some(email), phone) => given!(admin.create_user(Email(email)), phone: phone),
        (None, Some(phone)) => admin.create_user(Phone(phone)),
        (None, None) => return Err(MISSING),
    };
    let call = given!(
        call,
        id: fields.text("id")?,
        password: fields.text("password")?,
        password_hash: fields.text("password_hash")?,
        email_confirm: fields.flag("email_confirm")?,
        phone_confirm: fields.flag("phone_confirm")?,
        role: fields.text("role")?,
        ban_duration: ban,
    );
    let (user, app) = (fields.take("user_metadata"), fields.take("app_metadata"));
    told(given!(call, user_metadata: user.as_ref(), app_metadata: app.as_ref())).await
}

async fn apps(
    admin: &gotrue_rs::AdminClient,
    request: &Request,
    segments: &[&str],
    mut fields: Fields,
) -> Made {
    let apps = admin.oauth();
    let name = fields.text("client_name")?;
    let redirects = fields.texts("redirect_uris")?;
    match (request.method.as_str(), segments) {
        ("GET", ["admin", "oauth", "clients"]) => {
            let page = apps.list_clients().await;
            Ok(page
                .map(|page| json!({ "clients": page.clients.iter().map(app).collect::<Vec<_>>() })))
        }
        ("POST", ["admin", "oauth", "clients"]) => {
            let kinds = fields.texts("grant_types")?;
            let kinds = kinds.map(|kinds| {
                kinds.iter().map(|kind| OAuthGrantType::from(kind.as_str())).collect::<Vec<_>>()
            });
            let method = fields.text("token_endpoint_auth_method")?;
            let call = given!(
                apps.create_client(redirects.ok_or(MISSING)?),
                name: name,
                uri: fields.text("client_uri")?,
                logo_uri: fields.text("logo_uri")?,
                kind: fields.text("client_type")?.map(|kind| OAuthClientKind::from(kind.as_str())),
                token_endpoint_auth: method.map(|method| TokenEndpointAuth::from(method.as_str())),
                grant_types: kinds,
            );
            Ok(call.await.map(|made| app(&made)))
        }
        ("GET", [_, _, _, id]) => Ok(apps.get_client(id).await.map(|found| app(&found))),
        ("PUT", [_, _, _, id]) => {
            let call = given!(apps.update_client(id), name: name, redirect_uris: redirects);
            Ok(call.await.map(|changed| app(&changed)))
        }
        ("DELETE", [_, _, _, id]) => done(apps.delete_client(id)).await,
        ("POST", [_, _, _, id, "regenerate_secret"]) => {
            Ok(apps.regenerate_client_secret(id).await.map(|renewed| app(&renewed)))
        }
        _ => Err(NO_CALL),
    }
}

async fn providers(
    admin: &gotrue_rs::AdminClient,
    request: &Request,
    segments: &[&str],
    mut fields: Fields,
    kind: Option<String>,
) -> Made {
    let providers = admin.custom_providers();
    let scopes = fields.texts("scopes")?;
    let enabled = fields.flag("enabled")?;
    match (request.method.as_str(), segments) {
        ("GET", ["admin", "custom-providers"]) => {
            let kind = kind.map(|kind| CustomProviderKind::from(kind.as_str()));
            let list = given!(providers.list_providers(), kind: kind).await;
            Ok(list.map(|list| json!({ "providers": list })))
        }
        ("POST", ["admin", "custom-providers"]) => {
            let endpoints = match fields.required("provider_type")?.as_str() {
                "oidc" => ProviderEndpoints::oidc(fields.required("issuer")?),
                "oauth2" => ProviderEndpoints::oauth2(
                    fields.required("authorization_url")?,
                    fields.required("token_url")?,
                    fields.required("userinfo_url")?,
                ),
                _ => return Err("a protocol is one of two"),
            };
            let credentials = ProviderCredentials::new(
                fields.required("client_id")?,
                fields.required("client_secret")?,
            );
            let identifier = fields.required("identifier")?;
            let name = fields.required("name")?;
            let (mapping, params) =
                (fields.take("attribute_mapping"), fields.take("authorization_params"));
            told(given!(
                providers.create_provider(identifier, name, endpoints, credentials),
                scopes: scopes,
                enabled: enabled,
                pkce_enabled: fields.flag("pkce_enabled")?,
                email_optional: fields.flag("email_optional")?,
                jwks_uri: fields.text("jwks_uri")?,
                custom_claims_allowlist: fields.texts("custom_claims_allowlist")?,
                acceptable_client_ids: fields.texts("acceptable_client_ids")?,
                attribute_mapping: mapping.as_ref(),
                authorization_params: params.as_ref(),
            ))
            .await
        }
        ("GET", [_, _, id]) => told(providers.get_provider(id)).await,
        ("PUT", [_, _, id]) => {
            let name = fields.text("name")?;
            let call = providers.update_provider(id);
            told(given!(call, name: name, scopes: scopes, enabled: enabled)).await
        }
        ("DELETE", [_, _, id]) => done(providers.delete_provider(id)).await,
        _ => Err(NO_CALL),
    }
}
