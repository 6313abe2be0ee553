//! The protocol without sockets, tasks or clocks: frames, join payloads, presence, changes, and what replies mean.

pub(crate) mod binary;
pub(crate) mod changes;
pub(crate) mod frame;
pub(crate) mod join;
pub(crate) mod presence;
pub(crate) mod text;
pub(crate) mod verdict;

/// Which version of the frames is spoken.
///
/// ```
/// assert_eq!(realtime_rs::Protocol::default().vsn(), "2.0.0");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Protocol {
    /// `1.0.0`: text frames that are objects. No binary payloads, and a peer can forge whole frames.
    V1,
    /// `2.0.0`: text frames that are arrays, and binary frames.
    #[default]
    V2,
}

impl Protocol {
    /// The value of `vsn` in the URL.
    #[must_use]
    pub fn vsn(self) -> &'static str {
        match self {
            Self::V1 => "1.0.0",
            Self::V2 => "2.0.0",
        }
    }
}

/// What comes before a channel's name on the wire.
pub(crate) const TOPIC_PREFIX: &str = "realtime:";
/// The topic of heartbeats.
pub(crate) const PHOENIX: &str = "phoenix";
/// The longest topic or event that a binary frame can name, in bytes.
pub(crate) const MAX_NAME: usize = 255;
/// The largest frame that the server takes, in bytes; it ends the connection on a larger one.
pub(crate) const MAX_FRAME: usize = 5_000_000;

#[cfg(test)]
mod tests;
