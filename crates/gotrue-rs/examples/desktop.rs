//! A program that stays signed in: its session is in a file, which several of its processes may share.
//!
//! `SUPABASE_URL=… SUPABASE_KEY=… cargo run -p gotrue-rs --example desktop -- ada@example.com "a password"`, then without the
//! two, and with `out`
#![allow(clippy::print_stdout, reason = "that is what it is for")]

use gotrue_rs::{AuthClient, AuthEvent, Email, FileStorage};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthClient::new(
        &std::env::var("SUPABASE_URL")?,
        &std::env::var("SUPABASE_KEY")?,
    )?;
    let file = std::env::temp_dir().join("gotrue-rs-desktop.json");
    let app = auth.with_session(FileStorage::new(&file)).await?;
    let mut events = app.events();

    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [address, password] => {
            app.sign_in_with_password(Email(address), password).await?;
        }
        [word] if word == "out" => app.sign_out().await?,
        _ => {}
    }
    match app.get_session().await? {
        // Renewed by now, if it was about to end.
        Some(session) => println!("{:?}, kept in {}", session.user.email, file.display()),
        None => println!("nobody is signed in"),
    }
    if let Some(event) = events.next().await {
        match event {
            AuthEvent::Initial(Some(_)) => println!("(from before)"),
            AuthEvent::StorageFailed(error) => println!("(not kept: {error})"),
            other => println!("({other:?})"),
        }
    }
    Ok(())
}
