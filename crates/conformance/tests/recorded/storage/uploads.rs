//! Uploads.

use std::time::Duration;

use bytes::Bytes;
use conformance::Call::Unwritable;
use conformance::{Entry, d, js};
use serde::Serialize;
use storage_rs::{ObjectPath, UploadBody};
use supabase_http::AccessToken;

use super::TEXT;

/// Metadata whose fields keep their order.
#[derive(Serialize)]
struct Nested {
    k: &'static str,
    n: u8,
    deep: Deep,
}

#[derive(Serialize)]
struct Deep {
    a: [u8; 1],
}

#[derive(Serialize)]
struct Empty {}

fn streamed(chunks: &'static [&'static str]) -> UploadBody {
    let chunks =
        chunks.iter().map(|chunk| Ok::<_, std::io::Error>(Bytes::from_static(chunk.as_bytes())));
    UploadBody::stream(futures_util::stream::iter(chunks))
}

pub(crate) const CASES: &[Entry] = &[
    js("upload/string", avatars!(f => f.upload("folder/cat.png", "hello"))).ours_by_design(
        "octet-stream",
        "a text may be anything",
        &[d("header content-type", TEXT, "application/octet-stream")],
    ),
    js("upload/string-unicode", avatars!(f => f.upload("note.txt", "héllo 🦀").content_type(TEXT))),
    js("upload/empty-string", avatars!(f => f.upload("empty.txt", "").content_type(TEXT))),
    js(
        "upload/array-buffer",
        avatars!(f => f.upload("folder/cat.png", [0, 1, 2, 255]).content_type("image/png")),
    ),
    js(
        "upload/uint8array",
        avatars!(f => f.upload("folder/cat.png", vec![0, 1, 2, 255]).content_type("image/png")),
    ),
    js("upload/data-view", avatars!(f => f.upload("folder/cat.png", [1, 2, 3]).content_type(TEXT))),
    js("upload/blob-no-type", avatars!(f => f.upload("folder/cat.bin", "abc").as_form())),
    js(
        "upload/blob-content-type-option-ignored",
        avatars!(f => f.upload("folder/cat.png", "abc").as_form().content_type("text/x-mine")),
    ),
    js(
        "upload/form-data",
        avatars!(f => f.upload("folder/cat.png", "abc").as_form().content_type("image/png")),
    ),
    js("upload/form-data-fields-after-file-are-moved", Unwritable).language_only(
        "FormData",
        &[d("call", "POST /storage/v1/object/avatars/folder/cat.png", "cannot be written")],
    ),
    js(
        "upload/url-search-params",
        avatars!(f => f.upload("f.txt", "a=1&b=x+y").content_type(TEXT)),
    ),
    js(
        "upload/readable-stream",
        avatars!(f => f.upload("folder/s.txt", streamed(&["hel", "lo"])).content_type(TEXT)),
    ),
    js(
        "upload/node-stream",
        avatars!(f => f
            .upload("folder/s.txt", UploadBody::reader(&b"hello"[..]).length(5))
            .content_type(TEXT)),
    ),
    js(
        "upload/stream-explicit-duplex",
        avatars!(f => f.upload("folder/s.txt", streamed(&["x"])).content_type("text/plain")),
    ),
    js(
        "upload/cache-control",
        avatars!(f => f
            .upload("folder/cat.png", "x")
            .content_type(TEXT)
            .cache_control(Duration::from_secs(86_400))),
    ),
    js(
        "upload/content-encoding-blob",
        avatars!(f => f.upload("folder/cat.gz", "x").content_encoding("gzip")),
    ),
    js(
        "upload/metadata",
        avatars!(f => f
            .upload("folder/cat.png", "x")
            .content_type(TEXT)
            .metadata(&Nested { k: "v", n: 1, deep: Deep { a: [1] } })),
    ),
    js(
        "upload/metadata-unicode",
        avatars!(f => f
            .upload("folder/cat.png", "x")
            .content_type(TEXT)
            .metadata(&serde_json::json!({ "title": "Zoë 🦀 ÿ?>" }))),
    ),
    js(
        "upload/metadata-empty",
        avatars!(f => f.upload("folder/cat.png", "x").content_type(TEXT).metadata(&Empty {})),
    ),
    js("upload/path-cleaned", avatars!(f => f.upload("/folder//sub///cat.png/", "x")))
        .ours_by_design(
            "paths-are-exact",
            "a path is not mended",
            &[d("request", "POST /storage/v1/object/avatars/folder/sub/cat.png", "refused")],
        ),
    js(
        "upload/path-percent",
        avatars!(f => f.upload(ObjectPath::exact("100%/50%25.png"), "x").content_type(TEXT)),
    )
    .client_bug(
        "a percent sign is not encoded",
        &[d(
            "path",
            "/storage/v1/object/avatars/100%/50%25.png",
            "/storage/v1/object/avatars/100%25/50%2525.png",
        )],
    ),
    js("upload/path-dot-dot", avatars!(f => f.upload("../other/cat.png", "x"))).client_bug(
        "the path leaves the bucket",
        &[d("request", "POST /storage/v1/object/other/cat.png", "refused")],
    ),
    js("upload/path-empty", avatars!(f => f.upload("", "x"))).ours_by_design(
        "names-as-the-server-takes-them",
        "an object has a name",
        &[d("request", "POST /storage/v1/object/avatars/", "refused")],
    ),
    js("upload/result-without-id", avatars!(f => f.upload("cat.png", "x").content_type(TEXT))),
    js(
        "upload/signed-in",
        storage!(s => s
            .with_token(AccessToken::parse("user-access-token")?)
            .from("avatars")
            .upload("cat.png", "x")
            .content_type(TEXT)),
    ),
    js("upload/error-too-large", avatars!(f => f.upload("cat.png", "x").content_type(TEXT))),
    js(
        "upload/error-invalid-key",
        avatars!(f => f.upload(ObjectPath::exact("cät.png"), "x").content_type(TEXT)),
    ),
    js("upload/error-413-html", avatars!(f => f.upload("cat.png", "x").content_type(TEXT)))
        .ours_by_design(
            "plain-text-errors",
            "the text may say more than the status",
            &[d("error message", "Payload Too Large", "<html>413 Request Entity Too Large</html>")],
        ),
    js("upload/error-network", avatars!(f => f.upload("cat.png", "x").content_type(TEXT))),
    js("upload/error-503-not-retried", avatars!(f => f.upload("cat.png", "x").content_type(TEXT))),
    js("update/string", avatars!(f => f.update("folder/cat.png", "new").content_type(TEXT))),
    js(
        "update/blob",
        avatars!(f => f
            .update("folder/cat.png", "new")
            .as_form()
            .content_type("image/png")
            .cache_control(Duration::from_secs(60))
            .metadata(&serde_json::json!({ "v": 2 }))),
    ),
    js(
        "update/options",
        avatars!(f => f
            .update("folder/cat.png", [1])
            .content_type("image/png")
            .cache_control(Duration::from_secs(60))
            .upsert()
            .metadata(&serde_json::json!({ "v": 2 }))
            .header("x-extra", "1")),
    ),
];
