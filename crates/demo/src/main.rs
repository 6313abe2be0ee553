//! The tour: what the SDK does, against a real Postgres and the real PostgREST on this machine.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tour talks")]

mod show;
mod tour;

use anyhow::{Context as _, Result};
use supabase::Client;
use supabase_local::{Stack, claims};

#[tokio::main]
async fn main() -> Result<()> {
    eprintln!("Starting a local Supabase; the first time it downloads Postgres and PostgREST.");
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
    tour::row_level_security(
        &anon,
        &anon.as_user(&stack.user_jwt(&ada)),
        &anon.as_user(&stack.user_jwt(&bob)),
    )
    .await
    .context("row-level security")?;
    tour::mistakes(&anon).await.context("mistakes")?;

    stack.stop().await;
    println!(
        "That was the tour. The code is in crates/demo/src/tour.rs; the guide begins at docs/guide/quick-start.md."
    );
    Ok(())
}
