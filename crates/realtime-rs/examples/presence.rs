//! Who is here: `cargo run -p realtime-rs --example presence -- Ada`.

use std::io::Write as _;

use realtime_rs::{PresenceEvent, RealtimeClient};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Person {
    name: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, key) = (
        std::env::var("SUPABASE_URL")?,
        std::env::var("SUPABASE_KEY")?,
    );
    let name = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "somebody".to_owned());
    let realtime = RealtimeClient::new(&url, &key)?;
    let channel = realtime.channel("lobby").presence_key(&name).build()?;
    let mut people = channel.presence::<Person>();
    channel.subscribe().await?;
    channel.track(&Person { name }).await?;
    let mut out = std::io::stdout();
    while let Some(event) = people.next().await {
        match event {
            Ok(PresenceEvent::Sync) => {
                let here = channel.presence_state::<Person>()?;
                let names: Vec<_> = here
                    .values()
                    .flatten()
                    .map(|one| one.data.name.as_str())
                    .collect();
                writeln!(out, "here: {}", names.join(", "))?;
            }
            Ok(_) => {}
            // The whole state comes after a gap.
            Err(missed) if missed.is_missed() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
