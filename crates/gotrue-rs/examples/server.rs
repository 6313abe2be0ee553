//! A server that checks the tokens of its callers by the project's public keys, without asking anybody.
//!
//! `SUPABASE_URL=… cargo run -p gotrue-rs --example server`, then `curl -H "authorization: Bearer …" 127.0.0.1:8124`
#![allow(clippy::print_stdout, reason = "that is what it is for")]

use gotrue_rs::JwtVerifier;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("SUPABASE_URL")?;
    // The keys are fetched once, by the first token, and shared by all tasks.
    let verifier = JwtVerifier::new(&url)?
        .audience("authenticated")
        .issuer(format!("{url}/auth/v1"));
    let listener = TcpListener::bind("127.0.0.1:8124").await?;
    println!("http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let verifier = verifier.clone();
        tokio::spawn(async move {
            if let Err(error) = answer(stream, &verifier).await {
                println!("a caller went away: {error}");
            }
        });
    }
}

async fn answer(mut stream: TcpStream, verifier: &JwtVerifier) -> std::io::Result<()> {
    let mut lines = BufReader::new(&mut stream).lines();
    let mut token = None;
    while let Some(line) = lines.next_line().await?.filter(|line| !line.is_empty()) {
        if let Some((name, value)) = line.split_once(": ") {
            if name.eq_ignore_ascii_case("authorization") {
                token = value.strip_prefix("Bearer ").map(str::to_owned);
            }
        }
    }
    let (status, text) = match verifier
        .verify::<Value>(token.as_deref().unwrap_or_default())
        .await
    {
        Ok(claims) => (
            "200 OK",
            format!("hello {}", claims.sub.unwrap_or_default()),
        ),
        // What is wrong with a token is the caller's business; whether it could be checked at all is ours.
        Err(error) => ("401 Unauthorized", error.to_string()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        text.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(text.as_bytes()).await
}
