//! Passkeys.

use conformance::Call::{Pending, Unwritable};
use conformance::{Call, Entry, d, js};
use serde_json::{Value, json};

use super::{bare, plain};

/// A ceremony with an authenticator of the app's.
const CEREMONY: Call = Pending("gotrue-rs/src/passkey-ceremonies");

fn created() -> Value {
    json!({
        "id": "Y3JlZC0x", "rawId": "Y3JlZC0x", "type": "public-key",
        "response": { "clientDataJSON": "e30", "attestationObject": "o2M" },
        "clientExtensionResults": {}, "authenticatorAttachment": "platform"
    })
}

fn asserted() -> Value {
    json!({
        "id": "Y3JlZC0x", "rawId": "Y3JlZC0x", "type": "public-key",
        "response": {
            "clientDataJSON": "e30", "authenticatorData": "AAA", "signature": "BBB",
            "userHandle": "dXNlci0x"
        },
        "clientExtensionResults": {}
    })
}

const START: Call = call!(|a| plain(a.passkeys().start_registration()));
const VERIFY: Call = call!(|a| plain(a.passkeys().verify_registration("ch-1", &created())));
const LIST: Call = call!(|a| plain(a.passkeys().list()));

pub(crate) const CASES: &[Entry] = &[
    js("passkey/start-registration", START),
    js("passkey/start-registration-error", START),
    js("passkey/verify-registration", VERIFY),
    js("passkey/verify-registration-error", VERIFY),
    js("passkey/verify-registration-no-session", VERIFY),
    js("passkey/start-authentication", call!(|a| plain(a.passkeys().start_authentication()))),
    js(
        "passkey/start-authentication-captcha",
        call!(|a| plain(a.passkeys().start_authentication().captcha_token("c1"))),
    ),
    js(
        "passkey/verify-authentication-error",
        call!(|a| bare(a.passkeys().verify_authentication("ch-2", &asserted()))),
    ),
    js("passkey/register-ceremony", CEREMONY),
    js("passkey/register-ceremony-null", CEREMONY),
    js("passkey/sign-in-ceremony", CEREMONY),
    js("passkey/sign-in-ceremony-cancelled", CEREMONY),
    js("passkey/sign-in-no-webauthn", Unwritable)
        .language_only("a browser", &[d("call", "none", "cannot be written")]),
    js("passkey/list", LIST),
    js("passkey/list-no-session", LIST),
    js("passkey/list-error", LIST),
    js("passkey/update", call!(|a| plain(a.passkeys().update("pk-1", "Phone")))),
    js("passkey/update-no-session", call!(|a| plain(a.passkeys().update("pk-1", "Phone")))),
    js("passkey/update-error", call!(|a| plain(a.passkeys().update("pk-1", "")))).ours_by_design(
        "empty-is-refused",
        "a name is not empty",
        &[d("request", "PATCH /auth/v1/passkeys/pk-1 {\"friendly_name\":\"\"}", "refused")],
    ),
    js("passkey/delete", call!(|a| a.passkeys().delete("pk-1"))),
    js("passkey/delete-error", call!(|a| a.passkeys().delete("gone"))),
];
