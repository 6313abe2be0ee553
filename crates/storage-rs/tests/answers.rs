//! Every call of the crate against answers that no storage should give, and against a server that is busy.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::future::IntoFuture;
use std::time::Duration;

use serde_json::json;
use storage_rs::analytics::{Field, Schema, Type};
use storage_rs::vectors::{DistanceMetric, Vector};
use storage_rs::{
    Error, ErrorKind, FileClient, LifecycleRule, RetryConfig, StorageClient, UploadBody,
};
use supabase_http::testing::{Exchange, MockTransport};
use supabase_http::{BoxFuture, HttpClient};

/// What a call is, as far as sending it again goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Read,
    Write,
}
use Kind::{Read, Write};

type Run = dyn Fn(&StorageClient) -> BoxFuture<'static, Result<(), Error>>;

struct Call {
    name: &'static str,
    kind: Kind,
    run: Box<Run>,
}

/// Runs a call whose answer does not matter.
fn done<T: 'static>(
    call: impl IntoFuture<Output = Result<T, Error>, IntoFuture: Send + 'static>,
) -> BoxFuture<'static, Result<(), Error>> {
    let future = call.into_future();
    Box::pin(async move { future.await.map(drop) })
}

fn files(storage: &StorageClient) -> FileClient {
    storage.from("b")
}

macro_rules! calls {
    ($($kind:ident $name:literal: |$s:ident| $call:expr;)*) => {
        vec![$(Call { name: $name, kind: $kind, run: Box::new(|$s| done($call)) }),*]
    };
}

