//! Errors.

use conformance::{Entry, d, js};
use supabase_http::RetryConfig;

pub(crate) const CASES: &[Entry] = &[
    js("error/current", avatars!(f => f.list(""))),
    js("error/with-code", avatars!(f => f.list(""))),
    js("error/code-only", avatars!(f => f.list(""))),
    js("error/status-code-number", avatars!(f => f.list(""))),
    js("error/error-description", avatars!(f => f.list(""))).ours_by_design(
        "codes-as-sent",
        "some servers have no other code",
        &[d("error code", "", "e")],
    ),
    js("error/error-string", avatars!(f => f.list(""))).ours_by_design(
        "codes-as-sent",
        "some servers have no other code",
        &[d("error code", "", "only error")],
    ),
    js("error/unknown-object", avatars!(f => f.list(""))).ours_by_design(
        "reason-as-message",
        "an object may hold anything, and stays out of messages",
        &[d("error message", "{\"foo\":1}", "Bad Request")],
    ),
    js("error/json-null", avatars!(f => f.list(""))),
    js("error/json-string", avatars!(f => f.list(""))),
    js("error/json-array", avatars!(f => f.list(""))),
    js("error/text-500", avatars!(f => f.list(""))).ours_by_design(
        "plain-text-errors",
        "the text may say more than the status",
        &[d("error message", "Internal Server Error", "oops")],
    ),
    js("error/empty-500", avatars!(f => f.list(""))),
    js("error/empty-no-status-text", avatars!(f => f.list("").retry(RetryConfig::off())))
        .ours_by_design(
            "reason-as-message",
            "this status has no name",
            &[d("error message", "HTTP 520 error", "no message")],
        ),
    js("error/jwt-invalid", avatars!(f => f.list(""))),
    js("error/tenant", avatars!(f => f.list(""))),
    js("error/200-not-json", avatars!(f => f.list(""))).ours_by_design(
        "unreadable-answers",
        "the message tells what could not be read",
        &[d(
            "error message",
            "Unexpected token 'h', \"hello\" is not valid JSON",
            concat!(
                "the server's answer cannot be read: no Vec<FileObject>: ",
                "expected value at line 1 column 1"
            ),
        )],
    ),
    js("error/200-empty", avatars!(f => f.list(""))).ours_by_design(
        "unreadable-answers",
        "the message tells what could not be read",
        &[d(
            "error message",
            "Unexpected end of JSON input",
            "the server's answer cannot be read: it is empty where a Vec<FileObject> is expected",
        )],
    ),
    js("error/network", avatars!(f => f.list("").retry(RetryConfig::off()))),
    js("error/throw-file-api", avatars!(f => f.list(""))),
    js("error/throw-not-inherited", avatars!(f => f.list(""))),
    js("error/throw-network", avatars!(f => f.list("").retry(RetryConfig::off()))),
];
