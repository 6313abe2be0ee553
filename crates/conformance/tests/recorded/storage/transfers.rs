//! Moves, copies, and the cache of the CDN.

use conformance::{Entry, d, js};
use storage_rs::ObjectPath;

pub(crate) const CASES: &[Entry] = &[
    js("move/same-bucket", avatars!(f => f.move_("a/cat.png", "b/cat.png"))),
    js(
        "move/leading-slash-kept",
        avatars!(f => f.move_(ObjectPath::exact("/a/cat.png"), ObjectPath::exact("/b/cat.png"))),
    ),
    js("move/cross-bucket-undefined", avatars!(f => f.move_("a", "b"))),
    js("move/cross-bucket-error", avatars!(f => f.move_("a", "b").destination_bucket("nope"))),
    js("move/version", avatars!(f => f.move_("a", "b").version("v1"))),
    js(
        "copy/cross-bucket-metadata",
        avatars!(f => f.copy("a", "b").destination_bucket("archive").content_type("text/plain")),
    ),
    js("copy/cross-bucket-error", avatars!(f => f.copy("a", "b").destination_bucket("locked"))),
    js("copy/same-bucket", avatars!(f => f.copy("a/cat.png", "b/cat.png"))),
    js(
        "copy/cross-bucket",
        avatars!(f => f.copy("a/cat.png", "b/cat.png").destination_bucket("archive")),
    ),
    js("copy/metadata-without-flag", avatars!(f => f.copy("a", "b").content_type("x/y")))
        .client_bug(
            "metadata without a second option is dropped in silence",
            &[d(
                "body",
                "{\"bucketId\":\"avatars\",\"destinationKey\":\"b\",\"sourceKey\":\"a\"}",
                concat!(
                    "{\"bucketId\":\"avatars\",\"sourceKey\":\"a\",\"destinationKey\":\"b\",",
                    "\"copyMetadata\":false,\"metadata\":{\"mimetype\":\"x/y\"}}"
                ),
            )],
        ),
    js("copy/version", avatars!(f => f.copy("a", "b").version("v1"))),
    js("copy/error", avatars!(f => f.copy("nope", "b"))),
    js("purge/object", avatars!(f => f.purge_cache("folder/cat.png"))),
    js("purge/encoded", avatars!(f => f.purge_cache(ObjectPath::exact("my folder/ü#?&.png")))),
    js("purge/transformations", avatars!(f => f.purge_cache("cat.png").transformations())),
    js("purge/error", avatars!(f => f.purge_cache("cat.png"))),
];
