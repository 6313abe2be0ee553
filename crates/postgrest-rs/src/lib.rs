//! A typed client for PostgREST, the database API of Supabase.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
mod column;
mod contents;
mod explain;
mod filter;
mod literal;
mod not_finite;
mod order;
mod prefer;
pub mod query;
mod quote;
mod request;
mod response;
mod rows;
mod rpc;
mod search;
mod select;
mod table;
mod value;

pub use client::{DEFAULT_MAX_URL_LENGTH, PostgrestClient};
pub use column::{Column, col};
pub use contents::{Contents, PgRange};
pub use explain::{Explain, PlanJson, PlanText};
pub use filter::{Filter, Is, all, any, match_};
pub use literal::{Literal, lit};
pub use order::OrderBy;
pub use prefer::{Count, Returning};
pub use query::{Query, SelectQuery};
pub use quote::{escape_like, escape_regex};
pub use rpc::RpcArgs;
pub use search::TextSearch;
pub use table::{Relation, Table};
pub use value::FilterValue;

#[doc(no_inline)]
pub use supabase_http::{ApiError, Completeness, Error, ErrorKind, Response, Result, RetryConfig};
