//! Selects: texts as the server reads them, and parts that are read back as what they were put together from.

use std::collections::BTreeSet;

use postgrest_rs::{Column, Columns, Embed, SelectItem, col};
use proptest::prelude::*;

use crate::recorded::recorded;
use crate::round_trip::{name, text};
use crate::syntax::{self, Field, Item, Pair, Step, Value};
use crate::{client, parser};

/// What the server reads in a select text, if it reads it to its end.
fn meaning(select: &str) -> Option<Vec<Item>> {
    let parsed = parser::pair("select", select, false)?;
    match parsed.pair {
        Pair::Select(items) if parsed.rest.is_empty() => Some(items),
        _ => None,
    }
}

/// The select that is sent for this text, and the other pairs.
fn sent(columns: impl Into<Columns>) -> Result<(String, Vec<(String, String)>), String> {
    let request = client().from("t").select::<()>(columns).into_request();
    let request = request.map_err(|why| why.message().to_owned())?;
    let mut pairs = syntax::pairs(request.uri().query().unwrap_or_default());
    assert_eq!(pairs[0].0, "select");
    Ok((pairs.remove(0).1, pairs))
}

#[test]
fn recorded_texts_are_taken_if_the_server_reads_them_to_their_end() {
    let texts: BTreeSet<String> = recorded()
        .iter()
        .flat_map(|recorded| syntax::pairs(&recorded.query))
        .filter(|(key, _)| key == "select")
        .map(|(_, value)| value)
        .collect();
    let (mut taken, mut refused) = (0, 0);
    for text in &texts {
        match (meaning(text), sent(text.as_str())) {
            (Some(theirs), Ok((sent, _))) if sent == *text => {
                assert_eq!(meaning(&sent), Some(theirs), "{text}");
                taken += 1;
            }
            // Blanks outside quotes go, so that a line may be broken where the server takes no line end.
            (_, Ok((sent, _))) if text.contains(char::is_whitespace) => {
                assert!(meaning(&sent).is_some(), "{text}: {sent}");
                taken += 1;
            }
            (None, Err(_)) => refused += 1,
            (theirs, ours) => panic!("{text}: {theirs:?} {ours:?}"),
        }
    }
    println!("{taken} taken, {refused} refused");
    assert!(taken > 190 && refused >= 9, "{taken} {refused}");
}

/// A part before it is put together.
#[derive(Debug, Clone)]
enum Part {
    Field {
        alias: Option<String>,
        column: String,
        keys: Vec<String>,
        cast: Option<&'static str>,
        aggregate: Option<(&'static str, Option<&'static str>)>,
    },
    Embed {
        relation: String,
        alias: Option<String>,
        hint: Option<String>,
        join: Option<&'static str>,
        spread: bool,
        parts: Vec<Part>,
        value: String,
        limit: u64,
    },
}

fn part() -> impl Strategy<Value = Part> {
    let cast = || {
        prop::option::of(prop::sample::select(vec![
            "text", "int4", "_int4", "my type",
        ]))
    };
    let aggregate = prop::sample::select(vec!["sum", "avg", "max", "min", "count"]);
    let field = (
        prop::option::of(name()),
        name(),
        prop::collection::vec(text(), 0..2),
        cast(),
        prop::option::of((aggregate, cast())),
    )
        .prop_map(|(alias, column, keys, cast, aggregate)| Part::Field {
            alias,
            column,
            keys,
            cast,
            aggregate,
        });
    field.prop_recursive(3, 12, 3, |inner| {
        let odd = prop_oneof![
            name(),
            Just("leftover_fk".to_owned()),
            Just("inner".to_owned())
        ];
        (
            name().prop_filter("needs an alias", |name| name != "count"),
            prop::option::of(name()),
            prop::option::of(odd),
            prop::option::of(prop::sample::select(vec!["inner", "left"])),
            any::<bool>(),
            prop::collection::vec(inner, 1..3),
            text(),
            0_u64..9,
        )
            .prop_map(
                |(relation, alias, hint, join, spread, parts, value, limit)| Part::Embed {
                    spread: spread && alias.is_none(),
                    relation,
                    alias,
                    hint,
                    join,
                    parts,
                    value,
                    limit,
                },
            )
    })
}

