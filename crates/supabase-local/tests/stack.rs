//! A started stack, through its gateway: keys, users, isolation, projects.

mod common;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use common::{bearer, call, empty, eventually, get, is_alive, post, started};
use http::{Method, StatusCode};
use serde_json::json;
use supabase_local::{ErrorKind, Progress, Stack, claims};

const NOTES: &str = "
create table public.notes (
  id bigint primary key,
  owner uuid not null default auth.uid() references auth.users (id),
  body text not null
);
alter table public.notes enable row level security;
create policy own on public.notes for all using (owner = (select auth.uid()));
create function public.who() returns jsonb language sql stable as $$
  select jsonb_build_object('uid', auth.uid(), 'role', auth.role(), 'email', auth.email(), 'user', current_user)
$$;
";

#[tokio::test]
async fn each_user_sees_their_rows_and_anon_none() {
    let Some(stack) = empty("each_user_sees_their_rows_and_anon_none", NOTES).await else {
        return;
    };
    let (alice, bob) = (claims("alice"), claims("bob"));
    stack.create_user(&alice).await.unwrap();
    stack.create_user(&alice).await.unwrap();
    stack.create_user(&bob).await.unwrap();
    let key = ("apikey", stack.publishable_key());
    let (as_alice, as_bob) = (
        bearer(&stack.user_jwt(&alice)),
        bearer(&stack.user_jwt(&bob)),
    );
    for (id, user) in [(1, &as_alice), (2, &as_alice), (3, &as_bob)] {
        let row = json!({ "id": id, "body": "x" });
        let made = post(
            &stack,
            "/rest/v1/notes",
            &[key, ("authorization", user)],
            &row,
        )
        .await;
        assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.body);
    }
    let stolen = json!({ "id": 4, "body": "x", "owner": alice.id() });
    let refused = post(
        &stack,
        "/rest/v1/notes",
        &[key, ("authorization", &as_bob)],
        &stolen,
    )
    .await;
    assert_eq!(
        (refused.status, refused.json()["code"].clone()),
        (StatusCode::FORBIDDEN, json!("42501"))
    );

    let notes = "/rest/v1/notes?select=id&order=id";
    let of_alice = get(&stack, notes, &[key, ("authorization", &as_alice)]).await;
    assert_eq!(of_alice.json(), json!([{ "id": 1 }, { "id": 2 }]));
    let of_bob = get(&stack, notes, &[key, ("authorization", &as_bob)]).await;
    assert_eq!(of_bob.json(), json!([{ "id": 3 }]));
    for anon in [stack.publishable_key(), stack.anon_key()] {
        assert_eq!(
            get(&stack, notes, &[("apikey", anon)]).await.json(),
            json!([])
        );
    }
    for service in [stack.secret_key(), stack.service_role_key()] {
        assert_eq!(get(&stack, notes, &[("apikey", service)]).await.rows(), 3);
    }
    // What the official clients send with a legacy key.
    let legacy = bearer(stack.anon_key());
    let headers = [
        ("apikey", stack.anon_key()),
        ("authorization", legacy.as_str()),
    ];
    assert_eq!(get(&stack, notes, &headers).await.json(), json!([]));

    let who = get(
        &stack,
        "/rest/v1/rpc/who",
        &[key, ("authorization", &as_alice)],
    )
    .await
    .json();
    assert_eq!(
        who,
        json!({ "uid": alice.id(), "role": "authenticated", "email": "alice@example.com", "user": "authenticated" })
    );
}

