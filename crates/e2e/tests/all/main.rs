//! The SDK against a real Postgres, the real PostgREST and real Deno. `docs/local-stack.md` lists where PostgREST is older
//! than the servers that were recorded.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot go on fails, and one that is skipped says so"
)]

mod awkward;
mod counts;
mod dry_runs;
mod embeds;
mod errors;
mod formats;
mod functions;
mod identities;
mod kinds;
mod names;
mod operators;
mod paging;
mod rows;
mod rpc;
mod streams;
mod support;
mod texts;
mod waiting;
mod writes;
