//! The calls, by what they are for.

pub(crate) mod password;
