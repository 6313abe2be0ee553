//! A client for Supabase Realtime.
//!
//! ```no_run
//! # async fn demo() -> Result<(), realtime_rs::Error> {
//! use realtime_rs::{Changes, RealtimeClient};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Message { text: String }
//! #[derive(Deserialize)]
//! struct Todo { id: i64, title: String }
//!
//! let realtime = RealtimeClient::new("https://xyz.supabase.co", "sb_publishable_…")?;
//! let channel = realtime.channel("room:1").build()?;
//! let mut chat = channel.broadcasts::<Message>("chat");
//! let mut todos = channel.changes::<Todo>(Changes::all("todos").eq("room_id", 1));
//! channel.subscribe().await?;                        // joined, and the changes confirmed by the server
//! channel.send("chat", &Message { text: "hi".into() }).await?;
//! while let Some(event) = chat.next().await {
//!     match event {
//!         Ok(message) => println!("{}", message.payload.text),
//!         Err(missed) if missed.is_missed() => println!("some messages were missed"),
//!         Err(error) => return Err(error.into()),
//!     }
//! }
//! # Ok(()) }
//! ```
//!
//! # What to know
//!
//! * **One websocket per client**, however many channels. It opens with the first subscription, and closes when the last
//!   handle is dropped, by [`close`](RealtimeClient::close), or some time after the last channel is left.
//! * **Never silently deaf.** Lost and half-open connections, restarts of the server, expired tokens and refused joins
//!   that pass lead back to a joined channel, with a token asked for at each join. What stays is an error.
//! * **What was missed is said**, in the stream itself: [`Interruption::Gap`] after an absence, [`Interruption::Lagged`]
//!   when the program was too slow.
//! * **Subscribe after asking for streams.** [`Channel::subscribe`] waits until the server has confirmed the changes.
//!
//! # Features
//!
//! `client` and `rustls-ring` are on by default. `rustls-aws-lc-rs` and `webpki-roots` change TLS; `test-util` gives
//! `supabase_http::testing`.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod channel;
mod client;
mod connection;
mod error;
mod filter;
mod protocol;
mod read;
mod socket;
mod subscription;

pub use builder::{KeyPlace, RealtimeBuilder};
pub use channel::{
    Broadcast, ChangeEvent, Changes, Channel, ChannelBuilder, ChannelStatus, OldRow, Outgoing,
    Payload, PostgresChange, Presence, PresenceEvent, PresenceState, Replay,
};
pub use client::RealtimeClient;
pub(crate) use client::SERVICE;
pub use connection::{ConnectionState, Heartbeat};
pub use filter::{Column, Filter, FilterValue, Is, col};
pub use protocol::Protocol;
pub use protocol::changes::ColumnInfo;
pub use protocol::verdict::SystemEvent;
pub use socket::Connector;
pub use subscription::{Interruption, Subscription};

#[doc(no_inline)]
pub use supabase_http::{
    AccessToken, ApiError, Error, ErrorKind, Result, TokenSource, Upgraded, token_fn,
};

/// The README's examples, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
