//! No secret is shown: not by any public type, and not in an error.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use canary::{CANARY, clean, quiet, quiet_error};
use common::started;
use supabase_local::{
    Claims, Error, ErrorKind, FunctionLog, Progress, SqlFailure, Stack, StackBuilder, claims,
};

fn secret() -> String {
    CANARY.repeat(6)
}

fn builder() -> StackBuilder {
    Stack::builder()
        .without_project()
        .jwt_secret(secret())
        .sql("create role app_login login password 'canary'; create table public.t (id int primary key)")
        .progress(|step| {
            quiet::<Progress>(step);
            clean("a step", &step.to_string());
        })
}

#[tokio::test]
async fn a_stack_and_its_errors_keep_them() {
    quiet::<StackBuilder>(&builder());
    let Some(stack) = started("a_stack_and_its_errors_keep_them", builder()).await else {
        return;
    };
    let alice = claims("alice").claim("token", CANARY);
    quiet::<Claims>(&alice);
    // What must not be seen: the secret, all that follows from it, and the password of the database.
    let address = stack.database_url().to_owned();
    let password = address.split([':', '@']).nth(2).unwrap().to_owned();
    assert!(!password.is_empty() && !password.contains('/'), "{address}");
    let token = stack.user_jwt(&alice);
    let keys = [
        stack.anon_key(),
        stack.service_role_key(),
        stack.publishable_key(),
        stack.secret_key(),
        stack.jwt_secret(),
        &password,
        &token,
    ];
    let silent = |text: String| {
        for key in keys {
            assert!(!text.contains(key), "{text}");
        }
    };
    quiet::<Stack>(&stack);
    silent(format!("{stack:?}"));
    for statement in [
        "alter role nobody_here login password 'canary'",
        "insert into public.nowhere values ('canary')",
    ] {
        let error = stack.execute(statement).await.unwrap_err();
        quiet_error::<Error>(&error);
        quiet::<SqlFailure>(error.sql().unwrap());
        silent(format!("{error:?} {error}"));
    }
}

#[tokio::test]
async fn what_a_function_writes_is_shown_by_its_display_alone() {
    let project = tempfile::tempdir().unwrap();
    let folder = project.path().join("supabase/functions/hello");
    std::fs::create_dir_all(&folder).unwrap();
    let code = format!("console.log('{CANARY}'); Deno.serve(() => new Response());");
    std::fs::write(folder.join("index.ts"), code).unwrap();
    let seen = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let saw = std::sync::Arc::clone(&seen);
    let builder = Stack::builder().project(project.path()).pinned();
    let builder = builder.function_logs(move |line| {
        quiet::<FunctionLog>(line);
        saw.store(
            line.to_string().contains(CANARY),
            std::sync::atomic::Ordering::SeqCst,
        );
    });
    quiet::<StackBuilder>(&builder);
    let test = "what_a_function_writes_is_shown_by_its_display_alone";
    let Some(stack) = started(test, builder).await else {
        return;
    };
    let token = common::bearer(stack.anon_key());
    let headers = [("authorization", token.as_str())];
    let answer = common::get(&stack, "/functions/v1/hello", &headers).await;
    assert_eq!(answer.status, 200);
    assert!(seen.load(std::sync::atomic::Ordering::SeqCst));
}

#[tokio::test]
async fn a_short_secret_is_not_repeated() {
    let builder = Stack::builder().without_project().jwt_secret(CANARY);
    match builder.start().await {
        Ok(_) => panic!("the secret is too short"),
        Err(error) => {
            quiet_error::<Error>(&error);
            quiet::<ErrorKind>(&error.kind());
        }
    }
}
