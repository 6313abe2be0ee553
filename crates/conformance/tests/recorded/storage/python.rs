//! The Python client: buckets.

use conformance::{Entry, d, py};
use supabase_http::AccessToken;

use super::Shown as _;

/// The official clients disagree on what a bucket is by default; the server makes it private either way.
const PRIVATE: &str = "that it is private is said";

pub(crate) const CASES: &[Entry] = &[
    py("list-buckets/list-buckets", storage!(s => s.list_buckets())),
    py("list-buckets/nulls", storage!(s => s.list_buckets())),
    py(
        "list-buckets/user-token",
        conformance::Call::Replay(|stage| {
            Box::pin(async move {
                let token = AccessToken::parse(stage.bearer(1))?;
                let buckets = stage.storage()?.with_token(token).list_buckets().await?;
                Ok(Some(buckets.shown()))
            })
        }),
    ),
    py("get-bucket/get-bucket", storage!(s => s.get_bucket("avatars"))),
    py("get-bucket/error-not-found", storage!(s => s.get_bucket("nope"))),
    py("get-bucket/error-not-json", storage!(s => s.get_bucket("avatars"))).client_bug(
        "the code is made up, and the text begins with the client's own",
        &[
            d("error code", "InternalError", ""),
            d(
                "error message",
                "Unable to parse error message: <html>Bad Gateway</html>",
                "<html>Bad Gateway</html>",
            ),
        ],
    ),
    py("get-bucket/error-gateway", storage!(s => s.get_bucket("avatars"))).client_bug(
        "a body without every field is not read",
        &[
            d("error code", "InternalError", ""),
            d(
                "error message",
                "Unable to parse error message: {\"message\": \"Invalid API key\"}",
                "Invalid API key",
            ),
        ],
    ),
    py(
        "create-bucket/create-bucket",
        storage!(s => s
            .create_bucket("avatars")
            .allowed_mime_types(["image/png"])
            .file_size_limit(1024)),
    ),
    py("create-bucket/no-options", storage!(s => s.create_bucket("avatars"))).ours_by_design(
        "private-is-said",
        PRIVATE,
        &[d(
            "body",
            "{\"id\":\"avatars\",\"name\":\"avatars\"}",
            "{\"id\":\"avatars\",\"name\":\"avatars\",\"public\":false}",
        )],
    ),
    py("create-bucket/name", storage!(s => s.create_bucket("avatars").name("Avatars").public())),
    py("create-bucket/error-exists", storage!(s => s.create_bucket("avatars"))).ours_by_design(
        "private-is-said",
        PRIVATE,
        &[d(
            "body",
            "{\"id\":\"avatars\",\"name\":\"avatars\"}",
            "{\"id\":\"avatars\",\"name\":\"avatars\",\"public\":false}",
        )],
    ),
    py("empty-bucket/empty-bucket", storage!(s => s.empty_bucket("avatars"))),
    py(
        "update-bucket/update-bucket",
        storage!(s => s
            .update_bucket("avatars")
            .private()
            .allowed_mime_types(["image/png"])
            .file_size_limit(1024)),
    ),
    py("delete-bucket/delete-bucket", storage!(s => s.delete_bucket("avatars"))),
    py("delete-bucket/error-not-empty", storage!(s => s.delete_bucket("avatars"))),
];
