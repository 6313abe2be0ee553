//! What spans the services: headers, URLs, identities and traces.

pub(crate) mod auth;
pub(crate) mod headers;
pub(crate) mod identity;
pub(crate) mod realtime;
pub(crate) mod storage;
pub(crate) mod trace;
pub(crate) mod urls;
