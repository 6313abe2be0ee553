//! What every client is asked for, and the message that goes to and fro.

use serde::{Deserialize, Serialize};

/// Anything that ends a run.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scenario {
    /// Messages that come as binary frames.
    Binary,
    /// Messages that come as text.
    Text,
    /// Messages that are sent.
    Send,
    /// Channels on which nothing happens.
    Idle,
}

impl std::str::FromStr for Scenario {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Ok(match name {
            "binary" => Self::Binary,
            "text" => Self::Text,
            "send" => Self::Send,
            "idle" => Self::Idle,
            other => return Err(format!("there is no scenario {other:?}")),
        })
    }
}

/// A message of a chat.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) id: u64,
    pub(crate) user: String,
    pub(crate) text: String,
    pub(crate) sent_at: String,
}

impl Message {
    pub(crate) fn new(id: u64) -> Self {
        Self {
            id,
            user: "8d0fd2b3-9ca7-4d9e-a95f-9e13dded323e".to_owned(),
            text: "Seen \"twice\" from the station, on a clear night; who else was there?".to_owned(),
            sent_at: "2026-11-24T12:34:56.789012+00:00".to_owned(),
        }
    }

    /// What is left of a message that was read whole.
    #[allow(dead_code, reason = "not every client reads the type")]
    pub(crate) fn checksum(&self) -> u64 {
        let lengths = self.user.len() + self.text.len() + self.sent_at.len();
        self.id + lengths as u64
    }
}

/// The checksum of the messages with these ids.
pub(crate) fn sum(ids: std::ops::Range<u64>) -> u64 {
    let one = Message::new(0).checksum();
    ids.map(|id| id + one).sum()
}

/// The channel on which the server sends so many messages as soon as it is joined.
#[allow(dead_code, reason = "the server knows it, and so does every client but the least")]
pub(crate) fn room(scenario: Scenario, count: u64) -> String {
    match scenario {
        Scenario::Binary => format!("binary-{count}"),
        Scenario::Text => format!("text-{count}"),
        _ => format!("quiet-{count}"),
    }
}