/// Every call, those of the parts included.
fn calls() -> Vec<Call> {
    let minute = Duration::from_secs(60);
    let schema = || Schema::new([Field::required(1, "id", Type::long())]);
    let mut all = calls! {
        Write "create_bucket": |s| s.create_bucket("b");
        Read "get_bucket": |s| s.get_bucket("b");
        Read "list_buckets": |s| s.list_buckets();
        Write "update_bucket": |s| s.update_bucket("b").public();
        Write "empty_bucket": |s| s.empty_bucket("b");
        Write "delete_bucket": |s| s.delete_bucket("b");
        Write "purge_bucket_cache": |s| s.purge_bucket_cache("b");
        Read "get_bucket_lifecycle": |s| s.get_bucket_lifecycle("b");
        Write "update_bucket_lifecycle": |s| s.update_bucket_lifecycle("b", [LifecycleRule::noncurrent_days(1)]);
        Write "delete_bucket_lifecycle": |s| s.delete_bucket_lifecycle("b");
        Write "upload": |s| files(s).upload("a", "x");
        Write "upload as a form": |s| files(s).upload("a", "x").as_form();
        Write "upload of a reader": |s| files(s).upload("a", UploadBody::reader(&b"x"[..]));
        Write "upsert": |s| files(s).upload("a", "x").upsert();
        Write "update": |s| files(s).update("a", "x");
        Write "upload_to_signed_url": |s| files(s).upload_to_signed_url("a", "t", "x");
        Read "create_signed_upload_url": |s| files(s).create_signed_upload_url("a");
        Read "list": |s| files(s).list("");
        Read "list_v2": |s| files(s).list_v2();
        Read "info": |s| files(s).info("a");
        Write "remove": |s| files(s).remove(["a"]);
        Write "move_": |s| files(s).move_("a", "c");
        Write "copy": |s| files(s).copy("a", "c");
        Write "purge_cache": |s| files(s).purge_cache("a");
        Write "create vector bucket": |s| s.vectors().create_bucket("vec");
        Read "get vector bucket": |s| s.vectors().get_bucket("vec");
        Read "list vector buckets": |s| s.vectors().list_buckets();
        Write "delete vector bucket": |s| s.vectors().delete_bucket("vec");
        Write "create_index": |s| s.vectors().bucket("vec").create_index("words", 1, DistanceMetric::Cosine);
        Read "get_index": |s| s.vectors().bucket("vec").get_index("words");
        Read "list_indexes": |s| s.vectors().bucket("vec").list_indexes();
        Write "delete_index": |s| s.vectors().bucket("vec").delete_index("words");
        Write "put vectors": |s| s.vectors().bucket("vec").index("words").put([Vector::new("a", [1.0])]);
        Read "get vectors": |s| s.vectors().bucket("vec").index("words").get(["a"]);
        Read "list vectors": |s| s.vectors().bucket("vec").index("words").list();
        Read "query vectors": |s| s.vectors().bucket("vec").index("words").query([1.0]);
        Write "delete vectors": |s| s.vectors().bucket("vec").index("words").delete(["a"]);
        Write "create analytics bucket": |s| s.analytics().create_bucket("w");
        Read "list analytics buckets": |s| s.analytics().list_buckets();
        Write "delete analytics bucket": |s| s.analytics().delete_bucket("w");
        Read "config": |s| s.analytics().catalog("w").config();
        Read "list_namespaces": |s| s.analytics().catalog("w").list_namespaces();
        Write "create_namespace": |s| s.analytics().catalog("w").create_namespace("n");
        Read "load_namespace": |s| s.analytics().catalog("w").load_namespace("n");
        Write "update_namespace_properties": |s| s.analytics().catalog("w").update_namespace_properties("n").set("a", "b");
        Write "drop_namespace": |s| s.analytics().catalog("w").drop_namespace("n");
        Read "list_tables": |s| s.analytics().catalog("w").list_tables("n");
        Read "load_table": |s| s.analytics().catalog("w").load_table(("n", "t"));
        Write "commit_table": |s| s.analytics().catalog("w").commit_table(("n", "t"));
        Write "rename_table": |s| s.analytics().catalog("w").rename_table(("n", "t"), ("n", "u"));
        Write "register_table": |s| s.analytics().catalog("w").register_table(("n", "t"), "s3://b/1.json");
        Write "drop_table": |s| s.analytics().catalog("w").drop_table(("n", "t"));
    };
    let (one, many) = (minute, minute);
    all.push(Call {
        name: "create_signed_url",
        kind: Read,
        run: Box::new(move |s| done(files(s).create_signed_url("a", one))),
    });
    all.push(Call {
        name: "create_signed_urls",
        kind: Read,
        run: Box::new(move |s| done(files(s).create_signed_urls(["a"], many))),
    });
    all.push(Call {
        name: "create_table",
        kind: Write,
        run: Box::new(move |s| {
            let catalog = s.analytics().catalog("w");
            done(catalog.create_table(("n", "t"), schema()))
        }),
    });
    all
}

/// Those that answer nothing but that it was done, whatever is in the body.
const NOTHING: &[&str] = &[
    "empty_bucket",
    "update_bucket",
    "update_bucket_lifecycle",
    "delete_bucket",
    "purge_bucket_cache",
    "delete_bucket_lifecycle",
    "move_",
    "purge_cache",
    "create vector bucket",
    "delete vector bucket",
    "create_index",
    "delete_index",
    "put vectors",
    "delete vectors",
    "delete analytics bucket",
    "drop_namespace",
    "rename_table",
    "drop_table",
];

/// Those whose answer is the file itself, or that read no more than the status.
fn downloads() -> Vec<Call> {
    calls! {
        Read "download": |s| files(s).download("a");
        Read "download as a stream": |s| files(s).download("a").stream();
        Read "exists": |s| files(s).exists("a");
        Read "namespace_exists": |s| s.analytics().catalog("w").namespace_exists("n");
        Read "table_exists": |s| s.analytics().catalog("w").table_exists(("n", "t"));
    }
}

fn over(mock: &MockTransport, retry: RetryConfig) -> StorageClient {
    let http = HttpClient::builder()
        .transport(mock.clone())
        .retry(retry)
        .build()
        .unwrap();
    StorageClient::with_http(http, "https://project.test", "key").unwrap()
}

