//! Retries, aborts and time limits.

use conformance::Call::Replay;
use conformance::probe::Read;
use conformance::replay::{invoke, leave_after, wait};
use conformance::{Entry, d, js};
use postgrest_rs::{Count, RetryConfig};
use serde_json::{Value, json};
use std::time::Duration;

use crate::support::{MS50, SECOND, t};

pub(crate) const CASES: &[Entry] = &[
    js(
        "abort/before-send",
        Replay(|s| Box::pin(async move { leave_after(Duration::ZERO, t(&s.client()?)).await })),
    ),
    js(
        "abort/in-flight",
        Replay(|s| Box::pin(async move { leave_after(MS50, t(&s.client()?)).await })),
    ),
    js(
        "abort/in-flight-post",
        Replay(|s| {
            Box::pin(async move { leave_after(MS50, s.client()?.rpc::<Value>("slow", ())).await })
        }),
    ),
    js(
        "abort/throw-on-error",
        Replay(|s| Box::pin(async move { leave_after(Duration::ZERO, t(&s.client()?)).await })),
    ),
    js(
        "abort/custom-reason",
        Replay(|s| {
            Box::pin(async move {
                leave_after(MS50, s.client()?.from("t").insert(&json!({ "a": 1 }))).await
            })
        }),
    ),
    js(
        "abort/url-too-long-hint",
        Replay(|s| {
            Box::pin(async move {
                leave_after(
                    Duration::ZERO,
                    s.client()?
                        .with_max_url_length(200)
                        .from("t")
                        .select("*")
                        .in_("id", (0..40).map(|i| format!("xxxxxxxx{i}"))),
                )
                .await
            })
        }),
    ),
    js(
        "timeout/fires",
        Replay(|s| {
            Box::pin(async move {
                wait(s.client_with(|http| http.attempt_timeout(SECOND))?.from("t").select("*"))
                    .await
            })
        }),
    )
    .ours_by_design(
        "retry-more",
        "a read that timed out is tried again",
        &[d("requests", "1", "4")],
    ),
    js(
        "timeout/fires-post",
        Replay(|s| {
            Box::pin(async move {
                wait(
                    s.client_with(|http| http.attempt_timeout(SECOND))?
                        .from("t")
                        .insert(&json!({ "a": 1 })),
                )
                .await
            })
        }),
    ),
    js(
        "timeout/not-reached",
        Replay(|s| {
            Box::pin(async move {
                wait(s.client_with(|http| http.attempt_timeout(SECOND))?.from("t").select("*"))
                    .await
            })
        }),
    ),
    js(
        "timeout/applies-per-attempt",
        Replay(|s| {
            Box::pin(async move {
                wait(s.client_with(|http| http.attempt_timeout(SECOND))?.from("t").select("*"))
                    .await
            })
        }),
    ),
    js(
        "timeout/does-not-cover-the-body",
        Replay(|s| {
            Box::pin(async move {
                wait(s.client_with(|http| http.attempt_timeout(SECOND))?.from("t").select("*"))
                    .await
            })
        }),
    ),
    js(
        "abort/during-body",
        Replay(|s| {
            Box::pin(async move { leave_after(Duration::from_millis(100), t(&s.client()?)).await })
        }),
    ),
    js(
        "timeout/not-used-by-auth-storage-functions",
        Replay(|s| {
            Box::pin(async move { invoke(s.functions()?.invoke("slow"), Read::Json).await })
        }),
    ),
    js("retry/503-then-ok", Replay(|s| Box::pin(async move { wait(t(&s.client()?)).await }))),
    js("retry/503-exhausted", Replay(|s| Box::pin(async move { wait(t(&s.client()?)).await }))),
    js("retry/520-then-ok", Replay(|s| Box::pin(async move { wait(t(&s.client()?)).await }))),
    js("retry/520-exhausted", Replay(|s| Box::pin(async move { wait(t(&s.client()?)).await }))),
    js(
        "retry/retry-after-seconds",
        Replay(|s| Box::pin(async move { wait(t(&s.client()?)).await })),
    ),
    js("retry/retry-after-zero", Replay(|s| Box::pin(async move { wait(t(&s.client()?)).await })))
        .ours_by_design(
            "retry-after",
            "never at once",
            &[d("wait before request 2", "0 ms", "longer")],
        ),
    js(
        "retry/retry-after-http-date",
        Replay(|s| Box::pin(async move { wait(t(&s.client()?)).await })),
    )
    .ours_by_design(
        "retry-after",
        "a date is understood, and kept within 30 seconds",
        &[d("wait before request 2", "0 ms", "longer")],
    ),
    js(
        "retry/head",
        Replay(|s| Box::pin(async move { wait(s.client()?.from("t").count(Count::Exact)).await })),
    ),
    js(
        "retry/rpc-get",
        Replay(|s| {
            Box::pin(
                async move { wait(s.client()?.rpc::<Value>("f", &json!({ "a": 1 })).get()).await },
            )
        }),
    ),
    js(
        "retry/network-error-then-ok",
        Replay(|s| Box::pin(async move { wait(t(&s.client()?)).await })),
    ),
    js(
        "retry/network-error-no-cause",
        Replay(|s| Box::pin(async move { wait(t(&s.client()?)).await })),
    ),
    js("retry/mixed", Replay(|s| Box::pin(async move { wait(t(&s.client()?)).await }))),
    js(
        "retry/network-error-not-for-insert",
        Replay(|s| {
            Box::pin(async move { wait(s.client()?.from("t").insert(&json!({ "a": 1 }))).await })
        }),
    ),
    js(
        "retry/not-for-update",
        Replay(|s| {
            Box::pin(async move {
                wait(s.client()?.from("t").update(&json!({ "a": 1 })).all_rows()).await
            })
        }),
    ),
    js(
        "retry/network-error-not-for-update",
        Replay(|s| {
            Box::pin(async move {
                wait(s.client()?.from("t").update(&json!({ "a": 1 })).all_rows()).await
            })
        }),
    ),
    js(
        "retry/not-for-delete",
        Replay(|s| Box::pin(async move { wait(s.client()?.from("t").delete().all_rows()).await })),
    ),
    js(
        "retry/network-error-not-for-delete",
        Replay(|s| Box::pin(async move { wait(s.client()?.from("t").delete().all_rows()).await })),
    ),
    js(
        "retry/network-error-not-for-rpc-post",
        Replay(|s| Box::pin(async move { wait(s.client()?.rpc::<Value>("f", ())).await })),
    ),
    js(
        "retry/not-for-upsert",
        Replay(|s| {
            Box::pin(async move { wait(s.client()?.from("t").upsert(&json!({ "a": 1 }))).await })
        }),
    ),
    js("retry/not-on-408", Replay(|s| Box::pin(async move { wait(t(&s.client()?)).await })))
        .ours_by_design("retry-more", "the server asks to try later", &[d("requests", "1", "4")]),
    js("retry/not-on-429", Replay(|s| Box::pin(async move { wait(t(&s.client()?)).await })))
        .ours_by_design("retry-more", "the server asks to try later", &[d("requests", "1", "4")]),
    js("retry/not-on-500", Replay(|s| Box::pin(async move { wait(t(&s.client()?)).await }))),
    js("retry/not-on-502", Replay(|s| Box::pin(async move { wait(t(&s.client()?)).await }))),
    js("retry/not-on-504", Replay(|s| Box::pin(async move { wait(t(&s.client()?)).await }))),
    js("retry/not-on-521", Replay(|s| Box::pin(async move { wait(t(&s.client()?)).await }))),
    js(
        "retry/disabled-per-request",
        Replay(|s| Box::pin(async move { wait(t(&s.client()?).retry(RetryConfig::off())).await })),
    ),
    js(
        "retry/disabled-per-client",
        Replay(|s| {
            Box::pin(async move {
                let db = s.client_with(|http| http.retry(RetryConfig::off()))?;
                wait(t(&db)).await
            })
        }),
    ),
    js(
        "retry/throw-on-error",
        Replay(|s| Box::pin(async move { wait(t(&s.client()?).retry(RetryConfig::off())).await })),
    ),
    js(
        "retry/invalid-json-not-retried",
        Replay(|s| Box::pin(async move { wait(t(&s.client()?)).await })),
    )
    .ours_by_design(
        "unreadable-answers",
        "the message tells what could not be read",
        &[d(
            "error message",
            "oops",
            concat!(
                "the server's answer cannot be read: no Vec<Value>: ",
                "expected value at line 1 column 1"
            ),
        )],
    ),
];
