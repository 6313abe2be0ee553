//! Lines from the terminal to everyone in the room: `cargo run -p realtime-rs --example chat`.

use std::io::{BufRead as _, Write as _};

use realtime_rs::RealtimeClient;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Message {
    text: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, key) = (
        std::env::var("SUPABASE_URL")?,
        std::env::var("SUPABASE_KEY")?,
    );
    let realtime = RealtimeClient::new(&url, &key)?;
    let channel = realtime.channel("chat").receive_own().build()?;
    let mut chat = channel.broadcasts::<Message>("message");
    channel.subscribe().await?;

    let (lines, mut typed) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if lines.send(line).is_err() {
                break;
            }
        }
    });
    let mut out = std::io::stdout();
    loop {
        tokio::select! {
            line = typed.recv() => match line {
                Some(text) => channel.send("message", &Message { text }).await?,
                None => break,
            },
            event = chat.next() => match event {
                Some(Ok(message)) => writeln!(out, "> {}", message.payload.text)?,
                Some(Err(missed)) if missed.is_missed() => writeln!(out, "({missed})")?,
                Some(Err(error)) => return Err(error.into()),
                None => break,
            },
        }
    }
    realtime.close().await?;
    Ok(())
}
