//! A realtime server on a local port: Phoenix channels of protocol 2.0.0 with broadcasts, text and binary, and presence,
//! as the hosted server answers them. It keeps what clients asked for, so that tests can look at it.

mod frames;
mod rooms;
mod server;

pub use rooms::Heard;
pub use server::Server;
