//! Moments as the server writes them.

use std::fmt;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// A moment, exactly as the server wrote it: RFC 3339 with up to nine digits of a second.
///
/// The text is kept, so nothing is lost and no odd value fails a whole answer. The same moment may be written with more or
/// fewer digits in another answer: compare [`unix_millis`](Timestamp::unix_millis), not texts.
///
/// ```
/// use gotrue_rs::Timestamp;
///
/// let at: Timestamp = serde_json::from_str("\"2026-01-01T01:00:00.25+01:00\"")?;
/// assert_eq!(at.as_str(), "2026-01-01T01:00:00.25+01:00");
/// assert_eq!(at.unix_millis(), Some(1_767_225_600_250));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(String);

impl Timestamp {
    /// The text as the server wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Milliseconds since 1970 began in UTC; negative before. `None` if the text is no RFC 3339 moment.
    #[must_use]
    pub fn unix_millis(&self) -> Option<i64> {
        unix_millis(&self.0)
    }
}

impl From<String> for Timestamp {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn unix_millis(text: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| {
        let digits = text.get(range)?;
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<i64>().ok().filter(|_| plain)
    };
    let is = |at: usize, allowed: &str| {
        text.get(at..=at)
            .is_some_and(|found| allowed.contains(found))
    };
    if !(is(4, "-") && is(7, "-") && is(10, "Tt ") && is(13, ":") && is(16, ":")) {
        return None;
    }
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let valid = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !valid {
        return None;
    }
    let mut rest = text.get(19..)?;
    let mut millis = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        let end = fraction
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(fraction.len());
        let (digits, zone) = fraction.split_at(end);
        let padded: String = digits.chars().chain("000".chars()).take(3).collect();
        millis = padded.parse().ok().filter(|_| !digits.is_empty())?;
        rest = zone;
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some((seconds - offset(rest)?) * 1_000 + millis)
}

/// The seconds by which a zone is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "Z" | "z") {
        return Some(0);
    }
    let (sign, time) = match zone.strip_prefix('+') {
        Some(time) => (1, time),
        None => (-1, zone.strip_prefix('-')?),
    };
    let (hours, minutes) = time.split_once(':')?;
    let two_digits = |part: &str| part.parse::<i64>().ok().filter(|_| part.len() == 2);
    Some(sign * (two_digits(hours)? * 3_600 + two_digits(minutes)? * 60))
}

/// Days since 1970-01-01 in the Gregorian calendar; years begin in March here, so that leap days come last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468
}

/// A moment as RFC 3339 writes it, in UTC and with milliseconds; `None` outside of the years 1970 to 9999.
pub(crate) fn rfc3339(time: SystemTime) -> Option<String> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let (mut left, millis) = (since.as_secs(), since.subsec_millis());
    let (hour, minute, second) = (left / 3600 % 24, left / 60 % 60, left % 60);
    left /= 24 * 3600;
    let today = i64::try_from(left).ok()?;
    let year = (1970..=9999)
        .rev()
        .find(|year| days(*year, 1, 1) <= today)?;
    if days(10_000, 1, 1) <= today {
        return None;
    }
    let month = (1..=12)
        .rev()
        .find(|month| days(year, *month, 1) <= today)?;
    let day = today - days(year, month, 1) + 1;
    Some(format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z"
    ))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{rfc3339, unix_millis};

    #[test]
    fn moments_are_written() {
        let at = |millis| SystemTime::UNIX_EPOCH + Duration::from_millis(millis);
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_767_225_600_123, "2026-01-01T00:00:00.123Z"),
            (1_709_251_199_900, "2024-02-29T23:59:59.900Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(rfc3339(at(millis)).as_deref(), Some(text));
            assert_eq!(unix_millis(text), i64::try_from(millis).ok());
        }
        assert_eq!(rfc3339(at(253_402_300_800_000)), None);
        assert_eq!(
            rfc3339(SystemTime::UNIX_EPOCH - Duration::from_secs(1)),
            None
        );
    }

    #[test]
    fn moments_are_reckoned() {
        for (text, millis) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-01-01T00:00:00.123456789Z", 1_767_225_600_123),
            ("2024-02-29T23:59:59.9+00:00", 1_709_251_199_900),
            ("2000-03-01T00:00:00-05:30", 951_888_600_000),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000),
        ] {
            assert_eq!(unix_millis(text), Some(millis), "{text}");
        }
    }

    #[test]
    fn other_texts_are_none() {
        for text in [
            "",
            "now",
            "2026-01-01",
            "2026-13-01T00:00:00Z",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T24:00:00Z",
            "+026-01-01T00:00:00Z",
            "2026-01-01T00:00:00+1:00",
            "2026-01-01T00:00:0ß",
        ] {
            assert_eq!(unix_millis(text), None, "{text}");
        }
    }
}
