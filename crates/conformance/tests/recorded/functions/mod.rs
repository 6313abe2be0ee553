//! The calls of the clients of the edge functions.

pub(crate) mod answers;
pub(crate) mod bodies;
pub(crate) mod failures;
pub(crate) mod requests;
