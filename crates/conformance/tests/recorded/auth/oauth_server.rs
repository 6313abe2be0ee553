//! The project as an identity provider.

use conformance::Call::Pending;
use conformance::{Entry, js};

const LATER: conformance::Call = Pending("gotrue-rs/src/api/oauth_server.rs");

pub(crate) const CASES: &[Entry] = &[
    js("oauth-server/details", LATER),
    js("oauth-server/details-already-consented", LATER),
    js("oauth-server/details-no-session", LATER),
    js("oauth-server/details-id-not-encoded", LATER),
    js("oauth-server/approve", LATER),
    js("oauth-server/approve-browser", LATER),
    js("oauth-server/approve-no-session", LATER),
    js("oauth-server/approve-error", LATER),
    js("oauth-server/deny", LATER),
    js("oauth-server/deny-browser", LATER),
    js("oauth-server/deny-no-session", LATER),
    js("oauth-server/grants", LATER),
    js("oauth-server/grants-no-session", LATER),
    js("oauth-server/grants-error", LATER),
    js("oauth-server/revoke", LATER),
    js("oauth-server/revoke-no-session", LATER),
];
