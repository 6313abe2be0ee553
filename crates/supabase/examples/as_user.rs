//! One shared client, and a client of the caller for each request, as a server would have them.
//!
//! `SUPABASE_URL=… SUPABASE_KEY=… cargo run -p supabase --example as_user -- <table> <access token>`
#![allow(clippy::print_stdout, reason = "that is what it is for")]

use supabase::Client;
use supabase::postgrest::Count;

/// What a handler does: it gets the shared client and the value of the header `Authorization`.
async fn handler(supabase: &Client, table: &str, bearer: Option<&str>) -> supabase::Result<u64> {
    let caller = match bearer {
        Some(bearer) => supabase.as_user(bearer),
        None => supabase.clone(),
    };
    caller.from(table).count(Count::Exact).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let supabase = Client::new(
        std::env::var("SUPABASE_URL")?,
        std::env::var("SUPABASE_KEY")?,
    )?;
    let mut arguments = std::env::args().skip(1);
    let table = arguments.next().ok_or("name a table")?;
    let token = arguments.next();

    println!(
        "anyone sees {} rows",
        handler(&supabase, &table, None).await?
    );
    if let Some(token) = token {
        match handler(&supabase, &table, Some(&token)).await {
            Ok(rows) => println!("the user sees {rows} rows"),
            Err(error) if error.is_unauthorized() => println!("the token is not valid: {error}"),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
