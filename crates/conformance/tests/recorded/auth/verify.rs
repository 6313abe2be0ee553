//! Codes and hashes that come back.

use conformance::Call::Unwritable;
use conformance::{Entry, d, js, py};
use gotrue_rs::{Otp, OtpKind};

const ADA: &str = "ada@example.com";
const PHONE: &str = "+15551234567";
const PY: &str = "email@example.com";
const PY_PHONE: &str = "+13334445555";
const CODE: &str = "123456";

pub(crate) const CASES: &[Entry] = &[
    js(
        "verify-otp/email-magiclink",
        call!(|a| a.verify_otp(Otp::email(ADA, CODE).kind(OtpKind::Magiclink))),
    ),
    js(
        "verify-otp/email-recovery",
        call!(|a| a.verify_otp(Otp::email(ADA, CODE).kind(OtpKind::Recovery))),
    ),
    js(
        "verify-otp/email-email_change",
        call!(|a| a.verify_otp(Otp::email(ADA, CODE).kind(OtpKind::EmailChange))),
    ),
    js("verify-otp/phone-sms", call!(|a| a.verify_otp(Otp::phone(PHONE, CODE)))),
    js(
        "verify-otp/phone-phone_change",
        call!(|a| a.verify_otp(Otp::phone(PHONE, CODE).kind(OtpKind::PhoneChange))),
    ),
    js(
        "verify-otp/token-hash-email",
        call!(|a| a.verify_otp(Otp::token_hash("pkce_abc123", OtpKind::Email))),
    ),
    js(
        "verify-otp/token-hash-email_change",
        call!(|a| a.verify_otp(Otp::token_hash("pkce_abc123", OtpKind::EmailChange))),
    ),
    js(
        "verify-otp/user-without-session",
        call!(|a| a.verify_otp(Otp::email(ADA, CODE).kind(OtpKind::Signup))),
    ),
    js("verify-otp/error-expired", call!(|a| a.verify_otp(Otp::email(ADA, "000000")))),
    js(
        "verify-otp/error-validation",
        call!(|a| a.verify_otp(Otp::token_hash("x", OtpKind::Email))),
    ),
    js("verify-otp/body-null", call!(|a| a.verify_otp(Otp::email("a@b.c", "1")))),
    py(
        "verify-otp/verify-signup-one-time-password(otp)",
        call!(|a| a.verify_otp(Otp::email(PY, CODE))),
    ),
    py(
        "verify-otp/verify-sms-one-time-password",
        call!(|a| a.verify_otp(Otp::phone(PY_PHONE, CODE))),
    ),
    py("verify-otp/verify-email-auth(tokenhash)", Unwritable).ours_by_design(
        "shapes-are-types",
        "a hash comes without an address, which the server refuses beside it",
        &[d(
            "call",
            concat!(
                "POST /auth/v1/verify {\"email\":\"email@example.com\",",
                "\"gotrue_meta_security\":{\"captcha_token\":null},",
                "\"token_hash\":\"<token-hash>\",\"type\":\"email\"}"
            ),
            "cannot be written",
        )],
    ),
    py(
        "verify-otp/token-hash-only",
        call!(|a| a.verify_otp(Otp::token_hash("<token-hash>", OtpKind::Email))),
    ),
    py(
        "verify-otp/options",
        call!(|a| a.verify_otp(Otp::email(PY, CODE)).captcha_token("captcha")),
    )
    .client_bug(
        "the options are sent as they are, and the server reads neither them nor `redirect_to`",
        &[
            d("query redirect_to", "https://example.com/welcome", "absent"),
            d(
                "body",
                concat!(
                    "{\"email\":\"email@example.com\",",
                    "\"gotrue_meta_security\":{\"captcha_token\":\"captcha\"},",
                    "\"options\":{\"captcha_token\":\"captcha\",",
                    "\"redirect_to\":\"https://example.com/welcome\"},",
                    "\"token\":\"123456\",\"type\":\"email\"}"
                ),
                concat!(
                    "{\"email\":\"email@example.com\",",
                    "\"gotrue_meta_security\":{\"captcha_token\":\"captcha\"},",
                    "\"token\":\"123456\",\"type\":\"email\"}"
                ),
            ),
        ],
    ),
    py(
        "verify-otp/type-recovery",
        call!(|a| a.verify_otp(Otp::email(PY, CODE).kind(OtpKind::Recovery))),
    ),
    py(
        "verify-otp/type-invite",
        call!(|a| a.verify_otp(Otp::email(PY, CODE).kind(OtpKind::Invite))),
    ),
    py(
        "verify-otp/type-signup",
        call!(|a| a.verify_otp(Otp::email(PY, CODE).kind(OtpKind::Signup))),
    ),
    py(
        "verify-otp/type-magiclink",
        call!(|a| a.verify_otp(Otp::email(PY, CODE).kind(OtpKind::Magiclink))),
    ),
    py(
        "verify-otp/type-phone-change",
        call!(|a| a.verify_otp(Otp::phone(PY_PHONE, CODE).kind(OtpKind::PhoneChange))),
    ),
    py(
        "verify-otp/type-email-change-first-of-two",
        call!(|a| a.verify_otp(Otp::email(PY, CODE).kind(OtpKind::EmailChange))),
    ),
    py("verify-otp/error-expired", call!(|a| a.verify_otp(Otp::email(PY, "000000")))),
];
