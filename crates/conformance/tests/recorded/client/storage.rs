//! The part of the storage in cases that span the services.

use conformance::Seen;
use conformance::replay::wait;
use serde_json::Value;
use supabase::Client;
use supabase_http::{BoxFuture, Result};

use crate::storage::Shown as _;

/// Lists the bucket that these cases list.
pub(crate) async fn list(client: &Client) -> Result<Option<Seen>> {
    client.storage().from("b").list("").await.map(|files| Some(files.shown()))
}

/// Lists what the parts of the storage hold, as these cases do.
pub(crate) async fn list_parts(client: &Client) -> Result<Option<Seen>> {
    let storage = client.storage();
    list(client).await?;
    storage.vectors().list_buckets().await?;
    storage.analytics().list_buckets().await?;
    storage.analytics().catalog("w").list_namespaces().await.map(|page| Some(page.shown()))
}

/// Reads a table and lists a bucket.
pub(crate) fn read_and_list(client: Result<Client>) -> BoxFuture<'static, Result<Option<Seen>>> {
    Box::pin(async move {
        let client = client?;
        wait(client.from("t").select::<Value>("*")).await?;
        list(&client).await
    })
}
