//! Order, limit and range.

use std::ops::Bound;

use conformance::Call::{Each, One};
use conformance::probe::probe;
use conformance::{Entry, d, js, py};
use postgrest_rs::{Count, col};

use crate::support::t;

pub(crate) const CASES: &[Entry] = &[
    js("order/asc", One(|db| probe(t(db).order("name")))),
    js("order/desc", One(|db| probe(t(db).order(col("name").desc())))),
    js("order/nulls-last", One(|db| probe(t(db).order(col("name").asc().nulls_last())))),
    js("order/desc-nulls-last", One(|db| probe(t(db).order(col("name").desc().nulls_last())))),
    js("order/two", One(|db| probe(t(db).order("a").order(col("b").desc())))),
    js(
        "order/foreign-table",
        One(|db| probe(db.from("t").select("*,cities(*)").order(col("name").asc().on("cities")))),
    ),
    js(
        "order/both-levels",
        One(|db| {
            probe(
                db.from("t")
                    .select("*,cities(*)")
                    .order("id")
                    .order(col("name").asc().on("cities"))
                    .order(col("pop").desc().on("cities")),
            )
        }),
    ),
    js(
        "order/by-embedded-column",
        One(|db| probe(db.from("t").select("*,section(name)").order(col("section(name)").asc()))),
    ),
    js("order/json-path", One(|db| probe(t(db).order("data->>n")))),
    js("order/empty-referenced-table", One(|db| probe(t(db).order(col("a").asc().on("")))))
        .ours_by_design(
            "empty-is-refused",
            "a relation has a name",
            &[d("request", "GET /rest/v1/t?select=*&order=a.asc", "refused")],
        ),
    js("limit/basic", One(|db| probe(t(db).limit(10)))),
    js("limit/zero", One(|db| probe(t(db).limit(0)))),
    js(
        "limit/referenced-table",
        One(|db| probe(db.from("t").select("*,cities(*)").limit_on("cities", 1))),
    ),
    js(
        "limit/foreign-table",
        One(|db| probe(db.from("t").select("*,cities(*)").limit_on("cities", 1))),
    ),
    js("limit/empty-referenced-table", One(|db| probe(t(db).limit_on("", 1)))).client_bug(
        "the key `.limit` means nothing",
        &[d("request", "GET /rest/v1/t?select=*&.limit=1", "refused")],
    ),
    js(
        "limit/both-levels",
        One(|db| probe(db.from("t").select("*,cities(*)").limit(3).limit_on("cities", 1))),
    ),
    js("range/basic", One(|db| probe(t(db).range(0..=9)))),
    js("range/second-page", One(|db| probe(t(db).range(20..=29)))),
    js("range/single-row", One(|db| probe(t(db).range(5..=5)))),
    js("range/inverted", One(|db| probe(t(db).range((Bound::Included(9), Bound::Included(0))))))
        .ours_by_design(
            "no-inverted-range",
            "the limit would be negative",
            &[d("request", "GET /rest/v1/t?select=*&offset=9&limit=-8", "refused")],
        ),
    js(
        "range/referenced-table",
        One(|db| probe(db.from("t").select("*,cities(*)").range_on("cities", 0..=1))),
    ),
    js(
        "range/foreign-table",
        One(|db| probe(db.from("t").select("*,cities(*)").range_on("cities", 1..=3))),
    ),
    js("range/after-limit", One(|db| probe(t(db).limit(3).range(10..=19)))),
    js("range/before-limit", One(|db| probe(t(db).range(10..=19).limit(3)))),
    js("range/not-satisfiable-416", One(|db| probe(t(db).count(Count::Exact).range(100..=110)))),
    py(
        "order/with-select",
        One(|db| probe(db.from("planets").select("*").order(col("name").desc()))),
    ),
    py(
        "order/on-a-foreign-table",
        One(|db| {
            probe(
                db.from("orchestral_sections")
                    .select("name, instruments(name)")
                    .order(col("name").desc().on("instruments")),
            )
        }),
    ),
    py(
        "order/order-parent-table-by-a-referenced-table",
        One(|db| {
            probe(
                db.from("instruments")
                    .select("name, section:orchestral_sections(name)")
                    .order(col("section(name)").asc()),
            )
        }),
    ),
    py(
        "order/nullsfirst",
        One(|db| {
            probe(
                t(db)
                    .order("a")
                    .order(col("b").desc().nulls_first())
                    .order(col("c").asc().nulls_last())
                    .order(col("d").asc().on("x"))
                    .order(col("e").desc().nulls_first().on("x")),
            )
        }),
    ),
    py("limit/with-select", One(|db| probe(db.from("planets").select("name").limit(1)))),
    py(
        "limit/on-a-foreign-table",
        One(|db| {
            probe(
                db.from("orchestral_sections")
                    .select("name, instruments(name)")
                    .limit_on("instruments", 1),
            )
        }),
    ),
    py("limit/repeated", One(|db| probe(t(db).limit(1).limit(2))))
        .client_bug("the limit is sent twice", &[d("query limit", "1 & 2", "2")]),
    py("range/with-select", One(|db| probe(db.from("planets").select("name").range(0..=1)))),
    py(
        "range/on-a-foreign-table",
        One(|db| {
            probe(
                db.from("orchestral_sections")
                    .select("name, instruments(name)")
                    .range_on("instruments", 0..=1),
            )
        }),
    ),
    py(
        "range/offset",
        Each(|db| {
            vec![
                probe(db.from("planets").select("name").range(1..=3)),
                probe(db.from("planets").select("name").offset(2).limit(5)),
            ]
        }),
    ),
    py(
        "range/error-out-of-bounds",
        One(|db| probe(db.from("planets").select("name").count(Count::Exact).range(10..=19))),
    ),
];
