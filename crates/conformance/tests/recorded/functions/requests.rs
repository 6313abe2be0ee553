//! Where an invocation goes, how, and as whom.

use conformance::Call::{One, Replay};
use conformance::probe::{Probe, Read};
use conformance::replay::{invoke, wait};
use conformance::{Entry, d, js, py};
use functions_rs::{AccessToken, Method, Region};
use serde_json::{Value, json as value};

use crate::support::{as_bearer, bytes, json};

/// An invocation by this method, with or without a body.
fn by(method: &Method, body: bool) -> Probe {
    json(|f| {
        let call = f.invoke("hello").method(method.clone());
        if body { call.json(&value!({ "a": 1 })) } else { call }
    })
}

/// The same of the Python client.
fn by_py(method: &Method, body: bool) -> Probe {
    bytes(|f| {
        let call = f.invoke("hello-world").method(method.clone());
        if body { call.json(&value!({ "a": 1 })) } else { call }
    })
}

pub(crate) const CASES: &[Entry] = &[
    js(
        "headers/custom",
        One(|_| {
            json(|f| {
                let call = f.invoke("hello").json(&value!({ "a": 1 }));
                call.header("X-Custom", "v").header("x-other", "w")
            })
        }),
    ),
    js(
        "headers/authorization",
        One(|_| json(|f| f.invoke("hello").header("Authorization", "Bearer other"))),
    ),
    js("headers/apikey", One(|_| json(|f| f.invoke("hello").header("apikey", "other-key")))),
    js(
        "headers/client-info",
        One(|_| json(|f| f.invoke("hello").header("X-Client-Info", "mine/1"))),
    ),
    js(
        "headers/client-info-lowercase",
        One(|_| json(|f| f.invoke("hello").header("x-client-info", "mine/1"))),
    )
    .client_bug(
        "a header in lower case comes beside the own one of the client",
        &[d(
            "header x-client-info",
            concat!(
                "supabase-js/<version>; runtime=node; runtime-version=<runtime-version>",
                ", mine/1"
            ),
            "mine/1",
        )],
    ),
    js("method/get", One(|_| by(&Method::GET, false))),
    js("method/post", One(|_| by(&Method::POST, false))),
    js("method/put", One(|_| by(&Method::PUT, false))),
    js("method/patch", One(|_| by(&Method::PATCH, false))),
    js("method/put-body", One(|_| by(&Method::PUT, true))),
    js("method/patch-body", One(|_| by(&Method::PATCH, true))),
    js("method/delete-body", One(|_| by(&Method::DELETE, true))),
    js("method/get-with-body", One(|_| by(&Method::GET, true))).ours_by_design(
        "no-body-by-get",
        "a platform would refuse it or drop the body",
        &[d("request", r#"GET /functions/v1/hello {"a":1}"#, "refused")],
    ),
    js("name/space-unicode", One(|_| json(|f| f.invoke("my func é")))),
    js("name/hash", One(|_| json(|f| f.invoke("hello#frag")))).ours_by_design(
        "names-are-segments",
        "the rest of the name would be dropped in silence",
        &[d("request", "POST /functions/v1/hello", "refused")],
    ),
    js("name/dot-dot", One(|_| json(|f| f.invoke("../../rest/v1/t").method(Method::GET))))
        .ours_by_design(
            "names-are-segments",
            "it would reach another service",
            &[d("request", "GET /rest/v1/t", "refused")],
        ),
    js("name/empty", One(|_| json(|f| f.invoke("")))).ours_by_design(
        "names-are-segments",
        "no function has that name",
        &[d("request", "POST /functions/v1/", "refused")],
    ),
    js(
        "name/query-and-region",
        One(|_| json(|f| f.invoke("hello").query("x", "1").region(Region::UsEast1))),
    ),
    js("region/us-east-1", One(|_| json(|f| f.invoke("hello").region(Region::UsEast1)))),
    js("region/ap-southeast-2", One(|_| json(|f| f.invoke("hello").region(Region::ApSoutheast2)))),
    js("region/any", One(|_| json(|f| f.invoke("hello").region(Region::Any)))),
    js(
        "region/with-body-headers",
        One(|_| {
            json(|f| {
                let call = f.invoke("hello").region(Region::EuCentral1).header("x-a", "b");
                call.json(&value!({ "a": 1 }))
            })
        }),
    ),
    js(
        "region/header-override",
        One(|_| {
            json(|f| f.invoke("hello").region(Region::EuCentral1).header("x-region", "us-west-1"))
        }),
    ),
    js(
        "region/client-default",
        Replay(|s| {
            Box::pin(async move {
                let client = s.functions_with("k")?.region(Region::EuWest1);
                invoke(client.invoke("hello"), Read::Json).await
            })
        }),
    )
    .ours_by_design(
        "a-client-has-its-key",
        "the recorded one was made without",
        &[d("header apikey", "absent", "k")],
    ),
    js(
        "region/client-default-overridden",
        Replay(|s| {
            Box::pin(async move {
                let client = s.functions_with("sb_publishable_k")?.region(Region::EuWest1);
                invoke(client.invoke("hello").region(Region::UsWest2), Read::Json).await
            })
        }),
    )
    .ours_by_design(
        "a-client-has-its-key",
        "the recorded one was made without",
        &[d("header apikey", "absent", "sb_publishable_k")],
    ),
    js("auth/set-auth", Replay(|s| as_bearer(s.functions(), "hello", "my-jwt"))),
    js(
        "auth/set-auth-persists-across-accessors",
        Replay(|s| {
            Box::pin(async move {
                let client = s.project().build()?;
                let functions = client.functions().with_token(AccessToken::parse("my-jwt")?);
                invoke(functions.invoke("hello"), Read::Json).await?;
                wait(client.from("t").select::<Value>("*")).await
            })
        }),
    ),
    js(
        "auth/set-auth-standalone",
        Replay(|s| {
            Box::pin(async move {
                let client = s.functions_with("k");
                as_bearer(client, "a", "jwt-1").await?;
                as_bearer(s.functions_with("k"), "b", "jwt-2").await
            })
        }),
    ),
    js("auth/session-token", Replay(|s| as_bearer(s.functions(), "hello", s.bearer(0)))),
    js(
        "auth/header-beats-set-auth",
        Replay(|s| {
            Box::pin(async move {
                let client = s.functions()?.with_token(AccessToken::parse("my-jwt")?);
                let call = client.invoke("hello").header("Authorization", "Bearer call");
                invoke(call, Read::Json).await
            })
        }),
    ),
    js(
        "auth/secret-key-is-no-bearer",
        Replay(|s| {
            Box::pin(async move { invoke(s.functions()?.invoke("hello"), Read::Json).await })
        }),
    ),
    js(
        "auth/publishable-key-with-session",
        Replay(|s| as_bearer(s.functions(), "hello", s.bearer(0))),
    ),
    py(
        "invoke/passing-custom-headers",
        One(|_| {
            bytes(|f| {
                f.invoke("hello-world")
                    .header("my-custom-header", "my-custom-header-value")
                    .json(&value!({ "foo": "bar" }))
            })
        }),
    ),
    py("invoke/user-token", Replay(|s| as_bearer(s.functions(), "hello-world", s.bearer(1)))),
    py("invoke/method-get", One(|_| by_py(&Method::GET, false))),
    py("invoke/method-put", One(|_| by_py(&Method::PUT, true))),
    py("invoke/method-patch", One(|_| by_py(&Method::PATCH, true))),
    py("invoke/method-delete", One(|_| by_py(&Method::DELETE, true))),
    py(
        "invoke/authorization-override",
        One(|_| bytes(|f| f.invoke("hello-world").header("Authorization", "Bearer mine"))),
    ),
    py(
        "invoke/region",
        One(|_| bytes(|f| f.invoke("hello-world").json(&value!({})).region(Region::EuWest1))),
    ),
    py("invoke/region-str", One(|_| bytes(|f| f.invoke("hello-world").region(Region::UsEast1)))),
    py("invoke/region-any", One(|_| bytes(|f| f.invoke("hello-world").region(Region::Any)))),
    py(
        "invoke/query-string",
        One(|_| {
            bytes(|f| {
                let call = f.invoke("hello-world").method(Method::GET);
                call.query("name", "bob smith").query("x", "1")
            })
        }),
    ),
    py(
        "invoke/sub-path",
        One(|_| bytes(|f| f.invoke("api").method(Method::GET).path(["items", "1"]))),
    ),
];
