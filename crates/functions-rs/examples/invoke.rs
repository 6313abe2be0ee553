//! Invokes a function with JSON and says what came of it.
//!
//! `SUPABASE_URL=… SUPABASE_KEY=… cargo run -p functions-rs --example invoke -- hello '{"name":"Ada"}' [access token]`
#![allow(clippy::print_stdout, reason = "that is what it is for")]

use std::time::Duration;

use functions_rs::{AccessToken, Failure, FunctionsClient};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("SUPABASE_URL")?;
    let key = std::env::var("SUPABASE_KEY")?;
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().ok_or("name a function")?;
    let body: Value = serde_json::from_str(arguments.next().as_deref().unwrap_or("null"))?;

    let mut functions = FunctionsClient::new(&url, &key)?;
    if let Some(token) = arguments.next() {
        functions = functions.with_token(AccessToken::parse(&token)?);
    }
    let call = functions.invoke(&name).json(&body);
    match call.timeout(Duration::from_secs(30)).await {
        Ok(answer) => {
            println!("{} {}", answer.status, answer.media_type());
            println!("{}", answer.text().await?);
        }
        Err(error) => match Failure::of(&error) {
            Failure::Function => println!(
                "{name} failed: {error}\n{}",
                String::from_utf8_lossy(error.body())
            ),
            Failure::NoAnswer => println!("{name} may have run: {error}"),
            _ => println!("{name} did not run: {error}"),
        },
    }
    Ok(())
}
