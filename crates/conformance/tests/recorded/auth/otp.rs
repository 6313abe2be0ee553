//! Codes and links that are sent.

use conformance::Call::Replay;
use conformance::probe::Observe as _;
use conformance::replay::Stage;
use conformance::{Entry, Seen, d, js, py};
use gotrue_rs::{Email, FlowType, OtpChannel, OtpKind, Phone, PkceFlow};
use serde_json::json;
use supabase_http::{BoxFuture, Result};

use super::{ADA, PHONE, PY, PY_PHONE};

const PY_OTHER_PHONE: Phone<&str> = Phone("1234567890");

/// Comes back from the mail of a lost password, which was sent before.
fn after_reset(stage: Stage) -> BoxFuture<'static, Result<Option<Seen>>> {
    Box::pin(async move {
        let begun = PkceFlow::new()?;
        let flow = PkceFlow::from_parts(begun.id(), begun.expose_verifier(), true)?;
        let exchange = stage.auth_of_nobody()?;
        let exchange = exchange.exchange_code_for_session("34e770dd-9ff9-416c-87fa-43b31d7ef225");
        Ok(Some(exchange.flow(&flow).await?.observe()))
    })
}

pub(crate) const CASES: &[Entry] = &[
    js("otp/email", call!(|a| a.sign_in_with_otp(ADA))),
    js(
        "otp/email-all",
        call!(|a| a
            .sign_in_with_otp(ADA)
            .redirect_to("https://app.test/in?x=1")
            .existing_users_only()
            .data(&json!({ "a": 1 }))
            .captcha_token("c1")),
    ),
    js("otp/email-pkce", call!(|a| a.sign_in_with_otp(ADA))),
    js(
        "otp/email-pkce-redirect-flow-id",
        call!(|a| a.sign_in_with_otp(ADA).redirect_to("https://app.test/in")),
    ),
    js("otp/email-pkce-error-clears-verifier", call!(|a| a.sign_in_with_otp(ADA))),
    js("otp/phone", call!(|a| a.sign_in_with_otp(PHONE))),
    js(
        "otp/phone-all",
        call!(|a| a
            .sign_in_with_otp(PHONE)
            .existing_users_only()
            .data(&json!({ "a": 1 }))
            .captcha_token("c1")
            .channel(OtpChannel::Whatsapp)),
    ),
    js("otp/phone-no-message-id", call!(|a| a.sign_in_with_otp(PHONE))),
    js("otp/error-signups", call!(|a| a.sign_in_with_otp(ADA).existing_users_only())),
    js("otp/error-phone-provider", call!(|a| a.sign_in_with_otp(Phone("+1")))),
    js("otp/empty-body-200", call!(|a| a.sign_in_with_otp(ADA))).client_bug(
        "a mail that was sent is reported as a failure",
        &[d("outcome", "failure", "200 {\"messageId\":null,\"message_id\":null}")],
    ),
    js("resend/email_change", call!(|a| a.resend(OtpKind::EmailChange, ADA))),
    js("resend/sms", call!(|a| a.resend(OtpKind::Sms, PHONE))),
    js(
        "resend/email-options",
        call!(|a| a
            .resend(OtpKind::Signup, ADA)
            .redirect_to("https://app.test/w")
            .captcha_token("c1")),
    ),
    js("resend/phone-captcha", call!(|a| a.resend(OtpKind::Sms, Phone("+1")).captcha_token("c1"))),
    js("resend/keeps-session", call!(|a| a.resend(OtpKind::Signup, ADA))),
    js("resend/missing", call!(|a| a.resend(OtpKind::Signup, Email("")))),
    js("resend/error", call!(|a| a.resend(OtpKind::Signup, ADA))),
    js("recover/basic", call!(|a| a.reset_password_for_email(ADA))),
    js(
        "recover/options",
        call!(|a| a
            .reset_password_for_email(ADA)
            .redirect_to("https://app.test/reset?x=1")
            .captcha_token("c1")),
    ),
    js(
        "recover/pkce-redirect-flow-id",
        call!(|a| a.reset_password_for_email(ADA).redirect_to("https://app.test/reset")),
    ),
    js("recover/error", call!(|a| a.reset_password_for_email(ADA))),
    js("reauthenticate/basic", call!(|a| a.reauthenticate())),
    js("reauthenticate/no-session", call!(|a| a.reauthenticate())),
    py(
        "sign-in-with-otp/sign-in-with-email",
        call!(|a| a.sign_in_with_otp(PY).redirect_to("https://example.com/welcome")),
    ),
    py("sign-in-with-otp/sign-in-with-sms-otp", call!(|a| a.sign_in_with_otp(PY_PHONE))),
    py(
        "sign-in-with-otp/sign-in-with-whatsapp-otp",
        call!(|a| a.sign_in_with_otp(PY_PHONE).channel(OtpChannel::Whatsapp)),
    ),
    py(
        "sign-in-with-otp/email-options",
        call!(|a| a
            .sign_in_with_otp(PY)
            .existing_users_only()
            .data(&json!({ "a": 1 }))
            .captcha_token("captcha")),
    ),
    py(
        "sign-in-with-otp/phone-options",
        call!(|a| a
            .sign_in_with_otp(PY_PHONE)
            .existing_users_only()
            .data(&json!({ "a": 1 }))
            .captcha_token("captcha")),
    ),
    py("sign-in-with-otp/error-signups", call!(|a| a.sign_in_with_otp(PY).existing_users_only())),
    py("sign-in-with-otp/error-empty", call!(|a| a.sign_in_with_otp(Email("")))),
    // This client resends without a code, whatever its flow.
    py(
        "resend-email-or-phone-otps/resend-email-signup-confirmation",
        call!(|a| a
            .flow_type(FlowType::Implicit)
            .resend(OtpKind::Signup, PY)
            .redirect_to("https://example.com/welcome")),
    ),
    py(
        "resend-email-or-phone-otps/resend-phone-signup-confirmation",
        call!(|a| a.resend(OtpKind::Sms, PY_OTHER_PHONE)),
    ),
    py(
        "resend-email-or-phone-otps/resend-email-change-email",
        call!(|a| a.flow_type(FlowType::Implicit).resend(OtpKind::EmailChange, PY)),
    ),
    py(
        "resend-email-or-phone-otps/resend-phone-change",
        call!(|a| a.resend(OtpKind::PhoneChange, PY_OTHER_PHONE)),
    ),
    py(
        "resend-email-or-phone-otps/captcha",
        call!(|a| a
            .flow_type(FlowType::Implicit)
            .resend(OtpKind::Signup, PY)
            .captcha_token("captcha")),
    ),
    py("resend-email-or-phone-otps/error-empty", call!(|a| a.resend(OtpKind::Signup, Email("")))),
    py(
        "reset-password-for-email/reset-password",
        call!(|a| a
            .reset_password_for_email(PY)
            .redirect_to("https://example.com/update-password")),
    ),
    py(
        "reset-password-for-email/note-update-user",
        call!(|a| a.update_user().password("new password")),
    ),
    py("reset-password-for-email/no-options", call!(|a| a.reset_password_for_email(PY))),
    py(
        "reset-password-for-email/captcha",
        call!(|a| a.reset_password_for_email(PY).captcha_token("captcha")),
    ),
    py("reset-password-for-email/alias", call!(|a| a.reset_password_for_email(PY))),
    py("reset-password-for-email/exchange", Replay(after_reset)),
    py("send-password-reauthentication/send-reauthentication-nonce", call!(|a| a.reauthenticate())),
    py("send-password-reauthentication/error-no-session", call!(|a| a.reauthenticate())),
];
