//! How long to wait before the next try.

use std::time::Duration;

use supabase_http::Error;

use super::ErrorCode;

/// A limit on how often a call may be made (status 429).
///
/// ```
/// # fn demo(error: &gotrue_rs::Error) {
/// use gotrue_rs::RateLimit;
///
/// if let Some(limit) = RateLimit::of(error) {
///     println!("try again in {:?}", limit.wait);
/// }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// Which limit: [`OverRequestRateLimit`](ErrorCode::OverRequestRateLimit),
    /// [`OverEmailSendRateLimit`](ErrorCode::OverEmailSendRateLimit), [`OverSmsSendRateLimit`](ErrorCode::OverSmsSendRateLimit).
    pub code: Option<ErrorCode>,
    /// How long to wait, where the server tells: in a `Retry-After` header, or in words ("… after 59 seconds"). Limits per
    /// hour tell nothing.
    pub wait: Option<Duration>,
}

impl RateLimit {
    /// The limit that was hit, if the error is about one.
    #[must_use]
    pub fn of(error: &Error) -> Option<Self> {
        if !error.is_rate_limited() {
            return None;
        }
        let wait = error
            .retry_after()
            .or_else(|| wait_in_words(error.message()));
        Some(Self {
            code: ErrorCode::of(error),
            wait,
        })
    }
}

/// The time in "For security purposes, you can only request this after 59 seconds."
fn wait_in_words(message: &str) -> Option<Duration> {
    let words: Vec<_> = message.split_ascii_whitespace().collect();
    words.windows(3).find_map(|words| match words {
        ["after", number, unit] if unit.starts_with("second") => {
            number.parse().ok().map(Duration::from_secs)
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::wait_in_words;
    use std::time::Duration;

    #[test]
    fn the_wait_is_read_from_the_words() {
        let text = "For security purposes, you can only request this after 59 seconds.";
        assert_eq!(wait_in_words(text), Some(Duration::from_secs(59)));
        assert_eq!(wait_in_words("email rate limit exceeded"), None);
        assert_eq!(wait_in_words("after many seconds"), None);
    }
}
