//! Answers that are errors, and answers that are broken.

use conformance::Call::{One, Replay};
use conformance::probe::probe;
use conformance::replay::wait;
use conformance::{Entry, d, js};
use postgrest_rs::{Count, RetryConfig};
use serde_json::Value;

use crate::support::t;

pub(crate) const CASES: &[Entry] = &[
    js("error/400-json", One(|db| probe(t(db)))),
    js("error/401-jwt-expired", One(|db| probe(t(db)))),
    js("error/401-gateway-no-api-key", One(|db| probe(t(db)))),
    js("error/401-gateway-invalid-key", One(|db| probe(t(db)))),
    js("error/403-json", One(|db| probe(t(db)))),
    js("error/404-json", One(|db| probe(t(db)))),
    js("error/404-array-with-items", One(|db| probe(t(db))))
        .client_bug("an error is taken for success", &[d("outcome", "200 []", "error 404")]),
    js("error/404-empty-body", One(|db| probe(t(db))))
        .client_bug("an error is taken for success", &[d("outcome", "204 null", "error 404")]),
    js("error/404-empty-body-delete", One(|db| probe(db.from("t").delete().eq("id", 1))))
        .client_bug("an error is taken for success", &[d("outcome", "204 null", "error 404")]),
    js("error/404-text", One(|db| probe(t(db)))),
    js("error/409-json", One(|db| probe(t(db)))),
    js("error/500-json", One(|db| probe(t(db)))),
    js("error/500-text", One(|db| probe(t(db)))),
    js("error/504-text", One(|db| probe(t(db)))),
    js("error/json-null", One(|db| probe(t(db))))
        .client_bug("an error is taken for success", &[d("outcome", "400 null", "error 400")]),
    js("error/json-null-throw", One(|db| probe(t(db))))
        .client_bug("an error is taken for success", &[d("outcome", "400 null", "error 400")]),
    js("error/json-number", One(|db| probe(t(db)))),
    js("error/json-array-400", One(|db| probe(t(db)))),
    js("error/partial-fields", One(|db| probe(t(db)))),
    js("error/extra-fields", One(|db| probe(t(db)))),
    js("error/head-404-no-body", One(|db| probe(db.from("t").count(Count::Exact))))
        .client_bug("an error is taken for success", &[d("outcome", "204 null", "error 404")]),
    js("error/head-400-no-body", One(|db| probe(db.from("t").select::<Value>("*").head())))
        .ours_by_design(
            "reason-as-message",
            "the name of the status is better than nothing",
            &[d("error message", "", "Bad Request")],
        ),
    js("error/head-500-no-body", One(|db| probe(db.from("t").select::<Value>("*").head())))
        .ours_by_design(
            "reason-as-message",
            "the name of the status is better than nothing",
            &[d("error message", "", "Internal Server Error")],
        ),
    js("error/200-invalid-json", One(|db| probe(t(db)))).ours_by_design(
        "unreadable-answers",
        "the message tells what could not be read",
        &[d(
            "error message",
            "<html>login</html>",
            concat!(
                "the server's answer cannot be read: no Vec<Value>: ",
                "expected value at line 1 column 1"
            ),
        )],
    ),
    js("error/200-empty-body", One(|db| probe(t(db)))).ours_by_design(
        "unreadable-answers",
        "rows were asked for, and there are none to read",
        &[d("outcome", "200 null", "error 200")],
    ),
    js("error/200-truncated-json", One(|db| probe(t(db)))).ours_by_design(
        "unreadable-answers",
        "the message tells what could not be read",
        &[d(
            "error message",
            r#"[{"id":1},{"id""#,
            concat!(
                "the server's answer cannot be read: no Vec<Value> in ",
                "row 1: EOF while parsing an object at line 1 column ",
                "15"
            ),
        )],
    ),
    js("error/204-select", One(|db| probe(t(db)))).ours_by_design(
        "unreadable-answers",
        "rows were asked for, and there are none to read",
        &[d("outcome", "204 null", "error 204")],
    ),
    js("error/throw-400", One(|db| probe(t(db)))),
    js("error/throw-500-text", One(|db| probe(t(db)))),
    js("error/throw-ok", One(|db| probe(t(db)))),
    js(
        "error/network-error-no-cause",
        Replay(|s| Box::pin(async move { wait(t(&s.client()?).retry(RetryConfig::off())).await })),
    ),
    js(
        "error/network-error-headers-overflow-long-url",
        Replay(|s| {
            Box::pin(async move {
                wait(t(&s.client()?).in_("id", 1000..1060).retry(RetryConfig::off())).await
            })
        }),
    ),
    js("error/redirect-status-300", One(|db| probe(t(db)))),
];
