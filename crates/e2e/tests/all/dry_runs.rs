//! Dry runs against servers that allow them and servers that keep what they are asked to undo.

use serde_json::{Value, json};
use supabase::ErrorKind;

use crate::support::{Id, ids, status_and_code, world};

#[tokio::test]
async fn functions_are_probed_without_being_run() {
    let w = world!(fresh);
    w.stack
        .execute("create function public.loud() returns int language plpgsql as $$ begin raise sqlstate 'PT418' using message = 'run'; end $$;")
        .await
        .unwrap();
    w.stack.reload_schema().await.unwrap();
    // The error is that of the call itself, so the probe before it ran nothing.
    let loud = w.admin.rpc::<i32>("loud", ()).dry_run().await.unwrap_err();
    assert_eq!(loud.status().unwrap().as_u16(), 418);
    assert_eq!(loud.message(), "run", "a probe has no message, since it is a HEAD request");
    let id: i64 = w.admin.rpc("add_item", &json!({ "name": "phantom" })).dry_run().await.unwrap();
    assert!(id >= 100);
    w.admin.rpc::<()>("touch", ()).dry_run().await.unwrap();
    let gone: Vec<Value> = w.admin.rpc("remove_items", &json!({ "of_tag": "m5" })).dry_run().await.unwrap();
    assert_eq!(gone.len(), 1);
    assert_eq!(ids(w.admin.from("items").select("id").order("id")).await, [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_table_that_cannot_be_read_is_not_probed_by_itself() {
    let w = world!(fresh);
    let drop = || w.anon.from("drop_box").insert(&json!({ "id": 1, "body": "x" })).dry_run();
    let error = drop().await.unwrap_err();
    // The answer to a HEAD request has no body, so no code.
    assert_eq!(status_and_code(&error), (401, ""));
    // Seen elsewhere, it is known.
    w.anon.from("items").select::<Id>("id").limit(0).dry_run().await.unwrap();
    drop().await.unwrap();
    assert_eq!(ids(w.admin.from("drop_box").select("id")).await, Vec::<i64>::new());
}

#[tokio::test]
async fn a_server_that_keeps_changes_is_sent_none() {
    let w = world!(fresh);
    let items = w.admin.from("items");
    w.stack
        .execute(
            "do $$ begin execute format('alter role authenticator in database %I set pgrst.db_tx_end = %L', current_database(), 'commit'); end $$;
             notify pgrst, 'reload config';",
        )
        .await
        .unwrap();
    let keeps = || w.admin.from("items").select::<Id>("id").header("prefer", "tx=rollback").limit(0).response();
    for _ in 0..200 {
        let answer = keeps().await.unwrap();
        if !answer.headers.contains_key("preference-applied") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let error = items.delete().all_rows().dry_run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request);
    assert!(error.never_sent() && error.message().contains("db-tx-end"), "{error}");
    let error = w.admin.rpc::<i64>("add_item", &json!({ "name": "phantom" })).dry_run().await.unwrap_err();
    assert!(error.never_sent(), "{error}");
    assert_eq!(ids(items.select("id").order("id")).await, [1, 2, 3, 4]);
}
