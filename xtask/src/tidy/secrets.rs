//! Rules for snapshots: nothing in them that looks like a secret.

use super::Finding;

/// Beginnings that only a key or a token has, and how many more characters make it a real one.
const SECRETS: &[(&str, usize)] = &[
    ("eyJ", 20),
    ("sb_secret_", 8),
    ("sb_publishable_", 16),
    ("sbp_", 16),
    ("Bearer ", 16),
];

pub(crate) fn check(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(start) = SECRETS
            .iter()
            .find_map(|&(start, more)| begins(line, start, more))
        {
            let message = format!("looks like a secret: `{start}...`; redact it");
            findings.push(Finding::at(path, index + 1, message));
        }
    }
    findings
}

fn begins<'a>(line: &str, start: &'a str, more: usize) -> Option<&'a str> {
    let lower = line.to_ascii_lowercase();
    // Header values may be written in any case, tokens may not.
    let line = if start.ends_with(' ') {
        lower.as_str()
    } else {
        line
    };
    let wanted = if start.ends_with(' ') {
        start.to_ascii_lowercase()
    } else {
        start.to_owned()
    };
    let token = |c: &char| c.is_ascii_alphanumeric() || ['_', '-', '.'].contains(c);
    let found = line.match_indices(&wanted).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let whole = !before.is_some_and(|c| c.is_ascii_alphanumeric());
        whole && line[at + wanted.len()..].chars().take_while(token).count() >= more
    });
    found.then_some(start.trim_end())
}

#[cfg(test)]
mod tests {
    //! What is and what is not taken for a secret.

    use super::*;

    #[test]
    fn keys_and_tokens_are_found_and_redacted_ones_are_not() {
        for bad in [
            "apikey: sb_secret_0123456789",
            "apikey: sb_publishable_0123456789abcdef",
            "{\"access_token\": \"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.x\"}",
            "authorization: bearer 0123456789abcdef",
        ] {
            let findings = check("a.snap", &format!("---\n{bad}"));
            assert_eq!(findings.len(), 1, "{bad}");
            assert!(
                findings[0].to_string().starts_with("a.snap:2: looks like"),
                "{bad}"
            );
        }
        for good in [
            "apikey: <redacted>",
            "authorization: Bearer [redacted]",
            "apikey: sb_secret_[redacted]",
            "a key starts with sb_secret_ or eyJ",
            "name: keyJungleOfManyCharactersInOneWord",
        ] {
            assert_eq!(check("a.snap", good), [], "{good}");
        }
    }
}
