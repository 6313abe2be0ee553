//! Where this SDK does something else than a recorded client, and why.

/// Why a case differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// The recorded client has a defect.
    ClientBug,
    /// The call uses a feature of its language that Rust does not have; the text names it.
    LanguageOnly(&'static str),
    /// The recorded client contradicts what the server was seen to do.
    ServerWins,
    /// A decision of ours: the id of a rule in `docs/deviations.md`.
    OursByDesign(&'static str),
}

impl Category {
    /// The column of the printed table.
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::ClientBug => 0,
            Self::LanguageOnly(_) => 1,
            Self::ServerWins => 2,
            Self::OursByDesign(_) => 3,
        }
    }
}

/// The names of the categories, in the order of [`Category::index`].
pub(crate) const CATEGORIES: [&str; 4] =
    ["ClientBug", "LanguageOnly", "ServerWins", "OursByDesign"];

/// One difference as written down: what, theirs, ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diff {
    /// Which part of the request or of the answer.
    pub what: &'static str,
    /// What the recorded client sent or returned.
    pub theirs: &'static str,
    /// What this SDK sends or returns.
    pub ours: &'static str,
}

/// Writes one difference down.
#[must_use]
pub const fn d(what: &'static str, theirs: &'static str, ours: &'static str) -> Diff {
    Diff { what, theirs, ours }
}

/// A case that is known to differ, in exactly this way.
#[derive(Debug, Clone, Copy)]
pub struct Deviation {
    /// Why, as a class.
    pub category: Category,
    /// Why, in one line.
    pub why: &'static str,
    /// All differences; the run fails unless the comparison finds exactly these.
    pub differences: &'static [Diff],
}

/// The rule ids of `docs/deviations.md`: the text of each `##` heading.
pub(crate) fn rules() -> Vec<&'static str> {
    include_str!("../../../docs/deviations.md")
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .map(str::trim)
        .collect()
}
