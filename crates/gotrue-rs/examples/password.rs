//! Signs in with a password, changes what the user may change, and signs out.
//!
//! `SUPABASE_URL=… SUPABASE_KEY=… cargo run -p gotrue-rs --example password -- ada@example.com "a password"`
#![allow(clippy::print_stdout, reason = "that is what it is for")]

use gotrue_rs::{AuthClient, Email, ErrorCode, WeakPassword};
use serde_json::json;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthClient::new(
        &std::env::var("SUPABASE_URL")?,
        &std::env::var("SUPABASE_KEY")?,
    )?;
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().ok_or("give an address")?;
    let password = arguments.next().ok_or("give a password")?;

    let session = match auth.sign_in_with_password(Email(&address), &password).await {
        Ok(session) => session,
        Err(error) => match ErrorCode::of(&error) {
            Some(ErrorCode::EmailNotConfirmed) => {
                println!("open the link in the mail first");
                return Ok(());
            }
            Some(ErrorCode::InvalidCredentials) => {
                match auth.sign_up(Email(&address), &password).await {
                    Ok(signed_up) if signed_up.is_taken() => return Err("a wrong password".into()),
                    Ok(signed_up) => match signed_up.session {
                        Some(session) => session,
                        None => {
                            println!("a mail is under way to {address}");
                            return Ok(());
                        }
                    },
                    Err(error) => {
                        if let Some(weak) = WeakPassword::of(&error) {
                            println!("{} {:?}", weak.message, weak.reasons);
                        }
                        return Err(error.into());
                    }
                }
            }
            _ => return Err(error.into()),
        },
    };

    // The client itself stays nobody's; this one is the user's.
    let user = auth.with_token(session.access_token);
    let updated = user
        .update_user()
        .data(&json!({ "seen": "password.rs" }))
        .await?
        .user;
    println!("{} {:?}", updated.id, updated.user_metadata);
    user.sign_out().await?;
    Ok(())
}
