//! What is sent, and as what.

use conformance::Call::{One, Replay};
use conformance::probe::Read;
use conformance::replay::invoke;
use conformance::{Entry, d, js, py};
use functions_rs::{Multipart, Part};
use futures_util::stream;
use serde_json::{Value, json as value};

use crate::support::{bytes, json};

pub(crate) const CASES: &[Entry] = &[
    js("no-options", One(|_| json(|f| f.invoke("hello")))),
    js("empty-options", One(|_| json(|f| f.invoke("hello")))),
    js("body/array", One(|_| json(|f| f.invoke("hello").json(&(1, "a", Value::Null))))),
    js("body/empty-object", One(|_| json(|f| f.invoke("hello").json(&value!({}))))),
    js("body/string", One(|_| json(|f| f.invoke("hello").text("plain é text")))),
    js("body/json-string", One(|_| json(|f| f.invoke("hello").text(r#"{"a":1}"#)))),
    js("body/true", One(|_| json(|f| f.invoke("hello").json(&true)))),
    js("body/false", One(|_| json(|f| f.invoke("hello").json(&false)))).client_bug(
        "what is falsy is turned into text by the platform",
        &[d("header content-type", "text/plain;charset=UTF-8", "application/json")],
    ),
    js("body/null", One(|_| json(|f| f.invoke("hello")))),
    js("body/array-buffer", One(|_| json(|f| f.invoke("hello").bytes(vec![0, 1, 255])))),
    js("body/uint8array", One(|_| json(|f| f.invoke("hello").bytes(vec![0, 1, 255])))).client_bug(
        "bytes are written as a JSON object",
        &[
            d("header content-type", "application/json", "application/octet-stream"),
            d("body", r#"{"0":0,"1":1,"2":255}"#, "\0\u{1}\u{fffd}"),
        ],
    ),
    js("body/blob", One(|_| json(|f| f.invoke("hello").bytes(vec![1, 2])))),
    js(
        "body/blob-type",
        One(|_| {
            json(|f| {
                f.invoke("hello").bytes("{}").header("content-type", "application/vnd.api+json")
            })
        }),
    ),
    js(
        "body/file",
        One(|_| {
            json(|f| f.invoke("hello").bytes(vec![137, 80]).header("content-type", "image/png"))
        }),
    ),
    js(
        "body/form-data",
        One(|_| {
            json(|f| {
                let file = Part::new("abc").file_name("a.txt").content_type("text/plain");
                f.invoke("hello").multipart(Multipart::new().text("name", "Zoë").part("file", file))
            })
        }),
    ),
    js(
        "body/readable-stream",
        Replay(|s| {
            Box::pin(async move {
                let body = stream::iter([Ok::<_, std::io::Error>("abc".into())]);
                invoke(s.functions()?.invoke("hello").stream(body), Read::Json).await
            })
        }),
    )
    .client_bug(
        "a stream is written as a JSON object",
        &[
            d("header content-type", "application/json", "application/octet-stream"),
            d("body", "{}", "abc"),
        ],
    ),
    js(
        "body/readable-stream-content-type",
        Replay(|s| {
            Box::pin(async move {
                let body = stream::iter([Ok::<_, std::io::Error>("abc".into())]);
                let call = s.functions()?.invoke("hello").stream(body);
                invoke(call.header("content-type", "text/x-log"), Read::Json).await
            })
        }),
    )
    .client_bug("a stream is written as a JSON object", &[d("body", r#"{"text":"{}"}"#, "abc")]),
    js("body/url-search-params", One(|_| json(|f| f.invoke("hello").form([("a", "1")]))))
        .client_bug(
            "a form is written as a JSON object",
            &[
                d("header content-type", "application/json", "application/x-www-form-urlencoded"),
                d("body", "{}", "a=1"),
            ],
        ),
    js(
        "content-type/object-kept-json",
        One(|_| {
            json(|f| {
                f.invoke("hello")
                    .json(&value!({ "a": 1 }))
                    .header("Content-Type", "application/vnd.api+json")
            })
        }),
    ),
    js(
        "content-type/string-json",
        One(|_| {
            json(|f| {
                f.invoke("hello").text(r#"{"a":1}"#).header("Content-Type", "application/json")
            })
        }),
    ),
    js(
        "content-type/without-body",
        One(|_| json(|f| f.invoke("hello").header("Content-Type", "text/csv"))),
    ),
    py(
        "invoke/invoke-function",
        One(|_| bytes(|f| f.invoke("hello-world").json(&value!({ "name": "Functions" })))),
    ),
    py("invoke/no-options", One(|_| bytes(|f| f.invoke("hello-world")))),
    py("invoke/body-str", One(|_| bytes(|f| f.invoke("hello-world").text("plain text é")))),
    py("invoke/body-bytes", One(|_| bytes(|f| f.invoke("hello-world").bytes(vec![0, 1])))),
    py("invoke/body-list", One(|_| bytes(|f| f.invoke("hello-world").json(&[1, 2])))),
    py(
        "invoke/content-type-override",
        One(|_| {
            bytes(|f| {
                f.invoke("hello-world").text("<a/>").header("Content-Type", "application/xml")
            })
        }),
    ),
    py(
        "invoke/content-type-override-dict",
        One(|_| {
            bytes(|f| {
                f.invoke("hello-world")
                    .json(&value!({ "a": 1 }))
                    .header("content-type", "application/vnd.api+json")
            })
        }),
    ),
];