#[tokio::test]
async fn the_gateway_checks_keys_as_the_platform_does() {
    let sql = "create table public.t (id int primary key, apikey text); insert into public.t values (1, 'x'), (2, 'y')";
    let Some(stack) = empty("the_gateway_checks_keys_as_the_platform_does", sql).await else {
        return;
    };
    let none = get(&stack, "/rest/v1/t", &[]).await;
    assert_eq!(none.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        none.json(),
        json!({ "message": "No API key found in request",
                "hint": "No `apikey` request header or url param was found." })
    );
    let wrong = get(&stack, "/rest/v1/t", &[("apikey", "anon-key")]).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        wrong.json(),
        json!({ "message": "Invalid API key",
                "hint": "Double check your Supabase `anon` or `service_role` API key." })
    );
    // A key that is no JWT is no bearer.
    let secret = bearer(stack.secret_key());
    let headers = [
        ("apikey", stack.secret_key()),
        ("authorization", secret.as_str()),
    ];
    assert_eq!(
        get(&stack, "/rest/v1/t", &headers).await.status,
        StatusCode::UNAUTHORIZED
    );

    let key = ("apikey", stack.publishable_key());
    let late = bearer(&stack.user_jwt(&claims("alice").expired()));
    let expired = get(&stack, "/rest/v1/t", &[key, ("authorization", &late)]).await;
    assert_eq!(expired.status, StatusCode::UNAUTHORIZED);
    assert_eq!(expired.json()["message"], "JWT expired");

    let by_query = format!("/rest/v1/t?apikey={}&id=eq.1", stack.publishable_key());
    assert_eq!(get(&stack, &by_query, &[]).await.rows(), 1);
    let column = get(&stack, "/rest/v1/t?%22apikey%22=eq.y&select=id", &[key]).await;
    assert_eq!(column.json(), json!([{ "id": 2 }]));

    for path in ["/", "/health"] {
        assert_eq!(get(&stack, path, &[]).await.status, StatusCode::OK);
    }
    let elsewhere = get(&stack, "/auth/v1/user", &[key]).await;
    assert_eq!(elsewhere.status, StatusCode::NOT_FOUND);
    let head = call(
        &stack,
        Method::HEAD,
        "/rest/v1/t",
        &[key, ("prefer", "count=exact")],
        "",
    )
    .await;
    assert_eq!(head.headers["content-range"], "0-1/2");
    assert_ne!(head.headers["sb-request-id"], none.headers["sb-request-id"]);
    let preflight = [
        ("origin", "http://localhost:3000"),
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "apikey"),
    ];
    let preflight = call(&stack, Method::OPTIONS, "/rest/v1/t", &preflight, "").await;
    assert_eq!(preflight.status, StatusCode::NO_CONTENT);
    assert_eq!(preflight.headers["access-control-allow-headers"], "apikey");
}

#[tokio::test]
async fn two_stacks_are_isolated_and_share_one_postgres() {
    let name = "two_stacks_are_isolated_and_share_one_postgres";
    let sql = "create table public.t (id int primary key)";
    let (one, two) = tokio::join!(empty(name, sql), empty(name, sql));
    let (Some(one), Some(two)) = (one, two) else {
        return;
    };
    assert_ne!(one.url(), two.url());
    assert_eq!(one.process_ids()[0], two.process_ids()[0], "one Postgres");
    assert_ne!(one.process_ids()[1], two.process_ids()[1], "two PostgREST");
    let made = post(
        &one,
        "/rest/v1/t",
        &[("apikey", one.secret_key())],
        &json!({ "id": 1 }),
    )
    .await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!(
        get(&one, "/rest/v1/t", &[("apikey", one.secret_key())])
            .await
            .rows(),
        1
    );
    assert_eq!(
        get(&two, "/rest/v1/t", &[("apikey", two.secret_key())])
            .await
            .rows(),
        0
    );
    // The keys of one are nothing to the other.
    let foreign = get(&two, "/rest/v1/t", &[("apikey", one.secret_key())]).await;
    assert_eq!(foreign.status, StatusCode::UNAUTHORIZED);
    let pid = one.process_ids()[1];
    drop(one);
    eventually("the dropped stack's PostgREST is gone", || !is_alive(pid));
    assert_eq!(
        get(&two, "/rest/v1/t", &[("apikey", two.secret_key())])
            .await
            .rows(),
        0
    );
}

#[tokio::test]
async fn a_postgres_of_its_own_ends_with_its_stack() {
    let builder = Stack::builder()
        .without_project()
        .own_postgres()
        .sql("create role mine");
    let Some(one) = started("a_postgres_of_its_own_ends_with_its_stack", builder.clone()).await
    else {
        return;
    };
    let two = builder.start().await.unwrap();
    assert_ne!(one.process_ids()[0], two.process_ids()[0]);
    let pids = one.process_ids();
    one.stop().await;
    assert!(pids.iter().all(|&pid| !is_alive(pid)));
    two.stop().await;
}

