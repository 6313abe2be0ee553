//! Buckets.

use conformance::Call::{Replay, Unwritable};
use conformance::{Entry, d, js};
use storage_rs::{BucketKind, BucketSort, FileSizeLimit, LifecycleRule, SortOrder, Versioning};
use supabase_http::AccessToken;

use super::Shown as _;

pub(crate) const CASES: &[Entry] = &[
    js(
        "bucket/create-limits",
        storage!(s => s
            .create_bucket("avatars")
            .file_size_limit(1_048_576)
            .allowed_mime_types(["image/png", "image/*"])),
    ),
    js(
        "bucket/create-limit-string",
        storage!(s => s.create_bucket("avatars").file_size_limit(FileSizeLimit::text("20MB"))),
    ),
    js("bucket/create-type", storage!(s => s.create_bucket("avatars").kind(BucketKind::Analytics))),
    js("bucket/create-exists", storage!(s => s.create_bucket("avatars"))),
    js("bucket/create-rls", storage!(s => s.create_bucket("avatars"))),
    js("bucket/get", storage!(s => s.get_bucket("avatars"))),
    js("bucket/get-space", storage!(s => s.get_bucket("my bucket"))),
    js("bucket/get-special", storage!(s => s.get_bucket("a/b?c#d"))).client_bug(
        "the id ends in the path and in the query of another request",
        &[d("request", "GET /storage/v1/bucket/a/b?c=", "refused")],
    ),
    js("bucket/get-not-found", storage!(s => s.get_bucket("nope"))),
    js("bucket/list", storage!(s => s.list_buckets())),
    js(
        "bucket/list-options",
        storage!(s => s
            .list_buckets()
            .limit(10)
            .offset(20)
            .search("ava & x")
            .sort_by(BucketSort::CreatedAt, SortOrder::Descending)),
    ),
    js("bucket/list-zero", storage!(s => s.list_buckets().limit(0).offset(0).search(""))),
    js("bucket/list-undefined-limit", Unwritable).language_only(
        "undefined",
        &[d("call", "GET /storage/v1/bucket?limit=undefined", "cannot be written")],
    ),
    js("bucket/list-empty-options", storage!(s => s.list_buckets())),
    js("bucket/update", storage!(s => s.update_bucket("avatars").public())),
    js(
        "bucket/update-all",
        storage!(s => s
            .update_bucket("avatars")
            .private()
            .file_size_limit(FileSizeLimit::text("1GB"))
            .allowed_mime_types(["*/*"])
            .versioning(Versioning::Suspended)),
    ),
    js(
        "bucket/update-null",
        storage!(s => s.update_bucket("avatars").private().no_file_size_limit().any_mime_type()),
    ),
    js("bucket/empty-error", storage!(s => s.empty_bucket("nope"))),
    js("bucket/delete-not-empty", storage!(s => s.delete_bucket("avatars"))),
    js("bucket/empty-special", storage!(s => s.empty_bucket("my bucket/é"))).ours_by_design(
        "names-are-segments",
        "the id of a bucket is one segment",
        &[d("request", "POST /storage/v1/bucket/my%20bucket/%C3%A9/empty {}", "refused")],
    ),
    js("bucket/delete-special", storage!(s => s.delete_bucket("my bucket?x"))).client_bug(
        "the end of the id becomes a query, and another bucket is deleted",
        &[
            d("path", "/storage/v1/bucket/my%20bucket", "/storage/v1/bucket/my%20bucket%3Fx"),
            d("query x", "", "absent"),
        ],
    ),
    js("bucket/delete-not-found", storage!(s => s.delete_bucket("nope"))),
    js(
        "bucket/purge-cache-transformations",
        storage!(s => s.purge_bucket_cache("avatars").transformations()),
    ),
    js("bucket/purge-cache-encoded", storage!(s => s.purge_bucket_cache("my bucket?&é")))
        .ours_by_design(
            "names-as-the-server-takes-them",
            "no bucket has such an id",
            &[d("request", "DELETE /storage/v1/cdn/my%20bucket%3F%26%C3%A9 {}", "refused")],
        ),
    js(
        "bucket/purge-cache-abort",
        Replay(|stage| {
            Box::pin(async move {
                let call = stage.storage()?.purge_bucket_cache("avatars").into_future();
                let patience = std::time::Duration::from_millis(10);
                match tokio::time::timeout(patience, call).await {
                    Ok(answer) => answer.map(|()| Some(().shown())),
                    Err(_) => Ok(None),
                }
            })
        }),
    ),
    js("bucket/lifecycle-get", storage!(s => s.get_bucket_lifecycle("my bucket"))),
    js(
        "bucket/lifecycle-update",
        storage!(s => s
            .update_bucket_lifecycle("avatars", [LifecycleRule::noncurrent_days(30).keep_versions(2)])),
    ),
    js("bucket/lifecycle-delete", storage!(s => s.delete_bucket_lifecycle("avatars"))),
    js(
        "access/signed-in-token",
        storage!(s => s.with_token(AccessToken::parse("user-access-token")?).from("avatars").list("")),
    ),
    js("access/set-header", avatars!(f => f.with_header("X-Custom", "v")?.list(""))),
    js("access/new-hostname-already", storage!(s => s.direct_host()?.from("avatars").list(""))),
    js("access/old-hostname", avatars!(f => f.list(""))),
];