fn built(part: &Part) -> SelectItem {
    match part {
        Part::Field {
            alias,
            column,
            keys,
            cast,
            aggregate,
        } => {
            let column = keys.iter().fold(Column::exact(column), Column::json);
            let mut item = SelectItem::from(column);
            if let Some(cast) = cast {
                item = item.cast(cast);
            }
            if let Some((aggregate, cast)) = aggregate {
                item = match *aggregate {
                    "sum" => item.sum(),
                    "avg" => item.avg(),
                    "max" => item.max(),
                    "min" => item.min(),
                    _ => item.count_not_null(),
                };
                if let Some(cast) = cast {
                    item = item.cast(cast);
                }
            }
            match alias {
                Some(alias) => item.named(alias),
                None => item,
            }
        }
        Part::Embed {
            relation,
            alias,
            hint,
            join,
            spread,
            parts,
            value,
            limit,
        } => {
            let mut embed = Embed::new(relation, Columns::new(parts.iter().map(built)))
                .filter(col("c").eq(value))
                .order(col("o").desc())
                .limit(*limit);
            if let Some(hint) = hint {
                embed = embed.hint(hint);
            }
            match join {
                Some("inner") => embed = embed.inner(),
                Some(_) => embed = embed.left(),
                None => {}
            }
            if *spread {
                embed = embed.spread();
            }
            match alias {
                Some(alias) => embed.named(alias).into(),
                None => embed.into(),
            }
        }
    }
}

