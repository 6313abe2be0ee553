//! How much a release changes, and the version that follows from it.

use std::fmt;

use semver::{Comparator, Op, Prerelease, Version};
use serde::{Deserialize, Serialize};

/// What a release means for those who depend on the crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    Patch,
    Feature,
    Breaking,
}

impl fmt::Display for Level {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Patch => "patch",
            Self::Feature => "feature",
            Self::Breaking => "breaking",
        })
    }
}

/// The lowest version that may carry a change of this level, as cargo reads versions: below 1.0 the
/// second number is the one that breaks, below 0.1 the third.
pub(crate) fn bump(from: &Version, level: Level) -> Version {
    let (major, minor, patch) = (from.major, from.minor, from.patch);
    match (major, minor, level) {
        (0, 0, _) => Version::new(0, 0, patch + 1),
        (0, _, Level::Breaking) => Version::new(0, minor + 1, 0),
        (0, _, _) | (_, _, Level::Patch) => Version::new(major, minor, patch + 1),
        (_, _, Level::Feature) => Version::new(major, minor + 1, 0),
        (_, _, Level::Breaking) => Version::new(major + 1, 0, 0),
    }
}

/// Whether a dependant that asks for `wanted` may be given `version`: what a caret requirement says.
pub(crate) fn compatible(wanted: &Version, version: &Version) -> bool {
    let caret = Comparator {
        op: Op::Caret,
        major: wanted.major,
        minor: Some(wanted.minor),
        patch: Some(wanted.patch),
        pre: Prerelease::EMPTY,
    };
    caret.matches(version)
}

/// A requirement as it stands in a manifest (`1.3`, `0.1.0`), read as its lowest version.
pub(crate) fn minimum(requirement: &str) -> Option<Version> {
    let plain = requirement.trim().trim_start_matches(['^', '=']);
    let mut numbers = plain.split('.');
    let mut next = || match numbers.next() {
        Some(number) => number.parse().ok(),
        None => Some(0),
    };
    Some(Version::new(next()?, next()?, next()?))
}

#[cfg(test)]
mod tests {
    //! The rules for versions below one and above.

    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn the_number_that_grows_depends_on_the_level_and_on_the_age() {
        for (from, patch, feature, breaking) in [
            ("0.0.3", "0.0.4", "0.0.4", "0.0.4"),
            ("0.1.0", "0.1.1", "0.1.1", "0.2.0"),
            ("0.9.7", "0.9.8", "0.9.8", "0.10.0"),
            ("1.2.3", "1.2.4", "1.3.0", "2.0.0"),
        ] {
            let levels = [
                (Level::Patch, patch),
                (Level::Feature, feature),
                (Level::Breaking, breaking),
            ];
            for (level, to) in levels {
                assert_eq!(bump(&version(from), level), version(to), "{from} {level}");
            }
            let broken = bump(&version(from), Level::Breaking);
            assert!(!compatible(&version(from), &broken), "{from}");
        }
    }

    #[test]
    fn a_requirement_is_read_as_its_lowest_version() {
        assert_eq!(minimum("1.3"), Some(version("1.3.0")));
        assert_eq!(minimum("^0.1.2"), Some(version("0.1.2")));
        assert_eq!(minimum("*"), None);
        assert!(compatible(&version("0.1.0"), &version("0.1.9")));
        assert!(!compatible(&version("0.1.1"), &version("0.1.0")));
        assert!(!compatible(&version("0.1.0"), &version("0.2.0")));
        assert!(compatible(&version("1.0.0"), &version("1.4.0")));
    }
}
