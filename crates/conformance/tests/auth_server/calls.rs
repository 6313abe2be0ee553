//! The calls of users, from what was recorded of them.

use std::future::IntoFuture;

use gotrue_rs::{
    AuthClient, Email, Error, FactorKind, Otp, OtpChannel, OtpKind, Phone, PkceFlow, Provider,
    RefreshToken, Session, SignOutScope, Sso, WebauthnResponse,
};
use serde_json::{Value, json};

use crate::fields::{Fields, MISSING, given};
use crate::{Reason, Request, admin};

/// What the call gave.
pub(crate) type Made = Result<Result<Value, Error>, Reason>;

const NO_USER: Reason = "a user's call without a user, which is refused before it is sent";

async fn told<T: serde::Serialize>(call: impl IntoFuture<Output = Result<T, Error>>) -> Made {
    Ok(call.await.map(|value| json!(value)))
}

async fn session(call: impl IntoFuture<Output = Result<Session, Error>>) -> Made {
    Ok(call.await.map(|session| session.to_json()))
}

async fn done(call: impl IntoFuture<Output = Result<(), Error>>) -> Made {
    // What was deleted is what was asked for.
    Ok(call.await.map(|()| Value::Null))
}

/// An address or a phone, whichever the body has.
macro_rules! by_contact {
    ($fields:ident, |$contact:ident| $call:expr) => {
        match ($fields.text("email")?, $fields.text("phone")?) {
            (Some(email), None) => {
                let $contact = Email(email);
                $call
            }
            (None, Some(phone)) => {
                let $contact = Phone(phone);
                $call
            }
            (None, None) => return Err(MISSING),
            (Some(_), Some(_)) => return Err("an address and a phone at once"),
        }
    };
}

