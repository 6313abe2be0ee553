//! Passkeys.

use conformance::Call::{Replay, Unwritable};
use conformance::probe::Observe as _;
use conformance::replay::Stage;
use conformance::{Call, Entry, Seen, d, js};
use serde_json::{Value, json};
use supabase_http::{BoxFuture, Result};

use super::device::Device;
use super::{bare, plain};

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

type Watched = BoxFuture<'static, Result<Option<Seen>>>;

/// Registers by a device, and tells what the device was asked.
fn register(stage: Stage) -> Watched {
    Box::pin(async move {
        let device = Device::platform();
        let passkey = stage.auth()?.passkeys().register(device.clone()).await?;
        let data = json!({ "r": { "data": passkey }, "ceremony": device.asked() });
        Ok(Some(Seen { data, count: None }))
    })
}

/// Signs in by a device, and tells what the device was asked.
fn sign_in(stage: Stage) -> Watched {
    Box::pin(async move {
        let device = Device::platform();
        let call = stage.auth()?.passkeys().sign_in(device.clone()).captcha_token("c1");
        let session = call.await?.observe().data;
        let mut asked = device.asked();
        // How the browser shows the choice.
        if let Some(first) = asked[0].as_array_mut() {
            first.push(Value::Null);
        }
        let data = json!({ "r": { "data": session }, "ceremony": asked });
        Ok(Some(Seen { data, count: None }))
    })
}

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
    js("passkey/register-ceremony", Replay(register)),
    js(
        "passkey/register-ceremony-null",
        call!(|a| plain(a.passkeys().register(Device::declined()))),
    ),
    js("passkey/sign-in-ceremony", Replay(sign_in))
        .language_only("a browser", &[d("data/ceremony/0/2", "\"conditional\"", "null")]),
    js("passkey/sign-in-ceremony-cancelled", call!(|a| a.passkeys().sign_in(Device::declined()))),
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
