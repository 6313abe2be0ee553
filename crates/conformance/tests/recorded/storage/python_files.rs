//! The Python client: files. It sends every upload as a form.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use conformance::Call::{Replay, Unwritable};
use conformance::{Entry, Seen, d, py};
use serde_json::json;
use storage_rs::{
    FileClient, ImageFormat, ObjectPath, Resize, SortBy, SortOrder, Transform, Upload,
};

use super::{MINUTE, Shown as _, TEXT};

/// The picture that the client's examples upload.
const PICTURE: &str = concat!(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJ",
    "RU5ErkJggg=="
);

fn picture() -> Vec<u8> {
    STANDARD.decode(PICTURE).unwrap_or_default()
}

fn upload(files: &FileClient, path: &str, bytes: impl Into<Vec<u8>>) -> Upload {
    files.upload(path, bytes.into()).as_form().content_type(TEXT)
}

fn by_token(files: &FileClient, token: &str, bytes: impl Into<Vec<u8>>) -> Upload {
    files.upload_to_signed_url("folder/cat.jpg", token, bytes.into()).as_form().content_type(TEXT)
}

const AVATAR: &str = "public/avatar1.png";
const NO_IDENTITY: [conformance::Diff; 2] = [
    d("header apikey", "anon-key", "absent"),
    d("header authorization", "Bearer anon-key", "absent"),
];
const ALONE: &str = "the token is all that counts";
const NUMBER: &str = "the time is a number, as the server wants it";
const EMPTY_BODY: &str = "the JavaScript client sends `{}`, which the server takes as well";

/// A public URL, which this client gives as a text.
macro_rules! public_url {
    ($files:ident => $call:expr) => {
        Replay(|stage| {
            Box::pin(async move {
                let $files = stage.storage()?.from("avatars");
                Ok(Some(Seen { data: conformance::compare::url(&$call.build()?), count: None }))
            })
        })
    };
}

