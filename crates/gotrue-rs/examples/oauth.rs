//! Signs in by an account elsewhere: the browser comes back to this program with a code, which only it can exchange (PKCE).
//!
//! `SUPABASE_URL=… SUPABASE_KEY=… cargo run -p gotrue-rs --example oauth -- github`; the project must allow to come back to
//! `http://127.0.0.1:8123/back`.
#![allow(clippy::print_stdout, reason = "that is what it is for")]

use gotrue_rs::{AuthClient, Provider};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthClient::new(
        &std::env::var("SUPABASE_URL")?,
        &std::env::var("SUPABASE_KEY")?,
    )?;
    let provider = std::env::args().nth(1).ok_or("name a provider")?;
    let listener = TcpListener::bind("127.0.0.1:8123").await?;

    let back = "http://127.0.0.1:8123/back";
    let login = auth
        .sign_in_with_oauth(Provider::from(provider.as_str()))
        .redirect_to(back)
        .await?;
    println!("open {}", login.url);
    let flow = login.flow.ok_or("this client comes back without a code")?;

    let code = loop {
        let (mut stream, _) = listener.accept().await?;
        let mut line = String::new();
        BufReader::new(&mut stream).read_line(&mut line).await?;
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: 22\r\nconnection: close\r\n\r\nYou may close this tab";
        stream.write_all(answer.as_bytes()).await?;
        let target = line.split(' ').nth(1).unwrap_or_default();
        let query = target.strip_prefix("/back?").unwrap_or_default();
        let value = |name| query.split('&').find_map(|pair| pair.strip_prefix(name));
        if let Some(why) = value("error=") {
            return Err(format!("the provider says {why}").into());
        }
        if let Some(code) = value("code=") {
            break code.to_owned();
        }
    };
    let session = auth.exchange_code_for_session(code).flow(&flow).await?;
    println!("{} by {provider}", session.user.id);
    Ok(())
}
