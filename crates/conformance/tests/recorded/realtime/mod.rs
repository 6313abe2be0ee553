//! Realtime without a socket; what it does on one is in the test `realtime`.

pub(crate) mod http;
