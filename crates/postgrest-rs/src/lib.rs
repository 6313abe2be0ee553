//! A typed client for PostgREST, the database API of Supabase.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), postgrest_rs::Error> {
//! use postgrest_rs::{PostgrestClient, any, col};
//! use serde::Deserialize;
//! # use supabase_http::{HttpClient, testing::MockTransport};
//! # let mock = MockTransport::new()
//! #     .reply(200, serde_json::json!([{ "id": 3, "name": "Earth" }]))
//! #     .reply(200, serde_json::json!({ "id": 3, "name": "Earth" }))
//! #     .reply(200, serde_json::json!([]))
//! #     .reply(204, ());
//!
//! #[derive(Deserialize)]
//! struct Planet { id: i64, name: String }
//!
//! // PostgrestClient::new("https://xyz.supabase.co", "sb_publishable_…")?
//! # let http = HttpClient::builder().transport(mock.clone()).build()?;
//! let db = PostgrestClient::with_http(http, "https://xyz.supabase.co", "sb_publishable_key")?;
//!
//! let planets: Vec<Planet> = db.from("planets").select("id, name").order("id").await?;
//! let earth: Planet = db.from("planets").select("*").eq("name", "Earth").single().await?;
//! let odd: Vec<Planet> = db
//!     .from("planets")
//!     .select("*")
//!     .filter(any([col("moons").gt(20), col("rings").eq(true)]))
//!     .await?;
//! db.from("planets").delete().eq("id", 9).await?;
//!
//! assert_eq!((planets.len(), earth.id, odd.len()), (1, 3, 0));
//! # assert_eq!(planets[0].name, earth.name);
//! # assert_eq!(mock.requests()[2].query()[1], ("or".into(), "(moons.gt.20,rings.eq.true)".into()));
//! # mock.assert_done();
//! # Ok(()) }
//! ```
//!
//! # What to know
//!
//! * **Awaiting a [`Query`] sends it**, and nothing else does. What comes back is plain data: `Vec<T>`, `T`, `Option<T>`, `()`;
//!   [`response()`](Query::response) adds status, headers, range and count.
//! * **Bad input is an error at the end of the chain**, before anything is sent; no `?` is needed in the middle.
//! * **Nothing breaks out.** A column given as a string is a [path](Column) that is parsed and written again; a
//!   [value](FilterValue) is quoted by the rules that the real server follows; table names stay in their place. Only the methods
//!   named `*_raw` take PostgREST's own grammar.
//! * **An update or delete needs a filter**, or [`all_rows`](Query::all_rows): else it does not compile, and if its filters
//!   turn out at run time to say nothing, it is an error.
//! * **The type on the left decides.** Where nothing names it (a loop over the rows), `select::<Planet>(..)` does. Rows own their
//!   data, so a row type has no lifetime. An integer literal beyond `i32` needs its type: `5_000_000_000_i64`.
//! * **Numbers keep their digits** in integer fields, and `numeric` columns in a [`Numeric`].
//!
//! # Big results
//!
//! | | requests | memory | cut by the server's maximum |
//! |---|---|---|---|
//! | `.await` | one | the whole answer | yes, see [`completeness`](Response::completeness) |
//! | [`.stream()`](Query::stream) | one | one row | yes, see [`RowStream::response`] |
//! | [`.rows()`](Query::rows) | one per page | two pages | no |
//!
//! # What columns come as
//!
//! | column | decodes into | beware |
//! |---|---|---|
//! | `int2`, `int4`, `int8` | `i16`, `i32`, `i64` | in a `serde_json::Value` integers are whole as well; JavaScript would round an `int8` |
//! | `numeric` | [`Numeric`] | in an `f64` or a `Value` only some 16 digits are left; `NaN` and `Infinity` are texts |
//! | `float4`, `float8` | `f64` | `NaN`, `Infinity` and `-Infinity` are texts, which no `f64` takes: select `f::text`, or exclude them |
//! | `bytea` | `String` | `\xdeadbeef`, two hexadecimal digits a byte; select `encode` in a view or function for Base64 |
//! | `timestamptz` | `String`, `jiff`, `chrono` | in the zone of the request (UTC), microseconds; `infinity`, `-infinity` and years before 1 (`… BC`) are texts that no date type takes |
//! | `timestamp`, `date` | `String`, `jiff`, `chrono` | without a zone; `infinity` likewise |
//! | `interval` | `String` | in the words of Postgres: `1 day 02:03:04.5` |
//! | ranges | `String` | `[1,10)`, integers always in this form; `empty` |
//! | arrays | `Vec<T>` | any element may be null: `Vec<Option<T>>` |
//! | `json`, `jsonb` | your type | a JSON `null` and an SQL null look alike |
//! | anything nullable | `Option<T>` | without it a null is an error that names the row and the field |
//!
//! # Errors
//!
//! There is one [`Error`] for all Supabase crates. Its [`code`](Error::code) is PostgREST's (`PGRST116`) or Postgres' (`23505`), and
//! predicates name the usual ones: [`is_unique_violation`](Error::is_unique_violation),
//! [`is_foreign_key_violation`](Error::is_foreign_key_violation), [`is_rls_violation`](Error::is_rls_violation),
//! [`is_no_rows`](Error::is_no_rows), [`is_timeout`](Error::is_timeout).
//!
//! # Features
//!
//! `client`, `http2` and `rustls-ring` are on by default. `rustls-aws-lc-rs` and `webpki-roots` change TLS; `uuid`, `jiff` and
//! `chrono` make their types filter values; `test-util` gives `supabase_http::testing`.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
mod column;
mod contents;
mod dry_run;
mod explain;
mod filter;
mod literal;
mod not_finite;
mod numeric;
mod order;
mod paging;
mod prefer;
pub mod query;
mod quote;
mod request;
mod response;
mod rows;
mod rpc;
mod search;
mod select;
mod stream;
mod table;
mod value;

pub use client::{DEFAULT_MAX_URL_LENGTH, PostgrestClient};
pub use column::{Column, col};
pub use contents::{Contents, PgRange};
pub use explain::{Explain, Plan, PlanActual, PlanJson, PlanNode, PlanText};
pub use filter::{Filter, Is, all, any, match_};
pub use literal::{Literal, lit};
pub use numeric::Numeric;
pub use order::OrderBy;
pub use paging::{Cursor, PagedRows};
pub use prefer::{Count, Returning};
pub use query::{Query, SelectQuery};
pub use quote::{escape_like, escape_regex};
pub use rpc::RpcArgs;
pub use search::TextSearch;
pub use select::{Columns, Embed, SelectItem};
pub use stream::{DEFAULT_MAX_ROW_BYTES, RowStream};
pub use table::{Relation, Table};
pub use value::FilterValue;

#[doc(no_inline)]
pub use supabase_http::{
    AccessToken, ApiError, Completeness, Error, ErrorKind, Response, Result, RetryConfig,
};

/// The README's examples, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