#[tokio::test]
async fn a_cached_stack_only_starts_its_servers() {
    let name = "a_cached_stack_only_starts_its_servers";
    let Some(first) = empty(name, "").await else {
        return;
    };
    let slow = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&slow);
    let begun = tokio::time::Instant::now();
    // With a Postgres of its own, as in a new process.
    let second = Stack::builder()
        .without_project()
        .own_postgres()
        .progress(move |step| {
            // What takes long, and once is enough for.
            if matches!(
                step,
                Progress::Downloading { .. } | Progress::Unpacking { .. } | Progress::Preparing
            ) {
                seen.lock().unwrap().push(format!("{step:?}"));
            }
        })
        .start()
        .await
        .unwrap();
    eprintln!(
        "a cached stack with its own Postgres took {:?}",
        begun.elapsed()
    );
    assert_eq!(*slow.lock().unwrap(), Vec::<String>::new());
    drop((first, second));
}

#[test]
fn a_stack_outlives_the_runtime_that_started_it() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let started = runtime().block_on(empty("a_stack_outlives_the_runtime_that_started_it", NOTES));
    let Some(stack) = started else { return };
    let key = ("apikey", stack.anon_key());
    let answer = runtime().block_on(get(&stack, "/rest/v1/notes", &[key]));
    assert_eq!(answer.json(), json!([]));
    // Outside of any runtime.
    drop(stack);
}

