//! A table kept up to date: subscribe, take a snapshot, apply the changes, and after a gap take the snapshot again.
//! `cargo run -p realtime-rs --example live_table -- todos`

use std::collections::BTreeMap;
use std::io::Write as _;

use realtime_rs::{Changes, Interruption, PostgresChange, RealtimeClient, Subscription};
use serde::Deserialize;
use supabase_http::{CallOptions, HttpClient};

#[derive(Debug, Clone, Deserialize)]
struct Todo {
    id: i64,
    // An update leaves out large columns that did not change.
    #[serde(default)]
    title: Option<String>,
}

#[derive(Deserialize)]
struct Key {
    id: i64,
}

type Table = BTreeMap<i64, Todo>;

/// Applies a change. A change that the snapshot holds already does no harm: rows are replaced by key.
fn apply(table: &mut Table, change: PostgresChange<Todo>) -> Result<(), realtime_rs::Error> {
    if let Some(mut new) = change.new {
        if let Some(known) = table.get(&new.id) {
            new.title = new.title.or_else(|| known.title.clone());
        }
        table.insert(new.id, new);
    } else if let Some(old) = change.old {
        table.remove(&old.read::<Key>()?.id);
    }
    Ok(())
}

/// Everything that is there now.
async fn snapshot(
    realtime: &RealtimeClient,
    url: &str,
    table: &str,
) -> Result<Table, Box<dyn std::error::Error>> {
    // With the crate `supabase` this is `supabase.from(table).select("*").await?`.
    let database = supabase_http::ServiceClient::new(
        RealtimeClient::service_info(),
        HttpClient::builder().build()?,
        supabase_http::Endpoint::parse(url)?.child("rest/v1")?,
        realtime.service().credentials().clone(),
    )?;
    let uri = database
        .endpoint()
        .uri()
        .segment(table)
        .pair("select", "*")
        .finish()?;
    let request = http::Request::get(uri).body(supabase_http::Body::empty())?;
    let rows: Vec<Todo> = database
        .execute(Ok(request), CallOptions::new("snapshot"), |head, body| {
            serde_json::from_slice(&body)
                .map_err(|error| supabase_http::Error::decode(head, body, error))
        })
        .await?;
    Ok(rows.into_iter().map(|todo| (todo.id, todo)).collect())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, key) = (
        std::env::var("SUPABASE_URL")?,
        std::env::var("SUPABASE_KEY")?,
    );
    let name = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "todos".to_owned());
    let realtime = RealtimeClient::new(&url, &key)?;
    let channel = realtime.channel("live").build()?;
    let mut changes: Subscription<PostgresChange<Todo>> = channel.changes(Changes::all(&name));
    channel.subscribe().await?;
    // Only now: what happens from here on is in the stream.
    let mut table = snapshot(&realtime, &url, &name).await?;
    let mut out = std::io::stdout();
    writeln!(out, "{} rows", table.len())?;
    while let Some(change) = changes.next().await {
        match change {
            Ok(change) => apply(&mut table, change)?,
            Err(missed) if missed.is_missed() => table = snapshot(&realtime, &url, &name).await?,
            Err(Interruption::Decode(error)) => writeln!(out, "skipped: {error}")?,
            Err(error) => return Err(error.into()),
        }
        writeln!(
            out,
            "{} rows: {:?}",
            table.len(),
            table.values().next_back()
        )?;
    }
    Ok(())
}
