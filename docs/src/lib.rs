//! The guide, compiled: every code block of `docs/guide` and of the root README is a doctest here.
//!
//! Hidden lines of the pages make a client with [`scripted`], so that most examples run, without a network.
//! [`server`] tells how their answers are checked.

mod scripted;
pub mod server;

pub use scripted::{imagined, ok, planets, scripted};
pub use supabase::http::testing::Exchange;

#[cfg(doctest)]
mod pages {
    macro_rules! pages {
        ($($name:ident: $file:literal),* $(,)?) => {
            $(#[doc = include_str!($file)] mod $name {})*
        };
    }

    pages! {
        readme: "../../README.md",
        quick_start: "../guide/quick-start.md",
        crates_and_features: "../guide/crates-and-features.md",
        queries: "../guide/queries.md",
        filters: "../guide/filters.md",
        embeds: "../guide/embeds.md",
        paging: "../guide/paging.md",
        writes: "../guide/writes.md",
        functions: "../guide/functions.md",
        storage: "../guide/storage.md",
        edge_functions: "../guide/edge-functions.md",
        realtime: "../guide/realtime.md",
        auth: "../guide/auth.md",
        sessions: "../guide/sessions.md",
        errors: "../guide/errors.md",
        identities: "../guide/identities.md",
        layers: "../guide/layers.md",
        testing: "../guide/testing.md",
        migrating: "../guide/migrating.md",
    }
}