#[tokio::test]
async fn a_project_is_applied_in_order() {
    let project = tempfile::tempdir().unwrap();
    let folder = project.path().join("supabase");
    std::fs::create_dir_all(folder.join("migrations")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write(
        "config.toml",
        "[api]\nschemas = [\"public\", \"graphql_public\", \"api\"]\nmax_rows = 2\n[db]\nport = 1\n",
    );
    write(
        "migrations/20240102000000_second.sql",
        "alter table public.planets add column moons int not null default 0;",
    );
    write(
        "migrations/20240101000000_first.sql",
        "create schema api; grant usage on schema api to anon;\n\
         create view api.hello as select 'hi' as text; grant select on api.hello to anon;\n\
         set search_path = '';\ncreate table public.planets (id int primary key, name text);",
    );
    write(
        "seed.sql",
        "insert into planets (id, name, moons) values (1, 'Mercury', 0), (2, 'Earth', 1), (3, 'Mars', 2);",
    );
    let builder = Stack::builder().project(project.path());
    let Some(stack) = started("a_project_is_applied_in_order", builder).await else {
        return;
    };
    let key = ("apikey", stack.publishable_key());
    let planets = get(
        &stack,
        "/rest/v1/planets?order=id&select=name,moons",
        &[key],
    )
    .await;
    let expected = json!([{ "name": "Mercury", "moons": 0 }, { "name": "Earth", "moons": 1 }]);
    assert_eq!(planets.json(), expected, "max_rows is two");
    let hello = get(&stack, "/rest/v1/hello", &[key, ("accept-profile", "api")]).await;
    assert_eq!(hello.json(), json!([{ "text": "hi" }]));
    let hidden = get(&stack, "/rest/v1/users", &[key, ("accept-profile", "auth")]).await;
    assert_eq!(hidden.json()["code"], "PGRST106");

    let (client, connection) = tokio_postgres::connect(stack.database_url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let list = "select version, name from supabase_migrations.schema_migrations order by version";
    let rows = client.query(list, &[]).await.unwrap();
    let names: Vec<String> = rows.iter().map(|row| row.get(1)).collect();
    assert_eq!(names, ["first", "second"]);
    drop(client);
    let _ = connection.await;
}

#[tokio::test]
async fn the_database_asks_for_its_password() {
    let Some(stack) = empty("the_database_asks_for_its_password", "").await else {
        return;
    };
    let (before, after) = stack
        .database_url()
        .split_once("postgres:")
        .unwrap()
        .1
        .split_once('@')
        .unwrap();
    assert_eq!(before.len(), "//postgres:".len() + 32);
    let wrong = format!("postgres://postgres:wrong@{after}");
    let refused = tokio_postgres::connect(&wrong, tokio_postgres::NoTls)
        .await
        .err()
        .unwrap();
    assert_eq!(refused.code().unwrap().code(), "28P01");
}

#[tokio::test]
async fn changed_tables_are_seen() {
    let Some(stack) = empty("changed_tables_are_seen", "").await else {
        return;
    };
    let key = ("apikey", stack.publishable_key());
    for number in 0..3 {
        stack
            .execute(&format!(
                "create table public.late_{number} (id int primary key)"
            ))
            .await
            .unwrap();
        stack.reload_schema().await.unwrap();
        let embed = format!("/rest/v1/late_{number}?select=id");
        assert_eq!(get(&stack, &embed, &[key]).await.json(), json!([]));
    }
    let error = stack
        .execute("select 1;\nselect nonsense")
        .await
        .unwrap_err();
    let sql = error.sql().unwrap();
    assert_eq!(
        (sql.code.as_deref(), sql.line, sql.column),
        (Some("42703"), Some(2), Some(8))
    );
}

#[tokio::test]
async fn large_bodies_pass_both_ways() {
    let sql = "create table public.big (id int primary key, body text)";
    let builder = Stack::builder().without_project().max_rows(None).sql(sql);
    let Some(stack) = started("large_bodies_pass_both_ways", builder).await else {
        return;
    };
    let rows: Vec<_> = (0..3000)
        .map(|id| json!({ "id": id, "body": "ä".repeat(1000) }))
        .collect();
    let key = ("apikey", stack.secret_key());
    let made = post(&stack, "/rest/v1/big", &[key], &json!(rows)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.body);
    let all = get(&stack, "/rest/v1/big?order=id", &[key]).await;
    assert_eq!(all.rows(), 3000);
    assert!(all.body.len() > 6_000_000);
}

#[tokio::test]
async fn fifteen_stacks_fit_into_one_process() {
    let name = "fifteen_stacks_fit_into_one_process";
    let Some(first) = empty(name, NOTES).await else {
        return;
    };
    let mut starting = tokio::task::JoinSet::new();
    for _ in 0..14 {
        starting.spawn(Stack::builder().without_project().sql(NOTES).start());
    }
    let mut stacks = vec![first];
    while let Some(stack) = starting.join_next().await {
        stacks.push(stack.unwrap().unwrap());
    }
    let mut calls = tokio::task::JoinSet::new();
    let urls: BTreeSet<String> = stacks.iter().map(|stack| stack.url().to_owned()).collect();
    assert_eq!(urls.len(), 15);
    for stack in stacks {
        calls.spawn(async move {
            for _ in 0..20 {
                let answer = get(&stack, "/rest/v1/notes", &[("apikey", stack.secret_key())]).await;
                assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
            }
        });
    }
    while let Some(done) = calls.join_next().await {
        done.unwrap();
    }
}

#[tokio::test]
async fn debug_shows_no_key() {
    let secret = "the-secret-that-must-not-be-shown-anywhere";
    let builder = Stack::builder().without_project().jwt_secret(secret);
    let shown = format!("{builder:?}");
    assert!(!shown.contains(secret), "{shown}");
    let Some(stack) = started("debug_shows_no_key", builder).await else {
        return;
    };
    let shown = format!("{stack:?}");
    for hidden in [
        secret,
        stack.anon_key(),
        stack.service_role_key(),
        stack.secret_key(),
        stack.publishable_key(),
        stack.database_url(),
    ] {
        assert!(!shown.contains(hidden), "{shown}");
    }
    assert_eq!(stack.jwt_secret(), secret);
}

#[tokio::test]
async fn a_short_jwt_secret_is_refused() {
    let error = Stack::builder()
        .jwt_secret("short")
        .start()
        .await
        .unwrap_err();
    // Where there are no packages, that is found out later.
    assert!(
        matches!(
            error.kind(),
            ErrorKind::Config | ErrorKind::UnsupportedSystem
        ),
        "{error}"
    );
}
