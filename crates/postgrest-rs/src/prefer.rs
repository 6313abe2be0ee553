//! The `Prefer` header: what was asked for, and what the server says it did.

use http::{HeaderMap, HeaderName, HeaderValue};

pub(crate) const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// How rows are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Count {
    /// By counting them: right, and slow on big tables.
    Exact,
    /// The planner's guess: fast, from statistics.
    Planned,
    /// Exact up to the server's row limit, a guess beyond it.
    Estimated,
}

/// What a write answers; the rows come with `select`, which replaces this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Returning {
    /// Nothing: the server's default, here said aloud.
    Minimal,
    /// Nothing but headers: after the insert of one row into a table with a primary key `Location` tells
    /// where it is; read it with `response()`.
    HeadersOnly,
    /// The rows, which `select` would decode; without it they are sent and dropped.
    Representation,
}

/// Which row wins when an upsert meets one that exists.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Resolution {
    Merge,
    Ignore,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Prefer {
    pub(crate) resolution: Option<Resolution>,
    pub(crate) count: Option<Count>,
    pub(crate) missing_default: bool,
    pub(crate) returning: Option<Returning>,
    pub(crate) max_affected: Option<u64>,
    pub(crate) rollback: bool,
}

impl Prefer {
    /// The header's value, if anything is preferred.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let tokens = [
            self.resolution.map(|resolution| match resolution {
                Resolution::Merge => "resolution=merge-duplicates",
                Resolution::Ignore => "resolution=ignore-duplicates",
            }),
            self.count.map(|count| match count {
                Count::Exact => "count=exact",
                Count::Planned => "count=planned",
                Count::Estimated => "count=estimated",
            }),
            self.missing_default.then_some("missing=default"),
            self.returning.map(|returning| match returning {
                Returning::Minimal => "return=minimal",
                Returning::HeadersOnly => "return=headers-only",
                Returning::Representation => "return=representation",
            }),
            // The limit is only kept under strict handling.
            self.max_affected.map(|_| "handling=strict"),
            self.rollback.then_some("tx=rollback"),
        ];
        let mut given = tokens.iter().flatten();
        let first = given.next()?;
        let mut rest = given.peekable();
        if rest.peek().is_none() && self.max_affected.is_none() {
            return Some(HeaderValue::from_static(first));
        }
        let mut text = String::with_capacity(96);
        text.push_str(first);
        for token in rest {
            text.push_str(", ");
            text.push_str(token);
        }
        if let Some(rows) = self.max_affected {
            text.push_str(", max-affected=");
            crate::literal::push_display(&mut text, &rows);
        }
        HeaderValue::try_from(text).ok()
    }
}

/// Whether the server says that it applied `token`.
pub(crate) fn was_applied(headers: &HeaderMap, token: &str) -> bool {
    applied(headers).any(|applied| applied == token)
}

/// Whether the server says that it kept to a limit of changed rows.
pub(crate) fn was_limited(headers: &HeaderMap) -> bool {
    applied(headers).any(|applied| applied.starts_with("max-affected="))
}

fn applied(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(PREFERENCE_APPLIED)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_joined() {
        assert_eq!(Prefer::default().header(), None);
        let count = Prefer {
            count: Some(Count::Exact),
            ..Prefer::default()
        };
        assert_eq!(count.header().unwrap(), "count=exact");
        let strict = Prefer {
            max_affected: Some(3),
            rollback: true,
            ..count
        };
        assert_eq!(
            strict.header().unwrap(),
            "count=exact, handling=strict, tx=rollback, max-affected=3"
        );
        let only = Prefer {
            max_affected: Some(0),
            ..Prefer::default()
        };
        assert_eq!(only.header().unwrap(), "handling=strict, max-affected=0");
    }

    #[test]
    fn applied_tokens_are_found() {
        let mut headers = HeaderMap::new();
        assert!(!was_applied(&headers, "tx=rollback"));
        headers.insert(
            PREFERENCE_APPLIED,
            HeaderValue::from_static("count=exact, tx=rollback"),
        );
        assert!(was_applied(&headers, "tx=rollback"));
        assert!(!was_applied(&headers, "tx=roll"));
    }
}