/// The value of a pair of the query.
fn pair(request: &Request, name: &str) -> Option<String> {
    request.query().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

fn of_user(request: &Request) -> Result<(), Reason> {
    request.bearer().map(|_| ()).ok_or(NO_USER)
}

pub(crate) async fn make(auth: &AuthClient, request: &Request) -> Made {
    if request.body.as_ref().is_some_and(|body| body.contains_key("text")) {
        return Err("a body that is no JSON");
    }
    let segments = request.segments();
    if let ["admin" | "invite", ..] = *segments {
        if request.bearer().is_none() {
            return Err("an administrator's call without a key");
        }
        return admin::make(auth, request, &segments).await;
    }
    let mut fields = Fields::of(request.json())?;
    let redirect = pair(request, "redirect_to");
    let captcha = fields.captcha();
    match (request.method.as_str(), &*segments) {
        ("POST", ["signup"]) => sign_up(auth, fields, captcha, redirect).await,
        ("POST", ["token"]) => token(auth, request, fields, captcha).await,
        ("POST", ["otp"]) => {
            let existing = fields.flag("create_user")? == Some(false);
            let data = fields.take("data");
            let channel = fields.text("channel")?.map(|word| OtpChannel::from(word.as_str()));
            by_contact!(fields, |contact| {
                let mut call = auth.sign_in_with_otp(contact);
                if existing {
                    call = call.existing_users_only();
                }
                if let Some(data) = data {
                    call = call.data(&data);
                }
                let call =
                    given!(call, channel: channel, captcha_token: captcha, redirect_to: redirect);
                message(call).await
            })
        }
        ("POST", ["recover"]) => {
            let email = Email(fields.required("email")?);
            let call = auth.reset_password_for_email(email);
            message(given!(call, captcha_token: captcha, redirect_to: redirect)).await
        }
        ("POST", ["resend"]) => {
            let kind = OtpKind::from(fields.required("type")?.as_str());
            by_contact!(fields, |contact| {
                let call = auth.resend(kind, contact);
                message(given!(call, captcha_token: captcha, redirect_to: redirect)).await
            })
        }
        ("POST", ["verify"]) => verify(auth, fields, captcha).await,
        ("GET", ["reauthenticate"]) => {
            of_user(request)?;
            message(auth.reauthenticate()).await
        }
        ("GET", ["user"]) => {
            of_user(request)?;
            told(auth.get_user()).await
        }
        ("PUT", ["user"]) => {
            of_user(request)?;
            let data = fields.take("data");
            let mut call = given!(
                auth.update_user(),
                email: fields.text("email")?,
                phone: fields.text("phone")?,
                password: fields.text("password")?,
                current_password: fields.text("current_password")?,
                nonce: fields.text("nonce")?,
                redirect_to: redirect,
            );
            if let Some(data) = data {
                call = call.data(&data);
            }
            Ok(call.await.map(|updated| json!(updated.user)))
        }
        ("POST", ["logout"]) => {
            of_user(request)?;
            let scope = match pair(request, "scope").as_deref() {
                Some("global") => SignOutScope::Global,
                Some("local") => SignOutScope::Local,
                Some("others") => SignOutScope::Others,
                _ => return Err("a scope is one of three, and said"),
            };
            // The sign-out of a client that keeps a session takes some errors for success; an administrator's does not.
            let Some(token) = request.bearer() else { return Err(NO_USER) };
            let Ok(token) = gotrue_rs::AccessToken::parse(token) else { return Err(MISSING) };
            done(auth.admin().sign_out(token).scope(scope)).await
        }
        ("GET", ["authorize"]) => {
            let provider = pair(request, "provider").ok_or(MISSING)?;
            let mut call = auth.sign_in_with_oauth(Provider::from(provider.as_str()));
            for (name, value) in request.query() {
                call = match name.as_str() {
                    "provider" | "code_challenge" | "code_challenge_method" => call,
                    "redirect_to" => call.redirect_to(value),
                    "scopes" => call.scopes([value]),
                    _ => call.query_param(name, value),
                };
            }
            Ok(call.await.map(|login| json!({ "url": login.url })))
        }
        ("GET", ["user", "identities", "authorize"]) => {
            of_user(request)?;
            let provider = pair(request, "provider").ok_or(MISSING)?;
            if pair(request, "skip_http_redirect").as_deref() != Some("true") {
                return Err("an answer that is a redirect");
            }
            let mut call = auth.link_identity(Provider::from(provider.as_str()));
            for (name, value) in request.query() {
                call = match name.as_str() {
                    "provider" | "code_challenge" | "code_challenge_method" => call,
                    "skip_http_redirect" => call,
                    "redirect_to" => call.redirect_to(value),
                    "scopes" => call.scopes([value]),
                    _ => call.query_param(name, value),
                };
            }
            Ok(call.await.map(|login| json!({ "url": login.url })))
        }
        ("DELETE", ["user", "identities", id]) => {
            of_user(request)?;
            done(auth.unlink_identity(id)).await
        }
        ("POST", ["sso"]) => {
            let sso = match (fields.text("domain")?, fields.text("provider_id")?) {
                (Some(domain), None) => Sso::domain(domain),
                (None, Some(id)) => Sso::provider(id),
                _ => return Err("neither a domain nor a provider alone"),
            };
            if fields.flag("skip_http_redirect")? != Some(true) {
                return Err("an answer that is a redirect");
            }
            let call = auth.sign_in_with_sso(sso);
            let redirect = fields.text("redirect_to")?;
            let call = given!(call, redirect_to: redirect, captcha_token: captcha);
            Ok(call.await.map(|login| json!({ "url": login.url })))
        }
        ("GET", ["settings"]) => told(auth.get_settings()).await,
        ("GET", ["health"]) => told(auth.get_health()).await,
        (method, ["factors", ..]) => {
            of_user(request)?;
            factors(auth, method, &segments, fields).await
        }
        (method, ["passkeys", ..]) => {
            passkeys(auth, request, method, &segments, fields, captcha).await
        }
        ("GET", ["oauth", "authorizations", id]) => {
            of_user(request)?;
            if request.headers.contains_key("Origin") {
                return Err("from a page of a browser");
            }
            told(auth.oauth().get_authorization_details(id)).await
        }
        ("POST", ["oauth", "authorizations", id, "consent"]) => {
            of_user(request)?;
            if request.headers.contains_key("Origin") {
                return Err("from a page of a browser");
            }
            let made = match fields.required("action")?.as_str() {
                "approve" => auth.oauth().approve_authorization(id).await,
                "deny" => auth.oauth().deny_authorization(id).await,
                _ => return Err("a decision is one of two"),
            };
            Ok(made.map(|url| json!({ "redirect_url": url })))
        }
        ("GET", ["user", "oauth", "grants"]) => {
            of_user(request)?;
            told(auth.oauth().list_grants()).await
        }
        ("DELETE", ["user", "oauth", "grants"]) => {
            of_user(request)?;
            let id = pair(request, "client_id").ok_or(MISSING)?;
            done(auth.oauth().revoke_grant(id)).await
        }
        (_, ["magiclink"]) => Err("an older name of another call"),
        (_, ["oauth", ..]) => Err("the calls of other apps, which have clients of their own"),
        (_, ["callback" | "verify", ..] | ["sso", ..]) => Err("what a browser sends"),
        (_, [".well-known", ..]) => Err("what a verifier fetches; see its own tests"),
        _ => Err("no call of any client"),
    }
}

async fn message(call: impl IntoFuture<Output = Result<gotrue_rs::MessageSent, Error>>) -> Made {
    Ok(call.await.map(|sent| json!({ "message_id": sent.message_id })))
}

async fn sign_up(
    auth: &AuthClient,
    mut fields: Fields,
    captcha: Option<String>,
    redirect: Option<String>,
) -> Made {
    let data = fields.take("data");
    let Some(password) = fields.text("password")? else {
        if fields.take("email").is_some() || fields.take("phone").is_some() {
            return Err(MISSING);
        }
        let mut call = given!(auth.sign_in_anonymously(), captcha_token: captcha);
        if let Some(data) = data {
            call = call.data(&data);
        }
        return session(call).await;
    };
    let channel = fields.text("channel")?.map(|word| OtpChannel::from(word.as_str()));
    by_contact!(fields, |contact| {
        let call = auth.sign_up(contact, password);
        let mut call =
            given!(call, channel: channel, captcha_token: captcha, redirect_to: redirect);
        if let Some(data) = data {
            call = call.data(&data);
        }
        let made = call.await;
        Ok(made.map(|signed_up| match signed_up.session {
            Some(session) => session.to_json(),
            None => json!(signed_up.user),
        }))
    })
}

async fn token(
    auth: &AuthClient,
    request: &Request,
    mut fields: Fields,
    captcha: Option<String>,
) -> Made {
    match pair(request, "grant_type").as_deref() {
        Some("password") => {
            let password = fields.required("password")?;
            by_contact!(fields, |contact| {
                let call = auth.sign_in_with_password(contact, password);
                session(given!(call, captcha_token: captcha)).await
            })
        }
        Some("refresh_token") => {
            let token = RefreshToken::parse(fields.required("refresh_token")?);
            let Ok(token) = token else { return Ok(token.map(|_| Value::Null)) };
            session(auth.refresh_session().refresh_token(&token)).await
        }
        Some("pkce") => {
            let code = fields.required("auth_code")?;
            let verifier = fields.required("code_verifier")?;
            let flow = PkceFlow::from_parts("0123456789abcdef", verifier, false);
            let Ok(flow) = flow else { return Ok(flow.map(|_| Value::Null)) };
            session(auth.exchange_code_for_session(code).flow(&flow)).await
        }
        Some("id_token") => {
            let id_token = fields.required("id_token")?;
            let Some(provider) = fields.text("provider")? else {
                return Err("a provider by its issuer and client id alone");
            };
            let provider = Provider::from(provider.as_str());
            let call = if fields.flag("link_identity")? == Some(true) {
                of_user(request)?;
                auth.link_identity_with_id_token(provider, id_token)
            } else {
                auth.sign_in_with_id_token(provider, id_token)
            };
            session(given!(
                call,
                access_token: fields.text("access_token")?,
                nonce: fields.text("nonce")?,
                captcha_token: captcha,
            ))
            .await
        }
        Some("web3") => Err("signed by a wallet; see the texts in their own tests"),
        _ => Err("no call of any client"),
    }
}

async fn verify(auth: &AuthClient, mut fields: Fields, captcha: Option<String>) -> Made {
    let kind = OtpKind::from(fields.required("type")?.as_str());
    let otp = match (fields.text("token")?, fields.text("token_hash")?) {
        (None, Some(hash)) => Otp::token_hash(hash, kind),
        (Some(code), None) => match (fields.text("email")?, fields.text("phone")?) {
            (Some(email), None) => Otp::email(email, code).kind(kind),
            (None, Some(phone)) => Otp::phone(phone, code).kind(kind),
            _ => return Err("neither an address nor a phone alone"),
        },
        _ => return Err("neither a code nor a hash alone"),
    };
    let made = given!(auth.verify_otp(otp), captcha_token: captcha).await;
    Ok(made.map(|verified| match verified.session {
        Some(session) => session.to_json(),
        // One half of a change of address: the server says so, and no more.
        None => match verified.message {
            Some(message) => json!({ "code": "200", "msg": message }),
            None => json!(verified.user),
        },
    }))
}

async fn factors(auth: &AuthClient, method: &str, segments: &[&str], mut fields: Fields) -> Made {
    let mfa = auth.mfa();
    match (method, segments) {
        ("POST", ["factors"]) => {
            let kind = FactorKind::from(fields.required("factor_type")?.as_str());
            let name = fields.text("friendly_name")?;
            match kind {
                FactorKind::Totp => {
                    let issuer = fields.text("issuer")?;
                    let call = given!(mfa.enroll_totp(), friendly_name: name, issuer: issuer);
                    Ok(call.await.map(|totp| {
                        json!({
                            "id": totp.id, "type": "totp", "friendly_name": totp.friendly_name,
                            "totp": {
                                "qr_code": totp.qr_code, "secret": totp.secret.expose(),
                                "uri": totp.uri.expose(),
                            }
                        })
                    }))
                }
                FactorKind::Phone => {
                    let phone = Phone(fields.required("phone")?);
                    told(given!(mfa.enroll_phone(phone), friendly_name: name)).await
                }
                FactorKind::Webauthn => {
                    told(given!(mfa.enroll_webauthn(), friendly_name: name)).await
                }
                _ => Err("a kind of factor is one of three"),
            }
        }
        ("POST", ["factors", id, "challenge"]) => {
            let call = mfa.challenge(id);
            let channel = fields.text("channel")?.map(|word| OtpChannel::from(word.as_str()));
            let mut call = given!(call, channel: channel);
            if let Some(webauthn) = fields.take("webauthn") {
                let mut of = Fields::of(webauthn)?;
                let origins = of.texts("rpOrigins")?.unwrap_or_default();
                call = call.webauthn(of.required("rpId")?, origins);
            }
            told(call).await
        }
        ("POST", ["factors", id, "verify"]) => {
            let challenge = fields.required("challenge_id")?;
            if let Some(webauthn) = fields.take("webauthn") {
                let mut of = Fields::of(webauthn)?;
                let kind = of.required("type")?;
                let answer = of.take("credential_response").ok_or(MISSING)?;
                let response = match kind.as_str() {
                    "create" => WebauthnResponse::create(&answer),
                    "request" => WebauthnResponse::request(&answer),
                    _ => return Err("an answer of a device is one of two"),
                };
                return session(mfa.verify_webauthn(id, challenge, &response)).await;
            }
            session(mfa.verify(id, challenge, fields.required("code")?)).await
        }
        ("DELETE", ["factors", id]) => done(mfa.unenroll(id)).await,
        _ => Err("no call of any client"),
    }
}

async fn passkeys(
    auth: &AuthClient,
    request: &Request,
    method: &str,
    segments: &[&str],
    mut fields: Fields,
    captcha: Option<String>,
) -> Made {
    let keys = auth.passkeys();
    match (method, segments) {
        ("POST", ["passkeys", "authentication", "options"]) => {
            told(given!(keys.start_authentication(), captcha_token: captcha)).await
        }
        ("POST", ["passkeys", "authentication", "verify"]) => {
            let answer = fields.take("credential").ok_or(MISSING)?;
            session(keys.verify_authentication(fields.required("challenge_id")?, &answer)).await
        }
        _ => {
            of_user(request)?;
            match (method, segments) {
                ("POST", ["passkeys", "registration", "options"]) => {
                    told(keys.start_registration()).await
                }
                ("POST", ["passkeys", "registration", "verify"]) => {
                    let answer = fields.take("credential").ok_or(MISSING)?;
                    told(keys.verify_registration(fields.required("challenge_id")?, &answer)).await
                }
                ("GET", ["passkeys"]) => told(keys.list()).await,
                ("PATCH", ["passkeys", id]) => {
                    told(keys.update(id, fields.required("friendly_name")?)).await
                }
                ("DELETE", ["passkeys", id]) => done(keys.delete(id)).await,
                _ => Err("no call of any client"),
            }
        }
    }
}
