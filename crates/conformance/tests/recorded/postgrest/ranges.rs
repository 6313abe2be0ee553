//! Comparisons of ranges.

use conformance::Call::One;
use conformance::probe::probe;
use conformance::{Entry, js, py};

use crate::support::exclusive;

pub(crate) const CASES: &[Entry] = &[
    js(
        "range_gt/integers",
        One(|db| probe(db.from("reservations").select("*").range_gt("during", "[1,5)"))),
    ),
    js(
        "range_gt/dates",
        One(|db| {
            probe(db.from("reservations").select("*").range_gt("during", "[2024-01-01,2024-02-01)"))
        }),
    ),
    js(
        "range_gt/timestamps",
        One(|db| {
            probe(
                db.from("reservations")
                    .select("*")
                    .range_gt("during", "[2000-01-02 08:30, 2000-01-02 09:30)"),
            )
        }),
    ),
    js(
        "range_gt/quoted-timestamps",
        One(|db| {
            probe(
                db.from("reservations")
                    .select("*")
                    .range_gt("during", r#"["2000-01-02 08:30:00+00","2000-01-02 09:30:00+00")"#),
            )
        }),
    ),
    js(
        "range_gt/unbounded",
        One(|db| probe(db.from("reservations").select("*").range_gt("during", "[,5]"))),
    ),
    js(
        "range_gt/empty",
        One(|db| probe(db.from("reservations").select("*").range_gt("during", "empty"))),
    ),
    js(
        "range_gte/integers",
        One(|db| probe(db.from("reservations").select("*").range_gte("during", "[1,5)"))),
    ),
    js(
        "range_gte/dates",
        One(|db| {
            probe(
                db.from("reservations").select("*").range_gte("during", "[2024-01-01,2024-02-01)"),
            )
        }),
    ),
    js(
        "range_gte/quoted-timestamps",
        One(|db| {
            probe(
                db.from("reservations")
                    .select("*")
                    .range_gte("during", r#"["2000-01-02 08:30:00+00","2000-01-02 09:30:00+00")"#),
            )
        }),
    ),
    js(
        "range_gte/unbounded",
        One(|db| probe(db.from("reservations").select("*").range_gte("during", "[,5]"))),
    ),
    js(
        "range_gte/empty",
        One(|db| probe(db.from("reservations").select("*").range_gte("during", "empty"))),
    ),
    js(
        "range_lt/integers",
        One(|db| probe(db.from("reservations").select("*").range_lt("during", "[1,5)"))),
    ),
    js(
        "range_lt/dates",
        One(|db| {
            probe(db.from("reservations").select("*").range_lt("during", "[2024-01-01,2024-02-01)"))
        }),
    ),
    js(
        "range_lt/timestamps",
        One(|db| {
            probe(
                db.from("reservations")
                    .select("*")
                    .range_lt("during", "[2000-01-02 08:30, 2000-01-02 09:30)"),
            )
        }),
    ),
    js(
        "range_lt/quoted-timestamps",
        One(|db| {
            probe(
                db.from("reservations")
                    .select("*")
                    .range_lt("during", r#"["2000-01-02 08:30:00+00","2000-01-02 09:30:00+00")"#),
            )
        }),
    ),
    js(
        "range_lt/unbounded",
        One(|db| probe(db.from("reservations").select("*").range_lt("during", "[,5]"))),
    ),
    js(
        "range_lt/empty",
        One(|db| probe(db.from("reservations").select("*").range_lt("during", "empty"))),
    ),
    js(
        "range_lte/integers",
        One(|db| probe(db.from("reservations").select("*").range_lte("during", "[1,5)"))),
    ),
    js(
        "range_lte/dates",
        One(|db| {
            probe(
                db.from("reservations").select("*").range_lte("during", "[2024-01-01,2024-02-01)"),
            )
        }),
    ),
    js(
        "range_lte/timestamps",
        One(|db| {
            probe(
                db.from("reservations")
                    .select("*")
                    .range_lte("during", "[2000-01-02 08:30, 2000-01-02 09:30)"),
            )
        }),
    ),
    js(
        "range_adjacent/integers",
        One(|db| probe(db.from("reservations").select("*").range_adjacent("during", "[1,5)"))),
    ),
    js(
        "range_adjacent/dates",
        One(|db| {
            probe(
                db.from("reservations")
                    .select("*")
                    .range_adjacent("during", "[2024-01-01,2024-02-01)"),
            )
        }),
    ),
    js(
        "range_adjacent/quoted-timestamps",
        One(|db| {
            probe(
                db.from("reservations").select("*").range_adjacent(
                    "during",
                    r#"["2000-01-02 08:30:00+00","2000-01-02 09:30:00+00")"#,
                ),
            )
        }),
    ),
    js(
        "range_adjacent/unbounded",
        One(|db| probe(db.from("reservations").select("*").range_adjacent("during", "[,5]"))),
    ),
    js(
        "range_adjacent/empty",
        One(|db| probe(db.from("reservations").select("*").range_adjacent("during", "empty"))),
    ),
    py(
        "range-gt/with-select",
        One(|db| {
            probe(
                db.from("reservations")
                    .select("*")
                    .range_gt("during", exclusive("2000-01-02 08:00", "2000-01-02 09:00")),
            )
        }),
    ),
    py(
        "range-gte/with-select",
        One(|db| {
            probe(
                db.from("reservations")
                    .select("*")
                    .range_gte("during", exclusive("2000-01-02 08:30", "2000-01-02 09:30")),
            )
        }),
    ),
    py(
        "range-lt/with-select",
        One(|db| {
            probe(
                db.from("reservations")
                    .select("*")
                    .range_lt("during", exclusive("2000-01-01 15:00", "2000-01-01 16:00")),
            )
        }),
    ),
    py(
        "range-lte/with-select",
        One(|db| {
            probe(
                db.from("reservations")
                    .select("*")
                    .range_lte("during", exclusive("2000-01-01 14:00", "2000-01-01 16:00")),
            )
        }),
    ),
    py(
        "range-adjacent/with-select",
        One(|db| {
            probe(
                db.from("reservations")
                    .select("*")
                    .range_adjacent("during", exclusive("2000-01-01 12:00", "2000-01-01 13:00")),
            )
        }),
    ),
];
