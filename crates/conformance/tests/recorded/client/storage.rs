//! The part of the storage in cases that span the services.

use conformance::Seen;
use conformance::replay::{Stage, wait};
use serde_json::Value;
use supabase::Client;
use supabase_http::{BoxFuture, Result, token_fn};

use crate::storage::Shown as _;

/// Lists the bucket that these cases list.
pub(crate) async fn list(client: &Client) -> Result<Option<Seen>> {
    client.storage().from("b").list("").await.map(|files| Some(files.shown()))
}

/// Reads a table and lists a bucket.
pub(crate) fn read_and_list(client: Result<Client>) -> BoxFuture<'static, Result<Option<Seen>>> {
    Box::pin(async move {
        let client = client?;
        wait(client.from("t").select::<Value>("*")).await?;
        list(&client).await
    })
}

/// A query and a bucket made before anyone signed in, and sent after.
pub(crate) fn built_before_sign_in(stage: Stage) -> BoxFuture<'static, Result<Option<Seen>>> {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    Box::pin(async move {
        let signed_in = Arc::new(AtomicBool::new(false));
        let source = token_fn({
            let signed_in = Arc::clone(&signed_in);
            move || {
                let token = signed_in.load(Ordering::Relaxed).then_some("new-access-token");
                async move { Ok(token.map(supabase_http::AccessToken::parse).transpose()?) }
            }
        });
        let client = stage.project().token_source(source).build()?;
        let query = client.from("t").select::<Value>("*");
        let bucket = client.storage().from("b");
        signed_in.store(true, Ordering::Relaxed);
        wait(query).await?;
        bucket.list("").await.map(|files| Some(files.shown()))
    })
}
