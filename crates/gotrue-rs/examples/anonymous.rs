//! Begins as nobody in particular, and becomes somebody later: the user stays the same, with all that is theirs.
//!
//! `SUPABASE_URL=… SUPABASE_KEY=… cargo run -p gotrue-rs --example anonymous -- ada@example.com`
#![allow(clippy::print_stdout, reason = "that is what it is for")]

use gotrue_rs::{AuthClient, Email, ErrorCode, MemoryStorage, Otp, OtpKind};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthClient::new(
        &std::env::var("SUPABASE_URL")?,
        &std::env::var("SUPABASE_KEY")?,
    )?;
    let address = std::env::args().nth(1).ok_or("give an address")?;
    let app = auth.with_session(MemoryStorage::new()).await?;

    let session = app.sign_in_anonymously().await?;
    println!("{} without a name", session.user.id);

    let linked = app.update_user().email(&address).await;
    if linked
        .as_ref()
        .is_err_and(|error| ErrorCode::of(error) == Some(ErrorCode::EmailExists))
    {
        app.sign_in_with_otp(Email(&address))
            .existing_users_only()
            .await?;
        println!("there is a user of this address: a code to sign in as them is under way");
        return Ok(());
    }
    linked?;
    println!("the code in the mail:");
    let mut code = String::new();
    std::io::stdin().read_line(&mut code)?;
    let otp = Otp::email(&address, code.trim()).kind(OtpKind::EmailChange);
    let verified = app.verify_otp(otp).await?;
    if let Some(user) = verified.user {
        println!(
            "{} is {:?}, anonymous: {}",
            user.id, user.email, user.is_anonymous
        );
    }
    Ok(())
}
