//! Proves the parser on what a real server took and refused.

use serde::Deserialize;

use crate::{parser, syntax};

#[derive(Deserialize)]
pub(crate) struct Recorded {
    kind: String,
    pub(crate) query: String,
    status: u16,
}

pub(crate) fn recorded() -> Vec<Recorded> {
    serde_json::from_str(include_str!("data/queries.json")).expect("recorded queries")
}

fn parses(recorded: &Recorded) -> Result<(), String> {
    for (key, value) in syntax::pairs(&recorded.query) {
        if parser::pair(&key, &value, recorded.kind == "rpc").is_none() {
            return Err(format!("{key}={value}"));
        }
    }
    Ok(())
}

#[test]
fn what_the_server_took_is_taken() {
    let (mut taken, mut wrong) = (0, Vec::new());
    for recorded in recorded().iter().filter(|recorded| recorded.status < 300) {
        match parses(recorded) {
            Ok(()) => taken += 1,
            Err(pair) => wrong.push(format!("{} ({pair})", recorded.query)),
        }
    }
    assert!(
        wrong.is_empty(),
        "{taken} taken, not:\n{}",
        wrong.join("\n")
    );
    assert!(taken > 800, "only {taken} queries");
}

#[test]
fn what_the_server_could_not_parse_is_refused() {
    let refused: Vec<Recorded> = recorded()
        .into_iter()
        .filter(|recorded| recorded.status >= 400)
        .collect();
    let taken: Vec<&str> = refused
        .iter()
        .filter(|recorded| parses(recorded).is_ok())
        .map(|recorded| recorded.query.as_str())
        .collect();
    assert!(
        taken.is_empty(),
        "taken of {}:\n{}",
        refused.len(),
        taken.join("\n")
    );
    assert!(refused.len() > 20);
}
