//! A tower layer of one's own around every call, and a limit on how many run at once.
//!
//! `SUPABASE_URL=… SUPABASE_KEY=… cargo run -p supabase --example tower_layer -- <table>`
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "it prints what a user's own clock says"
)]

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use http::{Request, Response};
use supabase::Client;
use supabase::http::{Body, CallInfo};
use tower::{Layer, Service};

#[derive(Clone)]
struct Timing;

impl<S> Layer<S> for Timing {
    type Service = Timed<S>;

    fn layer(&self, inner: S) -> Timed<S> {
        Timed { inner }
    }
}

#[derive(Clone)]
struct Timed<S> {
    inner: S,
}

impl<S> Service<Request<Body>> for Timed<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let begun = Instant::now();
        let call = request.extensions().get::<CallInfo>().cloned();
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = answer.await;
            if let Some(call) = call {
                let status = answer.as_ref().ok().map(|answer| answer.status().as_u16());
                println!(
                    "{} {}: {status:?} after {:?}",
                    call.operation(),
                    call.template(),
                    begun.elapsed()
                );
            }
            answer
        })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("SUPABASE_URL")?;
    let key = std::env::var("SUPABASE_KEY")?;
    let table = std::env::args().nth(1).ok_or("name a table")?;
    let supabase = Client::builder(url, key)
        .layer(Timing)
        .layer(tower::limit::ConcurrencyLimitLayer::new(4))
        .build()?;
    for _ in 0..3 {
        let rows: Vec<serde_json::Value> = supabase.from(&table).select("*").limit(3).await?;
        println!("{} rows", rows.len());
    }
    Ok(())
}
