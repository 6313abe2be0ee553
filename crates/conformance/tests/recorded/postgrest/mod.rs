//! The calls of the database clients.

pub(crate) mod containers;
pub(crate) mod errors;
pub(crate) mod lists;
pub(crate) mod logic;
pub(crate) mod paging;
pub(crate) mod patterns;
pub(crate) mod ranges;
pub(crate) mod retry;
pub(crate) mod rpc;
pub(crate) mod scalars;
pub(crate) mod select;
pub(crate) mod shapes;
pub(crate) mod writes;
