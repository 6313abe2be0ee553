//! Shows the events of a function as they come, and goes on where the stream broke off.
//!
//! `SUPABASE_URL=… SUPABASE_KEY=… cargo run -p functions-rs --example events -- chat "Tell me a story"`
#![allow(clippy::print_stdout, reason = "that is what it is for")]

use std::io::Write as _;
use std::time::Duration;

use functions_rs::FunctionsClient;
use serde_json::json;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("SUPABASE_URL")?;
    let key = std::env::var("SUPABASE_KEY")?;
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().ok_or("name a function")?;
    let prompt = arguments.next().unwrap_or_default();
    let functions = FunctionsClient::new(&url, &key)?;

    let mut last = String::new();
    loop {
        let call = functions.invoke(&name).json(&json!({ "prompt": prompt }));
        let mut events = call.last_event_id(&last).await?.events();
        let broken = loop {
            match events.next().await {
                Some(Ok(event)) => {
                    print!("{}", event.data);
                    std::io::stdout().flush()?;
                }
                Some(Err(error)) => break error,
                None => {
                    println!();
                    return Ok(());
                }
            }
        };
        // Only a function that gives ids can go on; for another one this would be a second run.
        let Some(id) = events.last_event_id() else {
            return Err(broken.into());
        };
        println!("\n({broken}; going on after event {id})");
        last = id.to_owned();
        let wait = events.retry().unwrap_or(Duration::from_secs(3));
        tokio::time::sleep(wait).await;
    }
}
