//! The run itself: it fails for everything that it promises to fail for.

use super::{Area, Call, Entry, js, py, run, run_cases};
use crate::corpus::{Case, File};
use crate::deviation::d;
use crate::probe::{Probe, probe};
use postgrest_rs::PostgrestClient;
use serde_json::Value;

fn cases(names: &[&str]) -> Vec<Case> {
    let all = File::JsPostgrest.cases().unwrap();
    let wanted = |case: &Case| names.iter().any(|name| case.id == format!("js/postgrest/{name}"));
    all.into_iter().filter(wanted).collect()
}

fn problems(entries: &'static [Entry], ceiling: usize, names: &[&str]) -> Vec<String> {
    let area = Area { name: "area", file: "postgrest", entries, ceiling, pending: 0 };
    let mut problems = run_cases(&[area], cases(names)).problems;
    problems.retain(|problem| !problem.contains("no case cites the rule"));
    problems
}

fn users(db: &PostgrestClient) -> Probe {
    probe(db.from("users").select::<Value>("*"))
}

#[test]
fn a_case_without_a_call_is_a_problem() {
    const CALLED: &[Entry] = &[js("from/table", Call::One(users))];
    assert_eq!(problems(&[], 0, &["from/table"]), ["js/postgrest/from/table: has no call"]);
    assert_eq!(problems(CALLED, 0, &["from/table"]), [""; 0]);
}

#[test]
fn a_call_without_a_case_and_a_second_call_are_problems() {
    const TWICE: &[Entry] =
        &[js("from/table", Call::One(users)), js("from/table", Call::One(users))];
    let text = "js/postgrest/from/table: no such case, or a second call of it";
    assert_eq!(problems(TWICE, 0, &["from/table"]), [text]);
    const UNKNOWN: &[Entry] = &[py("no/such", Call::One(users))];
    assert_eq!(problems(UNKNOWN, 0, &[]).len(), 1);
}

#[test]
fn a_difference_must_be_written_down_exactly() {
    const BARE: &[Entry] = &[js("from/view", Call::One(users))];
    let found = problems(BARE, 0, &["from/view"]);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].contains(r#"d("path", "/rest/v1/active_users", "/rest/v1/users")"#),
        "{found:?}"
    );

    const RIGHT: &[Entry] = &[js("from/view", Call::One(users))
        .client_bug("why", &[d("path", "/rest/v1/active_users", "/rest/v1/users")])];
    assert_eq!(problems(RIGHT, 1, &["from/view"]), [""; 0]);

    const WRONG: &[Entry] = &[js("from/view", Call::One(users))
        .client_bug("why", &[d("path", "/rest/v1/active_users", "/rest/v1/other")])];
    assert!(problems(WRONG, 1, &["from/view"])[0].contains("differs in another way than written"));

    const MORE: &[Entry] = &[js("from/view", Call::One(users)).client_bug(
        "why",
        &[d("path", "/rest/v1/active_users", "/rest/v1/users"), d("method", "GET", "HEAD")],
    )];
    assert!(problems(MORE, 1, &["from/view"])[0].contains("differs in another way than written"));
}

#[test]
fn a_deviation_that_matches_is_a_problem() {
    const MATCHES: &[Entry] =
        &[js("from/table", Call::One(users)).client_bug("why", &[d("method", "GET", "HEAD")])];
    let found = problems(MATCHES, 0, &["from/table"]);
    assert_eq!(found, ["js/postgrest/from/table: is listed as a deviation but matches"]);
}

#[test]
fn the_ceiling_is_exact() {
    const DEVIATES: &[Entry] = &[js("from/view", Call::One(users))
        .server_wins("why", &[d("path", "/rest/v1/active_users", "/rest/v1/users")])];
    let found = problems(DEVIATES, 0, &["from/view"]);
    assert_eq!(found, ["area: 1 deviations, the ceiling is 0: it only falls"]);
    let found = problems(DEVIATES, 2, &["from/view"]);
    assert_eq!(found, ["area: 1 deviations, the ceiling is 2: lower it"]);
}

#[test]
fn a_rule_must_exist() {
    const RULED: &[Entry] = &[js("from/view", Call::One(users)).ours_by_design(
        "no-such-rule",
        "why",
        &[d("path", "/rest/v1/active_users", "/rest/v1/users")],
    )];
    let found = problems(RULED, 1, &["from/view"]);
    assert_eq!(found, ["js/postgrest/from/view: docs/deviations.md has no rule no-such-rule"]);
    let report = run(&[], &[]);
    assert!(report.problems.iter().any(|p| p.contains("no case cites the rule")), "{report:?}");
}

#[test]
fn nothing_is_pending_once_its_crate_exists() {
    const PENDING: &[Entry] = &[js("from/table", Call::Pending("postgrest-rs"))];
    let found = problems(PENDING, 0, &["from/table"]);
    let expected = [
        "area: 1 cases are pending, the ceiling is 0: it only falls",
        "postgrest-rs exists: its part of the cases is pending no more",
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_cannot_be_written_is_a_deviation() {
    const BARE: &[Entry] = &[js("from/table", Call::Unwritable)];
    assert!(problems(BARE, 0, &["from/table"])[0].contains("is a deviation"));
}
