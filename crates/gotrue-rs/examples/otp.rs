//! Signs in with a code from a mail.
//!
//! `SUPABASE_URL=… SUPABASE_KEY=… cargo run -p gotrue-rs --example otp -- ada@example.com`
#![allow(clippy::print_stdout, reason = "that is what it is for")]

use std::io::BufRead as _;

use gotrue_rs::{AuthClient, Email, ErrorCode, Otp, RateLimit};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthClient::new(
        &std::env::var("SUPABASE_URL")?,
        &std::env::var("SUPABASE_KEY")?,
    )?;
    let address = std::env::args().nth(1).ok_or("give an address")?;

    if let Err(error) = auth.sign_in_with_otp(Email(&address)).await {
        if let Some(wait) = RateLimit::of(&error).and_then(|limit| limit.wait) {
            println!("try again in {} s", wait.as_secs());
        }
        return Err(error.into());
    }
    println!("the code in the mail:");
    for line in std::io::stdin().lock().lines() {
        match auth.verify_otp(Otp::email(&address, line?.trim())).await {
            Ok(verified) => {
                println!("{:?}", verified.user.map(|user| user.id));
                return Ok(());
            }
            Err(error) if ErrorCode::of(&error) == Some(ErrorCode::OtpExpired) => {
                println!("that is not it, or too old; again:");
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err("no code".into())
}
