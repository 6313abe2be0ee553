//! What the server's refusals mean: whether to come back, and with what.

use serde::Deserialize;
use serde_json::value::RawValue;

/// What to do after a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It passes: try again later.
    Retry,
    /// The token is no good: try again with another one.
    NewToken,
    /// It stays: only the caller can change it.
    Never,
}

const TOKEN: &[&str] = &[
    "InvalidJWTToken",
    "MalformedJWT",
    "JwtSignatureError",
    "JwtSignerError",
    "Token has expired",
    "The token provided is not a valid JWT",
    "Fields `role` and `exp` are required in JWT",
    ":signature_error",
];

const NEVER: &[&str] = &[
    "Unauthorized",
    "PrivateOnly",
    "ChannelRateLimitReached",
    "RealtimeDisabledForTenant",
    "TenantNotFound",
    "TopicNameRequired",
    "UnableToReplayMessages: Replay is not allowed",
    "too many channels joined",
    "You do not have permissions",
    "You no longer have permission",
];

/// Judges the reason of a refused join, or the message of a `system` error.
pub(crate) fn of(reason: &str) -> Verdict {
    let starts = |list: &[&str]| list.iter().any(|prefix| reason.starts_with(prefix));
    if starts(TOKEN) {
        Verdict::NewToken
    } else if starts(NEVER) {
        Verdict::Never
    } else {
        Verdict::Retry
    }
}

const BAD_BINDING: &[&str] = &[
    "Error parsing `filter` params",
    "Error parsing `select` params",
    "Column selection is not supported",
    "No subscription params provided",
    "Unable to subscribe to changes with given parameters",
];

/// Whether a `system` error of `postgres_changes` is about what we asked for: the server does not try again then, and
/// one bad subscription silences all of the channel.
pub(crate) fn is_bad_binding(message: &str) -> bool {
    BAD_BINDING.iter().any(|text| message.contains(text))
}

/// The text of an error's `response`: its reason if it is an object, itself if it is a string.
pub(crate) fn reason(response: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Fields<'a> {
        #[serde(borrow, default)]
        reason: Option<&'a RawValue>,
        #[serde(borrow, default)]
        error: Option<&'a RawValue>,
    }
    let unquoted = |text: String| {
        // Some servers quote the text once more.
        let inner = text
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        inner.map(str::to_owned).unwrap_or(text)
    };
    let text = |json: &str| serde_json::from_str::<String>(json).ok().map(unquoted);
    if let Ok(text) = serde_json::from_slice::<String>(response) {
        return text;
    }
    let fields: Option<Fields<'_>> = serde_json::from_slice(response).ok();
    fields
        .and_then(|fields| fields.reason.or(fields.error).map(RawValue::get))
        .map_or_else(
            || "the server gave no reason".to_owned(),
            |raw| text(raw).unwrap_or_else(|| raw.to_owned()),
        )
}

/// What the server says about a channel by itself: changes that flow or cannot, a limit that was passed, a token that
/// expired.
///
/// ```no_run
/// # async fn demo(channel: realtime_rs::Channel) {
/// let mut system = channel.system_events();
/// while let Some(Ok(event)) = system.next().await {
///     println!("{}, ok: {}, {}", event.extension, event.is_ok(), event.message);
/// }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct SystemEvent {
    /// Which part of the server: `postgres_changes` or `system`.
    #[serde(default)]
    pub extension: String,
    /// `ok` or `error`.
    #[serde(default)]
    pub status: String,
    /// In words.
    #[serde(default)]
    pub message: String,
}

impl SystemEvent {
    /// Whether it is good news.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.status == "ok"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_judged_as_the_server_means_them() {
        for (text, verdict) in [
            (
                "Unauthorized: You do not have permissions to read from this Channel topic: a",
                Verdict::Never,
            ),
            (
                "InvalidJWTToken: Token has expired 3 seconds ago",
                Verdict::NewToken,
            ),
            ("Token has expired 0 seconds ago", Verdict::NewToken),
            (
                "PrivateOnly: This project only allows private channels",
                Verdict::Never,
            ),
            (
                "UnableToReplayMessages: Replay is not allowed for public channels",
                Verdict::Never,
            ),
            ("UnableToReplayMessages: database", Verdict::Retry),
            ("DatabaseLackOfConnections: x", Verdict::Retry),
            ("Too many messages per second", Verdict::Retry),
            ("unmatched topic", Verdict::Retry),
        ] {
            assert_eq!(of(text), verdict, "{text}");
        }
    }

    #[test]
    fn a_reason_is_found_in_every_shape() {
        assert_eq!(
            reason(br#"{"reason":"unmatched topic"}"#),
            "unmatched topic"
        );
        assert_eq!(
            reason(br#""payload_size_exceeded""#),
            "payload_size_exceeded"
        );
        assert_eq!(reason(br#"{"error":"storage full"}"#), "storage full");
        assert_eq!(reason(br#"{"reason":{"a":1}}"#), r#"{"a":1}"#);
        assert_eq!(
            reason(br#"{"reason":"\"Unauthorized: no\""}"#),
            "Unauthorized: no"
        );
        assert_eq!(reason(b"{}"), "the server gave no reason");
        assert_eq!(reason(b"\xff"), "the server gave no reason");
    }
}