fn huge() -> String {
    format!("<html>{}</html>", "x".repeat(300_000))
}

fn told(error: &Error, status: u16, at: &str) {
    assert_eq!(
        error.status().map(|s| s.as_u16()),
        Some(status),
        "{at}: {error:?}"
    );
    assert_eq!(error.request_id(), Some("r-7"), "{at}: {error:?}");
    assert_eq!(error.service(), Some("storage"), "{at}");
    assert!(error.operation().is_some(), "{at}");
    assert!(!error.message().is_empty(), "{at}");
    assert!(error.body().len() <= 64 * 1024, "{at}");
}

#[tokio::test]
async fn bad_statuses_with_any_body_are_errors_that_keep_them() {
    let bodies = [
        String::new(),
        "<html><body>502 Bad Gateway</body></html>".to_owned(),
        r#"{"statusCode":"#.to_owned(),
        "null".to_owned(),
        "[]".to_owned(),
        "7".to_owned(),
        r#"{"statusCode":[404],"message":{"a":1},"code":9,"error":false}"#.to_owned(),
        r#"{"error":{"message":7,"type":null,"code":"x"}}"#.to_owned(),
        r#"{"message":"no Route matched with those values"}"#.to_owned(),
        huge(),
    ];
    for status in [
        301, 400, 401, 403, 405, 409, 413, 418, 429, 500, 502, 503, 544,
    ] {
        for body in &bodies {
            let answer = body.clone();
            let mock = MockTransport::new().respond(move |_| {
                Exchange::new(status)
                    .header("sb-request-id", "r-7")
                    .body(answer.clone())
            });
            let storage = over(&mock, RetryConfig::off());
            for call in calls().into_iter().chain(downloads()) {
                let start: String = body.chars().take(40).collect();
                let at = format!("{} {status} {start}", call.name);
                let error = (call.run)(&storage).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Api, "{at}: {error:?}");
                told(&error, status, &at);
            }
        }
    }
}

#[tokio::test]
async fn good_statuses_with_a_wrong_body_are_errors_that_keep_them() {
    let bodies = [
        String::new(),
        "<html>a captive portal</html>".to_owned(),
        r#"{"name":"#.to_owned(),
        "7".to_owned(),
        r#""text""#.to_owned(),
        r#"[7]"#.to_owned(),
        huge(),
    ];
    for body in &bodies {
        let answer = body.clone();
        let mock = MockTransport::new().respond(move |_| {
            Exchange::new(200)
                .header("sb-request-id", "r-7")
                .body(answer.clone())
        });
        let storage = over(&mock, RetryConfig::off());
        for call in calls() {
            let start: String = body.chars().take(40).collect();
            let at = format!("{} 200 {start}", call.name);
            match (call.run)(&storage).await {
                Ok(()) => assert!(NOTHING.contains(&call.name), "{at}"),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Decode, "{at}: {error:?}");
                    told(&error, 200, &at);
                }
            }
        }
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_answer() {
    let mock = MockTransport::new().respond(|_| {
        Exchange::new(200)
            .json(json!({ "name": "b", "Key": "k", "signedURL": "/x?token=t" }))
            .fail_body_after(10)
    });
    let storage = over(&mock, RetryConfig::off());
    for call in calls() {
        let error = (call.run)(&storage).await.unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::Transport,
            "{}: {error:?}",
            call.name
        );
    }
}

#[tokio::test(start_paused = true)]
async fn reads_are_sent_again_and_writes_are_not() {
    for status in [429, 503] {
        let mock = MockTransport::new().respond(move |_| Exchange::new(status));
        let storage = over(&mock, RetryConfig::new());
        for call in calls().into_iter().chain(downloads()) {
            let before = mock.requests().len();
            (call.run)(&storage).await.unwrap_err();
            let sent = mock.requests().len() - before;
            let wanted = match call.kind {
                Read => 4,
                Write => 1,
            };
            assert_eq!(sent, wanted, "{} after {status}", call.name);
        }
    }
}