pub(crate) const CASES: &[Entry] = &[
    py("from-upload/upload-file", avatars!(f => upload(&f, AVATAR, picture()))),
    py("from-upload/no-options", avatars!(f => upload(&f, AVATAR, "hello"))),
    py(
        "from-upload/all-options",
        avatars!(f => upload(&f, AVATAR, "hello")
            .content_type("image/png")
            .cache_control(Duration::from_secs(60))
            .upsert()
            .metadata(&json!({ "k": "v", "n": 1 }))
            .header("x-custom", "1")),
    ),
    py("from-upload/local-path", avatars!(f => upload(&f, AVATAR, picture()))),
    py("from-upload/pathlib", avatars!(f => upload(&f, AVATAR, picture()))),
    py("from-upload/upsert-bool", Unwritable)
        .client_bug("a bool is no option", &[d("call", "none", "cannot be written")]),
    py(
        "from-upload/path-encoding",
        Replay(|stage| {
            Box::pin(async move {
                let files = stage.storage()?.from("avatars");
                let odd = ObjectPath::exact("dir with space/a+b&c?d#e é.png");
                files.upload(odd, "x").as_form().content_type(TEXT).await?;
                let path = ObjectPath::exact("already%20encoded.png");
                let done = files.upload(path, "x").as_form().content_type(TEXT).await?;
                Ok(Some(done.shown()))
            })
        }),
    )
    .client_bug(
        "a name that looks encoded becomes another one",
        &[
            d(
                "path",
                "/storage/v1/object/avatars/already%20encoded.png",
                "/storage/v1/object/avatars/already%2520encoded.png",
            ),
            d("data/path", "\"already encoded.png\"", "\"already%20encoded.png\""),
        ],
    ),
    py("from-upload/error-dot-segments", avatars!(f => upload(&f, "../secret", "x"))),
    py("from-upload/error-exists", avatars!(f => upload(&f, AVATAR, "x"))),
    py("from-upload/error-rls", avatars!(f => upload(&f, AVATAR, "x"))),
    py("from-upload/error-too-large", avatars!(f => upload(&f, AVATAR, "x"))),
    py(
        "from-update/update-file",
        avatars!(f => f.update(AVATAR, picture()).as_form().content_type(TEXT)),
    ),
    py(
        "from-update/no-options",
        avatars!(f => f.update(AVATAR, "hello").as_form().content_type(TEXT)),
    ),
    py("from-move/move-file", avatars!(f => f.move_(AVATAR, "private/avatar2.png"))),
    py("from-move/error-not-found", avatars!(f => f.move_("a", "b"))),
    py("from-copy/copy-file", avatars!(f => f.copy(AVATAR, "private/avatar2.png"))),
    py(
        "from-create-signed-url/create-signed-url",
        avatars!(f => f.create_signed_url("folder/avatar1.png", MINUTE)),
    )
    .client_bug(NUMBER, &[d("body", "{\"expiresIn\":\"60\"}", "{\"expiresIn\":60}")]),
    py(
        "from-create-signed-url/create-signed-url-with-transformations",
        avatars!(f => f
            .create_signed_url("folder/avatar1.png", MINUTE)
            .transform(Transform::new().width(100).height(100))),
    )
    .client_bug(
        NUMBER,
        &[d(
            "body",
            "{\"expiresIn\":\"60\",\"transform\":{\"height\":100,\"width\":100}}",
            "{\"expiresIn\":60,\"transform\":{\"width\":100,\"height\":100}}",
        )],
    ),
    py(
        "from-create-signed-url/create-signed-url-with-download",
        avatars!(f => f.create_signed_url("folder/avatar1.png", MINUTE).download()),
    )
    .client_bug(
        NUMBER,
        &[d("body", "{\"download\":true,\"expiresIn\":\"60\"}", "{\"expiresIn\":60}")],
    ),
    py(
        "from-create-signed-url/download-name",
        avatars!(f => f
        .create_signed_url("folder/avatar1.png", MINUTE)
        .download_as("my file.png")
        .transform(
            Transform::new()
                .width(100)
                .height(50)
                .resize(Resize::Contain)
                .quality(80)
                .format(ImageFormat::Origin),
        )),
    )
    .client_bug(
        NUMBER,
        &[d(
            "body",
            concat!(
                "{\"download\":\"my file.png\",\"expiresIn\":\"60\",\"transform\":{\"format\":",
                "\"origin\",\"height\":50,\"quality\":80,\"resize\":\"contain\",\"width\":100}}"
            ),
            concat!(
                "{\"expiresIn\":60,\"transform\":{\"width\":100,\"height\":50,\"resize\":\"cont",
                "ain\",\"quality\":80,\"format\":\"origin\"}}"
            ),
        )],
    ),
    py(
        "from-create-signed-url/escaped-path",
        avatars!(f => f.create_signed_url("folder/a b+c.png", MINUTE)),
    )
    .client_bug(NUMBER, &[d("body", "{\"expiresIn\":\"60\"}", "{\"expiresIn\":60}")]),
    py(
        "from-create-signed-url/error-not-found",
        avatars!(f => f.create_signed_url("nope.png", MINUTE)),
    )
    .client_bug(NUMBER, &[d("body", "{\"expiresIn\":\"60\"}", "{\"expiresIn\":60}")]),
    py(
        "from-create-signed-urls/create-signed-urls",
        avatars!(f => f.create_signed_urls(["folder/avatar1.png", "folder/avatar2.png"], MINUTE)),
    )
    .client_bug(
        NUMBER,
        &[d(
            "body",
            "{\"expiresIn\":\"60\",\"paths\":[\"folder/avatar1.png\",\"folder/avatar2.png\"]}",
            "{\"expiresIn\":60,\"paths\":[\"folder/avatar1.png\",\"folder/avatar2.png\"]}",
        )],
    ),
    py(
        "from-create-signed-urls/missing-object",
        avatars!(f => f.create_signed_urls(["folder/avatar1.png", "nope.png"], MINUTE).download()),
    )
    .client_bug(
        NUMBER,
        &[d(
            "body",
            concat!(
                "{\"download\":true,\"expiresIn\":\"60\",\"paths\":[\"folder/avatar1.png\",\"no",
                "pe.png\"]}"
            ),
            "{\"expiresIn\":60,\"paths\":[\"folder/avatar1.png\",\"nope.png\"]}",
        )],
    ),
    py(
        "from-create-signed-upload-url/create-signed-url",
        avatars!(f => f.create_signed_upload_url("folder/avatar1.png")),
    )
    .ours_by_design("empty-object", EMPTY_BODY, &[d("body", "none", "{}")]),
    py("from-create-signed-upload-url/create-signed-url-with-upsert", Unwritable)
        .client_bug("a dict is no option", &[d("call", "none", "cannot be written")]),
    py(
        "from-create-signed-upload-url/upsert-typed",
        avatars!(f => f.create_signed_upload_url("folder/avatar1.png").upsert()),
    )
    .ours_by_design("empty-object", EMPTY_BODY, &[d("body", "none", "{}")]),
    py(
        "from-create-signed-upload-url/error-no-token",
        avatars!(f => f.create_signed_upload_url("a.png")),
    )
    .ours_by_design(
        "empty-object",
        EMPTY_BODY,
        &[
            d("body", "none", "{}"),
            d(
                "error message",
                "No token sent by the API",
                "the server answered, but not what was asked for: it holds no token",
            ),
        ],
    ),
    py(
        "from-upload-to-signed-url/create-signed-url",
        avatars!(f => by_token(&f, "token-from-create_signed_upload_url", picture())),
    )
    .ours_by_design("signed-without-a-key", ALONE, &NO_IDENTITY),
    py(
        "from-upload-to-signed-url/options",
        avatars!(f => by_token(&f, "token", "x")
            .content_type("image/jpeg")
            .cache_control(Duration::from_secs(60))
            .metadata(&json!({ "k": "v" }))
            .header("x-custom", "1")),
    )
    .ours_by_design("signed-without-a-key", ALONE, &NO_IDENTITY),
    py("from-upload-to-signed-url/error-token", avatars!(f => by_token(&f, "bad", "x")))
        .ours_by_design("signed-without-a-key", ALONE, &NO_IDENTITY),
    py(
        "from-get-public-url/get-public-url",
        public_url!(f => f.get_public_url("folder/avatar1.jpg")),
    ),
    py(
        "from-get-public-url/transform-asset-in-public-bucket",
        public_url!(f => f
            .get_public_url("folder/avatar1.jpg")
            .transform(Transform::new().width(100).height(100))),
    ),
    py(
        "from-get-public-url/download-asset-in-public-bucket",
        public_url!(f => f.get_public_url("folder/avatar1.jpg").download()),
    ),
    py(
        "from-get-public-url/download-name-and-transform",
        public_url!(f => f.get_public_url("folder/avatar1.jpg").download_as("my file.jpg").transform(
            Transform::new()
                .width(100)
                .height(50)
                .resize(Resize::Cover)
                .quality(20)
                .format(ImageFormat::Avif),
        )),
    ),
    py(
        "from-get-public-url/path-encoding",
        Replay(|stage| {
            Box::pin(async move {
                let odd = ObjectPath::exact("dir with space/a+b&c?d#e é%2F.png");
                let url = stage.storage()?.from("my bucket").get_public_url(odd).build()?;
                Ok(Some(Seen { data: conformance::compare::url(&url), count: None }))
            })
        }),
    )
    .client_bug(
        "what looks encoded is decoded",
        &[d(
            "data/path",
            concat!(
                "[\"storage\",\"v1\",\"object\",\"public\",\"my bucket\",\"dir with space\",",
                "\"a+b&c?d#e é\",\".png\"]"
            ),
            concat!(
                "[\"storage\",\"v1\",\"object\",\"public\",\"my bucket\",\"dir with space\",",
                "\"a+b&c?d#e é%2F.png\"]"
            ),
        )],
    ),
    py("from-download/download-file", avatars!(f => f.download("folder/avatar1.png"))),
    py(
        "from-download/download-file-with-transformations",
        avatars!(f => f
            .download("folder/avatar1.png")
            .transform(Transform::new().width(100).height(100).quality(80))),
    ),
    py("from-download/query-params", Unwritable).ours_by_design(
        "no-other-queries",
        "the server reads no such pair",
        &[d(
            "call",
            "GET /storage/v1/object/avatars/folder/avatar1.png?cache=no",
            "cannot be written",
        )],
    ),
    py("from-download/error-not-found", avatars!(f => f.download("nope.png"))),
    py("from-remove/delete-file", avatars!(f => f.remove(["folder/avatar1.png"]))),
    py("from-remove/nothing", avatars!(f => f.remove(["nope.png", "b.png"]))),
    py(
        "from-list/list-files",
        avatars!(f => f.list("folder").sort_by(SortBy::Name, SortOrder::Descending)),
    ),
    py(
        "from-list/search-files-in-a-bucket",
        avatars!(f => f.list("folder").sort_by(SortBy::Name, SortOrder::Descending).search("jon")),
    ),
    py("from-list/defaults", avatars!(f => f.list(""))),
    py(
        "from-list/partial-sort",
        avatars!(f => f.list("folder").sort_by(SortBy::CreatedAt, SortOrder::Ascending)),
    ),
    py("from-info/call", avatars!(f => f.info("folder/avatar1.png"))),
    py("from-exists-true/call", avatars!(f => f.exists("folder/avatar1.png"))),
    py("from-exists-false/call", avatars!(f => f.exists("nope.png"))),
    py(
        "from-list-v2/call",
        avatars!(f => f
            .list_v2()
            .prefix("folder/")
            .limit(10)
            .with_delimiter()
            .cursor("abc")
            .sort_by(SortBy::Name, SortOrder::Ascending)),
    ),
];