/// What the server is to read, and what is to stand beside the select: the path of each embed, its value, its limit.
fn wanted(part: &Part, path: &[String], beside: &mut Vec<(Vec<String>, String, u64)>) -> Item {
    match part {
        Part::Field {
            alias,
            column,
            keys,
            cast,
            aggregate,
        } => Item {
            alias: alias.clone(),
            spread: false,
            field: Field {
                name: column.clone(),
                path: keys
                    .iter()
                    .map(|key| Step {
                        text: false,
                        key: key.clone(),
                        index: false,
                    })
                    .collect(),
            },
            hints: Vec::new(),
            embedded: None,
            aggregate: aggregate.map(|(name, _)| name.to_owned()),
            casts: [
                cast.map(str::to_owned),
                aggregate.and_then(|(_, cast)| cast.map(str::to_owned)),
            ],
        },
        Part::Embed {
            relation,
            alias,
            hint,
            join,
            spread,
            parts,
            value,
            limit,
        } => {
            let mut deeper = path.to_vec();
            deeper.push(alias.clone().unwrap_or_else(|| relation.clone()));
            beside.push((deeper.clone(), value.clone(), *limit));
            Item {
                alias: alias.clone(),
                spread: *spread,
                field: Field {
                    name: relation.clone(),
                    path: Vec::new(),
                },
                hints: hint
                    .iter()
                    .cloned()
                    .chain(join.map(str::to_owned))
                    .collect(),
                embedded: Some(
                    parts
                        .iter()
                        .map(|part| wanted(part, &deeper, beside))
                        .collect(),
                ),
                aggregate: None,
                casts: [None, None],
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parts_are_read_as_they_were_put_together(parts in prop::collection::vec(part(), 1..4)) {
        let (select, pairs) = sent(Columns::new(parts.iter().map(built))).unwrap();
        let mut beside = Vec::new();
        let items: Vec<Item> = parts.iter().map(|part| wanted(part, &[], &mut beside)).collect();
        prop_assert_eq!(meaning(&select), Some(items), "{}", select);
        // Given as a text it is the same, but for blanks in names, which go.
        if !select.contains(char::is_whitespace) {
            prop_assert_eq!(sent(select.as_str()).map(|(again, _)| again), Ok(select));
        }
        let (mut filters, mut orders, mut limits) = (Vec::new(), Vec::new(), Vec::new());
        for (key, value) in &pairs {
            let parsed = parser::pair(key, value, false).unwrap();
            prop_assert_eq!(&parsed.rest, "");
            match parsed.pair {
                Pair::Filter(path, field, test) => {
                    prop_assert_eq!((field.name.as_str(), test.operator.as_str()), ("c", "eq"));
                    filters.push((path, test.value));
                }
                Pair::Order(path, terms) => {
                    orders.push(path);
                    prop_assert!(terms.iter().all(|term| term.field.name == "o" && term.direction == Some(".desc")));
                }
                Pair::Number(path, rows) => limits.push((path, rows.unwrap().unsigned_abs())),
                other => prop_assert!(false, "{other:?}"),
            }
        }
        let mut values: Vec<_> = beside.iter().map(|(path, value, _)| (path.clone(), Value::Text(value.clone()))).collect();
        values.sort_by_key(|pair| format!("{pair:?}"));
        filters.sort_by_key(|pair| format!("{pair:?}"));
        prop_assert_eq!(filters, values);
        // Two embeds of one name in one place share their settings, which the server reads once.
        let paths: BTreeSet<_> = beside.iter().map(|(path, ..)| path.clone()).collect();
        prop_assert_eq!(orders.iter().cloned().collect::<BTreeSet<_>>(), paths.clone());
        prop_assert_eq!((orders.len(), limits.len()), (paths.len(), paths.len()));
        for (path, rows) in limits {
            prop_assert!(beside.iter().any(|(other, _, limit)| *other == path && *limit == rows));
        }
    }
}

#[test]
fn parts_that_cannot_be_are_refused() {
    let why = |columns: Columns| sent(columns).unwrap_err();
    let id = || Columns::from("id");
    for (columns, part) in [
        (Columns::new([""; 0]), "list of columns to select is empty"),
        (id().with("a.b"), "names a column of another relation"),
        (id().with("rel(b)"), "names a column of another relation"),
        (id().with("a,b"), "`Column::exact`"),
        (
            id().with(col("a").cast("int[]")),
            "`_int4` instead of `int4[]`",
        ),
        (
            id().with(col("a").cast("int4,b")),
            "not the plain name of a type",
        ),
        (id().with(col("a").sum().max()), "aggregated once"),
        (id().with(col("a").named("")), "an alias is empty"),
        (
            id().with(Embed::new("", "id")),
            "name of an embedded relation is empty",
        ),
        (
            id().with(Embed::new("a", "id").hint("\0")),
            "hint of an embedded relation is empty or holds a NUL",
        ),
        (
            id().with(Embed::new("a", "id)")),
            "closed that was not opened, at character 3",
        ),
        (
            id().with(Embed::new("a", Columns::new([""; 0]))),
            "`Embed::without_columns` selects none",
        ),
        (
            id().with(Embed::new("a", "id").named("b").spread()),
            "takes no alias",
        ),
        (
            id().with(Embed::without_columns("a").spread()),
            "adds nothing",
        ),
        (id().with(Embed::new("count", "id")), "give it an alias"),
        (
            id().with(SelectItem::from(Embed::new("a", "id")).sum()),
            "aggregate columns inside",
        ),
        (
            id().with(SelectItem::from(Embed::new("a", "id")).cast("int")),
            "takes no cast",
        ),
        (
            id().with(Embed::new("a", "id").filter(col("x y,").eq(1))),
            "is not a column",
        ),
        (
            id().with(Embed::new("a", "id").order("b desc,")),
            "is not a column",
        ),
    ] {
        let said = why(columns);
        assert!(said.contains(part), "{part}: {said}");
    }
}
