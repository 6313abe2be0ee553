//! Exchanges that come out different, with the reason.

use std::collections::BTreeMap;

use crate::Reason;

/// By name: why.
pub(crate) fn known() -> BTreeMap<&'static str, Reason> {
    let mut known = BTreeMap::new();
    for (reason, names) in KNOWN {
        known.extend(names.iter().map(|name| (*name, *reason)));
    }
    known
}

const KNOWN: &[(Reason, &[&str])] = &[
    (
        "half of a challenge, or by a method that the server does not know",
        &[
            "signup.email.pkce.method-only",
            "signup.email.pkce.challenge-only",
            "signup.email.pkce.bad-method",
            "otp.email.pkce.bad-method",
            "recover.pkce.partial",
            "resend.pkce.bad-method",
            "email_change.pkce.partial",
            "email_change.pkce.bad-method",
            "authorize.pkce.bad-method",
        ],
    ),
    (
        "what the server reads no more: `options` in the body, scopes of an app",
        &["verify.post.email.magiclink-token", "oauth.clients.create.post-method"],
    ),
    ("a hash beside an address, which are alternatives here", &["verify.post.hash-with-email"]),
    (
        "what was deleted, which is what was asked for",
        &[
            "mfa.totp.aal2.unenroll-unverified",
            "mfa.totp.unenroll",
            "mfa.phone.unenroll",
            "mfa.webauthn.unenroll",
            "admin.factors.delete",
        ],
    ),
    (
        "an identifier without `custom:`, which is put before it",
        &["custom_providers.create.no-prefix", "custom_providers.get.no-prefix"],
    ),
];
