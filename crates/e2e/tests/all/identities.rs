//! Who asks: anonymous callers, users, the service; row-level security and rights.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use supabase::postgrest::Count;
use supabase::{Client, ErrorKind};
use supabase_local::claims;

use crate::support::{Id, ids, sorted, status_and_code, world};

#[derive(Debug, Serialize, Deserialize)]
struct Note {
    id: i64,
    body: String,
}

fn note(id: i64, body: &str) -> Note {
    Note { id, body: body.into() }
}

async fn seen(client: &Client) -> Vec<i64> {
    sorted(client.from("notes").select::<Id>("id")).await
}

#[tokio::test]
async fn users_see_and_change_their_own_rows_only() {
    let w = world!(fresh);
    let (ada, bob) = (w.user("ada"), w.user("bob"));
    ada.from("notes").insert(&[note(1, "a1"), note(2, "a2")]).await.unwrap();
    bob.from("notes").insert(&note(3, "b1")).await.unwrap();
    assert_eq!(seen(&ada).await, [1, 2]);
    assert_eq!(seen(&bob).await, [3]);
    assert_eq!(seen(&w.anon).await, Vec::<i64>::new());
    assert_eq!(seen(&w.admin).await, [1, 2, 3]);
    assert_eq!(bob.from("notes").count(Count::Exact).await.unwrap(), 1);

    // Another's row is as if it were not there.
    let stolen: Vec<Note> =
        bob.from("notes").update(&json!({ "body": "mine" })).in_("id", [1, 3]).select("id, body").await.unwrap();
    assert_eq!(stolen.iter().map(|note| note.id).collect::<Vec<_>>(), [3]);
    bob.from("notes").delete().all_rows().await.unwrap();
    assert_eq!(seen(&w.admin).await, [1, 2]);

    // Nobody writes in another's name, and nobody gives a row away.
    let forged = json!({ "id": 9, "body": "x", "owner": claims("ada").id() });
    let error = bob.from("notes").insert(&forged).await.unwrap_err();
    assert_eq!(status_and_code(&error), (403, "42501"));
    assert!(error.is_rls_violation() && error.is_permission_denied());
    let given = ada.from("notes").update(&json!({ "owner": claims("bob").id() })).eq("id", 1).await;
    assert!(given.unwrap_err().is_rls_violation());
    let anonymous = w.anon.from("notes").insert(&note(10, "x")).await.unwrap_err();
    assert_eq!(status_and_code(&anonymous), (401, "42501"));
    assert!(anonymous.is_rls_violation());
}

#[tokio::test]
async fn many_users_at_once_on_one_client() {
    let w = world!(fresh);
    let tasks: Vec<_> = (0..8)
        .map(|n| {
            let user = w.user(&format!("user {n}"));
            tokio::spawn(async move {
                for k in 0..3 {
                    user.from("notes").insert(&note(n * 10 + k, "x")).await.unwrap();
                }
                (n, seen(&user).await)
            })
        })
        .collect();
    for task in tasks {
        let (n, found) = task.await.unwrap();
        assert_eq!(found, [n * 10, n * 10 + 1, n * 10 + 2]);
    }
    assert_eq!(seen(&w.anon).await, Vec::<i64>::new());
}

#[tokio::test]
async fn the_database_knows_who_asks() {
    let w = world!(shared);
    let who = async |client: &Client| client.rpc::<Value>("who", ()).await.unwrap();
    assert_eq!(who(&w.anon).await, json!({ "user": "anon", "uid": null }));
    assert_eq!(who(&w.admin).await, json!({ "user": "service_role", "uid": null }));
    let ada = claims("ada");
    let expected = json!({ "user": "authenticated", "uid": ada.id() });
    assert_eq!(who(&w.user("ada")).await, expected);
    let bearer = w.anon.as_user(&format!("Bearer {}", w.stack.user_jwt(&ada)));
    assert_eq!(who(&bearer).await, expected);
    // A user of a service client is still only that user.
    assert_eq!(who(&w.admin.as_user(&w.stack.user_jwt(&ada))).await, expected);
    // The legacy keys are tokens themselves.
    let anon = Client::new(w.stack.url(), w.stack.anon_key()).unwrap();
    assert_eq!(who(&anon).await["user"], "anon");
    let service = Client::service(w.stack.url(), w.stack.service_role_key()).unwrap();
    assert_eq!(who(&service).await["user"], "service_role");
}

