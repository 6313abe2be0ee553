//! What handles ask of the connection.

use std::sync::Weak;

use serde_json::value::RawValue;
use supabase_http::Result;
use tokio::sync::oneshot;

use crate::channel::ChannelShared;
use crate::protocol::frame::Body;

/// Who waits for the end of something.
pub(crate) type Done = oneshot::Sender<Result<()>>;

pub(crate) enum Command {
    Connect {
        done: Done,
    },
    Disconnect {
        done: Done,
    },
    Close {
        done: Done,
    },
    Subscribe {
        channel: Weak<ChannelShared>,
        done: Done,
    },
    Leave {
        id: u64,
        done: Done,
    },
    Push(Push),
}

/// Something to send on a joined channel.
pub(crate) struct Push {
    pub(crate) channel: u64,
    pub(crate) content: PushContent,
    pub(crate) operation: &'static str,
    pub(crate) done: Done,
}

pub(crate) enum PushContent {
    Broadcast {
        event: String,
        body: Body,
    },
    /// Tracks a JSON object, or ends it.
    Track(Option<Box<RawValue>>),
}

/// What handles tell without waiting.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Signal {
    /// A channel asks for more than it was joined with, maybe.
    Changed(u64),
    /// A channel's last handle is gone.
    Dropped(u64),
}
