//! Text search, `match`, negation, alternatives and raw filters.

use conformance::Call::{Each, One, Unwritable};
use conformance::probe::probe;
use conformance::{Entry, d, js, py};
use postgrest_rs::{Column, Is, Literal, TextSearch, col, lit};
use serde_json::{Value, json};

use crate::support::{NO_PAIRS, conditional, every_negation, t};

pub(crate) const CASES: &[Entry] = &[
    js(
        "text-search/plain-words",
        One(|db| probe(db.from("texts").select("*").text_search("content", "quick brown fox"))),
    ),
    js(
        "text-search/negation",
        One(|db| {
            probe(
                db.from("texts")
                    .select("*")
                    .text_search("content", r#""supabase launch" -python or rust"#),
            )
        }),
    ),
    js(
        "text-search/prefix",
        One(|db| probe(db.from("texts").select("*").text_search("content", "sup:*"))),
    ),
    js(
        "text-search/unicode",
        One(|db| probe(db.from("texts").select("*").text_search("content", "déjà vu"))),
    ),
    js(
        "text-search/empty",
        One(|db| probe(db.from("texts").select("*").text_search("content", ""))),
    ),
    js(
        "text-search/parens-comma",
        One(|db| probe(db.from("texts").select("*").text_search("content", "(a,b)"))),
    ),
    js(
        "text-search/type-plain",
        One(|db| {
            probe(db.from("texts").select("*").text_search("content", TextSearch::plain("fat cat")))
        }),
    ),
    js(
        "text-search/type-websearch",
        One(|db| {
            probe(
                db.from("texts")
                    .select("*")
                    .text_search("content", TextSearch::websearch("fat cat")),
            )
        }),
    ),
    js(
        "text-search/type-config-websearch",
        One(|db| {
            probe(
                db.from("texts")
                    .select("*")
                    .text_search("content", TextSearch::websearch("fat cat").config("english")),
            )
        }),
    ),
    js(
        "text-search/config",
        One(|db| {
            probe(
                db.from("texts")
                    .select("*")
                    .text_search("content", TextSearch::tsquery("fat & cat").config("english")),
            )
        }),
    ),
    js(
        "text-search/config-empty",
        One(|db| {
            probe(
                db.from("texts")
                    .select("*")
                    .text_search("content", TextSearch::tsquery("fat").config("")),
            )
        }),
    )
    .ours_by_design(
        "empty-is-refused",
        "a configuration has a name",
        &[d("request", "GET /rest/v1/texts?select=*&content=fts().fat", "refused")],
    ),
    js("match/two", One(|db| probe(t(db).match_([("name", lit("Ada")), ("age", lit(36))])))),
    js("match/skips-undefined", One(|db| probe(t(db).match_([("b", 1)])))),
    js("match/null", One(|db| probe(t(db).match_([("a", Value::Null)])))).ours_by_design(
        "null-needs-is",
        "`= null` is never true in SQL",
        &[d("request", "GET /rest/v1/t?select=*&a=eq.null", "refused")],
    ),
    js("match/empty", One(|db| probe(t(db).match_(NO_PAIRS)))),
    js(
        "match/array-object",
        One(|db| {
            probe(t(db).match_([("a", Literal::array([1, 2])), ("o", lit(json!({ "x": 1 })))]))
        }),
    )
    .client_bug(
        "an array is joined by commas, an object becomes `[object Object]`",
        &[d("query a", "eq.1,2", "eq.{1,2}"), d("query o", "eq.[object Object]", r#"eq.{"x":1}"#)],
    ),
    js(
        "match/integer-like-keys-order",
        One(|db| probe(t(db).match_([("b", lit(1)), ("2", lit("two")), ("1", lit("one"))]))),
    ),
    js("not/eq", One(|db| probe(t(db).filter(!col("name").eq("Ada"))))),
    js("not/is-null", One(|db| probe(t(db).filter(!col("name").is(Is::Null))))),
    js("not/is-true", One(|db| probe(t(db).filter(!col("ok").is(Is::True))))),
    js("not/like", One(|db| probe(t(db).filter(!col("name").like("%a%"))))),
    js("not/cs-js-array", One(|db| probe(t(db).filter(!col("tags").contains(["a", "b"])))))
        .client_bug(
            "an array is joined by commas instead of written as an array literal",
            &[d("query tags", "not.cs.a,b", "not.cs.{a,b}")],
        ),
    js(
        "not/fts",
        One(|db| {
            probe(
                t(db).filter(
                    !col("content").text_search(TextSearch::tsquery("cat").config("english")),
                ),
            )
        }),
    ),
    js("not/any-modifier", One(|db| probe(t(db).filter(!col("name").like_any(["A%", "B%"]))))),
    js("not/object", One(|db| probe(t(db).filter(!col("data").contains(json!({ "a": 1 }))))))
        .client_bug(
            "an object becomes `[object Object]`",
            &[d("query data", "not.cs.[object Object]", r#"not.cs.{"a":1}"#)],
        ),
    js("or/two", One(|db| probe(t(db).or_raw("id.eq.2,name.eq.Algeria")))),
    js("or/nested-and", One(|db| probe(t(db).or_raw("id.gt.3,and(id.eq.1,name.eq.Algeria)")))),
    js("or/not-and", One(|db| probe(t(db).or_raw("age.lt.18,not.and(age.gte.11,age.lte.17)")))),
    js(
        "or/referenced-table",
        One(|db| {
            probe(
                db.from("t")
                    .select("name,cities!inner(name)")
                    .or_raw_on("cities", "country_id.eq.1,name.eq.Beijing"),
            )
        }),
    ),
    js(
        "or/nested-referenced-table",
        One(|db| probe(db.from("t").select("a(b(*))").or_raw_on("a.b", "x.eq.1,y.eq.2"))),
    ),
    js("or/twice", One(|db| probe(t(db).or_raw("a.eq.1,b.eq.2").or_raw("c.eq.3,d.eq.4")))),
    js("or/json-path", One(|db| probe(t(db).or_raw("data->>k.eq.v,data->n.gt.3")))),
    js("or/spaces-unicode", One(|db| probe(t(db).or_raw("name.eq.Zoë B, city.eq.Paris")))),
    js("or/empty", One(|db| probe(t(db).or_raw("")))).ours_by_design(
        "empty-is-refused",
        "no condition is no alternative",
        &[d("request", "GET /rest/v1/t?select=*&or=()", "refused")],
    ),
    js("or/parenthesised-twice", One(|db| probe(t(db).or_raw("(a.eq.1,b.eq.2)")))),
    js("raw/in", One(|db| probe(t(db).filter_raw("name", "in", r#"("Algeria","Japan")"#)))),
    js("raw/not-eq", One(|db| probe(t(db).filter_raw("name", "not.eq", "Ada")))),
    js("raw/null", One(|db| probe(t(db).filter_raw("name", "is", "null")))),
    js("raw/json-path", One(|db| probe(t(db).filter_raw("address->postcode", "eq", 90210)))),
    js(
        "raw/embedded",
        One(|db| {
            probe(db.from("t").select("name,cities!inner(name)").filter_raw(
                "cities.name",
                "eq",
                "Bali",
            ))
        }),
    ),
    js("raw/any-modifier", One(|db| probe(t(db).filter_raw("name", "ilike(any)", "{a%,b%}")))),
    js("raw/fts-config", One(|db| probe(t(db).filter_raw("content", "wfts(french)", "amusant")))),
    js("raw/array", One(|db| probe(t(db).filter_raw("tags", "cs", Literal::array(["a", "b"])))))
        .client_bug(
            "an array is joined by commas instead of written as an array literal",
            &[d("query tags", "cs.a,b", "cs.{a,b}")],
        ),
    js("raw/unknown-operator", One(|db| probe(t(db).filter_raw("c", "bogus", 1)))),
    js(
        "filters/order-is-kept",
        One(|db| {
            probe(
                t(db)
                    .gte("age", 18)
                    .lte("age", 65)
                    .eq("ok", true)
                    .neq("name", "x")
                    .in_("id", [1, 2])
                    .is("gone", Is::Null),
            )
        }),
    ),
    js("filters/same-filter-twice", One(|db| probe(t(db).eq("a", 1).eq("a", 1)))),
    js(
        "filters/before-and-after-modifiers",
        One(|db| probe(t(db).eq("a", 1).limit(5).order("b").eq("c", 2))),
    ),
    py(
        "using-filters/applying-filters",
        One(|db| probe(db.from("instruments").select("name, section_id").eq("name", "flute"))),
    ),
    py(
        "using-filters/chaining-filters",
        One(|db| {
            probe(
                db.from("instruments")
                    .select("name, section_id")
                    .gte("octave_range", 3)
                    .lt("octave_range", 7),
            )
        }),
    ),
    py("using-filters/conditional-chaining", Unwritable).language_only(
        "a name that is not defined until it runs",
        &[d("call", "none", "cannot be written")],
    ),
    py("using-filters/conditional-chaining-fixed", One(|db| probe(conditional(db)))),
    py(
        "using-filters/filter-by-value-within-json-column",
        One(|db| probe(db.from("users").select("*").eq("address->postcode", 90210))),
    ),
    py(
        "using-filters/filter-foreign-tables",
        One(|db| {
            probe(
                db.from("orchestral_sections")
                    .select("name, instruments!inner(name)")
                    .eq("instruments.name", "flute"),
            )
        }),
    ),
    py(
        "using-filters/parameter-order",
        One(|db| probe(t(db).gte("a", 1).eq("b", 2).lt("a", 9).order("a"))),
    ),
    py(
        "using-filters/value-encoding",
        One(|db| {
            probe(
                t(db).eq("a", "x y&z=1+2%3#4?/\"é,()").eq("b c", "v").eq(Column::exact("d,e"), "v"),
            )
        }),
    ),
    py(
        "using-filters/on-rpc-and-writes",
        Each(|db| {
            vec![
                probe(db.from("t").update(&json!({ "a": 1 })).neq("id", 2).select("*")),
                probe(db.from("t").delete().is("a", Is::Null).select("*")),
                probe(db.from("t").upsert(&json!({ "id": 1 })).select("*")),
            ]
        }),
    )
    .client_bug(
        concat!(
            "a delete carries a body, and the filter of an upsert ",
            "is ignored by the server"
        ),
        &[d("body", "{}", "none"), d("query id", "eq.1", "absent")],
    ),
    py(
        "text-search/text-search",
        One(|db| {
            probe(
                db.from("texts").select("content").text_search(
                    "content",
                    TextSearch::tsquery("'eggs' & 'ham'").config("english"),
                ),
            )
        }),
    ),
    py(
        "text-search/basic-normalization",
        One(|db| {
            probe(
                db.from("quotes").select("catchphrase").text_search(
                    "catchphrase",
                    TextSearch::plain("'the' & 'cat'").config("english"),
                ),
            )
        }),
    ),
    py(
        "text-search/full-normalization",
        One(|db| {
            probe(
                db.from("quotes").select("catchphrase").text_search(
                    "catchphrase",
                    TextSearch::phrase("'the' & 'cat'").config("english"),
                ),
            )
        }),
    ),
    py(
        "text-search/web-search",
        One(|db| {
            probe(
                db.from("quotes").select("catchphrase").text_search(
                    "catchphrase",
                    TextSearch::websearch("fox or cat").config("english"),
                ),
            )
        }),
    ),
    py(
        "text-search/no-options",
        One(|db| probe(db.from("texts").select("content").text_search("content", "'eggs'"))),
    ),
    py(
        "text-search/unknown-type",
        One(|db| {
            probe(
                db.from("texts")
                    .select("content")
                    .text_search("content", TextSearch::websearch("eggs")),
            )
        }),
    )
    .client_bug(
        "an unknown kind of search is silently another",
        &[d("query content", "fts.eggs", "wfts.eggs")],
    ),
    py(
        "text-search/on-rpc",
        One(|db| probe(db.rpc::<Value>("list_texts", ()).text_search("content", "eggs"))),
    )
    .client_bug(
        "the builder of functions lacks the method",
        &[d("request", "none", "POST /rest/v1/rpc/list_texts")],
    ),
    py(
        "match/with-select",
        One(|db| {
            probe(db.from("planets").select("*").match_([("id", lit(2)), ("name", lit("Earth"))]))
        }),
    ),
    py("match/empty", One(|db| probe(db.from("planets").select("*").match_(NO_PAIRS))))
        .ours_by_design(
            "empty-match",
            "a read takes no condition as every row",
            &[d("request", "none", "GET /rest/v1/planets")],
        ),
    py(
        "not/with-select",
        One(|db| probe(db.from("planets").select("*").filter(!col("name").is_null()))),
    ),
    py("not/note-in", One(|db| probe(t(db).not_in("id", [5, 6, 7])))).client_bug(
        "a text is taken apart into characters",
        &[d("query id", r#"not.in.("(",5,",",6,",",7,")")"#, "not.in.(5,6,7)")],
    ),
    py("not/in-list", One(|db| probe(t(db).not_in("id", [5, 6, 7])))),
    py(
        "not/note-contains",
        One(|db| probe(t(db).not(col("arraycol").contains(Literal::text(r#"{"a","b"}"#))))),
    ),
    py("not/every-filter", One(|db| probe(every_negation(db)))),
    py(
        "or/with-select",
        One(|db| probe(db.from("planets").select("name").or_raw("id.eq.2,name.eq.Mars"))),
    ),
    py(
        "or/use-or-with-and",
        One(|db| {
            probe(db.from("planets").select("name").or_raw("id.gt.3,and(id.eq.1,name.eq.Mercury)"))
        }),
    ),
    py(
        "or/use-or-on-referenced-tables",
        One(|db| {
            probe(
                db.from("orchestral_sections")
                    .select("name, instruments!inner(name)")
                    .or_raw_on("instruments", "section_id.eq.1,name.eq.guqin"),
            )
        }),
    ),
    py(
        "or/notes",
        Each(|db| {
            vec![
                probe(t(db).or_raw(r#"id.in.(5,6,7), arraycol.cs.{"a","b"}"#)),
                probe(t(db).or_raw(r#"id.in.(5,6,7), arraycol.cd.{"a","b"}"#)),
            ]
        }),
    ),
    py(
        "filter/with-select",
        One(|db| {
            probe(db.from("planets").select("*").filter_raw("name", "in", r#"("Mars","Tatooine")"#))
        }),
    ),
    py(
        "filter/on-a-foreign-table",
        One(|db| {
            probe(
                db.from("orchestral_sections").select("name, instruments!inner(name)").filter_raw(
                    "instruments.name",
                    "eq",
                    "flute",
                ),
            )
        }),
    ),
    py(
        "filter/notes",
        Each(|db| {
            vec![
                probe(t(db).filter_raw("id", "in", "(5,6,7)")),
                probe(t(db).filter_raw("arraycol", "cs", r#"{"a","b"}"#)),
            ]
        }),
    ),
    py("filter/all-arguments-required", Unwritable).language_only(
        "arguments that are counted when it runs",
        &[d("call", "none", "cannot be written")],
    ),
];
