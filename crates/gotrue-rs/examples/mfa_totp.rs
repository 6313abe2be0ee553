//! Adds an authenticator app as a second factor, or asks for its code where there is one.
//!
//! `SUPABASE_URL=… SUPABASE_KEY=… cargo run -p gotrue-rs --example mfa_totp -- ada@example.com "a password"`
#![allow(clippy::print_stdout, reason = "that is what it is for")]

use gotrue_rs::{AuthClient, Email, ErrorCode, FactorKind};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthClient::new(
        &std::env::var("SUPABASE_URL")?,
        &std::env::var("SUPABASE_KEY")?,
    )?;
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().ok_or("give an address")?;
    let password = arguments.next().ok_or("give a password")?;
    let session = auth.sign_in_with_password(Email(address), password).await?;
    let user = auth.with_token(session.access_token);

    let factors = user.mfa().list_factors().await?;
    let known = factors
        .verified(FactorKind::Totp)
        .next()
        .map(|factor| factor.id.clone());
    let factor_id = match known {
        Some(id) => id,
        None => {
            let enrolled = user.mfa().enroll_totp().friendly_name("my phone").await?;
            println!("type this into the app: {}", enrolled.secret.expose());
            enrolled.id
        }
    };
    println!("the code that the app shows:");
    let mut code = String::new();
    std::io::stdin().read_line(&mut code)?;
    match user
        .mfa()
        .challenge_and_verify(&factor_id, code.trim())
        .await
    {
        Ok(stronger) => {
            let user = auth.with_token(stronger.access_token);
            let level = user.mfa().get_authenticator_assurance_level().await?;
            println!("signed in, at level {:?}", level.current);
            Ok(())
        }
        Err(error) if ErrorCode::of(&error) == Some(ErrorCode::MfaVerificationFailed) => {
            Err("that is not the code".into())
        }
        Err(error) => Err(error.into()),
    }
}
