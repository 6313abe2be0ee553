//! What a channel is doing.

use std::sync::Arc;

use supabase_http::Error;

/// What a channel is doing.
///
/// ```no_run
/// # async fn demo(channel: realtime_rs::Channel) {
/// let mut statuses = channel.statuses();
/// while let Some(Ok(status)) = statuses.next().await {
///     match status.error() {
///         Some(error) => println!("away: {error}"),
///         None => println!("subscribed: {}", status.is_subscribed()),
///     }
/// }
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ChannelStatus {
    /// Not subscribed yet.
    Idle,
    /// On its way: to a connection, a token, or the server's answer.
    Joining,
    /// Joined: broadcasts and presence arrive; Postgres changes are not confirmed yet.
    Joined,
    /// Joined, and everything asked for arrives.
    Subscribed,
    /// Away for a reason that passes; it comes back by itself.
    Interrupted(Arc<Error>),
    /// Stopped for a reason that stays.
    Failed(Arc<Error>),
    /// Left on request.
    Left,
}

impl ChannelStatus {
    /// Whether everything asked for arrives.
    #[must_use]
    pub fn is_subscribed(&self) -> bool {
        matches!(self, Self::Subscribed)
    }

    /// Why it is not joined, if there is a reason.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::Interrupted(error) | Self::Failed(error) => Some(error),
            _ => None,
        }
    }
}