#[tokio::test]
async fn rights_on_tables() {
    let w = world!(fresh);
    let anon = w.anon.from("hidden").select::<Id>("id").await.unwrap_err();
    assert_eq!(status_and_code(&anon), (401, "42501"));
    assert!(anon.is_permission_denied() && !anon.is_rls_violation());
    let user = w.user("ada").from("hidden").select::<Id>("id").await.unwrap_err();
    assert_eq!(status_and_code(&user), (403, "42501"));
    assert_eq!(ids(w.admin.from("hidden").select("id")).await, [1]);

    // Who may only insert does not ask for the row back.
    let box_ = w.anon.from("drop_box");
    box_.insert(&json!({ "id": 1, "body": "x" })).await.unwrap();
    let back = box_.insert(&json!({ "id": 2, "body": "y" })).select::<Id>("id").await;
    assert!(back.unwrap_err().is_permission_denied());
    assert_eq!(ids(w.admin.from("drop_box").select("id")).await, [1]);
}

#[tokio::test]
async fn schemas() {
    let w = world!(shared);
    let warehouse = w.anon.schema("warehouse");
    assert_eq!(sorted(warehouse.from("items").select("id")).await, [1, 2]);
    let shelf: Value = w.anon.from("items").select("shelf").eq("id", 2).schema("warehouse").single().await.unwrap();
    assert_eq!(shelf, json!({ "shelf": "B2" }));
    let place: String = warehouse.rpc("where_am_i", ()).await.unwrap();
    assert_eq!(place, "warehouse");
    let by_get: String = warehouse.rpc("where_am_i", ()).get().await.unwrap();
    assert_eq!(by_get, "warehouse");
    assert_eq!(warehouse.from("items").count(Count::Exact).await.unwrap(), 2);
    let own = Client::builder(w.stack.url(), w.stack.publishable_key()).schema("warehouse").build().unwrap();
    assert_eq!(own.from("items").count(Count::Exact).await.unwrap(), 2);
    // The client itself has not moved.
    let missing = w.anon.rpc::<String>("where_am_i", ()).await.unwrap_err();
    assert_eq!(missing.code(), Some("PGRST202"));
    for schema in ["unexposed", "no such schema"] {
        let error = w.anon.schema(schema).from("items").select::<Id>("id").await.unwrap_err();
        assert_eq!(status_and_code(&error), (406, "PGRST106"), "{schema}");
    }
}

#[tokio::test]
async fn writes_go_to_the_schema() {
    let w = world!(fresh);
    let warehouse = w.anon.schema("warehouse");
    warehouse.from("items").insert(&json!({ "id": 3, "shelf": "C" })).await.unwrap();
    warehouse.from("items").update(&json!({ "shelf": "D" })).eq("id", 3).await.unwrap();
    warehouse.from("items").delete().eq("id", 1).await.unwrap();
    assert_eq!(sorted(warehouse.from("items").select("id")).await, [2, 3]);
    assert_eq!(sorted(w.anon.from("items").select("id")).await, [1, 2, 3, 4]);
}

#[tokio::test]
async fn tokens_that_do_not_work() {
    let w = world!(shared);
    let books = async |client: &Client| client.from("books").select::<Id>("id").await.unwrap_err();
    let expired = books(&w.anon.as_user(&w.stack.user_jwt(&claims("ada").expired()))).await;
    // Newer servers say PGRST303.
    assert_eq!(status_and_code(&expired), (401, "PGRST301"));
    assert!(expired.is_unauthorized() && expired.message().contains("expired"), "{expired}");

    let good = w.stack.user_jwt(&claims("ada"));
    let (head, _) = good.rsplit_once('.').unwrap();
    let forged = books(&w.anon.as_user(&format!("{head}.AAAA"))).await;
    assert_eq!(status_and_code(&forged), (401, "PGRST301"));
    let no_such_role = w.stack.user_jwt(&claims("ada").role("nobody"));
    let role = books(&w.anon.as_user(&no_such_role)).await;
    // Newer servers say 401.
    assert_eq!(status_and_code(&role), (400, "22023"));

    let malformed = books(&w.anon.as_user("no token\n")).await;
    assert_eq!(malformed.kind(), ErrorKind::Credential);
    assert!(malformed.never_sent());

    let other_key = Client::new(w.stack.url(), "sb_publishable_of_another_project").unwrap();
    let wrong_key = books(&other_key).await;
    assert!(wrong_key.is_unauthorized());
    assert_eq!(wrong_key.message(), "Invalid API key");
}
