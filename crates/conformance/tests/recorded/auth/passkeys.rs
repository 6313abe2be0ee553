//! Passkeys.

use conformance::Call::Pending;
use conformance::{Entry, js};

const LATER: conformance::Call = Pending("gotrue-rs/src/api/passkeys.rs");

pub(crate) const CASES: &[Entry] = &[
    js("passkey/start-registration", LATER),
    js("passkey/start-registration-error", LATER),
    js("passkey/verify-registration", LATER),
    js("passkey/verify-registration-error", LATER),
    js("passkey/verify-registration-no-session", LATER),
    js("passkey/start-authentication", LATER),
    js("passkey/start-authentication-captcha", LATER),
    js("passkey/verify-authentication-error", LATER),
    js("passkey/register-ceremony", LATER),
    js("passkey/register-ceremony-null", LATER),
    js("passkey/sign-in-ceremony", LATER),
    js("passkey/sign-in-ceremony-cancelled", LATER),
    js("passkey/sign-in-no-webauthn", LATER),
    js("passkey/list", LATER),
    js("passkey/list-no-session", LATER),
    js("passkey/list-error", LATER),
    js("passkey/update", LATER),
    js("passkey/update-no-session", LATER),
    js("passkey/update-error", LATER),
    js("passkey/delete", LATER),
    js("passkey/delete-error", LATER),
];
