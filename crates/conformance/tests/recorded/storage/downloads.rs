//! Downloads, and what is known of files.

use conformance::Call::Replay;
use conformance::{Entry, Seen, d, js};
use serde_json::json;
use storage_rs::{ImageFormat, ObjectPath, Resize, Transform};

use super::Shown as _;

/// Downloads by a stream, read to its end.
macro_rules! streamed {
    ($files:ident => $call:expr) => {
        Replay(|stage| {
            Box::pin(async move {
                let $files = stage.storage()?.from("avatars");
                let mut stream = $call.stream().await?;
                let mut whole = Vec::new();
                while let Some(piece) = stream.try_next().await? {
                    whole.extend_from_slice(&piece);
                }
                Ok(Some(bytes::Bytes::from(whole).shown()))
            })
        })
    };
}

const RENAMED: &[conformance::Diff] = &[
    d("data/metadata/kebabKey", "1", "absent"),
    d("data/metadata/myKey", "\"v\"", "absent"),
    d("data/metadata/nestedObj", "{\"innerKey\":[{\"deepKey\":1}]}", "absent"),
];

pub(crate) const CASES: &[Entry] = &[
    js("download/basic", avatars!(f => f.download("folder/cat.png"))),
    js("download/text", avatars!(f => f.download("a.txt"))),
    js("download/empty", avatars!(f => f.download("a.txt"))),
    js(
        "download/path-not-cleaned",
        avatars!(f => f.download(ObjectPath::exact("folder//cat.png/"))),
    ),
    js("download/path-special", avatars!(f => f.download(ObjectPath::exact("my folder/ä+&.png")))),
    js("download/version", avatars!(f => f.download("cat.png").version("v 1"))),
    js("download/cache-nonce", avatars!(f => f.download("cat.png").cache_nonce("9"))),
    js(
        "download/transform",
        avatars!(f => f.download("cat.png").transform(
            Transform::new()
                .width(100)
                .height(50)
                .resize(Resize::Fill)
                .quality(75)
                .format(ImageFormat::Origin),
        )),
    ),
    js(
        "download/transform-partial",
        avatars!(f => f.download("cat.png").transform(Transform::new().width(100))),
    ),
    js(
        "download/transform-nonce",
        avatars!(f => f.download("cat.png").transform(Transform::new().height(5)).cache_nonce("x")),
    ),
    js("download/stream", streamed!(f => f.download("cat.png"))),
    js(
        "download/stream-transform",
        streamed!(f => f.download("cat.png").transform(Transform::new().width(10))),
    ),
    js("download/stream-error", streamed!(f => f.download("nope.png"))),
    js(
        "download/lazy",
        Replay(|stage| {
            Box::pin(async move {
                let download = stage.storage()?.from("avatars").download("cat.png");
                let before = stage.sent();
                download.await?;
                Ok(Some(Seen { data: json!([before, stage.sent()]), count: None }))
            })
        }),
    ),
    js("download/fetch-cache", avatars!(f => f.download("cat.png"))),
    js("download/abort", left!(20, f => f.download("cat.png"))),
    js("download/abort-during-body", left!(20, f => f.download("cat.png"))),
    js("download/abort-before", left!(0, f => f.download("cat.png"))),
    js("download/not-found", avatars!(f => f.download("nope.png"))),
    js("download/404-code", avatars!(f => f.download("nope.png"))),
    js("download/throw", avatars!(f => f.download("nope.png"))),
    js("info/found", avatars!(f => f.info("folder/cat.png")))
        .client_bug("the keys that users chose are renamed", RENAMED),
    js("info/version", avatars!(f => f.info("cat.png").version("v1")))
        .client_bug("the keys that users chose are renamed", RENAMED),
    js("info/not-found", avatars!(f => f.info("nope.png"))),
    js("exists/yes", avatars!(f => f.exists("folder/cat.png"))),
    js("exists/no", avatars!(f => f.exists("nope.png"))),
    js("exists/no-404", avatars!(f => f.exists("nope.png"))),
    js("exists/no-404-empty", avatars!(f => f.exists("nope.png"))),
    js("exists/400-without-code-throws", avatars!(f => f.exists("nope.png"))).client_bug(
        "the status that the body tells is not looked at",
        &[d("outcome", "error 404", "400 false")],
    ),
];
