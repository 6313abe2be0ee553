//! Reading and closing the Unreleased section of a changelog.

use anyhow::{Result, bail};
use semver::Version;

use super::level::Level;

/// Headings of changes, and what each one means for those who depend on the crate.
const HEADINGS: &[(&str, Level)] = &[
    ("Breaking", Level::Breaking),
    ("Removed", Level::Breaking),
    ("Added", Level::Feature),
    ("Changed", Level::Feature),
    ("Deprecated", Level::Feature),
    ("Fixed", Level::Patch),
    ("Security", Level::Patch),
    // Written by `apply`.
    ("Dependencies", Level::Patch),
];

/// What has no version yet.
pub(crate) const UNRELEASED: &str = "Unreleased";

/// The lines between the heading of a section (`Unreleased`, or a version) and the next one.
fn section(text: &str, name: &str) -> Option<(usize, usize)> {
    let is_it = |heading: &str| heading.split([' ', '[', ']']).any(|word| word == name);
    let mut start = None;
    for (index, line) in text.lines().enumerate() {
        match (start, line.strip_prefix("## ")) {
            (None, Some(heading)) if is_it(heading) => start = Some(index + 1),
            (Some(start), Some(_)) => return Some((start, index)),
            _ => {}
        }
    }
    Some((start?, text.lines().count()))
}

/// The headings of a section that have a line below them, with the level of each.
pub(crate) fn headings(text: &str, name: &str) -> Result<Vec<(String, Level)>> {
    let Some((start, end)) = section(text, name) else {
        bail!("has no `## {name}` section");
    };
    let mut found: Vec<(String, Level)> = Vec::new();
    let mut current = None;
    for line in text.lines().skip(start).take(end - start) {
        if let Some(words) = line.strip_prefix("### ") {
            let words = words.trim();
            match HEADINGS.iter().find(|(known, _)| *known == words) {
                Some(heading) => current = Some(*heading),
                None => {
                    let known: Vec<_> = HEADINGS.iter().map(|(known, _)| *known).collect();
                    bail!("`### {words}` is not one of {}", known.join(", "));
                }
            }
        } else if line.trim_start().starts_with("- ") {
            let Some((heading, level)) = current else {
                bail!("has an entry under {name} without a heading such as `### Fixed`");
            };
            if found.iter().all(|(known, _)| known != heading) {
                found.push((heading.to_owned(), level));
            }
        }
    }
    Ok(found)
}

/// The text with what is unreleased now under `version`. `notes` are added to it, each a line.
pub(crate) fn close(text: &str, version: &Version, date: &str, notes: &[String]) -> Result<String> {
    let Some((start, end)) = section(text, UNRELEASED) else {
        bail!("has no `## {UNRELEASED}` section");
    };
    if section(text, &version.to_string()).is_some() {
        bail!("has a section for {version} already");
    }
    let lines: Vec<&str> = text.lines().collect();
    let mut section: Vec<String> = lines[start..end]
        .iter()
        .map(|&line| line.to_owned())
        .collect();
    while section.last().is_some_and(|line| line.trim().is_empty()) {
        section.pop();
    }
    if !notes.is_empty() {
        section.extend([String::new(), "### Dependencies".to_owned(), String::new()]);
        section.extend(notes.iter().map(|note| format!("- {note}")));
    }
    while section.first().is_some_and(|line| line.trim().is_empty()) {
        section.remove(0);
    }
    let mut out: Vec<String> = lines[..start].iter().map(|&line| line.to_owned()).collect();
    out.extend([
        String::new(),
        format!("## {version} - {date}"),
        String::new(),
    ]);
    out.extend(section);
    if end < lines.len() {
        out.push(String::new());
        out.extend(lines[end..].iter().map(|&line| line.to_owned()));
    }
    Ok(out.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    //! Reading and closing.

    use super::*;

    const TEXT: &str = "# Changelog\n\nOf `a`.\n\n## Unreleased\n\nA word.\n\n### Added\n\n- One\n  more.\n- Two.\n\n\
                        ### Fixed\n\n- Three.\n\n### Removed\n\n## 0.1.0 - 2026-01-01\n\n### Removed\n\n- Old.\n";

    #[test]
    fn only_what_is_unreleased_and_not_empty_counts() {
        let found = headings(TEXT, UNRELEASED).unwrap();
        assert_eq!(
            found,
            [
                ("Added".to_owned(), Level::Feature),
                ("Fixed".to_owned(), Level::Patch)
            ]
        );
        assert_eq!(headings("## Unreleased\n", UNRELEASED).unwrap(), []);
        for (bad, says) in [
            ("# Changelog\n", "no `## Unreleased`"),
            ("## Unreleased\n\n- One.\n", "without a heading"),
            (
                "## Unreleased\n\n### Fixes\n\n- One.\n",
                "not one of Breaking, Removed",
            ),
        ] {
            assert!(
                headings(bad, UNRELEASED)
                    .unwrap_err()
                    .to_string()
                    .contains(says),
                "{bad}"
            );
        }
    }

    #[test]
    fn what_was_unreleased_gets_a_version_and_nothing_is_lost() {
        let notes = ["Needs b 0.2.0.".to_owned()];
        let closed = close(TEXT, &Version::new(0, 1, 1), "2026-02-03", &notes).unwrap();
        assert!(closed.starts_with(
            "# Changelog\n\nOf `a`.\n\n## Unreleased\n\n## 0.1.1 - 2026-02-03\n\nA word.\n\n### Added\n"
        ));
        assert!(closed.contains("- Three.\n\n### Removed\n\n### Dependencies\n\n- Needs b 0.2.0.\n\n## 0.1.0 - 2026-01-01\n"));
        assert!(closed.ends_with("- Old.\n"));
        assert_eq!(headings(&closed, UNRELEASED).unwrap(), []);
        assert_eq!(headings(&closed, "0.1.1").unwrap().len(), 3);
        let again = close(&closed, &Version::new(0, 1, 1), "2026-02-03", &[]).unwrap_err();
        assert!(again.to_string().contains("already"), "{again}");
        let first = close("## Unreleased\n", &Version::new(0, 1, 0), "2026-02-03", &[]).unwrap();
        assert_eq!(first, "## Unreleased\n\n## 0.1.0 - 2026-02-03\n\n");
    }
}
