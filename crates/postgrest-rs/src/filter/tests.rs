//! How filters are written.
#![allow(clippy::needless_pass_by_value, reason = "filters are built in place")]

use serde_json::json;

use super::{Filter, all, any, match_};
use crate::{Is, Literal, TextSearch, col, lit};

fn sent(filter: Filter) -> String {
    let mut query = String::new();
    filter
        .push_pairs(&mut query)
        .unwrap_or_else(|why| panic!("{why}"));
    crate::request::percent_decoded(&query)
}

fn refused(filter: Filter) -> String {
    let mut query = String::new();
    match filter.push_pairs(&mut query) {
        Ok(_) => panic!("{query} was taken"),
        Err(why) => why,
    }
}

fn restricts(filter: Filter) -> bool {
    filter
        .push_pairs(&mut String::new())
        .unwrap_or_else(|why| panic!("{why}"))
}

#[test]
fn scalars_are_verbatim() {
    assert_eq!(sent(col("c").eq("a,b\"(")), "c=eq.a,b\"(");
    assert_eq!(sent(!col("c").eq(1)), "c=not.eq.1");
    assert_eq!(sent(!!col("c").eq(1)), "c=eq.1");
    assert_eq!(sent(col("c").is(Is::NotNull)), "c=not.is.null");
    assert_eq!(sent(!col("c").is_not_null()), "c=is.null");
    assert_eq!(sent(col("c").is_distinct(json!(null))), "c=not.is.null");
    assert_eq!(
        sent(col("c").contains(json!({"a": [1]}))),
        "c=cs.{\"a\":[1]}"
    );
    assert_eq!(
        sent(col("c").text_search(TextSearch::websearch("a b").config("english"))),
        "c=wfts(english).a b"
    );
}

#[test]
fn lists() {
    assert_eq!(sent(col("c").in_(["a,b", "c"])), "c=in.(\"a,b\",c)");
    assert_eq!(sent(col("c").in_([1, 2, 1])), "c=in.(1,2)");
    assert_eq!(sent(col("c").in_([""])), "c=eq.");
    assert_eq!(sent(col("c").not_in([""])), "c=not.eq.");
    assert_eq!(sent(col("c").in_(["", "a"])), "c=in.(\"\",a)");
    assert_eq!(sent(col("c").in_(Vec::<i32>::new())), "c=in.()");
    assert_eq!(sent(col("c").in_([lit(1), lit("1")])), "c=in.(1,1)");
    assert!(refused(col("c").in_([Literal::null()])).contains("null"));
}

#[test]
fn trees() {
    assert_eq!(
        sent(any([
            col("a").eq("x,y"),
            all([col("b").contains(["p,q"]), !col("c").is_null()])
        ])),
        r#"or=(a.eq."x,y",and(b.cs."{\"p,q\"}",c.not.is.null))"#
    );
    assert_eq!(
        sent(any([col("a").in_(["x,y", "z"]), col("b").contains(1..5)])),
        r#"or=(a.in.("x,y",z),b.cs."[1,5)")"#
    );
    assert_eq!(
        sent(all([col("a").eq(1), col("o.b").eq(2)])),
        "a=eq.1&o.b=eq.2"
    );
    assert_eq!(sent(any([col("a").eq(1)])), "a=eq.1");
    assert_eq!(
        sent(!any([col("a").eq(1), col("b").eq(2)])),
        "not.or=(a.eq.1,b.eq.2)"
    );
    assert_eq!(sent(!any([col("a").eq(1)])), "a=not.eq.1");
    assert_eq!(
        sent(any([
            !all([col("a").eq(1), col("b").eq(2)]),
            col("c").eq(3)
        ])),
        "or=(not.and(a.eq.1,b.eq.2),c.eq.3)"
    );
    assert_eq!(
        sent(any([col("a").eq(1), all([all([]), col("b").eq(2)])])),
        "or=(a.eq.1,and(b.eq.2))"
    );
    assert_eq!(
        sent(all([col("a").eq(1), col("b").eq(2)]).on("x.y")),
        "x.y.and=(a.eq.1,b.eq.2)"
    );
    assert_eq!(
        sent(any([col("order").eq(1), col("not").eq(2)])),
        "or=(\"order\".eq.1,\"not\".eq.2)"
    );
    assert_eq!(sent(match_([("a", 1), ("b", 2)])), "a=eq.1&b=eq.2");
}

#[test]
fn what_means_nothing_is_refused() {
    assert!(refused(any([])).contains("empty"));
    assert!(refused(!all([])).contains("empty"));
    assert!(refused(any([col("a").eq(1), all([])])).contains("empty"));
    assert!(refused(any([col("a").eq(1), any([])])).contains("empty"));
    assert!(refused(any([col("o.a").eq(1), col("b").eq(1)])).contains("embedded"));
    assert!(refused(any([col("a").eq(f64::NAN), col("b").eq(1)])).contains("NaN"));
    assert!(refused(col("a").eq("x\0y")).contains("NUL"));
    assert!(refused(col("a").overlaps(json!({}))).contains("JSON"));
    assert!(
        refused(any([
            any([col("a").eq(1), col("b").eq(1)]).on("x"),
            col("b").eq(1)
        ]))
        .contains(".on(")
    );
}

#[test]
fn filters_that_let_all_rows_pass_do_not_count() {
    assert!(!restricts(all([])));
    assert!(!restricts(all([all([]), all([])])));
    assert!(!restricts(col("a").not_in(Vec::<i32>::new())));
    assert!(!restricts(col("a").like_all(Vec::<&str>::new())));
    assert!(!restricts(!col("a").like_any(Vec::<&str>::new())));
    assert!(!restricts(any([
        col("a").eq(1),
        col("a").not_in(Vec::<i32>::new())
    ])));
    assert!(restricts(col("a").in_(Vec::<i32>::new())));
    assert!(restricts(col("a").eq(1)));
    assert!(restricts(all([
        col("a").not_in(Vec::<i32>::new()),
        col("a").eq(1)
    ])));
}

#[test]
fn debug_shows_no_values() {
    let shown = format!(
        "{:?}",
        any([col("a").eq("canary"), col("b").in_(["canary"])])
    );
    assert!(!shown.contains("canary"), "{shown}");
    assert!(!format!("{:?}", col("a").eq("canary")).contains("canary"));
}
