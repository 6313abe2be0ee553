//! Errors of the server, of gateways before it, and of the network: one call, which fails in many ways.

use conformance::{Call, Entry, d, js, py};

use super::{ADA, PASSWORD, PY};

const SIGN_IN: Call = call!(|a| a.sign_in_with_password(ADA, PASSWORD));
const PY_SIGN_IN: Call = call!(|a| a.sign_in_with_password(PY, "example-password"));

pub(crate) const CASES: &[Entry] = &[
    js("error/new-shape", SIGN_IN),
    js("error/new-shape-without-version-header", SIGN_IN),
    js("error/new-shape-old-version-header", SIGN_IN),
    js("error/new-shape-later-version-header", SIGN_IN),
    js("error/error-code-shape", SIGN_IN),
    js("error/error-code-shape-with-version", SIGN_IN),
    js("error/both-codes", SIGN_IN),
    js("error/msg-only", SIGN_IN),
    js("error/oauth-shape", SIGN_IN),
    js("error/error-only", SIGN_IN),
    js("error/no-known-field", SIGN_IN).ours_by_design(
        "reason-as-message",
        "an object without a message may hold anything, and stays in the body",
        &[d("error message", "{\"foo\":\"bar\"}", "Bad Request")],
    ),
    js("error/json-array", SIGN_IN),
    js("error/json-string", SIGN_IN),
    js("error/json-null", SIGN_IN),
    js("error/text-400", SIGN_IN),
    js("error/html-403", SIGN_IN),
    js("error/404", SIGN_IN),
    js("error/422-validation", SIGN_IN),
    js("error/429-text", SIGN_IN),
    js("error/session-not-found", SIGN_IN),
    js("error/user-banned", SIGN_IN),
    js("error/email-not-confirmed", SIGN_IN),
    js("error/500-json", SIGN_IN),
    js("error/501-json", SIGN_IN),
    js("error/503-json", SIGN_IN),
    js("error/504-json", SIGN_IN),
    js("error/520-json", SIGN_IN),
    js("error/521-json", SIGN_IN),
    js("error/522-json", SIGN_IN),
    js("error/525-json", SIGN_IN),
    js("error/526-json", SIGN_IN),
    js("error/527-json", SIGN_IN),
    js("error/528-json", SIGN_IN),
    js("error/529-json", SIGN_IN),
    js("error/530-json", SIGN_IN),
    js("error/503-empty", SIGN_IN),
    js("error/522-no-status-text", SIGN_IN).ours_by_design(
        "plain-text-errors",
        "the JavaScript client reads no bodies of gateways",
        &[d("error message", "HTTP 522", "x")],
    ),
    js("error/507-html", SIGN_IN),
    js("error/network", SIGN_IN),
    js("error/network-other-name", SIGN_IN),
    js("error/200-empty", SIGN_IN),
    js("error/204", SIGN_IN),
    js("error/throw-on-error", SIGN_IN),
    js("error/throw-on-error-ok", SIGN_IN),
    py("transport/503-html", PY_SIGN_IN).ours_by_design(
        "plain-text-errors",
        "the Python client reads no bodies of gateways",
        &[d("error message", "Service Unavailable", "<html>unavailable</html>")],
    ),
    py("transport/503-json", PY_SIGN_IN),
    py("transport/500-html", PY_SIGN_IN),
    py("transport/dropped", PY_SIGN_IN),
];
