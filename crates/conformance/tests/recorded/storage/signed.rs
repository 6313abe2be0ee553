//! Signed and public URLs.

use std::time::Duration;

use conformance::{Call, Entry, d, js};
use storage_rs::{ImageFormat, ObjectPath, Resize, Transform};

use super::{MINUTE, TEXT, public};

/// What an upload by a token leaves out, since it needs no identity.
const NO_IDENTITY: [conformance::Diff; 2] = [
    d("header apikey", "anon-key", "absent"),
    d("header authorization", "Bearer anon-key", "absent"),
];
const NO_TOKEN: &str = "the server answered, but not what was asked for: it holds no token";
const EXPIRED: &str = "the token is all that counts";

pub(crate) const CASES: &[Entry] = &[
    js("signed-upload/create", avatars!(f => f.create_signed_upload_url("folder/cat.png"))),
    js(
        "signed-upload/create-upsert-false",
        avatars!(f => f.create_signed_upload_url("folder/cat.png")),
    ),
    js(
        "signed-upload/create-leading-slash",
        avatars!(f => f.create_signed_upload_url(ObjectPath::exact("folder/cat é.png"))),
    )
    .ours_by_design(
        "paths-are-exact",
        "slashes before the path are not dropped, so it is written without them",
        &[d("data/path", "\"//folder/cat é.png\"", "\"folder/cat é.png\"")],
    ),
    js("signed-upload/create-no-token", avatars!(f => f.create_signed_upload_url("cat.png")))
        .ours_by_design(
            "unreadable-answers",
            "the message tells what could not be read",
            &[d("error message", "No token returned by API", NO_TOKEN)],
        ),
    js(
        "signed-upload/upload",
        avatars!(f => f
            .upload_to_signed_url("folder/cat.png", "tok.en+/=", "hello")
            .content_type(TEXT)),
    )
    .ours_by_design("signed-without-a-key", EXPIRED, &NO_IDENTITY),
    js(
        "signed-upload/upload-options",
        avatars!(f => f
            .upload_to_signed_url("folder/cat.png", "t", [1, 2])
            .content_type("image/png")
            .cache_control(Duration::from_secs(1))
            .upsert()
            .metadata(&serde_json::json!({ "é": 1 }))
            .header("x-extra", "y")),
    )
    .ours_by_design("signed-without-a-key", EXPIRED, &NO_IDENTITY),
    js(
        "signed-upload/upload-path-cleaned",
        avatars!(f => f.upload_to_signed_url("/folder//cat.png", "t", "x")),
    )
    .ours_by_design(
        "paths-are-exact",
        "a path is not mended",
        &[d(
            "request",
            "PUT /storage/v1/object/upload/sign/avatars/folder/cat.png?token=t",
            "refused",
        )],
    ),
    js(
        "signed-upload/upload-expired",
        avatars!(f => f.upload_to_signed_url("cat.png", "t", "x").content_type(TEXT)),
    )
    .ours_by_design("signed-without-a-key", EXPIRED, &NO_IDENTITY),
    js("signed-url/basic", avatars!(f => f.create_signed_url("folder/cat.png", MINUTE))),
    js(
        "signed-url/download-true",
        avatars!(f => f.create_signed_url("folder/cat.png", MINUTE).download()),
    ),
    js(
        "signed-url/download-name",
        avatars!(f => f.create_signed_url("folder/cat.png", MINUTE).download_as("my cat é&.png")),
    )
    .client_bug(
        "the name is encoded twice",
        &[d(
            "data/signedUrl/query/download",
            "\"my cat %C3%A9%26.png\"",
            "\"my cat é&.png\"",
        )],
    ),
    js("signed-url/download-false", avatars!(f => f.create_signed_url("folder/cat.png", MINUTE))),
    js(
        "signed-url/transform-empty",
        avatars!(f => f.create_signed_url("folder/cat.png", MINUTE).transform(Transform::new())),
    ),
    js(
        "signed-url/cache-nonce",
        avatars!(f => f.create_signed_url("folder/cat.png", MINUTE).cache_nonce("v 2")),
    ),
    js(
        "signed-url/cache-nonce-empty",
        avatars!(f => f.create_signed_url("folder/cat.png", MINUTE).cache_nonce("")),
    ),
    js(
        "signed-url/cache-nonce-and-download",
        avatars!(f => f
            .create_signed_url("folder/cat.png", MINUTE)
            .download_as("a.png")
            .cache_nonce("42")),
    ),
    js(
        "signed-url/version",
        avatars!(f => f.create_signed_url("folder/cat.png", MINUTE).version("v1")),
    ),
    js(
        "signed-url/special-path",
        avatars!(f => f.create_signed_url(ObjectPath::exact("a b/ü.png"), MINUTE)),
    ),
    js("signed-url/already-encoded-answer", avatars!(f => f.create_signed_url("a b.png", MINUTE)))
        .client_bug(
            "a name that the server encoded is encoded again",
            &[d("data/signedUrl/path/5", "\"a%20b.png\"", "\"a b.png\"")],
        ),
    js(
        "signed-url/float-expiry",
        avatars!(f => f.create_signed_url("cat.png", Duration::from_millis(500))),
    )
    .ours_by_design(
        "whole-seconds",
        "the server refuses fractions of a second",
        &[d(
            "request",
            "POST /storage/v1/object/sign/avatars/cat.png {\"expiresIn\":0.5}",
            "refused",
        )],
    ),
    js("signed-url/not-found", avatars!(f => f.create_signed_url("nope.png", MINUTE))),
    js("signed-urls/basic", avatars!(f => f.create_signed_urls(["a.png", "b c.png"], MINUTE))),
    js(
        "signed-urls/partial-failure",
        avatars!(f => f.create_signed_urls(["a.png", "nope.png"], MINUTE)),
    ),
    js(
        "signed-urls/download",
        avatars!(f => f.create_signed_urls(["a.png"], MINUTE).download_as("x y.png")),
    ),
    js(
        "signed-urls/download-true-nonce",
        avatars!(f => f.create_signed_urls(["a.png"], MINUTE).download().cache_nonce("7")),
    ),
    js("signed-urls/empty", avatars!(f => f.create_signed_urls([""; 0], MINUTE))).ours_by_design(
        "empty-is-refused",
        "the server refuses it too",
        &[d(
            "request",
            "POST /storage/v1/object/sign/avatars {\"expiresIn\":60,\"paths\":[]}",
            "refused",
        )],
    ),
    js("public-url/download-true", public_url!(f => f.get_public_url("folder/cat.png").download())),
    js(
        "public-url/download-name",
        public_url!(f => f.get_public_url("folder/cat.png").download_as("my cat é&.png")),
    ),
    js(
        "public-url/transform",
        public_url!(f => f.get_public_url("folder/cat.png").transform(
            Transform::new()
                .width(100)
                .height(50)
                .resize(Resize::Cover)
                .quality(20)
                .format(ImageFormat::Origin),
        )),
    ),
    js(
        "public-url/transform-empty",
        public_url!(f => f.get_public_url("folder/cat.png").transform(Transform::new())),
    ),
    js(
        "public-url/transform-zero",
        public_url!(f => f
            .get_public_url("folder/cat.png")
            .transform(Transform::new().width(0).quality(0))),
    )
    .ours_by_design(
        "transforms-are-checked",
        "a size of nothing is a mistake",
        &[d(
            "outcome",
            concat!(
                "ok {\"publicUrl\":{\"path\":[\"storage\",\"v1\",\"render\",\"image\",\"public\",",
                "\"avatars\",\"folder\",\"cat.png\"],\"query\":{},\"url\":\"https://project.test\"}}"
            ),
            "failure without an answer",
        )],
    ),
    js("public-url/cache-nonce", public_url!(f => f.get_public_url("folder/cat.png").cache_nonce("abc 1"))),
    js(
        "public-url/cache-nonce-empty",
        public_url!(f => f.get_public_url("folder/cat.png").cache_nonce("")),
    ),
    js(
        "public-url/special-path",
        public_url!(f => f.get_public_url(ObjectPath::exact("my folder/ä#1?.png"))),
    )
    .client_bug(
        "a `#` and a `?` in the name cut the URL",
        &[
            d("data/publicUrl/path/6", "\"ä#1\"", "\"ä#1?.png\""),
            d("data/publicUrl/query/.png", "\"\"", "absent"),
        ],
    ),
    js(
        "public-url/percent-path",
        public_url!(f => f.get_public_url(ObjectPath::exact("100%/a%20b.png"))),
    ),
    js(
        "public-url/leading-slashes",
        public_url!(f => f.get_public_url(ObjectPath::exact("a//b.png"))),
    ),
    js(
        "public-url/new-hostname",
        Call::Replay(|stage| {
            Box::pin(async move {
                let files = stage.storage()?.direct_host()?.from("avatars");
                Ok(Some(public(&files.get_public_url("a.png").build()?)))
            })
        }),
    ),
];
