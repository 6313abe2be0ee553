//! Whether the comparison notices: whatever is changed in the recordings, no case may match as before.

use conformance::corpus::{Case, Request};
use conformance::suite::run_cases;
use serde_json::{Value, json};

use crate::{AREAS, FILES};

/// The cases that match although they were changed. `change` says whether it changed anything.
fn unnoticed(change: impl Fn(&mut Case) -> bool) -> Vec<String> {
    let mut cases: Vec<_> = FILES.iter().filter_map(|file| file.cases().ok()).flatten().collect();
    cases.retain_mut(change);
    assert!(cases.len() > 700, "only {} cases were changed", cases.len());
    run_cases(AREAS, cases).matched.into_iter().collect()
}

/// Changes every request that is compared.
fn requests(case: &mut Case, change: impl Fn(&mut Request)) -> bool {
    let compared = case.exchanges.iter_mut().filter(|e| e.is_compared());
    let sent = compared.filter(|e| e.response.not_sent.is_none());
    sent.map(|exchange| change(&mut exchange.request)).count() > 0
}

#[test]
fn another_method_is_noticed() {
    assert_eq!(unnoticed(|case| requests(case, |r| r.method = "OPTIONS".to_owned())), [""; 0]);
}

#[test]
fn another_path_is_noticed() {
    assert_eq!(unnoticed(|case| requests(case, |r| r.path.push('x'))), [""; 0]);
}

#[test]
fn another_host_is_noticed() {
    let elsewhere = || Some("https://elsewhere.test".to_owned());
    assert_eq!(unnoticed(|case| requests(case, |r| r.origin = elsewhere())), [""; 0]);
}

#[test]
fn another_query_is_noticed() {
    let pair = || ("changed".to_owned(), "1".to_owned());
    assert_eq!(unnoticed(|case| requests(case, |r| r.query.push(pair()))), [""; 0]);
}

#[test]
fn another_header_is_noticed() {
    let add = |r: &mut Request| {
        r.headers.insert("x-changed".to_owned(), "1".to_owned());
    };
    assert_eq!(unnoticed(|case| requests(case, add)), [""; 0]);
}

#[test]
fn another_preference_is_noticed() {
    let add =
        |r: &mut Request| r.headers.entry("prefer".to_owned()).or_default().push_str(",changed=1");
    assert_eq!(unnoticed(|case| requests(case, add)), [""; 0]);
}

#[test]
fn another_key_is_noticed() {
    let change = |r: &mut Request| {
        r.headers.insert("apikey".to_owned(), "changed".to_owned());
    };
    assert_eq!(unnoticed(|case| requests(case, change)), [""; 0]);
}

#[test]
fn another_body_is_noticed() {
    let change = |r: &mut Request| r.body = json!({ "json": { "changed": r.body } });
    assert_eq!(unnoticed(|case| requests(case, change)), [""; 0]);
}

#[test]
fn another_result_is_noticed() {
    let unnoticed = unnoticed(|case| {
        let compared = |e: &conformance::corpus::Exchange| e.setup || e.is_compared();
        if !case.exchanges.iter().all(compared) {
            return false;
        }
        let data = json!({ "changed": 1 });
        let change = |result: &mut Value| {
            *result = if case.id.starts_with("py/") {
                json!({ "type": "APIResponse", "value": { "data": data, "count": null } })
            } else if result.is_array() {
                json!([999, 999])
            } else {
                json!({ "success": true, "error": null, "data": data, "count": null, "status": 200 })
            };
        };
        match &mut case.results {
            Some(results) => results.iter_mut().for_each(change),
            None => change(&mut case.result),
        }
        true
    });
    assert_eq!(unnoticed, [""; 0]);
}
