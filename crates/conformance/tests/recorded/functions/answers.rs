//! Answers, read as the caller asks.

use conformance::Call::{One, Replay};
use conformance::probe::Read;
use conformance::replay::invoke;
use conformance::{Entry, d, js, py};
use serde_json::json as value;

use crate::support::{SECOND, bytes, json, text};

pub(crate) const CASES: &[Entry] = &[
    js("answer/json", One(|_| json(|f| f.invoke("hello")))),
    js("answer/json-invalid", One(|_| json(|f| f.invoke("hello")))).ours_by_design(
        "unreadable-answers",
        "the message tells what could not be read",
        &[d(
            "error message",
            "Expected property name or '}' in JSON at position 1",
            concat!(
                "the server's answer cannot be read: no Value: ",
                "key must be a string at line 1 column 2"
            ),
        )],
    ),
    js("answer/json-empty", One(|_| json(|f| f.invoke("hello")))).ours_by_design(
        "empty-json-is-null",
        "whether it will do is for the type to say",
        &[d("outcome", "error", "200 null")],
    ),
    js("answer/problem-json-is-text", One(|_| text(|f| f.invoke("hello")))),
    js("answer/text", One(|_| text(|f| f.invoke("hello")))),
    js("answer/html", One(|_| text(|f| f.invoke("hello")))),
    js("answer/no-content-type", One(|_| text(|f| f.invoke("hello")))),
    js("answer/octet-stream", One(|_| bytes(|f| f.invoke("hello")))),
    js("answer/pdf", One(|_| bytes(|f| f.invoke("hello")))),
    js("answer/png-is-text", One(|_| bytes(|f| f.invoke("hello")))).client_bug(
        "bytes are read as text",
        &[d("data", "\"\u{fffd}PNG\u{fffd}\"", r#"{"$base64":"iVBOR/8="}"#)],
    ),
    js("answer/form-data", One(|_| text(|f| f.invoke("hello")))).ours_by_design(
        "answers-as-asked",
        "a form is read as text or as bytes",
        &[d(
            "data",
            r#"{"$form_data":[{"name":"a","text":"1"}]}"#,
            r#""--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--XX--\r\n""#,
        )],
    ),
    js("answer/204", One(|_| text(|f| f.invoke("hello")))),
    js("answer/201", One(|_| json(|f| f.invoke("hello")))),
    js("answer/event-stream-charset", One(|_| text(|f| f.invoke("hello")))),
    js(
        "answer/event-stream-read",
        One(|_| text(|f| f.invoke("hello").header("Accept", "text/event-stream"))),
    ),
    js("answer/event-stream-error", One(|_| text(|f| f.invoke("hello")))),
    js(
        "answer/event-stream-outlives-timeout",
        Replay(|s| {
            Box::pin(async move {
                invoke(s.functions()?.invoke("hello").timeout(SECOND), Read::Text).await
            })
        }),
    ),
    js(
        "timeout/not-reached",
        Replay(|s| {
            Box::pin(async move {
                invoke(s.functions()?.invoke("hello").timeout(SECOND), Read::Json).await
            })
        }),
    ),
    js(
        "timeout/zero",
        Replay(|s| {
            Box::pin(async move { invoke(s.functions()?.invoke("hello"), Read::Json).await })
        }),
    ),
    py("invoke/response-json", One(|_| json(|f| f.invoke("hello-world").json(&value!({}))))),
    py("invoke/response-json-not-json", One(|_| json(|f| f.invoke("hello-world")))).ours_by_design(
        "unreadable-answers",
        "the message tells what could not be read",
        &[d(
            "error message",
            "Expecting value: line 1 column 1 (char 0)",
            concat!(
                "the server's answer cannot be read: no Value: ",
                "expected value at line 1 column 1"
            ),
        )],
    ),
    py("invoke/binary-answer", One(|_| bytes(|f| f.invoke("file")))),
];
