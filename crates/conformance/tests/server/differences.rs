//! Exchanges that come out different, with the reason and what differs.

use std::collections::BTreeMap;

use crate::Reason;

/// By name: why, and the parts that may differ.
pub(crate) fn known() -> BTreeMap<&'static str, (Reason, &'static [&'static str])> {
    let mut known = BTreeMap::new();
    for (reason, what, names) in KNOWN {
        for name in *names {
            known.insert(*name, (*reason, *what));
        }
    }
    known
}

type Entry = (Reason, &'static [&'static str], &'static [&'static str]);

const KNOWN: &[Entry] = &[
    (
        "several rows are sent with the list of their columns, one row without",
        &["query columns"],
        &[
            "write.insert.headers-only-bulk",
            "write.insert.count-exact",
            "write.insert.count-exact-minimal",
            "write.insert.count-planned",
            "write.insert.bulk",
            "write.insert.bulk-unequal-keys",
            "write.insert.missing-default-without-columns-unequal",
            "write.insert.missing-default-single",
            "write.insert.columns-unknown",
            "write.upsert.merge-mixed",
            "write.upsert.merge-count",
            "write.upsert.ignore",
            "write.upsert.ignore-all-existing",
            "write.upsert.on-conflict-merge",
            "write.upsert.on-conflict-quoted",
            "write.upsert.on-conflict-unknown-column",
            "write.upsert.pk-conflict-not-covered",
            "write.upsert.unequal-keys",
            "write.upsert.columns",
            "write.upsert.missing-default",
            "write.upsert.only-key",
            "write.upsert.composite",
            "write.upsert.no-pk-table",
            "write.max-affected.on-insert",
        ],
    ),
    (
        "rows, changes and arguments are objects",
        &["request"],
        &[
            "write.insert.json-scalar",
            "write.insert.mixed-array",
            "write.update.array-body",
            "rpc.post-json-scalar-body",
            "rpc.unnamed-json-array-of-scalars",
        ],
    ),
    (
        "a value holds no NUL, at which the server would cut it",
        &["request"],
        &["filter.nul-byte-truncates"],
    ),
    (
        "a list that holds only the empty text is a comparison, since the server may read it as an empty list",
        &["query [] Field { name: \"t\", path: [] }"],
        &["filter.in.text-empty-twice"],
    ),
    (
        "blanks outside quotes go, as in the official clients: a name that holds one is quoted",
        &["query select"],
        &["embed.name-reverse-unicode"],
    ),
    (
        "a key that the server reads once is sent once",
        &["query order []", "query Number([], Some(1))"],
        &["order.repeated-param", "limit.repeated"],
    ),
    (
        "the schema is named in the header that the server reads",
        &["header content-profile", "header accept-profile"],
        &["schema.accept-profile-ignored-on-post", "schema.content-profile-ignored-on-get"],
    ),
    (
        "a function without arguments gets an empty object",
        &["body"],
        &[
            "rpc.void-no-body",
            "rpc.post-no-body-no-args",
            "rpc.post-no-body-default-args",
            "rpc.post-no-body-args-needed",
        ],
    ),
];
