//! Makes a user by the secret key, lists all, and gives a link to sign in by. Keep such a key on your servers.
//!
//! `SUPABASE_URL=… SUPABASE_SECRET_KEY=… cargo run -p gotrue-rs --example admin -- ada@example.com`
#![allow(clippy::print_stdout, reason = "that is what it is for")]

use gotrue_rs::{AuthClient, Email, ErrorCode, Link};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("SUPABASE_URL")?;
    let auth = AuthClient::new(&url, &std::env::var("SUPABASE_SECRET_KEY")?)?;
    let address = std::env::args().nth(1).ok_or("give an address")?;
    let admin = auth.admin();

    match admin.create_user(Email(&address)).confirmed().await {
        Ok(user) => println!("made {}", user.id),
        Err(error) if ErrorCode::of(&error) == Some(ErrorCode::EmailExists) => {
            println!("is there already")
        }
        Err(error) => return Err(error.into()),
    }
    let mut next = Some(1);
    while let Some(page) = next {
        let found = admin.list_users().page(page).per_page(200).await?;
        for user in &found.users {
            println!("{} {}", user.id, user.email.as_deref().unwrap_or("-"));
        }
        next = found.next_page;
    }
    let link = admin.generate_link(Link::magiclink(address)).await?;
    println!("whoever opens this signs in: {}", link.action_link.expose());
    Ok(())
}
