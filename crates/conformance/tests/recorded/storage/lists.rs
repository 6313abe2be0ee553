//! Lists and removals.

use conformance::{Entry, d, js};
use storage_rs::{FileVersion, ObjectPath, SortBy, SortOrder, Versions};

pub(crate) const CASES: &[Entry] = &[
    js("list/abort", left!(20, f => f.list("folder"))),
    js("list-v2/abort", left!(20, f => f.list_v2())),
    js("list/folder", avatars!(f => f.list("folder/sub"))),
    js(
        "list/sort-column-only",
        avatars!(f => f.list("folder").sort_by(SortBy::UpdatedAt, SortOrder::Ascending)),
    ),
    js(
        "list/sort-order-only",
        avatars!(f => f.list("folder").sort_by(SortBy::Name, SortOrder::Descending)),
    ),
    js(
        "list/versions",
        avatars!(f => f
            .list("")
            .noncurrent_versions(Versions::Include)
            .delete_markers(Versions::Only)
            .exact_match()),
    ),
    js("list/limit-zero", avatars!(f => f.list("").limit(0))),
    js("list/bucket-special", storage!(s => s.from("my bucket").list(""))),
    js("list/error", avatars!(f => f.list(""))),
    js("list-v2/default", avatars!(f => f.list_v2())),
    js(
        "list-v2/options",
        avatars!(f => f
            .list_v2()
            .limit(2)
            .prefix("folder/")
            .cursor("c==")
            .with_delimiter()
            .sort_by(SortBy::Name, SortOrder::Ascending)),
    ),
    js(
        "list-v2/versions",
        avatars!(f => f
            .list_v2()
            .noncurrent_versions(Versions::Only)
            .delete_markers(Versions::Exclude)
            .exact_match()),
    ),
    js("remove/one", avatars!(f => f.remove(["folder/cat.png"]))),
    js(
        "remove/many",
        avatars!(f => f.remove(["a.png", "b c/ü.png", "/lead.png"].map(ObjectPath::exact))),
    ),
    js(
        "remove/version",
        avatars!(f => f.remove([FileVersion::new("a.png", "v1"), "b.png".into()])),
    ),
    js("remove/empty", avatars!(f => f.remove([""; 0]))).ours_by_design(
        "empty-is-refused",
        "the server refuses it too",
        &[d("request", "DELETE /storage/v1/object/avatars {\"prefixes\":[]}", "refused")],
    ),
    js("remove/nothing-matched", avatars!(f => f.remove(["nope.png"]))),
    js("remove/error", avatars!(f => f.remove(["a.png"]))),
];
