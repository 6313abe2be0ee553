//! The tour: what the SDK does, against a real Postgres, the real PostgREST and real Deno on this machine.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tour talks")]

mod show;
mod tour;

use anyhow::{Context as _, Result};
use supabase::Client;
use supabase_local::{Stack, claims};

#[tokio::main]
async fn main() -> Result<()> {
    eprintln!(
        "Starting a local Supabase; the first time it downloads Postgres, PostgREST and Deno."
    );
    let stack = Stack::builder()
        .project(concat!(env!("CARGO_MANIFEST_DIR"), "/supabase"))
        .progress(|step| eprintln!("  {step}"))
        .start()
        .await?;
    println!("\nIt is up at {}\n", stack.url());

    let anon = Client::new(stack.url(), stack.publishable_key())?;
    let admin = Client::service(stack.url(), stack.secret_key())?;
    let (ada, bob) = (claims("ada"), claims("bob"));
    stack.create_user(&ada).await?;
    stack.create_user(&bob).await?;

    tour::reading(&anon).await.context("reading")?;
    tour::writing(&admin).await.context("writing")?;
    tour::functions_and_plans(&anon, &admin)
        .await
        .context("functions and plans")?;
    let (ada, bob) = (
        anon.as_user(&stack.user_jwt(&ada)),
        anon.as_user(&stack.user_jwt(&bob)),
    );
    tour::row_level_security(&anon, &ada, &bob)
        .await
        .context("row-level security")?;
    tour::edge_functions(&anon, &ada)
        .await
        .context("edge functions")?;
    tour::mistakes(&anon).await.context("mistakes")?;

    stack.stop().await;
    println!(
        "That was the tour. The code is in crates/demo/src/tour.rs; the guide begins at docs/guide/quick-start.md."
    );
    Ok(())
}
