//! The crate `supabase` on a stack.

#![cfg(feature = "client")]

mod common;

use common::empty;
use serde::{Deserialize, Serialize};
use supabase_local::claims;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Note {
    id: i64,
    body: String,
}

fn note(id: i64) -> Note {
    Note {
        id,
        body: format!("note {id}"),
    }
}

#[tokio::test]
async fn each_identity_sees_what_it_may() {
    let sql = "create table public.notes (id bigint primary key, owner uuid default auth.uid(), body text);
               alter table public.notes enable row level security;
               create policy own on public.notes using (owner = auth.uid());";
    let Some(stack) = empty("each_identity_sees_what_it_may", sql).await else {
        return;
    };
    let alice = stack.client_as(&claims("alice")).unwrap();
    let bob = stack.client_as(&claims("bob")).unwrap();
    alice
        .from("notes")
        .insert(&[note(1), note(2)])
        .await
        .unwrap();
    bob.from("notes").insert(&note(3)).await.unwrap();

    let hers: Vec<Note> = alice
        .from("notes")
        .select("id, body")
        .order("id")
        .await
        .unwrap();
    assert_eq!(hers, [note(1), note(2)]);
    let his: Vec<Note> = bob.from("notes").select("id, body").await.unwrap();
    assert_eq!(his, [note(3)]);
    let none: Vec<Note> = stack
        .client()
        .unwrap()
        .from("notes")
        .select("*")
        .await
        .unwrap();
    assert_eq!(none, []);
    let admin = stack.service_client().unwrap();
    let all: Vec<Note> = admin.from("notes").select("*").await.unwrap();
    assert_eq!(all.len(), 3);

    let late = stack.client_as(&claims("alice").expired()).unwrap();
    let refused = late.from("notes").select::<Note>("*").await.unwrap_err();
    assert_eq!(refused.status().map(|status| status.as_u16()), Some(401));
}
